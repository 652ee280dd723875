"""A graph as pictures of it show it: its data say more than stands in one picture side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import overload

from rnnhand.document.blocks import Shown
from rnnhand.document.decimal import written_graph
from rnnhand.document.graph import Graph, Kind
from rnnhand.document.graph_names import with_low_numbers
from rnnhand.language.numerals import SHORT, Numeral, Table
from rnnhand.language.tree import Number


def as_shown(graph: Graph) -> Graph:
    """The graph with numbers of one form, with its decimal mark, and the numbers of names below."""
    return with_low_numbers(written_graph(_uniform(_once(graph))))


def _once(graph: Graph) -> Graph:
    """Of a weight that is drawn beside each of its readers, no copy has the derivative by all of
    them: it stands below."""
    if not graph.columns:
        return graph
    readers = Counter(e.start for e in graph.edges)
    return replace(
        graph,
        nodes=tuple(
            replace(n, adjoint=None) if n.kind is Kind.WEIGHT and readers[n.key] > 1 else n
            for n in graph.nodes
        ),
    )


def _uniform(graph: Graph) -> Graph:
    """Where one number is too long for a fraction, no number is one."""
    numbers = list(_numerals(graph))
    if all(_is_exact(n) for n in numbers):
        return graph
    nodes = tuple(
        replace(n, value=_decimals(n.value), adjoint=_decimals(n.adjoint)) for n in graph.nodes
    )
    edges = tuple(replace(e, value=_decimals(e.value)) for e in graph.edges)
    caption = tuple(
        tuple(Shown(_decimals(p.table)) if isinstance(p, Shown) else p for p in sentence)
        for sentence in graph.caption
    )
    return replace(graph, nodes=nodes, edges=edges, caption=caption)


def _numerals(graph: Graph) -> Iterator[Numeral]:
    """All numbers that nodes, edges and the caption show."""
    for table in (
        *(t for n in graph.nodes for t in (n.value, n.adjoint)),
        *(e.value for e in graph.edges),
        *(p.table for sentence in graph.caption for p in sentence if isinstance(p, Shown)),
    ):
        if table is not None:
            yield from _entries(table)


def _entries(table: Table) -> Iterator[Numeral]:
    if isinstance(table, Numeral):
        yield table
    else:
        for item in table:
            yield from _entries(item)


def _is_exact(n: Numeral) -> bool:
    """Whether a number is not shown as a decimal in place of a fraction."""
    if isinstance(n.exact, Number):
        return len(n.exact.text) <= SHORT or n.decimal is None
    return n.exact is not None or n.decimal is None


@overload
def _decimals(table: Table) -> Table: ...
@overload
def _decimals(table: None) -> None: ...
def _decimals(table: Table | None) -> Table | None:
    """Decimals for fractions."""
    match table:
        case None:
            return None
        case Numeral(Number(text), decimal) if "/" in text and decimal is not None:
            return replace(table, exact=None)
        case Numeral():
            return table
        case _:
            return tuple(_decimals(item) for item in table)
