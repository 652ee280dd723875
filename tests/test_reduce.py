"""`reduce`: the answers that a lecturer would accept, found; the rest said not to be there."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from solving import command, solve

from rnnhand.calculus.reduction import Reduction
from rnnhand.cli import main
from rnnhand.problem.cells import cell_named
from rnnhand.problem.library import functions
from rnnhand.questions.reduce.obstacle_output import carries_more
from rnnhand.questions.reduce.reduce import reduce
from rnnhand.questions.reduce.trial import tried
from tests.budget import PAGES, every, few

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "reduce.schema.json").read_text("utf-8"))


@cache
def reduced(source: str, target: str, settings: str = "") -> dict[str, Any]:
    args = ["--set", settings] if settings else []
    result = command("reduce", source, "--to", target, *args, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def fixed(answer: dict[str, Any]) -> set[str]:
    return {f"{f['name']} = {f['value']}" for f in answer["fixed"]}


LECTURER = [
    ("lstm", "rnn", "f[t] = 0, i[t] = 1, o[t] = 1, tanh(c[t]) = c[t]"),
    ("gru-before-keep", "rnn", "z[t] = 0, r[t] = 1"),
    ("gru-after-new", "rnn", "z[t] = 1, r[t] = 1, b_u = 0"),
    ("mgu", "rnn", "f[t] = 1"),
    ("lstm-peephole-diagonal", "lstm", "U_i = 0, U_f = 0, U_o = 0"),
    ("lstm", "lstm-1997", "f[t] = 1"),
    ("lstm-carousel", "lstm-1997", ""),
    ("gru-before-keep", "gru-before-new", ""),
    ("rnn-output", "rnn", "W_hy = I, b_y = 0"),
    ("bidirectional", "elman-output", "U' = 0"),
    ("rnn", "rnn-linear", "tanh(W_x @ x[t] + W_h @ h[t-1] + b) = W_x @ x[t] + W_h @ h[t-1] + b"),
    ("book-cell", "rnn", "f_h = tanh, u = 1, b_y = 0"),
    ("elman-previous-target", "book-cell", ""),
]
MORE = [
    ("lstm-stacked", "rnn", "f[t] = 0, i[t] = 1, o[t] = 1, tanh(c[t]) = c[t]"),
    ("lstm-no-output-activation", "rnn", "f[t] = 0, i[t] = 1, o[t] = 1"),
    ("lstm-peephole", "rnn", "f[t] = 0, i[t] = 1, o[t] = 1, φ_h = identity"),
    ("lstm-coupled", "rnn", "f[t] = 0, o[t] = 1, tanh(c[t]) = c[t]"),
    ("gru-before-new", "rnn", "z[t] = 1, r[t] = 1"),
    ("gru-after-keep", "rnn", "z[t] = 0, r[t] = 1, b_u = 0"),
    ("lstm-peephole", "lstm", "U_i = 0, U_f = 0, U_o = 0"),
    ("lstm", "lstm-carousel", "f[t] = 1"),
    ("lstm", "lstm-no-input-gate", "i[t] = 1"),
    ("lstm", "lstm-no-output-gate", "o[t] = 1"),
    ("lstm", "lstm-stacked", ""),
    ("lstm-stacked", "lstm", ""),
    ("lstm", "lstm-coupled", ""),
    ("gru-before-new", "mgu", ""),
    ("rnn", "dense", "W_h = 0"),
    ("elman", "rnn-relu", "f = relu"),
    ("irnn", "rnn-relu", ""),
    ("rnn-output", "jordan", ""),
    ("gru-after-keep", "mgu", "b_u = 0"),
]


@pytest.mark.parametrize(("source", "target", "wanted"), every(3, LECTURER))
def test_what_a_lecturer_would_answer_is_found_and_proved(
    source: str, target: str, wanted: str
) -> None:
    found = reduced(source, target)
    best = found["answers"][0]
    assert found["verdict"] == "reducible"
    assert fixed(best) == set(filter(None, wanted.split(", ")))
    assert best["proved"]
    assert best["check"]["agreed"] == best["check"]["points"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target", "wanted"), MORE)
def test_more_of_what_a_lecturer_would_answer_is_found(
    source: str, target: str, wanted: str
) -> None:
    test_what_a_lecturer_would_answer_is_found_and_proved(source, target, wanted)


def test_gates_that_mirror_each_other_need_no_more_than_signs() -> None:
    """σ(−a) = 1 − σ(a)."""
    becomes = reduced("gru-before-keep", "gru-before-new")["answers"][0]["becomes"]
    assert becomes["W_z"] == "-W_z" and becomes["b_z"] == "-b_z" and becomes["W_h"] == "W_h"
    single = reduced("gru-after-keep", "gru-before-new")["answers"][0]  # one unit, so numbers
    assert fixed(single) == {"b_u = 0"} and single["becomes"]["U_z"] == "-U_z"
    coupled = reduced("lstm", "lstm-coupled")["answers"][0]["becomes"]
    assert (coupled["W_f"], coupled["W_i"]) == ("W_f", "-W_f")


@pytest.mark.parametrize(
    ("source", "target", "obstacles"),
    [
        ("rnn", "lstm", {"parameters", "states", "product"}),
        ("rnn", "rnn-relu", {"function"}),
        ("rnn-skip", "rnn", {"stays"}),
        ("dense", "rnn", {"memory", "parameters"}),
        ("elman-output", "bidirectional", {"later"}),
        ("rnn", "gru-before-keep", {"parameters", "product"}),
        ("jordan", "lstm", {"product"}),
        ("elman-output", "lstm-peephole", {"product"}),
        ("rnn-relu", "rnn-output", {"function"}),
        ("jordan", "elman-output", {"room"}),
        ("gru-before-keep", "sru", {"output"}),
        ("mgu", "rnn-skip", {"output"}),
        ("lstm-no-output-gate", "rnn-skip", {"terms-stays"}),
        ("lstm-no-input-gate", "rnn-skip", {"terms-stays"}),
        ("lstm-1997", "rnn", {"terms-stays"}),
        ("rnn-skip", "rnn-linear", {"sum"}),
        ("rnn-skip", "elman", {"sum"}),
        ("rnn-skip", "elman-previous-target", {"sum"}),
        pytest.param("lstm", "rnn-skip", {"terms-stays"}, marks=pytest.mark.slow),
        pytest.param("lstm-1997", "rnn-output", {"terms-stays"}, marks=pytest.mark.slow),
        pytest.param("lstm-1997", "lstm-coupled", {"terms-two"}, marks=pytest.mark.slow),
        pytest.param(
            "lstm-coupled", "lstm-no-output-gate", {"terms-stays-few"}, marks=pytest.mark.slow
        ),
    ],
)
def test_what_is_impossible_is_said_with_the_reason(
    source: str, target: str, obstacles: set[str]
) -> None:
    found = reduced(source, target)
    assert found["verdict"] == "impossible"
    assert {o["id"] for o in found["obstacles"]} == {f"obstacle-{o}" for o in obstacles}
    assert found["answers"] == []


@pytest.mark.parametrize(
    ("cell", "more"),
    [
        *((name, True) for name in ("sru", "rnn-skip", "lstm-stacked")),
        *((name, False) for name in ("mgu", "rnn", "dense", "lstm-no-output-gate", "rnn-output")),
    ],
)
def test_a_cell_carries_more_than_its_output_where_that_does_not_tell_the_state(
    cell: str, more: bool
) -> None:
    """h = tanh(c) tells c, and so does an output W·h of one unit; h = o·tanh(c) does not."""
    assert carries_more(cell_named(cell), functions()) == more


SKIP = """\
title: A state beside the input
equations: |
  s[t] = tanh(W @ x[t] + U @ s[t-1] + b)
  h[t] = {output}
parameters: {{W: [h, x], U: [h, h], V: [h, x], b: [h], v: [h]}}
input: x
output: h
sizes: {{x: inputs, h: units}}
equal: [x, h]
initial: {{"s[0]": [h]}}
"""


@pytest.mark.parametrize(
    ("output", "target"),
    [("s[t] + V @ x[t]", "rnn"), ("v*s[t] + x[t]", "dense"), ("s[t] + x[t] - v*x[t]", "rnn")],
)
def test_a_state_beside_the_input_is_no_reason_where_one_of_them_may_go(
    tmp_path: Path, output: str, target: str
) -> None:
    """A weight may be 0 or 1; a goal without memory needs no state."""
    (tmp_path / "beside.yaml").write_text(SKIP.format(output=output), "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    result = command("reduce", "beside", "--to", target, *args)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["verdict"] == "reducible"


def test_a_product_with_what_a_function_leaves_is_multiplied_out_at_every_state() -> None:
    """c[t-1] + U_c·h[t-1] = U·W·ŷ[t-1], where h and c are both the goal's output."""
    best = reduced("lstm-1997", "jordan")["answers"][0]
    assert best["becomes"] == {"U_c": "U @ W - I", "W_c": "U @ V", "b_c": "b_y + U @ b_h"}
    assert best["proved"] and "f_h = identity" in best["conditions"]["functions"]


def test_parameters_lack_only_where_they_lack_at_all_sizes() -> None:
    """A goal of numbers gives the first cell its sizes; one peephole a unit is U for one unit."""
    found = reduced("autoregression", "book-cell")["obstacles"]
    told = [o["message"] for o in found]
    assert any(m.startswith("The goal has more parameters, 3 against 2,") for m in told)
    page = " ".join(
        command("reduce", "lstm-peephole-diagonal", "--to", "lstm-peephole").output.split()
    )
    assert "But only where h = 1." in page


def test_a_product_with_a_sum_of_the_goal_is_multiplied_out() -> None:
    """Jordan's ŷ = f(b + U·(b_h + W·ŷ + V·x)) where the hidden layer is linear."""
    best = reduced("gru-before-keep", "jordan")["answers"][0]
    assert fixed(best) == {"z[t] = 0", "r[t] = 1"} and best["proved"]
    assert best["becomes"]["U_h"] == "U @ W"
    assert {"f_h = identity", "f_y = tanh"} == set(best["conditions"]["functions"])


@pytest.mark.parametrize(
    ("source", "target", "weight", "value"),
    [
        ("lstm-1997", "rnn-linear", "U_c", "W_h - I"),
        ("lstm-1997", "dense", "U_c", "-I"),
        ("rnn-skip", "dense", "W_x", "W - I"),
        ("lstm-1997", "autoregression", "U_c", "-1"),
    ],
)
def test_what_stands_beside_a_product_with_it_is_taken_into_its_weights(
    source: str, target: str, weight: str, value: str
) -> None:
    """c + U·h with h = c is (U + I)·c."""
    best = reduced(source, target)["answers"][0]
    taken = {f["name"]: f["value"] for f in best["fixed"]} | best["becomes"]
    assert taken[weight] == value and best["proved"]
    assert best["check"]["agreed"] == best["check"]["points"] > 0
    assert "σ(−x)" not in command("reduce", source, "--to", target).output


ON_TOP = [
    ("lstm", "book-cell", "f[t] = 0, i[t] = 1, o[t] = 1, tanh(c[t]) = c[t]"),
    ("gru-before-keep", "rnn-output", "z[t] = 0, r[t] = 1"),
    ("lstm-peephole-diagonal", "elman-output", "f[t] = 0, i[t] = 1, o[t] = 1, φ_h = identity"),
    ("elman", "elman-output", ""),
]


@pytest.mark.parametrize(("source", "target", "wanted"), ON_TOP)
def test_a_goal_with_an_output_layer_is_reached_beneath_it(
    source: str, target: str, wanted: str
) -> None:
    """An LSTM gives its state; the simple cell of the book has a layer on top of the state."""
    test_what_a_lecturer_would_answer_is_found_and_proved(source, target, wanted)
    assert reduced(source, target)["output_layer"] == reduced(source, target)["goal"][-1]


@pytest.mark.parametrize(
    ("source", "target"),
    [("rnn-output", "elman-output"), ("bidirectional", "rnn-output"), ("lstm", "rnn")],
)
def test_a_layer_that_the_first_cell_has_or_the_goal_lacks_is_not_put_on_top(
    source: str, target: str
) -> None:
    found = reduced(source, target)
    assert found["verdict"] == "reducible" and found["output_layer"] is None


def test_a_proposal_is_judged_beneath_the_output_layer_too() -> None:
    assert reduced("lstm", "book-cell", "f=0, i=1, o=1, tanh(c)=c")["verdict"] == "complete"
    missing = reduced("lstm", "book-cell", "f=0, i=1, o=1")
    assert missing["verdict"] == "incomplete"
    page = " ".join(command("reduce", "lstm", "--to", "rnn-output").output.split())
    assert "that of the goal, y_t = W_hy·h_t + b_y, is put on top of it." in page


def test_a_sequence_made_of_its_own_earlier_values_ends_the_search() -> None:
    assert reduced("sru", "mgu")["verdict"] == "impossible"


@pytest.mark.slow
def test_where_nothing_was_found_that_is_said() -> None:
    found = reduced("lstm-peephole", "sru")
    assert found["verdict"] == "not-found"
    assert found["search"]["complete"]
    page = command("reduce", "lstm-peephole", "--to", "sru", "--lang", "en").stdout
    assert "Nothing was found" in page


@pytest.mark.parametrize(
    ("source", "target", "settings", "difference"),
    [
        ("lstm-1997", "rnn", "", ("stays", "summand", "c[t-1]")),
        ("lstm", "rnn", "f=1, i=1, o=1, tanh(c)=c", ("stays", "summand", "c[t-1]")),
        ("lstm", "rnn-skip", "", ("missing", "summand", "x[t]")),
    ],
)
def test_what_is_nearest_is_said_with_what_is_left(
    source: str, target: str, settings: str, difference: tuple[str, str, str]
) -> None:
    near = reduced(source, target, settings)["nearest"]
    assert tuple(near["difference"].values()) == difference


def test_where_one_difference_will_not_do_several_are_told() -> None:
    near = reduced("lstm-1997", "rnn-skip")["nearest"]
    told = [near["difference"], *near["further"]]
    assert {(d["kind"], d["expr"]) for d in told} == {("missing", "x[t]"), ("stays", "c[t-1]")}


@pytest.mark.parametrize(
    ("source", "target", "equation", "missing"),
    [
        ("lstm-coupled", "lstm-no-output-gate", "c[t]", "i[t]*c'[t]"),
        ("lstm-peephole", "sru", "h[t]", "(1 - r[t])*x[t]"),
        pytest.param(
            "lstm-peephole", "lstm-peephole-output", "h[t]", "U_o @ c[t]", marks=pytest.mark.slow
        ),
    ],
)
def test_what_is_different_in_the_equation_that_is_not_reached_is_told(
    source: str, target: str, equation: str, missing: str
) -> None:
    near = reduced(source, target)["nearest"]
    assert near["equation"] == equation and near["further"] == []
    assert near["difference"] == {"kind": "missing", "part": "summand", "expr": missing}


def test_blocks_of_one_matrix_are_told_as_the_matrix() -> None:
    """W·[x; h] without its part in h: W = [V, 0], and not W = 0."""
    best = reduced("lstm-stacked", "dense")["answers"][0]
    assert "W_c = [W, 0]" in fixed(best) and best["becomes"]["W_c"] == "[W, 0]"
    assert "c'[t] = tanh(W_c @ [x[t]; 0] + b_c)" in best["after"]


def test_a_function_that_comes_out_of_another_is_no_reason() -> None:
    """tanh(x) = 2σ(2x) - 1; ReLU is no such thing."""
    from rnnhand.calculus.limits import is_logistic

    known = functions()
    assert {n for n in known if is_logistic(known[n], known)} == {"sigmoid", "tanh"}


def test_why_zero_weights_do_not_do_it() -> None:
    page = " ".join(command("reduce", "lstm", "--to", "rnn", "--lang", "en").stdout.split())
    assert "σ(0) = 1/2" in page
    assert "σ never has the value 0" in page
    assert "f_t tends to 0 as b_f → −∞" in page
    assert "i_t tends to 1 as b_i → ∞" in page
    assert "tanh stays below 1 while its argument c_t need not" in page


PROPOSALS = [
    ("f=0, i=1, o=1", "incomplete", "tanh(c[t]) = c[t]"),
    ("f=0, i=1, o=1, tanh(c)=c", "complete", ""),
    ("f[t]=0; i[t]=1; o[t]=1; tanh(c[t])=c[t]", "complete", ""),
    ("b_f=-inf, b_i=inf, b_o=inf, tanh(c)=c", "complete", ""),
    ("f=1, i=1, o=1, tanh(c)=c", "wrong", ""),
    ("W_f=0, U_f=0, b_f=0", "wrong", ""),
    ("b_f → −∞, b_i→∞, b_o->inf, tanh(c)=c", "complete", ""),
]


@pytest.mark.parametrize(
    ("settings", "verdict", "missing"), few(PROPOSALS, PROPOSALS[:1] + PROPOSALS[3:5])
)
def test_a_proposal_is_judged(settings: str, verdict: str, missing: str) -> None:
    found = reduced("lstm", "rnn", settings)
    assert found["verdict"] == verdict
    if verdict == "incomplete":
        given = {f"{f['name']} = {f['value']}" for f in found["given"]}
        assert fixed(found["answers"][0]) - given == {missing}


def test_zero_weights_leave_one_half() -> None:
    left = reduced("lstm", "rnn", "W_f=0, U_f=0, b_f=0")["left"]
    assert "c[t] = 1/2*c[t-1] + i[t]*c'[t]" in left


@pytest.mark.parametrize(
    "settings",
    ["f", "f=", "=0", "q=0", "h=0", "f=x", "W_f=3", "W_f=I", "W_c=-inf", "tanh(c)=q", "f=1/0",
     "f==0", "((", "f=0,,q=1", "sin(c)=c", "tanh=relu", "f=1e99999999"],
)  # fmt: skip
def test_a_bad_proposal_gets_one_message_and_status_2(settings: str) -> None:
    result = command("reduce", "lstm", "--to", "rnn", "--set", settings)
    assert result.exit_code == 2, result.output
    assert result.output.strip()
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "args", [("nothing", "--to", "rnn"), ("lstm", "--to", "nothing"), ("lstm",)]
)
def test_an_unknown_cell_is_refused(args: tuple[str, ...]) -> None:
    result = command("reduce", *args)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_the_check_in_numbers_sees_a_wrong_reduction() -> None:
    """A sign that is wrong, a gate at the wrong end: the runs differ."""
    from dataclasses import replace

    from rnnhand.language.tree import Apply, Number, Ref

    source, target = cell_named("gru-before-keep"), cell_named("rnn")
    (right, *_) = reduce(source, target, functions(), "").outcome.reductions
    assert tried(right, source, target).agreed == 5
    for name, value in (("source z", Number("1")), ("source W_h", Apply("neg", (Ref("W_x"),)))):
        choice = replace(right.choice, values={**right.choice.values, name: value})
        wrong = Reduction(right.meeting, choice, right.proof)
        assert tried(wrong, source, target).agreed == 0


def state(cell: str, parameters: dict[str, Any]) -> list[float]:
    """h[3] of a cell with 2 inputs and 2 units, by `solve`."""
    given = "\n".join(f"  {name}: {value}" for name, value in parameters.items())
    text = (
        f"cell: {cell}\nsizes: {{x: 2, h: 2}}\nsteps: 1..3\nparameters:\n{given}\n"
        'data: {"x[1..3]": [[1, -1], [1/2, 2], [-1, 1]]}\nask: [forward]\n'
    )
    return [float(x) for x in solve(text)["values"]["h[3]"]]


W, U, B = "[[1/2, -1/3], [1/4, 1]]", "[[1/3, 1/5], [-1/2, 1/4]]", "[1/7, -1/5]"
ANY = "[[1, -2], [1/3, 1]]"


def test_the_limits_of_the_biases_are_what_the_reasons_say() -> None:
    """With biases far out, a GRU and an LSTM without output activation are the simple cell."""
    simple = state("rnn", {"W_x": W, "W_h": U, "b": B})
    far, near = "[90, 90]", "[-90, -90]"
    gru = {"W_z": ANY, "U_z": ANY, "b_z": near, "W_r": ANY, "U_r": ANY, "b_r": far}
    assert state("gru-before-keep", {**gru, "W_h": W, "U_h": U, "b_h": B}) == pytest.approx(simple)
    gates = {f"{p}_{g}": ANY for g in "fio" for p in "WU"}
    lstm = {**gates, "b_f": near, "b_i": far, "b_o": far, "W_c": W, "U_c": U, "b_c": B}
    assert state("lstm-no-output-activation", lstm) == pytest.approx(simple)
    assert state("lstm", lstm) != pytest.approx(simple)


OWN = """
title: A leaky cell
input: x
output: h
sizes: {x: inputs, h: units}
equations: |
  h[t] = (1 - sigmoid(V @ x[t] + d))*k[t] + sigmoid(V @ x[t] + d)*h[t-1]
  k[t] = tanh(W @ x[t] + U @ h[t-1] + b)
parameters: {V: [h, x], d: [h], W: [h, x], U: [h, h], b: [h]}
initial: {"h[0]": [h]}
"""


def test_a_cell_of_one_s_own_is_reduced_too(tmp_path: Path) -> None:
    (tmp_path / "leaky.yaml").write_text(OWN, "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    found = json.loads(command("reduce", "leaky", "--to", "rnn", *args).stdout)
    assert found["named"] == ["g[t] = sigmoid(V @ x[t] + d)"]
    assert fixed(found["answers"][0]) == {"g[t] = 0"}
    found = json.loads(command("reduce", "gru-before-keep", "--to", "leaky", *args).stdout)
    assert fixed(found["answers"][0]) == {"r[t] = 1", "U_z = 0"}


def test_a_proposal_may_write_names_as_pages_do() -> None:
    written = reduced("lstm", "rnn", "f_t=0, i_t=1, o[t]=1, tanh(c_t)=c_t")
    assert written["verdict"] == "complete" and len(written["given"]) == 4


def test_a_value_between_a_gate_s_limits_is_told_by_its_bias() -> None:
    (gate,) = reduced("lstm", "rnn", "f=0.3")["given"]
    assert [r["id"] for r in gate["reasons"]] == ["reduce-held-so"]
    assert "log(3/7)" in gate["reasons"][0]["message"]


def test_a_bias_far_out_is_not_yet_a_limit() -> None:
    assert reduced("lstm", "rnn", "b_f=-1000")["verdict"] == "wrong"


@pytest.mark.parametrize(("width", "lang"), PAGES)
def test_the_page_fits_the_terminal(lang: str, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    page = command("reduce", "lstm", "--to", "rnn", "--lang", lang).stdout
    assert all(len(line) <= int(width) for line in page.splitlines())


def test_what_the_input_goes_through_is_the_reason_where_nothing_leads_the_same_way() -> None:
    found = reduced("lstm-1997", "mgu")
    assert found["verdict"] == "impossible"
    assert [o["id"] for o in found["obstacles"]] == ["obstacle-way", "obstacle-but-sizes"]
    assert "tanh(U_h @ σ(W_f @ x[t]))" in found["obstacles"][0]["message"]


@pytest.mark.slow
def test_a_reason_that_an_identity_would_undo_leaves_the_search_to_say_what_it_tried() -> None:
    found = reduced("lstm-peephole", "lstm-peephole-output")
    assert [o["id"] for o in found["obstacles"]] == ["obstacle-way-open"]
    assert found["verdict"] == "not-found"


@pytest.mark.parametrize("source", ["elman", "jordan", "rnn-output"])
def test_a_function_is_taken_out_of_every_way_or_of_none(source: str) -> None:
    """x[t] wants it out, tanh(W·x[t]) wants it in."""
    found = reduced(source, "rnn-skip")
    assert found["verdict"] == "impossible"
    assert [o["id"] for o in found["obstacles"]] == ["obstacle-two-ways"]
    assert "x[t] and of tanh(W_x @ x[t])" in found["obstacles"][0]["message"]


def test_an_input_of_another_step_is_no_later_one() -> None:
    """The goal may read at t what the first cell reads at t − 1."""
    assert reduced("book-cell", "jordan")["verdict"] != "impossible"
    assert reduced("elman-output", "bidirectional")["verdict"] == "impossible"


def test_a_factor_that_may_be_laid_bare_is_no_obstacle() -> None:
    """i ⊙ φ_c(W·x) with φ_c the identity leads through W·i, as the goal does."""
    found = reduced("lstm-peephole", "lstm-no-candidate-activation")
    assert found["verdict"] == "reducible"
    names = [f["name"] for f in found["answers"][0]["fixed"]]
    assert sorted(names) == ["U_f", "U_i", "U_o", "φ_c"]


@pytest.mark.parametrize(("value", "said"), [("2", True), ("-1", True), ("1/3", False)])
def test_what_lies_beyond_the_bounds_of_a_function_is_never_reached(value: str, said: bool) -> None:
    """σ solves y' = y(1 - y), so it meets neither 0 nor 1, nor anything beyond them."""
    made = CliRunner().invoke(main, ["reduce", "lstm", "--to", "rnn", "--set", f"f={value}"],
                              env={"LANG": "C", "COLUMNS": "200"})  # fmt: skip
    assert (f"never has the value {value.replace('-', '−')}." in made.output) == said, made.output


@pytest.mark.parametrize(
    "command_",
    [
        ("reduce", "open", "--to", "rnn"),
        ("compare", "rnn", "open"),
        ("cell", "open"),
        ("derive", "--cell", "open"),
        ("graph", "--cell", "open"),
    ],
)
def test_a_cell_whose_names_are_not_declared_is_refused_at_their_place(
    command_: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "open.yaml").write_text(OWN.replace("V: [h, x], ", ""), "utf-8")
    result = command(*command_, "--cells", str(tmp_path), "--lang", "en")
    assert result.exit_code == 2 and "open.yaml:7:23" in result.output, result.output
    assert "parameters: {V: [h, x]}" in result.output and "V is used" not in result.output[200:]


def test_a_first_state_and_a_function_to_choose_are_asked_for_once_a_name(tmp_path: Path) -> None:
    bare = OWN.replace('initial: {"h[0]": [h]}\n', "").replace("*h[t-1]", "*h[t-1] + h[t-1]")
    (tmp_path / "open.yaml").write_text(bare, "utf-8")
    result = command("cell", "open", "--cells", str(tmp_path), "--lang", "en")
    assert result.output.count('for instance initial: {"h[0]": [h]}') == 1, result.output
    (tmp_path / "open.yaml").write_text(OWN.replace("sigmoid", "φ"), "utf-8")
    result = command("cell", "open", "--cells", str(tmp_path), "--lang", "en")
    assert result.output.count("for instance functions: {φ: tanh}") == 1, result.output


@pytest.mark.parametrize(
    ("settings", "place", "said"),
    [
        ("f=0, f=1", 6, "f is to be both 0 and 1"),
        ("f=0, b_f=inf", 6, "f is to be both 0 and 1"),
        ("U_f=I, U_f=0", 8, "U_f is to be both I and 0"),
        ("i=1, ff=0", 6, "did you mean f?"),
        ("i=1, f = (", 11, "the formula breaks off"),
        ("f=0 i=1", 1, "a setting is written name = value"),
        ("f=0 i=1", 1, "commas stand between settings"),
        (",", 1, "nothing is proposed here"),
        ("i=1, tanh=1", 6, "tanh is a function here and cannot be 1"),
        ("σ=0", 1, "σ is a function here and cannot be 0"),
        ("x=0", 1, "x is what the cell reads"),
        ("h=0", 1, "h is what the cell gives"),
        ("f=0, c[t-1]=0", 6, "holds at every step"),
        ("f[1]=0", 1, "holds at every step"),
        ("W_f→-∞", 1, "W_f is a weight"),
        ("W_f=0, U_f=0, b_f=0, f=0", 22, "f is to be both 1/2 and 0"),
        ("i=1-f", 1, "the search finds it by itself"),
        ("sigmoid(c)=c", 1, "no function applied in this cell"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_told_at_its_place(
    settings: str, place: int, said: str
) -> None:
    result = command("reduce", "lstm", "--to", "rnn", "--set", settings, "--lang", "en")
    assert result.exit_code == 2
    assert f"--set:1:{place}: " in result.output and said in result.output, result.output


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("c=0", "obstacle-input"),
        ("i=0", "obstacle-rest"),
        ("tanh=identity, sigmoid=identity", "obstacle-function"),
    ],
)
def test_a_proposal_that_leaves_no_way_is_told_why(settings: str, reason: str) -> None:
    """With i = 0 nothing enters c, which stays 0: no bias gets to the output any more."""
    found = reduced("lstm", "rnn", settings)
    assert found["verdict"] == "wrong" and found["nearest"] is None
    assert [r["id"] for r in found["obstacles"]] == [reason]
    page = command("reduce", "lstm", "--to", "rnn", "--set", settings, "--lang", "en").stdout
    assert "never becomes the other" in page and "not found" not in page


def test_the_same_thing_may_be_proposed_twice() -> None:
    twice = command("reduce", "lstm", "--to", "rnn", "--set", "f=0, b_f=-inf, f=0", "--lang", "en")
    once = command("reduce", "lstm", "--to", "rnn", "--set", "f=0", "--lang", "en")
    assert twice.exit_code == 0 and twice.output == once.output


def test_what_must_be_the_same_is_told_beside_what_is_fixed() -> None:
    page = command("reduce", "gru-after-new", "--to", "mgu", "--lang", "en").stdout
    assert "b_u = 0." in page
    assert "parameters have to be the same: W_r = W_z; U_r = U_z; b_r = b_z." in page


def test_functions_to_choose_are_told_with_their_signs() -> None:
    """elman's f follows the peephole cell's φ_c, so it is no condition."""
    page = command("reduce", "lstm-peephole", "--to", "elman", "--lang", "en").stdout
    assert "By default φ_i = σ, φ_f = σ, φ_o = σ, φ_c = tanh, φ_h = tanh;" in page
    assert "By default f = tanh;" in page and "Functions of the goal" not in page
    assert "φ_h = identity" in page


NO_BIAS = OWN.replace(" + b)", ")").replace(", b: [h]}", "}")


def test_the_nearest_is_the_goal_but_for_one_thing_and_no_product_with_a_state(
    tmp_path: Path,
) -> None:
    """σ(…) ⊙ h[t-1] is built like the goal, but with the state as a factor it is another cell."""
    (tmp_path / "leaky.yaml").write_text(NO_BIAS, "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    found = json.loads(command("reduce", "leaky", "--to", "elman", *args).stdout)
    difference = found["nearest"]["difference"]
    assert difference == {"kind": "missing", "part": "summand", "expr": "b"}


def test_a_summand_that_stays_is_told_with_the_number_before_it() -> None:
    settings = "f=1/2, i=1, o=1, tanh(c)=c"
    page = command("reduce", "lstm", "--to", "rnn", "--set", settings, "--lang", "en").stdout
    assert "the summand 1/2·c_{t−1} stays" in page


def test_a_function_that_the_goal_has_to_take_is_told_at_once(tmp_path: Path) -> None:
    goal = OWN.replace("tanh(", "f(").replace("initial", "functions: {f: relu}\ninitial")
    (tmp_path / "open.yaml").write_text(goal, "utf-8")
    (tmp_path / "leaky.yaml").write_text(OWN, "utf-8")
    args = ("--cells", str(tmp_path), "--lang", "en")
    page = command("reduce", "leaky", "--to", "open", *args).stdout
    assert "But only where f = tanh." in page and page.count("f = tanh") == 1
    page = command("compare", "open", "leaky", *args).stdout
    assert "open becomes leaky with f = tanh." in page
    assert "with nothing fixed. But only where f = tanh." in page


def test_a_weight_and_a_bias_are_solved_for_where_the_output_is_fed_back() -> None:
    """h = f(b + W·ŷ[t-1] + …), ŷ = u·h + c: the weight of h[t-1] is W·u, and b + W·c the bias."""
    best = reduced("jordan", "book-cell")["answers"][0]
    assert fixed(best) == {"f_h = relu"} and best["proved"]
    assert best["becomes"]["W"] == "w/u" and best["becomes"]["b_h"] == "b_h - b_y*w/u"
    assert best["conditions"]["nonzero"] == ["u"]
    assert best["check"]["agreed"] == best["check"]["points"] > 0
    page = command("reduce", "jordan", "--to", "book-cell", "--lang", "en").stdout
    assert "Provided that u ≠ 0." in page


FED_BACK = """
title: {en: Entry by entry}
input: x
output: y
sizes: {x: inputs, h: units}
equations: |
  s[t] = tanh(V @ x[t] + a*y[t-1] + b)
  y[t] = e*s[t] + c
parameters: {V: [h, x], a: [h], b: [h], e: [h], c: [h]}
initial: {"y[0]": [h]}
"""
STATE_FED_BACK = FED_BACK.replace("y[t-1]", "s[t-1]").replace("y[0]", "s[0]")


def test_entry_by_entry_too_and_back_without_a_division(tmp_path: Path) -> None:
    (tmp_path / "fed-back.yaml").write_text(FED_BACK, "utf-8")
    (tmp_path / "state.yaml").write_text(STATE_FED_BACK, "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    there = json.loads(command("reduce", "fed-back", "--to", "state", *args).stdout)
    back = json.loads(command("reduce", "state", "--to", "fed-back", *args).stdout)
    for found, value, divided in ((there, "a/e", ["e"]), (back, "a*e", [])):
        best = found["answers"][0]
        assert best["becomes"]["a"] == value and best["conditions"]["nonzero"] == divided
        assert best["check"]["agreed"] == best["check"]["points"] > 0


LOGISTIC = """
title: A simple cell with a sigmoid
input: x
output: y
sizes: {x: inputs, h: units, y: outputs}
equations: |
  h[t] = sigmoid(W @ x[t] + U @ h[t-1] + b)
  y[t] = V @ h[t] + c
parameters: {W: [h, x], U: [h, h], b: [h], V: [y, h], c: [y]}
initial: {"h[0]": [h]}
"""


@pytest.mark.parametrize("pair", [("sigmoid", "rnn-output"), ("rnn-output", "sigmoid")])
def test_what_factors_and_summands_may_make_of_a_function_is_not_impossible(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    """tanh(x) = 2σ(2x) − 1: with weights and biases on both sides the cells are one."""
    (tmp_path / "sigmoid.yaml").write_text(LOGISTIC, "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    found = json.loads(command("reduce", pair[0], "--to", pair[1], *args).stdout)
    assert found["verdict"] == "not-found" and found["nearest"]


def test_a_difference_is_told_once_though_it_is_met_twice(tmp_path: Path) -> None:
    """The state of the goal is compared with the first cell's output, and with its state."""
    bare = LOGISTIC.replace("sigmoid(W @ x[t] + U @ h[t-1] + b)", "tanh(W @ x[t] + U @ h[t-1])")
    bare = bare.replace(" b: [h],", "")
    (tmp_path / "bare.yaml").write_text(bare, "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    near = json.loads(command("reduce", "bare", "--to", "rnn", *args).stdout)["nearest"]
    assert near["difference"]["expr"] == "b" and near["further"] == []


@pytest.mark.parametrize(("outer", "reason"), [("relu", []), ("tanh", ["reduce-stays"])])
def test_no_reason_is_given_that_the_bounds_of_an_argument_refute(
    tmp_path: Path, outer: str, reason: list[str]
) -> None:
    """ReLU(σ(a)) = σ(a) as it is; tanh of what is below 1 is no identity, but not for its bound."""
    goal = LOGISTIC.replace("V @ h[t] + c", "V @ g[t] + c").replace(
        "  y[t]", "  g[t] = h[t]\n  y[t]"
    )
    (tmp_path / "goal.yaml").write_text(goal, "utf-8")
    source = goal.replace("g[t] = h[t]", f"g[t] = {outer}(h[t])")
    (tmp_path / "source.yaml").write_text(source, "utf-8")
    args = ("--cells", str(tmp_path), "--format", "json")
    found = json.loads(command("reduce", "source", "--to", "goal", *args).stdout)
    (taken,) = found["answers"][0]["fixed"]
    assert taken["name"] == f"{outer}(h[t])"
    assert [r["id"] for r in taken["reasons"]] == reason
