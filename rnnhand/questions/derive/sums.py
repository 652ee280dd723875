"""Sums over the steps, with products of the steps in between: Σ_k (Π_i ∂h_i/∂h_{i−1})·∂⁺h_k/∂w."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rnnhand.calculus.chains import Chain, chains
from rnnhand.calculus.local import derivative_name
from rnnhand.calculus.rules import plus
from rnnhand.calculus.transitions import Transition
from rnnhand.document.blocks import Block, Math, Paragraph
from rnnhand.explain.sentences import joined
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
from rnnhand.questions.derive.chain import direct, factors_of, is_scalar, is_short, link_names
from rnnhand.questions.derive.reach import (
    acts_inside,
    before,
    beginning,
    fed,
    start,
    summed_before,
    total_name,
)
from rnnhand.questions.derive.writing import Writing, product_of
from rnnhand.system.model import SCALAR, Equation, Quantity

MOST_NODES = 60
"""Nodes of a sum with the equations put in beyond which it says less than it hides."""


def unrolled_alike(
    w: Writing, s: Quantity, members: list[Quantity], reached: Sequence[Quantity] = ()
) -> Iterator[Block]:
    """The sum for one parameter and its like; for each where the equations can be put in. A chain
    stops at any state that the parameters have `reached`."""
    short = all(is_short(w, t.value) for t in w.d.transitions if w.d.system.quantity(t.of) == s)
    singly = [q for q in members if short and is_scalar(w, s, q)]
    for q in dict.fromkeys((members[0], *singly)):
        yield from _unrolled(w, s, q, {s, q, *reached})
    itself = w.d.system.quantity(start(w)) == s
    left = total_name(s.ref() if itself else start(w), members[0])
    others = w.like("unrolled", left, [q for q in members[1:] if q not in singly])
    if others:
        rest = joined([(Math(Ref(q.name)),) for q in others])
        yield Paragraph(w.say("derive-alike", list=rest))


def _unrolled(w: Writing, s: Quantity, q: Quantity, goals: set[Quantity]) -> Iterator[Block]:
    """The sum over k for one state, then with the equations put in where all are numbers."""
    own = read_before(w, s)
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
    step = renamed(derivative_name(s.ref(), by), over, w.inner)
    pinned = fed(w, s, q)
    entering: list[Expr] = [total_name(s.ref(), q, "⁺")] if acts_inside(w, s, q) else []
    entering += [product_of([derivative_name(s.ref(), r), total_name(r, q)]) for r in pinned]
    at_k = factors_of(renamed(plus(*entering), over, w.outer)) if entering else ()

    begun = beginning(w, s)

    def summed(now: Expr) -> Expr:
        if not entering and begun is not None:
            return product_of([product_over(w, step, now, forward, begun), total_name(begun, q)])
        return sum_of(
            w, s, q, product_of([product_over(w, step, now, forward), *at_k]), now, forward
        )

    headed = bool(ends) and not summed_before(w, start(w), q)
    if headed:
        terms: list[Expr] = []
        for end, prefix in ends.items():
            heads = [product_of(link_names(w, c, prefix)) for c in prefix]
            first = factors_of(heads[0]) if len(heads) == 1 else (plus(*heads),)
            terms.append(product_of([*first, *factors_of(summed(now_of(end)))]))
        terms += [product_of(link_names(w, c, paths)) for c in beside]
        remark = w.say(rule_of(w, t, forward))
        yield w.line(total_name(start(w), q), plus(*terms), remark=remark)
    here = Shift(over) if isinstance(here, Shift) else here
    now = now_of(Ref(s.name, here))
    closed = None if t is None or pinned else _closed(w, s, q, t, now, forward)
    state = total_name(Ref(s.name, here), q)
    if closed is not None:
        yield w.line(state, summed(now), closed, remark=w.say("derive-put-in"))
    elif itself or not headed:
        yield w.line(state, summed(now), remark=w.say(rule_of(w, t, forward)))


def rule_of(w: Writing, t: Transition | None, forward: bool) -> str:
    """What is said of the product: matrices have an order."""
    if t is not None and w.d.shape(t.value) == SCALAR:
        return "derive-unrolled-rule"
    return "derive-unrolled-matrix" if forward else "derive-unrolled-ahead"


def now_of(end: Ref) -> Expr:
    """The step of a mention, as a bound of a sum: t, t-1, 3."""
    match end.index:
        case At(step):
            return Number(str(step))
        case Last(offset):
            return moved("T", offset)
        case Shift(var, offset):
            return moved(var, offset)
    raise AssertionError(end)


def moved(var: str, by: int) -> Expr:
    """A step so much later than a running one: k + 1."""
    return shift(Ref(var), var, by)


def product_over(
    w: Writing, step: Expr, now: Expr, forward: bool, first: Ref | None = None
) -> Expr:
    """Π_{i=k+1..t} of what one step does; from a first state on, Π_{i=1..t}."""
    at = None if first is None or not isinstance(first.index, At) else first.index.step
    if forward:
        low = moved(w.outer, 1) if at is None else Number(str(at + 1))
        return Apply("Π", (Ref(w.inner), low, now, step))
    high = moved(w.outer, -1) if at is None else Number(str(at - 1))
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


def sum_of(w: Writing, s: Quantity, q: Quantity, body: Expr, now: Expr, forward: bool) -> Expr:
    return sum_over(w, s.over, _acting(w, s, q), body, now, forward)


def sum_over(
    w: Writing, over: str, made: Sequence[Equation], body: Expr, now: Expr, forward: bool
) -> Expr:
    """Σ_{k=1..t} from the first step of some equations on; from the last one where a step reads
    later ones."""
    runs = [e.steps for e in made if e.steps]
    first, last = min(r[0] for r in runs), max(r[-1] for r in runs)
    if forward:
        return Apply("Σ", (Ref(w.outer), Number(str(first)), now, body))
    end = Ref("T") if last == w.d.system.indices[over][-1] else Number(str(last))
    return Apply("Σ", (Ref(w.outer), now, end, body))


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
    moving = [f for f in step if any(r.index or r == Ref(s.over) for r in refs(f))]
    constant = [f for f in step if f not in moving]
    rest = list(factors_of(w.math(own)))
    merges = bool(moving) and all(f in rest for f in moving)
    if merges:
        for f in moving:
            rest.remove(f)
    factors: list[Expr] = [renamed(f, s.over, w.outer) for f in rest]
    if constant:
        factors.append(Apply("^", (product_of(constant), Apply("-", (now, Ref(w.outer))))))
    if moving:
        body = product_of([renamed(f, s.over, w.inner) for f in moving])
        factors.append(
            Apply("Π", (Ref(w.inner), Ref(w.outer) if merges else moved(w.outer, 1), now, body))
        )
    found = sum_of(w, s, q, product_of(factors or [Number("1")]), now, True)
    return found if sum(1 for _ in walk(found)) <= MOST_NODES else None


def renamed(expr: Expr, old: str, new: str) -> Expr:
    """Another running index, also where it stands as a number; names of derivatives have one
    inside too."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        if node == Ref(old):
            return Ref(new)
        name = node.name.replace(f"[{old}]", f"[{new}]")
        index = node.index
        if isinstance(index, Shift) and index.var == old:
            index = Shift(new, index.offset)
        return replace(node, name=name, index=index)

    return rewrite(expr, put)


def read_before(w: Writing, s: Quantity) -> tuple[Ref, Transition | None] | None:
    """The one mention of itself, one step before or after, of which a state is made; None where
    there are others. Of a batch, which is a matrix, it has a name and no formula."""
    mine = (end for end in before(w, s) if w.d.system.quantity(end[0]) == s)
    found = [(by, t, by.index.offset) for by, t in mine if isinstance(by.index, Shift)]
    return found[0][:2] if len(found) == 1 and abs(found[0][2]) == 1 else None
