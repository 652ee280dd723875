"""`convolution_matrix`: a convolution as one matrix product, h = x·W, and its gradient.

The picture, row by row, is the row x; every window is a column of W, in which the weights of the
kernel stand where the window is, and zeros elsewhere. So K̄ gathers W̄ = xᵀ h̄ from the places in
which a weight stands, and x̄ = h̄ Wᵀ. Channels stand one after the other in the row, and a column
has a kernel for each of them; every channel that comes out is a block of columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from rnnhand.document.blocks import Block, Equals, Inline, Math, Paragraph, Section, Sentence, Step
from rnnhand.errors import failure
from rnnhand.explain.sentences import sentence
from rnnhand.language import limits
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, walk
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.options import entries
from rnnhand.problem.stacks import OPERATIONS, amount, sides
from rnnhand.questions.topics.answer import Answer
from rnnhand.system import amounts
from rnnhand.system.windows import Covered, Pair, Windows

KEYS = ("picture", "kernel", "upstream", "stride", "padding", "channels", "out")
ZERO = Number("0")
ENTRIES = 4_000
"""Places of the matrix up to which it is written out."""

LONGEST = 8
"""Entries of the picture's row up to which all are written."""

Cells = tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True)
class Unrolled:
    """The pictures of a convolution, and its windows over each of them. Channels stand one above
    the other; so do the kernels, those of one result together."""

    windows: Windows
    channels: int
    out: int
    picture: Cells
    kernel: Cells
    upstream: Cells

    @property
    def outputs(self) -> int:
        return self.windows.number.down * self.windows.number.along * self.out

    def matrix(self) -> list[list[Expr]]:
        """W: a row for each entry of the picture, a column for each window."""
        weights = _flat(self.kernel)
        found: list[list[Expr]] = [[ZERO] * self.outputs for _ in _flat(self.picture)]
        for column, covered in enumerate(self.covered()):
            for c in covered:
                found[c.entry][column] = weights[c.place]
        return found

    def covered(self) -> Iterator[list[Covered]]:
        """What goes into every result: entries of all channels, each with its weight."""
        rows, columns = self.windows.number
        entries, places = prod(self.windows.picture), prod(self.windows.size)
        for o in range(self.out):
            for i in range(rows):
                for j in range(columns):
                    yield [
                        Covered(
                            channel * entries + c.entry,
                            (o * self.channels + channel) * places + c.place,
                        )
                        for channel in range(self.channels)
                        for c in self.windows.covered(i, j)
                    ]

    def results(self) -> Cells:
        x, k = _flat(self.picture), _flat(self.kernel)
        sums = [_sum(_times(x[c.entry], k[c.place]) for c in under) for under in self.covered()]
        return _laid(sums, self.windows.number.along)

    def by_kernel(self) -> Cells:
        """dL/dK: every weight gathers x·dL/dh from all windows."""
        x, d = _flat(self.picture), _flat(self.upstream)
        terms: list[list[Expr]] = [[] for _ in _flat(self.kernel)]
        for n, under in enumerate(self.covered()):
            for c in under:
                terms[c.place].append(_times(x[c.entry], d[n]))
        return _laid([_sum(t) for t in terms], self.windows.size.along)

    def by_picture(self) -> Cells:
        """dL/dX: every entry gathers w·dL/dh from the windows that cover it."""
        k, d = _flat(self.kernel), _flat(self.upstream)
        terms: list[list[Expr]] = [[] for _ in _flat(self.picture)]
        for n, under in enumerate(self.covered()):
            for c in under:
                terms[c.entry].append(_times(k[c.place], d[n]))
        return _laid([_sum(t) for t in terms], self.windows.picture.along)


def convolution_matrix(_: Problem, node: yaml.Node) -> Answer:
    given = entries(node, "convolution_matrix", KEYS, "hint-matrix", needed=KEYS[:2])
    channels, out = (_count(given.get(key)) for key in ("channels", "out"))
    picture = _cells(given["picture"], "x", channels)
    kernel = _cells(given["kernel"], "w", channels * out)
    stride = _whole_pair(given.get("stride"), 1, "stride-not-whole")
    padding = _whole_pair(given.get("padding"), 0, "padding-not-whole")
    one, weights = _one_of(picture, channels), _one_of(kernel, channels * out)
    windows = Windows(one, weights, stride, padding)
    for n, k, p in zip(windows.picture, windows.size, padding, strict=True):
        if k > n + 2 * p:
            padded = "×".join(str(m + 2 * q) for m, q in zip(windows.picture, padding, strict=True))
            raise failure(
                "stack-too-large",
                given["kernel"].span,
                "hint-padding",
                window="×".join(map(str, windows.size)),
                picture=padded,
            )
    rows, columns = windows.number
    if prod(windows.picture) * rows * columns * channels * out > ENTRIES:
        raise failure("matrix-too-large", node.span, limit=ENTRIES)
    upstream = (
        _cells(given["upstream"], "d", out)
        if "upstream" in given
        else _letters("d", Pair(rows * out, columns))
    )
    if _shape(upstream) != (rows * out, columns):
        raise failure(
            "upstream-shape",
            given["upstream"].span,
            found="×".join(map(str, _shape(upstream))),
            wanted=f"{rows * out}×{columns}",
        )
    found = Unrolled(windows, channels, out, picture, kernel, upstream)
    return Answer(lambda words, _: tell(found, words), lambda _: results(found))


def _count(node: yaml.Node | None) -> int:
    """A number of channels, 1 if nothing is said."""
    if node is None:
        return 1
    found = amounts.value_of(amount(node, 1))
    if found is None or found > ENTRIES:
        raise failure("not-a-number", node.span, "hint-number", found=yaml.shown(node))
    return int(found)


def _one_of(stacked: Cells, count: int) -> Pair:
    """The size of one of several pictures that stand one above the other."""
    return Pair(len(stacked) // count, len(stacked[0]))


def _cells(node: yaml.Node, letter: str, stacked: int) -> Cells:
    """`[4, 4]` is a size, whose entries are letters x1, x2, …, so many times one above the other;
    else rows of numbers or letters, those of all of them."""
    if not isinstance(node, yaml.List) or not node.items:
        raise failure("matrix-or-size", node.span, "hint-matrix")
    if all(isinstance(item, yaml.Text) for item in node.items):
        size = [amounts.value_of(side) for side in sides(node, 2, 1)]
        if None in size or (size[0] or 0) * (size[1] or 0) > ENTRIES:
            raise failure("matrix-or-size", node.span, "hint-matrix")
        down, along = (int(side or 0) for side in size)
        return _letters(letter, Pair(down * stacked, along))
    rows: list[tuple[Expr, ...]] = []
    for item in node.items:
        if not isinstance(item, yaml.List) or not item.items:
            raise failure("mixed-rows", item.span, "hint-rows")
        if rows and len(item.items) != len(rows[0]):
            raise failure("ragged-rows", item.span, found=len(item.items), wanted=len(rows[0]))
        rows.append(tuple(_entry(x) for x in item.items))
    if len(rows) * len(rows[0]) > ENTRIES:
        raise failure("matrix-too-large", node.span, limit=ENTRIES)
    if len(rows) % stacked:
        raise failure("matrix-stacked", node.span, found=len(rows), count=stacked)
    return tuple(rows)


def _entry(node: yaml.Node) -> Expr:
    if not isinstance(node, yaml.Text) or len(node.text) > limits.NUMBER:
        raise failure("not-a-number", node.span, "hint-number", found=yaml.shown(node))
    expr = parse_expression(node.text, origin=node.origin)
    for part in walk(expr):
        letter = isinstance(part, Ref) and part.index is None
        if not (isinstance(part, Number) or letter) and getattr(part, "op", "") not in OPERATIONS:
            raise failure("not-a-number", node.span, "hint-number", found=yaml.shown(node))
    try:
        return amounts.with_values(expr, {})
    except (ZeroDivisionError, OverflowError):
        raise failure("not-a-number", node.span, "hint-number", found=yaml.shown(node)) from None


def _letters(letter: str, size: Pair) -> Cells:
    """x1, x2, … row by row."""
    return tuple(
        tuple(Ref(f"{letter}{i * size.along + j + 1}") for j in range(size.along))
        for i in range(size.down)
    )


def _whole_pair(node: yaml.Node | None, least: int, code: str) -> Pair:
    if node is None:
        return Pair(least, least)
    found = sides(node, 2, least, code)
    values = [amounts.value_of(side) for side in found]
    if None in values or max(v or 0 for v in values) > ENTRIES:
        raise failure(code, node.span, found=yaml.shown(node))
    return Pair(*(int(v or 0) for v in values))


def results(found: Unrolled) -> Mapping[str, Any]:
    matrix = found.matrix()
    zeros = sum(entry == ZERO for row in matrix for entry in row)
    return {
        "matrix": _data(matrix),
        "entries": str(len(matrix) * found.outputs),
        "outside": str(_outside(found)),
        "zeros": str(zeros),
        "weights": str(len(_flat(found.kernel))),
        "uses": _data(_uses(found)),
        "result": _data(found.results()),
        "gradient": {
            "kernel": _data(found.by_kernel()),
            "picture": _data(found.by_picture()),
        },
    }


def _uses(found: Unrolled) -> Cells:
    """In how many places of the matrix every weight stands."""
    counts = [0] * len(_flat(found.kernel))
    for under in found.covered():
        for c in under:
            counts[c.place] += 1
    return _laid([amounts.number(n) for n in counts], found.windows.size.along)


def _outside(found: Unrolled) -> int:
    """The places where no weight stands."""
    return len(_flat(found.picture)) * found.outputs - sum(map(len, found.covered()))


def tell(found: Unrolled, words: Phrases) -> Iterator[Block]:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    h, w = len(_flat(found.picture)), found.outputs
    laid = _flat(found.picture)
    if h > LONGEST:
        laid = (*laid[: LONGEST - 2], Ref("…"), laid[-1])
    row = Apply(",", laid) if h > 1 else laid[0]
    once = {text(n) for n in _flat(_uses(found))}
    yield Section(
        say("matrix-title"),
        (
            Paragraph((Equals(Ref("K"), _table(found.kernel)),)),
            Paragraph(say("matrix-row", row=Math(row))),
            Paragraph((Equals(Ref("W"), _table(found.matrix())),)),
            Paragraph(
                say(
                    "matrix-counts",
                    rows=str(h),
                    columns=str(w),
                    entries=str(h * w),
                    outside=str(_outside(found)),
                    weights=str(len(_flat(found.kernel))),
                )
            ),
            Paragraph(
                say("matrix-once", n=once.pop())
                if len(once) == 1
                else say("matrix-uses", table=_shown(_uses(found)))
            ),
            *_work("h", found.results()),
        ),
    )
    yield Section(
        say("matrix-gradient"),
        (
            Paragraph((Equals(Ref("D"), _table(found.upstream)),)),
            Paragraph(say("matrix-by-kernel")),
            *_work("dL/dw", found.by_kernel()),
            Paragraph(say("matrix-by-picture")),
            *_work("dL/dx", found.by_picture()),
        ),
    )


def _work(name: str, cells: Cells) -> Iterator[Block]:
    """A line for each entry."""
    for i, cell in enumerate(_flat(cells), 1):
        yield Step(Ref(f"{name}_{i}"), (), Numeral(cell, None))


def _shown(cells: Cells) -> Sentence:
    return (Math(Apply(";", tuple(Apply(",", r) if len(r) > 1 else r[0] for r in cells))),)


def _table(cells: Sequence[Sequence[Expr]]) -> Table:
    return tuple(tuple(Numeral(cell, None) for cell in row) for row in cells)


def _data(cells: Sequence[Sequence[Expr]]) -> list[list[str]]:
    return [[text(cell) for cell in row] for row in cells]


def _shape(cells: Cells) -> Pair:
    return Pair(len(cells), len(cells[0]))


def _flat(cells: Cells) -> tuple[Expr, ...]:
    return tuple(cell for row in cells for cell in row)


def _laid(cells: Sequence[Expr], width: int) -> Cells:
    return tuple(tuple(cells[i : i + width]) for i in range(0, len(cells), width))


def _times(a: Expr, b: Expr) -> Expr:
    """a·b in this order; numbers worked out."""
    known = [amounts.value_of(x) for x in (a, b)]
    if 0 in known or None not in known:
        return amounts.times(a, b)
    if 1 in known:
        return a if known[1] == 1 else b
    if -1 in known:
        return Apply("neg", (a if known[1] == -1 else b,))
    return Apply("*", (a, b))


def _sum(terms: Any) -> Expr:
    return amounts.plus(*terms)
