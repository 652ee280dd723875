"""States that are followed together, S_t, unrolled over the steps; and one stage after another.

    ∂S_t/∂w = Σ_k (Π_{i=k+1..t} ∂S_i/∂S_{i−1})·(∂⁺S_k/∂w + ∂S_k/∂h_T·∂h_T/∂w)
              + (Π_{i=1..t} ∂S_i/∂S_{i−1})·∂S_0/∂w

The first summand is what w does in the steps and what the steps read of another stage, the second
what it does in the first state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from rnnhand.calculus.chains import Chain, chains
from rnnhand.calculus.dependence import made_of
from rnnhand.calculus.local import derivative_name
from rnnhand.calculus.rules import plus
from rnnhand.document.blocks import Block, Math, Paragraph
from rnnhand.explain.sentences import joined
from rnnhand.language.tree import At, Expr, Number, Ref, Shift
from rnnhand.questions.derive.chain import factors_of, link_names, others
from rnnhand.questions.derive.reach import (
    acts_inside,
    before,
    carried,
    fed,
    start,
    starts_from,
    summed_before,
    to_states,
    total_name,
)
from rnnhand.questions.derive.sums import product_over, renamed, sum_over
from rnnhand.questions.derive.writing import Writing, product_of
from rnnhand.system.model import Equation, Quantity


@dataclass(frozen=True)
class Stage:
    """States that read each other at running steps, all in one direction, as an LSTM's h and c;
    of each as many steps are carried as it is read back."""

    states: tuple[Quantity, ...]
    ahead: int
    depths: tuple[int, ...]

    @property
    def over(self) -> str:
        return self.states[0].over

    @property
    def forward(self) -> bool:
        return self.ahead > 0


def stages(w: Writing, reached: Sequence[Quantity]) -> list[Stage] | None:
    """Some states in stages, of which one reads another at definite steps only; None where a stage
    runs in both directions, or its states begin at different steps."""
    found: list[Stage] = []
    for together in _together(w, reached):
        read = _lags(w, together)
        lags = {lag for there in read.values() for lag in there}
        begin = {e.steps[0] for s in together for e in _running(w, s) if e.steps}
        if len({k > 0 for k in lags}) != 1 or len(begin) != 1:
            return None
        ahead = 1 if min(lags) > 0 else -1
        depths = tuple(max(map(abs, read[s]), default=1) for s in together)
        found.append(Stage(tuple(together), ahead, depths))
    return found


def _together(w: Writing, reached: Sequence[Quantity]) -> list[list[Quantity]]:
    """The states that hang together by what is read at running steps."""
    found: list[list[Quantity]] = []
    for s in (q for q in carried(w) if q in reached):
        inside = chains(w.d.system, w.d.locals, s.ref(), {*reached} - {s}) or []
        ends = [*(c.end for c in inside), *(by for by, _ in before(w, s))]
        read = {w.d.system.quantity(e) for e in ends if isinstance(e.index, Shift)}
        near = [group for group in found if read & {*group} or _is_read_in(w, s, group)]
        found = [group for group in found if group not in near]
        found.append([*chain.from_iterable(near), s])
    return found


def _is_read_in(w: Writing, s: Quantity, group: Sequence[Quantity]) -> bool:
    for r in group:
        inside = chains(w.d.system, w.d.locals, r.ref(), {s}) or []
        ends = [*(c.end for c in inside), *(by for by, _ in before(w, r))]
        if any(isinstance(e.index, Shift) and w.d.system.quantity(e) == s for e in ends):
            return True
    return False


def _lags(w: Writing, together: Sequence[Quantity]) -> dict[Quantity, set[int]]:
    """How far back each state is read by the others and by itself; by name alone where no matrix
    says how they move, as those of a batch."""
    system = w.d.system
    found: dict[Quantity, set[int]] = {s: set() for s in together}
    for t in w.d.transitions:
        if system.quantity(t.of) in found and system.quantity(t.by) in found:
            found[system.quantity(t.by)].add(t.lag)
    for s in together:
        for by, _ in before(w, s):
            if isinstance(by.index, Shift) and system.quantity(by) in found:
                found[system.quantity(by)].add(-by.index.offset)
    return found


def _running(w: Writing, s: Quantity) -> list[Equation]:
    return [e for e in w.d.system.made_by[s] if isinstance(e.target.index, Shift)]


def in_stages(
    w: Writing, found: Sequence[Stage], members: Sequence[Quantity], told: Sequence[Quantity]
) -> Iterator[Block]:
    """The derivative of a step's loss by all stages that it reads, and that of every other stage
    that is not told yet, for the first of some parameters that are alike."""
    q = members[0]
    reached = [s for stage in found for s in stage.states]
    inside = w.d.system.quantity(start(w)) in reached  # what is derived is in a stage itself
    paths = [] if inside else to_states(w, reached, q)
    ends = {stage: _ends(w, stage, paths) for stage in found}
    stacks = {stage: _Stack(w, _deepened(w, stage, paths)) for stage in found}
    read = [stage for stage in found if ends[stage]]
    heads = {stage: _head(stage, ends[stage]) for stage in read}
    firsts = {stage: _first(w, stage, stacks[stage], heads[stage], read, paths) for stage in read}
    headed = bool(read) and None not in firsts.values() and not summed_before(w, start(w), q)
    pinned = {w.d.system.quantity(r) for s in reached for r in fed(w, s, q)}
    if headed:
        terms = [
            product_of([*factors_of(first), *factors_of(stacks[stage].summed(q, here))])
            for stage, here in heads.items()
            if here is not None and (first := firsts[stage]) is not None
        ]
        beside = [c for c in paths if w.d.system.quantity(c.end) == q]
        terms += [product_of(link_names(w, c, paths)) for c in beside]
        yield _line(w, total_name(start(w), q), plus(*terms), members)
    for stage in found:
        alone = not headed or stage not in read or pinned & {*stage.states}
        if (alone or _begins_another(w, stage, reached)) and stage.states[0] not in told:
            stack, here = stacks[stage], Shift(stage.over)
            yield _line(w, total_name(stack.at(here), q), stack.summed(q, here), members)
    for stage in found:
        yield from stacks[stage].told()


def _line(w: Writing, left: Ref, right: Expr, members: Sequence[Quantity]) -> Block:
    like = w.like("unrolled", left, members[1:])
    return w.line(left, right, remark=others(w, [members[0], *like]))


def _begins_another(w: Writing, stage: Stage, reached: Sequence[Quantity]) -> bool:
    """Whether what another stage begins with is made of this one: s_0 = h_T."""
    single = [
        e
        for s in reached
        if s not in stage.states
        for e in w.d.system.made_by[s]
        if not isinstance(e.target.index, Shift)
    ]
    inside = (chains(w.d.system, w.d.locals, e.target, {*stage.states}) or [] for e in single)
    return any(inside)


def _ends(w: Writing, stage: Stage, paths: Sequence[Chain]) -> set[At | Shift]:
    """At which steps the loss of a step reads a stage."""
    found = {c.end.index for c in paths if w.d.system.quantity(c.end) in stage.states}
    return {e for e in found if isinstance(e, At | Shift)}


def _deepened(w: Writing, stage: Stage, paths: Sequence[Chain]) -> Stage:
    """What is read of earlier steps is carried too."""
    depths = dict(zip(stage.states, stage.depths, strict=True))
    for end in (c.end for c in paths if w.d.system.quantity(c.end) in depths):
        if not isinstance(end.index, Shift) or end.index.offset * stage.ahead > 0:
            return stage
        s = w.d.system.quantity(end)
        depths[s] = max(depths[s], 1 - end.index.offset * stage.ahead)
    return Stage(stage.states, stage.ahead, tuple(depths.values()))


def _head(stage: Stage, ends: set[At | Shift]) -> At | Shift | None:
    """The one step at which a loss reads a stage; that of its own step has the earlier ones."""
    if all(isinstance(e, Shift) and e.offset * stage.ahead <= 0 for e in ends):
        return Shift(stage.over)
    return next(iter(ends)) if len(ends) == 1 and all(isinstance(e, At) for e in ends) else None


def _first(
    w: Writing,
    stage: Stage,
    stack: _Stack,
    here: At | Shift | None,
    read: Sequence[Stage],
    paths: Sequence[Chain],
) -> Expr | None:
    """∂L/∂S_2, the factor with which a loss reads a stage. What has no step and reads another
    stage too, which this one acts on, has ∂⁺L/∂S_2 in its place, or its factors up to there; None
    where there is no such name."""
    if here is None:
        return None
    others = [s for one in read if one != stage for s in one.states]
    acts = any(made_of(w.d.system, s, mine) for s in others for mine in stage.states)
    if start(w).index is not None or not acts:
        return derivative_name(start(w), stack.at(here))
    mine = [c for c in paths if w.d.system.quantity(c.end) in stage.states]
    if all(len(c.links) == 1 for c in mine):
        return derivative_name(start(w), stack.at(here), "⁺")
    if len(stack.parts) > 1:
        return None
    return plus(*(product_of(link_names(w, c, paths)) for c in mine))


@dataclass(frozen=True)
class _Stack:
    """A stage under one name: its own where it is one state, else S."""

    w: Writing
    stage: Stage

    @property
    def name(self) -> str:
        if self.stage.depths == (1,):
            return self.stage.states[0].name
        known = (n for n, parts in self.w.stacks.items() if parts == self.parts)
        return next(known, None) or _new_name(self.w)

    @property
    def parts(self) -> list[tuple[Quantity, int]]:
        deep = zip(self.stage.states, self.stage.depths, strict=True)
        return [(r, self.stage.ahead * j) for r, depth in deep for j in range(depth)]

    def at(self, index: At | Shift) -> Ref:
        """The stack at a step; it is known under its name from then on."""
        name = self.name
        if len(self.parts) > 1:
            self.w.stacks[name] = self.parts
        return Ref(name, index)

    def summed(self, q: Quantity, here: At | Shift) -> Expr:
        """∂S_t/∂q as the sum over the steps and what comes from the first state."""
        w, over, ahead = self.w, self.stage.over, self.stage.ahead
        now: Expr = Number(str(here.step)) if isinstance(here, At) else Ref(over)
        running = Shift(over)
        step = derivative_name(self.at(Shift(w.inner)), self.at(Shift(w.inner, -ahead)))
        states = self.stage.states
        entering: list[Expr] = []
        if any(acts_inside(w, s, q) for s in states):
            entering.append(total_name(self.at(running), q, "⁺"))
        pinned = dict.fromkeys(r for s in states for r in fed(w, s, q))
        entering += [
            product_of([derivative_name(self.at(running), r), total_name(r, q)]) for r in pinned
        ]
        terms: list[Expr] = []
        made = [e for s in states for e in _running(w, s)]
        forward = self.stage.forward
        if entering:
            body = [product_over(w, step, now, forward)]
            body += factors_of(renamed(plus(*entering), over, w.outer))
            terms.append(sum_over(w, over, made, product_of(body), now, forward))
        if any(starts_from(w, s, q) for s in states):
            steps = [t for e in made for t in e.steps or ()]
            first = self.at(At(min(steps) - 1 if forward else max(steps) + 1))
            whole = product_over(w, step, now, forward, first)
            terms.append(product_of([whole, total_name(first, q)]))
        return plus(*terms)

    def told(self) -> Iterator[Block]:
        if len(self.parts) > 1:
            name = Math(self.at(Shift(self.stage.over)))
            said = joined([(Math(r.ref(-back)),) for r, back in self.parts])
            yield Paragraph(self.w.say("derive-stacked", S=name, list=said))


def _new_name(w: Writing) -> str:
    """A name for several states together that nothing else has."""
    taken = {q.name for q in (*w.d.system.made_by, *w.d.system.given)} | set(w.stacks)
    numbered = (f"S_{n}" for n in count(1))
    return next(n for n in chain(("S", "Z"), numbered) if n not in taken)
