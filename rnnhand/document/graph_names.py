"""The numbers of names in pictures: W2 beside h⁽²⁾ is W with 2 below it, as b_2 is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rnnhand.document.blocks import Equals, Inline, Math, Sentence, Shown
from rnnhand.document.graph import Edge, Graph, Node
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.results import DERIVATIVE
from rnnhand.language.tree import Expr, Ref, refs, rewrite

NUMBERED = re.compile(r"(?P<stem>[^\W\d_]+)(?P<number>\d+)(?P<rest>'*)")
_NAME = re.compile(r"[^\W\d]\w*'*(?![\w'\[])")
"""A name in a title, which may be a formula."""


def with_low_numbers(graph: Graph) -> Graph:
    """The graph with the numbers of its names below them. All names stay as they are where one
    could then be taken for another: x1 beside x[1], or beside x_1."""
    named = {pair for ref in _refs(graph) for pair in _names(ref)}
    bare = {name for name, is_at_step in named if not is_at_step}
    lowered = {name: low for name in bare if (low := _lowered(name)) != name}
    at_steps = {_stem(name) for name, is_at_step in named if is_at_step}
    if not lowered or not at_steps.isdisjoint(map(_stem, lowered)):
        return graph
    if not {name for name, _ in named}.isdisjoint(lowered.values()):
        return graph
    titled = _NAME.sub(lambda m: lowered.get(m[0], m[0]), graph.title)
    return replace(_renamed(graph), title=titled)


def _refs(graph: Graph) -> Iterator[Ref]:
    """All names in a graph."""
    for expr in _exprs(graph):
        yield from refs(expr)


def _exprs(graph: Graph) -> Iterator[Expr]:
    for n in graph.nodes:
        yield from (e for e in (n.name, n.spelled, n.stack, *n.added) if e is not None)
        yield from (*_formulas(n.value), *_formulas(n.adjoint))
    for e in graph.edges:
        yield from (expr for expr in (e.label, e.seen_as) if expr is not None)
        yield from _formulas(e.value)
    for sentence in (graph.signs, *graph.caption):
        yield from _said(sentence)


def _said(sentence: Sentence) -> Iterator[Expr]:
    for part in sentence:
        match part:
            case Math(expr):
                yield expr
            case Equals(left, right):
                yield left
                if isinstance(right, Expr):
                    yield right
                elif not isinstance(right, str):
                    yield from _formulas(right)
            case Shown(table):
                yield from _formulas(table)
            case _:
                pass


def _formulas(table: Table | None) -> Iterator[Expr]:
    """The values that are formulas, in letters."""
    match table:
        case None:
            pass
        case Numeral(exact):
            yield from () if exact is None else (exact,)
        case _:
            for item in table:
                yield from _formulas(item)


def _names(ref: Ref) -> Iterator[tuple[str, bool]]:
    """The names in one, each with whether it stands at a step: those of a derivative are two."""
    is_at_step = ref.index is not None
    if m := DERIVATIVE.fullmatch(ref.name):
        of, bracket, _ = m["of"].partition("[")
        yield of, bool(bracket)
        yield m["by"], is_at_step
    else:
        name, bracket, _ = ref.name.partition("[")
        yield name, is_at_step or bool(bracket)


def _stem(name: str) -> str:
    m = NUMBERED.fullmatch(name)
    return m["stem"] if m else name


def _lowered(name: str) -> str:
    return NUMBERED.sub(r"\g<stem>_\g<number>\g<rest>", name) if NUMBERED.fullmatch(name) else name


def _low(expr: Expr) -> Expr:
    """A name without a step, or a derivative of or by one, with its number below."""
    if not isinstance(expr, Ref):
        return expr
    if m := DERIVATIVE.fullmatch(expr.name):
        by = m["by"] if expr.index is not None else _lowered(m["by"])
        return replace(expr, name=f"d{_lowered(m['of'])}/d{by}")
    return expr if expr.index is not None else replace(expr, name=_lowered(expr.name))


def _renamed(graph: Graph) -> Graph:
    def expr(found: Expr) -> Expr:
        return rewrite(found, _low)

    def maybe(found: Expr | None) -> Expr | None:
        return None if found is None else expr(found)

    def values(table: Table) -> Table:
        if isinstance(table, Numeral):
            return replace(table, exact=maybe(table.exact))
        return tuple(map(values, table))

    def given(table: Table | None) -> Table | None:
        return None if table is None else values(table)

    def inline(part: Inline) -> Inline:
        match part:
            case Math(found):
                return Math(expr(found))
            case Equals(left, right):
                low = expr(right) if isinstance(right, Expr) else values(right)
                return Equals(expr(left), low)
            case Shown(table):
                return Shown(values(table))
            case _:
                return part

    def sentence(found: Sentence) -> Sentence:
        return tuple(map(inline, found))

    def node(n: Node) -> Node:
        return replace(
            n,
            name=maybe(n.name),
            spelled=maybe(n.spelled),
            stack=maybe(n.stack),
            added=tuple(map(expr, n.added)),
            value=given(n.value),
            adjoint=given(n.adjoint),
        )

    def edge(e: Edge) -> Edge:
        return replace(e, label=maybe(e.label))

    return replace(
        graph,
        nodes=tuple(map(node, graph.nodes)),
        edges=tuple(map(edge, graph.edges)),
        signs=sentence(graph.signs),
        caption=tuple(map(sentence, graph.caption)),
    )
