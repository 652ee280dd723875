"""Entries by what runs in a sum, Σ_i u(i)·p_t(i), and by a class, p_t(k_t)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace

from rnnhand.errors import Failure, failure
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Index,
    Number,
    Over,
    Ref,
    Shift,
    refs,
    rewrite,
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


def is_class(system: System, place: Expr) -> bool:
    return isinstance(place, Ref) and quantity_of(system, place) in class_numbers(system)


def is_place(var: str, body: Expr) -> bool:
    """Whether a name that runs tells an entry somewhere."""
    return any(Ref(var) in refs(place) for _, place, _ in _places(body))


def with_subscripts(system: System, tree: Expr) -> Expr:
    """The formula with u(1) for u_1, W(i, j) for W_{i,j} and p[t](i) for p_{t,i}, where nothing has
    that name and u has entries."""
    there = {*system.made_by, *system.given}
    running = _running(tree) - set(system.indices)

    def place(low: str) -> Expr | None:
        if low in running:
            return Ref(low)
        return Number(low) if low.isdecimal() else None

    def at(index: Index) -> Expr | None:
        match index:
            case At(step):
                return Number(str(step))
            case Shift(var, ahead) if var in running:
                return Apply("+", (Ref(var), Number(str(ahead)))) if ahead else Ref(var)
            case _:
                return None

    def entry(node: Ref, name: str, *places: Expr | None) -> Expr | None:
        """An entry of what has as many axes as places are told, and is of one step or of none."""
        try:
            found = parse_expression(name)
        except Failure:
            return None
        told = tuple(one for one in places if one is not None)
        if not isinstance(found, Ref) or len(told) < len(places):
            return None
        shape = system.shapes.get(quantity_of(system, found), SCALAR)
        if shape == SCALAR or len(told) != (1 if shape[1] == 1 else 2):
            return None
        return Apply("entry", (replace(found, span=node.span), *told), node.span)

    def read(node: Expr) -> Expr:
        if not isinstance(node, Ref) or quantity_of(system, node) in there:
            return node
        base, _, low = node.name.rpartition("_")
        if node.index is None:
            return (base and entry(node, base, place(low))) or node
        here = at(node.index)
        ways: list[tuple[str, tuple[Expr | None, ...]]] = [(node.name, (here,))]
        if base:
            ways += [(base, (place(low), here)), (f"{base}[{low}]", (here,))]
        return next((e for name, told in ways if (e := entry(node, name, *told))), node)

    return rewrite(tree, read)


def _running(tree: Expr) -> set[str]:
    """The names that run in the sums of a formula."""
    found = {n.var for n in walk(tree) if isinstance(n, Over)}
    ranges = (n.args for n in walk(tree) if isinstance(n, Apply) and len(n.args) == 4)
    return found | {args[0].name for args in ranges if isinstance(args[0], Ref)}


def entries_of(var: str, body: Expr, shape: Callable[[Expr], Shape | None]) -> range | None:
    """Through which entries a name runs that tells entries and no steps: in Σ_i u(i)·p(i+1) those
    at which both are. Raises `Failure` where two arrays are not of one size."""
    if any(isinstance(r.index, Shift) and r.index.var == var for r in _mentions(body)):
        return None
    found: dict[int, tuple[Expr, int]] = {}
    for array, place, axis in _places(body):
        sizes = shape(array) if Ref(var) in refs(place) else None
        if sizes is None:
            continue
        size = sizes[axis]
        ahead = added(place, {var: 0})
        other, known = found.setdefault(ahead, (array, size))
        if known != size:
            raise failure("formula-entries", place.span, None, name=var, one=text(other),
                          size=str(known), other=text(array), others=str(size))  # fmt: skip
    ends = [(1 - ahead, size - ahead) for ahead, (_, size) in found.items()]
    return range(max(e[0] for e in ends), min(e[1] for e in ends) + 1) if ends else None


def _places(body: Expr) -> Iterator[tuple[Expr, Expr, int]]:
    """Of what the entries are that are mentioned, and where they stand, axis by axis."""
    for node in walk(body):
        if isinstance(node, Apply) and node.op == "entry":
            pair = derivative_of(node.args[0]) if isinstance(node.args[0], Ref) else None
            array = node.args[0] if pair is None else pair.by
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
