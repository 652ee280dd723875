"""Passes over the steps: by hand, no value is read before it is worked out."""

from __future__ import annotations

from random import Random

import pytest
from random_loops import random_loops
from solving import command

from rnnhand.calculus.gradient import gradient
from rnnhand.problem.files import Source, load, source
from rnnhand.system.model import System
from rnnhand.system.passes import passes
from rnnhand.system.schedule import instances_read


def early(system: System, direction: int) -> list[object]:
    """What is read before it is there, when the equations are worked out pass by pass."""
    mine = [e for e in system.equations if e.steps is not None]
    made = {(system.quantity(e.target), s) for e in mine for s in e.steps or ()}
    done: set[object] = set()
    found: list[object] = []
    for one in passes(system, mine, direction):
        steps = sorted({s for e in one.equations for s in e.steps or ()}, reverse=one.direction < 0)
        for step in steps:
            for e in one.equations:
                if step not in (e.steps or ()):
                    continue
                terms = [t for t in e.terms if t.steps is None or step in t.steps]
                read = {i for t in terms for i in instances_read(system, t.body, {"t": step})}
                found += [i for i in read & made if i not in done]
                done.add((system.quantity(e.target), step))
    assert done == made
    return found


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_read_early_in_random_loops(seed: int) -> None:
    system = load(Source("loops", random_loops(Random(seed)))).system
    assert early(system, 1) == []
    assert early(gradient(system).system, -1) == []


@pytest.mark.parametrize(("name", "count"), [("slide-lstm", 1), ("bidirectional-scalar", 3)])
def test_a_pass_is_added_only_for_what_runs_the_other_way(name: str, count: int) -> None:
    system = load(source(name)).system
    assert len(passes(system, [e for e in system.equations if e.steps is not None], 1)) == count


def test_the_errors_of_a_backward_state_run_forwards_on_the_page() -> None:
    page = command("solve", "bidirectional-scalar", "--only", "gradients").stdout
    lines = [page.index(f"∂L/∂s_{t} = ") for t in (1, 2, 3)]
    assert lines == sorted(lines)
    assert page.index("∂L/∂h_3 = ") < page.index("∂L/∂h_1 = ") < lines[0]
