"""Stacks of layers, receptive fields and convolutions as matrices, counted again by other means."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sympy
from solving import Unsolved, command, solve

from tests.budget import every


def asked(word: str, options: str) -> dict[str, Any]:
    found = solve(f"ask: [{{{word}: {options}}}]\n")
    answer: dict[str, Any] = found["answers"][0][word]
    return answer


def fitting(n: int, k: int, s: int, p: int) -> int:
    """The windows on a side, counted one by one."""
    return sum(1 for start in range(-p, n + p, s) if start + k <= n + p)


@pytest.mark.parametrize("seed", every(3, range(6)))
def test_a_stack_is_counted_weight_by_weight(seed: int) -> None:
    rng = random.Random(seed)
    channels, sides = rng.randint(1, 3), [rng.randint(50, 70), rng.randint(50, 70)]
    start = [channels, *sides]
    layers, wanted, shapes = [], [], []
    for _ in range(rng.randint(1, 3)):
        k, out = [rng.randint(1, 5), rng.randint(1, 5)], rng.randint(1, 8)
        s, p = rng.randint(1, 2), rng.randint(0, 2)
        bias = rng.random() < 0.7
        layers.append(
            f"{{conv: {{kernel: {k}, out: {out}, stride: {s}, padding: {p}, "
            f"bias: {'yes' if bias else 'no'}}}}}"
        )
        weights = sum(1 for _ in range(out) for _ in range(channels) for _ in range(k[0] * k[1]))
        wanted.append(weights + bias * out)
        sides = [fitting(n, m, s, p) for n, m in zip(sides, k, strict=True)]
        channels = out
        shapes.append([channels, *sides])
        layers.append("{pool: 2}")
        sides = [fitting(n, 2, 2, 0) for n in sides]
        wanted.append(0)
        shapes.append([channels, *sides])
    units = rng.randint(1, 30)
    layers.append(f"{{dense: {units}}}")
    wanted.append(channels * sides[0] * sides[1] * units + units)
    shapes.append([units])
    found = asked("stack", f"{{input: {start}, layers: [{', '.join(layers)}]}}")
    assert [int(row["parameters"]) for row in found["layers"]] == wanted
    assert [[int(n) for n in row["size"]] for row in found["layers"]] == shapes
    assert int(found["parameters"]) == sum(wanted)


def test_letters_say_what_numbers_say() -> None:
    letters = (
        "{input: [C, n, n], layers: [{conv: {kernel: k, out: m, stride: s, padding: p}}, "
        "{pool: 2}, {dense: d}]}"
    )
    values = {"C": 3, "n": 32, "k": 5, "m": 8, "s": 2, "p": 1, "d": 10}
    numbers = letters
    for name, value in values.items():
        for before in " [{":
            for after in ",]}":
                numbers = numbers.replace(f"{before}{name}{after}", f"{before}{value}{after}")
    symbolic = asked("stack", letters)["parameters"]
    formula = sympy.sympify(symbolic, locals={**{n: sympy.Symbol(n) for n in values}})
    assert formula.subs(values) == int(asked("stack", numbers)["parameters"])


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        # One number for each connection, one for each constant.
        ("half-of-the-neurons", [12 * 300 + 300 + 300 * 200 + 200 + 200 * 100 + 100 + 101,
                                 12 * 150 + 150 + 150 * 100 + 100 + 100 * 50 + 50 + 51]),
        ("dense-or-convolution", [64, 68, 9, 10]),
        ("count-of-layers", [12 * 300 + 300 + 300 * 200 + 200 + 200 * 100 + 100 + 101]),
        ("lenet-count", [784 * 1000 + 1000 + 1000 * 10 + 10,
                         156 + 2416 + (16 * 4 * 4 + 1) * 120 + 121 * 84 + 85 * 10,
                         156 + 2416 + (16 * 7 * 7 + 1) * 120 + 121 * 84 + 85 * 10,
                         156 + 2416 + (16 * 2 * 2 + 1) * 120 + 121 * 84 + 85 * 10]),
    ],
)  # fmt: skip
def test_the_stacks_of_the_problem_book(name: str, totals: list[int]) -> None:
    found = solve_bundled(name)["answers"]
    assert [int(a["stack"]["parameters"]) for a in found] == totals


def solve_bundled(name: str) -> dict[str, Any]:
    import json

    result = command("solve", name, "--format", "json")
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def test_count_counts_a_stack() -> None:
    import json

    found = json.loads(command("count", "lenet-count", "--format", "json").stdout)
    assert [s["parameters"] for s in found["stacks"]] == ["795010", "44426", "107786", "21386"]
    page = command("count", "half-of-the-neurons").stdout
    assert "84301" in page and "22151" in page


def test_separable_kernels_in_letters() -> None:
    plain, separable = (a["stack"] for a in solve_bundled("separable-kernels")["answers"])
    c_in, c_out, w, h = names = sympy.symbols("C_in C_out W_k H_k")
    known = {str(n): n for n in names}
    for found, wanted in (
        (plain, c_out * (c_in * w * h + 1)),
        (separable, c_out * (c_in * (w + h) + 1)),
    ):
        assert sympy.expand(sympy.sympify(found["parameters"], locals=known) - wanted) == 0


def seen(layers: list[tuple[int, int]]) -> int:
    """How many inputs one output of a stack of windows reaches, found by marking them."""
    places = {0}
    for size, stride in reversed(layers):
        places = {p * stride + i for p in places for i in range(size)}
    return max(places) - min(places) + 1


@pytest.mark.parametrize("seed", every(3, range(6)))
def test_a_receptive_field_is_what_one_output_reaches(seed: int) -> None:
    rng = random.Random(seed)
    block = [(rng.randint(2, 4), rng.randint(1, 2)) for _ in range(rng.randint(1, 3))]
    rounds = rng.randint(1, 3)
    said = ", ".join(f"{{conv: {{kernel: {k}, stride: {s}}}}}" for k, s in block)
    found = asked("receptive_field", f"{{layers: [{said}], repeat: {rounds}}}")
    assert int(found["field"]) == seen(block * rounds)
    assert [int(row["field"]) for row in found["layers"]] == [
        seen((block * rounds)[: i + 1]) for i in range(len(block) * rounds)
    ]


def test_the_receptive_fields_of_the_problem_book() -> None:
    layers, stride, general = (
        a["receptive_field"] for a in solve_bundled("receptive-field")["answers"]
    )
    covering = next(n for n in range(1, 20) if seen([(5, 1), (2, 2)] * n) >= 512)
    assert layers["n"] == str(covering) and int(layers["field"]) == seen(
        [(5, 1), (2, 2)] * covering
    )
    assert int(layers["before"]) == seen([(5, 1), (2, 2)] * (covering - 1))
    # Seven layers of stride 2 see 509 pixels: three too few.
    assert seen([(5, 2)] * 6 + [(5, 2)]) == 509 == int(stride["before"])
    assert stride["s"] == "3" and int(stride["field"]) == 4 * sum(3**i for i in range(7)) + 1
    names = sympy.symbols("k s m n")
    formula = sympy.sympify(
        general["formula"].replace("^", "**"), locals={str(x): x for x in names}
    )
    for values in ((3, 2, 2, 4), (5, 1, 3, 3), (2, 3, 2, 5)):
        window = [(values[0], values[1]), (values[2], values[2])] * values[3]
        assert formula.subs(dict(zip(names, values, strict=True))) == seen(window)


@pytest.mark.parametrize(("stride", "padding"), every(2, [(1, 0), (3, 2), (2, 1)]))
def test_the_matrix_does_what_the_convolution_does(stride: int, padding: int) -> None:
    """With numbers in place of the letters, x·W is conv2d, and the gradients are those of solve."""
    rng = random.Random(stride)
    x = [[rng.randint(-3, 3) for _ in range(4)] for _ in range(3)]
    k = [[rng.randint(-3, 3) for _ in range(2)] for _ in range(2)]
    options = f"picture: [3, 4], kernel: [2, 2], stride: {stride}, padding: {padding}"
    found = asked("convolution_matrix", f"{{{options}}}")
    rows, columns = len(found["result"]), len(found["result"][0])
    d = [[rng.randint(-3, 3) for _ in range(columns)] for _ in range(rows)]
    values = {f"x{i + 1}": v for i, v in enumerate(flat(x))}
    values |= {f"w{i + 1}": v for i, v in enumerate(flat(k))}
    values |= {f"d{i + 1}": v for i, v in enumerate(flat(d))}

    def put(cells: list[list[str]]) -> list[int]:
        return [int(sympy.sympify(c).subs(values)) for row in cells for c in row]

    known = solve(
        f"equations: |\n  H = conv2d(X, K, {stride}, {padding})\n  L = sum(D*H)\n"
        f"parameters: {{X: {x}, K: {k}}}\ndata: {{D: {d}}}\n"
    )
    matrix = sympy.Matrix([[sympy.sympify(c) for c in row] for row in found["matrix"]]).subs(values)
    wanted = flat(known["values"]["H"])
    assert list(sympy.Matrix([flat(x)]) * matrix) == wanted == put(found["result"])
    assert put(found["gradient"]["kernel"]) == flat(known["gradients"]["dL/dK"])
    assert put(found["gradient"]["picture"]) == flat(known["gradients"]["dL/dX"])
    assert int(found["zeros"]) == sum(entry == "0" for row in found["matrix"] for entry in row)


def flat(value: Any) -> list[int]:
    if isinstance(value, list):
        return [x for item in value for x in flat(item)]
    return [int(value)]


@pytest.mark.parametrize(
    ("word", "options", "said"),
    [
        ("stack", "{input: [4, 4], layers: [{conv: {kernel: 5}}]}", "a window of 5×5 does not fit"),
        ("stack", "{input: [4, 4], layers: [{conv: {kernel: 3, stride: 0}}]}", "a stride is"),
        ("stack", "{input: [4, 4], layers: [{conv: {kernel: 3, padding: -1}}]}", "a padding is"),
        ("stack", "{input: [4, 4], layers: [{conv: {kernel: 2.5}}]}", "as a size"),
        ("stack", "{input: 4, layers: [{conv: {kernel: 2}}]}", "over which no window slides"),
        ("stack", "{input: [4, 4], layers: [{covn: {kernel: 2}}]}", "did you mean conv"),
        ("stack", "{input: [4, 4], layers: [{conv: {kernal: 2}}]}", "did you mean kernel"),
        ("stack", "{input: {channels: 3}, layers: [{dense: 2}]}", "how many numbers come in"),
        ("stack", "{input: [4, 4]}", "stack needs the option layers"),
        ("stack", "{input: 4, layers: []}", "the layers of a stack are a list"),
        ("stack", "7", "stack is to have options by name"),
        ("receptive_field", "{layers: [{dense: 3}]}", "no convolution and no pooling"),
        ("receptive_field", "{layers: [{conv: {kernel: 1}}], covers: 5}", "covers 5"),
        ("receptive_field", "{layers: [{conv: {kernel: k, stride: s}}], covers: 5}", "letters"),
        ("convolution_matrix", "{picture: [2, 2], kernel: [3, 3]}", "does not fit"),
        ("convolution_matrix", "{picture: [3, 3], kernel: [2, 2], stride: 0}", "a stride is"),
        ("convolution_matrix", "{picture: [3, 3], kernel: [2, 2], upstream: [[1]]}", "2×2 results"),
        ("convolution_matrix", "{picture: [[1], [2], [3]], kernel: [1, 1], channels: 2}", "3 rows"),
        ("convolution_matrix", "{picture: [2, 2], kernel: [1, 1], channels: 0}", "but here is 0"),
        ("convolution_matrix", "{picture: [900, 900], kernel: [2, 2]}", "a size such as"),
        ("convolution_matrix", "{picture: [[1, 2], [3]], kernel: [1, 1]}", "length 1"),
        ("pictures", "[Z]", "Z"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(word: str, options: str, said: str) -> None:
    with pytest.raises(Unsolved) as error:
        asked(word, options)
    assert error.value.status == 2
    assert said in str(error.value)


def test_every_window_is_written_out_where_all_is_told() -> None:
    page = command("solve", "windows-by-hand", "--detail", "full").stdout
    assert "H(1, 1) = 3·0 + 3·1 + 2·2 + 0·2 + 0·2 + 1·0 + 3·0 + 1·1 + 2·2 = 12" in page
    assert "Hp(1, 1) = 0·0 + 0·1 + 0·2 + 0·2 + 3·2 + 3·0 + 0·0 + 0·1 + 0·2 = 6" in page
    assert "M1(2, 2) = max(19, 21, 18, 24) = 24" in page
    assert "A1(1, 2) = (12 + 17 + 19 + 21)/4 = 69/4" in page


def test_equal_largest_numbers_of_a_window_are_noticed() -> None:
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(
            "equations: |\n  P = max_pool2d(tanh(X), 2)\n  L = sum(P)\n"
            "parameters: {X: [[3, 3], [1, 2]]}\n"
        )
        file.flush()
        page = command("solve", file.name).stdout
    assert "a window of tanh(X) with equal largest numbers" in page
    assert "Checked: forward mode" in page
