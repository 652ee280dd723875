"""Entries by what runs in a sum, Σ_i u(i)·p_t(i), and by a class, p_t(k_t)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from rnnhand.errors import failure
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Ref,
    Shift,
    refs,
    walk,
)
from rnnhand.questions.formula.placed import quantity_of
from rnnhand.questions.formula.whole_numbers import added
from rnnhand.system.classes import class_numbers
from rnnhand.system.model import SCALAR, Shape, System


@dataclass(frozen=True)
class Arrays:
    """What of a system has entries, and what tells one."""

    system: System

    def is_entry(self, ref: Ref, places: tuple[Expr, ...], running: Container[str]) -> bool:
        """Whether u(i) is an entry of u, and no product: u has entries, and i runs or is a
        class."""
        shape = self.system.shapes.get(quantity_of(self.system, ref), SCALAR)
        if shape == SCALAR or (len(places) == 1 and shape[1] > 1):
            return False
        return all(
            isinstance(place, Number)
            or is_class(self.system, place)
            or all(r.index is None and r.name in running for r in refs(place))
            for place in places
        )

    def is_class(self, name: str) -> bool:
        return any(q.name == name for q in class_numbers(self.system))

    def is_number(self, ref: Ref) -> bool:
        return self.system.shapes.get(quantity_of(self.system, ref)) == SCALAR


def is_class(system: System, place: Expr) -> bool:
    return isinstance(place, Ref) and quantity_of(system, place) in class_numbers(system)


def is_place(var: str, body: Expr) -> bool:
    """Whether a name that runs tells an entry somewhere."""
    entries = (n.args[1:] for n in walk(body) if isinstance(n, Apply) and n.op == "entry")
    return any(Ref(var) in refs(place) for places in entries for place in places)


def entries_of(var: str, body: Expr, shape: Callable[[Expr], Shape | None]) -> range | None:
    """Through which entries a name runs that tells entries and no steps: in Σ_i u(i)·p(i+1) those
    at which both are. Raises `Failure` where two arrays are not of one size."""
    if any(isinstance(r.index, Shift) and r.index.var == var for r in _mentions(body)):
        return None
    found: dict[int, tuple[Expr, int]] = {}
    told: Expr = Ref(var)
    for array, place, axis in _places(body, shape):
        sizes = shape(array) if Ref(var) in refs(place) else None
        if sizes is None:
            continue
        size, told = sizes[axis], place
        ahead = _ahead(place, var)
        other, known = found.setdefault(ahead, (array, size))
        if known != size:
            raise failure("formula-entries", place.span, None, name=var, one=text(other),
                          size=str(known), other=text(array), others=str(size))  # fmt: skip
    if not found:
        return None
    ends = [(1 - ahead, size - ahead) for ahead, (_, size) in found.items()]
    run = range(max(e[0] for e in ends), min(e[1] for e in ends) + 1)
    if not run:
        raise failure("formula-place", told.span, None, name=text(told))
    return run


def _ahead(place: Expr, var: str) -> int:
    """1 for i + 1."""
    try:
        return added(place, {var: 0})
    except KeyError:
        raise failure("formula-place", place.span, None, name=text(place)) from None


def _places(body: Expr, shape: Callable[[Expr], Shape | None]) -> Iterator[tuple[Expr, Expr, int]]:
    """Of what the entries are that are mentioned, and where they stand, axis by axis: of a
    derivative by a number they are those of what is derived."""
    for node in walk(body):
        if isinstance(node, Apply) and node.op == "entry":
            pair = derivative_of(node.args[0]) if isinstance(node.args[0], Ref) else None
            array = node.args[0]
            if pair is not None:
                array = pair.of if shape(pair.by) == SCALAR else pair.by
            yield from ((array, place, axis) for axis, place in enumerate(node.args[1:]))


def _mentions(body: Expr) -> Iterator[Ref]:
    for ref in refs(body):
        pair = derivative_of(ref)
        yield from (pair.of, pair.by) if pair else (ref,)


def chosen(expr: Expr, shape: Shape, places: Sequence[Expr]) -> Expr:
    """One entry, where a class may tell the place: one_hot(k, n)ᵀ·p for p(k)."""
    row, column = (*places, Number("1"))[:2]
    if shape[0] > 1:
        expr = (
            Apply("rows", (expr, row, row))
            if isinstance(row, Number)
            else Apply("@", (Apply("T", (_indicator(row, shape[0]),)), expr))
        )
    if shape[1] > 1:
        expr = (
            Apply("columns", (expr, column, column))
            if isinstance(column, Number)
            else Apply("@", (expr, _indicator(column, shape[1])))
        )
    return expr


def _indicator(place: Expr, size: int) -> Expr:
    return Apply("one_hot", (place, Number(str(size))))
