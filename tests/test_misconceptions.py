"""Every misconception of the library fires on its own output, and on no key; each has its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhand.api import solve
from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.interval import INTERVALS, is_number
from rnnhand.arithmetic.numerals import table
from rnnhand.arithmetic.program import compiled, initial_storage
from rnnhand.language.numerals import Numeral
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref
from rnnhand.marking.carry import BITS, Carried
from rnnhand.marking.conventions import Checker
from rnnhand.marking.kinds import Kinds
from rnnhand.marking.landscape import Landscape, landscape
from rnnhand.marking.marked import Marked, Verdict
from rnnhand.marking.marker import Marker, marker_for
from rnnhand.marking.misconceptions import misconceptions
from rnnhand.marking.power import everywhere
from rnnhand.marking.report import as_data
from rnnhand.marking.routes import sums_of_steps
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.updates import done_wrongly
from rnnhand.marking.variations import variations
from rnnhand.marking.verdicts import mark
from rnnhand.phrases import phrases
from rnnhand.problem.reader import read_problem
from rnnhand.questions.key import instances
from rnnhand.questions.work import at
from rnnhand.system.model import Quantity

SCALAR = """
equations: |
  a[t]    = w*h[t-1] + v*x[t-1] + b
  h[t]    = {activation}(a[t])
  yhat[t] = u*h[t]
  L[t]    = {loss}
  L       = {sum}[t](L[t])
steps: 1..3
parameters: {{w: 1/3, v: 3/5, u: 5/4, b: 1/7}}
initial: {{"h[0]": 2/5}}
data: {{"x[0..3]": [2, -1, 3/2, 5], "y[0..3]": [1/2, 1, -2, 3]}}
loss: L
ask: [forward, gradients, update: {{rule: sgd, lr: 0.3{clip}}}]
"""
FED_BACK = """
equations: |
  h[t]    = tanh(w*h[t-1] + v*{fed}[t-1])
  yhat[t] = u*h[t]
  L[t]    = (yhat[t] - y[t])^2
  L       = sum[t](L[t])
steps: 1..3
parameters: {{w: 1/3, v: 3/5, u: 5/4}}
initial: {{"h[0]": 2/5, "yhat[0]": 1/3}}
data: {{"y[0..3]": [1/2, 1, -2, 3]}}
loss: L
ask: [forward, gradients]
"""
MATRICES = """
equations: |
  h[t] = tanh(W @ h[t-1] + V @ x[t])
  z[t] = U @ h[t] + c
  p[t] = softmax(z[t])
  L[t] = -sum(y[t]*log(p[t]))
  L    = sum[t](L[t])
steps: 1..2
parameters:
  W: [[1/2, -1/3], [1/5, 2/3]]
  V: [[1, -1/2], [1/4, 3/4]]
  U: [[1/2, 1], [-1, 1/3]]
  c: [1/6, -1/5]
initial: {"h[0]": [1/3, -1/4]}
data: {"x[1..2]": [[1, 2], [-1, 1/2]], "y[1..2]": [[1, 0], [0, 1]]}
loss: L
ask: [forward, gradients]
"""
GATES = """
equations: |
  i[t]  = sigmoid(W_i*x[t] + U_i*h[t-1] + P_i*c[t-1])
  f[t]  = sigmoid(W_f*x[t] + U_f*h[t-1] + P_f*c[t-1])
  o[t]  = sigmoid(W_o*x[t] + U_o*h[t-1] + P_o*c[t])
  k[t]  = tanh(W_k*x[t] + U_k*h[t-1])
  c[t]  = f[t]*c[t-1] + i[t]*k[t]
  h[t]  = o[t]*tanh(c[t])
  L     = (h[T] - y[T])^2
steps: 1..2
parameters: {W_i: 1/2, U_i: 1/3, P_i: 1/5, W_f: 1, U_f: -1/2, P_f: 2/3, W_o: 1/4, U_o: 3/4,
             P_o: -1/3, W_k: 2/3, U_k: 2/5}
initial: {"h[0]": 1/2, "c[0]": -1/3}
data: {"x[1..2]": [1, -2], "y[2]": 1}
loss: L
ask: [forward, gradients]
"""
RESET = """
equations: |
  z[t] = sigmoid(W_z @ x[t] + U_z @ h[t-1])
  r[t] = sigmoid(W_r @ x[t] + U_r @ h[t-1])
  n[t] = tanh(W_n @ x[t] + U_n @ (r[t]*h[t-1]))
  h[t] = z[t]*h[t-1] + (1 - z[t])*n[t]
  L    = sum((h[T] - y[T])^2)
steps: 1..2
parameters:
  W_z: [[1/2], [1/3]]
  U_z: [[1, -1/2], [1/4, 2/3]]
  W_r: [[-1/2], [1]]
  U_r: [[1/3, 1], [-1, 1/2]]
  W_n: [[2], [-1]]
  U_n: [[1/2, 1/5], [3/4, -1]]
initial: {"h[0]": [1/3, -1/2]}
data: {"x[1..2]": [1, -2], "y[2]": [1, 0]}
loss: L
ask: [forward, gradients]
"""
ROWS = """
equations: |
  H    = X @ W
  O    = tanh(H)
  yhat = O @ u
  L    = sum((yhat - y)^2)/(2*n)
parameters: {W: [[1, -1/2], [1/3, 1/4]], u: [1/2, 1]}
data: {X: [[1, 2], [-1, 3]], y: [2, 1]}
constants: {n: 2}
loss: L
ask: [gradients, update: {rule: sgd, lr: 0.5}]
"""
WINDOWS = """
equations: |
  H = conv2d(X, K)
  M = max_pool2d(H/c, 2, stride=1)
  G = conv2d(M, Q)
  L = (G - y)^2
parameters:
  K: [[1, -1/2], [1/3, 2]]
  Q: [[1/2, 3], [1/4, -1]]
  X: [[1, 2, -1, 3], [3, -2, 1, 1], [2, 5, 4, -3], [1, 1, 2, 7]]
data: {y: 2}
constants: {c: 3}
loss: L
ask: [forward, gradients]
"""
ORDER = """
equations: |
  yhat[i] = w*x[i]
  L[i]    = (y[i] - yhat[i])^2
  L       = mean[i](L[i])
indices: {i: 1..2}
parameters: {w: 1/3}
data: {"x[1..2]": [1, 2], "y[1..2]": [2, 3]}
loss: L
ask:
  - gradients
  - update: {rule: nesterov, lr: 0.1, momentum: 0.7, order: [1, 2, 1]}
"""
GRAPH = """
equations: |
  a = x^2
  b = x*y
  s = x + y
  c = s^2
  f = a + b + c
parameters: {x: 2, y: 3}
loss: f
ask: [forward, gradients]
"""
SQUARE = "(yhat[t] - y[t])^2"


def scalar(activation: str = "tanh", loss: str = SQUARE, sum: str = "sum", clip: str = "") -> str:
    return SCALAR.format(activation=activation, loss=loss, sum=sum, clip=clip)


PROBLEMS = {
    "scalar": scalar(),
    "relu": scalar("relu").replace("b: 1/7", "b: -1/7"),
    "half": scalar(loss=f"{SQUARE}/2"),
    "mean": scalar(sum="mean"),
    "clipped": scalar(clip=", clip: {value: 0.4}"),
    "adam": scalar().replace("rule: sgd", "rule: adam, steps: 2"),
    "rows": ROWS,
    "windows": WINDOWS,
    "order": ORDER,
    "graph": GRAPH,
    "target": FED_BACK.format(fed="y"),
    "prediction": FED_BACK.format(fed="yhat"),
    "matrices": MATRICES,
    "gates": GATES,
    "reset": RESET,
}


@cache
def marker(name: str) -> Marker:
    return marker_for(read_problem(PROBLEMS[name], name))


@cache
def land(name: str) -> Landscape:
    ground = marker(name).field(()).ground
    return landscape(ground, sums_of_steps(ground))


def nameable(name: str) -> list[Quantity]:
    """What a sheet can name: all that is computed, but for single contributions to a gradient."""
    kinds = land(name).kinds
    return [q for q in land(name).system.made_by if kinds.get(q) != ("contribution",)]


def own_output(name: str, id: str) -> Iterator[str]:
    """The sheets of students who have one misconception everywhere, and make no other mistake."""
    made, (misconception,) = marker(name), (m for m in misconceptions() if m.id == id)
    field = made.field(())
    with precision(BITS):
        for variation in variations(land(name), misconception):
            system = everywhere(field.workshop, variation.changes)
            storage = initial_storage(system, INTERVALS)
            try:
                compiled(system, INTERVALS).run(storage)
            except Exception:
                continue
            wanted = [q for q in nameable(name) if q in storage]
            yield sheet({
                text(q.at(step)): table(at(system, storage, q, step), system.shapes[q], 12)
                for q in wanted
                for step in instances(field.ground.system, q)
            })  # fmt: skip
        if made.plan.updates:
            storage = initial_storage(field.ground.system, INTERVALS)
            compiled(field.ground.system, INTERVALS).run(storage)
            for wrongly in done_wrongly(made.steps, Carried({}, storage), {}):
                q, _ = wrongly.after.place
                numbers = wrongly.value if isinstance(wrongly.value, tuple) else (wrongly.value,)
                if not all(map(is_number, numbers)):
                    continue  # a root of what is negative
                if wrongly.id == id and q in field.ground.system.shapes:
                    shape = field.ground.system.shapes[q]
                    yield sheet({f"after {wrongly.after.k}: {q}": table(wrongly.value, shape, 12)})


def sheet(values: dict[str, Any]) -> str:
    return json.dumps({name: spelled(value) for name, value in values.items()})


def spelled(value: Any) -> Any:
    if isinstance(value, Numeral):
        return text(value.exact) if value.exact is not None else value.decimal
    return [spelled(item) for item in value]


def named(found: Marked) -> set[str]:
    return {d.id for item in found.items for d in item.diagnoses}


@pytest.mark.parametrize("id", [m.id for m in misconceptions()])
def test_a_misconception_fires_on_its_own_output(id: str) -> None:
    shown = 0
    for name in PROBLEMS:
        for written in own_output(name, id):
            found = mark(marker(name), read_sheet(written))
            if found.count(Verdict.WRONG):
                shown += 1
                assert id in named(found), (name, written)
            if shown >= 2:
                return
    assert shown, "no problem of the tests shows it"


@pytest.mark.parametrize(
    ("mean", "id"),
    [
        ("1/2", "contribution-dropped"),
        ("19/18", "contribution-twice"),
        ("1/18", "contribution-sign"),
    ],
)
def test_one_step_of_a_mean_is_named(mean: str, id: str) -> None:
    """Of the losses 2/3, 1 and 1/2, whose mean is 13/18, as the sheet has them."""
    found = mark(marker("mean"), read_sheet(f"L[1..3]: [2/3, 1, 1/2]\nL: {mean}"))
    assert id in named(found)


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_nothing_is_wrong_with_the_key_under_any_misconception(name: str) -> None:
    made = marker(name)
    true = made.field(()).true
    shapes = made.field(()).ground.system.shapes
    with precision(BITS):
        written = sheet({
            text(q.at(step)): table(value, shapes[q], 12)
            for (q, step), value in true.items()
            if q in nameable(name)
        })  # fmt: skip
    found = mark(made, read_sheet(written))
    assert {item.verdict for item in found.items} == {Verdict.RIGHT}
    assert not named(found)


@settings(max_examples=25)
@given(data=st.data())
def test_strange_sheets_do_no_harm(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["target", "gates"]))
    places = list(marker(name).field(()).true)
    chosen = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=6, unique=True))
    values = st.sampled_from(["0", "1", "-1", "1e30", "0.0", "7/3", "1e-30", "-0.5", "tanh(2)"])
    written = {text(q.at(step)): data.draw(values) for q, step in chosen}
    found = mark(marker(name), read_sheet(json.dumps(written)))
    assert len(found.items) == len(written)
    as_data(found, phrases("ru"))


@pytest.mark.parametrize("folder", ["misconceptions", "conventions"])
def test_every_one_has_its_words_in_both_languages(folder: str) -> None:
    for found in misconceptions(folder):
        for wording in (found.says, found.name) if folder == "misconceptions" else (found.says,):
            assert wording.keys() == {"en", "ru"}, found.id
            slots = [set(phrases_slots(words)) for words in wording.values()]
            assert slots[0] == slots[1], found.id


def phrases_slots(words: str) -> list[str]:
    return re.findall(r"\{(\w+)(?=[?}])", words)


OBLONG = """
equations: |
  h[t] = relu(W @ x[t])
  L[t] = sum(h[t]) / 2
  L    = (1/T)*sum[t](L[t])
steps: 1..2
parameters: {W: [[1, 2, 0], [0, 1, 1]]}
data: {"x[1..2]": [[1, 2, 3], [2, 1, 5]]}
"""


@pytest.mark.parametrize(
    ("policy", "verdict"), [("report", Verdict.WRONG), ("accept", Verdict.RIGHT)]
)
def test_a_gradient_in_the_shape_of_its_transpose_is_read(policy: str, verdict: Verdict) -> None:
    checker = Checker(marker_for(read_problem(OBLONG, "problem")))
    turned = "dL/dW: [[0.75, 0.75], [0.75, 0.75], [2, 2]]"
    (item,) = checker.check(read_sheet(f"conventions: {policy}\n{turned}")).items
    assert (item.verdict, item.convention) == (verdict, "gradient-transposed")
    (item,) = checker.check(read_sheet(f"conventions: {policy}\n{turned.replace('2', '3')}")).items
    assert (item.verdict, item.convention) == (Verdict.UNREADABLE, "")


SHARES = """
equations: |
  h[t] = relu(w*x[t])
  L    = {share}*sum[t](h[t])
steps: 1..3
parameters: {{w: 2}}
data: {{"x[1..3]": [1, 3, 5]}}
"""


@pytest.mark.parametrize("share", ["(1/T)", "1/3"])
def test_a_loss_over_its_number_of_steps_may_have_been_summed(share: str) -> None:
    """T is a number, and nothing that a trial would have to compute first."""
    checker = Checker(marker_for(read_problem(SHARES.format(share=share), "problem")))
    items = checker.check(read_sheet("L: 18\ndL/dw: 9")).items
    assert {(item.verdict, item.convention) for item in items} == {(Verdict.WRONG, "loss-summed")}


@pytest.mark.parametrize("folder", ["misconceptions", "conventions"])
def test_the_kinds_of_variables_are_known(folder: str) -> None:
    land = landscape(marker("target").field(()).ground, {})
    kinds = Kinds(land.base, land.parts)
    for found in misconceptions(folder):
        for rule in found.rewrites:
            for kind in rule.where.values():
                if kind != "step":
                    kinds.holds(kind, Ref("w"))


def test_gates_of_two_equations_may_be_exchanged() -> None:
    """o in the place of f, and f in that of o, where only what comes out is on the sheet."""
    right = GATES.replace("P_o*c[t])", "P_o*c[t-1])")
    other = right.replace("f[t]*c[t-1] +", "o[t]*c[t-1] +").replace("o[t]*tanh(c", "f[t]*tanh(c")
    value = solve(other).values["h[1]"]
    found = mark(marker_for(read_problem(right, "problem")), read_sheet(f"h[1]: {value}"))
    assert "gates-exchanged" in named(found)
