"""Medians of interleaved rounds: what disturbs one side disturbs the others too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def repeated(call: Callable[[], object], times: int) -> float:
    """Seconds for one call, from `times` calls in a row."""
    start = perf_counter()
    for _ in range(times):
        call()
    return (perf_counter() - start) / times


def medians(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Every side measures itself once a round; the median of its rounds.

    The rounds take turns at who is first, so that nobody always follows the same neighbour.
    """
    found: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for turn in range(rounds):
        first = turn % len(order)
        for name in order[first:] + order[:first]:
            found[name].append(sides[name]())
    return {name: median(times) for name, times in found.items()}


def shown(seconds: float) -> str:
    """Three digits and a unit: 45.8 µs."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, its columns aligned: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]

    def line(row: list[str]) -> str:
        first, *rest = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]
        return f"| {' | '.join(cells)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(heads), line(rule), *map(line, rows)])
