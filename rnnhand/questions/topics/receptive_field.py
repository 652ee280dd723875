"""`receptive_field`: how much of a picture one number sees, and how many layers cover an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rnnhand.document.blocks import Block, Grid, Inline, Math, Paragraph, Section, Sentence, Step
from rnnhand.errors import failure
from rnnhand.explain.sentences import sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.options import entries
from rnnhand.problem.stacks import amount, layers_of
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.layers import exact, told
from rnnhand.system import amounts
from rnnhand.system.receptive import Block as Round
from rnnhand.system.receptive import Seen, along, block_of, least, seen
from rnnhand.system.stacks import Layer

ONE = Number("1")
KEYS = ("layers", "repeat", "covers")
SHOWN = 40
"""Rows up to which the table is written out."""


@dataclass(frozen=True)
class Found:
    """One round of layers and its closed form after `rounds`; what is needed to see `covers`: the
    least value of the letter `unknown`, with the field there and one below."""

    layers: tuple[Layer, ...]
    round: Round
    rounds: Expr
    covers: int | None
    table: tuple[Seen, ...] = ()
    unknown: str = ""
    least: int = 0
    at: Expr = ONE
    below: Expr = ONE

    @property
    def field(self) -> Expr:
        return self.round.field(self.rounds)


def receptive_field(_: Problem, node: yaml.Node) -> Answer:
    given = entries(node, "receptive_field", KEYS)
    if "layers" not in given:
        raise failure(
            "topic-missing", node.span, "hint-receptive", word="receptive_field", name="layers"
        )
    layers = layers_of(given["layers"], 2)
    covers = given.get("covers")
    wanted = None if covers is None else amount(covers, 1)
    target = None if wanted is None else amounts.value_of(wanted)
    if covers is not None and target is None:
        raise failure("size-not-whole", covers.span, found=yaml.shown(covers))
    repeat = given.get("repeat")
    once = ONE if target is None else Ref("n")
    rounds = once if repeat is None else amount(repeat, 1)
    found = []
    for direction in (0, 1):
        windows = along(layers, direction)
        if not windows:
            raise failure("receptive-no-windows", given["layers"].span, "hint-receptive")
        one = Found(layers, block_of(windows), rounds, None if target is None else int(target))
        found.append(_solved(one, windows, node) if target is not None else _tabled(one, windows))
    shown = found[:1] if found[0] == found[1] else found
    return Answer(lambda words, _: tell(shown, words), lambda _: results(shown))


Windows = list[tuple[Layer, Expr, Expr]]


def _solved(one: Found, windows: Windows, node: yaml.Node) -> Found:
    """The least value of the one letter with which the field covers the object."""
    field = one.field
    names = amounts.letters(field)
    if len(names) > 1:
        raise failure("receptive-letters", node.span, found=", ".join(names))
    if not names and amounts.letters(one.rounds):  # 1, however many layers there are
        raise failure("receptive-never", node.span, covers=one.covers)
    if not names:
        return _tabled(one, windows)
    (name,) = names

    def at(n: int) -> Expr:
        # From the windows anew: a letter may be a stride, and a stride of 1 has another form.
        put = {name: Number(str(n))}
        there = [
            (layer, amounts.with_values(size, put), amounts.with_values(stride, put))
            for layer, size, stride in windows
        ]
        return block_of(there).field(amounts.with_values(one.rounds, put))

    def reaches(n: int) -> bool:
        value = amounts.value_of(at(n))
        return value is not None and one.covers is not None and value >= one.covers

    n = least(reaches)
    if n is None:
        raise failure("receptive-never", node.span, covers=one.covers)
    below = at(n - 1) if n > 1 else ONE
    put = {name: Number(str(n))}
    rounds = amounts.with_values(one.rounds, put)
    there = [
        (layer, amounts.with_values(size, put), amounts.with_values(stride, put))
        for layer, size, stride in windows
    ]
    done = Found(
        one.layers, one.round, one.rounds, one.covers, _rows(there, rounds), name, n, at(n), below
    )
    return done


def _tabled(one: Found, windows: Windows) -> Found:
    table = _rows(windows, one.rounds)
    return Found(one.layers, one.round, one.rounds, one.covers, table, at=one.field)


def _rows(windows: Windows, rounds: Expr) -> tuple[Seen, ...]:
    """Every layer of every round, where their number is known and not too large."""
    n = amounts.value_of(rounds)
    if n is None or n * len(windows) > SHOWN:
        return ()
    return tuple(seen(windows * int(n)))


def results(found: list[Found]) -> Mapping[str, Any]:
    return (
        _results(found[0])
        if len(found) == 1
        else {"rows": _results(found[0]), "columns": _results(found[1])}
    )


def _results(one: Found) -> dict[str, Any]:
    data: dict[str, Any] = {
        "field": text(one.at if one.unknown else one.field),
        "formula": text(one.field),
        "distance": text(amounts.raised(one.round.factor, one.rounds)),
        "layers": [
            {"window": text(s.window), "stride": text(s.stride), "distance": text(s.apart),
             "field": text(s.field)}
            for s in one.table
        ],
    }  # fmt: skip
    if one.covers is not None:
        data["covers"] = str(one.covers)
    if one.unknown:
        data |= {one.unknown: str(one.least), "before": text(one.below)}
    elif one.covers is not None:
        value = amounts.value_of(one.field)
        data["covered"] = value is not None and value >= one.covers
    return data


def tell(found: list[Found], words: Phrases) -> Iterator[Block]:
    for direction, one in zip(("rows", "columns"), found, strict=False):
        title = "receptive-title" if len(found) == 1 else f"receptive-{direction}"
        yield Section(sentence(words, title), tuple(_told(one, words)))


def _told(one: Found, words: Phrases) -> Iterator[Block]:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    yield Paragraph(say("receptive-rule"))
    if one.table:
        head = tuple(
            say(f"receptive-{c}") for c in ("layer", "window", "stride", "distance", "field")
        )
        lines = tuple(
            (
                told(s.layer, words),
                (Math(s.window),),
                (Math(s.stride),),
                (Math(s.apart),),
                (Math(s.formula), " = ", Math(s.field))
                if s.formula != s.field
                else (Math(s.field),),
            )
            for s in one.table
        )
        yield Grid(head, lines, turnable=False)
    if one.unknown or amounts.letters(one.rounds) or amounts.value_of(one.rounds) != 1:
        code = "receptive-closed" if amounts.value_of(one.round.factor) != 1 else "receptive-even"
        yield Paragraph(
            say(
                code,
                growth=Math(one.round.growth),
                factor=Math(one.round.factor),
                n=Math(one.rounds),
            )
        )
    yield Step(
        Ref("r"),
        () if one.field == one.at else (one.field,),
        exact(one.at if one.at != ONE else one.field),
    )
    if one.unknown:
        name = Ref(one.unknown)
        yield Paragraph(
            say(
                "receptive-least",
                name=Math(name),
                value=str(one.least),
                before=Math(Apply("-", (name, ONE))) if one.least > 1 else Math(ONE),
                below=Math(one.below),
                at=Math(one.at),
                covers=str(one.covers),
            )
        )
    elif one.covers is not None:
        value = amounts.value_of(one.field)
        code = (
            "receptive-covered" if value is not None and value >= one.covers else "receptive-short"
        )
        yield Paragraph(say(code, field=Math(one.field), covers=str(one.covers)))
