"""A computational graph: nodes, edges, and in which column and row they belong. No coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rnnhand.document.blocks import Sentence
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Apply, Expr, Number, Ref


class Kind(StrEnum):
    """What a node is. A gate is a box with a function in it, an operation a small circle; what is
    delayed is a quantity of another step, as it is read; what is outside is computed at a step that
    is not drawn."""

    DATA = "data"
    START = "start"
    WEIGHT = "weight"
    QUANTITY = "quantity"
    GATE = "gate"
    OPERATION = "operation"
    DELAYED = "delayed"
    OUTSIDE = "outside"


LEAVES = (Kind.DATA, Kind.WEIGHT)
"""Nodes without a place of their own: they are drawn beside their readers."""


@dataclass(frozen=True)
class Node:
    """`name` is the quantity that it is; `symbol` what it computes: ReLU, +, ×, Σ.

    Nodes of one `row` are the same quantity at different steps, the `column`. `added` are the
    constants that a gate adds on its own. `spelled` is what a node without a name computes.
    `stack` is what it puts together, [h; x], where this is short enough to stand in it: lines may
    arrive in any order. `again` says that it stands for a node that is drawn elsewhere.
    """

    key: str
    kind: Kind
    name: Expr | None
    symbol: str
    row: str
    column: int | None = None
    added: tuple[Expr, ...] = ()
    value: Table | None = None
    adjoint: Table | None = None
    spelled: Expr | None = None
    again: bool = False
    stack: Expr | None = None

    def constants(self) -> Iterator[tuple[str, Expr]]:
        """What is added, each with its sign: + b, − 1/2."""
        for expr in self.added:
            match expr:
                case Number() if expr.value < 0:
                    yield "−", Number(str(-expr.value))
                case Apply("neg", (positive,)):
                    yield "−", positive
                case _:
                    yield "+", expr


@dataclass(frozen=True)
class Edge:
    """`start` enters `end`. `lag` is how many steps later `end` stands in a folded graph.

    `label` is the weight on the edge, or the local derivative; `value` the latter in numbers.
    `paths` are the numbers of the paths that go along it.
    """

    start: str
    end: str
    label: Expr | None = None
    is_weight: bool = False
    value: Table | None = None
    lag: int = 0
    seen_as: Ref | None = None
    paths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Look:
    """What a look of nodes means, where they are `drawn` and where they are `typed`; nothing where
    it needs no words."""

    drawn: Sentence = ()
    typed: Sentence = ()


NOTHING_SAID = Look()


@dataclass(frozen=True)
class Graph:
    """`columns` are the steps of an unrolled graph, in order; none where it is folded or has no
    steps. Below the picture stand what its `signs` and the `looks` of its nodes mean, `copies`
    where nodes are drawn once more, `inputs` where inputs are, and the `caption`. `decimal` is the
    mark in its numbers. `has_layers` says that nodes are neurons, with several in a layer."""

    title: str
    lang: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    columns: tuple[int, ...] = ()
    var: str = "t"
    signs: Sentence = ()
    caption: tuple[Sentence, ...] = ()
    looks: tuple[Look, ...] = ()
    copies: Look = NOTHING_SAID
    inputs: Look = NOTHING_SAID
    decimal: str = "."
    has_layers: bool = False

    def drawn_notes(self, again: bool = False, inputs_again: bool = False) -> list[Sentence]:
        """What stands below a picture; `again` says that nodes are drawn once more, and
        `inputs_again` that inputs are."""
        twice = (self.inputs,) if inputs_again else ()
        return self._notes([look.drawn for look in (*self._looks(again), *twice)])

    def typed_notes(self, again: bool) -> list[Sentence]:
        """What stands below a drawing in characters."""
        return self._notes([look.typed for look in self._looks(again)])

    def _looks(self, again: bool) -> tuple[Look, ...]:
        return (*self.looks, self.copies) if again else self.looks

    def _notes(self, looks: Sequence[Sentence]) -> list[Sentence]:
        """What signs and looks mean, one after the other, and the caption."""
        said = [sentence for sentence in (self.signs, *looks) if sentence]
        line = tuple(part for sentence in said for part in (" ", *sentence))[1:]
        return [line, *self.caption] if line else list(self.caption)
