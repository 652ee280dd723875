"""Names and numbers in TeX: ŷ_t is \\hat{y}_{t}, dL/dw is a fraction of ∂L and ∂w."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from rnnhand.language.tree import At, Index, Last, Ref, Shift
from rnnhand.render.notation import DERIVATIVE, DIRECT, LETTERS, NUMBERED, STEPPED, is_hatted
from rnnhand.render.signs import ACCENTS, MATH, SPECIAL
from rnnhand.render.signs import LETTERS as GREEK

Foreign = Callable[[str], str]
"""How letters that TeX's formulas do not have are written inside \\text{}."""
LONGEST_VARIABLE = 2
"""Letters up to which a subscript is letters, as in W_{xh}; a longer one is a word."""
RAISED = re.compile(r"([\^_])\{[^{}]*\}(?:\1\{[^{}]*\})*")
KNOWN = (
    *("tanh", "exp", "ln", "max", "min", "sin", "cos", "tan", "sinh", "cosh", "arctan"),
    *("lim", "det", "dim", "ker", "sup", "inf", "arg"),
)


@dataclass(frozen=True)
class Names:
    """How one output spells names."""

    foreign: Foreign

    def signs(self, text: str) -> str:
        """Any text as signs of a formula."""
        found = "".join(self._sign(c) for c in unicodedata.normalize("NFC", text))
        # TeX takes no second power at the same place: 10⁻³ has one, of two signs.
        return RAISED.sub(lambda m: f"{{}}{m[0].replace('}' + m[1] + '{', '')}{{}}", found)

    def _sign(self, c: str) -> str:
        known = MATH.get(c) or GREEK.get(c) or SPECIAL.get(c)
        if known is not None:
            return known
        if c.isascii():
            return c
        split = unicodedata.normalize("NFD", c)
        if len(split) == 2 and split[1] in ACCENTS and (split[0].isascii() or split[0] in GREEK):
            return f"{ACCENTS[split[1]]}{{{self._sign(split[0]).strip()}}}"
        return f"\\text{{{self.foreign(c)}}}"

    def word(self, text: str) -> str:
        """A name of several letters, upright; one letter as a variable."""
        if len(text) < 2 or text in GREEK:
            return self.signs(text)
        if text.isascii() and text.isalpha():
            return f"\\mathrm{{{text}}}"
        if all(c.isalpha() and not c.isascii() and c not in GREEK for c in text):
            return f"\\text{{{self.foreign(text)}}}"
        return f"\\mathrm{{{self.signs(text).strip()}}}"

    def function(self, name: str) -> str:
        """tanh, ReLU, σ: upright words, letters as they are."""
        if name in KNOWN:
            return f"\\{name}"
        stem = name.rstrip("'′")
        return self._base(stem) + "'" * (len(name) - len(stem))

    def quantity(self, ref: Ref, tall: bool) -> str:
        """ŷ_t, h_{t−1}, W_{xh}, ∂L/∂h_2 (as a fraction where it may be tall)."""
        m = DERIVATIVE.fullmatch(ref.name)
        if m is None:
            return self.named(ref.name, ref.index)
        of, by = m["of"].removeprefix(DIRECT), m["by"]
        sign = "\\partial^{+} " if of != m["of"] else "\\partial "
        above = self._side(of) if "[]" not in of else self.named(of[:-2], ref.index)
        below = self.named(by, None if "[]" in of else ref.index)
        if tall:
            return f"\\frac{{{sign}{above}}}{{\\partial {below}}}"
        return f"{sign}{above}/\\partial {below}"

    def _side(self, of: str) -> str:
        if m := STEPPED.fullmatch(of):
            return self.subscripted(m["name"], self.signs(m["step"]))
        return self.named(of, None)

    def named(self, name: str, index: Index) -> str:
        return self.subscripted(name, self.signs(_step(index)))

    def subscripted(self, name: str, step: str) -> str:
        """A base, its primes, and what stands below: W_{f,t}, c'_{t}, h^{(2)}_{t}."""
        stem = name.rstrip("'")
        primes = name[len(stem) :]
        base, _, sub = stem.partition("_")
        if not base:
            base, sub = stem, ""
        if not (sub or step) and (m := NUMBERED.fullmatch(base)) and is_hatted(m[1]):
            base, sub = m[1], m[2]
        if step and (m := NUMBERED.fullmatch(base)):
            spelled = f"{self._base(m[1])}{'' if sub else primes}^{{({m[2]})}}"
        else:
            spelled = self._base(base)
        below = [self._sub(sub) + primes] if sub else []
        below += [step.strip()] if step else []
        if primes and not sub and "^" not in spelled:
            spelled += primes
        return spelled + (f"_{{{','.join(below)}}}" if below else "")

    def _base(self, base: str) -> str:
        """yhat is ŷ, sigma is σ; a word is upright; h1 is a letter and its number."""
        stem = base.removesuffix("hat")
        if stem != base and len(stem) == 1:
            return f"\\hat{{{self.signs(stem).strip()}}}"
        if base in LETTERS:
            return self.signs(LETTERS[base]).strip()
        if (m := NUMBERED.fullmatch(base)) and len(m[1]) == 1:
            return f"{self.signs(m[1]).strip()}{m[2]}"
        return self.word(base).strip()

    def _sub(self, sub: str) -> str:
        if sub in LETTERS or sub.endswith("hat"):
            return self._base(sub)
        parts = sub.split("_")
        return r"\_".join(
            self.signs(p).strip() if len(p) <= LONGEST_VARIABLE or not p.isalpha() else self.word(p)
            for p in parts
        )


def number(literal: str, tall: bool) -> str:
    """−1/2 (one above the other where it may be tall), 1.5·10⁻¹²; a comma in a number gets no
    room behind it."""
    mantissa, e, power = literal.lower().replace(",", "{,}").partition("e")
    if e:
        return f"{mantissa}\\cdot 10^{{{power.lstrip('+')}}}"
    above, slash, below = mantissa.partition("/")
    if slash and tall:
        sign = "-" if above.startswith("-") else ""
        return f"{sign}\\frac{{{above.lstrip('-')}}}{{{below}}}"
    return mantissa


def _step(index: Index) -> str:
    match index:
        case None:
            return ""
        case At(step):
            return str(step)
        case Shift(var, offset):
            return var + _signed(offset)
        case Last(offset):
            return "T" + _signed(offset)
        case _:
            assert_never(index)


def _signed(offset: int) -> str:
    return f"{offset:+d}" if offset else ""
