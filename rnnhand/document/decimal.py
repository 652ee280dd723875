"""The decimal mark of a document: 1.5625 in one language, 1,5625 in another.

A document says its mark, and whatever writes it begins with `written`: from there on the text of
a number is what is shown, and a list with a comma in one of its numbers is separated by
semicolons. What the author of a problem wrote in words stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from rnnhand.document.blocks import (
    Block,
    Curve,
    Definitions,
    Document,
    Equals,
    Fields,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Picture,
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
from rnnhand.document.graph import Graph
from rnnhand.language.numerals import SHORT, Numeral, Table
from rnnhand.language.tree import Expr, Number, rewrite, walk

POINT = "."
BETWEEN, ROWS = ", ", "; "
"""What stands between the items of a list, and between the rows of a matrix on one line."""
APART, ROWS_APART = "; ", " | "
"""The same where an item has a comma of its own."""
LISTED = {BETWEEN: APART, ",\u00a0": ";\u00a0", APART: APART}
"""What separates the items of a list inside a sentence, and what does where one has a comma."""


def written(document: Document) -> Document:
    """The document with every number as its mark wants it."""
    if document.decimal == POINT:
        return document
    return replace(document, blocks=_Mark(document.decimal).blocks(document.blocks))


def written_plot(plot: Plot, decimal: str) -> Plot:
    """A plot that stands alone."""
    return plot if decimal == POINT else _Mark(decimal).plot(plot)


def written_graph(graph: Graph) -> Graph:
    """The graph with every number on it as its mark wants it."""
    if graph.decimal == POINT:
        return graph
    mark = _Mark(graph.decimal)
    nodes = tuple(
        replace(
            n,
            added=tuple(map(mark.expr, n.added)),
            symbol=mark.text(n.symbol),
            value=mark.maybe(n.value),
            adjoint=mark.maybe(n.adjoint),
        )
        for n in graph.nodes
    )
    edges = tuple(
        replace(e, label=None if e.label is None else mark.expr(e.label), value=mark.maybe(e.value))
        for e in graph.edges
    )
    signs, caption = mark.note(graph.signs), tuple(map(mark.note, graph.caption))
    return replace(graph, nodes=nodes, edges=edges, signs=signs, caption=caption)


def between(*items: Expr | Table | Inline) -> str:
    """What separates these items of a list."""
    return APART if any(map(has_comma, items)) else BETWEEN


def between_rows(*items: Expr | Table | Inline) -> str:
    """What separates the rows of a matrix on one line, whose entries `between` separates."""
    return ROWS_APART if any(map(has_comma, items)) else ROWS


def has_comma(item: Expr | Table | Inline) -> bool:
    """Whether a number in it is shown with a comma."""
    match item:
        case str() | Tag():
            return False
        case Numeral(Number(text), _) if len(text) <= SHORT:
            return "," in text
        case Numeral(exact, decimal):
            return "," in (decimal or "") or (exact is not None and has_comma(exact))
        case tuple():
            return any(map(has_comma, item))
        case Math(expr):
            return has_comma(expr)
        case Shown(table):
            return has_comma(table)
        case Equals(left, right):
            return has_comma(left) or has_comma(right)
        case _:
            return any(isinstance(n, Number) and "," in n.text for n in walk(item))


def _lists(sentence: Sequence[Inline]) -> Iterator[tuple[int, int]]:
    """Where a sentence lists items: from the first one of each list to its last."""
    first = 0
    while first < len(sentence):
        last = first
        while last + 2 < len(sentence) and sentence[last + 1] in LISTED:
            last += 2
        if last > first:
            yield first, last
        first = last + 1


class _Mark:
    """Rewrites what is to be written with another mark than a point."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def text(self, literal: str) -> str:
        return literal.replace(POINT, self.mark)

    def expr(self, expr: Expr) -> Expr:
        def put(node: Expr) -> Expr:
            if isinstance(node, Number) and POINT in node.text:
                return replace(node, text=self.text(node.text))
            return node

        return rewrite(expr, put)

    def table(self, table: Table) -> Table:
        if isinstance(table, tuple):
            return tuple(map(self.table, table))
        exact = None if table.exact is None else self.expr(table.exact)
        decimal = None if table.decimal is None else self.text(table.decimal)
        return replace(table, exact=exact, decimal=decimal)

    def maybe(self, table: Table | None) -> Table | None:
        return None if table is None else self.table(table)

    def sentence(self, sentence: Sentence) -> Sentence:
        """A sentence; where items with a comma of their own are listed in it, apart enough."""
        found = [self.inline(part) for part in sentence]
        for first, last in _lists(found):
            if any(map(has_comma, found[first : last + 1])):
                for i in range(first + 1, last, 2):
                    found[i] = LISTED[str(found[i])]
        return tuple(found)

    def note(self, sentence: Sentence) -> Sentence:
        """A line of numbers, W = ((0,5; 1); (2; 3)): it has one sign between all of them."""
        found = [self.inline(part) for part in sentence]
        if not any(map(has_comma, found)):
            return tuple(found)
        return tuple(LISTED.get(part, part) if isinstance(part, str) else part for part in found)

    def inline(self, inline: Inline) -> Inline:
        match inline:
            case str() | Tag():
                return inline
            case Math(expr):
                return Math(self.expr(expr))
            case Shown(table):
                return Shown(self.table(table))
            case Equals(left, right):
                if isinstance(right, Numeral | tuple):
                    return Equals(self.expr(left), self.table(right))
                return Equals(self.expr(left), self.expr(right))
            case _:
                assert_never(inline)

    def blocks(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(map(self.block, blocks))

    def block(self, block: Block) -> Block:
        match block:
            case Paragraph(content):
                return Paragraph(self.sentence(content))
            case Definitions(equations):
                return Definitions(tuple((self.expr(a), self.expr(b)) for a, b in equations))
            case Values(items):
                return Values(tuple(map(self.sentence, items)))
            case Step():
                return self.step(block)
            case Steps(label, steps):
                return Steps(self.sentence(label), tuple(map(self.step, steps)))
            case Grid(head, rows):
                cells = tuple(tuple(map(self.sentence, row)) for row in rows)
                return replace(block, head=tuple(map(self.sentence, head)), rows=cells)
            case Plot():
                return self.plot(block)
            case Pictures(items):
                return Pictures(tuple(map(self.picture, items)))
            case Plane():
                return self.plane(block)
            case Fields() | Room():
                return block
            case Note(kind, content):
                return Note(kind, self.sentence(content))
            case Section(title, inner):
                return Section(self.sentence(title), self.blocks(inner))
            case _:
                assert_never(block)

    def step(self, step: Step) -> Step:
        return replace(
            step,
            left=self.expr(step.left),
            forms=tuple(map(self.expr, step.forms)),
            result=self.table(step.result),
            remark=self.sentence(step.remark),
        )

    def plot(self, plot: Plot) -> Plot:
        return replace(
            plot,
            title=self.sentence(plot.title),
            across=self.sentence(plot.across),
            up=self.sentence(plot.up),
            curves=tuple(Curve(self.sentence(c.name), c.points) for c in plot.curves),
            decimal=self.mark,
        )

    def picture(self, picture: Picture) -> Picture:
        name, scale = map(self.sentence, (picture.name, picture.scale))
        return replace(picture, name=name, scale=scale)

    def plane(self, plane: Plane) -> Plane:
        return Plane(
            self.sentence(plane.title),
            self.sentence(plane.across),
            self.sentence(plane.up),
            tuple(replace(d, name=self.sentence(d.name)) for d in plane.dots),
            tuple(replace(x, name=self.sentence(x.name)) for x in plane.lines),
            tuple(replace(s, name=self.sentence(s.name)) for s in plane.strokes),
            self.mark,
        )
