"""Signs that may be wrong beside something else: of what stands in a sum, and of a summand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.calculus.rules import negative
from rnnhand.language.tree import Apply, Expr, children
from rnnhand.questions.formula.spots import Candidate, Change, Edit, Spot


def turned_signs(there: Sequence[Spot], summand: Spot) -> Iterator[Candidate]:
    """The signs inside a summand, and its own, which any of its factors may bear."""
    for spot in there:
        node = spot.node
        is_sum = isinstance(node, Apply) and node.op in ("+", "-")
        if is_sum and spot.role == "value" and spot.way[: len(summand.way)] == summand.way:
            yield from (
                _turned(part, node, (*spot.way, i)) for i, part in enumerate(children(node))
            )
    factors = children(summand.node)
    if isinstance(summand.node, Apply) and summand.node.op == "*":
        for i in dict.fromkeys((0, len(factors) - 1)):
            change = Change((*summand.way, i), negative(factors[i]))
            edit = Edit("wrong-sign", summand.node, negative(summand.node))
            yield Candidate(edit, (change,))


def _turned(part: Expr, within: Expr, way: tuple[int, ...]) -> Candidate:
    return Candidate(
        Edit("wrong-sign", part, negative(part), within), (Change(way, negative(part)),)
    )
