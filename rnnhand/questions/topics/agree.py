"""`agree`: whether two formulas with thresholds and kinks are the same, and where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.polynomial import formula, named, no_kink, number, polynomial
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
    return Compared(*pair, letters, suppositions, shown, result, functions)


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
        named = isinstance(written, Ref) and side != written
        own = side if named else written
        name: Expr = written if named else Ref(words.say(code))
        names.append(name)
        equations.append((name, spelled(own, compared.functions)))
    blocks.append(Definitions(tuple(equations)))
    if compared.supposed:
        parts = [bare(e) for e in compared.supposed]
        blocks.append(Paragraph(say("agree-where", list=joined(parts))))
    if len(found.regions) <= MOST_SHOWN:
        blocks.append(_all_regions(compared, names, say))
    if len(compared.letters) == 1:
        same = not found.differences and not found.undecided
        for i, name in enumerate(names[:1] if same else names):
            letter = compared.letters[0]
            picture = plane.graph_of(say, letter, found.regions, i, Math(name))
            blocks += [picture] if picture is not None else []
    if found.differences:
        count = str(len(found.differences))
        blocks.append(Note("warning", say("agree-differ", count=count)))
        blocks.append(_differences(compared, names, say))
    elif found.undecided:
        blocks.append(Note("warning", say("agree-undecided", count=str(len(found.undecided)))))
    else:
        blocks.append(Note("check", say("agree-same", count=str(len(found.regions)))))
    yield Section(say("agree-title"), tuple(blocks))


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
