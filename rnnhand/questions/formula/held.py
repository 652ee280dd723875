"""Whether a formula is the derivative of one step alone: ∂c_t/∂c_{t−1} = f_t with h_{t−1} held.

What is asked for by name is a total derivative, through every state of the step before; what people
write from step to step holds the others.
"""

from __future__ import annotations

from dataclasses import replace

from rnnhand.calculus.spelled import at
from rnnhand.calculus.transitions import Transition, transitions
from rnnhand.language.tree import At, Ref, Shift
from rnnhand.questions.formula.formula import Formula, Instance
from rnnhand.questions.formula.proof import proved


def states_held(formula: Formula) -> tuple[Ref, ...]:
    """The states with which held the formula is proved to be right; none where it is not, or where
    it is another kind of derivative."""
    for step in transitions(formula.system):
        own = [_by_step(formula, i, step) for i in formula.instances]
        alone = tuple(i for i in own if i is not None)
        if step.held and alone and len(alone) == len(own):
            if not proved(replace(formula, instances=alone)):
                return ()
            index = alone[0].of.index
            single = len(alone) == 1 and isinstance(index, At) and isinstance(step.of.index, Shift)
            if not single:
                return step.held
            assert isinstance(index, At) and isinstance(step.of.index, Shift)
            found = [at(ref, index.step, step.of.index.var) for ref in step.held]
            return tuple(ref for ref in found if isinstance(ref, Ref))
    return ()


def _by_step(formula: Formula, instance: Instance, step: Transition) -> Instance | None:
    """The instance with the derivative of its step alone in place of the total one."""
    system = formula.system
    of, by, running = instance.of.index, instance.by.index, step.of.index
    same = [system.quantity(r) for r in (instance.of, instance.by)] == [
        system.quantity(r) for r in (step.of, step.by)
    ]
    if not (same and isinstance(of, At) and isinstance(by, At) and isinstance(running, Shift)):
        return None
    if of.step - by.step != step.lag or instance.entry:
        return None
    return replace(instance, right=at(step.value, of.step, running.var))
