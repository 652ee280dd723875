"""`table`: what a network gives for each row of inputs, beside what is wanted there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.policy import settle
from rnnhand.arithmetic.polynomial import no_kink, polynomial
from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import (
    Block,
    Grid,
    Inline,
    Math,
    Note,
    Plane,
    Section,
    Sentence,
    Shown,
    Tag,
)
from rnnhand.errors import failure
from rnnhand.explain.mathematics import Evaluate, mathematical
from rnnhand.explain.sentences import sentence
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.parser import Statement
from rnnhand.language.printer import text
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Number, Ref, Shift, rewrite
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.values import rational
from rnnhand.questions.evaluation import evaluator
from rnnhand.questions.observations import over_rows, reached, shapes_of
from rnnhand.questions.topics import plane
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.reading import (
    Row,
    closeness,
    formula_of,
    names_of,
    options_of,
    rows_of,
    text_of,
)
from rnnhand.questions.work import Plan
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Quantity, System, merged

WORD = "table"
KEYS = ("output", "formula", "inputs", "rows", "wanted")
NAME = "y"
LONGEST = 26
"""Characters up to which an argument of a function has a column of its own."""


@dataclass(frozen=True)
class Wanted:
    """A wanted number, how far from it a decimal may be, and how it was written."""

    value: Fraction
    within: Fraction
    written: str


@dataclass(frozen=True)
class Checked:
    """A system whose index `var` counts the rows; `shown` are the columns between the inputs and
    the output, in computing order."""

    system: System
    var: str
    steps: tuple[int, ...]
    inputs: tuple[Ref, ...]
    shown: tuple[Expr, ...]
    output: Ref
    wanted: tuple[Wanted | None, ...]
    value: Evaluate


def topic(problem: Problem, options: yaml.Node) -> Answer:
    """Reads `{output: y, inputs: [x1, x2], rows: [[1, 1, 0], …]}`, `formula: …` in place of
    `output`, or `{output: y, wanted: [0, 1]}` for an output that has an index already."""
    node = options_of(options, WORD, KEYS)
    if (node.get("output") is None) == (node.get("formula") is None):
        raise failure("table-output-or-formula", node.span, "hint-table")
    if (node.get("rows") is None) == (node.get("wanted") is None):
        raise failure("table-rows-or-wanted", node.span, "hint-table")

    def checked(digits: int) -> Checked:
        reader = _over_index if node.get("wanted") is not None else _over_table
        return reader(problem, node, digits)

    checked(5)  # what is wrong with the options is said at once
    return Answer(
        lambda words, digits: _tell(checked(digits), words), lambda digits: as_data(checked(digits))
    )


def _over_index(problem: Problem, node: yaml.Map, digits: int) -> Checked:
    """A problem whose output has an index already; what is wanted is in the order of its steps."""
    name, wanted = node.get("output"), node.get("wanted")
    if name is None:
        raise failure("table-output-or-formula", node.span, "hint-table")
    assert wanted is not None
    written = text_of(name, WORD).strip()
    system = problem.system
    q = next((q for q in system.made_by if q.name == written and q.over), None)
    if q is None or system.shapes[q] != SCALAR:
        known = ", ".join(str(q) for q in system.made_by if q.over)
        code = "table-no-such-output"
        raise failure(code, name.span, "hint-table", found=written[:40], known=known)
    computed = [e.steps for e in system.made_by[q] if e.steps is not None]
    steps = tuple(s for run in merged(computed) for s in run)
    items = wanted.items if isinstance(wanted, yaml.List) else (wanted,)
    if len(items) != len(steps):
        raise failure("table-wanted-count", wanted.span, found=len(items), wanted=len(steps))
    targets = tuple(_wanted(rational(i), yaml.shown(i)) for i in items)
    needed = reached(system, q.name)
    inputs = tuple(
        g.quantity.ref()
        for g in system.given.values()
        if g.quantity.over == q.over and g.quantity.name in needed
    )
    return _made(problem, system, q, steps, inputs, targets, digits)


def _over_table(problem: Problem, node: yaml.Map, digits: int) -> Checked:
    """A network without an index, or one formula, and rows of numbers for its inputs."""
    system, rows_node = problem.system, node.get("rows")
    written, name_node = node.get("formula"), node.get("output")
    assert rows_node is not None
    names = names_of(node.get("inputs"), WORD)
    if not names:
        raise failure("topic-missing", node.span, "hint-table", word=WORD, name="inputs")
    if written is not None:
        expr = formula_of(written, WORD, system.functions)
        name = NAME if NAME not in {q.name for q in system.given} | set(names) else NAME + "'"
        statement = Statement(Ref(name, span=written.span), expr)
        others = [Statement(e.target, e.body) for e in system.equations if e.target.name != name]
        given = [*system.given.values(), *_letters(system, names)]
        system = build([*others, statement], given, system.indices, system.functions)
        span = written.span
    else:
        assert name_node is not None
        name, span = text_of(name_node, WORD).strip(), name_node.span
        if Quantity(name) not in system.made_by or system.shapes[Quantity(name)] != SCALAR:
            known = ", ".join(q.name for q in system.made_by if not q.over)
            code = "table-no-such-output"
            raise failure(code, span, "hint-table", found=name[:40], known=known)
    shapes = shapes_of(system, names)
    width = sum(m * n for m, n in shapes.values())
    rows: tuple[Row, ...] = rows_of(rows_node, WORD, width)
    needed = reached(system, name)
    missing = [n for n in names if n not in needed]
    if missing:
        inputs_node = node.get("inputs") or node
        raise failure("table-unused-input", inputs_node.span, found=missing[0], name=name)
    indexed, var = over_rows(system, name, shapes, [r.inputs for r in rows], span)
    wanted = tuple(None if r.wanted is None else _wanted(r.wanted, r.written) for r in rows)
    inputs = tuple(Ref(n, Shift(var)) for n in names)
    steps = tuple(range(1, len(rows) + 1))
    return _made(problem, indexed, Quantity(name, var), steps, inputs, wanted, digits)


def _wanted(value: Fraction, written: str) -> Wanted:
    within = closeness(written)
    return Wanted(value, within, written if within else str(value))


def _letters(system: System, names: tuple[str, ...]) -> Iterator[Any]:
    """Inputs that the problem does not give, as letters."""
    from rnnhand.system.model import Given, Role

    for name in names:
        if not any(q.name == name for q in system.given):
            yield Given(Quantity(name), Role.DATA, SCALAR, {None: (None,)})


def _made(
    problem: Problem,
    system: System,
    q: Quantity,
    steps: tuple[int, ...],
    inputs: tuple[Ref, ...],
    wanted: tuple[Wanted | None, ...],
    digits: int,
) -> Checked:
    plan = Plan(replace(problem, system=replace(system, loss=None), ask=()))
    value = evaluator(settle(plan.task(), "auto", digits), shapes_in(plan.full), digits)
    needed = reached(system, q.name)
    shown: list[Expr] = []
    for equation in system.equations:
        target = equation.target
        if target.name not in needed or not isinstance(target.index, Shift):
            continue
        argument = _argument(equation.body, system)
        if argument is not None and len(text(_bare(argument))) <= LONGEST:
            shown.append(argument)
        if target.name != q.name:
            shown.append(target)
    return Checked(plan.full, q.over, steps, inputs, tuple(shown), q.ref(), wanted, value)


def _argument(body: Expr, system: System) -> Expr | None:
    """What a function or a threshold is applied to, where that is no name: the pre-activation."""
    zero = Number("0")
    match body:
        case Apply(op, (left, right)) if op in COMPARISONS and right == zero:
            found = left
        case Apply("max" | "min", (left, right)) if zero in (left, right):
            found = right if left == zero else left
        case Apply(op, (only,)) if op in system.functions:
            found = only
        case _:
            return None
    return None if isinstance(found, Ref | Number) else found


def _bare(expr: Expr) -> Expr:
    """Without the index that counts the rows."""

    def strip(e: Expr) -> Expr:
        if isinstance(e, Ref) and isinstance(e.index, Shift) and not e.index.offset:
            return replace(e, index=None)
        return e

    return rewrite(expr, strip)


def verdict(value: Table, wanted: Wanted) -> bool:
    """Whether a number is the wanted one: exactly, or to the digits in which that is written."""
    if not isinstance(value, Numeral):
        return False
    if isinstance(value.exact, Number):
        return abs(value.exact.value - wanted.value) <= wanted.within
    if value.decimal is None:
        return False
    return abs(Fraction(value.decimal) - wanted.value) <= wanted.within


def as_data(found: Checked) -> Mapping[str, Any]:
    """The rows with their values and verdicts, for machines."""
    rows = []
    for step, wanted in zip(found.steps, found.wanted, strict=True):
        value = found.value(found.output, step)
        row: dict[str, Any] = {
            "inputs": {r.name: found.value(r, step) for r in found.inputs},
            "values": {text(_bare(e)): found.value(e, step) for e in found.shown},
            "output": value,
        }
        if wanted is not None:
            row["wanted"] = str(wanted.value)
            row["verdict"] = "right" if verdict(value, wanted) else "wrong"
        rows.append(row)
    wrong = sum(row.get("verdict") == "wrong" for row in rows)
    checked = sum("verdict" in row for row in rows)
    data: dict[str, Any] = {"output": found.output.name, "rows": rows}
    return (
        {**data, "right": checked - wrong, "wrong": wrong, "fits": not wrong} if checked else data
    )


def _drawn(found: Checked, say: Any) -> Plane | None:
    """The rows as points, what is wanted there (else the output) as their kind, and the lines
    where an argument in the inputs alone is 0."""
    names = [r.name for r in found.inputs]
    points, values = [], []
    for step, wanted in zip(found.steps, found.wanted, strict=True):
        at = [_rational(found.value(r, step)) for r in found.inputs]
        value = wanted.value if wanted is not None else _rational(found.value(found.output, step))
        if len(at) != 2 or at[0] is None or at[1] is None or value is None:
            return None
        points.append((at[0], at[1]))
        values.append(value)
    known = {
        q.name: entry
        for q, given in found.system.given.items()
        if not q.over and given.shape == SCALAR
        if isinstance(entry := given.values[None][0], Fraction)
    }
    forms = []
    for expr in found.shown:
        if not isinstance(expr, Ref):
            try:
                forms.append(polynomial(_bare(expr), no_kink, found.system.functions).at(known))
            except Fault:
                continue
    return plane.classes(say, names, points, values, forms)


def _rational(value: Table) -> Fraction | None:
    if isinstance(value, Numeral) and isinstance(value.exact, Number):
        return value.exact.value
    return None


def _tell(found: Checked, words: Phrases) -> Iterator[Block]:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    shape = shapes_in(found.system)

    def title(expr: Expr) -> Sentence:
        return (Math(_bare(mathematical(expr, shape, found.system.functions))),)

    has_wanted = any(w is not None for w in found.wanted)
    head = [title(e) for e in (*found.inputs, *found.shown, found.output)]
    head += [say("table-wanted"), ()] if has_wanted else []
    rows: list[tuple[Sentence, ...]] = []
    wrong = 0
    for step, wanted in zip(found.steps, found.wanted, strict=True):
        columns = (*found.inputs, *found.shown, found.output)
        cells: list[Sentence] = [(Shown(found.value(e, step)),) for e in columns]
        if wanted is not None:
            right = verdict(found.value(found.output, step), wanted)
            wrong += not right
            kind = "right" if right else "wrong"
            tag = Tag(kind, words.say(f"check-{kind}"))
            cells += [(Math(Number(wanted.written)),), (tag,)]
        rows.append(tuple(cells))
    blocks: list[Block] = [Grid(tuple(head), tuple(rows))]
    picture = _drawn(found, say)
    blocks += [picture] if picture is not None else []
    if has_wanted:
        count = str(len(found.steps))
        if wrong:
            said = say("table-fails", wrong=str(wrong), count=count)
            blocks.append(Note("warning", said))
        else:
            blocks.append(Note("check", say("table-fits", count=count)))
    yield Section(say("table-title"), tuple(blocks))
