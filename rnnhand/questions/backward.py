"""The way back: adjoints from the last step to the first, then the gradient of each parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from rnnhand.calculus.gradient import Gradient
from rnnhand.calculus.shortcut import Shortcut, shortcuts
from rnnhand.document.blocks import Block, Grid, Math, Section, Sentence, Shown, Step, Steps
from rnnhand.explain.mathematics import at_one, at_step, literal
from rnnhand.explain.steps import (
    Telling,
    grid,
    grouped,
    in_passes,
    is_zero,
    label,
    line,
    remark,
    step_of,
)
from rnnhand.explain.windows import entries
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, Shift
from rnnhand.questions.work import Plan
from rnnhand.system.model import Equation, Given, Quantity, Role, merged
from rnnhand.system.schedule import Instances, schedule

StepLoss: TypeAlias = Callable[[Quantity, int | None, Given], Table]
"""dL[t]/dw for a step's loss and a parameter."""


def section(telling: Telling, plan: Plan, step_loss: StepLoss) -> list[Section]:
    """The backward part and the gradient part."""
    gradient = plan.gradient
    assert gradient is not None
    computed = [e for e in ordered(gradient) if _is_adjoint(gradient, e, set(plan.system.made_by))]
    shown = [e for e in computed if not _is_seed(gradient, e)]
    loops = in_passes(telling, [_where_made(plan, gradient, e) for e in shown], -1)
    blocks: list[Block] = []
    if telling.detail != "result":
        short = shortcuts(gradient)
        for equation in shown:
            if equation.steps is None:
                blocks += lines(telling, gradient, short, equation, None)
        blocks += grouped(telling, loops, lambda e, s: lines(telling, gradient, short, e, s))
    for over in plan.system.indices:
        quantities = [
            (gradient.of_quantity(q), gradient.of_quantity(q).ref())
            for q in reversed(plan.system.made_by)
            if q.over == over
            and any(plan.full.quantity(e.target) == gradient.of_quantity(q) for e in shown)
        ]
        table = grid(telling, quantities, over)
        if table is not None:
            blocks.append(table)
    down = all(one.direction < 0 for one in loops)
    timed = any(e.target.index is not None for e in shown) and "t" in plan.system.indices
    title = telling.say("backward-title" if timed and down else "backward-title-plain")
    back = Section(title, tuple(blocks))
    sections = [back] if blocks else []
    return [*sections, gradient_section(telling, plan, step_loss)]


def lines(
    telling: Telling,
    gradient: Gradient,
    short: Sequence[Shortcut],
    equation: Equation,
    step: int | None,
) -> list[Step]:
    """An adjoint at a step, and below it the shortcut p − y where there is one."""
    found = [step_of(telling, equation, step, remark(telling, equation, step))]
    found += entries(telling, equation, step)
    made = gradient.system.quantity(equation.target)
    for shortcut in short:
        if gradient.of_quantity(shortcut.logits) != made:
            continue
        if shortcut.steps is not None and step not in shortcut.steps:
            continue
        left = at_step(equation.target, gradient.system, step)
        result = telling.value(left, None)
        said = telling.say(f"shortcut-{shortcut.kind}")
        found.append(line(telling, left, shortcut.formula, result, said, step=step))
    return found


def ordered(gradient: Gradient) -> list[Equation]:
    """The adjoint equations in the order in which they are computed."""
    system = gradient.system
    mine = {id(e) for e in gradient.adjoints}
    found: dict[int, Equation] = {}
    for block in schedule(system, system.equations):
        equations = [e for e, _ in block.order] if isinstance(block, Instances) else block.equations
        for equation in equations:
            if id(equation) in mine:
                found.setdefault(id(equation), equation)
    return list(found.values())


def _is_adjoint(gradient: Gradient, equation: Equation, of: set[Quantity]) -> bool:
    """Whether an equation makes the adjoint of one of some quantities."""
    target = gradient.system.quantity(equation.target)
    return target in {gradient.of_quantity(q) for q in of}


def _is_seed(gradient: Gradient, equation: Equation) -> bool:
    """dL/dL = 1, and its like: adjoints that are plain numbers and were put in elsewhere."""
    return all(isinstance(t.body, Number) for t in equation.terms) and bool(equation.terms)


def _where_made(plan: Plan, gradient: Gradient, equation: Equation) -> Equation:
    """An adjoint equation at the steps at which its quantity is computed; adjoints of initial
    values stand with the gradient."""
    target = gradient.system.quantity(equation.target)
    made = (q for q in plan.system.made_by if gradient.of_quantity(q) == target)
    runs = merged(e.steps for q in made for e in plan.system.made_by[q] if e.steps is not None)
    if equation.steps is None or not runs:
        return equation
    start = max(equation.steps.start, runs[0].start)
    return replace(equation, steps=range(start, min(equation.steps.stop, runs[-1].stop)))


def gradient_section(telling: Telling, plan: Plan, step_loss: StepLoss) -> Section:
    """The gradient by each parameter as the sum of its contributions; initial values too."""
    gradient = plan.gradient
    assert gradient is not None
    blocks: list[Block] = []
    for given in plan.parameters:
        blocks += _parameter(telling, gradient, given)
    pushed = plan.system.pushed
    others = [
        g
        for g in plan.system.given.values()
        if g.role != Role.PARAMETER
        and (g.role == Role.INITIAL or g.quantity in (gradient.wrt if pushed else plan.wrt))
        and (g.quantity in gradient.wrt or not pushed)
    ]
    for given in others:
        blocks += _other(telling, gradient, given)
    if telling.full and plan.followed:
        blocks += _step_losses(plan, step_loss)
    return Section(telling.say("gradient-title"), tuple(blocks))


def _parameter(telling: Telling, gradient: Gradient, given: Given) -> list[Block]:
    """dL/dw = Σ_t dL/da[t]·h[t-1] = … for a parameter without steps."""
    q = given.quantity
    name = gradient.of_quantity(q)
    if q.over:
        return _other(telling, gradient, given)
    equation = next(e for e in gradient.adjoints if gradient.system.quantity(e.target) == name)
    left = Ref(name.name)
    result = telling.value(left, None)
    if telling.detail == "result":
        return [Step(left, (), result)]
    body, pieces = contributed(gradient, equation)
    small = given.shape == (1, 1)
    blocks: list[Block] = []
    if not small or telling.full:
        for quantity, parts in pieces:
            blocks += _by_step(telling, parts, quantity)
    if small or not pieces:
        step = line(telling, left, body, result)
    else:
        forms: list[Expr] = [telling.math(body)]
        summands = _summands(telling, pieces)
        if len(summands) > 1:
            forms.append(Apply("+", tuple(summands)))
        step = Step(left, tuple(forms), result)
    return [*blocks, step, *entries(telling, equation, None)]


def contributed(
    gradient: Gradient, equation: Equation
) -> tuple[Expr, list[tuple[Quantity, list[Equation]]]]:
    """dL/dw with what each step contributes in place of its name: Σ_t dL/da[t]·h[t-1]."""
    system = gradient.system
    parts: list[Expr] = []
    pieces: list[tuple[Quantity, list[Equation]]] = []
    for term in equation.terms:
        body = term.body
        if (
            isinstance(body, Over)
            and isinstance(body.body, Ref)
            and body.body.name == equation.target.name
        ):
            q = system.quantity(body.body)
            made = [e for e in gradient.adjoints if system.quantity(e.target) == q]
            pieces.append((q, made))
            for part in (t for e in made for t in e.terms):  # w + w gives the same one twice
                within = (part.steps,) if part.steps is not None else body.within
                parts.append(Over("sum", body.var, part.body, within))
        else:
            parts.append(body)
    if not parts:
        return Number("0"), pieces
    return parts[0] if len(parts) == 1 else Apply("+", tuple(parts)), pieces


def _by_step(telling: Telling, made: list[Equation], q: Quantity) -> list[Block]:
    """What each step contributes, a line a step; nothing where that is only a name."""
    if all(isinstance(t.body, Ref) for e in made for t in e.terms):
        return []
    blocks: list[Block] = []
    for equation in made:
        for step in equation.steps or ():
            terms = [t for t in equation.terms if t.steps is None or step in t.steps]
            bodies = [at_one(t.body, q.over, step) for t in terms]
            body = bodies[0] if len(bodies) == 1 else Apply("+", tuple(bodies))
            own = telling.value(q.ref(), step)
            worked = line(telling, telling.math(body), body, own)
            worked = Step(worked.left, worked.forms[1:], own)
            blocks.append(Steps(label(q.over, step), (worked,)))
    return blocks


def _summands(telling: Telling, pieces: list[tuple[Quantity, list[Equation]]]) -> list[Expr]:
    """The contributions as numbers, those that are all 0 left out."""
    found = []
    for q, made in pieces:
        for equation in made:
            for step in equation.steps or ():
                value = telling.value(q.ref(), step)
                if not is_zero(value):
                    found.append(literal(value))
    return found if len(found) <= 6 else []


def _other(telling: Telling, gradient: Gradient, given: Given) -> list[Block]:
    """The gradient by a value that stands at steps: an initial value, or data."""
    made = gradient.of_quantity(given.quantity)
    blocks: list[Block] = []
    for equation in gradient.adjoints:
        if gradient.system.quantity(equation.target) != made:
            continue
        steps = [s for s in equation.steps if s in given.values] if equation.steps else [None]
        for step in steps:
            worked = step_of(telling, equation, step, remark(telling, equation, step))
            if telling.detail == "result":
                worked = Step(worked.left, (), worked.result)
            blocks += [worked, *entries(telling, equation, step)]
    return blocks


def _step_losses(plan: Plan, step_loss: StepLoss) -> list[Block]:
    """The derivative of each step's loss by each parameter: dL[t]/dw, a column a step."""
    found: list[Block] = []
    parameters = [g for g in plan.parameters if not g.quantity.over]
    for loss in plan.step_losses:
        steps = [s for run in plan.system.steps[loss] for s in run]
        head: list[Sentence] = [(Math(Ref(loss.over)),)]
        head += [(str(s).replace("-", "−"),) for s in steps]
        rows: list[tuple[Sentence, ...]] = [
            (
                (Math(Ref(f"d{loss.name}[]/d{g.quantity.name}", Shift(loss.over))),),
                *((Shown(step_loss(loss, s, g)),) for s in steps),
            )
            for g in parameters
        ]
        if rows:
            found.append(Grid(tuple(head), tuple(rows)))
    return found
