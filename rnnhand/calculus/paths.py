"""The derivative in a graph: the sum over all paths of the product of the slopes along each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TypeAlias

from rnnhand.calculus.network import Arc

Path: TypeAlias = tuple[Arc, ...]


def paths(arcs: Sequence[Arc], start: str, end: str) -> Iterator[Path]:
    """All paths from `start` to `end` in a graph without circles, one after the other."""
    leaving: dict[str, list[Arc]] = {}
    for arc in arcs:
        leaving.setdefault(arc.start, []).append(arc)
    reaching = ending_in(arcs, end)
    stack: list[tuple[str, Path]] = [(start, ())]
    while stack:
        here, path = stack.pop()
        if here == end:
            yield path
            continue
        onward = [a for a in leaving.get(here, ()) if a.end in reaching]
        stack += [(a.end, (*path, a)) for a in reversed(onward)]


def ending_in(arcs: Sequence[Arc], end: str) -> set[str]:
    """The vertices from which `end` can be reached, itself included."""
    entering: dict[str, list[str]] = {}
    for arc in arcs:
        entering.setdefault(arc.end, []).append(arc.start)
    found, rest = {end}, [end]
    while rest:
        for start in entering.get(rest.pop(), ()):
            if start not in found:
                found.add(start)
                rest.append(start)
    return found


def count(arcs: Sequence[Arc], start: str, end: str) -> int:
    """How many paths there are, without walking them."""
    leaving: dict[str, list[str]] = {}
    for arc in arcs:
        leaving.setdefault(arc.start, []).append(arc.end)

    @cache
    def ways(here: str) -> int:
        return 1 if here == end else sum(ways(n) for n in leaving.get(here, ()))

    return ways(start)
