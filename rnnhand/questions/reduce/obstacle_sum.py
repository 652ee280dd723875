"""A cell that gives its state and its input in one sum, where the goal's output tells its state.

Let h[t] = s[t] + x[t], and s[t] = Φ(s[t-1], x[t]). If the output followed from itself and the input
too, h[t] = F(h[t-1], x[t]), then Φ(s, x) = F(s + x', x) - x for any s and any input x' of the step
before, which vary on their own as soon as s makes a difference. So F would not depend on the sum,
and nothing would on an earlier step: whatever is fixed, there is no memory.
"""

from __future__ import annotations

from rnnhand.calculus.choice import Side
from rnnhand.calculus.sides import reached
from rnnhand.calculus.views import summands
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Ref, Shift, refs
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.obstacle_output import carried
from rnnhand.questions.reduce.sampled import ANYHOW, Run, is_certain, sampled

NOW = Shift("t")


def state_beside_input(side: Side) -> str | None:
    """The one state that a cell carries, where its output is the sum of that and of the input."""
    terms = [term for _, term in summands(side.bodies[side.gives])]
    others = [t for t in terms if t != Ref(side.reads, NOW)]
    if len(terms) != 2 or len(others) != 1:
        return None
    state = others[0]
    if not isinstance(state, Ref) or state.index != NOW or state.name not in side.bodies:
        return None
    return state.name if carried(side) == {(state.name, -1)} else None


def tells_its_state(side: Side) -> bool:
    """Whether the output follows from itself at the step before and one input."""
    read = reached(side, side.gives)
    inputs = {
        r.index
        for q, body in side.bodies.items()
        if q in read
        for r in refs(body)
        if r.name == side.reads
    }
    back = {c for c in carried(side) if c[0] != side.reads}
    return back == {(side.gives, -1)} and len(inputs) == 1


STEPS = 8


def remembers(cell: Cell, functions: Functions) -> bool:
    """Whether an input makes a difference one step after the output that reads it."""
    return bool(sampled(cell, functions, ANYHOW, STEPS, _moves_later))


def _moves_later(run: Run) -> bool:
    side = run.side
    read = [r.index for body in side.bodies.values() for r in refs(body) if r.name == side.reads]
    back = next((-i.offset for i in read if isinstance(i, Shift)), 0)
    return any(is_certain(run.moved(side.reads, k)[k + back]) for k in range(1, STEPS - back))
