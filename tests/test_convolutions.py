"""Convolution and pooling are what their definitions say, forward and backward, exactly."""

from __future__ import annotations

import json
import random
import re
from fractions import Fraction
from typing import Any

import pytest
import windows as outside
from solving import Unsolved, command, solve

from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from tests.budget import every

PICTURE = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [3, 1, 2, 2, 3], [3, 1, 2, 2, 3]]
KERNEL = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]


def fractions(value: Any) -> list[list[Fraction]]:
    rows = value if isinstance(value, list) else [value]
    return [[Fraction(x) for x in (row if isinstance(row, list) else [row])] for row in rows]


def bundled(name: str) -> Any:
    return json.loads(command("solve", name, "--format", "json").stdout)


def joined(rows: list[list[Fraction]]) -> list[Fraction]:
    return [x for row in rows for x in row]


def drawn(rng: random.Random, rows: int, columns: int) -> list[list[int]]:
    return [[rng.randint(-3, 3) for _ in range(columns)] for _ in range(rows)]


def sizes(rng: random.Random) -> dict[str, Any]:
    """A picture, a kernel, and windows that fit."""
    while True:
        h, w = rng.randint(1, 5), rng.randint(1, 5)
        kernel, pool = ((rng.randint(1, 3), rng.randint(1, 3)) for _ in range(2))
        stride, apart = ((rng.randint(1, 3), rng.randint(1, 3)) for _ in range(2))
        padding = (rng.randint(0, 3), rng.randint(0, 3))
        around = tuple(rng.randint(0, k - 1) for k in pool)
        under = kernel[0] <= h + 2 * padding[0] and kernel[1] <= w + 2 * padding[1]
        if under and pool[0] <= h + 2 * around[0] and pool[1] <= w + 2 * around[1]:
            return {
                "picture": drawn(rng, h, w), "weights": drawn(rng, *kernel),
                "stride": stride, "padding": padding, "pool": pool, "apart": apart,
                "around": around,
            }  # fmt: skip


@pytest.mark.parametrize("seed", every(3, range(12)))
def test_values_and_gradients_are_those_of_the_definitions(seed: int) -> None:
    rng = random.Random(seed)
    case = sizes(rng)
    kind = rng.choice(("max", "avg"))
    stride, padding = list(case["stride"]), list(case["padding"])
    pool = f"{list(case['pool'])}, stride={list(case['apart'])}, padding={list(case['around'])}"
    found = solve(f"""
equations: |
  Y = conv2d(X, K, stride={stride}, padding={padding})
  Q = {kind}_pool2d(X, {pool})
  L = sum(Y*Y*Y) + sum(Q*Q)
parameters: {{X: {case["picture"]}, K: {case["weights"]}}}
""")
    given = {"X": fractions(case["picture"]), "K": fractions(case["weights"])}

    def run(of: str = "", by: tuple[int, int] | None = None) -> tuple[Any, Any, outside.Dual]:
        x, k = (outside.lifted(given[name], by if name == of else None) for name in "XK")
        y = outside.convolve(x, k, case["stride"], case["padding"])
        q = outside.pool(kind, x, case["pool"], case["apart"], case["around"])
        return y, q, outside.power_sum(y, 3) + outside.power_sum(q, 2)

    y, q, loss = run()
    for name, value in (("Y", y), ("Q", q)):
        assert joined(fractions(found["values"][name])) == [c.value for row in value for c in row]
    assert Fraction(found["values"]["L"]) == loss.value
    for name, rows in given.items():
        slopes = [run(name, (i, j))[2].slope for i in range(len(rows)) for j in range(len(rows[0]))]
        assert joined(fractions(found["gradients"][f"dL/d{name}"])) == slopes, name


@pytest.mark.parametrize("seed", every(2, range(4)))
@pytest.mark.parametrize("turned", [False, True])
def test_a_sequence_is_a_column_or_a_row(seed: int, turned: bool) -> None:
    rng = random.Random(seed)
    n, k, s, p = rng.randint(3, 6), rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, 2)
    x, w = drawn(rng, n, 1), drawn(rng, k, 1)

    def laid(rows: list[list[int]]) -> list[list[int]]:
        return [[r[0] for r in rows]] if turned else rows

    found = solve(f"""
equations: |
  y = conv1d(x, w, {s}, {p})
  q = max_pool1d(x, 2, stride={s}, padding=1)
  L = sum(y*y) + sum(q*q)
parameters: {{x: {laid(x)}, w: {laid(w)}}}
""")

    def run(of: str = "", place: int = 0) -> tuple[Any, Any, outside.Dual]:
        a, b = (
            outside.lifted(fractions(v), (place, 0) if name == of else None)
            for name, v in (("x", x), ("w", w))
        )
        y = outside.convolve(a, b, (s, 1), (p, 0))
        q = outside.pool("max", a, (2, 1), (s, 1), (1, 0))
        return y, q, outside.power_sum(y, 2) + outside.power_sum(q, 2)

    y, q, _ = run()
    assert joined(fractions(found["values"]["y"])) == [row[0].value for row in y]
    assert joined(fractions(found["values"]["q"])) == [row[0].value for row in q]
    for name, rows in (("x", x), ("w", w)):
        slopes = [run(name, i)[2].slope for i in range(len(rows))]
        assert joined(fractions(found["gradients"][f"dL/d{name}"])) == slopes


MODEL = """
equations: |
  H = tanh(conv2d(X, K, padding=1)/4)
  P = max_pool2d(H, 2)
  Q = avg_pool2d(H, 2, stride=1)
  L = sum(P*P) + 2*sum(Q)
parameters: {K: [[0, 1], [2, -1]]}
data: {X: [[1, 1], [0, 3], [1, 1]]}
"""


@pytest.mark.parametrize("arithmetic", ["decimal", "float", "symbolic"])
def test_every_arithmetic_says_the_same(arithmetic: str) -> None:
    one = solve(MODEL, digits=12)
    other = solve(MODEL, arithmetic=arithmetic, digits=12)
    for name, value in one["gradients"].items():
        a, b = (_floats(v) for v in (value, other["gradients"][name]))
        assert a == pytest.approx(b, rel=1e-9), name


def _floats(value: Any) -> list[float]:
    if isinstance(value, list):
        return [x for item in value for x in _floats(item)]
    if isinstance(value, float):
        return [value]
    import sympy

    def number(match: re.Match[str]) -> str:
        return str([[0, 1], [2, -1]][int(match[1]) - 1][int(match[2]) - 1])

    return [float(sympy.sympify(re.sub(r"K\((\d),\s*(\d)\)", number, value)))]


def test_a_kernel_of_letters_has_sums_of_letters() -> None:
    found = solve(
        "equations: |\n  K = [a, b; c, d]\n  H = conv2d(X, K)\n  L = sum(H*D)\n"
        "parameters: {a: , b: , c: , d: }\n"
        "data: {X: [[1, 2, 3], [4, 5, 6]], D: {shape: [1, 2]}}\n",
        arithmetic="symbolic",
    )
    import sympy

    a, b, c, d = sympy.symbols("a b c d")
    first, second = (sympy.sympify(x) for x in found["values"]["H"][0])
    assert sympy.expand(first - (a + 2 * b + 4 * c + 5 * d)) == 0
    assert sympy.expand(second - (2 * a + 3 * b + 5 * c + 6 * d)) == 0


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("conv2d(X, K, 1, 0)", "conv2d(X, K)"),
        ("conv2d(X, K, stride=2)", "conv2d(X, K, stride=2)"),
        ("conv2d(X, K, 2)", "conv2d(X, K, stride=2)"),
        ("conv2d(X, K, padding=1)", "conv2d(X, K, padding=1)"),
        ("conv2d(X, K, padding=[1, 2], stride=1)", "conv2d(X, K, padding=[1, 2])"),
        ("maxpool(X, 2, stride=2)", "maxpool(X, 2)"),
        ("max_pool2d(X, size=2, padding=1)", "max_pool2d(X, 2, padding=1)"),
        ("avg_pool2d(X, 3, stride=1)", "avg_pool2d(X, 3, stride=1)"),
    ],
)
def test_arguments_have_names_and_are_read_back(written: str, printed: str) -> None:
    tree = parse_expression(written)
    assert text(tree) == printed
    assert parse_expression(printed) == tree


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("conv2d(K, X)", "did you mean the other order"),
        ("conv2d(X, K, stride=0)", "a stride is a whole number from 1 up, but here is 0"),
        ("conv2d(X, K, stride=1/2)", "a stride is a whole number"),
        ("conv2d(X, K, padding=-1)", "a padding is a whole number from 0 up, but here is -1"),
        ("conv2d(X, K, padding=a)", "a padding is a whole number"),
        ("max_pool2d(X, 6)", "a window of 6×6 does not fit into X, which is 5×5"),
        ("max_pool2d(X, 0)", "a whole number from 1 up is expected as a size"),
        ("max_pool2d(X, 2, padding=2)", "as wide as the window"),
        ("max_pool2d(X)", "max_pool2d takes 2–4, but gets 1"),
        ("max_pool2d(X, stride=2)", "wrong number of arguments"),
        ("conv2d(X, K, strid=2)", "did you mean stride"),
        ("conv2d(X, K, 2, stride=2)", "stride is given twice"),
        ("conv2d(X, K, stride=2, 1)", "what stands after stride= needs its name too"),
        ("tanh(x=1)", "tanh takes its arguments by place"),
        ("conv1d(X, K)", "a picture takes conv2d"),
        ("conv1d(rows(X, 1, 1), rows(K, 1, 1).T)", "both must be columns, or both rows"),
    ],
)
def test_windows_that_do_not_fit_are_named_at_their_place(written: str, said: str) -> None:
    with pytest.raises(Unsolved) as error:
        solve(
            f"equations: |\n  Y = {written}\nparameters: {{K: {KERNEL}}}\ndata: {{X: {PICTURE}}}\n"
        )
    assert error.value.status == 2
    assert said in str(error.value)
    assert ":2:" in str(error.value)


RECURRENT = """
equations: |
  H[t] = tanh(conv2d(H[t-1], K, padding=1)/4 + X[t])
  P[t] = max_pool2d(H[t], 2, stride=1)
  L = sum[t](sum(P[t]^2)) + sum(avg_pool2d(H[T], 2))
steps: 1..3
parameters: {K: [[0, 1, 1/2], [1/3, MOVED, 1], [-1, 1/4, 0]]}
initial: {"H[0]": [[0, 1], [1/2, 0]]}
data:
  "X[1]": [[1, 0], [0, -1]]
  "X[2]": [[0, 1/2], [1/3, 1]]
  "X[3]": [[1/7, 0], [0, 2/3]]
loss: L
"""


def test_a_convolution_in_a_recurrence_has_the_slope_that_differences_have() -> None:
    def loss(weight: str) -> Fraction:
        return Fraction(solve(RECURRENT.replace("MOVED", weight))["values"]["L"])

    step = Fraction(1, 10**8)
    slope = (loss("1/100000000") - loss("-1/100000000")) / (2 * step)
    found = solve(RECURRENT.replace("MOVED", "0"))["gradients"]["dL/dK"][1][1]
    assert float(Fraction(found)) == pytest.approx(float(slope), rel=1e-10)


@pytest.mark.parametrize("to", ["numpy", "pytorch", "jax"])
def test_a_program_convolves_as_solve_does(to: str) -> None:
    """NumPy's program is run here; the others are run where their library is installed."""
    from importlib.util import find_spec

    from rnnhand.export.dialects import DIALECTS
    from rnnhand.export.program import program
    from rnnhand.phrases import phrases
    from rnnhand.problem.reader import read_problem

    if find_spec({"numpy": "numpy", "pytorch": "torch", "jax": "jax"}[to]) is None:
        pytest.skip(f"{to} is not installed")
    model = RECURRENT.replace("MOVED", "0")
    source = program(read_problem(model, "problem.yaml"), DIALECTS[to], phrases("en"))
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported", "exec"), scope)
    values, gradients = scope["solve"](**scope["given"])
    known = solve(model, digits=15)
    for found, wanted in (
        (values["P[3]"], known["values"]["P[3]"]),
        (gradients["dL/dK"], known["gradients"]["dL/dK"]),
    ):
        assert _floats(found.tolist()) == pytest.approx(_floats(wanted), rel=1e-12, abs=1e-14)


def test_channels_by_hand_are_added_up_as_the_definition_says() -> None:
    """H_o = Σ_c X_c ∗ K_oc + b_o, and every slope of L = (ŷ − y)² by dual numbers."""
    found = bundled("channels-by-hand")
    given = found["values"]
    kernels = {
        (o, c): fractions(given[f"K_{o}[{c}]"]) for o in (1, 2) for c in (1, 2)
    }  # fmt: skip

    def loss(o: int, c: int, by: tuple[int, int] | None) -> outside.Dual:
        pooled = []
        for n in (1, 2):
            total = [[outside.Dual(Fraction(given[f"b[{n}]"]))] * 2 for _ in range(2)]
            for m in (1, 2):
                x = outside.lifted(fractions(given[f"X[{m}]"]))
                k = outside.lifted(kernels[n, m], by if (n, m) == (o, c) else None)
                made = outside.convolve(x, k)
                total = [
                    [a + b for a, b in zip(*rows, strict=True)]
                    for rows in zip(total, made, strict=True)
                ]
            zero = outside.Dual(Fraction(0))
            alive = [[x if x.value > 0 else zero for x in row] for row in total]
            pooled += [row[0] for row in outside.pool("max", alive, (1, 2), (1, 2), (0, 0))]
        error = outside.Dual(-Fraction(given["y"]))
        for p, w in zip(pooled, fractions(given["w"])[0], strict=True):
            error = error + p * outside.Dual(w)
        return error * error

    assert Fraction(given["L"]) == loss(1, 1, None).value
    for o, c in kernels:
        slopes = [loss(o, c, (i, j)).slope for i in range(2) for j in range(2)]
        assert joined(fractions(found["gradients"][f"dL/dK_{o}[{c}]"])) == slopes, (o, c)


def test_a_column_and_then_a_row_are_their_product() -> None:
    """By K the slope is X ∗ D; by u it is that times v, by v its transpose times u."""
    found = bundled("separable-by-hand")
    given = found["values"]
    assert given["F"] == given["H"]
    x, d = (outside.lifted(fractions(given[name])) for name in "XD")
    by_kernel = [[e.value for e in row] for row in outside.convolve(x, d)]
    u, v = ([Fraction(e) for e in given[name]] for name in "uv")
    by_u = [sum(a * b for a, b in zip(row, v, strict=True)) for row in by_kernel]
    by_v = [sum(a * b for a, b in zip(c, u, strict=True)) for c in zip(*by_kernel, strict=True)]
    assert [Fraction(e) for e in found["gradients"]["dL/du"]] == by_u
    assert [Fraction(e) for e in found["gradients"]["dL/dv"]] == by_v


@pytest.mark.parametrize(
    ("body", "slope"),
    [
        ("flatten(X)", [[3, 1, 4], [1, 5, 9]]),
        ("flatten(X.T)", [[3, 4, 5], [1, 1, 9]]),
        ("flatten(reshape(X, 3, 2).T)", [[3, 1, 1], [5, 4, 9]]),
    ],
)
def test_a_picture_laid_out_in_another_shape_has_its_slopes_in_their_places(
    body: str, slope: list[list[int]]
) -> None:
    w = [3, 1, 4, 1, 5, 9]
    text_of = f"equations: |\n  L = w.T @ {body}\nparameters: {{X: [[1, 2, 3], [4, 5, 6]]}}\n"
    found = solve(f"{text_of}data: {{w: {w}}}\n")["gradients"]["dL/dX"]
    assert fractions(found) == slope


def test_entries_that_do_not_fill_a_shape_are_an_error() -> None:
    with pytest.raises(Unsolved) as error:
        solve("equations: |\n  y = reshape(X, 2, 2)\ndata: {X: [[1, 2, 3]]}\n")
    assert "X is 1×3 and cannot fill 2×2" in str(error.value)


@pytest.mark.parametrize(("name", "arrows"), [("fully-connected", 4 * 16), ("convolution", 4 * 9)])
def test_a_layer_is_drawn_arrow_by_arrow(name: str, arrows: int) -> None:
    """H(i, j) sees X(i + a, j + b) with the weight K(a + 1, b + 1), and nothing else."""
    found = json.loads(
        command("graph", f"picture-{name}", "--nodes", "neurons", "--format", "json").stdout
    )
    edges = {(e["start"], e["end"]): e["label"] for e in found["edges"]}
    assert len(edges) == arrows
    if name == "convolution":
        assert edges == {
            (f"X({i + a},{j + b})", f"H({i},{j})"): f"K({a + 1},{b + 1})"
            for i in (1, 2) for j in (1, 2) for a in range(3) for b in range(3)
        }  # fmt: skip


def test_windows_written_in_scalars_are_what_the_windows_give() -> None:
    """The formula of every entry, with the numbers put in by SymPy."""
    import sympy

    model = (
        "equations: |\n  Y = max_pool2d(conv2d(X, K, stride=2, padding=1), 2, stride=1)"
        " + avg_pool2d(flip(X), 2, padding=1)\n"
        "parameters: {K: [[1, -2], [3, 1/2]]}\n"
    )
    numbers = [[1, 2, -3], [4, -5, 6]]
    asked = f"{model}data: {{X: {{shape: [2, 3]}}}}\nask: [{{compose: {{of: Y}}}}]\n"
    formulas = solve(asked)["answers"][0]["compose"]["formulas"]
    wanted = joined(fractions(solve(f"{model}data: {{X: {numbers}}}\n")["values"]["Y"]))
    put = {f"X{i}{j}": numbers[i - 1][j - 1] for i in (1, 2) for j in (1, 2, 3)}
    for formula, value in zip(formulas, wanted, strict=True):
        said = re.sub(r"X\((\d),(\d)\)", r"X\1\2", formula["formula"])
        found = sympy.sympify(said, {"max": sympy.Max, **put}, rational=True)
        assert found == sympy.Rational(value.numerator, value.denominator)
