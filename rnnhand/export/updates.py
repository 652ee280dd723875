"""The updates that a problem asks for: the rule's equations, and the loop that applies them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction

from rnnhand.calculus.gradient import gradient
from rnnhand.errors import failure
from rnnhand.export.names import Names
from rnnhand.export.passes import Page, listed, written_out
from rnnhand.export.spelling import Spelling, number
from rnnhand.export.statements import INDENT
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import equation_text, text
from rnnhand.language.tree import Ref
from rnnhand.problem.model import AskUpdate
from rnnhand.questions.update import rule_for
from rnnhand.system.model import SCALAR, Quantity

LOOP = """
    memory = {{
        name: {{"w": {{0: value}}, "g": {{}}{states}}}
        for name, value in trained(now).items()
    }}
    for k, {turn} in enumerate(order, 1):
        point = placed(now, {{name: {point} for name, x in memory.items()}})
        _, gradients = {call}
        for name in memory:
            memory[name]["g"][k] = gradients[{key}]
        norm = {norm}
        for name in memory:
            {rule}(k, norm, **memory[name])
        now = placed(now, {{name: x["w"][k] for name, x in memory.items()}})
        values, _ = solve(**now)
        found.append({{name: values[name] for name in (*memory, {loss})}})
"""

IN_GROUPS = """
    memory = {{
        name: {{"w": {{0: value}}, "g": {{}}{states}}}
        for name, value in trained(now).items()
    }}
    for k, {turn} in enumerate(order, 1):
        for group in {groups}:
            _, gradients = {call}
            for name in group:
                memory[name]["g"][k] = gradients[{key}]
            norm = {norm}
            for name in group:
                {rule}(k, norm, **memory[name])
            now = placed(now, {{name: x["w"][max(x["w"])] for name, x in memory.items()}})
        values, _ = solve(**now)
        found.append({{name: values[name] for name in (*memory, {loss})}})
"""
"""Each group goes along the gradient at what the groups before it have left."""


def update_lines(page: Page, updates: Sequence[AskUpdate]) -> Iterator[str]:
    """The functions of all updates, and `after()`, which gives what every iteration leaves."""
    if not updates:
        return
    yield from _places(page)
    rules = []
    for ask in updates:
        if len(ask.groups) > 1 and ask.optimizer.point:
            raise failure("export-groups", None, rule=ask.optimizer.name)
        name = page.names.fresh(f"update_{ask.optimizer.name}")
        rules.append(name)
        yield from _rule(page, ask, name)
    alone = {}
    if not page.dialect.automatic:
        for of in dict.fromkeys(of for ask in updates for of in _order(page, ask)):
            if of != page.loss:
                alone[of] = page.names.fresh(f"solve_{text(of)}")
                yield from written_out(page, alone[of], gradient(page.plan.system, of))
    yield "def after():"
    yield from page.comment("export-after", INDENT)
    yield f"{INDENT}found = []"
    for ask, name in zip(updates, rules, strict=True):
        yield from _loop(page, ask, name, alone)
    yield f"{INDENT}return found"
    yield from ("", "")


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)


def _order(page: Page, ask: AskUpdate) -> list[Ref]:
    """What each iteration follows the gradient of: the loss, or one observation's own."""
    if not ask.order:
        return [page.loss] * ask.steps
    (single, *_) = page.plan.step_losses
    return [single.at(step) for step in ask.order]


def _places(page: Page) -> Iterator[str]:
    """`trained` takes the parameters out by name, `placed` puts others in."""
    out, back = [], []
    for given in page.plan.parameters:
        q = given.quantity
        variable = page.names.quantity(q)
        names = {step: _quoted(text(q.at(step))) for step in given.values}
        if not q.over:
            out.append(f'{names[None]}: given["{variable}"]')
            back.append(f"{variable}=new[{names[None]}]")
            continue
        out += [f'{name}: given["{variable}"][{step}]' for step, name in names.items()]
        inside = ", ".join(f"{step}: new[{name}]" for step, name in names.items())
        back.append(f"{variable}={{{inside}}}")
    yield "def trained(given):"
    yield from page.comment("export-trained", INDENT)
    yield f"{INDENT}return {listed(out, INDENT)}"
    yield from ("", "")
    yield "def placed(given, new):"
    yield from page.comment("export-placed", INDENT)
    yield f"{INDENT}return dict{listed(['given', *back], INDENT, '()')}"
    yield from ("", "")


def _rule(page: Page, ask: AskUpdate, name: str) -> Iterator[str]:
    """`def update(k, norm, w, g, …)`: one iteration for one parameter."""
    rule = rule_for(ask, SCALAR, page.plan.full.functions)
    system = rule.system(1)
    own = Names(set(page.names.taken) | {"k", "w", "g", "norm", *ask.optimizer.state})
    for kept in ("w", "g", *ask.optimizer.state):
        own.quantities[Quantity(kept, "k")] = kept
    own.quantities[Quantity("norm")] = "norm"
    own.others |= {"index k": "k"}
    own.others |= {key: v for key, v in page.names.others.items() if key.startswith("function ")}
    spelling = Spelling(system, page.dialect, own, used=page.spelling.used)
    yield f"def {name}({', '.join(('k', 'norm', 'w', 'g', *ask.optimizer.state))}):"
    yield from page.comment("export-rule", INDENT)
    numbers = {g.quantity: g.values[None][0] for g in system.given.values() if not g.quantity.over}
    for q, value in numbers.items():
        if q.name != "norm":
            assert isinstance(value, Fraction)
            shown = page.dialect.number.format(number(value).text)
            yield f"{INDENT}{own.quantity(q)} = {shown}"
    for q in system.made_by:
        if own.quantity(q) not in ("w", "g", *ask.optimizer.state):
            yield f"{INDENT}{own.quantity(q)} = {{}}"
    for equation in system.equations:
        yield f"{INDENT}# {equation_text(equation.target, equation.body)}"
        yield f"{INDENT}{spelling.code(equation.target).text} = {spelling.code(equation.body).text}"
    page.names.others |= {k: v for k, v in own.others.items() if k.startswith("function ")}
    page.names.taken |= set(own.others.values())
    yield from ("", "")


def _loop(page: Page, ask: AskUpdate, name: str, alone: dict[Ref, str]) -> Iterator[str]:
    """The iterations of one update."""
    order = _order(page, ask)
    stochastic = any(of != page.loss for of in order)
    automatic = page.dialect.automatic
    m = page.dialect.module
    if not stochastic:
        turn, call, key = "_", "solve(**point)", f'f"d{text(page.loss)}/d{{name}}"'
        listed = f"range({len(order)})"
    elif automatic:
        turn, call, key = "of", "solve(of, **point)", 'f"d{of}/d{name}"'
        listed = f"[{', '.join(_quoted(text(of)) for of in order)}]"
    else:
        turn, call, key = "(of, passes)", "passes(**point)", 'f"d{of}/d{name}"'
        pairs = [f"({_quoted(text(of))}, {alone.get(of, 'solve')})" for of in order]
        listed = f"[{', '.join(pairs)}]"
    clipped = ask.clip is not None and ask.clip[0] == "norm"
    grouped = len(ask.groups) > 1
    moved = "(memory[name] for name in group)" if grouped else "memory.values()"
    squares = f'sum({m}.sum(x["g"][k]**2) for x in {moved})'
    lines = (IN_GROUPS if grouped else LOOP).format(
        groups=_groups(page, ask),
        states="".join(f', "{s}": {{0: 0*value}}' for s in ask.optimizer.state),
        turn=turn,
        call=call.replace("**point", "**now") if grouped else call,
        key=key,
        point=_point(page, ask),
        norm=f"{m}.sqrt({squares})" if clipped else "None",
        rule=name,
        loss="" if page.plan.system.pushed else _quoted(text(page.loss)),
    )
    yield f"{INDENT}now, order = dict(given), {listed}"
    yield from (line for line in lines.strip("\n").split("\n"))


def _groups(page: Page, ask: AskUpdate) -> str:
    """The names of the parameters, group by group."""
    names = {
        g.quantity.name: [_quoted(text(g.quantity.at(step))) for step in g.values]
        for g in page.plan.parameters
    }
    groups = [", ".join(one for name in group for one in names[name]) for group in ask.groups]
    return f"[{', '.join(f'[{group}]' for group in groups)}]"


def _point(page: Page, ask: AskUpdate) -> str:
    """Where the gradient is taken: the parameter itself, unless the rule looks ahead."""
    if not ask.optimizer.point:
        return 'x["w"][k - 1]'
    system = rule_for(ask, SCALAR, page.plan.full.functions).system(1)
    own = Names({"k", "x"})
    for kept in ("w", "g", *ask.optimizer.state):
        own.quantities[Quantity(kept, "k")] = f'x["{kept}"]'
    for option, value in ask.options.items():
        own.quantities[Quantity(option)] = number(value).above(5)
    own.others["index k"] = "k"
    spelling = Spelling(system, page.dialect, own)
    return spelling.code(parse_expression(ask.optimizer.point)).text
