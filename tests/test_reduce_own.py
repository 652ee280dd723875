"""`reduce` with cells of one's own: held gates, other ways of writing, no false reasons."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from solving import command
from test_reduce import SCHEMA, fixed

from rnnhand.problem.cells import cell_named, read_cell
from rnnhand.problem.library import functions
from rnnhand.questions.reduce.obstacle_numbers import effective_parameters, needed_numbers
from rnnhand.questions.reduce.obstacle_room import inner_sizes

STATE = """
title: {title}
input: x
output: h
sizes: {{x: inputs, h: units}}
equations: |
  {equations}
parameters: {{W: [h, x], U: [h, h], b: [h]{more}}}
initial: {{"h[0]": [h]}}
"""
SUM = "W @ x[t] + U @ h[t-1] + b"
CELLS = {
    "leaky": (f"h[t] = (1 - a)*h[t-1] + a*tanh({SUM})", ", a: []"),
    "leaky-each": (f"h[t] = (1 - a)*h[t-1] + a*tanh({SUM})", ", a: [h]"),
    "leaky-euler": (f"h[t] = h[t-1] + a*(tanh({SUM}) - h[t-1])", ", a: []"),
    "leaky-half": (f"h[t] = h[t-1]/2 + 1/2*tanh({SUM})", ""),
    "leaky-tenth": (f"h[t] = 9/10*h[t-1] + 1/10*tanh({SUM})", ""),
    "leak-alone": (f"h[t] = λ*h[t-1] + tanh({SUM})", ", λ: []"),
    "relu-by-hand": (f"h[t] = max(0, {SUM})", ""),
    "sigmoid-by-hand": (f"h[t] = 1/(1 + exp(-({SUM})))", ""),
    "scaled": ("h[t] = tanh(a*(W @ x[t]) + U @ h[t-1] + b + d)", ", a: [], d: [h]"),
    "two-lags": (f"h[t] = tanh({SUM} + V @ h[t-2])", ", V: [h, h]"),
    "softplus": (f"h[t] = softplus({SUM})", ""),
    "sigmoid": (f"h[t] = sigmoid({SUM})", ""),
    "cancelled": ("h[t] = x[t] + W @ x[t] + tanh(U @ x[t] + b)", ""),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cells")
    for name, (equations, more) in CELLS.items():
        cell = STATE.format(title=name, equations=equations, more=more)
        if name == "two-lags":
            cell = cell.replace('"h[0]": [h]', '"h[0]": [h], "h[-1]": [h]')
        if name == "cancelled":
            cell = cell.replace('initial: {"h[0]": [h]}', "equal: [x, h]")
        (path / f"{name}.yaml").write_text(cell, "utf-8")
    return path


@cache
def found(folder: Path, source: str, target: str) -> dict[str, Any]:
    args = ("--cells", str(folder), "--format", "json")
    result = command("reduce", source, "--to", target, *args)
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(data)
    return data


@pytest.mark.parametrize(
    ("source", "target", "held", "becomes"),
    [
        ("gru-before-new", "leaky", "z[t] = a", {"b_z": "log(a/(1 - a))"}),
        ("gru-before-new", "leaky-each", "z[t] = a", {"b_z": "log(a/(1 - a))"}),
        ("gru-before-keep", "leaky", "z[t] = 1 - a", {"b_z": "log((1 - a)/a)"}),
        ("gru-before-new", "leaky-euler", "z[t] = a", {"b_z": "log(a/(1 - a))"}),
        ("mgu", "leaky", "f[t] = a", {"b_f": "log(a/(1 - a))", "U_h": "U/a"}),
        ("mgu", "leaky-tenth", "f[t] = 1/10", {"b_f": "log(1/9)", "U_h": "10*U"}),
        ("lstm-no-output-activation", "leak-alone", "f[t] = λ", {"b_f": "log(λ/(1 - λ))"}),
    ],
)
def test_a_gate_is_held_at_one_value_by_its_bias(
    folder: Path, source: str, target: str, held: str, becomes: dict[str, str]
) -> None:
    """Its weights are 0, and all its entries are the same, however many units there are."""
    best = found(folder, source, target)["answers"][0]
    gate = held[0]
    assert {held, f"W_{gate} = 0", f"U_{gate} = 0"} <= fixed(best)
    assert best["conditions"]["sizes"] == [] and best["conditions"]["nonzero"] == []
    assert becomes.items() <= best["becomes"].items()
    bound = [] if "1/10" in held else [f"0 < {'λ' if 'λ' in held else 'a'} < 1"]
    assert best["conditions"]["between"] == bound
    assert best["proved"] and best["check"]["agreed"] == best["check"]["points"] > 0


def test_a_gate_at_a_half_needs_no_bias(folder: Path) -> None:
    best = found(folder, "gru-before-new", "leaky-half")["answers"][0]
    assert fixed(best) == {"z[t] = 1/2", "r[t] = 1"}
    assert best["fixed"][0]["reasons"][0]["id"] == "reduce-attained"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("Every entry of b_z is this number.", "Provided that 0 < a < 1.")),
        ("ru", ("каждая компонента b_z", "При условии, что 0 < a < 1.")),
    ],
)
def test_the_page_says_which_bias_holds_a_gate(
    folder: Path, lang: str, said: tuple[str, ...]
) -> None:
    args = ("--cells", str(folder), "--lang", lang)
    page = command("reduce", "gru-before-new", "--to", "leaky", *args).stdout
    assert all(part in " ".join(page.split()) for part in (*said, "b_z = ln(a/(1 − a))"))


def test_the_bias_of_a_held_gate_leaves_the_leaky_cell() -> None:
    """By hand, with three units: GRU with W_z = U_z = 0 and b_z = ln(a/(1 − a)) in every entry."""
    chance = np.random.default_rng(0)
    w, u, b, h, a = (*(chance.normal(size=s) for s in ((3, 2), (3, 3), 3, 3)), 0.3)
    z = 1 / (1 + np.exp(-math.log(a / (1 - a)) * np.ones(3)))
    x = chance.normal(size=2)
    new = np.tanh(w @ x + u @ h + b)
    assert (1 - z) * h + z * new == pytest.approx((1 - a) * h + a * new)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("relu-by-hand", "rnn-relu"),
        ("rnn-relu", "relu-by-hand"),
        ("sigmoid-by-hand", "sigmoid"),
        ("rnn", "scaled"),
        ("two-lags", "rnn"),
        ("cancelled", "dense"),
    ],
)
def test_another_way_of_writing_is_no_obstacle(folder: Path, source: str, target: str) -> None:
    result = found(folder, source, target)
    assert result["verdict"] == "reducible", result["obstacles"]
    assert result["answers"][0]["check"]["agreed"] == result["answers"][0]["check"]["points"]


def test_no_function_is_said_to_be_new_that_may_come_out_of_others(folder: Path) -> None:
    said = {r["id"] for r in found(folder, "sigmoid", "softplus")["obstacles"]}
    assert "obstacle-function" not in said


def test_what_counts_are_parameters_and_states_that_make_a_difference() -> None:
    """h = tanh(c) follows from c; ReLU's weights before and behind it are one but for scale."""
    cells = {n: cell_named(n) for n in ("lstm", "lstm-no-output-gate", "book-cell")}
    assert needed_numbers(cells["lstm"], functions(), 3) == 2
    assert needed_numbers(cells["lstm-no-output-gate"], functions(), 3) == 1
    assert effective_parameters(cells["book-cell"], functions()) == 4
    assert effective_parameters(cells["lstm"], functions()) == 12


RENAMED = """
title: a gate of peepholes, the output of which is called otherwise than its size
input: x
output: s
sizes: {x: inputs, n: units}
equations: |
  f[t] = sigmoid(A @ x[t] + B @ s[t-1] + p*m[t-1] + d)
  o[t] = sigmoid(C @ x[t] + D @ s[t-1] + q*m[t] + e)
  m[t] = f[t]*m[t-1] + (1 - f[t])*tanh(W @ x[t] + U @ s[t-1] + b)
  s[t] = o[t]*tanh(m[t])
parameters: {A: [n, x], B: [n, n], p: [n], d: [n], C: [n, x], D: [n, n], q: [n], e: [n],
             W: [n, x], U: [n, n], b: [n]}
initial: {"s[0]": [n], "m[0]": [n]}
"""
NUMBER_GATE = """
title: one gate, a number, for all units
input: x
output: h
sizes: {x: inputs, h: units}
equations: |
  g[t] = sigmoid(w.T @ x[t] + u.T @ h[t-1] + q)
  h[t] = g[t]*h[t-1] + (1 - g[t])*tanh(W @ x[t] + U @ h[t-1] + b)
parameters: {w: [x], u: [h], q: [], W: [h, x], U: [h, h], b: [h]}
initial: {"h[0]": [h]}
"""


def test_a_size_of_the_output_under_another_name_leaves_no_less_room(folder: Path) -> None:
    assert inner_sizes(read_cell("renamed", RENAMED), functions()) == set()
    assert inner_sizes(cell_named("rnn-output"), functions()) == {"h"}
    (folder / "renamed.yaml").write_text(RENAMED, "utf-8")
    said = found(folder, "renamed", "renamed")
    assert said["verdict"] == "reducible" and said["obstacles"] == []


def test_weights_of_a_gate_that_is_one_number_are_0_too(folder: Path) -> None:
    (folder / "number-gate.yaml").write_text(NUMBER_GATE, "utf-8")
    best = found(folder, "number-gate", "leaky")["answers"][0]
    assert {"g[t] = 1 - a", "w = 0", "u = 0"} <= fixed(best)
    assert best["proved"] and best["check"]["agreed"] == best["check"]["points"] > 0


def test_a_state_of_two_steps_before_counts_its_weights(folder: Path) -> None:
    said = found(folder, "rnn", "two-lags")
    assert said["verdict"] == "impossible"
    assert "obstacle-parameters" in {r["id"] for r in said["obstacles"]}


@pytest.mark.parametrize("goal", ["autoregression", "dense", "elman", "rnn-linear", "jordan"])
def test_a_cell_that_rests_has_no_bias_to_give(folder: Path, goal: str) -> None:
    result = found(folder, "sru", goal)
    assert result["verdict"] == "impossible"
    assert "obstacle-rest" in {r["id"] for r in result["obstacles"]}
