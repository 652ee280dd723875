"""Identities in one variable: tried at points, then proved on every piece.

Nothing is claimed that is only tried: an expression is 0 where its normal form is, or where that of
its derivative is and its value at one point is 0 too.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

from rnnhand.arithmetic import normal
from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.base import Fault, Scalar
from rnnhand.arithmetic.forms import factored, form
from rnnhand.arithmetic.pieces import NoPieces, Piece, pieces
from rnnhand.arithmetic.scalar import in_balls, value
from rnnhand.errors import Failure
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Ref,
    children,
    refs,
    rewrite,
    substitute,
    walk,
)
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
    if _is_zero(body) or _is_zero(without_logarithms(body)):
        return True
    try:
        cut = [pieces(body, var, _sample(letters, s)) for s in SAMPLES]
    except NoPieces:
        return False
    same = [[(p.low, p.high, p.expr) for p in one] for one in cut]
    return same[0] == same[1] and all(vanishes_on(p, var) for p in cut[0])


def without_logarithms(expr: Expr) -> Expr:
    """Logarithms of products, quotients and powers taken apart, each read as log|x|: where the
    expression has a value it is the same, since what a logarithm is taken of is positive there."""

    def apart(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op != "log":
            return node
        match node.args[0]:
            case Apply("*" | "/" as op, (one, other)):
                parts = apart(Apply("log", (one,))), apart(Apply("log", (other,)))
                return Apply("+" if op == "*" else "-", parts)
            case Apply("^", (base, Number() as power)):
                return Apply("*", (power, apart(Apply("log", (base,)))))
            case Apply("sqrt", (inner,)):
                return Apply("/", (apart(Apply("log", (inner,))), Number("2")))
            case Apply("neg", (inner,)):
                return apart(Apply("log", (inner,)))
            case Apply("exp", (inner,)):
                return inner
            case Apply("+" | "-", _) as inner:
                product = _as_product(inner)
                whole = isinstance(product, Apply) and product.op in ("+", "-")
                return node if whole else apart(Apply("log", (product,)))
            case _:
                return node

    return rewrite(expr, apart)


def _as_product(expr: Expr) -> Expr:
    """A sum as a fraction of products, where it has such a form: (1 - y)/y for 1/y - 1."""
    space = normal.Space()
    try:
        return factored(form(expr, space, {}))
    except (Fault, Failure, RecursionError):
        return expr


def _lowered(expr: Expr) -> Expr:
    """Whole powers of a letter with what their exponents share taken out: q^3 - q for p^300 -
    p^100, which is 0 for all p where it is for all q."""
    powers: dict[str, int] = {}

    def see(node: Expr) -> None:
        match node:
            case Apply("^", (Ref(name, None), Number() as n)) if n.value.denominator == 1:
                powers[name] = gcd(powers.get(name, 0), int(n.value))
            case Ref(name):
                powers[name] = 1
            case _:
                for child in children(node):
                    see(child)

    def put(node: Expr) -> Expr:
        match node:
            case Apply("^", (Ref(name, None) as letter, Number() as n)) if powers[name] > 1:
                return Apply("^", (letter, Number(str(n.value / powers[name]))))
        return node

    see(expr)
    return rewrite(expr, put) if any(n > 1 for n in powers.values()) else expr


MOST_DENOMINATOR = 60


def _denominator(expr: Expr) -> int:
    """What makes the numbers in all exponents whole; 1 where that would be too much."""
    found = 1
    for node in walk(expr):
        if not isinstance(node, Apply) or node.op != "exp":
            continue
        for part in walk(node.args[0]):
            if isinstance(part, Number):
                found = lcm(found, part.value.denominator)
            elif isinstance(part, Apply) and part.op == "/" and isinstance(part.args[1], Number):
                found = lcm(found, part.args[1].value.numerator)
    return found if found <= MOST_DENOMINATOR else 1


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
    """Whether the normal form is 0. It knows exp(x/2)² for exp(x) only where exponents are whole,
    and an expression is 0 for all x where it is for all 2·x."""
    by = _denominator(expr)
    if by > 1:
        scaled: dict[str, Expr] = {
            r.name: Apply("*", (Number(str(by)), Ref(r.name))) for r in refs(expr)
        }
        expr = settled(substitute(expr, scaled))
    expr = _lowered(expr)
    space = normal.Space()
    try:
        names = {r.name: space.letter(r.name) for r in refs(expr)}
        found = value(expr, names, normal.arithmetic(space), {})
    except (Fault, RecursionError):
        return False
    return isinstance(found, normal.Form) and found.value == 0
