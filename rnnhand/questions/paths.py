"""All paths between two nodes of a graph: the product along each, and their sum, which is the
derivative."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import Network
from rnnhand.calculus.paths import Path, count, ending_in, paths
from rnnhand.calculus.rules import plus, times
from rnnhand.calculus.tidy import tidy
from rnnhand.calculus.wiring import network
from rnnhand.document.blocks import Block, Document, Inline, Math, Note, Paragraph, Section, Shown
from rnnhand.document.graph import Graph, Node
from rnnhand.errors import Failure, failure
from rnnhand.explain.mathematics import at_step
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.results import DerivativeName, ValueName, parse_result
from rnnhand.language.tree import Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem.results import known
from rnnhand.questions.graph import MOST_NODES, graph_of
from rnnhand.questions.subjects import Subject, Wish
from rnnhand.system.model import SCALAR

MOST_PATHS = 64
"""Paths up to which they are written out."""

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
SHOWN = len(CIRCLED)
"""Paths up to which they are numbered in a picture."""

SPELLED = 9
"""Paths up to which their sum is written in letters."""

FIRST, FINAL = 3, 2
"""Summands that are written of a longer sum in letters."""

SYMBOL = 14
"""Characters of an expression up to which it stands beside its operation."""


@dataclass(frozen=True)
class Walk:
    """The paths from `start` to `end`; `total` is their sum, `derivative` what another method
    gives for it."""

    subject: Subject
    wish: Wish
    network: Network
    start: Ref
    end: Ref
    paths: tuple[Path, ...]
    products: tuple[Expr, ...]
    total: Expr
    values: tuple[Table, ...]
    value: Table | None
    derivative: Table | None


def endpoint(subject: Subject, name: str) -> Ref:
    """The quantity that a name names. Raises `Failure` where there is none, or it is no scalar."""
    system = subject.system
    try:
        result = parse_result(name)
        if not isinstance(result, ValueName) or result.entry:
            raise failure("graph-no-node", None, name=name[:80])
        q = known(system, result.ref, result)
    except Failure as error:
        raise Failure(replace(d, span=None) for d in error.diagnostics) from None
    if system.shapes[q] != SCALAR:
        raise failure("graph-paths-scalar", None, name=name[:80])
    return q.at(system.step(result.ref))


def derivative(subject: Subject, start: str, end: str) -> DerivativeName:
    """d end / d start. Raises `Failure` where a name names nothing."""
    return DerivativeName(endpoint(subject, end), endpoint(subject, start))


def walked(subject: Subject, wish: Wish, start: str, end: str) -> Walk:
    """Walk all paths. Raises `Failure` where there is none, where there are too many, and where an
    edge has no number for its slope."""
    a, b = endpoint(subject, start), endpoint(subject, end)
    found = network(subject.system, wish.level, False, {}, MOST_NODES, False)
    for ref in (a, b):
        if text(ref) not in found.vertices:
            raise failure("graph-not-drawn", None, name=text(ref))
    number = count(found.arcs, text(a), text(b)) if a != b else 0
    if number == 0:
        backwards = a != b and count(found.arcs, text(b), text(a)) > 0
        hint = "hint-graph-backwards" if backwards else None
        raise failure("graph-no-path", None, hint, start=text(a), end=text(b))
    if number > MOST_PATHS:
        raise failure(
            "graph-many-paths",
            None,
            "hint-graph-many-paths",
            count=number,
            limit=MOST_PATHS,
            start=text(a),
            end=text(b),
        )
    ways = tuple(islice(paths(found.arcs, text(a), text(b)), MOST_PATHS))
    system, shape = subject.system, shapes_in(subject.system)
    products = []
    for way in ways:
        factors = []
        for arc in reversed(way):
            if arc.slope is None or shape(found.vertices[arc.end].expr) != SCALAR:
                raise failure("graph-paths-matrix", None, name=arc.end)
            factors.append(at_step(arc.slope, system, arc.step))
        products.append(tidy(times(*factors), shape))
    total = tidy(plus(*products), shape)
    value = subject.value
    values = tuple(value(p, None) for p in products) if value else ()
    return Walk(
        subject,
        wish,
        found,
        a,
        b,
        ways,
        tuple(products),
        total,
        values,
        value(total, None) if value else None,
        subject.derivative,
    )


def drawn(walk: Walk, words: Phrases) -> Graph:
    """What leads to the end, the paths in bold and numbered."""
    needed = ending_in(walk.network.arcs, text(walk.end))
    part = Network(
        {k: v for k, v in walk.network.vertices.items() if k in needed},
        tuple(a for a in walk.network.arcs if a.end in needed),
    )
    graph = graph_of(walk.subject, walk.wish, words, part, False)
    along: dict[tuple[str, str], list[int]] = {}
    for number, way in enumerate(walk.paths, 1):
        for arc in way:
            along.setdefault((arc.start, arc.end), []).append(number)
    edges = tuple(
        replace(e, paths=_numbers(along.get((e.start, e.end), []), len(walk.paths)))
        for e in graph.edges
    )
    nodes = tuple(_named(walk, n) for n in graph.nodes)
    count = min(len(walk.paths), SHOWN)
    said = tuple(_line(walk, words, i, CIRCLED[i]) for i in range(count))
    if count < len(walk.paths):
        said += (sentence(words, "graph-paths-first", count=str(len(walk.paths))),)
    return replace(graph, nodes=nodes, edges=edges, signs=(), caption=(*said, _sum(walk, words)))


def _numbers(along: list[int], of: int) -> tuple[int, ...]:
    return tuple(along) if of <= SHOWN else tuple(along[:1])


def _named(walk: Walk, node: Node) -> Node:
    """A node without a name says what it computes, where that is short."""
    if node.name is not None:
        return node
    expr = _expression(walk, node.key)
    return replace(node, name=expr) if len(text(expr)) <= SYMBOL else node


def _expression(walk: Walk, key: str) -> Expr:
    vertex = walk.network.vertices[key]
    if vertex.ref is not None:
        return vertex.ref
    return walk.subject.math(at_step(vertex.expr, walk.subject.system, vertex.step))


def _line(walk: Walk, words: Phrases, i: int, number: str) -> tuple[Inline, ...]:
    """(1)  x → x² → f:  2·x = 4."""
    way = walk.paths[i]
    names: list[Inline] = [Math(walk.start)]
    for arc in way:
        names += [" → ", Math(_expression(walk, arc.end))]
    product = (Math(walk.subject.math(walk.products[i])),)
    known = (" = ", Shown(walk.values[i])) if walk.values else ()
    return sentence(
        words, "graph-path", number=number, path=tuple(names), product=(*product, *known)
    )


def _sum(walk: Walk, words: Phrases) -> tuple[Inline, ...]:
    """∂f/∂x = 2·x + y + 2·(x + y) = 17."""
    known: tuple[Inline, ...] = (" = ", Shown(walk.value)) if walk.value is not None else ()
    left = Ref(f"d{text(walk.end)}/d{walk.start.name}", walk.start.index)
    if len(walk.paths) <= SPELLED:
        total: tuple[Inline, ...] = (Math(walk.subject.math(walk.total)),)
    elif walk.values:
        total = joined([_summand(v, i) for i, v in enumerate(walk.values)], " + ")
    else:
        letters = [(Math(walk.subject.math(p)),) for p in walk.products]
        total = joined([*letters[:FIRST], ("…",), *letters[-FINAL:]], " + ")
    return sentence(words, "graph-paths-sum", left=Math(left), total=(*total, *known))


def _summand(value: Table, i: int) -> tuple[Inline, ...]:
    """A number of a sum, in brackets where a sign would follow a sign."""
    shown = value.decimal or text(value.exact or Number("0")) if isinstance(value, Numeral) else ""
    return ("(", Shown(value), ")") if i and shown.startswith(("-", "−")) else (Shown(value),)


def document(walk: Walk, words: Phrases) -> Document:
    """The paths, the sum, and the check by another method."""
    blocks: list[Block] = [
        Paragraph(_line(walk, words, i, f"({i + 1})")) for i in range(len(walk.paths))
    ]
    blocks.append(Paragraph(_sum(walk, words)))
    if walk.derivative is not None and walk.value is not None:
        agrees = walk.derivative == walk.value
        code = "graph-paths-checked" if agrees else "graph-paths-not-checked"
        blocks.append(Note("check" if agrees else "warning", sentence(words, code)))
    title = sentence(
        words,
        "graph-paths-title",
        start=Math(walk.start),
        end=Math(walk.end),
        count=str(len(walk.paths)),
    )
    return Document("", "", words.lang, (Section(title, tuple(blocks)),), decimal=words.decimal)


def as_data(walk: Walk, spelled: Callable[[Table], Any]) -> Mapping[str, object]:
    """The paths as plain data."""
    return {
        "from": text(walk.start),
        "to": text(walk.end),
        "paths": [
            {
                "nodes": [text(walk.start), *(arc.end for arc in way)],
                "expressions": [
                    text(_expression(walk, k))
                    for k in (text(walk.start), *(arc.end for arc in way))
                ],
                "product": text(product),
                "value": spelled(walk.values[i]) if walk.values else None,
            }
            for i, (way, product) in enumerate(zip(walk.paths, walk.products, strict=True))
        ],
        "sum": text(walk.total),
        "value": spelled(walk.value) if walk.value is not None else None,
    }
