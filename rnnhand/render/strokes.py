"""A sheet of characters with lines that go straight up and sideways, and words above them; line 0
is at the bottom of what is drawn first."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.text import Text

from rnnhand.render.spelling import Spelling

LINES = {
    "u": "│",
    "d": "│",
    "ud": "│",
    "l": "─",
    "r": "─",
    "lr": "─",
    "dr": "┌",
    "dl": "┐",
    "ur": "└",
    "ul": "┘",
    "udr": "├",
    "udl": "┤",
    "dlr": "┬",
    "ulr": "┴",
    "udlr": "┼",
}
PLAIN = {"│": "|", "─": "-", "▲": "^", "▶": ">", "◀": "<", "■": "#", "□": "o"}
STYLES = {"value": "blue", "adjoint": "red", "name": "bold"}


@dataclass
class Strokes:
    """Which ends of lines meet at every place, and words with where they begin and their roles."""

    lit: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    words: list[tuple[int, int, str, str]] = field(default_factory=list)

    def vertical(self, x: int, low: int, high: int) -> None:
        for y in range(low, high):
            self.lit.setdefault((x, y), set()).add("u")
            self.lit.setdefault((x, y + 1), set()).add("d")

    def level(self, y: int, a: int, b: int) -> None:
        for x in range(min(a, b), max(a, b)):
            self.lit.setdefault((x, y), set()).add("r")
            self.lit.setdefault((x + 1, y), set()).add("l")

    def crossings(self) -> int:
        """How often the lines that are drawn cross."""
        return sum(len(ends) == 4 for ends in self.lit.values())

    def text(self, spelling: Spelling) -> list[Text]:
        """Lines and words as lines of text, from above, lines below words."""
        is_plain = spelling.signs.plain
        cells: dict[tuple[int, int], tuple[str, str]] = {}
        for (x, y), ways in self.lit.items():
            sign = LINES["".join(c for c in "udlr" if c in ways)]
            cells[x, y] = (PLAIN.get(sign, "+") if is_plain else sign, "dim")
        for x, y, text, role in self.words:
            shown = PLAIN.get(text, text) if is_plain else spelling.text(text)
            for k, c in enumerate(shown):
                cells[x + k, y] = (c, STYLES.get(role, ""))
        left = min(x for x, _ in cells)
        found = []
        for y in range(max(y for _, y in cells), min(y for _, y in cells) - 1, -1):
            line = Text("  ")
            right = max((x for x, at in cells if at == y), default=left - 1)
            for x in range(left, right + 1):
                sign, style = cells.get((x, y), (" ", ""))
                line.append(sign, style)
            found.append(line)
        return found
