"""Whatever a network reads of which step, its graph is drawn: nothing overlaps, nothing is cut."""

from __future__ import annotations

from random import Random

import pytest
import reference
from pictures import defects
from random_loops import random_loops
from rich.console import Console

from rnnhand.document.graph import Graph
from rnnhand.errors import Failure
from rnnhand.phrases import phrases
from rnnhand.problem.files import Source, load
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_problem
from rnnhand.render.drawing import graph_lines
from rnnhand.render.picture import chosen, search
from rnnhand.render.picture.compose import compose

KINDS = ("loops", "loops backwards", "computed start", "attention")
LARGEST = 110
"""Edges of a graph that is drawn here."""


def network(seed: int) -> str:
    rng = Random(seed)
    match KINDS[seed % len(KINDS)]:
        case "computed start":
            return reference.encoder(rng).yaml
        case "attention":
            return reference.attention(rng).yaml
        case _:
            return random_loops(rng)


def graph_of(text: str, folded: bool) -> Graph:
    wish = Wish(folded=folded)
    return drawn(of_problem(load(Source("own.yaml", text), ()), wish, "en"), wish, phrases("en"))


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn matters here, not how well."""
    monkeypatch.setattr(chosen, "WORK", 1_000)
    monkeypatch.setattr(search, "AHEAD", 2)


def check(seed: int, folded: bool) -> None:
    try:
        graph = graph_of(network(seed), folded)
    except Failure:
        pytest.skip("a step waits for itself")
    if len(graph.edges) > LARGEST:
        pytest.skip("too large to be drawn in a test")
    assert not list(defects(compose(graph)))
    assert graph_lines(graph, Console(width=200))


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_random_network_is_drawn(seed: int, folded: bool) -> None:
    check(seed, folded)


@pytest.mark.slow
@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_random_networks_are_drawn(seed: int, folded: bool) -> None:
    check(seed, folded)


MIXED = (
    "title: Mixed\nequations: |\n  L = sum[t](E[t])\n  q[t] = tanh(p*q[t-2] + v*h[t] + u*g[t+2])\n"
    "  h[t] = sigmoid(w*h[t+1] + w*h[t+2] + x[t])\n  g[t] = tanh(r*g[t+2] + s*h[t] + x[t])\n"
    "  s_[t] = tanh(w*s_[t-1] + v*h[t] + u*g[t+2] + r*q[t-1])\n"
    "  E[t] = (q[t] + g[t] + s_[t] - y[t])^2\nsteps: 1..2\n"
    "parameters: {p: , v: , u: , w: , r: , s: }\n"
    "initial: {'h[3]': , 'h[4]': , 'g[3]': , 'g[4]': , 'q[0]': , 'q[-1]': , 's_[0]': }\n"
    "data: {'x[1..2]': , 'y[1..2]': }\n"
)


@pytest.mark.parametrize("folded", [False, True])
def test_layers_that_read_each_other_at_other_steps_are_drawn(folded: bool) -> None:
    """A place where lines enter serves two layers, so it is on the floor of neither."""
    assert not list(defects(compose(graph_of(MIXED, folded))))
