"""Who rounds along the way rounds what is not on the sheet too. The sheets are worked out here."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from flint import fmpq

from rnnhand.api import check, load
from rnnhand.arithmetic.interval import ANYTHING, nearest
from rnnhand.cli import main
from rnnhand.errors import Failure
from rnnhand.language.tree import NOWHERE
from rnnhand.marking.arrays import read_value
from rnnhand.marking.numbers import Written, read_number
from rnnhand.marking.rounding import Habit, habits
from rnnhand.problem import yaml

FED_BACK = """
title: p
equations: |
  h[t] = sigmoid(w*h[t-1] + v*yhat[t-1] + b)
  yhat[t] = u*h[t]
  L[t] = (yhat[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..2
parameters: {w: -0.6, v: -0.2, u: 0.4, b: -0.6}
initial: {"h[0]": 0, "yhat[0]": 1}
data: {"y[1..2]": [-1, -0.3]}
"""

LSTM = """
title: p
cell: lstm
sizes: {x: 1, h: 1}
equations: |
  L = sum(h[T])
steps: 1..1
parameters:
  {W_f: 1, U_f: 0, b_f: 0, W_i: 2, U_i: 0, b_i: 0, W_o: 1, U_o: 0, b_o: 0, W_c: 1, U_c: 0, b_c: 0}
initial: {"h[0]": 0, "c[0]": 0}
data: {"x[1]": 0.3}
loss: L
"""

LINE = """
title: p
equations: |
  yhat[i] = w*x[i]
  L[i] = (yhat[i] - y[i])^2
  L = sum[i](L[i])
indices: {i: 1..2}
parameters: {w: 1.4}
data: {"x[1..2]": [1.3, 0.8], "y[1..2]": [-1.6, 0.9]}
ask: [gradients, {update: {rule: rmsprop, lr: 0.05}}]
"""

LOGISTIC = """
title: p
equations: |
  p[i] = sigmoid(w*x[i])
  L[i] = -y[i]*log(p[i]) - (1 - y[i])*log(1 - p[i])
  L = sum[i](L[i])
indices: {i: 1..2}
parameters: {w: 1/2}
data: {"x[1..2]": [1, 2], "y[1..2]": [1, 0]}
"""


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def verdicts(problem: str, sheet: dict[str, Any]) -> dict[str, str]:
    return {item.name: item.verdict for item in check(load(problem), sheet).items if item.given}


def fed_back_to_two_places() -> dict[str, Any]:
    h1 = round(sigmoid(-0.8), 2)
    y1 = round(0.4 * h1, 2)
    h2 = round(sigmoid(-0.6 * h1 - 0.2 * y1 - 0.6), 2)
    y2 = round(0.4 * h2, 2)
    first, second = round((y1 + 1) ** 2, 2), round((y2 + 0.3) ** 2, 2)
    return {"L[1]": first, "L[2]": second, "L": round(first + second, 2)}


def test_a_loss_of_rounded_values_that_are_not_on_the_sheet_is_right() -> None:
    assert set(verdicts(FED_BACK, fed_back_to_two_places()).values()) == {"right"}


@pytest.mark.parametrize("name", ["L[1]", "L[2]", "L"])
def test_a_slip_among_them_is_found_all_the_same(name: str) -> None:
    sheet = fed_back_to_two_places()
    sheet[name] = round(sheet[name] + 0.4, 2)
    found = verdicts(FED_BACK, sheet)
    assert [n for n, verdict in found.items() if verdict == "wrong"] == [name]


def after_the_update(rounded: bool) -> dict[str, Any]:
    w, x, y = 1.4, (1.3, 0.8), (-1.6, 0.9)
    g = sum(2 * (w * a - b) * a for a, b in zip(x, y, strict=True))
    w -= 0.05 * g / (math.sqrt(0.1 * g * g) + 1e-8)
    w = round(w, 2) if rounded else w
    return {
        "dL/dw": f"{g:.3f}",
        "after 1": {"L": f"{sum((w * a - b) ** 2 for a, b in zip(x, y, strict=True)):.2f}"},
    }


@pytest.mark.parametrize("rounded", [True, False])
def test_the_loss_after_an_update_may_come_from_a_rounded_parameter(rounded: bool) -> None:
    assert set(verdicts(LINE, after_the_update(rounded)).values()) == {"right"}


def test_a_wrong_loss_after_an_update_is_wrong() -> None:
    sheet = after_the_update(rounded=True)
    sheet["after 1"]["L"] = f"{float(sheet['after 1']['L']) + 2:.2f}"
    assert verdicts(LINE, sheet)["after 1: L"] == "wrong"


def test_a_function_inside_an_equation_may_have_been_rounded() -> None:
    i, o = round(sigmoid(0.6), 2), round(sigmoid(0.3), 2)
    candidate = round(math.tanh(0.3), 2)
    c = round(i * candidate, 4)
    inside = round(math.tanh(c), 2)
    sheet = {"i[1]": i, "o[1]": o, "c'[1]": candidate, "c[1]": c, "h[1]": f"{o * inside:.4f}"}
    assert abs(o * inside - o * math.tanh(c)) > 0.0005
    digits = {**sheet, "c[1]": f"{c:.2f}"}
    assert verdicts(LSTM, digits)["h[1]"] == "right"
    assert verdicts(LSTM, {**digits, "h[1]": "0.1510"})["h[1]"] == "wrong"


def test_a_probability_that_is_none_is_marked_and_ends_nothing(tmp_path: Any) -> None:
    for first, second in (("-0.3", "0.73"), ("0", "1"), ("0.62", "1.5")):
        sheet = {"p[1]": first, "p[2]": second, "L[1]": "1.2", "L": "3", "dL/dw": "1.5"}
        found = verdicts(LOGISTIC, sheet)
        assert len(found) == len(sheet)
        assert "wrong" in (found["p[1]"], found["p[2]"])
        # From a number that has no logarithm nothing follows.
        assert (found["L[1]"] if first in ("-0.3", "0") else found["L"]) == "wrong"
    (tmp_path / "p.yaml").write_text(LOGISTIC)
    (tmp_path / "a.yaml").write_text("p[1]: -0.3\np[2]: 0\nL[1]: 1.2\nL: 5\ndL/dw: 2\n")
    for more in ([], ["--reveal"], ["--hint", "3"], ["--format", "json"]):
        files = [str(tmp_path / "p.yaml"), str(tmp_path / "a.yaml")]
        done = CliRunner().invoke(main, ["check", *files, *more])
        assert done.exit_code == 1, done.output


def number(text: str) -> Written:
    found = read_number(text)
    assert found is not None
    return found


def test_a_habit_is_read_off_digits_or_places_and_both_where_either_may_be() -> None:
    places = [number(x) for x in ("1.25", "10.43", "0.02", "0.19", "-0.95")]
    assert habits(places, cuts=False) == (Habit(2, False),)
    digits = [number(x) for x in ("0.0783", "1.26", "-44.1", "0.882")]
    assert habits(digits, cuts=True) == (Habit(3, True, True),)
    assert set(habits([number("0.62")], cuts=False)) == {Habit(2, True), Habit(2, False)}
    assert habits([number("3"), number("1/2")], cuts=False) == ()
    # Who writes -0.0022 does not keep to two places, often as these come out so.
    mixed = ["0.58", "0.97", "0.95", "0.12", "-0.19", "-0.36", "0.94", "0.51", "0.046", "-0.0022"]
    nothing = [read_number("0", NOWHERE, 4)] * 20
    assert habits([*map(number, mixed), *filter(None, nothing)], cuts=False) == (Habit(2, True),)


def test_zeros_are_dropped_where_no_number_of_all_digits_ends_in_one() -> None:
    full = ["0.987", "0.834", "0.991", "3.244", "0.058", "1.165", "4.467", "0.126"]
    texts = [*full, "-0.74", "1.0"]
    (habit,) = habits(list(map(number, texts)), cuts=False)
    assert habit == Habit(3, False) and habit.drops_zeros
    assert habit.meant(number("1.0")).unit == Fraction(1, 1000)
    for other in ("0.110", "0.1263"):
        (habit,) = habits([*map(number, texts), number(other)], cuts=False)
        assert not habit.drops_zeros
        assert habit.meant(number("1.0")).unit == Fraction(1, 10)


@pytest.mark.parametrize(
    ("text", "shape", "wanted"),
    [
        ("[0 −0,237]", (2, 1), ["0", "-0.237"]),
        ("[0,5 -0,25; 0 −0,037]", (2, 2), [["0.5", "-0.25"], ["0", "-0.037"]]),
        ("[1, -2]", (2, 1), ["1", "-2"]),
    ],
)
def test_a_row_is_not_cut_through_a_number(text: str, shape: Any, wanted: Any) -> None:
    def texts(value: Any) -> Any:
        return [texts(v) for v in value] if isinstance(value, tuple) else value.text

    node = yaml.Text(text, NOWHERE)
    assert texts(read_value(node, shape, None)) == wanted


def test_rows_with_two_separators_are_not_guessed_at() -> None:
    node = yaml.Text("[0, 0; 0 −0,037]", NOWHERE)
    with pytest.raises(Failure):
        read_value(node, (2, 2), None)


CELL = """
title: p
equations: |
  h[t] = tanh(w*h[t-1] + v*x[t])
  yhat[t] = u*h[t]
  L[t] = (yhat[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..3
parameters: {w: 0.9, v: -0.7, u: 1.3}
initial: {"h[0]": 0}
data: {"x[1..3]": [1, -2, 1.5], "y[1..3]": [1, 0.5, -1]}
ask: [forward, gradients, {update: {rule: sgd, lr: 0.1}}]
"""


def to_two_places(value: float) -> float:
    return round(value, 2)


def worked_to_two_places(
    gone_on: Callable[[float], float] = to_two_places, steps: int = 3
) -> dict[str, float]:
    """All of CELL by hand, every value written rounded; `gone_on` gives what is gone on with."""
    w, v, u, x, y = 0.9, -0.7, 1.3, (1, -2, 1.5, 0.5), (1, 0.5, -1, 2)
    found: dict[str, float] = {}

    def put(name: str, value: float) -> float:
        found[name] = round(value, 2)
        return gone_on(value)

    h, out = [0.0], [0.0]
    losses = []
    for t in range(1, steps + 1):
        a = put(f"a[{t}]", w * h[t - 1] + v * x[t - 1])
        h.append(put(f"h[{t}]", math.tanh(a)))
        out.append(put(f"yhat[{t}]", u * h[t]))
        losses.append(put(f"L[{t}]", (out[t] - y[t - 1]) ** 2))
    put("L", sum(losses))
    later, sums = 0.0, {"w": 0.0, "v": 0.0, "u": 0.0}
    for t in range(steps, 0, -1):
        error = put(f"dL/dyhat[{t}]", 2 * (out[t] - y[t - 1]))
        back = put(f"dL/dh[{t}]", u * error + w * later)
        later = put(f"dL/da[{t}]", back * (1 - h[t] ** 2))
        sums["w"] += later * h[t - 1]
        sums["v"] += later * x[t - 1]
        sums["u"] += error * h[t]
    for name, before in (("w", w), ("v", v), ("u", u)):
        put(f"after 1: {name}", before - 0.1 * put(f"dL/d{name}", sums[name]))
    return found


def as_a_sheet(values: dict[str, float]) -> dict[str, Any]:
    after = {n.split(": ")[1]: f"{x:.2f}" for n, x in values.items() if n.startswith("after")}
    plain = {n: f"{x:.2f}" for n, x in values.items() if not n.startswith("after")}
    return {**plain, "after 1": after}


def test_a_number_that_is_only_copied_wrongly_is_the_only_wrong_one() -> None:
    problem, values = load(CELL), worked_to_two_places()
    for name in list(values)[::3]:
        changed = {**values, name: values[name] + 0.7}
        found = check(problem, as_a_sheet(changed)).items
        wrong = [item.name for item in found if item.verdict == "wrong"]
        assert wrong == [name]


def test_two_numbers_that_are_copied_wrongly_are_the_only_wrong_ones() -> None:
    problem, values = load(CELL), worked_to_two_places()
    for pair in (("h[1]", "dL/dh[2]"), ("L[2]", "dL/dw"), ("a[3]", "yhat[1]")):
        changed = {**values, **{name: values[name] + 0.7 for name in pair}}
        found = check(problem, as_a_sheet(changed)).items
        assert {item.name for item in found if item.verdict == "wrong"} == {*pair}


SATURATED = """
title: p
equations: |
  h[t] = tanh(w*x[t])
  L[t] = (h[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..2
parameters: {w: 2}
data: {"x[1..2]": [0.25, 2], "y[1..2]": [1, 0]}
"""


def test_a_slope_is_0_where_the_rounded_state_that_is_not_on_the_sheet_is_1() -> None:
    """tanh(4) = 0.9993 is 1.00 to two places, and 1 − 1.00² is nothing."""
    sheet = {"dL[1]/dw": -0.21, "dL[2]/dw": 0, "dL/dw": -0.21, "L": 1.29}
    assert set(verdicts(SATURATED, sheet).values()) == {"right"}
    assert verdicts(SATURATED, {**sheet, "dL[1]/dw": 0})["dL[1]/dw"] == "wrong"
    finer = {"dL[1]/dw": -0.2115, "dL[2]/dw": 0, "dL/dw": -0.2062, "L": 1.2880}
    found = verdicts(SATURATED, finer)
    assert [name for name, verdict in found.items() if verdict == "wrong"] == ["dL[2]/dw"]


@pytest.mark.parametrize(
    ("x", "cut", "wanted"),
    [("0.995", False, "1"), ("-0.995", False, "-1"), ("-0.995", True, "-0.99"), ("0", True, "0")],
)
def test_a_number_is_rounded_or_cut_off_at_a_place(x: str, cut: bool, wanted: str) -> None:
    exactly, expected = Fraction(x), Fraction(wanted)
    found = nearest(fmpq(exactly.numerator, exactly.denominator), 2, cut)
    assert found == fmpq(expected.numerator, expected.denominator)
    assert nearest(ANYTHING, 2, cut) is ANYTHING


SHORT_ONES = """
title: p
equations: |
  h[t] = tanh(W@x[t] + U@h[t-1])
  yhat[t] = V@h[t]
  L[t] = mean((yhat[t] - y[t])^2)
  L = sum[t](L[t])
steps: 1..3
parameters:
  W: [[-0.3, -0.8, 1.8], [-0.6, -1.2, 1.5]]
  U: [[-1.2, 1.6], [0.6, 1.1]]
  V: [[1.1, 0.9], [-0.8, 0.3]]
initial: {"h[0]": [0, 0]}
data:
  "x[1]": [1, 1, 2]
  "x[2]": [-3, -2, -2]
  "x[3]": [-0.2, -0.9, 1.6]
  "y[1]": [-0.7, -0.3]
  "y[2]": [-0.1, 0.6]
  "y[3]": [0.7, -1.3]
"""


def test_a_state_that_came_to_1_and_is_written_short_hides_no_slip() -> None:
    """1.0 is 1.000 here: a state between 0.95 and 1.05 would let any gradient pass."""
    sheet = {
        "h[1]": [0.987, 0.834],
        "h[2]": [-0.74, 0.991],
        "h[3]": [1.0, 1.0],
        "L[1]": 3.244,
        "L[2]": 0.058,
        "L[3]": 1.165,
        "L": 4.467,
        "dL/dV": [[3.671, 3.591], [0.35, 0.887]],
    }
    right = {**sheet, "dL/dW": [[0.126, 0.11, 0.188], [0.655, 0.658, 1.33]]}
    assert set(verdicts(SHORT_ONES, right).values()) == {"right"}
    slip = {**sheet, "dL/dW": [[0.126, 0.11, 0.0], [0.655, 0.658, 1.33]]}
    found = verdicts(SHORT_ONES, slip)
    assert [name for name, verdict in found.items() if verdict == "wrong"] == ["dL/dW"]


NEAR_ONE = """
title: p
equations: |
  h[t] = tanh(W@x[t] + U@h[t-1] + b)
  q[t] = V@h[t] + c
  yhat[t] = tanh(q[t])
  L[t] = (yhat[t] - y[t])^2
  L = sum[t](L[t])
steps: 1..3
parameters:
  W: [-0.7, -0.9, 0.9]
  U: [[-0.3, 1, 0], [0.5, -1, 1], [0.3, -1, -0.9]]
  b: [-1.8, 1.2, -0.8]
  V: [[-1, -0.6, 0.9]]
  c: -0.4
initial: {"h[0]": [0, 0, 0]}
data: {"x[1..3]": [-2, 0.3, -0.8], "y[1..3]": [0.4, 0.5, -1.3]}
"""


def test_an_entry_near_0_by_another_way_is_no_other_entry() -> None:
    """yhat[1] is a slip; the slope there is taken from q[1], where it is nearly 0."""
    sheet = {
        "h[1]": ["-0.380", 0.995, -0.989],
        "q[1]": -1.51,
        "yhat[1]": -1.91,
        "q[2]": 0.255,
        "yhat[2]": "0.250",
        "q[3]": -0.289,
        "yhat[3]": -0.281,
        "dL/dW": [-0.00135, -0.0606, -1.56],
    }
    found = verdicts(NEAR_ONE, sheet)
    assert [name for name, verdict in found.items() if verdict == "wrong"] == ["yhat[1]"]


FOUR_STEPS = (
    CELL.replace("1..3", "1..4")
    .replace("[1, -2, 1.5]", "[1, -2, 1.5, 0.5]")
    .replace("[1, 0.5, -1]", "[1, 0.5, -1, 2]")
)


def test_where_all_else_is_exact_rounding_explains_no_slip() -> None:
    """The errors of all that a gradient is made of may come to 0.2; but here there were none."""
    problem, values = load(FOUR_STEPS), worked_to_two_places(float, steps=4)
    assert all(item.verdict == "right" for item in check(problem, as_a_sheet(values)).items)
    found = check(problem, as_a_sheet({**values, "dL/dw": values["dL/dw"] + 0.2})).items
    assert [item.name for item in found if item.verdict == "wrong"] == ["dL/dw"]
