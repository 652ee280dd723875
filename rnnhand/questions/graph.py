"""The computational graph of a problem or a cell, with values and derivatives where asked."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import REST, UNREAD, Arc, Level, Network, Vertex
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.wiring import network
from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.errors import failure
from rnnhand.explain.mathematics import at_step
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.tree import Apply, Expr, Ref, children, rewrite, walk
from rnnhand.phrases import Phrases
from rnnhand.questions.captions import at_one_step, caption, copies, inputs_again, looks, signs
from rnnhand.questions.excerpts import longest, placed
from rnnhand.questions.subjects import Subject, Wish, derivative_by, serves_elsewhere
from rnnhand.questions.symbols import STACKS, symbol
from rnnhand.system.model import SCALAR, Role, System

MOST_NODES = 400
"""Nodes up to which a graph is drawn."""

MOST_COLUMNS = 6
"""Steps up to which a graph is unrolled when nobody says how to draw it."""


FEW = 3
"""Quantities of a cell up to which three of its steps are drawn; else two."""

WIDEST = 24
"""Steps up to which a graph is unrolled at all."""

CROWDED = 16
"""Operations of a step up to which several steps, drawn one by one, are legible on half a page."""


MOST_PARTS = 3
"""Parts up to which a stack says what they are."""


def drawn(subject: Subject, wish: Wish, words: Phrases) -> Graph:
    """The graph. Raises `Failure` where it is too large, or a step is asked for that is none."""
    system = subject.system
    wish = placed(wish, system)
    folded = is_folded(system, wish)
    if not folded and wish.folded is None and is_crowded(system, wish):
        folded = True
    if subject.is_cell and not folded and wish.steps is None:
        computed = len({system.quantity(e.target) for e in system.equations})
        few = range(1, 3 if computed > FEW else 4)
        wish = replace(wish, steps=dict.fromkeys(system.indices, few))
    window, on_arcs = wish.steps or {}, wish.labels != "slopes"
    found = network(system, wish.level, folded, window, MOST_NODES, on_arcs)
    return graph_of(subject, wish, words, found, folded)


def is_folded(system: System, wish: Wish) -> bool:
    """Whether the graph is folded: on request, or where it has too many steps to be drawn."""
    if not system.indices:
        return False
    count = longest(wish, system)
    folded = wish.folded
    if folded is None:
        every = wish.steps is not None or wish.values or wish.adjoints
        folded = count > MOST_COLUMNS and not every
    if not folded and count > WIDEST:
        raise failure("graph-too-wide", None, "hint-graph-too-large", found=count, limit=WIDEST)
    return folded


def is_crowded(system: System, wish: Wish) -> bool:
    """Whether several steps would be drawn operation by operation, each of them large."""
    if wish.level is not Level.OPERATIONS or wish.values or wish.adjoints or not system.indices:
        return False
    if longest(wish, system) < 2 or (wish.steps is not None and wish.folded is None):
        return False
    made = sum(
        isinstance(node, Apply)
        for e in system.equations
        if e.steps is not None and len(e.steps) > 1
        for node in walk(e.body)
    )
    return made > CROWDED


def ways_to_draw_less(wish: Wish, system: System, graph: Graph, neurons: bool) -> list[str]:
    """The options with which less would be drawn."""
    ends = {e.end for e in graph.edges}
    computed = {n.column for n in graph.nodes if n.key in ends and n.column is not None}
    steps = len(computed) > 1  # what one step reads stands in columns of its own
    named = not (neurons or wish.values or wish.adjoints)
    found = ["--folded"] if steps and named else []
    found += [f"--steps {_some_steps(wish, system)}"] if steps else []
    return found + (["--nodes quantities"] if wish.level is not Level.QUANTITIES or neurons else [])


def _some_steps(wish: Wish, system: System) -> str:
    """How steps are chosen: A..B, or for each of several indices."""
    if len(system.indices) == 1:
        return "A..B"
    return ",".join(f"{var}=A..B" for var in system.indices)


def graph_of(subject: Subject, wish: Wish, words: Phrases, found: Network, folded: bool) -> Graph:
    """A network with what is to be shown on its nodes and edges."""
    system = subject.system
    nodes = tuple(_node(subject, wish, v, folded) for v in found.vertices.values())
    edges = tuple(_edge(subject, wish, a, folded) for a in found.arcs)
    if folded and wish.labels != "slopes":
        read = [at_one_step(a, found) for a in found.arcs]
        edges = tuple(_with_step(e, r) if r else e for e, r in zip(edges, read, strict=True))
    columns = sorted({n.column for n in nodes if n.column is not None})
    var = next(iter(system.indices), "t")
    return Graph(
        subject.title,
        words.lang,
        nodes,
        edges,
        tuple(columns),
        var,
        signs(subject, wish, words, found, folded, nodes),
        tuple(caption(subject, wish, words, found, folded, nodes)),
        looks(words, nodes),
        copies(words),
        inputs_again(words),
        words.decimal,
    )


def _node(subject: Subject, wish: Wish, v: Vertex, folded: bool) -> Node:
    kind = _kind(v, wish.level, subject.system)
    value = adjoint = None
    if not folded and subject.value is not None and v.op != REST:
        if wish.values:
            value = subject.value(v.ref, None) if v.ref else subject.value(v.expr, v.step)
        elsewhere = v.role is Role.PARAMETER and v.ref and serves_elsewhere(v.ref, wish)
        if wish.adjoints and not elsewhere:
            adjoint = _adjoint(subject, v)
    said = symbol(v, subject.system, wish.level)
    return Node(
        v.key,
        kind,
        v.ref,
        "" if said.startswith("= ") and value is not None else said,
        v.row,
        None if folded else v.step,
        v.added if folded else tuple(at_step(e, subject.system, v.step) for e in v.added),
        value,
        adjoint,
        None if v.ref else at_step(subject.math(v.expr), subject.system, v.step),
        stack=_stack(subject, v, said, folded),
    )


def _stack(subject: Subject, v: Vertex, said: str, folded: bool) -> Expr | None:
    """What a vertex puts together, if it is a few names."""
    parts = children(v.expr)
    if said not in STACKS or len(parts) > MOST_PARTS or not all(isinstance(p, Ref) for p in parts):
        return None
    found = subject.math(v.expr)
    return found if folded else at_step(found, subject.system, v.step)


def _adjoint(subject: Subject, v: Vertex) -> Table | None:
    assert subject.value is not None and subject.full is not None
    if v.ref is not None and subject.full.loss is not None:
        return derivative_by(subject, v.ref)
    return subject.value(v.adjoint, v.step) if v.adjoint is not None else None


def _edge(subject: Subject, wish: Wish, a: Arc, folded: bool) -> Edge:
    label, value = None, None
    if wish.labels == "weights" and a.weight is not None:
        label = a.weight if folded else at_step(a.weight, subject.system, a.step)
    elif wish.labels == "slopes" and a.slope is not None:
        shape = shapes_in(subject.system)
        label = rewrite(subject.math(a.slope), lambda e: _in_a_row(e, shape))
        if not folded:
            label = at_step(label, subject.system, a.step)
            if wish.values and subject.value is not None and label != Ref(REST):
                found = subject.value(label, None)
                value = found if isinstance(found, Numeral) else None
    return Edge(a.start, a.end, label, wish.labels == "weights", value, -a.lag, a.mention)


def _with_step(edge: Edge, read: Ref) -> Edge:
    """An edge that says which step it reads: U·h_T."""
    if edge.label is None:
        return replace(edge, label=read, is_weight=True)
    return replace(edge, label=Apply("*", (edge.label, read)))


def _in_a_row(expr: Expr, shape: ShapeOf) -> Expr:
    """[h; x]ᵀ as [hᵀ, xᵀ], which stands on one line."""
    match expr:
        case Apply("T", (Apply(";", args),)):
            row = tuple(a if shape(a) == SCALAR else Apply("T", (a,)) for a in args)
            return Apply(",", row)
        case _:
            return expr


def _kind(v: Vertex, level: Level, system: System) -> Kind:
    match v.role:
        case Role.PARAMETER:
            return Kind.WEIGHT
        case Role.DATA | Role.CONSTANT:
            return Kind.DATA
        case Role.INITIAL:
            # Data of which a value before the first step is given too are data at their steps.
            inside = v.step is not None and any(v.step in s for s in system.indices.values())
            return Kind.DATA if inside else Kind.START
    if v.op in (UNREAD, REST):
        return Kind.OUTSIDE
    if (level is Level.QUANTITIES and v.ref is not None) or v.op == "=":
        return Kind.QUANTITY
    if (
        (v.weighted and level is not Level.OPERATIONS)
        or v.op in system.functions
        or (v.op.isalpha() and v.op not in ("sum", "T", "mean", "neg"))
    ):
        return Kind.GATE
    return Kind.OPERATION
