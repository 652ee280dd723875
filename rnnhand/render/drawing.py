"""A graph drawn with characters: the same places as in the picture, lines that go straight.

Rows stand one above the other, edges go upwards. A node in brackets ( ) is a quantity or an
operation, in [ ] a gate; a weight stands in { }, and in : : what is computed at a step that is not
drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from rnnhand.document.blocks import Math, Sentence
from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.document.graph_shown import as_shown
from rnnhand.render.boxes import formula
from rnnhand.render.named import computed, delay, edge_line, node_lines
from rnnhand.render.notation import ASCII, UNICODE, Signs, plain
from rnnhand.render.picture.acts import acts
from rnnhand.render.picture.bands import fitting, tail
from rnnhand.render.picture.entries import APART, kept, stretches
from rnnhand.render.picture.heights import Rows
from rnnhand.render.picture.metrics import Metrics
from rnnhand.render.picture.pattern import Pattern, placed
from rnnhand.render.picture.ranks import Link
from rnnhand.render.picture.search import cheapest
from rnnhand.render.picture.shapes import Body, Room
from rnnhand.render.picture.starts import with_joined_starts
from rnnhand.render.picture.tracks import gap, gap_above, tracks
from rnnhand.render.picture.untangled import separated
from rnnhand.render.picture.way import Way
from rnnhand.render.picture.ways import stackings
from rnnhand.render.picture.words import value
from rnnhand.render.spelling import Spelling, can_show
from rnnhand.render.strokes import Strokes
from rnnhand.render.wrapping import balanced

BRACKETS = {
    Kind.DATA: ("", ""),
    Kind.START: ("", ""),
    Kind.WEIGHT: ("{", "}"),
    Kind.QUANTITY: ("(", ")"),
    Kind.GATE: ("[", "]"),
    Kind.OPERATION: ("(", ")"),
    Kind.DELAYED: ("", ""),
    Kind.OUTSIDE: (":", ":"),
}


def graph_lines(graph: Graph, console: Console) -> list[Text]:
    """The drawing as a console shows it, line by line; a list of nodes and edges where it would be
    too wide."""
    graph = with_joined_starts(as_shown(graph))
    signs = UNICODE if can_show(console, "ŷ∂Σ−·│┼▲▶■□") else ASCII
    spelling = Spelling(console, signs, console.width)
    found = [*Text(spelling.text(graph.title), "bold").wrap(console, console.width)]
    bands, has_copies = _bands(graph, spelling, console.width)
    for lines in bands:
        found += [Text(), *lines]
    caption = graph.typed_notes(has_copies)
    if caption:
        found.append(Text())
    for sentence in caption:
        said = balanced(_glued(sentence, spelling), console.width, cell_len)
        found += [Text(part.replace("\u00a0", " "), "dim") for part in said]
    return found


def _glued(sentence: Sentence, spelling: Spelling) -> str:
    """A sentence on one line that is not broken inside of formulas."""
    shown = ((part, spelling.line((part,))) for part in sentence)
    return "".join(s.replace(" ", "\u00a0") if isinstance(p, Math) else s for p, s in shown)


def print_lines(lines: Iterable[Text], console: Console) -> None:
    """Lines of a drawing, as they are."""
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def _bands(graph: Graph, spelling: Spelling, room: int) -> tuple[list[list[Text]], bool]:
    """The drawing, act by act, in bands of steps where these would be too wide, or else a list; and
    whether anything is drawn more than once."""
    parts = tuple(acts(graph))
    found = [lines for part in parts for lines in _act(part, spelling, room)]
    if max(map(_widest, found)) > room:
        return [list(_listed(graph, spelling))], False
    return found, len(found) > 1 or any(node.again for part in parts for node in part.nodes)


def _act(graph: Graph, spelling: Spelling, room: int) -> list[list[Text]]:
    way = _least_crossed(tail(graph), spelling)

    def drawn(part: Graph) -> list[Text]:
        for short in (False, True):
            lines = _in_way(part, spelling, short, way).lines()
            if _widest(lines) <= room:
                break
        return lines

    return fitting(graph, drawn, _widest, room)


def _least_crossed(graph: Graph, spelling: Spelling) -> Way:
    """With what below what lines cross least."""
    drawings: dict[Way, _Drawing] = {}

    def draw(way: Way) -> Pattern:
        drawings[way] = _Drawing(graph, spelling, True, way)
        return drawings[way].pattern

    def costs(pattern: Pattern) -> float:
        drawings[pattern.way].lines()
        return drawings[pattern.way].strokes.crossings()

    further = (stackings, separated)
    return cheapest(draw, costs, quick=(), first=(), further=further, late=())[0]


def _in_way(graph: Graph, spelling: Spelling, short: bool, way: Way) -> _Drawing:
    """Some steps with lines as they cross least in the last ones; plainly where that cannot be."""
    try:
        return _Drawing(graph, spelling, short, way)
    except CycleError:
        return _Drawing(graph, spelling, short, Way())


def _beside(look: Body) -> int:
    """How far beside its middle lines may enter a node: below its last line, or barely beside."""
    *above, last = (cell_len(text) for text, _ in look.inside)
    return min((last - 1) // 2 + 1, (max(above) - 1) // 2) if above else (last - 1) // 2


def _next_to(x: int, look: Body, side: int) -> int:
    """The place right beside the first line of a node: a blank there would hide what crosses."""
    long = cell_len(look.inside[0][0])
    return x + (long + 1) // 2 if side > 0 else x - long // 2 - 1


def _widest(lines: Iterable[Text]) -> int:
    return max((line.cell_len for line in lines), default=0)


def _listed(graph: Graph, spelling: Spelling) -> Iterable[Text]:
    """A node a line, and below it what enters it."""
    names = {n.key: _called(n, spelling.signs) for n in graph.nodes}
    entering: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        entering.setdefault(edge.end, []).append(edge)
    for node in graph.nodes:
        rest = node_lines(node, spelling.signs)
        rest = rest[1:] if node.name is not None else [r for r in rest if r[0] in "=∂"]
        yield Text(spelling.text("  ".join((names[node.key], *rest))), "bold")
        for edge in entering.get(node.key, ()):
            said = edge_line(edge, spelling.signs)
            start = spelling.text(f"    ← {names[edge.start]}")
            yield Text(start + (spelling.text(f"  ({said})") if said else ""))


def _called(node: Node, signs: Signs) -> str:
    """The name of a node, or what it computes where it has none."""
    said = node.name if node.name is not None else node.spelled
    return formula(said, signs).lines[0] if said is not None else node.symbol or node.key


@dataclass
class _Drawing:
    """Draws a pattern, a character for a unit; line 0 is the bottom of the columns."""

    graph: Graph
    spelling: Spelling
    short: bool
    """With constants below names, and with less room."""

    way: Way
    strokes: Strokes = field(default_factory=Strokes)
    turns: dict[tuple[bool, int], Mapping[str, int]] = field(default_factory=dict)
    """The lines on which edges go sideways into a row, of the columns or of what is above them."""

    def __post_init__(self) -> None:
        metrics = Metrics(
            look=self.look,
            text=lambda t: cell_len(self.spelled(t)) + 1.0,
            line=1.0,
            port=1.0,
            port_room=1.0,
            apart=2.0 if self.short else 3.0,
            between=3.0 if self.short else 6.0,
            bend=6.0 if self.short else 8.0,
            gap=gap,
            gap_above=gap_above,
            snap=round,
            is_straight=True,
            beside=_beside,
            start=1.0,
        )
        self.pattern = placed(self.graph, metrics, self.way)

    @property
    def signs(self) -> Signs:
        return self.spelling.signs

    def spelled(self, text: str) -> str:
        return plain(text) if self.signs.plain else text

    def look(self, node: Node, room: Room) -> Body:
        before, behind = ("<", ">") if node.again else BRACKETS[node.kind]
        name = formula(node.name, self.signs).lines[0] if node.name is not None else ""
        symbol = computed(node, self.signs).replace("( )", "(·)")
        if symbol != node.symbol:
            before, behind = "", ""  # what it computes has brackets of its own
        parts = [self.spelled(symbol), name]
        constants = [
            f"{self.signs.minus if sign == '−' else sign} {formula(e, self.signs).lines[0]}"
            for sign, e in node.constants()
        ]
        if not self.short:
            parts += constants
        inside = " ".join(p for p in parts if p)
        if before:  # as wide as the arrowheads that enter
            lack = APART * (room.heads - 1) + 1 - cell_len(before + inside + behind)
            inside = " " * (lack // 2) + inside + " " * (lack - lack // 2)
        head = before + inside + behind
        lines = [(head, "name"), *((c, "") for c in constants if self.short)]
        for table, sign, role in (
            (node.value, "=", "value"),
            (node.adjoint, self.signs.partial, "adjoint"),
        ):
            if table is not None:
                shown = value(table)
                lines.append((f"{sign} {self.spelled(shown) if shown else self.signs.dots}", role))
        wide = float(max(cell_len(text) for text, _ in lines))
        return Body("", node.kind, wide, float(len(lines)), wide / 2, tuple(lines))

    def lines(self) -> list[Text]:
        """All lines, from above."""
        p = self.pattern
        for key, look in p.looks.items():
            x, top = self.place(key)
            for k, (text, role) in enumerate(look.inside):
                self.strokes.words.append((x - cell_len(text) // 2, top - k, text, role))
        for edge in (*p.edges.inner, *p.edges.leaving, *p.edges.after):
            x, top = self.place(edge.start)
            self.upwards(edge, x, top + 1)
        if p.edges.folded:
            self.around()
        else:
            self.across()
        return self.strokes.text(self.spelling)

    def place(self, key: str) -> tuple[int, int]:
        """The middle of a node, and its top line: the first of its row, but for what is delayed."""
        p = self.pattern
        x, up = p.at(key)
        is_delayed = p.looks[key].role == Kind.DELAYED
        return round(x), round(up - 0.5 if is_delayed else p.row_of(key)[1] - 1)

    def port(self, edge: Edge) -> tuple[int, int]:
        """Where an edge from another step enters its column."""
        x, up = self.pattern.port_at(edge)
        return round(x), round(up - 0.5)

    # Lines

    def upwards(self, edge: Edge, x: int, y: int) -> None:
        """From below (x, y) through the rows to the end of the edge, its label on the last
        stretch."""
        p = self.pattern
        stops = [(round(a), round(low), round(high) - 1) for a, low, high in p.passed(edge)]
        if stops and edge.start in p.above.outs:
            stops = [s for s in stops if s[2] >= s[1]]
        middle, top = self.place(edge.end)
        foot = top - len(p.looks[edge.end].inside)
        end = middle + self.aside(edge)
        stops.append((end, round(p.row_of(edge.end)[0]), foot))
        for i, (at, low, high) in enumerate(stops):
            if at != x:
                turn = self.turn(edge, i, len(stops), low)
                self.strokes.vertical(x, y - 1, turn)
                self.strokes.level(turn, x, at)
                self.strokes.vertical(at, turn, high)
            else:
                self.strokes.vertical(x, y - 1, high)
            x, y = at, high
        self.strokes.words.append((end, foot, "▲", "arrow"))
        text = self.spelled(p.edges.labels[id(edge)])
        if text and len(stops) > 1:
            at, low, _ = stops[-2]
            role = "name" if edge.is_weight else ""
            self.strokes.words.append((at - cell_len(text) // 2, low, text, role))

    def aside(self, edge: Edge) -> int:
        """How far beside the middle of its end an edge enters."""
        rows, link = self.course(edge)
        *_, before, item = kept(rows.layered.chains[link], rows)
        return stretches(rows)[before, item] - round(rows.layered.x[item])

    def course(self, edge: Edge) -> tuple[Rows, Link]:
        """The rows in which an edge ends, and what it is there."""
        p = self.pattern
        if p.above.holds(edge):
            return p.above.rows, p.above.links[id(edge)]
        return p.rows, p.course.link(edge)

    def turn(self, edge: Edge, i: int, of: int, low: int) -> int:
        """The line on which an edge goes sideways: below the row where it arrives, one for each
        item from which edges leave."""
        p = self.pattern
        is_above = p.above.holds(edge)
        rows, link = self.course(edge)
        stops = kept(rows.layered.chains[link], rows)
        k = min(max(len(stops) - of + i, 1), len(stops) - 1)
        row = rows.layered.row[stops[k]]
        if (is_above, row) not in self.turns:
            self.turns[is_above, row] = tracks(rows, row)
        lines = self.turns[is_above, row]
        order = lines.get(stops[k - 1], 0)
        return low - 2 - (max(lines.values(), default=0) - order)

    # From step to step

    def across(self) -> None:
        p = self.pattern
        used: dict[tuple[int, str], int] = {}
        lanes: dict[tuple[str, str], int] = {}
        for edge in p.edges.passing:
            side = p.course.side(edge)
            x, y = self.place(edge.start)
            start = _next_to(x, p.looks[edge.start], side)
            if id(edge) in p.edges.level:
                end = _next_to(self.place(edge.end)[0], p.looks[edge.end], -side)
                self.strokes.level(y, start, end)
                self.strokes.words.append((end, y, "▶" if side > 0 else "◀", "arrow"))
                if text := self.spelled(p.edges.labels[id(edge)]):
                    # Blanks around it, so that it does not seem to go on with the name of a node.
                    said = f" {text} " if abs(end - start) > cell_len(text) + 3 else text
                    self.strokes.words.append(
                        ((start + end - cell_len(said)) // 2, y, said, "name")
                    )
                continue
            own, column = p.edges.column_of(edge.start), p.edges.column_of(edge.end)
            port = p.edges.port(edge)
            px, py = self.port(edge)
            k = used.setdefault((own, p.parts.pattern[edge.start]), sum(c == own for c, _ in used))
            first = p.columns.spans[own][1] if side > 0 else p.columns.spans[own][0]
            gutter = round(first) + side * (2 + 2 * k)
            self.strokes.level(y, start, gutter)
            if abs(p.edges.columns.index(column) - p.edges.columns.index(own)) == 1:
                self.strokes.vertical(gutter, min(y, py), max(y, py))
                self.strokes.level(py, gutter, px)
            else:
                lane = -2 - lanes.setdefault((edge.start, port), len(lanes))
                low, high = p.columns.spans[column]
                last = round(low if side > 0 else high) - side * 2
                self.strokes.vertical(gutter, lane, y)
                self.strokes.level(lane, gutter, last)
                self.strokes.vertical(last, lane, py)
                self.strokes.level(py, last, px)
            self.upwards(edge, px, py + 1)

    def around(self) -> None:
        p = self.pattern
        ports = {p.edges.port(e): e for e in p.edges.beside}
        used = {1: 0, -1: 0}
        for edge in sorted(ports.values(), key=lambda edge: p.at(edge.start)[1]):
            side = p.course.side(edge)
            used[side] += 1
            x, y = self.place(edge.start)
            start = _next_to(x, p.looks[edge.start], -side)
            border = p.columns.spans[0][0] if side > 0 else p.columns.spans[0][1]
            track = round(border) - side * 3 * used[side]
            px, py = self.port(edge)
            name = formula(edge.seen_as, self.signs).lines[0] if edge.seen_as is not None else ""
            read = p.looks[edge.end].inside[0][0] if id(edge) in p.edges.level else name
            end = px - side * (cell_len(read) // 2 + 1)
            self.strokes.level(y, start, track)
            self.strokes.vertical(track, py, y)
            self.strokes.level(py, track, end)
            self.strokes.words.append((end, py, "▶" if side > 0 else "◀", "arrow"))
            sign = delay(edge)
            self.strokes.words.append((track - cell_len(sign) // 2, (y + py) // 2, sign, "arrow"))
            self.strokes.words.append((px - cell_len(name) // 2, py, name, "name"))
        for edge in p.edges.bent:
            px, py = self.port(edge)
            self.upwards(edge, px, py + 1)
