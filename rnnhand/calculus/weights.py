"""Where parameters stand as weights: before what they multiply, or alone in a sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from rnnhand.language.tree import Apply, Expr, Over, Ref, refs, walk

Weighted = tuple[Expr, Expr | None]
"""What is weighted, and the weight before it."""


def is_weight(expr: Expr, names: Collection[str]) -> bool:
    """Whether an expression is one of the parameters, perhaps transposed."""
    if isinstance(expr, Apply) and expr.op == "T":
        return is_weight(expr.args[0], names)
    return isinstance(expr, Ref) and expr.name in names


def standing(bodies: Sequence[Expr], names: Collection[str], inner: bool) -> set[str]:
    """The parameters that are weights or biases wherever formulas mention them; all others vary,
    as data do. `inner` is as in `biases`."""
    found = set(names)
    while other := {n for body in bodies for n in _elsewhere(body, found, inner)}:
        found -= other
    return found


def _elsewhere(expr: Expr, names: Collection[str], inner: bool) -> set[str]:
    """The parameters that stand in a formula as something else too."""
    before = Counter(factors(expr, names)) if inner else _weighed(expr, names)[1]
    shown = before + Counter(r.name for r in biases(expr, names, inner))
    mentioned = Counter(r.name for r in refs(expr) if r.name in names)
    return {name for name, times in mentioned.items() if times > shown[name]}


def factors(expr: Expr, names: Collection[str]) -> Iterator[str]:
    """The parameters before one operand each that varies."""
    for node in walk(expr):
        if isinstance(node, Apply) and node.op in ("*", "@") and len(node.args) == 2:
            own = [a for a in node.args if is_weight(a, names)]
            if len(own) == 1 and any(r.name not in names for r in refs(node)):
                yield from (r.name for r in refs(own[0]))


def biases(expr: Expr, names: Collection[str], inner: bool) -> Iterator[Ref]:
    """The parameters that are added, alone, to what varies: in the outermost sum, or, where `inner`
    operations have nodes of their own, in any."""
    match expr:
        case Apply("+", args):
            alone = [a for a in args if isinstance(a, Ref) and a.name in names]
            if any(r.name not in names for r in refs(expr)):
                yield from alone
            for arg in args:
                if arg not in alone:
                    yield from biases(arg, names, inner)
        case Apply("-", (a, _)) if not inner:
            yield from biases(a, names, inner)
        case Apply(_, args) if inner:
            for arg in args:
                yield from biases(arg, names, inner)
        case Over() if inner:
            yield from biases(expr.body, names, inner)


def weights_on(expr: Expr, names: Collection[str]) -> tuple[dict[Ref, Expr], set[str]]:
    """The parameter before each mention in a product, where it is a single one; and the names of
    the parameters that stand nowhere else."""
    found, shown = _weighed(expr, names)
    mentioned = Counter(r.name for r in refs(expr))
    return found, {name for name, times in shown.items() if mentioned[name] == times}


def _weighed(expr: Expr, names: Collection[str]) -> tuple[dict[Ref, Expr], Counter[str]]:
    """The parameter before each mention, and how often each of these stands so."""
    before: dict[Ref, dict[Expr | None, None]] = {}
    counted: Counter[str] = Counter()

    def visit(e: Expr, weight: Expr | None) -> None:
        match e:
            case Ref():
                if not is_weight(e, names):
                    before.setdefault(e, {})[weight] = None
            case Over():
                visit(e.body, None)
            case Apply("*" | "@", args):
                own = [a for a in args if is_weight(a, names)]
                if len(own) == 1:
                    counted.update(r.name for r in refs(own[0]))
                for arg in args:
                    visit(arg, own[0] if len(own) == 1 else weight)
            case Apply("+" | "-" | "neg" | ";" | "," | "T", args):
                for arg in args:
                    visit(arg, weight)
            case Apply(_, args):
                for arg in args:
                    visit(arg, None)
            case _:
                return

    visit(expr, None)
    found: dict[Ref, Expr] = {}
    for ref, weights in before.items():
        (weight, *others) = weights
        if weight is not None and not others:
            found[ref] = weight
    shown = {r.name for w in found.values() for r in refs(w)}
    return found, Counter({name: counted[name] for name in shown})


def weighted_sum(
    expr: Expr, names: Collection[str]
) -> tuple[list[Weighted], tuple[Expr, ...]] | None:
    """W @ x + U @ (r*h) + b as what is weighted, with the weights, and the constants; else None."""
    terms = expr.args if isinstance(expr, Apply) and expr.op == "+" else (expr,)
    found: list[Weighted] = []
    added: list[Expr] = []
    for term in terms:
        if is_weight(term, names):
            added.append(term)
            continue
        factors = term.args if isinstance(term, Apply) and term.op in ("*", "@") else (term,)
        own = [f for f in factors if is_weight(f, names)]
        others = [f for f in factors if not is_weight(f, names)]
        if len(own) == 1 and len(others) == 1:
            (inner,) = others
            parts = inner.args if isinstance(inner, Apply) and inner.op in ";," else (inner,)
            found += [(part, own[0]) for part in parts]
        else:
            found.append((term, None))
    if not found or not (added or any(weight is not None for _, weight in found)):
        return None
    return found, tuple(added)
