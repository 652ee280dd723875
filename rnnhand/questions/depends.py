"""What a quantity depends on and what not, with a way as proof; what can go in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rnnhand.calculus.dependence import (
    Dependence,
    Loop,
    TooMany,
    chain,
    dependence,
    feeds,
    layers_of_step,
    loops,
)
from rnnhand.calculus.entries import Place, entries
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.instances import Instance
from rnnhand.errors import Diagnostic, Failure, Span, failure
from rnnhand.language.printer import text
from rnnhand.language.results import Entry, ValueName, parse_result, result_text
from rnnhand.problem.model import Problem
from rnnhand.problem.results import check_result
from rnnhand.questions.depends_blocks import Cell, blocks, spelled
from rnnhand.questions.depends_chains import Chain, chains
from rnnhand.questions.depends_switched import as_data as switched_as_data
from rnnhand.questions.depends_switched import switched
from rnnhand.system.model import SCALAR, Shape, System

KINDS = ("data", "initial", "constant", "parameter", "computed")
MOST = 5_000
"""Values, each at its step, that are followed back."""

MOST_PLACES = 40_000
"""Entries that are followed one by one; beyond, only whole quantities are."""

MOST_ROUND = 10_000
"""Entries that are followed to see whether those of a loop go their ways without each other."""

MOST_APART = 12
"""Entries up to which each is followed round a loop; else the first and the last."""

MOST_TARGETS = 60
"""Entries of the quantity asked for up to which each is followed."""


@dataclass(frozen=True)
class Pattern:
    """How the entries of the quantity hang on those of another: own, all, or a list by entry."""

    on: Instance
    kind: str
    entries: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Depends:
    """`found` and `others` hold what is depended on and what not, by kind; `patterns` is None
    where the entries are too many to be followed."""

    name: str
    of: Instance
    entry: Entry
    dependence: Dependence
    found: Mapping[str, tuple[Instance, ...]]
    others: Mapping[str, tuple[Instance, ...]]
    patterns: tuple[Pattern, ...] | None
    loops: tuple[tuple[Loop, bool], ...]
    """Each with whether its entries go their ways without each other."""
    blocks: tuple[tuple[tuple[Cell, ...], ...], ...]
    """For each loop the groups of entries that never read each other, where there are some."""
    chains: tuple[tuple[Chain, ...], ...]
    """For each loop what it computes in groups that never read each other, where there are some."""
    separate: tuple[tuple[Loop, Loop], ...]
    """Pairs of loops of which none reads the other."""
    free: tuple[str, ...]
    """Quantities with steps that wait for no loop: all their steps can be computed at once."""
    after: tuple[str, ...]
    """Those that only wait for loops to be done."""
    layers: tuple[tuple[str, ...], ...]
    waiting: int
    """How many steps of loops come one after the other before the quantity is there."""


def depends(problem: Problem, written: str) -> Depends:
    """Raises `Failure` where that names nothing that is given or computed."""
    system = problem.system
    name = parse_result(written, Span(1, 1))
    if not isinstance(name, ValueName):
        raise failure("depends-value", Span(1, 1, len(written)), "hint-depends", found=written[:60])
    try:
        check_result(system, name)
    except Failure as error:
        raise Failure(_with_example(system, d) for d in error.diagnostics) from None
    of = Instance(system.quantity(name.ref), system.step(name.ref))
    try:
        reached = dependence(system, of, MOST)
    except TooMany:
        span = Span(1, 1, len(written))
        raise failure("depends-many", span, "hint-depends-many", limit=MOST) from None
    found: dict[str, list[Instance]] = {kind: [] for kind in KINDS}
    others: dict[str, list[Instance]] = {kind: [] for kind in KINDS}
    places = _places(system, of, name.entry)
    inner = None if places is None else {p.instance for _, reach in places for p in reach}
    for kind, instance in _instances(system):
        if instance != of:
            there = instance in reached and (inner is None or instance in inner)
            (found if there else others)[kind].append(instance)
    rings = loops(system)
    lone = [_apart(system, ring) for ring in rings]
    inside = {q for ring in rings for q in ring.names}
    running = [str(q) for q in system.made_by if q.over and str(q) not in inside]
    free = [q for q in running if not any(feeds(system, r, q) for r in inside)]
    return Depends(
        result_text(name),
        of,
        name.entry,
        reached,
        {k: tuple(v) for k, v in found.items()},
        {k: tuple(v) for k, v in others.items()},
        None if places is None else tuple(_patterns(system, of, places)),
        tuple(zip(rings, lone, strict=True)),
        tuple(
            () if apart else blocks(system, ring) for ring, apart in zip(rings, lone, strict=True)
        ),
        tuple(chains(system, ring) for ring in rings),
        tuple(_separate(system, rings)),
        tuple(free),
        tuple(q for q in running if q not in free),
        tuple(_together(system, rings)),
        chain(system, reached, {q: k for k, ring in enumerate(rings) for q in ring.names}),
    )


def _with_example(system: System, d: Diagnostic) -> Diagnostic:
    """A name that is none, with one that could be asked about: what is made last."""
    if d.hint is not None or not system.made_by:
        return d
    q, equations = list(system.made_by.items())[-1]
    last = max((s for e in equations for s in e.steps or ()), default=None)
    return replace(d, hint="hint-depends-name", words=(*d.words, ("example", text(q.at(last)))))


def _together(system: System, rings: Sequence[Loop]) -> Iterator[tuple[str, ...]]:
    """Quantities that can be computed at the same time within a step: of one loop, or of none."""
    of = {q: k for k, ring in enumerate(rings) for q in ring.names}
    for var in system.indices:
        for layer in layers_of_step(system, var):
            for ring in dict.fromkeys(of.get(q) for q in layer):
                yield tuple(q for q in layer if of.get(q) == ring)


def _instances(system: System) -> Iterator[tuple[str, Instance]]:
    for q, given in system.given.items():
        for step in sorted(given.values, key=lambda s: (s is not None, s)):
            yield str(given.role), Instance(q, step)
    for q, made in system.made_by.items():
        steps = sorted({s for e in made for s in e.steps or ()}) if q.over else [None]
        for step in steps:
            yield "computed", Instance(q, step)


def _places(system: System, of: Instance, entry: Entry) -> list[tuple[Place, set[Place]]] | None:
    """Every entry of what is asked for, with the entries that it depends on."""
    shape = shapes_in(system)
    rows, columns = system.shapes[of.quantity]
    wanted = [Place(of, i, j) for i in range(rows) for j in range(columns)]
    if entry:
        row, column = (*entry, 1)[:2]
        wanted = [p for p in wanted if (p.row + 1, p.column + 1) == (row, column)]
    if len(wanted) > MOST_TARGETS:
        return None
    try:
        return [(p, entries(system, shape, p, MOST_PLACES // len(wanted))) for p in wanted]
    except TooMany:
        return None


def _entry(place: Place, shape: Shape) -> Entry:
    """The entry as results name it: counted from 1, one number for a vector."""
    if shape == SCALAR:
        return ()
    return (place.row + 1,) if shape[1] == 1 else (place.row + 1, place.column + 1)


def _spelled(place: Place, system: System) -> str:
    entry = _entry(place, system.shapes[place.instance.quantity])
    numbers = f"({','.join(map(str, entry))})" if entry else ""
    return text(place.instance.ref) + numbers


def _patterns(
    system: System, of: Instance, places: list[tuple[Place, set[Place]]]
) -> Iterator[Pattern]:
    """How the entries hang on those of every given value at a step, and of every initial one."""
    if all(system.shapes[p.instance.quantity] == SCALAR for p, _ in places):
        own = {p.instance.quantity for _, reach in places for p in reach}
        if all(system.shapes[q] == SCALAR for q in own):
            return
    for kind, instance in _instances(system):
        q = instance.quantity
        if system.shapes[q] == SCALAR or kind == "computed":
            continue
        rows = {
            _spelled(p, system): sorted(r for r in reach if r.instance == instance)
            for p, reach in places
        }
        if not any(rows.values()):
            continue
        m, n = system.shapes[q]
        whole = all(len(found) == m * n for found in rows.values())
        alike = system.shapes[q] == system.shapes[of.quantity]
        lone = alike and all(
            [(r.row, r.column) for r in reach] == [(p.row, p.column)]
            for (p, _), reach in zip(places, rows.values(), strict=True)
        )
        how = "own" if lone else "all" if whole else "some"
        named = {k: tuple(_spelled(r, system) for r in found) for k, found in rows.items()}
        yield Pattern(instance, how, named)


def _apart(system: System, ring: Loop) -> bool:
    """Whether in a loop entry i of every quantity depends on entries i of the others only.

    Looked at over a few steps: what is coupled is coupled after one round.
    """
    made = [q for q in system.made_by if str(q) in ring.names]
    sizes = {system.shapes[q] for q in made}
    if len(sizes) != 1 or sizes == {SCALAR}:
        return False
    shape = shapes_in(system)
    for q in made:
        steps = [s for e in system.made_by[q] for s in e.steps or ()]
        if not steps:
            return False
        far = Instance(q, max(steps) if ring.direction >= 0 else min(steps))
        m, n = system.shapes[q]
        ends = [(0, 0), (m - 1, n - 1)]
        every = [(i, j) for i in range(m) for j in range(n)]
        for i, j in every if len(every) <= MOST_APART else ends:
            try:
                reach = entries(system, shape, Place(far, i, j), MOST_ROUND)
            except TooMany:
                return False
            within = (p for p in reach if p.instance.quantity in made)
            if any((p.row, p.column) != (i, j) for p in within):
                return False
    return True


def _separate(system: System, rings: Sequence[Loop]) -> Iterator[tuple[Loop, Loop]]:
    for one, other in combinations(rings, 2):
        a, b = one.names[0], other.names[0]
        if not feeds(system, a, b) and not feeds(system, b, a):
            yield one, other


def as_data(result: Depends, system: System) -> dict[str, object]:
    """The result as plain data; every quantity under its name in results."""

    def named(by_kind: Mapping[str, Sequence[Instance]]) -> dict[str, list[str]]:
        return {kind: [text(i.ref) for i in found] for kind, found in by_kind.items()}

    given = [i for kind in KINDS[:4] for i in result.found[kind]]
    return {
        "quantity": result.name,
        "depends_on": named(result.found),
        "independent_of": named(result.others),
        "ways": {text(i.ref): [text(step.ref) for step in result.dependence.way(i)] for i in given},
        "switched_off": switched_as_data(switched(result.dependence, system)),
        "entries": None
        if result.patterns is None
        else [
            {
                "on": text(p.on.ref),
                "kind": p.kind,
                "entries": {k: list(v) for k, v in p.entries.items()},
            }
            for p in result.patterns
        ],
        "parallel": {
            "loops": [
                {
                    "quantities": list(ring.names),
                    "direction": {1: "forward", -1: "backward", 0: "both"}[ring.direction],
                    "entries_apart": apart,
                    "blocks": spelled(groups, system),
                    "chains": [[text(i.ref) for i in row] for row in rows],
                }
                for (ring, apart), groups, rows in zip(
                    result.loops, result.blocks, result.chains, strict=True
                )
            ],
            "separate": [[list(a.names), list(b.names)] for a, b in result.separate],
            "all_steps_at_once": list(result.free),
            "after_the_loops": list(result.after),
            "together_within_a_step": [list(layer) for layer in result.layers],
            "steps_in_turn": result.waiting,
        },
    }
