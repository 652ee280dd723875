"""Equations → lines of work: the formula, numbers put in, the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rnnhand.document.blocks import Grid, Inline, Math, Sentence, Shown, Step, Steps
from rnnhand.explain.mathematics import (
    Evaluate,
    ShapeOf,
    at_step,
    distinct,
    mathematical,
    rows_of_batches,
    with_factors,
    with_numbers,
    with_summands,
    written_out,
)
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift
from rnnhand.phrases import Phrases
from rnnhand.system.model import Equation, Quantity, System
from rnnhand.system.passes import passes
from rnnhand.system.schedule import Loop


@dataclass(frozen=True)
class Telling:
    """What it takes to tell how a value came about: the system, its values, the language, and
    how much to say (`result`, `normal` or `full`)."""

    system: System
    shape: ShapeOf
    value: Evaluate
    words: Phrases
    detail: str

    def say(self, code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(self.words, code, **slots)

    def math(self, expr: Expr) -> Expr:
        return mathematical(expr, self.shape, self.system.functions)

    @property
    def full(self) -> bool:
        return self.detail == "full"


def step_of(telling: Telling, equation: Equation, step: int | None, remark: Sentence = ()) -> Step:
    """One equation at one step, worked out."""
    system = telling.system
    target = at_step(equation.target, system, step)
    bodies = [t.body for t in equation.terms if t.steps is None or step in t.steps]
    body: Expr = Number("0")
    if bodies:
        body = bodies[0] if len(bodies) == 1 else Apply("+", tuple(bodies))
    result = telling.value(target, None)
    return line(telling, target, body, result, remark, step=step)


def line(
    telling: Telling,
    left: Expr,
    body: Expr,
    result: Table,
    remark: Sentence = (),
    sign: str = "=",
    step: int | None = None,
) -> Step:
    """`left = body = numbers put in = … = result`, the body at a step (or at absolute ones)."""
    math, value, system = telling.math, telling.value, telling.system
    here = at_step(body, system, step)
    out = written_out(here, system)
    forms = [math(here)]
    if out != here:
        # A sum over steps: its summands stand at steps of their own.
        body, step = out, None
        forms += [math(out)] if telling.full else []
    out, body = (rows_of_batches(e, telling.shape) for e in (out, body))
    forms.append(with_numbers(math(out), value))
    if _has_worked_factors(out):
        forms.append(with_factors(math(body), value, step))
    if isinstance(out, Apply) and out.op in ("+", "-") and _worth_summing(out):
        forms.append(with_summands(body, value, step))
    return Step(left, distinct(forms, result), result, remark, sign)


def _worth_summing(expr: Apply) -> bool:
    """Whether some summand is more than a name or a number."""
    return any(not isinstance(a, Ref | Number) for a in expr.args)


def _has_worked_factors(expr: Expr) -> bool:
    """Whether some product has a factor that is itself a calculation, such as 1 − h²."""
    match expr:
        case Apply("+" | "neg", args):
            return any(_has_worked_factors(a) for a in args)
        case Apply("*" | "@", args):
            return any(isinstance(a, Apply) and a.op != "T" for a in args)
        case _:
            return False


def routes(telling: Telling, equation: Equation, step: int | None) -> Sentence:
    """Through which quantities the summands of an adjoint came: through ŷ_2, through a_3."""
    system = telling.system
    found: dict[Expr, None] = {}
    for term in equation.terms:
        route = term.route
        if route is not None and (term.steps is None or step in term.steps):
            found[route if _is_summed(route, equation) else at_step(route, system, step)] = None
    if not found:
        return telling.say("nothing-flows")
    return joined([telling.say("through", quantity=Math(r)) for r in found])


def _is_summed(route: Ref, equation: Equation) -> bool:
    """Whether a reader runs with another index: of all s_k that read h_2 none is s_2."""
    read, own = route.index, equation.target.index
    return isinstance(read, Shift) and isinstance(own, Shift) and read.var != own.var


def remark(telling: Telling, equation: Equation, step: int | None) -> Sentence:
    """What is worth saying beside an adjoint: its routes where there are several, and where it
    ends because a slope is 0."""
    terms = [t for t in equation.terms if t.steps is None or step in t.steps]
    if len(equation.terms) > 1 or not terms or telling.full:
        return routes(telling, equation, step)
    body = terms[0].body
    factors = body.args if isinstance(body, Apply) and body.op == "*" else ()
    slopes = [f for f in factors if isinstance(f, Apply)]
    if any(is_zero(telling.value(f, step)) for f in slopes):
        return telling.say("slope-zero")
    return ()


def in_passes(telling: Telling, equations: Sequence[Equation], direction: int) -> list[Loop]:
    """Equations in passes over the steps, those of one index after those of the other."""
    found: dict[str, list[Equation]] = {}
    for e in equations:
        if e.steps is not None:
            found.setdefault(telling.system.quantity(e.target).over, []).append(e)
    return [one for over in found.values() for one in passes(telling.system, over, direction)]


def grouped(
    telling: Telling, loops: Iterable[Loop], worked: Callable[[Equation, int], Sequence[Step]]
) -> Iterator[Steps]:
    """The lines of equations, pass by pass and step by step, under labels t = 1, t = 2."""
    for one in loops:
        steps = sorted({s for e in one.equations for s in e.steps or ()})
        for step in steps if one.direction > 0 else reversed(steps):
            there = [e for e in one.equations if e.steps is not None and step in e.steps]
            lines = tuple(line for e in there for line in worked(e, step))
            if lines:
                yield Steps(label(telling.system.quantity(there[0].target).over, step), lines)


def label(over: str, step: int) -> Sentence:
    """t = 2, as it stands before the lines of a step."""
    return (f"{over} = {step}".replace("-", "−"),)


def grid(
    telling: Telling,
    rows: Sequence[tuple[Quantity, Ref]],
    over: str,
) -> Grid | None:
    """The book's table: a row a quantity (with the name to show for it), a column a step."""
    system = telling.system
    steps = sorted({s for q, _ in rows for run in system.steps.get(q, ()) for s in run})
    if not steps:
        return None
    head: list[Sentence] = [(Math(Ref(over)),)]
    head += [(str(step).replace("-", "−"),) for step in steps]
    body = []
    for q, name in rows:
        cells: list[Sentence] = [(Math(name),)]
        for step in steps:
            there = system.exists(q, step)
            cells.append((Shown(telling.value(q.at(step), None)),) if there else ())
        body.append(tuple(cells))
    return Grid(tuple(head), tuple(body))


def is_zero(table: Table) -> bool:
    """Whether every entry is exactly 0."""
    if isinstance(table, Numeral):
        return table.exact == Number("0")
    return all(is_zero(item) for item in table)
