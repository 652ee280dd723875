"""Scheduled equations → the lines of a Python function, each with its equation as a comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from rnnhand.export.spelling import SUM, Spelling, steps_code
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Over, Ref, Shift, children, refs
from rnnhand.language.tree import Expr as Tree
from rnnhand.system.model import SCALAR, Equation, Quantity, System, Term, merged
from rnnhand.system.schedule import Block, Instances, Loop, schedule

INDENT = "    "


def statements(spelling: Spelling, equations: Sequence[Equation]) -> Iterator[str]:
    """The lines that compute some equations, in an order in which nothing is read early."""
    for block in fused(spelling.system, schedule(spelling.system, equations)):
        match block:
            case Loop():
                yield from _loop(spelling, block)
            case Instances():
                yield from _instances(spelling, block)
            case _:
                assert_never(block)


def _loop(spelling: Spelling, block: Loop) -> Iterator[str]:
    running = [e for e in block.equations if isinstance(e.target.index, Shift)]
    if not running:
        for equation in block.equations:
            yield from _assignment(spelling, equation)
        return
    index = running[0].target.index
    assert isinstance(index, Shift)
    steps = merged(e.steps for e in running if e.steps is not None)
    yield f"for {spelling.names.other(index.var)} in {steps_code(steps, block.direction)}:"
    before = ""
    for equation in block.equations:
        guard = _during(spelling, index.var, equation.steps, steps)
        deeper = INDENT * (2 if guard else 1)
        if guard and guard != before:
            yield f"{INDENT}if {guard}:"
        before = guard
        yield from (deeper + line for line in _assignment(spelling, equation))


def _instances(spelling: Spelling, block: Instances) -> Iterator[str]:
    """One step of one equation after the other."""
    for equation, step in block.order:
        index = equation.target.index
        if step is not None and isinstance(index, Shift):
            spelling.fixed[index.var] = step
        terms = tuple(t for t in equation.terms if t.steps is None or step in t.steps)
        whole = tuple(replace(t, steps=None) for t in terms)
        yield from _assignment(spelling, replace(equation, terms=whole, steps=None))
        spelling.fixed.clear()


def _assignment(spelling: Spelling, equation: Equation) -> Iterator[str]:
    """The equation as a comment, and `target = sum of the terms`."""
    right = " + ".join(text(term.body) for term in equation.terms) or "0"
    yield f"# {text(equation.target)} = {right.replace(' + -', ' - ')}"
    yield f"{spelling.code(equation.target).text} = {_total(spelling, equation)}"


def _total(spelling: Spelling, equation: Equation) -> str:
    """The sum of the terms that are there at the step."""
    shape = spelling.system.shapes[spelling.system.quantity(equation.target)]
    parts = []
    whole = False
    for term in equation.terms:
        own = spelling.shape(term.body)
        code = spelling.laid(spelling.code(term.body), own, shape)
        when = _when(spelling, term, equation)
        whole = whole or (when == "" and own != SCALAR)
        single = len(equation.terms) == 1 and not when
        if single and own == shape and spelling.is_constant(term.body):
            return spelling.argument(term.body)
        if single and _is_mention(spelling, term.body):
            return spelling.dialect.copy.format(code.text)
        parts.append(f"({code.text} if {when} else 0)" if when else code.above(SUM - 1))
    if shape != SCALAR and not whole:
        parts.insert(0, f"{spelling.dialect.module}.zeros({shape})")
    parts[1:] = [f"({p})" if p.startswith("-") else p for p in parts[1:]]
    return " + ".join(parts) or "0.0"


def _is_mention(spelling: Spelling, expr: Tree) -> bool:
    """Whether an expression is another quantity as it stands."""
    while isinstance(expr, Apply) and expr.op == "T" and spelling.shape(expr) == SCALAR:
        (expr,) = expr.args
    return isinstance(expr, Ref)


def _when(spelling: Spelling, term: Term, equation: Equation) -> str:
    """When a term is there; nothing where it always is."""
    index = equation.target.index
    if term.steps is None or equation.steps is None:
        return ""
    if not isinstance(index, Shift):
        return "" if equation.steps[0] in term.steps else "False"
    return _during(spelling, index.var, term.steps, (equation.steps,))


def _during(spelling: Spelling, var: str, steps: range | None, all_steps: Sequence[range]) -> str:
    """The condition under which a running index is within `steps`."""
    t = spelling.names.other(var)
    if steps is None or list(all_steps) == [steps]:
        return ""
    if len(steps) == 1:
        return f"{t} == {steps[0]}"
    if len(all_steps) == 1 and steps.start == all_steps[0].start:
        return f"{t} <= {steps[-1]}"
    if len(all_steps) == 1 and steps.stop == all_steps[0].stop:
        return f"{t} >= {steps[0]}"
    return f"{steps[0]} <= {t} <= {steps[-1]}"


def fused(system: System, blocks: Sequence[Block]) -> list[Block]:
    """Loops that follow each other made one where every value is still there when it is read."""
    found: list[Block] = []
    for block in blocks:
        needs = {
            system.quantity(r) for e in _equations(block) for t in e.terms for r in refs(t.body)
        }
        for i in reversed(range(len(found))):
            other = found[i]
            both = None
            if isinstance(block, Loop) and isinstance(other, Loop):
                both = _joined(system, other, block)
            if both is not None:
                found[i] = both
                break
            if needs & {system.quantity(e.target) for e in _equations(other)}:
                found.append(block)
                break
        else:
            found.append(block)
    return found


def _equations(block: Block) -> list[Equation]:
    if isinstance(block, Loop):
        return list(block.equations)
    return [equation for equation, _ in block.order]


def _joined(system: System, first: Loop, second: Loop) -> Loop | None:
    """One loop for two, or None where the second reads what the first has not made by then."""
    indices = {
        e.target.index.var if isinstance(e.target.index, Shift) else ""
        for e in (*first.equations, *second.equations)
    }
    if len(indices) > 1 or indices == {""}:
        return None
    (var,) = indices
    wanted = {d for d in (_direction(system, first), _direction(system, second)) if d}
    if len(wanted) > 1:
        return None
    made = {system.quantity(e.target) for e in first.equations}
    lags = [
        lag
        for e in second.equations
        for term in e.terms
        for lag in _lags(system, term.body, var, made)
    ]
    direction = next(iter(wanted), 0)
    for way in (direction,) if direction else (1, -1):
        if all(lag is not None and lag * way <= 0 for lag in lags):
            return Loop((*first.equations, *second.equations), way)
    return None


def _direction(system: System, loop: Loop) -> int:
    """The way in which a loop must run; 0 where either will do."""
    made = {system.quantity(e.target) for e in loop.equations}
    for equation in loop.equations:
        assert isinstance(equation.target.index, Shift)
        var = equation.target.index.var
        if any(lag for t in equation.terms for lag in _lags(system, t.body, var, made)):
            return loop.direction
    return 0


def _lags(system: System, expr: Tree, var: str, made: set[Quantity]) -> Iterator[int | None]:
    """How far away the quantities of `made` are read; None where it is not by a running index."""
    for ref, running in _mentions(expr, True, var):
        if system.quantity(ref) in made:
            index = ref.index
            runs = running and isinstance(index, Shift) and index.var == var
            yield index.offset if runs and isinstance(index, Shift) else None


def _mentions(expr: Tree, running: bool, var: str) -> Iterator[tuple[Ref, bool]]:
    if isinstance(expr, Ref):
        yield expr, running
    inside = running and not (isinstance(expr, Over) and expr.var == var)
    for child in children(expr):
        yield from _mentions(child, inside, var)
