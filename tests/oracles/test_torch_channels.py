"""PyTorch's layers of several channels, as data made by `make_torch_channels.py`.

A channel is a step of an index: sum[c](conv2d(X[c], K[c])). Several kernels are several equations,
or an index of their own where the channels are written one by one.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from rnnhand.problem.reader import read_problem
from rnnhand.questions.solve import Options, key, solve
from rnnhand.render.json import solution
from tests.budget import every

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("torch_channels.json").read_text("utf-8")
)["cases"]
LAYERS, NETS = ([c for c in CASES if c["kind"] == kind] for kind in ("layer", "net"))


def solved(text: str, arithmetic: str = "auto") -> Any:
    problem = read_problem(text, "problem.yaml")
    options = Options(arithmetic=arithmetic, digits=14)
    return json.loads(solution(key(solve(problem, options), options, "en")))


def exact(value: Any) -> Any:
    """The floats as the exact fractions that they are."""
    if isinstance(value, list):
        return [exact(x) for x in value]
    return int(value) if value == int(value) else str(Fraction(value))


def flat(value: Any) -> list[float]:
    if isinstance(value, list):
        return [x for item in value for x in flat(item)]
    return [float(Fraction(value))]


def agree(found: Any, wanted: Any) -> bool:
    return flat(found) == pytest.approx(flat(wanted), rel=1e-11, abs=1e-13)


def yaml(value: Any) -> str:
    return json.dumps(exact(value)).replace('"', "")


@pytest.mark.parametrize("n", range(len(LAYERS)))
def test_channels_added_up_are_the_layer_of_pytorch(n: int) -> None:
    """Every kernel has an equation of its own; the channels of the picture are an index."""
    case = LAYERS[n]
    given, kernels = case["given"], range(1, case["kernels"] + 1)
    c = f"1..{case['channels']}"
    windows = f"stride={case['stride']}, padding={case['padding']}"
    lines = [f"Y_{o} = sum[c](conv2d(X[c], K_{o}[c], {windows})) + b_{o}" for o in kernels]
    loss = " + ".join(f"sum(Y_{o}^2)" for o in kernels)
    found = solved("\n".join([
        f"indices: {{c: {c}}}", "equations: |", *(f"  {line}" for line in (*lines, f"L = {loss}")),
        "parameters:", f'  "X[{c}]": {yaml(given["X"])}',
        *(f'  "K_{o}[{c}]": {yaml(given["K"][o - 1])}' for o in kernels),
        *(f"  b_{o}: {yaml(given['b'][o - 1])}" for o in kernels),
    ]))  # fmt: skip
    slopes = case["gradients"]
    assert agree(found["values"]["L"], case["loss"])
    for o in kernels:
        assert agree(found["values"][f"Y_{o}"], case["results"]["Y"][o - 1])
        assert agree(found["gradients"][f"dL/db_{o}"], slopes["b"][o - 1])
        for i in range(case["channels"]):
            assert agree(found["gradients"][f"dL/dK_{o}[{i + 1}]"], slopes["K"][o - 1][i])
    for i in range(case["channels"]):
        assert agree(found["gradients"][f"dL/dX[{i + 1}]"], slopes["X"][i])


@pytest.mark.parametrize("n", range(len(LAYERS)))
def test_kernels_that_run_with_an_index_are_the_layer_of_pytorch(n: int) -> None:
    """The channels of the picture are written one by one; the kernels are an index."""
    case = LAYERS[n]
    given, channels = case["given"], range(1, case["channels"] + 1)
    o = f"1..{case['kernels']}"
    windows = f"stride={case['stride']}, padding={case['padding']}"
    body = " + ".join(f"conv2d(X_{c}, K_{c}[o], {windows})" for c in channels)
    found = solved("\n".join([
        f"indices: {{o: {o}}}", "equations: |", f"  Y[o] = {body} + b[o]",
        "  L = sum[o](sum(Y[o]^2))", "parameters:", f'  "b[{o}]": {yaml(given["b"])}',
        *(f"  X_{c}: {yaml(given['X'][c - 1])}" for c in channels),
        *(f'  "K_{c}[{o}]": {yaml([k[c - 1] for k in given["K"]])}' for c in channels),
    ]))  # fmt: skip
    slopes = case["gradients"]
    assert agree(found["values"]["L"], case["loss"])
    for i in range(case["kernels"]):
        assert agree(found["values"][f"Y[{i + 1}]"], case["results"]["Y"][i])
        assert agree(found["gradients"][f"dL/db[{i + 1}]"], slopes["b"][i])
    for c in channels:
        assert agree(found["gradients"][f"dL/dX_{c}"], slopes["X"][c - 1])


@pytest.mark.parametrize("n", every(2, range(len(LAYERS))))
def test_a_convolution_of_several_channels_is_a_matrix(n: int) -> None:
    """x·W is the layer of PyTorch, and its gradient what PyTorch's is, with D = 2·Y from above."""
    case = LAYERS[n]
    results = case["results"]["Y"]
    above = [[2 * x for x in row] for channel in results for row in channel]
    stacked = {
        "picture": [row for channel in case["given"]["X"] for row in channel],
        "kernel": [row for ks in case["given"]["K"] for k in ks for row in k],
        "upstream": above,
    }
    said = ", ".join(f"{name}: {yaml(rows)}" for name, rows in stacked.items())
    found = solved(
        f"ask:\n  - convolution_matrix: {{channels: {case['channels']}, out: {case['kernels']}, "
        f"stride: {case['stride']}, padding: {case['padding']}, {said}}}\n"
    )["answers"][0]["convolution_matrix"]
    weights = [[float(Fraction(x)) for x in row] for row in found["matrix"]]
    x, b = flat(case["given"]["X"]), case["given"]["b"]
    made = [
        sum(a * w for a, w in zip(x, column, strict=True)) for column in zip(*weights, strict=True)
    ]
    wanted = [y - b[o] for o, channel in enumerate(results) for row in channel for y in row]
    assert made == pytest.approx(wanted)
    assert agree(found["gradient"]["kernel"], case["gradients"]["K"])
    assert agree(found["gradient"]["picture"], case["gradients"]["X"])


NET = """
indices: {{c: 1..2, k: 1..3}}
equations: |
  P[c] = {pool}_pool2d(relu(conv2d(X, K[c]) + b[c]), 2)
  G[k] = relu(conv2d(P[1], M_1[k]) + conv2d(P[2], M_2[k]) + d[k])
  Q[k] = {pool}_pool2d(G[k], 2)
  z = W @ [flatten(Q[1]); flatten(Q[2]); flatten(Q[3])] + e
  L = -log(sum(softmax(z)*[0; 1]))
parameters:
  X: {X}
  "K[1..2]": {K}
  "b[1..2]": {b}
  "M_1[1..3]": {M_1}
  "M_2[1..3]": {M_2}
  "d[1..3]": {d}
  W: {W}
  e: {e}
"""


@pytest.mark.parametrize("n", every(2, range(len(NETS))))
def test_two_layers_and_what_follows_are_the_net_of_pytorch(n: int) -> None:
    case = NETS[n]
    given, slopes = case["given"], case["gradients"]
    first, second = ([m[c] for m in given["M"]] for c in (0, 1))
    words = {name: yaml(value) for name, value in given.items()}
    found = solved(NET.format(pool=case["pool"], **words, M_1=yaml(first), M_2=yaml(second)))
    values, gradients = found["values"], found["gradients"]
    assert agree(values["L"], case["loss"])
    assert agree(values["z"], case["results"]["z"])
    for name in ("X", "W", "e"):
        assert agree(gradients[f"dL/d{name}"], slopes[name]), name
    for name in ("K", "b", "d"):
        for i, wanted in enumerate(slopes[name], 1):
            assert agree(gradients[f"dL/d{name}[{i}]"], wanted), name
    for k, by_channel in enumerate(slopes["M"], 1):
        for c, wanted in enumerate(by_channel, 1):
            assert agree(gradients[f"dL/dM_{c}[{k}]"], wanted)
    for name in ("P", "Q"):
        for i, wanted in enumerate(case["results"][name], 1):
            assert agree(values[f"{name}[{i}]"], wanted)


def test_a_program_of_several_channels_gives_the_figures_of_pytorch() -> None:
    from rnnhand.export.dialects import DIALECTS
    from rnnhand.export.program import program
    from rnnhand.phrases import phrases

    pytest.importorskip("numpy")
    case = NETS[0]
    first, second = ([m[c] for m in case["given"]["M"]] for c in (0, 1))
    words = {name: yaml(value) for name, value in case["given"].items()}
    text = NET.format(pool=case["pool"], **words, M_1=yaml(first), M_2=yaml(second))
    source = program(read_problem(text, "problem.yaml"), DIALECTS["numpy"], phrases("en"))
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported", "exec"), scope)
    values, gradients = scope["solve"](**scope["given"])
    assert flat(float(values["L"])) == pytest.approx([case["loss"]])
    for found, wanted in (
        (gradients["dL/dX"], case["gradients"]["X"]),
        (gradients["dL/dM_2[3]"], case["gradients"]["M"][2][1]),
        (gradients["dL/dW"], case["gradients"]["W"]),
    ):
        assert flat(found.tolist()) == pytest.approx(flat(wanted), rel=1e-9, abs=1e-12)
