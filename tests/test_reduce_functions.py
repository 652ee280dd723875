"""What functions come out of which: no reason speaks against a reduction that there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from solving import command

Array = NDArray[np.float64]

A, B = "W @ x[t] + b", "V @ x[t] + d"
CELLS = {
    "line": ("h[t] = W @ x[t] + b", "Wb"),
    "tanh": (f"h[t] = tanh({A})", "Wb"),
    "sigmoid": (f"h[t] = sigmoid({A})", "Wb"),
    "gate": (f"h[t] = sigmoid({A})*({B})", "WbVd"),
    "swish": (f"h[t] = swish({A})", "Wb"),
    "swish-by-hand": (f"h[t] = ({A})*sigmoid({A})", "Wb"),
    "softplus-gate": (f"h[t] = ({A})*tanh(softplus({B}))", "WbVd"),
    "mish": (f"h[t] = mish({A})", "Wb"),
    "two-relu": (f"h[t] = v*relu({A}) + w*relu({B})", "WbVdvw"),
    "relu-of-relu": (f"h[t] = v*relu(w*relu({A}) + d)", "Wbdvw"),
    "relu-less-relu": (f"h[t] = relu({A}) - relu({B})", "WbVd"),
    "weighed-relu": (f"h[t] = v*relu({A})", "Wbv"),
    "abs": (f"h[t] = abs({A})", "Wb"),
    "leaky": (f"h[t] = leaky_relu({A})", "Wb"),
    "hard": (f"h[t] = hard_sigmoid({A})", "Wb"),
    "relu": (f"h[t] = relu({A})", "Wb"),
    "relu-twice": (f"h[t] = relu({A}) - relu(-({A}))", "Wb"),
    "softplus-twice": (f"h[t] = softplus({A}) - softplus(-({A}))", "Wb"),
    "relu-of-gate": (f"h[t] = relu(sigmoid({A}))", "Wb"),
    "both-gates": (f"h[t] = ({B})*(sigmoid({A}) + sigmoid(-({A})))", "WbVd"),
    "differences": (f"h[t] = v*(tanh({A}) - tanh({B}))", "WbVdv"),
    "product": ("r[t] = W @ x[t]; h[t] = v*(1 - tanh(r[t] + 1)*tanh(r[t] - 1))", "Wv"),
    "two-sigma": ("h[t] = 2*sigmoid(2*(W @ x[t] + b)) - 1", "Wb"),
    "max": ("h[t] = max(W @ x[t] + b, 0)", "Wb"),
    "past": (
        f"r[t] = tanh({A}); q[t] = V @ x[t] + U @ r[t]; s[t] = tanh(q[t]); h[t] = x[t] + s[t]",
        "WbVU",
    ),
}
SHAPES = {**dict.fromkeys("WV", "[h, x]"), "U": "[h, h]", **dict.fromkeys("bdvw", "[h]")}


def cell(name: str) -> str:
    equations, parameters = CELLS[name]
    lines = "\n".join(f"  {line.strip()}" for line in equations.split(";"))
    shapes = ", ".join(f"{p}: {SHAPES[p]}" for p in parameters)
    equal = "equal: [x, h]\n" if "= x[t]" in equations else ""
    return (
        f"title: {name}\ninput: x\noutput: h\nsizes: {{x: inputs, h: units}}\n{equal}"
        f"equations: |\n{lines}\nparameters: {{{shapes}}}\n"
    )


def reduced(folder: Path, source: str, target: str, *more: str) -> dict[str, Any]:
    for name in (source, target):
        (folder / f"{name}.yaml").write_text(cell(name), "utf-8")
    args = ("reduce", source, "--to", target, "--cells", str(folder), "--format", "json")
    result = command(*args, *more)
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def relu(u: Array) -> Array:
    return np.maximum(u, 0)


def gate(u: Array) -> Array:
    return 1 / (1 + np.exp(-u))


X = np.linspace(-4, 4, 41)
LINE = 0.7 * X + 0.3
SLOPE = (np.tanh(LINE + 2) - np.tanh(LINE)) / np.tanh(2)
THERE: dict[tuple[str, str], tuple[Array, Array]] = {
    ("line", "relu-twice"): (LINE, relu(LINE) - relu(-LINE)),
    ("line", "softplus-twice"): (LINE, np.logaddexp(0, LINE) - np.logaddexp(0, -LINE)),
    ("sigmoid", "relu-of-gate"): (gate(LINE), relu(gate(LINE))),
    ("line", "both-gates"): (LINE, LINE * (gate(X) + gate(-X))),
    ("two-relu", "abs"): (relu(LINE) + relu(-LINE), np.abs(LINE)),
    ("two-relu", "leaky"): (relu(LINE) - 0.01 * relu(-LINE), np.where(LINE > 0, LINE, LINE / 100)),
    ("two-relu", "relu-of-relu"): (6 * relu(LINE), 2 * relu(3 * relu(LINE))),
    ("relu-less-relu", "weighed-relu"): (relu(0 * LINE) - relu(3 * LINE), -3 * relu(LINE)),
    ("differences", "product"): (SLOPE, 1 - np.tanh(LINE + 2) * np.tanh(LINE)),
    ("past", "tanh"): (X + (-X + np.tanh(LINE)), np.tanh(LINE)),
}
"""What is reached in each pair, by numbers: the first cell with certain weights, and the goal."""


@pytest.mark.parametrize(("source", "target"), THERE)
def test_what_functions_make_of_each_other_is_not_impossible(
    tmp_path: Path, source: str, target: str
) -> None:
    """A function that is written need not be felt, and may be made of others."""
    first, goal = THERE[source, target]
    assert first == pytest.approx(goal)
    assert reduced(tmp_path, source, target)["verdict"] in ("reducible", "not-found")


@pytest.mark.parametrize(
    ("source", "target", "becomes"),
    [
        ("gate", "swish", {"W": "W", "b": "b", "V": "W", "d": "b"}),
        ("gate", "swish-by-hand", {"W": "W", "b": "b", "V": "W", "d": "b"}),
        ("softplus-gate", "mish", {"W": "W", "b": "b", "V": "W", "d": "b"}),
        ("swish", "swish-by-hand", {"W": "W", "b": "b"}),
        ("swish-by-hand", "swish", {"W": "W", "b": "b"}),
    ],
)
def test_a_function_that_is_a_product_comes_out_of_a_product(
    tmp_path: Path, source: str, target: str, becomes: dict[str, str]
) -> None:
    best = reduced(tmp_path, source, target)["answers"][0]
    assert best["becomes"] == becomes and best["fixed"] == []
    assert best["proved"] and best["check"]["agreed"] == best["check"]["points"]


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("tanh", "relu", "obstacle-function"),
        ("line", "tanh", "obstacle-function"),
        ("swish", "gate", "obstacle-parameters"),
    ],
)
def test_what_nothing_makes_is_still_told(
    tmp_path: Path, source: str, target: str, reason: str
) -> None:
    result = reduced(tmp_path, source, target)
    assert result["verdict"] == "impossible"
    assert reason in {r["id"] for r in result["obstacles"]}


@pytest.mark.parametrize(
    ("source", "target", "identity"),
    [
        ("two-sigma", "tanh", "2*sigmoid(x) - 1 = tanh(1/2*x)"),
        ("tanh", "two-sigma", "2*sigmoid(x) - 1 = tanh(1/2*x)"),
        ("max", "relu", "max(x, 0) = relu(x)"),
        ("gate", "swish", "swish(x) = x*sigmoid(x)"),
        ("swish-by-hand", "swish", "x*sigmoid(x) = swish(x)"),
    ],
)
def test_the_identity_that_a_reduction_rests_on_is_told(
    tmp_path: Path, source: str, target: str, identity: str
) -> None:
    best = reduced(tmp_path, source, target)["answers"][0]
    assert best["identities"] == [identity]
    for lang, said in (("en", "This rests on"), ("ru", "Основание:")):
        args = ("reduce", source, "--to", target, "--cells", str(tmp_path), "--lang", lang)
        assert said in command(*args).stdout


def test_the_identities_hold() -> None:
    assert 2 * gate(X) - 1 == pytest.approx(np.tanh(X / 2))


def test_without_an_identity_none_is_told(tmp_path: Path) -> None:
    assert reduced(tmp_path, "gate", "sigmoid")["answers"][0]["identities"] == []
