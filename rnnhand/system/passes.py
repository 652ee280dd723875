"""Working by hand: equations step by step, in as few passes over the steps as it takes for nothing
to be read early."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rnnhand.language.tree import Shift
from rnnhand.system.model import Equation, System
from rnnhand.system.schedule import Loop, instances_read, schedule

Reads = dict[int, set[int]]
"""The equations that one reads, each with the signs of read step − own step: -1, 0, 1."""


def passes(system: System, equations: Sequence[Equation], direction: int) -> tuple[Loop, ...]:
    """Passes over the steps of equations that run over one index, in an order in which they can be
    computed. A pass has that `direction`, but for what runs the other way, as the states that a
    bidirectional network hands back; what runs both ways at once is left in it.
    """
    reads = [_reads(system, e, equations) for e in equations]
    number = {id(e): i for i, e in enumerate(equations)}
    found: list[list[int]] = []
    ways: list[int] = []
    place: dict[int, int] = {}
    for block in schedule(system, equations):
        made = block.equations if isinstance(block, Loop) else [e for e, _ in block.order]
        mine = list(dict.fromkeys(number[id(e)] for e in made))
        inside = {sign for i in mine for j in mine for sign in reads[i].get(j, ())}
        way = block.direction if isinstance(block, Loop) and inside - {0} else direction
        before = [(place[j], signs) for i in mine for j, signs in reads[i].items() if j not in mine]
        fits = (k for k in range(len(found)) if ways[k] == way and _is_ready(k, way, before))
        k = next(fits, len(found))
        if k == len(found):
            found.append([])
            ways.append(way)
        found[k] += mine
        place |= dict.fromkeys(mine, k)
    return tuple(
        Loop(tuple(equations[i] for i in members), way)
        for members, way in zip(found, ways, strict=True)
    )


def _is_ready(k: int, way: int, before: Collection[tuple[int, set[int]]]) -> bool:
    """Whether what is read is there in pass k: made by an earlier one, or by a step behind."""
    return all(there < k or (there == k and way not in signs) for there, signs in before)


def _reads(system: System, equation: Equation, equations: Sequence[Equation]) -> Reads:
    makers: dict[object, list[int]] = {}
    for i, other in enumerate(equations):
        makers.setdefault(system.quantity(other.target), []).append(i)
    found: Reads = {}
    var = equation.target.index.var if isinstance(equation.target.index, Shift) else ""
    for step in equation.steps or ():
        for term in equation.terms:
            if term.steps is not None and step not in term.steps:
                continue
            for q, there in instances_read(system, term.body, {var: step} if var else {}):
                for j in makers.get(q, ()):
                    if there is not None and there in (equations[j].steps or ()):
                        found.setdefault(j, set()).add((there > step) - (there < step))
    return found
