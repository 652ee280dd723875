"""Closed forms on a sheet, `tanh(1/4)` or `sqrt(2)/2`: what they are worth.

What is written must say one number. A form that has no value, or whose value is beyond telling
(exp(200) - exp(200)), would agree with everything; it is refused when the sheet is read.
"""

from __future__ import annotations

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.base import Fault, Scalar
from rnnhand.arithmetic.interval import INTERVALS, says_one_number
from rnnhand.arithmetic.program import constant
from rnnhand.errors import Span, failure
from rnnhand.language.tree import Apply, Expr, Number
from rnnhand.problem.library import functions
from rnnhand.system.model import System

FORMS = System((), {}, {}, functions(), {})
"""What closed forms are evaluated over: functions, and no quantity."""

LETTERS: dict[str, Expr] = {"e": Apply("exp", (Number("1"),))}
"""Letters that are numbers, unless a problem says otherwise: nowhere on a sheet does one."""

BITS = 160
CERTAIN = 64
"""Bits of a closed form that have to be certain."""


def check_constant(expr: Expr, text: str, span: Span) -> None:
    """Raises `Failure` where a closed form does not say one number."""
    try:
        with precision(BITS):
            value = worth(expr)
            is_told = says_one_number(value, CERTAIN)
    except Fault as fault:
        words = {"where": text, **fault.words}
        raise failure(fault.code, span, **words) from None
    if not is_told:
        raise failure("sheet-untold", span, found=text)


def worth(expr: Expr) -> Scalar:
    """The value of a closed form, as an interval. Raises `Fault` where there is none."""
    return constant(expr, FORMS, INTERVALS)
