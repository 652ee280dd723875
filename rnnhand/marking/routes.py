"""Other honest ways to the same value, for values that the first way does not reach.

A slope may be written with the result, 1 − h², or be computed anew, 1 − tanh(a)². A gradient may be
the sum of those of the steps' losses. What is behind one step's loss alone has the same adjoint
for the whole loss. And dh[t]/dw may be followed forward in time. On exact numbers all agree; after
rounding, or after a slip on one of the ways, they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from rnnhand.arithmetic.interval import INTERVALS
from rnnhand.arithmetic.program import initial_storage
from rnnhand.calculus.gradient import adjoint, gradient
from rnnhand.calculus.patterns import exchanged
from rnnhand.calculus.tangent import tangent, tangents
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Over,
    Ref,
    Shift,
    refs,
    rewrite,
    shift,
    substitute,
)
from rnnhand.marking.carry import Ground
from rnnhand.marking.chained import products
from rnnhand.marking.names import Place
from rnnhand.marking.trial import Changes, with_equations
from rnnhand.questions.work import ONE, Plan
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, Shape, System, Term

Equations = Mapping[Quantity, tuple[Equation, ...]]


def routes(ground: Ground) -> tuple[Changes, ...]:
    """Every other honest way on a ground, alone and together with slopes computed anew."""
    plan, system = ground.plan, ground.system
    anew = _other_slopes(system, _anew)
    read_off = _other_slopes(system, _read_off)
    shared = _shared_with_the_loss(ground)
    sums = sums_of_steps(ground)
    shares = _with_written_shares(ground)
    shares_anew = _other_slopes(with_equations(system, shares), _anew) if shares else {}
    found = [Changes(e) for e in (anew, read_off, sums, shared, shares) if e]
    if anew and shares:
        found.append(Changes({**shares, **shares_anew}))
    if anew and shared:
        both = {q: (*shared.get(q, ()), *anew.get(q, ())) for q in (*shared, *anew)}
        found.append(Changes(both))
    for given in plan.parameters:
        if given.shape == SCALAR and not given.quantity.over and ground.of:
            found += _forwards(ground, given.quantity, plan)
    found += map(Changes, products(ground))
    return tuple(found)


def _other_slopes(system: System, put: Callable[[System, Term], Term]) -> Equations:
    """Every equation of a gradient whose slopes can be written in another way."""
    found = {}
    for q, made in system.made_by.items():
        equations = tuple(
            replace(e, terms=tuple(put(system, term) for term in e.terms)) for e in made
        )
        if equations != made:
            found[q] = equations
    return found


def _read_off(system: System, term: Term) -> Term:
    """The summand with the slope of its route read off the result: [h > 0] for [a > 0]."""
    made = system.made_by.get(system.quantity(term.route), ()) if term.route is not None else ()
    if len(made) != 1 or term.route is None or len(made[0].terms) != 1:
        return term
    body, own = made[0].body, made[0].target.index
    f = system.functions.get(body.op) if isinstance(body, Apply) else None
    if f is None or not f.also or not isinstance(body, Apply):
        return term
    if isinstance(own, Shift) and isinstance(term.route.index, Shift):
        body = shift(body, own.var, term.route.index.offset - own.offset)
    assert isinstance(body, Apply)
    values = {**dict(zip(f.parameters, body.args, strict=True)), "result": term.route}
    first = f.parameters[0]
    old, new = (substitute(s[first], values) for s in (f.slopes, f.also))
    return replace(term, body=exchanged(term.body, (old,), (new,)))


def _anew(system: System, term: Term) -> Term:
    """The summand with the result that its route names put in as its equation makes it."""
    route = term.route
    if route is None:
        return term
    made = system.made_by.get(system.quantity(route), ())
    if len(made) != 1:
        return term
    body = made[0].body
    own = made[0].target.index
    if isinstance(own, Shift) and isinstance(route.index, Shift):
        body = shift(body, own.var, route.index.offset - own.offset)

    def put(node: Expr) -> Expr:
        return body if isinstance(node, Ref) and node == route else node

    return replace(term, body=rewrite(term.body, put))


def sums_of_steps(ground: Ground) -> Equations:
    """dL/dw is also Σ_t dL/dL[t]·dL[t]/dw, where the loss is a sum of the steps' losses alone."""
    plan, system = ground.plan, ground.system
    steps = steps_of_the_loss(plan)
    if plan.gradient is None or not steps or not {*ground.of}.issuperset(steps):
        return {}
    found = {}
    for given in plan.parameters:
        q = given.quantity
        factor = plan.gradient.of_quantity(plan.system.quantity(steps[0])).name
        terms = tuple(
            Term(Apply("*", (Ref(factor, ref.index), adjoint(ref, q).ref())), None) for ref in steps
        )
        whole = plan.gradient.of_quantity(q)
        runs = system.steps[q] if q.over else (None,)
        found[whole] = tuple(Equation(whole.ref(), terms, run) for run in runs)
    return found


def steps_of_the_loss(plan: Plan) -> list[Ref]:
    """L[1], L[2], … where the loss is their sum or mean and nothing else."""
    if plan.system.loss is None or len(plan.step_losses) != 1:
        return []
    body = plan.system.made_by[plan.system.quantity(plan.system.loss)][0].body
    if not isinstance(body, Over) or not isinstance(body.body, Ref):
        return []
    (loss,) = plan.step_losses
    return [loss.at(step) for step in (s for run in plan.system.domain(body) for s in run)]


def _with_written_shares(ground: Ground) -> Equations:
    """Adjoints that go on from dL/dL[t] as it stands on the sheet, 0.333 or a mistake, where the
    equations have its plain number put in."""
    plan, system = ground.plan, ground.system
    if plan.gradient is None:
        return {}
    shares = {plan.gradient.of_quantity(loss) for loss in plan.step_losses}
    raw = gradient(plan.system, plan.gradient.of, wrt=plan.gradient.wrt, put_in=False)
    found: dict[Quantity, list[Equation]] = {}
    for equation in raw.adjoints:
        found.setdefault(raw.system.quantity(equation.target), []).append(equation)
    return {
        q: tuple(made)
        for q, made in found.items()
        if q in system.made_by
        and q not in shares
        and any(system.quantity(r) in shares for e in made for t in e.terms for r in refs(t.body))
    }


def _shared_with_the_loss(ground: Ground) -> Equations:
    """dL[s]/dq[k] = dL/dq[k] / (dL/dL[s]) where q[k] has a part in no other step's loss."""
    plan = ground.plan
    steps = [ref for ref in steps_of_the_loss(plan) if ref in ground.of]
    if not steps or plan.gradient is None:
        return {}
    loss = plan.system.quantity(steps[0])
    share = plan.gradient.of_quantity(loss).name
    part_in: dict[Place, set[int]] = {}
    for ref in steps_of_the_loss(plan):
        step = plan.system.step(ref)
        assert step is not None
        for place in _made_of(ground, (loss, step)):
            part_in.setdefault(place, set()).add(step)
    found: dict[Quantity, list[Equation]] = {}
    for (q, k), losses in part_in.items():
        ref = loss.at(next(iter(losses)))
        own = adjoint(ref, q)
        if len(losses) > 1 or ref not in steps or k is None or not ground.system.exists(own, k):
            continue
        whole = Ref(plan.gradient.of_quantity(q).name, At(k))
        body = Apply("/", (whole, Ref(share, ref.index)))
        only = range(k, k + 1)
        found.setdefault(own, []).append(Equation(own.ref(), (Term(body, only),), only))
    return {q: tuple(made) for q, made in found.items()}


def _made_of(ground: Ground, place: Place) -> set[Place]:
    """Everything that a place is made of."""
    seen, todo = {place}, [place]
    while todo:
        for source in ground.sources(todo.pop()):
            if source not in seen:
                seen.add(source)
                todo.append(source)
    return seen - {place}


def _behind_one_step(system: System, loss: Quantity) -> list[Quantity]:
    """The quantities that are read by a step's loss, or by others of these, at the same step."""
    found = [loss]
    while True:
        more = [
            q
            for q in system.made_by
            if q.over and q not in found and q.over == loss.over and _read_only_by(system, q, found)
        ]
        if not more:
            return found[1:]
        found += more


def _read_only_by(system: System, q: Quantity, readers: list[Quantity]) -> bool:
    there = False
    for equation in system.equations:
        for ref in refs(equation.body):
            if system.quantity(ref) == q:
                there = True
                same = isinstance(ref.index, Shift) and ref.index == equation.target.index
                if not same or system.quantity(equation.target) not in readers:
                    return False
    return there


def _forwards(ground: Ground, by: Quantity, plan: Plan) -> Iterator[Changes]:
    """dh[t]/dw by the tangents of a parameter, step after step, with either slope."""
    base = plan.system
    still = Given(by, Role.CONSTANT, SCALAR, {None: (ONE,)})
    moving = tangents(base, still)
    made = {q: e for q, e in moving.made_by.items() if q not in base.made_by}
    shapes: dict[Quantity, Shape] = {q: s for q, s in moving.shapes.items() if q not in base.shapes}
    names: dict[Place, Place] = {}
    targets: dict[Quantity, tuple[Equation, ...]] = {}
    for ref in ground.of:
        q, step = base.quantity(ref), base.step(ref)
        own, total = tangent(q, by.name), adjoint(ref, by)
        if own in made and total in ground.system.made_by:
            names[own, step] = total, None
            body = Ref(own.name, At(step) if step is not None else None)
            targets[total] = (Equation(total.ref(), (Term(body, None),), None),)
    if not targets:
        return
    given = initial_storage(moving, INTERVALS, known=base.given)
    yield Changes({**targets, **made}, shapes, given, names)
    cut = _through_adjoints(ground, by, moving)
    yield Changes({**targets, **made, **cut}, shapes, given, names)
    anew = {q: tuple(_with_slopes_anew(moving, e) for e in made[q]) for q in made}
    if anew != made:
        yield Changes({**targets, **anew}, shapes, given, names)
        yield Changes({**targets, **anew, **cut}, shapes, given, names)


def _through_adjoints(ground: Ground, by: Quantity, moving: System) -> Equations:
    """dL[t]/dw = dL/dyhat[t] / (dL/dL[t]) · dyhat[t]/dw: the known error times a tangent."""
    plan = ground.plan
    found: dict[Quantity, tuple[Equation, ...]] = {}
    if plan.gradient is None:
        return found
    for loss in plan.step_losses:
        own = tangent(loss, by.name)
        inner = [q for q in _behind_one_step(plan.system, loss) if _reads(plan.system, loss, q)]
        if own not in moving.made_by or len(inner) != 1 or plan.system.shapes[inner[0]] != SCALAR:
            continue
        (q,) = inner
        index = Shift(loss.over)
        error = Ref(plan.gradient.of_quantity(q).name, index)
        share = Ref(plan.gradient.of_quantity(loss).name, index)
        body = Apply("*", (Apply("/", (error, share)), Ref(tangent(q, by.name).name, index)))
        found[own] = tuple(replace(e, terms=(Term(body, e.steps),)) for e in moving.made_by[own])
    return found


def _reads(system: System, reader: Quantity, q: Quantity) -> bool:
    return any(
        system.quantity(ref) == q
        for equation in system.made_by[reader]
        for ref in refs(equation.body)
    )


def _with_slopes_anew(system: System, equation: Equation) -> Equation:
    """A tangent's equation without the result whose tangent it is: 1 − tanh(a)² for 1 − h²."""
    name = equation.target.name
    q = next((q for q in system.made_by if f"d{q.name}[]/" in name), None)
    if q is None:
        return equation
    route = Ref(q.name, equation.target.index)
    terms = tuple(_anew(system, replace(term, route=route)) for term in equation.terms)
    return replace(equation, terms=terms)
