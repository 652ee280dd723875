"""What is said of a picture whose letters would be too small on half a page: what draws less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rnnhand.document.graph import Graph
from rnnhand.errors import Failure
from rnnhand.phrases import Phrases
from rnnhand.questions.graph import ways_to_draw_less
from rnnhand.questions.subjects import Subject, Wish
from rnnhand.render.formats import is_small_print, needs_more_than_a_page


def advice(
    subject: Subject,
    wish: Wish,
    graph: Graph,
    form: str,
    words: Phrases,
    draw: Callable[[Wish], Graph] | None,
    neurons: bool,
) -> list[str]:
    """The ways to draw less, as options; where there is none, what was drawn and found legible, or
    a whole page. Only `draw` knows how another wish is drawn; paths have no other."""
    ways = ways_to_draw_less(wish, subject.system, graph, neurons)
    if draw is None:
        ways = [way for way in ways if way.startswith("--nodes")]
    if ways:
        return [words.say("graph-draws-less", ways=", ".join(ways))]
    for code, options, other in _others(subject, wish) if draw is not None else ():
        try:
            if draw is not None and not is_small_print(draw(other), form):
                return [words.say(code, options=options)]
        except Failure:  # too many steps, or too many nodes
            continue
    return [] if needs_more_than_a_page(graph, form) else [words.say("graph-legible-page")]


def _others(subject: Subject, wish: Wish) -> Iterator[tuple[str, str, Wish]]:
    """Wishes that draw less of the same, each with what is said of it."""
    numbers = [f"--{name}" for name in ("values", "adjoints") if getattr(wish, name)]
    plain = replace(wish, values=False, adjoints=False)
    if numbers:
        yield "graph-legible-without", " ".join(numbers), plain
    if subject.system.indices and not wish.folded:
        steps = ["--steps"] if wish.steps else []
        folded = replace(plain, folded=True, steps=None)
        if numbers or steps:
            yield "graph-legible-folded", " ".join([*numbers, *steps]), folded
