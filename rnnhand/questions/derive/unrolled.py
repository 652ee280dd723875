"""A derivative unrolled over the steps: which states are followed alone, which together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.document.blocks import Block, Math, Paragraph, Section
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Shift
from rnnhand.questions.derive.reach import (
    acts_inside,
    acts_on,
    each_start,
    fed,
    loose,
    start,
    starts_from,
    summed_before,
    through_time,
    to_states,
    total_name,
)
from rnnhand.questions.derive.stacked import in_stages, stages
from rnnhand.questions.derive.sums import read_before, unrolled_alike
from rnnhand.questions.derive.writing import Writing
from rnnhand.system.model import Quantity


def sums(w: Writing) -> list[Section]:
    """∂L_t/∂w = ∂L_t/∂h_t · Σ_k (Π_i ∂h_i/∂h_{i−1}) · ∂⁺h_k/∂w."""
    lines: list[Block] = []
    for block in (block for one in each_start(w) for block in _of_one_loss(one)):
        if block not in lines:  # what is said of a state is said once
            lines.append(block)
    return [Section(w.say("derive-unrolled"), tuple(lines))] if lines else []


def _of_one_loss(w: Writing) -> Iterator[Block]:
    lines: list[Block] = []
    groups: dict[tuple[tuple[Quantity, ...], tuple[str, ...]], list[Quantity]] = {}
    for q in w.d.plain:
        if not loose(w, q):
            reached = tuple(s for s in through_time(w, q) if s in w.d.looped)
            more = (s for s in reached if fed(w, s, q) or starts_from(w, s, q))
            entered = tuple(f"{s} {acts_inside(w, s, q)} {starts_from(w, s, q)}" for s in more)
            entered += tuple(sorted({s.over for s in reached if acts_inside(w, s, q)}))
            groups.setdefault((reached, (*_beside(w, reached, q), *entered)), []).append(q)
    for (reached, _), listed in groups.items():
        members = [q for q in listed if not any(summed_before(w, s.ref(), q) for s in reached)]
        if not members:
            continue
        if len(reached) == 1 and _is_summed(w, reached[0], members):
            lines += unrolled_alike(w, reached[0], members)
        elif _one_by_one(w, reached, members):
            for s in reversed(reached):
                lines += unrolled_alike(w, s, members, reached)
        else:
            lines += _in_stages(w, reached, members)
    yield from lines


def _one_by_one(w: Writing, reached: Sequence[Quantity], members: Sequence[Quantity]) -> bool:
    """Whether each of some states has a sum of its own: one state an index, which reads itself of
    the step before and the others at definite steps only, as the decoder reads h_T; and one of
    them alone is what the loss reads."""
    if len({s.over for s in reached}) < len(reached) or len(reached) < 2:
        return False
    read = {w.d.system.quantity(c.end) for c in to_states(w, reached, members[0])}
    ends = read & set(reached)
    return (
        len(ends) == 1
        and all(read_before(w, s) is not None for s in reached)
        and all(_is_followed(w, s, q) for s in reached for q in members)
    )


def _is_summed(w: Writing, s: Quantity, members: Sequence[Quantity]) -> bool:
    """Whether one sum says how some parameters act on a state: one that enters by a definite step
    and in the first state too has another summand for that."""
    return read_before(w, s) is not None and not any(
        fed(w, s, q) and starts_from(w, s, q) for q in members
    )


def _is_alone(
    w: Writing, s: Quantity, reached: Sequence[Quantity], members: Sequence[Quantity]
) -> bool:
    """Whether one of several states has a sum of its own: the encoder, whatever the decoder is."""
    return (
        [r for r in reached if r.over == s.over] == [s]
        and read_before(w, s) is not None
        and all(_is_followed(w, s, q) and not fed(w, s, q) for q in members)
        and not any(s == w.d.system.quantity(c.end) for c in to_states(w, reached, members[0]))
    )


def _is_followed(w: Writing, s: Quantity, q: Quantity) -> bool:
    """Whether a parameter acts on a state by the equation of all steps alone, or by that of the
    first alone."""
    single = [e.target for e in w.d.system.made_by[s] if not isinstance(e.target.index, Shift)]
    if not any(acts_on(w, ref, q) for ref in single):
        return True
    return starts_from(w, s, q) and not acts_inside(w, s, q) and not fed(w, s, q)


def _in_stages(w: Writing, reached: Sequence[Quantity], members: list[Quantity]) -> Iterator[Block]:
    """Stage by stage, one state that is a stage by itself with the equations put in; or why there
    is no sum of this kind."""
    found = stages(w, reached)
    if found is None:
        names = joined([(Math(total_name(start(w), q)),) for q in members])
        listed = joined([(Math(s.ref()),) for s in reached])
        yield Paragraph(w.say("derive-both-ways", list=names, states=listed))
        return
    alone = [s for s in reached if _is_alone(w, s, reached, members)]
    for s in alone:
        yield from unrolled_alike(w, s, members, reached)
    yield from in_stages(w, found, members, alone)


def _beside(w: Writing, reached: Sequence[Quantity], q: Quantity) -> tuple[str, ...]:
    """The ways by which a parameter acts on the loss of a step beside the states: those of which
    it differs have no formula in common."""
    ends = (c for c in to_states(w, reached, q) if w.d.system.quantity(c.end) == q)
    return tuple("·".join(text(link.of) for link in c.links) for c in ends)
