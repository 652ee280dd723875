"""`flow` on a page: the factors, their products, bounds and verdict, what each step contributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.base import Scalar
from rnnhand.calculus.gradient import contribution, shapes_in
from rnnhand.calculus.step import formula
from rnnhand.document.blocks import (
    Block,
    Curve,
    Definitions,
    Document,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Plot,
    Section,
    Sentence,
    Shown,
    Step,
)
from rnnhand.explain.mathematics import literal
from rnnhand.explain.sentences import joined
from rnnhand.explain.steps import Telling
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Number, Ref, Shift, refs, rewrite, walk
from rnnhand.phrases import Phrases
from rnnhand.questions.evaluation import evaluator
from rnnhand.questions.flow.bounds import Bound
from rnnhand.questions.flow.check import confirmed
from rnnhand.questions.flow.flow import Flow, Options, direct_verdict, has_own_way, verdict_of
from rnnhand.questions.flow.verdict import Verdict
from rnnhand.questions.flow.work import Clipped, Loop, Matrix, Way
from rnnhand.questions.key import shown
from rnnhand.questions.solve import Options as SolveOptions
from rnnhand.questions.solve import Solution, model
from rnnhand.system.model import SCALAR, Quantity, Shape

MOST_COLUMNS = 16
"""Steps up to which a table has them all."""

LARGEST = 3
"""Rows of a matrix of derivatives up to which it is written out."""

WRITTEN_OUT = 6
"""Factors up to which a product is written out."""


@dataclass(frozen=True)
class Page:
    """What it takes to tell of a flow."""

    flow: Flow
    telling: Telling
    digits: int

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
        functions = self.telling.system.functions

        def spell(node: Expr) -> Expr:
            if isinstance(node, Apply) and node.op in functions:
                return replace(node, spelling=functions[node.op].notation or node.op)
            return node

        return rewrite(expr, spell)

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


def document(flow: Flow, options: Options, words: Phrases) -> Document:
    """The whole page."""
    page = page_of(flow, options, words)
    problem = flow.problem
    solution = Solution(problem, (), flow.worked)
    blocks: list[Block] = list(model(page.telling, solution, SolveOptions(digits=options.digits)))
    for i in range(len(flow.settled.work.loops)):
        blocks.append(_loop(page, i))
    blocks += _gradient(page)
    plotted = plot(page)
    blocks += [plotted] if plotted else []
    blocks += _skipped(page)
    blocks.append(_check(page))
    title = problem.wording(problem.title, words.lang) or problem.name
    return Document(title, problem.wording(problem.source, words.lang), words.lang, tuple(blocks))


def page_of(flow: Flow, options: Options, words: Phrases) -> Page:
    full = flow.plan.plan.full
    shape = shapes_in(full)
    value = evaluator(flow.worked, shape, options.digits)
    return Page(flow, Telling(full, shape, value, words, options.detail), options.digits)


# Names


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


# From step to step


def _loop(page: Page, i: int) -> Section:
    loop = page.flow.settled.work.loops[i]
    r = loop.recurrence
    names = joined([(Math(q.ref()),) for q in r.states])
    code = "flow-carried" if r.direction > 0 else "flow-carried-back"
    blocks: list[Block] = [Paragraph(page.say(code, states=names))]
    if r.derived:
        derived = joined([(Math(q.ref()),) for q in r.derived])
        blocks.append(Paragraph(page.say("flow-derived", names=derived)))
    blocks += _formulas(page, loop)
    blocks += _factors(page, loop)
    blocks += _products(page, loop)
    blocks += _bounds(page, i)
    blocks += _verdicts(page, i)
    return Section(page.say("flow-loop", states=names), tuple(blocks))


def pairs(loop: Loop) -> list[tuple[Quantity, Quantity, int]]:
    """(state, state before, lag) of the derivatives that are not 0 by themselves."""
    return list(dict.fromkeys((w.of, w.state, w.lag) for w in loop.ways))


def ways_between(loop: Loop, of: Quantity, by: Quantity, lag: int) -> list[Way]:
    """The ways between two states; straight through the state's own equation first."""
    found = [w for w in loop.ways if (w.of, w.state, w.lag) == (of, by, lag)]
    return sorted(found, key=lambda w: w.through != w.of)


def _formulas(page: Page, loop: Loop) -> Iterator[Block]:
    """∂h_t/∂h_{t−1} as the sum over the ways, where each has a formula."""
    lines: list[tuple[Expr, Expr]] = []
    for of, by, lag in pairs(loop):
        parts = [
            formula(w.moved, w.of) if w.by == w.state else None
            for w in ways_between(loop, of, by, lag)
        ]
        known = tuple(p for p in parts if p is not None)
        if len(known) < len(parts):
            continue
        whole = page.spelled(known[0] if len(known) == 1 else Apply("+", known))
        left = general(of, by, lag, loop.recurrence.direction)
        lines.append((left, whole))
    if lines:
        yield Paragraph(page.say("flow-factor"))
        yield Definitions(tuple(lines))


def _factors(page: Page, loop: Loop) -> Iterator[Block]:
    """The factors step by step: one number where all are the same, else a table."""
    steps = list(loop.steps)
    scalar = all(shape == SCALAR for shape in loop.shapes.values())
    same = _constant(loop)
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
    else:
        columns = chosen(steps)
    rows: list[tuple[Sentence, ...]] = []
    for of, by, lag in pairs(loop):
        ways = ways_between(loop, of, by, lag)
        left = general(of, by, lag, loop.recurrence.direction)
        if scalar:
            values = factors_between(loop, of, by, lag)
            rows.append(((Math(left),), *(_cell(page, values.get(t)) for t in columns)))
            if len(ways) > 1:
                for way in ways:
                    name = _way_name(page, loop, way)
                    rows.append((name, *(_cell(page, way.values.get(t)) for t in columns)))
    if not scalar:
        rows += _matrix_rows(page, loop, columns)
    yield Grid(_head(loop.recurrence.over, columns), tuple(rows))
    if same is None and not scalar and loop.size <= LARGEST and len(steps) <= WRITTEN_OUT:
        for t in steps:
            yield from _written(page, loop, t)


def _way_name(page: Page, loop: Loop, way: Way) -> Sentence:
    """Through which quantity a way goes; through the one that is read, where it is no state."""
    if way.by != way.state:
        ref = way.by.ref(-way.lag * loop.recurrence.direction)
        return page.say("flow-way", name=Math(ref))
    if page.owner(way.through) == way.of:
        return page.say("flow-way-own")
    return page.say("flow-way", name=Math(page.owner(way.through).ref()))


def _written(page: Page, loop: Loop, t: int) -> Iterator[Step]:
    for of, by, lag in pairs(loop):
        if lag == 1 and loop.before(t) in loop.products:
            block = loop.block(loop.factors[1][t], of, by)
            shape = (_count(loop, of), _count(loop, by))
            yield Step(derivative(of, t, by, loop.before(t)), (), page.table(block, shape))


def _matrix_rows(page: Page, loop: Loop, columns: Sequence[int]) -> Iterator[tuple[Sentence, ...]]:
    """The largest and the smallest singular value, and the spectral radius, at each step."""
    for code, values in (
        ("flow-sigma-max", {t: s[0] for t, s in loop.singular.items()}),
        ("flow-sigma-min", {t: s[-1] for t, s in loop.singular.items()}),
        ("flow-radius", {t: x for t, x in loop.radii.items() if x is not None}),
    ):
        yield (page.say(code), *(_number(page, values.get(t)) for t in columns))


def factors_between(loop: Loop, of: Quantity, by: Quantity, lag: int) -> dict[int, Matrix]:
    """The derivative of a state by another, over all ways, at the steps where there is one."""
    there = {t for w in ways_between(loop, of, by, lag) for t in w.values}
    return {t: loop.block(x, of, by) for t, x in loop.factors[lag].items() if t in there}


def _constant(loop: Loop) -> Matrix | None:
    """The factor that is the same at every step of several, where there is one."""
    factors = list(loop.factors[1].values())
    same = len(factors) > 1 and all(f == factors[0] for f in factors)
    return factors[0] if same and loop.recurrence.longest == 1 else None


def _count(loop: Loop, q: Quantity) -> int:
    rows, columns = loop.shapes[q]
    return rows * columns


def _cell(page: Page, value: Matrix | None) -> Sentence:
    return () if value is None else (Shown(page.table(value, SCALAR)),)


def _number(page: Page, value: Scalar | None) -> Sentence:
    return () if value is None else (Shown(page.numeral(value)),)


def _head(over: str, steps: Sequence[int]) -> tuple[Sentence, ...]:
    first: Sentence = (Math(Ref(over)),)
    return (first, *((_step(s),) for s in steps))


def _step(t: int) -> str:
    return str(t).replace("-", "−")


# Products


def _products(page: Page, loop: Loop) -> Iterator[Block]:
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
            rows.append(((Math(left),), *(_cell(page, values.get(s)) for s in columns)))
        else:
            norms = loop.total_norms[q]
            norm = Apply("norm2", (left,))
            rows.append(((Math(norm),), *(_number(page, norms.get(s)) for s in columns)))
    for q in (q for q in loop.shapes if has_own_way(loop, q)):
        name = page.say("flow-own-way", name=Math(q.ref()))
        if loop.shapes[q] == SCALAR:
            chain = loop.direct_products[q]
            rows.append((name, *(_cell(page, chain.get(s)) for s in columns)))
        else:
            norms = loop.direct_norms[q]
            rows.append((name, *(_number(page, norms.get(s)) for s in columns)))
    yield Paragraph(page.say("flow-products", last=_step(last)))
    yield Grid(_head(loop.recurrence.over, columns), tuple(rows))


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
        if len(there) > 1 and _constant(loop) is not None:
            forms = (Apply("^", (literal(factors[0]), Number(str(len(there))))),)
        elif 1 < len(there) <= WRITTEN_OUT:
            names = [derivative(q, t, q, loop.before(t)) for t in reversed(there)]
            forms = (Apply("*", tuple(names)), Apply("*", tuple(map(literal, factors))))
        yield Step(derivative(q, last, q, s), forms, page.table(loop.products[s], SCALAR))


def _between(t: int, s: int, last: int) -> bool:
    return s < t <= last or last <= t < s


# Bounds and verdict


def _bounds(page: Page, i: int) -> Iterator[Block]:
    work = page.flow.settled.work
    loop = work.loops[i]
    mine = {
        Quantity(n.name)
        for w in loop.ways
        for e in w.moved.moving
        for term in e.terms
        for n in walk(term.body)
        if isinstance(n, Ref) and n.index is None
    }
    for q, (values, radius) in work.weights.items():
        if q in mine and page.telling.system.shapes[q] != SCALAR:
            yield Paragraph(_weight(page, q, values, radius))
    for (k, of, by), bound in work.bounds.items():
        if k == i:
            left = general(of, by, 1, loop.recurrence.direction)
            scalar = loop.shapes[of] == loop.shapes[by] == SCALAR
            size = Apply("abs" if scalar else "norm2", (left,))
            yield Paragraph(_bound(page, size, bound))


def _bound(page: Page, size: Expr, bound: Bound) -> Sentence:
    """|∂h_t/∂h_{t−1}| ≤ max |tanh′|·|w| = 1·1.1 = 1.1"""
    value = Shown(page.numeral(bound.value))
    if not any(True for _ in refs(bound.written)):
        return page.say("flow-bound-number", factor=Math(size), value=value)
    numbers: Sentence = ()
    if len(bound.factors) > 1:
        put = tuple(literal(page.numeral(x)) for x in bound.factors)
        numbers = (Math(Apply("*", put)), " = ")
    written = Math(page.spelled(bound.written))
    said = page.say("flow-bound", factor=Math(size), written=written, value=(*numbers, value))
    norms = any(isinstance(n, Apply) and n.op == "norm2" for n in walk(bound.written))
    return (*said, " ", *page.say("flow-norm")) if norms else said


def _weight(page: Page, q: Quantity, values: Sequence[Scalar], radius: Scalar | None) -> Sentence:
    listed = joined([_number(page, x) for x in values[:8]])
    name = Math(q.ref())
    if len(values) == 1 and radius is None:
        return page.say("flow-weight-vector", name=name, value=listed)
    if radius is None:
        return page.say("flow-weight", name=name, values=listed)
    return page.say(
        "flow-weight-square", name=name, values=listed, radius=Shown(page.numeral(radius))
    )


def _verdicts(page: Page, i: int) -> Iterator[Block]:
    loop = page.flow.settled.work.loops[i]
    names = joined([(Math(q.ref()),) for q in loop.recurrence.states])
    yield Paragraph(_verdict(page, verdict_of(page.flow.settled.work, i), loop, names))
    for q in (q for q in loop.shapes if has_own_way(loop, q)):
        way = page.say("flow-own-way", name=Math(q.ref()))
        yield Paragraph(_verdict(page, direct_verdict(loop, q), loop, way))


def _verdict(page: Page, v: Verdict, loop: Loop, subject: Sentence) -> Sentence:
    reason = page.say(
        f"flow-reason-{v.reason}",
        number=_number(page, v.number) if v.number is not None else "",
        step="" if v.step is None else _step(v.step),
        last=_step(loop.steps[-1]),
        count=str(len(loop.products) - 1),
    )
    return page.say(f"flow-{v.kind}", subject=subject, reason=reason)


# The gradient


def _gradient(page: Page) -> Iterator[Block]:
    work, plan = page.flow.settled.work, page.flow.plan.plan
    if plan.gradient is None:
        yield Note("warning", page.say("flow-no-number"))
        return
    of = plan.gradient.of
    blocks: list[Block] = []
    for over in plan.system.indices:
        table = _contributions(page, of, over)
        if table is not None:
            blocks.append(table)
    for clipped in work.clipped:
        blocks.append(Paragraph(_clipping(page, clipped)))
    if work.clipped:
        blocks.append(Paragraph(page.say("flow-clip-shares")))
    if blocks:
        blocks.insert(0, Paragraph(page.say("flow-contributions", loss=Math(of))))
        yield Section(page.say("flow-gradient", loss=Math(of)), tuple(blocks))


def _contributions(page: Page, of: Ref, over: str) -> Grid | None:
    """A row a parameter: what each step gives, and the sum of all; sizes where it is an array."""
    work = page.flow.settled.work
    system = page.telling.system
    gradient = page.flow.plan.plan.gradient
    assert gradient is not None
    reached = {gradient.system.quantity(e.target) for e in gradient.adjoints if e.terms}
    states = [q for loop in work.loops for q in loop.shapes if q.over == over]
    states = [q for q in states if gradient.of_quantity(q) in reached]
    parameters = [q for q in work.contributions if contribution(of, q, over) in reached]
    every = sorted(
        {s for q in states for s in work.adjoint_norms[q]}
        | {s for p in parameters for s in work.contributions[p]}
    )
    if not every:
        return None
    columns = chosen(every)
    rows: list[tuple[Sentence, ...]] = []
    for q in states:
        left: Expr = Ref(f"d{text(of)}/d{q.name}", Shift(q.over))
        if system.shapes[q] == SCALAR:
            cells = [_adjoint(page, q, s) for s in columns]
        else:
            left = Apply("norm2", (left,))
            cells = [_number(page, work.adjoint_norms[q].get(s)) for s in columns]
        rows.append(((Math(left),), *cells, ()))
    for p in parameters:
        left = Ref(gradient.of_quantity(p).name)
        parts = work.contributions[p]
        if system.shapes[p] == SCALAR:
            cells = [_cell(page, parts.get(s)) for s in columns]
        else:
            left = Apply("norm2", (left,))
            cells = [_number(page, work.shares[p].get(s)) for s in columns]
        total = work.totals[p]
        rows.append(((Math(left),), *cells, _number(page, total)))
    return Grid((*_head(over, columns), page.say("flow-sum")), tuple(rows))


def _adjoint(page: Page, q: Quantity, s: int) -> Sentence:
    value = page.flow.settled.work.adjoints[q].get(s)
    return _cell(page, value)


def _clipping(page: Page, c: Clipped) -> Sentence:
    kind, bound = c.rule
    slots: dict[str, Inline | Sentence] = {
        "bound": Shown(page.numeral(page.flow.settled.arithmetic.number(bound))),
        "before": Shown(page.numeral(c.before)),
        "after": Shown(page.numeral(c.after)),
        "cut": str(c.cut),
        "entries": str(c.entries),
    }
    if c.factor is not None:
        return page.say("flow-clip-norm", factor=Shown(page.numeral(c.factor)), **slots)
    if c.cosine == 1:
        return page.say("flow-clip-value-straight", **slots)
    if c.cosine is not None:
        return page.say("flow-clip-value", cosine=Shown(page.numeral(c.cosine)), **slots)
    return page.say(f"flow-clip-{kind}-idle", **slots)


# The plot


def plot(page: Page) -> Plot | None:
    """The size of ∂(last state)/∂(state at t) over t, a curve each; straight ways too."""
    curves: list[Curve] = []
    for loop in page.flow.settled.work.loops:
        last = loop.steps[-1]
        for q in loop.shapes:
            left = Ref(f"d{text(q.at(last))}/d{q.name}", Shift(q.over))
            size = Apply("abs" if loop.shapes[q] == SCALAR else "norm2", (left,))
            curves.append(Curve((Math(size),), _points(loop.total_norms[q])))
        for q in (q for q in loop.shapes if has_own_way(loop, q)):
            name = page.say("flow-own-way", name=Math(q.ref()))
            curves.append(Curve(name, _points(loop.direct_norms[q])))
    drawn = tuple(c for c in curves if len(c.points) > 1)
    if not drawn:
        return None
    over = page.flow.settled.work.loops[0].recurrence.over
    return Plot(
        page.say("flow-plot"),
        page.say("flow-plot-across", index=Math(Ref(over))),
        page.say("flow-plot-up"),
        drawn,
    )


def _points(norms: Mapping[int, Scalar]) -> tuple[tuple[int, float], ...]:
    """Sizes as powers of ten, in the order of the steps; those that are 0 are left out."""
    found = [(s, spectrum.power_of_ten(x)) for s, x in norms.items() if x > 0]
    return tuple(sorted(found))


# Notes


def _skipped(page: Page) -> Iterator[Note]:
    for members in page.flow.plan.found[1]:
        names = joined([(Math(q.ref()),) for q in members])
        yield Note("warning", page.say("flow-strange", names=names))


def _check(page: Page) -> Note:
    digits = confirmed(page.flow)
    if digits is None:
        return Note("check", page.say("flow-checked-exactly"))
    if digits > 0:
        return Note("check", page.say("flow-checked", digits=str(digits)))
    return Note("warning", page.say("flow-not-confirmed"))
