"""A graph as a picture.

Unrolled, the columns are copies of one pattern, side by side; folded, the pattern stands alone and
what goes to another step returns around it; without steps the whole graph is the pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rnnhand.document.graph import Edge, Graph, Kind
from rnnhand.render.picture.curves import level, rounded, straight, turning_up, upright
from rnnhand.render.picture.layers import Layered, Link, Sketch, layered
from rnnhand.render.picture.parts import Parts, distances, is_regular, parts
from rnnhand.render.picture.shapes import (
    LINE,
    SMALL,
    Body,
    Curve,
    Picture,
    Point,
    Shape,
    Words,
    body,
    draw,
)
from rnnhand.render.picture.words import line, math, value, width, wrapped

MARGIN = 16.0
PORT = 18.0
"""Between lines that enter a row at its side."""

TRACK = 20.0
"""Between lines that go around."""

LEAST = 460.0
"""Room for title and caption below which a picture is widened for them."""

TITLE = 16.0

BETWEEN = 26.0
"""Between columns, beside what stands on the lines."""


def compose(graph: Graph) -> Picture:
    """The picture of a graph, with its title above and its caption below."""
    found = parts(graph)
    columns = graph.columns
    if columns and not is_regular(found):
        found = Parts(found.nodes, found.edges, dict.fromkeys(found.column), {
            key: key for key in found.nodes
        })
        columns = ()
    if not columns:
        found = Parts(
            found.nodes, found.edges, dict.fromkeys(found.nodes, 0), {k: k for k in found.nodes}
        )
        columns = (0,)
    drawing = _Drawing(graph, found, columns)
    drawing.everything()
    return drawing.framed()


def label_of(edge: Edge) -> str:
    """What stands on an edge: its weight; its slope, and the value of that; its paths."""
    found = math(edge.label) if edge.label is not None else ""
    if edge.value is not None and (shown := value(edge.value)) is not None and shown != found:
        found += f" = {shown}"
    if edge.paths:
        marks = ",".join(map(str, edge.paths))
        found = f"{found}  ({marks})" if found else f"({marks})"
    return found


@dataclass
class _Drawing:
    graph: Graph
    parts: Parts
    columns: tuple[int, ...]
    picture: Picture = field(init=False)

    def __post_init__(self) -> None:
        self.picture = Picture(self.graph.title)
        self.labels = {id(e): label_of(e) for e in self.parts.edges}
        room: dict[str, float] = {}
        for edge in self.parts.edges:
            if text := self.labels[id(edge)]:
                room[edge.end] = room.get(edge.end, 0.0) + width(text, SMALL) + 26
        self.looks = {k: body(n, room.get(k, 0.0)) for k, n in self.parts.nodes.items()}
        self.folded = any(e.lag for e in self.parts.edges)
        self.sort_edges()
        self.pattern = self.layered_pattern()
        self.rows_upwards()

    # The pattern

    def sort_edges(self) -> None:
        """Edges inside a column, from column to column, and out of the columns."""
        column, pattern = self.parts.column, self.parts.pattern
        self.inner: list[Edge] = []
        self.passing: list[Edge] = []
        self.leaving: list[Edge] = []
        self.after: list[Edge] = []
        for edge in self.parts.edges:
            a, b = column[edge.start], column[edge.end]
            if a is None:
                self.after.append(edge)
            elif b is None:
                self.leaving.append(edge)
            elif edge.lag or a != b:
                self.passing.append(edge)
            else:
                self.inner.append(edge)
        away = distances(self.parts, self.parts.edges)
        self.level_rows: set[str] = set()
        for row, steps in away.items():
            own = [e for e in self.passing if pattern[e.start] == row]
            if not self.folded and steps <= {1} or steps <= {-1}:
                if any(pattern[e.end] == row for e in own):
                    self.level_rows.add(row)

    def distance(self, edge: Edge) -> int:
        if edge.lag:
            return edge.lag
        a, b = self.parts.column[edge.start], self.parts.column[edge.end]
        assert a is not None and b is not None
        return b - a

    def is_level(self, edge: Edge) -> bool:
        """Whether an edge from column to column goes straight along its row."""
        a, b = self.parts.pattern[edge.start], self.parts.pattern[edge.end]
        return not self.folded and a == b and a in self.level_rows

    def port(self, edge: Edge) -> str:
        return f"{self.parts.pattern[edge.start]} >{self.distance(edge)}"

    def link(self, edge: Edge) -> Link:
        """The edge in the pattern; edges of several columns have one link."""
        start = self.port(edge) if edge in self.passing else self.parts.pattern[edge.start]
        end = self.parts.pattern[edge.end]
        twins = [e for e in self.parts.edges if (e.start, e.end) == (edge.start, edge.end)]
        return (start, end, twins.index(edge))

    def out(self, edge: Edge) -> str:
        return f"{self.parts.pattern[edge.start]} ^"

    def layered_pattern(self) -> Layered:
        sizes: dict[str, tuple[float, float]] = {}
        pattern = self.parts.pattern
        for key, look in self.looks.items():
            if self.parts.column[key] is not None:
                w, h = sizes.get(pattern[key], (0.0, 0.0))
                sizes[pattern[key]] = (max(w, look.width), max(h, look.height))
        late = {
            pattern[k] for k, n in self.parts.nodes.items()
            if n.kind in (Kind.DATA, Kind.WEIGHT) and self.parts.column[k] is not None
        }
        links: dict[Link, tuple[float, float]] = {}
        sides: dict[str, int] = {}
        own: dict[str, None] = {}
        for edge in self.passing:
            if edge in self.passing and not self.is_level(edge):
                port = self.port(edge)
                forward = self.distance(edge) > 0
                sizes[port] = (self.port_width(edge), PORT)
                late.add(port)
                sides[port] = -1 if forward else 1
                outwards = -sides[port] if not self.folded else sides[port]
                sides[pattern[edge.start]] = outwards
            own[pattern[edge.start]] = None
        for edge in (*self.inner, *(e for e in self.passing if not self.is_level(e))):
            self.note_link(links, self.link(edge), edge)
        for edge in self.leaving:
            sizes[self.out(edge)] = (2.0, 0.0)
            links[pattern[edge.start], self.out(edge), 0] = (0.0, 0.0)
        top = {self.out(e) for e in self.leaving}
        forward_first = sorted(
            own, key=lambda r: not any(
                pattern[e.start] == r and self.distance(e) > 0 for e in self.passing
            )
        )
        sketch = Sketch(
            sizes, list(links), {k: v for k, v in links.items() if v[0]}, late, sides,
            forward_first, sorted(self.level_rows), top,
        )
        self.sizes = sizes
        return layered(sketch)

    def note_link(self, links: dict[Link, tuple[float, float]], link: Link, edge: Edge) -> None:
        text = self.labels[id(edge)]
        room = (width(text, SMALL) + 8, LINE) if text else (0.0, 0.0)
        links[link] = max(links.get(link, room), room)

    def port_width(self, edge: Edge) -> float:
        if not self.folded or edge.seen_as is None:
            return 2.0
        return width(math(edge.seen_as), SMALL) + 12

    def rows_upwards(self) -> None:
        """The height of every row, and how far up it stands."""
        rows = self.pattern.rows
        labelled = {
            chain[-2] for link, chain in self.pattern.chains.items()
            if len(chain) > 2 and self.pattern.widths[chain[-2]] > 3
        }
        self.up: list[float] = []
        self.tall: list[float] = []
        at = 0.0
        for i, row in enumerate(rows):
            ports = sum(" >" in item and " (" not in item for item in row)
            tall = max((self.sizes[item][1] for item in row if item in self.sizes), default=0.0)
            tall = max(tall, PORT * ports, LINE if labelled & set(row) else 0.0)
            self.tall.append(tall)
            if i:
                at += self.gap_below(i)
            self.up.append(at + tall / 2)
            at += tall
        self.total = at

    def gap_below(self, i: int) -> float:
        """Room for the curves between two rows: more where they go far sideways."""
        x = self.pattern.x
        far = max(
            (
                abs(x[a] - x[b])
                for chain in self.pattern.chains.values()
                for a, b in zip(chain, chain[1:], strict=False)
                if self.pattern.row[b] == i
            ),
            default=0.0,
        )
        least = 18.0 if self.tall[i] > LINE else 9.0
        return max(least, min(7.0 + 0.16 * far, 46.0))

    # The places

    def everything(self) -> None:
        self.place_columns()
        self.place_after()
        for key, look in self.looks.items():
            x, y = self.at(key)
            draw(self.picture, look, x, y)
        for edge in self.inner:
            self.inside(edge)
        for edge in self.leaving:
            self.out_of_columns(edge)
        for edge in self.after:
            self.above(edge)
        if self.folded:
            self.around()
        else:
            self.across()

    def place_columns(self) -> None:
        """Where each column begins, so that the columns stand close and lines have room."""
        pattern = self.pattern
        self.left: dict[int, float] = {}
        self.spans: dict[int, tuple[float, float]] = {}
        spans: dict[int, list[float]] = {c: [] for c in self.columns}
        for key, look in self.looks.items():
            column = self.parts.column[key]
            if column is not None:
                x = pattern.x[self.parts.pattern[key]]
                spans[column] += [x - look.width / 2, x + look.width / 2]
        for edge in (*self.inner, *self.leaving):
            link = self.link(edge) if edge in self.inner else (
                self.parts.pattern[edge.start], self.out(edge), 0
            )
            column = self.parts.column[edge.start]
            assert column is not None
            for item in pattern.chains[link][1:-1]:
                spans[column] += [pattern.x[item] - pattern.widths[item] / 2,
                                  pattern.x[item] + pattern.widths[item] / 2]
        for edge in self.passing:
            column = self.parts.column[edge.end]
            assert column is not None
            if not self.is_level(edge):
                for item in pattern.chains[self.link(edge)][:-1]:
                    spans[column] += [pattern.x[item] - pattern.widths[item] / 2,
                                      pattern.x[item] + pattern.widths[item] / 2]
        levels = [width(self.labels[id(e)], SMALL) for e in self.passing if self.is_level(e)]
        bent = any(not self.is_level(e) for e in self.passing)
        self.label_room = max(levels, default=0.0) + (16 if any(levels) else 0)
        room = self.label_room + (40 if bent else 0) + BETWEEN
        at = 0.0
        for column in self.columns:
            low, high = min(spans[column], default=0), max(spans[column], default=0)
            self.left[column] = at - low
            self.spans[column] = (at, at + high - low)
            at += high - low + room
        self.wide = at - room

    def place_after(self) -> None:
        """What comes after all steps, in rows of its own above the columns."""
        self.outs: dict[str, Point] = {}
        for edge in self.leaving:
            column = self.parts.column[edge.start]
            assert column is not None
            item = self.out(edge)
            self.outs[edge.start] = (
                self.left[column] + self.pattern.x[item], -self.up[self.pattern.row[item]]
            )
        keys = [k for k in self.looks if self.parts.column[k] is None]
        self.after_at: dict[str, Point] = {}
        if not keys:
            return
        sizes = {k: (self.looks[k].width, self.looks[k].height) for k in keys}
        sizes |= {f"{k} ^": (2.0, 0.0) for k in self.outs}
        links: dict[Link, tuple[float, float]] = {}
        self.after_links: dict[int, Link] = {}
        for edge in (*self.leaving, *self.after):
            start = f"{edge.start} ^" if edge in self.leaving else edge.start
            link = (start, edge.end, sum(a == start and b == edge.end for a, b, _ in links))
            self.after_links[id(edge)] = link
            self.note_link(links, link, edge)
        late = [k for k in keys if self.parts.nodes[k].kind in (Kind.DATA, Kind.WEIGHT)]
        self.over = layered(
            Sketch(sizes, list(links), {k: v for k, v in links.items() if v[0]}, late)
        )
        middle = sum(p[0] for p in self.outs.values()) / max(len(self.outs), 1)
        outs = [self.over.x[f"{k} ^"] for k in self.outs]
        shift = middle - sum(outs) / max(len(outs), 1)
        self.over_up: list[float] = []
        at = self.total
        for i, row in enumerate(self.over.rows):
            tall = max((sizes[k][1] for k in row if k in sizes), default=LINE)
            spread = max((p[0] for p in self.outs.values()), default=0) - min(
                (p[0] for p in self.outs.values()), default=0
            )
            at += max(11.0, min(7 + 0.08 * spread, 46.0)) if i == 1 else 12.0 if i else 0.0
            self.over_up.append(at + tall / 2)
            at += tall
        self.shift = shift
        for key in keys:
            up = self.over_up[self.over.row[key]]
            self.after_at[key] = (self.over.x[key] + shift, -up)

    def at(self, key: str) -> Point:
        column = self.parts.column[key]
        if column is None:
            return self.after_at[key]
        row = self.parts.pattern[key]
        return self.left[column] + self.pattern.x[row], -self.up[self.pattern.row[row]]

    # Edges

    def role(self, edge: Edge) -> str:
        return "path" if edge.paths else "edge"

    def stand_ins(self, link: Link, column: int) -> list[tuple[Point, Point]]:
        """Where a link passes the rows between its ends: below and above each."""
        found = []
        for item in self.pattern.chains[link][1:-1]:
            i = self.pattern.row[item]
            if not self.tall[i]:
                continue
            x = self.left[column] + self.pattern.x[item]
            found.append(((x, -self.up[i] + self.tall[i] / 2), (x, -self.up[i] - self.tall[i] / 2)))
        return found

    def inside(self, edge: Edge) -> None:
        """An edge within a column, upwards."""
        column = self.parts.column[edge.end]
        assert column is not None
        passed = self.stand_ins(self.link(edge), column)
        x, y = self.at(edge.start)
        look = self.looks[edge.start]
        ahead = passed[0][0][0] if passed else self.at(edge.end)[0]
        start = self.leaving_point(look, x, y, ahead)
        self.upwards(edge, start, passed)

    def leaving_point(self, look: Body, x: float, y: float, ahead: float) -> Point:
        reach = look.half * 0.5 if look.form != "pill" else look.half * 0.3
        if look.role == "operation":
            reach = 0.0
        return (x + max(-reach, min(reach, ahead - x)), y - look.reach)

    def upwards(
        self, edge: Edge, start: Point, passed: list[tuple[Point, Point]]
    ) -> None:
        """The curve of an edge from its start through the rows to its end, and its label."""
        end = self.arrival(edge)
        points: list[Point] = [start]
        for below, above in passed:
            points += [below, above]
        points.append(end)
        pieces = [upright(a, b) for a, b in zip(points, points[1:], strict=False)]
        self.picture.curves.append(Curve(start, tuple(pieces), self.role(edge)))
        text = self.labels[id(edge)]
        if text and passed:
            below, above = passed[-1]
            self.label(text, below[0], (below[1] + above[1]) / 2, edge)

    def label(self, text: str, x: float, y: float, edge: Edge) -> None:
        role = "weight-label" if edge.is_weight else "slope"
        self.picture.words.append(Words(x, y, text, SMALL, role, "middle", True))

    def arrival(self, edge: Edge) -> Point:
        """Where an edge meets its end: side by side with the others that come from below."""
        look = self.looks[edge.end]
        x, y = self.at(edge.end)
        others = [e for e in self.parts.edges if e.end == edge.end and self.comes_from_below(e)]
        wanted = sorted((self.last_x(e), i, e is edge) for i, e in enumerate(others))
        reach = look.half - 6 if look.form != "pill" else max(look.half - 14, look.half * 0.5)
        if look.role == "operation":
            reach = min(9.0, look.half * 0.7)
        places = _spread([w - x for w, _, _ in wanted], reach)
        dx = next(p for p, (_, _, own) in zip(places, wanted, strict=True) if own)
        drop = look.reach
        if look.form == "pill":
            drop = look.reach * max(0.0, 1 - (dx / look.half) ** 4) ** 0.5 if look.half else 0
            if look.role == "operation" and look.half <= look.reach + 1:
                drop = max(0.0, look.reach**2 - dx**2) ** 0.5
        return (x + dx, y + drop)

    def comes_from_below(self, edge: Edge) -> bool:
        return not (edge in self.passing and self.is_level(edge))

    def last_x(self, edge: Edge) -> float:
        """Where an edge is before it arrives."""
        if edge in self.after or edge in self.leaving:
            chain = self.over.chains[self.after_links[id(edge)]]
            if len(chain) > 2:
                return self.over.x[chain[-2]] + self.shift
            return self.outs[edge.start][0] if edge in self.leaving else self.at(edge.start)[0]
        column = self.parts.column[edge.end]
        assert column is not None
        chain = self.pattern.chains[self.link(edge)]
        return self.left[column] + self.pattern.x[chain[-2]]

    def out_of_columns(self, edge: Edge) -> None:
        column = self.parts.column[edge.start]
        assert column is not None
        link = (self.parts.pattern[edge.start], self.out(edge), 0)
        passed = [*self.stand_ins(link, column), (self.outs[edge.start], self.outs[edge.start])]
        passed += self.over_stand_ins(edge)
        x, y = self.at(edge.start)
        start = self.leaving_point(self.looks[edge.start], x, y, passed[0][0][0])
        self.upwards(edge, start, passed)

    def over_stand_ins(self, edge: Edge) -> list[tuple[Point, Point]]:
        found = []
        for item in self.over.chains[self.after_links[id(edge)]][1:-1]:
            x, y = self.over.x[item] + self.shift, -self.over_up[self.over.row[item]]
            found.append(((x, y + LINE / 2), (x, y - LINE / 2)))
        return found

    def above(self, edge: Edge) -> None:
        x, y = self.at(edge.start)
        passed = self.over_stand_ins(edge)
        ahead = passed[0][0][0] if passed else self.at(edge.end)[0]
        self.upwards(edge, self.leaving_point(self.looks[edge.start], x, y, ahead), passed)

    # From step to step

    def across(self) -> None:
        """Edges from column to column: level where they can be, else through the gap between."""
        lanes = 0
        entered: set[tuple[str, str]] = set()
        for edge in self.passing:
            side = 1 if self.distance(edge) > 0 else -1
            x, y = self.at(edge.start)
            look = self.looks[edge.start]
            start = (x + side * look.half, y)
            if self.is_level(edge):
                ex, ey = self.at(edge.end)
                end = (ex - side * self.looks[edge.end].half, ey)
                self.picture.curves.append(Curve(start, (straight(start, end),), self.role(edge)))
                if text := self.labels[id(edge)]:
                    self.label(text, *self.level_label(edge, start, end, side), edge)
                continue
            column = self.parts.column[edge.end]
            assert column is not None
            port = self.port(edge)
            px = self.left[column] + self.pattern.x[port]
            py = self.port_y(port)
            near = self.spans[column][0 if side > 0 else 1]
            passed = self.stand_ins(self.link(edge), column)
            own = self.parts.column[edge.start]
            assert own is not None
            far = self.spans[own][1 if side > 0 else 0]
            exit_at = (far + side * (self.label_room if side > 0 else 0), y)
            enter_at = (near - side * (self.label_room if side < 0 else 0), py)
            first = [straight(start, exit_at)]
            if abs(self.columns.index(column) - self.columns.index(own)) == 1:
                first.append(level(exit_at, enter_at))
            else:
                lanes += (edge.start, port) not in entered
                lane = 20.0 + TRACK * lanes
                way = rounded(
                    [exit_at, (exit_at[0] + side * 16, y), (exit_at[0] + side * 16, lane),
                     (enter_at[0] - side * 16, lane), (enter_at[0] - side * 16, py), enter_at],
                    "edge",
                )
                first += way.pieces
            up = -self.up[self.pattern.row[port]] - self.tall[self.pattern.row[port]] / 2
            first.append(turning_up(enter_at, (px, up)))
            if (edge.start, port) not in entered:
                entered.add((edge.start, port))
                self.picture.curves.append(Curve(start, tuple(first), "edge", arrow=False))
            self.upwards(edge, (px, up), passed)

    def level_label(self, edge: Edge, start: Point, end: Point, side: int) -> Point:
        """The middle of the room for labels beside the column, where no line goes up or down."""
        column = self.parts.column[edge.start if side > 0 else edge.end]
        assert column is not None
        middle, half = (start[0] + end[0]) / 2, width(self.labels[id(edge)], SMALL) / 2 + 5
        i = self.pattern.row[self.parts.pattern[edge.start]]
        passing = [
            left + self.pattern.x[item] for item in self.pattern.rows[i]
            for left in self.left.values()
            if item not in self.sizes
        ]
        bent = any(not self.is_level(e) for e in self.passing)
        if not bent and all(abs(x - middle) > half for x in passing):
            return middle, start[1]
        return self.spans[column][1] + self.label_room / 2 + 1, start[1]

    def port_y(self, port: str) -> float:
        """Lines that enter a row at one side stand one below the other, the inner ones lower."""
        i = self.pattern.row[port]
        ports = [p for p in self.pattern.rows[i] if " >" in p and " (" not in p]
        left = [p for p in ports if ">-" not in p]
        right = [p for p in reversed(ports) if ">-" in p]
        k = (left if port in left else right).index(port)
        count = len(left if port in left else right)
        return -self.up[i] + PORT * (k - (count - 1) / 2)

    def around(self) -> None:
        """Edges of a folded graph to another step: around the drawing, back into it at its side."""
        ports = {self.port(e): e for e in self.passing}
        (low, high) = self.spans[0]
        tracks = {1: 0, -1: 0}
        for port, edge in sorted(ports.items(), key=lambda p: self.at(p[1].start)[1], reverse=True):
            side = 1 if self.distance(edge) > 0 else -1
            tracks[side] += 1
            x, y = self.at(edge.start)
            start = (x - side * self.looks[edge.start].half, y)
            border = low if side > 0 else high
            track = border - side * (8 + TRACK * tracks[side])
            px, py = self.pattern.x[port] + self.left[0], self.port_y(port)
            half = self.pattern.widths[port] / 2
            end = (px - side * half, py)
            self.picture.curves.append(
                rounded([start, (track, y), (track, py), end], self.role(edge))
            )
            self.picture.shapes.append(Shape("delay", track, (y + py) / 2, 10, 10, "delay"))
            if abs(self.distance(edge)) > 1:
                words = f"{abs(self.distance(edge))}×"
                self.picture.words.append(Words(track, (y + py) / 2 - 14, words, SMALL, "slope"))
            if edge.seen_as is not None:
                self.picture.words.append(Words(px, py, math(edge.seen_as), SMALL, "name"))
        for edge in self.passing:
            port = self.port(edge)
            px, py = self.pattern.x[port] + self.left[0], self.port_y(port)
            self.upwards(edge, (px, py - 9), self.stand_ins(self.link(edge), 0))

    # The frame

    def framed(self) -> Picture:
        """The picture moved so that all of it is in view, with title and caption."""
        boxes = list(_extents(self.picture))
        left = min(b[0] for b in boxes)
        right = max(b[2] for b in boxes)
        top, bottom = min(b[1] for b in boxes), max(b[3] for b in boxes)
        room = max(right - left, LEAST)
        notes = [part for s in self.graph.caption for part in wrapped(line(s), SMALL, room)]
        titles = wrapped(self.graph.title, TITLE, room)
        widest = max(
            [width(n, SMALL) for n in notes] + [1.1 * width(t, TITLE) for t in titles]
        )
        across = max(right - left, widest) + 2 * MARGIN
        dx = (across - (right - left)) / 2 - left
        dy = MARGIN + 6 + 20 * len(titles) - top
        moved = _moved(self.picture, dx, dy)
        moved.width = across
        for k, title in enumerate(titles):
            moved.words.append(Words(across / 2, MARGIN + 6 + 20 * k, title, TITLE, "title"))
        y = bottom + dy + 24
        for note in notes:
            moved.words.append(Words(across / 2, y, note, SMALL, "caption"))
            y += 18
        moved.height = y + MARGIN - (14 if notes else 18)
        return moved


def _spread(wanted: list[float], reach: float) -> list[float]:
    """The wanted places, kept within reach and apart from one another."""
    if not wanted:
        return []
    count = len(wanted)
    apart = min(11.0, 2 * reach / max(count - 1, 1))
    places = [max(-reach, min(reach, w)) for w in wanted]
    for _ in range(20):
        for k in range(count - 1):
            lack = apart - (places[k + 1] - places[k])
            if lack > 0:
                places[k] -= lack / 2
                places[k + 1] += lack / 2
        places = [max(-reach, min(reach, p)) for p in places]
    return places


def _extents(picture: Picture) -> Iterator[tuple[float, float, float, float]]:
    for s in picture.shapes:
        yield (s.x - s.width / 2, s.y - s.height / 2, s.x + s.width / 2, s.y + s.height / 2)
    for w in picture.words:
        wide = width(w.text, w.size)
        low = w.x if w.anchor == "start" else w.x - wide / 2
        yield (low, w.y - w.size * 0.7, low + wide, w.y + w.size * 0.7)
    for c in picture.curves:
        for point in (c.start, *(p for piece in c.pieces for p in piece)):
            yield (*point, *point)


def _moved(picture: Picture, dx: float, dy: float) -> Picture:
    from dataclasses import replace

    def at(p: Point) -> Point:
        return (p[0] + dx, p[1] + dy)

    return Picture(
        picture.title, 0.0, 0.0,
        [
            Curve(at(c.start), tuple((at(a), at(b), at(d)) for a, b, d in c.pieces), c.role, c.arrow)
            for c in picture.curves
        ],
        [replace(s, x=s.x + dx, y=s.y + dy) for s in picture.shapes],
        [replace(w, x=w.x + dx, y=w.y + dy) for w in picture.words],
    )
