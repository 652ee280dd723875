"""A placed graph in curves, outlines and words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rnnhand.document.graph import Edge
from rnnhand.render.picture.aims import spread
from rnnhand.render.picture.crossings import along, dots, heads_met
from rnnhand.render.picture.curves import (
    RADIUS,
    Piece,
    inwards,
    level,
    rounded,
    straight,
    turning_up,
    upright,
)
from rnnhand.render.picture.pattern import Pattern
from rnnhand.render.picture.shapes import (
    HEADS,
    LINE,
    NAME,
    SMALL,
    Body,
    Corner,
    Curve,
    Picture,
    Point,
    Shape,
    Words,
    draw,
)
from rnnhand.render.picture.trunks import with_trunks
from rnnhand.render.picture.words import math, width

TRACK = 20.0
"""Between lines that go around."""

BESIDE = 0.2
"""How far from a column a line turns that passes below others, in the room between columns."""

HEAD = 9.0
"""How long an arrowhead is."""

STRAIGHT = 0.5
"""How far aside a line may run that is straight."""

LANES = 5
"""Lines through a gap between columns of which every order is tried."""

SHARES = (1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4)
"""How far along its track the sign of a delay may stand, by preference."""

MOVES = (6.0, -6.0, 12.0, -12.0, 18.0, -18.0)
"""How far an arrowhead may move for the sake of lines beside it."""

FREE = 9.0
"""What is between two arrowheads at least."""

GAPS = (HEADS, 1.5 * HEADS, HEADS / 3)
"""From an arrowhead to the next one, between one and a line that leaves, and between two such."""

NEAR = 17.0
"""What is between the middles of a name and of a label at least, with hats and with indices."""

AWAY = (16.0, 28.0)
"""How far from its node a name may stand where lines are everywhere near it."""

BARELY = 3.0
"""What a name keeps from a line at least: half an arrowhead."""

HIDES = 10
"""How many points of lines it is worth that a name hides no label."""

RUN_IN = 0.3
"""The share of the room between items of a row that a line may move aside for a straight end."""

STEEP = 3.0
"""How much higher than wide a gap is that a line does not pass in one sweep."""


def run_in(
    passed: Sequence[tuple[Point, Point]], x: float, most: float
) -> list[tuple[Point, Point]]:
    """The places that a line passes, with its last straight stretch moved by `most` at most to
    where the line ends: an arrowhead right behind a bend looks broken."""
    found = list(passed)
    if not found or abs(found[-1][1][0] - x) > most:
        return found
    before = found[-1][1][0]
    for k, (low, high) in reversed([*enumerate(found)]):
        if abs(low[0] - before) > STRAIGHT or abs(high[0] - before) > STRAIGHT:
            break
        found[k] = ((x, low[1]), (x, high[1]))
    return found


def drawn(pattern: Pattern) -> Picture:
    """The picture of a pattern, without its frame."""
    drawing = _Drawing(pattern, Picture(pattern.graph.title))
    drawing.everything()
    return drawing.picture


@dataclass
class _Drawing:
    """Draws a pattern. Pictures count downwards, patterns upwards."""

    pattern: Pattern
    picture: Picture

    def everything(self) -> None:
        p = self.pattern
        for edge in (*p.edges.inner, *p.edges.leaving, *p.edges.after):
            passed = self.passed(edge)
            towards = passed[0][0][0] if passed else self.at(edge.end)[0]
            self.upwards(edge, self.leaving_point(edge, towards), passed)
        if p.edges.folded:
            self.around()
        else:
            self.across()
        self.picture.curves = with_trunks(self.picture.curves)
        self.clear_heads()
        points: dict[int, list[Point]] = {}
        for x, y in itertools.chain.from_iterable(map(dots, self.picture.curves)):
            points.setdefault(int(y // NAME), []).append((x, y))
        for key, look in p.looks.items():
            ahead = self.ahead(key)
            crowded = min(ahead, default=0.0) < -1 and max(ahead, default=0.0) > 1
            side = -1 if sum(ahead) > 1 else 1
            corner = Corner(side)
            if look.beside:
                corner = self.corner(key, side, points)
                crowded = crowded and self.met(key, corner, points) > 0
            draw(self.picture, look, *self.at(key), corner, crowded)

    def clear_heads(self) -> None:
        """Moves arrowheads that other lines run through along the side of their boxes."""
        curves = self.picture.curves
        for i in heads_met(curves):
            for moved in self.moved(i):
                if i not in heads_met([*curves[:i], moved, *curves[i + 1 :]]):
                    curves[i] = moved
                    break

    def moved(self, i: int) -> Iterator[Curve]:
        """A curve with its arrowhead at other places of the side of a box where it ends."""
        curve, (x, y) = self.picture.curves[i], self.picture.curves[i].end
        before = (curve.start, *(end for _, _, end in curve.pieces))[-2]
        heads = [c.end[0] for c in self.picture.curves if c is not curve and c.end[1] == y]
        for key, look in self.pattern.looks.items():
            middle, height = self.at(key)
            is_side = abs(abs(y - height) - look.reach) < 1 and abs(x - middle) < look.half
            for to in (x + by for by in MOVES if is_side and look.form != "pill"):
                if abs(to - middle) < look.half - 5 and all(abs(to - o) >= FREE for o in heads):
                    last = upright(before, (to, y))
                    yield replace(curve, pieces=(*curve.pieces[:-1], last))

    def corner(self, key: str, side: int, points: dict[int, list[Point]]) -> Corner:
        """Where the name of a node stands: above it, on one side or the other; level with it or
        below, or a little away, only where nothing is, as where lines arrive from above, or labels
        stand above."""
        found = [Corner(s, down) for down in (-1, 0, 1) for s in (side, -side)]
        met = [self.met(key, corner, points) for corner in found]
        best = met.index(min(met))
        if met[best]:
            for corner in (Corner(s, -1, away) for away in AWAY for s in (side, -side)):
                if not self.met(key, corner, points) and not self.meets_node(key, corner):
                    return corner
        above = met.index(min(met[:2]))
        return found[best if met[best] == 0 or met[above] >= HIDES else above]

    def named(self, key: str, corner: Corner) -> tuple[float, float, float]:
        """From where to where the name of a node stands at a corner, and at which height."""
        (x, y), look = self.at(key), self.pattern.looks[key]
        wide = width(look.beside, NAME)
        gap = look.half + 4 + corner.away
        left = x + gap if corner.side > 0 else x - gap - wide
        return left, left + wide, y + 14 * corner.down

    def meets_node(self, key: str, corner: Corner) -> bool:
        """Whether the name of a node would stand on another node."""
        left, right, middle = self.named(key, corner)
        others = ((self.at(k), look) for k, look in self.pattern.looks.items() if k != key)
        return any(
            x - look.half < right + 2 and left - 2 < x + look.half
            for (x, y), look in others
            if abs(y - middle) < look.reach + NAME / 2
        )

    def met(self, key: str, corner: Corner, points: dict[int, list[Point]]) -> int:
        """How much of lines, and of labels, stands where the name of a node would at a corner."""
        left, right, middle = self.named(key, corner)
        labels = [
            (w.left, w.left + width(w.text, w.size))
            for w in self.picture.words
            if abs(w.y - middle) < NEAR
        ]
        hidden = sum(low < right and left < high for low, high in labels)
        row = int(middle // NAME)
        near = itertools.chain.from_iterable(points.get(k, ()) for k in (row - 1, row, row + 1))
        left, right = left - BARELY, right + BARELY
        return HIDES * hidden + sum(left < a < right and abs(b - middle) < 7 for a, b in near)

    def ahead(self, key: str) -> list[float]:
        """How far to the right the edges that leave a node go at first."""
        p, x = self.pattern, self.at(key)[0]
        edges = (*p.edges.inner, *p.edges.leaving, *p.edges.after)
        leaving = [e for e in edges if e.start == key and not p.course.is_down(e)]
        passed = [p.passed(e) for e in leaving]
        return [
            (way[0][0] if way else self.at(e.end)[0]) - x
            for e, way in zip(leaving, passed, strict=True)
        ]

    def at(self, key: str) -> Point:
        x, up = self.pattern.at(key)
        return x, -up

    def passed(self, edge: Edge) -> list[tuple[Point, Point]]:
        return [((x, -low), (x, -high)) for x, low, high in self.pattern.passed(edge)]

    def leaving_point(self, edge: Edge, ahead: float) -> Point:
        """Where an edge leaves its start: on the side towards where it goes."""
        x, y = self.at(edge.start)
        p = self.pattern
        look = p.looks[edge.start]
        if p.course.is_down(edge):
            return self.touched(edge, edge.start, True)
        if any(e.end == edge.start and p.course.is_down(e) for e in p.parts.edges):
            return self.touched(edge, edge.start, False)
        reach = look.half * (0.5 if look.form != "pill" else 0.3)
        if look.role == "operation":
            reach = 0.0
        return (x + max(-reach, min(reach, ahead - x)), y - look.reach)

    def upwards(self, edge: Edge, start: Point, passed: list[tuple[Point, Point]]) -> None:
        """The curve of an edge from its start through the rows to its end, and its label; a few
        edges run downwards."""
        points: list[Point] = [start]
        end = self.arrival(edge)
        passed = run_in(passed, end[0], self.pattern.metrics.apart * RUN_IN)
        for below, above in passed:
            points += [below, above]
        points.append(end)
        look = self.pattern.looks
        row, reach = self.at(edge.end)[1], look[edge.end].reach
        points[-1:-1] = self.past(row, reach, points[-1], points[-2])
        row, reach = self.at(edge.start)[1], look[edge.start].reach
        if edge in self.pattern.edges.bent:
            row, reach = (
                -self.pattern.heights.up[self.pattern.layered.row[self.pattern.edges.port(edge)]],
                0.0,
            )
        points[1:1] = self.past(row, reach, points[0], points[1]) or (
            self.clear_of(row, points[0], points[1]) if edge in self.pattern.edges.bent else []
        )
        pieces = [upright(a, b) for a, b in itertools.pairwise(points)]
        if (middle := self.round_about(edge.end, end[0])) is not None:
            pieces[-1] = inwards(points[-2], end, middle)
        self.picture.curves.append(Curve(start, tuple(pieces), self.role(edge)))
        if self.pattern.edges.labels[id(edge)] and passed:
            below, above = passed[-1]
            self.label(edge, below[0], (below[1] + above[1]) / 2)

    def round_about(self, key: str, x: float) -> Point | None:
        """The middle of the round end of a node below or above some place, if there is one."""
        look, (at, y) = self.pattern.looks[key], self.at(key)
        if look.role != "operation" or look.form != "pill":
            return None
        flat = look.half - min(look.half, look.reach)
        return (at + max(-flat, min(flat, x - at)), y)

    def past(self, row: float, reach: float, touched: Point, other: Point) -> list[Point]:
        """Where a line between something in a row and another place turns sideways, if else it
        would run through a taller node of the row: no line does so before it is past that one."""
        x, y = touched
        ends = [
            oy + look.reach if y < other[1] else oy - look.reach
            for look, (ox, oy) in self.taller(row, reach)
            if any(
                abs(a - ox) < look.half and abs(b - oy) < look.reach
                for a, b in along(Curve(touched, (upright(touched, other),), ""))
            )
        ]
        return [(x, max(ends, key=lambda end: abs(end - y)))] if ends else []

    def clear_of(self, row: float, start: Point, other: Point) -> list[Point]:
        """Where a line from beside a row turns over nodes of it, if it does: past all of them, so
        that it keeps clear of the lines that leave there."""
        low, high = sorted((start[0], other[0]))
        tops = [oy - look.reach for look, (ox, oy) in self.taller(row, 0.0) if low < ox < high]
        top = min(tops, default=start[1])
        return [(start[0], top)] if other[1] < top < start[1] else []

    def taller(self, row: float, reach: float) -> Iterator[tuple[Body, Point]]:
        """The nodes of a row that are taller than something, and where they are."""
        for key in self.level_with.get(row, ()):
            if self.pattern.looks[key].reach > reach:
                yield self.pattern.looks[key], self.at(key)

    @cached_property
    def level_with(self) -> dict[float, list[str]]:
        """The nodes at every height."""
        found: dict[float, list[str]] = {}
        for key in self.pattern.looks:
            found.setdefault(self.at(key)[1], []).append(key)
        return found

    def role(self, edge: Edge) -> str:
        return "path" if edge.paths else "edge"

    def label(self, edge: Edge, x: float, y: float) -> None:
        text = self.pattern.edges.labels[id(edge)]
        role = "weight-label" if edge.is_weight else "slope"
        self.picture.words.append(Words(x, y, text, SMALL, role, "middle", True))

    def arrival(self, edge: Edge) -> Point:
        """Where an edge meets its end."""
        return self.touched(edge, edge.end, not self.pattern.course.is_down(edge))

    def touched(self, edge: Edge, key: str, below: bool) -> Point:
        """Where an edge meets a node: side by side with the others that do so on the same side."""
        p = self.pattern
        look = p.looks[key]
        x, y = self.at(key)
        others = [(self.last_x(e), 0, e) for e in p.parts.edges if self.arrives(e, key, below)]
        others += [(self.first_x(e), 1, e) for e in p.parts.edges if self.departs(e, key, below)]
        others.sort(key=lambda other: other[:2])
        gaps = [GAPS[a + b] for (_, a, _), (_, b, _) in itertools.pairwise(others)]
        places = spread([w - x for w, _, _ in others], look.side, gaps)
        dx = next(at for at, (_, _, e) in zip(places, others, strict=True) if e is edge)
        drop = look.reach
        if look.form == "pill" and look.height < 40:
            round_ = min(look.half, look.reach)
            over = max(0.0, abs(dx) - (look.half - round_))
            drop = look.reach - round_ + max(0.0, round_**2 - over**2) ** 0.5
        return (x + dx, y + drop if below else y - drop)

    def arrives(self, edge: Edge, key: str, below: bool) -> bool:
        """Whether an edge enters a node from below, or from above."""
        p = self.pattern
        return (
            edge.end == key
            and id(edge) not in p.edges.level
            and p.course.is_down(edge) is not below
        )

    def departs(self, edge: Edge, key: str, below: bool) -> bool:
        """Whether an edge in a column leaves a node downwards, or upwards."""
        p = self.pattern
        return edge.start == key and not p.edges.passes(edge) and p.course.is_down(edge) is below

    def first_x(self, edge: Edge) -> float:
        """Where an edge is after it has left."""
        passed = self.pattern.passed(edge)
        return passed[0][0] if passed else self.at(edge.end)[0]

    def last_x(self, edge: Edge) -> float:
        """Where an edge is before it arrives."""
        passed = self.pattern.passed(edge)
        if passed:
            return passed[-1][0]
        if edge in self.pattern.edges.bent:
            port = self.pattern.layered.x[self.pattern.edges.port(edge)]
            return self.pattern.columns.left[self.pattern.edges.column_of(edge.end)] + port
        return self.at(edge.start)[0]

    # From step to step

    def across(self) -> None:
        """Edges from column to column: level where they can be, else through the gap between."""
        p = self.pattern
        entered: set[tuple[str, str]] = set()
        lanes, tracks = self.lanes(), self.tracks()
        for edge in p.edges.passing:
            side = p.course.side(edge)
            x, y = self.at(edge.start)
            start = (x + side * p.looks[edge.start].half, y)
            if id(edge) in p.edges.level:
                self.level(edge, start, side)
                continue
            port, top = p.edges.port(edge), self.top(edge)
            out, into = self.gap_ends(edge)
            first: list[Piece] = [straight(start, out)]
            if p.edges.is_next(edge):
                lane = lanes.get((edge.start, port))
                if lane is None:
                    first.append(level(out, into))
                else:
                    first += rounded([out, (lane, out[1]), (lane, into[1]), into], "edge").pieces
            else:
                low = 20.0 + TRACK * tracks[edge.start, port]
                corners = [
                    (out[0] + side * self.beside, y),
                    (out[0] + side * self.beside, low),
                    (into[0] - side * self.beside, low),
                    (into[0] - side * self.beside, into[1]),
                ]
                first += rounded([out, *corners, into], "edge").pieces
            first.append(turning_up(into, top))
            if id(edge) not in p.edges.alike and (edge.start, port) not in entered:
                entered.add((edge.start, port))
                self.picture.curves.append(Curve(start, tuple(first), self.role(edge), False))
            self.upwards(edge, top, self.passed(edge))
        self.sums(tracks)

    def top(self, edge: Edge) -> Point:
        """Where an edge from another step leaves the row in which it enters the pattern."""
        p, port = self.pattern, self.pattern.edges.port(edge)
        i = p.layered.row[port]
        half = -p.rows.tall[i] / 2 if p.course.is_down(edge) else p.rows.tall[i] / 2
        return p.columns.left[p.edges.column_of(edge.end)] + p.layered.x[port], -p.heights.up[
            i
        ] - half

    def sums(self, tracks: Mapping[tuple[str, str], int]) -> None:
        """Sums over steps: lines from all steps run into one, from which those of readers rise."""
        p = self.pattern
        found: dict[tuple[str, str], list[Edge]] = {}
        for edge in (e for e in p.edges.passing if id(e) in p.edges.alike):
            found.setdefault((p.parts.pattern[edge.start], p.edges.port(edge)), []).append(edge)
        for edges in found.values():
            role = "path" if any(e.paths for e in edges) else "edge"
            low = 20.0 + TRACK * tracks[edges[0].start, p.edges.port(edges[0])]
            starts = {e.start: self.gap_ends(e)[0] for e in edges}
            ends = {p.edges.column_of(e.end): (self.gap_ends(e)[1], self.top(e)) for e in edges}
            for key, (x, y) in starts.items():
                begin = (self.at(key)[0] + p.looks[key].half, y)
                corners = [
                    (x + self.beside, y),
                    (x + self.beside, low),
                    (x + self.beside + 2 * RADIUS, low),
                ]
                *down, _ = rounded([begin, *corners], role).pieces
                self.picture.curves.append(Curve(begin, tuple(down), role, False))
            at = min(x for x, _ in starts.values()) + self.beside + RADIUS
            for into, top in (ends[column] for column in sorted(ends)):
                x = into[0] - self.beside
                line = rounded([(at, low), (x, low), (x, into[1]), into], role)
                pieces = (*line.pieces, turning_up(into, top))
                self.picture.curves.append(Curve(line.start, pieces, role, False))
                at = x - RADIUS

    def gap_ends(self, edge: Edge) -> tuple[Point, Point]:
        """Where an edge that bends leaves its column and where it enters the other."""
        p = self.pattern
        own, column = p.edges.column_of(edge.start), p.edges.column_of(edge.end)
        y, py = self.at(edge.start)[1], -p.port_at(edge)[1]
        left, right = p.columns.rooms
        if p.edges.distance(edge) > 0:
            return (p.columns.spans[own][1] + left, y), (p.columns.spans[column][0] - right, py)
        return (p.columns.spans[own][0] - right, y), (p.columns.spans[column][1] + left, py)

    @cached_property
    def beside(self) -> float:
        return BESIDE * (self.pattern.metrics.bend + self.pattern.metrics.between)

    def tracks(self) -> dict[tuple[str, str], int]:
        """For lines that pass a column, below all columns: on which level, counted from 1, so that
        those in the same gap are on different ones; a sum over steps has one."""
        p = self.pattern
        spans: dict[tuple[str, str], tuple[int, int]] = {}
        members: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for edge in p.edges.passing:
            if id(edge) in p.edges.level or p.edges.is_next(edge):
                continue
            key, port = (edge.start, p.edges.port(edge)), p.edges.port(edge)
            whole = (p.parts.pattern[edge.start], port) if id(edge) in p.edges.alike else key
            ends = sorted(
                p.edges.columns.index(p.edges.column_of(k)) for k in (edge.start, edge.end)
            )
            low, high = spans.get(whole, ends)
            spans[whole] = min(low, ends[0]), max(high, ends[1])
            members.setdefault(whole, set()).add(key)
        found: dict[tuple[str, str], int] = {}
        taken: list[int] = []
        for whole, (low, high) in sorted(spans.items(), key=lambda item: item[1]):
            track = next((i for i, until in enumerate(taken) if until <= low), len(taken))
            taken[track : track + 1] = [high]
            found |= dict.fromkeys(members[whole], track + 1)
        return found

    def lanes(self) -> dict[tuple[str, str], float]:
        """For edges that pass the same gap side by side or steeply: where each of them goes up or
        down, so that they cross least; the lower an edge begins, the sooner it turns."""
        p = self.pattern
        gaps: dict[tuple[int, int], dict[tuple[str, str], tuple[Point, Point]]] = {}
        for edge in p.edges.passing:
            if id(edge) not in p.edges.level and p.edges.is_next(edge):
                columns = p.edges.column_of(edge.start), p.edges.column_of(edge.end)
                gap = gaps.setdefault((min(columns), max(columns)), {})
                out, into = self.gap_ends(edge)
                gap[edge.start, p.edges.port(edge)] = (
                    (out, into) if out[0] < into[0] else (into, out)
                )
        found = {}
        for gap in gaps.values():
            spans = [sorted((a[1], b[1])) for a, b in gap.values()]
            steep = any(abs(a[1] - b[1]) > STEEP * abs(a[0] - b[0]) for a, b in gap.values())
            if not steep and not any(
                x[0] <= y[1] and y[0] <= x[1] for x, y in itertools.combinations(spans, 2)
            ):
                continue
            order = sorted(gap, key=lambda key: -gap[key][0][1])
            if len(order) <= LANES:
                # The first of the best: the order in which they are is kept where it is good.
                order = min(
                    map(list, itertools.permutations(order)),
                    key=lambda lanes: _crossed([gap[key] for key in lanes]),
                )
            low = max(a[0] for a, _ in gap.values())
            high = min(b[0] for _, b in gap.values())
            for i, key in enumerate(order, 1):
                found[key] = low + (high - low) * i / (len(order) + 1)
        return found

    def level(self, edge: Edge, start: Point, side: int) -> None:
        """An edge along its row, with its label where no other line is in the way."""
        p = self.pattern
        x, y = self.at(edge.end)
        end = (x - side * p.looks[edge.end].half, y)
        self.picture.curves.append(Curve(start, (straight(start, end),), self.role(edge)))
        if not p.edges.labels[id(edge)]:
            return
        i = p.layered.row[p.parts.pattern[edge.start]]
        middle, half = (start[0] + end[0]) / 2, p.metrics.text(p.edges.labels[id(edge)]) / 2 + 3
        crossing = [
            left + p.layered.x[item]
            for item in p.layered.rows[i]
            if item not in p.sketch.sizes
            for left in p.columns.left.values()
        ]
        left, right = p.columns.rooms
        if id(edge) in p.columns.forked:
            middle = min(p.columns.spans[p.edges.column_of(edge.end)][0], end[0] - HEAD) - right / 2
        elif p.edges.bent or any(abs(c - middle) < half for c in crossing):
            first = p.edges.column_of(edge.start if side > 0 else edge.end)
            middle = p.columns.spans[first][1] + left / 2 + 1
        self.label(edge, middle, y)

    def around(self) -> None:
        """Edges of a folded graph to another step: around the drawing, back into it at its side."""
        p = self.pattern
        ports = {p.edges.port(e): e for e in p.edges.bent}
        for side in (1, -1):
            own = [port for port, e in ports.items() if p.course.side(e) == side]
            spans = {
                port: (self.at(ports[port].start)[1], -p.port_at(ports[port])[1]) for port in own
            }
            for k, port in enumerate(_nested(spans), 1):
                others = [y for other in own if other != port for y in spans[other]]
                self.loop(ports[port], port, side, k, others)
        for edge in p.edges.bent:
            px, py = p.layered.x[p.edges.port(edge)] + p.columns.left[0], -p.port_at(edge)[1]
            self.upwards(
                edge, (px, py + 9 if p.course.is_down(edge) else py - 9), self.passed(edge)
            )

    def loop(self, edge: Edge, port: str, side: int, track: int, others: Sequence[float]) -> None:
        """An edge around the drawing on a track, counted from the inside, and its delay; `others`
        are heights at which other tracks leave or enter."""
        p = self.pattern
        low, high = p.columns.spans[0]
        x, y = self.at(edge.start)
        start = (x - side * p.looks[edge.start].half, y)
        at = (low if side > 0 else high) - side * (8 + TRACK * track)
        px, py = p.layered.x[port] + p.columns.left[0], -p.port_at(edge)[1]
        end = (px - side * (p.layered.widths[port] / 2 - 2), py)
        self.picture.curves.append(rounded([start, (at, y), (at, py), end], self.role(edge)))
        # A square where lines cross would look like a knot of both.
        middle = next(
            (
                m
                for m in (y + (py - y) * f for f in SHARES)
                if all(abs(m - o) > LINE for o in others)
            ),
            (y + py) / 2,
        )
        self.picture.shapes.append(Shape("delay", at, middle, 10, 10, "delay"))
        if abs(p.edges.distance(edge)) > 1:
            words = f"{abs(p.edges.distance(edge))}×"
            self.picture.words.append(Words(at, middle - 14, words, SMALL, "slope", "middle", True))
        if edge.seen_as is not None:
            self.picture.words.append(Words(px, py, math(edge.seen_as), SMALL, "name"))


def _nested(spans: Mapping[str, tuple[float, float]]) -> list[str]:
    """Lines around a drawing from the inside: those that begin lower sooner, or, if there are few,
    so that they cross least. One crosses an inner one if it leaves or enters beside it."""
    order = sorted(spans, key=lambda port: -spans[port][0])
    if len(order) > LANES:
        return order

    def crossed(ports: Sequence[str]) -> int:
        return sum(
            min(spans[inner]) < y < max(spans[inner])
            for inner, outer in itertools.combinations(ports, 2)
            for y in spans[outer]
        )

    # The first of the best: the order is kept where it is good.
    return min(map(list, itertools.permutations(order)), key=crossed)


def _crossed(lines: Sequence[tuple[Point, Point]]) -> int:
    """How often lines through a gap cross that go up or down one right of the other: each is level
    on the left of its place and on its right. Level parts that run together count as two."""
    found = 0
    for (a, b), (c, d) in itertools.combinations(lines, 2):
        found += min(c[1], d[1]) < b[1] < max(c[1], d[1])
        found += min(a[1], b[1]) < c[1] < max(a[1], b[1])
        found += 2 * (abs(b[1] - c[1]) < LINE / 2)
    return found
