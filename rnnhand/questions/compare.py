"""What differs between two cells: sequences, terms, parameters, counts, and which becomes which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from rnnhand.calculus.limits import scalar_facts
from rnnhand.calculus.simplify import normal
from rnnhand.calculus.views import summands, total, without_divisions
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
from rnnhand.errors import Span
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.operations import Functions
from rnnhand.language.parser import Statement
from rnnhand.language.printer import equation_text, text
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
    substitute,
)
from rnnhand.phrases import Phrases
from rnnhand.problem.cells import in_layer
from rnnhand.problem.model import Cell
from rnnhand.questions.count import in_sizes, layer_part
from rnnhand.questions.reduce.conditions import restrictions, verdict
from rnnhand.questions.reduce.meeting import equations_of
from rnnhand.questions.reduce.page import (
    Spelling,
    defaults,
    setting,
    spelling_of,
    title,
    why,
)
from rnnhand.questions.reduce.reduce import Reduced, reduce

PLACES = 40_000
"""Places that each of the two searches for a reduction looks at here: enough for a cell with
peepholes and functions to choose to become the simple one."""

Say: TypeAlias = Callable[..., Sentence]


@dataclass(frozen=True)
class Difference:
    """One sequence that both cells have, with the summands that only one of them has."""

    name: Expr
    bodies: tuple[Expr, Expr]
    only: tuple[tuple[Expr, ...], tuple[Expr, ...]]


@dataclass(frozen=True)
class Comparison:
    """`only` holds, for each cell, the equations of sequences that the other lacks, and `extra`
    the parameters that have no counterpart there in equations built alike."""

    cells: tuple[Cell, Cell]
    same: tuple[Expr, ...]
    different: tuple[Difference, ...]
    only: tuple[tuple[Statement, ...], tuple[Statement, ...]]
    extra: tuple[tuple[str, ...], tuple[str, ...]]
    states: tuple[tuple[str, ...], tuple[str, ...]]
    formulas: tuple[Expr, Expr]
    surplus: Expr
    """How many parameters the second has more than the first, as a formula."""
    reductions: tuple[Reduced, Reduced]


def compare(one: Cell, other: Cell, functions: Functions) -> Comparison:
    bodies = [dict(equations_of(c, functions).bodies) for c in (one, other)]
    bodies[1] = {q: _reading(b, other.input, one.input) for q, b in bodies[1].items()}
    same, different = [], []
    for q in bodies[0]:
        if q in bodies[1]:
            name = Ref(q, Shift("t"))
            blank = [_anonymous(b[q], c) for b, c in zip(bodies, (one, other), strict=True)]
            if _alike(*blank):
                same.append(name)
            else:
                only = _only(bodies[0][q], bodies[1][q], one, other)
                different.append(Difference(name, (bodies[0][q], bodies[1][q]), only))
    lone = tuple(
        tuple(s for s in c.statements if s.target.name not in there)
        for c, there in zip((one, other), reversed(bodies), strict=True)
    )
    alike = {
        text(d.name).partition("[")[0] for d in different if any(d.only) or _alone(d, (one, other))
    }
    signs = [
        _signatures(c, {q: e for q, e in b.items() if q in alike})
        for c, b in zip((one, other), bodies, strict=True)
    ]
    unmatched = [
        [(_pattern(c, name), name) for name in _unmatched(mine, theirs)]
        for c, mine, theirs in zip((one, other), signs, reversed(signs), strict=True)
    ]
    # The same matrix at another place, U·(r ⊙ h) for U·(f ⊙ h), is no other parameter.
    extra = [
        tuple(name for shape, name in mine if (shape, name) not in theirs)
        for mine, theirs in (unmatched, reversed(unmatched))
    ]
    formulas = [_formula(c) for c in (one, other)]
    surplus = normal(Apply("-", (formulas[1], formulas[0])), scalar_facts(functions))
    return Comparison(
        (one, other),
        tuple(same),
        tuple(different),
        (lone[0], lone[1]),
        (extra[0], extra[1]),
        (_states(one), _states(other)),
        (formulas[0], formulas[1]),
        surplus,
        (reduce(one, other, functions, "", PLACES), reduce(other, one, functions, "", PLACES)),
    )


def _alone(difference: Difference, cells: tuple[Cell, Cell]) -> bool:
    """Whether only one of the two equations of a sequence has parameters: i = 1 - f has none."""
    names = [
        {r.name for r in refs(body)} & cell.parameters.keys()
        for body, cell in zip(difference.bodies, cells, strict=True)
    ]
    return bool(names[0]) != bool(names[1])


def _reading(body: Expr, name: str, new: str) -> Expr:
    def put(node: Expr) -> Expr:
        reads = isinstance(node, Ref) and node.name == name
        return replace(node, name=new) if reads and isinstance(node, Ref) else node

    return rewrite(body, put)


def _anonymous(body: Expr, cell: Cell) -> Expr:
    """The body with parameters known by their shape only, open functions by what they stand for."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and node.name in cell.parameters:
            return Ref(f"[{_pattern(cell, node.name)}]")
        if isinstance(node, Apply):
            return replace(node, op=cell.functions.get(node.op, node.op), spelling="")
        return node

    return rewrite(body, put)


def _pattern(cell: Cell, parameter: str) -> str:
    return " × ".join(text(size) for size in cell.parameters[parameter]) or "1"


def _sizes(cell: Cell, parameter: str) -> Sentence:
    """The same as it is printed: (h × ŷ)."""
    sizes: list[Sentence] = [(Math(size),) for size in cell.parameters[parameter] or [Number("1")]]
    return (" (", *joined(sizes, " × "), ")")


def _alike(a: Expr, b: Expr) -> bool:
    """Whether two bodies are the same but for the order of summands and factors; x/2 is 1/2·x."""
    return _ordered(without_divisions(a)) == _ordered(without_divisions(b))


def _ordered(expr: Expr) -> str:
    """A spelling that does not depend on the order in sums and products."""
    if isinstance(expr, Apply) and expr.op in ("+", "-", "neg"):
        terms = sorted(f"{c} {_inner(e)}" for c, e in summands(expr))
        return f"({' + '.join(terms)})"
    return _inner(expr)


def _inner(expr: Expr) -> str:
    if not isinstance(expr, Apply):
        return text(expr)
    parts = [_ordered(a) for a in expr.args]
    return f"{expr.op}({', '.join(sorted(parts) if expr.op == '*' else parts)})"


def _only(a: Expr, b: Expr, one: Cell, other: Cell) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
    """The summands that only one body has, inside the same function if there is one around both;
    none where the bodies are not built alike."""
    first, second = _anonymous(a, one), _anonymous(b, other)
    while isinstance(first, Apply) and isinstance(second, Apply):
        if first.op != second.op or first.op in ("+", "-", "*") or len(first.args) != 1:
            break
        first, second = first.args[0], second.args[0]
        assert isinstance(a, Apply) and isinstance(b, Apply)
        a, b = a.args[0], b.args[0]
    if not all(isinstance(e, Apply) and e.op in ("+", "-") for e in (a, b)):
        return (), ()
    mine = [(_ordered(total([(c, _anonymous(e, one))])), total([(c, e)])) for c, e in summands(a)]
    theirs = [
        (_ordered(total([(c, _anonymous(e, other))])), total([(c, e)])) for c, e in summands(b)
    ]
    return _without(mine, theirs), _without(theirs, mine)


def _without(
    mine: Sequence[tuple[str, Expr]], theirs: Sequence[tuple[str, Expr]]
) -> tuple[Expr, ...]:
    left = Counter(key for key, _ in theirs)
    found = []
    for key, expr in mine:
        if left[key]:
            left[key] -= 1
        else:
            found.append(expr)
    return tuple(found)


def _signatures(cell: Cell, bodies: Mapping[str, Expr]) -> list[tuple[str, str]]:
    """Each parameter with where it stands: the sequence, its shape, what it is applied to."""
    found: dict[str, str] = {}

    def walk(q: str, node: Expr) -> None:
        for child in children(node):
            name = child.name if isinstance(child, Ref) else ""
            if name in cell.parameters and isinstance(node, Apply):
                beside = [text(a) for a in node.args if a is not child]
                to = beside[0] if node.op in ("@", "*") and beside else "+"
                found.setdefault(name, f"{q} {_pattern(cell, name)} {node.op} {to}")
            walk(q, child)

    for q, body in bodies.items():
        walk(q, Apply("=", (body,)))
    return [(found[name], name) for name in cell.parameters if name in found]


def _unmatched(mine: Sequence[tuple[str, str]], theirs: Sequence[tuple[str, str]]) -> Iterator[str]:
    left = Counter(key for key, _ in theirs)
    for key, name in mine:
        if left[key]:
            left[key] -= 1
        else:
            yield name


def _states(cell: Cell) -> tuple[str, ...]:
    made = {s.target.name for s in cell.statements}
    return tuple(
        dict.fromkeys(
            r.name
            for s in cell.statements
            for r in refs(s.body)
            if isinstance(r.index, Shift) and r.index.offset and r.name in made
        )
    )


def _formula(cell: Cell) -> Expr:
    layer = in_layer(cell, Span(1, 1), dict.fromkeys(cell.sizes, 1))
    return in_sizes(layer_part(layer, None))


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
    return _reading(body, result.cells[0].input, cell.input)


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


def _further(result: Reduced) -> Iterator[tuple[Expr, Expr]]:
    """What has to hold beside what is fixed."""
    if result.answers:
        yield from result.answers[0].tied
        yield from result.answers[0].made
        yield from restrictions(result, {})


def as_data(result: Comparison) -> dict[str, object]:
    """The comparison as plain data, the first cell first everywhere."""

    def each(pair: tuple[Sequence[Expr], Sequence[Expr]]) -> list[list[str]]:
        return [[text(e) for e in side] for side in pair]

    return {
        "cells": [c.name for c in result.cells],
        "same": [text(e) for e in result.same],
        "different": [
            {
                "name": text(d.name),
                "bodies": [text(b) for b in d.bodies],
                "only": each(d.only),
            }
            for d in result.different
        ],
        "only": [[equation_text(s.target, s.body) for s in side] for side in result.only],
        "parameters": {
            "formulas": [text(f) for f in result.formulas],
            "difference": text(total(summands(result.surplus))),
            "only": [
                {name: _pattern(cell, name) for name in extra}
                for cell, extra in zip(result.cells, result.extra, strict=True)
            ],
        },
        "states": [list(s) for s in result.states],
        "reductions": [
            {
                "source": r.source.name,
                "target": r.target.name,
                "verdict": verdict(r),
                "fixed": {text(f.left): text(f.right) for f in r.answers[0].fixed}
                if r.answers
                else None,
                "requires": [f"{text(a)} = {text(b)}" for a, b in _further(r)],
                "obstacles": [reason.code for reason in r.obstacles],
                "output_layer": None
                if r.layer is None
                else equation_text(r.layer.target, r.layer.body),
            }
            for r in result.reductions
        ],
    }
