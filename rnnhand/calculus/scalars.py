"""A network in scalars: every entry of every array as a formula, formulas put into formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from itertools import product

from rnnhand.errors import failure
from rnnhand.language.operations import PRIMITIVES
from rnnhand.language.printer import text
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Number, Over, Ref, Shift, walk
from rnnhand.system.model import SCALAR, Entry, Given, Quantity, Role, Shape, System
from rnnhand.system.shapes import lookup, shape_of
from rnnhand.system.windows import CONVOLUTIONS, POOLS, Covered, covering, windows_of

MOST = 20_000
"""Operations in the formulas of all entries together, beyond which they are not written out."""

Entries = tuple[Expr, ...]


@dataclass
class Scalars:
    """Formulas of a system's quantities, entry by entry, row after row.

    Data stay letters; parameters and constants that are numbers are put in, unless `lettered`.
    `inlined` says whether a computed quantity is replaced by its own formula, or is the name of its
    entry.
    """

    system: System
    inlined: bool = True
    lettered: bool = False
    known: dict[tuple[Quantity, int | None], Entries] = field(default_factory=dict)
    size: int = 0

    def __post_init__(self) -> None:
        of = lookup(self.system, self.system.shapes)

        def shape(expr: Expr) -> Shape:
            """Names that the system does not know are letters."""
            return shape_of(expr, lambda ref: of(ref) or SCALAR) or SCALAR

        self.shape = shape
        self.taken = {q.name for q in (*self.system.made_by, *self.system.given)}

    def quantity(self, q: Quantity, step: int | None) -> Entries:
        """The formulas of a computed quantity at a step. Raises `Failure` for what is too long."""
        if (q, step) not in self.known:
            equation = next(
                e
                for e in self.system.made_by[q]
                if e.steps is None or (step is not None and step in e.steps)
            )
            found = self.of(equation.body, step)
            self.size += sum(1 for e in found for _ in walk(e))
            if self.size > MOST:
                raise failure("scalars-too-long", equation.span, name=str(q), limit=MOST)
            self.known[q, step] = found
        return self.known[q, step]

    def of(self, expr: Expr, step: int | None = None) -> Entries:
        """The formulas of all entries of an expression at a step."""
        return self.within(expr, self.everywhere(step))

    def everywhere(self, step: int | None) -> dict[str, int]:
        """A step of whatever index an equation runs with."""
        return {} if step is None else dict.fromkeys(self.system.indices, step)

    def within(self, expr: Expr, where: Mapping[str, int]) -> Entries:
        """The same at a step of each index: a sum over one of them leaves the others alone."""
        match expr:
            case Number():
                return (expr,)
            case Ref():
                return self.mention(expr, where)
            case Over(kind, var, body):
                runs = self.system.domain(expr)
                steps = [s for run in runs for s in run]
                parts = [self.within(body, {**where, var: s}) for s in steps]
                totals = tuple(total(list(entry)) for entry in zip(*parts, strict=True))
                return totals if kind == "sum" else tuple(_over(e, len(steps)) for e in totals)
            case Apply(op, args):
                return self.operation(expr, op, args, where)

    def mention(self, ref: Ref, where: Mapping[str, int]) -> Entries:
        system = self.system
        if ref.name in system.indices and ref.index is None:
            return (Number(str(where[ref.name])),)
        if ref.index is None and ref.name not in self.taken:
            return (ref,)
        q = system.quantity(ref)
        at = system.step(ref, where if isinstance(ref.index, Shift) else None)
        if q in system.given and at in system.given[q].values:
            given = system.given[q]
            letters = self.names(q, at, given.shape)
            return tuple(map(partial(self.entry, given), letters, given.values[at]))
        if self.inlined and q in system.made_by:
            return self.quantity(q, at)
        return self.names(q, at, system.shapes[q])

    def entry(self, given: Given, letter: Expr, entry: Entry) -> Expr:
        """A given entry: its number, or the letter for it."""
        is_start = given.role is Role.INITIAL and not self.inlined
        if entry is None or given.role is Role.DATA or is_start or self.lettered:
            return letter
        return Number(str(entry)) if isinstance(entry, Fraction) else entry

    def names(self, q: Quantity, step: int | None, shape: Shape) -> Entries:
        """Letters for the entries of a quantity: x1, x2 for a vector where no such name is."""
        at = q.at(step)
        if shape == SCALAR:
            return (at,)
        rows, columns = shape
        numbers = range(1, max(shape) + 1)
        plain = not q.name[-1].isdigit() and not {f"{q.name}{i}" for i in numbers} & self.taken
        if 1 in shape and plain:
            return tuple(Ref(f"{q.name}{i}", at.index) for i in numbers)
        places = product(range(1, rows + 1), range(1, columns + 1))
        inside = [str(i) if columns == 1 else f"{i},{j}" for i, j in places]
        return tuple(Ref(f"{text(at)}({i})") for i in inside)

    def operation(
        self, expr: Apply, op: str, args: tuple[Expr, ...], where: Mapping[str, int]
    ) -> Entries:
        parts = [self.within(arg, where) for arg in args]
        shapes = [self.shape(arg) for arg in args]
        match op:
            case "T":
                return transposed(parts[0], shapes[0])
            case "@":
                return self.matrix_product(parts, shapes)
            case ";":
                return tuple(e for part in parts for e in part)
            case ",":
                rows = shapes[0][0]
                return tuple(
                    e
                    for i in range(rows)
                    for part, (_, n) in zip(parts, shapes, strict=True)
                    for e in part[i * n : (i + 1) * n]
                )
            case "sum":
                return (total(list(parts[0])),)
            case "mean":
                return (_over(total(list(parts[0])), len(parts[0])),)
            case "softmax":
                columns = shapes[0][1] if shapes[0][1] > 1 else len(parts[0])
                return tuple(_share(parts[0], i, columns) for i in range(len(parts[0])))
            case "max" | "min" if len(args) == 1 and len(parts[0]) > 1:
                found = parts[0][0]
                for other in parts[0][1:]:
                    found = Apply(op, (found, other))
                return (found,)
            case "flatten" | "reshape":
                return parts[0]
            case "flip":
                return parts[0][::-1]
            case _ if op in (*CONVOLUTIONS, *POOLS):
                return windowed(expr, parts, shapes)
        shape = self.shape(expr)
        by_entry = op in ("+", "-", "neg", "*", "/", "^", "max", "min", "exp", "log", "sqrt")
        if not (by_entry or op in COMPARISONS or op in self.system.functions):
            raise failure("scalars-operation", expr.span, found=op)
        spread = [_spread(p, s, shape) for p, s in zip(parts, shapes, strict=True)]
        return tuple(
            Apply(op, entries, expr.span, expr.spelling) for entries in zip(*spread, strict=True)
        )

    def matrix_product(self, parts: Sequence[Entries], shapes: Sequence[Shape]) -> Entries:
        left, right = parts
        (rows, inner), (other, columns) = shapes
        if SCALAR in shapes and inner != other:
            scalar, array = (left[0], right) if shapes[0] == SCALAR else (right[0], left)
            return tuple(times(scalar, e) for e in array)
        return tuple(
            total([times(left[i * inner + k], right[k * columns + j]) for k in range(inner)])
            for i in range(rows)
            for j in range(columns)
        )


def windowed(expr: Apply, parts: Sequence[Entries], shapes: list[Shape]) -> Entries:
    """What every window of a convolution or a pooling gives."""
    arrays = PRIMITIVES[expr.op].arrays
    windows = windows_of(expr, shapes[:arrays])
    size = windows.size.down * windows.size.along

    def value(under: Sequence[Covered]) -> Expr:
        x = [parts[0][c.entry] for c in under]
        if expr.op in CONVOLUTIONS:
            weights = [parts[1][c.place] for c in under]
            return total([times(a, b) for a, b in zip(x, weights, strict=True)])
        if expr.op.startswith("avg"):
            return _over(total(x), size)
        return reduce(lambda a, b: Apply("max", (a, b)), x)

    return tuple(value(under) for under in covering(*windows.flat))


def _spread(part: Entries, own: Shape, shape: Shape) -> Entries:
    """Scalars over any shape, a vector over the rows of a batch."""
    if own == shape:
        return part
    if own == SCALAR:
        return part * (shape[0] * shape[1])
    return part * (shape[0] * shape[1] // len(part))


def transposed(part: Entries, shape: Shape) -> Entries:
    rows, columns = shape
    return tuple(part[i * columns + j] for j in range(columns) for i in range(rows))


def _share(parts: Entries, i: int, columns: int) -> Expr:
    """exp(z_i)/Σ exp(z_j), over the row of z_i."""
    start = i // columns * columns
    return Apply(
        "/",
        (
            Apply("exp", (parts[i],)),
            total([Apply("exp", (z,)) for z in parts[start : start + columns]]),
        ),
    )


def _over(expr: Expr, n: int) -> Expr:
    return Apply("/", (expr, Number(str(n))))


def times(a: Expr, b: Expr) -> Expr:
    """a·b without factors 1 and without summands 0."""
    if is_number(a, 0) or is_number(b, 0):
        return Number("0")
    if is_number(a, 1):
        return b
    return a if is_number(b, 1) else Apply("*", (a, b))


def total(terms: Sequence[Expr]) -> Expr:
    """The sum, without summands 0; a summand with a negative number before it is subtracted."""
    kept = [t for t in terms if not is_number(t, 0)]
    if not kept:
        return Number("0")
    found = kept[0]
    for term in kept[1:]:
        positive = negated(term)
        if positive is not None:
            found = Apply("-", (found, positive))
        elif isinstance(found, Apply) and found.op == "+":
            found = Apply("+", (*found.args, term))
        else:
            found = Apply("+", (found, term))
    return found


def negated(term: Expr) -> Expr | None:
    """−term, where term is a negative number or begins with one; else None."""
    match term:
        case Number() if term.value < 0:
            return Number(str(-term.value))
        case Apply("*", (Number() as first, *rest)) if first.value < 0:
            positive: Expr = Number(str(-first.value))
            for factor in rest:
                positive = times(positive, factor)
            return positive
        case _:
            return None


def is_number(expr: Expr, value: int) -> bool:
    return isinstance(expr, Number) and expr.value == value


def tidied(expr: Expr) -> Expr:
    """Sums with differences for negative numbers and without summands 0, all the way down."""
    if not isinstance(expr, Apply):
        return expr
    args = tuple(tidied(a) for a in expr.args)
    match expr.op:
        case "+":
            flat = [b for a in args for b in _summands(a)]
            return total(flat)
        case "*":
            found = args[0]
            for arg in args[1:]:
                found = times(found, arg)
            return found
        case _:
            return Apply(expr.op, args, expr.span, expr.spelling)


def _summands(expr: Expr) -> tuple[Expr, ...]:
    return expr.args if isinstance(expr, Apply) and expr.op == "+" else (expr,)
