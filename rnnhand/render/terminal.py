"""Documents in a terminal, through Rich: lines that break where they may, tables that turn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import assert_never

from rich import box as borders
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Fields,
    Grid,
    Note,
    Paragraph,
    Pictures,
    Plane,
    Plot,
    Room,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
    Tag,
    Values,
)
from rnnhand.document.decimal import between, between_rows, written
from rnnhand.language.numerals import BLANK, Numeral, Table
from rnnhand.language.tree import Expr, Number
from rnnhand.render.boxes import beside, factors, formula, summands, table_box, word
from rnnhand.render.charts import chart
from rnnhand.render.columns import Cell, columns, widths
from rnnhand.render.greys import drawn as in_shades
from rnnhand.render.notation import ASCII, GAP, LONGEST_FRACTION, UNICODE, number
from rnnhand.render.plane_text import drawn as in_plane
from rnnhand.render.spelling import INDENT, Piece, Spelling, can_show
from rnnhand.render.tables import is_wordy

FRACTION = re.compile(r"\d/\d")

SUMS = "+-−="
"""Signs before which a line may begin anew."""

VERDICTS = {
    "right": "green",
    "follows": "cyan",
    "wrong": "bold red",
    "missing": "dim",
    "unreadable": "yellow",
}
MARKS = {"hint": "bold", "remark": "dim", "kink": "yellow", "check": "green", "warning": "yellow"}


def print_document(document: Document, console: Console) -> None:
    """The document on a console; in ASCII where the console cannot show mathematical signs."""
    signs = UNICODE if can_show(console, "ŷ∂Σ−·⎡≈𝟏") else ASCII
    page = _Page(console, signs, max(console.width, 30))
    for line in page.lines(written(document)):
        console.print(line, soft_wrap=False, highlight=False)


def as_text(document: Document, width: int) -> str:
    """The document as a terminal of that width would show it, without colour."""
    console = Console(
        width=width,
        file=StringIO(),
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
    )
    page = _Page(console, UNICODE, width)
    return "".join(f"{line.plain}\n" for line in page.lines(written(document)))


def _lines(renderable: RenderableType, console: Console) -> list[Text]:
    """A table line by line, without the blanks that Rich puts behind; text as it is."""
    if isinstance(renderable, Text):
        return [renderable]
    if isinstance(renderable, Group):
        return [line for part in renderable.renderables for line in _lines(part, console)]
    found = []
    for segments in console.render_lines(renderable, pad=False):
        line = Text.assemble(*((s.text, s.style or "") for s in segments))
        line.rstrip()
        found.append(line)
    return found


@dataclass(frozen=True)
class _Page(Spelling):
    """A document's blocks on a console."""

    def lines(self, document: Document) -> Iterator[Text]:
        """The whole page; never two blank lines in a row."""
        after_blank = True
        for renderable in self.document(document):
            blank = isinstance(renderable, Text) and not renderable.plain
            if not (blank and after_blank):
                yield from _lines(renderable, self.console)
            after_blank = blank

    def document(self, document: Document) -> Iterator[RenderableType]:
        title = Text(self.text(document.title), style="bold")
        source = Text(self.text(document.source), style="dim")
        gap = self.width - title.cell_len - source.cell_len
        if not document.source:
            yield title
        elif gap >= 2:
            yield Text.assemble(title, " " * gap, source)
        else:
            yield title
            yield source
        for block in document.blocks:
            yield from self.block(block)

    def block(self, block: Block) -> Iterator[RenderableType]:
        match block:
            case Paragraph(content):
                yield self.flow(self.pieces(content), INDENT, INDENT)
            case Definitions(equations):
                yield self.definitions(equations)
            case Values(items):
                pieces = [p for item in items for p in self.item(item)]
                if pieces:
                    yield self.flow(pieces, INDENT, INDENT)
            case Step():
                yield self.steps((), (block,))
            case Steps(label, steps):
                yield self.steps(label, steps)
            case Grid():
                yield Text("")
                yield self.grid(block)
                yield Text("")
            case Plot():
                yield Text("")
                yield from chart(self, block)
                yield Text("")
            case Pictures():
                yield Text("")
                yield from in_shades(self, block)
                yield Text("")
            case Plane():
                yield Text("")
                yield from in_plane(self, block)
                yield Text("")
            case Note(kind, content):
                pieces = [Piece(p.box, p.style or MARKS[kind]) for p in self.pieces(content)]
                yield self.flow(pieces, 0, INDENT)
            case Fields(labels):
                pieces = [Piece(word(f"{self.text(said)}: {GAP * 4}   ")) for said in labels]
                yield self.flow(pieces, INDENT, INDENT)
            case Room():
                yield Text("")
            case Section(title, blocks):
                yield Text("")
                yield Text(self.line(title), style="bold cyan")
                for inner in blocks:
                    yield from self.block(inner)
            case _:
                assert_never(block)

    # Lines

    def flow(self, pieces: Iterable[Piece], first: int, rest: int) -> Text:
        """Pieces one after the other, broken into lines of the page's width."""
        lines: list[list[Piece]] = [[Piece(word(" " * first))]]
        used = first
        for piece in pieces:
            bare = cell_len(piece.box.lines[piece.box.base].rstrip())
            if used + min(bare, piece.box.width) > self.width and len(lines[-1]) > 1:
                lines.append([Piece(word(" " * rest))])
                used = rest
            lines[-1].append(piece)
            used += piece.box.width
        return Text("\n").join(_joined(line) for line in lines)

    def definitions(self, equations: Sequence[tuple[Expr, Expr]]) -> Text:
        """The equations of the model, as many on a line as fit; one that is too wide for any line
        goes on below its right side."""
        lines: list[Text] = []
        pieces: list[Piece] = []
        for left, right in equations:
            box = beside(formula(left, self.signs), word(" = "), formula(right, self.signs))
            if box.width <= self.width - INDENT:
                pieces.append(Piece(beside(box, word("    "))))
                continue
            if pieces:
                lines.append(self.flow(pieces, INDENT, INDENT))
                pieces = []
            lines.append(self.step(Step(left, (), Numeral(right, None)), " " * INDENT))
        if pieces:
            lines.append(self.flow(pieces, INDENT, INDENT))
        return Text("\n").join(lines)

    def steps(self, label: Sentence, steps: Sequence[Step]) -> RenderableType:
        """Lines of work; the label of the group stands before the first."""
        head = self.line(label)
        margin = INDENT + (len(head) + 3 if head else 0)
        lines = []
        for i, step in enumerate(steps):
            start = " " * INDENT + (head if i == 0 else "").ljust(margin - INDENT)
            lines.append(self.step(step, start))
        return Group(*lines)

    def step(self, step: Step, start: str) -> Text:
        left = formula(step.left, self.signs)
        sign = self.signs.arrow if step.sign == "←" else "="
        indent = min(cell_len(start) + left.width, self.width // 3)
        forms = [self.form(f" {sign} " if i == 0 else " = ", f) for i, f in enumerate(step.forms)]
        room = self.width - indent - 3
        # A form with matrices too wide for any line is left out: the ones around it say the same.
        forms = [f for i, f in enumerate(forms) if i == 0 or _fits(f, room)]
        forms += self.result(step.result, sign if not step.forms else "=", room)
        lines: list[list[Piece]] = [[Piece(word(start), "dim"), Piece(left)]]
        used = cell_len(start) + left.width
        for form in forms:
            width = sum(p.box.width for p in form)
            if used + width > self.width and used > indent:
                lines.append([Piece(word(" " * indent))])
                used = indent
            for piece in (short for p in form for short in self.cut(p, indent + 3)):
                if used + piece.box.width > self.width and used > indent + 3:
                    lines.append([Piece(word(" " * (indent + 3)))])
                    used = indent + 3
                lines[-1].append(piece)
                used += piece.box.width
        remark = self.pieces(step.remark)
        if remark:
            width = sum(p.box.width for p in remark)
            quiet = [Piece(p.box, "dim") for p in remark]
            if used + 4 + width <= self.width:
                lines[-1] += [Piece(word("    ")), *quiet]
            else:
                lines += self.wrapped(quiet, indent + 3)
        return Text("\n").join(_joined(line) for line in lines)

    def wrapped(self, pieces: list[Piece], margin: int) -> list[list[Piece]]:
        """Pieces in lines of their own behind a margin."""
        lines: list[list[Piece]] = []
        used = self.width + 1
        for piece in pieces:
            if used + piece.box.width > self.width:
                lines.append([Piece(word(" " * margin))])
                used = margin
            lines[-1].append(piece)
            used += piece.box.width
        return lines

    def cut(self, piece: Piece, margin: int) -> list[Piece]:
        """A piece that is too wide for any line, cut where a formula may be: before the sign of a
        summand, behind ·, inside as few brackets as can be."""
        room = self.width - margin
        if piece.box.width <= room or piece.box.height > 1:
            return [piece]
        found: list[Piece] = []
        rest = piece.box.lines[0]
        while cell_len(rest) > room:
            over = f"/{self.signs.partial}"  # ∂L/∂w is one name
            places = [
                (depth, i + 1)
                for i, (c, depth) in enumerate(zip(rest[:room], _depths(rest), strict=False))
                if c in " ·*/"
                and not rest.startswith(over, i)
                and rest[:i][-1:] not in SUMS
                and not FRACTION.match(rest, max(i - 1, 0))
            ]
            far = [(depth, -end) for depth, end in places if end > room // 2]
            end = -min(far)[1] if far else room
            found.append(Piece(word(rest[:end]), piece.style))
            rest = rest[end:]
        return [*found, Piece(word(rest), piece.style)]

    def form(self, sign: str, expr: Expr) -> list[Piece]:
        """`= a + b`, breakable before every summand where it is too long for a line."""
        parts = [beside(*boxes) for boxes in summands(expr, self.signs)]
        if len(parts) == 1 and parts[0].height > 1 and parts[0].width > self.width // 2:
            parts = factors(expr, self.signs)
        return [Piece(beside(word(sign), parts[0])), *(Piece(p) for p in parts[1:])]

    def result(self, table: Table, sign: str, room: int) -> list[list[Piece]]:
        """The value, exactly and in decimals where both say something; a wide matrix by rows."""
        if not isinstance(table, Numeral):
            about = self.signs.about if _any_rounded(table) else sign
            shown = table_box(table, self.signs)
            if shown.width + 3 > room:
                rows = [row if isinstance(row, tuple) else (row,) for row in table]
                apart, below = between(table), between_rows(table)
                said = [apart.join(self.line((Shown(x),)) for x in row) for row in rows]
                return [[Piece(word(f" {about} [{below.join(said)}]"), "bold")]]
            return [[Piece(word(f" {about} ")), Piece(shown, "bold")]]
        if table == BLANK:
            return [[Piece(word(f" {sign} {GAP}"))]]
        found: list[list[Piece]] = []
        exact = table.exact
        readable = exact is not None and (
            not isinstance(exact, Number) or len(exact.text) <= LONGEST_FRACTION
        )
        if exact is not None and readable:
            if isinstance(exact, Number):
                found.append([Piece(word(f" {sign} ")), Piece(formula(exact, self.signs), "bold")])
            else:
                found.append([Piece(p.box, "bold") for p in self.form(f" {sign} ", exact)])
        whole = isinstance(exact, Number) and "/" not in exact.text
        if table.decimal is not None and not (readable and whole):
            about = self.signs.about if table.rounded else sign if not found else "="
            text = number(table.decimal, self.signs)
            if table.bound is not None:
                text = table_box(table, self.signs).lines[0]
            style = "" if found else "bold"
            found.append([Piece(word(f" {about} ")), Piece(word(text), style)])
        return found

    # Tables

    def grid(self, grid: Grid) -> RenderableType:
        """The table, turned round where it would not fit and may be turned."""
        upright = self.fitting(grid.head, grid.rows)
        if upright is not None:
            return upright
        if grid.turnable:
            first, *rest = zip(grid.head, *grid.rows, strict=True)
            turned = self.fitting(first, rest)
            if turned is not None:
                return turned
        else:
            broken = self.table(grid.head, grid.rows)
            if self._needs(broken).minimum <= self.width - INDENT:
                return Padding(broken, (0, 0, 0, INDENT), expand=False)
        return self.listed(grid)

    def fitting(self, head: Sequence[Sentence], rows: Sequence[Sequence[Sentence]]) -> Group | None:
        """A table that needs no line broken; None where there is not the room for it."""
        cells = [[self.boxed(cell, "bold") for cell in head]]
        cells += [[self.boxed(cell) for cell in row] for row in rows]
        wide = widths(cells)
        if sum(wide) + 3 * (len(wide) - 1) > self.width - INDENT:
            return None
        left = [i == 0 or any(is_wordy(row[i]) for row in rows) for i in range(len(head))]
        return Group(*columns(cells, wide, left, self.signs, INDENT))

    def listed(self, grid: Grid) -> RenderableType:
        """The cells of a table that fits in no direction, a row of it after the other."""
        lines = []
        for row in grid.rows:
            pieces = [Piece(beside(self.word(self.line(row[0])), word(":  ")), "bold")]
            for head, cell in zip(grid.head[1:], row[1:], strict=True):
                if cell:
                    mark = word(f"({self.line(head)})")
                    inner = beside(mark, word(" "), *(self.inline(i) for i in cell), word("    "))
                    pieces += self.cut(Piece(inner), 2 * INDENT)
            lines.append(self.flow(pieces, INDENT, 2 * INDENT))
        return Group(*lines)

    def _needs(self, table: RichTable) -> Measurement:
        options = self.console.options.update(width=10_000, max_width=10_000)
        return Measurement.get(self.console, options, table)

    def table(self, head: Sequence[Sentence], rows: Sequence[Sequence[Sentence]]) -> RichTable:
        border = borders.ASCII if self.signs.plain else borders.SIMPLE_HEAD
        found = RichTable(box=border, pad_edge=False, show_edge=False)
        for i, cell in enumerate(head):
            wordy = any(is_wordy(row[i]) for row in rows)
            widest = widths([[self.boxed(row[i])] for row in rows])[0] if rows else 0
            found.add_column(
                self.cell(cell),
                min_width=None if wordy else widest,  # a number is not cut
                justify="left" if i == 0 or wordy else "right",
                no_wrap=not wordy,
                overflow="fold" if self.signs.plain else "ellipsis",
                header_style="bold",
            )
        for row in rows:
            found.add_row(*(self.cell(cell) for cell in row))
        return found

    def cell(self, sentence: Sentence) -> Text:
        cell = self.boxed(sentence)
        return Text("\n".join(cell.box.lines), style=cell.style)

    def boxed(self, sentence: Sentence, style: str = "") -> Cell:
        box = beside(*(self.inline(i) for i in sentence)) if sentence else word("")
        kinds = [i.kind for i in sentence if isinstance(i, Tag)]
        return Cell(box, VERDICTS[kinds[0]] if kinds else style)


def _depths(line: str) -> Iterator[int]:
    """Inside how many brackets each character stands."""
    depth = 0
    for c in line:
        depth -= c in ")]}⌋"
        yield depth
        depth += c in "([{⌊"


def _fits(form: list[Piece], room: int) -> bool:
    """Whether every piece fits a line; what is one line high can be cut."""
    return all(p.box.height == 1 or p.box.width <= room for p in form)


def _any_rounded(table: Table) -> bool:
    if isinstance(table, Numeral):
        return table.rounded and table.exact is None
    return any(_any_rounded(item) for item in table)


def _joined(line: Sequence[Piece]) -> Text:
    """Boxes on one baseline, each in its style."""
    whole = beside(*(p.box for p in line))
    above = whole.base
    rows = []
    for i in range(whole.height):
        row = Text()
        for piece in line:
            k = i - (above - piece.box.base)
            inside = 0 <= k < piece.box.height
            row.append(piece.box.lines[k] if inside else " " * piece.box.width, piece.style)
        row.rstrip()
        rows.append(row)
    return Text("\n").join(rows)
