"""Cases of a letter: where it lies decides which branch holds and what the limits are.

The bounds between cases are 0 and the numbers at which a branch turns, such as 1 for max(t, a·t).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from rnnhand.arithmetic.closed import Limit, Range, limit
from rnnhand.arithmetic.pieces import NoPieces, Piece, has_value, pieces, turning_points
from rnnhand.language.tree import Expr
from rnnhand.questions.analysis.proof import at_point, nearer
from rnnhand.questions.analysis.study import Study

Shorten: TypeAlias = Callable[[Piece], Piece]

FAR = (Fraction(10**3), Fraction(10**5))


@dataclass(frozen=True)
class Case:
    """Where each letter lies, the pieces there, and the limits at −∞ and ∞ of the function."""

    ranges: tuple[tuple[str, Range], ...]
    pieces: tuple[Piece, ...]
    limits: tuple[Limit | None, Limit | None]


def cases(study: Study, body: Expr, shorten: Shorten) -> tuple[Case, ...]:
    """Every case. Empty where the kinks are not known."""
    try:
        return tuple(_case(study, body, ranges, shorten) for ranges in _ranges(study, body))
    except NoPieces:
        return ()


def within(found: tuple[Case, ...], domain: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases of a derivative, where the function itself has values: 1/t for log(t) is that of a
    function on t > 0 only."""
    of = {case.ranges: case.pieces for case in domain}
    return tuple(_cut(case, of[case.ranges]) if case.ranges in of else case for case in found)


def _cut(case: Case, domain: tuple[Piece, ...]) -> Case:
    kept = []
    for piece in case.pieces:
        for start, end in _spans(domain):
            lows = [x for x in (piece.low, start) if x is not None]
            highs = [x for x in (piece.high, end) if x is not None]
            low, high = max(lows, default=None), min(highs, default=None)
            if low is None or high is None or low < high:
                kept.append(Piece(low, high, piece.expr))
    if not kept:
        return case
    down, up = case.limits
    ends = down if kept[0].low is None else None, up if kept[-1].high is None else None
    return Case(case.ranges, tuple(kept), ends)


def _spans(pieces: tuple[Piece, ...]) -> list[tuple[Fraction | None, Fraction | None]]:
    """From where to where there are values: pieces that touch put together."""
    found = [(pieces[0].low, pieces[0].high)]
    for piece in pieces[1:]:
        if found[-1][1] == piece.low:
            found[-1] = found[-1][0], piece.high
        else:
            found.append((piece.low, piece.high))
    return found


def by_limits(study: Study, found: tuple[Case, ...]) -> tuple[Case, ...]:
    """Neighbouring cases with the same limits joined; the pieces are those of the first."""
    joined: list[Case] = []
    for case in found:
        if joined and len(study.letters) == 1 and _alike(joined[-1], case):
            (name, low), (_, high) = joined[-1].ranges[0], case.ranges[0]
            whole = Range(
                low.low, high.high, low.with_low or low.point, high.with_high or high.point
            )
            joined[-1] = Case(((name, whole),), joined[-1].pieces, joined[-1].limits)
        else:
            joined.append(case)
    return tuple(joined)


def _alike(a: Case, b: Case) -> bool:
    return None not in a.limits and a.limits == b.limits


def _ranges(study: Study, body: Expr) -> Iterator[tuple[tuple[str, Range], ...]]:
    if not study.letters:
        yield ()
    elif len(study.letters) == 1:
        (name,) = study.letters
        cuts = sorted({Fraction(0), *turning_points(body, study.var, name)})
        for low, high in pairwise([None, *cuts, None]):
            yield ((name, Range(low, high)),)
            if high is not None:
                yield ((name, Range(high, high)),)
    else:
        # With more letters only the usual case, in which all are positive.
        yield tuple((name, Range(Fraction(0), None)) for name in study.letters)


def sample(ranges: tuple[tuple[str, Range], ...], nth: int = 0) -> dict[str, Fraction]:
    """A number for each letter within its range, growing from letter to letter."""
    found = {}
    for i, (name, where) in enumerate(ranges):
        if where.point:
            assert where.low is not None
            found[name] = where.low
        elif where.low is not None and where.high is not None:
            found[name] = where.low + (where.high - where.low) * Fraction(3 + nth, 7)
        elif where.high is not None:
            found[name] = where.high - Fraction(5 + nth, 7)
        else:
            base = where.low if where.low is not None else Fraction(1)
            found[name] = base + Fraction(5 + nth, 7) + 3 * i
    return found


def _case(
    study: Study, body: Expr, ranges: tuple[tuple[str, Range], ...], shorten: Shorten
) -> Case:
    cut = pieces(body, study.var, sample(ranges))
    other = pieces(body, study.var, sample(ranges, 1))
    if [(p.low, p.high, p.expr) for p in cut] != [(p.low, p.high, p.expr) for p in other]:
        raise NoPieces
    kept = tuple(
        shorten(p) for p in cut if has_value(p.expr, {study.var: p.inside, **sample(ranges)})
    )
    if not kept:
        raise NoPieces
    down = checked_limit(kept[0], study.var, -1, ranges) if kept[0].low is None else None
    up = checked_limit(kept[-1], study.var, 1, ranges) if kept[-1].high is None else None
    return Case(ranges, kept, (down, up))


def checked_limit(
    piece: Piece, var: str, sign: int, ranges: tuple[tuple[str, Range], ...]
) -> Limit | None:
    """The limit far out, if what is found far out in balls agrees with it."""
    found = limit(piece.expr, var, "oo" if sign > 0 else "-oo", dict(ranges))
    if found is None:
        return None
    point = sample(ranges)
    beyond = max((abs(end) for end in (piece.low, piece.high) if end is not None), default=0)
    near, far = (at_point(piece.expr, {**point, var: sign * (x + beyond)}) for x in FAR)
    if near is None or far is None:
        return None
    if found.sign:
        return found if found.sign * far > found.sign * near else None
    assert found.expr is not None
    to = at_point(found.expr, point)
    if to is None:
        return None
    return found if nearer(near, far, to) else None
