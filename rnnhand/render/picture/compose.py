"""A graph as a picture: in one piece, or in bands of steps, as large as a page holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError
from itertools import combinations

from rnnhand.document.graph import LEAVES, Graph, Kind
from rnnhand.render.picture.acts import acts
from rnnhand.render.picture.bands import apart, fitting, steps_of, tail
from rnnhand.render.picture.chosen import TALL, best_way
from rnnhand.render.picture.drawn import finished
from rnnhand.render.picture.frame import MARGIN, across, framed, in_lines, stacked, tall
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.pattern import Pattern, placed, with_gaps
from rnnhand.render.picture.shapes import Picture
from rnnhand.render.picture.shares import is_stepless
from rnnhand.render.picture.sizes import METRICS, TIGHT, low_gap, low_gap_above
from rnnhand.render.picture.starts import with_joined_starts
from rnnhand.render.picture.way import PLAIN, Way

PAGE = 872.0
"""Width up to which letters stay readable where a picture is as wide as the text of a page."""

SAVED = 1.6
"""By how much a picture may be too wide for less room between its parts to be tried."""

STATES = 2
"""Lines that are drawn from step to step whatever they cross, as c and h of an LSTM."""

CUT = 1.0
"""How many crossings it is worth to draw a line from step to step, and not its start once more."""

HALF_PAGE = (1000.0, 708.0)
"""17 by 12 cm, where the smaller letters are 6 points high."""

WHOLE_PAGE = (1000.0, 1416.0)
"""17 by 24 cm, in the same letters."""

WIDER = (1.0, 1.3, 1.7, 2.2)
"""Widths in those of half a page that are tried where bands would be higher than that: three steps
with small letters may be easier to read than three bands with tiny ones."""

NEURONS = (Kind.GATE, Kind.DATA, Kind.START)
"""Nodes of a picture of neurons."""

SHRUNK = 2.0
"""How much smaller than this letters of a graph without steps may be for longer lines of its nodes
to be worth trying."""


@dataclass(frozen=True)
class _Laid:
    pattern: Pattern
    picture: Picture


@lru_cache(maxsize=2)
def compose(graph: Graph) -> Picture:
    """The picture of a graph, with its title above and its caption below; in bands of steps where
    it is wider than a page; with somewhat longer bands if half a page then holds more of them.
    Where lines from step to step cross too much, every step stands for itself."""
    graph = with_joined_starts(graph)
    parts = tuple(acts(graph))
    picture = _of_width(graph, parts, PAGE)
    hopeless = is_stepless(graph) and _shrunk(picture) > SHRUNK
    if (_copies(picture) or picture.height > HALF_PAGE[1]) and not hopeless:
        wider = (_of_width(graph, parts, share * HALF_PAGE[0]) for share in WIDER)
        return min(picture, *wider, key=lambda p: (_shrunk(p), _copies(p)))
    return picture


def _copies(picture: Picture) -> int:
    """How many nodes of a picture are drawn elsewhere in it."""
    return sum(shape.role == "again" for shape in picture.shapes)


def _has_inputs_again(picture: Picture) -> bool:
    """Whether an input is drawn more than once, beside several of its readers."""
    places = {(s.x, s.y): s.height / 2 for s in picture.shapes if s.role == "data"}
    names = [
        w.text
        for w in picture.words
        if w.role == "name" and any(x == w.x and abs(y - w.y) < h for (x, y), h in places.items())
    ]
    return len(names) > len({*names})


def _of_width(graph: Graph, parts: Sequence[Graph], page: float) -> Picture:
    """The picture on a page, its acts side by side if that is wide enough, else one below the
    other."""
    drawings = [_act(part, page, TALL / len(parts)) for part in parts]
    whole = stacked(in_lines(drawings, page - 2 * MARGIN))
    notes = graph.drawn_notes(_copies(whole) > 0, _has_inputs_again(whole))
    return framed(whole, notes, graph.title)


def _act(graph: Graph, page: float, high: float) -> Picture:
    """An act on a page, with less room between its rows if else it were too `high`; with or without
    lines from step to step. These stay wherever two steps stand side by side: they show what goes
    on from step to step. Layers of neurons go without them: a line along a row would be in the way
    of the other neurons of their layer."""
    steps = apart(graph)
    if steps and graph.has_layers:
        way, _ = best_way(steps[len(steps) // 2])
        return _one_by_one(steps, way, page)
    found = _fitting(graph, page)
    if steps and len(found) == len(steps):
        own = _way_apart(tail(graph), steps)
        if own is not None:
            return _one_by_one(steps, own, page)
    return _within(found, high)


def _way_apart(last: Graph, steps: Sequence[Graph]) -> Way | None:
    """How lines run within single steps, if to cut those between them costs less than what crosses
    now, in the last steps."""
    middle = steps[len(steps) // 2]
    cut = sum(node.again and node.column is not None for node in middle.nodes)
    lined = best_way(last)[1] / len(steps_of(last))
    if cut <= STATES or lined <= CUT * cut:
        return None
    way, costs = best_way(middle)
    return way if costs + CUT * cut < lined else None


def _shrunk(picture: Picture, page: tuple[float, float] = HALF_PAGE) -> float:
    """How much smaller than 6 points letters are on a page, half one of A4."""
    return max(picture.width / page[0], picture.height / page[1], 1.0)


def is_small_print(picture: Picture, page: tuple[float, float] = HALF_PAGE) -> bool:
    """Whether letters are under 6 points high where the picture fills a page, half one of A4."""
    return _shrunk(picture, page) > 1.0


def _fitting(graph: Graph, page: float) -> list[_Laid]:
    """A graph with its lines from step to step, in bands that a page is wide enough for."""
    room = page - 2 * MARGIN
    if is_stepless(graph):
        shares = fitting(graph, lambda g: _laid(g, PLAIN), _wide, room)
        return [_improved(share, room, len(shares)) for share in shares]
    way, _ = best_way(tail(graph))
    return fitting(graph, lambda g: _laid(g, way), _wide, room)


def _within(found: Sequence[_Laid], high: float) -> Picture:
    """The bands of a graph one below the other."""
    whole = stacked([laid.picture for laid in found])
    return whole if tall(whole) <= high else stacked([_lowered(laid.pattern) for laid in found])


def _wide(laid: _Laid) -> float:
    return across(laid.picture)


def _improved(share: _Laid, room: float, shares: int) -> _Laid:
    """One of the shares of a graph, with its lines the best way if that fits. Inputs that are all
    read by the same neurons stay side by side, though one above the other they would cross less."""
    graph = share.pattern.graph
    if _has_full_layers(graph):
        return share
    way, _ = best_way(graph, shares)
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


def _one_by_one(steps: Sequence[Graph], way: Way, page: float) -> Picture:
    """The steps of a graph without lines between them, as many side by side as a page holds."""
    pictures = [_lowered(_pattern(step, METRICS, way)) for step in steps]
    return stacked(in_lines(pictures, page - 2 * MARGIN))


@lru_cache(maxsize=8)
def _laid(graph: Graph, way: Way) -> _Laid:
    """The picture with ordinary room, or with little where it is too wide."""
    room = PAGE - 2 * MARGIN
    for metrics in (METRICS, TIGHT):
        pattern = _pattern(graph, metrics, way)
        laid = _Laid(pattern, finished(pattern))
        if not room < across(laid.picture) < SAVED * room:
            break
    return laid


def _pattern(graph: Graph, metrics: Metrics, way: Way) -> Pattern:
    """A graph with lines in a way that was found on some of its steps; in the plain one, where
    others do not allow that."""
    try:
        return placed(graph, metrics, way)
    except CycleError:
        return placed(graph, metrics)


def _lowered(pattern: Pattern) -> Picture:
    """The picture with little room between its rows."""
    return finished(with_gaps(pattern, low_gap, low_gap_above))
