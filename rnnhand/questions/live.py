"""The equations of a solution as lines that a page can work out again with other numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from rnnhand.calculus.gradient import gradient
from rnnhand.document.blocks import Block, Grid, Live, Math, Section, Step, Steps
from rnnhand.language.operations import PRIMITIVES, Function, Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import COMPARISONS, Apply, At, Expr, Ref, walk
from rnnhand.questions.key import instances
from rnnhand.questions.lines import Line, lines, values
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Equation, Shape, System
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

    What `blocks` show beside them is worked out too: what stands under an expression for a name,
    such as dL/da[1] @ h[0].T, and derivatives of another quantity than the loss.
    """
    system = plan.full
    count = sum(len(e.steps or (None,)) for e in system.equations)
    effort = sum(_effort(e, system) for e in system.equations)
    if plan.has_letters or count > MOST_LINES or effort > MOST_OPERATIONS:
        return None
    all_given = list(system.given.values())
    given = list(values(g for g in all_given if _size(g.shape) <= MOST_ENTRIES))
    fixed = list(values(g for g in all_given if _size(g.shape) > MOST_ENTRIES))
    if not given or sum(_size(system.shapes[system.quantity(r)]) for r, _ in given) > MOST_FIELDS:
        return None
    shown = list(_names(blocks))
    found = [*fixed, *lines(system, system.equations), *_of_others(plan, shown)]
    known = {text(name) for name, _ in (*given, *found)}
    found += [(e, e) for e in _expressions(shown) if _is_known(e, known, system.functions)]
    functions = _functions((body for _, body in (*given, *found)), system.functions)
    if functions is None or sum(1 for _, body in found for _ in walk(body)) > MOST_NODES:
        return None
    return Live(tuple(given), tuple(found), functions)


def _of_others(plan: Plan, shown: Iterable[Expr]) -> Iterator[Line]:
    """The way back from every number, other than the loss, of which a derivative is shown."""
    system = plan.system
    named = {text(name) for name in shown}
    steps = [loss.at(step) for loss in plan.step_losses for step in instances(system, loss)]
    derived = [d.of for d in plan.derivatives if system.shapes[system.quantity(d.of)] == SCALAR]
    by = tuple(system.quantity(d.by) for d in plan.derivatives)
    for of in dict.fromkeys(system.quantity(r).at(system.step(r)) for r in (*derived, *steps)):
        if of != system.loss and any(n.startswith(f"d{text(of)}/d") for n in named):
            found = gradient(system, of, wrt=by)
            yield from lines(found.system, found.adjoints)


def _size(shape: Shape) -> int:
    return shape[0] * shape[1]


def _effort(equation: Equation, system: System) -> int:
    """How many multiplications and the like an equation takes at all its steps."""
    return sum(
        operations(t.body, system) * len(t.steps or equation.steps or (None,))
        for t in equation.terms
    )


def _expressions(shown: Iterable[Expr]) -> Iterator[Expr]:
    """Those names that are expressions, each once."""
    yield from {text(e): e for e in shown if isinstance(e, Apply)}.values()


def _is_known(expr: Expr, names: Collection[str], functions: Functions) -> bool:
    """Whether an expression of a document can be worked out: some only look like formulas."""
    return all(
        text(node) in names if isinstance(node, Ref) else node.op in OPERATIONS | functions.keys()
        for node in walk(expr)
        if isinstance(node, Ref | Apply)
    )


def _names(blocks: Iterable[Block]) -> Iterator[Expr]:
    """What stands to the left of lines of work, and what rows of tables have for their steps."""
    for block in blocks:
        match block:
            case Step(left):
                yield left
            case Steps(_, steps):
                yield from (step.left for step in steps)
            case Grid(head, rows):
                columns = [part for cell in head for part in cell if isinstance(part, str)]
                heads = [part.expr for row in rows for part in row[0] if isinstance(part, Math)]
                for ref in (h for h in heads if isinstance(h, Ref)):
                    yield from (replace(ref, index=At(int(c))) for c in columns if c.isdecimal())
            case Section(_, inner):
                yield from _names(inner)
            case _:
                pass


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
