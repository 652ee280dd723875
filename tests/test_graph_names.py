"""Names with numbers in pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from test_graph import call, data
from test_graph_content import at

from rnnhand.document.blocks import Equals, Math
from rnnhand.document.graph import Edge, Graph, Kind, Node
from rnnhand.document.graph_names import with_low_numbers
from rnnhand.language.tree import At, Expr, Ref, Shift


def of_names(*names: Expr) -> Graph:
    nodes = tuple(Node(str(k), Kind.QUANTITY, n, "", str(k)) for k, n in enumerate(names))
    return Graph("", "en", nodes, ())


def shown(*names: Expr) -> list[Expr | None]:
    return [n.name for n in with_low_numbers(of_names(*names)).nodes]


T = Shift("t")


def test_a_number_of_a_name_is_below() -> None:
    assert shown(Ref("W2"), Ref("b10"), Ref("w1'")) == [Ref("W_2"), Ref("b_10"), Ref("w_1'")]


def test_the_number_of_a_layer_stays_above() -> None:
    assert shown(Ref("W2"), Ref("h2", T), Ref("h2", At(0))) == [
        Ref("W_2"),
        Ref("h2", T),
        Ref("h2", At(0)),
    ]


@pytest.mark.parametrize(
    "other", [Ref("x", T), Ref("x", At(1)), Ref("x2", T), Ref("x_1"), Ref("dL/dx", T)]
)
def test_no_name_changes_where_one_could_be_taken_for_another(other: Ref) -> None:
    names = [Ref("x1"), Ref("W2"), other]
    assert shown(*names) == names


def test_the_names_of_a_derivative_change_with_the_others() -> None:
    assert shown(Ref("dL1/dW2")) == [Ref("dL_1/dW_2")]
    assert shown(Ref("dh[]/dW2", T)) == [Ref("dh[]/dW2", T)]


def test_what_stands_on_edges_and_below_changes_too() -> None:
    one, both = Ref("W2"), (Math(Ref("W2")), " ", Equals(Ref("b2"), Ref("c2")))
    edge = Edge("0", "1", one)
    graph = Graph(
        "", "en", of_names(Ref("a"), Ref("b")).nodes, (edge,), signs=both, caption=(both,)
    )
    found = with_low_numbers(graph)
    low = (Math(Ref("W_2")), " ", Equals(Ref("b_2"), Ref("c_2")))
    assert found.edges[0].label == Ref("W_2") and found.signs == low and found.caption == (low,)


def test_a_formula_for_a_title_has_the_names_of_its_picture() -> None:
    graph = replace(of_names(Ref("x1"), Ref("w")), title="y = w·x1 + x12 of box1 and x1[2]")
    assert with_low_numbers(graph).title == "y = w·x_1 + x12 of box1 and x1[2]"


def test_a_mention_on_an_edge_counts() -> None:
    edge = Edge("0", "0", seen_as=Ref("x", Shift("t", -1)))
    graph = Graph("", "en", of_names(Ref("x1")).nodes, (edge,))
    assert with_low_numbers(graph) == graph


def test_pictures_show_it_and_data_do_not(tmp_path: Path) -> None:
    file = at(
        tmp_path,
        "title: A line\nequations: |\n  y = w1*x + b1\n  L = (y - d)^2\n"
        "parameters: {w1: 2, b1: 1}\ndata: {x: 1, d: 0}\n",
    )
    for form in ("svg", "dot", "mermaid", "text"):
        said = call(file, "--format", form).output
        assert "w1" not in said and "b1" not in said
    assert {e["label"] for e in data(file)["edges"]} == {"w1", None}
