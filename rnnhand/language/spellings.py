"""One name in the spellings that people have for it: ŷ and y_hat for yhat, h_2 and h₂ for h[2]."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping

from rnnhand.language.tree import At, Index, Last

SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉₊₋"
LOWERED = re.compile(f"[{SUBSCRIPTS}]+")
DIGITS = str.maketrans(SUBSCRIPTS, "0123456789+-")
BRACED = re.compile(r"_\{\s*([+-]?\w{1,9})\s*\}")
STEP = re.compile(r"(?P<name>.*?[^\W\d]['′’]*)_?(?P<step>\d{1,7}|(?<=_)T)")
INDEXED = re.compile(r"\s*([^\s\[\]]+)\s*(?:\[\s*([^\[\]]+?)\s*\])?\s*")
LOOKALIKES = str.maketrans("асеорхукіѕһԝѡԁԛјАВЕКМНОРСТХУЅІЈ", "aceopxykishwwdqjABEKMHOPCTXYSIJ")
"""Cyrillic letters that a keyboard puts where Latin ones were meant: nobody sees the difference."""

MARKS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}


def level(text: str) -> str:
    """Lowered digits as a step: h[2] for h₂."""
    return LOWERED.sub(lambda m: f"[{m[0].translate(DIGITS)}]", text)


def stepped(name: str) -> tuple[str, Index] | None:
    """The name and the step that h2, h_2 or h_T may mean."""
    m = STEP.fullmatch(name)
    return (m["name"], Last() if m["step"] == "T" else At(int(m["step"]))) if m else None


def split_index(written: str) -> tuple[str, str] | None:
    """h and t of `h[t]`, h and nothing of `h`; None for what is neither."""
    m = INDEXED.fullmatch(written)
    return (m[1], m[2] or "") if m else None


def meant(name: str, known: Mapping[str, str], running: Container[str] = ()) -> str | None:
    """The one known name that a written one can mean, with its step where it has one: `yhat` for
    ŷ, `h[t]` for h_t. `known` says of each name with which index it runs, if
    with any; `running` are names that run in sums."""
    name = unicodedata.normalize("NFC", name).replace("′", "'").replace("’", "'")
    if name in known:
        return name
    alike = _alike(name, known)
    if alike is not None:
        return alike
    base, _, index = name.rpartition("_")
    found = _alike(base, known) if base else None
    if found and known[found] and (known[found] == index or index in running):
        return f"{found}[{index}]"
    m = STEP.fullmatch(name)
    if m and (found := _alike(m["name"], known)) and known[found]:
        return f"{found}[{m['step']}]"
    return None


def _alike(name: str, known: Mapping[str, str]) -> str | None:
    if name in known:
        return name
    for spelled in (folded(name), folded(name).replace("tilde", "'")):  # c̃ is c′ to many
        found = [n for n in known if folded(n) == spelled]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def folded(name: str) -> str:
    """ŷ, y_hat and yhat are one; so are σ and sigma, x' and x′, and x in Latin and in Cyrillic."""
    found = []
    for c in unicodedata.normalize("NFD", name).translate(LOOKALIKES):
        if c in MARKS:
            found.append(MARKS[c])
        elif not c.isascii() and (m := re.match(r"GREEK (SMALL|CAPITAL) LETTER (\w+)$", _named(c))):
            letter = "LAMBDA" if m[2] == "LAMDA" else m[2]
            found.append(letter.lower() if m[1] == "SMALL" else letter.capitalize())
        else:
            found.append("'" if c in "′’" else c)
    return "".join(found).replace("_", "")


def _named(c: str) -> str:
    return unicodedata.name(c, "")
