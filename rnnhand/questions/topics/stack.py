"""`stack`: the sizes and the parameters of layers one on top of another, in numbers or letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnnhand.document.blocks import (
    Block,
    Grid,
    Inline,
    Math,
    Paragraph,
    Section,
    Sentence,
    Step,
    Steps,
)
from rnnhand.explain.sentences import sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.stacks import stack_of
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.layers import across, exact, told
from rnnhand.system.amounts import letters, value_of
from rnnhand.system.stacks import (
    Conv,
    Dense,
    Kind,
    Plain,
    Pool,
    Row,
    Stack,
    Volume,
    rows,
    side_name,
    total,
)


def stack(_: Problem, options: yaml.Node) -> Answer:
    described = stack_of(options)
    found = list(rows(described))
    return Answer(
        lambda words, _: tell(described, found, words), lambda _: results(described, found)
    )


def results(described: Stack, found: list[Row]) -> Mapping[str, Any]:
    return {
        "input": _shape(described.start),
        "layers": [
            {
                "layer": _word(row),
                "size": _shape(row.out),
                **({"formula": text(row.formula)} if row.formula is not None else {}),
                "weights": text(row.weights),
                "biases": text(row.biases),
                "parameters": text(row.parameters),
            }
            for row in found
        ],
        "parameters": text(total(found)),
    }


def _word(row: Row) -> str:
    match row.layer:
        case Conv():
            return Kind.CONV.value
        case Pool():
            return Kind.POOL.value
        case Dense():
            return Kind.DENSE.value
        case Plain(name):
            return name


def _shape(volume: Volume) -> list[str]:
    """Channels, rows, columns; of a picture that is not known only the channels."""
    return [text(size) for size in (volume.channels, *(volume.sides or ()))]


def tell(described: Stack, found: list[Row], words: Phrases) -> Iterator[Block]:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    if any(row.sizes and letters(*(s.value for s in row.sizes)) for row in found):
        found = list(rows(described, named=True))
    head = (say("stack-layer"), say("stack-size"), say("stack-parameters"))
    lines: list[tuple[Sentence, ...]] = [(say("stack-input"), _size(described.start), ())]
    for row in found:
        lines.append((told(row.layer, words), _size(row.out), _parameters(row)))
    lines.append((say("stack-total"), (), (Math(total(found)),)))
    blocks: list[Block] = [Grid(head, tuple(lines), turnable=False)]
    work = [steps for i, row in enumerate(found, 1) if (steps := _work(i, row, words))]
    if work:
        blocks += [Paragraph(say("stack-how")), *work]
    dense = next((row for row in found if isinstance(row.layer, Dense)), None)
    if dense is not None:
        into = ([described.start] + [row.out for row in found])[found.index(dense)]
        if into.sides and value_of(into.entries) is not None:
            entries = Apply("*", (into.channels, *into.sides))
            blocks.append(
                Paragraph(say("stack-laid-out", product=Math(entries), n=Math(into.entries)))
            )
    yield Section(say("stack-title"), tuple(blocks))


def _size(volume: Volume) -> Sentence:
    if volume.sides is None:
        return across((volume.channels, Ref("?"), Ref("?")))
    return across((volume.channels, *volume.sides))


def _parameters(row: Row) -> Sentence:
    """`6·(1·5·5 + 1) = 156`."""
    if row.formula is None:
        return (Math(Number("0")),)
    if letters(row.formula):
        return (Math(row.formula),)
    return (Math(row.formula), " = ", Math(row.parameters))


def _work(number: int, row: Row, words: Phrases) -> Steps | None:
    """How the sides of what comes out are found: (28 + 2·2 − 5)/1 + 1; equal sides once."""
    seen: dict[Expr, Step] = {}
    for i, size in enumerate(row.sizes):
        left = side_name(i, number)
        forms = (size.formula,) if value_of(size.value) is not None else ()
        seen.setdefault(size.formula, Step(left, forms, exact(size.value)))
    if not seen:
        return None
    return Steps((*told(row.layer, words), ":"), tuple(seen.values()))
