"""`identity`: whether two formulas are equal for all values of their letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.numerals import numeral
from rnnhand.document.blocks import Block, Definitions, Equals, Paragraph, Section, Shown
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
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
    names = _names(left, right)
    found = compared(left, right)
    gap, verdict, against = Apply("-", (left, right)), found.verdict, found.against

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


@dataclass(frozen=True)
class Compared:
    """`verdict` is same, different or open; `against` a point at which two formulas differ."""

    verdict: str
    against: Mapping[str, Fraction] | None = None


def compared(left: Expr, right: Expr) -> Compared:
    """Whether two formulas are equal for all values of their letters, wherever both have one."""
    names = _names(left, right)
    gap = Apply("-", (left, right))
    against = _against(gap, names)
    if against is not None:
        return Compared("different", against)
    same = left == right or vanishes(gap, names[0] if names else "x", names[1:])
    return Compared("same" if same else "open")


def value_at(expr: Expr, point: Mapping[str, Fraction], digits: int) -> str:
    """The value of a formula at a point, as a sentence has it."""
    found = at_point(plain(expr), point)
    if found is None:
        return "–"
    shown = numeral(found, digits)
    return shown.decimal or (text(shown.exact) if shown.exact is not None else "–")


def _names(left: Expr, right: Expr) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r.name for e in (left, right) for r in refs(e)))


WHOLE = tuple(map(Fraction, (2, 3, 5, 7, 4)))
"""What letters that count something may be, where a formula is tried."""

POSITIVE = tuple(map(Fraction, ("1/3", "2/5", "5/7", "3/2", "9/4")))


def _points(names: tuple[str, ...]) -> Iterator[dict[str, Fraction]]:
    for tried in (TRIED, POSITIVE, WHOLE):
        for k in range(len(tried)):
            yield {n: tried[(k + 2 * i) % len(tried)] for i, n in enumerate(names)}


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
