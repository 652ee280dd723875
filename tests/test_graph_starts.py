"""In a folded picture the first value of a loop enters where the previous one is read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from pictures import crossings, defects

from rnnhand.calculus.network import Level
from rnnhand.cli import main
from rnnhand.document.graph import Graph, Kind
from rnnhand.phrases import phrases
from rnnhand.problem.files import load, source
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_problem
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.starts import with_joined_starts

LEARNED = """
equations: |
  h[0] = a
  h[t] = tanh(w*h[t-1] + v*x[t])
  g[t] = h[t]*h[t-1]
  L = sum[t](g[t])
steps: 1..3
parameters: {w: 1/2, v: 1, a: 0.3}
data: {"x[1..3]": [1, 0, -1]}
"""


def folded(name: str, level: Level = Level.GATES) -> Graph:
    wish = Wish(level, True)
    return drawn(of_problem(load(source(name)), wish, "en"), wish, phrases("en"))


def at(folder: Path, problem: str) -> str:
    (folder / "p.yaml").write_text(problem)
    return str(folder / "p.yaml")


def test_all_that_read_the_loop_read_its_start_through_it(tmp_path: Path) -> None:
    before = folded(at(tmp_path, LEARNED))
    graph = with_joined_starts(before)
    (joint,) = (n for n in graph.nodes if n.kind is Kind.DELAYED)
    entering = {(e.start, e.lag) for e in graph.edges if e.end == joint.key}
    assert entering == {("h[t]", 1), ("h[0]", 0)}
    assert {e.end for e in graph.edges if e.start == "h[0]"} == {joint.key}
    read = {(e.end, e.label) for e in graph.edges if e.start == joint.key}
    assert read == {(e.end, e.label) for e in before.edges if e.lag}
    assert len(read) == 2


def test_a_start_that_not_all_read_keeps_its_own_lines(tmp_path: Path) -> None:
    """A reader that begins at the second step gets nothing of h_0."""
    whole = folded(at(tmp_path, LEARNED))
    graph = replace(
        whole, edges=tuple(e for e in whole.edges if (e.start, e.end[0]) != ("h[0]", "g"))
    )
    assert with_joined_starts(whole) != whole
    assert with_joined_starts(graph) == graph


def test_a_graph_without_computed_starts_stays_as_it_is() -> None:
    graph = folded("lstm-back-in-time")
    assert with_joined_starts(graph) == graph


@pytest.mark.parametrize("name", ["encoder-decoder", "slide-one-to-many", "stateful"])
def test_the_value_of_the_step_before_stands_once(name: str) -> None:
    graph = folded(name)
    picture = compose(graph)
    read = [n for n in with_joined_starts(graph).nodes if n.kind is Kind.DELAYED]
    assert len([w for w in picture.words if w.role == "delayed"]) == len(read) > 0
    assert not list(defects(picture))
    assert crossings(picture) == 0


def test_two_lines_end_at_it(tmp_path: Path) -> None:
    picture = compose(folded(at(tmp_path, LEARNED)))
    (word,) = (w for w in picture.words if w.role == "delayed")
    near = [
        c for c in picture.curves if abs(c.end[0] - word.x) < 30 and abs(c.end[1] - word.y) < 12
    ]
    assert len(near) == 2
    assert all(curve.arrow for curve in near)


def test_characters_show_it_and_json_says_who_reads_what(tmp_path: Path) -> None:
    args = ["graph", at(tmp_path, LEARNED), "--folded", "--lang", "en"]
    said = CliRunner().invoke(main, args).output
    assert said.count("▶h_{t−1}") == 1
    found = json.loads(CliRunner().invoke(main, [*args, "--format", "json"]).output)
    assert "delayed" not in json.dumps(found)


def test_in_characters_no_arrowhead_stands_on_the_line_of_another_loop() -> None:
    said = CliRunner().invoke(main, ["graph", "encoder-decoder", "--folded"]).output
    assert "▲" in said and "─▲" not in said and "▲─" not in said
    lines = said.splitlines()
    entered = next(k for k, line in enumerate(lines) if "▶ŷ_{k−1}" in line)
    assert "┼" in lines[entered] and "▲" in lines[entered - 1]
