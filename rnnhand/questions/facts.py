"""What topics found, as quantities: every number among their results has a name of its own.

    stack: {parameters: 84301, layers: [{parameters: 3900}, …]}

gives stack_parameters = 84301 and stack_layers_1_parameters = 3900; where a word is asked for more
than once, the second is stack_2_parameters. A key that repeats what is before it is left out.

With these equations beside its own, a problem is marked, and asks for answers, as any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from rnnhand.errors import Failure
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, Expr, Number, Ref, walk
from rnnhand.problem.library import functions
from rnnhand.problem.model import AskTopic, Problem
from rnnhand.questions.topics import answer
from rnnhand.system.model import Equation, Quantity, Shape, System, Term

DIGITS = 30
"""Digits of a result that has no exact form: far more than anybody writes."""

TOLD = {
    *("input", "inputs", "size", "logits", "temperature", "window", "stride", "covers", "formula"),
    *("times", "row", "point", "points", "where", "regions", "multipliers", "direction"),
}
"""Keys of results that say again what is given, or of what kind a result is."""

TOLD_BY = {"stack": {"weights", "biases"}, "least_squares": {"lambda"}}
"""Keys of one topic that say what is given, or that nobody writes down one by one."""

SILENT = {"pictures", "compose", "scalars", "symmetry", "identity", "agree", "table", "fit"}
"""Topics that show or decide something, and have no number that one is asked for."""

UNASKED = frozenset(("pictures", "scalars", "symmetry", "table"))
"""Topics of which nothing at all stands on a sheet."""

SPOKEN = {"-oo": "minus_infinity", "oo": "infinity"}
"""Keys that are no part of a name, as parts of names."""

MOST = 500
"""Numbers of all topics of a problem that have a name."""

Rows: TypeAlias = tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True)
class Fact:
    """A number among the results of a topic, a list of them or rows: as a matrix of formulas."""

    name: str
    rows: Rows

    @property
    def shape(self) -> Shape:
        return len(self.rows), len(self.rows[0])

    @property
    def table(self) -> Table:
        """As a result is told: a number, a list, or rows."""
        cells = tuple(tuple(Numeral(cell, None) for cell in row) for row in self.rows)
        if self.shape[1] > 1:
            return cells
        return cells[0][0] if len(cells) == 1 else tuple(row[0] for row in cells)

    @property
    def equation(self) -> Equation:
        lines = [row[0] if len(row) == 1 else Apply(",", row) for row in self.rows]
        body = lines[0] if len(lines) == 1 else Apply(";", tuple(lines))
        return Equation(Ref(self.name), (Term(body, None),), None)


Results: TypeAlias = Sequence[tuple[str, Mapping[str, Any]]]
"""What each topic of a problem found, with the word that asks for it."""


def results_of(problem: Problem) -> Results:
    """What the topics of a problem found, in the order of its questions."""
    asks = [a for a in problem.ask if isinstance(a, AskTopic) and a.word not in UNASKED]
    return [(ask.word, answer(problem, ask).results(DIGITS)) for ask in asks]


def begun(
    answers: Iterable[tuple[str, Mapping[str, Any]]], silent: Collection[str]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each topic's word, what the names of its results begin with, and the results; those of
    `silent` topics have no names."""
    seen = Counter[str]()
    for word, results in answers:
        if word not in silent:
            seen[word] += 1
            yield word, word if seen[word] == 1 else f"{word}_{seen[word]}", results


def own_names(problem: Problem) -> set[str]:
    """The names of a problem's own quantities, which no result of a topic takes."""
    return {q.name for q in (*problem.system.made_by, *problem.system.given)}


def named(problem: Problem, answers: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Fact]:
    """The numbers in what topics found, by the words of the topics; no name of the problem's own
    is taken."""
    found: dict[str, Fact] = {}
    taken = own_names(problem)
    for word, start, results in begun(answers, SILENT):
        for fact in _facts(start, results, TOLD | TOLD_BY.get(word, set())):
            if fact.name not in taken:
                found.setdefault(fact.name, fact)
    return list(found.values())[:MOST]


def with_facts(problem: Problem, found: Sequence[Fact], others: bool = False) -> Problem:
    """The problem with an equation for each fact; these alone where its own quantities are letters,
    and there are such facts, or `others` besides that are no numbers."""
    if not found and not others:
        return problem
    system = problem.system
    if any(g.has_letters for g in system.given.values()):
        system = System((), {}, {}, functions(), {})
    shapes = {**system.shapes, **{Quantity(fact.name): fact.shape for fact in found}}
    equations = (*system.equations, *(fact.equation for fact in found))
    kept = tuple(a for a in problem.ask if not isinstance(a, AskTopic))
    full = replace(system, equations=equations, shapes=shapes)
    return replace(problem, system=full, ask=kept)


def _facts(name: str, found: Any, told: Collection[str]) -> Iterator[Fact]:
    """The numbers in a result of any form, each under the way that leads to it."""
    match found:
        case Mapping():
            for key, item in found.items():
                if key not in told:
                    yield from _facts(name + step_of(name, key, found), item, told)
        case str() | Numeral():
            if (number := _number(found)) is not None:
                yield Fact(name, ((number,),))
        case Sequence():
            yield from _listed(name, found, told)


def step_of(name: str, key: str, among: Iterable[str]) -> str:
    """What a key adds to the name of the result that holds it and others."""
    if _spoken(key).isidentifier():
        return "" if name.endswith(f"_{key}") else f"_{_spoken(key)}"
    odd = [other for other in among if not _spoken(other).isidentifier()]
    return f"_{odd.index(key) + 1}" if len(odd) > 1 else ""


def _spoken(key: str) -> str:
    return SPOKEN.get(key, key.replace("'", "_prime"))


def _listed(name: str, found: Sequence[Any], told: Collection[str]) -> Iterator[Fact]:
    """A list of numbers, or of rows of them, is one result; a list of results has them by number.
    Where letters stand among its numbers, a list has no name."""
    if any(isinstance(item, Mapping) for item in found):
        for i, item in enumerate(found, 1):
            yield from _facts(f"{name}_{i}", item, told)
        return
    rows = [list(item) if _is_list(item) else [item] for item in found]
    numbers = [[n for n in map(_number, row) if n is not None] for row in rows]
    widths = {len(row) for row in (*rows, *numbers)}
    if len(widths) == 1 and widths != {0}:
        yield Fact(name, tuple(map(tuple, numbers)))


def _is_list(item: Any) -> bool:
    return isinstance(item, Sequence) and not isinstance(item, str)


def _number(found: Any) -> Expr | None:
    """A constant: 84301, 7/3, sqrt(3/5); None for words, for letters, and for what has none."""
    if isinstance(found, Numeral):
        return found.exact if found.exact is not None else _number(found.decimal)
    if not isinstance(found, str):
        return None
    try:
        expr = parse_expression(found)
    except Failure:
        return None
    known = {"+", "-", "*", "/", "^", "neg", "exp", "log", "sqrt"}
    for part in walk(expr):
        if not isinstance(part, Number) and not (isinstance(part, Apply) and part.op in known):
            return None
    return expr
