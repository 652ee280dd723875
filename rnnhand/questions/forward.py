"""The forward pass: every quantity at every step, then the book's table, then the loss."""

from __future__ import annotations

from rnnhand.document.blocks import Block, Section, Step
from rnnhand.explain.steps import Telling, grid, grouped, in_passes, step_of
from rnnhand.explain.windows import entries
from rnnhand.questions.work import Plan
from rnnhand.system.model import Equation, Quantity, System
from rnnhand.system.schedule import Instances, schedule
from rnnhand.system.upstream import without_implied


def section(telling: Telling, plan: Plan) -> Section:
    system = without_implied(plan.system)
    order = in_order(system)
    blocks: list[Block] = []
    if telling.detail != "result":
        early, late = _around(system, order)
        blocks += [line for e in early for line in _worked(telling, e, None)]
        loops = in_passes(telling, order, 1)
        blocks += grouped(telling, loops, lambda e, s: _worked(telling, e, s))
    else:
        late = [e for e in order if e.steps is None]
    for over in system.indices:
        table = grid(telling, [(q, q.ref()) for q in tabled(plan, over)], over)
        if table is not None:
            blocks.append(table)
    blocks += [line for e in late for line in _worked(telling, e, None)]
    return Section(telling.say("forward-title"), tuple(blocks))


def _worked(telling: Telling, equation: Equation, step: int | None) -> list[Step]:
    """An equation at a step, and each window in it where all is to be told."""
    return [step_of(telling, equation, step), *entries(telling, equation, step)]


def in_order(system: System) -> list[Equation]:
    """The equations in the order in which they are computed."""
    found: dict[int, Equation] = {}
    for block in schedule(system, system.equations):
        equations = [e for e, _ in block.order] if isinstance(block, Instances) else block.equations
        for equation in equations:
            found.setdefault(id(equation), equation)
    return list(found.values())


def _around(system: System, order: list[Equation]) -> tuple[list[Equation], list[Equation]]:
    """The equations without steps: those that come before the steps, and those that come after."""
    indexed = [i for i, e in enumerate(order) if e.steps is not None]
    first = indexed[0] if indexed else 0
    early = [e for i, e in enumerate(order) if e.steps is None and i < first]
    late = [e for i, e in enumerate(order) if e.steps is None and i >= first]
    return early, late


def tabled(plan: Plan, over: str) -> list[Quantity]:
    """The rows of the table: what the author's equations make, then data, then step losses."""
    system = plan.problem.system
    computed = [q for q in system.made_by if q.over == over]
    hidden = {*system.made_by, *system.pushed.values()}
    given = [q for q in system.given if q.over == over and q not in hidden]
    last = [q for q in computed if q in plan.step_losses]
    return [*(q for q in computed if q not in last), *given, *last]
