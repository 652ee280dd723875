"""Entries by what runs in a sum, Σ_i u(i)·p_t(i), and by a class, p_t(k_t)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rnnhand.errors import Failure, failure
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
from rnnhand.questions.formula.whole_numbers import whole_number
from rnnhand.system.classes import class_numbers
from rnnhand.system.model import SCALAR, Shape, System


def is_class(system: System, place: Expr) -> bool:
    return isinstance(place, Ref) and quantity_of(system, place) in class_numbers(system)


def is_place(var: str, body: Expr) -> bool:
    """Whether a name that runs tells an entry somewhere."""
    entries = (n.args[1:] for n in walk(body) if isinstance(n, Apply) and n.op == "entry")
    return any(Ref(var) in refs(place) for places in entries for place in places)


def entries_of(var: str, body: Expr, shape: Callable[[Expr], Shape | None]) -> range | None:
    """Through which entries a name runs that tells entries and no steps: in Σ_i u(i)·p(i+1) those
    at which both are, in Σ_i u(2i) those at which 2i is. Raises `Failure` where two arrays are not
    of one size, or where places such as i and 2i say two ranges."""
    if any(isinstance(r.index, Shift) and r.index.var == var for r in _mentions(body)):
        return None
    found: dict[tuple[int, int], tuple[Expr, int]] = {}
    runs: dict[int, tuple[Expr, range]] = {}
    for array, place, axis in _places(body, shape):
        sizes = shape(array) if Ref(var) in refs(place) else None
        if sizes is None:
            continue
        size = sizes[axis]
        times, ahead = _line(place, var)
        other, known = found.setdefault((times, ahead), (array, size))
        if known != size:
            raise failure("formula-entries", place.span, None, name=var, one=text(other),
                          size=str(known), other=text(array), others=str(size))  # fmt: skip
        run = _within(size, times, ahead)
        _, before = runs.get(times, (place, run))
        runs[times] = place, range(max(run.start, before.start), min(run.stop, before.stop))
    if not found:
        return None
    (first, run), *others = runs.values()
    for place, other_run in others:
        if other_run != run:
            raise failure("formula-entries-apart", place.span, "hint-formula-bounds", name=var,
                          one=text(first), ends=_said(run), other=text(place),
                          others=_said(other_run))  # fmt: skip
    if not run:
        raise failure("formula-nothing-runs", first.span, "hint-formula-bounds", name=var,
                      place=text(first))  # fmt: skip
    return run


def _line(place: Expr, var: str) -> tuple[int, int]:
    """2 and −1 for 2i − 1."""
    try:
        ahead, one, two = (whole_number(place, {var: i}) for i in range(3))
    except KeyError:
        raise _no_line(place, var) from None
    if one == ahead or two - one != one - ahead:
        raise _no_line(place, var)
    return one - ahead, ahead


def _no_line(place: Expr, var: str) -> Failure:
    return failure("formula-place-bounds", place.span, "hint-formula-bounds", name=var,
                   place=text(place))  # fmt: skip


def _within(size: int, times: int, ahead: int) -> range:
    """The i at which times·i + ahead is from 1 to the size."""
    first, last = (1 - ahead, size - ahead) if times > 0 else (ahead - size, ahead - 1)
    return range(-(-first // abs(times)), last // abs(times) + 1)


def _said(run: range) -> str:
    return f"{run.start}..{run.stop - 1}"


def _places(body: Expr, shape: Callable[[Expr], Shape | None]) -> Iterator[tuple[Expr, Expr, int]]:
    """Of what the entries are that are mentioned, and where they stand, axis by axis: of a
    derivative by a number they are those of what is derived."""
    for node in walk(body):
        if isinstance(node, Apply) and node.op == "entry":
            pair = derivative_of(node.args[0]) if isinstance(node.args[0], Ref) else None
            array, places = node.args[0], node.args[1:]
            below = SCALAR if pair is None else shape(pair.by) or SCALAR
            if pair is not None and below != SCALAR and len(places) > 1 + (below[1] > 1):
                yield pair.of, places[0], 0  # ∂z(i)/∂h(j)
                places = places[1:]
            if pair is not None:
                array = pair.of if below == SCALAR else pair.by
            yield from ((array, place, axis) for axis, place in enumerate(places))


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
