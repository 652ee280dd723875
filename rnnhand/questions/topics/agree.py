"""`agree`: whether two formulas with thresholds and kinks are the same, and where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.polynomial import (
    Polynomial,
    Sign,
    formula,
    named,
    no_kink,
    number,
    polynomial,
)
from rnnhand.arithmetic.regions import (
    Agreement,
    Region,
    Side,
    agreement,
    point,
    regions,
)
from rnnhand.calculus.scalars import Scalars
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
)
from rnnhand.errors import failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.operations import Functions
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.topics import plane
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.reading import formula_of, options_of, text_of
from rnnhand.questions.topics.spelling import exact, spelled
from rnnhand.system.model import Role

WORD = "agree"
MOST_SHOWN = 14
"""Regions up to which all are listed."""


@dataclass(frozen=True)
class Compared:
    """Both sides as written and in scalars, the letters, what is supposed, and what was found."""

    written: tuple[Expr, Expr]
    sides: tuple[Expr, Expr]
    letters: tuple[str, ...]
    suppositions: tuple[Side, ...]
    supposed: tuple[Expr, ...]
    found: Agreement
    functions: Functions
    variable: str = ""
    """The one letter that is no parameter, over which both can be drawn."""


def topic(problem: Problem, options: yaml.Node) -> Answer:
    """Reads `{left: …, right: …, where: [h > 0]}`."""
    node = options_of(options, WORD, ("left", "right", "where"), ("left", "right"))
    found = compared(problem, node)
    return Answer(lambda words, _: _tell(found, words), lambda _: as_data(found))


def compared(problem: Problem, node: yaml.Map) -> Compared:
    """Both formulas taken apart together. Raises `Failure` where that does not go."""
    functions = problem.system.functions
    written: list[Expr] = []
    sides: list[Expr] = []
    for key in ("left", "right"):
        own = node.get(key)
        assert own is not None
        tree = formula_of(own, WORD, functions)
        entries = Scalars(problem.system).of(tree)
        if len(entries) != 1:
            raise failure("agree-not-scalar", own.span, "hint-agree", found=len(entries))
        written.append(tree)
        sides.append(entries[0])
    supposed = _suppositions(node.get("where"))
    mentioned = [text(r) for e in (*sides, *(e for e, _ in supposed)) for r in refs(e)]
    letters = tuple(dict.fromkeys(mentioned))
    suppositions = tuple(side for _, side in supposed)
    if point(suppositions, letters) is None:
        raise failure("agree-nowhere", (node.get("where") or node).span)
    left, right = sides
    try:
        parts = tuple(
            regions(
                lambda s: (polynomial(left, s, functions), polynomial(right, s, functions)),
                letters,
                suppositions,
            )
        )
    except Fault as fault:
        raise failure(fault.code, node.span, "hint-agree", **fault.words) from None
    result = agreement(parts, letters)
    pair = (written[0], written[1]), (left, right)
    shown = tuple(e for e, _ in supposed)
    variable = _variable(problem, letters)
    return Compared(*pair, letters, suppositions, shown, result, functions, variable)


def _variable(problem: Problem, letters: tuple[str, ...]) -> str:
    """The only letter, or the only one that is data."""
    data = {str(g.quantity) for g in problem.system.given.values() if g.role is Role.DATA}
    free = letters if len(letters) == 1 else [x for x in letters if x in data]
    return free[0] if len(free) == 1 else ""


def _suppositions(node: yaml.Node | None) -> list[tuple[Expr, Side]]:
    """[h > 0, a < b]: comparisons of linear forms."""
    items = node.items if isinstance(node, yaml.List) else (node,) if node is not None else ()
    found: list[tuple[Expr, Side]] = []
    for item in items:
        written = text_of(item, WORD).strip()
        bare = written[1:-1] if written.startswith("[") and written.endswith("]") else written
        tree = parse_expression(f"[{bare}]", origin=item.span)
        signs = {">": 1, "<": -1, "==": 0}
        if not isinstance(tree, Apply) or tree.op not in COMPARISONS or tree.op not in signs:
            raise failure("agree-bad-where", item.span, "hint-agree", found=written[:40])
        try:
            a, b = (polynomial(arg, no_kink, {}) for arg in tree.args)
        except Fault:
            raise failure("agree-bad-where", item.span, "hint-agree", found=written[:40]) from None
        if (a - b).degree > 1:
            raise failure("agree-bad-where", item.span, "hint-agree", found=written[:40])
        found.append((tree, Side(a - b, signs[tree.op])))
    return found


def as_data(compared: Compared) -> Mapping[str, Any]:
    """Whether they agree, in how many regions, and where they differ, for machines."""
    found = compared.found
    agree: bool | None = not found.differences
    if agree and found.undecided:
        agree = None
    return {
        "agree": agree,
        "regions": len(found.regions),
        "differences": [
            {
                "where": [text(_inequality(s, compared)) for s in _own(d.region, compared)],
                "point": {name: str(v) for name, v in d.point.items()},
                "left": str(d.left),
                "right": str(d.right),
            }
            for d in found.differences
        ],
        "undecided": len(found.undecided),
    }


def _own(region: Region, compared: Compared) -> list[Side]:
    """What holds in a region besides what is supposed, without what follows from the rest."""
    given = list(compared.suppositions)
    own = [s for s in region.sides if s not in given]
    kept = list(own)
    for side in own:
        rest = [*given, *(s for s in kept if s is not side)]
        others = [s for s in (1, 0, -1) if s != side.sign]
        if all(point((*rest, Side(side.of, s)), compared.letters) is None for s in others):
            kept.remove(side)
    return kept


def _inequality(side: Side, compared: Compared) -> Expr:
    """x1 + x2 > 1, the number on the right, the first letter positive."""
    of, sign = side.of, side.sign
    first = next(x for x in compared.letters if of.coefficient(x))
    if of.coefficient(first) < 0:
        of, sign = -of, -sign
    constant = number(of.constant)
    op = {1: ">", 0: "==", -1: "<"}[sign]
    return Apply(op, (formula(of - constant, compared.letters), formula(-constant)))


SIGNS = {">": " > ", "<": " < ", "==": " = "}


def bare(comparison: Expr) -> Sentence:
    """A comparison in a sentence, without the brackets of an indicator."""
    assert isinstance(comparison, Apply)
    left, right = comparison.args
    return (Math(left), SIGNS[comparison.op], Math(right))


def _tell(compared: Compared, words: Phrases) -> Iterator[Block]:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    found = compared.found
    blocks: list[Block] = []
    names: list[Expr] = []
    equations = []
    for code, written, side in zip(
        ("agree-left", "agree-right"), compared.written, compared.sides, strict=True
    ):
        own = side if isinstance(written, Ref) else written
        name: Expr = written if isinstance(written, Ref) else Ref(words.say(code))
        names.append(name)
        equations.append((name, spelled(own, compared.functions)))
    blocks.append(Definitions(tuple(equations)))
    if compared.supposed:
        parts = [bare(e) for e in compared.supposed]
        blocks.append(Paragraph(say("agree-where", list=joined(parts))))
    if len(found.regions) <= MOST_SHOWN:
        blocks.append(_all_regions(compared, names, say))
    blocks += _drawn(compared, names, say)
    if found.differences:
        count = str(len(found.differences))
        blocks.append(Note("warning", say("agree-differ", count=count)))
        blocks.append(_differences(compared, names, say))
    elif found.undecided:
        blocks.append(Note("warning", say("agree-undecided", count=str(len(found.undecided)))))
    else:
        blocks.append(Note("check", say("agree-same", count=str(len(found.regions)))))
    yield Section(say("agree-title"), tuple(blocks))


def _drawn(compared: Compared, names: list[Expr], say: Any) -> list[Block]:
    """Both over their variable, or one where they are the same; the other letters are numbers."""
    chosen = _example(compared) if compared.variable else None
    if chosen is None:
        return []
    numbers, parts = chosen
    found = compared.found
    same = not found.differences and not found.undecided
    pictures = [
        picture
        for i, name in enumerate(names[:1] if same else names)
        if (picture := plane.graph_of(say, compared.variable, parts, i, Math(name))) is not None
    ]
    if not pictures or not numbers:
        return [*pictures]
    at = joined([(Equals(named(n), Number(str(v))),) for n, v in numbers.items()])
    return [Paragraph(say("agree-drawn", at=at)), *pictures]


def _example(compared: Compared) -> tuple[dict[str, Fraction], Sequence[Region]] | None:
    """Numbers for all letters but the variable, of which what is supposed holds, and the pieces
    that there are with them."""
    others = [x for x in compared.letters if x != compared.variable]
    if not others:
        return {}, compared.found.regions
    for shift in range(len(others)):
        numbers = {x: Fraction((i + shift) % len(others) + 1) for i, x in enumerate(others)}
        sides = [Side(s.of.at(numbers), s.sign) for s in compared.suppositions]
        if point(sides, (compared.variable,)) is None:
            continue
        try:
            return numbers, _pieces(compared, numbers, sides)
        except Fault:
            return None
    return None


def _pieces(
    compared: Compared, numbers: Mapping[str, Fraction], sides: Sequence[Side]
) -> tuple[Region, ...]:
    """The pieces of both sides over the variable, with numbers for the other letters."""

    def of(sign: Sign) -> tuple[Polynomial, ...]:
        def put(p: Polynomial) -> int:
            return sign(p.at(numbers))

        return tuple(polynomial(e, put, compared.functions).at(numbers) for e in compared.sides)

    return tuple(regions(of, (compared.variable,), [s for s in sides if s.of.letters]))


def _all_regions(compared: Compared, names: list[Expr], say: Any) -> Grid:
    rows: list[tuple[Sentence, ...]] = []
    for region in compared.found.regions:
        rows.append(
            (
                _where(region, compared, say),
                *((Math(formula(v, compared.letters)),) for v in region.values),
            )
        )
    head = (say("agree-region"), *((Math(n),) for n in names))
    return Grid(head, tuple(rows), turnable=False)


def _where(region: Region, compared: Compared, say: Any) -> Sentence:
    own = [bare(_inequality(s, compared)) for s in _own(region, compared)]
    return joined(own) if own else say("agree-everywhere")


def _differences(compared: Compared, names: list[Expr], say: Any) -> Grid:
    rows = []
    for d in compared.found.differences[:MOST_SHOWN]:
        at = joined([(Equals(named(n), Number(str(v))),) for n, v in d.point.items()])
        rows.append((_where(d.region, compared, say), at, (exact(d.left),), (exact(d.right),)))
    head = (say("agree-region"), say("agree-point"), *((Math(n),) for n in names))
    return Grid(head, tuple(rows))
