"""The computational graph of a problem or a cell, with values and derivatives where asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rnnhand.arithmetic.policy import settle
from rnnhand.calculus.activations import with_preactivations, without_identities
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import REST, UNREAD, Arc, Level, Network, Vertex, network
from rnnhand.calculus.rules import ShapeOf
from rnnhand.document.blocks import Math, Sentence, Shown
from rnnhand.document.decimal import between
from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.errors import failure
from rnnhand.explain.mathematics import Evaluate, at_step, mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import SHORT, Numeral, Table
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.results import DerivativeName
from rnnhand.language.tree import Apply, At, Expr, Last, Ref, Shift, refs, rewrite, walk
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Cell, Problem
from rnnhand.questions.cells import example
from rnnhand.questions.evaluation import evaluator
from rnnhand.questions.key import result
from rnnhand.questions.symbols import SYMBOLS, symbol
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Quantity, Role, System
from rnnhand.system.upstream import without_implied

MOST_NODES = 400
"""Nodes up to which a graph is drawn."""

MOST_COLUMNS = 6
"""Steps up to which a graph is unrolled when nobody says how to draw it."""


FEW = 3
"""Quantities of a cell up to which three of its steps are drawn; else two."""

WIDEST = 24
"""Steps up to which a graph is unrolled at all."""

ROOM = 26
"""Characters of a value up to which it stands in a node, with its brackets."""

MOST_NUMBERS = 16
"""Numbers of a weight up to which they stand below the picture."""

CUT = "…"

CROWDED = 16
"""Operations of a step up to which several steps, drawn one by one, are legible on half a page."""


@dataclass(frozen=True)
class Wish:
    """What to draw. `folded` is None where that is left to us; `steps` is a part of the steps.

    `labels` is what stands on the edges: weights, slopes, or none.
    """

    level: Level = Level.QUANTITIES
    folded: bool | None = None
    steps: range | None = None
    values: bool = False
    adjoints: bool = False
    labels: str = "weights"
    arithmetic: str = "auto"
    digits: int = 4

    @property
    def named_arguments(self) -> bool:
        """Whether the argument of an activation is a node, so that a slope can name it."""
        return self.level is Level.OPERATIONS or self.labels == "slopes"


@dataclass(frozen=True)
class Subject:
    """What is drawn: a system under a title, with its values where they are asked for."""

    title: str
    system: System
    value: Evaluate | None = None
    full: System | None = None
    is_cell: bool = False
    derivative: Table | None = None
    """The derivative between the ends of paths, by the rules of backpropagation."""

    coined: frozenset[Quantity] = frozenset()
    """The arguments of functions that got names for the picture."""

    def math(self, expr: Expr) -> Expr:
        """An expression as people write it."""
        return mathematical(expr, shapes_in(self.system), self.system.functions)


def of_problem(
    problem: Problem, wish: Wish, lang: str, ends: DerivativeName | None = None
) -> Subject:
    """A problem as a subject, with a derivative if one is asked for. Raises `Failure` where values
    cannot be computed."""
    if not problem.system.equations:
        raise failure("no-equations", None, "hint-equations")
    plan = Plan(problem, derivatives=() if ends is None else (ends,))
    title = problem.wording(problem.title, lang) or problem.name
    given = without_implied(plan.system if wish.named_arguments else problem.system)
    system = without_identities(given)
    coined = _coined(system, problem.system)
    if not (wish.values or wish.adjoints or ends):
        return Subject(title, system, coined=coined)
    if wish.adjoints and system.loss is None:
        raise failure("no-loss", None, "hint-loss")
    settled = settle(plan.task(), wish.arithmetic, wish.digits)
    value = evaluator(settled, shapes_in(plan.full), wish.digits)
    slope = None if ends is None else result(settled, ends, wish.digits)
    return Subject(title, system, value, plan.full, derivative=slope, coined=coined)


def of_cell(cell: Cell, functions: Functions, wish: Wish, lang: str) -> Subject:
    """A cell over three steps, its sizes open. Raises `Failure`: it has no values."""
    if wish.values or wish.adjoints:
        raise failure("graph-cell-values", None, "hint-graph-cell-values", name=cell.name)
    title = cell.title.get(lang) or cell.title.get("") or cell.title.get("en") or cell.name
    given = system = without_identities(example(cell, functions, closed=True))
    if wish.named_arguments:
        system = with_preactivations(system)
    return Subject(title, system, is_cell=True, coined=_coined(system, given))


def _coined(system: System, given: System) -> frozenset[Quantity]:
    """What a system computes that the one which was given does not."""
    return frozenset(system.made_by) - frozenset(given.made_by)


def parse_steps(written: str) -> range:
    """1..3 as steps. Raises `Failure` where it is nothing of the kind."""
    match = re.fullmatch(r"\s*(-?\d{1,9})\s*(?:\.\.\s*(-?\d{1,9})\s*)?", written)
    first = int(match[1]) if match else 1
    last = int(match[2] or match[1]) if match else 0
    if last < first:
        raise failure("graph-bad-steps", None, "hint-graph-bad-steps", found=written[:60])
    return range(first, last + 1)


def drawn(subject: Subject, wish: Wish, words: Phrases) -> Graph:
    """The graph. Raises `Failure` where it is too large, or a step is asked for that is none."""
    system = subject.system
    folded = is_folded(system, wish)
    if not folded and wish.folded is None and is_crowded(system, wish):
        folded = True
    if subject.is_cell and not folded and wish.steps is None:
        computed = len({system.quantity(e.target) for e in system.equations})
        wish = replace(wish, steps=range(1, 3 if computed > FEW else 4))
    found = network(system, wish.level, folded, wish.steps, MOST_NODES, wish.labels != "slopes")
    return graph_of(subject, wish, words, found, folded)


def is_folded(system: System, wish: Wish) -> bool:
    """Whether the graph is folded: on request, or where it has too many steps to be drawn."""
    if not system.indices:
        return False
    (steps, *_) = system.indices.values()
    if wish.steps is not None and not set(wish.steps) <= set(steps):
        raise failure(
            "graph-steps",
            None,
            found=f"{wish.steps[0]}..{wish.steps[-1]}",
            steps=f"{steps[0]}..{steps[-1]}",
        )
    count = len(wish.steps or steps)
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
    (steps, *_) = system.indices.values()
    if len(wish.steps or steps) < 2 or (wish.steps is not None and wish.folded is None):
        return False
    made = sum(
        isinstance(node, Apply)
        for e in system.equations
        if e.steps is not None and len(e.steps) > 1
        for node in walk(e.body)
    )
    return made > CROWDED


def ways_to_draw_less(wish: Wish, graph: Graph, neurons: bool) -> list[str]:
    """The options with which less would be drawn."""
    ends = {e.end for e in graph.edges}
    computed = {n.column for n in graph.nodes if n.key in ends and n.column is not None}
    steps = len(computed) > 1  # what one step reads stands in columns of its own
    named = not (neurons or wish.values or wish.adjoints)
    found = ["--folded"] if steps and named else []
    found += ["--steps A..B"] if steps else []
    return found + (["--nodes quantities"] if wish.level is not Level.QUANTITIES or neurons else [])


def graph_of(subject: Subject, wish: Wish, words: Phrases, found: Network, folded: bool) -> Graph:
    """A network with what is to be shown on its nodes and edges."""
    system = subject.system
    nodes = tuple(_node(subject, wish, v, folded) for v in found.vertices.values())
    edges = tuple(_edge(subject, wish, a, folded) for a in found.arcs)
    if folded and wish.labels != "slopes":
        read = [_at_one_step(a, found) for a in found.arcs]
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
        tuple(_caption(subject, wish, words, found, folded, nodes)),
        sentence(words, "graph-copies"),
        sentence(words, "graph-copies-typed"),
        words.decimal,
    )


def _node(subject: Subject, wish: Wish, v: Vertex, folded: bool) -> Node:
    kind = _kind(v, wish.level, subject.system.functions)
    value = adjoint = None
    if not folded and subject.value is not None and v.op != REST:
        if wish.values:
            value = subject.value(v.ref, None) if v.ref else subject.value(v.expr, v.step)
        if wish.adjoints:
            adjoint = _adjoint(subject, v)
    return Node(
        v.key,
        kind,
        v.ref,
        symbol(v, subject.system, wish.level),
        v.row,
        None if folded else v.step,
        v.added,
        value,
        adjoint,
        None if v.ref else at_step(subject.math(v.expr), subject.system, v.step),
    )


def _adjoint(subject: Subject, v: Vertex) -> Table | None:
    assert subject.value is not None and subject.full is not None
    if v.ref is not None and subject.full.loss is not None:
        return _derivative(subject, v.ref)
    return subject.value(v.adjoint, v.step) if v.adjoint is not None else None


def _derivative(subject: Subject, ref: Ref) -> Table | None:
    """The derivative of the loss by a quantity, where there is one."""
    assert subject.value is not None
    by = _by(subject, ref)
    return None if by is None else subject.value(by, None)


def _by(subject: Subject, ref: Ref) -> Ref | None:
    full = subject.full
    assert full is not None
    if full.loss is None:
        return None
    by = Ref(f"d{text(full.loss)}/d{ref.name}", ref.index)
    q = full.quantity(by)
    known = q in full.made_by or q in full.given
    return by if known and full.exists(q, full.step(by)) else None


def _edge(subject: Subject, wish: Wish, a: Arc, folded: bool) -> Edge:
    label, value = None, None
    if wish.labels == "weights" and a.weight is not None:
        label = a.weight
    elif wish.labels == "slopes" and a.slope is not None:
        shape = shapes_in(subject.system)
        label = rewrite(subject.math(a.slope), lambda e: _in_a_row(e, shape))
        if not folded:
            label = at_step(label, subject.system, a.step)
            if wish.values and subject.value is not None:
                found = subject.value(label, None)
                value = found if isinstance(found, Numeral) else None
    return Edge(a.start, a.end, label, wish.labels == "weights", value, -a.lag, a.mention)


def _at_one_step(arc: Arc, found: Network) -> Ref | None:
    """h_T, where that is all that an arc reads of a node that stands for every step."""
    start = found.vertices[arc.start].ref
    everywhere = start is not None and isinstance(start.index, Shift)
    read = arc.mention
    return read if everywhere and read is not None and isinstance(read.index, At | Last) else None


def _with_step(edge: Edge, read: Ref) -> Edge:
    """An edge that says which step it reads: U·h_T."""
    if edge.label is None:
        return replace(edge, label=read, is_weight=False)
    return replace(edge, label=Apply("*", (edge.label, read)))


def _in_a_row(expr: Expr, shape: ShapeOf) -> Expr:
    """[h; x]ᵀ as [hᵀ, xᵀ], which stands on one line."""
    match expr:
        case Apply("T", (Apply(";", args),)):
            row = tuple(a if shape(a) == SCALAR else Apply("T", (a,)) for a in args)
            return Apply(",", row)
        case _:
            return expr


def _kind(v: Vertex, level: Level, functions: Functions) -> Kind:
    match v.role:
        case Role.PARAMETER:
            return Kind.WEIGHT
        case Role.DATA | Role.CONSTANT:
            return Kind.DATA
        case Role.INITIAL:
            return Kind.START
    if (level is Level.QUANTITIES and v.ref is not None) or v.op in ("=", UNREAD, REST):
        return Kind.QUANTITY
    if (
        (v.weighted and level is not Level.OPERATIONS)
        or v.op in functions
        or (v.op.isalpha() and v.op not in ("sum", "T", "mean", "neg"))
    ):
        return Kind.GATE
    return Kind.OPERATION


def _caption(
    subject: Subject,
    wish: Wish,
    words: Phrases,
    found: Network,
    folded: bool,
    nodes: Sequence[Node],
) -> list[Sentence]:
    """What the signs of the picture mean, as far as they occur in it."""
    said: list[Sentence] = []
    weights = _weights(found)
    shared = _shared(subject.system, weights)
    if shared and subject.system.indices:
        names = joined([(Math(r),) for r in shared])
        code = "graph-shared-one" if len(shared) == 1 else "graph-shared-many"
        if not passes_on(subject.system):  # observations are no steps
            code += "-each"
        var = next(iter(subject.system.indices))
        said.append(sentence(words, code, names=names, var=Math(Ref(var))))
    others = [r for r in weights if r not in shared]
    if others and subject.system.indices:
        names = joined([(Math(r),) for r in others])
        code = "graph-weights-one" if len(others) == 1 else "graph-weights-many"
        said.append(sentence(words, code, names=names))
    shown = {subject.system.quantity(v.ref) for v in found.vertices.values() if v.ref is not None}
    signs: list[Sentence] = []
    if coined := [q.ref() for q in subject.system.made_by if q in subject.coined & shown]:
        code = "graph-argument" if len(coined) == 1 else "graph-arguments"
        signs.append(sentence(words, code, names=joined([(Math(r),) for r in coined])))
    if wish.labels == "slopes":
        shape = shapes_in(subject.system)
        arrays = any(shape(found.vertices[a.end].expr) != SCALAR for a in found.arcs if a.slope)
        signs.append(sentence(words, "graph-slopes-arrays" if arrays else "graph-slopes"))
    if any(n.symbol == SYMBOLS["mean"] for n in nodes):
        signs.append(sentence(words, "graph-mean"))
    if not folded:
        unread = [v.ref for v in found.vertices.values() if v.op == UNREAD and v.ref is not None]
        said += excerpt(subject, wish, words, unread)
    if folded and any(a.lag for a in found.arcs):
        against = any(a.lag > 0 for a in found.arcs)
        signs.append(sentence(words, "graph-delay-both" if against else "graph-delay"))
    if signs:
        said.append(joined(signs, " "))
    if folded:
        said += [
            sentence(words, "graph-start", entry=Math(entry), start=Math(start))
            for entry, start in _starts(found)
        ]
    if folded and wish.labels == "slopes":
        said += [
            sentence(words, "graph-reads-one", read=Math(read))
            for read in dict.fromkeys(_at_one_step(a, found) for a in found.arcs)
            if read is not None
        ]
    if subject.value is not None and not folded:
        numbers: list[Sentence] = []
        if wish.values:
            numbers.append(sentence(words, "graph-values"))
        if wish.adjoints and subject.system.loss is not None:
            numbers.append(sentence(words, "graph-adjoints", loss=Math(subject.system.loss)))
        said.append(joined(numbers, "; "))
        apart = [
            (r, text(r) not in found.vertices) for r in weights if _is_below(r, subject, found)
        ]
        said += _in_numbers(subject, wish, words, apart, nodes)
    return said


def excerpt(subject: Subject, wish: Wish, words: Phrases, unread: Sequence[Expr]) -> list[Sentence]:
    """Which steps are drawn, where others are not, and what is read of these."""
    if wish.steps is None or not subject.system.indices:
        return []
    said: list[Sentence] = []
    (steps, *_) = subject.system.indices.values()
    if not subject.is_cell and set(wish.steps) != set(steps):
        code = "graph-excerpt-one" if len(wish.steps) == 1 else "graph-excerpt-many"
        first, last = str(wish.steps[0]), str(wish.steps[-1])
        of = f"{steps[0]}..{steps[-1]}"
        said.append(sentence(words, code, first=first, last=last, of=of))
    if unread:
        code = "graph-unread-one" if len(unread) == 1 else "graph-unread-many"
        said.append(sentence(words, code, names=joined([(Math(r),) for r in unread])))
    return [joined(said, " ")] if said else []


def _starts(found: Network) -> list[tuple[Ref, Ref]]:
    """What a loop reads of the step before, and the node that stands for it at the first step."""
    passed = {(a.end, a.mention) for a in found.arcs if a.lag}
    pairs = {
        (a.mention, start): None
        for a in found.arcs
        for start in [found.vertices[a.start].ref]
        if a.mention is not None and start is not None
        if not a.lag and (a.end, a.mention) in passed
    }
    return list(pairs)


def _in_numbers(
    subject: Subject,
    wish: Wish,
    words: Phrases,
    weights: list[tuple[Ref, bool]],
    nodes: Sequence[Node],
) -> list[Sentence]:
    """w = 1/2, ∂L/∂w = 0: of weights, whole where they have no nodes, and of nodes without room."""
    assert subject.value is not None
    tables = [
        (r, subject.value(r, None) if wish.values and whole else None, _derivative(subject, r))
        for r, whole in weights
    ]
    long = [
        (n.name, _too_long(n.value), _too_long(n.adjoint)) for n in nodes if isinstance(n.name, Ref)
    ]
    lines = [
        line
        for group in (tables, long)
        for line in _lines([_both(subject, wish, *item) for item in group])
    ]
    cut = any(part == CUT for line in lines for part in line)
    return [*lines, sentence(words, "graph-cut")] if cut else lines


def _lines(said: list[Sentence]) -> list[Sentence]:
    """Numbers one after the other; vectors and matrices below one another."""
    arrays = [s for s in said if "(" in s or CUT in s]
    single = [s for s in said if s and s not in arrays]
    return [*([joined(single, "; ")] if single else []), *arrays]


def _both(
    subject: Subject, wish: Wish, ref: Ref, value: Table | None, slope: Table | None
) -> Sentence:
    by = _by(subject, ref) if wish.adjoints else None
    said = [] if value is None else [_equal(ref, value)]
    if by is not None and slope is not None:
        said.append(_equal(by, slope))
    return joined(said, ",\u00a0")


def _equal(left: Ref, table: Table) -> Sentence:
    """W = ((1, 0), (0, 1)), on one line."""
    shown = (CUT,) if _count(table) > MOST_NUMBERS else _spelled(table)
    return (Math(left), "\u00a0=\u00a0", *shown)


def _spelled(table: Table) -> Sentence:
    if isinstance(table, Numeral):
        return (Shown(table),)
    return ("(", *joined([_spelled(item) for item in table], between(*table)), ")")


def _count(table: Table) -> int:
    return 1 if isinstance(table, Numeral) else sum(map(_count, table))


def _too_long(table: Table | None) -> Table | None:
    """What a node shows as dots."""
    return table if table is not None and _length(table) > ROOM else None


def _length(table: Table) -> int:
    """The characters of a value."""
    if isinstance(table, Numeral):
        exact = "" if table.exact is None else text(table.exact)
        return len(exact if 0 < len(exact) <= SHORT else table.decimal or exact)
    return sum(_length(item) + 2 for item in table)


def passes_on(system: System) -> bool:
    """Whether one step reads another."""
    return any(
        isinstance(r.index, Shift) and r.index.offset
        for e in system.equations
        for r in refs(e.body)
    )


def _is_below(ref: Ref, subject: Subject, found: Network) -> bool:
    """Whether the derivative by a weight stands below: it has no node, or, where there are steps,
    one beside each of its readers."""
    readers = sum(a.start == text(ref) for a in found.arcs)
    return text(ref) not in found.vertices or (readers > 1 and bool(subject.system.indices))


def _weights(found: Network) -> list[Ref]:
    """The parameters in the graph, on edges, in boxes and as nodes."""
    mentioned = [r for a in found.arcs if a.weight is not None for r in refs(a.weight)]
    mentioned += [r for v in found.vertices.values() for e in v.added for r in refs(e)]
    mentioned += [v.ref for v in found.vertices.values() if v.role is Role.PARAMETER and v.ref]
    return list(dict.fromkeys(Ref(r.name, r.index) for r in mentioned))


def _shared(system: System, weights: list[Ref]) -> list[Ref]:
    """The parameters that serve at more than one step."""
    steps: dict[str, set[int | None]] = {}
    for e in system.equations:
        for name in {r.name for t in e.terms for r in refs(t.body)}:
            steps.setdefault(name, set()).update(e.steps or (system.step(e.target),))
    return [r for r in weights if r.index is None and len(steps[r.name] - {None}) > 1]
