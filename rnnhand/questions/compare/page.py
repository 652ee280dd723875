"""The page of a comparison: what is the same, what differs, counts, and which becomes which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

from rnnhand.calculus.limits import scalar_facts
from rnnhand.calculus.simplify import normal
from rnnhand.calculus.views import summands, total
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
)
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.operations import Functions
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Ref,
    Shift,
    substitute,
)
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Cell
from rnnhand.questions.compare.compare import Comparison, reading
from rnnhand.questions.reduce.conditions import restrictions, verdict
from rnnhand.questions.reduce.page import (
    Spelling,
    defaults,
    setting,
    spelling_of,
    title,
    why,
)
from rnnhand.questions.reduce.reduce import Reduced

Say: TypeAlias = Callable[..., Sentence]


def document(result: Comparison, functions: Functions, words: Phrases) -> Document:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    titles = [title(c, words.lang) for c in result.cells]
    names = [c.name for c in result.cells]
    spellings = [Spelling(functions, r.meeting) for r in result.reductions]
    spell = [spelling.mine for spelling in spellings]
    blocks: list[Block] = []
    itself = result.cells[0] == result.cells[1]
    if itself:
        blocks.append(Paragraph(say("compare-itself", cell=names[0])))
    elif result.same:
        listed = joined([(Math(n),) for n in result.same])
        blocks.append(Paragraph(say("compare-same", names=listed)))
    for cell in dict.fromkeys(names):
        known = result.cells[names.index(cell)]
        if known.functions:
            chosen = defaults(known, functions)
            blocks.append(Paragraph(say("compare-functions", cell=cell, list=chosen)))
    for name, statements, write in zip(titles, result.only, spell, strict=True):
        if statements:
            lines = Definitions(tuple((s.target, write(s.body)) for s in statements))
            blocks.append(Section(say("compare-only", cell=name), (lines,)))
    if result.different:
        blocks.append(
            Section(say("compare-different"), tuple(_different(result, names, spell, say)))
        )
    blocks.append(Section(say("count-parameters"), tuple(_parameters(result, names, say))))
    if not itself:
        lines_ = [
            Paragraph(_becomes(r, names, way, spellings[way], say))
            for way, r in enumerate(result.reductions)
        ]
        blocks.append(Section(say("compare-reductions"), tuple(lines_)))
    return Document(
        titles[0] if itself else f"{titles[0]} – {titles[1]}",
        "",
        words.lang,
        tuple(blocks),
        decimal=words.decimal,
    )


def _sizes(cell: Cell, parameter: str) -> Sentence:
    """The same as it is printed: (h × ŷ)."""
    sizes: list[Sentence] = [(Math(size),) for size in cell.parameters[parameter] or [Number("1")]]
    return (" (", *joined(sizes, " × "), ")")


def _different(
    result: Comparison, names: Sequence[str], spell: Sequence[Callable[[Expr], Expr]], say: Say
) -> Iterator[Block]:
    for difference in result.different:
        for name, body, write in zip(names, difference.bodies, spell, strict=True):
            own = _own(body, name, names, result)
            shown: Sentence = (Equals(difference.name, write(own)),)
            yield Paragraph(say("compare-in", cell=name, equation=shown))
        for name, terms, write in zip(names, difference.only, spell, strict=True):
            if terms:
                listed = joined([(Math(write(_own(e, name, names, result))),) for e in terms])
                yield Paragraph(say("compare-terms", cell=name, terms=listed))


def _own(body: Expr, name: str, names: Sequence[str], result: Comparison) -> Expr:
    """The body under the cell's own name of its input."""
    cell = result.cells[list(names).index(name)]
    return reading(body, result.cells[0].input, cell.input)


def _parameters(result: Comparison, names: Sequence[str], say: Say) -> Iterator[Block]:
    itself = result.cells[0] == result.cells[1]
    each = list(zip(names, result.formulas, result.states, strict=True))
    for name, expr, states in each[:1] if itself else each:
        yield Paragraph(say("compare-count", cell=name, formula=Math(expr)))
        if states:
            listed = joined([(Math(Ref(s, Shift("t"))),) for s in states])
            yield Paragraph(say("compare-states", cell=name, list=listed))
        else:
            yield Paragraph(say("compare-no-states", cell=name))
    if itself:
        return
    for name, cell, extra in zip(names, result.cells, result.extra, strict=True):
        if extra:
            items: list[Sentence] = [(Math(Ref(p)), *_sizes(cell, p)) for p in extra]
            yield Paragraph(say("compare-extra", cell=name, list=joined(items)))
    yield Paragraph(_surplus(result, names, say))


def _surplus(result: Comparison, names: Sequence[str], say: Say) -> Sentence:
    """Which cell has how many parameters more."""
    found = _signs(result)
    if not found:
        return say("compare-equal")
    fewer = found == {False}
    terms = summands(result.surplus, Fraction(-1 if fewer else 1))
    facts = scalar_facts({})
    more = normal(total([(c, e) for c, e in terms if c > 0]), facts)
    for less in [normal(total([(-c, e)]), facts) for c, e in terms if c < 0]:
        more = Apply("-", (more, less))
    code = "compare-surplus" if len(found) == 1 else "compare-surplus-or-fewer"
    return say(code, formula=Math(more), cell=names[0 if fewer else 1])


def _signs(result: Comparison) -> set[bool]:
    """Whether the surplus is positive, negative or both, whatever the sizes: every size is 1 + n,
    so coefficients of one sign make values of one sign."""
    larger: dict[str, Expr] = {
        size: Apply("+", (Number("1"), Ref(size))) for cell in result.cells for size in cell.sizes
    }
    shifted = substitute(result.surplus, larger)
    return {c > 0 for c, _ in summands(normal(shifted, scalar_facts({}))) if c}


def _becomes(
    result: Reduced, names: Sequence[str], way: int, spell: Spelling, say: Say
) -> Sentence:
    """One direction in a sentence."""
    one, other = (names[way], names[1 - way])
    if not result.answers:
        code = "compare-cut" if result.outcome.cut and not result.obstacles else None
        told = say(code or f"compare-{verdict(result)}", one=one, other=other)
        if verdict(result) != "impossible":
            return told
        reason = why(result.obstacles[0], say, spell)
        return (*told, " ", *say("compare-why", one=one, other=other, reason=reason))
    answer = result.answers[0]
    items: list[Sentence] = [(setting(f, spell),) for f in answer.fixed]
    items += [(Equals(a, b),) for a, b in (*answer.tied, *answer.made)]
    only: list[Sentence] = [(Equals(a, b),) for a, b in restrictions(result, spell.functions)]
    code = "compare-becomes" if items else "compare-as-it-is"
    told = say(code, one=one, other=other, list=joined(items))
    if result.layer is not None:
        write = spelling_of(result.target, spell.functions).other
        layer = (Equals(result.layer.target, write(result.layer.body)),)
        told = say(f"{code}-on-top", one=one, other=other, list=joined(items), layer=layer)
    return (*told, " ", *say("reduce-only-where", list=joined(only))) if only else told
