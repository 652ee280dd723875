"""What pictures of a part of a graph show, and what stands below pictures."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_crossing_number import graph_of
from test_graph import call, data
from test_graph_content import at
from test_graph_signs import by_key

from rnnhand.calculus.network import Level
from rnnhand.cli import main
from rnnhand.errors import Failure
from rnnhand.problem.files import load, source
from rnnhand.questions import excerpts
from rnnhand.questions.joints import is_told
from rnnhand.questions.subjects import Wish
from rnnhand.render.picture.chosen import best_way

RESIDUAL = (
    "title: Residual\nequations: |\n  a[t] = tanh(w*h[t-1] + v*x[t])\n  h[t] = h[t-1] + g*a[t]\n"
    "  y[t] = h[t]*a[t]\n  L[t] = (y[t] - d[t])^2\n  L = sum[t](L[t])\n"
    "steps: 1..3\nparameters: {w: 1, v: 1, g: 1}\ninitial: {'h[0]': 0}\n"
    "data: {'x[1..3]': [1, 1, 1], 'd[1..3]': [1, 0, 1]}\n"
)
SQUARES = (
    "equations: |\n  L = sum[t]((x[t] - w)^2)\nsteps: 1..4\nparameters: {w: 1}\n"
    "data: {'x[1..4]': [1, 2, 3, 4]}\n"
)


def svg(*args: str) -> str:
    ran = call(*args, "--format", "svg", "--theme", "light")
    assert ran.exit_code == 0, ran.output
    return ran.output


def caption(*args: str) -> str:
    """All that stands below a picture, on one line."""
    lines = re.findall(r'<text class="caption"[^>]*>(.*?)</text>', svg(*args))
    return unescape(" ".join(re.sub("<[^>]+>", "", line) for line in lines)).replace("\u00a0", " ")


def typed(*args: str, columns: int = 100) -> str:
    return CliRunner().invoke(main, ["graph", *args], env={"COLUMNS": str(columns)}).output


def edges(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(e["start"], e["end"]) for e in found["edges"]}


# The steps of each index


def test_the_steps_of_a_problem_leave_the_other_index_whole() -> None:
    """A decoder goes on from the end of its encoder, whatever steps of that are drawn."""
    found = data("encoder-decoder", "--steps", "2..3")
    kinds = {key: node["kind"] for key, node in by_key(found).items()}
    assert kinds["h[1]"] == "outside" and kinds["h[2]"] == kinds["h[3]"] == "quantity"
    assert {("h[3]", "s[0]"), ("s[0]", "s[1]"), ("s[1]", "s[2]")} <= edges(found)
    assert "x[1]" not in kinds


def test_an_index_goes_by_its_name() -> None:
    decoder = data("encoder-decoder", "--steps", "k=1")
    assert {("h[0]", "h[1]"), ("h[3]", "s[0]"), ("s[0]", "s[1]"), ("L[2]", "L")} <= edges(decoder)
    assert by_key(decoder)["L[2]"]["kind"] == "outside" and "s[2]" not in by_key(decoder)
    both = data("encoder-decoder", "--steps", "t=1..2, k=2")
    kinds = {key: node["kind"] for key, node in by_key(both).items()}
    assert kinds["s[1]"] == kinds["yhat[1]"] == "outside"
    assert "s[0]" not in kinds and "h[3]" not in kinds
    cut = by_key(data("encoder-decoder", "--steps", "1..2"))
    assert cut["h[3]"]["kind"] == "outside"  # what the decoder begins with
    assert "t = 1..2 of 1..3, k = 2 of 1..2" in caption("encoder-decoder", "--steps", "t=1..2,k=2")


def test_all_steps_are_no_excerpt() -> None:
    whole, named = (caption("there-and-back", *a) for a in ((), ("--steps", "t=1..3")))
    assert whole == named and "excerpt" not in named


@pytest.mark.parametrize(
    ("problem", "steps", "said"),
    [
        ("encoder-decoder", "i=1", "no such index; it has t, k"),
        ("encoder-decoder", "k=1..3", "--steps k=1..3: the problem has the steps 1..2"),
        ("encoder-decoder", "1..4", "--steps 1..4: the problem has the steps 1..3"),
        ("encoder-decoder", "1,t=2", "--steps takes steps"),
        ("encoder-decoder", "1,2", "--steps takes steps"),
        ("encoder-decoder", "k=", "--steps takes steps"),
        ("relu-net", "1..2", "here are none"),
    ],
)
def test_steps_that_are_none_are_refused(problem: str, steps: str, said: str) -> None:
    for nodes in ("quantities", "neurons"):
        ran = call(problem, "--steps", steps, "--nodes", nodes)
        assert ran.exit_code == 2 and said in ran.output


def test_a_range_of_all_steps_is_left_out_of_a_wish() -> None:
    system = load(source("encoder-decoder")).system

    def placed(written: str) -> object:
        return excerpts.placed(Wish(steps=excerpts.parsed(written)), system).steps

    assert placed("1..3") == {} and placed("k=1..2") == {}
    assert placed("2") == {"t": range(2, 3)}
    assert placed("k=2,1..2") == {"k": range(2, 3), "t": range(1, 3)}
    with pytest.raises(Failure):
        excerpts.parsed("3..2")


# What comes from elsewhere


def test_what_other_steps_compute_is_dotted_and_said() -> None:
    part, whole = svg("there-and-back", "--steps", "2..3"), svg("there-and-back")
    assert part.count('class="node outside"') == 2  # h_1 and L_1
    assert "outside" not in re.sub("<style>.*?</style>", "", whole)
    said = "Dotted: computed at steps that are not drawn."
    assert said in caption("there-and-back", "--steps", "2..3")
    assert said not in caption("there-and-back")
    drawn = typed("there-and-back", "--steps", "2..3")
    assert ":h_1:" in drawn and "Between colons: computed at steps that are not drawn." in drawn
    assert "style=" in call("there-and-back", "--steps", "2", "--format", "dot").output
    assert ":::outside" in call("there-and-back", "--steps", "2", "--format", "mermaid").output


@pytest.mark.parametrize(
    ("args", "initial", "frames"),
    [
        (("there-and-back",), True, False),
        (("there-and-back", "--nodes", "operations"), True, True),
        (("there-and-back", "--steps", "2..3"), False, False),
        (("picture-convolution",), False, True),
        (("picture-fully-connected",), False, False),
    ],
)
def test_looks_are_explained_where_they_occur(
    args: tuple[str, ...], initial: bool, frames: bool
) -> None:
    said = caption(*args)
    assert ("Grey and dashed: initial values." in said) == initial
    assert ("Double frame: a parameter." in said) == frames


def test_dots_are_explained_and_have_the_label_of_their_like(tmp_path: Path) -> None:
    rest = "the other summands of a sum over steps"
    assert rest in caption("there-and-back", "--steps", "2")
    assert rest not in caption("there-and-back", "--steps", "2..3")  # there it is L_1
    found = data("there-and-back", "--steps", "2", "--nodes", "operations")
    into = {e["start"]: e["label"] for e in found["edges"] if e["end"] == "L"}
    assert set(into.values()) == {"1"} and len(into) == 2
    # Slopes that differ from step to step are dots, with no number.
    found = data(at(tmp_path, SQUARES), "--steps", "2", "--labels", "slopes", "--values")
    into = {e["start"]: (e["label"], e["value"]) for e in found["edges"] if e["end"] == "L"}
    assert into["L …"] == ("…", None) and into["x[2]"][1] == "2"
    assert into["w"] == ("sum[t](-(2*(x[t] - w)))", "-12")  # −2·(0 + 1 + 2 + 3)


# What is computed


def test_a_sum_of_arrows_has_its_sign_and_other_formulas_stand_below(tmp_path: Path) -> None:
    file = at(tmp_path, RESIDUAL)
    nodes = by_key(data(file))
    assert [nodes[key]["symbol"] for key in ("a[1]", "h[1]", "y[1]", "L[1]", "L")] == [
        *("tanh", "+", "", "", "Σ")
    ]
    said = caption(file)
    assert "yt = ht·at; Lt = (yt − dt)²" in said and "ht = " not in said
    gates = caption(file, "--nodes", "gates")
    assert "(yt" not in gates  # where operations are nodes, all is drawn


def test_what_a_gated_memory_is_stands_below_it() -> None:
    said = caption("slide-lstm", "--steps", "2")
    assert "ct = ft·ct−1 + it·c′t; ht = ot·tanh(ct)" in said


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("w*x[t] + v*h[t-1] + b", True),
        ("tanh(w*x[t] - h[t-1])", True),
        ("x[t]/2", True),
        ("x[t]*h[t-1]", False),
        ("w*x[t] + x[t]*h[t-1]", False),
        ("(x[t] - h[t-1])^2", False),
        ("1 - x[t]*h[t-1]", False),
    ],
)
def test_signs_and_arrows_say_weighted_sums(tmp_path: Path, body: str, told: bool) -> None:
    text = (
        f"equations: |\n  h[t] = {body}\nsteps: 1..2\nparameters: {{w: 1, v: 1, b: 1}}\n"
        "initial: {'h[0]': 0}\ndata: {'x[1..2]': [1, 2]}\n"
    )
    (equation,) = (system := load(source(at(tmp_path, text))).system).equations
    assert is_told(equation.body, system) == told


def test_what_parameters_are_is_said_once_by_their_frame_or_by_name() -> None:
    assert "W is a weight." in caption("picture-fully-connected")
    for name in ("picture-convolution", "paths-in-a-graph", "slide-forget-bias"):
        said = caption(name)
        assert "Double frame: a parameter." in said
        assert "weight" not in said


@pytest.mark.parametrize("nodes", ["quantities", "neurons"])
def test_a_bias_below_a_picture_is_one_that_stands_in_it(nodes: str) -> None:
    drawn = svg("xor-net", "--nodes", nodes)
    said = caption("xor-net", "--nodes", nodes)
    (bias,) = re.findall(r"([−+] [\w/]+) in a n", said)
    assert f">{bias}<".replace(" ", "\u00a0") in drawn or f">{bias}<" in drawn


# From step to step


def test_both_ways_in_time_have_signs_of_their_own() -> None:
    there = svg("bidirectional-scalar", "--folded")
    assert there.count('class="delay"') == there.count('class="ahead"') == 1
    assert "■ delays by a step, □ is ahead by a step." in caption(
        "bidirectional-scalar", "--folded"
    )
    assert "□" not in caption("there-and-back", "--folded")
    drawn = typed("bidirectional-scalar", "--folded").split("\n\n")[1]
    assert drawn.count("■") == drawn.count("□") == 1
    assert "2■" in typed("second-order", "--folded")


@pytest.mark.parametrize("problem", ["encoder-decoder", "slide-rnn-last"])
def test_a_definite_step_on_an_edge_looks_as_a_weight_before_it_does(problem: str) -> None:
    words = re.findall(r'<text class="([\w-]+)"[^>]*>(.*?)</text>', svg(problem, "--folded"))
    reading = {role for role, said in words if re.sub("<[^>]+>", "", said).endswith("hT")}
    assert reading == {"weight-label"}


def test_a_label_between_steps_keeps_away_from_names() -> None:
    assert re.search(r"h_0─+ w ─+▶", typed("there-and-back", columns=72))


# Small print


def test_values_are_left_out_where_that_makes_a_picture_legible(tmp_path: Path) -> None:
    """Seven layers are a tenth less high than what half a page holds; with values, as much more."""
    layers = "\n".join(f"  {made} = tanh(w*{read})" for read, made in pairwise("abcdefgh"))
    chain = at(tmp_path, f"equations: |\n{layers}\nparameters: {{w: 2}}\ndata: {{a: 1}}\n")
    args = (chain, "--nodes", "quantities", "-o", str(tmp_path / "x.svg"))
    assert "It is legible without --values." in call(*args, "--values").output
    assert call(*args).output == ""


# What stands below


def test_a_given_derivative_is_where_the_way_back_begins() -> None:
    assert "begins at H_1, whose ∂ is given" in typed("layer-1", "--adjoints")
    assert "begins" not in typed("scalar-three-steps", "--adjoints")
    assert "begins" not in typed("layer-1", "--values")


def test_a_weight_that_is_a_letter_is_not_said_to_be_itself() -> None:
    assert "w21 = w21" not in caption("linear-net", "--values")


def test_a_formula_has_more_room_below_a_picture_than_in_a_node() -> None:
    assert "y = w1·(w11 + w21·x) + w2·(w12 + w22·x)" in caption("linear-net", "--values")


def test_a_number_beside_a_delay_is_explained() -> None:
    assert "by so many steps" in typed("second-order", "--folded")
    assert "by so many steps" not in typed("--cell", "gru")


def test_inputs_that_windows_share_are_said_to_be_the_same() -> None:
    shown = caption("picture-convolution", "--nodes", "neurons")
    assert "Inputs of one name are one input." in shown
    assert "Inputs of one name" not in caption("bidirectional-scalar")


def test_what_stacks_a_state_and_an_input_has_the_state_enter_from_below() -> None:
    """From above its line ran down among those of the weights that leave there."""
    way, _ = best_way(graph_of("lstm-stacked", Level.GATES, folded=True))
    assert not way.above
