"""What may have been meant in the place of one part of a formula, the likeliest first: another
step, exponent, function, transpose, order, name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from rnnhand.calculus.gradient import Gradient
from rnnhand.calculus.rules import plus
from rnnhand.calculus.variants import is_lagged
from rnnhand.errors import Failure
from rnnhand.language.derivatives import derivative_of, derivative_ref
from rnnhand.language.operations import Function
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Number, Ref, Shift, refs, rewrite, shift, walk
from rnnhand.questions.formula.counts import Count, count_of, ends_near, exponents_near
from rnnhand.questions.formula.formula import Formula
from rnnhand.questions.formula.spots import Spot
from rnnhand.system.model import SCALAR, Quantity, Role, Shape

KINDS = (
    "wrong-product", "wrong-step", "wrong-power", "wrong-function", "wrong-argument", "transposed",
    "wrong-order", "wrong-entry", "wrong-name",
)  # fmt: skip
"""What is written in the place of what was meant, the likeliest mistake first."""

LATE = ("wrong-derivative", "wrong-mention")
"""What explains so much that anything else is likelier."""

NEAR = (-1, 1, -2, 2)
"""How far from its step something is taken by mistake."""

MOST_POWERS = 24
MOST_NUMBERS = 3
MOST_ENTRIES = 12


@dataclass(frozen=True)
class Known:
    """What is needed of a formula to say what was meant: the names of its functions, where they
    are applied without making a name, which names they link, the whole numbers in its exponents and
    ranges, and whether it counts from the last step."""

    formula: Formula
    functions: tuple[str, ...]
    applied: tuple[Apply, ...]
    linked: Mapping[str, tuple[str, ...]]
    numbers: tuple[int, ...]
    last: bool

    def shape(self, expr: Expr) -> Shape | None:
        try:
            return self.formula.shape(expr)
        except (Failure, AssertionError):
            return None


def known(formula: Formula, spots: Sequence[Spot]) -> Known:
    system = formula.system
    applied = [
        (e, n)
        for e in system.equations
        for n in walk(e.body)
        if isinstance(n, Apply) and len(n.args) == 1 and _is_by_entry(system.functions.get(n.op))
    ]
    used = dict.fromkeys(n.op for _, n in applied)
    slopes = (f"{name}'" for name in used if system.functions[name].open)
    named = dict.fromkeys(n for e, n in applied if isinstance(n.args[0], Ref) and e.body != n)
    linked: dict[str, tuple[str, ...]] = {}
    for e, n in applied:
        if e.body == n and isinstance(n.args[0], Ref):
            made, argument = e.target.name, n.args[0].name
            linked[made] = (*linked.get(made, ()), argument)
            linked[argument] = (*linked.get(argument, ()), made)
    numbers = dict.fromkeys(
        int(s.node.value)
        for s in spots
        if s.role in ("exponent", "end")
        and isinstance(s.node, Number)
        and s.node.value.denominator == 1
    )
    last = any(s.node == Ref("T") for s in spots)
    few = tuple(islice(numbers, MOST_NUMBERS))
    return Known(formula, (*used, *slopes), tuple(named), linked, few, last)


def _is_by_entry(function: Function | None) -> bool:
    return function is not None and len(function.parameters) == 1


def meant(about: Known, spot: Spot) -> Iterator[tuple[str, Expr]]:
    """The kinds of mistakes, and what belongs in the place."""
    if spot.role == "value":
        yield from (("wrong-product", e) for e in _other_products(about, spot.node))
        yield from (("wrong-step", e) for e in _other_steps(spot))
        yield from (("wrong-power", e) for e in _other_powers(about, spot))
        yield from (("wrong-function", e) for e in _other_functions(about, spot))
        yield from _turned_round(about, spot.node)
        yield from (("wrong-entry", e) for e in _other_entries(about, spot.node))
        yield from (("wrong-argument", e) for e in _linked_names(about, spot.node))
        by_name = isinstance(spot.node, Ref) and derivative_of(spot.node) is not None
        kind = "wrong-derivative" if by_name else "wrong-name"
        yield from ((kind, e) for e in _other_names(about, spot.node))
        yield from ((kind, e) for e in _without_way_back(about, spot.node))
        yield from (("wrong-mention", e) for e in _other_mentions(about, spot))


def other_ends(about: Known, spot: Spot) -> Iterator[Expr]:
    """What else the end of a range may be."""
    count = count_of(spot.node)
    if count is not None:
        for near in islice(ends_near(count, _steps(about, spot), about.numbers), MOST_POWERS):
            yield near.written()


def _steps(about: Known, spot: Spot) -> tuple[str, ...]:
    """What may stand for a step there: T where the formula knows it."""
    return (*spot.names, "T") if about.last else spot.names


def _other_steps(spot: Spot) -> Iterator[Expr]:
    """The same at another step; y[k-1] for y[t-1]; dh[t-1]/dw for dh[t]/dw."""
    node = spot.node
    if not isinstance(node, Ref):
        return
    pair = derivative_of(node)
    for by in NEAR:
        if pair is not None and pair.by.index is None:
            moved = at_other_step(pair.of, by)
            if moved is not None:
                yield derivative_ref(moved, pair.by)
        else:
            moved = at_other_step(node, by)
            if moved is not None:
                yield moved
    if isinstance(node.index, Shift):
        for name in spot.names:
            if name != node.index.var:
                yield replace(node, index=Shift(name, node.index.offset))


def at_other_step(ref: Ref, by: int) -> Ref | None:
    """None where it has no step, or one that is told from the end."""
    match ref.index:
        case Shift(var, offset):
            return replace(ref, index=Shift(var, offset + by))
        case At(step):
            return replace(ref, index=At(step + by))
        case _:
            return None


def _other_powers(about: Known, spot: Spot) -> Iterator[Expr]:
    node, parent = spot.node, spot.parent
    if isinstance(parent, Apply) and parent.op == "^":
        return
    match node:
        case Apply("^", (base, exponent)):
            count = count_of(exponent)
            if count is not None:
                near = exponents_near(count, _steps(about, spot), about.numbers)
                yield from (_power(base, c) for c in islice(near, MOST_POWERS) if c != Count((), 0))
        case Ref(_, None) if derivative_of(node) is None and about.shape(node) == SCALAR:
            if node.name not in spot.names and node.name != "T":
                yield _power(node, Count((), 2))
                yield from powers(about, spot, node)
        case Ref():
            yield _power(node, Count((), 2))
        case Apply(op, (_,)) if op in about.functions:
            yield _power(node, Count((), 2))


def powers(about: Known, spot: Spot, node: Expr) -> Iterator[Expr]:
    """w^(t-k): a weight on the way from one step to another."""
    apart = exponents_near(Count((), 1), _steps(about, spot), about.numbers)
    yield from (_power(node, c) for c in islice(apart, MOST_POWERS) if c.names)


def _power(base: Expr, count: Count) -> Expr:
    return base if count == Count((), 1) else Apply("^", (base, count.written()))


def _other_functions(about: Known, spot: Spot) -> Iterator[Expr]:
    node = spot.node
    match node:
        case Apply(op, (inner,)) if op in about.functions:
            others = sorted(about.functions, key=lambda f: f.endswith("'") != op.endswith("'"))
            yield from (Apply(f, (inner,)) for f in others if f != op)
            yield inner
        case Ref(name, _) if name not in spot.names and derivative_of(node) is None:
            yield from (Apply(f, (node,)) for f in about.functions)
            for other in about.applied:  # tanh(c[t]) for h[t]
                (ref,) = other.args
                if isinstance(ref, Ref) and isinstance(ref.index, Shift) and node.index is not None:
                    yield replace(other, args=(replace(ref, index=node.index),))


def _other_products(about: Known, node: Expr) -> Iterator[Expr]:
    """A product of matrices for one entry by entry, or the other way round; diag(v)·W for v ⊙ W."""
    match node:
        case Apply("*", (first, *others)):
            yield from _as_matrices(about, first, others)
        case Apply("@", (a, b)) if about.shape(a) == about.shape(b):
            yield Apply("*", (a, b))


def _as_matrices(about: Known, first: Expr, others: Sequence[Expr]) -> Iterator[Expr]:
    """The factors from the left, with @ between arrays; or a vector as the diagonal that it is."""
    sizes = [about.shape(e) for e in (first, *others)]
    if sum(size not in (None, SCALAR) for size in sizes) < 2 or None in sizes:
        return
    plain, turned = first, _diagonal(first, sizes[0])
    for factor, size in zip(others, sizes[1:], strict=True):
        plain = Apply("*" if SCALAR in (about.shape(plain), size) else "@", (plain, factor))
        turned = Apply("*" if SCALAR in (about.shape(turned), size) else "@", (turned, factor))
    yield plain
    if turned != plain:
        yield turned


def _diagonal(expr: Expr, size: Shape | None) -> Expr:
    return Apply("diag", (expr,)) if size is not None and size[1] == 1 and size[0] > 1 else expr


def _turned_round(about: Known, node: Expr) -> Iterator[tuple[str, Expr]]:
    match node:
        case Apply("T", (inner,)):
            yield "transposed", inner
        case Apply("@", (a, b)):
            yield "transposed", Apply("@", (_turned(b), _turned(a)))
            yield "wrong-order", Apply("@", (b, a))
        case Ref() if max(about.shape(node) or SCALAR) > 1 and derivative_of(node) is None:
            yield "transposed", Apply("T", (node,))


def _other_entries(about: Known, node: Expr) -> Iterator[Expr]:
    """W(2,1) for W(1,2), then any other place of the same array."""
    if not (isinstance(node, Apply) and node.op == "entry"):
        return
    array, *place = node.args
    shape = about.shape(array)
    if shape is None or shape[0] * shape[1] > MOST_ENTRIES:
        return
    sizes = [range(1, size + 1) for size in shape[: len(place)]]
    others = [tuple(Number(str(i)) for i in one) for one in product(*sizes)]
    turned = tuple(reversed(place))
    for other in sorted(others, key=lambda one: one != turned):
        if other != tuple(place):
            yield Apply("entry", (array, *other))


def _turned(expr: Expr) -> Expr:
    """The transpose: of δᵀ it is δ, of a diagonal matrix itself."""
    match expr:
        case Apply("T", (inner,)):
            return inner
        case Apply("diag", _):
            return expr
        case _:
            return Apply("T", (expr,))


def _linked_names(about: Known, node: Expr) -> Iterator[Ref]:
    """The argument of a function for what it makes, and the other way round."""
    if isinstance(node, Ref):
        yield from (replace(node, name=name) for name in about.linked.get(node.name, ()))


def _other_names(about: Known, node: Expr) -> Iterator[Ref]:
    """Other quantities of the same kind and shape, at the same step; other derivatives of the same
    quantity."""
    if not isinstance(node, Ref):
        return
    formula, system = about.formula, about.formula.system
    pair = derivative_of(node)
    side = node if pair is None else pair.by
    q = Quantity(side.name, system.overs.get(side.name, "") if side.index is not None else "")
    if q not in system.shapes:
        return
    others = (*system.given, *system.made_by)
    for other in others:
        same = other.over == q.over and system.shapes[other] == system.shapes[q]
        if not same or other == q or other.name in formula.entries:
            continue
        if pair is None:
            yield replace(node, name=other.name)
        else:
            yield replace(node, name=f"d{text(pair.of)}/d{other.name}")


def _without_way_back(about: Known, node: Expr) -> Iterator[Expr]:
    """u*dL/dyhat[t] for dL/dh[t], which has all that comes back from later steps too: beside
    dh[t]/dw, which goes through all earlier ones, it counts that again and again."""
    pair = derivative_of(node) if isinstance(node, Ref) else None
    gradient = about.formula.gradients.get(text(pair.of)) if pair is not None else None
    if gradient is not None and isinstance(node, Ref):
        own = _own_step(gradient, node)
        if own is not None:
            yield own


def _own_step(gradient: Gradient, adjoint: Ref, again: bool = True) -> Expr | None:
    """An adjoint without what comes back from other steps, here or in the adjoint that it is made
    of; None where nothing does."""
    for e in gradient.adjoints:
        index, target = adjoint.index, e.target.index
        if e.target.name != adjoint.name or not isinstance(index, Shift):
            continue
        if not isinstance(target, Shift) or target.var != index.var:
            continue
        here = [t.body for t in e.terms if not is_lagged(t)]
        if here and len(here) < len(e.terms):
            return shift(plus(*here), index.var, index.offset)
        for ref in (r for body in here for r in refs(body) if derivative_of(r) and again):
            inner = _own_step(gradient, ref, False)
            if inner is not None:
                body = rewrite(plus(*here), lambda n, r=ref, i=inner: i if n == r else n)  # type: ignore[misc]
                return shift(body, index.var, index.offset)
    return None


def _is_sum(parent: Expr | None) -> bool:
    return isinstance(parent, Apply) and parent.op in ("+", "-")


def _other_mentions(about: Known, spot: Spot) -> Iterator[Ref]:
    """What is another quantity and has another step or shape too: x[t] for h[t-1], u for h[t]."""
    node = spot.node
    system = about.formula.system
    if isinstance(node, Number):  # p[t] - 1 for p[t] - d[t], where d tells the class
        data = (q for q, g in system.given.items() if g.role is Role.DATA)
        yield from (q.ref() for q in data if _is_sum(spot.parent))
    if not isinstance(node, Ref) or derivative_of(node) is not None:
        return
    over = system.overs.get(node.name, "") if node.index is not None else ""
    shape = system.shapes.get(Quantity(node.name, over))
    if shape is None:
        return
    for other in (*system.given, *system.made_by):
        if other.name in (node.name, *about.formula.entries):
            continue
        if other.over != over:
            if not other.over:
                yield other.ref()
            elif not over:
                yield from (Ref(other.name, Shift(n, b)) for n in spot.names for b in (0, -1, 1))
            continue
        for by in (0, *NEAR[:2]):
            moved = at_other_step(node, by) if by else node
            if moved is not None and (by or system.shapes[other] != shape):
                yield replace(moved, name=other.name)
