"""What stands below a graph: what its signs mean, and the numbers for which it has no room."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import REST, Arc, Level, Network
from rnnhand.calculus.weights import biases
from rnnhand.document.blocks import Math, Sentence, Shown
from rnnhand.document.decimal import between
from rnnhand.document.graph import Kind, Look, Node
from rnnhand.explain.mathematics import at_step
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import SHORT, Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import At, Expr, Last, Number, Ref, Shift, refs, walk
from rnnhand.phrases import Phrases
from rnnhand.questions.excerpts import told
from rnnhand.questions.joints import untold
from rnnhand.questions.subjects import (
    Subject,
    Wish,
    derivative_by,
    name_of_derivative,
    serves_elsewhere,
)
from rnnhand.questions.symbols import STACKS, is_mean
from rnnhand.system.model import SCALAR, Role, System

ROOM = 26
"""Characters of a value up to which it stands in a node, with its brackets."""

MOST_NUMBERS = 16
"""Numbers of a weight up to which they stand below the picture."""

CUT = "…"

LOOKS = {
    Kind.START: ("graph-look-start", ""),
    Kind.WEIGHT: ("graph-look-weight", "graph-look-weight-typed"),
    Kind.OUTSIDE: ("graph-look-outside", "graph-look-outside-typed"),
}
"""What is said of a look that nobody knows from elsewhere, drawn and typed."""


def signs(
    subject: Subject,
    wish: Wish,
    words: Phrases,
    found: Network,
    folded: bool,
    nodes: Sequence[Node],
) -> Sentence:
    """What letters and signs of the picture mean, as far as they occur in it."""
    weights = _weights(found, None if folded else subject.system)
    parts = [
        *_named(subject.system, words, weights, nodes),
        *_signs(subject, wish, words, found, folded, nodes),
    ]
    return joined(parts, " ")


def caption(
    subject: Subject,
    wish: Wish,
    words: Phrases,
    found: Network,
    folded: bool,
    nodes: Sequence[Node],
) -> list[Sentence]:
    """What is computed where no sign says it, where loops begin, and numbers without room."""
    equations: list[Sentence] = [(Math(e),) for e in untold(subject, wish, found)]
    said = [joined(equations, "; ")] if equations else []
    if folded:
        said += [
            sentence(words, "graph-start", entry=Math(entry), start=Math(start))
            for entry, start in _starts(found)
        ]
    if folded and wish.labels == "slopes":
        said += [
            sentence(words, "graph-reads-one", read=Math(read))
            for read in dict.fromkeys(at_one_step(a, found) for a in found.arcs)
            if read is not None
        ]
    if subject.value is not None and not folded:
        apart = [
            (r, text(r) not in found.vertices)
            for r in _weights(found, subject.system)
            if _is_below(r, subject, wish, found)
        ]
        said += _in_numbers(subject, wish, words, apart, nodes)
    return said


def _with_biases(system: System, parameters: Sequence[Ref]) -> str:
    """The end of a code where some of several parameters are added to what varies, alone."""
    names = {g.quantity.name for g in system.with_role(Role.PARAMETER)}
    added = {b for e in system.equations for node in walk(e.body) for b in biases(node, names)}
    several = len(parameters) > 1 and any(p.name in {b.name for b in added} for p in parameters)
    return "-biases" if several else ""


def _named(
    system: System, words: Phrases, weights: Sequence[Ref], nodes: Sequence[Node]
) -> Iterator[Sentence]:
    """Which letters are weights, and which of them are the same at every step. Of what is a node,
    its frame says so."""
    shared = _shared(system, weights)
    framed = {n.name for n in nodes if n.kind is Kind.WEIGHT}
    if len(shared) > 1 and {*shared} == framed:  # no list of what is seen
        if passes_on(system):
            yield sentence(words, "graph-shared-all")
        else:
            yield sentence(
                words, "graph-shared-all-each", var=Math(Ref(next(iter(system.indices))))
            )
    elif shared:
        code = "graph-shared-one" if len(shared) == 1 else "graph-shared-many"
        if not passes_on(system):  # observations are no steps
            code += "-each"
        code += _with_biases(system, shared)
        var = next(iter(system.indices))
        yield sentence(words, code, names=_listed(shared), var=Math(Ref(var)))
    others = [r for r in weights if r not in shared and r not in framed]
    if others:
        code = "graph-weights-one" if len(others) == 1 else "graph-weights-many"
        code += _with_biases(system, others)
        yield sentence(words, code, names=_listed(others))


def _listed(names: Sequence[Ref]) -> Sentence:
    return joined([(Math(r),) for r in names])


def _signs(
    subject: Subject,
    wish: Wish,
    words: Phrases,
    found: Network,
    folded: bool,
    nodes: Sequence[Node],
) -> Iterator[Sentence]:
    """Which steps there are, and what single signs mean."""
    system = subject.system
    if not folded and not subject.is_cell and (part := told(wish, system, words)):
        yield part
    shown = {system.quantity(v.ref) for v in found.vertices.values() if v.ref is not None}
    if coined := [q.ref() for q in system.made_by if q in subject.coined & shown]:
        code = "graph-argument" if len(coined) == 1 else "graph-arguments"
        yield sentence(words, code, names=_listed(coined))
    if wish.labels == "slopes":
        arrays = _of_arrays(system, found)
        if wish.level is not Level.OPERATIONS:
            yield sentence(words, "graph-slopes-arrays" if arrays else "graph-slopes")
        elif arrays:  # that slopes stand on edges is the rule there
            yield sentence(words, "graph-arrays")
    if any(is_mean(n.symbol) for n in nodes):
        yield sentence(words, "graph-mean")
    if any(v.op == REST for v in found.vertices.values()):
        yield sentence(words, "graph-rest")
    if folded and (ahead := {a.lag > 0 for a in found.arcs if a.lag}):
        code = "graph-ahead" if True in ahead else "graph-delay"
        yield sentence(words, code if len(ahead) == 1 else "graph-delay-both")
    if folded and any(abs(a.lag) > 1 for a in found.arcs):
        yield sentence(words, "graph-delay-times")
    if number := next(_numbers_added(nodes), None):
        yield sentence(words, "graph-constant", number=number)
    if subject.value is not None and not folded and wish.values:
        yield sentence(words, "graph-values")
    if subject.value is not None and not folded and wish.adjoints and system.loss is not None:
        yield sentence(words, "graph-adjoints", loss=Math(system.loss))
        yield from _begins(system, words, {v.ref for v in found.vertices.values()})


def _of_arrays(system: System, found: Network) -> bool:
    """Whether a local derivative that is drawn is that of an array, and more than a number."""
    shape = shapes_in(system)
    return any(
        shape(found.vertices[a.end].expr) != SCALAR
        for a in found.arcs
        if a.slope is not None and not isinstance(a.slope, Number)
    )


def _begins(system: System, words: Phrases, shown: Collection[Ref | None]) -> Iterator[Sentence]:
    """Where the way back begins, if derivatives are given and the loss is nowhere to be seen."""
    loss = system.loss
    given = {q for q in system.pushed if any(r and system.quantity(r) == q for r in shown)}
    if loss is not None and given:
        names: list[Sentence] = [(Math(q.ref()),) for q in system.pushed if q in given]
        yield sentence(words, "graph-begins", loss=Math(loss), names=joined(names))


def _numbers_added(nodes: Sequence[Node]) -> Iterator[Sentence]:
    """The numbers that nodes add, with their signs."""
    for node in nodes:
        for sign, added in node.constants():
            if isinstance(added, Number):
                yield (f"{sign}\u00a0", Math(added))


def looks(words: Phrases, nodes: Sequence[Node]) -> tuple[Look, ...]:
    """What the looks of nodes mean that occur among these."""
    there = {n.kind for n in nodes}
    return tuple(_look(words, *codes) for kind, codes in LOOKS.items() if kind in there)


def copies(words: Phrases) -> Look:
    """What it means that a node is drawn once more."""
    return _look(words, "graph-copies", "graph-copies-typed")


def inputs_again(words: Phrases) -> Look:
    """What it means that an input is drawn once more."""
    return _look(words, "graph-inputs", "")


def _look(words: Phrases, drawn: str, typed: str) -> Look:
    return Look(sentence(words, drawn), sentence(words, typed) if typed else ())


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
        (r, subject.value(r, None) if wish.values and whole else None, derivative_by(subject, r))
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
    stacks = [n for n in nodes if n.symbol in STACKS and _too_long(n.adjoint)]
    lines += [_by_stack(n, subject.system.loss) for n in stacks]
    cut = any(part == CUT for line in lines for part in line)
    return [*lines, sentence(words, "graph-cut")] if cut else lines


def _by_stack(node: Node, loss: Ref | None) -> Sentence:
    """∂L/∂[h_1; x_2] = (1, 2, 3)"""
    assert node.spelled is not None and loss is not None and node.adjoint is not None
    return ("∂", Math(loss), "/∂", *_equal(node.spelled, node.adjoint))


def _lines(said: list[Sentence]) -> list[Sentence]:
    """Numbers one after the other; vectors and matrices on lines of their own."""
    arrays = [s for s in said if "(" in s or CUT in s]
    single = [s for s in said if s and s not in arrays]
    return [joined(group, "; ") for group in (single, arrays) if group]


def _both(
    subject: Subject, wish: Wish, ref: Ref, value: Table | None, slope: Table | None
) -> Sentence:
    by = name_of_derivative(subject, ref) if wish.adjoints else None
    said = [] if value is None or _is_letter(ref, value) else [_equal(ref, value)]
    if by is not None and slope is not None:
        said.append(_equal(by, slope))
    return joined(said, ",\u00a0")


def _is_letter(ref: Ref, value: Table) -> bool:
    """Whether the value of a weight is the weight itself, as a letter: w = w says nothing."""
    return isinstance(value, Numeral) and value.exact is not None and text(value.exact) == text(ref)


def _equal(left: Expr, table: Table) -> Sentence:
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


def _is_below(ref: Ref, subject: Subject, wish: Wish, found: Network) -> bool:
    """Whether the derivative by a weight stands below: it has no node, or, where there are steps,
    one beside each of its readers, or readers that are not drawn."""
    if serves_elsewhere(ref, wish):
        return True
    readers = sum(a.start == text(ref) for a in found.arcs)
    return text(ref) not in found.vertices or (readers > 1 and bool(subject.system.indices))


def _weights(found: Network, unrolled: System | None) -> list[Ref]:
    """The parameters in the graph, on edges, in boxes and as nodes: B_2 of B_t where the steps of
    an `unrolled` system are drawn."""
    there = [(a.weight, a.step) for a in found.arcs if a.weight is not None]
    there += [(e, v.step) for v in found.vertices.values() for e in v.added]
    shown = [at_step(e, unrolled, step) if unrolled is not None else e for e, step in there]
    mentioned = [r for e in shown for r in refs(e)]
    mentioned += [v.ref for v in found.vertices.values() if v.role is Role.PARAMETER and v.ref]
    return list(dict.fromkeys(Ref(r.name, r.index) for r in mentioned))


def _shared(system: System, weights: Sequence[Ref]) -> list[Ref]:
    """The parameters that serve at more than one step."""
    steps: dict[str, set[int | None]] = {}
    for e in system.equations:
        for name in {r.name for t in e.terms for r in refs(t.body)}:
            steps.setdefault(name, set()).update(e.steps or (system.step(e.target),))
    return [r for r in weights if r.index is None and len(steps[r.name] - {None}) > 1]


def at_one_step(arc: Arc, found: Network) -> Ref | None:
    """h_T, where that is all that an arc reads of a node that stands for every step."""
    start = found.vertices[arc.start].ref
    everywhere = start is not None and isinstance(start.index, Shift)
    read = arc.mention
    return read if everywhere and read is not None and isinstance(read.index, At | Last) else None
