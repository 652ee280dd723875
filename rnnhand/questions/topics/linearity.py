"""Whether a formula is linear in its inputs: decided, and shown by its parts or by three points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle
from typing import Any, Literal, TypeAlias

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.numerals import numeral
from rnnhand.arithmetic.polynomial import Polynomial, formula, named, no_kink, polynomial
from rnnhand.arithmetic.regions import agreement, regions
from rnnhand.errors import Failure
from rnnhand.language.numerals import Numeral
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite, substitute, walk
from rnnhand.questions.analysis.proof import BITS, SAMPLES, TRIED, at_point, vanishes
from rnnhand.questions.analysis.study import plain

DIGITS = 5
SIMPLE = 1_000
"""The largest denominator of a number that a coefficient is guessed to be."""

MOST_TRIED = 30
"""Parts of a formula that a coefficient is compared with."""

Verdict: TypeAlias = Literal["linear", "not-linear", "undecided", "open"]
"""`open` where a function stands in the formula that may be any."""

Points: TypeAlias = tuple[tuple[Mapping[str, Fraction], Numeral], ...]


@dataclass(frozen=True)
class Linearity:
    """Whether a formula is linear in its inputs. `constant` and `coefficients` are its parts where
    it is; where not, `term` is a monomial of higher degree, or `points` are three points with the
    second in the middle, and values that do not lie on a line."""

    verdict: Verdict
    constant: Expr | None = None
    coefficients: Mapping[str, Expr] | None = None
    term: Expr | None = None
    points: Points = ()


def linearity(expr: Expr, inputs: tuple[str, ...], functions: Functions) -> Linearity:
    """Decided by the degree of the polynomial; with kinks, by its pieces; of other functions by
    three points in balls, or by a proof that it is constant + Σ coefficient·input."""
    if any(isinstance(n, Apply) and n.op in functions and functions[n.op].open for n in walk(expr)):
        return Linearity("open")
    try:
        return _of_polynomial(polynomial(expr, no_kink, functions), inputs)
    except Fault:
        pass
    letters = tuple(dict.fromkeys(text(r) for r in refs(expr)))
    numbers = {x: Fraction(i + 1) for i, x in enumerate(letters) if x not in inputs}
    try:
        pieces = list(regions(lambda s: (polynomial(expr, s, functions).at(numbers),) * 2, inputs))
    except Fault:
        return smooth(expr, inputs, letters)
    first = next(p.values[0] for p in pieces if p.is_full)
    same = [type(p)(p.sides, (p.values[0], first), p.point) for p in pieces]
    answer = agreement(same, inputs)
    if answer.differences:
        return Linearity("not-linear", points=_bend(expr, functions, inputs, numbers, pieces))
    if numbers or answer.undecided:
        return Linearity("undecided")
    return _of_polynomial(first, inputs)


def _of_polynomial(of: Polynomial, inputs: tuple[str, ...]) -> Linearity:
    constant = Polynomial({})
    coefficients: dict[str, Polynomial] = {x: Polynomial({}) for x in inputs}
    for m, c in of.terms.items():
        own = [(x, k) for x, k in m if x in inputs]
        if sum(k for _, k in own) > 1:
            return Linearity("not-linear", term=formula(Polynomial({m: c})))
        rest = Polynomial({tuple(item for item in m if item not in own): c})
        if own:
            coefficients[own[0][0]] += rest
        else:
            constant += rest
    return Linearity(
        "linear", formula(constant), {x: formula(c) for x, c in coefficients.items() if c.terms}
    )


def _bend(
    expr: Expr,
    functions: Functions,
    inputs: tuple[str, ...],
    numbers: Mapping[str, Fraction],
    pieces: list[Any],
) -> Points:
    """Two points and the one in their middle, whose values are not in a line."""

    def at(point: Mapping[str, Fraction]) -> Fraction:
        def sign(of: Polynomial) -> int:
            value = of.at({**numbers, **point}).value or Fraction(0)
            return (value > 0) - (value < 0)

        found = polynomial(expr, sign, functions).at({**numbers, **point}).value
        assert found is not None
        return found

    points = [p.point for p in pieces]
    points += [{x: k * v for x, v in p.items()} for p in points for k in (3, -2)]
    for i, p in enumerate(points):
        for q in points[:i]:
            middle = {x: (p[x] + q[x]) / 2 for x in inputs}
            values = at(p), at(middle), at(q)
            if values[0] + values[2] != 2 * values[1]:
                found = ((q, values[2]), (middle, values[1]), (p, values[0]))
                return tuple((point, Numeral(Number(str(v)), None)) for point, v in found)
    return ()


def smooth(expr: Expr, inputs: tuple[str, ...], letters: tuple[str, ...]) -> Linearity:
    """Of a formula with exp, log and the like."""
    plain_name = {name: f"z{i}" for i, name in enumerate(letters, 1)}
    body = rewrite(expr, lambda e: Ref(plain_name[text(e)]) if isinstance(e, Ref) else e)
    try:
        points = _off_the_line(plain(body), inputs, plain_name)
        if points:
            return Linearity("not-linear", points=points)
        own: dict[str, Expr] = {plain_name[x]: Number("0") for x in inputs}
        constant = substitute(body, own)
        slopes = {
            x: Apply("-", (substitute(body, {**own, plain_name[x]: Number("1")}), constant))
            for x in inputs
        }
        line = [Apply("*", (slope, Ref(plain_name[x]))) for x, slope in slopes.items()]
        names = tuple(plain_name.values())
        gap = Apply("-", (body, Apply("+", (constant, *line))))
        if not vanishes(gap, names[0] if names else "x", names[1:]):
            return Linearity("undecided")
    except (Fault, Failure):
        return Linearity("undecided")
    back: dict[str, Expr] = {z: named(name) for name, z in plain_name.items()}
    own_names = {plain_name[x] for x in inputs}
    parts = {
        x: substitute(_short(part, body, own_names, names), back)
        for x, part in {"": constant, **slopes}.items()
    }
    constant = parts.pop("")
    return Linearity("linear", constant, {x: p for x, p in parts.items() if p != Number("0")})


def _short(part: Expr, body: Expr, inputs: set[str], names: tuple[str, ...]) -> Expr:
    """A coefficient as a number, or as a part of the formula that has no input in it; as it is,
    where it is proved to be none of these."""
    letters = tuple(dict.fromkeys(n for n in names if n not in inputs))
    values = [
        at_point(plain(part), {x: s[i % len(s)] for i, x in enumerate(letters)}) for s in SAMPLES
    ]
    tried: list[Expr] = []
    if values[0] is not None and values[0].is_finite():
        guess = Fraction(float(values[0])).limit_denominator(SIMPLE)
        tried.append(Number(str(guess)))
    tried += dict.fromkeys(
        node for node in walk(body) if not any(r.name in inputs for r in refs(node))
    )
    for other in tried[:MOST_TRIED]:
        if vanishes(Apply("-", (part, other)), names[0], names[1:]):
            return other
    return part


def _off_the_line(body: Expr, inputs: tuple[str, ...], names: Mapping[str, str]) -> Points:
    """Two points and the one in their middle, whose values are certain not to lie on a line."""
    numbers = cycle(TRIED)
    fixed = {name: next(numbers) for name in names if name not in inputs}
    for p, q in _ends(inputs):
        middle = {x: (p[x] + q[x]) / 2 for x in inputs}
        places = [{**fixed, **point} for point in (q, middle, p)]
        values = (at_point(body, {names[x]: v for x, v in one.items()}) for one in places)
        found = [value for value in values if value is not None]
        if len(found) < len(places):
            continue
        with precision(BITS):
            bend = found[0] - 2 * found[1] + found[2]
            if bend > 0 or bend < 0:
                told = [numeral(value, DIGITS) for value in found]
                return tuple(zip(places, told, strict=True))
    return ()


def _ends(inputs: tuple[str, ...]) -> Iterator[tuple[dict[str, Fraction], dict[str, Fraction]]]:
    """Pairs of points: one input moves, then all of them."""
    zero = {x: Fraction(0) for x in inputs}
    for size in (2, 1, 5):
        for x in inputs:
            yield zero, {**zero, x: Fraction(size)}
        yield (
            {x: Fraction(-i) for i, x in enumerate(inputs, 1)},
            {x: Fraction(size * i) for i, x in enumerate(inputs, 1)},
        )
