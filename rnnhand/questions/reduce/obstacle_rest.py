"""A cell that gives 0 as long as nothing enters: no bias stands anywhere but inside a gate.

Where the input and all states at the start are 0, every product with one of them is 0. A gate is
not, but what it lets through is. No weights change that, and a function that is taken out leaves
its argument, which is 0 as well.
"""

from __future__ import annotations

from rnnhand.calculus.choice import Side
from rnnhand.calculus.simplify import Facts
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.sampled import AT_REST, Run, is_certain, sampled


def rests(side: Side, facts: Facts) -> bool:
    """Whether the output stays 0 whatever is fixed, while the input and the states are 0."""
    still = {side.reads, *side.bodies}
    while True:
        fixable = {
            q for q, b in side.bodies.items() if isinstance(b, Apply) and b.op in side.functions
        }
        moved = {
            q
            for q in still & side.bodies.keys()
            if (q in fixable and q != side.gives)
            or not _is_still(side, side.bodies[q], still, facts)
        }
        if not moved:
            return side.gives in still
        still -= moved


def _is_still(side: Side, expr: Expr, still: set[str], facts: Facts) -> bool:
    """Whether an expression is 0 where the sequences that are `still` are."""
    match expr:
        case Number():
            return expr.value == 0
        case Ref(name):
            return name in still
        case Apply("*" | "@", args):
            return any(_is_still(side, a, still, facts) for a in args)
        case Apply("+" | "-" | "neg" | ";" | "T", args):
            return all(_is_still(side, a, still, facts) for a in args)
        case Apply(op, (a,)) if op in side.functions and op not in side.open:
            at_0 = facts.value(side.functions[op], Number("0").value)
            return at_0 == 0 and _is_still(side, a, still, facts)
        case _:
            return False


def gives_alone(cell: Cell, functions: Functions) -> bool:
    """Whether the output is not 0 though the input and the states are."""
    return bool(sampled(cell, functions, AT_REST, 1, _moves))


def _moves(run: Run) -> bool:
    return any(map(is_certain, run.outputs()))
