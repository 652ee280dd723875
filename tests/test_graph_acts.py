"""A decoder that reads a context made of all steps is drawn beside its encoder, not along it."""

from __future__ import annotations

import pytest
from pictures import defects
from rich.console import Console
from test_wide_graphs import of_text

from rnnhand.document.graph import Graph
from rnnhand.render.drawing import graph_lines
from rnnhand.render.picture.acts import acts
from rnnhand.render.picture.compose import compose
from rnnhand.render.picture.parts import is_regular, parts

ENCODER = (
    "equations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  m[t] = exp(a*h[t])\n  Z = sum[t](m[t])\n"
    "  g[t] = m[t]/Z\n  c = sum[t](g[t]*h[t])\n"
)
GIVEN = (
    "steps: 1..3\nindices: {k: 1..2}\nparameters: {w: 1, v: 1, a: 1, p: 1, q: 1, r: 1, u: 1}\n"
    "data: {'x[1..3]': [1, 0, -1], 'y[1..2]': [1, 0]}\n"
)
DECODERS = {
    "begins with its own state": (
        "  s[k] = tanh(p*s[k-1] + q*c + r*yhat[k-1])\n  yhat[k] = u*s[k]\n",
        "initial: {'h[0]': 0, 's[0]': 0, 'yhat[0]': 0}\n",
    ),
    "begins with the context": (
        "  s[0] = q*c\n  s[k] = tanh(p*s[k-1] + r*c)\n  yhat[k] = u*s[k]\n",
        "initial: {'h[0]': 0}\n",
    ),
}
LOSS = "  L[k] = (yhat[k] - y[k])^2\n  L = sum[k](L[k])\n"


def attention(decoder: str) -> Graph:
    equations, initial = DECODERS[decoder]
    return of_text("title: Attention\n" + ENCODER + equations + LOSS + GIVEN + initial)


@pytest.mark.parametrize("decoder", DECODERS)
def test_steps_of_attention_stand_side_by_side(decoder: str) -> None:
    picture = compose(attention(decoder))
    shown = [(w.text, w.x, w.y) for w in picture.words]
    for row in (["h_1", "h_2", "h_3"], ["s_1", "s_2"], ["x_1", "x_2", "x_3"]):
        places = [(x, y) for name in row for text, x, y in shown if text == name]
        assert len(places) == len(row)
        assert places == sorted(places) and len({y for _, y in places}) == 1
    copies = [s for s in picture.shapes if s.role == "again"]
    assert len(copies) == sum(text == "c" for text, _, _ in shown) - 1 >= 2
    assert any("drawn elsewhere" in text for text, _, _ in shown)
    assert not list(defects(picture))


@pytest.mark.parametrize("decoder", DECODERS)
def test_acts_hold_every_edge_once_and_each_can_be_drawn_in_columns(decoder: str) -> None:
    graph = attention(decoder)
    found = list(acts(graph))
    assert len(found) == 2 and all(is_regular(parts(act)) for act in found)
    ends = [(e.start.split(" again")[0], e.end) for act in found for e in act.edges]
    assert sorted(ends) == sorted((e.start, e.end) for e in graph.edges)
    assert {n.key for n in found[1].nodes if n.again} == {
        e.start for e in found[1].edges if e.start.startswith("c ")
    }


def test_acts_stand_one_below_the_other_in_a_terminal() -> None:
    lines = graph_lines(attention("begins with its own state"), Console(width=80))
    first = next(i for i, line in enumerate(lines) if "h_3)" in line.plain)
    second = next(i for i, line in enumerate(lines) if "s_2)" in line.plain)
    assert first < second and any("<c>" in line.plain for line in lines[second:])


def test_a_decoder_that_reads_the_last_state_alone_needs_no_acts() -> None:
    text = (
        "title: Plain\nequations: |\n  h[t] = tanh(w*h[t-1] + v*x[t])\n  s[0] = h[T]\n"
        "  s[k] = tanh(p*s[k-1])\n  yhat[k] = u*s[k]\n"
    )
    graph = of_text(text + LOSS + GIVEN + "initial: {'h[0]': 0}\n")
    assert len(list(acts(graph))) == 1
