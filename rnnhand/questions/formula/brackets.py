"""What a bracket behind a name is: u(i) is an entry of a vector u, w(i + 1) a product."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from rnnhand.language.known import Bracket
from rnnhand.language.tree import Expr, Number, Ref, refs
from rnnhand.questions.formula.indexed import is_class
from rnnhand.questions.formula.placed import quantity_of
from rnnhand.questions.formula.whole_numbers import constant
from rnnhand.system.classes import class_numbers
from rnnhand.system.model import SCALAR, System


@dataclass(frozen=True)
class Arrays:
    """What of a system has entries, and what tells one."""

    system: System

    def bracket(self, ref: Ref, places: tuple[Expr, ...], running: Container[str]) -> Bracket:
        """Whether u(i) is an entry of u, and no product: u has entries, and i runs or is a
        class. With a step beside what runs, or numbers alone, it may be either."""
        shape = self.system.shapes.get(quantity_of(self.system, ref), SCALAR)
        if shape == SCALAR or (len(places) == 1 and shape[1] > 1):
            return Bracket.FACTOR
        found = {self._kind(place, running) for place in places}
        if Bracket.FACTOR in found:
            return Bracket.FACTOR
        return Bracket.EITHER if Bracket.EITHER in found else Bracket.ENTRY

    def _kind(self, place: Expr, running: Container[str]) -> Bracket:
        if isinstance(place, Number):
            return Bracket.ENTRY if place.text.isdecimal() else Bracket.FACTOR
        names = list(refs(place))
        if not names:
            number = constant(place)
            return Bracket.EITHER if number is not None and number.value > 0 else Bracket.FACTOR
        telling = [(r.index is None and r.name in running) or is_class(self.system, r)
                   for r in names]  # fmt: skip
        if all(telling):
            return Bracket.ENTRY
        steps = {*self.system.indices, "T"}
        beside = (r for r, tells in zip(names, telling, strict=True) if not tells)
        mixed = any(telling) and all(r.index is None and r.name in steps for r in beside)
        return Bracket.EITHER if mixed else Bracket.FACTOR

    def is_class(self, name: str) -> bool:
        return any(q.name == name for q in class_numbers(self.system))

    def is_number(self, ref: Ref) -> bool:
        return self.system.shapes.get(quantity_of(self.system, ref)) == SCALAR
