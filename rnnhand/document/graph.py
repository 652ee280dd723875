"""A computational graph: nodes, edges, and in which column and row they belong. No coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rnnhand.document.blocks import Sentence
from rnnhand.language.numerals import Table
from rnnhand.language.tree import Apply, Expr, Number, Ref


class Kind(StrEnum):
    """What a node is. A gate is a box with a function in it, an operation a small circle; what is
    delayed is a quantity of another step, as it is read."""

    DATA = "data"
    START = "start"
    WEIGHT = "weight"
    QUANTITY = "quantity"
    GATE = "gate"
    OPERATION = "operation"
    DELAYED = "delayed"


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
class Graph:
    """`columns` are the steps of an unrolled graph, in order; none where it is folded or has no
    steps. `caption` stands below the picture, and `copies` where nodes are drawn once more,
    `typed_copies` where this is done with characters. `decimal` is the mark in its numbers.
    `has_layers` says that nodes are neurons, with several in a layer."""

    title: str
    lang: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    columns: tuple[int, ...] = ()
    var: str = "t"
    caption: tuple[Sentence, ...] = ()
    copies: Sentence = ()
    typed_copies: Sentence = ()
    decimal: str = "."
    has_layers: bool = False
