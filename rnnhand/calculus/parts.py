"""What the quantities of a system are for: losses, targets, predictions, memories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rnnhand.calculus.activations import is_activation
from rnnhand.language.tree import Apply, Expr, Ref, children, refs, walk
from rnnhand.system.model import Quantity, Role, System


@dataclass(frozen=True)
class Parts:
    """`losses` are the loss and what only it is made of, such as L[t]. `predictions` are the
    computed quantities that these read; `pairs` says with which data each is compared. A memory is
    computed from itself at another step, directly: c[t] = f[t]*c[t-1] + …."""

    losses: frozenset[Quantity]
    predictions: frozenset[Quantity]
    pairs: Mapping[Quantity, Quantity]
    memories: frozenset[Quantity]

    def target(self, prediction: Quantity) -> Quantity | None:
        return self.pairs.get(prediction)

    def prediction(self, target: Quantity) -> Quantity | None:
        return next((p for p, y in self.pairs.items() if y == target), None)


def parts(system: System) -> Parts:
    """Found by who reads whom, not by names."""
    losses = _losses(system)
    predictions: dict[Quantity, None] = {}
    pairs: dict[Quantity, Quantity] = {}
    for q in losses:
        read = _read(system, q)
        for p in read:
            computed = p in system.made_by and p not in losses
            if computed or _is_compared(system, q, p):
                predictions[p] = None
                for y in read:
                    if _is(system, y, Role.DATA) and system.shapes[p] == system.shapes[y]:
                        pairs.setdefault(p, y)
    memories = frozenset(
        q
        for q, made in system.made_by.items()
        if any(
            ref.name == q.name and ref.index != equation.target.index
            for equation in made
            for ref in _linear(equation.body, system)
        )
    )
    return Parts(losses, frozenset(predictions), pairs, memories)


def _read(system: System, q: Quantity) -> tuple[Quantity, ...]:
    """What the equations of a quantity mention."""
    mentioned = (ref for equation in system.made_by[q] for ref in refs(equation.body))
    return tuple(dict.fromkeys(system.quantity(ref) for ref in mentioned))


def _is_compared(system: System, loss: Quantity, p: Quantity) -> bool:
    """Whether a loss has the difference between a parameter and data in it: where the predictions
    are given themselves."""
    if not _is(system, p, Role.PARAMETER):
        return False
    for equation in system.made_by[loss]:
        for node in walk(equation.body):
            match node:
                case Apply("-", (Ref() as a, Ref() as b)):
                    both = system.quantity(a), system.quantity(b)
                    if p in both and any(_is(system, q, Role.DATA) for q in both):
                        return True
    return False


def _is(system: System, q: Quantity, role: Role) -> bool:
    return q in system.given and system.given[q].role == role


def _losses(system: System) -> frozenset[Quantity]:
    """From the loss back, as long as data is compared and nothing is trained."""
    if system.loss is None:
        return frozenset()
    reads = {q: _read(system, q) for q in system.made_by}
    readers: dict[Quantity, set[Quantity]] = {}
    for q, read in reads.items():
        for r in read:
            readers.setdefault(r, set()).add(q)
    found = {system.quantity(system.loss)}
    while True:
        more = {
            q
            for q in system.made_by
            if q not in found and q in readers and readers[q] <= found and _compares(system, q)
        }
        if not more:
            return frozenset(found)
        found |= more


def _compares(system: System, q: Quantity) -> bool:
    """Whether an equation has data in it, no parameter and no activation."""
    read = _read(system, q)
    trained = any(_is(system, r, Role.PARAMETER) for r in read)
    active = any(
        isinstance(node, Apply) and is_activation(node, system.functions)
        for equation in system.made_by[q]
        for node in walk(equation.body)
    )
    return any(_is(system, r, Role.DATA) for r in read) and not trained and not active


def _linear(expr: Expr, system: System) -> Iterator[Ref]:
    """The mentions that stand under no function and in no matrix product."""
    if isinstance(expr, Ref):
        yield expr
    elif not isinstance(expr, Apply) or (
        expr.op not in system.functions and expr.op not in ("@", "softmax")
    ):
        for child in children(expr):
            yield from _linear(child, system)
