"""`identity`: whether two formulas are equal for all values of their letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.numerals import numeral
from rnnhand.document.blocks import Block, Definitions, Equals, Paragraph, Section, Shown
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.analysis.proof import TRIED, at_point, vanishes
from rnnhand.questions.analysis.study import library, plain, scalar
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.options import options


def identity(problem: Problem, node: yaml.Node) -> Answer:
    read = options("identity", node, ("left", "right"))
    left, right = read.formula("left"), read.formula("right")
    names = tuple(dict.fromkeys(r.name for e in (left, right) for r in refs(e)))
    gap = Apply("-", (left, right))
    against = _against(gap, names)
    verdict = "open"
    if against is not None:
        verdict = "different"
    elif vanishes(gap, names[0] if names else "x", names[1:]):
        verdict = "same"

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        law = (mathematical(left, scalar, library()), mathematical(right, scalar, library()))
        code = f"identity-{verdict}" if _has_values(gap, names) else "identity-nowhere"
        said = sentence(words, code) if against is None else ()
        if against is not None:
            at = joined([(Equals(Ref(n), Number(str(v))),) for n, v in against.items()])
            values = (at_point(plain(e), against) for e in (left, right))
            shown = [Shown(numeral(v, digits)) for v in values]
            said = sentence(words, "identity-different", at=at, left=shown[0], right=shown[1])
        title = sentence(words, "identity-title")
        yield Section(title, (Definitions((law,)), Paragraph(said)))

    def results(digits: int) -> Mapping[str, Any]:
        point = None if against is None else {n: str(v) for n, v in against.items()}
        return {
            "left": text(left),
            "right": text(right),
            "verdict": verdict,
            "counterexample": point,
        }

    return Answer(tell, results)


def _points(names: tuple[str, ...]) -> Iterator[dict[str, Fraction]]:
    for k in range(len(TRIED)):
        yield {n: TRIED[(k + 2 * i) % len(TRIED)] for i, n in enumerate(names)}


def _has_values(gap: Apply, names: tuple[str, ...]) -> bool:
    """Whether both sides have a value at some of the points that are tried."""
    return any(at_point(plain(gap), point) is not None for point in _points(names))


def _against(gap: Apply, names: tuple[str, ...]) -> dict[str, Fraction] | None:
    """A point at which the two differ for certain."""
    body = plain(gap)
    for point in _points(names):
        found = at_point(body, point)
        if found is not None and (found > 0 or found < 0):
            return point
    return None
