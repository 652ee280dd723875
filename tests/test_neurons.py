"""Neurons and logic: tables, weights found or refused, formulas that agree, nets as one formula."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solving import Unsolved, command, solve

from rnnhand.arithmetic.linear_program import Condition, Feasible, smallest
from rnnhand.arithmetic.linear_program import solve as feasible

SMALL = st.integers(-3, 3).map(Fraction)
CONDITIONS = st.integers(1, 3).flatmap(
    lambda n: st.lists(
        st.builds(Condition, st.tuples(*[SMALL] * n), st.sampled_from([">", ">=", "="]), SMALL),
        min_size=1,
        max_size=6,
    )
)


@given(CONDITIONS)
@settings(max_examples=60)
def test_linear_conditions_have_a_point_or_a_contradiction_that_adds_up(
    conditions: list[Condition],
) -> None:
    unknowns = len(conditions[0].coefficients)
    found = feasible(conditions, unknowns)
    if isinstance(found, Feasible):
        assert all(c.holds(found.point) for c in conditions)
        return
    pairs = list(zip(found.multipliers, conditions, strict=True))
    for j in range(unknowns):
        assert sum(m * c.coefficients[j] for m, c in pairs) == 0
    assert all(m >= 0 or c.relation == "=" for m, c in pairs)
    total = sum(m * c.constant for m, c in pairs)
    strict = any(m and c.relation == ">" for m, c in pairs)
    assert total == found.total
    only_equations = all(c.relation == "=" for m, c in pairs if m)
    assert total < 0 or (total == 0 and strict) or (only_equations and total != 0)
    assert smallest(conditions, unknowns) is None


def answers(problem: str, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = solve(problem, *options)["answers"]
    return found


def bundled(name: str) -> list[dict[str, Any]]:
    result = command("solve", name, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["answers"]
    return found


def fit(neuron: str, inputs: str, rows: list[list[object]]) -> dict[str, Any]:
    shown = [[str(x) for x in row] for row in rows]
    options = json.dumps({"neuron": neuron, "inputs": inputs, "rows": shown}).replace('"', "'")
    (found,) = answers(f"ask:\n  - fit: {options}\n")
    data: dict[str, Any] = found["fit"]
    return data


STEP = "step(w0 + w1*x1 + w2*x2)"
SQUARE = ((1, 1), (1, 0), (0, 1), (0, 0))


def test_one_threshold_computes_exactly_the_separable_functions_of_two_bits() -> None:
    """Fourteen of the sixteen, by trying whole weights from −2 to 2 with halves for the bias."""
    by_hand = {
        tuple(int(w0 + 2 * w1 * a + 2 * w2 * b > 0) for a, b in SQUARE)
        for w0, w1, w2 in product(range(-5, 6), range(-2, 3), range(-2, 3))
    }
    possible = []
    for values in product((0, 1), repeat=4):
        rows: list[list[object]] = [[a, b, v] for (a, b), v in zip(SQUARE, values, strict=True)]
        found = fit(STEP, "x1, x2", rows)
        assert found["possible"] == (values in by_hand)
        if found["possible"]:
            possible.append(values)
            w0, w1, w2 = (Fraction(found["weights"][w]) for w in ("w0", "w1", "w2"))
            assert [int(w0 + w1 * a + w2 * b > 0) for a, b in SQUARE] == list(values)
        else:
            (contradiction,) = found["contradictions"]
            assert contradiction["sum"] == "0 > 0"
    assert len(possible) == 14


def test_with_the_product_as_an_input_one_threshold_computes_xor() -> None:
    (found,) = bundled("xor-product")
    w = {k: Fraction(v) for k, v in found["fit"]["weights"].items()}
    for a, b in SQUARE:
        assert (w["w0"] + w["w1"] * a + w["w2"] * b + w["w3"] * a * b > 0) == (a != b)


def test_relu_neurons_are_fitted_by_equations_and_bounds() -> None:
    (found,) = bundled("neuron-not")
    w1, w2 = (Fraction(found["fit"]["weights"][w]) for w in ("w1", "w2"))
    assert (max(0, w1), max(0, w1 + w2)) == (1, 0)
    (found,) = bundled("neuron-table")
    v = [Fraction(found["fit"]["weights"][f"w{i}"]) for i in (1, 2, 3)]
    assert max(0, v[0] + v[1] + 2 * v[2]) == Fraction(1, 2)
    assert max(0, v[0] - v[1] + v[2]) == 0


def test_a_value_that_a_neuron_never_gives_is_named() -> None:
    assert fit("relu(w*x)", "x", [[1, 2], [2, -1]])["never"] == {"row": 2, "wanted": "-1"}
    assert fit("step(w*x)", "x", [[1, "1/2"]])["never"] == {"row": 1, "wanted": "1/2"}


def test_a_neuron_with_several_ways_to_a_value_is_tried_in_all_of_them() -> None:
    found = fit("abs(w1*x + w2)", "x", [[0, 1], [1, 0], [2, 1]])
    w1, w2 = (Fraction(found["weights"][w]) for w in ("w1", "w2"))
    assert [abs(w1 * x + w2) for x in (0, 1, 2)] == [1, 0, 1]
    refused = fit("abs(w1*x + w2)", "x", [[0, 1], [1, 1], [2, 1], [3, 2]])
    assert not refused["possible"] and len(refused["contradictions"]) == 16


def test_the_net_for_xor_is_right_in_every_row() -> None:
    refused, table = bundled("xor-net")
    assert not refused["fit"]["possible"]
    assert table["table"]["fits"] and table["table"]["right"] == 4
    assert [row["output"] for row in table["table"]["rows"]] == ["0", "1", "1", "0"]


def test_a_proposed_set_of_weights_is_checked_row_by_row() -> None:
    problem = """
equations: |
  y = step(x1 + x2 - 1)
data: {x1: , x2: }
ask:
  - table: {output: y, inputs: [x1, x2], rows: [[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 0]]}
"""
    (found,) = answers(problem)
    table = found["table"]
    assert [row["verdict"] for row in table["rows"]] == ["right", "wrong", "wrong", "right"]
    assert [row["values"]["x1 + x2 - 1"] for row in table["rows"]] == ["1", "0", "0", "-1"]
    assert (table["right"], table["wrong"], table["fits"]) == (2, 2, False)


def test_a_decimal_is_right_to_the_digits_in_which_it_is_wanted() -> None:
    problem = """
ask:
  - table: {formula: sigmoid(x), inputs: x, rows: [[1, 0.73], [1, 0.74], [0, 1/2], [1, 0.731]]}
"""
    (found,) = answers(problem)
    verdicts = [row["verdict"] for row in found["table"]["rows"]]
    assert verdicts == ["right", "wrong", "right", "right"]


def test_a_table_of_a_layered_net_has_a_column_for_every_entry_of_its_input() -> None:
    problem = """
layers: [{cell: dense, functions: {f: relu}}, {cell: dense, functions: {f: identity}}]
data: {x: {shape: [2]}}
parameters: {W1: [[1, -1], [-1, 1]], b1: [0, 0], W2: [1, 1], b2: 0}
ask:
  - table: {output: h2, inputs: x, rows: [[3, 1, 2], [1, 4, 3], [2, 2, 0]]}
"""
    (found,) = answers(problem)
    assert found["table"]["fits"]


def test_the_wedge_is_the_same_as_its_class_on_a_grid_and_everywhere() -> None:
    _, found = bundled("wedge")
    assert found["agree"] == {"agree": True, "regions": 9, "differences": [], "undecided": 0}
    for i, j in product(range(-8, 9), repeat=2):
        a, b = Fraction(i, 4), Fraction(j, 4)
        h1, h2 = int(a + b - 1 > 0), int(-a + b + 1 > 0)
        assert (h1 + h2 - Fraction(3, 2) > 0) == (a + b > 1 and a - b < 1)


def test_two_thresholds_are_a_step_but_for_its_ends() -> None:
    first, second, _ = bundled("step-approximator")
    assert not first["agree"]["agree"]
    for difference in first["agree"]["differences"]:
        at = {k: Fraction(v) for k, v in difference["point"].items()}
        a, b, h, x = (at[k] for k in "abhx")
        assert h > 0 and x in (a, a + h)
        assert Fraction(difference["left"]) == b * (x > a) - b * (x > a + h)
        assert Fraction(difference["right"]) == b * (a <= x < a + h)
    assert len(first["agree"]["differences"]) == 2
    assert second["agree"]["agree"] is True


@given(st.lists(st.tuples(SMALL, SMALL, SMALL), min_size=1, max_size=2), st.data())
@settings(max_examples=5)
def test_formulas_that_agree_have_the_same_values_and_others_differ_at_the_point_named(
    terms: list[tuple[Fraction, Fraction, Fraction]], data: st.DataObject
) -> None:
    """relu(u) − relu(−u) is u: a sum of such pairs against the sum of the u, perhaps changed."""
    change = data.draw(st.sampled_from([0, 0, 1]))
    left = " + ".join(
        f"relu({a}*x + {b}*z + {c}) - relu(-({a}*x + {b}*z + {c}))" for a, b, c in terms
    )
    right = " + ".join(f"{a}*x + {b}*z + {c}" for a, b, c in terms) + f" + {change}*[x > z]"
    (found,) = answers(f'ask:\n  - agree: {{left: "{left}", right: "{right}"}}\n')
    assert found["agree"]["agree"] is (change == 0)
    for difference in found["agree"]["differences"]:
        x, z = (Fraction(difference["point"].get(k, "0")) for k in "xz")
        assert Fraction(difference["left"]) == sum(a * x + b * z + c for a, b, c in terms)
        assert Fraction(difference["right"]) == Fraction(difference["left"]) + (x > z)


def test_a_net_of_identities_is_a_regression_whose_coefficients_sympy_finds_too() -> None:
    import sympy

    ((found,),) = (one["compose"]["formulas"] for one in bundled("linear-net"))
    assert found["linear"] is True
    w11, w12, w21, w22, w1, w2, x = sympy.symbols("w11 w12 w21 w22 w1 w2 x")
    net = sympy.expand(w1 * (w11 + w21 * x) + w2 * (w12 + w22 * x))
    letters = {s.name: s for s in net.free_symbols}
    assert sympy.expand(sympy.sympify(found["constant"], letters) - net.coeff(x, 0)) == 0
    slope = sympy.sympify(found["coefficients"]["x"], letters)
    assert sympy.expand(slope - net.coeff(x, 1)) == 0


def test_the_formula_of_a_layered_net_is_the_net() -> None:
    ((found,),) = (one["compose"]["formulas"] for one in bundled("relu-net"))
    assert found["linear"] is False

    def relu(v: Fraction) -> Fraction:
        return max(v, Fraction(0))

    value = relu(relu(Fraction(5 * 20 - 60 * 0) + Fraction(1, 2)) + relu(Fraction(-38)) / 5 + 4)
    written = found["formula"].replace("x1", "20").replace("x2", "0").replace("x3", "1")
    values = solve(f'equations: "y = {written}"')["values"]
    assert Fraction(values["y"]) == value == Fraction(209, 2)
    result = command("solve", "relu-net", "--format", "json")
    assert json.loads(result.stdout)["values"]["h2"] == "209/2"


@pytest.mark.parametrize(
    ("formula", "linear"),
    [
        ("relu(x) - relu(-x) + 3*z", True),
        ("relu(x) + z", False),
        ("x*z", False),
        ("max(x, z) + min(x, z)", True),
        ("abs(x) - max(x, -x) + 1", True),
        ("tanh(x)", False),
    ],
)
def test_whether_a_formula_is_linear_is_decided_with_kinks_too(
    formula: str, linear: bool | None
) -> None:
    (found,) = answers(f'ask:\n  - compose: {{formula: "{formula}"}}\n')
    assert found["compose"]["formulas"][0]["linear"] is linear


def drawn(*arguments: str) -> dict[str, Any]:
    result = command("graph", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    graph: dict[str, Any] = json.loads(result.stdout)
    return graph


FORMULA = "max(0, 4*max(0,3*x1+4*x2+1) + 2*max(0,3*x1+2*x2+7) + 6)"


def value_of(graph: dict[str, Any], inputs: dict[str, Fraction]) -> Fraction:
    """The output of a drawn net of ReLU neurons, read off the picture alone."""
    nodes = {n["key"]: n for n in graph["nodes"]}
    known = dict(inputs)

    def value(key: str) -> Fraction:
        if key not in known:
            edges = [e for e in graph["edges"] if e["end"] == key]
            total = sum((Fraction(e["label"]) * value(e["start"]) for e in edges), Fraction(0))
            total += sum((Fraction(b) for b in nodes[key]["added"]), Fraction(0))
            known[key] = max(total, Fraction(0)) if nodes[key]["symbol"] != "Σ" else total
        return known[key]

    starts = {e["start"] for e in graph["edges"]}
    (output,) = (key for key in nodes if key not in starts)
    return value(output)


def test_a_drawn_formula_computes_what_the_formula_does() -> None:
    graph = drawn("--formula", FORMULA)
    for a, b in product((-2, 0, 1, 3), repeat=2):
        first, second = max(0, 3 * a + 4 * b + 1), max(0, 3 * a + 2 * b + 7)
        found = value_of(graph, {"x1": Fraction(a), "x2": Fraction(b)})
        assert found == max(0, 4 * first + 2 * second + 6)
    assert len(graph["nodes"]) == 5 and len(graph["edges"]) == 6


def test_a_layered_net_is_drawn_with_one_neuron_for_every_entry() -> None:
    graph = drawn("relu-net", "--nodes", "neurons", "--values")
    inputs = {"x1": Fraction(20), "x2": Fraction(0), "x3": Fraction(1)}
    assert value_of(graph, inputs) == Fraction(209, 2)
    values = {n["key"]: n["value"] for n in graph["nodes"]}
    assert (values["h1(1)"], values["h1(2)"], values["h2"]) == ("201/2", "0", "209/2")


def test_letters_that_are_called_parameters_are_weights() -> None:
    graph = drawn("--formula", "y = w0 + w1*x1 + w2*x1*x2", "--parameters", "w0,w1,w2")
    labels = {(e["start"], e["end"]): e["label"] for e in graph["edges"]}
    assert labels["x1", "y"] == "w1" and labels["(x1*x2)", "y"] == "w2"
    assert next(n for n in graph["nodes"] if n["key"] == "y")["added"] == ["w0"]


def test_layers_of_a_net_without_time_need_no_steps_and_observations_are_an_index() -> None:
    layers = (
        "layers: [{cell: dense, functions: {f: relu}}, {cell: dense, functions: {f: identity}}]"
    )
    weights = "parameters: {W1: [[1, -2]], b1: 0, W2: 3, b2: 1}"
    alone = solve(f"{layers}\ndata: {{x: [5, 1]}}\n{weights}\nask: [forward]")["values"]
    many = solve(
        f'{layers}\nindices: {{i: 1..2}}\ndata: {{"x[1..2]": [[5, 1], [1, 5]]}}\n{weights}\n'
        "ask: [forward]"
    )["values"]
    assert alone["h2"] == many["h2[1]"] == "10" and many["h2[2]"] == "1"


def test_a_recurrent_layer_without_steps_is_still_an_error() -> None:
    with pytest.raises(Unsolved, match="needs steps"):
        solve("layers: [{cell: rnn, h: 1}]\ndata: {x: [5, 1]}")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ("fit: {neuron: 'step(w*x)', rows: [[1, 1]]}", "no|numbers"),
        ("fit: {neuron: 'sigmoid(w*x)', inputs: x, rows: [[1, 1]]}", "straight pieces"),
        ("fit: {neuron: 'step(w*v*x)', inputs: x, rows: [[1, 1]]}", "products with one another"),
        ("fit: {neuron: 'step(w*x) + step(v*x)', inputs: x, rows: [[1, 1]]}", "no single neuron"),
        ("fit: {neuron: 'step(x)', inputs: x, rows: [[1, 1]]}", "no letter"),
        ("fit: {neuron: 'step(w*x)', inputs: x, rows: [[1, 1], [2]]}", "this row has 1 numbers"),
        ("fit: {neurn: 'step(w*x)'}", "did you mean neuron"),
        ("fit: {neuron: 'stp(w*x)', inputs: x, rows: [[1, 1]]}", "stp"),
        ("fit: {neuron: 'step((w*x)^2 - 1)', inputs: x, rows: [[1, 1]]}", "products|pieces"),
        ("fit: step", "options by name"),
        ("table: {inputs: x, rows: [[1, 1]]}", "output or formula"),
        ("table: {formula: 'x + 1', inputs: x}", "rows, or wanted"),
        ("table: {output: z, inputs: x, rows: [[1, 1]]}", "no scalar"),
        ("table: {formula: 'x + 1', inputs: 'x, z', rows: [[1, 1, 1]]}", "does not depend on z"),
        ("agree: {left: 'step(x^2)', right: x}", "linear form"),
        ("agree: {left: 'exp(x)', right: x}", "kinks only"),
        ("agree: {left: x, right: x, where: [x > 1, x < 0]}", "never holds"),
        ("agree: {left: x, right: x, where: [x^2 > 1]}", "comparison"),
        ("compose: {of: z}", "not computed here"),
        ("compose: {}", "of or formula"),
    ],
)
def test_what_is_wrong_with_the_options_of_a_topic_is_said(ask: str, said: str) -> None:
    with pytest.raises(Unsolved, match=said) as error:
        solve(f"equations: y = 1 + 1\nask:\n  - {ask}\n")
    assert error.value.status == 2


def test_softmax_and_the_mean_cross_entropy_agree_with_a_computation_by_hand() -> None:
    import mpmath

    result = command("solve", "softmax-two", "--format", "json", "--digits", "20")
    values = json.loads(result.stdout)["values"]
    with mpmath.workdps(40):
        logits = ([mpmath.mpf(1), -2, 0], [mpmath.mpf("0.5"), -1, 0])
        shares = [[mpmath.exp(z) / sum(map(mpmath.exp, row)) for z in row] for row in logits]
        loss = -(mpmath.log(shares[0][0]) + mpmath.log(shares[1][2])) / 2
        assert abs(mpmath.mpf(values["L"]) - loss) < mpmath.mpf(10) ** -19
        for i, row in enumerate(shares, 1):
            for shown, share in zip(values[f"p[{i}]"], row, strict=True):
                assert abs(mpmath.mpf(shown) - share) < mpmath.mpf(10) ** -19


def test_formulas_with_letters_are_drawn_at_numbers_of_which_what_is_supposed_holds(
    tmp_path: Path,
) -> None:
    """b = 1, a = 2, h = 3: the step goes from 2 to 5; where a > b is not so, b and a change."""
    page = command("solve", "step-approximator").stdout
    assert "Drawn for b = 1, a = 2, h = 3:" in page
    assert page.count("Piece by piece") == 4
    path = tmp_path / "problem.yaml"
    path.write_text(
        "equations: |\n  y = step(x - a) + step(x - b)\ndata: {x: }\nparameters: {a: , b: }\n"
        "ask: [{agree: {left: y, right: 'step(x - b) + step(x - a)', where: [a > b]}}]\n",
        "utf-8",
    )
    assert "Drawn for a = 2, b = 1:" in command("solve", str(path)).stdout
