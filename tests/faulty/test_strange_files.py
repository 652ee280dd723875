"""Whatever a file holds, it is solved or gets messages: never a traceback."""

from __future__ import annotations

import pytest
from faulty_files import problem
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhand.errors import Failure
from rnnhand.explain.failures import message
from rnnhand.phrases import phrases
from rnnhand.problem.reader import read_problem
from rnnhand.problem.yaml import decoded
from rnnhand.questions.solve import Options, key, solve

PIECES = (
    *("[", "]", "(", ")", "{", "}", '"', "'", ":", ",", "-", "|", ">", "&a", "*a", "!!x", "#"),
    *("\n", "  ", "\t", "\u2028", "\ufeff", "\x00", "²", "′", "é"),
    *("h[t]", "h[t-1]", "h[0]", "h[T]", "L", "w", "t", "T", "[t]", ".T", "dL/dw", "after 1: w"),
    *("sum[t](", "mean(", "softmax(", "one_hot(", "norm2(", "clip(", "log(", "sqrt(", "exp("),
    *("@", "^", "**", "/0", " = ", "==", ">", "-1", "1e300", "999", "1/3", "2.5", "~", "no"),
    *("1..3", "0..0", "{shape: [2, 3]}", "[1, 2, 3]", "[[1, 2], [3, 4]]", "[a; b]", "[1 > 0]"),
    *("ask: ", "steps: ", "update: {rule: adam, lr: 0.1}", "cell: lstm", "layers: [{cell: lstm}]"),
    *("unit(", "fill(", "rows(", "columns(", "sum_rows(", "first_max("),
)
SOUND = problem(ask='[forward, gradients, "dh[2]/dw", update: {rule: sgd, lr: 1/10}]')


@st.composite
def altered(draw: st.DrawFn) -> str:
    """A sound problem with pieces put in and cut out."""
    text = SOUND
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 10)))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.just("")) + text[end:]
    return text


def said(text: str, arithmetic: str = "auto") -> list[str]:
    """Solve a text, or put all of its mistakes into words: none, where it is solved."""
    try:
        options = Options(arithmetic)
        solution = solve(read_problem(text, "strange.yaml"), options)
        key(solution, options, "en")
    except Failure as error:
        mistakes = error.diagnostics[:20]
        languages = (phrases("en"), phrases("ru"))
        return [
            message(mistake, "strange.yaml", text, words)
            for mistake in mistakes
            for words in languages
        ]
    return []


def well_said(messages: list[str]) -> bool:
    return all(m.startswith("strange.yaml:") for m in messages)


@settings(max_examples=150)
@given(altered(), st.sampled_from(["auto", "exact", "decimal", "float"]))
def test_an_altered_problem_is_solved_or_told_what_is_wrong(text: str, arithmetic: str) -> None:
    assert well_said(said(text, arithmetic))


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_told_what_is_wrong(text: str) -> None:
    with pytest.raises(Failure):
        read_problem(f"equations: |\n  {text} =\n", "strange.yaml")
    assert well_said(said(text))


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_told_what_is_wrong(raw: bytes) -> None:
    try:
        text = decoded(raw)
    except Failure:
        return
    assert well_said(said(text))
