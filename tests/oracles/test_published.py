"""Figures that others published, each network written as a problem file.

`published.json` holds the numbers with their sources; the equations are written here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from solving import solve

PUBLISHED: dict[str, Any] = json.loads(
    Path(__file__).with_name("published.json").read_text("utf-8")
)


def problem(equations: str, steps: str = "", ask: str = "", **sections: dict[str, Any]) -> str:
    """The text of a problem file; JSON is YAML, and every number keeps its text."""
    lines = ["equations: |", *("  " + line.strip() for line in equations.strip().splitlines())]
    lines += [f"steps: {steps}"] if steps else []
    for section, values in sections.items():
        lines.append(f"{section}:")
        lines += [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()]
    lines += [f"ask: {ask}"] if ask else []
    return "\n".join(lines) + "\n"


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    else:
        yield float(Fraction(value))


def agree(found: Any, source: str, *path: Any, expected: Any = None) -> None:
    """Whether what is printed is what was published, within the precision of the publication."""
    case = PUBLISHED[source]
    wanted = case["expected"] if expected is None else expected
    for key in path:
        wanted = wanted[key]
    tolerance = case["tolerance"]
    absolute = tolerance.get("abs_by_entry", {}).get(path[0] if path else "", tolerance["abs"])
    left, right = list(numbers(found)), list(numbers(wanted))
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        assert abs(a - b) <= absolute + tolerance["rel"] * abs(b), (path, a, b)


def transposed(rows: list[list[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def test_the_rnn_of_deep_ml() -> None:
    case = PUBLISHED["deepml-rnn-1"]
    solution = solve(
        problem(
            "h[t] = tanh(Wx @ x[t] + Wh @ h[t-1] + b)", "1..3",
            parameters=case["weights"], initial={"h[0]": 0}, data={"x[1..3]": [1, 2, 3]},
        )
    )  # fmt: skip
    agree(solution["values"]["h[3]"], "deepml-rnn-1", "final h", 0)


def test_the_hundred_epochs_of_deep_ml() -> None:
    case = PUBLISHED["deepml-bptt-1"]
    weights = {k: [row[0] for row in v] if k[:2] in ("b_",) else v
               for k, v in case["weights"].items()}  # fmt: skip
    weights["W_xh"] = [row[0] for row in weights["W_xh"]]
    text = problem(
        """h[t] = tanh(W_xh*x[t] + W_hh @ h[t-1] + b_h)
        y[t] = W_hy @ h[t] + b_y
        L[t] = (y[t] - target[t])^2/2
        L = sum[t](L[t])""",
        "1..4", "[{update: {rule: sgd, lr: 0.01, steps: 99}}]",
        parameters=weights | {"b_y": 0}, initial={"h[0]": [0] * 5},
        data={"x[1..4]": [1, 2, 3, 4], "target[1..4]": [2, 3, 4, 5]},
    )  # fmt: skip
    after = solve(text, digits=17, arithmetic="float")["after"][-1]
    trained = {name: value for name, value in after.items() if name in weights}
    trained |= {name: [float(x) for x in numbers(value)] for name, value in trained.items()
                if name in ("W_xh", "b_h")}  # fmt: skip
    trained["W_hy"] = [[float(x) for x in numbers(after["W_hy"])]]
    trained["W_hh"] = [[float(x) for x in row] for row in after["W_hh"]]
    trained["b_y"] = float(after["b_y"])
    last = solve(
        problem(
            """h[t] = tanh(W_xh*x[t] + W_hh @ h[t-1] + b_h)
            y[t] = W_hy @ h[t] + b_y""",
            "1..4", parameters=trained, initial={"h[0]": [0] * 5}, data={"x[1..4]": [1, 2, 3, 4]},
        )
    )  # fmt: skip
    found = [last["values"][f"y[{t}]"] for t in range(1, 5)]
    agree(found, "deepml-bptt-1", "outputs of the last epoch (T,O,1)")


def test_the_seminar_notebook_forward_and_its_wrong_gradient() -> None:
    """Its forward pass is right; its backward pass is wrong, and must not be reproduced."""
    case = PUBLISHED["thsis-rnn-forward"]
    solution = solve(
        problem(
            """h[t] = tanh(W*x[t] + U @ h[t-1])
            yhat = w.T @ h[T]
            L = (yhat - y)^2/2""",
            "1..3", parameters=case["weights"], initial={"h[0]": [0, 0]},
            data={"x[1..3]": case["inputs"]["x"], "y": 7},
        )
    )  # fmt: skip
    values = solution["values"]
    for t in (1, 2, 3):
        agree(values[f"h[{t}]"], "thsis-rnn-forward", f"h{t}")
    agree(values["yhat"], "thsis-rnn-forward", "y")
    wrong = PUBLISHED["thsis-rnn-backward-trap"]["expected"]["dloss_dW"]
    right = numbers(solution["gradients"]["dL/dW"])
    assert all(abs(abs(a) - b) > 1e-5 for a, b in zip(right, wrong, strict=True))


def test_the_small_rnn_of_the_workbook() -> None:
    name = "aibyhand-rnn-small"
    case = PUBLISHED[name]
    solution = solve(
        problem(
            """h[t] = tanh(Wx @ X[t] + Wh @ h[t-1] + bh)
            O[t] = Wy @ h[t] + by
            Y[t] = sigmoid(O[t])""",
            "1..4", parameters=case["weights"], initial={"h[0]": [0, 0, 0]},
            data={"X[1..4]": case["inputs"]["X (T,D)"]},
        )
    )  # fmt: skip
    for quantity, key in (("h", "H (T,H)"), ("O", "O"), ("Y", "Y")):
        agree([solution["values"][f"{quantity}[{t}]"] for t in range(1, 5)], name, key)


def test_the_small_lstm_of_the_workbook() -> None:
    name = "aibyhand-lstm-small"
    case = PUBLISHED[name]
    gates = case["weights"]
    solution = solve(
        problem(
            """f[t] = σ(W_f @ [X[t]; h[t-1]; 1])
            i[t] = σ(W_i @ [X[t]; h[t-1]; 1])
            o[t] = σ(W_o @ [X[t]; h[t-1]; 1])
            k[t] = tanh(W_c @ [X[t]; h[t-1]; 1])
            c[t] = f[t]*c[t-1] + i[t]*k[t]
            h[t] = o[t]*tanh(c[t])""",
            "1..4",
            parameters={"W_f": gates["forget"], "W_i": gates["input"], "W_o": gates["output"],
                        "W_c": gates["candidate"]},
            initial={"h[0]": [0, 0], "c[0]": [0, 0]},
            data={"X[1..4]": case["inputs"]["X (T,D)"]},
        )
    )  # fmt: skip
    for quantity, key in (("f", "f"), ("k", "c~"), ("i", "i"), ("o", "o"), ("c", "c"), ("h", "h")):
        agree([solution["values"][f"{quantity}[{t}]"] for t in range(1, 5)], name, key)


def test_the_step_by_step_example_of_mazur() -> None:
    name = "mazur-2-2-2-2015"
    case = PUBLISHED[name]
    weights = {k: v for k, v in case["weights"].items() if k.startswith("W")}
    biases = {k: v for k, v in case["weights"].items() if k.startswith("b")}
    solution = solve(
        problem(
            """net_h = W1 @ x + b1
            h = sigmoid(net_h)
            net_o = W2 @ h + b2
            o = sigmoid(net_o)
            E = (target - o)^2/2
            L = sum(E)""",
            ask="[{update: {rule: sgd, lr: 0.5}}]", parameters=weights, constants=biases,
            data={k: case["inputs"][k] for k in ("x", "target")},
        )
    )  # fmt: skip
    values, gradients = solution["values"], solution["gradients"]
    agree(values["net_h"][0], name, "net_h1")
    agree(values["h"], name, "out_h")
    agree(values["net_o"][0], name, "net_o1")
    agree(values["o"], name, "out_o")
    agree(values["E"], name, expected=[case["expected"]["E_o1"], case["expected"]["E_o2"]])
    agree(values["L"], name, "E_total")
    agree(gradients["dL/do"][0], name, "dE_dout_o1")
    agree(gradients["dL/dW2"][0][0], name, "dE_dw5")
    agree(gradients["dL/dh"][0], name, "dE_dout_h1")
    agree(gradients["dL/dW1"][0][0], name, "dE_dw1")
    agree(solution["after"][0]["W1"], name, "W1_after")
    agree(solution["after"][0]["W2"], name, "W2_after")


def test_the_lstm_example_of_gomez() -> None:
    name = "gomez-lstm-2016"
    case = PUBLISHED[name]
    w = case["weights"]
    parameters: dict[str, Any] = {}
    for row, gate in enumerate("aifo"):
        parameters[f"W_{gate}"] = [w["W (rows a,i,f,o)"][row]]
        parameters[f"U_{gate}"] = w["U (a,i,f,o)"][row]
        parameters[f"b_{gate}"] = w["b (a,i,f,o)"][row]
    solution = solve(
        problem(
            """a[t] = tanh(W_a @ x[t] + U_a*out[t-1] + b_a)
            i[t] = σ(W_i @ x[t] + U_i*out[t-1] + b_i)
            f[t] = σ(W_f @ x[t] + U_f*out[t-1] + b_f)
            o[t] = σ(W_o @ x[t] + U_o*out[t-1] + b_o)
            state[t] = a[t]*i[t] + f[t]*state[t-1]
            out[t] = tanh(state[t])*o[t]
            L = sum[t]((out[t] - label[t])^2/2)""",
            "0..1", "[{update: {rule: sgd, lr: 0.1}}]", parameters=parameters,
            initial={"out[-1]": 0, "state[-1]": 0},
            data={"x[0..1]": case["inputs"]["x"], "label[0..1]": case["inputs"]["label"]},
        )
    )  # fmt: skip
    for t in (0, 1):
        agree(solution["values"][f"state[{t}]"], name, f"state_{t}")
        agree(solution["values"][f"out[{t}]"], name, f"out_{t}")
    after = solution["after"][0]
    for key, letter in (("W", "W after lr 0.1"), ("U", "U after lr 0.1"), ("b", "b after lr 0.1")):
        agree([after[f"{key}_{gate}"] for gate in "aifo"], name, letter)


def columns(matrix: list[list[Any]], first: int, count: int) -> list[list[Any]]:
    return [row[first : first + count] for row in matrix]


def test_the_gru_trained_in_tensorflow_js() -> None:
    name = "tfjs-gru-bptt"
    case = PUBLISHED[name]
    parameters: dict[str, Any] = {"dense": 1}
    for i, gate in enumerate("zrk"):
        parameters[f"K_{gate}"] = columns(case["weights"]["K"], i, 1)
        parameters[f"R_{gate}"] = columns(case["weights"]["R"], i, 1)[0][0]
    x = [[[1] * 4] * 5] * 3
    solution = solve(
        problem(
            """z[t] = hard_sigmoid(x[t] @ K_z + h[t-1]*R_z)
            r[t] = hard_sigmoid(x[t] @ K_r + h[t-1]*R_r)
            k[t] = tanh(x[t] @ K_k + r[t]*h[t-1]*R_k)
            h[t] = z[t]*h[t-1] + (1 - z[t])*k[t]
            L = mean((h[T]*dense - y)^2)""",
            "1..3", "[{update: {rule: sgd, lr: 1, steps: 2}}]", parameters=parameters,
            initial={"h[0]": [0] * 5}, data={"x[1..3]": x, "y": [1] * 5},
        ),
    )  # fmt: skip
    after = solution["after"][1]
    found = [[after[f"K_{gate}"][row] for gate in "zrk"] for row in range(4)]
    agree(found, name, "K")
    agree([after[f"R_{gate}"] for gate in "zrk"], name, "R")
    agree(after["dense"], name, "dense")


def test_the_rnn_trained_in_tensorflow_js() -> None:
    """The published figures come from float32 near saturation; its own test allows 1e-3."""
    name = "tfjs-simplernn-bptt"
    solution = solve(
        problem(
            """h[t] = tanh(x[t] @ K + h[t-1]*R)
            L = mean((h[T]*dense - y)^2)""",
            "1..3", "[{update: {rule: sgd, lr: 5, steps: 2}}]",
            parameters={"K": [1] * 4, "R": 1, "dense": 1}, initial={"h[0]": [0] * 5},
            data={"x[1..3]": [[[1] * 4] * 5] * 3, "y": [0] * 5},
        )
    )  # fmt: skip
    after = solution["after"][1]
    agree(after["K"], name, "K")
    agree(after["R"], name, "R")
    agree(after["dense"], name, "dense")


def test_the_bidirectional_lstm_trained_in_tensorflow_js() -> None:
    name = "tfjs-bidirectional-lstm-concat"

    def lstm(d: str, before: str) -> str:
        gates = "\n".join(
            f"{g}{d}[t] = {f}(K_{g}{d} @ x[t] + R_{g}{d}*h{d}[{before}] + b_{g}{d})"
            for g, f in zip("ifko", ("hard_sigmoid", "hard_sigmoid", "tanh", "hard_sigmoid"),
                            strict=True)
        )  # fmt: skip
        return f"""{gates}
        c{d}[t] = f{d}[t]*c{d}[{before}] + i{d}[t]*k{d}[t]
        h{d}[t] = o{d}[t]*tanh(c{d}[t])"""

    parameters: dict[str, Any] = {}
    for d in "12":
        for g in "ifko":
            parameters |= {f"K_{g}{d}": [[1, 1]], f"R_{g}{d}": 1, f"b_{g}{d}": 1}
    case = PUBLISHED[name]["inputs"]
    text = problem(
        f"""{lstm("1", "t+1")}
        {lstm("2", "t-1")}
        p = [h1[1]; h2[T]]
        L = mean((p - y)^2)""",
        "1..2", "[{update: {rule: sgd, lr: 0.01}}]", parameters=parameters,
        initial={"h1[3]": 0, "c1[3]": 0, "h2[0]": 0, "c2[0]": 0},
        data={"x[1..2]": case["x"][0], "y": case["y"][0]},
    )  # fmt: skip
    solution = solve(text)
    agree(solution["values"]["p"], name, "prediction before", 0)
    agree(solution["values"]["L"], name, "loss")
    trained = solution["after"][0]
    again = text
    for parameter, value in parameters.items():
        new = trained[parameter]
        again = again.replace(
            f'  "{parameter}": {json.dumps(value)}\n', f'  "{parameter}": {json.dumps(new)}\n'
        )
    agree(solve(again)["values"]["p"], name, "prediction after", 0)


def test_the_bidirectional_rnn_of_burn() -> None:
    name = "burn-birnn"
    case = PUBLISHED[name]
    parameters: dict[str, Any] = {}
    for d, direction in (("f", "forward"), ("b", "reverse")):
        gate = case["weights"][direction]["gate"]
        parameters |= {f"W{d}": gate["input matrix"], f"U{d}": gate["hidden matrix"],
                       f"p{d}": gate["input bias"], f"q{d}": gate["hidden bias"]}  # fmt: skip
    for given, key, last in (
        (case["inputs"]["h0"], "output with initial state", "h with initial state"),
        ([[[0, 0, 0]], [[0, 0, 0]]], "output without", "h without"),
    ):
        solution = solve(
            problem(
                """h[t] = tanh(x[t] @ Wf + pf + h[t-1] @ Uf + qf)
                s[t] = tanh(x[t] @ Wb + pb + s[t+1] @ Ub + qb)
                out[t] = [h[t], s[t]]""",
                "1..4", parameters=parameters, initial={"h[0]": given[0], "s[5]": given[1]},
                data={"x[1..4]": [[row] for row in case["inputs"]["x"][0]]},
            )
        )  # fmt: skip
        values = solution["values"]
        agree([values[f"out[{t}]"][0] for t in range(1, 5)], name, key, 0)
        agree([values["h[4]"], values["s[1]"]], name, last)


def test_the_peephole_lstm_of_onnx_runtime() -> None:
    name = "ort-lstm-peephole"
    case = PUBLISHED[name]
    w = {key: value[0] for key, value in case["weights"].items()}
    parameters: dict[str, Any] = {}
    for i, g in enumerate("iofk"):
        parameters[f"W_{g}"] = w["W"][2 * i : 2 * i + 2]
        parameters[f"R_{g}"] = w["R"][2 * i : 2 * i + 2]
        parameters[f"b_{g}"] = w["B"][2 * i : 2 * i + 2]
        if g != "k":
            parameters[f"P_{g}"] = w["P"][2 * i : 2 * i + 2]
    solution = solve(
        problem(PEEPHOLE, "1..2", parameters=parameters,
                initial={"h[0]": [0, 0], "c[0]": [0, 0]},
                data={"x[1..2]": [step[0] for step in case["inputs"]["X"]]})
    )  # fmt: skip
    agree([solution["values"][f"h[{t}]"] for t in (1, 2)], name, "Y")
    agree(solution["values"]["c[2]"], name, "Y_c")


PEEPHOLE = """i[t] = σ(W_i @ x[t] + R_i @ h[t-1] + P_i ⊙ c[t-1] + b_i)
f[t] = σ(W_f @ x[t] + R_f @ h[t-1] + P_f ⊙ c[t-1] + b_f)
k[t] = tanh(W_k @ x[t] + R_k @ h[t-1] + b_k)
c[t] = f[t] ⊙ c[t-1] + i[t] ⊙ k[t]
o[t] = σ(W_o @ x[t] + R_o @ h[t-1] + P_o ⊙ c[t] + b_o)
h[t] = o[t] ⊙ tanh(c[t])"""


def test_the_peephole_lstm_of_onnx() -> None:
    """A batch of two as rows; a peephole spreads over them."""
    name = "onnx-lstm-with-peepholes"
    case = PUBLISHED[name]
    w = case["weights"]
    parameters: dict[str, Any] = {}
    for i, g in enumerate("iofk"):
        parameters[f"W_{g}"] = w["W"][0][3 * i : 3 * i + 3]
        parameters[f"R_{g}"] = w["R"][0][3 * i : 3 * i + 3]
        if g != "k":
            parameters[f"P_{g}"] = w["P"][0][3 * i : 3 * i + 3]
    zero = [[0] * 3] * 2
    solution = solve(
        problem(
            """i[t] = σ(x[t] @ W_i.T + h[t-1] @ R_i.T + P_i*c[t-1])
            f[t] = σ(x[t] @ W_f.T + h[t-1] @ R_f.T + P_f*c[t-1])
            k[t] = tanh(x[t] @ W_k.T + h[t-1] @ R_k.T)
            c[t] = f[t]*c[t-1] + i[t]*k[t]
            o[t] = σ(x[t] @ W_o.T + h[t-1] @ R_o.T + P_o*c[t])
            h[t] = o[t]*tanh(c[t])""",
            "1..1", parameters=parameters, initial={"h[0]": zero, "c[0]": zero},
            data={"x[1]": case["inputs"]["X"][0]},
        )
    )  # fmt: skip
    agree(solution["values"]["h[1]"], name, "Y_h", 0)


def test_the_bidirectional_gru_of_onnx() -> None:
    name = "onnx-gru-bidirectional"
    case = PUBLISHED[name]

    def gru(d: str, before: str) -> str:
        return f"""z{d}[t] = σ(Wz{d} @ x[t] + Rz{d} @ h{d}[{before}])
        r{d}[t] = σ(Wr{d} @ x[t] + Rr{d} @ h{d}[{before}])
        k{d}[t] = tanh(Wk{d} @ x[t] + Rk{d} @ (r{d}[t]*h{d}[{before}]))
        h{d}[t] = (1 - z{d}[t])*k{d}[t] + z{d}[t]*h{d}[{before}]"""

    parameters = {
        f"{m}{gate}{d}": case["weights"][m][d - 1][5 * i : 5 * i + 5]
        for d in (1, 2) for m in "WR" for i, gate in enumerate("zrk")
    }  # fmt: skip
    solution = solve(
        problem(
            f"{gru('1', 't-1')}\n{gru('2', 't+1')}", "1..3", parameters=parameters,
            initial={"h1[0]": [0] * 5, "h2[4]": [0] * 5},
            data={"x[1..3]": [step[0] for step in case["inputs"]["X"]]},
        )
    )  # fmt: skip
    found = [[solution["values"][f"h{d}[{t}]"] for d in (1, 2)] for t in (1, 2, 3)]
    agree(found, name, "Y")


def test_the_reversed_rnn_of_onnx() -> None:
    name = "onnx-simple-rnn-reverse"
    case = PUBLISHED[name]
    solution = solve(
        problem(
            "h[t] = tanh(W @ x[t] + R @ h[t+1])", "1..3",
            parameters={m: case["weights"][m][0] for m in "WR"}, initial={"h[4]": [0] * 4},
            data={"x[1..3]": [step[0] for step in case["inputs"]["X"]]},
        )
    )  # fmt: skip
    agree(solution["values"]["h[1]"], name, "Y_h")


@pytest.mark.parametrize("option", ["default", "reset_after=False"])
def test_the_gru_of_keras(option: str) -> None:
    """A batch of three sequences as rows, six steps; the reset before or after the product."""
    name = "keras-gru-correctness"
    case = PUBLISHED[name]
    after = option == "default"
    product = "r[t]*(h[t-1] @ R_k + q)" if after else "(r[t]*h[t-1]) @ R_k + q"
    bias = "p + q" if after else "p"
    x = case["inputs"]["x"]
    matrices = {f"{m}_{g}": [[value] * 3] * n for g in "zrk"
                for m, n, value in (("K", 4, 0.01), ("R", 3, 0.02))}  # fmt: skip
    solution = solve(
        problem(
            f"""z[t] = σ(x[t] @ K_z + h[t-1] @ R_z + {bias})
            r[t] = σ(x[t] @ K_r + h[t-1] @ R_r + {bias})
            k[t] = tanh(x[t] @ K_k + p + {product})
            h[t] = z[t]*h[t-1] + (1 - z[t])*k[t]""",
            "1..6", parameters=matrices | {"p": [0.03] * 3, "q": [0.03 if after else 0] * 3},
            initial={"h[0]": [[0] * 3] * 3},
            data={"x[1..6]": [[row[t] for row in x] for t in range(6)]},
        )
    )  # fmt: skip
    agree(solution["values"]["h[6]"], name, option)


OPTIMIZERS = {
    "onnx-optim-adam": (
        """G[k] = 0.001*X[k-1] + gradient
        V[k] = 0.95*V[k-1] + 0.05*G[k]
        H[k] = 0.1*H[k-1] + 0.9*G[k]^2
        X[k] = X[k-1] - R*V[k]/(sqrt(H[k]) + 1e-7)""",
        "XVH",
    ),
    "onnx-optim-adagrad": (
        """G[k] = 0.001*X[k-1] + gradient
        H[k] = H[k-1] + G[k]^2
        X[k] = X[k-1] - R*G[k]/(sqrt(H[k]) + 1e-5)""",
        "XH",
    ),
    "onnx-optim-momentum": (
        """G[k] = 0.001*X[k-1] + gradient
        V[k] = 0.95*V[k-1] + G[k]
        X[k] = X[k-1] - R*V[k]""",
        "XV",
    ),
    "onnx-optim-nesterov-momentum": (
        """G[k] = 0.01*X[k-1] + gradient
        V[k] = 0.95*V[k-1] + G[k]
        X[k] = X[k-1] - R*(G[k] + 0.95*V[k])""",
        "XV",
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizers_of_onnx(name: str) -> None:
    """An optimizer from a state that is not 0, as equations over iterations."""
    equations, states = OPTIMIZERS[name]
    inputs = PUBLISHED[name]["inputs"]
    text = problem(
        equations, initial={f"{s}[0]": inputs[s] for s in states},
        data={"gradient": inputs["gradient"], "R": inputs["R"]},
    )  # fmt: skip
    solution = solve(text + "indices: {k: 1..1}\n")
    for state in states:
        agree(solution["values"][f"{state}[1]"], name, f"{state}_new")


def test_the_clipped_gradients_of_the_course() -> None:
    """A loss that is linear in its parameters has the given gradients; a rate of 1 shows them."""
    name = "coursera-clip"
    gradients = {key: value for key, value in PUBLISHED[name]["inputs"].items() if key != "limit"}
    loss = " + ".join(f"sum({g}*W_{g})" for g in gradients)
    zero = {f"W_{g}": [[0] * len(m[0])] * len(m) for g, m in gradients.items()}
    solution = solve(
        problem(
            f"L = {loss}", ask="[{update: {rule: sgd, lr: 1, clip: {value: 10}}}]",
            parameters=zero, data=gradients,
        )
    )  # fmt: skip
    after = {g: solution["after"][0][f"W_{g}"] for g in gradients}
    clipped = {g: [[-x for x in numbers(row)] for row in m] for g, m in after.items()}
    agree(clipped["dWaa"][1][2], name, "dWaa[1][2]")
    agree(clipped["dWax"][3][1], name, "dWax[3][1]")
    agree(clipped["dWya"][1][2], name, "dWya[1][2]")
    agree(clipped["db"][4], name, "db[4]")
    agree(clipped["dby"][1], name, "dby[1]")
    for g, rows in gradients.items():
        flat = list(numbers(clipped[g]))
        assert flat == pytest.approx([min(max(x, -10), 10) for x in numbers(rows)])
