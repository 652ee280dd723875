"""Steps of a loop that never read each other: h[t] made of h[t-2] alone goes in two chains, one of
the odd and one of the even steps, which can be computed at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rnnhand.calculus.dependence import Loop
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.switches import Switches
from rnnhand.document.blocks import Math, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.system.model import System

MOST_SHOWN = 4

Chain: TypeAlias = tuple[Instance, ...]


def chains(system: System, ring: Loop) -> tuple[Chain, ...]:
    """What a loop computes, in groups of which none reads another; none where all hang together."""
    made = [q for q in system.made_by if str(q) in ring.names]
    steps = {q: sorted({s for e in system.made_by[q] for s in e.steps or ()}) for q in made}
    one_of = {here: here for q in made for here in (Instance(q, s) for s in steps[q])}

    def first(here: Instance) -> Instance:
        while one_of[here] != here:
            one_of[here] = one_of[one_of[here]]
            here = one_of[here]
        return here

    switches = Switches(system)
    for here in one_of:
        for read in switches.read_by(here):
            if read in one_of:
                one_of[first(read)] = first(here)
    groups: dict[Instance, list[Instance]] = {}
    for here in sorted(one_of, key=lambda i: i.step or 0):
        groups.setdefault(first(here), []).append(here)
    return tuple(map(tuple, groups.values())) if len(groups) > 1 else ()


def told(found: Sequence[Chain]) -> Sentence:
    """{h_1, h_3, h_5}, {h_2, h_4, h_6}: each chain in braces."""
    shown = [("{", *joined(list(_members(one))), "}") for one in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        shown = [*shown[:-1], ("…",), ("{", *joined(list(_members(found[-1]))), "}")]
    return joined(shown)


def _members(one: Chain) -> Iterator[Sentence]:
    named: list[Sentence] = [(Math(i.ref),) for i in one]
    yield from named if len(named) <= MOST_SHOWN else (*named[:3], ("…",), named[-1])
