"""What topics found that is no number and no formula: a word (the sum diverges), or for which
values of a letter something holds.

    robbins_monro: {sum: {verdict: depends, converges_for: p > 1}, holds: depends,
                    holds_for: p > 1/2 and p <= 1}

gives robbins_monro_sum_converges_for and robbins_monro_holds_for. A word is right in any spelling
that the library knows, a condition where it is true of the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from rnnhand.language.conditions import Unclear, condition
from rnnhand.problem.model import Problem
from rnnhand.problem.words import words
from rnnhand.questions.facts import begun, own_names, step_of
from rnnhand.questions.said import Holding, Said, Word

KINDS = (
    ("yes", "no"),
    ("converges", "diverges"),
    ("increasing", "decreasing", "rising", "falling", "constant", "neither"),
    ("even", "odd", "point"),
    ("same", "different"),
    ("keeps", "fades", "grows"),
)
"""Words of which one is the answer."""

ASKED = frozenset(("verdict", "holds", "kind", "monotone"))
"""Keys of results whose words are answers; others say what is given, or why."""

CONDITIONS = frozenset(("converges_for", "holds_for"))

UNNAMED = frozenset(("verdict", "kind"))
"""Keys that add nothing to a name."""

SILENT = frozenset(("pictures", "scalars", "symmetry", "table", "stack", "receptive_field"))
"""Topics without a verdict that somebody is asked for."""

TOLD = frozenset(
    ("attained", "layers", "rows", "differences", "pieces", "kinks", "derivative_symmetry", "where",
     "reason", "counterexample", "contradictions", "undecided", "fixed", "keeps", "singular")
)  # fmt: skip
"""Keys below which nothing is asked for in words."""

MOST = 60
"""Words and conditions of all topics of a problem that have a name."""


def named_said(
    problem: Problem, answers: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[str, Said]:
    """The words and conditions in what topics found, by the words of the topics."""
    found: dict[str, Said] = {}
    taken = own_names(problem)
    for _, start, results in begun(answers, SILENT):
        for name, said in _said(start, "", results):
            if name not in taken and len(found) < MOST:
                found.setdefault(name, said)
    return found


def _said(name: str, own: str, result: Any) -> Iterator[tuple[str, Said]]:
    """What is said in a result, under the way that leads to it; `own` is its last key."""
    match result:
        case Mapping():
            for key, item in result.items():
                if key not in TOLD:
                    bare = key in UNNAMED or key == name.rpartition("_")[0] or key == name
                    yield from _said(name + ("" if bare else step_of(name, key, result)), key, item)
        case bool():
            yield name, _word("yes" if result else "no")
        case str() if own in CONDITIONS:
            if (holding := _holding(result)) is not None:
                yield name, holding
        case str() if own in ASKED and result in words():
            yield name, _word(result)
        case Sequence() if not isinstance(result, str):
            for i, item in enumerate(result, 1):
                if isinstance(item, Mapping):
                    yield from _said(f"{name}_{i}", "", item)


def _word(word: str) -> Word:
    return Word(word, next(kind for kind in KINDS if word in kind))


def _holding(written: str) -> Holding | None:
    try:
        found = condition(written, Fraction)
    except (Unclear, ValueError, ZeroDivisionError):
        return None
    return Holding(found) if found.letter else None
