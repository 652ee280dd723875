"""The names of what an update rule computes on its way: gradients, moments, corrected moments.

after 2: m        where one parameter is trained
after 2: m_W      where there are several; `m_W` is understood in both cases
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnhand.language.tree import Ref
from rnnhand.problem.model import AskUpdate
from rnnhand.questions.update import STAGES, Slot
from rnnhand.system.model import Quantity, Role, System

GRADIENT = "g"


@dataclass(frozen=True)
class Moment:
    """What a rule computes under `own`, for one parameter."""

    own: str
    slot: Slot


def computed(ask: AskUpdate) -> list[str]:
    """The names that a rule computes for a parameter besides its new value, the gradient first."""
    stages = [ask.clip[0]] if ask.clip else []
    stages += ["weight_decay"] if ask.weight_decay is not None else []
    before = [STAGES[stage].partition("[")[0] for stage in stages]
    made = dict.fromkeys(s.target.name for s in ask.optimizer.statements)
    return [GRADIENT, *before, *(name for name in made if name != "w")]


def are_told(ask: AskUpdate) -> bool:
    """Whether an update has values on its way that stand nowhere else: not where it is one plain
    step along the gradient."""
    return len(computed(ask)) > 1 or ask.steps > 1 or bool(ask.order) or bool(ask.groups)


def named(system: System, ask: AskUpdate) -> Iterator[tuple[str, Moment]]:
    """The public names of all that a rule computes, parameter by parameter."""
    if are_told(ask):
        for slot in trained(system):
            for own, name in shown_as(system, ask, slot).items():
                yield name, Moment(own, slot)


def shown_as(system: System, ask: AskUpdate, slot: Slot) -> dict[str, str]:
    """What a rule computes for a parameter, by its own names: under which names it is shown."""
    slots = trained(system)
    taken = {q.name for q in (*system.given, *system.made_by)}
    return {
        own: own if len(slots) == 1 and own not in taken else long_name(own, slot)
        for own in computed(ask)
    }


def long_name(own: str, slot: Slot) -> str:
    """m_W, or m_W[2] for a parameter at a step."""
    q, step = slot
    return f"{own}_{q.name}" + (f"[{step}]" if step is not None else "")


def moment_named(system: System, ask: AskUpdate, ref: Ref) -> Moment | None:
    """What a name in a sheet means that is no quantity of the problem."""
    slots = trained(system)
    if ref.index is None and len(slots) == 1 and ref.name in computed(ask):
        return Moment(ref.name, slots[0])
    for slot in slots:
        for own in computed(ask):
            q, step = slot
            same = (ref.index is None) == (step is None)
            if (
                ref.name == f"{own}_{q.name}"
                and same
                and (step is None or system.step(ref) == step)
            ):
                return Moment(own, slot)
    return None


def trained(system: System) -> list[Slot]:
    """The parameters, at each of their steps."""
    return [
        (g.quantity, step)
        for g in system.given.values()
        if g.role == Role.PARAMETER
        for step in g.values
    ]


def as_quantity(moment: Moment) -> Quantity:
    """A name that no problem can have, for what a rule computes of a parameter."""
    return Quantity(f"{moment.own} of {moment.slot[0].name}", moment.slot[0].over)
