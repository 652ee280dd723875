"""A function of one variable cut at its kinks: on each piece every branch is decided.

A kink lies where both sides of a max, min or comparison are equal. Between neighbouring zeros of
these differences their signs, and so all branches, stay as they are at any one point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from flint import arb, fmpq, fmpq_poly

from rnnhand.arithmetic.ball import BALLS, ball, precision
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.scalar import value
from rnnhand.arithmetic.zeros import complex_roots
from rnnhand.language.operations import Functions
from rnnhand.language.tree import (
    COMPARISONS,
    Apply,
    Expr,
    Number,
    Ref,
    addends,
    refs,
    rewrite,
    substitute,
    walk,
    with_children,
)

BITS = 200
BRANCHES = ("max", "min", *COMPARISONS)
MOST = 256
"""Ways through nested branches that are followed."""


class NoPieces(Exception):
    """The kinks of a function could not be found."""


@dataclass(frozen=True)
class Piece:
    """`expr` without branches, for low < variable < high; None is an infinite end."""

    low: Fraction | None
    high: Fraction | None
    expr: Expr

    @property
    def inside(self) -> Fraction:
        return inside(self.low, self.high)


def inside(low: Fraction | None, high: Fraction | None) -> Fraction:
    """A number between two ends."""
    if low is None and high is None:
        return Fraction(1, 3)
    if low is None:
        assert high is not None
        return high - Fraction(7, 5)
    if high is None:
        return low + Fraction(7, 5)
    return (low + high) / 2


def inlined(expr: Expr, functions: Functions) -> Expr:
    """Functions of the library by their definitions, down to exp, log, sqrt and branches."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op in functions and not functions[node.op].open:
            f = functions[node.op]
            named = dict(zip(f.parameters, node.args, strict=True))
            return inlined(substitute(f.value, named), functions)
        return node

    return rewrite(rewrite(expr, put), unlogged)


def unlogged(node: Expr) -> Expr:
    """exp(a + log u) as exp(a)·u, exp(−log u) as 1/u, log(exp u) as u."""
    match node:
        case Apply("log", (Apply("exp", (u,)),)):
            return u
    if not isinstance(node, Apply) or node.op != "exp":
        return node
    above: list[Expr] = []
    below: list[Expr] = []
    rest: list[Expr] = []
    for sign, term in addends(node.args[0]):
        if isinstance(term, Apply) and term.op == "log":
            (above if sign > 0 else below).append(term.args[0])
        else:
            rest.append(term if sign > 0 else Apply("neg", (term,)))
    if not above and not below:
        return node
    if rest:
        above.append(Apply("exp", (rest[0] if len(rest) == 1 else Apply("+", tuple(rest)),)))
    top = _product(above)
    return Apply("/", (top, _product(below))) if below else top


def _product(factors: list[Expr]) -> Expr:
    if not factors:
        return Number("1")
    return factors[0] if len(factors) == 1 else Apply("*", tuple(factors))


def pieces(expr: Expr, var: str, letters: Mapping[str, Fraction]) -> tuple[Piece, ...]:
    """The pieces of an inlined expression, from left to right, its letters having these values.

    Raises `NoPieces` where a zero of a difference cannot be told.
    """
    cuts = sorted(_cuts(expr, var, letters))
    ends = [None, *cuts, None]
    found = []
    for low, high in pairwise(ends):
        point = {var: inside(low, high), **letters}
        found.append(Piece(low, high, resolved_at(expr, point)))
    joined = [found[0]]
    for piece in found[1:]:
        # A zero at which no branch changes is no cut.
        before = joined[-1]
        if piece.expr == before.expr and (
            not _jumps(expr, piece.low, var, letters) and meet(before, piece, var, letters)
        ):
            joined[-1] = Piece(joined[-1].low, piece.high, piece.expr)
        else:
            joined.append(piece)
    return tuple(joined)


def has_value(expr: Expr, point: Mapping[str, Fraction]) -> bool:
    try:
        with precision(BITS):
            value(expr, {k: ball(v) for k, v in point.items()}, BALLS, {})
    except Fault:
        return False
    return True


def meet(left: Piece, right: Piece, var: str, letters: Mapping[str, Fraction]) -> bool:
    """Whether the function has values on both sides of a cut and on it."""
    assert right.low is not None
    places = (left.inside, right.low, right.inside)
    sides = (left.expr, left.expr, right.expr)
    known = [has_value(e, {var: x, **letters}) for e, x in zip(sides, places, strict=True)]
    # What has no value anywhere is one piece too.
    return all(known) or not any(known)


def _jumps(expr: Expr, at: Fraction | None, var: str, letters: Mapping[str, Fraction]) -> bool:
    """Whether a branch at the point itself is another than beside it: [x == 0]."""
    assert at is not None
    here = resolved_at(expr, {var: at, **letters})
    beside = resolved_at(expr, {var: at + Fraction(1, 10**9), **letters})
    return any(isinstance(n, Apply) and n.op in COMPARISONS for n in walk(expr)) and here != beside


def resolved_at(expr: Expr, point: Mapping[str, Fraction]) -> Expr:
    """The expression with every branch taken as it is at a point. Raises `NoPieces`."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op not in BRANCHES or len(node.args) != 2:
            return node
        a, b = node.args
        sign = _sign(Apply("-", (a, b)), point)
        if node.op in ("max", "min"):
            return (a if sign >= 0 else b) if node.op == "max" else (a if sign <= 0 else b)
        holds = {
            ">": sign > 0,
            "<": sign < 0,
            ">=": sign >= 0,
            "<=": sign <= 0,
            "==": sign == 0,
            "!=": sign != 0,
        }[node.op]
        return Number(str(int(holds)))

    return rewrite(expr, put)


def _sign(expr: Expr, point: Mapping[str, Fraction]) -> int:
    poly = polynomial(expr, None, point)
    if poly is not None:
        c = poly[0]
        return (c > 0) - (c < 0)
    try:
        with precision(BITS):
            found = arb(value(expr, {k: ball(v) for k, v in point.items()}, BALLS, {}))
    except Fault:
        raise NoPieces from None
    if found > 0:
        return 1
    if found < 0:
        return -1
    if found == 0:
        return 0
    raise NoPieces


def _cuts(expr: Expr, var: str, letters: Mapping[str, Fraction]) -> set[Fraction]:
    found: set[Fraction] = set()
    for node in walk(expr):
        if isinstance(node, Apply) and node.op in BRANCHES and len(node.args) == 2:
            for way in _ways(Apply("-", node.args)):
                if any(r.name == var for r in refs(way)):
                    found |= _zeros(way, var, letters)
        bound = _must_not_vanish(node)
        for way in _ways(bound) if bound is not None else []:
            if any(r.name == var for r in refs(way)) and not positive(way):
                found |= _zeros(way, var, letters)
    return found


def _must_not_vanish(node: Expr) -> Expr | None:
    """A divisor, or the argument of a logarithm or a root: where it is 0 the function ends."""
    match node:
        case Apply("/", (_, b)):
            return b
        case Apply("log" | "sqrt", (a,)):
            return a
        case Apply("^", (a, b)) if not isinstance(b, Number) or b.value.denominator != 1:
            return a
        case _:
            return None


def positive(expr: Expr) -> bool:
    """Whether an expression is plainly positive everywhere: 1 + exp(−x)."""
    match expr:
        case Number():
            return expr.value > 0
        case Apply("exp", _):
            return True
        case Apply("+", args):
            return any(map(positive, args)) and all(map(_not_negative, args))
        case Apply("*" | "/", args):
            return all(map(positive, args))
        case Apply("sqrt" | "^", (a, *_)):
            return positive(a)
        case Apply("log", (Apply("+", args),)):
            return Number("1") in args and all(map(positive, args)) and len(args) > 1
        case _:
            return False


def _not_negative(expr: Expr) -> bool:
    match expr:
        case Number():
            return expr.value >= 0
        case Apply("^", (_, Number() as n)) if n.value.denominator == 1:
            return n.value % 2 == 0 or positive(expr)
        case Apply("*", (a, b)) if a == b:
            return True
        case _:
            return positive(expr)


def _ways(expr: Expr) -> list[Expr]:
    """An expression with every branch inside it taken in every way."""
    if not isinstance(expr, Apply):
        return [expr]
    if expr.op in ("max", "min") and len(expr.args) == 2:
        return [w for a in expr.args for w in _ways(a)]
    if expr.op in COMPARISONS:
        return [Number("0"), Number("1")]
    found: list[tuple[Expr, ...]] = [()]
    for arg in expr.args:
        found = [(*start, w) for start in found for w in _ways(arg)]
        if len(found) > MOST:
            raise NoPieces
    return [with_children(expr, parts) for parts in found]


def _zeros(expr: Expr, var: str, letters: Mapping[str, Fraction]) -> set[Fraction]:
    """The rational zeros of a difference that has no others."""
    poly = polynomial(expr, var, letters)
    if poly is not None:
        return _roots(poly)
    match expr:
        case Apply("*", args):
            return set().union(*(_zeros(a, var, letters) for a in args if not positive(a)))
        case Apply("neg", (a,)) | Apply("sqrt", (a,)):
            return _zeros(a, var, letters)
        case Apply("/", (a, b)):
            return _zeros(a, var, letters) | _zeros(b, var, letters)
        case Apply("^", (a, Number())):
            return _zeros(a, var, letters)
        case Apply("log", (u,)):
            return _zeros(Apply("-", (u, Number("1"))), var, letters)
        case Apply("-", (Apply("exp" | "log" as op, (u,)), b)):
            c = polynomial(b, None, letters)
            if c is not None and op == "exp" and c[0] <= 0:
                return set()
            if c is not None and c[0] == (1 if op == "exp" else 0):
                to = Number("0" if op == "exp" else "1")
                return _zeros(Apply("-", (u, to)), var, letters)
        case Apply("-", (a, Apply("exp" | "log", _) as b)) if polynomial(a, None, letters):
            return _zeros(Apply("-", (b, a)), var, letters)
    raise NoPieces


def _roots(poly: fmpq_poly) -> set[Fraction]:
    if poly.degree() <= 0:
        return set()
    found: set[Fraction] = set()
    _, factors = poly.factor()
    for factor, _ in factors:
        if factor.degree() == 1:
            root = -factor[0] / factor[1]
            found.add(Fraction(int(root.p), int(root.q)))
        elif any(r.imag == 0 for r in complex_roots(factor)):
            raise NoPieces
    return found


def polynomial(expr: Expr, var: str | None, letters: Mapping[str, Fraction]) -> fmpq_poly | None:
    """A polynomial in the variable with rational coefficients; None for anything else."""
    match expr:
        case Number():
            return fmpq_poly([fmpq(expr.value.numerator, expr.value.denominator)])
        case Ref(name, None) if name == var:
            return fmpq_poly([0, 1])
        case Ref(name, None) if name in letters:
            return fmpq_poly([fmpq(letters[name].numerator, letters[name].denominator)])
        case Apply("neg", (a,)):
            p = polynomial(a, var, letters)
            return None if p is None else -p
        case Apply("+" | "-" | "*" | "/" as op, args):
            parts = [p for p in (polynomial(a, var, letters) for a in args) if p is not None]
            if len(parts) < len(args):
                return None
            found = parts[0]
            for p in parts[1:]:
                if op == "/":
                    if p.degree() != 0:
                        return None
                    found = found / p[0]
                else:
                    found = found + p if op == "+" else found - p if op == "-" else found * p
            return found
        case Apply("^", (a, Number() as n)) if n.value.denominator == 1 and 0 <= n.value <= 20:
            p = polynomial(a, var, letters)
            return None if p is None else p ** int(n.value)
        case _:
            return None


def turning_points(expr: Expr, var: str, letter: str) -> set[Fraction]:
    """Values of a letter at which a branch turns whatever the variable is: 1 for max(t, a·t).

    Raises `NoPieces` where they cannot be told.
    """
    found: set[Fraction] = set()
    for node in walk(expr):
        if isinstance(node, Apply) and node.op in BRANCHES and len(node.args) == 2:
            for way in _ways(Apply("-", node.args)):
                if any(r.name == letter for r in refs(way)):
                    found |= _letter_zeros(way, var, letter)
    return found


def _letter_zeros(way: Expr, var: str, letter: str) -> set[Fraction]:
    """The zeros in the letter of the coefficients of the powers of the variable."""
    from rnnhand.arithmetic import normal

    space = normal.Space()
    try:
        names = {var: space.letter(var), letter: space.letter(letter)}
        form = value(way, names, normal.arithmetic(space), {})
    except Fault:
        raise NoPieces from None
    if len(space.known) > 2 or not form.below.is_constant():
        raise NoPieces
    by_power: dict[int, dict[int, fmpq]] = {}
    for m, c in form.above.to_dict().items():
        by_power.setdefault(int(m[0]), {})[int(m[1])] = c
    found: set[Fraction] = set()
    for coefficients in by_power.values():
        poly = fmpq_poly([coefficients.get(i, fmpq(0)) for i in range(max(coefficients) + 1)])
        found |= _roots(poly)
    return found
