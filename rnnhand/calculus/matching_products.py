"""Products of two systems: every factor of the target is some factor of the source."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from rnnhand.calculus.choice import (
    Choice,
    Difference,
    Search,
    differing,
    is_parameter,
    only_parameters,
)
from rnnhand.calculus.making import make_rest
from rnnhand.calculus.solving import solved
from rnnhand.calculus.views import (
    product,
)
from rnnhand.language.tree import Expr


def match_products(
    k: Search, s: Choice, fa: list[Expr], fb: list[Expr], fuel: int
) -> Iterator[Choice]:
    """Every factor of the target is some factor of the source; the others are 1."""
    k.look()
    if not fb:
        yield from make_rest(k, s, fa, Fraction(1), fuel)
        return
    b, *others = fb
    if len(fa) >= len(fb) or (k.forgiven and not k.whole):
        for i, a in enumerate(fa):
            rest = [p for j, p in enumerate(fa) if j != i]
            for choice in k.match(k, s, a, b, fuel):
                yield from match_products(k, choice, rest, others, fuel)
    for choice in differing(k, s, Difference("missing", "factor", b)):
        yield from match_products(k, choice, fa, others, fuel)
    if fuel > 0:
        yield from _several(k, s, fa, fb, fuel - 1)
    yield from _weights_taken_together(k, s, fa, fb, fuel)


def _weights_taken_together(
    k: Search, s: Choice, fa: list[Expr], fb: list[Expr], fuel: int
) -> Iterator[Choice]:
    """w·u·h of the source against v·h of the target: w·u = v."""
    mine, theirs = [p for p in fa if is_parameter(k, p)], [p for p in fb if only_parameters(k, p)]
    if len(mine) > 1 and theirs:
        varying = [p for p in fa if p not in mine], [p for p in fb if p not in theirs]
        for choice in match_products(k, s, *varying, fuel):
            yield from solved(k, choice, product(mine), product(theirs))


def _several(k: Search, s: Choice, fa: list[Expr], fb: list[Expr], fuel: int) -> Iterator[Choice]:
    """One factor of the source, such as a sum or a name, is a product of several of the target."""
    places = range(len(fb))
    for size in range(len(fb), 1, -1):
        for chosen in combinations(places, size):
            taken = product([fb[j] for j in chosen])
            others = [fb[j] for j in places if j not in chosen]
            for i, a in enumerate(fa):
                rest = [p for j, p in enumerate(fa) if j != i]
                for choice in k.match(k, s, a, taken, fuel):
                    yield from match_products(k, choice, rest, others, fuel)
