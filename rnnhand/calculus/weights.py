"""Where parameters stand as weights: before what they multiply, or alone in a sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from rnnhand.language.tree import Apply, Expr, Over, Ref, refs, walk

Weighted = tuple[Expr, Expr | None]
"""What is weighted, and the weight before it."""


def is_weight(expr: Expr, names: Collection[str]) -> bool:
    """Whether an expression is one of the parameters, perhaps transposed."""
    if isinstance(expr, Apply) and expr.op == "T":
        return is_weight(expr.args[0], names)
    return isinstance(expr, Ref) and expr.name in names


def is_summand(expr: Expr, ref: Ref) -> bool:
    """Whether a parameter stands alone in a sum, as a bias does."""
    return any(isinstance(n, Apply) and n.op in ("+", "-") and ref in n.args for n in walk(expr))


def weights_on(expr: Expr, names: Collection[str]) -> tuple[dict[Ref, Expr], set[str]]:
    """The parameter before each mention in a product, where it is a single one; and the names of
    the parameters that stand nowhere else."""
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
    mentioned = Counter(r.name for r in refs(expr))
    return found, {name for name in shown if mentioned[name] == counted[name]}


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
