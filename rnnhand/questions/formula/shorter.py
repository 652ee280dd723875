"""A long problem with fewer steps, where what a formula is worth is seen as well, and sooner.

What is seen there is proved in the problem itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rnnhand.errors import Failure
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Number, Over, Ref, rewrite, walk, with_children
from rnnhand.questions.formula.formula import Formula, read
from rnnhand.questions.formula.values import Point
from rnnhand.system.model import Entry, Equation, Given, System

LONG, SHORT = 12, 6
"""Steps from which on a formula is looked at in fewer, and how many these are."""

BEGIN, END = 3, 3
"""Steps from the first one on and up to the last one that are the same in a few."""


@dataclass(frozen=True)
class Fewer:
    """Which step of many is which of a few: those near the first stay, those near the last move."""

    steps: range

    @property
    def all(self) -> range:
        return range(self.steps.start, self.steps.start + SHORT)

    def step(self, step: int) -> int:
        """Raises `KeyError` for one in the middle."""
        if step < self.steps.start + BEGIN:
            return step
        if step < self.steps.stop - END:
            raise KeyError(step)
        return step - len(self.steps) + SHORT

    def run(self, steps: range | None) -> range | None:
        """Steps one after another. Raises `KeyError` where they begin or end in the middle."""
        return range(self.step(steps[0]), self.step(steps[-1]) + 1) if steps else steps


def shorter(formula: Formula, points: Sequence[Point]) -> tuple[Formula, list[Point]] | None:
    """The same question in the same words, and the same points, where there are fewer steps; None
    where it is short, or mentions the steps in the middle or the last ones by their numbers."""
    system = formula.problem.system
    summed = any(isinstance(n, Over) or _is_range(n) for n in walk(formula.written))
    if len(system.indices) != 1 or len(formula.instances) != 1 or not summed:
        return None
    ((var, steps),) = system.indices.items()
    if len(steps) <= LONG:
        return None
    fewer = Fewer(steps)
    try:
        if _put(formula.written, fewer) != formula.written:
            return None
        problem = replace(formula.problem, system=_system(system, var, fewer))
        found = read(problem, formula.said(_target(formula.target, fewer)), text(formula.written))
        moved: list[Point] = [
            {q: replace(g, values=_values(point[q].values, fewer)) for q, g in point.items()}
            for point in points
        ]
    except (Failure, KeyError):
        return None
    alike = len(found.instances) == 1 and found.entries == formula.entries
    return (replace(found, written=formula.written), moved) if alike else None


def _system(system: System, var: str, fewer: Fewer) -> System:
    given = {q: _given(g, fewer) if q.over else g for q, g in system.given.items()}
    equations = tuple(_equation(e, fewer) for e in system.equations)
    return replace(system, equations=equations, given=given, indices={var: fewer.all})


def _given(given: Given, fewer: Fewer) -> Given:
    return replace(given, values=_values(given.values, fewer))


def _values(
    values: Mapping[int | None, tuple[Entry, ...]], fewer: Fewer
) -> dict[int | None, tuple[Entry, ...]]:
    """Those that have a place among few steps."""
    found: dict[int | None, tuple[Entry, ...]] = {}
    for step, entries in values.items():
        try:
            found[None if step is None else fewer.step(step)] = entries
        except KeyError:
            continue
    return found


def _equation(equation: Equation, fewer: Fewer) -> Equation:
    terms = tuple(
        replace(t, body=_put(t.body, fewer), steps=fewer.run(t.steps)) for t in equation.terms
    )
    target = _put(equation.target, fewer)
    assert isinstance(target, Ref)
    return replace(equation, target=target, terms=terms, steps=fewer.run(equation.steps))


def _target(target: Expr, fewer: Fewer) -> Expr:
    """The derivative's name; the places of an entry are no steps."""
    if isinstance(target, Apply):
        return with_children(target, (_target(target.args[0], fewer), *target.args[1:]))
    return _put(target, fewer)


def _put(expr: Expr, fewer: Fewer) -> Expr:
    """With the numbers of steps that there are; those of a sum that has its own ends too."""

    def put(node: Expr) -> Expr:
        match node:
            case Apply("Σ" | "Π", (var, low, high, body)):
                return replace(node, args=(var, _end(low, fewer), _end(high, fewer), body))
            case Ref():
                pair = derivative_of(node)
                if pair is None:
                    return _mention(node, fewer)
                return derivative_ref(_mention(pair.of, fewer), _mention(pair.by, fewer))
            case _:
                return node

    return rewrite(expr, put)


def _mention(ref: Ref, fewer: Fewer) -> Ref:
    return replace(ref, index=At(fewer.step(ref.index.step))) if isinstance(ref.index, At) else ref


def _end(end: Expr, fewer: Fewer) -> Expr:
    if isinstance(end, Number) and end.value.denominator == 1:
        return Number(str(fewer.step(int(end.value))))
    return end


def _is_range(node: Expr) -> bool:
    return isinstance(node, Apply) and node.op in ("Σ", "Π")
