"""A graph that is too wide, as bands one below the other: runs of steps, or, where there are no
steps, shares of what is computed.

A band is a graph of its own. What it reads of another band stands in it once more, as an outline
that says so; so no line runs from band to band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from rnnhand.document.graph import LEAVES, Edge, Graph, Node
from rnnhand.render.picture.copies import copied, said
from rnnhand.render.picture.parts import is_regular, parts
from rnnhand.render.picture.shares import cut_out, is_stepless, units
from rnnhand.render.picture.words import math

TAIL = 3
"""Steps that show how lines run from step to step."""

Drawn = TypeVar("Drawn")

FEW = 4
"""Copies of one row that stand side by side; more become one outline: L_1 … L_9."""


def fitting(
    graph: Graph, draw: Callable[[Graph], Drawn], width: Callable[[Drawn], float], room: float
) -> list[Drawn]:
    """The drawing of a graph, or of as few bands as fit the room; of single steps where even
    these are wider."""
    whole = draw(graph)
    steps = steps_of(graph)
    wide = width(whole)
    if wide <= room:
        return [whole]
    if is_stepless(graph):
        return _in_shares(graph, draw, width, room) or [whole]
    if len(steps) < 2 or not is_regular(parts(graph)):
        return [whole]
    found, longest = [whole], len(steps)
    while wide > room and longest > 1:
        # A band takes about as much room as it has steps.
        longest = min(longest - 1, max(int(longest * room / wide), 1))
        found = [draw(band) for band in bands(graph, _shares(steps, -(-len(steps) // longest)))]
        wide = max(map(width, found))
    return found


def _in_shares(
    graph: Graph,
    draw: Callable[[Graph], Drawn],
    width: Callable[[Drawn], float],
    room: float,
) -> list[Drawn]:
    """A graph without steps in shares, each as large as fits the room, of one node at least."""
    rest, found, shown = units(graph), list[Drawn](), set[str]()
    while rest:
        best, count = None, 0
        while count < len(rest):
            own = {key for unit in rest[: count + 1] for key in unit}
            nodes, edges, again = cut_out(graph, own, shown)
            drawn = draw(_with_copies(graph, nodes, edges, again))
            if best is not None and width(drawn) > room:
                break
            best, count, held = drawn, count + 1, {n.key for n in nodes}
        assert best is not None
        found.append(best)
        shown |= held
        rest = rest[count:]
    return found


def apart(graph: Graph) -> list[Graph]:
    """A graph for each step, with what it reads of other steps among its inputs; none where there
    are not several steps."""
    steps = steps_of(graph)
    if len(steps) < 2 or not is_regular(parts(graph)):
        return []
    return [
        replace(
            band,
            nodes=tuple(_moved(n, step) for n in band.nodes),
            columns=(step,),
        )
        for step, band in zip(steps, bands(graph, [(step,) for step in steps]), strict=True)
    ]


def _moved(node: Node, step: int) -> Node:
    """A node at a step, in a row of its own if it is that of another one."""
    if node.column is None or node.column == step:
        return node
    return replace(node, column=step, row=f"{node.row} {step - node.column}")


def tail(graph: Graph) -> Graph:
    """The last steps, with what comes after all steps: as lines run there, they run everywhere."""
    steps = steps_of(graph)
    if len(steps) <= TAIL or not is_regular(parts(graph)):
        return graph
    *_, last = bands(graph, (steps[:-TAIL], steps[-TAIL:]))
    return last


def steps_of(graph: Graph) -> tuple[int, ...]:
    """The columns in which anything is computed."""
    computed = {n.column for n in graph.nodes if n.key in {e.end for e in graph.edges}}
    return tuple(c for c in graph.columns if c in computed)


def _shares(steps: Sequence[int], count: int) -> list[tuple[int, ...]]:
    """The steps in `count` runs of about the same length, the longer ones first."""
    least, more = divmod(len(steps), count)
    ends = [least * k + min(k, more) for k in range(count + 1)]
    return [tuple(steps[a:b]) for a, b in pairwise(ends)]


def bands(graph: Graph, shares: Sequence[tuple[int, ...]]) -> Iterator[Graph]:
    """A graph for each share of the steps; what comes after all steps belongs to the last."""
    entering = {e.end for e in graph.edges}
    for k, share in enumerate(shares):
        last = k == len(shares) - 1
        own = {
            n.key
            for n in graph.nodes
            if n.key in entering and (n.column in share or (last and n.column is None))
        }
        edges = [e for e in graph.edges if e.end in own]
        read = dict.fromkeys(e.start for e in edges)
        given = {
            n.key
            for n in graph.nodes
            if n.key in read
            and n.key not in entering
            and not _many_late(graph, n, share)
            and (n.kind in LEAVES or not any(_readers(graph, n, s) for s in shares[:k]))
        }
        nodes = [n for n in graph.nodes if n.key in own | given]
        again = {n.key: n for n in graph.nodes if n.key in read and n.key not in own | given}
        yield _with_copies(graph, nodes, edges, again)


def _many_late(graph: Graph, node: Node, share: tuple[int, ...]) -> bool:
    """Whether a leaf of another step is read by what comes after all steps, as many others are."""
    if node.kind not in LEAVES or node.column is None or node.column in share:
        return False
    column = {n.key: n.column for n in graph.nodes}
    read = {e.start for e in graph.edges if column[e.end] is None}
    others = [n for n in graph.nodes if n.key in read and n.row == node.row]
    return len(others) > FEW and not _readers(graph, node, share)


def _readers(graph: Graph, node: Node, share: tuple[int, ...]) -> bool:
    column = {n.key: n.column for n in graph.nodes}
    return any(e.start == node.key and column[e.end] in share for e in graph.edges)


def _with_copies(
    graph: Graph,
    nodes: list[Node],
    edges: list[Edge],
    again: dict[str, Node],
) -> Graph:
    """A band with copies of what it reads: in the column of the original for what reads it there,
    among what comes after all steps for what comes there."""
    column = {n.key: n.column for n in nodes}
    kept: list[Edge] = []
    late: dict[str, list[Edge]] = {}
    for edge in edges:
        if edge.start not in again:
            kept.append(edge)
        elif column[edge.end] is None:
            late.setdefault(edge.start, []).append(edge)
        else:
            key = f"{edge.start} again"
            if key not in column:
                nodes.append(copied(again[edge.start], key))
                column[key] = again[edge.start].column
            kept.append(replace(edge, start=key))
    for run in _runs(again, late):
        first, final = again[run[0]], again[run[-1]]
        key = f"{first.key} again, late"
        copy = replace(copied(first, key), column=None, row=key, kind=first.kind)
        if len(run) > 1:
            words = f"{math(said(first))} … {math(said(final))}"
            copy = replace(copy, name=None, symbol=words)
        nodes.append(copy)
        column[key] = None
        kept += [replace(e, start=key) for e in late[run[0]]]
    place = {n.key: i for i, n in enumerate(graph.nodes)}
    nodes.sort(key=lambda n: place[_original(n.key)])
    turn = {(e.start, e.end): i for i, e in enumerate(graph.edges)}
    kept.sort(key=lambda e: turn[_original(e.start), e.end])
    shown = {c for c in column.values() if c is not None}
    return replace(graph, nodes=tuple(nodes), edges=tuple(kept), columns=tuple(sorted(shown)))


def _original(key: str) -> str:
    return key.removesuffix(", late").removesuffix(" again")


def _runs(again: dict[str, Node], late: dict[str, list[Edge]]) -> list[list[str]]:
    """Copies that are read alike and may become one: those of a row, where there are many."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for key, edges in late.items():
        read = tuple((e.end, e.label, e.value, e.paths) for e in edges)
        alike.setdefault((again[key].row, read), []).append(key)
    found: list[list[str]] = []
    for keys in alike.values():
        keys.sort(key=lambda k: again[k].column or 0)
        found += [keys] if len(keys) > FEW else [[k] for k in keys]
    return found
