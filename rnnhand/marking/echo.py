"""What a stranger wrote, as a report may repeat it: short, on one line, and nothing that steers a
terminal or turns the direction of writing."""

from __future__ import annotations

from rnnhand.problem import yaml

NAME, VALUE = 60, 80


def safe(text: str, width: int = NAME) -> str:
    """The text with blanks for line breaks, codes for what cannot be seen, and cut if long."""
    line = " ".join(text[: 4 * width].split())
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line)
    return shown if len(shown) <= width and len(text) <= 4 * width else f"{shown[: width - 1]}…"


def echoed(node: yaml.Node) -> str:
    """A value that could not be read, as it stands on the sheet."""
    return safe(_text(node, 6), VALUE)


def _text(node: yaml.Node, depth: int) -> str:
    match node:
        case yaml.Text(text):
            return text[: 4 * VALUE]
        case yaml.List(items) if depth:
            return f"[{', '.join(_text(item, depth - 1) for item in items[:VALUE])}]"
        case yaml.Map(entries) if depth:
            pairs = (f"{k.text[:VALUE]}: {_text(v, depth - 1)}" for k, v in entries[:VALUE])
            return f"{{{', '.join(pairs)}}}"
        case _:
            return "…"
