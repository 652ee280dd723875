"""The options of a topic, read from a problem file: what is missing, unknown or no number is a
diagnostic at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rnnhand.errors import Span, failure, similar
from rnnhand.language.tree import Expr, Ref, refs
from rnnhand.problem import yaml
from rnnhand.problem.options import entries
from rnnhand.problem.values import rational
from rnnhand.questions.analysis.study import formula


@dataclass(frozen=True)
class Options:
    """The options of one topic by name; `span` is its place."""

    word: str
    nodes: Mapping[str, yaml.Node]
    span: Span

    def __contains__(self, name: str) -> bool:
        return name in self.nodes

    def node(self, name: str) -> yaml.Node:
        if name not in self.nodes:
            raise failure("topic-missing", self.span, name=name, word=self.word)
        return self.nodes[name]

    def text(self, name: str, default: str | None = None) -> str:
        if default is not None and name not in self.nodes:
            return default
        node = self.node(name)
        if not isinstance(node, yaml.Text):
            raise failure("topic-text", node.span, name=name, found=yaml.shown(node))
        return node.text.strip()

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        found = self.text(name, default)
        if found not in choices:
            close = similar(found, choices)
            hint = "hint-did-you-mean" if close else None
            raise failure("topic-choice", self.node(name).span, hint, name=name, found=found[:40],
                          known=", ".join(choices), suggestion=close)  # fmt: skip
        return found

    def yes(self, name: str, default: str = "no") -> bool:
        return self.choice(name, ("yes", "no"), default) == "yes"

    def formula(self, name: str) -> Expr:
        return formula_of(self.node(name))

    def rational(self, name: str, default: Fraction | None = None) -> Fraction:
        if default is not None and name not in self.nodes:
            return default
        return rational(self.node(name))

    def rationals(self, name: str) -> tuple[Fraction, ...]:
        return tuple(rational(item) for item in items(self.node(name)))


def options(word: str, node: yaml.Node, known: Sequence[str], alone: str = "") -> Options:
    """The options under a topic's word; a text alone is the option that it may be."""
    if isinstance(node, yaml.Text) and alone:
        return Options(word, {alone: node}, node.span)
    return Options(word, entries(node, word, known), node.span)


def formula_of(node: yaml.Node) -> Expr:
    """A formula in scalars."""
    if not isinstance(node, yaml.Text) or not node.text.strip():
        raise failure("topic-formula", node.span, found=yaml.shown(node))
    return formula(node.text.strip(), node.origin)


def items(node: yaml.Node) -> tuple[yaml.Node, ...]:
    """The items of a list; a single value is a list of itself."""
    if isinstance(node, yaml.List):
        if not node.items:
            raise failure("empty-list", node.span, "hint-empty-value")
        return node.items
    return (node,)


def matrix(node: yaml.Node) -> tuple[tuple[Fraction, ...], ...]:
    """Rows of numbers; a flat list is a column."""
    rows = [tuple(rational(x) for x in items(row)) for row in items(node)]
    for row, item in zip(rows, items(node), strict=True):
        if len(row) != len(rows[0]):
            raise failure("ragged-rows", item.span, found=len(row), wanted=len(rows[0]))
    return tuple(rows)


def constant_value(expr: Expr) -> Fraction | None:
    """The number that a formula without names plainly is."""
    from rnnhand.arithmetic.base import Fault
    from rnnhand.arithmetic.rational import RATIONAL, fraction
    from rnnhand.arithmetic.scalar import value
    from rnnhand.questions.analysis.study import library

    if any(isinstance(r, Ref) for r in refs(expr)):
        return None
    try:
        return fraction(value(expr, {}, RATIONAL, library()))
    except Fault:
        return None


def probability(expr: Expr, node: yaml.Node) -> Expr:
    """A probability: a letter, or a number from 0 to 1."""
    found = constant_value(expr)
    if found is not None and not 0 <= found <= 1:
        raise failure("not-a-probability", node.span, found=yaml.shown(node))
    return expr
