"""Which of the ways to draw a graph is best: what is wrong with each, counted in crossings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from graphlib import CycleError

from rnnhand.document.graph import Graph
from rnnhand.render.picture.bands import steps_of
from rnnhand.render.picture.beneath import beneath
from rnnhand.render.picture.crossings import crossings, heads_met, is_between_steps, length
from rnnhand.render.picture.drawn import drawn
from rnnhand.render.picture.floors import layers
from rnnhand.render.picture.frame import size
from rnnhand.render.picture.gates import exchanged, uneven
from rnnhand.render.picture.mirror import facing, has_directions, is_facing
from rnnhand.render.picture.pattern import Pattern, placed
from rnnhand.render.picture.search import WORK, cheapest
from rnnhand.render.picture.shapes import Picture
from rnnhand.render.picture.sizes import METRICS
from rnnhand.render.picture.sketched import floors_of
from rnnhand.render.picture.way import PLAIN, Way, joined

TALL = 600.0
"""Height up to which a picture, with its title and caption, is legible on half a page."""

WIDE = 1150.0
"""Width up to which a picture fits half a page with less room between its parts."""

DOWNWARDS = 0.34
"""The share of a crossing for the sake of which a line may run downwards, as no other does."""

FROM_ABOVE = 0.0013
"""The share of a crossing for the sake of which a line may enter from above its readers: there it
runs down among those that leave them."""

HIDDEN = 0.1
"""The share of a crossing that an arrowhead counts through which another line runs."""

LENGTH = 1e-5
"""The share of a crossing that a unit of line counts: of two ways that are else as good the shorter
one."""

FLOORS = 1.5
"""How many crossings a step it is worth that layers of a network stand one above the other, and
that two directions face each other."""

LAYER = 4
"""The share of the work on a picture that its layers take each, to be drawn by themselves."""

UNEVEN = 3.0
"""How many crossings it is worth that a gate stands beside the others of its cell."""

EXCHANGED = 0.1
"""The share of a crossing that two gates count which stand in another order than equations."""

BENEATH = 0.4
"""The share of a crossing that each row counts beneath which a line runs that comes from above it
and leads above it."""

ORDERED = 0.05
"""The share of a crossing that it is worth that lines meet nodes in the order of formulas."""

LARGER = 250.0
"""By how much higher or wider a picture may be for each crossing that this saves."""


@lru_cache(maxsize=8)
def best_way(graph: Graph, share: int = 1) -> tuple[Way, float]:
    """The best way for the lines of a graph, and what it costs; sought with a `share`-th of the
    work that a whole picture may be."""
    layered = () if graph.has_layers else _of_layers(graph)
    starts = (PLAIN, *(way for way in layered if _is_possible(graph, way)))
    work = WORK // share // len(starts)
    found = [_cheapest(graph, start, work) for start in starts]
    steps = len(steps_of(graph))

    def least(one: tuple[Way, float]) -> float:
        way, cost = one
        return cost if _is_in_order(placed(graph, METRICS, way)) else cost + FLOORS * steps

    return _in_order(graph, *(min(found, key=least) if len(found) > 1 else found[0]))


def _in_order(graph: Graph, way: Way, cost: float) -> tuple[Way, float]:
    """The way with lines in the order of formulas, if that is hardly worse."""
    tried = replace(way, in_order=True)
    own = _costs(placed(graph, METRICS, tried))
    return (tried, own) if own <= cost + ORDERED else (way, cost)


def _is_possible(graph: Graph, way: Way) -> bool:
    """Whether what one part of a graph asks for does not exclude what another one needs."""
    try:
        placed(graph, METRICS, way)
    except CycleError:
        return False
    return True


def _cheapest(graph: Graph, start: Way, work: int) -> tuple[Way, float]:
    return cheapest(lambda way: placed(graph, METRICS, way), _costs, work=work, start=start)


def _is_in_order(pattern: Pattern) -> bool:
    """Whether layers stand one above the other, if not where lines enter them, and whether two
    directions face each other."""
    row = pattern.layered.row
    pairs = floors_of(pattern.course)
    if not pairs:
        return is_facing(pattern)
    return all(row[a] < row[b] for a, b in pairs if not pattern.is_port(b))


def _of_layers(graph: Graph) -> Iterator[Way]:
    """The recurrences of a network, each with its lines as they run best in it alone: layers one
    above the other, and of two directions the one along time upside down below the other."""
    alone = layers(graph)
    pattern = placed(graph, METRICS)
    is_floored = bool(floors_of(pattern.course))
    if len(alone) < 2 or not (is_floored or has_directions(pattern)):
        return
    patterns = [placed(g, METRICS, _cheapest(g, PLAIN, WORK // LAYER)[0]) for g in alone]
    if is_floored:
        yield replace(joined(p.way for p in patterns), has_floors=True)
    else:
        yield joined(map(facing, patterns))


def _costs(pattern: Pattern) -> float:
    """What is wrong with a picture, in crossings: lines that cross, above all those between steps,
    or run through arrowheads or downwards, gates that do not stand side by side in their order, and
    what is beyond half a page."""
    picture = drawn(pattern)
    between = Picture("", curves=[c for c in picture.curves if is_between_steps(c)])
    crossed = crossings(picture) + 2 * crossings(between)
    hidden = HIDDEN * len(heads_met(picture.curves))
    wide, high = size(picture)
    beyond = max(high - TALL, 0.0) + max(wide - WIDE, 0.0)
    long = LENGTH * sum(map(length, picture.curves))
    misplaced = UNEVEN * uneven(pattern) + EXCHANGED * exchanged(pattern)
    down = DOWNWARDS * len(pattern.way.turned)
    down += FROM_ABOVE * len(pattern.way.above) + BENEATH * beneath(pattern)
    return crossed + hidden + misplaced + down + beyond / LARGER + long
