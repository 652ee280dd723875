"""A numerical check of a reduction: both cells run with random numbers, in balls."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from rnnhand.arithmetic.ball import BALLS, precision
from rnnhand.arithmetic.program import Storage, compiled, initial_storage
from rnnhand.calculus.choice import Side
from rnnhand.calculus.reduction import Reduction
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.sides import SOURCE, chosen, plainly, read_by_output
from rnnhand.calculus.simplify import identity_matrix, is_identity
from rnnhand.calculus.views import block_of
from rnnhand.language.parser import Statement, parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Last, Number, Ref, Shift, refs, rewrite
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.held import held_gates
from rnnhand.system.build import build
from rnnhand.system.model import Entry, Given, Quantity, Role, Shape, System

Steps: TypeAlias = dict[int | None, tuple[Entry, ...]]

STEPS = range(1, 5)
POINTS = 5
DIGITS = 30
BITS = 200


@dataclass(frozen=True)
class Trial:
    """`agreed` of `points` runs over `steps` steps gave the same outputs to `digits` places."""

    points: int
    agreed: int
    steps: int
    digits: int


def tried(reduction: Reduction, source: Cell, target: Cell) -> Trial:
    """The outputs of the source, with everything fixed, against those of the target."""
    agreed = 0
    with precision(BITS):
        for seed in range(POINTS):
            system = joint(reduction, source, target, random.Random(seed))
            storage = initial_storage(system, BALLS)
            compiled(system, BALLS).run(storage)
            agreed += all(_close(*pair) for pair in _outputs(reduction, storage))
    return Trial(POINTS, agreed, len(STEPS), DIGITS)


def _outputs(reduction: Reduction, storage: Storage) -> Iterator[tuple[Any, Any]]:
    mine = storage[Quantity(reduction.meeting.source.gives, "t")]
    other = storage[Quantity(reduction.meeting.target.gives, "t")]
    for a, b in zip(mine, other, strict=False):
        if a is not None and b is not None:
            yield from zip(*((v if isinstance(v, tuple) else (v,)) for v in (a, b)), strict=True)


def _close(a: Any, b: Any) -> bool:
    """Whether two balls are certainly nearer to each other than the last digit."""
    difference = abs(a - b)
    return bool(difference < BALLS.number(Fraction(1, 10**DIGITS)))


def joint(reduction: Reduction, source: Cell, target: Cell, chance: random.Random) -> System:
    """Both cells as one system: the target's parameters and inputs random, those of the source
    equal to what they become, and whatever no longer matters random."""
    meeting, choice = reduction.meeting, reduction.choice
    shape = meeting.facts.shape
    values = {name: _matrix(value, shape) for name, value in choice.values.items()}
    alive = {meeting.source.gives, *read_by_output(meeting.source, choice, meeting.facts)}
    statements = list(_equations(reduction, alive, values))
    starts, given = _starts(reduction, source, target, alive, values, chance)
    limits = [gate.between for gate in held_gates(meeting, choice) if gate.between is not None]
    between = {p.name: (low, high) for low, p, high in limits}
    for side in (meeting.target, meeting.source):
        for p in sorted(side.parameters):
            found = _random(shape(Ref(p)), chance)
            if p in between:
                found = tuple(_between(*between[p], x) for x in found)
            drawn: Steps = {None: found}
            given.append(Given(Quantity(p), Role.PARAMETER, shape(Ref(p)), drawn))
    around = range(STEPS[0] - 3, STEPS[-1] + 4)
    read: Steps = {s: _random(shape(Ref(meeting.target.reads)), chance) for s in around}
    shifted: Steps = {s: read.get(s - (choice.offset or 0), read[s]) for s in around}
    for side, inputs in ((meeting.target, read), (meeting.source, shifted)):
        given.append(_given(side.reads, Role.DATA, shape, inputs))
    for n in sorted({int(r.name[2:]) for v in values.values() for r in refs(v) if is_identity(r)}):
        eye = tuple(Fraction(int(i == j)) for i in range(n) for j in range(n))
        given.append(Given(Quantity(f"I {n}"), Role.CONSTANT, (n, n), {None: eye}))
    statements += starts
    return build(statements, given, {"t": STEPS}, meeting.facts.functions)


def _equations(
    reduction: Reduction, alive: set[str], values: Mapping[str, Expr]
) -> Iterator[Statement]:
    """The target's equations, and those of the source that still matter."""
    meeting, choice = reduction.meeting, reduction.choice
    for side in (meeting.target, meeting.source):
        for q, body in side.bodies.items():
            if side is meeting.source:
                if q not in alive or isinstance(values.get(q), Number):
                    continue
                body = plainly(side, choice, body, meeting.facts)
            body = _settled(chosen(body, side, choice), values)
            yield Statement(Ref(q, Shift("t")), body)


def _starts(
    reduction: Reduction,
    source: Cell,
    target: Cell,
    alive: set[str],
    values: Mapping[str, Expr],
    chance: random.Random,
) -> tuple[list[Statement], list[Given]]:
    """Where states start: the target's at random, or from its equation where earlier values were
    taken from that; the source's where their partners do. A partner without a start of its own
    takes that of the source, and all that have this partner start alike."""
    meeting, pairs = reduction.meeting, dict(reduction.choice.pairs)
    shape = meeting.facts.shape
    statements: list[Statement] = []
    values_at: dict[str, Steps] = {}
    begin = {(ref.name, _step(ref)) for ref in _keys(target)}
    sides = ((meeting.target, target, ""), (meeting.source, source, SOURCE))
    for side, cell, prefix in sides:
        for ref in _keys(cell):
            name, step = prefix + ref.name, _step(ref)
            if prefix and name not in alive:
                continue
            start = _start(reduction, side, name, step, values, begin)
            if start is not None:
                statements.append(Statement(Ref(name, At(step)), start))
                continue
            first: tuple[Entry, ...] = _random(shape(Ref(name)), chance)
            if prefix and name in pairs:
                first = values_at.setdefault(pairs[name], {}).setdefault(step, first)
            values_at.setdefault(name, {})[step] = first
    return statements, [_given(q, Role.INITIAL, shape, at) for q, at in values_at.items()]


def _keys(cell: Cell) -> Iterator[Ref]:
    """The states that a cell starts from, each at its step."""
    for key in cell.initial:
        ref = parse_expression(key)
        assert isinstance(ref, Ref)
        yield ref


def _given(name: str, role: Role, shape: ShapeOf, values: Steps) -> Given:
    return Given(Quantity(name, "t"), role, shape(Ref(name)), dict(values))


def _step(ref: Ref) -> int:
    match ref.index:
        case At(step):
            return step
        case Last(offset):
            return STEPS[-1] + offset
        case _:
            return STEPS[0] - 1


def _start(
    reduction: Reduction,
    side: Side,
    name: str,
    step: int,
    values: Mapping[str, Expr],
    begin: set[tuple[str, int]],
) -> Expr | None:
    """What a state starts from, where that is not free: its partner's value, or, where earlier
    values were taken from its equation, what that gives at this step."""
    pairs = dict(reduction.choice.pairs)
    if name in reduction.choice.moved:
        body = chosen(side.bodies[name], side, reduction.choice)
        return _at(_settled(_partnered(body, pairs), values), step)
    return Ref(pairs[name], At(step)) if (pairs.get(name), step) in begin else None


def _partnered(body: Expr, pairs: Mapping[str, str]) -> Expr:
    """The body with the target's names: a state of the source need not have a value so early."""

    def put(node: Expr) -> Expr:
        return (
            replace(node, name=pairs.get(node.name, node.name)) if isinstance(node, Ref) else node
        )

    return rewrite(body, put)


def _at(expr: Expr, step: int) -> Expr:
    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and isinstance(node.index, Shift):
            return replace(node, index=At(step + node.index.offset))
        return node

    return rewrite(expr, put)


def _random(shape: Shape, chance: random.Random) -> tuple[Fraction, ...]:
    """Numbers that are not 0: parameters may be divided by."""
    signs = (chance.choice((-1, 1)) for _ in range(shape[0] * shape[1]))
    return tuple(Fraction(sign * chance.randint(1, 99), 64) for sign in signs)


def _between(low: Fraction, high: Fraction, drawn: Fraction) -> Fraction:
    """A number between two others in the place of one that was drawn from -99/64 to 99/64."""
    return low + (high - low) * (drawn + 2) / 4


def _matrix(value: Expr, shape: ShapeOf) -> Expr:
    """diag(v) as a product that the language has: v spread over the rows of the identity."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op == "diag":
            return Apply("*", (node.args[0], identity_matrix(shape(node)[0])))
        return node

    return rewrite(value, put)


def _settled(body: Expr, values: Mapping[str, Expr]) -> Expr:
    """The body with parameters of the source replaced by what they become."""

    def put(node: Expr) -> Expr:
        known = values.get(text(node)) if block_of(node) is not None else None
        return node if known is None else known

    return rewrite(body, put)
