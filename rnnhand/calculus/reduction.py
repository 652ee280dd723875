"""From the search to an answer: the cheapest choices, in every setting of sizes that comes into
question, each proved by comparing the simplified systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rnnhand.calculus.choice import Choice, Exhausted, Search, Side
from rnnhand.calculus.matching import begun, found, match
from rnnhand.calculus.sides import Compared, compared
from rnnhand.calculus.simplify import Facts, TooLarge
from rnnhand.language.tree import Ref

HIGHEST = 16
"""The cost up to which a search goes."""

SKIPPED = 1
"""So many costs are looked at together with the next: most searches find nothing."""

EQUAL, ONE = 3, 4
"""What it costs that a reduction holds only where two sizes are equal, or where one is 1."""

NEAREST = 30_000
"""Places that are looked at for a choice that leaves one difference."""

FARTHEST = ((18, NEAREST), (24, NEAREST), (30, 6_000))
"""The highest cost of a choice that leaves one difference, two, or three, and how many places are
looked at for it: beyond that cost so much is fixed that nothing of the goal is left."""

HURRY = 4
"""How many times fewer they are after one such search has not come to its end."""

WHOLE, WITHIN = 10_000, 15_000
"""Places that are looked at for a choice that leaves a whole equation, and for what is different
within that."""

ALONE = 1
"""How many names are opened in a row within one equation."""

HIGHEST_ALONE = 40
"""The highest cost of what is different within one equation."""

ENOUGH = 6
"""How many answers of the least cost are kept."""


@dataclass(frozen=True)
class Meeting:
    """Two systems of definite sizes, ready to be compared. `restricted` is what it costs that the
    target's sizes are not as free as the target allows."""

    source: Side
    target: Side
    facts: Facts
    sizes: tuple[dict[str, int], dict[str, int]]
    restricted: int = 0


@dataclass(frozen=True)
class Reduction:
    """One answer, with the comparison that proves it."""

    meeting: Meeting
    choice: Choice
    proof: tuple[Compared, ...]


@dataclass(frozen=True)
class Outcome:
    """The answers of least cost; how many places were looked at, up to which cost, and whether
    the search ended before it had gone through everything within it."""

    reductions: tuple[Reduction, ...]
    places: int
    bound: int
    cut: bool


def reductions(
    meetings: Sequence[Meeting],
    start: Choice,
    places: int,
    highest: int = HIGHEST,
) -> Outcome:
    """The cheapest reductions; sizes that are less free than the target's have a cost too, and are
    looked at after those that are as free as may be."""
    least = min((m.restricted for m in meetings), default=0)
    free = [m for m in meetings if m.restricted == least]
    first = _climbed(free, start, places, highest)
    most = first.bound if first.reductions else highest
    others = [m for m in meetings if m.restricted > least]
    second = _climbed(others, start, max(places - first.places, 0), most)
    spent, cut = first.places + second.places, first.cut or second.cut
    found = first.reductions
    if second.reductions:
        cheaper = not found or second.bound < first.bound
        found = second.reductions if cheaper else (*found, *second.reductions)
    bounds = [o.bound for o in (first, second) if o.reductions] or [first.bound]
    return Outcome(found, spent, min(bounds), cut)


def _climbed(meetings: Sequence[Meeting], start: Choice, places: int, highest: int) -> Outcome:
    """The cheapest reductions in some settings of sizes, cost by cost."""
    spent, bound = 0, start.cost
    following: int | None = start.cost
    while meetings and following is not None and following <= highest:
        bound = min(following + SKIPPED, highest)
        level = _level(meetings, start, bound, max(places - spent, 0))
        spent += level.places
        if level.reductions:
            for below in range(following, bound):
                cheaper = _level(meetings, start, below, places)
                spent += cheaper.places
                if cheaper.reductions:
                    return Outcome(cheaper.reductions, spent, below, cheaper.cut)
            return Outcome(level.reductions, spent, bound, level.cut)
        if level.cut:
            return Outcome((), spent, bound, True)
        following = level.dearer
    return Outcome((), spent, bound, False)


@dataclass(frozen=True)
class Level:
    """What there is up to one cost; the least cost above it that was met."""

    reductions: tuple[Reduction, ...]
    places: int
    cut: bool
    dearer: int | None


def _level(meetings: Sequence[Meeting], start: Choice, bound: int, places: int) -> Level:
    spent, cut, dearer = 0, False, list[int]()
    kept: dict[object, Reduction] = {}
    for meeting in meetings:
        own = meeting.restricted
        search = Search(meeting.source, meeting.target, meeting.facts, match, bound - own)
        if search.bound < start.cost:
            dearer.append(start.cost + own)
            continue
        search.limit = max(places - spent, 0)
        try:
            _collect(search, meeting, start, kept)
        except Exhausted:
            cut = True
        spent += search.places
        dearer += [search.dearer + own] if search.dearer is not None else []
    return Level(tuple(kept.values()), spent, cut, min(dearer, default=None))


@dataclass(frozen=True)
class Near:
    """A choice that makes the source the target but for what stays or is missing; in one equation
    of the target alone, if that is named: then nothing is said of the others."""

    meeting: Meeting
    choice: Choice
    equation: str | None = None


def nearest(meeting: Meeting, start: Choice) -> Near | None:
    """The cheapest choice that leaves as few differences as may be, where one is found soon; else
    what is left different in an equation of the goal as far from the output as may be."""
    hurry = 1
    for n, (highest, places) in enumerate(FARTHEST, 1):
        search = _forgiving(meeting, n, False, places // hurry)
        near = next((c for c in _different(search, start, highest) if _holds(search, c)), None)
        if near is not None:
            return Near(meeting, near)
        if search.places > search.limit:
            hurry = HURRY
    search = _forgiving(meeting, 1, True, WHOLE)
    deepest = sorted(_different(search, start, HIGHEST), key=lambda c: -len(c.pairs))
    left = next((c for c in deepest if _holds(search, c)), None)
    return None if left is None else _within(meeting, left) or Near(meeting, left)


def _within(meeting: Meeting, left: Choice) -> Near | None:
    """What is different in the equation that a choice leaves as a whole."""
    (whole,) = left.differences
    assert isinstance(whole.expr, Ref)
    pair = next(p for p in left.pairs if p[1] == whole.expr.name)
    start = replace(left, differences=(), todo=())
    for n in range(1, len(FARTHEST) + 1):
        search = _forgiving(meeting, n, False, WITHIN)
        ask = partial(_alone, search, pair)
        for choice in _cheapest(search, start, HIGHEST_ALONE, ask):
            if choice.differences and _holds_alone(search, choice, pair):
                return Near(meeting, choice, pair[1])
    return None


def _alone(search: Search, pair: tuple[str, str], choice: Choice) -> Iterator[Choice]:
    """The choices that make two equations the same, whatever becomes of what they mention."""
    bodies = search.source.bodies[pair[0]], search.target.bodies[pair[1]]
    return match(search, choice, *bodies, ALONE)


def _holds_alone(search: Search, choice: Choice, pair: tuple[str, str]) -> bool:
    """The same of one equation; parameters are nowhere used before they are decided."""
    if not choice.values.keys() & search.source.bodies.keys():
        return True
    start = Choice(choice.values, choice.functions, pairs=(pair,))
    again = replace(search, bound=choice.cost, forgiven=len(choice.differences), places=0)
    try:
        return any(c.differences == choice.differences for c in _alone(again, pair, start))
    except Exhausted:
        return False


def _forgiving(meeting: Meeting, differences: int, whole: bool, places: int) -> Search:
    return Search(
        meeting.source,
        meeting.target,
        meeting.facts,
        match,
        forgiven=differences,
        whole=whole,
        limit=places,
    )


def _different(search: Search, start: Choice, highest: int) -> Iterator[Choice]:
    """What leaves differences, cheapest first."""
    every = _cheapest(search, begun(search, start), highest, partial(found, search))
    return (c for c in every if c.differences)


def _cheapest(
    search: Search, start: Choice, highest: int, ask: Callable[[Choice], Iterator[Choice]]
) -> Iterator[Choice]:
    """The answers of a search, cost by cost, until so many places have been looked at."""
    following: int | None = start.cost
    while following is not None and following <= highest:
        search.bound, search.dearer = following, None
        try:
            yield from ask(start)
        except Exhausted:
            return
        following = search.dearer


def _holds(search: Search, choice: Choice) -> bool:
    """Whether the choice leaves no more than it says where all that it fixes is fixed everywhere
    from the beginning: the search may have used a gate before it fixed it."""
    start = Choice(choice.values, choice.functions)
    again = replace(search, bound=choice.cost, forgiven=len(choice.differences), places=0)
    try:
        return any(c.differences == choice.differences for c in found(again, begun(again, start)))
    except Exhausted:
        return False


def _collect(
    search: Search, meeting: Meeting, start: Choice, kept: dict[object, Reduction]
) -> None:
    for choice in found(search, begun(search, start)):
        key = (frozenset(choice.values.items()), frozenset(choice.functions.items()))
        if key in kept:
            continue
        reduction = proved(meeting, choice)
        if reduction is not None:
            kept[key] = reduction
        if len(kept) >= ENOUGH:
            return


def proved(meeting: Meeting, choice: Choice) -> Reduction | None:
    """The choice with its proof; None where the normal forms do not show it."""
    try:
        proof = tuple(compared(meeting.source, meeting.target, choice, meeting.facts))
    except TooLarge:
        return None
    return Reduction(meeting, choice, proof) if all(c.same for c in proof) else None
