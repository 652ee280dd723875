"""Sizes in some unit: points of a picture, or characters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnhand.document.graph import Node
from rnnhand.render.picture.heights import Rows
from rnnhand.render.picture.shapes import Body, Room


@dataclass(frozen=True)
class Metrics:
    """Sizes in some unit. `look` takes a node and the room that lines need at it.

    `snap` takes a place sideways to where something may stand, as the columns of characters are.
    `apart` is between items of a row, `between` between columns, `bend` what a line needs there to
    go up or down, `port` between lines that enter a row at its side, `start` what more is there
    where a line from below ends at one of them, `head` what an arrowhead takes at a node. Lines run
    straight up and sideways if it `is_straight`; `beside` is how far beside its middle such a line
    may enter a node. `gap` is the height below a row of the columns: it takes all rows and its
    number; `gap_above`, in the rows above the columns, also takes how far sideways lines go there
    from the columns.
    """

    look: Callable[[Node, Room], Body]
    text: Callable[[str], float]
    line: float
    port: float
    port_room: float
    apart: float
    between: float
    bend: float
    gap: Callable[[Rows, int], float]
    gap_above: Callable[[Rows, int, float], float]
    snap: Callable[[float], float] = float
    start: float = 0.0
    head: float = 0.0
    beside: Callable[[Body], int] = lambda look: 0
    is_straight: bool = False

    def label(self, text: str) -> tuple[float, float]:
        """The width and the height of a label."""
        return (self.text(text), self.line) if text else (0.0, 0.0)
