"""Identities in one variable: tried at points, then proved on every piece.

Nothing is claimed that is only tried: an expression is 0 where its normal form is, or where that of
its derivative is and its value at one point is 0 too.
"""

from __future__ import annotations

from fractions import Fraction

from rnnhand.arithmetic import normal
from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.base import Fault, Scalar
from rnnhand.arithmetic.pieces import NoPieces, Piece, pieces
from rnnhand.arithmetic.scalar import in_balls, value
from rnnhand.language.tree import Expr, Number, refs, substitute
from rnnhand.questions.analysis.study import Point, derivative, plain, settled

BITS = 200
TRIED = tuple(map(Fraction, ("1/3", "-2/7", "19/11", "-23/10", "41/9", "-37/8")))
SAMPLES = (
    tuple(map(Fraction, ("3/10", "7/5", "11/3"))),
    tuple(map(Fraction, ("4/9", "13/6", "9/4"))),
)


def at_point(expr: Expr, point: Point) -> Scalar | None:
    """The value in balls; None where there is none."""
    return in_balls(expr, point, BITS)


def nearer(near: Scalar, far: Scalar, to: Scalar) -> bool:
    """Whether far out a value is as good as there, or nearer than it was before."""
    with precision(BITS):
        before, after = abs(near - to), abs(far - to)
        return bool(after < ball(Fraction(1, 10**6)) or after < before)


def seems_zero(expr: Expr, var: str, letters: tuple[str, ...]) -> bool:
    """Whether an expression is 0 at all of some points, as far as balls can tell."""
    body = plain(expr)
    known = 0
    for i, x in enumerate(TRIED):
        point = {var: x, **_sample(letters, SAMPLES[i % 2])}
        found = at_point(body, point)
        if found is not None and (found > 0 or found < 0):
            return False
        known += found is not None
    return known > 0


def _sample(letters: tuple[str, ...], values: tuple[Fraction, ...]) -> dict[str, Fraction]:
    """A number for every letter, each a little larger than that of the third before it."""
    count = len(values)
    return {x: values[i % count] + Fraction(i // count, 7) for i, x in enumerate(letters)}


def vanishes(expr: Expr, var: str, letters: tuple[str, ...] = ()) -> bool:
    """Whether an expression is proved to be 0 for all values of its names."""
    if not seems_zero(expr, var, letters):
        return False
    body = plain(expr)
    if _is_zero(body):
        return True
    try:
        cut = [pieces(body, var, _sample(letters, s)) for s in SAMPLES]
    except NoPieces:
        return False
    same = [[(p.low, p.high, p.expr) for p in one] for one in cut]
    return same[0] == same[1] and all(vanishes_on(p, var) for p in cut[0])


def vanishes_on(piece: Piece, var: str) -> bool:
    """Whether an expression without branches is 0 on its piece."""
    body = settled(piece.expr)
    if _is_zero(body):
        return True
    if not any(r.name == var for r in refs(body)) or not _is_zero(plain(derivative(body, var))):
        return False
    zero = (piece.low is None or piece.low <= 0) and (piece.high is None or piece.high >= 0)
    at = Fraction(0) if zero else piece.inside
    return _is_zero(settled(substitute(body, {var: Number(str(at))})))


def _is_zero(expr: Expr) -> bool:
    space = normal.Space()
    try:
        names = {r.name: space.letter(r.name) for r in refs(expr)}
        found = value(expr, names, normal.arithmetic(space), {})
    except (Fault, RecursionError):
        return False
    return isinstance(found, normal.Form) and found.value == 0
