"""A graph as a picture: how much room there is, and which of the ways to draw it is best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from graphlib import CycleError
from itertools import combinations

from rnnhand.document.graph import LEAVES, Graph, Kind
from rnnhand.render.picture.after import ordered
from rnnhand.render.picture.bands import apart, fitting, steps_of, tail
from rnnhand.render.picture.crossings import crossings, heads_met, is_between_steps, length
from rnnhand.render.picture.drawn import drawn
from rnnhand.render.picture.floors import layers
from rnnhand.render.picture.frame import MARGIN, across, framed, in_lines, stacked, tall
from rnnhand.render.picture.gates import exchanged, uneven
from rnnhand.render.picture.mirror import facing, has_directions, is_facing
from rnnhand.render.picture.pattern import Metrics, Pattern
from rnnhand.render.picture.search import WORK, cheapest
from rnnhand.render.picture.shapes import HEADS, LINE, SMALL, Picture, body
from rnnhand.render.picture.shares import is_stepless
from rnnhand.render.picture.trunks import room
from rnnhand.render.picture.way import PLAIN, Way, joined
from rnnhand.render.picture.words import width

PAGE = 872.0
"""Width up to which letters stay readable where a picture is as wide as the text of a page."""

SAVED = 1.6
"""By how much a picture may be too wide for less room between its parts to be tried."""

TALL = 600.0
"""Height up to which a picture, with its title and caption, is legible on half a page."""

WIDE = 1150.0
"""Width up to which a picture fits half a page with less room between its parts."""

STATES = 2
"""Lines that are drawn from step to step whatever they cross, as c and h of an LSTM."""

CUT = 1.0
"""How many crossings it is worth to draw a line from step to step, and not its start once more."""

DOWNWARDS = 0.34
"""The share of a crossing for the sake of which a line may run downwards, as no other does."""

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

LARGER = 250.0
"""By how much higher or wider a picture may be for each crossing that this saves."""

HALF_PAGE = (1000.0, 708.0)
"""17 by 12 cm, where the smaller letters are 6 points high."""

WIDER = (1.0, 1.3, 1.7, 2.2)
"""Widths in those of half a page that are tried where bands would be higher than that: three steps
with small letters may be easier to read than three bands with tiny ones."""

NEURONS = (Kind.GATE, Kind.DATA, Kind.START)
"""Nodes of a picture of neurons."""

SHRUNK = 2.0
"""How much smaller than this letters of a graph without steps may be for longer lines of its nodes
to be worth trying."""


def gap(pattern: Pattern, i: int, low: float = 1.0) -> float:
    """Room for the curves below a row: more where they go far sideways, all of it `low` times."""
    if i < 0:
        places = [p[0] for p in pattern.outs.values()]
        far = (max(places) - min(places)) / 2 if i == -1 and places else 0.0
        least = 18.0 if pattern.over_tall[-i] > LINE else 9.0
        return max(least, low * min(7.0 + 0.12 * far, 40.0))
    arrows = pattern.tall[i] > LINE or pattern.has_labels_above(i)
    least, lowest = (18.0, 11.0) if arrows else (9.0, 7.0)
    wanted = low * min(7.0 + 0.16 * pattern.sideways(i), 46.0)
    return max(least if low == 1.0 else lowest, wanted, room(pattern.fans(i)))


def low_gap(pattern: Pattern, i: int) -> float:
    """Less room below rows, for a picture that would be too tall."""
    return gap(pattern, i, 0.5)


METRICS = Metrics(
    look=body,
    text=lambda t: width(t, SMALL) + 8,
    line=LINE,
    port=18.0,
    port_room=26.0,
    apart=18.0,
    between=26.0,
    bend=40.0,
    gap=gap,
    head=HEADS,
)
TIGHT = replace(METRICS, text=lambda t: width(t, SMALL) + 4, apart=9.0, between=12.0, bend=26.0)


@dataclass(frozen=True)
class _Laid:
    pattern: Pattern
    picture: Picture


@lru_cache(maxsize=2)
def compose(graph: Graph) -> Picture:
    """The picture of a graph, with its title above and its caption below; in bands of steps where
    it is wider than a page; with somewhat longer bands if half a page then holds more of them.
    Where lines from step to step cross too much, every step stands for itself."""
    graph = ordered(graph)
    picture = _of_width(graph, PAGE)
    hopeless = is_stepless(graph) and _shrunk(picture) > SHRUNK
    if (_copies(picture) or picture.height > HALF_PAGE[1]) and not hopeless:
        wider = (_of_width(graph, share * HALF_PAGE[0]) for share in WIDER)
        return min(picture, *wider, key=lambda p: (_shrunk(p), _copies(p)))
    return picture


def _copies(picture: Picture) -> int:
    """How many nodes of a picture are drawn elsewhere in it."""
    return sum(shape.role == "again" for shape in picture.shapes)


def _of_width(graph: Graph, page: float) -> Picture:
    """The picture on a page, with or without lines from step to step. These stay wherever two
    steps stand side by side: they show what goes on from step to step. Layers of neurons go
    without them: a line along a row would be in the way of the other neurons of their layer."""
    steps = apart(graph)
    if steps and graph.has_layers:
        way, _ = _found(steps[len(steps) // 2])
        return _one_by_one(graph, steps, way, page)
    found = _fitting(graph, page)
    if steps and len(found) == len(steps):
        own = _way_apart(tail(graph), steps)
        if own is not None:
            return _one_by_one(graph, steps, own, page)
    return _within(graph, found)


def _way_apart(last: Graph, steps: Sequence[Graph]) -> Way | None:
    """How lines run within single steps, if to cut those between them costs less than what crosses
    now, in the last steps."""
    middle = steps[len(steps) // 2]
    cut = sum(node.again and node.column is not None for node in middle.nodes)
    lined = _found(last)[1] / len(steps_of(last))
    if cut <= STATES or lined <= CUT * cut:
        return None
    way, costs = _found(middle)
    return way if costs + CUT * cut < lined else None


@lru_cache(maxsize=8)
def _found(graph: Graph, share: int = 1) -> tuple[Way, float]:
    """The best way for the lines of a graph, and what it costs; sought with a `share`-th of the
    work that a whole picture may be."""
    starts = (PLAIN, *(() if graph.has_layers else _of_layers(graph)))
    work = WORK // share // len(starts)
    found = [_cheapest(graph, start, work) for start in starts]
    steps = len(steps_of(graph))

    def least(one: tuple[Way, float]) -> float:
        way, cost = one
        return cost if _is_in_order(Pattern(graph, METRICS, way)) else cost + FLOORS * steps

    return min(found, key=least) if len(found) > 1 else found[0]


def _cheapest(graph: Graph, start: Way, work: int) -> tuple[Way, float]:
    return cheapest(lambda way: Pattern(graph, METRICS, way), _costs, work=work, start=start)


def _is_in_order(pattern: Pattern) -> bool:
    """Whether layers stand one above the other, if not where lines enter them, and whether two
    directions face each other."""
    row = pattern.layered.row
    pairs = pattern.floors()
    if not pairs:
        return is_facing(pattern)
    return all(row[a] < row[b] for a, b in pairs if not pattern.is_port(b))


def _of_layers(graph: Graph) -> Iterator[Way]:
    """The recurrences of a network, each with its lines as they run best in it alone: layers one
    above the other, and of two directions the one along time upside down below the other."""
    alone = layers(graph)
    pattern = Pattern(graph, METRICS)
    is_floored = bool(pattern.floors())
    if len(alone) < 2 or not (is_floored or has_directions(pattern)):
        return
    patterns = [Pattern(g, METRICS, _cheapest(g, PLAIN, WORK // LAYER)[0]) for g in alone]
    if is_floored:
        yield replace(joined(p.way for p in patterns), has_floors=True)
    else:
        yield joined(map(facing, patterns))


def _shrunk(picture: Picture) -> float:
    """How much smaller than 6 points letters are on half a page of A4."""
    return max(picture.width / HALF_PAGE[0], picture.height / HALF_PAGE[1], 1.0)


def is_small_print(picture: Picture) -> bool:
    """Whether letters are under 6 points high where the picture fills half a page of A4."""
    return _shrunk(picture) > 1.0


def _fitting(graph: Graph, page: float) -> list[_Laid]:
    """A graph with its lines from step to step, in bands that a page is wide enough for."""
    room = page - 2 * MARGIN
    if is_stepless(graph):
        shares = fitting(graph, lambda g: _laid(g, PLAIN), _wide, room)
        return [_improved(share, room, len(shares)) for share in shares]
    way, _ = _found(tail(graph))
    return fitting(graph, lambda g: _laid(g, way), _wide, room)


def _within(graph: Graph, found: Sequence[_Laid]) -> Picture:
    """The bands of a graph one below the other."""
    whole = stacked([laid.picture for laid in found])
    if tall(whole) > TALL:
        whole = stacked([_lowered(laid.pattern) for laid in found])
    return framed(whole, _captioned(graph) if len(found) > 1 else graph)


def _wide(laid: _Laid) -> float:
    return across(laid.picture)


def _improved(share: _Laid, room: float, shares: int) -> _Laid:
    """One of the shares of a graph, with its lines the best way if that fits. Inputs that are all
    read by the same neurons stay side by side, though one above the other they would cross less."""
    graph = share.pattern.graph
    if _has_full_layers(graph):
        return share
    way, _ = _found(graph, shares)
    better = _laid(graph, way)
    return better if _wide(better) <= max(room, _wide(share)) else share


def _has_full_layers(graph: Graph) -> bool:
    """Whether a graph is one of neurons in which inputs with a reader in common have all of them
    in common."""
    readers: dict[str, set[str]] = {n.key: set() for n in graph.nodes if n.kind in LEAVES}
    for edge in graph.edges:
        if edge.start in readers:
            readers[edge.start].add(edge.end)
    full = all(a == b or a.isdisjoint(b) for a, b in combinations(readers.values(), 2))
    return full and all(node.kind in NEURONS for node in graph.nodes)


def _one_by_one(graph: Graph, steps: Sequence[Graph], way: Way, page: float) -> Picture:
    """The steps of a graph without lines between them, as many side by side as a page holds."""
    pictures = [drawn(_pattern(step, METRICS, way).with_gaps(low_gap)) for step in steps]
    return framed(stacked(in_lines(pictures, page - 2 * MARGIN)), _captioned(graph))


def _captioned(graph: Graph) -> Graph:
    """The graph with a caption that says what copies are."""
    return replace(graph, caption=(*graph.caption, graph.copies))


@lru_cache(maxsize=8)
def _laid(graph: Graph, way: Way) -> _Laid:
    """The picture with ordinary room, or with little where it is too wide."""
    room = PAGE - 2 * MARGIN
    for metrics in (METRICS, TIGHT):
        pattern = _pattern(graph, metrics, way)
        laid = _Laid(pattern, drawn(pattern))
        if not room < across(laid.picture) < SAVED * room:
            break
    return laid


def _pattern(graph: Graph, metrics: Metrics, way: Way) -> Pattern:
    """A graph with lines in a way that was found on some of its steps; in the plain one, where
    others do not allow that."""
    try:
        return Pattern(graph, metrics, way)
    except CycleError:
        return Pattern(graph, metrics)


def _costs(pattern: Pattern) -> float:
    """What is wrong with a picture, in crossings: lines that cross, above all those between steps,
    or run through arrowheads or downwards, gates that do not stand side by side in their order, and
    what is beyond half a page."""
    picture = drawn(pattern)
    between = Picture("", curves=[c for c in picture.curves if is_between_steps(c)])
    crossed = crossings(picture) + 2 * crossings(between)
    hidden = HIDDEN * len(heads_met(picture.curves))
    beyond = max(tall(picture) - TALL, 0.0) + max(across(picture) - WIDE, 0.0)
    long = LENGTH * sum(map(length, picture.curves))
    misplaced = UNEVEN * uneven(pattern) + EXCHANGED * exchanged(pattern)
    down = DOWNWARDS * len(pattern.way.turned)
    return crossed + hidden + misplaced + down + beyond / LARGER + long


def _lowered(pattern: Pattern) -> Picture:
    """The picture with little room between its rows."""
    return drawn(pattern.with_gaps(low_gap))
