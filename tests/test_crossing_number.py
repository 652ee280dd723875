"""Cells are drawn with no more crossings than any drawing of their graphs has: how many these need
is found by trying, with Kuratowski's theorem, on what is drawn once per step."""

from __future__ import annotations

import re
from itertools import combinations, pairwise, product
from math import ceil
from typing import TypeAlias

import networkx as nx
import pytest
from pictures import crossings

from rnnhand.calculus.network import Level
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named, names
from rnnhand.problem.library import functions
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_cell
from rnnhand.render.picture.compose import compose
from tests.budget import few

Net: TypeAlias = "nx.Graph[str]"

AROUND = "around"
"""All that is around a step: the steps before and behind, and where results leave."""


def graph_of(cell: str, level: Level, folded: bool) -> Graph:
    wish = Wish(level=level, folded=folded)
    return drawn(of_cell(cell_named(cell, ()), functions(), wish, "en"), wish, phrases("en"))


def net(graph: Graph) -> Net:
    """What is drawn once per step. What goes to another step leaves it, and enters once for all of
    its readers, as a loop does that runs around a cell; what nothing reads leaves it as a result.
    """
    found: Net = nx.Graph()
    row = {node.key: node.row for node in graph.nodes}
    column = {node.key: node.column for node in graph.nodes}
    read = {row[edge.start] for edge in graph.edges}
    for edge in graph.edges:
        start, end = row[edge.start], row[edge.end]
        lag = edge.lag or (column[edge.end] or 0) - (column[edge.start] or 0)
        if lag:
            port = f"{start} before by {lag}"
            found.add_edges_from([(start, AROUND), (AROUND, port), (port, end)])
        else:
            found.add_edge(start, end)
    results = [item for item in set(row.values()) - read if item in found]
    found.add_edges_from((item, AROUND) for item in results)
    return found


def core(whole: Net) -> Net:
    """The same without what no crossing depends on: ends, and items in the course of a line."""
    found = whole.copy()
    while lone := [item for item in found if found.degree(item) < 3]:
        near = list(found[lone[0]])
        found.remove_node(lone[0])
        if len(near) == 2:
            found.add_edge(*near)
    return found


def can_be_drawn(whole: Net, most: int) -> bool:
    """Whether a drawing has at most so many crossings. Of a K5 or K3,3 in it, which no plane holds,
    two paths without a common end cross; where they do, an item is put for every two of their
    lines in turn."""
    is_planar, found = nx.check_planarity(whole, counterexample=True)
    if is_planar:
        return True
    if most == 0:
        return False
    return any(
        can_be_drawn(with_crossing(whole, one, other), most - 1)
        for first, second in combinations(paths(found), 2)
        if {first[0], first[-1]}.isdisjoint({second[0], second[-1]})
        for one in pairwise(first)
        for other in pairwise(second)
    )


def with_crossing(whole: Net, one: tuple[str, str], other: tuple[str, str]) -> Net:
    found = whole.copy()
    found.remove_edges_from([one, other])
    place = f"crossing {len(found)}"
    found.add_edges_from((item, place) for item in (*one, *other))
    return found


def paths(found: Net) -> list[list[str]]:
    """The paths between the items of a K5 or K3,3 with items in the course of its lines."""
    hubs = {item for item in found if found.degree(item) > 2}
    known: dict[frozenset[str], list[str]] = {}
    for hub in hubs:
        for item in found[hub]:
            path = [hub, item]
            while path[-1] not in hubs:
                path += [new for new in found[path[-1]] if new != path[-2]]
            known[frozenset((path[0], path[-1]))] = path
    return list(known.values())


@pytest.mark.parametrize(
    ("whole", "number"),
    [
        (nx.complete_graph(4), 0),
        (nx.complete_graph(5), 1),
        (nx.complete_bipartite_graph(3, 3), 1),
        (nx.complete_bipartite_graph(3, 4), 2),
        (nx.petersen_graph(), 2),
    ],
)
def test_known_crossing_numbers(whole: Net, number: int) -> None:
    assert can_be_drawn(whole, number)
    assert number == 0 or not can_be_drawn(whole, number - 1)


def is_least(cell: str, level: Level, folded: bool, tried: int) -> bool:
    """Whether no drawing of a cell has fewer crossings per step; up to how many this is tried."""
    graph = graph_of(cell, level, folded)
    found = crossings(compose(graph)) / (len(graph.columns) or 1)
    return found == 0 or not can_be_drawn(core(net(graph)), min(ceil(found) - 1, tried))


LEVELS = (Level.GATES, Level.QUANTITIES)
ALL = list(product(sorted(names()), LEVELS, (True, False)))
MUCH_LIKE_ANOTHER = re.compile("lstm-(peephole|no|coupled|carousel)|gru-.*-keep")
"""Kinds of one cell, in which a gate, a function or a line is another; they take as long as all
other cells together."""
USUAL = [case for case in ALL if not MUCH_LIKE_ANOTHER.match(case[0])]
MOST_LINES = ("lstm-peephole", Level.GATES, True)


@pytest.mark.parametrize(("cell", "level", "folded"), few(ALL, [*USUAL, MOST_LINES]))
def test_no_drawing_of_a_cell_crosses_less(cell: str, level: Level, folded: bool) -> None:
    assert is_least(cell, level, folded, tried=1)


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "level", "folded"), [c for c in ALL if "peephole" in c[0]])
def test_peepholes_need_three_crossings(cell: str, level: Level, folded: bool) -> None:
    assert is_least(cell, level, folded, tried=2)
