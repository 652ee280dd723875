"""Every mention in a body, with the adjoint that it receives and the indices that run around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rnnhand.calculus.rules import ShapeOf, over, pulled
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, rewrite
from rnnhand.system.model import Steps, System


@dataclass(frozen=True)
class Mention:
    """A mention, the adjoint it receives, and the index variables that run around it.

    `within` says that it stands in a sum over the equation's own index: all its steps at once.
    """

    ref: Ref
    adjoint: Expr
    running: Mapping[str, Steps]
    within: bool = False


def mentions(
    system: System,
    expr: Expr,
    g: Expr,
    shape: ShapeOf,
    running: Mapping[str, Steps],
    result: Expr | None,
) -> Iterator[Mention]:
    """`pulled`, through sums over steps too: they hand their adjoint to every step.

    A sum over an index that runs already, as in z[t] = x[t] - mean[t](x[t]), is one value for all
    steps of the outer index; its adjoint is what all of these give together.
    """
    if isinstance(expr, Over):
        domain = system.domain(expr)
        again = expr.var in running
        if again:
            g = Over("sum", expr.var, g, running[expr.var])
        if expr.kind == "mean":
            g = over(g, Number(str(sum(map(len, domain)))))
        inside = {**running, expr.var: domain}
        for inner in mentions(system, expr.body, g, shape, inside, None):
            yield replace(inner, within=inner.within or again)
        return
    outer = {id(node): node for node in _outer_sums(expr)}
    names = {key: Ref(f"sum {i}") for i, key in enumerate(outer)}
    places: dict[str, Expr] = {names[key].name: node for key, node in outer.items()}

    def shaped(e: Expr) -> tuple[int, int]:
        return shape(_put_back(e, places))

    hidden = _hidden(expr, names)
    for ref, received in pulled(hidden, g, shaped, system.functions, result):
        received = _put_back(received, places)
        if ref.name in places:
            yield from mentions(system, places[ref.name], received, shape, running, None)
        else:
            yield Mention(ref, received, running)


def _outer_sums(expr: Expr) -> Iterator[Over]:
    """The sums over steps that stand in no other one."""
    if isinstance(expr, Over):
        yield expr
    elif isinstance(expr, Apply):
        for arg in expr.args:
            yield from _outer_sums(arg)


def _hidden(expr: Expr, names: dict[int, Ref]) -> Expr:
    """Sums over steps stood in for by names, so that the rules need not know of them."""
    if id(expr) in names:
        return names[id(expr)]
    if isinstance(expr, Apply):
        return replace(expr, args=tuple(_hidden(a, names) for a in expr.args))
    return expr


def _put_back(expr: Expr, places: dict[str, Expr]) -> Expr:
    if not places:
        return expr
    return rewrite(
        expr, lambda e: places.get(e.name, e) if isinstance(e, Ref) and e.index is None else e
    )
