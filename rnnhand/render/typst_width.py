"""How wide a formula of Typst is, in columns: the width of a digit."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\\.|[a-zA-Z][a-zA-Z.]+(?<!\.)|#\w+|.', re.DOTALL)
SMALL = 0.72
"""Of a subscript against the line."""
LETTER = 1.07
"""Of a word, Cyrillic ones included."""
SPACED = {
    **dict.fromkeys("=<>≠≥≤≈→←", 2.8),
    **dict.fromkeys("+-", 2.2),
    **{"eq.not": 2.8, "gt.eq": 2.8, "lt.eq": 2.8, "approx": 2.8, "arrow.l": 3.0, "times": 2.2},
    **{"dot.c": 1.8, "dot.o": 2.2, "sum": 3.2, "product": 3.2, "quad": 2.0, "space": 0.7},
    **{"partial": 1.1, ",": 0.9, "'": 0.6, "(": 0.8, ")": 0.8, "[": 0.6, "]": 0.6, "/": 1.0},
    **{
        "prime": 0.6,
        "gap": 8.0,
        "answer": 14.0,
        "med": 0.4,
        "Sigma": 1.4,
        " ": 0.0,
        "&": 0.0,
        "…": 2.6,
    },
}
TALL, GROWN = {"mat", "frac"}, 1.6
"""What makes brackets grow, and how wide they are then."""
ACCENTED = ("hat", "grave", "acute", "tilde", "macron", "breve", "dot", "caron", "dot.double")
PLAIN = ("op", "bold", "display", *ACCENTED)


@lru_cache(maxsize=4096)
def typst_width(spelled: str) -> float:
    """The width of a formula that `Typst` has written."""
    return _Reader(TOKEN.findall(spelled)).run()


class _Reader:
    """Tokens, read one after the other."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.i = tokens, 0

    @property
    def next(self) -> str:
        return self.tokens[self.i] if self.i < len(self.tokens) else ""

    def run(self, ends: str = "") -> float:
        """The width up to one of the signs that end it, or to the end."""
        total = 0.0
        while self.next and not (ends and self.next in ends):
            total += self.one()
        return total

    def one(self) -> float:
        """The width of one sign, group or call."""
        token = self.next
        self.i += 1
        if token in ("_", "^"):
            return SMALL * self.script()
        if token == "(":
            start = self.i
            inner = self.run(")")
            closed = self.next == ")"
            self.i += closed
            return inner + self.bracket(start) * (1 + closed)
        if token.startswith('"'):
            said = re.sub(r"\\(.)", r"\1", token[1:-1])
            return sum(0.7 if c == " " else LETTER * cell_len(c) for c in said)
        if self.next == "(" and token[0].isalpha() and len(token) > 1:
            return self.call(token)
        return self.sign(token.removeprefix("\\"))

    def sign(self, token: str) -> float:
        if token in SPACED:
            return SPACED[token]
        if len(token) > 1:
            return float(len(token))
        if token.isalpha():
            return 1.85 if token.isupper() else 1.2
        return float(cell_len(token))

    def bracket(self, start: int) -> float:
        """A bracket around what was read since: it grows with what is tall."""
        return GROWN if TALL & set(self.tokens[start : self.i]) else SPACED["("]

    def script(self) -> float:
        if self.next != "(":
            return self.one()
        self.i += 1
        inner = self.run(")")
        self.i += 1
        return inner

    def call(self, name: str) -> float:
        """A function of Typst with its arguments, or a word before brackets."""
        self.i += 1
        start = self.i
        rows: list[list[float]] = [[]]
        while self.next:
            rows[-1].append(self.run(",;)"))
            mark = self.next
            self.i += 1
            if mark == ";":
                rows.append([])
            elif mark != ",":
                break
        first = rows[0]
        if name == "frac":
            return max(first) + 0.6
        if name == "mat":
            cells = [rows[0][2:], *rows[1:]]  # delim and align come first
            columns = [max(r[k] for r in cells if k < len(r)) for k in range(len(cells[0]))]
            return sum(columns) + 1.1 * len(columns) + 1.0
        if name == "class":
            return first[1]
        if name in PLAIN:
            return sum(first)
        if name in ("abs", "norm"):
            return sum(first) + 1.6
        if name == "sqrt":
            return sum(first) + 1.8
        return self.sign(name) + sum(first) + 0.9 * (len(first) - 1) + 2 * self.bracket(start)
