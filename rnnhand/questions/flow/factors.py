"""From step to step on a page: formulas, factors way by way, and their products."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from rnnhand.document.blocks import (
    Block,
    Definitions,
    Grid,
    Math,
    Paragraph,
    Sentence,
    Step,
)
from rnnhand.explain.mathematics import literal
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift
from rnnhand.questions.flow.flow import has_own_way
from rnnhand.questions.flow.loops import Loop
from rnnhand.questions.flow.measure import Matrix
from rnnhand.questions.flow.page import (
    Page,
    cell,
    chosen,
    count_of,
    derivative,
    factors_between,
    general,
    grids,
    head,
    matrices,
    number_cell,
    pairs,
    step_text,
    ways_between,
)
from rnnhand.questions.flow.ways import Way, whole_formula
from rnnhand.system.model import SCALAR, Quantity, System

Say: TypeAlias = Callable[[str], Sentence]
"""A phrase without slots."""

LARGEST = 3
"""Rows of a matrix of derivatives up to which it is written out."""

WRITTEN_OUT = 6
"""Factors up to which a product is written out."""


def formulas(say: Say, system: System, loop: Loop) -> Iterator[Block]:
    """∂h_t/∂h_{t−1} as the sum over the ways, where each has a formula; a line each."""
    found: list[Block] = []
    for of, by, lag in pairs(loop):
        whole = whole_formula(ways_between(loop, of, by, lag), loop.recurrence)
        if whole is not None:
            left = general(of, by, lag, loop.recurrence.direction)
            found.append(Definitions(((left, matrices(whole, system)),)))
    if found:
        yield Paragraph(say("flow-factor"))
        yield from found


def factors(page: Page, loop: Loop) -> Iterator[Block]:
    """The factors step by step: one number or matrix where all are the same, else tables."""
    steps = list(loop.steps)
    columns = chosen(steps)
    same = constant_factor(loop)
    if same is not None and len(loop.shapes) == 1 and loop.size <= LARGEST:
        (q,) = loop.shapes
        yield Step(
            general(q, q, 1, loop.recurrence.direction),
            (),
            page.table(same, (loop.size, loop.size)),
            page.say("flow-same", count=str(len(steps))),
        )
        if loop.size == 1:
            return
        columns = steps[:1]
    names = head(loop.recurrence.over, columns)
    together: list[tuple[Sentence, ...]] = []
    for of, by, lag in pairs(loop):
        rows = list(_rows(page, loop, (of, by, lag), columns))
        if len(rows) > 1:
            yield Grid(names, tuple(rows))
        else:
            together += rows
    yield from grids(names, together)
    if loop.size > 1:
        yield Grid(names, tuple(_matrix_rows(page, loop, columns)))
    scalar = all(shape == SCALAR for shape in loop.shapes.values())
    if same is None and not scalar and loop.size <= LARGEST and len(steps) <= WRITTEN_OUT:
        for t in steps:
            yield from _written(page, loop, t)


def _rows(
    page: Page, loop: Loop, pair: tuple[Quantity, Quantity, int], columns: Sequence[int]
) -> Iterator[tuple[Sentence, ...]]:
    """A derivative at each step, and below it its summands where it has several; their sizes where
    states are arrays."""
    of, by, lag = pair
    left = general(of, by, lag, loop.recurrence.direction)
    ways = ways_between(loop, of, by, lag)
    if loop.shapes[of] == loop.shapes[by] == SCALAR:
        values = factors_between(loop, of, by, lag)
        yield ((Math(left),), *(cell(page, values.get(t)) for t in columns))
        for way in ways if len(ways) > 1 else []:
            yield (_way_name(page, loop, way), *(cell(page, way.values.get(t)) for t in columns))
        return
    if len(loop.shapes) > 1 or len(ways) > 1:
        sizes = loop.pair_sizes[pair]
        norm = Math(Apply("norm2", (left,)))
        yield ((norm,), *(number_cell(page, sizes.get(t)) for t in columns))
    for way in ways if len(ways) > 1 else []:
        name = _way_name(page, loop, way)
        yield (name, *(number_cell(page, way.sizes.get(t)) for t in columns))


def _way_name(page: Page, loop: Loop, way: Way) -> Sentence:
    """Through which quantities a way goes: the one that is read, where it is no state, and the one
    whose equation reads it, where that is not the state's own."""
    through: list[Expr] = []
    if way.by != way.state:
        through.append(way.by.ref(-way.lag * loop.recurrence.direction))
    if page.owner(way.through) != way.of:
        through.append(page.owner(way.through).ref())
    if not through:  # in relu(W @ h[t-1]) it goes through what the function is applied to
        return page.say("flow-way-own" if way.through == way.of else "flow-way-inside")
    return page.say("flow-way", name=joined([(Math(ref),) for ref in through], ", "))


def _written(page: Page, loop: Loop, t: int) -> Iterator[Step]:
    for of, by, lag in pairs(loop):
        if lag == 1 and loop.before(t) in loop.products:
            block = loop.block(loop.factors[1][t], of, by)
            shape = (count_of(loop, of), count_of(loop, by))
            yield Step(derivative(of, t, by, loop.before(t)), (), page.table(block, shape))


def _matrix_rows(page: Page, loop: Loop, columns: Sequence[int]) -> Iterator[tuple[Sentence, ...]]:
    """The largest and the smallest singular value, and the spectral radius, at each step."""
    for code, values in (
        ("flow-sigma-max", {t: s[0] for t, s in loop.singular.items()}),
        ("flow-sigma-min", {t: s[-1] for t, s in loop.singular.items()}),
        ("flow-radius", {t: x for t, x in loop.radii.items() if x is not None}),
    ):
        if any(values.get(t) is not None for t in columns):
            yield (page.say(code), *(number_cell(page, values.get(t)) for t in columns))


def constant_factor(loop: Loop) -> Matrix | None:
    """The factor that is the same at every step of several, where there is one."""
    factors = list(loop.factors[1].values())
    same = len(factors) > 1 and all(f == factors[0] for f in factors)
    return factors[0] if same and loop.recurrence.longest == 1 else None


def products(page: Page, loop: Loop) -> Iterator[Block]:
    """∂h_T/∂h_s for s from T back to the start, the whole and straight through each state."""
    last = loop.steps[-1]
    steps = [s for s in loop.products if s != last]
    if not steps:
        return
    yield from _highlights(page, loop, steps)
    columns = chosen(steps)
    rows: list[tuple[Sentence, ...]] = [
        (page.say("flow-back"), *((str(abs(last - s)),) for s in columns))
    ]
    for q in loop.shapes:
        scalar = loop.shapes[q] == SCALAR
        left = Ref(f"d{text(q.at(last))}/d{q.name}", Shift(q.over))
        if scalar:
            values = loop.totals[q]
            rows.append(((Math(left),), *(cell(page, values.get(s)) for s in columns)))
        else:
            norms = loop.total_norms[q]
            norm = Apply("norm2", (left,))
            rows.append(((Math(norm),), *(number_cell(page, norms.get(s)) for s in columns)))
    if len(loop.shapes) > 1:
        whole = (number_cell(page, loop.norms.get(s)) for s in columns)
        rows.append((page.say("flow-sigma-max"), *whole))
    for q in (q for q in loop.shapes if has_own_way(loop, q)):
        name = page.say("flow-own-way", name=Math(q.ref()))
        if loop.shapes[q] == SCALAR:
            chain = loop.direct_products[q]
            rows.append((name, *(cell(page, chain.get(s)) for s in columns)))
        else:
            norms = loop.direct_norms[q]
            rows.append((name, *(number_cell(page, norms.get(s)) for s in columns)))
    yield Paragraph(page.say("flow-products", index=loop.recurrence.over, last=step_text(last)))
    yield from grids(head(loop.recurrence.over, columns), rows)


def _highlights(page: Page, loop: Loop, steps: Sequence[int]) -> Iterator[Step]:
    """∂h_100/∂h_1 = 1.1⁹⁹ = 12528: the product written as such, where there is one factor."""
    if loop.size != 1 or loop.recurrence.longest > 1:
        return
    (q,) = loop.shapes
    last = loop.steps[-1]
    for s in dict.fromkeys(steps[-2:]):
        there = [t for t in loop.steps if _between(t, s, last)]
        factors = [page.table(loop.factors[1][t], SCALAR) for t in reversed(there)]
        forms: tuple[Expr, ...] = ()
        if len(there) > 1 and constant_factor(loop) is not None:
            forms = (Apply("^", (literal(factors[0]), Number(str(len(there))))),)
        elif 1 < len(there) <= WRITTEN_OUT:
            names = [derivative(q, t, q, loop.before(t)) for t in reversed(there)]
            forms = (Apply("*", tuple(names)), Apply("*", tuple(map(literal, factors))))
        yield Step(derivative(q, last, q, s), forms, page.table(loop.products[s], SCALAR))


def _between(t: int, s: int, last: int) -> bool:
    return s < t <= last or last <= t < s
