"""The equations of a solution as lines that a page can work out again with other numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import Block, Live, Section, Step, Steps
from rnnhand.explain.mathematics import at_one, at_step
from rnnhand.language.operations import PRIMITIVES, Function, Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    COMPARISONS,
    Apply,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    children,
    walk,
    with_children,
)
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Entry, Equation, Given, Shape, System
from rnnhand.system.schedule import Instances, schedule
from rnnhand.system.shapes import operations

OPERATIONS = {"+", "-", "neg", "*", "/", "^", "@", "T", ";", ",", *COMPARISONS, *PRIMITIVES}
BUILT_IN = ("tanh",)
"""Functions that a page has, as every arithmetic has them: written in powers of e they overflow."""

MOST_ENTRIES = 100
MOST_FIELDS = 600
MOST_LINES = 1_500
MOST_NODES = 40_000
MOST_OPERATIONS = 1_000_000
"""What a reader can change (of one value, of all), what a page can hold, and what it works out
while a key is pressed."""


def live(plan: Plan, blocks: Iterable[Block] = ()) -> Live | None:
    """The equations with their gradient, where every number is given and there are not too many.

    What `blocks` show under an expression for a name, such as dL/da[1] @ h[0].T, is a line too.
    """
    system = plan.full
    instances = sum(len(e.steps or (None,)) for e in system.equations)
    if plan.has_letters or instances > MOST_LINES:
        return None
    if sum(_effort(e, system) for e in system.equations) > MOST_OPERATIONS:
        return None
    values = list(system.given.values())
    given = list(_values(g for g in values if _size(g.shape) <= MOST_ENTRIES))
    lines = list(_values(g for g in values if _size(g.shape) > MOST_ENTRIES))
    if not given or sum(_size(system.shapes[system.quantity(r)]) for r, _ in given) > MOST_FIELDS:
        return None
    lines += [_line(equation, step, system) for equation, step in _order(system)]
    known = {text(ref) for ref, _ in (*given, *lines)}
    lines += [(e, e) for e in _shown(blocks) if _is_known(e, known, system.functions)]
    functions = _functions((body for _, body in (*given, *lines)), system.functions)
    if functions is None or sum(1 for _, body in lines for _ in walk(body)) > MOST_NODES:
        return None
    return Live(tuple(given), tuple(lines), functions)


def _values(given: Iterable[Given]) -> Iterator[tuple[Ref, Expr]]:
    for g in given:
        for step, entries in g.values.items():
            yield g.quantity.at(step), _matrix(entries, g.shape)


def _size(shape: Shape) -> int:
    return shape[0] * shape[1]


def _effort(equation: Equation, system: System) -> int:
    """How many multiplications and the like an equation takes at all its steps."""
    return sum(
        operations(t.body, system) * len(t.steps or equation.steps or (None,))
        for t in equation.terms
    )


def _order(system: System) -> Iterator[tuple[Equation, int | None]]:
    """Every equation at every step, in an order in which nothing is read early."""
    for block in schedule(system, system.equations):
        if isinstance(block, Instances):
            yield from block.order
            continue
        steps = sorted({s for e in block.equations for s in e.steps or ()})
        yield from ((e, None) for e in block.equations if e.steps is None)
        for step in steps if block.direction > 0 else reversed(steps):
            yield from ((e, step) for e in block.equations if e.steps and step in e.steps)


def _line(equation: Equation, step: int | None, system: System) -> tuple[Expr, Expr]:
    """An equation at a step, its sums written out, in the shape that its quantity has."""
    target = at_step(_apart(equation.target, system), system, step)
    assert isinstance(target, Ref)
    terms = [t.body for t in equation.terms if t.steps is None or step in t.steps]
    own, shape = shapes_in(system)(_sum(terms)), system.shapes[system.quantity(equation.target)]
    here = [at_step(_apart(term, system), system, step) for term in terms]
    body = _sum([_summed(term, system) for term in here])
    return target, body if own == shape else _spread(body, own, shape)


def _apart(expr: Expr, system: System, bound: tuple[str, ...] = ()) -> Expr:
    """What runs over another index than others of its name has a name of its own: a weight collects
    contributions dL/dw[1] over t and over k. What a sum binds is named when it is written out."""
    match expr:
        case Ref(name, Shift(var)) if var not in bound and system.overs[name] != var:
            return replace(expr, name=f"{name}[{var}]")
        case Over(_, var, body):
            return with_children(expr, (_apart(body, system, (*bound, var)),))
        case _:
            return with_children(expr, tuple(_apart(c, system, bound) for c in children(expr)))


def _spread(body: Expr, own: Shape, shape: Shape) -> Expr:
    """A scalar in every place of a shape, or a vector in every row."""
    sizes = tuple(Number(str(n)) for n in shape)
    if own == SCALAR:
        return Apply("fill", (body, *sizes))
    return Apply("+", (Apply("fill", (Number("0"), *sizes)), body))


def _sum(terms: list[Expr]) -> Expr:
    if len(terms) == 1:
        return terms[0]
    return Apply("+", tuple(terms)) if terms else Number("0")


def _summed(expr: Expr, system: System) -> Expr:
    """Sums and means over steps as their summands."""
    if isinstance(expr, Over):
        steps = [step for run in system.domain(expr) for step in run]
        body = _apart(expr.body, system)
        total = _sum([_summed(at_one(body, expr.var, s), system) for s in steps])
        return Apply("/", (total, Number(str(len(steps))))) if expr.kind == "mean" else total
    return with_children(expr, tuple(_summed(c, system) for c in children(expr)))


def _matrix(entries: tuple[Entry, ...], shape: Shape) -> Expr:
    """Given numbers as a stack of rows; a number by itself where there is one only."""
    columns = shape[1]
    rows = [entries[i : i + columns] for i in range(0, len(entries), columns)]
    return _put(";", [_put(",", [_number(entry) for entry in row]) for row in rows])


def _put(op: str, parts: list[Expr]) -> Expr:
    return parts[0] if len(parts) == 1 else Apply(op, tuple(parts))


def _number(entry: Entry) -> Expr:
    assert entry is not None
    return Number(str(entry)) if isinstance(entry, Fraction) else entry


def _shown(blocks: Iterable[Block]) -> Iterator[Expr]:
    """The expressions that stand to the left of a line of work, each once."""
    found: dict[str, Expr] = {}
    for step in _steps(blocks):
        if isinstance(step.left, Apply):
            found.setdefault(text(step.left), step.left)
    yield from found.values()


def _is_known(expr: Expr, names: Collection[str], functions: Functions) -> bool:
    """Whether an expression of a document can be worked out: some only look like formulas."""
    return all(
        text(node) in names if isinstance(node, Ref) else node.op in OPERATIONS | functions.keys()
        for node in walk(expr)
        if isinstance(node, Ref | Apply)
    )


def _steps(blocks: Iterable[Block]) -> Iterator[Step]:
    for block in blocks:
        match block:
            case Step():
                yield block
            case Steps(_, steps):
                yield from steps
            case Section(_, inner):
                yield from _steps(inner)


def _functions(bodies: Iterable[Expr], known: Functions) -> tuple[Function, ...] | None:
    """The functions that are called, and those that these call; None where one has no value."""
    found: dict[str, Function] = {}
    left = list(bodies)
    while left:
        for node in walk(left.pop()):
            if not isinstance(node, Apply) or node.op in BUILT_IN or node.op in found:
                continue
            function = known.get(node.op)
            if function is not None and function.open:
                return None
            if function is not None:
                found[node.op] = function
                left.append(function.value)
    return tuple(found.values())
