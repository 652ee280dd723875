"""What a formula on paper leaves to the shapes of what it mentions.

The sign · stands between matrices for their product, and between a number and anything for the
product of every entry; hᵀ is written h^T; σ′(a) is the slope of a function that has one.
"""

from __future__ import annotations

from collections.abc import Callable

from rnnhand.language.derivatives import derivative_of
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Ref, children, substitute, with_children
from rnnhand.system.build import function_names
from rnnhand.system.model import SCALAR, Shape

DOT = "·"


def by_shape(tree: Expr, functions: Functions, shape: Callable[[Expr], Shape | None]) -> Expr:
    """The formula with the product, the transpose or the slope that is meant in each place; of what
    has no shape nothing is meant."""
    names = function_names(functions)

    def read(node: Expr) -> Expr:
        here = with_children(node, tuple(map(read, children(node))))
        match here:
            case Apply("*", args) if here.spelling == DOT:
                return _multiplied(here, args, shape)
            case Apply("^", (base, Ref("T", None))) if (shape(base) or SCALAR) != SCALAR:
                return Apply("T", (base,), here.span)
            case Apply("outer" | "⊗", (a, b)):
                return Apply("@", (a, Apply("T", (b,), b.span)), here.span)
            case Apply("transpose", (a,)):
                return Apply("T", (a,), here.span)
            case Apply(op, (inner,)) if op.endswith("'") and op not in names:
                return _slope(here, names.get(op[:-1], ""), inner, functions)
            case _:
                return here

    return read(tree)


def _multiplied(node: Apply, args: tuple[Expr, ...], shape: Callable[[Expr], Shape | None]) -> Expr:
    """The factors from the left: a number times anything, a matrix times what has as many rows as
    it has columns, vectors of one shape entry by entry. In a chain, ∂L/∂h·∂h/∂w, what has a number
    above is a row."""
    sizes = [shape(a) for a in args]
    if sum(size not in (None, SCALAR) for size in sizes) < 2 or None in sizes:
        return node
    product, size = args[0], sizes[0]
    for before, factor, other in zip(args, args[1:], sizes[1:], strict=False):
        assert size is not None
        assert other is not None
        if size[1] == 1 and size != SCALAR and _are_linked(before, factor, shape):
            product, size = Apply("T", (product,), node.span), (1, size[0])
        if SCALAR not in (size, other) and size[1] == other[0]:
            product, size = Apply("@", (product, factor), node.span), (size[0], other[1])
        else:
            product = Apply("*", (product, factor), node.span)
            size = other if size == SCALAR else size
    return product


def _are_linked(a: Expr, b: Expr, shape: Callable[[Expr], Shape | None]) -> bool:
    """Whether they are ∂L/∂h and ∂h/∂w, L a number."""
    first, second = (derivative_of(e) if isinstance(e, Ref) else None for e in (a, b))
    linked = first is not None and second is not None and first.by == second.of
    return linked and first is not None and shape(first.of) == SCALAR


def _slope(node: Apply, name: str, inner: Expr, functions: Functions) -> Expr:
    function = functions.get(name)
    if function is None or len(function.parameters) != 1:
        return node
    (parameter,) = function.parameters
    if parameter not in function.slopes:
        return node
    result = Apply(name, (inner,), node.span)
    return substitute(function.slopes[parameter], {parameter: inner, "result": result})
