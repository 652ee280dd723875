"""What an exercise is worth as an exercise: what it can tell apart, its kinks, its numbers, its
length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import Block, Document, Note, Paragraph, Section, Sentence
from rnnhand.explain.sentences import plain
from rnnhand.explain.steps import Telling
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, children
from rnnhand.marking.marker import Marker
from rnnhand.marking.misconceptions import name_of
from rnnhand.marking.power import Power
from rnnhand.phrases import Phrases
from rnnhand.questions import kinks
from rnnhand.questions.evaluation import evaluator
from rnnhand.questions.key import key_of
from rnnhand.system.model import Equation, System

DIGITS = 6

SHORT = 8
"""Characters up to which a fraction is a friendly number."""

FREE = ("T", ",", ";", "rows", "columns", "fill", "one_hot")
"""Operations that are no arithmetic."""


@dataclass(frozen=True)
class Lint:
    """`ugly` are the values that are no short fractions, longest first; `forward` and `backward`
    count scalar operations; `kinks` are notes on slopes taken where there are two."""

    power: Power
    kinks: tuple[Note, ...]
    ugly: tuple[tuple[str, str], ...]
    values: int
    forward: int
    backward: int


def lint(marker: Marker, power: Power, words: Phrases) -> Lint:
    """All that is to be said of an exercise."""
    plan, settled = marker.plan, marker.settled
    shape = shapes_in(plan.full)
    telling = Telling(plan.full, shape, evaluator(settled, shape, DIGITS), words, "normal")
    key = key_of(plan.problem.name, settled, (), DIGITS)
    numbers = [
        (name, number)
        for name, value in {**key.values, **key.gradients}.items()
        for number in _numbers(value)
    ]
    ugly = [(name, _spelled(n)) for name, n in numbers if not _is_short(n)]
    own = [e for e in plan.full.equations if e in plan.system.equations]
    back = [e for e in plan.full.equations if e not in plan.system.equations]
    return Lint(
        power,
        tuple(kinks.notes(telling, settled, DIGITS)),
        tuple(sorted(ugly, key=lambda pair: -len(pair[1]))),
        len(numbers),
        sum(_length(plan.full, e) for e in own),
        sum(_length(plan.full, e) for e in back),
    )


def _numbers(table: Table) -> Iterator[Numeral]:
    if isinstance(table, Numeral):
        yield table
    else:
        for part in table:
            yield from _numbers(part)


def _is_short(n: Numeral) -> bool:
    return isinstance(n.exact, Number) and len(n.exact.text) <= SHORT


def _spelled(n: Numeral) -> str:
    spelled = text(n.exact) if n.exact is not None else f"{n.decimal}…"
    return spelled.replace("-", "−")


def _length(system: System, equation: Equation) -> int:
    """Scalar operations of an equation at all its steps."""
    total = 0
    for step in equation.steps or (None,):
        terms = [t for t in equation.terms if t.steps is None or step in t.steps]
        rows, columns = system.shapes[system.quantity(equation.target)]
        total += sum(_operations(t.body, system) for t in terms)
        total += max(len(terms) - 1, 0) * rows * columns
    return total


def _operations(expr: Expr, system: System) -> int:
    inside = sum(_operations(child, system) for child in children(expr))
    shape = shapes_in(system)
    match expr:
        case Apply(op, _) if op in FREE:
            return inside
        case Apply("@", (a, b)):
            (m, k), (_, n) = shape(a), shape(b)
            return inside + m * n * (2 * k - 1)
        case Apply(_, args):
            rows, columns = shape(expr)
            return inside + max(len(args) - 1, 1) * rows * columns
        case Over():
            steps = sum(map(len, system.domain(expr)))
            return inside * steps + steps - 1
        case _:
            return 0


def document(marker: Marker, found: Lint, words: Phrases) -> Document:
    """The report for a teacher."""
    problem = marker.plan.problem
    blocks: list[Block] = [
        Paragraph((words.say("lint-length", forward=found.forward, backward=found.backward),)),
        Paragraph(_of_numbers(found, words)),
    ]
    told = tuple(_of_power(found.power, words))
    if marker.plan.gradient is not None:
        told = (Paragraph((words.say("lint-scope"),)), *told)
    blocks.append(Section((words.say("lint-power"),), told))
    if found.kinks:
        blocks.append(Section((words.say("lint-kinks"),), found.kinks))
    title = problem.wording(problem.title, words.lang) or problem.name
    return Document(
        title,
        problem.wording(problem.source, words.lang),
        words.lang,
        tuple(blocks),
        decimal=words.decimal,
    )


def _of_numbers(found: Lint, words: Phrases) -> Sentence:
    if not found.ugly:
        return (words.say("lint-friendly", values=found.values),)
    name, longest = found.ugly[0]
    slots = {"ugly": len(found.ugly), "values": found.values, "name": name}
    return (words.say("lint-ugly", longest=words.number(longest), **slots),)


def _of_power(power: Power, words: Phrases) -> Iterator[Block]:
    if power.blind:
        yield Note("warning", (words.say("lint-blind", names=_named(power.blind, words)),))
    for one, others in power.mistaken_for().items():
        names = {"one": _named((one,), words), "others": _named(others, words)}
        yield Note("remark", (words.say("lint-alike", **names),))
    hidden = {id for pair in power.alike for id in pair}
    clear = [id for id in power.told if id not in hidden]
    if clear:
        yield Paragraph((words.say("lint-clear", names=_named(tuple(clear), words)),))


def _named(ids: tuple[str, ...], words: Phrases) -> str:
    return "; ".join(name_of(id, words.lang) for id in ids)


def as_data(found: Lint) -> dict[str, Any]:
    """The JSON of `lint`; `docs/lint.schema.json` describes it."""
    return {
        "blind": list(found.power.blind),
        "alike": [list(pair) for pair in found.power.alike],
        "told": list(found.power.told),
        "kinks": [plain(note.content) for note in found.kinks],
        "numbers": {
            "values": found.values,
            "ugly": [{"name": name, "value": value} for name, value in found.ugly],
        },
        "operations": {"forward": found.forward, "backward": found.backward},
    }
