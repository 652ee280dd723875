"""A value on a sheet → numbers of a known shape: `(1, 2)`, `1,5; 2`, `1 2; 3 4`, [[1, 2], [3, 4]].

A text is read in every way in which people separate numbers; those ways count that give the shape
of what is named. If two count and differ, the text is ambiguous and is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from rnnhand.errors import Diagnostic, Failure, failure
from rnnhand.language import limits
from rnnhand.marking.echo import echoed
from rnnhand.marking.formats.entry import piece
from rnnhand.marking.numbers import Written, is_blank, read_number
from rnnhand.problem import yaml
from rnnhand.system.model import Shape
from rnnhand.system.shapes import shown

Numbers: TypeAlias = Written | tuple["Numbers", ...] | None

Rows: TypeAlias = list[list[yaml.Text]]
"""A table of texts, each of which should be a number."""

OPEN, CLOSE = "([{", ")]}"
ROW = re.compile(r"[;\n]")
BETWEEN = (
    re.compile(r","),  # 1, 2 with decimal points
    re.compile(r",\s+|(?<!\s)\s+,"),  # 0,5, 1 with a blank to tell the two commas apart
    re.compile(r"(?<=[^\s+\-−–])\s+"),  # 1,5 2
    re.compile(r"(?!)"),  # 1,5; 2: a row has one number
)
"""What may stand between the numbers of a row."""

TORN = re.compile(r"(?<=[\d)])\s+[+\-−–]\d|^\s*[+\-−–]?0\d+\s*$")
"""What no number of a row looks like, but what is left where a row was cut at the wrong places:
`0 −0,5`, cut at the comma, is `0 −0` and `05`."""


def read_value(node: yaml.Node, shape: Shape, rounding: int | None) -> Numbers:
    """The numbers of a value of a shape, nested like it: a vector flat, a matrix by rows. Raises
    `Failure` where a number cannot be read, or where there are not as many as the shape says."""
    if shape == (1, 1):
        return _scalar(node, rounding)
    if isinstance(node, yaml.Text) and is_blank(node.text):
        return None
    found: list[Numbers] = []
    wrong: Failure | None = None
    for rows in _tables(node):
        fitting = _fitted(rows, shape)
        if fitting is None or any(TORN.search(c.text) for row in fitting for c in row):
            continue
        try:
            value = _numbers(fitting, shape, rounding)
        except Failure as error:
            wrong = wrong or error
        else:
            found += [] if value in found else [value]
    if len(found) > 1:
        raise failure("sheet-ambiguous", node.span, "hint-sheet-separators", found=echoed(node))
    if found:
        return found[0]
    raise wrong or _misshapen(node, shape)


def _misshapen(node: yaml.Node, shape: Shape) -> Failure:
    if shape == (1, 1):
        return failure("sheet-one-number", node.span, "hint-sheet-number", found=echoed(node))
    hint = "hint-sheet-vector" if 1 in shape else "hint-sheet-matrix"
    return failure("sheet-shape", node.span, hint, found=echoed(node), wanted=shown(shape))


MOST_BRACKETS = 3
"""Brackets around a single number."""


def _scalar(node: yaml.Node, rounding: int | None, left: int = MOST_BRACKETS) -> Written | None:
    """One number; brackets around it may stand or not."""
    while isinstance(node, yaml.List) and len(node.items) == 1:
        node = node.items[0]
    if not isinstance(node, yaml.Text):
        raise _misshapen(node, (1, 1))
    try:
        return read_number(node.text, node.span, rounding)
    except Failure:
        inner = _unwrapped(node)
        if inner is node or not left:
            raise
        return _scalar(inner, rounding, left - 1)


def _fitted(rows: Rows, shape: Shape) -> Rows | None:
    """The rows, if they have the shape; a vector may lie or stand."""
    height, width = shape
    if 1 in shape:
        size = height * width
        if len(rows) == 1 and len(rows[0]) == size:
            return rows
        if len(rows) == size and all(len(row) == 1 for row in rows):
            return [[row[0] for row in rows]]
        return None
    if len(rows) == height and all(len(row) == width for row in rows):
        return rows
    return None


def _numbers(rows: Rows, shape: Shape, rounding: int | None) -> Numbers:
    wrong: list[Diagnostic] = []
    found: list[tuple[Numbers, ...]] = []
    for row in rows:
        numbers: list[Numbers] = []
        for cell in row:
            try:
                numbers.append(read_number(cell.text, cell.span, rounding))
            except Failure as error:
                wrong += error.diagnostics
        found.append(tuple(numbers))
    if wrong:
        raise Failure(wrong)
    return found[0] if shape[1] == 1 else tuple(found)


def _tables(node: yaml.Node) -> Iterator[Rows]:
    """Every way in which a value may be a table of numbers."""
    if isinstance(node, yaml.Text):
        yield from _text_tables(node)
        return
    if not isinstance(node, yaml.List):
        return
    items = node.items
    if all(isinstance(item, yaml.Text) for item in items):
        texts = [item for item in items if isinstance(item, yaml.Text)]
        yield [texts]
        yield from _rows_of_texts(texts)
    elif all(isinstance(item, yaml.List) for item in items):
        lists = [item.items for item in items if isinstance(item, yaml.List)]
        if all(isinstance(x, yaml.Text) for row in lists for x in row):
            yield [[x for x in row if isinstance(x, yaml.Text)] for row in lists]


def _rows_of_texts(texts: list[yaml.Text]) -> Iterator[Rows]:
    """["1 2", "3 4"]: every text is a row."""
    for between in BETWEEN[:-1]:
        rows = [_split(_unwrapped(text), between) for text in texts]
        if any(len(row) > 1 for row in rows):
            yield rows


def _text_tables(text: yaml.Text) -> Iterator[Rows]:
    if len(text.text) > limits.TEXT:
        raise failure("number-too-long", text.span, digits=limits.NUMBER, power=limits.EXPONENT)
    inner = _unwrapped(text)
    groups = _groups(inner)
    if groups:
        yield from _rows_of_texts(groups)
        yield [[_unwrapped(group)] for group in groups]
    lines = _split(inner, ROW)
    for between in BETWEEN:
        yield [_split(line, between) for line in lines]


def _groups(text: yaml.Text) -> list[yaml.Text]:
    """The brackets that a text consists of: [1, 2], [3, 4]."""
    found, depth, start = [], 0, 0
    for i, c in enumerate(text.text):
        if c in OPEN:
            start = i if not depth else start
            depth += 1
        elif c in CLOSE:
            depth -= 1
            if depth == 0:
                found.append(piece(text, start, i + 1))
            if depth < 0:
                return []
        elif not depth and not (c.isspace() or c in ",;"):
            return []
    return found if not depth else []


def _unwrapped(text: yaml.Text) -> yaml.Text:
    """The text without a bracket around all of it."""
    raw = text.text.strip()
    if len(raw) < 2 or raw[0] not in OPEN or raw[-1] not in CLOSE:
        return text
    depth = 0
    for i, c in enumerate(raw):
        depth += (c in OPEN) - (c in CLOSE)
        if not depth:
            if i < len(raw) - 1:
                return text
            break
    start = text.text.index(raw[0]) + 1
    return piece(text, start, start + len(raw) - 2)


def _depths(text: str) -> list[int]:
    """How deep in brackets each place of a text is."""
    found, depth = [], 0
    for c in text:
        found.append(depth)
        depth = max(depth + (c in OPEN) - (c in CLOSE), 0)
    return found


def _split(text: yaml.Text, between: re.Pattern[str]) -> list[yaml.Text]:
    """The parts of a text, cut outside brackets."""
    depths = _depths(text.text)
    found, start = [], 0
    for m in between.finditer(text.text):
        if not depths[m.start()]:
            found.append(piece(text, start, m.start()))
            start = m.end()
    return [*found, piece(text, start, len(text.text))]


def steps_of(node: yaml.Node, count: int) -> list[yaml.Node]:
    """The values of so many steps, one by one. Raises `Failure` where there are not as many."""
    if isinstance(node, yaml.Text):
        if is_blank(node.text):
            return [node] * count
        options = {len(nodes): nodes for nodes in _step_texts(node)}
        if count in options:
            return list(options[count])
        found = max(options)
    else:
        items = node.items if isinstance(node, yaml.List) else (node,)
        if len(items) == count:
            return list(items)
        if count == 1:
            return [node]
        found = len(items)
    raise failure("sheet-steps", node.span, "hint-sheet-steps", found=found, wanted=count)


def _step_texts(text: yaml.Text) -> Iterator[list[yaml.Text]]:
    """The ways in which a text may be a list of values."""
    inner = _unwrapped(text)
    yield [text]
    for between in (BETWEEN[2], BETWEEN[0], BETWEEN[1], ROW):
        yield _split(inner, between)
    if groups := _groups(inner):
        yield groups
