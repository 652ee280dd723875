"""Softmax or σ under the logarithm of a likelihood: the step from the loss to the logits at once.

    p = softmax(z), Σ y = 1:   ∂ Σ y·log(p) / ∂z = p ⊙ (y/p − ⟨y/p, p⟩) = y − p
    p = σ(z):   ∂ (y·log(p) + (1 − y)·log(1 − p)) / ∂z = (y/p − (1 − y)/(1 − p))·p·(1 − p) = y − p

The general rules give the same numbers in two steps; the shortcut is what people write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from rnnhand.calculus.dependence import made_of
from rnnhand.calculus.gradient import Gradient, adjoint, shapes_in
from rnnhand.calculus.rules import pulled
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Last,
    Number,
    Over,
    Ref,
    Shift,
    addends,
    children,
    refs,
)
from rnnhand.language.tree import with_children as rebuilt
from rnnhand.system.model import Equation, Quantity, System

Targets: TypeAlias = tuple[int, Expr]
"""The targets of a likelihood, and −1 where minus the likelihood is meant."""

ZERO, ONE = Number("0"), Number("1")
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
        goal, read = system.quantity(gradient.of), system.quantity(readers[0].target)
        if not made_of(system, goal, read):  # p itself is derived, or what comes before it
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
        found = _likelihood(node, p, kind, shape(p)[1] == 1)
        if found is None or any(r == p for r in refs(_replaced(reader.body, node, ONE))):
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
        sign, y = found
        scale, difference = received[0], Apply("-", (y, p))
        if sign < 0:
            scale = tidy(Apply("neg", (scale,)), shape)
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
        return  # minus a likelihood is one, and so is what the minus stands before


def _inlined(gradient: Gradient, incoming: Ref) -> tuple[Expr, range | None]:
    """The adjoint of the reader, or the plain number that it is, and at which steps: 1 at step 2
    alone where L[2] is differentiated."""
    q = gradient.system.quantity(incoming)
    made = [e for e in gradient.adjoints if gradient.system.quantity(e.target) == q]
    if len(made) == 1 and len(made[0].terms) == 1 and not any(True for _ in refs(made[0].body)):
        return made[0].body, made[0].terms[0].steps
    return incoming, None


def _likelihood(node: Expr, p: Ref, kind: str, vector: bool) -> Targets | None:
    """The targets y, where a node is the log-likelihood of p, or minus it, however it is
    written."""
    sign, node = _signed(node)
    found = _of_classes(node, p, vector) if kind == "softmax" else _of_two(node, p)
    return None if found is None or _reads(found[1], p) else (sign * found[0], found[1])


def _of_classes(node: Expr, p: Ref, vector: bool) -> Targets | None:
    """Σ y·log(p), where y can be told to sum to 1: what is given by a name, or one class."""
    match node:
        case Apply("log", (inner,)) if vector:
            found = _beside(inner, p)
            return found if found is not None and _is_one_hot(found[1]) else None
        case _:
            found = _beside(node, Apply("log", (p,)))
            named = found is not None and isinstance(found[1], Ref)
            return found if found and (named or _is_one_hot(found[1])) else None


def _beside(node: Expr, wanted: Expr) -> Targets | None:
    """y in sum(y*x), sum(x*y), y.T @ x and x.T @ y."""
    match node:
        case Apply("sum", (Apply("*", (a, b)),)) | Apply("@", (Apply("T", (a,)), b)):
            pass
        case Apply("@", (Apply("neg", (Apply("T", (a,)),)), b)):
            a = Apply("neg", (a,))
        case Apply("sum", (Apply("neg", (Apply("*", (a, b)),)),)):
            a = Apply("neg", (a,))
        case _:
            return None
    (sign_a, a), (sign_b, b) = _signed(a), _signed(b)
    if wanted not in (a, b):
        return None
    return sign_a * sign_b, b if a == wanted else a


def _of_two(node: Expr, p: Ref) -> Targets | None:
    """y·log(p) + (1 − y)·log(1 − p), its summands and factors in any order; log(p) where y is 1."""
    yes, no = Apply("log", (p,)), Apply("log", (Apply("-", (ONE, p)),))
    if isinstance(node, Apply) and node.op == "bce" and node.args[0] == p:
        return -1, node.args[1]
    parts = [_weight(sign, term, (yes, no)) for sign, term in addends(node)]
    there = {kind: (sign, weight) for sign, weight, kind in (part for part in parts if part)}
    if len(there) < len(parts):
        return None
    match there.get(yes), there.get(no):
        case (sign, weight), None if weight == ONE:
            return sign, ONE
        case None, (sign, weight) if weight == ONE:
            return sign, ZERO
        case (sign, y), (other, rest):
            if rest == Apply("-", (y, ONE)):
                other, rest = -other, Apply("-", (ONE, y))
            return (sign, y) if sign == other and rest == Apply("-", (ONE, y)) else None
    return None


def _weight(sign: int, term: Expr, logs: tuple[Expr, ...]) -> tuple[int, Expr, Expr] | None:
    """A summand as its sign, the factor beside a logarithm, and that logarithm."""
    factors: list[Expr] = []
    for factor in term.args if isinstance(term, Apply) and term.op == "*" else (term,):
        own, factor = _signed(factor)
        sign *= own
        factors.append(factor)
    known = [f for f in factors if f in logs]
    rest = [f for f in factors if f not in logs]
    if len(known) != 1 or len(rest) > 1:
        return None
    return sign, rest[0] if rest else ONE, known[0]


def _signed(expr: Expr) -> tuple[int, Expr]:
    return (-1, expr.args[0]) if isinstance(expr, Apply) and expr.op == "neg" else (1, expr)


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
