"""What is said of the terms of two cells never speaks against a reduction that there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from solving import command

from rnnhand.calculus.routes import Routes, Variant
from rnnhand.language.printer import text
from rnnhand.problem.cells import cell_named
from rnnhand.problem.library import functions
from rnnhand.questions.reduce.meeting import meetings
from rnnhand.questions.reduce.obstacle_numbers import effective_parameters
from rnnhand.questions.reduce.obstacle_output import carries_more
from rnnhand.questions.reduce.obstacle_terms import Known, Misfit, misfit, spelled
from rnnhand.questions.reduce.own_names import own
from tests.budget import every

LIBRARY = Path(__file__).parents[1] / "rnnhand" / "library" / "cells"


def misfit_of(source: str, target: str) -> Misfit | None:
    known, goal = functions(), cell_named(target)
    met = meetings(cell_named(source), goal, known)[0]
    asked = Known(lambda: effective_parameters(goal, known), lambda: carries_more(goal, known))
    return misfit(met.source, met.target, met.facts, asked)


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


TRICKS = {
    "difference": "h[t] = sigmoid(A)*relu(C) - sigmoid(B)*relu(C)",
    "less-half": "h[t] = sigmoid(A)*relu(C) - relu(D)",
    "odd": "h[t] = tanh(A)*relu(C)",
    "gate-and-against": "h[t] = sigmoid(A)*(1 - sigmoid(B))",
    "square": "h[t] = 1/4 - tanh(A)*tanh(A)/4",
    "squares": "z[t] = sigmoid(A); h[t] = (z[t]*z[t] + (1 - z[t])*(1 - z[t]))*tanh(B) + relu(z[t])",
    "halved": "h[t] = tanh(A) + relu(sigmoid(2*(W @ x[t] + b)))",
    "recurrent": "h[t] = sigmoid(A + h[t-1])*tanh(C) - sigmoid(B - h[t-1])*tanh(D)",
    "recurrent-odd": "h[t] = tanh(A + 1/2*h[t-1])*tanh(C)",
    "by-itself": "k[t] = relu(A); h[t] = k[t] + k[t]*tanh(B)",
    "gated": "h[t] = 2*sigmoid(B)*relu(A)",
    "moved": "k[t] = sigmoid(A)*relu(C); h[t] = tanh(U @ k[t] + d)",
    "moved-odd": "h[t] = tanh(U @ tanh(A) + d)",
    "taken-away": "z[t] = sigmoid(A); h[t] = z[t]*tanh(C) + (1/2 - z[t])*tanh(C) + relu(z[t])",
    "left": "h[t] = tanh(C)/2 + relu(sigmoid(A))",
    "spelled": "c[t] = c[t-1] + sigmoid(A)*tanh(C); h[t] = tanh(c[t])",
    "spelled-so": "c[t] = c[t-1] + sigmoid(A)*tanh(C); h[t] = 2*sigmoid(2*c[t]) - 1",
    "product": "h[t] = e*(1 - tanh(A)*tanh(B))",
    "product-and-memory": "h[t] = sigmoid(D)*h[t-1] + e*(1 - tanh(A)*tanh(B))",
    "shifted": "r[t] = W @ x[t]; h[t] = tanh(r[t] + 1) - tanh(r[t] - 1)",
    "shifted-sum": "r[t] = r[t-1] + W @ x[t]; h[t] = tanh(r[t] + 1) - tanh(r[t] - 1)",
    "product-of-sums": "r[t] = r[t-1] + W @ x[t]; h[t] = e*(1 - tanh(r[t] + b)*tanh(r[t] + d))",
}
ARGUMENTS = {"A": "W @ x[t] + b", "B": "V @ x[t] + d", "C": "P @ x[t] + e", "D": "Q @ x[t] + g"}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("difference", "odd"),
        ("less-half", "odd"),
        ("gate-and-against", "square"),
        ("squares", "halved"),
        ("recurrent", "recurrent-odd"),
        ("gated", "by-itself"),
        ("by-itself", "gated"),
        ("moved", "moved-odd"),
        ("taken-away", "left"),
        ("spelled", "spelled-so"),
        ("spelled-so", "spelled"),
        ("product", "shifted"),
        ("product-and-memory", "shifted"),
        ("product-of-sums", "shifted-sum"),
        ("shifted-sum", "product-of-sums"),
    ],
)
def test_what_tied_weights_make_of_a_cell_is_not_impossible(
    tmp_path: Path, source: str, target: str
) -> None:
    """σ(2u) − σ(−2u) = tanh(u); σ(2u)·σ(−2u) = 1/4 − tanh²(u)/4; tanh(2u)·(1 + tanh²(u)) =
    2·tanh(u); tanh(u + 1) − tanh(u − 1) = tanh(2)·(1 − tanh(u + 1)·tanh(u − 1)): each source
    becomes its goal by weights, of which some are the same but for a factor."""
    for name in (source, target):
        (tmp_path / f"{name}.yaml").write_text(trick(name), "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    result = command("reduce", source, "--to", target, *args)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["verdict"] in ("reducible", "not-found"), result.stdout


def trick(name: str) -> str:
    equations = TRICKS[name]
    for letter, argument in ARGUMENTS.items():
        equations = re.sub(rf"\b{letter}\b", argument, equations)
    named = sorted(set(re.findall(r"\b[WVPQUbdeg]\b", equations)))
    shapes = {"U": "[h, h]", **dict.fromkeys("WVPQ", "[h, x]")}
    states = [q for q in "chr" if f"{q}[t-1]" in equations]
    starts = ", ".join(f'"{q}[0]": [h]' for q in states)
    shaped = ", ".join(f"{p}: {shapes.get(p, '[h]')}" for p in named)
    return "\n".join(
        [
            f"title: {name}",
            "input: x",
            "output: h",
            "sizes: {x: inputs, h: units}",
            "equations: |",
            *(f"  {line.strip()}" for line in equations.split(";")),
            f"parameters: {{{shaped}}}",
            f"initial: {{{starts}}}" if states else "",
        ]
    )


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
