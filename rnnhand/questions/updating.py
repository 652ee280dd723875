"""The update: the rule with numbers put in, iteration after iteration."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.arithmetic.numerals import of_fraction
from rnnhand.arithmetic.policy import Settled
from rnnhand.arithmetic.program import compiled
from rnnhand.calculus.gradient import adjoint, shapes_in
from rnnhand.document.blocks import (
    Block,
    Equals,
    Grid,
    Math,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
)
from rnnhand.explain.mathematics import Evaluate, at_step, distinct, mathematical, with_numbers
from rnnhand.explain.sentences import joined
from rnnhand.explain.steps import Telling
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Apply, At, Expr, Ref, Shift, refs, rewrite
from rnnhand.problem.model import AskUpdate, Problem
from rnnhand.questions.key import loss_after, parameter_after, shown
from rnnhand.questions.update import Slot
from rnnhand.questions.work import Updated, Worked
from rnnhand.system.model import SCALAR, Equation, Quantity, Term


def section(
    telling: Telling, settled: Settled[Worked], problem: Problem, which: int, digits: int
) -> Section:
    """One update of `ask`: every parameter, every iteration."""
    ask = settled.work.plan.updates[which]
    title = problem.wording(ask.optimizer.title, telling.words.lang)
    blocks: list[Block] = []
    iterations = len(settled.work.updates[which])
    shown_steps = telling.detail != "result"
    for k in range(iterations):
        if shown_steps:
            if iterations > 1:
                blocks.append(
                    Section(
                        telling.say("iteration", k=str(k + 1)),
                        tuple(_iteration(telling, settled, which, k, ask, digits)),
                    )
                )
            else:
                blocks += _iteration(telling, settled, which, k, ask, digits)
    if iterations > 1 or not shown_steps:
        blocks.append(_table(telling, settled, which, digits))
    heading = telling.say("update-title", rule=title, options=joined(_settings(telling, ask)))
    return Section(heading, tuple(blocks))


def _settings(telling: Telling, ask: AskUpdate) -> list[Sentence]:
    """η = 1/10, and whatever else the rule was told."""
    optimizer = ask.optimizer
    found: list[Sentence] = [
        (Equals(Ref(optimizer.symbols.get(k, k)), of_fraction(v, 5)),)
        for k, v in ask.options.items()
    ]
    if ask.clip:
        kind, bound = ask.clip
        found.append(telling.say(f"update-clip-{kind}", bound=Shown(of_fraction(bound, 5))))
    if ask.weight_decay is not None:
        decay = Shown(of_fraction(ask.weight_decay, 5))
        found.append(telling.say("update-weight-decay", value=decay))
    return found


def _iteration(
    telling: Telling, settled: Settled[Worked], which: int, k: int, ask: AskUpdate, digits: int
) -> list[Block]:
    """Each parameter's lines, and the loss that the new values give."""
    updated = settled.work.updates[which][k]
    found: list[Block] = []
    for slot in updated.parameters:
        lines = tuple(_lines(telling, settled, which, k, slot, ask, digits))
        found.append(Steps((), lines) if len(lines) > 1 else lines[0])
    loss = telling.system.loss
    assert loss is not None
    value = shown(settled, loss_after(which, k), SCALAR, digits)
    found.append(Step(loss, (), value, telling.say("loss-after")))
    return found


def _lines(
    telling: Telling,
    settled: Settled[Worked],
    which: int,
    k: int,
    slot: Slot,
    ask: AskUpdate,
    digits: int,
) -> list[Step]:
    """The rule's equations for one parameter: w ← w − η·dL/dw = numbers = result."""
    updated = settled.work.updates[which][k]
    shape = shapes_in(updated.stepped[slot].system)

    def value(expr: Expr, _: int | None) -> Table:
        return shown(settled, lambda w: _stored(w, which, k, slot, expr), shape(expr), digits)

    return rule_lines(updated, slot, ask, k + 1, value)


def rule_lines(updated: Updated, slot: Slot, ask: AskUpdate, k: int, value: Evaluate) -> list[Step]:
    """One parameter in iteration k; `value` gives expressions over the names of the rule."""
    system = updated.stepped[slot].system
    q, step = slot
    names: dict[str, Expr] = {
        "w": q.at(step),
        "g": adjoint(updated.of, q).at(step),
        **{made.name: Ref(f"{made.name}_{q.name}") for made in system.made_by if made.name != "w"},
        "norm": Apply("norm2", (Ref("g"),)),
        **{option: Ref(symbol) for option, symbol in ask.optimizer.symbols.items()},
    }
    shape = shapes_in(system)
    found = []
    for equation in system.equations:
        body = at_step(equation.body, system, k)
        target = at_step(equation.target, system, k)
        spelled = mathematical(body, shape, system.functions)
        result = value(target, None)
        forms = [_named(spelled, names), with_numbers(spelled, value)]
        own = equation.target.name
        before = any(r.name == own for r in refs(equation.body))
        left = _named(target, names)
        found.append(Step(left, distinct(forms, result), result, (), "←" if before else "="))
    return found


def _named(expr: Expr, names: dict[str, Expr]) -> Expr:
    """The rule's own names replaced by the problem's; iterations are not shown."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        if node.name in names:
            return names[node.name]
        return replace(node, index=None) if isinstance(node.index, At | Shift) else node

    return rewrite(expr, put)


def _stored(worked: Worked, which: int, k: int, slot: Slot, expr: Expr) -> object:
    """The value of an expression over a rule's quantities."""
    stepped = worked.updates[which][k].stepped[slot]
    system = stepped.system
    made = Quantity("value ")
    equation = Equation(Ref(made.name), (Term(expr, None),), None)
    extended = replace(system, shapes={**system.shapes, made: shapes_in(system)(expr)})
    there = dict(stepped.storage)
    compiled(extended, worked.arithmetic, [equation]).run(there)
    return there[made]


def _table(telling: Telling, settled: Settled[Worked], which: int, digits: int) -> Grid:
    """Parameters and loss, a column an iteration, the start included."""
    work = settled.work
    loss = work.plan.system.loss
    assert loss is not None
    head: list[Sentence] = [telling.say("iteration-head")]
    head += [(str(k),) for k in range(len(work.updates[which]) + 1)]
    rows: list[tuple[Sentence, ...]] = []
    slots = list(work.updates[which][0].parameters)
    for q, step in slots:
        shape = work.plan.full.shapes[q]
        cells: list[Sentence] = [(Math(q.at(step)),), (Shown(telling.value(q.at(step), None)),)]
        for k in range(len(work.updates[which])):
            pick = parameter_after(which, k, (q, step))
            cells.append((Shown(shown(settled, pick, shape, digits)),))
        rows.append(tuple(cells))
    cells = [(Math(loss),), (Shown(telling.value(loss, None)),)]
    for k in range(len(work.updates[which])):
        cells.append((Shown(shown(settled, loss_after(which, k), SCALAR, digits)),))
    rows.append(tuple(cells))
    return Grid(tuple(head), tuple(rows))
