"""Pieces, ranges of letters, limits and numbers as inlines and as texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction

from rnnhand.arithmetic.closed import Limit, Range
from rnnhand.arithmetic.extremes import Extreme, Place
from rnnhand.arithmetic.numerals import numeral
from rnnhand.arithmetic.pieces import Piece
from rnnhand.calculus.simplify import INFINITY
from rnnhand.document.blocks import Inline, Math, Sentence, Shown
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref


def number(x: Fraction) -> Expr:
    return Number(str(x))


def infinity(sign: int) -> Expr:
    return INFINITY if sign > 0 else Apply("neg", (INFINITY,))


def limit_expr(limit: Limit) -> Expr:
    if limit.sign:
        return infinity(limit.sign)
    assert limit.expr is not None
    return limit.expr


def limit_text(limit: Limit | None) -> str | None:
    if limit is None:
        return None
    if limit.sign:
        return "oo" if limit.sign > 0 else "-oo"
    return text(limit_expr(limit))


def bounds(name: str, where: Range) -> Iterator[Expr]:
    """The conditions on a letter: a = 0; or 0 < a and a < 1."""
    letter = Ref(name)
    if where.point:
        assert where.low is not None
        yield Apply("==", (letter, number(where.low)))
        return
    if where.low is not None:
        yield Apply(">=" if where.with_low else ">", (letter, number(where.low)))
    if where.high is not None:
        yield Apply("<=" if where.with_high else "<", (letter, number(where.high)))


def piece_bounds(var: str, piece: Piece, with_ends: Collection[Expr | None] = ()) -> list[Expr]:
    """The conditions of being on a piece; `with_ends` are points that belong to it if they end
    it."""
    ends = (end is not None and number(end) in with_ends for end in (piece.low, piece.high))
    return list(bounds(var, Range(piece.low, piece.high, *ends)))


SIGNS = {">": " > ", "<": " < ", ">=": " ≥ ", "<=": " ≤ ", "==": " = "}
TURNED = {">": "<", ">=": "<="}


def conditions(found: list[Expr]) -> Sentence:
    """x > 0; or both bounds at once: 0 < x < 6."""
    match found:
        case [Apply(">" | ">=" as op, (x, low)), Apply("<" | "<=" as other, (_, high))]:
            return (Math(low), SIGNS[TURNED[op]], Math(x), SIGNS[other], Math(high))
        case _:
            return joined([_condition(e) for e in found])


def _condition(expr: Expr) -> Sentence:
    assert isinstance(expr, Apply)
    a, b = expr.args
    return (Math(a), SIGNS[expr.op], Math(b))


def conditions_text(found: list[Expr]) -> str:
    return " and ".join(text(e).strip("[]") for e in found)


def extreme_inline(extreme: Extreme, digits: int) -> Inline:
    if extreme.infinite:
        return Math(infinity(extreme.infinite))
    if extreme.expr is not None:
        return Math(extreme.expr)
    return Shown(numeral(extreme.near, digits))


def place_inline(place: Place, digits: int) -> Inline:
    if place.kind == "far":
        return Math(infinity(place.sign))
    if place.expr is not None:
        return Math(place.expr)
    return Shown(numeral(place.near, digits))


def extreme_data(extreme: Extreme | None, var: str, digits: int) -> dict[str, object] | None:
    """The value, whether it is attained, and where: for machines."""
    if extreme is None:
        return None
    where: list[object] = []
    for place in extreme.places:
        if place.kind == "piece":
            assert place.piece is not None
            where.append(conditions_text(piece_bounds(var, place.piece)))
        elif place.kind == "far":
            where.append("oo" if place.sign > 0 else "-oo")
        else:
            where.append(_spelled(place.expr, place.near, digits))
    value: object = "oo" if extreme.infinite > 0 else "-oo"
    if not extreme.infinite:
        value = _spelled(extreme.expr, extreme.near, digits)
    return {"value": value, "attained": extreme.attained, "at": list(dict.fromkeys(where))}


def _spelled(expr: Expr | None, near: object, digits: int) -> object:
    return text(expr) if expr is not None else numeral(near, digits)
