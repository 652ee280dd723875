"""For which parameters a step back in time is needed, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from rnnhand.calculus.dependence import made_of, through_other_steps
from rnnhand.calculus.instances import Instance
from rnnhand.document.blocks import Block, Math, Paragraph, Section, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.language.tree import Ref, Shift
from rnnhand.questions.claims.claim import Claim
from rnnhand.questions.derive.reach import (
    acts_inside,
    before,
    beginning,
    by_way_of_loose,
    carried,
    each_start,
    loose,
    start,
    starts_from,
    through_time,
    total_name,
)
from rnnhand.questions.derive.writing import Writing
from rnnhand.system.model import Quantity

Way: TypeAlias = tuple[Ref, Ref | None]
"""The earlier state through which a parameter comes, and the first state where it stands in that
alone."""


def needing(w: Writing) -> tuple[dict[Way, list[Quantity]], list[Quantity]]:
    """The parameters for which a step back in time is needed, by the way on which they come, and
    those for which none is."""
    needed: dict[Way, list[Quantity]] = {}
    free: list[Quantity] = []
    if not carried(w):
        return needed, free
    first = w.d.system.quantity(start(w))
    back = _reached_back(w)
    given = (q for q in w.d.plain if q not in w.d.system.made_by)
    for q in (q for q in given if made_of(w.d.system, first, q)):
        reached = [s for s in through_time(w, q) if made_of(w.d.system, first, s)]
        named = [t.by for t in w.d.transitions]
        named += [by for s in reached for by, t in before(w, s) if t is None]  # those of a batch
        loop = [by for by in named if w.d.system.quantity(by) in reached]
        if q not in back:
            free.append(q)
        elif loop and not loose(w, q):
            needed.setdefault(_way(w, q, loop), []).append(q)
    return needed, free


def _way(w: Writing, q: Quantity, loop: Sequence[Ref]) -> Way:
    """Through a state that the parameter makes: at all steps, or at the first alone."""
    made = [(by, w.d.system.quantity(by)) for by in loop]
    at_all = [by for by, s in made if acts_inside(w, s, q)]
    at_first = [(by, beginning(w, s)) for by, s in made if starts_from(w, s, q)]
    return ((at_all or loop)[0], None) if at_all or not at_first else at_first[0]


def _reached_back(w: Writing) -> set[Quantity]:
    """What acts by way of other steps: with one step, or in the loss of the first, nothing does."""
    ref, system = start(w), w.d.system
    if ref not in w.behind:
        q = system.quantity(ref)
        running = isinstance(ref.index, Shift)
        steps = [s for run in system.steps[q] for s in run] if running else [system.step(ref)]
        of = (Instance(q, s) for s in steps)
        w.behind[ref] = through_other_steps(system, of, carried(w))
    return w.behind[ref]


def ways_back(w: Writing) -> list[Section]:
    """For which parameters a step back in time is needed, and why."""
    left_out = {one.claim.by for one in w.left_out if one.claim.part == "ways"}
    needed, free = _of_all_losses(w)
    needed = {way: kept for way, there in needed.items() if (kept := _but(there, left_out))}
    free = _but(free, left_out)
    lines: list[Block] = []
    for (earlier, first), members in needed.items():
        verb = "needs" if len(members) == 1 else "need"
        where = Math(Ref(earlier.name, Shift(w.outer)) if first is None else first)
        code = f"derive-{verb}-back" if first is None else f"derive-{verb}-first"
        slot = "every" if first is None else "first"
        said = w.say(code, p=_names(members), state=Math(earlier), **{slot: where})
        lines.append(Paragraph(said))
    for singles, listed in _back_by_loose(w, each_start(w)).items():
        members = _but(listed, left_out)
        if not members:
            continue
        states_ = joined([(Math(s.ref()),) for s in singles])
        lines.append(Paragraph(w.say("derive-needs-single", p=_names(members), states=states_)))
    if free:
        code = "derive-no-back" if len(free) == 1 else "derive-none-back"
        lines.append(Paragraph(w.say(code, p=_names(free))))
    return [Section(w.say("derive-ways-back"), tuple(lines))] if lines or left_out else []


def _but(members: Sequence[Quantity], left_out: Collection[Quantity | None]) -> list[Quantity]:
    return [q for q in members if q not in left_out]


def _of_all_losses(w: Writing) -> tuple[dict[Way, list[Quantity]], list[Quantity]]:
    """What needs a way back in one of the step losses needs it; the others are free in all."""
    needed: dict[Way, list[Quantity]] = {}
    free: list[Quantity] = []
    told: set[Quantity] = set()
    for ways, without in map(needing, each_start(w)):
        for way, members in ways.items():
            new = [q for q in members if q not in told]
            told.update(new)
            if new:
                needed.setdefault(way, []).extend(new)
        free += [q for q in without if q not in free]
    loosely = {q for m in _back_by_loose(w, each_start(w)).values() for q in m}
    return needed, [q for q in free if q not in told | loosely]


def _back_by_loose(
    w: Writing, losses: Sequence[Writing]
) -> dict[tuple[Quantity, ...], list[Quantity]]:
    found: dict[tuple[Quantity, ...], list[Quantity]] = {}
    for one in losses:
        back = _reached_back(one)
        for singles, members in by_way_of_loose(one).items():
            there = found.setdefault(singles, [])
            there += [q for q in members if q in back and q not in there]
    return {s: members for s, members in found.items() if members}


def claims_of_ways(w: Writing) -> list[Claim]:
    """That the derivative by a parameter is, or is not, what comes from inside the step alone."""
    found: list[Claim] = []
    for one in each_start(w):
        needed, free = needing(one)
        by_loose = _back_by_loose(w, [one]).values()
        back = [q for members in (*needed.values(), *by_loose) for q in members]
        for q, differs in (*((q, True) for q in back), *((q, False) for q in free)):
            own, left = total_name(start(one), q, "⁺"), total_name(start(one), q)
            found.append(Claim("ways", left, (own,), by=q, differs=differs))
    return found


def _names(members: Sequence[Quantity]) -> Sentence:
    return joined([(Math(Ref(q.name)),) for q in members])
