"""Derivatives of one entry of a vector, and of all its entries together.

An entry that is differentiated gets a name of its own, h_1[t] for h[t](1), with an equation that
cuts it out; so its derivative is that of one number, as all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from rnnhand.errors import failure
from rnnhand.language.derivatives import (
    DerivativeOf,
    Entry,
    derivative_of,
    derivative_ref,
    entry_at,
)
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Ref,
    children,
    with_children,
)
from rnnhand.questions.formula.extents import shape_if_known
from rnnhand.questions.formula.indexed import chosen, is_class
from rnnhand.system.model import SCALAR, Equation, Quantity, Shape, System, Term
from rnnhand.system.shapes import shown


@dataclass
class Components:
    """A system that grows by the entries that are asked for."""

    system: System
    known: dict[str, tuple[str, Entry]] = field(default_factory=dict)
    """The name of an entry: of which quantity it is, and where it stands."""

    def __call__(self, ref: Ref, entry: Entry) -> Ref:
        """The name of an entry. Raises `Failure` where there is none."""
        system = self.system
        q = system.quantity(ref)
        shape = system.shapes.get(q)
        if shape is None:
            return ref  # unknown, which is said elsewhere
        row, column = place_in(shape, entry, ref)
        if shape == SCALAR:
            return ref
        name = self.named(q, shape, row, column)
        return replace(ref, name=name)

    def named(self, q: Quantity, shape: Shape, row: int, column: int) -> str:
        entry = (row, column) if shape[1] > 1 else (row,)
        for name, known in self.known.items():
            if known == (q.name, entry) and Quantity(name, q.over) in self.system.shapes:
                return name
        taken = {other.name for other in self.system.shapes}
        name = f"{q.name}_{''.join(map(str, entry))}"
        while name in taken:
            name += "'"
        self.known[name] = (q.name, entry)
        cut = [
            Equation(
                replace(e.target, name=name),
                (Term(cut_out(Ref(q.name, e.target.index), row, column), None),),
                e.steps,
            )
            for e in self.system.equations
            if self.system.quantity(e.target) == q
        ]
        self.system = replace(
            self.system,
            equations=(*self.system.equations, *cut),
            shapes={**self.system.shapes, Quantity(name, q.over): SCALAR},
        )
        return name


def place_in(shape: Shape, entry: Entry, of: Expr) -> tuple[int, int]:
    """Row and column of an entry. Raises `Failure` where it is outside of the shape."""
    row, column = (*entry, 1)[:2]
    if not (1 <= row <= shape[0] and 1 <= column <= shape[1]) or (len(entry) == 1 and shape[1] > 1):
        name = text(entry_at(of, tuple(Number(str(i)) for i in entry)))
        raise failure("result-entry", of.span, None, name=name, shape=shown(shape))
    return row, column


def cut_out(expr: Expr, row: int, column: int) -> Expr:
    """One entry as a scalar."""
    rows = Apply("rows", (expr, *(Number(str(row)),) * 2))
    return Apply("columns", (rows, *(Number(str(column)),) * 2))


def spelled(components: Components, expr: Expr) -> Expr:
    """A formula in numbers that are differentiated: entries cut out, derivatives of vectors put
    together from those of their entries. Raises `Failure` where there is no such entry."""

    def spell(node: Expr) -> Expr:
        match node:
            case Ref():
                return replace(_whole(components, node), span=node.span)
            case Apply("entry", (_, *places)) if any(
                not isinstance(p, Number) and not is_class(components.system, p) for p in places
            ):
                wrong = next(p for p in places if not isinstance(p, Number))
                raise failure("formula-place", wrong.span, None, name=text(wrong))
            case Apply("entry", (Ref() as ref, *places)) if all(
                isinstance(place, Number) for place in places
            ):
                return replace(_part(components, ref, tuple(map(_number, places))), span=node.span)
            case Apply("entry", (Ref() as ref, *places)):
                return replace(_by_class(components, ref, places), span=node.span)
            case Apply("entry", (inner, *places)):
                return replace(_of_expression(components, inner, places, spell), span=node.span)
            case _:
                return with_children(node, tuple(spell(c) for c in children(node)))

    return spell(expr)


def _number(place: Expr) -> int:
    return int(text(place))


def _known(components: Components, ref: Ref) -> bool:
    pair = derivative_of(ref)
    sides = (pair.of, pair.by) if pair else (ref,)
    return all(components.system.quantity(r) in components.system.shapes for r in sides)


def _whole(components: Components, ref: Ref) -> Expr:
    pair = derivative_of(ref)
    if pair is None or not _known(components, ref):
        return ref
    return jacobian(components, pair.of, pair.by)


def _part(components: Components, ref: Ref, entry: Entry) -> Expr:
    """One entry; of a derivative, the part that belongs to one entry of the denominator, or of
    what is derived where that is a number."""
    if not _known(components, ref):
        return ref
    pair, array, shape, above = _array(components.system, ref)
    if pair and len(entry) > _axes(shape) > 0 and above[1] == 1 < above[0]:
        one = components(pair.of, entry[:1])  # ∂z(i)/∂h(j)
        return _part(components, derivative_ref(one, pair.by), entry[1:])
    if pair and shape == SCALAR and above != SCALAR:
        return _whole(components, derivative_ref(components(pair.of, entry), pair.by))
    row, column = place_in(shape, entry, array)
    if pair and shape[1] > 1 and above[1] == 1:
        return _by_one_entry(components, pair.of, pair.by, (row, column))
    whole = _whole(components, ref)
    if shape == SCALAR:
        return whole
    if above != SCALAR:
        return Apply("columns", (whole, *(Number(str(row)),) * 2))
    return cut_out(whole, row, column)


def _axes(shape: Shape) -> int:
    return 2 if shape[1] > 1 else int(shape[0] > 1)


def _array(system: System, ref: Ref) -> tuple[DerivativeOf | None, Ref, Shape, Shape]:
    """Of what the entries are: of a derivative its denominator; and the shapes of that and of what
    is derived, a number where nothing is."""
    pair = derivative_of(ref)
    array = ref if pair is None else pair.by
    above = SCALAR if pair is None else system.shapes[system.quantity(pair.of)]
    return pair, array, system.shapes[system.quantity(array)], above


def _by_class(components: Components, ref: Ref, places: Sequence[Expr]) -> Expr:
    """The entry that a class tells; of a derivative, the part that belongs to that entry of the
    denominator."""
    if not _known(components, ref):
        return ref
    pair, array, shape, above = _array(components.system, ref)
    if pair and len(places) > max(_axes(shape), 1):
        wrong = next(p for p in places if not isinstance(p, Number))
        raise failure("formula-place", wrong.span, None, name=text(wrong))
    place_in(shape, tuple(_number(p) if isinstance(p, Number) else 1 for p in places), array)
    if above != SCALAR:  # a row for each entry above, a column for each below
        return chosen(_whole(components, ref), (1, shape[0]), (Number("1"), *places))
    return chosen(_whole(components, ref), shape, places)


def _of_expression(
    components: Components, inner: Expr, places: Sequence[Expr], spell: Callable[[Expr], Expr]
) -> Expr:
    """softmax(z)(i). Raises `Failure` for a number, which has no entries."""
    shape = shape_if_known(components.system, inner)
    if shape is None:
        return spell(inner)  # what is wrong with it is said elsewhere
    if shape == SCALAR:
        raise failure("formula-entry-of-number", inner.span, "hint-formula-entry-of-number",
                      name=text(inner)[:60], place=text(places[0]))  # fmt: skip
    place_in(shape, tuple(_number(p) if isinstance(p, Number) else 1 for p in places), inner)
    return chosen(spell(inner), shape, places)


def _by_one_entry(components: Components, of: Ref, by: Ref, entry: Entry) -> Expr:
    """The derivative of a vector by one entry of a matrix: a column."""
    rows = range(1, components.system.shapes[components.system.quantity(of)][0] + 1)
    found = [cut_out(derivative_ref(components(of, (i,)), by), *entry) for i in rows]
    return Apply(";", tuple(found)) if len(found) > 1 else found[0]


def jacobian(components: Components, of: Ref, by: Ref) -> Expr:
    """The derivative of all entries: by a number, in the shape of `of`; of a vector by a vector,
    a row for each entry of `of`. Raises `Failure` for what would need more than two directions."""
    system = components.system
    shape, other = (system.shapes[system.quantity(r)] for r in (of, by))
    if shape == SCALAR:
        return derivative_ref(of, by)
    if other != SCALAR and (shape[1] > 1 or other[1] > 1):
        raise failure("derivative-of-matrix", None, "hint-derivative-of-matrix",
                      name=text(derivative_ref(of, by)), shape=shown(shape), other=shown(other),
                      of=text(of))  # fmt: skip
    rows: list[Expr] = []
    for i in range(1, shape[0] + 1):
        found = [derivative_ref(components(of, (i, j)), by) for j in range(1, shape[1] + 1)]
        turned = [Apply("T", (d,)) if other != SCALAR else d for d in found]
        rows.append(turned[0] if len(turned) == 1 else Apply(",", tuple(turned)))
    return Apply(";", tuple(rows)) if len(rows) > 1 else rows[0]
