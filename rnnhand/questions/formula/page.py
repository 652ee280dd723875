"""The page and the data of a judged formula."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.ball import precision
from rnnhand.arithmetic.equality import BITS
from rnnhand.arithmetic.numerals import numeral
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Equals,
    Inline,
    Math,
    Paragraph,
    Section,
    Sentence,
    Shown,
    Tag,
)
from rnnhand.errors import Failure
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.derivatives import derivative_of, entry_of
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.questions.any_loss import slope
from rnnhand.questions.formula.formula import Formula
from rnnhand.questions.formula.judged import Counterexample, Judged
from rnnhand.questions.formula.points import tells_class
from rnnhand.questions.formula.told import Slot, Told, number, plain, told
from rnnhand.questions.formula.values import put_at
from rnnhand.system.model import SCALAR, Given, Shape
from rnnhand.system.shapes import shown

MOST_SHOWN = 200
"""Numbers up to which a counterexample's point is written out."""

DIGITS = 6

X = Ref("x")


def document(formula: Formula, judged: Judged, words: Phrases) -> Document:
    """The verdict in the language of `words`."""

    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    problem = formula.problem
    blocks: list[Block] = [
        Definitions(tuple(_equations(formula))),
        *_open_loss(formula, say),
        Definitions(((formula.target, _spelled(formula, formula.written).expr),)),
    ]
    kind = {"right": "right", "wrong": "wrong"}.get(judged.verdict, "unreadable")
    verdict = Tag(kind, words.say(f"formula-{judged.verdict}"))
    blocks.append(Paragraph((verdict, " ", *_why(formula, judged, say))))
    if judged.counterexample is not None:
        blocks.append(_counter(formula, judged, say))
    title = problem.wording(problem.title, words.lang) or problem.name
    return Document(
        title,
        problem.wording(problem.source, words.lang),
        words.lang,
        tuple(blocks),
        decimal=words.decimal,
    )


def _open_loss(formula: Formula, say: Any) -> Iterator[Block]:
    """What g[t] is, where the loss is any."""
    if (g := formula.incoming) is not None:
        meant = Math(slope(formula.system, g))
        yield Paragraph(say("any-loss", g=Math(g), slope=meant))


def _equations(formula: Formula) -> Iterator[tuple[Expr, Expr]]:
    """The equations of the problem, and the names of entries where the formula has them."""
    system = formula.system
    written = {r.name for e in (formula.target, formula.written) for r in refs(e)}
    sides = [derivative_of(Ref(name)) for name in written]
    used = written | {pair.of.name for pair in sides if pair is not None}
    for e in system.equations:
        if e.target.name not in formula.entries:
            yield e.target, mathematical(e.body, formula.shape, system.functions)
        elif e.target.name in used:
            of, entry = formula.entries[e.target.name]
            yield e.target, entry_of(Ref(of, e.target.index), entry)


def _why(formula: Formula, judged: Judged, say: Any) -> Sentence:
    if judged.verdict == "right":
        found: Sentence = say(f"formula-right-{judged.holds}")
        said = [
            say(code, list=joined([(Math(i.name),) for i in alone]))
            for code, alone in (
                ("formula-silent", formula.silent),
                ("formula-given", judged.silent),
            )
            if alone
        ]
        as_row = [say("formula-as-row")] if judged.shapes is not None else []
        return joined([found, *as_row, *_elsewhere(formula, judged, say), *said], " ")
    if judged.verdict == "undecided":
        why = "no-value" if judged.holds == "no-value" else "why"
        found = say(f"formula-undecided-{why}")
        return found
    parts: list[Sentence] = []
    if judged.shapes is not None:
        own, right = judged.shapes
        code = "formula-turned" if own == (right[1], right[0]) else "formula-shape"
        parts.append(say(code, own=shown(own), right=shown(right)))
    if judged.factor:
        parts.append(say("formula-factor", factor=Math(number(judged.factor))))
    for one in told(judged):
        parts.append(say(one.code, **{slot: _inline(formula, e) for slot, e in one.slots.items()}))
    if judged.elsewhere:
        parts.append(say("formula-agrees-data", list=_listed(formula, judged)))
    elif judged.agrees_here:
        parts.append(say("formula-agrees-here"))
    return joined(parts, " ")


def _elsewhere(formula: Formula, judged: Judged, say: Any) -> list[Sentence]:
    """For which other data a formula that is right with those given is wrong."""
    if judged.holds != "given-data":
        return []
    if not judged.elsewhere:
        return [say("formula-differ")]
    given = [formula.system.given[q] for q in judged.elsewhere]
    classes = all(tells_class(entries, g.shape) for g in given for entries in g.values.values())
    listed = _listed(formula, judged)
    code = "formula-differ-classes" if classes else "formula-differ-for"
    return [say(code, list=listed, count=str(len(given)))]


def _listed(formula: Formula, judged: Judged) -> Sentence:
    return joined([(Math(_short(formula.system.given[q])),) for q in judged.elsewhere])


def _short(given: Given) -> Ref:
    """h_0, or x_t where it is given at several steps."""
    (first, *others) = given.values
    return given.quantity.ref() if others else given.quantity.at(first)


def _inline(formula: Formula, slot: Slot) -> Inline | Sentence:
    if isinstance(slot, str):
        return slot
    if isinstance(slot, tuple):
        return joined([(one if isinstance(one, str) else _spelled(formula, one),) for one in slot])
    return _spelled(formula, slot)


def _spelled(formula: Formula, expr: Expr) -> Math:
    """A part of a formula with ⊙ between arrays, where its shapes fit."""
    try:
        return Math(mathematical(expr, formula.shape, formula.system.functions))
    except (Failure, AssertionError):
        return Math(expr)


def _counter(formula: Formula, judged: Judged, say: Any) -> Section:
    """The point, and both values there."""
    counter = judged.counterexample
    assert counter is not None
    name = entry_name(counter)
    lines: list[Block] = []
    if counter.at_the_problem:
        lines.append(Paragraph(say("formula-own-numbers")))
    else:
        changed = list(_changed(formula, counter))
        if sum(len(entries) for _, entries, _ in changed) <= MOST_SHOWN:
            point: list[Sentence] = [(Equals(name, _table(entries, shape)),)
                                     for name, entries, shape in changed]  # fmt: skip
            lines.append(Paragraph(joined(point)))
            if len(changed) < sum(len(g.values) for g in formula.system.given.values()):
                lines.append(Paragraph(say("formula-else-given")))
        else:
            lines.append(Paragraph(say("formula-point-large")))
    right = Shown(_shown(counter.right))
    chosen = functions_of(formula)
    if chosen:
        lines.append(Definitions(tuple((Apply(f, (X,)), value) for f, value in chosen.items())))
    if counter.own is None:
        both = say("formula-divides", name=Math(name), right=right)
    else:
        own = Shown(_shown(counter.own))
        both = say("formula-values", name=Math(name), own=own, right=right)
    lines.append(Paragraph(both))
    title = "formula-elsewhere" if judged.elsewhere else "formula-counterexample"
    return Section(say(title), tuple(lines))


def functions_of(formula: Formula) -> dict[str, Expr]:
    """What stood for the functions that nobody has chosen, as a formula of x."""
    system = formula.full
    chosen = put_at(system, system.given).functions
    return {name: chosen[name].value for name, f in system.functions.items()
            if f.open and name.removesuffix("'") == name}  # fmt: skip


def entry_name(counter: Counterexample) -> Expr:
    if not counter.entry:
        return counter.name
    return Apply("entry", (counter.name, *(Ref(str(i)) for i in counter.entry)))


def _shown(value: Any) -> Numeral:
    with precision(BITS):
        return numeral(value, DIGITS)


def _changed(
    formula: Formula, counter: Counterexample
) -> Iterator[tuple[Ref, tuple[Any, ...], Shape]]:
    """w = 1/2, h_0 = 0, …: what is not given by the problem, or is something else at the point."""
    for q, g in formula.system.given.items():
        for step, entries in counter.given[q].values.items():
            if entries != g.values[step]:
                yield q.at(step), entries, g.shape


def _table(entries: tuple[Any, ...], shape: Shape) -> Table:
    cells = [_numeral(e) for e in entries]
    if shape == SCALAR:
        return cells[0]
    rows, columns = shape
    if columns == 1:
        return tuple(cells)
    return tuple(tuple(cells[i * columns : (i + 1) * columns]) for i in range(rows))


def _numeral(entry: Any) -> Numeral:
    return Numeral(number(str(entry)) if isinstance(entry, Fraction) else entry, None)


def as_data(formula: Formula, judged: Judged, words: Phrases) -> dict[str, object]:
    """The verdict as plain data."""
    counter = judged.counterexample
    found: dict[str, object] = {
        "name": formula.said(formula.target),
        "formula": text(formula.written),
        "verdict": judged.verdict,
        "holds": judged.holds if judged.verdict == "right" else None,
        "factor": judged.factor or None,
        "reason": None,
        "also": [],
        "counterexample": None,
        "shapes": None,
        "silent_at": [text(i.name) for i in (*formula.silent, *judged.silent)],
        "differs_for": [str(q) for q in judged.elsewhere],
    }
    if judged.shapes is not None:
        found["shapes"] = {"given": list(judged.shapes[0]), "expected": list(judged.shapes[1])}
    slips = [_plainly(one, words) for one in told(judged)]
    if slips:
        found["reason"], found["also"] = slips[0], slips[1:]
    if counter is not None and judged.verdict == "wrong":
        values: dict[str, object] = {}
        for q in formula.system.given:
            g = counter.given[q]
            for step, entries in g.values.items():
                values[text(q.at(step))] = _plain(entries, g.shape)
        found["counterexample"] = {
            "at_the_problem": counter.at_the_problem,
            "given": values,
            "functions": {f: text(value) for f, value in functions_of(formula).items()},
            "name": formula.said(counter.name) + _suffix(counter.entry),
            "value": None if counter.own is None else _text(counter.own),
            "expected": _text(counter.right),
        }
    return found


def _plainly(one: Told, words: Phrases) -> dict[str, str]:
    message = words.say(one.code, **{slot: plain(e) for slot, e in one.slots.items()})
    return {"id": one.kind, "at": plain(one.at), "message": message}


def _suffix(entry: tuple[int, ...]) -> str:
    return f"({','.join(map(str, entry))})" if entry else ""


def _plain(entries: tuple[Any, ...], shape: tuple[int, int]) -> object:
    said = [text(e) if isinstance(e, Apply | Ref | Number) else str(e) for e in entries]
    if shape == SCALAR:
        return said[0]
    rows, columns = shape
    if columns == 1:
        return said
    return [said[i * columns : (i + 1) * columns] for i in range(rows)]


def _text(value: Any) -> str:
    with precision(BITS):
        n = numeral(value, 15)
    return text(n.exact) if n.exact is not None else n.decimal or ""
