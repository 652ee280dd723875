"""What is said of the terms of two cells never speaks against a reduction that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from solving import command

from rnnhand.calculus.routes import Routes, Variant
from rnnhand.language.printer import text
from rnnhand.problem.cells import cell_named
from rnnhand.problem.library import functions
from rnnhand.questions.reduce.meeting import meetings
from rnnhand.questions.reduce.obstacle_numbers import effective_parameters
from rnnhand.questions.reduce.obstacle_terms import Misfit, misfit, spelled
from rnnhand.questions.reduce.own_names import own
from tests.budget import every

LIBRARY = Path(__file__).parents[1] / "rnnhand" / "library" / "cells"


def misfit_of(source: str, target: str) -> Misfit | None:
    known, goal = functions(), cell_named(target)
    met = meetings(cell_named(source), goal, known)[0]
    return misfit(met.source, met.target, met.facts, lambda: effective_parameters(goal, known))


@pytest.mark.parametrize("cell", every(6, sorted(f.stem for f in LIBRARY.glob("*.yaml"))))
def test_no_cell_is_kept_from_being_itself(cell: str) -> None:
    assert misfit_of(cell, cell) is None


REDUCED = [
    ("gru-before-new", "rnn"),
    ("gru-before-keep", "gru-before-new"),
    ("gru-after-new", "mgu"),
    ("lstm", "lstm-1997"),
    ("lstm", "lstm-coupled"),
    ("lstm-no-output-activation", "rnn"),
    ("lstm-1997", "rnn-linear"),
    ("lstm-peephole-diagonal", "lstm"),
    ("bidirectional", "rnn-skip"),
    ("rnn", "dense"),
    ("lstm-stacked", "lstm"),
]


@pytest.mark.parametrize(("source", "target"), every(2, REDUCED))
def test_what_a_proof_in_equations_refutes_is_not_said(source: str, target: str) -> None:
    """1 - z for z, a gate held at 1 where 1 - z is a factor too, a state taken into weights."""
    assert misfit_of(source, target) is None


def test_routes_have_their_factors_with_them() -> None:
    """h = o ⊙ tanh(c), c = f ⊙ c[t-1] + i ⊙ c': x[t-1] comes in by c[t-1], times f, i and o."""
    known = functions()
    cell = cell_named("lstm")
    met = meetings(cell, cell, known)[0]

    def routes(variant: Variant, lag: int) -> set[str]:
        found = Routes(met.source, met.facts, variant)
        gives = met.source.gives
        return {
            text(own(spelled(r, lag, met.source, met.facts.shape), met.source))
            for r in found.of(gives, lag)
        }

    assert "o[t]*tanh(f[t]*i[t-1]*tanh(W_c @ x[t-1]))" in routes(Variant(), 1)
    held = Variant(
        removed=frozenset({"tanh source h"}) & met.source.functions.keys(),
        constant=frozenset({"source f", "source i", "source o"}),
        zero=frozenset({"source f"}),
    )
    assert not any("f[t]" in route for route in routes(held, 1))


PEEPHOLE = """\
title: Coupled gates, one that sees the state
equations: |
  f[t] = sigmoid(W @ x[t] + U @ h[t-1] + p*h[t-1] + b)
  h[t] = f[t]*h[t-1] + (1 - f[t])*tanh(W_g @ x[t] + U_g @ (x[t]*(V @ x[t])) + b_g)
parameters: {W: [h, x], U: [h, h], p: [h], b: [h], W_g: [h, x], U_g: [h, x], V: [x, x], b_g: [h]}
input: x
output: h
sizes: {x: {en: inputs, ru: входы}, h: {en: units, ru: нейроны}}
initial: {"h[0]": [h]}
"""


@pytest.mark.slow
def test_terms_with_weights_of_all_shapes_are_written(tmp_path: Path) -> None:
    """A vector of weights multiplies entry by entry; what multiplies is written with its matrix."""
    (tmp_path / "seeing.yaml").write_text(PEEPHOLE, "utf-8")
    for source, target in (("lstm", "seeing"), ("seeing", "lstm-no-output-gate")):
        page = command("reduce", source, "--to", target, "--cells", str(tmp_path), "--lang", "en")
        assert page.exit_code == 0, page.output
        assert "cannot be done" in page.output or "Nothing was found" in page.output
