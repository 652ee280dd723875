"""The derivative in terms of the function's own value: f′ = f·(1 − f).

A sum of terms in f with unknown coefficients is fitted at points in balls, its coefficients are
taken to be simple fractions, and what comes out is proved or dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from rnnhand.arithmetic import closed
from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.fitting import fitted
from rnnhand.arithmetic.pieces import Piece, inside
from rnnhand.arithmetic.scalar import in_balls
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, substitute
from rnnhand.questions.analysis.proof import at_point, vanishes_on
from rnnhand.questions.analysis.study import Point, plain, settled

F, ONE = Ref("f"), Number("1")


def power(n: int) -> Expr:
    return F if n == 1 else Apply("^", (F, Number(str(n))))


DOWN = Apply("exp", (Apply("neg", (F,)),))
BASES: tuple[tuple[Expr, ...], ...] = (
    (ONE,),
    (ONE, F),
    (ONE, F, power(2)),
    (ONE, DOWN),
    (ONE, Apply("exp", (F,))),
    (ONE, F, power(2), power(3)),
    (F, Apply("*", (F, Apply("log", (F,))))),
)
LONGEST = 40
"""Signs of a formula that is still simple."""
WHERE = tuple(map(Fraction, ("0", "1/2", "-1/3", "5/7", "-8/9", "11/13", "-3/17", "2/19")))


def through(f: Expr, slope: Expr, piece: Piece, var: str, letters: tuple[str, ...]) -> Expr | None:
    """f′ on a piece in terms of f and letters, proved there; None where there is nothing simple.

    In the result f is the name of the function's value.
    """
    for basis in BASES:
        terms = [(letter, b) for b in basis for letter in (None, *letters)]
        whole = [b if a is None else Apply("*", (Ref(a), b)) for a, b in terms]
        found = _coefficients(f, slope, whole, piece, var, letters)
        if found is None:
            continue
        kept = [(c, a, b) for c, (a, b) in zip(found, terms, strict=True) if c]
        expr = _written(kept)
        gap = Apply("-", (slope, substitute(expr, {"f": f})))
        if vanishes_on(Piece(piece.low, piece.high, plain(gap)), var):
            return expr
    return None


def by_inverse(
    f: Expr, slope: Expr, inverse: Expr | None, piece: Piece, var: str, letters: tuple[str, ...]
) -> Expr | None:
    """f′ in terms of f where x in terms of y is put into f′, if that becomes simple: a fraction of
    polynomials, proved on the piece."""
    if inverse is None:
        return None
    found = closed.constant(substitute(slope, {var: inverse}), {}, ("y", *letters))
    if found is None or len(text(found)) > LONGEST or not _is_rational(found):
        return None
    expr = settled(substitute(found, {"y": F}))
    gap = Apply("-", (slope, substitute(expr, {"f": f})))
    return expr if vanishes_on(Piece(piece.low, piece.high, plain(gap)), var) else None


def _is_rational(expr: Expr) -> bool:
    """Whether there is nothing in it but + − · / and whole powers."""
    match expr:
        case Apply("^", (a, Number())):
            return _is_rational(a)
        case Apply("+" | "-" | "*" | "/" | "neg", args):
            return all(map(_is_rational, args))
        case _:
            return isinstance(expr, Number | Ref)


def _coefficients(
    f: Expr,
    slope: Expr,
    basis: Sequence[Expr],
    piece: Piece,
    var: str,
    letters: tuple[str, ...],
) -> list[Fraction] | None:
    rows, right = [], []
    for point in _points(piece, var, letters, len(basis) + 2):
        here = at_point(f, point)
        there = at_point(slope, point)
        if here is None or there is None:
            return None
        row = [_value(b, here, point) for b in basis]
        if any(x is None for x in row):
            return None
        rows.append(row)
        right.append(there)
    return fitted(rows, right)


def _value(expr: Expr, f: Scalar, point: Point) -> Scalar | None:
    return in_balls(expr, {"f": f, **point}, 200)


def _points(
    piece: Piece, var: str, letters: tuple[str, ...], count: int
) -> Iterator[dict[str, Fraction]]:
    middle = inside(piece.low, piece.high)
    room = Fraction(1)
    if piece.low is not None and piece.high is not None:
        room = (piece.high - piece.low) / 2
    for i in range(count):
        spread = WHERE[i % len(WHERE)] * (1 - Fraction(i // len(WHERE), 7))
        point = {var: middle + room * spread}
        for k, letter in enumerate(letters):
            point[letter] = Fraction(3 + 2 * i + k * (i + 2), 4 + i * i % 5)
        yield point


def _written(kept: Sequence[tuple[Fraction, str | None, Expr]]) -> Expr:
    """c₀ + c₁·f + …; with f taken out where every term has it."""
    if not kept:
        return Number("0")
    degrees = [_degree(b) for _, _, b in kept]
    if len(kept) > 1 and all(d is not None and d > 0 for d in degrees):
        inner = [(c, a, _lowered(b)) for c, a, b in kept]
        return Apply("*", (F, _written(inner)))
    found: Expr | None = None
    for c, letter, b in sorted(kept, key=lambda k: k[0] < 0):
        factors = [x for x in (Ref(letter) if letter else None, b if b != ONE else None) if x]
        if abs(c) != 1 or not factors:
            factors.insert(0, Number(str(abs(c))))
        term = factors[0] if len(factors) == 1 else Apply("*", tuple(factors))
        if found is None:
            found = Apply("neg", (term,)) if c < 0 else term
        elif c > 0 and isinstance(found, Apply) and found.op == "+":
            found = Apply("+", (*found.args, term))
        else:
            found = Apply("-" if c < 0 else "+", (found, term))
    assert found is not None
    return settled(found)


def _degree(expr: Expr) -> int | None:
    match expr:
        case Ref("f"):
            return 1
        case Apply("^", (Ref("f"), Number() as n)):
            return int(n.value)
        case Number():
            return 0
        case Apply("*", (Ref("f"), _)):
            return 1
        case _:
            return None


def _lowered(expr: Expr) -> Expr:
    match expr:
        case Ref():
            return ONE
        case Apply("^", (_, Number() as n)):
            return power(int(n.value) - 1)
        case Apply("*", (_, other)):
            return other
        case _:
            raise AssertionError(expr)
