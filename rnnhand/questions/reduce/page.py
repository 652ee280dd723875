"""The page and the data of a reduction: before, what is fixed and why, after, proof, check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rnnhand.calculus.choice import Difference
from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.sides import SOURCE
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Equals,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, Ref, Shift, rewrite
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.conditions import (
    between,
    conditions,
    nonzero,
    notation,
    restrictions,
    verdict,
)
from rnnhand.questions.reduce.identities import identities
from rnnhand.questions.reduce.meeting import meetings
from rnnhand.questions.reduce.nearest import Nearly, nearly
from rnnhand.questions.reduce.own_names import bare, plain
from rnnhand.questions.reduce.reason import Reason, is_proof, tells_terms
from rnnhand.questions.reduce.reduce import Answer, Fixed, Reduced, sequence
from rnnhand.system.model import Shape

Pairs: TypeAlias = Sequence[tuple[Expr, Expr]]
Write: TypeAlias = Callable[[Expr], Expr]
Say: TypeAlias = Callable[..., Sentence]


def document(result: Reduced, functions: Functions, words: Phrases) -> Document:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    source, target = (title(c, words.lang) for c in (result.source, result.target))
    met = result.answers[0].reduction.meeting if result.answers else result.meeting
    spell = Spelling(functions, met)
    proved = "-proved" if result.barred else ""
    blocks: list[Block] = [Paragraph(say(f"reduce-verdict-{verdict(result)}{proved}"))]
    blocks += _only_where(result, say, spell)
    # The layer on top has sizes that the search beneath it knows nothing of.
    whole = spelling_of(result.target, functions) if result.layer is not None else spell
    blocks += _on_top(result, say, whole)
    there = [*_cell(result.source, spell.mine, say, spell)]
    goal = [*_cell(result.target, whole.other, say, whole)]
    named = tuple((sequence(q), spell.mine(e)) for q, e in result.named)
    if named:
        there += [Paragraph(say("reduce-named")), Definitions(named)]
    blocks.append(Section(say("reduce-before", cell=source), tuple(there)))
    if result.given:
        blocks.append(Section(say("reduce-proposed"), tuple(_fixings(result.given, say, spell))))
        if not result.complete:
            left = Definitions(tuple((a, spell.mine(b)) for a, b in result.left))
            blocks.append(Section(say("reduce-leaves"), (left,)))
    if result.answers:
        blocks += _answer(result, result.answers[0], say, spell, (target, goal))
        blocks += _others(result, say, spell)
    else:
        blocks.append(Section(say("reduce-target", cell=target), tuple(goal)))
        reasons = result.barred or result.obstacles
        blocks += [Paragraph(why(r, say, spell)) for r in reasons]
        if result.barred:
            blocks.append(Paragraph(say("reduce-barred")))
        if tells_terms(reasons) or not is_proof(reasons):
            blocks += _nearest(nearly(result), say, spell)
        if not is_proof(reasons):
            code = "reduce-cut" if result.outcome.cut else "reduce-searched"
            blocks.append(Paragraph(say(code, places=str(result.outcome.places))))
    return Document(f"{source} → {target}", "", words.lang, tuple(blocks), decimal=words.decimal)


def _only_where(result: Reduced, say: Say, spell: Spelling) -> Iterator[Block]:
    pairs = restrictions(result, spell.functions)
    if pairs:
        yield Paragraph(say("reduce-only-where", list=joined([(Equals(a, b),) for a, b in pairs])))


def _on_top(result: Reduced, say: Say, spell: Spelling) -> Iterator[Block]:
    if result.layer is not None:
        layer = Equals(result.layer.target, spell.other(result.layer.body))
        code = "reduce-on-top" if result.answers else "reduce-beneath"
        yield Paragraph(say(code, layer=(layer,)))


def title(cell: Cell, lang: str) -> str:
    return cell.title.get(lang) or cell.title.get("") or cell.title.get("en") or cell.name


@dataclass(frozen=True)
class Spelling:
    """Functions and products as textbooks write them, in the source's names or the target's."""

    functions: Functions
    meeting: Meeting

    def mine(self, expr: Expr) -> Expr:
        return self._spelled(expr, SOURCE)

    def other(self, expr: Expr) -> Expr:
        return self._spelled(expr, "")

    def _spelled(self, expr: Expr, prefix: str) -> Expr:
        def named(node: Expr) -> Expr:
            return replace(node, name=prefix + node.name) if isinstance(node, Ref) else node

        def shape(e: Expr) -> Shape:
            return self.meeting.facts.shape(rewrite(e, named))

        return mathematical(expr, shape, self.functions)


def spelling_of(cell: Cell, functions: Functions) -> Spelling:
    """How the equations of a cell by itself are written."""
    return Spelling(functions, meetings(cell, cell, functions)[0])


def _cell(cell: Cell, write: Write, say: Say, spell: Spelling) -> Iterator[Block]:
    """A cell's equations, and what its functions are unless others are chosen."""
    yield Definitions(tuple((s.target, write(s.body)) for s in cell.statements))
    if cell.functions:
        yield Paragraph(say("reduce-functions", list=defaults(cell, spell.functions)))


def defaults(cell: Cell, functions: Functions) -> Sentence:
    """The functions that may be chosen, each with the one that stands for it at first."""
    pairs = ((Ref(name), notation(op, functions)) for name, op in cell.functions.items())
    return joined([(Equals(name, op),) for name, op in pairs])


def _fixings(fixed: Sequence[Fixed], say: Say, spell: Spelling) -> Iterator[Block]:
    for item in fixed:
        shown = (setting(item, spell),)
        reasons = [why(r, say, spell) for r in item.reasons]
        code = f"reduce-{item.kind}"
        yield Paragraph(say(code, what=shown, why=joined(reasons, " ") if reasons else ""))


def setting(item: Fixed, spell: Spelling) -> Equals:
    """What is fixed, as an equation."""
    if item.kind == "function" and isinstance(item.right, Ref):
        return Equals(item.left, notation(item.right.name, spell.functions))
    return Equals(spell.mine(item.left), spell.mine(item.right))


SPELLED: Mapping[str, Callable[[Spelling, Expr], Expr]] = {
    "product": Spelling.other,
    "route": Spelling.other,
    "second_route": Spelling.other,
    "third_route": Spelling.other,
    "stays": Spelling.mine,
}
"""The slots of reasons that are formulas of the goal, or of the first cell, as textbooks write
them."""


def why(reason: Reason, say: Say, spell: Spelling) -> Sentence:
    slots: dict[str, Inline | Sentence] = {}
    for name, value in reason.slots.items():
        slots[name] = Math(bare(value)) if not isinstance(value, str) else value
    for name, write in SPELLED.items():
        formula = reason.slots.get(name)
        if formula is not None and not isinstance(formula, str):
            slots[name] = Math(write(spell, formula))
    op = reason.slots.get("f")
    if isinstance(op, str):
        slots["f"] = spell.functions[op].notation or op if op in spell.functions else op
    if isinstance(reason.slots.get("q"), str):
        slots["q"] = Math(Ref(plain(str(reason.slots["q"])), Shift("t")))
    return say(reason.code, **slots)


def _answer(
    result: Reduced,
    answer: Answer,
    say: Say,
    spell: Spelling,
    goal: tuple[str, Sequence[Block]],
) -> Iterator[Block]:
    yield from _needed(result, answer, say, spell)
    left: list[Block] = [Definitions(tuple((a, spell.mine(b)) for a, b in answer.after))]
    if answer.idle:
        names: list[Sentence] = [(Math(Ref(n)),) for n in answer.idle]
        left.append(Paragraph(say("reduce-idle", names=joined(names))))
    yield Section(say("reduce-after"), tuple(left))
    title, there = goal[0], [*goal[1]]
    named: list[Sentence] = [(Equals(a, b),) for a, b in answer.becomes if a != b]
    if named:
        there.append(Paragraph(say("reduce-becomes", list=joined(named, "; "))))
    laws: list[Sentence] = [
        (Equals(spell.other(a), spell.other(b)),)
        for a, b in identities(result, answer, spell.functions)
    ]
    if laws:
        there.append(Paragraph(say("reduce-mirror", law=joined(laws, "; "))))
    there += [Paragraph(c) for c in _conditions(result, answer, say, spell)]
    yield Section(say("reduce-target", cell=title), tuple(there))
    yield Section(
        say("reduce-compared"),
        (
            Paragraph(say("reduce-proof")),
            *(Definitions(((a, spell.other(b)),)) for a, b in answer.distinct),
        ),
    )
    trial = answer.trial
    if trial is not None:
        code = "reduce-check" if trial.agreed == trial.points else "reduce-check-failed"
        numbers = {k: str(getattr(trial, k)) for k in ("points", "steps", "digits")}
        yield Note("check", say(code, **numbers))


def _needed(result: Reduced, answer: Answer, say: Say, spell: Spelling) -> Iterator[Block]:
    """What has to be fixed beside the proposal, and which parameters have to be the same."""
    fixed = [f for f in answer.fixed if f not in result.given]
    tied = joined([(Equals(a, b),) for a, b in answer.tied], "; ")
    if fixed:
        head = say("reduce-also-needed") if result.given else say("reduce-fixed")
        same = [Paragraph(say("reduce-tied-too", list=tied))] if answer.tied else []
        yield Section(head, (*_fixings(fixed, say, spell), *same))
    elif answer.tied:
        yield Paragraph(say("reduce-tied-too" if result.given else "reduce-tied", list=tied))
    elif not result.given:
        yield Paragraph(say(_nothing_fixed(result, answer)))


def _nothing_fixed(result: Reduced, answer: Answer) -> str:
    if result.source == result.target:
        return "reduce-itself"
    return "reduce-nothing-but" if answer.made else "reduce-nothing"


def _conditions(result: Reduced, answer: Answer, say: Say, spell: Spelling) -> Iterator[Sentence]:
    told = restrictions(result, spell.functions)
    usual = result.target.functions if result.source.functions else {}
    for kind, pairs in conditions(result, answer).items():
        if kind == "functions":
            # What both leave open and nobody chose is no condition.
            named = [(a, text(b)) for a, b in pairs if usual.get(text(a)) != text(b)]
            pairs = [(a, notation(name, spell.functions)) for a, name in named]
        shown: list[Sentence] = [(Equals(a, b),) for a, b in pairs if (a, b) not in told]
        if shown:
            yield say(f"reduce-condition-{kind}", list=joined(shown, "; "))
    divided: list[Sentence] = [(Math(n),) for n in nonzero(answer)]
    if divided:
        yield say("reduce-condition-nonzero", list=joined(divided))
    limits: list[Sentence] = [
        (Math(low), " < ", Math(p), " < ", Math(high)) for low, p, high in between(answer)
    ]
    if limits:
        yield say("reduce-condition-between", list=joined(limits))


def _nearest(near: Nearly | None, say: Say, spell: Spelling) -> Iterator[Block]:
    """How near the search came, and what is different then."""
    if near is None:
        return
    items: list[Sentence] = [(setting(f, spell),) for f in near.fixed]
    first = say("reduce-near-with", list=joined(items, "; ")) if items else say("reduce-near-bare")
    left = Definitions(tuple((a, spell.mine(b)) for a, b in near.after))
    told = [_difference(d, say, spell) for d in near.differences]
    listed = joined(told, "; ")
    differences = say("reduce-near-differs", list=listed)
    if near.equation is not None:
        differences = say("reduce-near-differs-in", what=Math(near.equation), list=listed)
    yield Section(say("reduce-near"), (Paragraph(first), left, Paragraph(differences)))


def _difference(there: Difference, say: Say, spell: Spelling) -> Sentence:
    shown = (spell.mine if there.kind == "stays" else spell.other)(there.expr)
    return say(f"reduce-near-{there.part}-{there.kind}", what=Math(shown))


def _others(result: Reduced, say: Say, spell: Spelling) -> Iterator[Block]:
    for other in result.answers[1:]:
        items: list[Sentence] = [(setting(f, spell),) for f in other.fixed]
        items += [(Equals(a, b),) for a, b in other.tied]
        if items and other.fixed != result.answers[0].fixed:
            yield Paragraph(say("reduce-other", list=joined(items)))
