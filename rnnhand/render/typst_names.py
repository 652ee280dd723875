"""Names and numbers in Typst: ŷ_t is hat(y)_(t), dL/dw is a fraction of ∂L and ∂w."""

from __future__ import annotations

import re
import unicodedata

from rnnhand.language.tree import Ref
from rnnhand.render.notation import (
    NUMBERED,
    UNICODE,
    Fraction,
    Scripted,
    parts_of,
)
from rnnhand.render.typst_text import string

ACCENTS = {
    **{"\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde"},
    **{"\u0304": "macron", "\u0306": "breve", "\u0307": "dot", "\u0308": "dot.double"},
    **{"\u030c": "caron"},
}
"""Marks above a letter in formulas."""
KNOWN = (
    *("tanh", "exp", "ln", "max", "min", "sin", "cos", "tan", "sinh", "cosh", "arctan"),
    *("lim", "det", "dim", "ker", "sup", "inf", "arg"),
)
RUN = re.compile(r"[^\W\d_]+|\d+|.", re.DOTALL)
LONGEST_VARIABLE = 2
"""Letters up to which a subscript is letters, as in W_(x h); a longer one is a word."""


def quantity(ref: Ref, tall: bool) -> str:
    """ŷ_t, h_{t−1}, W_{xh}, ∂L/∂h_2 (as a fraction where it may be tall)."""
    parts = parts_of(ref, UNICODE)
    if isinstance(parts, Scripted):
        return _scripted(parts)
    return _derivative(parts, tall)


def _derivative(parts: Fraction, tall: bool) -> str:
    sign = "partial^(+)" if parts.direct else "partial"
    above, below = f"{sign} {_scripted(parts.of)}", f"partial {_scripted(parts.by)}"
    return f"frac({above}, {below})" if tall else f"{above}\\/{below}"


def _scripted(parts: Scripted) -> str:
    """A base, its primes, and what stands below: W_(f,t), c'_(t), h^((2))_(t)."""
    spelled = _base(parts.base)
    if parts.layer:
        spelled += f"^({'prime ' if parts.primes else ''}({parts.layer}))"
    else:
        spelled += "'" * len(parts.primes)
    below = [_below(parts.sub)] if parts.sub else []
    below += [signs(parts.step)] if parts.step else []
    return spelled + (f"_({','.join(below)})" if below else "")


def _base(base: str) -> str:
    """ŷ is hat(y); a word is upright; h1 is a letter and its number."""
    if (m := NUMBERED.fullmatch(base)) and len(m[1]) == 1:
        return f"{letter(m[1])} {m[2]}"
    return word(base)


def _below(sub: str) -> str:
    stem = sub.rstrip("′")
    primes = "'" * (len(sub) - len(stem))
    short = len(stem) <= LONGEST_VARIABLE
    return (" ".join(map(letter, stem)) if short else word(stem)) + primes


def word(text: str) -> str:
    """A name of several letters, upright; one letter as a variable, a number as it is."""
    whole = unicodedata.normalize("NFC", text)
    if len(whole) == 1:
        return letter(whole)
    if text.isascii() and text.isdigit():
        return text
    split = unicodedata.normalize("NFD", whole)
    if len(split) == 2 and split[1] in ACCENTS:
        return f"{ACCENTS[split[1]]}({letter(split[0])})"
    return signs(text) if any(c in "+-−*/" for c in text) else string(text)


def letter(c: str) -> str:
    """One sign of a name."""
    split = unicodedata.normalize("NFD", c)
    if len(split) == 2 and split[1] in ACCENTS and split[0].isalpha():
        return f"{ACCENTS[split[1]]}({split[0]})"
    return c if c.isalnum() else sign(c)


def function(name: str) -> str:
    """tanh, ReLU, σ: upright words, letters as they are."""
    if name in KNOWN:
        return name
    stem = name.rstrip("'′")
    primes = "'" * (len(name) - len(stem))
    spelled = word(stem)
    return (f"op({spelled})" if spelled.startswith('"') else spelled) + primes


def signs(text: str) -> str:
    """Any text as signs of a formula: t−1, →, 10. Letters side by side are a word, not a name that
    Typst knows."""
    return "".join(
        string(run) if len(run) > 1 and run[0].isalpha() else sign(run) if len(run) == 1 else run
        for run in RUN.findall(unicodedata.normalize("NFC", text))
    )


def sign(c: str) -> str:
    if c in "-−":
        return "-"
    if c == "·":
        return " dot.c "
    if c.isspace():
        return " space "
    if c == "′":
        return "'"
    if c.isascii() and not c.isalnum():
        return f"\\{c}"
    if c.isalpha() and len(unicodedata.normalize("NFD", c)) == 2:
        return letter(c)
    return c if c.isprintable() else " "


def number(literal: str, tall: bool) -> str:
    """−1/2 (one above the other where it may be tall), 1.5·10⁻¹²."""
    mantissa, e, power = literal.lower().partition("e")
    mantissa = mantissa.replace(",", '","')  # a decimal comma, which separates nothing
    if e:
        return f"{mantissa} dot.c 10^({power.lstrip('+')})"
    above, slash, below = mantissa.partition("/")
    if slash and tall:
        minus = "-" if above.startswith("-") else ""
        return f"{minus}frac({above.lstrip('-')}, {below})"
    return mantissa.replace("/", "\\/")
