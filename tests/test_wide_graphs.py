"""Graphs wider than a page come in rows of steps, and nothing of them is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from pictures import crossings, defects

from rnnhand.cli import main
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.files import Source, load, source
from rnnhand.questions import neurons
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_problem
from rnnhand.render.picture.after import ordered
from rnnhand.render.picture.bands import bands, steps_of
from rnnhand.render.picture.compose import HALF_PAGE, compose

PAGE = 872
"""Units that are as wide as the text of a page when letters are 6.5 points high."""


def long_network(steps: int) -> Graph:
    numbers = ", ".join("1" for _ in range(steps))
    text = (
        "title: Long\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n"
        "  L[t] = (u*h[t] - x[t])^2\n  L = sum[t](L[t])\n"
        f"steps: 1..{steps}\nparameters: {{w: 1, v: 1, u: 1}}\ninitial: {{'h[0]': 0}}\n"
        f"data: {{'x[1..{steps}]': [{numbers}]}}\n"
    )
    return of_text(text)


def of_text(text: str) -> Graph:
    wish = Wish(folded=False)
    subject = of_problem(load(Source("own.yaml", text), ()), wish, "en")
    return drawn(subject, wish, phrases("en"))


@pytest.mark.parametrize("steps", [2, 20])
def test_a_long_network_fits_half_a_page(steps: int) -> None:
    """Of few steps without smaller letters, of many with ones hardly smaller."""
    picture = compose(long_network(steps))
    wide, tall = (PAGE, HALF_PAGE[1]) if steps == 2 else (1.05 * n for n in HALF_PAGE)
    assert picture.width <= wide
    assert picture.height <= tall
    assert list(defects(picture)) == []
    copies = [s for s in picture.shapes if s.role == "again"]
    assert bool(copies) is (steps == 20)
    words = " ".join(w.text for w in picture.words)
    assert ("drawn elsewhere" in words) is (steps == 20)
    assert ("L_1 … L_" in words) is (steps == 20)


def test_bands_hold_every_node_and_every_edge_once() -> None:
    graph = long_network(7)
    steps = steps_of(graph)
    parts = list(bands(graph, [steps[:3], steps[3:5], steps[5:]]))
    own = [n.key for b in parts for n in b.nodes if not n.again and n.column is not None]
    assert sorted(own) == sorted(n.key for n in graph.nodes if n.column is not None)
    ends = [(e.start.split(" again")[0], e.end) for b in parts for e in b.edges]
    merged = [e for e in graph.edges if e.end == "L"]
    others = [(e.start, e.end) for e in graph.edges if e.end != "L"]
    assert sorted(e for e in ends if e[1] != "L") == sorted(others)
    assert 0 < sum(e[1] == "L" for e in ends) < len(merged)


def test_a_decoder_stands_to_the_right_of_its_encoder() -> None:
    graph = of_text(
        "equations: |\n  h[t] = tanh(w*h[t-1] + x[t])\n  s[0] = h[T]\n  s[k] = tanh(p*s[k-1])\n"
        "  L = s[2]^2\nsteps: 1..3\nindices: {k: 1..2}\nparameters: {w: 1, p: 1}\n"
        "initial: {'h[0]': 0}\ndata: {'x[1..3]': [1, 2, 3]}\n"
    )
    columns = {n.key: n.column for n in ordered(graph).nodes}
    encoder = [columns[f"h[{t}]"] for t in range(4)]
    decoder = [columns[f"s[{k}]"] for k in range(3)]
    assert encoder == [0, 1, 2, 3]
    assert decoder == [4, 5, 6]


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_gets_rows_of_steps(width: int, tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(
        "equations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  L = sum[t](h[t])\nsteps: 1..8\n"
        "parameters: {w: 1, v: 1}\ninitial: {'h[0]': 0}\n"
        "data: {'x[1..8]': [1, 1, 1, 1, 1, 1, 1, 1]}\n",
        "utf-8",
    )
    env = {"LANG": "C", "COLUMNS": str(width)}
    result = CliRunner().invoke(main, ["graph", str(file), "--unrolled"], env=env)
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= width
    assert "<h_" in result.output
    assert "In < >: drawn elsewhere." in result.output


def test_the_number_of_a_step_is_no_node() -> None:
    graph = of_text(
        "equations: |\n  h[t] = w*h[t-1]*exp(-r*t)\n  L = sum[t](h[t]*t/T)\nsteps: 1..3\n"
        "parameters: {w: 1, r: 1}\ninitial: {'h[0]': 1}\n"
    )
    assert {n.row for n in graph.nodes if n.column is None} <= {"L", "w", "r"}


@pytest.mark.slow
def test_a_line_turns_sideways_only_past_the_taller_nodes_of_its_row() -> None:
    """Inputs of an earlier share, one line high, stand beside entries of K, which have a bias."""
    wish = Wish(values=True)
    subject = of_problem(load(source("separable-by-hand")), wish, "en")
    assert list(defects(compose(neurons.graph(subject, wish, phrases("en"))))) == []


def test_rows_are_the_same_in_every_run() -> None:
    """Texts in a set have another order in every run of Python."""
    program = (
        "from rnnhand.render.picture.ranks import Sketch, ranks\n"
        "items = [f'q{i}' for i in range(12)]\n"
        "links = [(i, 'q0', 0) for i in items[1:]]\n"
        "print(list(ranks(Sketch(dict.fromkeys(items, (1.0, 1.0)), links))))\n"
    )
    runs = {
        subprocess.check_output(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


ATTENTION = (
    "equations: |\n  h[t] = tanh(w*h[t-1] + x[t])\n  m[t] = exp(h[t])\n  Z = sum[t](m[t])\n"
    "  a[t] = m[t]/Z\n  c = sum[t](a[t]*h[t])\n  L = (c - d)^2\nsteps: 1..3\n"
    "parameters: {w: 1}\ninitial: {'h[0]': 0}\ndata: {'x[1..3]': [1, 2, 3], d: 1}\n"
)


def test_what_reads_a_sum_over_all_steps_stands_above_the_columns() -> None:
    picture = compose(of_text(ATTENTION))
    at = {w.text: (w.x, w.y) for w in picture.words}
    steps = [at[f"h_{t}"] for t in (1, 2, 3)]
    assert len({y for _, y in steps}) == 1 and steps == sorted(steps)
    assert at["a_1"][1] < at["m_1"][1] and at["d"][1] < at["a_1"][1]
    assert not list(defects(picture))


ATTENDING = (
    "equations: |\n  h[t] = tanh(w*h[t-1] + x[t])\n  s[0] = h[T]\n  c[k] = s[k-1]*sum[t](h[t])\n"
    "  s[k] = tanh(p*s[k-1] + c[k])\n  L = sum[k]((s[k] - d[k])^2)\nsteps: 1..3\n"
    "indices: {k: 1..2}\nparameters: {w: 1, p: 1}\ninitial: {'h[0]': 0}\n"
    "data: {'x[1..3]': [1, 2, 3], 'd[1..2]': [1, 0]}\n"
)


def test_a_decoder_that_reads_every_step_of_the_encoder_stands_to_its_right() -> None:
    graph = ordered(of_text(ATTENDING))
    columns = {n.key: n.column for n in graph.nodes}
    assert [columns[f"c[{k}]"] for k in (1, 2)] == [5, 6] == [columns[f"d[{k}]"] for k in (1, 2)]
    picture = compose(graph)
    assert crossings(picture) == 0 and not list(defects(picture))
