"""`pictures`: quantities of a problem, given or computed, shown as small grey pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rnnhand.arithmetic.policy import Settled, settle
from rnnhand.document.blocks import Block, Math, Picture, Pictures, Section, Shown
from rnnhand.errors import failure
from rnnhand.explain.sentences import sentence
from rnnhand.language import limits
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.results import ValueName, parse_result
from rnnhand.language.tree import Expr, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.results import check_result
from rnnhand.questions.key import instances, result
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.work import Plan, Worked
from rnnhand.system.model import Quantity, System


@dataclass(frozen=True)
class Shaded:
    """A quantity at a step, and its numbers, row by row."""

    ref: Ref
    rows: tuple[tuple[Numeral, ...], ...]

    def ends(self) -> tuple[Numeral, Numeral]:
        """The smallest and the largest number."""
        flat = [x for row in self.rows for x in row]
        return min(flat, key=_size), max(flat, key=_size)


def pictures(problem: Problem, node: yaml.Node) -> Answer:
    system = replace(problem.system, loss=None)
    refs = [ref for item in _items(node) for ref in _named(system, item)]
    if len(refs) > limits.LAYERS:
        raise failure("too-many-pictures", node.span, limit=limits.LAYERS)
    settled = settle(Plan(replace(problem, system=system)).task(), "auto", 5)
    found = [_shaded(settled, ref, node) for ref in refs]
    return Answer(lambda words, _: tell(found, words), lambda _: results(found))


def _items(node: yaml.Node) -> tuple[yaml.Node, ...]:
    return node.items if isinstance(node, yaml.List) and node.items else (node,)


def _named(system: System, node: yaml.Node) -> Iterator[Ref]:
    """`X`, `H[2]`; a name that runs over an index is all of its steps."""
    if not isinstance(node, yaml.Text):
        raise failure("bad-pictures", node.span, "hint-pictures")
    for over in ("", *system.indices):
        q = Quantity(node.text.strip(), over)
        if over and (q in system.made_by or q in system.given):
            yield from (q.at(step) for step in instances(system, q))
            return
    name = parse_result(node.text, node.origin)
    if not isinstance(name, ValueName) or name.entry:
        raise failure("bad-pictures", node.span, "hint-pictures")
    check_result(system, name)
    yield name.ref


def _shaded(settled: Settled[Worked], ref: Ref, node: yaml.Node) -> Shaded:
    table = result(settled, ValueName(ref), 5)
    rows = tuple(_row(row) for row in table) if isinstance(table, tuple) else ((table,),)
    for row in rows:
        for x in row:
            try:
                _size(x)
            except (ValueError, TypeError):
                raise failure("picture-letters", node.span, name=text(ref)) from None
    return Shaded(ref, rows)


def _row(row: Table) -> tuple[Numeral, ...]:
    if isinstance(row, Numeral):
        return (row,)
    return tuple(x for x in row if isinstance(x, Numeral))


def _size(x: Numeral) -> float:
    """A number as a float: pictures have no more shades than that."""
    return float(x.decimal or "")


def results(found: list[Shaded]) -> Mapping[str, Any]:
    """What the ends of the scale of every picture are."""
    return {
        text(one.ref): {"least": _said(one.ends()[0]), "largest": _said(one.ends()[1])}
        for one in found
    }


def _said(x: Numeral) -> str:
    return text(x.exact) if x.exact is not None else str(x.decimal)


def tell(found: list[Shaded], words: Phrases) -> Iterator[Block]:
    yield Section(
        sentence(words, "pictures-title"),
        (Pictures(tuple(_picture(one, words) for one in found)),),
    )


def _picture(one: Shaded, words: Phrases) -> Picture:
    least, largest = one.ends()
    low, high = _size(least), _size(largest)
    width = high - low or 1.0
    shades = tuple(tuple((_size(x) - low) / width for x in row) for row in one.rows)
    name: Expr = one.ref
    if low == high:
        scale = sentence(words, "pictures-even", value=Shown(least))
    else:
        scale = sentence(words, "pictures-scale", least=Shown(least), largest=Shown(largest))
    return Picture((Math(name),), scale, shades)
