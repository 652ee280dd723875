"""Functions that are σ but for numbers before and after, and where they have a value: σ(x) = a at
x = ln(a/(1 − a)), tanh(x) = a at x = 1/2·ln((1 + a)/(1 − a))."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rnnhand.calculus.limits import is_logistic, value_at
from rnnhand.calculus.simplify import Facts, constant, number, polynomial
from rnnhand.calculus.views import ONE, Term, summands, total
from rnnhand.language.tree import Apply, Expr, Number, substitute


@dataclass(frozen=True)
class Logistic:
    """f(x) = low + (high − low)·σ(rate·x)."""

    low: Fraction
    high: Fraction
    rate: Fraction

    def holds(self, value: Fraction) -> bool:
        """Whether f has the value anywhere."""
        return self.low < value < self.high

    def argument(self, value: Expr) -> Expr:
        """Where f has a value between its limits."""
        if not isinstance(value, Number):
            above = in_order([*summands(value), (-self.low, ONE)])
            below = in_order([*summands(value, Fraction(-1)), (self.high, ONE)])
            ratio: Expr = Apply("/", (above, below))
        elif 2 * value.value == self.low + self.high:
            return Number("0")
        else:
            ratio = number((value.value - self.low) / (self.high - value.value))
        return total([(1 / self.rate, Apply("log", (ratio,)))])


def logistic(op: str, facts: Facts) -> Logistic | None:
    """A function as what it is of σ; None where it is not that, or not about x = 0."""
    function, ends = facts.functions.get(op), [facts.limit(op, sign) for sign in (-1, 1)]
    if function is None or not is_logistic(function, facts.functions):
        return None
    known = sorted(end for end in ends if end is not None)
    middle = value_at(function, Fraction(0), facts.functions)
    if len(known) < 2 or middle is None or 2 * middle != sum(known):
        return None
    slope = substitute(next(iter(function.slopes.values())), {"result": number(middle)})
    steep = constant(polynomial(slope, facts))
    low, high = known
    return Logistic(low, high, 4 * steep / (high - low)) if steep else None


def in_order(terms: list[Term]) -> Expr:
    """A sum with its numbers as one, before what is taken away from them: 1 - a."""
    found = summands(total(terms))
    return total(sorted(found, key=lambda term: term[0] < 0))
