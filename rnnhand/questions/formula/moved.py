"""Tangents of what a formula differentiates: dh[t]/dw at all steps is one quantity that runs with
time, where the way back has equations of its own for each h[t].

A derivative by an array has a tangent for each of its entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from rnnhand.calculus.tangent import tangent, tangents
from rnnhand.language.derivatives import Entry as Place
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, rewrite
from rnnhand.questions.formula.entries import cut_out
from rnnhand.system.model import Entry, Equation, Given, Quantity, Shape, System, Term

TANGENT = "tangent "
"""What the names of tangents begin with, each with the number of its entry."""

MOST_ENTRIES = 36
"""Entries that a formula may differentiate by, each of which has tangents of its own."""

FEW = 12
"""Quantities that have a way back each even where a formula differentiates them by one thing."""


@dataclass(frozen=True)
class Moved:
    """What is differentiated by: a given quantity, at one step where it runs."""

    quantity: Quantity
    step: int | None

    def name(self, of: Quantity, entry: int) -> str:
        step = "" if self.step is None else f"[{self.step}]"
        return f"{TANGENT}{entry} {tangent(of, self.quantity.name).name}{step}"


def moved(system: System, ref: Ref) -> Moved | None:
    """By what a derivative is taken, where that is given and does not run in a sum."""
    pair = derivative_of(ref)
    if pair is None or isinstance(pair.by.index, Shift):
        return None
    q, step = system.quantity(pair.by), system.step(pair.by)
    there = q in system.given and step in system.given[q].values
    return Moved(q, step) if there else None


def all_moved(system: System, sides: Iterable[Expr]) -> list[Moved]:
    """Everything given that is differentiated by; nothing where that has too many entries."""
    found = dict.fromkeys(m for e in sides for r in refs(e) if (m := moved(system, r)) is not None)
    sizes = (rows * columns for rows, columns in (system.shapes[m.quantity] for m in found))
    return list(found) if sum(sizes) <= MOST_ENTRIES else []


def ahead(system: System, targets: Iterable[Ref], sides: Sequence[Expr]) -> set[Ref]:
    """The derivatives that are worked out forward in time: those of many quantities by something
    that does not run. The targets have a way back, by which slips are found."""
    there = {r for e in sides for r in refs(e) if derivative_of(r)}
    if len({_numerator(r) for r in there}) <= FEW:
        return set()
    back = {_numerator(r) for r in targets}
    found = {
        r
        for r in there
        if r.index is None and _numerator(r) not in back and moved(system, r) is not None
    }
    return found if all_moved(system, found) else set()


def _numerator(ref: Ref) -> str:
    pair = derivative_of(ref)
    assert pair is not None
    return text(pair.of)


def by_name(system: System, derived: System, there: Iterable[Ref]) -> System:
    """With an equation for each of some derivatives, by tangents."""
    found = sorted(there, key=text)
    for one in all_moved(system, found):
        derived = with_tangents(system, derived, one)
    shapes = dict(derived.shapes)
    equations = list(derived.equations)
    for ref in found:
        one_ = moved(system, ref)
        assert one_ is not None
        shapes[Quantity(ref.name)] = system.shapes[one_.quantity]
        equations.append(Equation(ref, (Term(with_moved(derived, ref, {}), None),), None))
    return replace(derived, equations=tuple(equations), shapes=shapes)


def with_tangents(system: System, derived: System, one: Moved) -> System:
    """With the equations of everything in the system that moves with each entry of what is given;
    they are there once."""
    if Quantity(one.name(one.quantity, 0), one.quantity.over) in derived.shapes:
        return derived
    shapes, equations = dict(derived.shapes), list(derived.equations)
    rows, columns = system.shapes[one.quantity]
    role = system.given[one.quantity].role
    for entry in range(rows * columns):
        unit = tuple(Fraction(int(k == entry)) for k in range(rows * columns))
        direction = Given(one.quantity, role, (rows, columns), {one.step: unit})
        found = tangents(system, direction)
        names = {
            old: Quantity(one.name(q, entry), q.over)
            for q in (*system.made_by, *system.given)
            if (old := tangent(q, one.quantity.name)) in found.shapes
        }
        equations += _named(found.equations[len(system.equations) :], names)
        for old, new in names.items():
            shapes[new] = found.shapes[old]
            if old in found.given:
                equations += _constants(new, found.given[old])
    return replace(derived, equations=tuple(equations), shapes=shapes)


def _named(equations: Iterable[Equation], names: dict[Quantity, Quantity]) -> list[Equation]:
    plain = {old.name: new.name for old, new in names.items()}

    def put(node: Expr) -> Expr:
        return _renamed(node, plain) if isinstance(node, Ref) else node

    return [
        Equation(
            _renamed(e.target, plain),
            tuple(replace(t, body=rewrite(t.body, put)) for t in e.terms),
            e.steps,
        )
        for e in equations
    ]


def _renamed(ref: Ref, plain: dict[str, str]) -> Ref:
    return replace(ref, name=plain.get(ref.name, ref.name))


def _constants(q: Quantity, given: Given) -> list[Equation]:
    """What is given stays, or moves as it is told: numbers, whatever letters there are."""
    found = []
    for step, entries in given.values.items():
        steps = None if step is None else range(step, step + 1)
        body = _array(entries, given.shape)
        found.append(Equation(q.at(step), (Term(body, steps),), steps))
    return found


def _array(entries: Sequence[Entry], shape: Shape) -> Expr:
    """Numbers as a formula."""
    return arranged([Number(str(e)) for e in entries], shape)


def arranged(parts: Sequence[Expr], shape: Shape) -> Expr:
    """An array of single numbers, row by row."""
    rows, columns = shape
    lines = [tuple(parts[i * columns : (i + 1) * columns]) for i in range(rows)]
    across = [Apply(",", line) if columns > 1 else line[0] for line in lines]
    return Apply(";", tuple(across)) if rows > 1 else across[0]


def with_moved(derived: System, expr: Expr, entries: Mapping[str, tuple[str, Place]]) -> Expr:
    """With tangents in place of derivatives by what is given; of what is one of the `entries` of an
    array, that of the array."""

    def put(node: Expr) -> Expr:
        one = moved(derived, node) if isinstance(node, Ref) else None
        pair = derivative_of(node) if isinstance(node, Ref) else None
        if one is None or pair is None:
            return node
        shape = derived.shapes[one.quantity]
        name, place = entries.get(pair.of.name, (pair.of.name, ()))
        of = replace(pair.of, name=name)
        parts = [_moves(derived, one, of, entry) for entry in range(shape[0] * shape[1])]
        return arranged([cut_out(p, *(*place, 1)[:2]) if place else p for p in parts], shape)

    return rewrite(expr, put)


def _moves(derived: System, one: Moved, of: Ref, entry: int) -> Expr:
    """A tangent; 0 in its shape where nothing moves it."""
    q = derived.quantity(of)
    name = one.name(q, entry)
    if Quantity(name, q.over) in derived.shapes:
        return Ref(name, of.index)
    rows, columns = derived.shapes[q]
    return arranged([Number("0")] * (rows * columns), (rows, columns))
