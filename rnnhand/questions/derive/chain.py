"""The chain rule in its own words, and from step to step; which weights need a way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rnnhand.calculus.chains import Chain, chains
from rnnhand.calculus.dependence import made_of
from rnnhand.calculus.instances import Instance, equations_at
from rnnhand.calculus.local import Local, derivative_name
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import difference, signed
from rnnhand.calculus.tidy import tidy
from rnnhand.calculus.transitions import Transition, summed
from rnnhand.document.blocks import Block, Math, Paragraph, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, walk
from rnnhand.questions.derive.reach import (
    acts_inside,
    acts_on,
    before,
    beginning,
    by_way_of_loose,
    carried,
    each_start,
    loose,
    start,
    starts_from,
    summed_before,
    through_time,
    total_name,
)
from rnnhand.questions.derive.writing import Writing, matrix_product, product_of
from rnnhand.system.model import SCALAR, Quantity

MOST_CHAINS = 6
"""Paths through a step that are written out one by one."""

SHORT = 16
"""Nodes of a factor from step to step up to which it is put in wherever it occurs; a longer one
keeps its name, under which it has a line of its own."""


def along_chains(w: Writing) -> Iterator[Block]:
    """∂L_t/∂u = ∂L_t/∂ŷ_t·∂ŷ_t/∂u, then with the equations put in, for each parameter; and the
    recursions of the states."""
    for one in each_start(w):
        yield from _from_start(one)
    yield from _recursions(w)
    for one in each_start(w):
        yield from _without_chain(one)


Groups: TypeAlias = dict[tuple[tuple[str, ...], tuple[Quantity, ...]], list[Quantity]]
"""Parameters by the ways on which they act, and by the states that depend on them."""


def _groups(w: Writing) -> Groups:
    groups: Groups = {}
    for q in w.d.plain:
        reached = through_time(w, q)
        if not loose(w, q):
            groups.setdefault((_shape(w, start(w), q, reached), tuple(reached)), []).append(q)
    return groups


def _from_start(w: Writing) -> Iterator[Block]:
    for (_, reached), members in _groups(w).items():
        along = [q for q in members if not summed_before(w, start(w), q)]
        if along:
            yield from _chain(w, start(w), along, reached)


def _recursions(w: Writing) -> Iterator[Block]:
    """∂h_t/∂w for every state that depends on a parameter; ∂o_t/∂w for an output of one that is
    read at a definite step."""
    groups = _groups(w)
    for s in carried(w):
        if s not in w.d.looped:
            yield from _to_output(w, s)
            continue
        alike: dict[tuple[tuple[Ref, Transition | None], ...], list[Quantity]] = {}
        for (_, states_), members in groups.items():
            if s in states_:
                mine = tuple((r, t) for r, t in before(w, s) if w.d.system.quantity(r) in states_)
                mine = tuple((r, t) for r, t in mine if _moves_any(w, r, members))
                there = [q for q in members if not summed_before(w, s.ref(), q)]
                alike.setdefault(mine, []).extend(there)
        for mine, members in alike.items():
            yield from _recursion(w, s, members, mine)
        yield from _beginnings(w, s, [q for members in groups.values() for q in members])


def _to_output(w: Writing, s: Quantity) -> Iterator[Block]:
    alike: dict[tuple[tuple[str, ...], tuple[Quantity, ...]], list[Quantity]] = {}
    for (_, states_), members in _groups(w).items():
        others_ = tuple(r for r in states_ if r != s)
        for q in (q for q in members if s in states_ and not summed_before(w, s.ref(), q)):
            alike.setdefault((_shape(w, s.ref(), q, others_), others_), []).append(q)
    for (_, reached), members in alike.items():
        yield from _chain(w, s.ref(), members, reached)


def _without_chain(w: Writing) -> Iterator[Block]:
    """The parameters by which no one chain of factors gives the derivative, and why."""
    groups = _groups(w)
    summed_up = [q for members in groups.values() for q in members if summed_before(w, start(w), q)]
    by_loose = by_way_of_loose(w)
    for singles, members in list(by_loose.items()):
        if any(summed_before(w, s.ref(), q) for s in singles for q in members):
            summed_up += by_loose.pop(singles)
    if summed_up:
        names = joined([(Math(total_name(start(w), q)),) for q in summed_up])
        yield Paragraph(w.say("derive-summed", list=names))
    for singles, members in by_loose.items():
        names = joined([(Math(total_name(start(w), q)),) for q in members])
        made = joined([(Math(s.ref()),) for s in singles])
        yield Paragraph(w.say("derive-single-steps", list=names, states=made))


def _moves_any(w: Writing, by: Ref, members: Sequence[Quantity]) -> bool:
    return isinstance(by.index, Shift) or any(acts_on(w, by, q) for q in members)


def _beginnings(w: Writing, s: Quantity, members: Sequence[Quantity]) -> Iterator[Block]:
    """∂h_0/∂V, where V acts on h_0 by an equation of its own."""
    first = beginning(w, s)
    alike: dict[tuple[str, ...], list[Quantity]] = {}
    for q in members if first is not None else ():
        if starts_from(w, s, q) and first is not None:
            alike.setdefault(_shape(w, first, q, through_time(w, q)), []).append(q)
    for listed in alike.values():
        if first is not None:
            yield from _chain(w, first, listed, through_time(w, listed[0]))


def _paths(w: Writing, of: Ref, q: Quantity, reached: Sequence[Quantity]) -> list[Chain] | None:
    return chains(w.d.system, w.d.locals, of, {q, *reached}, before=True)


def _shape(w: Writing, of: Ref, q: Quantity, reached: Sequence[Quantity]) -> tuple[str, ...]:
    """Through which quantities a parameter acts: those of which it is the same are alike."""
    paths = _paths(w, of, q, reached) or ()
    return tuple(sorted("·".join(map(text, reads(w, q, c))) for c in paths))


def reads(w: Writing, q: Quantity, path: Chain) -> list[Ref]:
    """What stands on a path, the state included in which it ends."""
    ends = [] if w.d.system.quantity(path.end) == q else [path.end]
    return [*(link.of for link in path.links), *ends]


def _chain(
    w: Writing, first: Ref, members: Sequence[Quantity], reached: Sequence[Quantity]
) -> Iterator[Block]:
    """One line for one parameter, and which others have the like."""
    q = members[0]
    if isinstance(first.index, Shift) and w.d.system.quantity(first) in reached:
        return
    paths = _paths(w, first, q, reached)
    left = total_name(first, q)
    if paths is None or len(paths) > MOST_CHAINS:
        yield Paragraph(w.say("derive-many-paths", name=Math(left)))
        return
    if not paths:
        return
    is_beside = w.d.system.quantity(first) in w.d.looped and _has_more(w, first, q, paths)
    if is_beside and len(members) > 1:  # a value has no like
        for one in members:
            yield from _chain(w, first, [one], reached)
        return
    remark = others(w, [q, *w.like("chain", left, members[1:])])
    names, values = [], []
    for chain in paths:
        ends_in_state = w.d.system.quantity(chain.end) != q
        tail = [total_name(chain.end, q)] if ends_in_state else []
        own = chain.links[0].value if is_beside and len(chain.links) == 1 and not tail else None
        if own is not None:
            names.append(w.math(own))  # ∂⁺h_0/∂z would be what comes through c_0 too
        else:
            names.append(product_of([*link_names(w, chain, paths), *tail]))
        inside = [link.value for link in chain.links]
        if None not in inside:
            known = [v for v in inside if v is not None]
            value = tidy(matrix_product(w, known), w.d.shape)
            own = w.math(value)
            if tail:
                own = product_of([*(() if value == Number("1") else factors_of(own)), *tail])
            values.append(own)
    forms = [plus(*names)]
    if len(values) == len(names):
        forms.append(difference(signed(plus(*values))))
    yield w.line(left, *forms, remark=remark)


def _has_more(w: Writing, first: Ref, q: Quantity, paths: Sequence[Chain]) -> bool:
    """Whether a parameter acts on a state by its own equation and otherwise inside the step."""
    near = [c for c in paths if c.end.index in (None, first.index)]
    own = [c for c in near if len(c.links) == 1 and w.d.system.quantity(c.end) == q]
    return 0 < len(own) < len(near)


def link_names(w: Writing, chain: Chain, paths: Sequence[Chain]) -> list[Ref]:
    """The derivatives along a chain. One that ends in a parameter, beside others, is only what the
    parameter does there itself: ∂⁺ŷ_t/∂w where w stands in h_t too."""
    names = [link_name(w, link) for link in chain.links]
    last = chain.links[-1]
    if len(paths) > 1 and w.d.system.quantity(chain.end) not in w.d.system.made_by:
        names[-1] = derivative_name(last.of, last.by, "⁺")
    return names


def inside_the_step(w: Writing, local: Local) -> list[Expr]:
    """What a parameter does to a state inside a step by other ways than the state's own equation,
    way by way: ∂h_t/∂c_t·∂⁺c_t/∂z beside the z in h_t itself."""
    system = w.d.system
    of, q = system.quantity(local.of), system.quantity(local.by)
    if of not in w.d.looped or q.over or q in system.made_by:
        return []
    goals = {q, *(s for s in w.d.looped if s != of)}
    paths = chains(system, w.d.locals, local.of, goals) or []
    found = []
    for path in paths:
        end = system.quantity(path.end)
        names: list[Expr] = list(link_names(w, path, paths))
        if end != q and chains(system, w.d.locals, path.end, {q}) != []:
            found.append(product_of([*names, total_name(path.end, q, "⁺")]))
        elif end == q and len(path.links) > 1:
            found.append(product_of(names))
    return found


def link_name(w: Writing, link: Local) -> Ref:
    """∂L_t/∂h_t; or ∂⁺L_t/∂h_t, where L_t reads something else too that h_t acts on. What has no
    step, as L = (h_2 − y_2)² + (h_4 − y_4)², is followed through all steps: h_2 acts on h_4."""
    system = w.d.system
    through_all = link.of.index is None
    of, by = (Instance(system.quantity(r), step_in(w, link, r)) for r in (link.of, link.by))
    left = [(r, of) for r in refs(link.equation.body) if read_at(w, r, of) != by]
    seen: set[Instance] = set()
    while left:
        ref, reader = left.pop()
        here = read_at(w, ref, reader)
        if here == by or (here is None and made_of(w.d.system, system.quantity(ref), by.quantity)):
            return derivative_name(link.of, link.by, "⁺")
        if here is None or here in seen:
            continue
        seen.add(here)
        if through_all or reader.step is None or here.step in (reader.step, None):
            left += [(r, here) for e in equations_at(system, here) for r in refs(e.body)]
    return link.name


def step_in(w: Writing, link: Local, ref: Ref) -> int | None:
    """The step of a mention in a link, which stands for the last of its steps where it runs."""
    steps = link.equation.steps
    running = {} if steps is None else dict.fromkeys(w.d.system.indices, steps[-1])
    return w.d.system.step(ref, running)


def read_at(w: Writing, ref: Ref, reader: Instance) -> Instance | None:
    """What a reader at its step reads by a mention; None where it reads all steps."""
    running = {} if reader.step is None else {reader.quantity.over: reader.step}
    if isinstance(ref.index, Shift) and ref.index.var not in running:
        return None
    return Instance(w.d.system.quantity(ref), w.d.system.step(ref, running))


def others(w: Writing, members: Sequence[Quantity]) -> Sentence:
    if len(members) == 1:
        return w.say("rule-chain")
    rest = joined([(Math(Ref(q.name)),) for q in members[1:]])
    return w.say("derive-same-for", list=rest)


def _recursion(
    w: Writing,
    s: Quantity,
    members: Sequence[Quantity],
    earlier: Sequence[tuple[Ref, Transition | None]],
) -> Iterator[Block]:
    """∂h_t/∂w = ∂⁺h_t/∂w + ∂h_t/∂h_{t−1}·∂h_{t−1}/∂w, with the equations put in for each parameter
    where that is short; else once in names, and ∂⁺h_t/∂w for each. What acts through earlier states
    alone stands in one line."""
    idle = [q for q in members if direct(w, s, q) == Number("0")]
    acting = [q for q in members if q not in idle]
    factors = [(by, t.value) for by, t in earlier if t and w.d.shape(t.value) == SCALAR]
    short = len(factors) == len(earlier) and all(is_short(w, v) for _, v in factors)
    singly = [q for q in acting if short and is_scalar(w, s, q)]
    together = [q for q in acting if q not in singly]

    def put_in(q: Quantity) -> list[Expr]:
        return [product_of([*factors_of(w.math(v)), total_name(by, q)]) for by, v in factors]

    for q in singly:
        yield from _by_names(w, s, [q], earlier, [w.math(_own(w, s, q)), *put_in(q)])
    yield from _by_names(w, s, together, earlier, [])
    for q in together:
        if is_scalar(w, s, q):
            yield w.line(total_name(s.ref(), q, "⁺"), w.math(_own(w, s, q)))
    yield from _by_names(w, s, idle, earlier, put_in(idle[0]) if idle and short else [])


def _by_names(
    w: Writing,
    s: Quantity,
    members: Sequence[Quantity],
    earlier: Sequence[tuple[Ref, Transition | None]],
    put_in: Sequence[Expr],
) -> Iterator[Block]:
    """One line for the first of some parameters, and which others have the like."""
    if not members:
        return
    q, *rest = members
    names: list[Expr] = [] if direct(w, s, q) == Number("0") else [total_name(s.ref(), q, "⁺")]
    names += [product_of([derivative_name(s.ref(), by), total_name(by, q)]) for by, _ in earlier]
    if not names:
        return
    left = total_name(s.ref(), q)
    remark = others(w, [q, *w.like("chain", left, rest)])
    if earlier:
        read = joined([(Math(by),) for by, _ in earlier])
        code = "derive-also-in" if acts_inside(w, s, q) else "derive-only-in"
        remark = (*remark, "; ", *w.say(code, p=Math(Ref(q.name)), state=read))
    yield w.line(
        left, plus(*names), *([difference(signed(plus(*put_in)))] if put_in else []), remark=remark
    )


def is_short(w: Writing, factor: Expr) -> bool:
    return sum(1 for _ in walk(w.math(factor))) <= SHORT


def _own(w: Writing, s: Quantity, q: Quantity) -> Expr:
    own = direct(w, s, q)
    assert own is not None
    return own


def factors_of(expr: Expr) -> tuple[Expr, ...]:
    return expr.args if isinstance(expr, Apply) and expr.op == "*" else (expr,)


def direct(w: Writing, s: Quantity, q: Quantity) -> Expr | None:
    """∂⁺s_t/∂q: what q does to the state inside one step; None where no matrix says it."""
    paths = chains(w.d.system, w.d.locals, s.ref(), {q})
    if paths is None:
        return None
    if not paths:
        return Number("0")
    return summed(w.d.system, [c.links for c in paths])


def is_scalar(w: Writing, s: Quantity, q: Quantity) -> bool:
    own = direct(w, s, q)
    return own is not None and w.d.system.shapes[s] == (1, 1) == w.d.shape(own)
