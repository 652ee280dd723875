"""Update after update from a student's numbers: as it should be done, and as it is done wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from rnnhand.arithmetic.affine import AFFINE
from rnnhand.arithmetic.interval import INTERVALS, ends, hull
from rnnhand.arithmetic.program import Program, Storage, compiled
from rnnhand.calculus.gradient import contribution, has_contributions
from rnnhand.calculus.patterns import exchanged, filled_in, found
from rnnhand.language.parser import Statement, parse_equations
from rnnhand.language.tree import Expr, Ref, Shift
from rnnhand.marking.carry import Carried, Entries, merged
from rnnhand.marking.misconceptions import Rewrite, misconceptions
from rnnhand.marking.names import After, Spot, moment_spot
from rnnhand.marking.rounding import Habit
from rnnhand.problem.model import AskUpdate
from rnnhand.questions.key import instances
from rnnhand.questions.moments import GRADIENT, Moment
from rnnhand.questions.update import STAGES, Rule, Slot, Stepped, apply_rule, norm_of
from rnnhand.questions.work import (
    Descent,
    Plan,
    Updated,
    Updating,
    at,
    iterations,
    run_at,
    updating,
)
from rnnhand.system.model import SCALAR, Quantity

MOST_SLOTS = 8
"""Parameters up to which each is tried as the only one that was updated before another."""


@dataclass(frozen=True, eq=False)
class Steps:
    """The updates of a plan made ready, and those that misconceptions make of them."""

    plan: Plan
    program: Program
    asked: tuple[tuple[AskUpdate, Updating], ...]

    @cached_property
    def rewritten(self) -> tuple[tuple[str, Mapping[str, Expr], tuple[Updating, ...]], ...]:
        """(misconception, words, the updates with the rule as it rewrites it)"""
        return tuple(
            (
                id,
                words,
                tuple(updating(self.plan, ask, INTERVALS, self.program) for ask in asks),
            )
            for id, words, asks in _rewritten([ask for ask, _ in self.asked])
        )

    @cached_property
    def placed(self) -> tuple[tuple[AskUpdate, Updating], ...]:
        """The updates with passes whose every value can be gone on with rounded."""
        program = compiled(self.plan.full, INTERVALS, placed=True)
        return tuple(
            (ask, updating(self.plan, ask, INTERVALS, program, placed=True))
            for ask, _ in self.asked
        )

    @cached_property
    def close(self) -> tuple[tuple[AskUpdate, Updating], ...]:
        """The same for looking closely."""
        program = compiled(self.plan.full, AFFINE, placed=True)
        return tuple(
            (ask, updating(self.plan, ask, AFFINE, program, placed=True)) for ask, _ in self.asked
        )

    @cached_property
    def backward(self) -> Program:
        """The gradient's equations alone, on given values of everything else."""
        assert self.plan.gradient is not None
        return compiled(self.plan.full, INTERVALS, self.plan.gradient.adjoints)


def steps_of(plan: Plan, program: Program) -> Steps:
    """Make the updates of a plan ready; `program` is that of its full system."""
    asked = tuple((ask, updating(plan, ask, INTERVALS, program)) for ask in plan.updates)
    return Steps(plan, program, asked)


@dataclass(frozen=True)
class Iteration:
    """Iteration k, counted through all updates: the values before it (`earlier`: before the one
    before), those that it gives, and those that a student goes on with; `computed` is what its rule
    gives on its way."""

    k: int
    ask: AskUpdate
    made: Updating
    own: int
    earlier: Mapping[Slot, Any]
    before: Mapping[Slot, Any]
    states: Mapping[Slot, Mapping[str, Any]]
    updated: Updated
    after: Mapping[Slot, Any]
    computed: Mapping[Moment, Any]


def carried_on(
    steps: Steps,
    carried: Carried,
    written: Mapping[Spot, Entries],
    habit: Habit | None = None,
) -> Iterator[Iteration]:
    """Every iteration of every update from the student's numbers on; with a habit, what is not on
    the sheet is taken for anything that it may have been rounded to."""
    for ask, made in steps.asked if habit is None else steps.placed:
        start = count_before(steps, ask)
        here = storage_of(steps.plan, carried.storage)
        yield from iterations_from(ask, made, start, here, written, _goes_on(habit))


def count_before(steps: Steps, ask: AskUpdate) -> int:
    """How many iterations the updates before this one have."""
    total = 0
    for other, made in steps.asked:
        if other is ask:
            break
        total += len(made.descents)
    return total


def storage_of(plan: Plan, storage: Storage) -> Storage:
    """What belongs to a plan's own system."""
    return {q: storage[q] for q in plan.full.shapes if q in storage}


@dataclass(frozen=True)
class GoesOn:
    """What a student goes on with in updates: where the sheet has no number, and where it has
    numbers; and, for rules that divide a gradient by its own size, something narrower than what
    their operations give one by one."""

    unseen: Callable[[Any], Any]
    merged: Callable[[Any, Entries], Any]
    narrower: Callable[[Any, Any], Any]
    as_intervals: Callable[[Any], Any]


def _as_is(value: Any) -> Any:
    return value


def _goes_on(habit: Habit | None) -> GoesOn:
    around = _as_is if habit is None else habit.around
    return GoesOn(
        around,
        lambda value, numbers: merged(value, numbers, around(value)),
        lambda value, narrow: narrow,
        _as_is,
    )


def iterations_from(
    ask: AskUpdate,
    made: Updating,
    start: int,
    here: Storage,
    written: Mapping[Spot, Entries],
    on: GoesOn,
) -> Iterator[Iteration]:
    """The iterations of an update, after `start` ones before it."""
    now: dict[Slot, Any] = {slot: at(made.plan.full, here, *slot) for slot in made.rules}
    earlier = now
    states: Mapping[Slot, Mapping[str, Any]] = {slot: {} for slot in made.rules}

    plain = ask.clip is None or ask.clip[0] != "norm"
    slopes: dict[Slot, Any] = {}
    narrow: dict[Slot, Any] = {}

    def seen(spot: Spot, value: Any) -> Any:
        return on.merged(value, written[spot]) if spot in written else on.unseen(value)

    def going_on(k: int, values: Mapping[Slot, Any]) -> dict[Slot, Any]:
        told = any(moment_spot(start + k, moment) in written for moment in computed.get(k, ()))
        if k == 1 and ask.optimizer.state and plain and not told:
            if not narrow:
                found = _narrowed(made, here, slopes, on.as_intervals)
                narrow.update({slot: on.narrower(values[slot], found[slot]) for slot in found})
            values = narrow
        return {slot: seen(After(start + k, slot), value) for slot, value in values.items()}

    computed: dict[int, dict[Moment, Any]] = {}

    def keeping(k: int, name: str, slot: Slot, value: Any) -> Any:
        moment = Moment(name, slot)
        computed.setdefault(k, {})[moment] = value
        spot = moment_spot(start + k, moment)
        if name == GRADIENT and spot not in written:
            slopes[slot] = value
            return value
        value = seen(spot, value)
        if name == GRADIENT:
            slopes[slot] = value
        return value

    def place(slot: int, position: int, value: Any) -> Any:
        return on.unseen(value)

    for own, updated in enumerate(iterations(made, here, going_on, keeping, place), 1):
        if own == 1 and narrow:
            updated = replace(updated, parameters={**updated.parameters, **narrow})
        after = going_on(own, updated.parameters)
        found = computed.get(own, {})
        yield Iteration(start + own, ask, made, own, earlier, now, states, updated, after, found)
        earlier = now
        now, states = after, {slot: s.state for slot, s in updated.stepped.items()}


def _narrowed(
    made: Updating,
    here: Storage,
    slopes: Mapping[Slot, Any],
    as_intervals: Callable[[Any], Any],
) -> dict[Slot, Any]:
    """The first iteration's values from both ends and the middle of every gradient. A rule that
    divides a gradient by its own size is far narrower than its operations one by one; from zero
    states each rule is monotone in each entry."""
    before = {slot: as_intervals(at(made.plan.full, here, *slot)) for slot in made.rules}
    slopes = {slot: as_intervals(value) for slot, value in slopes.items()}
    states: dict[Slot, Mapping[str, Any]] = {slot: {} for slot in made.rules}
    found: dict[Slot, list[Any]] = {slot: [] for slot in slopes}
    for i in range(3):
        chosen = {
            slot: tuple(ends(x)[i] for x in g) if isinstance(g, tuple) else ends(g)[i]
            for slot, g in slopes.items()
        }
        stepped = apply_rule(made.rules, 1, INTERVALS, before, chosen, states)
        for slot, s in stepped.items():
            found[slot].append(s.value)
    return {
        slot: tuple(map(hull, zip(*values, strict=True)))
        if isinstance(values[0], tuple)
        else hull(values)
        for slot, values in found.items()
    }


@dataclass(frozen=True)
class Wrongly:
    """A parameter after an iteration, as a misconception gives it."""

    id: str
    words: Mapping[str, Expr]
    after: After
    value: Any


def done_wrongly(
    steps: Steps, carried: Carried, written: Mapping[Spot, Entries]
) -> Iterator[Wrongly]:
    """What every misconception about updates gives, from the student's own numbers."""
    here = storage_of(steps.plan, carried.storage)
    for id, words, updates in steps.rewritten:
        for (ask, _), made in zip(steps.asked, updates, strict=True):
            start = count_before(steps, ask)
            for turn in iterations_from(ask, made, start, here, written, _goes_on(None)):
                for slot, value in turn.updated.parameters.items():
                    yield Wrongly(id, words, After(turn.k, slot), value)
                for moment, value in turn.computed.items():
                    yield Wrongly(id, words, moment_spot(turn.k, moment), value)
    yield from _once(steps, carried, written)
    for misconception in misconceptions():
        for rewrite in misconception.rewrites:
            if rewrite.move in MOVES:
                for turn in carried_on(steps, carried, written):
                    for what, value in MOVES[rewrite.move](steps, here, turn):
                        spot = (
                            moment_spot(turn.k, what)
                            if isinstance(what, Moment)
                            else After(turn.k, what)
                        )
                        yield Wrongly(misconception.id, {}, spot, value)


def _once(steps: Steps, carried: Carried, written: Mapping[Spot, Entries]) -> Iterator[Wrongly]:
    """What a rule that a misconception rewrites gives in one later iteration, done rightly until
    then."""
    for turn in carried_on(steps, carried, written):
        if turn.own == 1:
            continue
        for id, words, updates in steps.rewritten:
            (made,) = (u for (a, _), u in zip(steps.asked, updates, strict=True) if a is turn.ask)
            for slot, stepped in turn.updated.stepped.items():
                slope = stepped.storage[Quantity(GRADIENT, "k")][1]
                yield Wrongly(
                    id, words, After(turn.k, slot), from_slope(turn, slot, slope, made.rules)
                )


def _rewritten(
    asks: list[AskUpdate],
) -> Iterator[tuple[str, Mapping[str, Expr], list[AskUpdate]]]:
    """Every update's rule as a misconception writes it."""
    for misconception in misconceptions():
        for rule in misconception.rewrites:
            if "update" in rule.kinds:
                words: dict[str, Expr] = {}
                new = []
                for ask in asks:
                    statements = tuple(
                        _statement(statement, rule, words) for statement in ask.optimizer.statements
                    )
                    optimizer = replace(ask.optimizer, statements=statements)
                    new.append(replace(ask, optimizer=optimizer))
                if words:
                    yield misconception.id, words, new


def _statement(statement: Statement, rule: Rewrite, words: dict[str, Expr]) -> Statement:
    """A statement of an update rule with every place where the pattern fits rewritten."""
    body = statement.body

    def holds(name: str, expr: Expr) -> bool:
        """Names of a rule have no roles; but it is seen what was read from the step before."""
        if not rule.where.get(name, "").startswith("delayed"):
            return True
        return isinstance(expr, Ref) and isinstance(expr.index, Shift) and expr.index.offset < 0

    for node, bound in found(rule.find[0], body, {*rule.where, "e"}, holds):
        put = filled_in(rule.put[0], bound, {})
        if put is not None:
            words |= {"found": node, "put": put}
            body = exchanged(body, (node,), (put,))
    return replace(statement, body=body)


def from_slope(turn: Iteration, slot: Slot, slope: Any, rules: Mapping[Slot, Rule]) -> Any:
    """A parameter's next value by its rule, from another gradient."""
    stepped: Mapping[Slot, Stepped] = apply_rule(
        {slot: rules[slot]},
        turn.own,
        INTERVALS,
        {slot: turn.before[slot]},
        {slot: slope},
        {slot: turn.states[slot]},
    )
    return stepped[slot].value


def _updated_weights(steps: Steps, here: Storage, turn: Iteration) -> Iterator[tuple[Slot, Any]]:
    """Each gradient at other parameters' new values: of all others, of those before it or after it
    in the file, of a single one; with all values anew, or the backward pass alone."""
    slots = list(turn.before)
    descent = turn.made.descents[turn.own - 1]
    system, gradient = descent.gradient.system, descent.gradient
    whole = descent.program is steps.program
    start = here if turn.own == 1 else run_at(steps.program, here, turn.before)
    for i, slot in enumerate(slots):
        others = [slots[:i] + slots[i + 1 :], slots[:i], slots[i + 1 :]]
        others += [[other] for other in slots if other != slot and len(slots) <= MOST_SLOTS]
        for chosen in dict.fromkeys(tuple(o) for o in others if o):
            values = {**turn.before, **{other: turn.after[other] for other in chosen}}
            storages = [run_at(descent.program, here, values)]
            if whole:
                storages.append(_backward_at(steps, start, values))
            for storage in storages:
                slope = at(system, storage, gradient.of_quantity(slot[0]), slot[1])
                yield slot, from_slope(turn, slot, slope, turn.made.rules)


def _backward_at(steps: Steps, start: Storage, values: Mapping[Slot, Any]) -> Storage:
    """The backward pass with other parameters, the forward values as they were."""
    there = dict(start)
    for (q, step), value in values.items():
        if step is None:
            there[q] = value
    for equation in steps.backward.equations:
        there.pop(steps.plan.full.quantity(equation.target), None)
    steps.backward.run(there)
    return there


def _clipped_contributions(
    steps: Steps, here: Storage, turn: Iteration
) -> Iterator[tuple[Slot, Any]]:
    """Each step's contribution clipped, and the sum not."""
    gradient = steps.plan.gradient
    if turn.ask.clip is None or gradient is None:
        return
    kind, _ = turn.ask.clip
    full = steps.plan.full
    storage = here if turn.own == 1 else run_at(steps.program, here, turn.before)
    (stage,) = parse_equations(STAGES[kind])
    free = updating(steps.plan, replace(turn.ask, clip=None), INTERVALS, steps.program)
    for slot in turn.before:
        rule = turn.made.rules[slot]
        clipping = Rule(turn.ask, (stage,), rule.shape, full.functions)
        total: Any = None
        for var in full.indices:
            if not has_contributions(steps.plan.system, slot[0], var):
                continue
            parts = contribution(gradient.of, slot[0], var)
            for run in full.steps.get(parts, ()):
                for step in run:
                    part = at(full, storage, parts, step)
                    norm = norm_of({slot: rule}, INTERVALS, {slot: part})
                    _, made = clipping.run(turn.own, INTERVALS, turn.before[slot], part, {}, norm)
                    clipped = made[Quantity(stage.target.name, "k")][1]
                    total = clipped if total is None else _sum(total, clipped)
        if total is not None:
            yield slot, from_slope(turn, slot, total, free.rules)


def _stale(steps: Steps, here: Storage, turn: Iteration) -> Iterator[tuple[Slot | Moment, Any]]:
    """The gradient of a later iteration at weights of before: those before the iteration before,
    or the first ones; and of layers that follow others, all at the weights before the iteration."""
    descent = turn.made.descents[turn.own - 1]
    if len(turn.ask.groups) > 1:
        yield from _along(turn, descent, run_at(descent.program, here, turn.before))
    if turn.own == 1:
        return
    first = {slot: at(steps.plan.full, here, *slot) for slot in turn.before}
    for values in [first] if turn.earlier == first else [turn.earlier, first]:
        storage = run_at(descent.program, here, values)
        yield from _along(turn, descent, storage)


def _not_ahead(steps: Steps, here: Storage, turn: Iteration) -> Iterator[tuple[Slot | Moment, Any]]:
    """The gradient at the weights themselves, where the rule takes it at another point."""
    if turn.ask.optimizer.point and turn.own > 1:
        descent = turn.made.descents[turn.own - 1]
        yield from _along(turn, descent, run_at(descent.program, here, turn.before))


def _along(
    turn: Iteration, descent: Descent, storage: Storage
) -> Iterator[tuple[Slot | Moment, Any]]:
    """The gradient in some storage, and the parameters after a step along it."""
    gradient = descent.gradient
    for slot in turn.before:
        slope = at(gradient.system, storage, gradient.of_quantity(slot[0]), slot[1])
        yield Moment(GRADIENT, slot), slope
        yield slot, from_slope(turn, slot, slope, turn.made.rules)


def _another_adjoint(
    steps: Steps, here: Storage, turn: Iteration
) -> Iterator[tuple[Slot | Moment, Any]]:
    """A step along the derivative by a computed quantity of the same shape, not by the parameter
    itself, clipped or not. Numbers are all of one shape, so they tell nothing."""
    descent = turn.made.descents[turn.own - 1]
    system, gradient = descent.gradient.system, descent.gradient
    storage = here
    if turn.own > 1 or descent.program is not steps.program:
        storage = run_at(descent.program, here, turn.before)
    rules = [turn.made.rules]
    if turn.ask.clip is not None:
        free = updating(steps.plan, replace(turn.ask, clip=None), INTERVALS, steps.program)
        rules.append(free.rules)
    for slot in turn.before:
        shape = system.shapes[slot[0]]
        for q in gradient.wrt:
            if shape == SCALAR or q not in system.made_by or system.shapes[q] != shape:
                continue
            made = gradient.of_quantity(q)
            for step in instances(system, made):
                if made in storage:
                    slope = at(system, storage, made, step)
                    yield from ((slot, from_slope(turn, slot, slope, own)) for own in rules)


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, tuple):
        return tuple(x + y for x, y in zip(a, b, strict=True))
    return a + b


MOVES: Mapping[str, Callable[[Steps, Storage, Iteration], Iterable[tuple[Slot | Moment, Any]]]] = {
    "updated weights": _updated_weights,
    "clipped contributions": _clipped_contributions,
    "stale gradient": _stale,
    "another adjoint": _another_adjoint,
    "gradient not ahead": _not_ahead,
}
"""Ways of doing an update wrongly that no rewriting of its rule can say."""
