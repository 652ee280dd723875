"""The functions that routes go through, in their order, without all that stands beside them.

There are few of these chains where there are too many routes to follow one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from rnnhand.calculus.route_sums import LIKE_SIGMA, LOGISTIC
from rnnhand.calculus.routes import Routes
from rnnhand.language.tree import Apply, Expr, Ref, Shift

Chain: TypeAlias = tuple[str, ...]
"""From the output to the input."""


@dataclass
class Chains:
    """At least the chains of all routes of a side in one variant, by steps that they go back."""

    routes: Routes
    _known: dict[tuple[str, int], frozenset[Chain]] = field(default_factory=dict)
    _open: set[tuple[str, int]] = field(default_factory=set)

    def of(self, q: str, lag: int) -> frozenset[Chain]:
        key = (q, lag)
        if q in self.routes.variant.constant or key in self._open or lag < 0:
            return frozenset()
        if key not in self._known:
            self._open.add(key)
            self._known[key] = self._through(self.routes.side.bodies[q], lag)
            self._open.discard(key)
        return self._known[key]

    def _through(self, expr: Expr, lag: int) -> frozenset[Chain]:
        match expr:
            case Ref(name, index):
                offset = index.offset if isinstance(index, Shift) else 0
                if name == self.routes.side.reads:
                    return frozenset({()} if -offset == lag else ())
                there = name in self.routes.side.bodies
                return self.of(name, lag + offset) if there else frozenset()
            case Apply(op, args):
                found = frozenset[Chain]().union(*(self._through(a, lag) for a in args))
                letter = self.routes.function(op)
                if letter is None:
                    return found
                name = LOGISTIC if letter.name in LIKE_SIGMA else letter.name
                return frozenset((name, *chain) for chain in found)
            case _:
                return frozenset()
