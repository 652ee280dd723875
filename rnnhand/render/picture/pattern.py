"""Where everything of a graph stands, in whatever unit: points of a picture, or characters.

Unrolled, the columns are copies of one pattern, side by side; folded, the pattern stands alone and
what goes to another step returns around it; without steps the whole graph is the pattern. Heights
are counted upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

from rnnhand.document.graph import LEAVES, Edge, Graph, Kind, Node
from rnnhand.render.picture.floors import floors
from rnnhand.render.picture.layers import Layered, layered
from rnnhand.render.picture.parts import Parts, distances, every_step, is_regular, parts
from rnnhand.render.picture.ranks import Link, Sketch
from rnnhand.render.picture.shapes import Body, Room
from rnnhand.render.picture.way import PLAIN, Way
from rnnhand.render.picture.words import math, value


@dataclass(frozen=True)
class Metrics:
    """Sizes in some unit. `look` takes a node and the room that lines need at it.

    `snap` takes a place sideways to where something may stand, as the columns of characters are.
    `apart` is between items of a row, `between` between columns, `bend` what a line needs there to
    go up or down, `port` between lines that enter a row at its side, `head` what an arrowhead
    takes at a node. `gap` is the height between two rows: it takes the pattern and the upper one.
    """

    look: Callable[[Node, Room], Body]
    text: Callable[[str], float]
    line: float
    port: float
    port_room: float
    apart: float
    between: float
    bend: float
    gap: Callable[[Pattern, int], float]
    snap: Callable[[float], float] = float
    head: float = 0.0


def label_of(edge: Edge) -> str:
    """What stands on an edge: its weight; its slope, and the value of that; its paths."""
    found = math(edge.label) if edge.label is not None else ""
    if edge.value is not None and (shown := value(edge.value)) is not None and shown != found:
        found += f" = {shown}"
    if edge.paths:
        marks = "".join(map(circled, edge.paths))
        found = f"{found} {marks}" if found else marks
    return found


def circled(number: int) -> str:
    """The number of a path: ①."""
    return chr(0x245F + number) if 1 <= number <= 20 else f"({number})"


@dataclass
class Pattern:
    """A graph that is being placed: rows and columns, and where they begin."""

    graph: Graph
    metrics: Metrics
    way: Way = PLAIN
    parts: Parts = field(init=False)
    columns: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.parts, self.columns = _taken_apart(self.graph)
        edges = self.parts.edges
        self.labels = {id(e): label_of(e) for e in edges}
        self.folded = any(e.lag for e in edges)
        self.alike = set() if self.folded else every_step(self.parts)
        self.sort_edges()
        entering: dict[str, list[Edge]] = {}
        for edge in (e for e in edges if id(e) not in self.level):
            entering.setdefault(edge.end, []).append(edge)
        self.looks = {
            key: self.metrics.look(node, self.room(entering.get(key, ())))
            for key, node in self.parts.nodes.items()
        }
        self.layered = self.lay()
        self.rows_upwards()
        self.place_columns()
        self.place_after()

    def room(self, entering: Sequence[Edge]) -> Room:
        """What the lines that enter a node, and their labels, need on the side where they need
        most."""
        found = Room()
        for down in (False, True):
            own = [self.labels[id(e)] for e in entering if self.is_down(e) is down]
            labels = [self.metrics.text(t) for t in own if t]
            plain = self.metrics.head * (len(own) - len(labels))
            # What is from the middle of the first to that of the last one.
            share = (len(own) - 1) / max(len(own), 1)
            gaps = self.metrics.apart / 2 * max(len(labels) - 1, 0)
            found = Room(
                max(found.heads, len(own)), max(found.wide, share * (sum(labels) + plain) + gaps)
            )
        return found

    def sort_edges(self) -> None:
        """Edges inside a column, from column to column, out of the columns, and after them."""
        column, row = self.parts.column, self.parts.pattern
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
        near = {r: steps & {1, -1} for r, steps in away.items() if not self.folded}
        level = [
            e
            for e in self.passing
            if row[e.start] == row[e.end] and near.get(row[e.end]) == {self.distance(e)}
        ]
        self.level = {id(e) for e in level}
        self.level_rows = {row[e.start] for e in level}
        self.bent = [e for e in self.passing if id(e) not in self.level]
        self.kind_of = {id(e): "passing" for e in self.passing}
        self.kind_of |= {id(e): "leaving" for e in self.leaving}
        twins: dict[tuple[str, str], int] = {}
        self.twin: dict[int, int] = {}
        for edge in self.parts.edges:
            self.twin[id(edge)] = twins.get((edge.start, edge.end), 0)
            twins[edge.start, edge.end] = self.twin[id(edge)] + 1

    def is_next(self, edge: Edge) -> bool:
        """Whether an edge leads from a column to its neighbour, and to it alone."""
        if id(edge) in self.alike:
            return False
        own, column = self.column_of(edge.start), self.column_of(edge.end)
        return abs(self.columns.index(column) - self.columns.index(own)) == 1

    def distance(self, edge: Edge) -> int:
        """How many steps later the end stands."""
        if edge.lag:
            return edge.lag
        a, b = self.parts.column[edge.start], self.parts.column[edge.end]
        assert a is not None and b is not None
        return b - a

    def column_of(self, key: str) -> int:
        column = self.parts.column[key]
        assert column is not None
        return column

    def side(self, edge: Edge) -> int:
        """Which way an edge to another step goes: 1 from left to right, and, around the drawing,
        by its left."""
        side = 1 if self.distance(edge) > 0 else -1
        return -side if self.port(edge) in self.way.mirrored else side

    def port(self, edge: Edge) -> str:
        """Where an edge from another step enters the pattern; from all steps, at one place."""
        if id(edge) in self.alike:
            return f"{self.parts.pattern[edge.start]} >*"
        return f"{self.parts.pattern[edge.start]} >{self.distance(edge)}"

    def out(self, edge: Edge) -> str:
        """Where an edge leaves the pattern upwards."""
        return f"{self.parts.pattern[edge.start]} ^"

    def link(self, edge: Edge) -> Link:
        """The edge in the pattern; edges of several columns have one link."""
        start = self.parts.pattern[edge.start]
        kind = self.kind_of.get(id(edge))
        if kind == "leaving":
            return (start, self.out(edge), 0)
        start = self.port(edge) if kind == "passing" else start
        end = self.parts.pattern[edge.end]
        if self.is_down(edge):
            start, end = end, start
        return (start, end, self.twin[id(edge)])

    def is_down(self, edge: Edge) -> bool:
        """Whether an edge, or the part of it in the column of its end, runs downwards."""
        if self.kind_of.get(id(edge)) == "passing":
            return self.port(edge) in self.way.above
        row = self.parts.pattern
        return (row[edge.start], row[edge.end]) in self.way.turned

    # The pattern

    def lay(self) -> Layered:
        """Rows and places in the pattern: each row of it is as large as its largest node."""
        row, column = self.parts.pattern, self.parts.column
        self.sizes: dict[str, tuple[float, float]] = {}
        for key, look in self.looks.items():
            if column[key] is not None:
                w, h = self.sizes.get(row[key], (0.0, 0.0))
                self.sizes[row[key]] = (max(w, look.width), max(h, look.height))
        # Columns grow to the right: there no line passes where an arrowhead enters at the side.
        for item in {row[e.end] for e in self.passing if id(e) in self.level and self.side(e) < 0}:
            w, h = self.sizes[item]
            self.sizes[item] = (w + self.metrics.head, h)
        entered = {row[e.end] for e in self.parts.edges}
        late = {row[k] for k in self.parts.nodes if column[k] is not None} - entered
        nodes = self.parts.nodes.items()
        leaves = {row[k] for k, n in nodes if n.kind in LEAVES and column[k] is not None}
        light = {row[k] for k, n in nodes if n.kind is Kind.OPERATION and n.name is None}
        sides: dict[str, int] = {}
        both: set[str] = set()
        links: dict[Link, tuple[float, float]] = {}
        for edge in self.bent:
            port = self.port(edge)
            self.sizes[port] = (self.port_width(edge), self.metrics.port)
            late.add(port)
            sides[port] = -self.side(edge)
            outwards = sides[port] if self.folded else -sides[port]
            if sides.setdefault(row[edge.start], outwards) != outwards:
                both.add(row[edge.start])
        for edge in (*self.inner, *self.bent):
            self.note(links, self.link(edge), edge)
        for edge in self.leaving:
            self.sizes[self.out(edge)] = (1.0, 0.0)
            links[self.link(edge)] = (0.0, 0.0)
        # A line passes such a row on both sides of its item, so nothing else may stand there.
        self.alone = self.level_rows | both
        for item in self.alone:
            sides.pop(item, None)
        self.sides, self.tops = sides, {self.out(e) for e in self.leaving}
        backwards = {row[e.start] for e in self.passing if self.distance(e) < 0}
        own = dict.fromkeys(row[e.start] for e in self.passing)
        self.downwards = {self.link(e) for e in (*self.inner, *self.bent) if self.is_down(e)}
        found = layered(
            Sketch(
                self.sizes,
                list(links),
                {k: v for k, v in links.items() if v[0]},
                late=late,
                light=sorted(light),
                yielding=leaves,
                sides=sides,
                rows_of_their_own=sorted(own, key=lambda r: r in backwards),
                opposite=self.opposite(own) if self.folded else (),
                alone=sorted(self.alone),
                top=self.tops,
                stacked=self.stacked(),
                free=self.unmet(),
                reach=self.reach() if self.metrics.head else {},
                downwards=self.downwards,
                gap=self.metrics.apart,
            )
        )
        return self.snapped(found)

    def opposite(self, rows: Iterable[str]) -> set[frozenset[str]]:
        """Rows whose loops go around on the two sides of a folded drawing."""
        at = {row: self.sides[row] for row in rows if row in self.sides}
        return {frozenset(pair) for pair in combinations(at, 2) if at[pair[0]] != at[pair[1]]}

    def stacked(self) -> list[tuple[str, str]]:
        """Items one above the other: those of the way, and layers of a network if it has these."""
        own = {pair for pair in self.way.stacked if self.sizes.keys() >= {*pair}}
        return sorted(own | self.floors() if self.way.has_floors else own)

    def floors(self) -> set[tuple[str, str]]:
        """What stands one above the other for layers of a network to do so."""
        row, column = self.parts.pattern, self.parts.column
        beside: dict[int, set[str]] = {}
        for key, step in column.items():
            if step is not None:
                beside.setdefault(step, set()).add(row[key])
        up = [self.link(e)[:2] for e in self.inner]
        between = [(row[e.start], row[e.end]) for e in self.parts.edges]
        ports = [(self.port(e), row[e.end]) for e in self.bent]
        return {*floors(up, between, ports, beside.values())}

    def reach(self) -> dict[str, float]:
        """How far from the middle of its nodes lines meet every row."""
        found: dict[str, float] = {}
        for key, look in self.looks.items():
            row = self.parts.pattern[key]
            found[row] = min(found.get(row, look.side), look.side)
        return found

    def unmet(self) -> list[Link]:
        """The links out of the columns that run in none from which a line goes to another one."""
        passed = {self.column_of(e.start) for e in self.bent}
        own: dict[Link, set[int]] = {}
        for edge in self.leaving:
            own.setdefault(self.link(edge), set()).add(self.column_of(edge.start))
        return [link for link, columns in own.items() if passed.isdisjoint(columns)]

    def snapped(self, found: Layered) -> Layered:
        """The same drawing, with everything where it may stand."""
        return replace(found, x={item: self.metrics.snap(x) for item, x in found.x.items()})

    def note(self, links: dict[Link, tuple[float, float]], link: Link, edge: Edge) -> None:
        text = self.labels[id(edge)]
        room = (self.metrics.text(text), self.metrics.line) if text else (0.0, 0.0)
        links[link] = max(links.get(link, room), room)

    def port_width(self, edge: Edge) -> float:
        if not self.folded or edge.seen_as is None:
            return self.metrics.port_room
        return max(self.metrics.text(math(edge.seen_as)), self.metrics.port_room)

    def is_port(self, item: str) -> bool:
        return item in self.sizes and " >" in item

    def rows_upwards(self) -> None:
        """The height of every row, and how far up its middle stands."""
        found = self.layered
        labelled = {i for c in found.chains.values() for i in c[1:-1] if found.widths[i] > 0}
        self.tall: list[float] = []
        for row in found.rows:
            ports = sum(self.is_port(item) for item in row)
            tall = max((self.sizes[item][1] for item in row if item in self.sizes), default=0.0)
            line = self.metrics.line if labelled & set(row) else 0.0
            self.tall.append(max(tall, self.metrics.port * ports, line))
        self.up: list[float] = []
        at = 0.0
        for i, tall in enumerate(self.tall):
            at += self.metrics.gap(self, i) if i else 0.0
            self.up.append(at + tall / 2)
            at += tall
        self.total = at

    def with_gaps(self, gap: Callable[[Pattern, int], float]) -> Pattern:
        """The same places sideways, with other heights between the rows."""
        found = copy(self)
        found.metrics = replace(self.metrics, gap=gap)
        found.rows_upwards()
        found.place_after()
        return found

    def sideways(self, i: int) -> float:
        """How far the edges that arrive in a row go sideways, at most."""
        x, row = self.layered.x, self.layered.row
        return max(
            (
                abs(x[a] - x[b])
                for chain in self.layered.chains.values()
                for a, b in pairwise(chain)
                if row[b] == i
            ),
            default=0.0,
        )

    def has_labels_above(self, i: int) -> bool:
        """Whether lines with labels in a row run down from there to nodes."""
        found = self.layered
        before = [c[1] for c in map(found.chains.__getitem__, self.downwards) if len(c) > 2]
        return any(found.row[item] == i and found.widths[item] > 0 for item in before)

    def fans(self, i: int) -> int:
        """How many items send several edges into a row among those of another such item."""
        x, row = self.layered.x, self.layered.row
        ends: dict[str, list[float]] = {}
        for chain in self.layered.chains.values():
            for a, b in pairwise(chain):
                if row[b] == i:
                    ends.setdefault(a, []).append(x[b])
        spans = [(min(xs), max(xs)) for xs in ends.values() if len(xs) > 1]
        return sum(any(a != b and a[0] < b[1] and b[0] < a[1] for b in spans) for a in spans)

    # The columns

    def place_columns(self) -> None:
        """Where each column begins, so that the columns stand close and lines have room."""
        x, widths = self.layered.x, self.layered.widths
        spans: dict[int, list[float]] = {c: [] for c in self.columns}
        for key, look in self.looks.items():
            column = self.parts.column[key]
            if column is not None:
                at = x[self.parts.pattern[key]]
                spans[column] += [at - look.width / 2, at + look.width / 2]
        for edge in (*self.inner, *self.leaving, *self.bent):
            of = self.column_of(
                edge.start
                if id(edge) in self.kind_of and self.kind_of[id(edge)] == "leaving"
                else edge.end
            )
            chain = self.layered.chains[self.link(edge)]
            first = 0 if self.is_port(chain[0]) else 1
            last = len(chain) if self.is_port(chain[-1]) else -1
            for item in chain[first:last]:
                spans[of] += [x[item] - widths[item] / 2, x[item] + widths[item] / 2]
        # A weight stands behind a fork: before it, it would seem to be that of both branches.
        row = self.parts.pattern
        forks = {row[e.start] for e in self.bent if self.distance(e) > 0}
        self.forked = {
            id(e)
            for e in self.passing
            if id(e) in self.level and row[e.start] in forks and self.distance(e) > 0
        }
        self.rooms = (self.labelled(self.level - self.forked), self.labelled(self.forked))
        bend = self.metrics.bend if self.bent and not self.folded else 0.0
        room = sum(self.rooms) + bend + self.metrics.between
        self.left: dict[int, float] = {}
        self.lone: dict[int, float] = {}
        self.spans: dict[int, tuple[float, float]] = {}
        at = 0.0
        for column in self.columns:
            if (wide := self.as_one(column)) is not None:
                self.lone[column] = wide / 2
                beyond = at + wide + self.metrics.head / 2  # a label may stand right behind it
                self.left[column], self.spans[column] = at, (at, beyond)
                at = beyond + room
                continue
            low, high = min(spans[column], default=0.0), max(spans[column], default=0.0)
            self.left[column] = self.metrics.snap(at - low)
            self.spans[column] = (at, at + high - low)
            at += high - low + room

    def as_one(self, column: int) -> float | None:
        """How wide a column is whose nodes only send lines to other steps, as states do before the
        first step: these stand one above the other, wherever they stand in the pattern."""
        row, rank = self.parts.pattern, self.layered.row
        own = [k for k in self.looks if self.parts.column[k] == column]
        passing = {e.start for e in self.passing} - {e.start for e in (*self.leaving, *self.inner)}
        entered = {e.end for e in self.parts.edges}
        ranks = {rank[row[k]] for k in own}
        if self.folded or len(ranks) != len(own) or not entered.isdisjoint(own):
            return None
        if len(own) < 2 or not passing.issuperset(own):
            return None
        return self.metrics.snap(max(self.looks[k].width for k in own))

    def labelled(self, edges: Iterable[int]) -> float:
        """The room between columns for the labels of level lines."""
        labels = [self.metrics.text(self.labels[i]) for i in edges if self.labels[i]]
        return max(labels, default=0.0) + (self.metrics.apart / 2 if labels else 0.0)

    def place_after(self) -> None:
        """What comes after all steps, in rows of its own above the columns."""
        self.outs: dict[str, tuple[float, float]] = {}
        for edge in self.leaving:
            item = self.out(edge)
            at = self.left[self.column_of(edge.start)] + self.layered.x[item]
            self.outs[edge.start] = (at, self.up[self.layered.row[item]])
        keys = [k for k in self.looks if self.parts.column[k] is None]
        self.over: Layered | None = None
        self.over_up: list[float] = []
        self.over_tall: list[float] = []
        self.over_link: dict[int, Link] = {}
        self.shift = 0.0
        if not keys:
            return
        sizes = {k: (self.looks[k].width, self.looks[k].height) for k in keys}
        sizes |= {f"{k} ^": (1.0, 0.0) for k in self.outs}
        links: dict[Link, tuple[float, float]] = {}
        for edge in (*self.leaving, *self.after):
            start = f"{edge.start} ^" if edge.start in self.outs else edge.start
            link = (start, edge.end, self.twin[id(edge)])
            self.over_link[id(edge)] = link
            self.note(links, link, edge)
        nodes = self.parts.nodes
        late = [k for k in keys if nodes[k].kind in LEAVES or nodes[k].again]
        labels = {k: v for k, v in links.items() if v[0]}
        # What comes from below needs its row for itself: leaves stand above it.
        outs = sorted(self.outs, key=lambda k: self.outs[k])
        order = {f"{k} ^": i for i, k in enumerate(outs)}
        below = f"{outs[len(outs) // 2]} ^" if outs else ""
        found = layered(
            Sketch(
                sizes,
                list(links),
                labels,
                late=late,
                yielding=late,
                stacked=[(below, k) for k in late if below],
                order=order,
                gap=self.metrics.apart,
            )
        )
        self.over = found = self.snapped(found)
        places = [p[0] for p in self.outs.values()]
        middle = (min(places, default=0.0) + max(places, default=0.0)) / 2
        inner = [found.x[f"{k} ^"] for k in self.outs]
        to = (min(inner, default=0.0) + max(inner, default=0.0)) / 2
        self.shift = self.metrics.snap(middle - to)
        actual = {f"{k} ^": at[0] - self.shift for k, at in self.outs.items()}
        self.over = found = replace(found, x={**found.x, **actual})
        labelled = {i for c in found.chains.values() for i in c[1:-1] if found.widths[i] > 0}
        for row in found.rows:
            tall = max((sizes[k][1] for k in row if k in sizes), default=0.0)
            self.over_tall.append(max(tall, self.metrics.line if labelled & set(row) else 0.0))
        at = self.total
        for i, tall in enumerate(self.over_tall):
            at += self.metrics.gap(self, -i) if i else 0.0
            self.over_up.append(at + tall / 2)
            at += tall

    def at(self, key: str) -> tuple[float, float]:
        """The middle of a node: from the left, and upwards."""
        if self.parts.column[key] is None:
            assert self.over is not None
            return self.over.x[key] + self.shift, self.over_up[self.over.row[key]]
        row, column = self.parts.pattern[key], self.column_of(key)
        x = self.left[column] + self.lone.get(column, self.layered.x[row])
        return x, self.up[self.layered.row[row]]

    def passed(self, edge: Edge) -> list[tuple[float, float, float]]:
        """The rows between the ends of an edge that hold anything: x, and from where to where, as
        the edge passes them."""
        found = self.passed_upwards(edge)
        return [(x, b, a) for x, a, b in reversed(found)] if self.is_down(edge) else found

    def passed_upwards(self, edge: Edge) -> list[tuple[float, float, float]]:
        found: list[tuple[float, float, float]] = []
        if self.parts.column[edge.start] is not None:
            of = self.column_of(edge.start if id(edge) in self.over_link else edge.end)
            for item in self.layered.chains[self.link(edge)][1:-1]:
                i = self.layered.row[item]
                if self.tall[i]:
                    x = self.left[of] + self.layered.x[item]
                    found.append((x, self.up[i] - self.tall[i] / 2, self.up[i] + self.tall[i] / 2))
        if edge.start in self.outs and id(edge) in self.over_link:
            x, y = self.outs[edge.start]
            half = self.tall[self.layered.row[self.out(edge)]] / 2
            found.append((x, y - half, y + half))
        if self.over is not None and id(edge) in self.over_link:
            for item in self.over.chains[self.over_link[id(edge)]][1:-1]:
                i = self.over.row[item]
                if self.over_tall[i]:
                    x, half = self.over.x[item] + self.shift, self.over_tall[i] / 2
                    found.append((x, self.over_up[i] - half, self.over_up[i] + half))
        return found

    def port_up(self, port: str) -> float:
        """Lines that enter a row at one side stand one below the other: those that turn upwards,
        the inner ones lower, and below them those that turn downwards, the inner ones higher."""
        i = self.layered.row[port]
        ports = [p for p in self.layered.rows[i] if self.is_port(p)]
        left = [p for p in ports if self.sides.get(p) != 1]
        right = [p for p in reversed(ports) if self.sides.get(p) == 1]
        side = left if port in left else right
        own = [p for p in side if p not in self.way.above]
        own += [p for p in reversed(side) if p in self.way.above]
        return self.up[i] - self.metrics.port * (own.index(port) - (len(own) - 1) / 2)


def _taken_apart(graph: Graph) -> tuple[Parts, tuple[int, ...]]:
    """The parts of a graph and its columns; a single one where columns cannot stand side by
    side, or there are none."""
    found = parts(graph)
    if graph.columns and is_regular(found):
        return found, graph.columns
    alone = {k: k for k in found.nodes}
    return Parts(found.nodes, found.edges, dict.fromkeys(found.nodes, 0), alone), (0,)
