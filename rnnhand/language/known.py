"""What a formula may mention."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from rnnhand.language.derivatives import Entry
from rnnhand.language.parser import parse_expression
from rnnhand.language.readings import FIRST, Reading
from rnnhand.language.spellings import meant
from rnnhand.language.tree import Expr, Ref


class Bracket(Enum):
    """What a bracket behind a name is."""

    ENTRY = auto()
    FACTOR = auto()
    EITHER = auto()
    """u(t − k) in a sum over k: nothing tells whether u is multiplied."""


class Indexed(Protocol):
    """What tells entries from products where the place is no number."""

    def bracket(self, ref: Ref, places: tuple[Expr, ...], running: Container[str]) -> Bracket:
        """Whether u(i) is an entry of u, i being a name that runs or a quantity."""

    def is_class(self, name: str) -> bool:
        """Whether a quantity tells a class, and so an entry."""

    def is_number(self, ref: Ref) -> bool:
        """Whether a quantity is a single number."""


@dataclass(frozen=True)
class Known:
    """What a formula may mention: names, each with the index it runs with; names of functions;
    `component`, which names the quantity that is one entry of another; what tells entries; what
    runs in the sums of the formula; and how it is read where two ways are usual."""

    names: Mapping[str, str]
    functions: Container[str] = ()
    component: Callable[[Ref, Entry], Ref] | None = None
    indexed: Indexed | None = None
    running: frozenset[str] = frozenset()
    reading: Reading = FIRST

    def name(self, written: str) -> str | None:
        """A name as the problem spells it; None where nothing is meant."""
        return meant(written, self.names, self.running)

    def is_array(self, written: str) -> bool:
        """Whether a name is that of a vector or a matrix, with its step where it has one."""
        name = self.name(written)
        if name is None or self.indexed is None or self.names.get(name):
            return False
        ref = parse_expression(name)
        return isinstance(ref, Ref) and not self.indexed.is_number(ref)
