"""What topics found as formulas, each under a name of its own, as numbers have theirs.

    analyse: {derivative_in_f: f*(1 - f), inverse: log(y/(1 - y)), …}

gives analyse_derivative_in_f and analyse_inverse. A sheet answers with a formula in the same
letters, which is right where it is proved to be equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rnnhand.errors import Failure
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.problem.model import Problem
from rnnhand.questions.analysis.study import formula
from rnnhand.questions.facts import begun, own_names, step_of

TOLD = frozenset(
    ("input", "inputs", "size", "rate", "temperature", "like", "function", "variable", "letters",
     "f", "same_as", "where", "pieces_for", "density", "drop", "keep", "name", "law", "remainder",
     "verdict", "reason", "holds", "holds_for", "kind", "at", "mean_expanded", "variance_expanded",
     "left", "right", "weights", "biases", "parameters")
)  # fmt: skip
"""Keys of formulas that are given, that say another one again, or that say when one holds."""

SILENT = frozenset(("pictures", "scalars", "symmetry", "identity", "agree", "table", "fit"))
"""Topics whose formulas nobody is asked for."""

RELATIONS = frozenset((">", "<", ">=", "<=", "==", "!="))
INFINITY = "oo"
MOST = 60
"""Formulas of all topics of a problem that have a name."""

LONGEST = 500
"""Characters of a formula on a sheet."""


def named_formulas(
    problem: Problem, answers: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[str, Expr]:
    """The formulas in what topics found, by the words of the topics, each of them once: under the
    shortest of its names."""
    found: dict[str, Expr] = {}
    taken = own_names(problem)
    for _, start, results in begun(answers, SILENT):
        names: dict[Expr, str] = {}
        for name, expr in _with_letters(_formulas(start, results)):
            if expr not in names or len(name) < len(names[expr]):
                names[expr] = name
        for expr, name in names.items():
            if name not in taken and len(found) < MOST:
                found[name] = expr
    return found


def _formulas(name: str, found: Any) -> Iterator[tuple[str, Expr]]:
    """What can be read as a formula, under the way that leads to it."""
    match found:
        case Mapping():
            for key, item in found.items():
                if key not in TOLD:
                    yield from _formulas(name + step_of(name, key, found), item)
        case str():
            expr = _read(found)
            if expr is not None:
                yield name, expr
        case Sequence():
            for i, item in enumerate(found, 1):
                if isinstance(item, Mapping | str):
                    yield from _formulas(f"{name}_{i}", item)


def _read(written: str) -> Expr | None:
    if len(written) > LONGEST:
        return None
    try:
        expr = formula(written)
    except Failure:
        return None
    if isinstance(expr, Number) or (isinstance(expr, Apply) and expr.op in RELATIONS):
        return None
    names = {ref.name for ref in refs(expr)}
    return expr if names and INFINITY not in names else None


def _with_letters(read: Iterable[tuple[str, Expr]]) -> Iterator[tuple[str, Expr]]:
    """Those formulas, without words that are none: a name alone counts where it is a letter of
    another formula."""
    found = list(read)
    letters = {r.name for _, expr in found if not isinstance(expr, Ref) for r in refs(expr)}
    for name, expr in found:
        if not isinstance(expr, Ref) or expr.name in letters:
            yield name, expr
