"""The greatest and the least value of a function of one variable, and whether it is attained.

On a piece without branches they lie where the derivative is 0, or at its ends. The zeros are exact
or certified (`zeros`); values are compared in balls, and where balls meet they count as equal only
where both are exact and the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from flint import arb

from rnnhand.arithmetic import closed
from rnnhand.arithmetic.ball import ball
from rnnhand.arithmetic.pieces import Piece, positive
from rnnhand.arithmetic.scalar import in_balls
from rnnhand.arithmetic.zeros import BITS, Exact, Surd, Unsettled, zeros
from rnnhand.language.tree import Apply, Expr, Number


@dataclass(frozen=True)
class Place:
    """Where a value is taken: at a number, exact or in a ball; at ±∞; or on a whole piece."""

    kind: str
    expr: Expr | None = None
    near: arb | None = None
    sign: int = 0
    piece: Piece | None = None


@dataclass(frozen=True)
class Extreme:
    """A supremum or infimum: exact or a ball, or infinite; and where it is attained, or, where it
    is not, where it is approached."""

    infinite: int
    expr: Expr | None
    near: arb | None
    attained: bool
    places: tuple[Place, ...]


@dataclass(frozen=True)
class _Candidate:
    infinite: int
    expr: Expr | None
    near: arb | None
    attained: bool
    place: Place


def critical(slope: Expr, piece: Piece, var: str) -> tuple[Place, ...] | None:
    """The zeros of a derivative inside its piece; None for one that is 0 throughout."""
    found = closed.fractional(slope, var) or closed.fractional(without_positive(slope), var)
    if found is None:
        raise Unsettled
    if not found.above:
        return None
    places = []
    for zero in zeros(found.above, found.rate, piece.low, piece.high):
        expr: Expr | None = None
        if zero.x is not None:
            expr = _exact(zero.x)
        elif zero.e is not None:
            log = Apply("log", (_exact(zero.e),))
            expr = log if found.rate == 1 else Apply("/", (log, Number(str(found.rate))))
        places.append(Place("point", expr, zero.near))
    return tuple(places)


def _exact(zero: Exact) -> Expr:
    if not isinstance(zero, Surd):
        return Number(str(zero))
    root = Apply("sqrt", (Number(str(zero.square)),))
    signed = root if zero.sign > 0 else Apply("neg", (root,))
    whole = Apply("+", (Number(str(zero.middle)), signed))
    return closed.constant(whole, {}) or whole


def without_positive(expr: Expr) -> Expr:
    """The expression without factors and divisors that are plainly positive: with them it has the
    same zeros and the same sign, −2x/exp(x²) as −2x."""
    match expr:
        case Apply("neg", (a,)):
            return Apply("neg", (without_positive(a),))
        case Apply("*", args):
            kept = tuple(without_positive(a) for a in args if not positive(a))
            return kept[0] if len(kept) == 1 else Apply("*", kept) if kept else Number("1")
        case Apply("/", (a, b)) if positive(b):
            return Number("1") if positive(a) else without_positive(a)
        case _:
            return Number("1") if positive(expr) else expr


def monotone(slope: Expr, piece: Piece, var: str) -> int | None:
    """The sign of a derivative throughout its piece, 0 where it is 0; None where it changes."""
    where = critical(slope, piece, var)
    if where is None:
        return 0
    ends = [piece.low, *(w.near for w in where), piece.high]
    signs = set()
    for low, high in pairwise(ends):
        x = _between(low, high)
        there = ball_at(slope, var, x)
        if there is None or there.contains(0):
            raise Unsettled
        signs.add(1 if there > 0 else -1)
    return signs.pop() if len(signs) == 1 else None


def _between(low: Fraction | arb | None, high: Fraction | arb | None) -> arb:
    a, b = (None if e is None else ball(e) if isinstance(e, Fraction) else e for e in (low, high))
    if a is None and b is None:
        return arb(0)
    if a is None:
        assert b is not None
        return (b - 1).mid()
    return ((a + 1) if b is None else (a + b) / 2).mid()


def ball_at(expr: Expr, var: str, x: arb) -> arb | None:
    return in_balls(expr, {var: x}, BITS)


def extremes(
    pieces: Sequence[tuple[Piece, Expr]], values: Sequence[tuple[Fraction, Expr]], var: str
) -> tuple[Extreme | None, Extreme | None]:
    """The greatest and the least value. Each piece comes with the derivative there; `values` are
    those at the kinks. None where it is not decided."""
    try:
        found = [c for piece, slope in pieces for c in _candidates(piece, slope, var)]
        for at, expr in values:
            found.append(_known(expr, True, Place("point", Number(str(at)), ball(at))))
    except Unsettled:
        return None, None
    return _best(found, 1), _best(found, -1)


def _candidates(piece: Piece, slope: Expr, var: str) -> Iterator[_Candidate]:
    where = critical(slope, piece, var)
    if where is None:
        at = closed.constant(piece.expr, {var: Number(str(piece.inside))})
        yield _known(at, True, Place("piece", piece=piece))
        return
    for place in where:
        if place.expr is not None:
            yield _known(closed.constant(piece.expr, {var: place.expr}), True, place)
        else:
            assert place.near is not None
            near = ball_at(piece.expr, var, place.near)
            if near is None:
                raise Unsettled
            yield _Candidate(0, None, near, True, place)
    for end, sign in ((piece.low, -1), (piece.high, 1)):
        if end is not None:
            to = f"{end}{'+' if sign < 0 else '-'}"
            place = Place("end", Number(str(end)), ball(end), sign)
        else:
            to = "oo" if sign > 0 else "-oo"
            place = Place("far", sign=sign)
        limit = closed.limit(piece.expr, var, to, {})
        if limit is None:
            raise Unsettled
        if limit.sign:
            yield _Candidate(limit.sign, None, None, False, place)
        else:
            yield _known(limit.expr, False, place)


def _known(expr: Expr | None, attained: bool, place: Place) -> _Candidate:
    if expr is None:
        raise Unsettled
    near = ball_at(expr, "", arb(0))
    if near is None:
        raise Unsettled
    return _Candidate(0, expr, near, attained, place)


def _best(found: Sequence[_Candidate], sign: int) -> Extreme | None:
    """The greatest (1) or least (-1) candidate, with all that are equal to it."""
    far = [c for c in found if c.infinite == sign]
    if far:
        return Extreme(sign, None, None, False, tuple(c.place for c in far))
    kept: list[_Candidate] = []
    for c in (c for c in found if not c.infinite):
        assert c.near is not None
        relation = [_order(c, k, sign) for k in kept]
        if any(r is None for r in relation):
            return None
        if any(r is not None and r < 0 for r in relation):
            continue
        kept = [k for k, r in zip(kept, relation, strict=True) if r == 0]
        kept.append(c)
    if not kept:
        return None
    attained = [c for c in kept if c.attained] or kept
    exact = next((c.expr for c in attained if c.expr is not None), None)
    places = tuple(c.place for c in attained)
    return Extreme(0, exact, attained[0].near, attained[0].attained, places)


def _order(a: _Candidate, b: _Candidate, sign: int) -> int | None:
    """1 where a is better than b, 0 where they are the same; None where that is not decided."""
    assert a.near is not None and b.near is not None
    gap = sign * (a.near - b.near)
    if gap > 0:
        return 1
    if gap < 0:
        return -1
    if a.expr is not None and b.expr is not None:
        difference = closed.constant(Apply("-", (a.expr, b.expr)), {})
        if difference == Number("0"):
            return 0
    return None
