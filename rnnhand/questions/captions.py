"""What stands below a graph: what its signs mean, and the numbers for which it has no room."""

from __future__ import annotations

from collections.abc import Sequence

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import UNREAD, Arc, Level, Network
from rnnhand.calculus.weights import biases
from rnnhand.document.blocks import Math, Sentence, Shown
from rnnhand.document.decimal import between
from rnnhand.document.graph import Node
from rnnhand.explain.mathematics import at_step
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import SHORT, Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import At, Expr, Last, Ref, Shift, refs, walk
from rnnhand.phrases import Phrases
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


def caption(
    subject: Subject,
    wish: Wish,
    words: Phrases,
    found: Network,
    folded: bool,
    nodes: Sequence[Node],
) -> list[Sentence]:
    """What the signs of the picture mean, as far as they occur in it."""
    said: list[Sentence] = []
    weights = _weights(found, None if folded else subject.system)
    shared = _shared(subject.system, weights)
    if shared and subject.system.indices:
        names = joined([(Math(r),) for r in shared])
        code = "graph-shared-one" if len(shared) == 1 else "graph-shared-many"
        if not passes_on(subject.system):  # observations are no steps
            code += "-each"
        code += _with_biases(subject.system, shared)
        var = next(iter(subject.system.indices))
        said.append(sentence(words, code, names=names, var=Math(Ref(var))))
    others = [r for r in weights if r not in shared]
    if others and subject.system.indices:
        names = joined([(Math(r),) for r in others])
        code = "graph-weights-one" if len(others) == 1 else "graph-weights-many"
        code += _with_biases(subject.system, others)
        said.append(sentence(words, code, names=names))
    shown = {subject.system.quantity(v.ref) for v in found.vertices.values() if v.ref is not None}
    signs: list[Sentence] = []
    if coined := [q.ref() for q in subject.system.made_by if q in subject.coined & shown]:
        code = "graph-argument" if len(coined) == 1 else "graph-arguments"
        signs.append(sentence(words, code, names=joined([(Math(r),) for r in coined])))
    if wish.labels == "slopes" and wish.level is not Level.OPERATIONS:  # there it is the rule
        shape = shapes_in(subject.system)
        arrays = any(shape(found.vertices[a.end].expr) != SCALAR for a in found.arcs if a.slope)
        signs.append(sentence(words, "graph-slopes-arrays" if arrays else "graph-slopes"))
    if any(is_mean(n.symbol) for n in nodes):
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
            for read in dict.fromkeys(at_one_step(a, found) for a in found.arcs)
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
            (r, text(r) not in found.vertices)
            for r in weights
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
    """Numbers one after the other; vectors and matrices below one another."""
    arrays = [s for s in said if "(" in s or CUT in s]
    single = [s for s in said if s and s not in arrays]
    return [*([joined(single, "; ")] if single else []), *arrays]


def _both(
    subject: Subject, wish: Wish, ref: Ref, value: Table | None, slope: Table | None
) -> Sentence:
    by = name_of_derivative(subject, ref) if wish.adjoints else None
    said = [] if value is None else [_equal(ref, value)]
    if by is not None and slope is not None:
        said.append(_equal(by, slope))
    return joined(said, ",\u00a0")


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


def _shared(system: System, weights: list[Ref]) -> list[Ref]:
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
