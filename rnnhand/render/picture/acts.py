"""A graph whose steps cannot stand side by side at once, in acts that follow one another: first
what ends in a total over all steps, as the context of attention, then the recurrence that reads it.

An act is a graph of its own. What it reads of an earlier one stands in it once more, beside its
readers of each step, as an outline that says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from rnnhand.document.graph import Graph
from rnnhand.render.picture.after import beyond_steps, onwards, ordered, recurring
from rnnhand.render.picture.copies import beside_readers
from rnnhand.render.picture.parts import is_regular, parts


def acts(graph: Graph) -> Iterator[Graph]:
    """The acts of a graph, each with everything where it belongs; the whole of it where its steps
    stand side by side, or no recurrence begins later."""
    whole = ordered(graph)
    later = _later(graph) if graph.columns and not is_regular(parts(whole)) else set()
    first = {e.end for e in graph.edges} - later
    if not later or not first:
        yield whole
        return
    yield ordered(_computing(graph, first))
    rest = beside_readers(graph, lambda edge: edge.start in first and edge.end in later)
    yield from acts(_computing(rest, later))


def _later(graph: Graph) -> set[str]:
    """What is computed by recurrences that read what stands beyond all steps, and after these."""
    computed = {e.end for e in graph.edges}
    found = recurring(graph, beyond_steps(graph))
    rows = {n.row for n in graph.nodes if n.key in found}
    return onwards(graph, {n.key for n in graph.nodes if n.row in rows and n.key in computed})


def _computing(graph: Graph, own: Collection[str]) -> Graph:
    """The part of a graph that computes these nodes, with what they read."""
    edges = tuple(e for e in graph.edges if e.end in own)
    kept = {*own, *(e.start for e in edges)}
    nodes = tuple(n for n in graph.nodes if n.key in kept)
    columns = sorted({n.column for n in nodes if n.column is not None})
    return replace(graph, nodes=nodes, edges=edges, columns=tuple(columns))
