"""What a picture is made of, and how large a node is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from rnnhand.document.graph import Kind, Node
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref, Shift
from rnnhand.render.picture.words import math, symbol, value, width

Point: TypeAlias = tuple[float, float]

NAME, SIGN, SMALL = 15.0, 15.0, 12.5
LINE = 16.0
RAISED = 1.5
"""How much higher a name stands above smaller letters: its subscript keeps clear of them."""

ROUND = 13.0
"""The radius of the circle of an operation."""

HEADS = 11.0
"""From one arrowhead to the next, where there is room."""

GAPS = (HEADS, 1.5 * HEADS, HEADS / 3)
"""From an arrowhead to the next one, between one and a line that leaves, and between two such."""

ROUNDED = 0.7
"""The share of the width of a circle on which lines meet it."""

EDGE, CURVE = 6.0, 14.0
"""How far from the corner of a box, and from the end of a pill, lines meet it."""

WIDE = 120.0
"""Half the width up to which a node grows with the labels below it."""


@dataclass(frozen=True)
class Shape:
    """An outline around (x, y): `form` is pill, box, tag (a double box), delay or ahead;
    `name` is the quantity that it stands for, where it stands for one."""

    form: str
    x: float
    y: float
    width: float
    height: float
    role: str
    name: str = ""


@dataclass(frozen=True)
class Curve:
    """From `start` along cubic pieces (control, control, end); a straight piece has its controls
    on the line. `dash` tells paths apart without colour."""

    start: Point
    pieces: tuple[tuple[Point, Point, Point], ...]
    role: str
    arrow: bool = True

    @property
    def end(self) -> Point:
        return self.pieces[-1][2]


@dataclass(frozen=True)
class Words:
    """A line of text; (x, y) is its middle, or its start or end where `anchor` says so. It may
    cover what is behind it."""

    x: float
    y: float
    text: str
    size: float
    role: str
    anchor: str = "middle"
    covers: bool = False

    @property
    def left(self) -> float:
        wide = width(self.text, self.size)
        return self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]


@dataclass
class Picture:
    """Everything that is drawn, in the order of drawing: curves, then shapes, then words."""

    title: str
    width: float = 0.0
    height: float = 0.0
    curves: list[Curve] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)


@dataclass(frozen=True)
class Body:
    """How a node looks: its outline, its lines of text with their roles, the quantity it is.

    `half` is half the width of the outline, which what is delayed has not; the name of an operation
    stands beside it.
    """

    form: str
    role: str
    width: float
    height: float
    half: float
    inside: tuple[tuple[str, str], ...]
    beside: str = ""
    name: str = ""

    @property
    def reach(self) -> float:
        """From the middle of the outline to its top."""
        return self.height / 2

    @property
    def side(self) -> float:
        """How far from the middle of the outline lines meet its top or bottom."""
        if self.role == "operation" and self.height < 40:
            return min(9.0, self.half * ROUNDED) if self.half <= ROUND else self.half * ROUNDED
        return self.half - EDGE if self.form != "pill" else max(self.half - CURVE, self.half * 0.5)


@dataclass(frozen=True)
class Room:
    """What is needed at a side of a node: arrowheads side by side, and how far these are one from
    another with their labels."""

    heads: int = 0
    wide: float = 0.0


def body(node: Node, room: Room) -> Body:
    """The look of a node, as wide as the lines need that enter it; a circle by its arrowheads
    alone, since labels stand beside it too."""
    name = math(node.name) if node.name is not None else ""
    sign = symbol(node)
    if node.again:
        said = name or sign
        half = max(width(said, NAME) / 2 + 9, 20.0)
        role = "data" if node.kind is Kind.DATA else "again"
        return Body("pill", role, 2 * half, 26.0, half, ((said, "name"),))
    if node.kind is Kind.DELAYED:
        wide = width(name, SMALL) + 12
        return Body("", str(node.kind), wide, LINE, wide / 2, ((name, "delayed"),))
    fixed = isinstance(node.name, Ref) and not isinstance(node.name.index, Shift)
    known = text(node.name) if node.name is not None and fixed else ""
    numbers = _numbers(node)
    if node.kind is Kind.OPERATION and not numbers:
        half = max(
            ROUND,
            width(sign, SIGN) / 2 + 7,
            min(HEADS * (room.heads - 1) / 2 / ROUNDED, WIDE),
        )
        beside = width(name, NAME) + 6 if name else 0.0
        return Body(
            "pill",
            "operation",
            2 * (half + beside),
            2 * ROUND,
            half,
            ((sign, "symbol"),),
            name,
            known,
        )
    lines: list[tuple[str, str]] = []
    if sign and node.kind in (Kind.GATE, Kind.OPERATION):
        lines += [(sign, "symbol")] + ([(name, "name")] if name else [])
    else:
        lines += [(name, "name")] + ([(sign, "function")] if sign else [])
    lines += [(f"{plus} {math(e)}", "function") for plus, e in node.constants()]
    lines += numbers
    half = max(width(t, _size(r)) for t, r in lines) / 2 + 9
    half = max(
        half,
        ROUND if node.kind is Kind.OPERATION else 0.0,
        17.0 if node.kind is Kind.WEIGHT else 20.0,
    )
    height = max(LINE * len(lines) + 10, 26.0)
    form = {Kind.WEIGHT: "tag", Kind.GATE: "box"}.get(node.kind, "pill")
    if node.kind in (Kind.GATE, Kind.QUANTITY):
        half = max(half, min(room.wide / 2 + (EDGE if form == "box" else CURVE), WIDE))
    return Body(form, str(node.kind), 2 * half, height, half, tuple(lines), name=known)


def _numbers(node: Node) -> list[tuple[str, str]]:
    found = []
    name = math(node.name) if node.name is not None else ""
    if node.value is not None and (shown := value(node.value)) not in (None, name):
        found.append((f"= {shown}", "value"))
    if node.adjoint is not None and (shown := value(node.adjoint)) is not None:
        found.append((f"∂ {shown}", "adjoint"))
    return found


def _size(role: str) -> float:
    return NAME if role in ("name", "symbol") else SMALL


@dataclass(frozen=True)
class Corner:
    """Where a name stands beside a node: 1 is to the right and below, −1 to the left and above;
    `away` is how far from its usual place."""

    side: int
    down: int = -1
    away: float = 0.0


def draw(picture: Picture, look: Body, x: float, y: float, corner: Corner, crowded: bool) -> None:
    """A node with its middle at (x, y); what stands beside it is at a corner. `crowded` says that
    lines may pass there."""
    if look.form:
        picture.shapes.append(
            Shape(look.form, x, y, 2 * look.half, 2 * look.reach, look.role, look.name)
        )
    top = y - LINE * (len(look.inside) - 1) / 2
    for k, (said, role) in enumerate(look.inside):
        raised = RAISED if _size(role) > SMALL and k + 1 < len(look.inside) else 0.0
        picture.words.append(Words(x, top + LINE * k - raised, said, _size(role), role))
    if look.beside:
        at = x + corner.side * (look.half + 4 + corner.away)
        anchor, low = "start" if corner.side > 0 else "end", y + 14 * corner.down
        picture.words.append(Words(at, low, look.beside, NAME, "name", anchor, crowded))
