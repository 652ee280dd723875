"""The gradient of a system is again a system: one adjoint equation for every quantity.

Let q[t] = body hold for t in lo..hi, and let the body mention r[t+k]. Then r receives a summand

    dL/dr[s]  gains  dL/dq[s-k] · (∂body/∂r[t+k] at t = s-k),   lo ≤ s-k ≤ hi,   through q[s-k].

A mention at an absolute step gives a summand at that step only. A mention without a step (a
parameter w) gives contributions dL/dw[t], one a step, and dL/dw = sum[t](dL/dw[t]).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from rnnhand.calculus.mentions import Mention, mentions
from rnnhand.calculus.rules import ShapeOf, filled
from rnnhand.calculus.tidy import ONE, ZERO, tidy
from rnnhand.errors import failure
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Last,
    Over,
    Ref,
    Shift,
    refs,
    rewrite,
    shift,
)
from rnnhand.system.model import (
    SCALAR,
    Equation,
    Given,
    Quantity,
    Role,
    Steps,
    System,
    Term,
    merged,
    runs,
)
from rnnhand.system.shapes import lookup, shape_of, shown
from rnnhand.system.upstream import reached


def adjoint(of: Ref, by: Quantity) -> Quantity:
    """dL/dh[t], the adjoint of h[t]; dL[2]/dw where the numerator is at a step."""
    return Quantity(f"d{text(of)}/d{by.name}", by.over)


def contribution(of: Ref, by: Quantity, over: str) -> Quantity:
    """dL/dw[t]: what step t contributes to dL/dw. Where there is a w[t] too this is the name of
    its adjoint, and the contributions have none: see `has_contributions`."""
    return Quantity(f"d{text(of)}/d{by.name}", over)


def has_contributions(system: System, by: Quantity, over: str) -> bool:
    """Whether what each step contributes has a name: not where c and c[t] are two quantities."""
    return not by.over and Quantity(by.name, over) not in system.shapes


@dataclass(frozen=True)
class Gradient:
    """`system` is the original one and the adjoint equations; `adjoints` lists only these."""

    system: System
    of: Ref
    adjoints: tuple[Equation, ...]
    wrt: tuple[Quantity, ...]

    def of_quantity(self, q: Quantity) -> Quantity:
        return adjoint(self.of, q)


def gradient(
    system: System,
    of: Ref | None = None,
    wrt: Collection[Quantity] = (),
    seed: Given | None = None,
    put_in: bool = True,
) -> Gradient:
    """The adjoints of every computed quantity, parameter and initial value, and of `wrt`.

    `of` is the system's loss unless named. It must be a scalar, or `seed` (a given value of its
    shape) chooses the combination of its entries that is differentiated. From given adjoints the
    way back goes to everything that they come from, data too. Adjoints that are plain numbers are
    `put_in` where others read them.
    """
    of = of or system.loss
    if of is None:
        raise failure("no-loss", None, "hint-loss")
    target = system.quantity(of)
    of = replace(target.at(system.step(of)), span=of.span)  # dL[T] is dL[3]
    shape = system.shapes[target]
    if shape != SCALAR and seed is None:
        raise failure("loss-not-scalar", of.span, name=text(of), found=shown(shape))
    free = {
        q: g
        for q, g in system.given.items()
        if g.role in (Role.PARAMETER, Role.INITIAL) or q in wrt
    }
    by = tuple(dict.fromkeys((*system.made_by, *free)))
    pushed: Collection[Quantity] = ()
    if of == system.loss and seed is None and system.pushed:
        pushed = system.pushed.values()
        there = reached(system)
        found = dict.fromkeys((*system.made_by, *system.given))
        by = tuple(q for q in found if q in there and q not in pushed)
    taken = _summands(system, of, set(by))
    start: Expr = ONE if seed is None else seed.quantity.ref()
    steps = None
    if of.index is not None:
        step = system.step(of)
        assert step is not None
        steps = range(step, step + 1)
    taken.setdefault(target, []).insert(0, Term(start, steps))
    full = _with_shapes(system, of, by, seed)
    equations: list[Equation] = []
    for q in by:
        equations += _equations(full, of, q, taken.get(q, []))
    if put_in:
        equations = _inlined(full, equations)
    return Gradient(
        replace(full, equations=(*system.equations, *equations)), of, tuple(equations), by
    )


def _with_shapes(system: System, of: Ref, by: Collection[Quantity], seed: Given | None) -> System:
    """The system, knowing the shapes of the adjoints to come."""
    shapes = dict(system.shapes)
    for q in by:
        shapes[adjoint(of, q)] = system.shapes[q]
        for var in system.indices:
            if has_contributions(system, q, var):
                shapes[contribution(of, q, var)] = system.shapes[q]
    given = dict(system.given)
    if seed is not None:
        given[seed.quantity] = seed
        shapes[seed.quantity] = seed.shape
    return replace(system, shapes=shapes, given=given)


def _summands(system: System, of: Ref, by: set[Quantity]) -> dict[Quantity, list[Term]]:
    """The labelled summands of every adjoint, as the mentions in the equations give them."""
    taken: dict[Quantity, list[Term]] = {}
    shape = shapes_in(system)
    there = reached(replace(system, loss=of))
    for equation in system.equations:
        q = system.quantity(equation.target)
        if q not in there:
            continue  # `of` is not made of it, so nothing comes back through it
        incoming = adjoint(of, q).ref() if q.over else Ref(adjoint(of, q).name)
        if isinstance(equation.target.index, At):
            incoming = replace(incoming, index=equation.target.index)
        running: dict[str, Steps] = {}
        if isinstance(equation.target.index, Shift) and equation.steps is not None:
            running = {equation.target.index.var: (equation.steps,)}
        body = equation.body
        for mention in mentions(system, body, incoming, shape, running, equation.target):
            r = system.quantity(mention.ref)
            if r in by:
                taken.setdefault(r, []).append(_summand(system, equation, mention))
    return taken


def _summand(system: System, equation: Equation, mention: Mention) -> Term:
    """The summand of one mention; its running index is renamed to the receiver's own step."""
    body, index = mention.adjoint, mention.ref.index
    target = equation.target
    own = target.index.var if isinstance(target.index, Shift) else None
    running = mention.running
    route = target
    chosen: str | None = None
    steps: Steps | None = None
    if isinstance(index, Shift):
        chosen, k = index.var, index.offset
        steps = tuple(range(r.start + k, r.stop + k) for r in running[chosen])
        body = shift(body, chosen, -k)
        if chosen == own and not mention.within:
            route = replace(target, index=Shift(chosen, -k))
    elif isinstance(index, At | Last):
        step = system.step(mention.ref)
        assert step is not None
        steps = (range(step, step + 1),)
    elif running:
        chosen = own if own is not None and own in running else next(iter(running))
        steps = running[chosen]
    for var in running:
        if var != chosen:
            body = Over("sum", var, body, running[var])
    return _Spread(body, None, route, chosen, steps)


@dataclass(frozen=True, slots=True)
class _Spread(Term):
    """A term still in the making: the index it runs over, and its steps as runs."""

    over: str | None = None
    runs: Steps | None = None


def _equations(system: System, of: Ref, q: Quantity, taken: list[Term]) -> list[Equation]:
    """The adjoint equations of one quantity."""
    shape = shapes_in(system)

    def terms(chosen: list[Term]) -> tuple[Term, ...]:
        found = []
        for term in chosen:
            body = tidy(term.body, shape)
            if body == ZERO or _is_zero(body):
                continue
            spread = term.runs if isinstance(term, _Spread) else None
            for steps in spread or (term.steps,):
                found.append(Term(body, steps, term.route))
        return tuple(sorted(found, key=_distance))

    made = adjoint(of, q)
    known = system.given.get(made)
    if known is not None and not q.over:
        return []
    if q.over:
        free = system.steps[q]
        if known is not None:
            free = tuple(runs(s for run in free for s in run if s not in known.values))
        return [Equation(made.ref(), _clipped(terms(taken), run), run) for run in free]
    by_step: dict[str, list[Term]] = {}
    whole: list[Term] = []
    for term in taken:
        over = term.over if isinstance(term, _Spread) else None
        if over is None:
            whole.append(term)
        else:
            by_step.setdefault(over, []).append(term)
    equations, totals = [], []
    for var, chosen in by_step.items():
        parts = terms(chosen)
        if not has_contributions(system, q, var):
            totals += [
                Term(Over("sum", var, term.body, (term.steps,)), None)
                for term in parts
                if term.steps is not None
            ]
            continue
        made = contribution(of, q, var)
        own = merged(term.steps for term in parts if term.steps is not None)
        for run in own:
            equations.append(Equation(made.ref(), _clipped(parts, run), run))
        if own:
            totals.append(Term(Over("sum", var, made.ref(), own), None))
    total = Ref(adjoint(of, q).name)
    equations.append(
        Equation(total, (*totals, *(replace(t, steps=None) for t in terms(whole))), None)
    )
    return equations


def _distance(term: Term) -> int:
    """How many steps away a summand comes from: what the step itself gives is written first."""
    index = term.route.index if term.route else None
    return abs(index.offset) if isinstance(index, Shift) else 0


def _clipped(terms: tuple[Term, ...], run: range) -> tuple[Term, ...]:
    found = []
    for term in terms:
        if term.steps is None:
            found.append(term)
            continue
        steps = range(max(term.steps.start, run.start), min(term.steps.stop, run.stop))
        if steps:
            found.append(replace(term, steps=steps))
    return tuple(found)


def _is_zero(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "fill" and expr.args[0] == ZERO


def _inlined(system: System, equations: list[Equation]) -> list[Equation]:
    """Adjoints that are the same plain number at every step, such as dL/dL[t] = 1, put in."""
    while True:
        known = _plain(system, equations)
        shape = shapes_in(system)

        def put(expr: Expr, known: dict[Quantity, Expr] = known) -> Expr:
            return known.get(system.quantity(expr), expr) if isinstance(expr, Ref) else expr

        new = []
        for equation in equations:
            terms = tuple(
                replace(t, body=tidy(rewrite(t.body, put), shape))
                if any(system.quantity(r) in known for r in refs(t.body))
                and not isinstance(t.body, Over)
                else t
                for t in equation.terms
            )
            kept = tuple(t for t in terms if t.body != ZERO and not _is_zero(t.body))
            new.append(replace(equation, terms=kept))
        if new == equations:
            return equations
        equations = new


def _plain(system: System, equations: list[Equation]) -> dict[Quantity, Expr]:
    """Adjoints that have one term, without any name in it, at all their steps; or none at all."""
    found: dict[Quantity, Expr] = {}
    spoiled: set[Quantity] = set()
    for equation in equations:
        q = system.quantity(equation.target)
        bodies = {t.body for t in equation.terms if t.steps is None or t.steps == equation.steps}
        if not equation.terms:
            value = filled(ZERO, system.shapes[q])
        elif len(equation.terms) == len(bodies) == 1:
            (value,) = bodies
        else:
            spoiled.add(q)
            continue
        if any(True for _ in refs(value)) or found.setdefault(q, value) != value:
            spoiled.add(q)
    return {q: value for q, value in found.items() if q not in spoiled}


def with_adjoints(found: Gradient, put: Callable[[Equation], Equation]) -> Gradient:
    """The same gradient, each equation of the way back in another form."""
    forward = found.system.equations[: len(found.system.equations) - len(found.adjoints)]
    adjoints = tuple(map(put, found.adjoints))
    system = replace(found.system, equations=(*forward, *adjoints))
    return replace(found, system=system, adjoints=adjoints)


def shapes_in(system: System) -> ShapeOf:
    """The shape of any expression over a system's quantities."""
    of = lookup(system, system.shapes)

    def shape(expr: Expr) -> tuple[int, int]:
        found = shape_of(expr, of)
        assert found is not None, text(expr)
        return found

    return shape
