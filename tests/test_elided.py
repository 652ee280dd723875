"""Wide layers of neurons: the first ones, dots, the last one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pictures import defects
from test_graph_lines import as_neurons

from rnnhand.cli import main
from rnnhand.document.graph import Graph, Kind
from rnnhand.phrases import phrases
from rnnhand.questions import elided
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.words import math

NET = """
layers: [{{cell: rnn, x: {inputs}, h: {hidden}}}, {{cell: dense, h: 2}}]
steps: 1..2
data: {{"x[1..2]": {{shape: [{inputs}], fill: 1}}}}
"""


def names(graph: Graph, kind: Kind) -> list[str]:
    return [math(n.name) for n in graph.nodes if n.kind is kind and n.name is not None]


def test_of_a_window_of_a_hundred_three_are_drawn_and_of_what_reads_it() -> None:
    graph = as_neurons("window-network")
    assert names(graph, Kind.DATA) == ["x⁽¹⁾_1", "x⁽²⁾_1", "…", "x⁽¹⁰⁰⁾_1"]
    assert names(graph, Kind.GATE) == ["h⁽¹⁾_1(1)", "h⁽¹⁾_1(2)", "…", "h⁽¹⁾_1(20)", "h⁽²⁾_1"]
    assert len(graph.edges) == 4 * 4 + 4
    dots = {n.key for n in graph.nodes if n.name is not None and math(n.name) == "…"}
    unlabelled = {(e.start, e.end) for e in graph.edges if e.label is None}
    assert unlabelled == {(e.start, e.end) for e in graph.edges if {e.start, e.end} & dots}
    assert list(defects(compose(graph))) == []


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_it_is_said_how_many_the_dots_are(lang: str) -> None:
    args = ["graph", "window-network", "--nodes", "neurons", "--lang", lang]
    said = CliRunner().invoke(main, args).output
    assert "x⁽³⁾_1 … x⁽⁹⁹⁾_1" in said
    assert "97" in said
    assert "h⁽¹⁾_1(3) … h⁽¹⁾_1(19)" in said
    assert "17" in said


def test_what_can_be_read_is_drawn_whole() -> None:
    graph = as_neurons("xor-net")
    assert elided.elided(graph, phrases("en"), elided.READABLE) is graph


def test_data_have_every_arrow_where_a_picture_has_dots() -> None:
    args = ["graph", "picture-fully-connected", "--nodes", "neurons", "--format"]
    data = json.loads(CliRunner().invoke(main, [*args, "json"]).output)
    assert len(data["edges"]) == 4 * 16
    picture = CliRunner().invoke(main, [*args, "svg", "--lang", "en"]).output
    assert "13 neurons" in picture and "X(2,2)" not in picture


def test_only_what_is_joined_to_the_same_others_is_left_out() -> None:
    """A window of three inputs each: no two entries are alike."""
    graph = as_neurons("what-kernels-do")
    assert not any(n.name is not None and math(n.name) == "…" for n in graph.nodes)


def test_every_step_of_a_recurrent_net_has_its_dots(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(NET.format(inputs=30, hidden=20))
    args = ["graph", str(file), "--nodes", "neurons", "--format", "json"]
    found = json.loads(CliRunner().invoke(main, args).output)
    dots = [n for n in found["nodes"] if n["name"] == "…"]
    assert len(dots) == 5  # x, and h with what it begins with
    assert len(found["nodes"]) == 5 * 4 + 2 * 2


def test_too_many_neurons_are_refused_with_what_helps(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(NET.format(inputs=1500, hidden=20))
    found = CliRunner().invoke(main, ["graph", str(file), "--nodes", "neurons"])
    assert found.exit_code == 2
    assert "--nodes quantities" in found.output
