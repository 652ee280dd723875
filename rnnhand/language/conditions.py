"""A condition on one letter, `1/2 < p <= 1`, as the set of numbers for which it holds.

A set is a list of intervals in order, none of which touch: two conditions mean the same where their
sets are equal, however they are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

Bound: TypeAlias = Fraction | None
"""None for no bound on its side."""

Number: TypeAlias = Callable[[str], Fraction]


@dataclass(frozen=True)
class Interval:
    low: Bound
    high: Bound
    with_low: bool = False
    with_high: bool = False

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (
            self.low == self.high and not (self.with_low and self.with_high)
        )

    def has(self, x: Fraction) -> bool:
        above = self.low is None or x > self.low or (self.with_low and x == self.low)
        return above and (self.high is None or x < self.high or (self.with_high and x == self.high))


Pieces: TypeAlias = tuple[Interval, ...]

EVERYWHERE: Pieces = (Interval(None, None),)
NOWHERE: Pieces = ()


@dataclass(frozen=True)
class Condition:
    """What holds for the numbers of these intervals; `letter` is "" where none was written."""

    letter: str
    pieces: Pieces


class Unclear(ValueError):
    """What is no condition on one letter."""


COMMA = r",(?:\s+|(?=[^\W\d]))(?=(?:[^,;\])]|(?<=\d),(?=\d))*[<>=∈])"
"""A comma between two comparisons, as in 0 < p, p < 1; not that of a decimal or of an interval."""

AND = re.compile(rf"(?:\band\b|\bи\b|&&?|∧|{COMMA})")
OR = re.compile(r"(?:\bor\b|\bили\b|\|\|?|∨|∪)")
RELATION = re.compile(r"(<=|>=|!=|==?|<|>)")
INTERVAL = re.compile(r"([\[(\]])(.+)([\])\[])")
MEMBER = re.compile(r"(?:\bin\b|∈)")
LETTER = re.compile(r"[^\W\d]\w*['′]?")
SPELLED = {"≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "=<": "<=", "=>": ">=", "−": "-"}
INFINITE = frozenset(("oo", "∞", "inf", "infinity"))


def condition(written: str, number: Number) -> Condition:
    """The condition in a text; `number` reads its numbers. Raises `Unclear`, and what `number`
    raises."""
    text = written
    for sign, plain in SPELLED.items():
        text = text.replace(sign, plain)
    letters: dict[str, None] = {}
    found: list[Interval] = []
    for part in OR.split(text):
        pieces = EVERYWHERE
        for atom in AND.split(part):
            pieces = common(pieces, _atom(atom.strip(), number, letters))
        found += pieces
    if len(letters) > 1:
        raise Unclear
    return Condition(next(iter(letters), ""), united(found))


def _atom(text: str, number: Number, letters: dict[str, None]) -> Pieces:
    name, member, rest = _split(MEMBER, text)
    if member:
        if not LETTER.fullmatch(name):
            raise Unclear
        letters[name] = None
        text = rest
    if found := INTERVAL.fullmatch(text):
        left, inner, right = found.groups()
        return (_interval(left, inner, right, number),)
    sides = [side.strip() for side in RELATION.split(text)]
    if member or len(sides) not in (3, 5):
        raise Unclear
    pieces = EVERYWHERE
    for i in range(0, len(sides) - 2, 2):
        a, op, b = sides[i : i + 3]
        pieces = common(pieces, _relation(a, op, b, number, letters))
    return pieces


def _split(sign: re.Pattern[str], text: str) -> tuple[str, str, str]:
    found = sign.search(text)
    if found is None:
        return text, "", ""
    return text[: found.start()].strip(), found[0], text[found.end() :].strip()


def _relation(a: str, op: str, b: str, number: Number, letters: dict[str, None]) -> Pieces:
    """One comparison between the letter and a number, on either side."""
    if not LETTER.fullmatch(a) or a in INFINITE:
        a, b = b, a
        op = op.translate(str.maketrans("<>", "><"))
    if not LETTER.fullmatch(a):
        raise Unclear
    letters[a] = None
    bound, closed = _bound(b, number), "=" in op
    match op[0]:
        case "<":
            return (Interval(None, bound, False, closed and bound is not None),)
        case ">":
            return (Interval(bound, None, closed and bound is not None, False),)
    if bound is None:
        raise Unclear
    if op == "!=":
        return Interval(None, bound), Interval(bound, None)
    return (Interval(bound, bound, True, True),)


def _interval(left: str, inner: str, right: str, number: Number) -> Interval:
    """(0.5; 1], ]0.5; 1], (0,5; 1] and (1/2, 1]."""
    ends = inner.split(";") if ";" in inner else re.split(r",\s+", inner)
    if len(ends) != 2:
        ends = inner.split(",")
    if len(ends) != 2:
        raise Unclear
    low, high = (_bound(end.strip(), number) for end in ends)
    return Interval(low, high, left == "[" and low is not None, right == "]" and high is not None)


def _bound(text: str, number: Number) -> Bound:
    return None if text.lstrip("+-").strip().casefold() in INFINITE else number(text)


def common(some: Pieces, others: Iterable[Interval]) -> Pieces:
    """What two sets have in common."""
    found = [_both(a, b) for b in others for a in some]
    return united(p for p in found if not p.is_empty)


def _both(a: Interval, b: Interval) -> Interval:
    low = max((a, b), key=lambda p: _from_below(p.low, p.with_low))
    high = min((a, b), key=lambda p: _from_above(p.high, p.with_high))
    return Interval(low.low, high.high, low.with_low, high.with_high)


def _from_below(low: Bound, closed: bool) -> tuple[bool, Fraction, bool]:
    """How far up a set begins."""
    return low is not None, low or Fraction(0), not closed


def _from_above(high: Bound, closed: bool) -> tuple[bool, Fraction, bool]:
    """How far up a set ends."""
    return high is None, high or Fraction(0), closed


def united(pieces: Iterable[Interval]) -> Pieces:
    """Intervals in order, those that touch made one."""
    there = sorted(
        (p for p in pieces if not p.is_empty), key=lambda p: _from_below(p.low, p.with_low)
    )
    found: list[Interval] = []
    for p in there:
        if found and _touch(found[-1], p):
            last = max((found[-1], p), key=lambda q: _from_above(q.high, q.with_high))
            found[-1] = Interval(found[-1].low, last.high, found[-1].with_low, last.with_high)
        else:
            found.append(p)
    return tuple(found)


def _touch(a: Interval, b: Interval) -> bool:
    """Whether b, which begins no earlier, begins in a or where it ends."""
    if a.high is None or b.low is None:
        return True
    return b.low < a.high or (b.low == a.high and (a.with_high or b.with_low))


def told_apart(one: Pieces, other: Pieces) -> Fraction | None:
    """A number that is in one set and not in the other; None where they are equal."""
    ends = sorted({e for p in (*one, *other) for e in (p.low, p.high) if e is not None})
    around = [ends[0] - 1, *ends, ends[-1] + 1] if ends else [Fraction(0)]
    between = [(a + b) / 2 for a, b in pairwise(ends)]
    return next((x for x in _simplest(around + between) if has(one, x) != has(other, x)), None)


def _simplest(numbers: Sequence[Fraction]) -> Iterator[Fraction]:
    yield from sorted(numbers, key=lambda x: (x.denominator, abs(x.numerator), x))


def has(pieces: Pieces, x: Fraction) -> bool:
    return any(p.has(x) for p in pieces)


def spelled(found: Condition) -> str:
    """As it is written on paper: 1/2 < p <= 1."""
    return " or ".join(_spelled(p, found.letter) for p in found.pieces)


def _spelled(p: Interval, letter: str) -> str:
    if p.low is not None and p.low == p.high:
        return f"{letter} = {p.low}"
    if p.low is None:
        return f"{letter} {'<=' if p.with_high else '<'} {p.high}" if p.high is not None else ""
    if p.high is None:
        return f"{letter} {'>=' if p.with_low else '>'} {p.low}"
    left, right = ("<=" if closed else "<" for closed in (p.with_low, p.with_high))
    return f"{p.low} {left} {letter} {right} {p.high}"
