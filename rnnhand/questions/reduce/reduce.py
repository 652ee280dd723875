"""What must be fixed for one cell to become another, and how that is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from rnnhand.calculus.choice import Choice
from rnnhand.calculus.reduction import (
    HIGHEST,
    Meeting,
    Outcome,
    Reduction,
    reductions,
)
from rnnhand.calculus.sides import SOURCE, plainly, read_by_output, with_choice
from rnnhand.calculus.simplify import is_identity, number
from rnnhand.errors import Span
from rnnhand.language.operations import Functions
from rnnhand.language.parser import Statement
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, walk
from rnnhand.problem.cells import in_layer, size_value
from rnnhand.problem.model import Cell
from rnnhand.questions.count import in_sizes, layer_part
from rnnhand.questions.output_layer import layered, state_beneath
from rnnhand.questions.reduce.fixing import proposed
from rnnhand.questions.reduce.held import Held, held_gates
from rnnhand.questions.reduce.meeting import equations_of, meetings
from rnnhand.questions.reduce.obstacle_terms_told import of_terms
from rnnhand.questions.reduce.obstacles import between, of_function, of_held, of_sequence
from rnnhand.questions.reduce.own_names import gathered, is_fixed, own, plain, restacked
from rnnhand.questions.reduce.reason import Reason, is_proof, speaks_of_matrices
from rnnhand.questions.reduce.trial import Trial, tried

Pairs: TypeAlias = tuple[tuple[Expr, Expr], ...]

PLACES = 120_000
"""Places that a search looks at before it is given up."""

HOPELESS = 3_000
"""The same where it is known beforehand what stands against it."""

SOON = 8_000
"""The same before it is asked what the terms of both cells tell."""

TOP = 2
"""What it costs that the goal's output layer is put on top."""


@dataclass(frozen=True)
class Fixed:
    """One thing that is fixed: `kind` is parameter, sequence, held, function or removed; how it is
    written, and why it has to be."""

    kind: str
    left: Expr
    right: Expr
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One reduction, in the names of the cells: what is fixed; what every parameter becomes; the
    equations that are left; the states that are the same; what else has to hold."""

    reduction: Reduction
    fixed: tuple[Fixed, ...]
    becomes: tuple[tuple[Expr, Expr], ...]
    after: tuple[tuple[Expr, Expr], ...]
    normal: tuple[tuple[Expr, Expr], ...]
    idle: tuple[str, ...]
    trial: Trial | None

    @property
    def tied(self) -> tuple[tuple[Expr, Expr], ...]:
        """Parameters that become one and the same of the target, so that they have to be equal."""
        first: dict[Expr, Expr] = {}
        return tuple((a, first[b]) for a, b in self.becomes if first.setdefault(b, a) is not a)

    @property
    def distinct(self) -> tuple[tuple[Expr, Expr], ...]:
        """The equations in normal form, each once."""
        return tuple(dict.fromkeys(self.normal))

    @property
    def made(self) -> tuple[tuple[Expr, Expr], ...]:
        """Parameters that become more than a parameter of the target: U = diag(u), W = -V."""
        return tuple((a, b) for a, b in self.becomes if not isinstance(b, Ref))

    @property
    def held(self) -> tuple[Held, ...]:
        """The gates that their biases hold at one value."""
        return held_gates(self.reduction.meeting, self.reduction.choice)


@dataclass(frozen=True)
class Reduced:
    """The whole result. `given` is what was proposed, `complete` whether that was enough;
    `obstacles` is what makes a reduction impossible, where none was found; `barred`
    what makes it impossible once the proposal is put in."""

    source: Cell
    target: Cell
    given: tuple[Fixed, ...]
    complete: bool
    answers: tuple[Answer, ...]
    obstacles: tuple[Reason, ...]
    barred: tuple[Reason, ...]
    outcome: Outcome
    meeting: Meeting
    start: Choice
    """The proposal, as the search takes it."""
    named: tuple[tuple[str, Expr], ...]
    """Gates inside the source's equations, under the names that they got."""
    left: tuple[tuple[Expr, Expr], ...] = ()
    """With a proposal: the equations of the source that it leaves."""
    layer: Statement | None = None
    """The goal's output layer, where the source becomes what is beneath it."""


def reduce(
    source: Cell, target: Cell, functions: Functions, settings: str, places: int = PLACES
) -> Reduced:
    """What makes the source the target; where the target alone has an output layer, that may be
    put on top of both. Raises `Failure` where the proposal is no part of the source."""
    whole = _searched(source, target, functions, settings, places)
    parts = layered(target)
    if parts is None or state_beneath(source) is not None:
        return whole
    under = _searched(source, parts.beneath, functions, settings, places)
    cheaper = whole.outcome.bound <= under.outcome.bound + TOP
    if whole.answers and (cheaper or not under.answers):
        return whole
    return replace(under, target=target, layer=parts.layer)


def _searched(
    source: Cell, target: Cell, functions: Functions, settings: str, places: int
) -> Reduced:
    found = meetings(source, target, functions)
    start, complete = Choice(), False
    given: tuple[Fixed, ...] = ()
    left: Pairs = ()
    meeting = found[0] if found else meetings(source, source, functions)[0]
    if settings:
        start = proposed(settings, meeting)
        given = tuple(fixed(meeting, start))
        left = tuple(after(meeting, start))
    made = {s.target.name for s in source.statements}
    bodies = equations_of(source, functions).bodies
    named = tuple((q, body) for q, body in bodies.items() if q not in made)
    lacks = all(_lacks(source, target, m) for m in found)
    formulas = _formulas(source, target, meeting) if lacks else None
    against = tuple(between(meeting, (source, target), formulas))
    hopeless = is_proof(against)
    if speaks_of_matrices(against):
        hopeless = is_proof(tuple(between(found[-1], (source, target), formulas)))
        against = against if hopeless else (*against, Reason("obstacle-but-sizes", {}))
    barred = _barred(found, start, (source, target)) if settings and not hopeless else ()
    known = hopeless or bool(barred) or not found
    outcome = reductions(found, start, min(HOPELESS if known else SOON, places), HIGHEST)
    if not known and not outcome.reductions:
        terms: tuple[Reason, ...] = ()
        if not is_proof(against):
            terms, barred = _by_terms(meeting, start, (source, target), given)
            against = terms or against
        if outcome.cut and not terms and not barred:
            outcome = reductions(found, start, places, HIGHEST)
    answers = [answer(r, source, target) for r in outcome.reductions]
    if settings and answers:
        complete = any(len(a.fixed) == len(given) for a in answers)
        answers.sort(key=lambda a: len(a.fixed))
    obstacles = () if answers else against
    if not found:
        obstacles = (Reason("obstacle-sizes", {}),)
    return Reduced(
        source,
        target,
        given,
        complete,
        tuple(answers),
        obstacles,
        () if answers else barred,
        outcome,
        meeting,
        start,
        named,
        left,
    )


def _by_terms(
    meeting: Meeting, start: Choice, cells: tuple[Cell, Cell], given: Sequence[Fixed]
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """What stands against it term by term, whatever is fixed; else, against a proposal."""
    terms = tuple(of_terms(meeting, cells))
    if terms or not given:
        return terms, ()
    left = with_choice(meeting.source, start, meeting.facts)
    return (), tuple(of_terms(replace(meeting, source=left), cells))


def _barred(
    found: Sequence[Meeting], start: Choice, cells: tuple[Cell, Cell]
) -> tuple[Reason, ...]:
    """What stands against a proposal whatever the sizes, where that is a proof."""
    reasons: tuple[Reason, ...] = ()
    for meeting in found:
        left = with_choice(meeting.source, start, meeting.facts)
        reasons = tuple(between(replace(meeting, source=left), cells, None))
        if not is_proof(reasons):
            return ()
    return reasons[:1]


def answer(reduction: Reduction, source: Cell, target: Cell) -> Answer:
    meeting, choice = reduction.meeting, reduction.choice
    alive = read_by_output(meeting.source, choice, meeting.facts)
    becomes = gathered(choice.values, meeting.source, meeting.target)
    idle = tuple(plain(p) for p in sorted(meeting.source.parameters) if p not in alive)
    proof = tuple((sequence(c.target), restacked(c.mine, meeting.target)) for c in reduction.proof)
    return Answer(
        reduction,
        tuple(fixed(meeting, choice)),
        tuple((a, b) for a, b, _ in becomes if not is_fixed(b)),
        tuple(after(meeting, choice)),
        proof,
        tuple(n for n in idle if SOURCE + n not in choice.values),
        tried(reduction, source, target),
    )


def fixed(meeting: Meeting, choice: Choice) -> Iterator[Fixed]:
    """What is fixed, sequences first, each with its reasons."""
    side = meeting.source
    held = {gate.name: gate for gate in held_gates(meeting, choice)}
    for name in side.bodies:
        value = choice.values.get(name)
        if name in held:
            gate = held[name]
            yield Fixed("held", Ref(plain(name), Shift("t")), gate.value, tuple(of_held(gate)))
        elif isinstance(value, Number):
            reasons = tuple(of_sequence(meeting, choice, name, value.value))
            yield Fixed("sequence", Ref(plain(name), Shift("t")), value, reasons)
    for key, op in choice.functions.items():
        if key in side.open and op != side.functions[key]:
            yield Fixed("function", Ref(plain(key)), Ref(op))
        elif key in side.functions and key not in side.open and op == "identity":
            argument = next(
                n.args[0]
                for body in side.bodies.values()
                for n in walk(body)
                if isinstance(n, Apply) and n.op == key
            )
            shown = own(argument, side)
            reason = of_function(meeting, side.functions[key], argument, shown)
            why = () if reason is None else (reason,)
            yield Fixed("removed", Apply(side.functions[key], (shown,)), shown, why)
    for left, right, some in gathered(choice.values, side, meeting.target):
        if some:
            yield Fixed("parameter", left, Ref("I") if is_identity(right) else right)


def sequence(name: str) -> Ref:
    return Ref(name, Shift("t"))


def after(meeting: Meeting, choice: Choice) -> Iterator[tuple[Expr, Expr]]:
    """The source's equations with everything fixed put in, without those that nothing reads."""
    side = meeting.source
    alive = {side.gives, *read_by_output(side, choice, meeting.facts)}
    for q, body in side.bodies.items():
        if q in alive and not isinstance(choice.values.get(q), Number):
            left = plainly(side, choice, body, meeting.facts)
            yield Ref(plain(q), Shift("t")), own(left, side)


def _lacks(source: Cell, target: Cell, meeting: Meeting) -> bool:
    """Whether the source has fewer parameters than the target at some sizes."""
    mine, theirs = (
        size_value(expr, sizes)
        for expr, sizes in zip(_counts(source, target, meeting), meeting.sizes, strict=True)
    )
    return mine < theirs


def _formulas(source: Cell, target: Cell, meeting: Meeting) -> tuple[Expr, Expr]:
    """How many parameters each cell has, by its sizes; a goal of definite sizes gives the source
    its sizes."""
    mine, theirs = _counts(source, target, meeting)
    if target.sizes:
        return mine, theirs
    few, many = (
        number(Fraction(size_value(expr, sizes)))
        for expr, sizes in zip((mine, theirs), meeting.sizes, strict=True)
    )
    return few, many


def _counts(source: Cell, target: Cell, meeting: Meeting) -> tuple[Expr, Expr]:
    """How many parameters each cell has, as a formula."""
    mine, theirs = (
        in_sizes(layer_part(in_layer(cell, Span(1, 1), sizes), None))
        for cell, sizes in zip((source, target), meeting.sizes, strict=True)
    )
    return mine, theirs
