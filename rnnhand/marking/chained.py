"""d h[3]/d h[1] as the product of d h[3]/d h[2] and d h[2]/d h[1], as they stand on a sheet.

The chain rule may be followed from either end. Where every way from P to A leads through B, dA/dP
is dA/dB · dB/dP; a sheet that names the derivatives of B may go on from both factors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnhand.calculus.gradient import adjoint
from rnnhand.language.tree import Apply, At, Expr, Ref
from rnnhand.marking.carry import Ground
from rnnhand.marking.names import Place
from rnnhand.system.model import SCALAR, Equation, Quantity, Shape, Term

MOST = 12
"""Quantities that a sheet differentiates, up to which their products are looked for."""

Products = Mapping[Quantity, tuple[Equation, ...]]


def products(ground: Ground) -> list[Products]:
    """Every derivative that is a product of two that a sheet can name: split nearest to what is
    differentiated, nearest to what it is differentiated by, and at each place between."""
    if not ground.named or len(ground.named) > MOST:
        return []
    ways = _ways(ground)
    found: list[Products] = []
    longest = max((len(bodies) for bodies in ways.values()), default=0)
    for turn in (-1, *range(longest - 1)):
        equations: dict[Quantity, list[Equation]] = {}
        for (own, step), bodies in ways.items():
            only = None if step is None else range(step, step + 1)
            body = bodies[min(turn, len(bodies) - 1)]
            made = Equation(own.ref(), (Term(body, only),), only)
            equations.setdefault(own, []).append(made)
        found.append({q: tuple(made) for q, made in equations.items()})
    return found


def _ways(ground: Ground) -> dict[Place, list[Expr]]:
    """The products that make each derivative, from what is nearest to its numerator on."""
    base, order = ground.plan.system, {place: i for i, place in enumerate(_order(ground))}
    named = [(base.quantity(r), base.step(r)) for r in ground.named]
    between = sorted(dict.fromkeys(named), key=lambda p: -order.get(p, -1))
    found: dict[Place, list[Expr]] = {}
    for of in dict.fromkeys([*ground.of, *ground.named]):
        top = base.quantity(of), base.step(of)
        behind = _behind(ground, top, None)
        for middle in between:
            if middle == top or middle not in behind:
                continue
            around = _behind(ground, top, middle)
            for by in _behind(ground, middle, None) - around:
                made = _product(ground, of, middle, by)
                if made is not None:
                    own, body = made
                    found.setdefault(own, []).append(body)
    return found


def _order(ground: Ground) -> Iterator[Place]:
    """The places of the forward pass, each after all that it is made of."""
    base = ground.plan.system
    seen: set[Place] = set()
    for ref in (*ground.of, *ground.named):
        todo = [(base.quantity(ref), base.step(ref))]
        while todo:
            place = todo[-1]
            waiting = [s for s in ground.sources(place) if s not in seen]
            if waiting and place not in seen:
                todo += waiting
                continue
            todo.pop()
            if place not in seen:
                seen.add(place)
                yield place


def _behind(ground: Ground, place: Place, without: Place | None) -> set[Place]:
    """Everything that a place is made of by ways that do not lead through another."""
    seen, todo = {place}, [place]
    while todo:
        for source in ground.sources(todo.pop()):
            if source not in seen and source != without:
                seen.add(source)
                todo.append(source)
    return seen - {place}


def _product(ground: Ground, of: Ref, middle: Place, by: Place) -> tuple[Place, Expr] | None:
    """A derivative's place, and the product that makes it; None where nobody can name them."""
    base, system = ground.plan.system, ground.system
    between = middle[0].at(middle[1])
    left = adjoint(of, middle[0]), middle[1]
    right = adjoint(between, by[0]), by[1]
    own = adjoint(of, by[0]), by[1]
    if by == middle or not all(
        q in system.made_by and system.exists(q, s) for q, s in (left, right, own)
    ):
        return None
    shapes = base.shapes[base.quantity(of)], base.shapes[middle[0]], base.shapes[by[0]]
    body = _multiplied(_ref(left), _ref(right), *shapes)
    return None if body is None else (own, body)


def _ref(place: Place) -> Expr:
    q, step = place
    return Ref(q.name, None if step is None else At(step))


def _multiplied(left: Expr, right: Expr, of: Shape, middle: Shape, by: Shape) -> Expr | None:
    """dA/dB · dB/dP. A derivative of a scalar has the shape of what it is taken by; one of a
    vector has a row for each of its entries."""
    if middle == SCALAR:
        if SCALAR in (of, by):
            return Apply("*", (left, right))
        return Apply("@", (left, Apply("T", (right,)))) if by[1] == 1 else None
    if of != SCALAR:
        return Apply("@", (left, right))
    if middle[1] == 1 and by[1] == 1:
        return Apply("@", (Apply("T", (right,)), left))
    return None
