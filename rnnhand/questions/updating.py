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
    Paragraph,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
)
from rnnhand.explain.mathematics import (
    Evaluate,
    at_step,
    distinct,
    mathematical,
    notated,
    with_notation,
    with_numbers,
)
from rnnhand.explain.sentences import joined
from rnnhand.explain.steps import Telling
from rnnhand.language.numerals import Table
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, At, Expr, Ref, Shift, refs, rewrite
from rnnhand.problem.model import AskUpdate, Problem
from rnnhand.questions.descent import passes
from rnnhand.questions.key import loss_after, moment_at, parameter_after, shown
from rnnhand.questions.moments import named, shown_as
from rnnhand.questions.update import Slot
from rnnhand.questions.work import Updated, Worked
from rnnhand.system.model import SCALAR, Equation, Quantity, Term


def section(
    telling: Telling, settled: Settled[Worked], problem: Problem, which: int, digits: int
) -> Section:
    """One update of `ask`: every parameter, every iteration."""
    ask = settled.work.plan.updates[which]
    title = rule_title(telling, problem, ask)
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


def rule_title(telling: Telling, problem: Problem, ask: AskUpdate) -> Sentence:
    """What the rule of an update is called."""
    if ask.optimizer.own:
        return telling.say("update-own")
    return (problem.wording(ask.optimizer.title, telling.words.lang),)


def side_by_side(
    telling: Telling, settled: Settled[Worked], problem: Problem, digits: int
) -> list[Block]:
    """What several updates from the same start make of the parameters and the loss."""
    work = settled.work
    asks, updates = work.plan.updates, work.updates
    if len(asks) < 2:
        return []
    head: list[Sentence] = [(), telling.say("update-before")]
    legend: list[Block] = []
    for i, ask in enumerate(asks, 1):
        head.append((str(i),))
        said = telling.say(
            "update-side-name",
            number=str(i),
            rule=rule_title(telling, problem, ask),
            options=joined(_settings(telling, ask)),
        )
        legend.append(Paragraph(said))
    rows: list[tuple[Sentence, ...]] = []
    for q, step in updates[0][0].parameters:
        cells: list[Sentence] = [(Math(q.at(step)),), (Shown(telling.value(q.at(step), None)),)]
        for i, update in enumerate(updates):
            pick = parameter_after(i, len(update) - 1, (q, step))
            cells.append((Shown(shown(settled, pick, work.plan.full.shapes[q], digits)),))
        rows.append(tuple(cells))
    loss = work.plan.system.loss
    if loss is not None and not work.plan.system.pushed:
        cells = [(Math(loss),), (Shown(telling.value(loss, None)),)]
        for i, update in enumerate(updates):
            last = loss_after(i, len(update) - 1)
            cells.append((Shown(shown(settled, last, SCALAR, digits)),))
        rows.append(tuple(cells))
    table = Grid(tuple(head), tuple(rows))
    return [Section(telling.say("update-side"), (*legend, table))]


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
    if len(ask.groups) > 1:
        groups = [joined([(Math(Ref(name)),) for name in group]) for group in ask.groups]
        found.append(telling.say("update-groups", list=joined(groups, "; ")))
    return found


def _iteration(
    telling: Telling, settled: Settled[Worked], which: int, k: int, ask: AskUpdate, digits: int
) -> list[Block]:
    """The passes where they are new, each parameter's lines, and the loss that the new values
    give."""
    updated = settled.work.updates[which][k]
    found: list[Block] = []
    for part, (slots, _) in enumerate(updated.points):
        if len(updated.points) > 1:
            names = joined([(Math(q.at(step)),) for q, step in slots])
            found.append(Paragraph(telling.say("update-group", list=names)))
        way = passes(telling, settled, which, k, part, digits)
        if way:
            found.append(Steps((), tuple(way)))
        for slot in slots:
            lines = (*_ahead(telling, settled, which, k, slot, ask, digits),)
            if lines and way:
                found.insert(len(found) - 1, lines[0])
        for slot in slots:
            lines = tuple(_lines(telling, settled, which, k, slot, ask, digits))
            found.append(Steps((), lines) if len(lines) > 1 else lines[0])
    loss = telling.system.loss
    assert loss is not None
    if telling.system.pushed:
        return found
    value = shown(settled, loss_after(which, k), SCALAR, digits)
    if settled.name == "symbolic":
        value = notated(value, telling.system.functions)
    found.append(Step(loss, (), value, telling.say("loss-after")))
    return found


def _ahead(
    telling: Telling,
    settled: Settled[Worked],
    which: int,
    k: int,
    slot: Slot,
    ask: AskUpdate,
    digits: int,
) -> list[Step]:
    """Where the gradient is taken, if that is not the parameter itself."""
    if not ask.optimizer.point or k == 0:
        return []
    updated = settled.work.updates[which][k]
    system = updated.stepped[slot].system
    shape = shapes_in(system)

    def value(expr: Expr, _: int | None) -> Table:
        return shown(settled, lambda w: _stored(w, which, k, slot, expr), shape(expr), digits)

    names: dict[str, Expr] = {
        **{own: Ref(name) for own, name in shown_as(updated.gradient.system, ask, slot).items()},
        "w": slot[0].at(slot[1]),
        **{option: Ref(symbol) for option, symbol in ask.optimizer.symbols.items()},
    }
    body = at_step(parse_expression(ask.optimizer.point), system, k + 1)
    spelled = mathematical(body, shape, system.functions)
    result = value(body, None)
    forms = distinct([with_numbers(spelled, value)], result)
    said = telling.say("update-ahead", name=Math(slot[0].at(slot[1])))
    return [Step(_named(spelled, names), forms, result, said)]


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

    functions = telling.system.functions
    told = with_notation(value, functions) if settled.name == "symbolic" else value
    return rule_lines(updated, slot, ask, k + 1, told)


def rule_lines(updated: Updated, slot: Slot, ask: AskUpdate, k: int, value: Evaluate) -> list[Step]:
    """One parameter in iteration k; `value` gives expressions over the names of the rule."""
    system = updated.stepped[slot].system
    q, step = slot
    names: dict[str, Expr] = {
        **{own: Ref(name) for own, name in shown_as(updated.gradient.system, ask, slot).items()},
        "w": q.at(step),
        "g": adjoint(updated.of, q).at(step),
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
    ask = work.plan.updates[which]
    loss = work.plan.system.loss
    assert loss is not None
    head: list[Sentence] = [telling.say("iteration-head")]
    head += [(str(k),) for k in range(len(work.updates[which]) + 1)]
    rows: list[tuple[Sentence, ...]] = []
    slots = list(work.updates[which][0].parameters)
    start: Sentence
    for q, step in slots:
        shape = work.plan.full.shapes[q]
        for name, moment in named(work.plan.system, ask):
            if moment.slot != (q, step):
                continue
            start = ("0",) if moment.own in ask.optimizer.state and shape == SCALAR else ()
            picks = [moment_at(which, k, moment) for k in range(len(work.updates[which]))]
            values = [(Shown(shown(settled, pick, shape, digits)),) for pick in picks]
            rows.append(((Math(Ref(name)),), start, *values))
        picks = [parameter_after(which, k, (q, step)) for k in range(len(work.updates[which]))]
        values = [(Shown(shown(settled, pick, shape, digits)),) for pick in picks]
        start = (Shown(telling.value(q.at(step), None)),)
        rows.append(((Math(q.at(step)),), start, *values))
    if work.plan.system.pushed:
        return Grid(tuple(head), tuple(rows))
    cells: list[Sentence] = [(Math(loss),), (Shown(telling.value(loss, None)),)]
    for k in range(len(work.updates[which])):
        cells.append((Shown(shown(settled, loss_after(which, k), SCALAR, digits)),))
    rows.append(tuple(cells))
    return Grid(tuple(head), tuple(rows))
