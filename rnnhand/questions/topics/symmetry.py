"""Units of a layer that start equal and stay equal, and gradients that vanish altogether.

Colours are refined until nothing changes: at first a number has the colour of its value if it is
trained, and one of its own if it is data; what is computed, its derivative too, has the colour of
its formula in colours. A weight then keeps company only with weights whose gradients have one
colour. What shares a colour in the end is equal now and after every step of any rule that treats
all weights alike: the argument is made for the equations, not read off the numbers of one step.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rnnhand.arithmetic.policy import Settled, settle
from rnnhand.calculus.by_entry import Names, entry_names, in_scalars
from rnnhand.calculus.gradient import gradient
from rnnhand.document.blocks import Block, Grid, Math, Note, Paragraph, Section, Sentence
from rnnhand.errors import failure
from rnnhand.explain.mathematics import at_step
from rnnhand.explain.sentences import joined, sentence
from rnnhand.explain.steps import is_zero
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import AskUpdate, Problem
from rnnhand.questions.key import instances, parameter_after, shown
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.scalars import MOST
from rnnhand.questions.update import Slot
from rnnhand.questions.work import Plan, Worked
from rnnhand.system.model import SCALAR, Quantity, Role, System

Place = tuple[Quantity, int | None]
Colours = Mapping[Place, int]
COMMUTES = ("+", "*", "sum")


@dataclass(frozen=True)
class Group:
    """Units of one layer, counted from 1, that cannot be told apart."""

    layer: Quantity
    units: tuple[int, ...]


@dataclass(frozen=True)
class Symmetry:
    problem: Problem
    settled: Settled[Worked]
    groups: tuple[Group, ...]
    sizes: Mapping[Quantity, int]
    different: Mapping[Quantity, int]


def topic(problem: Problem, node: yaml.Node) -> Answer:
    """`symmetry:` without options."""
    if isinstance(node, yaml.List | yaml.Map) or (isinstance(node, yaml.Text) and node.text):
        raise failure("topic-no-options", node.span, word="symmetry")
    if problem.system.loss is None:
        raise failure("symmetry-no-loss", node.span, "hint-loss")
    count = sum(rows * columns for rows, columns in problem.system.shapes.values())
    if count > MOST:
        raise failure("scalars-too-many", node.span, found=count, limit=MOST)
    updates = tuple(a for a in problem.ask if isinstance(a, AskUpdate))
    plan = Plan(problem, updates=updates[:1])
    settled = settle(plan.task(), "auto", 8)
    names = entry_names(problem.system)
    colours = stable(in_scalars(problem.system, names))
    groups, sizes, different = [], {}, {}
    for q, units in layers(problem.system, names):
        kinds: dict[Hashable, list[int]] = {}
        for number, places in units.items():
            kinds.setdefault(tuple(colours[p] for p in places), []).append(number)
        sizes[q], different[q] = len(units), len(kinds)
        groups += [Group(q, tuple(same)) for same in kinds.values() if len(same) > 1]
    found = Symmetry(problem, settled, tuple(groups), sizes, different)
    return Answer(lambda words, _: _tell(found, words), lambda _: _results(found))


def layers(system: System, names: Names) -> Iterator[tuple[Quantity, dict[int, list[Place]]]]:
    """The hidden quantities with several units, and where each unit stands: a column of a batch of
    rows, an entry of a vector."""
    read = {system.quantity(r) for e in system.equations for r in refs(e.body)}
    products = _multiplied(system)
    for q, (rows, columns) in system.shapes.items():
        if q not in system.made_by or q not in read or q not in products:
            continue
        across = products[q]
        number = columns if across else rows
        if number < 2:
            continue
        steps = [s for run in system.steps.get(q, ()) for s in run] if q.over else [None]
        units: dict[int, list[Place]] = {}
        for place, name in enumerate(names[q]):
            i, j = divmod(place, columns)
            unit = (j if across else i) + 1
            units.setdefault(unit, []).extend((Quantity(name, q.over), s) for s in steps)
        yield q, units


def _multiplied(system: System) -> dict[Quantity, bool]:
    """Which quantities a matrix of parameters multiplies, or makes: True where their units are
    columns (H @ W), False where they are rows (W @ h)."""
    found: dict[Quantity, bool] = {}
    for equation in system.equations:
        for left, right in _products(equation.body):
            for inner, across in ((left, True), (right, False)):
                weights = right if across else left
                if isinstance(inner, Ref) and _trained(system, weights):
                    found.setdefault(system.quantity(inner), across)
    return found


def _products(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    if isinstance(expr, Apply):
        if expr.op == "@":
            yield expr.args[0], expr.args[1]
        for arg in expr.args:
            yield from _products(arg)
    elif isinstance(expr, Over):
        yield from _products(expr.body)


def _trained(system: System, expr: Expr) -> bool:
    inner = expr.args[0] if isinstance(expr, Apply) and expr.op == "T" else expr
    given = system.given.get(system.quantity(inner)) if isinstance(inner, Ref) else None
    return given is not None and given.role == Role.PARAMETER


def stable(scalars: System) -> Colours:
    """The coarsest colouring under which equal colours have equal formulas, and equal weights
    equal gradients."""
    way = gradient(scalars)
    full = way.system
    places = [
        (q, step)
        for q in (*full.given, *full.made_by)
        for step in ([s for run in full.steps.get(q, ()) for s in run] if q.over else [None])
    ]
    bodies = {place: _body(full, place) for place in places}
    gradients = {
        (g.quantity, step): (way.of_quantity(g.quantity), step)
        for g in scalars.with_role(Role.PARAMETER)
        for step in g.values
    }

    def first(place: Place) -> Hashable:
        q, step = place
        given = full.given.get(q)
        if given is None or step not in given.values:
            return "computed"
        if given.role == Role.PARAMETER and given.values[step][0] is not None:
            return "weight", given.values[step]
        if None in given.values[step]:
            return "letter", q, step
        return "data", given.values[step]

    colours = _numbered({place: first(place) for place in places})
    while True:
        new: dict[Place, Hashable] = {}
        for place in places:
            back = colours.get(gradients[place]) if place in gradients else None
            body = bodies[place]
            told = None if body is None else _coloured(body, full, colours)
            new[place] = colours[place], back, told
        finer = _numbered(new)
        if len(set(finer.values())) == len(set(colours.values())):
            return finer
        colours = finer


def _numbered(kinds: Mapping[Place, Hashable]) -> dict[Place, int]:
    numbers: dict[Hashable, int] = {}
    return {place: numbers.setdefault(kind, len(numbers)) for place, kind in kinds.items()}


def _body(system: System, place: Place) -> Expr | None:
    """The right side of a place, at its step; None where it is given."""
    q, step = place
    for equation in system.made_by.get(q, ()):
        if equation.steps is not None and step not in equation.steps:
            continue
        parts = tuple(
            at_step(t.body, system, step)
            for t in equation.terms
            if t.steps is None or step in t.steps
        )
        return Apply("+", parts) if parts else Number("0")
    return None


def _coloured(expr: Expr, system: System, colours: Colours) -> Hashable:
    """A formula with colours for names, the order of summands and factors left out."""
    match expr:
        case Ref():
            place = system.quantity(expr), system.step(expr) if expr.index is not None else None
            return ("colour", colours[place]) if place in colours else ("name", text(expr))
        case Number():
            return "number", expr.value
        case Over(kind, var, body):
            parts = [
                _coloured(_instance(body, system, var, s), system, colours)
                for run in system.domain(expr)
                for s in run
            ]
            # In order: what single observations give must be equal too.
            return "over", kind, tuple(parts)
        case Apply(op, args):
            inside = [_coloured(a, system, colours) for a in _flat(op, args)]
            if op in COMMUTES:
                inside.sort(key=repr)
            return op, tuple(inside)


def _flat(op: str, args: tuple[Expr, ...]) -> Iterator[Expr]:
    """The summands of sums in a sum, the factors of products in a product."""
    for arg in args:
        if op in ("+", "*") and isinstance(arg, Apply) and arg.op == op:
            yield from _flat(op, arg.args)
        else:
            yield arg


def _instance(body: Expr, system: System, var: str, step: int) -> Expr:
    only: Mapping[str, range] = {var: system.indices[var]}
    return at_step(body, replace(system, indices=only), step)


def _tell(found: Symmetry, words: Phrases) -> Iterator[Block]:
    blocks: list[Block] = []
    for group in found.groups:
        units = joined([(str(n),) for n in group.units])
        layer = Math(Ref(group.layer.name))
        blocks.append(Paragraph(sentence(words, "symmetry-start", list=units, name=layer)))
    zero = list(vanishing(found))
    for name, why in zero:
        said = sentence(words, why[0], **({"through": Math(why[1])} if why[1] else {}))
        slots: dict[str, Any] = {"name": Math(name), "why": said}
        blocks.append(Paragraph(sentence(words, "symmetry-zero", **slots)))
    if not blocks:
        blocks.append(Note("check", sentence(words, "symmetry-none")))
    table = _table(found, words)
    if table is not None:
        blocks += [Paragraph(sentence(words, "symmetry-follow")), table]
    yield Section(sentence(words, "symmetry-title"), tuple(blocks))


def vanishing(found: Symmetry) -> Iterator[tuple[Ref, tuple[str, Ref | None]]]:
    """The parameters whose gradients are exactly 0, and the nearest reason."""
    work = found.settled.work
    plan = work.plan
    assert plan.gradient is not None
    for g in plan.parameters:
        made = plan.gradient.of_quantity(g.quantity)
        for step in g.values:
            value = shown(found.settled, lambda w, q=made, s=step: w.at(q, s), g.shape, 8)  # type: ignore[misc]
            if is_zero(value):
                yield g.quantity.at(step), _reason(found, made, step)


def _reason(found: Symmetry, made: Quantity, step: int | None) -> tuple[str, Ref | None]:
    """Behind a derivative that is 0: the nearest weights that are 0 on the way back, else what it
    is multiplied by."""
    plan = found.settled.work.plan
    full = plan.full
    assert plan.gradient is not None
    back = {plan.gradient.of_quantity(q) for q in plan.gradient.wrt}
    seen, queue = {made.name}, [made]
    while queue:
        q = queue.pop(0)
        mentioned = [r for e in _equations(full, q) for t in e for r in refs(t)]
        for ref in mentioned:
            r = full.quantity(ref)
            given = full.given.get(r)
            if given is not None and given.role == Role.PARAMETER and _all_zero(found, r):
                return "symmetry-zero-back", r.ref()
        for ref in mentioned:
            r = full.quantity(ref)
            is_data = r in full.given and full.given[r].role == Role.DATA
            if (r in back or r.name.startswith("d")) and r.name not in seen:
                seen.add(r.name)
                queue.append(r)
            elif (r in plan.system.made_by or is_data) and _all_zero(found, r):
                return "symmetry-zero-forward", r.ref()
    return "symmetry-zero-slope", None


def _equations(system: System, q: Quantity) -> list[list[Expr]]:
    own = [e for k, made in system.made_by.items() if k.name == q.name for e in made]
    return [[t.body for t in e.terms] for e in own]


def _all_zero(found: Symmetry, q: Quantity) -> bool:
    full = found.settled.work.plan.full
    return all(
        is_zero(shown(found.settled, lambda w, s=s: w.at(q, s), full.shapes[q], 8))  # type: ignore[misc]
        for s in instances(full, q)
    )


def _table(found: Symmetry, words: Phrases) -> Grid | None:
    """For every matrix of weights how many different ones there are, step by step."""
    work = found.settled.work
    if not work.updates:
        return None
    (update,) = work.updates
    head: list[Sentence] = [
        sentence(words, "symmetry-weights"),
        sentence(words, "symmetry-start-head"),
    ]
    head += [(str(k),) for k in range(1, len(update) + 1)]
    rows: list[tuple[Sentence, ...]] = []
    for name, counts in _counts(found).items():
        rows.append(((Math(name),), *((str(n),) for n in counts)))
    return Grid(tuple(head), tuple(rows)) if rows else None


def _counts(found: Symmetry) -> dict[Ref, list[int]]:
    """How many different numbers every array of weights holds: at the start, after each step."""
    work = found.settled.work
    updates = work.updates[0] if work.updates else ()
    counts: dict[Ref, list[int]] = {}
    for g in work.plan.parameters:
        if g.shape == SCALAR:
            continue
        for step in g.values:
            picks = [partial(Worked.at, q=g.quantity, step=step)]
            picks += [partial(_after, k=k, slot=(g.quantity, step)) for k in range(len(updates))]
            tables = [shown(found.settled, pick, g.shape, 12) for pick in picks]
            counts[g.quantity.at(step)] = [len(set(_numbers(t))) for t in tables]
    return counts


def _after(worked: Worked, k: int, slot: Slot) -> Any:
    return parameter_after(0, k, slot)(worked)


def _numbers(table: Table) -> Iterator[Numeral]:
    if isinstance(table, Numeral):
        yield table
    else:
        for part in table:
            yield from _numbers(part)


def _results(found: Symmetry) -> Mapping[str, Any]:
    """Equal units by layer, vanishing gradients, and how many different weights there are."""
    equal: dict[str, list[list[int]]] = {}
    for group in found.groups:
        equal.setdefault(str(group.layer), []).append(list(group.units))
    of = found.settled.work.plan.gradient
    assert of is not None
    return {
        "equal_units": equal,
        "units": {str(q): n for q, n in found.sizes.items()},
        "different_units": {str(q): n for q, n in found.different.items()},
        "zero_gradients": [f"d{text(of.of)}/d{text(name)}" for name, _ in vanishing(found)],
        "different_weights": {text(name): counts for name, counts in _counts(found).items()},
    }
