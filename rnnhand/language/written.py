"""Formulas as they stand on paper, in a book or on our own pages, put into the equation language.

    \\frac{\\partial L}{\\partial \\hat{y}_t}   ∂L/∂yhat_t
    Σ_{t=1..3} δ_t·h_{t−1}ᵀ                  Σ(t, 1, 3, δ_t·h_{t−1}.T)
    tanh²(a_{f,t})                           (tanh(a_f[t])^2)

How far a sum reaches is what a printed one means: to the end of its summand.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rnnhand.errors import Failure, Span, failure
from rnnhand.language import limits
from rnnhand.language.latex import without_latex
from rnnhand.language.paper import Paper, failure_located, original
from rnnhand.language.paper_signs import (
    functions_raised,
    identities,
    indicated,
    levelled,
    named,
    placed,
    printed,
    raised,
)
from rnnhand.language.paper_sums import with_sums
from rnnhand.language.readings import FIRST, Reading

LEFT_OUT = re.compile(r"\.\.\.|…")


def in_the_language(
    text: str,
    known: Callable[[str], bool],
    entries: Callable[[Paper], Paper],
    reading: Reading = FIRST,
) -> list[Paper]:
    """The sides of an equation, or the one formula that there is, in the equation language; `known`
    says which names the problem has, `entries` puts subscripts that tell entries in brackets.
    Raises `Failure` with places in the text."""
    paper = original(text)
    if len(text) > limits.PAPER:
        return [paper]
    for step in (
        _shallow,
        without_latex,
        levelled,
        printed,
        entries,
        lambda p: identities(p, known),
        lambda p: named(p, known),
        lambda p: with_sums(p, known, reading),
        lambda p: placed(p, known),
        raised,
        lambda p: functions_raised(p, known),
        indicated,
        _complete,
    ):
        try:
            paper = step(paper)
        except Failure as error:
            raise failure_located(paper, text, error) from None
    return sides(paper)


def _shallow(paper: Paper) -> Paper:
    """As it is, where no bracket is so deep inside others that nobody would read it."""
    depth = 0
    for i, c in enumerate(paper.text):
        depth += c in "([{"
        depth -= c in ")]}"
        if depth > limits.DEPTH:
            raise failure("too-deep", Span(1, i + 1), limit=limits.DEPTH)
    return paper


def _complete(paper: Paper) -> Paper:
    if m := LEFT_OUT.search(paper.text):
        raise failure("left-out", Span(1, m.start() + 1, len(m[0])), "hint-left-out", found=m[0])
    return paper


EQUALS = re.compile(r"(?<![<>!:=])=(?!=)")


def sides(paper: Paper) -> list[Paper]:
    """What stands on the sides of = outside of brackets."""
    found: list[Paper] = []
    start = depth = 0
    for i, c in enumerate(paper.text):
        depth += c in "([{"
        depth -= c in ")]}"
        if c == "=" and depth == 0 and EQUALS.match(paper.text, i):
            found.append(paper.part(start, i))
            start = i + 1
    return [*found, paper.part(start, len(paper.text))]
