"""What a formula on paper leaves to the shapes of what it mentions.

The sign · stands between matrices for their product, and between a number and anything for the
product of every entry; hᵀ is written h^T, and W² is W·W; σ′(a) is the slope of a function that has
one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rnnhand.errors import failure
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.operations import Functions
from rnnhand.language.paper_signs import BAR
from rnnhand.language.printer import text
from rnnhand.language.readings import Choice, Reading
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Ref,
    children,
    refs,
    substitute,
    walk,
    with_children,
)
from rnnhand.questions.formula.placed import quantity_of
from rnnhand.system.build import function_names
from rnnhand.system.model import SCALAR, Shape, System

DOT = "·"

LONGEST_POWER = 4
"""Factors up to which a power of a matrix is written out at once."""


@dataclass(frozen=True)
class Shaping:
    """By what a formula is read."""

    system: System
    shape: Callable[[Expr], Shape | None]
    reading: Reading

    def of(self, expr: Expr) -> Shape:
        return self.shape(expr) or SCALAR


def by_shape(
    tree: Expr, system: System, shape: Callable[[Expr], Shape | None], reading: Reading
) -> Expr:
    """The formula with the product, the power, the transpose or the slope that is meant in each
    place; of what has no shape nothing is meant."""
    about = Shaping(system, shape, reading)
    functions = system.functions
    names = function_names(functions)

    def read(node: Expr) -> Expr:
        here = with_children(node, tuple(map(read, children(node))))
        match here:
            case Apply("*", args) if here.spelling == DOT:
                return _multiplied(about, here, args)
            case Apply("^", (base, Ref("T", None))) if about.of(base) != SCALAR:
                if _is_square(about.of(base)) and Choice.POWERS in reading:
                    return _power_of_matrix(about, here, base, Ref("T"))
                return Apply("T", (base,), here.span)
            case Apply("^", (base, exponent)) if _is_power_of_matrix(about, here, base):
                return _power_of_matrix(about, here, base, exponent)
            case Apply("outer" | "⊗", (a, b)):
                return Apply("@", (a, Apply("T", (b,), b.span)), here.span)
            case Apply("dot", (a, b)) if about.of(a)[1] == about.of(b)[0] != 1:
                return Apply("@", (a, b), here.span)
            case Apply("Π", (*ends, body)) if Choice.FORWARD in reading and len(ends) == 3:
                square = _is_square(about.of(body))
                inner = with_children(here, (*ends, Apply("T", (body,), here.span)))
                return Apply("T", (inner,), here.span) if square else here
            case Apply("dot", (a, b)):
                return Apply("@", (Apply("T", (a,), a.span), b), here.span)
            case Apply("abs", (a,)) if here.spelling == BAR:
                length = about.of(a) != SCALAR and Choice.LENGTH in reading
                return replace(here, op="norm2" if length else "abs", spelling="")
            case Apply("transpose", (a,)):
                return Apply("T", (a,), here.span)
            case Apply(op, (inner,)) if op.endswith("'") and op not in names:
                return _slope(here, names.get(op[:-1], ""), inner, functions)
            case _:
                return here

    return read(tree)


def _is_square(shape: Shape) -> bool:
    return shape[0] == shape[1] > 1


def _is_power_of_matrix(about: Shaping, node: Apply, base: Expr) -> bool:
    """Whether S² is S·S: of weights, of derivatives and of products; the squares of entries are
    meant where states stand in a matrix, a row for each sequence."""
    if node.spelling or not _is_square(about.of(base)):
        return False
    other = Choice.POWERS in about.reading
    match base:
        case Ref(_, index):
            fixed = index is None and quantity_of(about.system, base) in about.system.given
            return (fixed or derivative_of(base) is not None) != other
        case Apply("@" | "diag" | "T", _):
            return not other
        case _:
            return other


def _power_of_matrix(about: Shaping, node: Apply, base: Expr, exponent: Expr) -> Expr:
    match exponent:
        case Number() if exponent.value.denominator != 1 or exponent.value < 0:
            raise failure("formula-matrix-power", node.span, None, name=text(node))
        case Apply("neg", _):
            raise failure("formula-matrix-power", node.span, None, name=text(node))
        case Number() if 1 <= exponent.value <= LONGEST_POWER:
            found = base
            for _ in range(int(exponent.value) - 1):
                found = Apply("@", (found, base), node.span)
            return found
    var = _unused(about.system, node)
    return Apply("Π", (Ref(var, None, node.span), Number("1"), exponent, base), node.span)


def _unused(system: System, node: Expr) -> str:
    taken = {*system.names, *system.indices, *(r.name for r in refs(node))}
    taken |= {a.name for n in walk(node) if isinstance(n, Apply) for a in n.args[:1]
              if isinstance(a, Ref)}  # fmt: skip
    return next(name for name in ("i", "j", "m", "n", "l", *(f"i{k}" for k in range(99)))
                if name not in taken)  # fmt: skip


def _multiplied(about: Shaping, node: Apply, args: Sequence[Expr]) -> Expr:
    """The factors from the left: a number times anything, a matrix times what has as many rows as
    it has columns, vectors of one shape entry by entry. In a chain, ∂L/∂h·∂h/∂w, what has a number
    above is a row."""
    sizes = [about.shape(a) for a in args]
    if sum(size not in (None, SCALAR) for size in sizes) < 2 or None in sizes:
        return node
    if Choice.FROM_THE_RIGHT in about.reading:
        args = _vectors_first(about, node, args)
    product, *others = args
    for before, factor in zip(args, others, strict=False):
        product = _pair(about, node, product, before, factor)
    return product


def _pair(about: Shaping, node: Apply, product: Expr, before: Expr, factor: Expr) -> Expr:
    size, other = about.of(product), about.of(factor)
    if size[1] == 1 and size != SCALAR and _are_linked(about, before, factor):
        product, size = Apply("T", (product,), node.span), (1, size[0])
    if SCALAR not in (size, other) and size[1] == other[0]:
        return Apply("@", (product, factor), node.span)
    vectors = size == other and size[1] == 1 and size != SCALAR
    if vectors and Choice.DOT_OF_VECTORS in about.reading:
        return Apply("@", (Apply("T", (product,), node.span), factor), node.span)
    return Apply("*", (product, factor), node.span)


def _vectors_first(about: Shaping, node: Apply, args: Sequence[Expr]) -> list[Expr]:
    """A·v·w as A·(v ⊙ w)."""
    found: list[Expr] = []
    for factor in args:
        size = about.of(factor)
        if len(found) > 1 and size == about.of(found[-1]) and size[1] == 1 and size != SCALAR:
            found[-1] = Apply("*", (found[-1], factor), node.span)
        else:
            found.append(factor)
    return found


def _are_linked(about: Shaping, a: Expr, b: Expr) -> bool:
    """Whether they are ∂L/∂h and ∂h/∂w, L a number."""
    first, second = (derivative_of(e) if isinstance(e, Ref) else None for e in (a, b))
    linked = first is not None and second is not None and first.by == second.of
    return linked and first is not None and about.shape(first.of) == SCALAR


def _slope(node: Apply, name: str, inner: Expr, functions: Functions) -> Expr:
    function = functions.get(name)
    if function is None or len(function.parameters) != 1:
        return node
    (parameter,) = function.parameters
    if parameter not in function.slopes:
        return node
    result = Apply(name, (inner,), node.span)
    return substitute(function.slopes[parameter], {parameter: inner, "result": result})
