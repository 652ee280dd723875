"""Lines meet a node in the order of its formula where that costs nothing; a stack says what it puts
together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnhand.calculus.network import Level
from rnnhand.cli import main
from rnnhand.document.graph import Graph
from rnnhand.phrases import phrases
from rnnhand.problem.cells import cell_named
from rnnhand.problem.files import load, source
from rnnhand.problem.library import functions
from rnnhand.questions.graph import drawn
from rnnhand.questions.subjects import Wish, of_cell, of_problem
from rnnhand.render.picture.chosen import best_way
from rnnhand.render.picture.held import Held
from rnnhand.render.picture.pattern import placed
from rnnhand.render.picture.places import Places
from rnnhand.render.picture.sequence import exchanges, in_sequence
from rnnhand.render.picture.sizes import METRICS
from rnnhand.render.picture.words import symbol

LEAVES = [("a", "1a", "s"), ("b", "1b", "s"), ("c", "1c", "s")]
READ = [["1a", "1b", "1c"]]


def test_leaves_stand_in_the_order_in_which_they_are_read() -> None:
    rows = [["c", "a", "b"], ["1c", "1a", "1b"], ["s"]]
    assert in_sequence(rows, READ, LEAVES, Held()) == [["a", "b", "c"], READ[0], ["s"]]


def test_what_is_held_at_an_end_stays_there() -> None:
    rows = [["c", "a", "b"], ["1c", "1a", "1b"], ["s"]]
    found = in_sequence(rows, READ, LEAVES, Held({"c": -1}, free={"1a", "1b", "1c"}))
    assert found[0][0] == "c"


def test_an_order_that_costs_a_crossing_is_left_alone() -> None:
    """Two nodes that read the same two in opposite order."""
    chains = [("a", "1a", "s"), ("b", "1b", "s"), ("a", "2a", "r"), ("b", "2b", "r")]
    rows = [["b", "a"], ["1b", "1a", "2a", "2b"], ["s", "r"]]
    read = [["1a", "1b"], ["2a", "2b"]]
    assert exchanges(in_sequence(rows, read, chains, Held()), read) <= exchanges(rows, read)


def of(name: str, level: Level, folded: bool = False) -> Graph:
    wish = Wish(level, folded)
    subject = of_problem(load(source(name)), wish, "en")
    return drawn(subject, wish, phrases("en"))


@pytest.mark.parametrize("name", ["linear-net", "relu-net", "descent-adam"])
def test_what_an_operation_reads_arrives_in_the_order_of_its_formula(name: str) -> None:
    graph = of(name, Level.OPERATIONS)
    places = Places(placed(graph, METRICS, best_way(graph)[0]))
    read: dict[str, list[float]] = {}
    for edge in places.pattern.parts.edges:
        read.setdefault(edge.end, []).append(places.arrival(edge)[0])
    assert any(len(own) > 1 for own in read.values())
    assert all(own == sorted(own) for own in read.values())


def stacks(lines: str, data: str, folder: Path) -> list[str]:
    file = folder / "p.yaml"
    file.write_text(f"equations: |\n{lines}\ninitial: {{'h[0]': 0}}\n{data}\n")
    found = load(source(str(file)))
    wish = Wish(Level.GATES, False)
    graph = drawn(of_problem(found, wish, "en"), wish, phrases("en"))
    return [symbol(node) for node in graph.nodes if node.symbol == "[ ; ]"]


DATA = "steps: 1..2\nparameters: {W: [[1, 2, 3]]}\ndata: {'x[1..2]': [1, 2], 'z[1..2]': [3, 4]}"


def test_a_stack_says_what_it_puts_together(tmp_path: Path) -> None:
    lines = "  h[t] = tanh(sum(W @ [x[t]; h[t-1]; z[t]]))"
    assert stacks(lines, DATA, tmp_path) == ["[x_1; h_0; z_1]", "[x_2; h_1; z_2]"]


def test_a_stack_of_much_or_of_what_has_no_name_does_not(tmp_path: Path) -> None:
    lines = "  h[t] = tanh(sum(W @ [x[t]*h[t-1]; h[t-1]; z[t]]))"
    assert set(stacks(lines, DATA, tmp_path)) == {"[ ; ]"}
    four = DATA.replace("2, 3]]", "2, 3, 4]]")
    lines = "  h[t] = tanh(sum(W @ [x[t]; h[t-1]; z[t]; x[t]]))"
    assert set(stacks(lines, four, tmp_path)) == {"[ ; ]"}


def test_a_folded_stack_reads_the_step_before() -> None:
    wish = Wish(Level.GATES, True)
    cell = of_cell(cell_named("lstm-stacked"), functions(), wish, "en")
    graph = drawn(cell, wish, phrases("en"))
    assert [symbol(n) for n in graph.nodes if n.stack] == ["[x_t; h_{t−1}]"]


def test_characters_show_the_parts_and_json_the_operation() -> None:
    args = ["graph", "--cell", "lstm-stacked", "--lang", "en"]
    assert "[x_t; h_{t−1}] X_{c,t}" in CliRunner().invoke(main, args).output
    found = json.loads(CliRunner().invoke(main, [*args, "--format", "json"]).output)
    assert "[ ; ]" in json.dumps(found, ensure_ascii=False)
