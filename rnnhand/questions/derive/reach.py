"""How parameters reach states: inside a step, through other steps; and where no formula says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rnnhand.calculus.chains import Chain, chains, read_before, summed_on_the_way
from rnnhand.calculus.dependence import dependence, made_at_some_step, made_of
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.local import derivative_name
from rnnhand.calculus.transitions import Transition, pinned, states
from rnnhand.language.printer import text
from rnnhand.language.tree import At, Last, Ref, Shift, refs
from rnnhand.questions.derive.derive import summed_losses
from rnnhand.questions.derive.writing import Writing
from rnnhand.system.model import Equation, Quantity

MOST_BEHIND = 100_000
"""Quantities at steps of which a state can be made: more than any problem has."""


def start(w: Writing) -> Ref:
    """What the chain rule starts from: L[t] where the loss sums these, else the loss itself."""
    return w.first or starts(w)[0]


def starts(w: Writing) -> list[Ref]:
    """All step losses that the loss sums, A[t] and B[t], or the loss itself."""
    return [q.ref() for q in summed_losses(w.d)] or [w.d.of]


def each_start(w: Writing) -> list[Writing]:
    return [replace(w, first=ref) for ref in starts(w)]


def total_name(of: Ref, by: Quantity, mark: str = "") -> Ref:
    return derivative_name(of, Ref(by.name), mark)


def carried(w: Writing) -> list[Quantity]:
    return w.d.carried


def before(w: Writing, s: Quantity) -> list[tuple[Ref, Transition | None]]:
    """The states of other steps of which a state is made inside its step, each with how it moves
    with it, where that is one matrix; h_{t−1}, and what is read of a definite step, h_4."""
    if s not in w.earlier:
        known = {t.by: t for t in w.d.transitions if w.d.system.quantity(t.of) == s}
        ends = read_before(w.d.system, w.d.locals, s.ref(), set(carried(w)))
        w.earlier[s] = [
            (end, known.get(end)) for end in dict.fromkeys((*known, *sorted(ends, key=text)))
        ]
        w.earlier[s] += pinned(w.d.system, w.d.locals, s.ref(), set(carried(w)))
    return w.earlier[s]


def through_time(w: Writing, q: Quantity) -> list[Quantity]:
    """The carried states that depend on a parameter."""
    if q not in w.reached:
        w.reached[q] = _through_time(w, q)
    return list(w.reached[q])


def acts_inside(w: Writing, s: Quantity, q: Quantity) -> bool:
    """Whether a parameter acts on a state by what a step does itself."""
    there = chains(w.d.system, w.d.locals, s.ref(), {q})
    return there is None or bool(there)


def beginning(w: Writing, s: Quantity) -> Ref | None:
    """h_0, where an equation of its own makes it and one equation makes all steps after it (or
    before it, where a state reads later steps)."""
    made = w.d.system.made_by[s]
    single = [e for e in made if not isinstance(e.target.index, Shift)]
    running = [e for e in made if e not in single]
    if len(single) != 1 or len(running) != 1 or running[0].steps is None:
        return None
    step, steps = w.d.system.step(single[0].target) or 0, running[0].steps
    read = {by for by, k in states(w.d.system) if by == s and k == (1 if step < steps[0] else -1)}
    beside = step in (steps[0] - 1, steps[-1] + 1)
    return Ref(s.name, At(step)) if beside and read else None


def starts_from(w: Writing, s: Quantity, q: Quantity) -> bool:
    """Whether a parameter acts on the first of the states, by an equation of its own."""
    first = beginning(w, s)
    return first is not None and acts_on(w, first, q)


def _through_time(w: Writing, q: Quantity) -> list[Quantity]:
    found = [s for s in carried(w) if acts_inside(w, s, q) or starts_from(w, s, q)]
    more = True
    while more:  # a state that reads such a state depends on it too
        new = [
            s
            for s in carried(w)
            if s not in found and any(_brings(w, by, found, q) for by, _ in before(w, s))
        ]
        found += new
        more = bool(new)
    return found


def _brings(w: Writing, read: Ref, found: Sequence[Quantity], q: Quantity) -> bool:
    """Whether what is read of states that depend on a parameter does: h_{t−1}, though h_1, of one
    step, may come before the parameter enters."""
    if w.d.system.quantity(read) not in found:
        return False
    return isinstance(read.index, Shift) or acts_on(w, read, q)


def summed_before(w: Writing, start: Ref, q: Quantity) -> bool:
    """Whether a parameter acts on something by way of a sum over all steps, which no path from
    step to step has."""
    over = summed_on_the_way(w.d.system, w.d.locals, start)
    return any(made_of(w.d.system, r, q) for r in over)


def loose(w: Writing, q: Quantity) -> list[Quantity]:
    """The carried states that depend on a parameter by way of equations of single steps, such as
    z_2 = ŷ_2, or of what every step reads of one step of their own loop: no formula for all steps
    says how."""
    reached = through_time(w, q)
    there = [
        s
        for s in carried(w)
        if s not in reached
        or _is_tangled(w, s, q)
        or _reads_singles(w, s, q)
        or _is_made_apart(w, s, q)
    ]
    return [s for s in there if made_of(w.d.system, s, q) and made_at_some_step(w.d.system, s, q)]


def _reads_singles(w: Writing, s: Quantity, q: Quantity) -> bool:
    """Whether a state reads, inside its step, what equations of single steps make of a parameter:
    z_t in h_t, where z_2 = u·h_1."""
    system, left, seen = w.d.system, [s], {s}

    def running(r: Quantity) -> list[Equation]:
        return [e for e in system.made_by.get(r, ()) if isinstance(e.target.index, Shift)]

    while left:
        for e in running(left.pop()):
            inside = {system.quantity(r) for r in refs(e.body) if r.index == e.target.index}
            left += inside - seen
            seen |= inside
    steps = {t for e in running(s) for t in e.steps or ()}
    single = [e.target for r in seen - {s} for e in system.made_by.get(r, ())]
    there = [ref for ref in single if isinstance(ref.index, At | Last)]
    return any(system.step(ref) in steps and acts_on(w, ref, q) for ref in there)


def _is_made_apart(w: Writing, s: Quantity, q: Quantity) -> bool:
    """Whether a parameter acts on a state by an equation of a single step that is not the one
    before all others: h_0, where h_t reads h_{t−2} and h_{−1} is given."""
    single = [e.target for e in w.d.system.made_by[s] if not isinstance(e.target.index, Shift)]
    return beginning(w, s) is None and any(acts_on(w, ref, q) for ref in single)


def _is_tangled(w: Writing, s: Quantity, q: Quantity) -> bool:
    """Whether a state is read of a definite step, which depends on a parameter, and of a running
    one: at one step h_{t−1} is h_0, and ∂h_t/∂h_0 has two meanings."""
    ends = [by for by, _ in before(w, s)]
    running = {w.d.system.quantity(by) for by in ends if isinstance(by.index, Shift)}
    return any(
        isinstance(by.index, At) and w.d.system.quantity(by) in running and acts_on(w, by, q)
        for by in ends
    )


def acts_on(w: Writing, ref: Ref, q: Quantity) -> bool:
    """Whether a state of one definite step depends on a parameter."""
    here = Instance(w.d.system.quantity(ref), w.d.system.step(ref))
    return Instance(q, None) in dependence(w.d.system, here, MOST_BEHIND)


def by_way_of_loose(w: Writing) -> dict[tuple[Quantity, ...], list[Quantity]]:
    """The parameters that act by way of equations of single steps, by what these make."""
    found: dict[tuple[Quantity, ...], list[Quantity]] = {}
    first = w.d.system.quantity(start(w))
    for q in w.d.plain:
        singles = tuple(s for s in loose(w, q) if made_of(w.d.system, first, s))
        if singles:
            found.setdefault(singles, []).append(q)
    return found


def fed(w: Writing, s: Quantity, q: Quantity) -> list[Ref]:
    """What a state reads at definite steps that depends on a parameter."""
    return [by for by, _ in before(w, s) if isinstance(by.index, At) and acts_on(w, by, q)]


def to_states(w: Writing, reached: Sequence[Quantity], q: Quantity) -> Sequence[Chain]:
    return chains(w.d.system, w.d.locals, start(w), {q, *reached}, before=True) or ()
