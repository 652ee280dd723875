"""Options of a topic: formulas, names and tables, each read with its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rnnhand.errors import Diagnostic, Failure, Span, failure
from rnnhand.language.lexer import normal_name
from rnnhand.language.operations import Functions
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Expr
from rnnhand.problem import yaml
from rnnhand.problem.options import entries
from rnnhand.problem.values import rational
from rnnhand.system.build import resolved

MOST_ROWS = 200

HINTS = {
    "table": "hint-table",
    "fit": "hint-fit",
    "agree": "hint-agree",
    "compose": "hint-compose",
}
"""An example of each topic's options."""


def options_of(
    node: yaml.Node, word: str, known: Collection[str], needed: Sequence[str] = ()
) -> yaml.Map:
    """A map with these keys only. Raises `Failure` with every key that is none."""
    entries(node, word, known, HINTS[word], needed)
    assert isinstance(node, yaml.Map)
    return node


def text_of(node: yaml.Node, word: str) -> str:
    if not isinstance(node, yaml.Text) or not node.text.strip():
        raise failure("topic-not-a-formula", node.span, HINTS[word], found=yaml.shown(node))
    return node.text


def formula_of(node: yaml.Node, word: str, functions: Functions) -> Expr:
    """A formula in the equation language, its functions known."""
    written = text_of(node, word)
    origin = node.origin if isinstance(node, yaml.Text) else node.span
    tree = parse_expression(written, origin=origin)
    wrong: list[Diagnostic] = []
    tree = resolved(tree, functions, wrong)
    if wrong:
        raise Failure(wrong)
    return tree


def names_of(node: yaml.Node | None, word: str) -> tuple[str, ...]:
    """[x1, x2] or x1, x2: names, no two the same."""
    if node is None:
        return ()
    items: list[tuple[str, Span]]
    if isinstance(node, yaml.List):
        items = [(text_of(item, word), item.span) for item in node.items]
    else:
        items = [(part, node.span) for part in text_of(node, word).split(",")]
    found: list[str] = []
    for written, span in items:
        name = normal_name(written.strip())
        if not name.rstrip("'").isidentifier() or name in found:
            raise failure("topic-bad-name", span, HINTS[word], found=written.strip()[:40])
        found.append(name)
    return tuple(found)


@dataclass(frozen=True)
class Row:
    """Numbers for the inputs, and what is wanted there; `written` says how precisely."""

    inputs: tuple[Fraction, ...]
    wanted: Fraction | None
    written: str
    span: Span


def rows_of(node: yaml.Node, word: str, width: int, must_want: bool = False) -> tuple[Row, ...]:
    """[[1, 1, 1], [1, 0, 0]]: in each row a number for every input, then what is wanted."""
    if not isinstance(node, yaml.List) or not node.items:
        raise failure("topic-bad-rows", node.span, HINTS[word])
    if len(node.items) > MOST_ROWS:
        raise failure("topic-too-many-rows", node.span, limit=MOST_ROWS, found=len(node.items))
    found: list[Row] = []
    for item in node.items:
        cells = item.items if isinstance(item, yaml.List) else (item,)
        least = width + must_want
        uneven = len(cells) != _width(node.items[0])
        if uneven or not least <= len(cells) <= width + 1:
            code = "topic-row-length"
            raise failure(code, item.span, HINTS[word], found=len(cells), inputs=width)
        numbers = [rational(cell) for cell in cells]
        wanted = numbers[width] if len(cells) > width else None
        last = cells[-1]
        written = last.text.strip() if isinstance(last, yaml.Text) else ""
        found.append(Row(tuple(numbers[:width]), wanted, written, item.span))
    return tuple(found)


def _width(row: yaml.Node) -> int:
    return len(row.items) if isinstance(row, yaml.List) else 1


def closeness(written: str) -> Fraction:
    """Half a unit of the last digit of a decimal; 0 for what is written exactly."""
    _, point, digits = written.partition(".")
    if not point or not digits.isdigit():
        return Fraction(0)
    return Fraction(1, 2 * 10 ** len(digits))
