"""PyTorch's autograd and optimizers, as data made by `make_torch_figures.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from solving import solve

FIGURES: dict[str, Any] = json.loads(
    Path(__file__).with_name("torch_figures.json").read_text("utf-8")
)
H = 2


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    else:
        yield float(Fraction(value))


def agree(found: Any, wanted: Any) -> None:
    assert list(numbers(found)) == pytest.approx(list(numbers(wanted)), rel=1e-9, abs=1e-12)


def problem(equations: str, ask: str = "", **sections: dict[str, Any]) -> str:
    lines = ["equations: |", *("  " + line.strip() for line in equations.strip().splitlines())]
    lines.append("steps: 1..4")
    for section, values in sections.items():
        lines.append(f"{section}:")
        lines += [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()]
    lines += [f"ask: {ask}"] if ask else []
    return "\n".join(lines) + "\n"


def gates(case: dict[str, Any], names: str, kind: str = "given") -> dict[str, Any]:
    """The stacked matrices of a cell, one for each gate."""
    found = {}
    for short, name in (("W", "weight_ih"), ("U", "weight_hh"), ("p", "bias_ih"), ("q", "bias_hh")):
        for i, gate in enumerate(names):
            found[f"{short}_{gate}"] = case[kind][name][H * i : H * i + H]
    return found


def test_an_lstm_has_the_gradients_of_pytorch() -> None:
    case = FIGURES["lstm"]
    given = case["given"]
    lines = [
        f"{g}[t] = {f}(W_{g} @ x[t] + p_{g} + U_{g} @ h[t-1] + q_{g})"
        for g, f in (("i", "σ"), ("f", "σ"), ("g", "tanh"), ("o", "σ"))
    ]
    lines += ["c[t] = f[t]*c[t-1] + i[t]*g[t]", "h[t] = o[t]*tanh(c[t])"]
    lines += ["L = sum[t](sum((h[t] - y)^2))"]
    solution = solve(
        problem(
            "\n".join(lines), parameters=gates(case, "ifgo"),
            initial={"h[0]": given["h0"], "c[0]": given["c0"]},
            data={"x[1..4]": given["x"], "y": given["y"]},
        )
    )  # fmt: skip
    values, gradients = solution["values"], solution["gradients"]
    agree(values["L"], case["values"]["L"])
    for q in "hc":
        agree([values[f"{q}[{t}]"] for t in range(1, 5)], case["values"][q])
        agree(gradients[f"dL/d{q}[0]"], case["gradients"][f"{q}0"])
    for name, wanted in gates(case, "ifgo", "gradients").items():
        agree(gradients[f"dL/d{name}"], wanted)


def test_a_gru_over_a_batch_has_the_gradients_of_pytorch() -> None:
    case = FIGURES["gru"]
    given = case["given"]
    solution = solve(
        problem(
            """r[t] = σ(x[t] @ W_r.T + p_r + h[t-1] @ U_r.T + q_r)
            z[t] = σ(x[t] @ W_z.T + p_z + h[t-1] @ U_z.T + q_z)
            n[t] = tanh(x[t] @ W_n.T + p_n + r[t]*(h[t-1] @ U_n.T + q_n))
            h[t] = (1 - z[t])*n[t] + z[t]*h[t-1]
            L = mean((h[T] - y)^2)""",
            parameters=gates(case, "rzn"), initial={"h[0]": given["h0"]},
            data={"x[1..4]": given["x"], "y": given["y"]},
        )
    )  # fmt: skip
    values, gradients = solution["values"], solution["gradients"]
    agree(values["L"], case["values"]["L"])
    agree([values[f"h[{t}]"] for t in range(1, 5)], case["values"]["h"])
    agree(gradients["dL/dh[0]"], case["gradients"]["h0"])
    for name, wanted in gates(case, "rzn", "gradients").items():
        agree(gradients[f"dL/d{name}"], wanted)


def test_a_classifier_of_sequences_has_the_gradients_of_pytorch() -> None:
    case = FIGURES["classifier"]
    given = case["given"]
    parameters = {k: v for k, v in given.items() if k.startswith(("rnn", "out"))}
    solution = solve(
        problem(
            """h[t] = relu(x[t] @ rnn_weight_ih.T + rnn_bias_ih + h[t-1] @ rnn_weight_hh.T
                + rnn_bias_hh)""".replace("\n", " ")
            + """
            p[t] = softmax(h[t] @ out_weight.T + out_bias)
            L[t] = -sum(one_hot(k[t], 3)*log(p[t]))/2
            L = sum[t](L[t])""",
            parameters=parameters, initial={"h[0]": given["h0"]},
            data={"x[1..4]": given["x"], "k[1..4]": given["classes"]},
        )
    )  # fmt: skip
    agree(solution["values"]["L"], case["values"]["L"])
    agree([solution["values"][f"h[{t}]"] for t in range(1, 5)], case["values"]["h"])
    agree(solution["gradients"]["dL/dh[0]"], case["gradients"]["h0"])
    for name in parameters:
        agree(solution["gradients"][f"dL/d{name}"], case["gradients"][name])


def test_a_bidirectional_network_has_the_gradients_of_pytorch() -> None:
    case = FIGURES["bidirectional"]
    given = case["given"]
    parameters = {k: v for k, v in given.items() if k not in ("x", "w")}
    lines = [
        f"{q}[t] = tanh(weight_ih_l0{d} @ x[t] + bias_ih_l0{d}"
        f" + weight_hh_l0{d} @ {q}[{before}] + bias_hh_l0{d})"
        for q, d, before in (("h", "", "t-1"), ("s", "_reverse", "t+1"))
    ]
    lines += ["out[t] = [h[t]; s[t]]", "L = sum[t](tanh(w.T @ out[t]))"]
    solution = solve(
        problem(
            "\n".join(lines), parameters=parameters,
            initial={"h[0]": [0, 0], "s[5]": [0, 0]},
            data={"x[1..4]": given["x"], "w": given["w"]},
        )
    )  # fmt: skip
    agree(solution["values"]["L"], case["values"]["L"])
    agree([solution["values"][f"out[{t}]"] for t in range(1, 5)], case["values"]["out"])
    for name in parameters:
        agree(solution["gradients"][f"dL/d{name}"], case["gradients"][name])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("sgd", "rule: sgd, lr: 0.1"),
        ("momentum", "rule: momentum, lr: 0.05, momentum: 0.9"),
        ("adagrad", "rule: adagrad, lr: 0.1, eps: 1e-10"),
        ("rmsprop", "rule: rmsprop, lr: 0.01, decay: 0.9, eps: 1e-8"),
        ("adam", "rule: adam, lr: 0.1"),
        ("decay", "rule: sgd, lr: 0.1, weight_decay: 0.25"),
        ("clip value", "rule: sgd, lr: 0.1, clip: {value: 0.5}"),
    ],
)
def test_training_goes_where_pytorch_goes(name: str, rule: str) -> None:
    case = FIGURES[name]
    given = case["given"]
    solution = solve(
        problem(
            """h[t] = tanh(W @ h[t-1] + U @ x[t] + b)
            L = sum[t](sum((h[t] - y[t])^2))""",
            f"[{{update: {{{rule}, steps: 3}}}}]", parameters={k: given[k] for k in "WUb"},
            initial={"h[0]": [0, 0]}, data={"x[1..4]": given["x"], "y[1..4]": given["y"]},
        )
    )  # fmt: skip
    for found, wanted in zip(solution["after"], case["after"], strict=True):
        for key in ("W", "U", "b", "L"):
            agree(found[key], wanted[key])


def test_the_figures_are_those_that_pytorch_gives_here() -> None:
    pytest.importorskip("torch")
    from make_torch_figures import everything

    def flat(value: Any) -> Iterator[float]:
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, dict | list):
                yield from flat(item)
            else:
                yield item

    made = everything()
    assert made.keys() == FIGURES.keys()
    assert list(flat(made)) == pytest.approx(list(flat(FIGURES)), rel=1e-9, abs=1e-12)
