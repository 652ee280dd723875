"""The normal form of an expression: a polynomial in what cannot be taken apart.

Sums and products (element by element) are multiplied out and put in order; matrix products are
linear on both sides, go through stacks block by block and are bracketed from the right; what is
left are atoms: names, functions of normal forms, products of matrices. Two expressions with one
normal form are equal for all values; the reverse is not claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TypeAlias, assert_never

from rnnhand.calculus.rules import ShapeOf
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, substitute, with_children
from rnnhand.system.model import SCALAR, Shape

Monomial: TypeAlias = tuple[tuple[Expr, int], ...]
"""Atoms with their powers, in order."""

Polynomial: TypeAlias = dict[Monomial, Fraction]

UNIT: Monomial = ()
MOST_TERMS = 400
MOST_POWER = 6

INFINITY = Ref("∞")
"""What a bias is in the limit. It is only ever a summand of a function's argument."""


class TooLarge(Exception):
    """An expression has more terms than anybody would compare."""


@dataclass(frozen=True)
class Symmetry:
    """f(-x) = total - f(x) for all x."""

    total: Fraction


@dataclass(frozen=True)
class Facts:
    """What the normal form may use: shapes, definitions of functions, limits and symmetries."""

    shape: ShapeOf
    functions: Functions
    limit: Callable[[str, int], Fraction | None] = lambda op, sign: None
    symmetry: Callable[[str], Symmetry | None] = lambda op: None
    argument: Callable[[str, Fraction], Fraction | None] = lambda op, value: None
    """A whole number at which a function has a value."""
    value: Callable[[str, Fraction], Fraction | None] = lambda op, x: None
    """The value of a function at a number, where it is rational and easily told."""


def normal(expr: Expr, facts: Facts) -> Expr:
    """The normal form, as a tree. Raises `TooLarge`."""
    return expression(polynomial(expr, facts))


def equal(a: Expr, b: Expr, facts: Facts) -> bool:
    """Whether two expressions have one normal form; then they are equal for all values."""
    try:
        return polynomial(a, facts) == polynomial(b, facts)
    except TooLarge:
        return False


def number(value: Fraction) -> Number:
    return Number(str(value))


def constant(poly: Polynomial) -> Fraction | None:
    """The number that a polynomial is, if it is one."""
    if not poly:
        return Fraction(0)
    return poly[UNIT] if len(poly) == 1 and UNIT in poly else None


def polynomial(expr: Expr, facts: Facts) -> Polynomial:
    match expr:
        case Number():
            return _clean({UNIT: expr.value})
        case Ref():
            return {((expr, 1),): Fraction(1)}
        case Over(_, _, body):
            return _atom(with_children(expr, (normal(body, facts),)))
        case Apply():
            return _operation(expr, facts)
        case _:
            assert_never(expr)


def _operation(expr: Apply, facts: Facts) -> Polynomial:
    op, args = expr.op, expr.args
    match op:
        case "+":
            return added(polynomial(a, facts) for a in args)
        case "-":
            first, *others = (polynomial(a, facts) for a in args)
            return added([first, *(scaled(p, Fraction(-1)) for p in others)])
        case "neg":
            return scaled(polynomial(args[0], facts), Fraction(-1))
        case "*":
            product: Polynomial = {UNIT: Fraction(1)}
            for arg in args:
                product = multiplied(product, polynomial(arg, facts))
            return product
        case "/":
            return multiplied(polynomial(args[0], facts), _inverse(polynomial(args[1], facts)))
        case "^":
            return _power(expr, facts)
        case "@":
            return _matrix_product(args[0], args[1], facts)
        case "T":
            return _transposed(args[0], facts)
        case "diag":
            return _diagonal(expr, facts)
        case _:
            return _function(expr, facts)


def added(polys: Iterable[Polynomial]) -> Polynomial:
    total: Polynomial = {}
    for poly in polys:
        for monomial, c in poly.items():
            total[monomial] = total.get(monomial, Fraction(0)) + c
    return _clean(total)


def scaled(poly: Polynomial, by: Fraction) -> Polynomial:
    return {m: c * by for m, c in poly.items()} if by else {}


def multiplied(a: Polynomial, b: Polynomial) -> Polynomial:
    if len(a) * len(b) > MOST_TERMS:
        raise TooLarge
    return added({_times(m, n): c * d} for m, c in a.items() for n, d in b.items())


def _times(m: Monomial, n: Monomial) -> Monomial:
    if not m or not n:
        return m or n
    powers: dict[Expr, int] = {}
    for atom, k in (*m, *n):
        powers[atom] = powers.get(atom, 0) + k
    return tuple(sorted(((a, k) for a, k in powers.items() if k), key=_place))


def _place(item: tuple[Expr, int]) -> str:
    return spelled(item[0])


@cache
def spelled(expr: Expr) -> str:
    return text(expr)


def _clean(poly: Polynomial) -> Polynomial:
    return {m: c for m, c in poly.items() if c}


def _atom(expr: Expr) -> Polynomial:
    return {((expr, 1),): Fraction(1)}


def _inverse(poly: Polynomial) -> Polynomial:
    """1/p: of a single term by its powers, of a sum as an atom."""
    if len(poly) == 1:
        ((monomial, c),) = poly.items()
        return {tuple((a, -k) for a, k in monomial): 1 / c}
    return _atom(Apply("/", (Number("1"), expression(poly))))


def _power(expr: Apply, facts: Facts) -> Polynomial:
    base, exponent = (polynomial(a, facts) for a in expr.args)
    n = constant(exponent)
    if n is None or n.denominator != 1 or not -MOST_POWER <= n <= MOST_POWER:
        return _atom(Apply("^", (expression(base), expression(exponent))))
    if n < 0:
        base = _inverse(base)
    product: Polynomial = {UNIT: Fraction(1)}
    for _ in range(abs(int(n))):
        product = multiplied(product, base)
    return product


def _matrix_product(a: Expr, b: Expr, facts: Facts) -> Polynomial:
    """A @ B is linear in A and in B; blocks of a stack below meet the columns of A."""
    left, right = facts.shape(a), facts.shape(b)
    if left == SCALAR or right == SCALAR:
        return multiplied(polynomial(a, facts), polynomial(b, facts))
    if isinstance(b, Apply) and b.op == ";":
        return added(_matrix_product(*pair, facts) for pair in _blocks(a, b, facts.shape))
    if isinstance(a, Apply) and a.op == ",":
        start, found = 1, []
        for part in a.args:
            end = start + facts.shape(part)[1] - 1
            found.append(_matrix_product(part, _cut("rows", b, start, end), facts))
            start = end + 1
        return added(found)
    first, second = polynomial(a, facts), polynomial(b, facts)
    products = []
    for m, c in first.items():
        for n, d in second.items():
            products.append(scaled(_product_of_terms(m, n, left, right, facts), c * d))
    return added(products)


def _blocks(a: Expr, stack: Apply, shape: ShapeOf) -> list[tuple[Expr, Expr]]:
    """A @ [x; y] = A₁ @ x + A₂ @ y."""
    if isinstance(a, Apply) and a.op == ",":
        widths = [shape(p)[1] for p in a.args]
        if widths == [shape(p)[0] for p in stack.args]:
            return list(zip(a.args, stack.args, strict=True))
    start, found = 1, list[tuple[Expr, Expr]]()
    for part in stack.args:
        end = start + shape(part)[0] - 1
        found.append((_cut("columns", a, start, end), part))
        start = end + 1
    return found


def _cut(op: str, expr: Expr, start: int, end: int) -> Apply:
    return Apply(op, (expr, Number(str(start)), Number(str(end))))


def _product_of_terms(
    m: Monomial, n: Monomial, left: Shape, right: Shape, facts: Facts
) -> Polynomial:
    """One term times one term: scalars come out, a diagonal is a product element by element."""
    scalars: Monomial = UNIT
    sides = []
    for side, shape in ((m, left), (n, right)):
        alone = tuple(f for f in side if facts.shape(f[0]) == SCALAR)
        rest = tuple(f for f in side if f not in alone)
        scalars = _times(scalars, alone)
        rows, columns = (Number(str(k)) for k in shape)
        sides.append(rest or ((Apply("fill", (Number("1"), rows, columns)), 1),))
    a, b = sides
    outer: Polynomial = {scalars: Fraction(1)}
    if len(a) == 1 and a[0][1] == 1:
        atom = a[0][0]
        if isinstance(atom, Apply) and atom.op == "diag":
            vector = polynomial(atom.args[0], facts)
            return multiplied(outer, multiplied(vector, {b: Fraction(1)}))
        if isinstance(atom, Apply) and atom.op == "@":
            inner = Apply("@", (atom.args[1], _term(b, Fraction(1))))
            return multiplied(outer, _matrix_product(atom.args[0], inner, facts))
        if is_identity(atom):
            return multiplied(outer, {b: Fraction(1)})
    if len(b) == 1 and b[0][1] == 1 and is_identity(b[0][0]):
        return multiplied(outer, {a: Fraction(1)})
    product = Apply("@", (_term(a, Fraction(1)), _term(b, Fraction(1))))
    return multiplied(outer, _atom(product))


def identity_matrix(n: int) -> Ref:
    """The identity matrix of n rows; it is only ever a factor of a matrix product."""
    return Ref(f"I {n}")


def is_identity(expr: Expr) -> bool:
    return isinstance(expr, Ref) and expr.name.startswith("I ")


def _transposed(expr: Expr, facts: Facts) -> Polynomial:
    if facts.shape(expr) == SCALAR:
        return polynomial(expr, facts)
    found: Polynomial = {}
    for monomial, c in polynomial(expr, facts).items():
        turned: list[tuple[Expr, int]] = []
        for atom, k in monomial:
            match atom:
                case Apply("T", (inner,)):
                    turned.append((inner, k))
                case _ if facts.shape(atom) == SCALAR:
                    turned.append((atom, k))
                case _:
                    turned.append((Apply("T", (atom,)), k))
        key = tuple(sorted(turned, key=_place))
        found[key] = found.get(key, Fraction(0)) + c
    return _clean(found)


def _diagonal(expr: Apply, facts: Facts) -> Polynomial:
    """diag(c·v) = c·diag(v), term by term."""
    inner = polynomial(expr.args[0], facts)
    return added(
        scaled(_atom(Apply("diag", (_term(m, Fraction(1)),))), c) for m, c in inner.items()
    )


def _function(expr: Apply, facts: Facts) -> Polynomial:
    op = expr.op
    polys = [polynomial(a, facts) for a in expr.args]
    if op in ("rows", "columns"):
        return _cut_of(expr, facts)
    if op in facts.functions and len(polys) == 1:
        to = _infinite(polys[0])
        limit = facts.limit(op, to) if to else None
        if limit is not None:
            return _clean({UNIT: limit})
        if facts.functions[op].value == Ref(facts.functions[op].parameters[0]):
            return polys[0]
    values = [constant(p) for p in polys]
    if all(v is not None for v in values):
        known = _value(op, [v for v in values if v is not None], facts)
        if known is not None:
            return _clean({UNIT: known})
    if op in facts.functions and len(polys) == 1 and _is_negative(polys[0]):
        symmetry = facts.symmetry(op)
        if symmetry is not None:
            turned = Apply(op, (expression(scaled(polys[0], Fraction(-1))),))
            return added([_clean({UNIT: symmetry.total}), scaled(_atom(turned), Fraction(-1))])
    return _atom(replace(expr, args=tuple(expression(p) for p in polys), spelling=""))


def _cut_of(expr: Apply, facts: Facts) -> Polynomial:
    """Cuts are linear, and a cut that takes just one part of a stack is that part."""
    a, sizes = expr.args[0], expr.args[1:]
    first, last = (int(s.value) for s in sizes if isinstance(s, Number))
    axis, stack = (0, ";") if expr.op == "rows" else (1, ",")
    if (first, last) == (1, facts.shape(a)[axis]):
        return polynomial(a, facts)
    if isinstance(a, Apply) and a.op == stack:
        start = 1
        for part in a.args:
            end = start + facts.shape(part)[axis] - 1
            if start <= first and last <= end:
                inner = _cut(expr.op, part, first - start + 1, last - start + 1)
                return _cut_of(inner, facts)
            start = end + 1
    return _atom(replace(expr, args=(normal(a, facts), *sizes)))


def _infinite(poly: Polynomial) -> int:
    """1 or -1 where a sum is ∞ or -∞ in the limit, 0 where it is finite."""
    c = poly.get(((INFINITY, 1),), Fraction(0))
    return (c > 0) - (c < 0)


def _is_negative(poly: Polynomial) -> bool:
    """Whether the first term, in the order of their spellings, has a minus."""
    if not poly or (UNIT in poly and len(poly) == 1):
        return False
    first = min((m for m in poly if m), key=lambda m: [(spelled(a), k) for a, k in m])
    return poly[first] < 0


def _value(op: str, values: list[Fraction], facts: Facts) -> Fraction | None:
    """The exact value of a function of numbers, where it is rational and easily told."""
    match op, values:
        case "exp", [x] if x == 0:
            return Fraction(1)
        case "log", [x] if x == 1:
            return Fraction(0)
        case "sqrt", [x] if x in (0, 1):
            return x
        case "max", [a, *others]:
            return max(a, *others) if others else a
        case "min", [a, *others]:
            return min(a, *others) if others else a
        case ">" | "<" | ">=" | "<=" | "==" | "!=", [a, b]:
            holds = {">": a > b, "<": a < b, ">=": a >= b, "<=": a <= b, "==": a == b, "!=": a != b}
            return Fraction(int(holds[op]))
        case _ if op in facts.functions:
            function = facts.functions[op]
            names = dict(zip(function.parameters, map(number, values), strict=False))
            return constant(polynomial(substitute(function.value, {**names}), facts))
        case _:
            return None


def expression(poly: Polynomial) -> Expr:
    """A polynomial as a tree, its terms in order."""
    terms = sorted(poly.items(), key=lambda item: [(spelled(a), k) for a, k in item[0]])
    terms.sort(key=lambda item: not item[0])
    shown = [_term(m, c) for m, c in terms]
    if not shown:
        return Number("0")
    return shown[0] if len(shown) == 1 else Apply("+", tuple(shown))


def _term(monomial: Monomial, c: Fraction) -> Expr:
    """c·a·b²/d."""
    above = [a if k == 1 else Apply("^", (a, Number(str(k)))) for a, k in monomial if k > 0]
    below = [a if k == -1 else Apply("^", (a, Number(str(-k)))) for a, k in monomial if k < 0]
    if abs(c) != 1 or not above:
        above.insert(0, number(abs(c)))
    product = above[0] if len(above) == 1 else Apply("*", tuple(above))
    if below:
        divisor = below[0] if len(below) == 1 else Apply("*", tuple(below))
        product = Apply("/", (product, divisor))
    return Apply("neg", (product,)) if c < 0 else product
