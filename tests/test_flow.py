"""How gradients travel: factors, products, bounds and verdicts against independent methods."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import mpmath
import pytest
from cell_problems import problem_with
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from random_networks import SMOOTH
from reference import scalar
from rich.cells import cell_len
from solving import command

from rnnhand.arithmetic import spectrum
from rnnhand.cli import main
from rnnhand.problem.cells import cell_named
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.reader import read_problem
from rnnhand.questions.flow.check import confirmed
from rnnhand.questions.flow.flow import Options, flow, verdict_of
from rnnhand.questions.flow.verdict import Verdict
from rnnhand.system.recurrences import recurrences
from tests.budget import PAGES, every, few

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "flow.schema.json").read_text("utf-8"))
RECURRENT = tuple(
    name
    for name, system in ((n, load(source(n)).system) for n in bundled())
    if recurrences(system)[0] and not any(f.open for f in system.functions.values())
)


@cache
def answer(problem: str, *options: str) -> dict[str, Any]:
    result = command("flow", problem, "--format", "json", "--lang", "en", *options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def of_text(text: str, digits: int = 20) -> dict[str, Any]:
    """The JSON of `flow` for the text of a problem."""
    from rnnhand.phrases import phrases
    from rnnhand.questions.flow.data import as_data
    from rnnhand.questions.flow.page import page_of
    from rnnhand.render import json as spelling

    options = Options(digits)
    worked = flow(read_problem(text, "problem"), options)
    found: dict[str, Any] = json.loads(
        spelling.data(as_data(page_of(worked, options, phrases("en"))))
    )
    return found


def scalar_cell(body: str, steps: int = 4, **parameters: str) -> str:
    values = ", ".join(f"{k}: {v}" for k, v in parameters.items())
    inputs = ", ".join(["1/2", "-1", "2", "0"][i % 4] for i in range(steps))
    return (
        f"equations: |\n  h[t] = {body}\nsteps: 1..{steps}\nparameters: {{{values}}}\n"
        f'initial: {{"h[0]": 1/3}}\ndata: {{"x[1..{steps}]": [{inputs}]}}\n'
    )


# Factors and products


@pytest.mark.parametrize(
    "name",
    few(["there-and-back-ones", "there-and-back-matrices", "second-order", "slide-rnn-last",
         "slide-gru", "slide-lstm", "quiz-chain", "row-batch", "exploding-gradients"],
        ["second-order", "slide-gru", "row-batch"]),
)  # fmt: skip
def test_products_are_the_total_derivatives_that_solve_finds(name: str) -> None:
    found = answer(name)
    wanted = [
        (n, v) for loop in found["recurrences"] for n, v in list(loop["products"].items())[-2:]
    ]
    options = [part for n, _ in wanted for part in ("--only", n)]
    result = command("solve", name, "--format", "json", *options)
    assert result.exit_code == 0, result.output
    known = json.loads(result.stdout)["results"]
    for n, value in wanted:
        for a, b in zip(numbers(value), numbers(known[n]), strict=True):
            assert agree(a, b), n


def numbers(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    else:
        yield value


def agree(a: str, b: str, digits: int = 13) -> bool:
    x, y = Fraction(a), Fraction(b)
    return abs(x - y) <= Fraction(1, 10**digits) * max(abs(x), abs(y))


def test_a_power_of_eleven_tenths_is_twelve_thousand() -> None:
    found = answer("quiz-power")["recurrences"][0]
    assert Fraction(found["products"]["dh[100]/dh[1]"]) == Fraction(11, 10) ** 99
    page = command("flow", "quiz-power", "--lang", "en").stdout
    assert "∂h_{100}/∂h_1 = (11/10)⁹⁹ ≈ 12528" in page


def test_factors_of_a_tanh_cell_are_slope_times_weight() -> None:
    found = of_text(scalar_cell("tanh(w*h[t-1] + x[t])", w="0.7"))["recurrences"][0]
    with mpmath.workdps(40):
        h, inputs = mpmath.mpf(1) / 3, [mpmath.mpf(1) / 2, -1, 2, 0]
        for x, factor in zip(inputs, found["factors"], strict=True):
            h = mpmath.tanh(mpmath.mpf("0.7") * h + x)
            wanted = (1 - h**2) * mpmath.mpf("0.7")
            assert abs(mpmath.mpf(factor["value"]) - wanted) < mpmath.mpf(10) ** -19


def test_the_cell_state_of_an_lstm_comes_through_its_forget_gate_alone() -> None:
    found = answer("slide-lstm")
    values = json.loads(command("solve", "slide-lstm", "--format", "json").stdout)["values"]
    loop = found["recurrences"][0]
    straight = [f for f in loop["factors"] if f["of"] == "c[2]" and f["by"] == "c[1]"]
    assert [f["value"] for f in straight] == [values["f[2]"]]
    chain = loop["straight"]["c"]["products"]
    assert agree(chain["0"], str(Fraction(values["f[1]"]) * Fraction(values["f[2]"])))


def test_the_update_gate_of_a_gru_is_the_straight_way_of_its_state() -> None:
    loop = answer("slide-gru")["recurrences"][0]
    values = json.loads(command("solve", "slide-gru", "--format", "json").stdout)["values"]
    for factor in loop["factors"]:
        step = factor["of"][2:-1]
        ways = {way["through"]: way["value"] for way in factor["ways"]}
        assert ways.keys() == {"h", "z", "r", "h'"}
        assert ways["h"] == values[f"z[{step}]"]
        assert agree(str(sum(map(Fraction, ways.values()))), factor["value"], 12)


def test_a_formula_of_a_factor_has_the_value_of_the_factor() -> None:
    """Evaluated outside of the package, by SymPy, with every quantity a symbol."""
    sympy = pytest.importorskip("sympy")
    for name in ("slide-gru", "slide-lstm", "quiz-chain"):
        loop = answer(name)["recurrences"][0]
        given = json.loads(command("solve", name, "--format", "json").stdout)["values"]
        for factor in loop["factors"]:
            t = int(factor["of"].partition("[")[2][:-1])
            of, by = factor["of"].partition("[")[0], factor["by"].partition("[")[0]
            text = loop["formulas"][f"d{of}[t]/d{by}[t-1]"]
            symbols = {}
            for i, (q, value) in enumerate(sorted(given.items(), key=lambda x: -len(x[0]))):
                running = q.replace(f"[{t}]", "[t]").replace(f"[{t - 1}]", "[t-1]")
                if running in text and not (running == q and "[" in q):
                    symbols[f"q{i}_"] = sympy.Rational(value)
                    text = text.replace(running, f"q{i}_")
            value = sympy.sympify(text.replace("^", "**"), locals=symbols)
            assert agree(str(Fraction(str(sympy.Rational(str(sympy.N(value, 30)))))),
                         factor["value"], 12), (name, factor)  # fmt: skip


@pytest.mark.parametrize(
    "cell",
    few(["rnn", "lstm", "lstm-peephole", "gru-before-keep", "gru-after-new", "jordan", "mgu",
         "bidirectional", "sru", "rnn-skip", "elman-output"],
        ["lstm-peephole", "gru-after-new", "bidirectional"]),
)  # fmt: skip
def test_every_cell_s_products_are_confirmed_backwards(cell: str) -> None:
    worked = flow(problem_with(cell_named(cell)), Options(12))
    digits = confirmed(worked)
    assert digits is None or digits >= 12


def test_a_prediction_that_is_fed_back_belongs_to_the_factor_of_the_state() -> None:
    loop = answer("there-and-back-free-running")["recurrences"][0]
    assert loop["states"] == ["h"]
    assert loop["products"]["dh[3]/dh[2]"] == "3/4"  # w + v·u = 1/2 + 1/4
    (last,) = (f for f in loop["factors"] if f["of"] == "h[3]")
    assert [way["value"] for way in last["ways"]] == ["1/2", "1/4"]


def test_a_state_that_reads_later_steps_is_followed_towards_them() -> None:
    forward, back = answer("bidirectional-scalar")["recurrences"]
    assert (forward["direction"], back["direction"]) == (1, -1)
    assert back["products"]["ds[1]/ds[4]"] == "1/8"


def test_two_lags_make_a_sum_of_products() -> None:
    text = (
        'equations: |\n  h[t] = 2*h[t-1] + 3*h[t-2]\nsteps: 1..4\ninitial: {"h[-1..0]": [1, 1]}\n'
    )
    loop = of_text(text)["recurrences"][0]
    # p_s = 2·p_{s+1} + 3·p_{s+2}, the lag of two alone before the first step
    assert loop["products"] == {
        "dh[4]/dh[3]": "2", "dh[4]/dh[2]": "7", "dh[4]/dh[1]": "20", "dh[4]/dh[0]": "61",
        "dh[4]/dh[-1]": "60",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind", "radius"),
    [
        ("1.5*h[t-2] + x[t]", "explodes", 1.5**0.5),
        ("0.5*h[t-2] + x[t]", "fades", 0.5**0.5),
        ("0.9*h[t-1] + 0.9*h[t-2] + x[t]", "explodes", (0.9 + (0.81 + 3.6) ** 0.5) / 2),
        ("0.5*h[t-1] - 0.6*h[t-2] + x[t]", "fades", 0.6**0.5),  # complex eigenvalues
        ("0.25*h[t-1] + 0.25*h[t-3] + x[t]", "fades", None),
    ],
)
def test_several_steps_back_are_one_matrix_over_these_steps(
    body: str, kind: str, radius: float | None
) -> None:
    text = (
        f'equations: |\n  h[t] = {body}\nsteps: 1..5\ninitial: {{"h[-2..0]": [1, 1, 1]}}\n'
        'data: {"x[1..5]": [1, 1, 1, 1, 1]}\n'
    )
    found = of_text(text)["recurrences"][0]["verdict"]
    assert (found["verdict"], found["reason"]) == (kind, "companion")
    wanted = radius or max(abs(x) for x in mpmath.polyroots([1, -0.25, 0, -0.25]))
    assert abs(float(Fraction(found["number"])) - wanted) < 1e-4


def test_several_steps_back_that_change_are_judged_by_their_product() -> None:
    text = (
        'equations: |\n  h[t] = x[t]*h[t-2]\nsteps: 1..4\ninitial: {"h[-1..0]": [1, 1]}\n'
        'data: {"x[1..4]": [1.5, 1.5, 1.25, 1.5]}\n'
    )
    found = of_text(text)["recurrences"][0]["verdict"]
    assert (found["verdict"], found["reason"]) == ("neither", "product")


# Matrices


@pytest.mark.parametrize("seed", every(3, range(6)))
@pytest.mark.parametrize("exact", [True, False])
def test_singular_values_and_radii_are_those_of_mpmath(seed: int, exact: bool) -> None:
    from flint import arb, fmpq

    rng = Random(seed)
    n = 2 + seed % 4
    entries = [Fraction(rng.randint(-9, 9), rng.randint(1, 9)) for _ in range(n * n)]
    if seed % 3 == 0:
        entries[n : 2 * n] = entries[:n]  # a singular matrix
    numbers = [fmpq(x.numerator, x.denominator) for x in entries]
    given = numbers if exact else [arb(x).sin() for x in numbers]
    found = (
        spectrum.settled(lambda: spectrum.singular_values(given, n, n), 20)
        if exact
        else (spectrum.singular_values(given, n, n))
    )
    with mpmath.workdps(30):
        values = [mpmath.mpf(x.numerator) / x.denominator for x in entries]
        a = mpmath.matrix(n, n)
        for i, x in enumerate(values):
            a[i // n, i % n] = x if exact else mpmath.sin(x)
        wanted = sorted(mpmath.svd_r(a, compute_uv=False), reverse=True)
        for ours, theirs in zip(found, wanted, strict=True):
            assert close(ours, theirs)
        radius = spectrum.moduli(given, n)
        assert radius is not None
        eigenvalues = mpmath.eig(a, left=False, right=False)
        assert close(spectrum.largest(radius), max(abs(x) for x in eigenvalues))


def test_a_norm_is_found_where_other_singular_values_are_equal_or_tiny() -> None:
    from flint import arb

    third, tiny = arb(1) / 3, (arb(1) / 3) ** 400
    for matrix, wanted in (
        ([third, arb(0), arb(0), third], third),
        ([third, arb(0), arb(0), tiny], third),
        ([tiny, tiny, tiny, tiny], 2 * tiny),
        ([third, third, 2 * third, 2 * third], third * arb(10).sqrt()),
    ):
        found = spectrum.norm(matrix, 2, 2, 10)
        assert found.overlaps(wanted)
        assert found.rel_accuracy_bits() > 38


def close(ours: Any, theirs: Any) -> bool:
    """Within 10⁻⁶; what stands in a ball around 0 is 0 to about half its digits."""
    from flint import arb

    return abs(float(arb(ours).mid()) - float(theirs)) < 1e-6


def test_equal_singular_values_are_enclosed_too() -> None:
    from flint import arb

    third = arb(1) / 3
    found = spectrum.of_symmetric(
        [third, arb(0), arb(0), arb(0), third, arb(0), arb(0), arb(0), third], 3
    )
    assert all(x.contains(third) or third.overlaps(x) for x in found)
    assert all(x.rad() < 1e-10 for x in found)


def test_a_rotation_has_spectral_radius_one_exactly() -> None:
    text = (
        "equations: |\n  h[t] = W @ h[t-1]\nsteps: 1..5\n"
        'parameters: {W: [[3/5, -4/5], [4/5, 3/5]]}\ninitial: {"h[0]": [1, 0]}\n'
    )
    found = of_text(text)
    assert found["weights"]["W"] == {"singular_values": ["1", "1"], "spectral_radius": "1"}
    assert found["recurrences"][0]["verdict"]["verdict"] == "neither"


# Bounds


@pytest.mark.parametrize("name", every(3, sorted(SMOOTH)))
def test_the_steepest_slope_of_a_function_is_never_exceeded_and_nearly_reached(name: str) -> None:
    """By difference quotients of the reference, which knows nothing of the library."""
    loop = of_text(scalar_cell(f"{name}(w*h[t-1] + x[t])", w="1"), 10)["recurrences"][0]
    (bound,) = loop["bounds"]
    f = SMOOTH[name]
    with mpmath.workdps(30):
        step, points = mpmath.mpf(10) ** -12, [mpmath.mpf(i) / 10 + 0.001 for i in range(-60, 61)]
        slopes = [abs((f(scalar(x + step)).a[0] - f(scalar(x)).a[0]) / step) for x in points]
    assert max(slopes) <= float(Fraction(bound["value"])) + 1e-9
    assert max(slopes) >= 0.99 * float(Fraction(bound["value"]))


@pytest.mark.parametrize("seed", every(4, range(4)))
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu", "elu", "softplus", "swish"])
def test_no_factor_exceeds_its_bound(name: str, seed: int) -> None:
    rng = Random(f"{name}{seed}")
    w = [[Fraction(rng.randint(-20, 20), 10) for _ in range(2)] for _ in range(2)]
    matrix = "[" + ", ".join("[" + ", ".join(map(str, row)) + "]" for row in w) + "]"
    text = (
        f"equations: |\n  h[t] = {name}(W @ h[t-1])\nsteps: 1..3\n"
        f'parameters: {{W: {matrix}}}\ninitial: {{"h[0]": [{rng.random():.3f}, -1/2]}}\n'
    )
    loop = of_text(text, 10)["recurrences"][0]
    (bound,) = loop["bounds"]
    for values in loop["singular_values"].values():
        assert Fraction(values[0]) <= Fraction(bound["value"]) + Fraction(1, 10**8)


def test_a_sigmoid_bounds_the_factor_by_a_quarter_of_the_weight() -> None:
    loop = of_text(scalar_cell("sigmoid(w*h[t-1] + x[t])", w="3"))["recurrences"][0]
    assert Fraction(loop["bounds"][0]["value"]) == Fraction(3, 4)
    assert loop["verdict"]["verdict"] == "fades"
    assert loop["verdict"]["reason"] == "bound"


def test_what_nothing_bounds_has_no_bound() -> None:
    loop = of_text(scalar_cell("w*h[t-1]^2 + x[t]", w="1/2"))["recurrences"][0]
    assert loop["bounds"] == []


# Verdicts


def verdict(text: str) -> Verdict:
    worked = flow(read_problem(text, "problem"), Options())
    return verdict_of(worked.settled.work, 0)


@pytest.mark.parametrize(
    ("body", "w", "kind", "reason"),
    [
        ("w*h[t-1] + x[t]", "0.9", "fades", "same"),
        ("w*h[t-1] + x[t]", "-1", "neither", "same"),
        ("w*h[t-1] + x[t]", "1", "neither", "same"),
        ("w*h[t-1] + x[t]", "1.1", "explodes", "same"),
        ("tanh(w*h[t-1] + x[t])", "0.9", "fades", "bound"),
        ("tanh(w*h[t-1])", "0.001", "fades", "bound"),
        ("relu(w*h[t-1] + x[t])", "0.2", "fades", "blocked"),
        ("w*h[t-1]*(2 + x[t])", "2", "explodes", "longer"),
        ("w*h[t-1]*x[t]^2", "1", "fades", "blocked"),
        ("w*h[t-1]*(1 + x[t]^2/4)", "0.9", "neither", "product"),
        ("w*h[t-1]*(1 + x[t]^2)", "1", "explodes", "product"),
    ],
)
def test_a_scalar_cell_gets_the_verdict_that_a_lecturer_gives(
    body: str, w: str, kind: str, reason: str
) -> None:
    found = verdict(scalar_cell(body, w=w))
    assert (found.kind, found.reason) == (kind, reason)


def test_a_matrix_is_judged_by_its_spectral_radius() -> None:
    growing, fading = answer("exploding-gradients")["recurrences"]
    assert (growing["verdict"]["verdict"], growing["verdict"]["reason"]) == ("explodes", "radius")
    assert (fading["verdict"]["verdict"], fading["verdict"]["reason"]) == ("fades", "radius-later")
    assert fading["verdict"]["number"] == "1/2"


def test_the_three_cells_of_the_slides_differ_as_they_are_said_to() -> None:
    found = answer("slide-three-cells")
    plain, lstm, gru = found["recurrences"]
    assert plain["verdict"]["verdict"] == "fades"
    assert Fraction(plain["sizes"]["s"]["0"]) < Fraction(1, 10**8)
    for loop, state in ((lstm, "c"), (gru, "g")):
        assert Fraction(loop["straight"][state]["products"]["0"]) > Fraction(1, 3)
        assert Fraction(loop["sizes"][state]["0"]) > Fraction(1, 3)


def test_the_error_carousel_keeps_all() -> None:
    kept, halved = answer("slide-carousel")["recurrences"]
    assert kept["verdict"]["verdict"] == "neither"
    assert halved["verdict"]["verdict"] == "fades"


# The gradient


@pytest.mark.parametrize(
    "name",
    ["there-and-back-ones", "slide-clipping", "exploding-gradients", "slide-one-to-many"],
)
def test_what_the_steps_contribute_adds_up_to_the_gradient(name: str) -> None:
    found = answer(name)
    known = json.loads(command("solve", name, "--format", "json").stdout)["gradients"]
    assert {by for by in known if "[" not in by} - {"dL/dL"} == set(found["contributions"])
    for by, parts in found["contributions"].items():
        columns = zip(*(numbers(v) for v in parts.values()), strict=True)
        assert [sum(map(Fraction, c)) for c in columns] == list(map(Fraction, numbers(known[by])))


def test_the_steps_of_two_indices_add_up_together() -> None:
    found = answer("stateful")["contributions"]
    known = json.loads(command("solve", "stateful", "--format", "json").stdout)["gradients"]
    for by in ("dL/dw", "dL/dv"):
        parts = [Fraction(x) for var in "tk" for x in found[f"{by}[{var}]"].values()]
        assert float(sum(parts)) == pytest.approx(float(known[by]), rel=1e-12)


def test_a_state_that_begins_with_another_s_last_has_no_step_before() -> None:
    """s_0 = h_T: no change comes from a step −1, and nothing is said of one."""
    _, decoder = answer("encoder-decoder")["recurrences"]
    assert set(decoder["products"]) == {"ds[2]/ds[1]", "ds[2]/ds[0]"}
    assert decoder["verdict"]["reason"] == "shorter"


def test_clipping_by_norm_scales_and_by_value_cuts() -> None:
    by_norm, by_value = answer("there-and-back")["clipping"]
    # dL/dv = dL/du = 5/4, dL/dw = 0
    assert agree(by_norm["before"], str(Fraction("1.76776695296636881")))
    assert agree(by_norm["factor"], str(Fraction("0.565685424949238019")))
    assert (by_value["cut"], by_value["entries"], by_value["cosine"]) == (2, 3, "1")
    assert agree(by_value["after"], str(Fraction("1.41421356237309505")))
    (one,) = answer("there-and-back", "--clip", "norm:5")["clipping"]
    assert (one["factor"], one["after"]) == (None, one["before"])


def test_the_clipping_of_the_problem_s_own_update_is_shown() -> None:
    (clipped,) = answer("slide-clipping")["clipping"]
    assert (clipped["kind"], clipped["bound"]) == ("value", "1")


def test_the_gradient_of_another_number_can_be_followed() -> None:
    found = answer("there-and-back-ones", "--of", "L[1]")
    assert found["of"] == "L[1]"
    assert found["contributions"]["dL[1]/du"]["2"] == "0"


# The command


@pytest.mark.parametrize("name", every(6, RECURRENT))
def test_the_json_is_what_its_schema_says(name: str) -> None:
    found = answer(name)
    Draft202012Validator(SCHEMA).validate(found)
    assert found["confirmed"]


def test_problems_stand_beside_one_another_in_json_and_in_the_plot() -> None:
    found = answer("slide-lstm", "--beside", "slide-gru")
    Draft202012Validator(SCHEMA).validate(found)
    assert found["beside"] == [answer("slide-gru")]
    page = command("flow", "slide-lstm", "--beside", "slide-gru", "--lang", "en").stdout
    assert "Beside it: One step of a GRU" in page
    assert "One step of a GRU: straight way of h_t" in page


@pytest.mark.parametrize(("width", "lang"), PAGES)
@pytest.mark.parametrize("name", ["slide-gru", "slide-rnn-last"])
def test_no_line_is_wider_than_the_terminal(
    name: str, lang: str, width: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    page = command("flow", name, "--lang", lang)
    assert page.exit_code == 0
    assert all(cell_len(line) <= int(width) for line in page.stdout.splitlines())


def test_a_console_without_mathematical_signs_gets_a_page() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rnnhand", "flow", "slide-gru", "--lang", "ru"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        check=True,
    )
    assert "dh_t/dh_{t-1}" in done.stdout.decode("ascii")


@pytest.mark.parametrize(
    ("name", "lang"),
    [("slide-three-cells", "ru"), ("quiz-power", "en"), ("bidirectional-scalar", "en")],
)
def test_the_plot_is_a_picture_with_a_line_for_every_curve(
    name: str, lang: str, tmp_path: Path
) -> None:
    file = tmp_path / "plot.svg"
    assert command("flow", name, "--lang", lang, "-o", str(file)).exit_code == 0
    picture = ElementTree.fromstring(file.read_text("utf-8"))
    found = answer(name)
    curves = sum(len(r["states"]) + len(r["straight"]) for r in found["recurrences"])
    lines = [e for e in picture.iter() if e.tag.endswith("polyline")]
    assert 0 < len(lines) <= curves
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    for line in lines:
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width and 0 <= y <= height


@pytest.mark.parametrize(
    "args",
    [
        ("flow", "window-network"),
        ("flow", "no-such-problem"),
        ("flow", "there-and-back", "--of", "nothing"),
        ("flow", "there-and-back", "--of", "dL/dw"),
        ("flow", "there-and-back", "--of", "w"),
        ("flow", "there-and-back", "--of", "h[9]"),
        ("flow", "slide-rnn-last", "--of", "h[2]"),
        ("flow", "there-and-back", "--clip", "5"),
        ("flow", "there-and-back", "--clip", "norm:0"),
        ("flow", "there-and-back", "--clip", "norm:1/0"),
        ("flow", "there-and-back", "--clip", "norm:1e999999999"),
        ("flow", "there-and-back", "-o", "/no/such/folder/file.svg"),
    ],
)
def test_a_faulty_call_exits_with_2_and_one_message(args: tuple[str, ...]) -> None:
    result = command(*args, "--lang", "en")
    assert result.exit_code == 2
    assert result.output.strip()
    assert "Traceback" not in result.output


def test_too_many_units_are_refused_with_their_number(tmp_path: Path) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(
        "equations: |\n  h[t] = W @ h[t-1]\nsteps: 1..3\n"
        "parameters: {W: {shape: [60, 60], fill: 0.1}}\n"
        'initial: {"h[0]": {shape: [60, 1], fill: 1}}\n',
        "utf-8",
    )
    result = command("flow", str(file), "--lang", "en")
    assert result.exit_code == 2
    assert "60×60" in result.output


def test_without_numbers_there_are_formulas(tmp_path: Path) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(
        "cell: gru-before-keep\nsizes: {x: 2, h: 3}\nsteps: 1..2\n"
        'data: {"x[1..2]": [[1, 0], [0, 1]]}\n',
        "utf-8",
    )
    page = command("flow", str(file), "--lang", "en")
    assert page.exit_code == 0, page.output
    assert "∂h_t/∂h_{t−1} = diag(z_t) + diag(h_{t−1} ⊙ z_t ⊙ (1 − z_t))·U_z" in page.output
    refused = command("flow", str(file), "--lang", "en", "--format", "json")
    assert refused.exit_code == 2
    assert "is a letter" in refused.output


def test_a_loop_over_distances_that_vary_is_named_and_left_out(tmp_path: Path) -> None:
    file = tmp_path / "problem.yaml"
    file.write_text(
        "equations: |\n  h[t] = 1/2*h[t-1]\n  s[t] = s[t-1] + m\n"
        "  m = 2*s[1]\n"
        'steps: 2..4\ninitial: {"h[1]": 1, "s[1]": 1}\n',
        "utf-8",
    )
    result = command("flow", str(file), "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "Not followed: s_t" in result.output


def test_long_sequences_are_followed_in_decimals_where_exact_numbers_grow_too_long() -> None:
    text = scalar_cell("0.9*h[t-1]*(1 + w*h[t-1])", steps=40, w="0.1")
    worked = flow(read_problem(text, "problem"), Options())
    assert worked.settled.name in ("exact", "decimal")
    assert confirmed(worked) != 0


def flow_of(text: str, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """The page, in one line, and the data of a problem of one's own."""
    file = tmp_path / "own.yaml"
    file.write_text(text, "utf-8")
    page = CliRunner().invoke(main, ["flow", str(file)], env={"LANG": "C"})
    data = CliRunner().invoke(main, ["flow", str(file), "--format", "json"], env={"LANG": "C"})
    assert page.exit_code == data.exit_code == 0, page.output
    return " ".join(page.output.split()), json.loads(data.stdout)


def test_a_matrix_of_spectral_radius_1_may_still_let_a_change_grow(tmp_path: Path) -> None:
    """Jordan's block: the k-th power has norm about k."""
    page, data = flow_of("""title: own
equations: |
  h[t] = W @ h[t-1]
  L = sum(h[T])
steps: 1..100
parameters: {W: [[1, 1], [0, 1]]}
initial: {"h[0]": [1, 1]}
""", tmp_path)  # fmt: skip
    found = data["recurrences"][0]["verdict"]
    assert (found["verdict"], found["reason"]) == ("neither", "radius-slow")
    assert "like a power of the number of steps" in page


def test_cutting_the_only_number_turns_no_direction_and_zeros_are_said_to_be_missing(
    tmp_path: Path,
) -> None:
    page, _ = flow_of("""title: own
equations: |
  h[t] = tanh(relu(x[t])*h[t-1] + v*x[t])
  L = 100*h[T]
steps: 1..6
parameters: {v: 1/2}
initial: {"h[0]": 0}
data: {"x[1..6]": [1, -1, 1, 1, 1, 1]}
""", tmp_path)  # fmt: skip
    assert "and the direction stays" in page
    assert "cosine" not in page
    assert "exactly 0 has no place on this axis" in page


@pytest.mark.parametrize(
    ("w", "said"),
    [
        ("1/2", ("fades", "companion")),
        ("3", ("explodes", "companion")),
        ("0", ("fades", "blocked")),
    ],
)
def test_what_reads_every_other_step_only_is_not_blocked(
    w: str, said: tuple[str, str], tmp_path: Path
) -> None:
    page, data = flow_of(f"""title: own
equations: |
  h[t] = w*h[t-2]
  L = h[T]
steps: 1..8
parameters: {{w: {w}}}
initial: {{"h[-1]": 1, "h[0]": 1}}
""", tmp_path)  # fmt: skip
    found = data["recurrences"][0]["verdict"]
    assert (found["verdict"], found["reason"]) == said
    assert ("Nothing that happens" in page) == (said[1] == "blocked")


def test_every_way_of_a_state_has_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "gates.yaml"
    path.write_text(
        "equations: |\n  i[t] = sigmoid(w*x[t] + u*h[t-1])\n  g[t] = tanh(v*x[t] + r*h[t-1])\n"
        "  c[t] = c[t-1] + i[t]*g[t]\n  h[t] = c[t]\n  L = sum[t](h[t]^2)\n"
        "steps: 1..3\nparameters: {w: 1, u: 1/2, v: 1, r: 1/3}\n"
        "initial: {'h[0]': 0, 'c[0]': 0}\ndata: {'x[1..3]': [1, 2, 3]}\n",
        "utf-8",
    )
    page = command("flow", str(path), "--lang", "en").stdout
    ways = [
        line.strip().split("  ")[0] for line in page.split("\n") if line.startswith("  through h")
    ]
    assert ways == ["through h_{t−1}, i_t", "through h_{t−1}, g_t"]


def test_a_call_that_follows_no_number_names_one_that_could_be_followed(tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text("equations: 'g[t] = w*g[t-1]'\nsteps: 1..3\nparameters: {w: 2}\n"
                    'initial: {"g[0]": 1}\n', "utf-8")  # fmt: skip
    said = command("flow", str(path), "--of", "w", "--lang", "en")
    assert said.exit_code == 2
    assert "--of 'g[3]'" in said.stderr


def test_functions_that_may_be_any_leave_formulas() -> None:
    page = command("flow", "formulas-to-picture", "--lang", "en").stdout
    assert "∂h_t/∂h_{t−1} = f_h′(a_{h,t})·W" in page
    assert "f_h, f_y may be any functions" in page


def test_a_number_beside_a_matrix_stands_with_the_identity(tmp_path: Path) -> None:
    """1 − a added to a matrix would be added to every entry; and the two ways have two names."""
    file = tmp_path / "leaky.yaml"
    file.write_text(
        """title: leaky
equations: |
  h[t] = (1 - a)*h[t-1] + a*relu(W @ h[t-1] + V*x[t])
  L = sum(h[T]^2)
steps: 1..2
parameters: {W: [[0.5, 0.2], [0.3, -0.7]], V: [0.9, -0.6], a: 0.4}
initial: {"h[0]": [0.1, 0.2]}
data: {"x[1..2]": [1, -1]}
""",
        "utf-8",
    )
    made = CliRunner().invoke(main, ["flow", str(file), "--format", "json"], env={"LANG": "C"})
    (loop,) = json.loads(made.stdout)["recurrences"]
    told = "(1 - a)*diag(fill(1, 2, 1)) + a*diag([a_h[t] > 0]) @ W"
    (written,) = loop["formulas"].values()
    assert written in (told, told.replace("a_h[t]", "a'[t]"))
    page = CliRunner().invoke(main, ["flow", str(file)], env={"LANG": "C"}).stdout
    assert page.count("straight on") == page.count("through the activation") == 1
    assert "(1 − a)·I_2" in page


def test_a_step_may_go_through_something_of_another_size() -> None:
    """W is 3×2: the formula is a product of matrices, none of them square."""
    data = of_text(
        "equations: |\n  m[t] = (P @ x[t]) * (Q @ h[t-1])\n  h[t] = tanh(W @ m[t])\nsteps: 1..2\n"
        "parameters: {P: [[1, 2], [0, 1]], Q: [[1, 0, 1], [0, 1, 1]],\n"
        "             W: [[1, 0], [0, 1], [1, 1]]}\n"
        'initial: {"h[0]": [1, 0, 1/2]}\ndata: {"x[1..2]": [[1, 0], [1/2, 1]]}\n'
    )
    (loop,) = data["recurrences"]
    assert loop["formulas"] == {"dh[t]/dh[t-1]": "diag(1 - h[t]^2) @ W @ diag(P @ x[t]) @ Q"}


def two_lags(w: str, q: str) -> dict[str, Any]:
    (loop,) = of_text(
        "equations: |\n  h[t] = tanh(w*h[t-1] + q*h[t-2] + x[t])\nsteps: 1..4\n"
        f"parameters: {{w: {w}, q: {q}}}\n"
        'initial: {"h[0]": 1/3, "h[-1]": 1/5}\ndata: {"x[1..4]": [2, 1, 3, 2]}\n'
    )["recurrences"]
    found: dict[str, Any] = loop
    return found


def test_of_several_lags_the_bounds_add_up() -> None:
    loop = two_lags("0.1", "-0.7")
    assert [(b["lag"], float(b["value"])) for b in loop["bounds"]] == [(1, 0.1), (2, 0.7)]
    assert (loop["verdict"]["verdict"], loop["verdict"]["reason"]) == ("fades", "bound-lags")
    assert float(loop["verdict"]["number"]) == pytest.approx(0.8)


def test_of_several_lags_the_factors_of_each_step_add_up() -> None:
    """No step enlarges anything here, though the weights would let it."""
    verdict = two_lags("0.9", "0.9")["verdict"]
    assert (verdict["verdict"], verdict["reason"]) == ("fades", "shorter-lags")
    assert 0 < float(verdict["number"]) < 1


def test_a_sum_of_ways_is_bounded_as_a_sum() -> None:
    """(1 − a)·h + a·tanh(w·h + …): at most |a|·|w| + |1 − a|."""
    (loop,) = of_text(scalar_cell("(1 - a)*h[t-1] + a*tanh(w*h[t-1] + x[t])", a="0.1", w="1.2"))[
        "recurrences"
    ]
    (bound,) = loop["bounds"]
    assert float(bound["value"]) == pytest.approx(1.02)
    assert "tanh'" in bound["formula"]


def test_a_row_without_a_number_is_no_row() -> None:
    """The spectral radius of a matrix with a multiple eigenvalue may not be certain."""
    text = (
        "equations: |\n  A[t] = l*A[t-1] + h[t-1] @ h[t-1].T\n"
        "  h[t] = tanh(W @ h[t-1] + A[t] @ x[t])\n"
        "steps: 1..3\nparameters: {W: [[0.4, -1.1], [-0.3, 0.1]], l: 1.1}\n"
        'initial: {"h[0]": [0.2, 0.7], "A[0]": [[0.1, 0.3], [0.2, 1]]}\n'
        'data: {"x[1..3]": [[0.5, 1], [-1, 0.3], [0.2, 0.2]]}\n'
    )
    from rnnhand.phrases import phrases
    from rnnhand.questions.flow.factors import factors
    from rnnhand.questions.flow.page import page_of

    page = page_of(flow(read_problem(text, "problem"), Options(5)), Options(5), phrases("en"))
    (loop,) = page.flow.settled.work.loops
    rows = [row for block in factors(page, loop) for row in getattr(block, "rows", ())]
    assert rows and all(any(cell for cell in row[1:]) for row in rows)


@pytest.mark.parametrize("options", [("--of", "nothing"), ("--of", "h[9]"), ("--clip", "norm:0")])
def test_without_numbers_options_are_read_as_well(tmp_path: Path, options: tuple[str, str]) -> None:
    path = tmp_path / "letters.yaml"
    path.write_text(scalar_cell("tanh(w*h[t-1] + x[t])", w=""), "utf-8")
    assert command("flow", str(path)).exit_code == 0
    made = command("flow", str(path), *options)
    assert made.exit_code == 2 and "Traceback" not in made.output


def test_a_beginning_that_every_step_reads_is_held(tmp_path: Path) -> None:
    def last(h1: float) -> float:
        """h[4] from h[1] on, where v*h[0] is what it is."""
        h = h1
        for x in (-1.0, 2.0, 0.0):
            h = math.tanh(h / 2 + h / 5 + 1 / 3 + x)
        return h

    body = "tanh(w*h[t-1] + v*h[0]*h[t-1] + h[0] + x[t])"
    page, data = flow_of(scalar_cell(body, w="1/2", v="3/5"), tmp_path)
    (loop,) = data["recurrences"]
    assert loop["formulas"] == {"dh[t]/dh[t-1]": "(1 - h[t]^2)*(w + v*h[0])"}
    h1 = math.tanh((1 / 2 + 1 / 5) / 3 + 1 / 3 + 1 / 2)
    slope = (last(h1 + 1e-6) - last(h1 - 1e-6)) / 2e-6
    assert float(loop["products"]["dh[4]/dh[1]"]) == pytest.approx(slope, rel=1e-6)
    assert "dh[4]/dh[0]" not in loop["products"]  # which the direct mentions have a part in
    assert data["confirmed"]
    assert "is not the whole derivative by h_0." in " ".join(page.split())


# What a page says of its numbers


def test_exact_numbers_that_are_shown_rounded_are_said_to_be() -> None:
    said = "those without a short exact form are shown to 5 significant digits"
    assert said in " ".join(command("flow", "slide-clipping", "--lang", "en").stdout.split())
    assert said in " ".join(command("solve", "slide-clipping", "--lang", "en").stdout.split())
    short = command("flow", "slide-carousel", "--lang", "en").stdout
    assert "numbers are exact." in short
    assert said not in " ".join(short.split())
    there = " ".join(command("solve", "there-and-back", "--lang", "en").stdout.split())
    assert "numbers are exact." in there  # ≈ stands before everything that is rounded


def test_a_direction_that_hardly_turns_is_not_said_to_turn_by_a_cosine_of_one() -> None:
    page = " ".join(command("flow", "seminar-notebook", "--lang", "en").stdout.split())
    assert "the cosine between before and after is below 1 by 2.4270·10⁻⁷" in page
    solved = command("solve", "seminar-notebook", "--format", "json", "--digits", "30").stdout
    gradients = json.loads(solved)["gradients"]
    entries = [mpmath.mpf(x) for name in ("W", "U", "w") for x in numbers(gradients[f"dL/d{name}"])]
    cut = [max(-1, min(1, x)) for x in entries]
    inner, one, other = (sum(a * b for a, b in zip(x, y, strict=True))
                         for x, y in ((entries, cut), (entries, entries), (cut, cut)))  # fmt: skip
    assert abs(1 - inner / mpmath.sqrt(one * other) - mpmath.mpf("2.4270e-7")) < 5e-12


def test_a_table_of_contributions_has_no_empty_columns() -> None:
    page = command("flow", "bidirectional-scalar", "--lang", "en").stdout
    lines = page.splitlines()
    (row,) = [i for i, line in enumerate(lines) if line.strip().startswith("∂L/∂u ")]
    heads = [line for line in lines[:row] if line.startswith("  t ")]
    assert heads[-1].split() == ["t", "1", "2", "3", "sum"]


def test_equations_that_say_the_same_are_one_summand_of_the_factor() -> None:
    formulas = answer("slide-one-to-many")["recurrences"][0]["formulas"]
    assert formulas == {"dh[t]/dh[t-1]": "[a_h[t] > 0]*w + [a_h[t] > 0]*q*u"}


def test_a_table_in_lines_keeps_a_step_beside_its_value() -> None:
    call = ["flow", "slide-three-cells", "--lang", "ru"]
    page = CliRunner().invoke(main, call, env={"COLUMNS": "60"}).stdout
    listed = [line for line in page.splitlines() if line.startswith("    (")]
    assert listed
    assert not any(line.rstrip().endswith(")") for line in listed)
