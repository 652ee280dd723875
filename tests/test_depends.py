"""`depends`: what matters and what not, told by equations and confirmed by derivatives."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from solving import command

from rnnhand.cli import main
from tests.budget import PAGES

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "depends.schema.json").read_text("utf-8"))


@cache
def found(problem: str, quantity: str) -> dict[str, Any]:
    result = command("depends", problem, quantity, "--format", "json")
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(data)
    return data


def names(by_kind: dict[str, list[str]]) -> set[str]:
    return {name for listed in by_kind.values() for name in listed}


def test_the_quiz_s_question_has_its_answer() -> None:
    answer = found("quiz-dependence", "h[5]")
    assert {"x[1]", "h[4]"} <= names(answer["depends_on"])
    assert {"x[6]", "h[6]"} <= names(answer["independent_of"])
    assert answer["ways"]["x[1]"] == ["x[1]", "h[1]", "h[2]", "h[3]", "h[4]", "h[5]"]
    assert answer["parallel"]["steps_in_turn"] == 5


def test_a_matrix_mixes_all_entries_and_an_elementwise_product_none() -> None:
    by_matrix = {e["on"]: e["kind"] for e in found("quiz-matrix-elementwise", "h[2]")["entries"]}
    assert by_matrix["h[0]"] == "all"
    alone = found("quiz-matrix-elementwise", "s[2]")
    assert {e["on"]: e["kind"] for e in alone["entries"]} == {"v": "own", "s[0]": "own"}
    apart = {tuple(r["quantities"]): r["entries_apart"] for r in alone["parallel"]["loops"]}
    assert apart == {("h[t]",): False, ("s[t]",): True}
    assert alone["parallel"]["separate"] == [[["h[t]"], ["s[t]"]]]


def test_one_entry_can_be_asked_for() -> None:
    entries = {
        e["on"]: e["entries"] for e in found("quiz-matrix-elementwise", "s[2](3)")["entries"]
    }
    assert entries == {"s[0]": {"s[2](3)": ["s[0](3)"]}, "v": {"s[2](3)": ["v(3)"]}}


@pytest.mark.parametrize(
    ("problem", "quantity"),
    [("there-and-back", "L"), ("peephole-scalar", "L[2]"), ("bidirectional-scalar", "o[2]"),
     ("slide-gru", "h[2]"), ("there-and-back-matrices", "L[2]")],
)  # fmt: skip
def test_everything_is_either_depended_on_or_not_and_ways_are_ways(
    problem: str, quantity: str
) -> None:
    answer = found(problem, quantity)
    yes, no = names(answer["depends_on"]), names(answer["independent_of"])
    assert not yes & no
    solved = json.loads(command("solve", problem, "--format", "json").stdout)
    inside = set(solved["values"]) - (yes | no | {quantity})
    assert yes | no | {quantity} <= set(solved["values"])
    assert all(name.startswith("a") for name in inside)  # pre-activations, named by `solve`
    for start, way in answer["ways"].items():
        assert way[0] == start and way[-1] == quantity
        assert set(way[1:-1]) <= yes


def test_a_derivative_is_zero_where_there_is_no_dependence() -> None:
    """A hand-made problem with generic numbers: dq/dp ≠ 0 exactly where there is a way."""
    answer = found("bidirectional-scalar", "L[2]")
    for name in ("u", "w'", "b_y"):
        assert name in answer["depends_on"]["parameter"]
    solved = json.loads(command("solve", "quiz-matrix-elementwise", "--format", "json").stdout)[
        "results"
    ]["ds[2]/ds[0]"]
    for i, row in enumerate(solved):
        for j, entry in enumerate(row):
            assert (Fraction(entry) != 0) == (i == j)


def test_two_directions_are_two_loops_that_can_run_together() -> None:
    loops = found("bidirectional-scalar", "o[2]")["parallel"]
    assert [r["direction"] for r in loops["loops"]] == ["forward", "backward"]
    assert loops["separate"] == [[["h[t]"], ["s[t]"]]]
    assert loops["after_the_loops"] == ["o[t]", "L[t]"]


def test_gates_of_one_step_can_be_computed_together() -> None:
    together = found("peephole-scalar", "h[2]")["parallel"]["together_within_a_step"]
    assert ["c'[t]", "i[t]", "f[t]", "o[t]"] in together


def test_without_a_loop_all_steps_go_at_once(tmp_path: Path) -> None:
    file = tmp_path / "window.yaml"
    file.write_text(
        "equations: |\n  y[t] = tanh(w*x[t] + v*x[t-1])\nsteps: 1..4\nparameters: {w: 1, v: 2}\n"
        'data: {"x[0..4]": [1, 2, 3, 4, 5]}\n',
        "utf-8",
    )
    answer = json.loads(command("depends", str(file), "y[3]", "--format", "json").stdout)
    assert answer["depends_on"]["data"] == ["x[2]", "x[3]"]
    assert answer["parallel"]["all_steps_at_once"] == ["y[t]"]
    assert answer["parallel"]["loops"] == []
    assert "Nothing waits" in command("depends", str(file), "y[3]", "--lang", "en").stdout


@pytest.mark.parametrize(
    "quantity", ["h[9]", "q", "dL/dw", "h[2](3)", "after 1: w", "", "h[t]", "h["]
)
def test_a_bad_quantity_gets_one_message_and_status_2(quantity: str) -> None:
    result = command("depends", "there-and-back", quantity)
    assert result.exit_code == 2
    assert result.output.strip()
    assert "Traceback" not in result.output


def test_very_many_steps_are_refused_or_answered(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(
        "equations: |\n  h[t] = w*h[t-1]\nsteps: 1..25000\nparameters: {w: 1}\n"
        'initial: {"h[0]": 1}\n',
        "utf-8",
    )
    assert command("depends", str(file), "h[5]", "--format", "json").exit_code == 0
    result = command("depends", str(file), "h[25000]")
    assert result.exit_code == 2 and "earlier step" in result.output


@pytest.mark.parametrize(("width", "lang"), PAGES)
def test_the_page_fits_the_terminal(lang: str, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    page = command("depends", "peephole-scalar", "h[2]", "--lang", lang).stdout
    assert all(len(line) <= int(width) for line in page.splitlines())


def test_a_line_that_says_what_an_entry_reads_is_never_cut(tmp_path: Path) -> None:
    """A triangular matrix: the last entry reads them all, at every step."""
    file = tmp_path / "triangle.yaml"
    file.write_text("""title: own
equations: |
  h[t] = tanh(P @ h[t-1] + x[t])
  L = v*sum(h[T])
steps: 1..5
constants: {P: [[1, 0, 0], [1, 1, 0], [1, 1, 1]]}
parameters: {v: 1}
initial: {"h[0]": [0, 0, 0]}
data: {"x[1..5]": {shape: [3], fill: 1}}
""", "utf-8")  # fmt: skip
    made = CliRunner().invoke(main, ["depends", str(file), "h[5]"], env={"COLUMNS": "70"})
    page = " ".join(made.output.split())
    assert "h_5(2) depends on x_1(1), …, x_4(1), x_1(2), …, x_4(2)." in page
    assert "x_1(3), …, x_4(3)" in page
    assert "ent…" not in page


def test_the_only_entry_of_a_number_is_the_number() -> None:
    """h[5](1) is h[5], as everywhere."""
    found, whole = (
        json.loads(command("depends", "quiz-dependence", name, "--format", "json").stdout)
        for name in ("h[5](1)", "h[5]")
    )
    assert found["depends_on"] == whole["depends_on"]


@pytest.mark.parametrize("lags", [(1,), (2,), (3,), (2, 4), (4, 6), (2, 3)])
def test_a_loop_goes_in_as_many_chains_as_its_lags_have_as_common_divisor(
    tmp_path: Path, lags: tuple[int, ...]
) -> None:
    file = tmp_path / "lags.yaml"
    body = " + ".join(f"w{k}*h[t-{k}]" for k in lags)
    weights = ", ".join(f"w{k}: 1" for k in lags)
    most = max(lags) - 1
    file.write_text(
        f"equations: |\n  h[t] = {body}\nsteps: 1..20\nparameters: {{{weights}}}\n"
        f'initial: {{"h[-{most}..0]": {[0] * (most + 1)}}}\n',
        "utf-8",
    )
    answer = json.loads(command("depends", str(file), "h[9]", "--format", "json").stdout)
    (loop,) = answer["parallel"]["loops"]
    apart = math.gcd(*lags)
    wanted = {frozenset(f"h[{t}]" for t in range(r, 21, apart)) for r in range(1, apart + 1)}
    assert set(map(frozenset, loop["chains"])) == (wanted if apart > 1 else set())
    said = f"in {apart} chains that never read each other"
    assert (said in command("depends", str(file), "h[9]", "--lang", "en").stdout) == (apart > 1)


def test_two_states_that_read_each_other_only_are_two_chains(tmp_path: Path) -> None:
    file = tmp_path / "crossed.yaml"
    file.write_text(
        "equations: |\n  a[t] = tanh(w*b[t-1])\n  b[t] = tanh(v*a[t-1])\nsteps: 1..4\n"
        'parameters: {w: 1, v: 1}\ninitial: {"a[0]": 0, "b[0]": 0}\n',
        "utf-8",
    )
    answer = json.loads(command("depends", str(file), "b[4]", "--format", "json").stdout)
    (loop,) = answer["parallel"]["loops"]
    odd, even = ["a[1]", "b[2]", "a[3]", "b[4]"], ["b[1]", "a[2]", "b[3]", "a[4]"]
    assert set(map(frozenset, loop["chains"])) == {frozenset(odd), frozenset(even)}


def test_what_a_single_step_reads_is_not_computed_at_the_same_time() -> None:
    """z_2 = ŷ_2 = u·h_2 waits for h_2."""
    together = found("there-and-back-free-running", "L")["parallel"]["together_within_a_step"]
    assert not any({"z[t]", "h[t]"} <= set(layer) for layer in together)


def test_what_waits_for_a_sum_over_all_steps_is_not_computed_beside_its_summands(
    tmp_path: Path,
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "equations: |\n  a[t] = x[t]^2\n  c = sum[t](a[t])\n  b[t] = c*x[t]\n  d[t] = 2*x[t]\n"
        'steps: 1..2\ndata: {"x[1..2]": [1, 2]}\n', "utf-8",
    )  # fmt: skip
    together = found(str(own), "b[1]")["parallel"]["together_within_a_step"]
    assert together == [["a[t]", "d[t]"], ["b[t]"]]


def long_problem(steps: int) -> str:
    return (
        "equations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  L = sum[t](h[t]^2)\n"
        f"steps: 1..{steps}\nparameters: {{w: 1/2, v: 1}}\n"
        f'initial: {{"h[0]": 0}}\ndata: {{"x[1..{steps}]": [{", ".join(["1"] * steps)}]}}\n'
    )


def test_what_depends_on_too_much_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(long_problem(10_000), "utf-8")
    result = command("depends", str(file), "h[9999]", "--lang", "en")
    assert result.exit_code == 2
    assert "more than 5000 values" in result.output
    assert "take fewer steps" in result.output


def test_the_ways_of_a_long_chain_are_found_without_walking_all_of_them(tmp_path: Path) -> None:
    from rnnhand.calculus.dependence import dependence
    from rnnhand.calculus.instances import Instance
    from rnnhand.problem.files import load, source

    file = tmp_path / "problem.yaml"
    file.write_text(long_problem(60), "utf-8")
    system = load(source(str(file))).system
    (q,) = [q for q in system.made_by if q.name == "h"]
    reached = dependence(system, Instance(q, 60), 1_000)
    for instance, length in reached.lengths.items():
        assert length == len(reached.way(instance)) - 1


def test_many_weights_are_not_followed_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(
        "equations: |\n  h[t] = tanh(W @ h[t-1])\n  L = sum[t](sum(h[t]^2))\nsteps: 1..60\n"
        "parameters: {W: {shape: [80, 80]}}\n"
        'initial: {"h[0]": {shape: [80, 1]}}\n',
        "utf-8",
    )
    result = command("depends", str(file), "L", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "There are too many entries to follow one by one." in result.output
    drawn = command("graph", str(file), "--nodes", "neurons", "--lang", "en")
    assert drawn.exit_code == 2
    assert "more than 2000 nodes" in drawn.output


def test_a_name_that_is_none_gets_one_that_is() -> None:
    result = command("depends", "two-layers-outputs", "L", "--lang", "en")
    assert result.exit_code == 2
    assert "for instance y2[" in result.output


def test_loops_that_do_not_read_each_other_are_said_in_one_sentence() -> None:
    page = " ".join(command("depends", "slide-three-cells", "c[20]", "--lang", "en").stdout.split())
    assert "None of the loops {s_t}, {f_t, i_t, o_t, c′_t, c_t, h_t}, {z_t, r_t, g′_t, g_t}" in page
    assert "The loops of" not in page
