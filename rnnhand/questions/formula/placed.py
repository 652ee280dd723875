"""A formula at definite steps: a summand that mentions what does not exist there is absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import summands
from rnnhand.errors import failure
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
    with_children,
)
from rnnhand.system.model import Quantity, System, runs

MOST_INSTANCES = 12
"""Steps at which a formula that runs with the steps is compared: the first and the last ones."""

SHORT = 50
"""Terms that are added one by one."""


def added_up(terms: Sequence[Expr]) -> Expr:
    """A sum, of sums where it is long, so that no number of terms nests it deeply."""
    if len(terms) <= SHORT:
        return plus(*terms)
    half = len(terms) // 2
    return Apply("+", (added_up(terms[:half]), added_up(terms[half:])))


def placed_at(system: System, ref: Ref, values: Mapping[str, int]) -> Ref:
    if ref.index is None:
        return ref
    return Ref(ref.name, At(system.step(ref, values) or 0), ref.span)


def instance_at(system: System, tree: Expr, values: Mapping[str, int]) -> Expr | None:
    """The formula at absolute steps; a summand that mentions what does not exist is absent. None
    where all are."""
    kept = [
        placed for part in summands(tree) if (placed := at_steps(system, part, values)) is not None
    ]
    return added_up(kept) if kept else None


def at_steps(system: System, expr: Expr, values: Mapping[str, int]) -> Expr | None:
    """None where something that is mentioned does not exist."""
    match expr:
        case Over(kind, var, body):
            terms = {
                step: term
                for step in system.indices[var]
                if (term := at_steps(system, body, {**values, var: step})) is not None
            }
            if not terms:
                return None
            total = added_up(list(terms.values()))
            if not any(_is_differentiated(r, var) for r in refs(body)):
                # Short however many steps there are.
                whole = [s for s in terms if _is_there(system, body, {**values, var: s})]
                rest = [term for s, term in terms.items() if s not in whole]
                kept = "sum" if rest else kind
                short = Over(kept, var, _but_for(system, body, values, var), tuple(runs(whole)))
                total = plus(*([short] if whole else []), *rest)
                if not rest:
                    return total
            return Apply("/", (total, Number(str(len(terms))))) if kind == "mean" else total
        case Ref(name, None) if name in values and name in system.indices:
            return Number(str(values[name]))
        case Ref("T", None):
            return Number(str(next(iter(system.indices.values()))[-1]))
        case Ref():
            return mention(system, expr, values)
        case _:
            parts = [at_steps(system, c, values) for c in children(expr)]
            there = [p for p in parts if p is not None]
            if len(there) == len(parts):
                return with_children(expr, tuple(there))
            return plus(*there) if there and is_sum(expr) else None


def _is_there(system: System, expr: Expr, values: Mapping[str, int]) -> bool:
    """Whether everything that is mentioned exists, so that no summand is absent."""
    if isinstance(expr, Over | Ref):
        return at_steps(system, expr, values) is not None
    return all(_is_there(system, c, values) for c in children(expr))


def is_sum(expr: Expr) -> bool:
    """Whether summands may be absent from it: not from 1 - h^2, which is one slope."""
    numbers = any(isinstance(c, Number) for c in children(expr))
    return isinstance(expr, Apply) and expr.op == "+" and not numbers


def _is_differentiated(ref: Ref, var: str) -> bool:
    """Whether a derivative's numerator runs with `var`: dL[t]/dw."""
    pair = derivative_of(ref)
    return pair is not None and isinstance(pair.of.index, Shift) and pair.of.index.var == var


def _but_for(system: System, expr: Expr, values: Mapping[str, int], var: str) -> Expr:
    """The expression at absolute steps, but for what runs with `var`."""
    others = {k: v for k, v in values.items() if k != var}

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref) or (node.index is None and node.name == var):
            return node
        pair = derivative_of(node)
        by = pair.by if pair else node
        if isinstance(by.index, Shift) and by.index.var == var:
            if pair and not isinstance(pair.of.index, Shift | None):
                of = placed_at(system, pair.of, others)
                return replace(derivative_ref(of, by), span=node.span)
            return node
        placed = at_steps(system, node, others)
        assert placed is not None
        return placed

    return rewrite(expr, put)


def mention(system: System, ref: Ref, values: Mapping[str, int]) -> Ref | None:
    pair = derivative_of(ref)
    placed = []
    for side in (pair.of, pair.by) if pair else (ref,):
        if isinstance(side.index, Shift) and side.index.var not in values:
            raise failure("formula-running", ref.span, "hint-formula-running",
                          name=text(side), var=side.index.var)  # fmt: skip
        here = placed_at(system, side, values)
        q = system.quantity(here)
        if not system.exists(q, system.step(here)):
            return None
        placed.append(here)
    if pair:
        return replace(derivative_ref(placed[0], placed[1]), span=ref.span)
    return placed[0]


def placements(system: System, of: Ref, by: Ref) -> list[dict[str, int]]:
    """The steps at which a derivative with a running index is compared, of which there must be
    some: nothing could be said of dh[t]/dh[t-5] in three steps."""
    running = [r for r in (of, by) if isinstance(r.index, Shift)]
    if not running:
        return [{}]
    index = running[0].index
    assert isinstance(index, Shift)
    first, last = system.indices[index.var][0] - 1, system.indices[index.var][-1] + 1
    found = [
        {index.var: step}
        for step in range(first, last + 1)
        if all(
            r.index is not None
            and system.exists(system.quantity(r), system.step(r, {index.var: step}))
            for r in running
        )
    ]
    if not found:
        sides = sorted({system.quantity(r) for r in (of, by)}, key=str)
        steps = "; ".join(
            f"{q} {', '.join(f'{r[0]}..{r[-1]}' for r in system.steps[q])}" for q in sides
        )
        raise failure("formula-nowhere", None, name=text(derivative_ref(of, by)), steps=steps)
    if len(found) > MOST_INSTANCES:
        found = [*found[: MOST_INSTANCES // 2], *found[-MOST_INSTANCES // 2 :]]
    return found


def is_made(system: System, of: Ref, by: Ref, values: Mapping[str, int]) -> bool:
    """Whether an equation makes what is differentiated, where that runs, and else the other side;
    true where none makes it at any step."""
    for ref in (of, by):
        q = system.quantity(ref)
        if isinstance(ref.index, Shift) and q in system.made_by:
            step = system.step(ref, values)
            return any(
                step in e.steps if e.steps is not None else system.step(e.target) == step
                for e in system.made_by[q]
            )
    return True


def quantity_of(system: System, ref: Ref) -> Quantity:
    """The quantity that is mentioned, whatever the index is called that runs in a sum."""
    q = system.quantity(ref)
    known = q in system.shapes or q.over in system.indices
    return q if known else Quantity(q.name, index_of(system, ref.name) or q.over)


def index_of(system: System, name: str) -> str:
    """The index that a quantity runs over, by its name."""
    return next((q.over for q in (*system.made_by, *system.given) if q.name == name and q.over), "")
