"""A network drawn as neurons: the inputs, the layers, the weights on the edges, the biases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from rnnhand.calculus.network import drawn_at, is_step
from rnnhand.calculus.neurons import SUPERSCRIPTS, WHOLE, Neuron, Wiring, numbered
from rnnhand.calculus.scalars import Scalars
from rnnhand.document.blocks import Math, Sentence
from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.errors import Failure, Span, failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.lexer import normal_name
from rnnhand.language.numerals import Table
from rnnhand.language.parser import Statement, parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Last,
    Number,
    Over,
    Ref,
    children,
    refs,
    walk,
)
from rnnhand.phrases import Phrases
from rnnhand.problem.library import functions
from rnnhand.problem.model import Problem
from rnnhand.questions.captions import copies, inputs_again, looks, passes_on
from rnnhand.questions.elided import elided
from rnnhand.questions.excerpts import placed, told
from rnnhand.questions.graph import MOST_NODES
from rnnhand.questions.subjects import Subject, Wish
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Entry, Equation, Given, Quantity, Role, System

OUTPUT = "y"

MOST_WIRED = 2_000
"""Neurons up to which a net is wired; of wide layers not all of them are drawn."""

WEIGHTS = (Role.PARAMETER, Role.CONSTANT)
"""What is no input of a neuron that has others."""


def problem_of(written: str, parameters: str = "") -> Problem:
    """A formula as a problem: its letters are inputs, but for those that are called parameters.

    `name = formula` names the output.
    """
    left, equals, right = written.partition("=")
    has_name = bool(equals) and normal_name(left.strip()).rstrip("'").isidentifier()
    has_name = has_name and not right.startswith("=")
    name = normal_name(left.strip()) if has_name else OUTPUT
    start = Span(1, 1 + (len(left) + 1 if has_name else 0))
    expr = parse_expression(right if has_name else written, origin=start)
    weights = {normal_name(part.strip()) for part in parameters.split(",") if part.strip()}
    letters = {r.name: r for r in refs(expr) if r.index is None}
    indexed = next((r for r in refs(expr) if r.index is not None), None)
    if indexed is not None:
        raise failure("formula-has-index", indexed.span, "hint-formula-index", name=text(indexed))
    unknown = sorted(weights - set(letters))
    if unknown:
        raise failure("formula-no-parameter", None, name=unknown[0], known=", ".join(letters))
    if name in letters:
        name += "'"
    given = [
        Given(
            Quantity(n),
            Role.PARAMETER if n in weights else Role.DATA,
            SCALAR,
            {None: (None,)},
            r.span,
        )
        for n, r in letters.items()
    ]
    system = build([Statement(Ref(name), expr)], given, {}, functions())
    title = {"": _on_paper(written)}
    return Problem(written, title, {}, {}, system, ())


def _on_paper(written: str) -> str:
    """A formula as somebody wrote it, with the signs of paper: 2·x² of 2*x^2."""
    said = re.sub(r"(?:\^|\*\*)(\d+)", lambda m: m[1].translate(SUPERSCRIPTS), written.strip())
    return re.sub(r"\s*\*\s*", "·", said).replace("-", "−")


def graph(subject: Subject, wish: Wish, words: Phrases) -> Graph:
    """The neurons of a system; of a net over observations, those at one of them. Raises `Failure`
    where there are too many to be drawn."""
    system = subject.system
    wish = placed(wish, system)
    found = wired(system, wish.steps)
    places = _places(system)
    inputs = sorted(
        (n for n in found.values() if n.is_input), key=lambda n: places.get(n.key, len(places))
    )
    others = (n for n in found.values() if not n.is_input)
    stands = _stands(system, found) if passes_on(system) else {}
    given = _given(system)
    nodes = tuple(_node(subject, wish, n, stands, given) for n in (*inputs, *others))
    at_one_step = _at_one_step(system, found)
    edges = tuple(
        Edge(
            link.start,
            neuron.key,
            _label(link.weight, wish),
            True,
            seen_as=found[link.start].name if neuron.key in at_one_step else None,
        )
        for neuron in found.values()
        for link in neuron.links
    )
    signs = _which_steps(system, wish, words)
    if added := [bias for node in nodes for bias in node.constants()]:
        sign, bias = added[0]
        spelled = (f"{sign}\u00a0", Math(bias))
        signs = [*signs, sentence(words, "neurons-bias", bias=spelled)]
    drawn = Graph(
        subject.title,
        words.lang,
        nodes,
        edges,
        tuple(sorted({n.column for n in nodes if n.column is not None})),
        next(iter(system.indices), "t"),
        signs=joined(signs, " "),
        looks=looks(words, nodes),
        copies=copies(words),
        inputs=inputs_again(words),
        decimal=words.decimal,
        has_layers=any(system.shapes[q] != SCALAR for q in system.made_by),
    )
    shown = elided(drawn, words, wish.most_edges)
    if len(shown.nodes) > MOST_NODES:
        raise failure("graph-too-large", None, "hint-graph-neurons", limit=MOST_NODES)
    return shown


def _which_steps(system: System, wish: Wish, words: Phrases) -> list[Sentence]:
    """Which steps of a recurrent net are drawn, and which of several observations."""
    if passes_on(system):
        part = told(wish, system, words)
        return [part] if part else []
    for equation in system.equations:
        if equation.steps is not None and len(equation.steps) > 1:
            var = next(iter(system.indices))
            (step,) = _drawn_steps(system, equation, wish.steps) or (None,)
            of = f"{equation.steps[0]}..{equation.steps[-1]}"
            if step is not None:
                at = Math(Apply("=", (Ref(var), Number(str(step)))))
                return [sentence(words, "neurons-one-step", at=at, of=of)]
    return []


def _stands(system: System, found: Mapping[str, Neuron]) -> dict[str, tuple[str, int | None]]:
    """The row and the column of every neuron of a recurrent net: a step is a column; what has no
    name stands with what reads it."""
    reader: dict[str, tuple[str, int]] = {}
    for neuron in found.values():
        for i, link in enumerate(neuron.links):
            reader.setdefault(link.start, (neuron.key, i))

    entries = _entries(system)

    def stand(key: str) -> tuple[str, int | None]:
        if key in entries:
            return entries[key]
        if key in reader:
            read_by, i = reader[key]
            row, column = stand(read_by)
            return f"{row}.{i}", column
        return key, None

    return {key: stand(key) for key in found}


def _entries(system: System) -> dict[str, tuple[str, int | None]]:
    """For the name of every entry the row that it stands in, the same at all steps, and its
    step."""
    scalars = Scalars(system, inlined=False)
    steps: dict[Quantity, Iterable[int | None]] = {q: g.values for q, g in system.given.items()}
    for q, made in system.made_by.items():
        own = [e.steps if e.steps is not None else (system.step(e.target),) for e in made]
        steps[q] = [*steps.get(q, ()), *chain.from_iterable(own)]
    return {
        text(name): (f"{q} {k}", step)
        for q, over in steps.items()
        for step in over
        for k, name in enumerate(scalars.names(q, step, system.shapes[q]))
    }


def _at_one_step(system: System, found: Mapping[str, Neuron]) -> set[str]:
    """What is computed at one step only, as s[0] = h[T] is: it reads others by their numbers."""
    scalars = Scalars(system, inlined=False)
    rest = [
        text(name)
        for e in system.equations
        if isinstance(e.target.index, At | Last)
        for q in [system.quantity(e.target)]
        for name in scalars.names(q, system.step(e.target), system.shapes[q])
    ]
    known: set[str] = set()
    while rest:
        known.add(key := rest.pop())
        rest += [link.start for link in found[key].links if found[link.start].name is None]
    return known


def _places(system: System) -> dict[str, int]:
    """For every entry that is no result, its place among all: a picture goes row by row."""
    scalars = Scalars(system, inlined=False)
    names = (
        text(name)
        for q, given in system.given.items()
        for step in given.values
        for name in scalars.names(q, step, given.shape)
    )
    return {name: i for i, name in enumerate(names)}


def wired(system: System, steps: Mapping[str, range] | None = None) -> dict[str, Neuron]:
    """The neurons in computing order. Weights are letters while they are wired: two that happen to
    be equal numbers are two."""
    _bounded(system, steps)
    scalars = Scalars(system, inlined=False, lettered=True)
    read = _read_alone(system)
    fixed = [g for q, g in system.given.items() if g.role in WEIGHTS and q not in read]
    weights: dict[Expr, Expr] = {}
    entries: set[Expr] = set()
    for given in fixed:
        for step, values in given.values.items():
            names = scalars.names(given.quantity, step, given.shape)
            entries |= set() if given.shape == SCALAR else set(names)
            weights |= {n: _in_numbers(n, e) for n, e in zip(names, values, strict=True)}
    wiring = Wiring(system.functions, lambda ref: ref not in weights, MOST_WIRED)
    for equation in system.equations:
        q = system.quantity(equation.target)
        for step in _drawn_steps(system, equation, steps):
            names = scalars.names(q, step, system.shapes[q])
            parts = _written_out(scalars, equation.body, step, len(names) == 1)
            for name, expr in zip(names, parts or (None,), strict=True):
                assert isinstance(name, Ref)
                if expr is None:
                    wiring.whole(
                        name, _entries_read(scalars, equation.body, scalars.everywhere(step))
                    )
                else:
                    wiring.equation(name, expr)
    return numbered(wiring.found, weights, entries)


def _bounded(system: System, steps: Mapping[str, range] | None) -> None:
    """Raises `Failure` before anything is wired where equations alone make too many neurons."""
    made = 0
    for equation in system.equations:
        rows, columns = system.shapes[system.quantity(equation.target)]
        made += rows * columns * len(_drawn_steps(system, equation, steps))
    if made > MOST_WIRED:
        raise failure("graph-too-large", None, "hint-graph-neurons", limit=MOST_WIRED)


def _written_out(
    scalars: Scalars, body: Expr, step: int | None, is_scalar: bool
) -> Sequence[Expr] | None:
    """A formula in scalars; None for one number by an operation that is not written out, as a loss
    with the number of a class in it. Raises `Failure` for others that are not."""
    try:
        return scalars.of(body, step)
    except Failure as error:
        if is_scalar and all(d.code == "scalars-operation" for d in error.diagnostics):
            return None
        raise


def _entries_read(scalars: Scalars, expr: Expr, where: Mapping[str, int]) -> Iterator[Expr]:
    """All entries that a formula mentions at a step of each index; of a sum, at all of its
    steps."""
    match expr:
        case Ref():
            yield from scalars.mention(expr, where)
        case Over(_, var, body):
            for run in scalars.system.domain(expr):
                for at in run:
                    yield from _entries_read(scalars, body, {**where, var: at})
        case _:
            for part in children(expr):
                yield from _entries_read(scalars, part, where)


def _read_alone(system: System) -> set[Quantity]:
    """What equations compute from that read nothing else: p = a*b of parameters has inputs too.
    Matrices weight what vectors give."""
    given = system.given
    read = [
        {q for r in refs(e.body) if not is_step(r, system) for q in [system.quantity(r)]}
        for e in system.equations
    ]
    alone = {
        q for qs in read if all(q in given and given[q].role in WEIGHTS for q in qs) for q in qs
    }
    return {q for q in alone if 1 in given[q].shape}


def _in_numbers(name: Expr, entry: Entry) -> Expr:
    if entry is None:
        return name
    return Number(str(entry)) if isinstance(entry, Fraction) else entry


def _drawn_steps(
    system: System, equation: Equation, steps: Mapping[str, range] | None
) -> Sequence[int | None]:
    """The steps at which an equation is drawn: all (of those asked for) where one step reads
    another; else the first, since all are the same net, and no sum over them."""
    lags = passes_on(system)
    if equation.steps is None:
        sums = any(isinstance(node, Over) for node in walk(equation.body))
        return () if sums and not lags else (None,)
    drawn = drawn_at(equation, system, steps or {})
    return drawn if lags else drawn[:1]


def _label(weight: Expr | None, wish: Wish) -> Expr | None:
    if weight is None or wish.labels == "none":
        return None
    return weight


def _node(
    subject: Subject,
    wish: Wish,
    neuron: Neuron,
    stands: Mapping[str, tuple[str, int | None]],
    given: Mapping[Expr, Role],
) -> Node:
    symbol = "" if neuron.is_input or neuron.op == WHOLE else neuron.op or "Σ"
    row, column = stands.get(neuron.key, (neuron.key, None))
    node = Node(neuron.key, _kind(neuron, given), neuron.name, symbol, row, column, neuron.bias)
    node = replace(node, spelled=neuron.spelled)
    if wish.values and subject.value is not None and neuron.name is not None:
        return replace(node, value=_value(subject, neuron.name))
    return node


def _kind(neuron: Neuron, given: Mapping[Expr, Role]) -> Kind:
    if neuron.op == WHOLE:
        return Kind.QUANTITY
    if not neuron.is_input or neuron.name is None:
        return Kind.GATE
    match given.get(neuron.name):
        case None:
            return Kind.OUTSIDE
        case Role.INITIAL:
            return Kind.START
        case _:
            return Kind.DATA


def _given(system: System) -> dict[Expr, Role]:
    """The entries that are given."""
    scalars = Scalars(system, inlined=False)
    return {
        name: g.role
        for q, g in system.given.items()
        for step in g.values
        for name in scalars.names(q, step, g.shape)
    }


def _value(subject: Subject, name: Ref) -> Table | None:
    """The value of a named entry: x2 is the second entry of x where there is no x2."""
    assert subject.value is not None
    system = subject.system
    if system.exists(system.quantity(name), system.step(name)):
        return subject.value(name, None)
    scalars = Scalars(system, inlined=False)
    for q in (*system.given, *system.made_by):
        if not name.name.startswith(q.name):
            continue
        step = system.step(name) if name.index is not None else None
        if q.over and not system.exists(q, step):
            continue
        entries = scalars.names(q, step, system.shapes[q])
        if name in entries:
            table = subject.value(q.at(step), None)
            flat = _flat(table)
            return flat[entries.index(name)]
    return None


def _flat(table: Table) -> list[Table]:
    if not isinstance(table, tuple):
        return [table]
    return [leaf for row in table for leaf in _flat(row)]
