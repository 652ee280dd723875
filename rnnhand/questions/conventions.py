"""What could be read in another way, and how numbers are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import TypeVar, assert_never

from rnnhand.arithmetic.base import Scalar
from rnnhand.arithmetic.numerals import numeral
from rnnhand.arithmetic.policy import Settled
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Equals,
    Fields,
    Grid,
    Math,
    Note,
    Paragraph,
    Pictures,
    Plane,
    Plot,
    Room,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
    Values,
)
from rnnhand.explain.steps import Telling
from rnnhand.language.numerals import Numeral, Table, is_shortened
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, walk
from rnnhand.system.model import System
from rnnhand.system.windows import CONVOLUTIONS

Work = TypeVar("Work")


def conventions(telling: Telling, system: System) -> Iterator[Sentence]:
    """What could be read in another way, and how it is read here."""
    nodes = [node for e in system.equations for node in walk(e.body)]
    used = {node.op for node in nodes if isinstance(node, Apply)}
    for op in sorted(used & set(system.functions)):
        if system.functions[op].kink:
            yield (system.functions[op].kink,)
    if used & {"max", "min"}:
        yield telling.say("convention-ties")
    if used & set(CONVOLUTIONS):
        yield telling.say("convention-correlation")
    if used & {"max_pool2d", "max_pool1d"}:
        yield telling.say("convention-pool-ties")
    if "log" in used:
        yield telling.say("convention-log")
    if "one_hot" in used:
        yield telling.say("convention-one-hot")
    if system.loss is not None:
        for equation in system.made_by[system.quantity(system.loss)]:
            sums = {(n.kind, n.var) for n in walk(equation.body) if isinstance(n, Over)}
            for kind, var in sorted(sums):
                over = "" if var == "t" else "-over"
                slots = {"loss": Math(system.loss), **({"index": Math(Ref(var))} if over else {})}
                yield telling.say(f"convention-loss-{kind}{over}", **slots)


def how_numbers_are_shown(
    telling: Telling,
    settled: Settled[Work],
    scalars: Iterable[Scalar],
    digits: int,
    blocks: Iterable[Block],
) -> Sentence:
    """Exactly, in decimals, as letters; where exact numbers are rounded in these blocks and no ≈
    says so, to how many digits."""
    code = "numbers-closed" if settled.closed is not None else f"numbers-{settled.name}"
    if code == "numbers-exact":
        numerals = (numeral(x, digits) for x in scalars)
        rounded = {n.decimal for n in numerals if n.decimal and is_shortened(n)}
        if rounded and any(_rounds(block, rounded) for block in blocks):
            code = "numbers-exact-long"
    return telling.say(code, digits=str(digits))


def _rounds(block: Block, rounded: Set[str]) -> bool:
    """Whether a rounded number stands in a sentence, a cell or a formula. Results have ≈."""
    match block:
        case Paragraph(content) | Note(_, content):
            return _said(content, rounded)
        case Values(items):
            return any(_said(item, rounded) for item in items)
        case Step(_, forms, _, remark):
            return any(_put(form, rounded) for form in forms) or _said(remark, rounded)
        case Steps(_, steps):
            return any(_rounds(step, rounded) for step in steps)
        case Grid(_, rows):
            return any(_said(cell, rounded) for row in rows for cell in row)
        case Section(_, inner):
            return any(_rounds(one, rounded) for one in inner)
        case Definitions() | Plot() | Pictures() | Plane() | Fields() | Room():
            return False
        case _:
            assert_never(block)


def _said(sentence: Sentence, rounded: Set[str]) -> bool:
    for part in sentence:
        match part:
            case Shown(table) | Equals(_, (Numeral() | tuple()) as table):
                if _any_shortened(table):
                    return True
            case Math(expr) if _put(expr, rounded):
                return True
    return False


def _put(expr: Expr, rounded: Set[str]) -> bool:
    """Whether a rounded number is put into a formula."""
    return any(isinstance(n, Number) and n.text in rounded for n in walk(expr))


def _any_shortened(table: Table) -> bool:
    return is_shortened(table) if isinstance(table, Numeral) else any(map(_any_shortened, table))
