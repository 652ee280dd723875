"""What a teacher hands out: the exercise with places to fill in, the answers, the worked solution.

The sheet is the page of the answers with blanks in their places, so that the two lie side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rnnhand.document.blocks import (
    Block,
    Document,
    Fields,
    Grid,
    Inline,
    Math,
    Room,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
)
from rnnhand.language.numerals import BLANK, Numeral, Table, blanked
from rnnhand.language.printer import text
from rnnhand.language.tree import At, Ref, Shift
from rnnhand.phrases import Phrases
from rnnhand.questions.solve import Options, Solution, answers, document, statement

PARTS = ("sheet", "key", "solution")
LARGEST = 24
"""Entries up to which a matrix has a blank for each of them."""
ROOM_AT_LEAST, ROOM_AT_MOST, ROOM_EACH = 6, 44, 2
"""Lines to write in: in each section, and for each value of it."""
NOTHING: Sentence = ("—",)
"""In a cell in which there is nothing to fill in."""


@dataclass(frozen=True)
class Handout:
    sheet: Document
    key: Document
    solution: Document

    def part(self, name: str) -> Document:
        return {"sheet": self.sheet, "key": self.key, "solution": self.solution}[name]


def handout(solution: Solution, options: Options, words: Phrases, room: bool = True) -> Handout:
    """The three parts; with `room`, the sheet has some to write in."""
    whole = document(solution, options, words)
    short = replace(options, detail="result")
    found = answers(solution, short, words)
    told = statement(solution, short, words, found)
    blocks = [Fields(_fields(words)), *told, *_asked(found, _given(solution), room)]
    titles = {code: words.say(f"handout-{code}", title=whole.title) for code in ("key", "solution")}
    return Handout(
        Document(whole.title, whole.source, words.lang, tuple(blocks), decimal=words.decimal),
        Document(
            titles["key"],
            whole.source,
            words.lang,
            tuple(map(_short, found)),
            decimal=words.decimal,
        ),
        replace(whole, title=titles["solution"]),
    )


def _fields(words: Phrases) -> tuple[str, ...]:
    return tuple(words.say(f"handout-{code}") for code in ("name", "group", "date"))


def _given(solution: Solution) -> frozenset[str]:
    """The names of what the problem gives."""
    system = solution.problem.system
    return frozenset(text(q.at(step)) for q, g in system.given.items() for step in g.values)


def _short(block: Block) -> Block:
    """A block without the work that leads to its results."""
    match block:
        case Step():
            return replace(block, forms=(), remark=())
        case Steps(label, steps):
            return Steps(label, tuple(replace(s, forms=(), remark=()) for s in steps))
        case Section(title, blocks):
            return Section(title, tuple(map(_short, blocks)))
    return block


# Blanks


def _asked(blocks: Iterable[Block], given: frozenset[str], room: bool) -> Iterator[Block]:
    """The blocks with blanks for their results; what only tells about results is left out."""
    loose: list[Block] = []
    for block in blocks:
        match block:
            case Section(title, inner):
                found = list(_asked(inner, given, False))
                parts = any(isinstance(b, Section) for b in found)
                found = [*found, *_room(found)] if room and not parts else found
                yield Section(title, tuple(found))
            case Step() | Steps() | Grid():
                loose.append(_blank(block, given))
                yield loose[-1]
            case _:
                pass
    if room and loose:
        yield from _room(loose)


def _blank(block: Step | Steps | Grid, given: frozenset[str]) -> Step | Steps | Grid:
    match block:
        case Step(left, _, result, _, sign):
            return Step(left, (), _empty(result), (), sign)
        case Steps(label, steps):
            found = (Step(s.left, (), _empty(s.result), (), s.sign) for s in steps)
            return Steps(label, tuple(found))
        case Grid(head, rows):
            open_ = [
                (row[0], *(_cell(row, k, head, given) for k in range(1, len(row)))) for row in rows
            ]
            return replace(block, rows=tuple(open_))


def _cell(
    row: tuple[Sentence, ...], k: int, head: tuple[Sentence, ...], given: frozenset[str]
) -> Sentence:
    """What stands in a cell of the sheet: what is given, a blank, or a dash where there is
    nothing."""
    cell = row[k]
    if not cell:
        return NOTHING
    if _name(row[0], head[k]) in given:
        return cell
    tables = [part.table for part in cell if isinstance(part, Shown)]
    return (Shown(_empty(tables[0])),) if tables else (Shown(BLANK),)


def _name(row: Sentence, column: Sentence) -> str:
    """The name of what stands where a row and a column meet: h[1], or w before iteration 1."""
    first: Inline = row[0] if len(row) == 1 else ""
    step = column[0].replace("−", "-") if len(column) == 1 and isinstance(column[0], str) else ""
    if not isinstance(first, Math) or not isinstance(first.expr, Ref):
        return ""
    if not step.removeprefix("-").isdecimal():
        return ""
    ref = first.expr
    if isinstance(ref.index, Shift):
        return text(replace(ref, index=At(int(step) + ref.index.offset)))
    return text(ref) if step == "0" else ""


def _empty(table: Table) -> Table:
    """A blank for each entry; one blank where these would be very many."""
    return blanked(table) if _size(table) <= LARGEST else BLANK


def _size(table: Table) -> int:
    return 1 if isinstance(table, Numeral) else sum(map(_size, table))


def _room(blocks: Iterable[Block]) -> Iterator[Block]:
    """Room for the work behind some blanks."""
    count = sum(_blanks(block) for block in blocks)
    yield Room(min(ROOM_AT_MOST, ROOM_AT_LEAST + ROOM_EACH * count))


def _blanks(block: Block) -> int:
    match block:
        case Step():
            return _count(block.result)
        case Steps(_, steps):
            return sum(_count(step.result) for step in steps)
        case Grid(_, rows):
            shown = (part for row in rows for cell in row for part in cell)
            return sum(_count(part.table) for part in shown if isinstance(part, Shown))
    return 0


def _count(table: Table) -> int:
    return int(table == BLANK) if isinstance(table, Numeral) else sum(map(_count, table))
