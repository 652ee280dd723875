"""What it takes to tell of a flow, and the names and cells that its parts share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rnnhand.arithmetic.base import Scalar
from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import (
    Grid,
    Inline,
    Math,
    Sentence,
    Shown,
)
from rnnhand.explain.steps import Telling
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Ref, Shift, refs, rewrite
from rnnhand.phrases import Phrases
from rnnhand.questions.evaluation import evaluator
from rnnhand.questions.flow.flow import Flow, Options
from rnnhand.questions.flow.loops import Loop
from rnnhand.questions.flow.measure import Matrix
from rnnhand.questions.flow.ways import Way
from rnnhand.questions.key import shown
from rnnhand.system.model import SCALAR, Quantity, Shape, System

MOST_COLUMNS = 16
"""Steps up to which a table has them all."""

SHORT = 6
"""Columns of a table that is short enough for any page."""


@dataclass(frozen=True)
class Page:
    """What it takes to tell of a flow."""

    flow: Flow
    telling: Telling
    digits: int

    @property
    def title(self) -> str:
        problem = self.flow.problem
        return problem.wording(problem.title, self.telling.words.lang) or problem.name

    def say(self, code: str, /, **slots: Inline | Sentence) -> Sentence:
        return self.telling.say(code, **slots)

    def table(self, value: Matrix, shape: Shape) -> Table:
        """A computed matrix as numerals."""
        scalar = shape[0] * shape[1] == 1
        return shown(self.flow.settled, lambda _: value[0] if scalar else value, shape, self.digits)

    def numeral(self, value: Scalar) -> Numeral:
        found = self.table((value,), SCALAR)
        assert isinstance(found, Numeral)
        return found

    def spelled(self, expr: Expr) -> Expr:
        """Functions under the names that textbooks use."""
        return spelled(expr, self.telling.system.functions)

    def owner(self, q: Quantity) -> Quantity:
        """The quantity in whose equation the author wrote what is now one of its own."""
        own = self.flow.problem.system.made_by
        if q in own:
            return q
        system = self.telling.system
        for reader, made in system.made_by.items():
            if any(system.quantity(n) == q for e in made for n in refs(e.body)):
                return reader
        return q


def spelled(expr: Expr, functions: Functions) -> Expr:
    """Functions under the names that textbooks use."""

    def spell(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op in functions:
            return replace(node, spelling=functions[node.op].notation or node.op)
        return node

    return rewrite(expr, spell)


def matrices(expr: Expr, system: System) -> Expr:
    """`spelled`, with ⊙ between vectors that are multiplied entry by entry."""
    shape = shapes_in(system)

    def spell(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op == "*":
            arrays = sum(shape(a) != SCALAR for a in node.args)
            columns = all(shape(a)[1] == 1 for a in node.args)
            return replace(node, spelling="⊙" if arrays > 1 and columns else "")
        return node

    return spelled(rewrite(expr, spell), system.functions)


def page_of(flow: Flow, options: Options, words: Phrases) -> Page:
    full = flow.plan.plan.full
    shape = shapes_in(full)
    value = evaluator(flow.worked, shape, options.digits)
    return Page(flow, Telling(full, shape, value, words, options.detail), options.digits)


def derivative(of: Quantity, step: int, by: Quantity, before: int) -> Ref:
    """∂h_2/∂h_1."""
    return Ref(f"d{text(of.at(step))}/d{by.name}", At(before))


def general(of: Quantity, by: Quantity, lag: int, direction: int) -> Ref:
    """∂h_t/∂h_{t−1}."""
    return Ref(f"d{of.name}[{of.over}]/d{by.name}", Shift(of.over, -lag * direction))


def chosen(steps: Sequence[int], most: int = MOST_COLUMNS) -> list[int]:
    """All of some steps, or the first, the last and round numbers between."""
    if len(steps) <= most:
        return list(steps)
    ends = {*steps[:4], *steps[-4:]}
    gap = next(
        m * 10**k for k in range(7) for m in (1, 2, 5) if len(steps) / (m * 10**k) < most - 7
    )
    return [s for s in steps if s in ends or s % gap == 0]


def pairs(loop: Loop) -> list[tuple[Quantity, Quantity, int]]:
    """(state, state before, lag) of the derivatives that are not 0 by themselves; first those of a
    state by itself."""
    found = list(dict.fromkeys((w.of, w.state, w.lag) for w in loop.ways))
    return sorted(found, key=lambda pair: pair[0] != pair[1])


def ways_between(loop: Loop, of: Quantity, by: Quantity, lag: int) -> list[Way]:
    """The ways between two states; straight through the state's own equation first."""
    found = [w for w in loop.ways if (w.of, w.state, w.lag) == (of, by, lag)]
    return sorted(found, key=lambda w: w.through != w.of)


def factors_between(loop: Loop, of: Quantity, by: Quantity, lag: int) -> dict[int, Matrix]:
    """The derivative of a state by another, over all ways, at the steps where there is one."""
    there = {t for w in ways_between(loop, of, by, lag) for t in w.values}
    return {t: loop.block(x, of, by) for t, x in loop.factors[lag].items() if t in there}


def count_of(loop: Loop, q: Quantity) -> int:
    rows, columns = loop.shapes[q]
    return rows * columns


def cell(page: Page, value: Matrix | None) -> Sentence:
    return () if value is None else (Shown(page.table(value, SCALAR)),)


def number_cell(page: Page, value: Scalar | None) -> Sentence:
    return () if value is None else (Shown(page.numeral(value)),)


def head(over: str, steps: Sequence[int]) -> tuple[Sentence, ...]:
    first: Sentence = (Math(Ref(over)),)
    return (first, *((step_text(s),) for s in steps))


def step_text(t: int) -> str:
    return str(t).replace("-", "−")


def grids(
    names: tuple[Sentence, ...], rows: Sequence[tuple[Sentence, ...]], most: int = 4
) -> Iterator[Grid]:
    """A table; several where many rows and many steps would fit no page in either direction, each
    with the columns in which it has something."""
    if len(names) <= SHORT:
        most = max(len(rows), 1)
    for i in range(0, len(rows), most):
        some = rows[i : i + most]
        kept = [k for k in range(len(names)) if any(row[k] for row in some)]
        yield Grid(
            tuple(names[k] for k in kept), tuple(tuple(row[k] for k in kept) for row in some)
        )
