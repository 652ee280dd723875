"""One step of a recurrence cut out of time: what each way from the step before gives.

Every mention of a state at another step is replaced by a copy of that state, one for each equation
that reads it; then no equation reads another step, and the tangents by one copy are the derivatives
of a step by that state on that way, for all steps at once:

    h[t] = z[t]*h[t-1] + …  becomes  h[t] = z[t]*(h before 1 into h)[t] + …
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.rules import ShapeOf, matrix_product
from rnnhand.calculus.tangent import tangent, tangents
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Last, Number, Ref, Shift, rewrite, shift, walk
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, Shape, System, Term
from rnnhand.system.recurrences import Link, Recurrence, lag_of

ONE = Number("1")
LONGEST = 80
"""Nodes of a formula up to which it is written out."""

CHAIN = "chain"
"""A product of matrices and numbers while a formula is put together: `*` goes entry by entry."""


@dataclass(frozen=True)
class Moved:
    """The equations of how a step moves with one copy: `system` holds all, `moving` only these.
    At step t each of `copies` is a state at t − shift. The values of copies and of what is held are
    for whoever runs the system to put in."""

    link: Link
    copy: Quantity
    copies: Mapping[Quantity, tuple[Quantity, int]]
    system: System
    moving: tuple[Equation, ...]
    held: Mapping[str, Ref]
    """What stands still besides, by the name that it has in the system."""


def ways(system: System, recurrence: Recurrence) -> list[Moved]:
    """One for each equation that reads a state of another step."""
    lagged = {link: _copy(link, recurrence) for link in recurrence.links}
    cut = _cut(system, recurrence, lagged)
    return [_moved(cut, recurrence, link, copy, lagged) for link, copy in lagged.items()]


def within(system: System, recurrence: Recurrence, apart: bool) -> list[Moved]:
    """How a step moves with each of its own states: with all other states held where `apart`,
    else with those that follow from it moving too."""
    lagged = {link: _copy(link, recurrence) for link in recurrence.links}
    found = []
    for state in recurrence.states:
        held = recurrence.states if apart else (state,)
        here = {
            Link(reader, q, 0): Quantity(f"{q.name} now into {reader.name}", recurrence.over)
            for q in held
            for reader in recurrence.members
            if _reads_now(system, reader, q)
        }
        mine = Quantity(f"{state.name} now", recurrence.over)
        here = {k: mine if k.state == state else c for k, c in here.items()}
        if not any(k.state == state for k in here):
            continue
        copies = lagged | here
        cut = _cut(system, recurrence, copies)
        found.append(_moved(cut, recurrence, Link(state, state, 0), mine, copies))
    return found


def _copy(link: Link, recurrence: Recurrence) -> Quantity:
    name = f"{link.state.name} before {link.lag} into {link.reader.name}"
    return Quantity(name, recurrence.over)


def _reads_now(system: System, reader: Quantity, q: Quantity) -> bool:
    return any(
        lag_of(system, e, ref) == 0
        for e in system.made_by[reader]
        for ref in _refs(e.body)
        if system.quantity(ref) == q
    )


def _refs(expr: Expr) -> list[Ref]:
    found: list[Ref] = []

    def note(node: Expr) -> Expr:
        if isinstance(node, Ref):
            found.append(node)
        return node

    rewrite(expr, note)
    return found


def _cut(system: System, recurrence: Recurrence, copies: dict[Link, Quantity]) -> System:
    """The system with copies in the place of some mentions."""
    equations = []
    for equation in system.equations:
        reader = system.quantity(equation.target)
        if reader in recurrence.members:
            put = _replacing(system, recurrence, equation, copies)
            body = rewrite(rewrite(equation.body, put), _holding(system, recurrence))
            equation = replace(equation, terms=(Term(body, equation.steps),))
        equations.append(equation)
    given, shapes = dict(system.given), dict(system.shapes)
    for name, ref in _held(recurrence).items():
        shape, still_there = system.shapes[system.quantity(ref)], Quantity(name)
        shapes[still_there] = shape
        given[still_there] = Given(still_there, Role.CONSTANT, shape, {None: _unfilled(shape)})
    for link, copy in copies.items():
        shape = system.shapes[link.state]
        still = _unfilled(shape)
        steps = {s for e in system.made_by[link.reader] for s in e.steps or ()}
        values = dict(given[copy].values) if copy in given else {}
        values |= dict.fromkeys(sorted(steps), still)
        given[copy] = Given(copy, Role.CONSTANT, shape, values)
        shapes[copy] = shape
    return replace(system, equations=tuple(equations), given=given, shapes=shapes)


def _unfilled(shape: Shape) -> tuple[Fraction, ...]:
    """In the place of values that whoever runs the system puts in."""
    return (Fraction(0),) * (shape[0] * shape[1])


def _held(recurrence: Recurrence) -> dict[str, Ref]:
    return {f"{text(ref)} held": ref for ref in recurrence.held}


def _holding(system: System, recurrence: Recurrence) -> Callable[[Expr], Expr]:
    """h[0] in an equation of many steps under a name of its own, which moves with nothing."""
    names = {(r.name, system.step(r)): name for name, r in _held(recurrence).items()}

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref) or not isinstance(node.index, At | Last):
            return node
        name = names.get((node.name, system.step(node)))
        return node if name is None else Ref(name)

    return put


def _replacing(
    system: System, recurrence: Recurrence, equation: Equation, copies: dict[Link, Quantity]
) -> Callable[[Expr], Expr]:
    reader = system.quantity(equation.target)

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        q = system.quantity(node) if node.index is not None else Quantity(node.name)
        if q not in recurrence.members:
            return node
        lag = lag_of(system, equation, node)
        copy = None if lag is None else copies.get(Link(reader, q, lag * recurrence.direction))
        return node if copy is None else Ref(copy.name, equation.target.index)

    return put


def _moved(
    cut: System,
    recurrence: Recurrence,
    link: Link,
    copy: Quantity,
    copies: Mapping[Link, Quantity],
) -> Moved:
    direction = Given(copy, Role.CONSTANT, cut.shapes[copy], {})
    system = tangents(cut, direction)
    own = set(cut.equations)
    names = {f"d{q.name}[]/d{copy.name}" for q in recurrence.members}
    moving = tuple(e for e in system.equations if e not in own and e.target.name in names)
    shifts = {c: (k.state, k.lag * recurrence.direction) for k, c in copies.items()}
    return Moved(link, copy, shifts, system, moving, _held(recurrence))


def factor(moved: Moved, state: Quantity) -> Expr | None:
    """The derivative of a state by the copy as one formula, put together along the step; None
    where the states are no scalars."""
    bodies = _bodies(moved)
    wanted = tangent(state, moved.copy.name).name
    return _put_together(bodies[wanted], bodies) if wanted in bodies else None


def _bodies(moved: Moved) -> dict[str, Expr]:
    running = (e for e in moved.moving if e.terms and isinstance(e.target.index, Shift))
    return {e.target.name: e.body for e in running}


def _put_together(body: Expr, bodies: Mapping[str, Expr]) -> Expr:
    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and node.name in bodies:
            return rewrite(bodies[node.name], put)
        return node

    return rewrite(body, put)


def formula(moved: Moved, state: Quantity) -> Expr | None:
    """∂state[t]/∂(the copied state) on one way, as one formula: a scalar, or a matrix written with
    `diag` of what works entry by entry. None where it has no such form."""
    found = _in_factors(moved, state, factor(moved, state))
    return None if found is None else _multiplied(found, shapes_in(moved.system))


@dataclass(frozen=True)
class Follows:
    """How something moves with a state of its own step, by one of its equations, and at which
    steps this holds."""

    steps: frozenset[int]
    value: Expr | None


def following(inner: Moved, read: Quantity) -> list[Follows]:
    """∂read[t]/∂(a state of step t), equation by equation: z[t] = yhat[t] at all steps, or z[2] =
    yhat[2] alone; equations that say the same count as one."""
    wanted, bodies = tangent(read, inner.copy.name).name, _bodies(inner)
    found: dict[Expr | None, frozenset[int]] = {}
    for e in (e for e in inner.moving if e.terms and e.target.name == wanted):
        index = e.target.index
        step = inner.system.step(e.target) if isinstance(index, At | Last) else None
        body = e.body if step is None else _running(e.body, read.over, step, inner.system)
        steps = frozenset(e.steps or ()) if step is None else frozenset((step,))
        value = _in_factors(inner, read, _put_together(body, bodies))
        found[value] = found.get(value, frozenset()) | steps
    return [Follows(steps, value) for value, steps in found.items()]


def _running(body: Expr, over: str, step: int, system: System) -> Expr:
    """What an equation of one step says, as if it ran: yhat[2] of step 2 is yhat[t]."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref) or not isinstance(node.index, At | Last):
            return node
        there = system.step(node)
        runs = any(q.name == node.name and q.over == over for q in system.shapes)
        return replace(node, index=Shift(over, (there or 0) - step)) if runs else node

    return rewrite(body, put)


def formula_in_turn(
    moved: Moved, state: Quantity, own: Follows, read: Quantity, back: int, when: Sequence[Expr]
) -> Expr | None:
    """The same where what is copied, `read`, follows from a state within its own step `back` steps
    before: [t ≥ 2] · ∂h[t]/∂yhat[t-1] · ∂yhat[t-1]/∂h[t-1], `when` being the indicators."""
    outer = _in_factors(moved, state, factor(moved, state))
    if outer is None or own.value is None:
        return None
    whole = _times(outer, shift(own.value, read.over, -back))
    for condition in reversed(when):
        whole = _times(condition, whole)
    return _multiplied(whole, shapes_in(moved.system))


def _in_factors(moved: Moved, state: Quantity, whole: Expr | None) -> Expr | None:
    if whole is None or sum(1 for _ in walk(whole)) > LONGEST:
        return None
    source = f"d{moved.copy.name}[]/d{moved.copy.name}"
    shape = shapes_in(moved.system)
    found = _linear(whole, source, shape)
    if found is None:
        return None
    return _named(moved, _as_matrix(found, moved.system.shapes[state][0], shape))


def _multiplied(expr: Expr, shape: ShapeOf) -> Expr:
    """Chains of matrices as the language writes them, with `@`; numbers side by side."""

    def put(node: Expr) -> Expr:
        match node:
            case Apply("chain", args):
                return put(matrix_product(args, shape))
            case Apply("*"):
                return Apply("*", _factors(node))
            case _:
                return node

    return rewrite(expr, put)


def _as_matrix(expr: Expr, rows: int, shape: ShapeOf) -> Expr:
    """A number by which a vector is multiplied, beside a matrix: 1 − a as (1 − a)·I."""
    if rows == 1 or not _is_number(expr, shape):
        return expr
    identity = Apply("diag", (Apply("fill", (ONE, Number(str(rows)), ONE)),))
    return identity if expr == ONE else Apply("*", (expr, identity))


def _is_number(expr: Expr, shape: ShapeOf) -> bool:
    match expr:
        case Apply("*" | "+" | "-" | "neg" | "chain", args):
            return all(_is_number(a, shape) for a in args)
        case _:
            return shape(expr) == SCALAR


def _linear(expr: Expr, source: str, shape: ShapeOf) -> Expr | None:
    """The matrix by which an expression, linear in one vector, multiplies it; `1` for itself."""

    def moves(e: Expr) -> bool:
        return any(isinstance(n, Ref) and n.name == source for n in walk(e))

    match expr:
        case Ref():
            return ONE
        case Apply("neg", (a,)):
            inner = _linear(a, source, shape)
            return None if inner is None else Apply("neg", (inner,))
        case Apply("+" | "-" as op, args):
            parts = [_linear(a, source, shape) for a in args]
            known = tuple(p for p in parts if p is not None)
            if len(known) < len(parts):
                return None
            if not all(_is_number(p, shape) for p in known):
                known = tuple(_as_matrix(p, shape(expr)[0], shape) for p in known)
            return Apply(op, known)
        case Apply("*", args):
            moving = [a for a in args if moves(a)]
            if len(moving) != 1 or shape(moving[0]) != shape(expr) or shape(expr)[1] != 1:
                return None
            return _product(args, moving[0], source, shape)
        case Apply("/", (a, b)) if not moves(b):
            inner = _linear(a, source, shape)
            if inner is None or shape(a) != SCALAR:
                return None
            return Apply("/", (inner, b))
        case Apply("@", (a, b)) if not moves(a) and shape(expr)[1] == 1:
            inner = _linear(b, source, shape)
            return None if inner is None else _times(a, inner)
        case _:
            return None


def _product(args: tuple[Expr, ...], moving: Expr, source: str, shape: ShapeOf) -> Expr | None:
    inner = _linear(moving, source, shape)
    if inner is None:
        return None
    rest = tuple(a for a in args if a is not moving)
    if shape(moving) == SCALAR:
        return _times(Apply("*", rest) if len(rest) > 1 else rest[0], inner)
    by_entry = tuple(a for a in rest if shape(a) != SCALAR)
    if any(shape(a) != shape(moving) for a in by_entry):
        return None
    for a in (Apply("*", by_entry) if len(by_entry) > 1 else by_entry[0],) if by_entry else ():
        inner = _times(Apply("diag", (a,)), inner)
    for a in (a for a in rest if shape(a) == SCALAR):
        inner = _times(a, inner)
    return inner


def _times(a: Expr, b: Expr) -> Expr:
    if b == ONE:
        return a
    left = a.args if isinstance(a, Apply) and a.op == CHAIN else (a,)
    right = b.args if isinstance(b, Apply) and b.op == CHAIN else (b,)
    match left[-1], right[0]:
        case Apply("diag", (x,)), Apply("diag", (y,)):
            both = Apply("diag", (Apply("*", (*_factors(x), *_factors(y))),))
            left, right = left[:-1], (both, *right[1:])
            if len(left) + len(right) == 1:
                return both
    return Apply(CHAIN, (*left, *right))


def _factors(expr: Expr) -> tuple[Expr, ...]:
    """Those of a product and of the products in it: multiplying entry by entry has no order."""
    if not isinstance(expr, Apply) or expr.op != "*":
        return (expr,)
    return tuple(factor for a in expr.args for factor in _factors(a))


def _named(moved: Moved, expr: Expr) -> Expr:
    """Copies under the names of what they are copies of."""
    names = {c.name: (state, shift) for c, (state, shift) in moved.copies.items()}

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and node.name in names and isinstance(node.index, Shift):
            state, shift = names[node.name]
            return Ref(state.name, Shift(node.index.var, node.index.offset - shift))
        return moved.held.get(node.name, node) if isinstance(node, Ref) else node

    return rewrite(expr, put)
