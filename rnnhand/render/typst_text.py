"""Text in Typst: every character shown, none obeyed."""

from __future__ import annotations

import re

OBEYED = re.compile(r"[\\#$*_`@<>\[\]~=+\-/'\":]")
"""What Typst obeys in text: markup, code, quotes that it would curl, addresses to be linked."""
DOTS = re.compile(r"(?<=[\d.])\.|\.(?=\.)")
"""A list begins with 1., and three dots would be one sign."""


def escaped(text: str) -> str:
    """Text as Typst shows it, on one line."""
    shown = "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)
    return DOTS.sub(r"\\.", OBEYED.sub(r"\\\g<0>", shown))


def string(text: str) -> str:
    """Text as a string of Typst's code and formulas."""
    shown = "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
