"""`fit`: weights of one neuron for a table, or the proof that there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.polynomial import Polynomial, formula
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Equals,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
    Tag,
)
from rnnhand.errors import failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.fitting import Demand, Fit, Neuron, Refusal, Row, fit, left_side, neuron_of
from rnnhand.questions.topics import plane
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.reading import formula_of, names_of, options_of, rows_of
from rnnhand.questions.topics.spelling import exact, spelled
from rnnhand.system.model import SCALAR, Quantity

WORD = "fit"
MOST_SHOWN = 4
"""Cases whose contradiction is written out."""


def topic(problem: Problem, options: yaml.Node) -> Answer:
    """Reads `{neuron: …, inputs: [x1, x2], rows: [[1, 1, 0], …]}`."""
    node = options_of(options, WORD, ("neuron", "inputs", "rows"), ("neuron", "rows"))
    written, table = node.get("neuron"), node.get("rows")
    assert written is not None and table is not None
    functions = problem.system.functions
    inputs = names_of(node.get("inputs"), WORD)
    rows = rows_of(table, WORD, len(inputs), must_want=True)
    known = {
        q.name: entry
        for q, given in problem.system.given.items()
        if q == Quantity(q.name) and given.shape == SCALAR and q.name not in inputs
        if isinstance(entry := given.values[None][0], Fraction)
    }
    neuron = neuron_of(formula_of(written, WORD, functions), inputs, known, functions, written.span)
    wanted = tuple(Row(r.inputs, r.wanted) for r in rows if r.wanted is not None)
    try:
        found = fit(neuron, wanted, written.span)
    except Fault:
        expr = text(neuron.written)[:60]
        raise failure("fit-not-piecewise", written.span, "hint-fit", found=expr) from None
    return Answer(lambda words, _: _tell(found, words), lambda _: as_data(found))


def as_data(found: Fit) -> Mapping[str, Any]:
    """The weights, or the contradiction in every case, for machines."""
    data: dict[str, Any] = {"possible": found.found is not None}
    if found.found is not None:
        data["weights"] = {w: str(v) for w, v in found.found.items()}
        data["outputs"] = [str(found.output(i)) for i in range(len(found.rows))]
    elif found.never is not None:
        data["never"] = {"row": found.never + 1, "wanted": str(found.rows[found.never].wanted)}
    else:
        data["contradictions"] = [
            {
                "rows": [
                    {
                        "row": demand.row + 1,
                        "times": str(times),
                        "condition": f"{text(_left(found, demand))} {demand.condition.relation} 0",
                    }
                    for demand, times in _used(refusal)
                ],
                "sum": f"{refusal.proof.total} {refusal.relation} 0",
            }
            for refusal in found.refusals
        ]
    return data


def _left(found: Fit, demand: Demand) -> Expr:
    return formula(left_side(demand.condition, found.neuron.weights), found.neuron.weights)


def _used(refusal: Refusal) -> list[tuple[Demand, Fraction]]:
    pairs = zip(refusal.demands, refusal.proof.multipliers, strict=True)
    return [(demand, times) for demand, times in pairs if times]


def _tell(found: Fit, words: Phrases) -> Iterator[Block]:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    neuron = found.neuron
    output = _output(neuron)
    blocks: list[Block] = [Definitions(((output, spelled(neuron.written, neuron.functions)),))]
    names = joined([(Math(Ref(w)),) for w in neuron.weights])
    if found.never is not None:
        wanted = exact(found.rows[found.never].wanted)
        blocks.append(Paragraph(say("fit-never", row=str(found.never + 1), wanted=wanted)))
        blocks.append(Note("warning", say("fit-impossible", names=names)))
    elif found.found is not None:
        blocks.append(Paragraph(say("fit-conditions", names=names)))
        blocks.append(_conditions(found, found.demands, say))
        answer = joined([(Equals(Ref(w), Number(str(v))),) for w, v in found.found.items()])
        blocks.append(Note("check", say("fit-found", weights=answer)))
        blocks.append(_tried(found, say))
        form = neuron.form.at(found.found)
        rows, values = [r.inputs for r in found.rows], [r.wanted for r in found.rows]
        blocks += _drawn(found, say, rows, values, form)
    else:
        blocks += _refused(found, say, names)
    yield Section(say("fit-title"), tuple(blocks))


def _output(neuron: Neuron) -> Ref:
    """A name for what the neuron gives that is none of an input or a weight."""
    taken = {*neuron.inputs, *neuron.weights}
    return Ref(next(name for name in ("y", "out", "result", "output'") if name not in taken))


def _drawn(
    found: Fit, say: Any, rows: Any, values: list[Fraction], form: Polynomial
) -> Iterator[Block]:
    inputs = found.neuron.inputs
    picture = plane.classes(say, inputs, rows, values, [form]) if len(inputs) == 2 else None
    if picture is not None:
        yield picture


def _refused(found: Fit, say: Any, names: Sentence) -> Iterator[Block]:
    for i, refusal in enumerate(found.refusals[:MOST_SHOWN], 1):
        if len(found.refusals) > 1:
            yield Paragraph(say("fit-case", n=str(i), count=str(len(found.refusals))))
        yield Paragraph(say("fit-conditions", names=names))
        yield _conditions(found, refusal.demands, say)
        yield _contradiction(found, refusal, say)
    if len(found.refusals) > MOST_SHOWN:
        left = len(found.refusals) - MOST_SHOWN
        yield Paragraph(say("fit-more-cases", count=str(left)))
    yield Note("warning", say("fit-impossible", names=names))


def _conditions(found: Fit, demands: tuple[Demand, ...], say: Any) -> Grid:
    """Each row of the table, and what it asks of the weights."""
    head = [*_inputs(found), say("table-wanted"), say("fit-condition")]
    rows = []
    for demand in demands:
        row = found.rows[demand.row]
        cells: list[Sentence] = [(exact(x),) for x in row.inputs]
        rows.append((*cells, (exact(row.wanted),), _condition(found, demand)))
    return Grid(tuple(head), tuple(rows), turnable=False)


def _inputs(found: Fit) -> list[Sentence]:
    return [(Math(Ref(name)),) for name in found.neuron.inputs]


SIGNS = {">": " > 0", ">=": " ≥ 0", "=": " = 0"}
TURNED = {">": " < 0", ">=": " ≤ 0", "=": " = 0"}


def _condition(found: Fit, demand: Demand) -> Sentence:
    """w1 + w2 ≤ 0, as the neuron's form stands in the row, where it is a bound by 0."""
    weights = found.neuron.weights
    own, form = left_side(demand.condition, weights), demand.form
    if own.terms == form.terms or own.terms != (-form).terms:
        return (Math(formula(own, weights)), SIGNS[demand.condition.relation])
    return (Math(formula(form, weights)), TURNED[demand.condition.relation])


def _contradiction(found: Fit, refusal: Refusal, say: Any) -> Grid:
    """The rows that do not go together, each so many times, and their sum."""
    rows: list[tuple[Sentence, ...]] = []
    for demand, times in _used(refusal):
        left = _left(found, demand)
        sign = SIGNS[demand.condition.relation]
        row = (str(demand.row + 1),)
        rows.append((row, (exact(times),), (Math(left), sign)))
    total = exact(refusal.proof.total)
    false: Sentence = (
        total,
        SIGNS[refusal.relation],
        "   ",
        Tag("wrong", _plain(say("fit-false"))),
    )
    rows.append((say("count-sum"), (), false))
    head = (say("fit-row"), say("fit-times"), say("fit-added"))
    return Grid(head, tuple(rows), turnable=False)


def _plain(said: Sentence) -> str:
    return "".join(part for part in said if isinstance(part, str))


def _tried(found: Fit, say: Any) -> Grid:
    """The weights put in: the form, the output, and that it is what is wanted."""
    argument: Sentence = (Math(spelled(found.neuron.argument, found.neuron.functions)),)
    head = (*_inputs(found), argument, (Math(_output(found.neuron)),), say("table-wanted"))
    rows = []
    for i, row in enumerate(found.rows):
        cells: list[Sentence] = [(exact(x),) for x in row.inputs]
        cells += [(exact(found.form(i)),), (exact(found.output(i)),), (exact(row.wanted),)]
        rows.append(tuple(cells))
    return Grid(head, tuple(rows))
