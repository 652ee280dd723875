"""Given adjoints pushed back, matrices in scalars, equal units, published mistakes."""

from __future__ import annotations

import importlib.util
import json
import math
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from solving import command
from solving import solve as solved

from rnnhand.problem.files import bundled, load, source

ROOT = Path(__file__).parents[1]
Matrix = list[list[Fraction]]


@cache
def answers(name: str) -> dict[str, Any]:
    result = command("solve", name, "--format", "json", "--digits", "15")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def m(rows: list[list[Any]]) -> Matrix:
    return [[Fraction(x) for x in row] for row in rows]


def times(a: Matrix, b: Matrix) -> Matrix:
    columns = turned(b)
    return [
        [sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0)) for column in columns]
        for row in a
    ]


def turned(a: Matrix) -> Matrix:
    return [list(row) for row in zip(*a, strict=True)]


def by_entry(f: Any, *of: Matrix) -> Matrix:
    return [[f(*xs) for xs in zip(*rows, strict=True)] for rows in zip(*of, strict=True)]


def spelled(a: Matrix) -> Any:
    rows = [[str(x) for x in row] for row in a]
    return [row[0] for row in rows] if len(rows[0]) == 1 else rows


D = m([[1, 2, 3], [4, 5, 6]])


def test_back_through_a_linear_layer() -> None:
    x, w = m([[1, 2], [3, 4]]), m([[1, 0, 2], [-1, 3, 1]])
    found = answers("linear-layer-back")["gradients"]
    assert found == {
        "dL/dZ": spelled(D),
        "dL/dX": spelled(times(D, turned(w))),
        "dL/dW": spelled(times(turned(x), D)),
    }


def test_an_adjoint_in_the_middle_of_a_network_says_nothing_of_what_comes_later() -> None:
    text = (ROOT / "problems/sheet-4/whole-net-step.yaml").read_text("utf-8")
    start, end = text.index("  L    ="), text.index("parameters")
    text = text[:start] + text[end:]
    text = text[: text.index("loss:")] + "adjoint: {H1: [[-1/2, 0], [0, 0]]}\n"
    found = solved(text)
    assert "L" not in found["values"]
    assert set(found["gradients"]) == {"dL/dH1", "dL/dX", "dL/dW1"}
    assert found["gradients"]["dL/dW1"] == [["-1/2", "0"], ["-1", "0"]]


def test_layers_one_by_one_are_the_whole_network() -> None:
    x, w1, w2 = m([[1, 2], [-1, 2]]), m([[1, -1], ["1/2", 0]]), m([["1/2"], [1]])
    h = times(x, w1)
    assert answers("layer-1")["values"]["H1"] == spelled(h)
    d = m([["-1/2", 0], [0, 0]])
    assert answers("layer-1")["gradients"]["dL/dW1"] == spelled(times(turned(x), d))
    assert answers("layer-1")["gradients"]["dL/dX"] == spelled(times(d, turned(w1)))
    h25, back = m([[2, "-1/2"], [0, 1]]), m([["-1/2", -1], [0, 0]])
    found = answers("layer-relu")
    assert found["values"]["O1"] == spelled(by_entry(lambda e: max(e, Fraction(0)), h25))
    assert found["gradients"]["dL/dH1"] == spelled(by_entry(lambda e, b: b * (e > 0), h25, back))
    o, e = m([[2, 0], [0, 1]]), m([[-1], [0]])
    found = answers("layer-2")
    assert found["values"]["yhat"] == spelled(times(o, w2))
    assert found["gradients"]["dL/dO1"] == spelled(times(e, turned(w2)))
    assert found["gradients"]["dL/dW2"] == spelled(times(turned(o), e))


def test_the_whole_network_under_the_mean_square_with_a_half() -> None:
    x, w1, w2 = m([[1, 2], [-1, 2]]), m([[1, -1], ["1/2", 0]]), m([["1/2"], [1]])
    y = m([[2], [1]])
    h = times(x, w1)
    o = by_entry(lambda e: max(e, Fraction(0)), h)
    error = by_entry(lambda a, b: (a - b) / 2, times(o, w2), y)
    d = by_entry(lambda b, e: b * (e > 0), times(error, turned(w2)), h)
    found = answers("whole-net-step")
    assert found["gradients"]["dL/dyhat"] == ["-1/2", "0"]
    step = found["after"][0]
    minus = lambda a, b: by_entry(lambda p, q: p - q, a, b)  # noqa: E731
    assert step["W1"] == spelled(minus(w1, times(turned(x), d)))
    assert step["W2"] == spelled(minus(w2, times(turned(o), error)))
    assert answers("mean-square")["values"]["L"] == "1/4"


def test_the_logistic_loss_on_top() -> None:
    p = 1 / (1 + math.exp(-1))
    found = answers("logloss-on-top")
    assert [float(v) for v in found["values"]["p"]] == pytest.approx([p, p], rel=1e-13)
    assert float(found["values"]["L"]) == pytest.approx(-math.log(1 - p) - math.log(p), rel=1e-13)
    back = [float(v) for v in found["gradients"]["dL/dyhat"]]
    assert back == pytest.approx([p, p - 1], rel=1e-13)
    weights = answers("whole-net-logloss")["gradients"]
    assert [float(v) for v in weights["dL/dW2"]] == pytest.approx([2 * p, p - 1], rel=1e-13)


@pytest.mark.parametrize(
    ("name", "slope"),
    [("sigmoid", lambda o: o * (1 - o)), ("tanh", lambda o: 1 - o * o)],
)
def test_back_through_layers_of_curves(name: str, slope: Any) -> None:
    f = math.tanh if name == "tanh" else lambda t: 1 / (1 + math.exp(-t))
    wanted = [d * slope(f(h)) for h, d in ((0, 1), (1, -2), (-2, 3))]
    found = answers(f"{name}-layer")["gradients"]["dL/dh"]
    assert [float(Fraction(v)) for v in found] == pytest.approx(wanted, rel=1e-13)


def test_back_through_a_sigmoid_of_a_matrix() -> None:
    def slope(z: float) -> float:
        s = 1 / (1 + math.exp(-z))
        return s * (1 - s)

    found = answers("sigmoid-layer-back")["gradients"]["dL/dZ"]
    wanted = [[slope(0), 2 * slope(1)], [-slope(-1), slope(2) / 2]]
    for row, known in zip(found, wanted, strict=True):
        assert [float(Fraction(v)) for v in row] == pytest.approx(known, rel=1e-13)


def test_the_parameter_of_a_parametric_relu() -> None:
    found = answers("prelu-layer")["gradients"]
    assert found["dL/dalpha"] == str(2 * Fraction(-3) + 4 * Fraction(-1, 2))
    assert found["dL/dh"] == ["1", "1/2", "-1", "1"]


def test_a_graph_and_a_chain() -> None:
    found = answers("graph-derivatives")["gradients"]
    x, y = Fraction(2), Fraction(3)
    assert (found["df/dx"], found["df/dy"]) == (str(4 * x + 3 * y), str(3 * x + 2 * y))
    chain = answers("chain-net")["gradients"]
    e = Fraction(12 - 1)
    assert [chain[f"dL/dw{i}"] for i in (3, 2, 1)] == [str(e * 4), str(e * 3 * 2 * 2), str(e * 48)]


def test_two_layers_of_relu() -> None:
    x, w3, w2, w1 = (
        m([[1, 2], [-1, 1]]), m([[1, -1], [2, 1]]), m([[1, 2], [-1, 1]]), m([[1], [-1]])
    )  # fmt: skip
    y = m([[0], [1]])
    relu = lambda e: max(e, Fraction(0))  # noqa: E731
    a1 = times(x, w3)
    h1 = by_entry(relu, a1)
    a2 = times(h1, w2)
    h2 = by_entry(relu, a2)
    d = by_entry(lambda a, b: a - b, times(h2, w1), y)
    d2 = by_entry(lambda b, a: b * (a > 0), times(d, turned(w1)), a2)
    d1 = by_entry(lambda b, a: b * (a > 0), times(d2, turned(w2)), a1)
    found = answers("two-relu-layers")["gradients"]
    assert found["dL/dW1"] == spelled(times(turned(h2), d))
    assert found["dL/dW2"] == spelled(times(turned(h1), d2))
    assert found["dL/dW3"] == spelled(times(turned(x), d1))


@pytest.mark.parametrize(
    ("name", "t"), [("softmax-warm", 10), ("softmax-plain", 1), ("softmax-cold", Fraction(1, 10))]
)
def test_softmax_at_temperatures(name: str, t: Fraction) -> None:
    powers = [math.exp((z - 5) / t) for z in (1, 2, 5)]
    found = [float(Fraction(v)) for v in answers(name)["values"]["p"]]
    assert found == pytest.approx([p / sum(powers) for p in powers], rel=1e-12)


LETTERS = """\
equations: |
  Z = X @ W
parameters: {W: {shape: [2, 3]}}
data: {X: {shape: [2, 2]}}
adjoint: {Z: }
"""


def test_a_given_adjoint_may_be_letters(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(LETTERS, "utf-8")
    found = json.loads(command("derive", str(file), "--format", "json").stdout)
    assert found["gradients"] == {"dL/dW": "X.T @ dL/dZ", "dL/dX": "dL/dZ @ W.T"}
    assert found["check"]["equal"]
    entry = solved(LETTERS)["gradients"]["dL/dX"][0][0]
    for factor in ("W(1,1)", "dL/dZ(1,1)", "W(1,3)", "dL/dZ(1,3)"):
        assert factor in entry


def test_an_adjoint_at_the_last_state_goes_back_in_time() -> None:
    text = (
        "equations: |\n  h[t] = w*h[t-1] + x[t]\nsteps: 1..3\nparameters: {w: 1/2}\n"
        'initial: {"h[0]": 1}\ndata: {"x[1..3]": [1, 2, 3]}\nadjoint: {"h[3]": 4}\n'
    )
    found = solved(text)
    assert [found["gradients"][f"dL/dh[{t}]"] for t in (3, 2, 1, 0)] == ["4", "2", "1", "1/2"]
    h = [Fraction(found["values"][f"h[{t}]"]) for t in (0, 1, 2)]
    assert found["gradients"]["dL/dw"] == str(4 * h[2] + 2 * h[1] + h[0])


FAULTS = [
    ("adjoint: {Q: 1}", "no equation makes Q"),
    ("adjoint: {X: [[1, 2], [3, 4]]}", "there is nothing before it"),
    ("adjoint: {Z: [[1, 2], [3, 4]]}", "has the shape of Z, which is 2×3"),
    ("adjoint: {Z: [[1, 2, 3], [4, 5, 6]]}\nloss: Z", "an adjoint is given"),
    (
        "adjoint: {Z: [[1, 2, 3], [4, 5, 6]], Y: [[1, 2, 3], [4, 5, 6]]}",
        "follows from the given one of Y",
    ),
]


@pytest.mark.parametrize(("given", "said"), FAULTS)
def test_a_faulty_adjoint_is_refused(given: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "equations: |\n  Z = X @ W\n  Y = 2*Z\nparameters: {W: [[1, 0, 2], [-1, 3, 1]]}\n"
        f"data: {{X: [[1, 2], [3, 4]]}}\n{given}\n",
        "utf-8",
    )
    result = command("solve", str(file), "--lang", "en")
    assert result.exit_code == 2
    assert said in result.output, result.output


def test_a_sheet_for_a_given_adjoint_asks_for_no_loss() -> None:
    blank = command("sheet", "linear-layer-back", "--lang", "en").stdout
    assert "dL/dX" in blank
    assert "dL/dZ" not in blank
    assert "\nL:" not in blank


def test_a_network_in_scalars_agrees_with_that_in_matrices() -> None:
    found = answers("matrix-net")
    (topic,) = (a["scalars"] for a in found["answers"])
    assert topic["equations"]["H1_2"] == "(X_1*W1_12 + X_2*W1_22)^2"
    whole = {**found["values"], **found["gradients"]}
    for name, matrix in (("W1", "dL/dW1"), ("W2", "dL/dW2")):
        for i in (1, 2):
            for j in (1, 2):
                assert topic["values"][f"dL/d{name}_{i}{j}"] == whole[matrix][i - 1][j - 1]
    assert "gives the same numbers" in command("solve", "matrix-net", "--lang", "en").stdout


def test_equal_units_are_found_and_stay_equal() -> None:
    (topic,) = (a["symmetry"] for a in answers("zero-weights")["answers"])
    assert topic["equal_units"] == {"H1[i]": [[1, 2]], "H2[i]": [[1, 2]]}
    assert topic["zero_gradients"] == ["dL/dW1", "dL/dW2"]
    text = source("zero-weights").text
    same = text.replace("W2: {shape: [2, 2], fill: 0}", "W2: [[1, 2], [1, 2]]")
    same = same.replace("W3: {shape: [2, 1], fill: 0}", "W3: [1, 2]")
    (topic,) = (a["symmetry"] for a in solved(same, digits=8)["answers"])
    assert topic["equal_units"] == {"H1[i]": [[1, 2]]}
    columns = solved(same, digits=8)["after"][-1]["W1"]
    assert all(row[0] == row[1] for row in columns)
    broken = same.replace("W2: [[1, 2], [1, 2]]", "W2: [[1, 2], [2, 1]]")
    (topic,) = (a["symmetry"] for a in solved(broken, digits=8)["answers"])
    assert topic["equal_units"] == {}


FOUND = {
    "mean-square": "mean-forgotten",
    "whole-net-step": "mean-forgotten",
    "chain-net": "error-sign",
    "softmax-plain": "argument-sign",
    "softmax-cold": "argument-sign",
    "descent-adam": "bias-correction-forgotten",
    "logloss-on-top": None,
    "softmax-warm": None,
}


@pytest.mark.parametrize("name", list(FOUND))
def test_published_mistakes_are_found(name: str) -> None:
    result = command("check", name, f"{name}-published", "--format", "json")
    assert result.exit_code == 1
    items = json.loads(result.stdout)["items"]
    assert any(item["verdict"] == "wrong" for item in items)
    named = {d["id"] for item in items for d in item["diagnosis"]}
    assert FOUND[name] is None or FOUND[name] in named


def test_the_page_of_published_mistakes_is_current() -> None:
    spec = importlib.util.spec_from_file_location("errata", ROOT / "docs" / "errata.py")
    assert spec is not None and spec.loader is not None
    errata = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(errata)
    assert errata.page() == (ROOT / "docs" / "errata.md").read_text("utf-8")


def test_problems_with_given_adjoints_are_among_the_bundled() -> None:
    assert sum(bool(load(source(n)).system.pushed) for n in bundled()) >= 6
