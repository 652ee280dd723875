"""Softmax or σ under the logarithm of a likelihood: the step from the loss to the logits at once.

    p = softmax(z), Σ y = 1:   ∂ Σ y·log(p) / ∂z = p ⊙ (y/p − ⟨y/p, p⟩) = y − p
    p = σ(z):   ∂ (y·log(p) + (1 − y)·log(1 − p)) / ∂z = (y/p − (1 − y)/(1 − p))·p·(1 − p) = y − p

The general rules give the same numbers in two steps; the shortcut is what people write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnhand.calculus.gradient import Gradient, adjoint, shapes_in
from rnnhand.calculus.rules import pulled
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import Apply, At, Expr, Last, Number, Over, Ref, Shift, children, refs
from rnnhand.language.tree import with_children as rebuilt
from rnnhand.system.model import Equation, Quantity, System

ONE = Number("1")
PLACE = Ref("likelihood ")


@dataclass(frozen=True)
class Shortcut:
    """The adjoint of the logits as one formula: p − y, times whatever the loss puts before it.

    For softmax it holds where each row of y sums to 1.
    """

    logits: Quantity
    formula: Expr
    steps: range | None
    kind: str


def shortcuts(gradient: Gradient) -> list[Shortcut]:
    """Every place where a shortcut holds: the probabilities are read once, under a likelihood."""
    system = gradient.system
    own = [e for e in system.equations if e not in gradient.adjoints]
    found: list[Shortcut] = []
    for equation in own:
        body = equation.body
        if not (isinstance(body, Apply) and body.op in ("softmax", "sigmoid")):
            continue
        logits, p = body.args[0], equation.target
        if not isinstance(logits, Ref) or (logits.index != p.index and p.index is not None):
            continue
        readers = [e for e in own for r in refs(e.body) if system.quantity(r) == system.quantity(p)]
        if not readers or any(reader is not readers[0] for reader in readers):
            continue
        found += _through(gradient, system, readers[0], p, logits, body.op)
    return found


def _through(
    gradient: Gradient, system: System, reader: Equation, p: Ref, logits: Ref, kind: str
) -> Iterator[Shortcut]:
    same_index = {r.index for r in refs(reader.body) if r.name == p.name}
    if same_index != {p.index} or _under_sum(reader.body, p):
        return
    shape = shapes_in(system)
    for node in _nodes(reader.body):
        y = _likelihood(node, p, kind, shape(p)[1] == 1)
        if y is None or any(r == p for r in refs(_replaced(reader.body, node, ONE))):
            continue

        def shaped(expr: Expr, node: Expr = node) -> tuple[int, int]:
            return shape(_replaced(expr, PLACE, node))

        q = system.quantity(reader.target)
        name = Ref(adjoint(gradient.of, q).name, reader.target.index)
        incoming, there = _inlined(gradient, name)
        if reader.target == gradient.of:
            incoming, there = ONE, None
        hidden = _replaced(reader.body, node, PLACE)
        received = [
            tidy(g, shape)
            for r, g in pulled(hidden, incoming, shaped, system.functions)
            if r == PLACE
        ]
        scale, difference = received[0], Apply("-", (y, p))
        if isinstance(scale, Apply) and scale.op == "neg":
            scale, difference = scale.args[0], Apply("-", (p, y))
        formula = tidy(Apply("*", (scale, difference)), shape)
        made = system.quantity(logits)
        over = reader.steps if isinstance(reader.target.index, Shift) else None
        if isinstance(logits.index, At | Last):
            step = system.step(logits)
            over = range(step, step + 1) if step is not None else None
        if there is not None and over is not None:
            over = range(max(over.start, there.start), min(over.stop, there.stop))
        yield Shortcut(made, formula, over, kind)


def _inlined(gradient: Gradient, incoming: Ref) -> tuple[Expr, range | None]:
    """The adjoint of the reader, or the plain number that it is, and at which steps: 1 at step 2
    alone where L[2] is differentiated."""
    q = gradient.system.quantity(incoming)
    made = [e for e in gradient.adjoints if gradient.system.quantity(e.target) == q]
    if len(made) == 1 and len(made[0].terms) == 1 and not any(True for _ in refs(made[0].body)):
        return made[0].body, made[0].terms[0].steps
    return incoming, None


def _likelihood(node: Expr, p: Ref, kind: str, vector: bool) -> Expr | None:
    """The targets y, where a node is the log-likelihood of p."""
    log_p = Apply("log", (p,))
    match node:
        case Apply("sum", (Apply("*", (y, log)),)) if kind == "softmax" and log == log_p:
            return None if _reads(y, p) else y
        case Apply("@", (Apply("T", (y,)), log)) if kind == "softmax" and log == log_p and vector:
            return None if _reads(y, p) else y
        case Apply("log", (Apply("sum", (Apply("*", (y, q)),)),)) if (
            kind == "softmax" and q == p and vector and _is_one_hot(y)
        ):
            return y
        case Apply("+", (Apply("*", (y, log)), Apply("*", (rest, other)))) if (
            kind == "sigmoid"
            and log == log_p
            and rest == Apply("-", (ONE, y))
            and other == Apply("log", (Apply("-", (ONE, p)),))
        ):
            return None if _reads(y, p) else y
        case _:
            return None


def _is_one_hot(y: Expr) -> bool:
    return isinstance(y, Apply) and y.op == "one_hot"


def _reads(expr: Expr, p: Ref) -> bool:
    return any(r.name == p.name for r in refs(expr))


def _nodes(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Over):
        return
    yield expr
    for child in children(expr):
        yield from _nodes(child)


def _under_sum(expr: Expr, p: Ref) -> bool:
    """Whether p stands under a sum over steps."""
    if isinstance(expr, Over):
        return _reads(expr, p)
    return any(_under_sum(child, p) for child in children(expr))


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    return rebuilt(expr, tuple(_replaced(c, old, new) for c in children(expr)))
