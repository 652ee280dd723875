"""What a page works out again with other numbers is what floats give: for every bundled problem,
every operation and every function, with one entry after the other changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from browser import MISSING, PROGRAM, Browser

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.expressions import extent
from rnnhand.arithmetic.machine import FLOAT
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.cli.page import html
from rnnhand.language.numerals import Numeral
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Number, Ref, walk
from rnnhand.phrases import phrases
from rnnhand.problem.files import Source, bundled, load, source
from rnnhand.problem.library import functions
from rnnhand.questions.live import BUILT_IN, MOST_ENTRIES, OPERATIONS, live
from rnnhand.questions.solve import Options, document, key, solve
from rnnhand.questions.work import Plan, run_at
from rnnhand.render.live import as_json
from rnnhand.system.model import SCALAR, System

Values = dict[str, list[float]]
FOLDER = Path(__file__).parents[1] / "rnnhand" / "render" / "page" / "script"
needs_browser = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
USUAL = (
    *("slide-lstm", "slide-gru", "row-batch", "slide-rnn-every", "stateful", "second-order"),
    *("bidirectional-scalar", "peephole-scalar", "two-layers-lstm"),
)
"""The problems that every run of the tests works out again; the others are slow together."""
EVERYTHING = """
equations: |
  z[t] = W @ [x[t]; h[t-1]] + b
  h[t] = tanh(z[t]) * [z[t] > -1] + max(h[t-1], 0.1) / 4 - min(x[t], z[t])/8*[z[t] < 9]*[z[t] <= 8]
  p[t] = softmax(h[t])
  B[t] = softmax((X * h[t]).T) + [X, X] @ [X, X].T
  q[t] = one_hot(k[t], 2).T @ p[t]
  L[t] = -log(q[t]) + norm2(h[t]) + mean(B[t]) + max(h[t]) - min(B[t]) + sum(sqrt(exp(h[t])))
  L = mean[t](L[t]) + norm2(0*h[1]) + sum([b; h[1]]^2*[b; h[2]])^1.5
steps: 1..3
parameters:
  W: [[0.3, -0.2, 0.5, 0.1], [-0.4, 0.7, 0.2, -0.6]]
  b: [0.1, sqrt(2)/5]
  X: [[0.5, -1], [2, 0.25]]
initial: {"h[0]": [0.2, -0.3]}
data: {"x[1..3]": [[1, 0.5], [-0.5, 2], [0.3, -1.5]], "k[1..3]": [1, 2, 1]}
"""
WINDOWS = """
equations: |
  H = conv2d(X, K, stride=2, padding=[1, 0])
  M = max_pool2d(X, 2, stride=1)
  A = avg_pool2d(X, [2, 3], stride=1, padding=1)
  s = conv1d(z, k, stride=2)
  m = max_pool1d(z.T, 2)
  v = avg_pool1d(z, 3, stride=1)
  F = sum(flatten(X)^3) + sum(flatten(z.T)^2)
  L = sum(H^2) + sum(M^3) + sum(A^2) + sum(s^2) + sum(m^2) + sum(v^3) + sum(flip(X)*X^2) + F
parameters:
  X: [[0.5, -1, 2, 0.25], [2, 2, -0.75, 1], [-0.5, 1.5, 0, 3]]
  K: [[1, -0.5], [0.25, 2]]
  z: [1, -2, 0.5, 3, -1]
  k: [0.5, -1, 2]
"""
FUNCTIONS = """
equations: |
  a[t] = w*x[t]
{equations}
  L[t] = {total}
  L = mean[t](L[t])
steps: 1..9
parameters: {{w: 0.75, v: 0.3}}
data: {{"x[1..9]": [2, -1, 0.5, 0, 1, -8, 4, -3, 0.3]}}
"""
LETTERS = """
equations: "y = w*x"
parameters: {w: }
data: {x: 2}
"""
LARGE = """
equations: |
  h[t] = tanh(W @ h[t-1])
  L = sum(h[T])
steps: 1..600
parameters: {W: {shape: [40, 40], fill: 0.1}}
initial: {"h[0]": {shape: [40], fill: 1}}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = Browser()
    for part in ("matrices.js", "windows.js"):
        found.ask((FOLDER / part).read_text("utf-8").replace("const ", "var "))
    yield found
    found.close()


def plan_of(problem: Source) -> Plan:
    return Plan(load(problem, ()))


def changed(system: System) -> Iterator[tuple[Ref, tuple[Fraction, ...]]]:
    """For every given value the entries with the last one changed."""
    for q, given in system.given.items():
        step, entries = list(given.values.items())[-1]
        exact = [e for e in entries if isinstance(e, Fraction)]
        if len(entries) == len(exact) <= MOST_ENTRIES:
            yield q.at(step), (*exact[:-1], exact[-1] + Fraction(3, 16))


def floats(program: Program, storage: Storage, name: Ref, entries: tuple[Fraction, ...]) -> Values:
    """Every value of a system by its public name, under floats, where one given value is other."""
    system = program.system
    there = run_at(program, storage, {(system.quantity(name), system.step(name)): _raw(entries)})
    found = {}
    for q, value in there.items():
        base = extent(system, q.over)[0] if q.over else 0
        for i, one in enumerate(value if q.over else [value]):
            if one is not None and system.overs.get(q.name, "") == q.over:
                shape = system.shapes[q]
                found[text(q.at(i + base))] = [one] if shape == SCALAR else list(one)
    return found


def _raw(entries: tuple[Fraction, ...]) -> Any:
    numbers = tuple(float(x) for x in entries)
    return numbers[0] if len(numbers) == 1 else numbers


def agree(browser: Browser, problem: Source) -> int:
    """How many changes gave on the page what they give in floats; all, or it fails."""
    plan = plan_of(problem)
    found = live(plan)
    assert found is not None
    program = compiled(plan.full, FLOAT)
    storage = initial_storage(plan.full, FLOAT)
    changes = list(changed(plan.full))
    code = (
        "((live, changes) => changes.map(([changed, entries]) => Object.fromEntries([...workedOut("
        "live, live.given.map(([name, tree]) => { const value = worth(tree, new Map(), {});"
        "return [name, name === changed ? {...value, entries} : value]; }))]"
        ".map(([name, value]) => [name, value.entries]))))"
        f"({as_json(found)}, {json.dumps([[text(n), [float(x) for x in e]] for n, e in changes])})"
    )
    compared = 0
    for (name, entries), shown in zip(changes, browser.ask(code), strict=True):
        try:
            wanted = floats(program, storage, name, entries)
        except Fault:  # a class that there is not
            assert None in shown[text(plan.full.loss or Ref("L"))]  # NaN in JSON
            continue
        assert wanted.keys() <= shown.keys()
        for of, numbers in wanted.items():
            assert shown[of] == pytest.approx(numbers, rel=1e-9, abs=1e-12), (name, of)
        compared += 1
    return compared


@needs_browser
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow][: n not in USUAL]) for n in bundled()]
)
def test_bundled_problems(browser: Browser, name: str) -> None:
    if plan_of(source(name)).has_letters:
        assert live(plan_of(source(name))) is None
    else:
        assert agree(browser, source(name)) > 0


@needs_browser
def test_every_operation(browser: Browser) -> None:
    used = {
        node.op
        for problem in (EVERYTHING, WINDOWS)
        for e in plan_of(Source("all.yaml", problem)).full.equations
        for term in e.terms
        for node in walk(term.body)
        if isinstance(node, Apply)
    }
    assert used >= OPERATIONS - {"==", "!=", "diag", "pick", "unpool_last"}
    assert agree(browser, Source("all.yaml", EVERYTHING)) == 4
    assert agree(browser, Source("windows.yaml", WINDOWS)) == 4


@needs_browser
def test_every_function_by_its_definition(browser: Browser) -> None:
    calls = []
    for function in functions().values():
        inside = "sigmoid(a[t])" if function.name == "bce" else "a[t]"  # logarithms have values
        rest = [p for p in function.parameters[1:] if p not in function.defaults]
        calls.append(f"{function.name}({', '.join([inside, *['v', '2*v'][: len(rest)]])})")
    equations = "\n".join(f"  h_{i}[t] = {call}" for i, call in enumerate(calls))
    total = " + ".join(f"h_{i}[t]^2" for i in range(len(calls)))
    problem = FUNCTIONS.format(equations=equations, total=total)
    found = live(plan_of(Source("all.yaml", problem)))
    assert found is not None
    assert {f.name for f in found.functions} >= functions().keys() - {*BUILT_IN}
    assert agree(browser, Source("all.yaml", problem)) == 3


@needs_browser
def test_what_is_seldom_used(browser: Browser) -> None:
    two = [",", 1, 2]
    for tree, wanted in (
        (["diag", [";", 1, 2]], [1, 0, 0, 2]),
        (["==", two, 2], [0, 1]),
        (["!=", two, 2], [1, 0]),
        (["/", two, 0], [None, None]),
        (["^", -8, ["/", 1, 3]], [None]),
        (["^", 0, -1], [None]),
        (["log", 0], [None]),
        (["sqrt", -1], [None]),
        (["one_hot", 3, 2], [None, None]),
        (["unit", [";", 0, 0]], [0, 0]),
        (["first_max", [";", 3, 7, 7]], [0, 1, 0]),
        (["first_min", [";", 3, 7, 3]], [1, 0, 0]),
        ("nowhere", [None]),
    ):
        code = f"JSON.stringify(worth({json.dumps(tree)}, new Map(), {{}}).entries)"
        assert json.loads(browser.ask(code)) == wanted, tree


@needs_browser
def test_what_is_derived_of_other_quantities(browser: Browser) -> None:
    options = Options(arithmetic="float", digits=15, only=("gradients", "dh[2]/dv"), detail="full")
    solution = solve(load(source("there-and-back")), options)
    page = document(solution, options, phrases("en"))
    assert page.live is not None
    code = (
        "(live => Object.fromEntries([...workedOut(live, live.given.map(([name, tree]) => "
        "[name, worth(tree, new Map(), {})]))].map(([name, value]) => [name, value.entries[0]])))"
        f"({as_json(page.live)})"
    )
    shown = browser.ask(code)
    found = key(solution, options, "en")
    assert {"dL[2]/du", "dh[2]/dv"} <= {*found.gradients, *found.results} <= shown.keys()
    for name, table in (found.gradients | found.results).items():
        assert isinstance(table, Numeral)
        exact = table.exact
        said = exact.value if isinstance(exact, Number) else table.decimal
        assert shown[name] == pytest.approx(float(said or "nan"), rel=1e-9), name


@pytest.mark.parametrize("problem", [LETTERS, LARGE], ids=["letters", "large"])
def test_there_are_no_lines_for_letters_and_for_what_is_too_large(problem: str) -> None:
    assert live(plan_of(Source("problem.yaml", problem))) is None


def test_every_value_of_the_way_through_is_a_line() -> None:
    """Also those that a page shows without a name of their own, dL/da[1] @ h[0].T, and what is
    derived of another quantity than the loss."""
    for name, only, detail in (
        ("there-and-back-matrices", ("forward", "gradients"), "normal"),
        ("row-batch", ("forward", "gradients", "dL[1]/db"), "normal"),
        ("there-and-back", ("forward", "gradients", "dyhat[3]/dw"), "full"),
    ):
        options = Options(only=only, detail=detail)
        page = document(solve(load(source(name)), options), options, phrases("en"))
        assert page.live is not None
        named = {text(n) for n, _ in (*page.live.given, *page.live.lines)}
        shown = set(re.findall(r'data-of="([^"]*)"', html(page)))
        assert {unescape(n) for n in shown} <= named
