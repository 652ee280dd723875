"""What an equation of its own gives at one step, told with the steps beside it where it is the
same: where h[0] = tanh(z) begins h[t] = tanh(a[t]), one summand holds from step 0 on.
"""

from __future__ import annotations

from dataclasses import replace

from rnnhand.calculus.gradient import Gradient, with_adjoints
from rnnhand.calculus.spelled import at
from rnnhand.language.printer import text
from rnnhand.language.tree import Shift
from rnnhand.system.model import Equation, Term


def in_one_run(found: Gradient) -> Gradient:
    """The same gradient, with as few summands as it needs."""
    return with_adjoints(found, _joined)


def _joined(equation: Equation) -> Equation:
    index = equation.target.index
    if not isinstance(index, Shift):
        return equation
    terms = list(equation.terms)
    for single in equation.terms:
        for i, running in enumerate(terms):
            longer = _longer(running, single, index.var)
            if longer is not None and single in terms:
                terms[i] = longer
                terms.remove(single)
                break
    return replace(equation, terms=tuple(terms))


def _longer(running: Term, single: Term, var: str) -> Term | None:
    """A summand that holds at one more step, at which the other one says the same."""
    if running is single or running.steps is None or single.steps is None:
        return None
    if len(single.steps) != 1:
        return None
    (step,) = single.steps
    start, stop = running.steps.start, running.steps.stop
    if step not in (start - 1, stop) or text(at(running.body, step, var)) != text(single.body):
        return None
    return replace(running, steps=range(min(start, step), max(stop, step + 1)))
