"""For which parameters a step back in time is needed, and why."""

from __future__ import annotations

from collections.abc import Sequence

from rnnhand.calculus.dependence import Instance, made_of, through_other_steps
from rnnhand.document.blocks import Block, Math, Paragraph, Section, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.language.tree import Ref, Shift
from rnnhand.questions.claims.claim import Claim
from rnnhand.questions.derive_chain import (
    acts_inside,
    before,
    by_way_of_loose,
    carried,
    loose,
    start,
    through_time,
    total_name,
)
from rnnhand.questions.derive_writing import Writing
from rnnhand.system.model import Quantity


def needing(w: Writing) -> tuple[dict[Ref, list[Quantity]], list[Quantity]]:
    """The parameters for which a step back in time is needed, by the earlier state through which
    they come, and those for which none is."""
    needed: dict[Ref, list[Quantity]] = {}
    free: list[Quantity] = []
    if not carried(w):
        return needed, free
    first = w.d.system.quantity(start(w))
    back = _reached_back(w)
    for q in (q for q in w.d.plain if made_of(w.d.system, first, q)):
        reached = [s for s in through_time(w, q) if made_of(w.d.system, first, s)]
        named = [t.by for t in w.d.transitions]
        named += [by for s in reached for by, t in before(w, s) if t is None]  # those of a batch
        loop = [by for by in named if w.d.system.quantity(by) in reached]
        if q not in back:
            free.append(q)
        elif loop and not loose(w, q):
            own = [by for by in loop if acts_inside(w, w.d.system.quantity(by), q)]
            needed.setdefault((own or loop)[0], []).append(q)
    return needed, free


def _reached_back(w: Writing) -> set[Quantity]:
    """What acts by way of other steps: with one step, or in the loss of the first, nothing does."""
    ref, system = start(w), w.d.system
    q = system.quantity(ref)
    running = isinstance(ref.index, Shift)
    steps = [s for run in system.steps[q] for s in run] if running else [system.step(ref)]
    return through_other_steps(system, (Instance(q, s) for s in steps), carried(w))


def ways_back(w: Writing) -> list[Section]:
    """For which parameters a step back in time is needed, and why."""
    needed, free = needing(w)
    lines: list[Block] = []
    for earlier, members in needed.items():
        every = Math(Ref(earlier.name, Shift(w.outer)))
        code = "derive-needs-back" if len(members) == 1 else "derive-need-back"
        lines.append(Paragraph(w.say(code, p=_names(members), state=Math(earlier), every=every)))
    for singles, members in _back_by_loose(w).items():
        states_ = joined([(Math(s.ref()),) for s in singles])
        lines.append(Paragraph(w.say("derive-needs-single", p=_names(members), states=states_)))
    if free:
        code = "derive-no-back" if len(free) == 1 else "derive-none-back"
        lines.append(Paragraph(w.say(code, p=_names(free))))
    return [Section(w.say("derive-ways-back"), tuple(lines))] if lines else []


def _back_by_loose(w: Writing) -> dict[tuple[Quantity, ...], list[Quantity]]:
    back = _reached_back(w)
    found = {s: [q for q in members if q in back] for s, members in by_way_of_loose(w).items()}
    return {s: members for s, members in found.items() if members}


def claims_of_ways(w: Writing) -> list[Claim]:
    """That the derivative by a parameter is, or is not, what comes from inside the step alone."""
    needed, free = needing(w)
    found = []
    by_loose = _back_by_loose(w).values()
    for members, differs in [*((m, True) for m in (*needed.values(), *by_loose)), (free, False)]:
        for q in members:
            own = total_name(start(w), q, "⁺")
            found.append(Claim("ways", total_name(start(w), q), (own,), by=q, differs=differs))
    return found


def _names(members: Sequence[Quantity]) -> Sentence:
    return joined([(Math(Ref(q.name)),) for q in members])
