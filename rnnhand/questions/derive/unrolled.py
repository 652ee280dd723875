"""A derivative unrolled over the steps, with Σ and Π, and for one step without any sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, count

from rnnhand.calculus.chains import Chain, chains
from rnnhand.calculus.gradient import Gradient, gradient, shapes_in
from rnnhand.calculus.local import derivative_name
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import difference, summands
from rnnhand.calculus.stepwise import stepwise
from rnnhand.calculus.transitions import Transition
from rnnhand.calculus.unrolled import MOST_STEPS, steps_back, unrolled
from rnnhand.document.blocks import Block, Math, Paragraph, Section
from rnnhand.errors import failure
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Last,
    Number,
    Ref,
    Shift,
    refs,
    rewrite,
    shift,
    walk,
)
from rnnhand.questions.derive.chain import (
    direct,
    factors_of,
    is_scalar,
    is_short,
    link_names,
    others,
)
from rnnhand.questions.derive.derive import READABLE
from rnnhand.questions.derive.reach import (
    acts_inside,
    acts_on,
    before,
    beginning,
    each_start,
    loose,
    start,
    starts_from,
    summed_before,
    through_time,
    total_name,
)
from rnnhand.questions.derive.writing import Writing, product_of
from rnnhand.system.model import SCALAR, Equation, Quantity

MOST_NODES = 60
"""Nodes of a sum with the equations put in beyond which it says less than it hides."""


def sums(w: Writing) -> list[Section]:
    """∂L_t/∂w = ∂L_t/∂h_t · Σ_k (Π_i ∂h_i/∂h_{i−1}) · ∂⁺h_k/∂w."""
    lines: list[Block] = []
    for one in each_start(w):  # what is said of a state is said once
        lines += [block for block in _of_one_loss(one) if block not in lines]
    return [Section(w.say("derive-unrolled"), tuple(lines))] if lines else []


def _of_one_loss(w: Writing) -> Iterator[Block]:
    lines: list[Block] = []
    groups: dict[tuple[tuple[Quantity, ...], tuple[str, ...]], list[Quantity]] = {}
    for q in w.d.plain:
        if not loose(w, q):
            reached = tuple(through_time(w, q))
            more = (s for s in reached if _fed(w, s, q) or starts_from(w, s, q))
            entered = tuple(f"{s} {acts_inside(w, s, q)}" for s in more)
            groups.setdefault((reached, (*_beside(w, reached, q), *entered)), []).append(q)
    for (reached, _), listed in groups.items():
        members = [q for q in listed if not any(summed_before(w, s.ref(), q) for s in reached)]
        if not members:
            continue
        lags = {
            t.lag
            for t in w.d.transitions
            if {w.d.system.quantity(r) for r in (t.of, t.by)} <= {*reached}
        }
        if len(reached) == 1 and _read_before(w, reached[0]) is not None:
            lines += _unrolled_alike(w, reached[0], members)
        elif _one_by_one(w, reached, members):
            for s in reversed(reached):
                lines += _unrolled_alike(w, s, members, reached)
        elif _are_stacked(w, reached, members, lags):
            lines += _stacked(w, reached, members, lags)
        else:
            for s in (s for s in reached if _is_alone(w, s, reached, members)):
                lines += _unrolled_alike(w, s, members, reached)
    yield from lines


def _one_by_one(w: Writing, reached: Sequence[Quantity], members: Sequence[Quantity]) -> bool:
    """Whether each of some states has a sum of its own: one state an index, which reads itself of
    the step before and the others at definite steps only, as the decoder reads h_T; and one of
    them alone is what the loss reads."""
    if len({s.over for s in reached}) < len(reached) or len(reached) < 2:
        return False
    read = {w.d.system.quantity(c.end) for c in _to_states(w, reached, members[0])}
    ends = read & set(reached)
    return (
        len(ends) == 1
        and all(_read_before(w, s) is not None for s in reached)
        and all(_is_followed(w, s, q) for s in reached for q in members)
    )


def _is_alone(
    w: Writing, s: Quantity, reached: Sequence[Quantity], members: Sequence[Quantity]
) -> bool:
    """Whether one of several states has a sum of its own: the encoder, whatever the decoder is."""
    return (
        [r for r in reached if r.over == s.over] == [s]
        and _read_before(w, s) is not None
        and all(_is_followed(w, s, q) and not _fed(w, s, q) for q in members)
        and not any(s == w.d.system.quantity(c.end) for c in _to_states(w, reached, members[0]))
    )


def _to_states(w: Writing, reached: Sequence[Quantity], q: Quantity) -> Sequence[Chain]:
    return chains(w.d.system, w.d.locals, start(w), {q, *reached}, before=True) or ()


def _is_followed(w: Writing, s: Quantity, q: Quantity) -> bool:
    """Whether a parameter acts on a state by the equation of all steps alone, or by that of the
    first alone."""
    single = [e.target for e in w.d.system.made_by[s] if not isinstance(e.target.index, Shift)]
    if not any(acts_on(w, ref, q) for ref in single):
        return True
    return starts_from(w, s, q) and not acts_inside(w, s, q) and not _fed(w, s, q)


def _are_stacked(
    w: Writing, reached: Sequence[Quantity], members: Sequence[Quantity], lags: set[int]
) -> bool:
    """Whether some states are one state together: of one index, in one direction, and none of
    them is read at a definite step on the way to another."""
    if not reached or len({k > 0 for k in lags}) != 1 or len({s.over for s in reached}) != 1:
        return False
    return not any(_fed(w, s, q) for s in reached for q in members)


def _fed(w: Writing, s: Quantity, q: Quantity) -> list[Ref]:
    """What a state reads at definite steps that depends on a parameter."""
    return [by for by, _ in before(w, s) if isinstance(by.index, At) and acts_on(w, by, q)]


def _beside(w: Writing, reached: Sequence[Quantity], q: Quantity) -> tuple[str, ...]:
    """The ways by which a parameter acts on the loss of a step beside the states: those of which
    it differs have no formula in common."""
    ends = (c for c in _to_states(w, reached, q) if w.d.system.quantity(c.end) == q)
    return tuple("·".join(text(link.of) for link in c.links) for c in ends)


def _read_before(w: Writing, s: Quantity) -> tuple[Ref, Transition | None] | None:
    """The one mention of itself, one step before or after, of which a state is made; None where
    there are others. Of a batch, which is a matrix, it has a name and no formula."""
    mine = (end for end in before(w, s) if w.d.system.quantity(end[0]) == s)
    found = [(by, t, by.index.offset) for by, t in mine if isinstance(by.index, Shift)]
    return found[0][:2] if len(found) == 1 and abs(found[0][2]) == 1 else None


def for_step(w: Writing, step: int) -> list[Section]:
    """The same for a small t without signs."""
    lines = tuple(block for one in each_start(w) for block in _for_step(one, step))
    return [Section(w.say("derive-unrolled-to", t=str(step)), lines)] if lines else []


def _unrolled_alike(
    w: Writing, s: Quantity, members: list[Quantity], reached: Sequence[Quantity] = ()
) -> Iterator[Block]:
    """The sum for one parameter and its like; for each where the equations can be put in. A chain
    stops at any state that the parameters have `reached`."""
    short = all(is_short(w, t.value) for t in w.d.transitions if w.d.system.quantity(t.of) == s)
    singly = [q for q in members if short and is_scalar(w, s, q)]
    for q in dict.fromkeys((members[0], *singly)):
        yield from _unrolled(w, s, q, {s, q, *reached})
    others = [q for q in members[1:] if q not in singly]
    if others:
        rest = joined([(Math(Ref(q.name)),) for q in others])
        itself = w.d.system.quantity(start(w)) == s
        w.alike["unrolled", total_name(s.ref() if itself else start(w), members[0])] = others
        yield Paragraph(w.say("derive-alike", list=rest))


def _unrolled(w: Writing, s: Quantity, q: Quantity, goals: set[Quantity]) -> Iterator[Block]:
    """The sum over k for one state, then with the equations put in where all are numbers."""
    own = _read_before(w, s)
    assert own is not None
    by, t = own
    forward = isinstance(by.index, Shift) and by.index.offset < 0
    itself = w.d.system.quantity(start(w)) == s
    paths = [] if itself else chains(w.d.system, w.d.locals, start(w), goals, before=True) or []
    ends: dict[Ref, list[Chain]] = {}
    for path in paths:
        if w.d.system.quantity(path.end) == s:
            ends.setdefault(path.end, []).append(path)
    beside = [c for c in paths if w.d.system.quantity(c.end) == q]
    over = s.over
    here = next(iter(ends)).index if ends else Shift(over)
    step = _renamed(derivative_name(s.ref(), by), over, w.inner)
    fed = _fed(w, s, q)
    entering: list[Expr] = [total_name(s.ref(), q, "⁺")] if acts_inside(w, s, q) else []
    entering += [product_of([derivative_name(s.ref(), r), total_name(r, q)]) for r in fed]
    at_k = factors_of(_renamed(plus(*entering), over, w.outer)) if entering else ()

    begun = beginning(w, s)

    def summed(now: Expr) -> Expr:
        if not entering and begun is not None:
            return product_of([_product(w, step, now, forward, begun), total_name(begun, q)])
        return _sum(w, s, q, product_of([_product(w, step, now, forward), *at_k]), now, forward)

    headed = bool(ends) and not summed_before(w, start(w), q)
    if headed:
        terms: list[Expr] = []
        for end, prefix in ends.items():
            heads = [product_of(link_names(w, c, prefix)) for c in prefix]
            first = factors_of(heads[0]) if len(heads) == 1 else (plus(*heads),)
            terms.append(product_of([*first, *factors_of(summed(_now(end)))]))
        terms += [product_of(link_names(w, c, paths)) for c in beside]
        remark = w.say(_rule(w, t, forward))
        yield w.line(total_name(start(w), q), plus(*terms), remark=remark)
    here = Shift(over) if isinstance(here, Shift) else here
    now = _now(Ref(s.name, here))
    closed = None if t is None or fed else _closed(w, s, q, t, now, forward)
    state = total_name(Ref(s.name, here), q)
    if closed is not None:
        yield w.line(state, summed(now), closed, remark=w.say("derive-put-in"))
    elif itself or not headed:
        yield w.line(state, summed(now), remark=w.say(_rule(w, t, forward)))


def _rule(w: Writing, t: Transition | None, forward: bool) -> str:
    """What is said of the product: matrices have an order."""
    if t is not None and w.d.shape(t.value) == SCALAR:
        return "derive-unrolled-rule"
    return "derive-unrolled-matrix" if forward else "derive-unrolled-ahead"


def _now(end: Ref) -> Expr:
    """The step of a mention, as a bound of a sum: t, t-1, 3."""
    match end.index:
        case At(step):
            return Number(str(step))
        case Last(offset):
            return _moved("T", offset)
        case Shift(var, offset):
            return _moved(var, offset)
    raise AssertionError(end)


def _moved(var: str, by: int) -> Expr:
    """A step so much later than a running one: k + 1."""
    return shift(Ref(var), var, by)


def _product(w: Writing, step: Expr, now: Expr, forward: bool, first: Ref | None = None) -> Expr:
    """Π_{i=k+1..t} of what one step does; from a first state on, Π_{i=1..t}."""
    at = None if first is None or not isinstance(first.index, At) else first.index.step
    if forward:
        low = _moved(w.outer, 1) if at is None else Number(str(at + 1))
        return Apply("Π", (Ref(w.inner), low, now, step))
    high = _moved(w.outer, -1) if at is None else Number(str(at - 1))
    return Apply("Π", (Ref(w.inner), now, high, step))


def _acting(w: Writing, s: Quantity, q: Quantity) -> list[Equation]:
    """The equations of a state that a parameter acts in: that for all steps, and one of a single
    step, such as h_0 = tanh(z), where the parameter stands in it."""
    return [
        e
        for e in w.d.system.made_by[s]
        if isinstance(e.target.index, Shift)
        or chains(w.d.system, w.d.locals, e.target, {q}, before=True) != []
    ]


def _sum(w: Writing, s: Quantity, q: Quantity, body: Expr, now: Expr, forward: bool) -> Expr:
    runs = [r for e in _acting(w, s, q) for r in ([e.steps] if e.steps else [])]
    first, last = min(r[0] for r in runs), max(r[-1] for r in runs)
    if forward:
        return Apply("Σ", (Ref(w.outer), Number(str(first)), now, body))
    return Apply("Σ", (Ref(w.outer), now, Ref("T") if last == w.d.system.indices[s.over][-1]
                       else Number(str(last)), body))  # fmt: skip


def _closed(
    w: Writing, s: Quantity, q: Quantity, t: Transition, now: Expr, forward: bool
) -> Expr | None:
    """Σ_k h_{k−1} w^{t−k} Π_{i=k..t} f′(a_i): factors without a step leave the product as a power,
    and the product takes in the factor that stands at k alone. Nothing where a step is long."""
    own = direct(w, s, q)
    scalar = own is not None and w.d.shape(t.value) == (1, 1) == w.d.shape(own)
    if own is None or not scalar or not forward or own == Number("0") or not is_short(w, t.value):
        return None
    if not all(isinstance(e.target.index, Shift) for e in _acting(w, s, q)):
        return None
    step = factors_of(w.math(t.value))
    moving = [f for f in step if any(r.index for r in refs(f))]
    constant = [f for f in step if f not in moving]
    rest = list(factors_of(w.math(own)))
    merges = bool(moving) and all(f in rest for f in moving)
    if merges:
        for f in moving:
            rest.remove(f)
    factors: list[Expr] = [_renamed(f, s.over, w.outer) for f in rest]
    if constant:
        factors.append(Apply("^", (product_of(constant), Apply("-", (now, Ref(w.outer))))))
    if moving:
        body = product_of([_renamed(f, s.over, w.inner) for f in moving])
        factors.append(
            Apply("Π", (Ref(w.inner), Ref(w.outer) if merges else _moved(w.outer, 1), now, body))
        )
    found = _sum(w, s, q, product_of(factors or [Number("1")]), now, True)
    return found if sum(1 for _ in walk(found)) <= MOST_NODES else None


def _renamed(expr: Expr, old: str, new: str) -> Expr:
    """Another running index; names of derivatives have one inside too."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        name = node.name.replace(f"[{old}]", f"[{new}]")
        index = node.index
        if isinstance(index, Shift) and index.var == old:
            index = Shift(new, index.offset)
        return replace(node, name=name, index=index)

    return rewrite(expr, put)


def _stacked(
    w: Writing, reached: Sequence[Quantity], members: Sequence[Quantity], lags: set[int]
) -> Iterator[Block]:
    """Several states as one: S_t = (c_t, h_t), whose step-to-step derivative has a block for each
    pair; a state that is read two steps later is in it twice, S_t = (h_t, h_{t−1})."""
    over, forward = reached[0].over, min(lags) > 0
    ahead = 1 if forward else -1
    name = _stack_name(w)
    s = Quantity(name, over)
    q = members[0]
    paths = chains(w.d.system, w.d.locals, start(w), {q, *reached}, before=True) or []
    ends = {c.end.index for c in paths if w.d.system.quantity(c.end) in reached}
    running = [e.offset for e in ends if isinstance(e, Shift)]
    if len(running) == len(ends) > 0 and all(
        k * ahead <= 0 for k in running
    ):  # what is read of earlier steps is in S_t too
        ends, lags = {Shift(over)}, {*lags, *(ahead - k for k in running)}
    if summed_before(w, start(w), q):
        ends = set()
    here = next(iter(ends)) if len(ends) == 1 else Shift(over)
    now: Expr = Number(str(here.step)) if isinstance(here, At) else Ref(over)
    step = derivative_name(Ref(name, Shift(w.inner)), Ref(name, Shift(w.inner, -ahead)))
    body = product_of(
        [_product(w, step, now, forward), _renamed(total_name(s.ref(), q, "⁺"), over, w.outer)]
    )
    sum_ = _sum(w, reached[0], q, body, now, forward)
    remark = others(w, list(members))
    beside = [c for c in paths if w.d.system.quantity(c.end) == q]
    at = Ref(name, here if isinstance(here, At) else Shift(over))
    left = total_name(start(w) if len(ends) == 1 else at, q)
    w.alike["unrolled", left] = list(members[1:])
    if len(ends) == 1:
        head = derivative_name(start(w), at)
        rest = [product_of(link_names(w, c, paths)) for c in beside]
        yield w.line(total_name(start(w), q), plus(product_of([head, sum_]), *rest), remark=remark)
    else:
        yield w.line(total_name(at, q), sum_, remark=remark)
    times = range(max(abs(k) for k in lags))
    w.stacks[name] = [(r, ahead * j) for r in reached for j in times]
    said = joined([(Math(r.ref(-ahead * j)),) for r in reached for j in times])
    yield Paragraph(w.say("derive-stacked", S=Math(s.ref()), list=said))


def _stack_name(w: Writing) -> str:
    """A name for several states together that nothing else has."""
    taken = {q.name for q in (*w.d.system.made_by, *w.d.system.given)} | set(w.stacks)
    numbered = (f"S_{n}" for n in count(1))
    return next(n for n in chain(("S", "Z"), numbered) if n not in taken)


def _for_step(w: Writing, step: int) -> Iterator[Block]:
    """The derivative of one step's loss, spelled out, a line for each step that gives to it."""
    d = w.d
    first = start(w)
    q0 = d.system.quantity(first)
    of = q0.at(step) if q0.over else first
    if not d.system.exists(q0, d.system.step(of)):
        runs = ", ".join(f"{r[0]}..{r[-1]}" for r in d.system.steps[q0])
        raise failure("result-step", None, name=text(of), steps=runs)
    found = gradient(d.system, of, [q for q in d.wrt if q in d.system.given])
    written = unrolled(found, d.plain, READABLE)
    long = [q for q in d.plain if q not in written]
    if long:
        yield from _in_between(w, found, long)
    for q in d.plain:
        left = Ref(found.of_quantity(q).name)
        parts = written.get(q)
        if parts is None:
            continue
        kept = [p for p in parts if p.value != Number("0") and not _is_zero(p.value)]
        if not kept:
            yield w.line(left, Number("0"))
            continue
        total = plus(*(part for p in kept for part in summands(w.math(p.value))))
        steps = joined([(str(p.step),) for p in kept if p.step is not None])
        remark = w.say("derive-from-steps", list=steps) if len(kept) > 1 else ()
        yield w.line(left, total, remark=remark)


def _in_between(w: Writing, found: Gradient, long: Sequence[Quantity]) -> Iterator[Block]:
    """Derivatives that are too long in one formula: every derivative on the way has a line, step
    by step from the last one back, and what is asked for is the sum of what the steps give."""
    names = [Ref(found.of_quantity(q).name) for q in long]
    said = joined([(Math(name),) for name in names])
    code = "derive-too-long" if len(long) == 1 else "derive-too-long-these"
    yield Paragraph(w.say(code, list=said))
    if len(found.system.indices) != 1 or steps_back(found) > MOST_STEPS:
        return
    shape, functions = shapes_in(found.system), found.system.functions
    for left, right in stepwise(found, long):
        yield w.line(left, difference(mathematical(right, shape, functions)))


def _is_zero(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "fill" and expr.args[0] == Number("0")
