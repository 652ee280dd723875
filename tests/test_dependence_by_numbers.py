"""What changes when a given number is moved must be said to depend on it, entry by entry."""

from __future__ import annotations

from random import Random

import pytest
from mpmath import mpf
from random_networks import random_network
from reference import Case

from rnnhand.calculus.dependence import chain, dependence, loops
from rnnhand.calculus.entries import Place, entries
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.instances import Instance
from rnnhand.problem.files import Source, load
from rnnhand.system.model import System

MOST = 100_000
QUICK = (4, 5)


def system_of(case: Case) -> System:
    return load(Source("case.yaml", case.yaml), ()).system


def changed(
    case: Case, place: tuple[str, int | None], entry: int
) -> set[tuple[str, int | None, int]]:
    """The computed entries that are other numbers when one given entry is moved."""
    one, other = (case.run(place, entry, by).values for by in (mpf(0), mpf("0.01")))
    given = case.given()
    return {
        (name, step, i)
        for (name, step), value in one.items()
        if (name, step) not in given
        for i, (a, b) in enumerate(zip(value.a, other[name, step].a, strict=True))
        if abs(a - b) > mpf(10) ** -60
    }


SEEDS = [pytest.param(k, marks=() if k in QUICK else pytest.mark.slow) for k in range(30)]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_moves_with_a_number_is_said_to_depend_on_it(seed: int) -> None:
    case = random_network(Random(seed), depth=2)
    system = system_of(case)
    shape = shapes_in(system)
    by_name = {(q.name, bool(q.over)): q for q in system.shapes}

    def place(name: str, step: int | None, entry: int) -> Place:
        q = by_name[name, step is not None]
        row, column = divmod(entry, system.shapes[q][1])
        return Place(Instance(q, step), row, column)

    reached: dict[Place, set[Place]] = {}
    for (name, step), value in case.given().items():
        for entry in range(len(value.a)):
            for found in changed(case, (name, step), entry):
                reader = place(*found)
                if reader not in reached:
                    reached[reader] = entries(system, shape, reader, MOST)
                assert place(name, step, entry) in reached[reader], (name, step, entry, found)
                assert place(name, step, entry).instance in dependence(
                    system, reader.instance, MOST
                )


def problem(lines: str, more: str) -> System:
    equations = "".join(f"  {line}\n" for line in lines.splitlines())
    return load(Source("own.yaml", f"equations: |\n{equations}{more}\n"), ()).system


def turns(system: System, name: str, step: int) -> int:
    """How many steps of loops have to be done in turn before a quantity is there."""
    q = next(q for q in system.shapes if q.name == name)
    rings = {q: k for k, ring in enumerate(loops(system)) for q in ring.names}
    return chain(system, dependence(system, Instance(q, step), MOST), rings)


def test_a_zero_of_a_constant_cuts_the_way_and_one_of_a_parameter_does_not() -> None:
    for section, cut in (("constants", True), ("parameters", False)):
        system = problem(
            "h[t] = W @ h[t-1]",
            f"steps: 1..4\n{section}: {{W: [[1, 0], [1, 1]]}}\ninitial: {{'h[0]': [1, 2]}}",
        )
        (q,) = system.made_by
        reach = entries(system, shapes_in(system), Place(Instance(q, 3), 0, 0), MOST)
        assert (Place(Instance(q, 0), 1, 0) not in reach) is cut


def test_a_decoder_waits_for_its_encoder() -> None:
    system = problem(
        "h[t] = tanh(w*h[t-1] + x[t])\ns[0] = h[T]\ns[k] = tanh(p*s[k-1])",
        "steps: 1..4\nindices: {k: 1..3}\nparameters: {w: 1, p: 1}\n"
        "initial: {'h[0]': 0}\ndata: {'x[1..4]': [1, 2, 3, 4]}",
    )
    assert turns(system, "h", 2) == 2
    assert turns(system, "s", 2) == 4 + 2  # s[0] is h[4] and needs no step of the loop of s


def test_a_second_layer_is_one_step_behind_and_two_directions_go_together() -> None:
    two = problem(
        "h[t] = tanh(w*h[t-1] + x[t])\ng[t] = tanh(v*g[t-1] + h[t])",
        "steps: 1..5\nparameters: {w: 1, v: 1}\n"
        "initial: {'h[0]': 0, 'g[0]': 0}\ndata: {'x[1..5]': [1, 2, 3, 4, 5]}",
    )
    assert turns(two, "g", 5) == 6
    both = problem(
        "h[t] = tanh(w*h[t-1] + x[t])\ns[t] = tanh(v*s[t+1] + x[t])\ny[t] = h[t] + s[t]",
        "steps: 1..5\nparameters: {w: 1, v: 1}\n"
        "initial: {'h[0]': 0, 's[6]': 0}\ndata: {'x[1..5]': [1, 2, 3, 4, 5]}",
    )
    assert turns(both, "y", 2) == 4
