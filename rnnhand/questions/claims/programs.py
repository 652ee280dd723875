"""Programs that are compiled once and run at several points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.program import Program


@dataclass
class Programs:
    """What was compiled for one point, for use at the next."""

    known: dict[tuple[object, int], Program] = field(default_factory=dict)

    def of(self, what: object, arithmetic: Arithmetic, make: Callable[[], Program]) -> Program:
        key = (what, id(arithmetic))
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]
