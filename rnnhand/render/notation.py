"""Names, operators and numbers as they are written on paper, in Unicode or in plain ASCII."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import assert_never

from rnnhand.language.numerals import BLANK, SHORT, Numeral
from rnnhand.language.tree import At, Index, Last, Number, Ref, Shift


@dataclass(frozen=True)
class Signs:
    """The signs of one alphabet; `plain` says that names must be ASCII too."""

    plain: bool
    minus: str
    times: str
    hadamard: str
    partial: str
    sum: str
    product: str
    about: str
    arrow: str
    dots: str
    at_least: str
    at_most: str
    unequal: str
    root: str
    transposed: str
    ones: str
    norm: str
    brackets: tuple[str, str, str, str, str, str, str, str]
    parentheses: tuple[str, str, str, str, str, str, str, str]


UNICODE = Signs(
    False,
    "−",
    "·",
    " ⊙ ",
    "∂",
    "Σ",
    "Π",
    "≈",
    "←",
    "…",
    "≥",
    "≤",
    "≠",
    "√",
    "ᵀ",
    "𝟏",
    "‖",
    ("[", "⎡", "⎢", "⎣", "]", "⎤", "⎥", "⎦"),
    ("(", "⎛", "⎜", "⎝", ")", "⎞", "⎟", "⎠"),
)
ASCII = Signs(
    True,
    "-",
    "*",
    " o ",
    "d",
    "sum",
    "prod",
    "~",
    "<-",
    "...",
    ">=",
    "<=",
    "!=",
    "sqrt",
    "^T",
    "1",
    "||",
    ("[", "[", "[", "[", "]", "]", "]", "]"),
    ("(", "(", "(", "(", ")", ")", ")", ")"),
)

GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
    *("lamda", "mu", "nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon"),
    *("phi", "chi", "psi", "omega"),
)
LETTERS = {name: unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}") for name in GREEK}
LETTERS["lambda"] = LETTERS["lamda"]
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
DERIVATIVE = re.compile(r"d(?P<of>[^/]+)/d(?P<by>.+)")
NUMBERED = re.compile(r"(\D+)(\d+)")
"""The name of a layer's quantity: h2. Where it runs with the steps, its number stands above."""
DIRECT = "⁺"
"""∂⁺h/∂w: only what w does to h itself, all other quantities held."""
STEPPED = re.compile(r"(?P<name>.+)\[(?P<step>[^\]]*)\]")
ENTRY = re.compile(r"(?P<name>[^\[\]()]+)\[(?P<step>-?\d+)\](?P<at>\(\d+(,\d+)?\))")
"""One entry of a quantity at a step, where it has no letter of its own: h1[2](3)."""
TRANSLITERATED = {
    "−": "-",
    "–": "-",
    "—": "-",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "…": "...",
    "■": "#",
    "□": "o",
    "→": "->",
    "✓": "+",
    "✗": "x",
    "∞": "inf",
    "\u00a0": " ",
    "′": "'",
    "≤": "<=",
    "≥": ">=",
    "±": "+-",
    "×": "x",
    "⊙": "(*)",
    "·": "*",
    "²": "^2",
    "∂": "d",
    "Σ": "sum",
    "«": '"',
    "»": '"',
    "ŷ": "yhat",
    "η": "eta",
    "←": "<-",
    "÷": "/",
    "√": "sqrt",
    "ᵀ": "^T",
    **{chr(0x2460 + i): f"({i + 1})" for i in range(20)},
}


@dataclass(frozen=True)
class Scripted:
    """A name as it is set: the number of its layer and primes above its base; below it the rest of
    the name, and its step."""

    base: str
    primes: str = ""
    sub: str = ""
    step: str = ""
    layer: str = ""

    @property
    def below(self) -> str:
        return ",".join(part for part in (self.sub, self.step) if part)


@dataclass(frozen=True)
class Fraction:
    """A derivative: of what and by what; `direct` where all other quantities are held."""

    of: Scripted
    by: Scripted
    direct: bool = False


def parts_of(ref: Ref, signs: Signs) -> Scripted | Fraction:
    """A name in its parts; a derivative as its two sides."""
    step = step_text(ref.index, signs)
    m = DERIVATIVE.fullmatch(ref.name)
    if not m:
        return scripted(ref.name, step, signs)
    of = m["of"].removeprefix(DIRECT)
    direct = of != m["of"]
    if "[]" in of:
        return Fraction(scripted(of[:-2], step, signs), scripted(m["by"], "", signs), direct)
    if stepped := STEPPED.fullmatch(of):
        above = scripted(stepped["name"], stepped["step"].replace("-", signs.minus), signs)
    else:
        above = scripted(of, "", signs)
    return Fraction(above, scripted(m["by"], step, signs), direct)


def quantity(ref: Ref, signs: Signs) -> str:
    """ŷ_t, h_{t−1}, W_xh, ∂L/∂h_2, and h_2(1) for a single entry."""
    if entry := ENTRY.fullmatch(ref.name):
        return quantity(Ref(entry["name"], At(int(entry["step"]))), signs) + entry["at"]
    parts = parts_of(ref, signs)
    if isinstance(parts, Scripted):
        return _on_a_line(parts)
    partial = signs.partial + (("+" if signs.plain else DIRECT) if parts.direct else "")
    return f"{partial}{_on_a_line(parts.of)}/{signs.partial}{_on_a_line(parts.by)}"


def _on_a_line(name: Scripted) -> str:
    """What stands below, behind a _; with a step in braces."""
    layer = f"⁽{superscript(name.layer)}⁾" if name.layer else ""  # h² is a square
    spelled, inner = name.base + layer + name.primes, name.below
    if not inner:
        return spelled
    return f"{spelled}_{{{inner}}}" if len(inner) > 1 and name.step else f"{spelled}_{inner}"


def scripted(name: str, step: str, signs: Signs) -> Scripted:
    """W_xh at t is W with xh,t below; h2 at t is h with (2) above and t below."""
    stem = name.rstrip("'")
    primes = name[len(stem) :].replace("'", "'" if signs.plain else "′")
    base, _, sub = stem.partition("_")
    if not base:
        base, sub = stem, ""
    if not (sub or step or signs.plain) and (m := NUMBERED.fullmatch(base)) and is_hatted(m[1]):
        base, sub = m[1], m[2]
    if sub.endswith("hat"):
        sub = _letter(sub, signs)
    layer = ""
    if step and not signs.plain and (m := NUMBERED.fullmatch(base)):
        base, layer = m[1], m[2]
    below = sub + primes if sub else ""
    return Scripted(_letter(base, signs), "" if sub else primes, below, step, layer)


def is_hatted(base: str) -> bool:
    """Whether a name is that of a letter with a hat: yhat."""
    return len(base) == len("yhat") and base.endswith("hat")


def _letter(base: str, signs: Signs) -> str:
    """yhat is ŷ, sigma is σ; in ASCII the other way round."""
    if signs.plain:
        return plain(base)
    stem = base.removesuffix("hat")
    if is_hatted(base):
        return unicodedata.normalize("NFC", stem + "\u0302")
    return LETTERS.get(base, base)


CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        (
            *("a", "b", "v", "g", "d", "e", "yo", "zh", "z", "i", "y"),
            *("k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f"),
            *("kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"),
        ),
        strict=True,
    )
)


def plain(text: str) -> str:
    """Any text in ASCII: signs by their usual stand-ins, Greek letters by name, Cyrillic ones
    transliterated, accents dropped."""
    return "".join(c if c.isascii() else _plain(c) for c in text)


def _plain(c: str) -> str:
    if c in TRANSLITERATED:
        return TRANSLITERATED[c]
    if c.lower() in CYRILLIC:
        letters = CYRILLIC[c.lower()]
        return letters if c.islower() else letters.capitalize()
    name = unicodedata.name(c, "")
    if name.startswith("GREEK"):
        return name.split(" WITH")[0].split()[-1].lower()
    split = unicodedata.normalize("NFD", c)
    return split[0] + ("hat" if "\u0302" in split else "") if split[0].isascii() else "?"


def step_text(index: Index, signs: Signs) -> str:
    match index:
        case None:
            return ""
        case At(step):
            return str(step).replace("-", signs.minus)
        case Shift(var, offset):
            return var + _signed(offset, signs)
        case Last(offset):
            return "T" + _signed(offset, signs)
        case _:
            assert_never(index)


def _signed(offset: int, signs: Signs) -> str:
    if not offset:
        return ""
    return (signs.minus if offset < 0 else "+") + str(abs(offset))


def number(literal: str, signs: Signs) -> str:
    """−1/2, 1.5·10⁻¹²."""
    mantissa, e, power = literal.lower().partition("e")
    mantissa = mantissa.replace("-", signs.minus)
    if not e:
        return mantissa
    if signs.plain:
        return f"{mantissa}e{power}"
    return f"{mantissa}·10{superscript(power)}"


def superscript(power: str) -> str:
    return power.lstrip("+").translate(SUPERSCRIPTS)


LONGEST_FRACTION = 24
GAP = "_____"
"""A place to write a number in."""


def best(n: Numeral, signs: Signs) -> str | None:
    """One form of a number, the exact one while it is short; None for a formula."""
    if n == BLANK:
        return GAP
    if n.bound is not None:
        return f"0 (|x| < {number(f'1e{n.bound}', signs).removeprefix('1·')})"
    if isinstance(n.exact, Number):
        if len(n.exact.text) <= SHORT or n.decimal is None:
            return number(n.exact.text, signs)
        return number(n.decimal, signs)
    return number(n.decimal, signs) if n.exact is None and n.decimal is not None else None
