"""`compose`: a network as one formula in its inputs, and whether it is linear in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rnnhand.arithmetic.polynomial import named
from rnnhand.calculus.scalars import Scalars, tidied
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Equals,
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
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.linearity import Linearity, linearity
from rnnhand.questions.topics.reading import formula_of, names_of, options_of, text_of
from rnnhand.questions.topics.spelling import spelled
from rnnhand.system.model import Role, System

WORD = "compose"


@dataclass(frozen=True)
class Composed:
    name: Ref
    formula: Expr
    inputs: tuple[str, ...]
    linearity: Linearity
    functions: Functions


def topic(problem: Problem, options: yaml.Node) -> Answer:
    """Reads `{of: yhat, inputs: [x]}`, or `{formula: …, inputs: […]}`."""
    node = options_of(options, WORD, ("of", "formula", "inputs"))
    found = composed(problem, node)
    return Answer(lambda words, _: _tell(found, words), lambda _: as_data(found))


def composed(problem: Problem, node: yaml.Map) -> tuple[Composed, ...]:
    """One formula for every entry of the quantity."""
    system = problem.system
    of, written = node.get("of"), node.get("formula")
    if (of is None) == (written is None):
        raise failure("compose-of-or-formula", node.span, "hint-compose")
    if written is not None:
        names: tuple[Expr, ...] = (Ref("y"),)
        entries = Scalars(system).of(formula_of(written, WORD, system.functions))
    else:
        assert of is not None
        ref = formula_of(of, WORD, system.functions)
        q = system.quantity(ref) if isinstance(ref, Ref) else None
        step = system.step(ref) if isinstance(ref, Ref) and ref.index is not None else None
        if q is None or q not in system.made_by or not system.exists(q, step):
            known = ", ".join(str(q) for q in system.made_by)
            found = text_of(of, WORD)[:40]
            raise failure("compose-no-such", of.span, "hint-compose", found=found, known=known)
        entries = Scalars(system).quantity(q, step)
        names = Scalars(system, inlined=False).names(q, step, system.shapes[q])
    wanted = _letters(system, names_of(node.get("inputs"), WORD))
    all_letters = not system.given and node.get("inputs") is None
    made = []
    for name, entry in zip(names, entries, strict=True):
        assert isinstance(name, Ref)
        expr = tidied(entry)
        letters = tuple(dict.fromkeys(text(r) for r in refs(expr)))
        inputs = tuple(x for x in letters if x in wanted or all_letters)
        found_ = linearity(expr, inputs, system.functions)
        made.append(Composed(name, expr, inputs, found_, system.functions))
    return tuple(made)


def _letters(system: System, chosen: tuple[str, ...]) -> set[str]:
    """The letters for the entries of all data, or of the inputs that are named."""
    scalars = Scalars(system)
    found = set(chosen)
    for q, given in system.given.items():
        if q.name in chosen or (not chosen and given.role is Role.DATA):
            for step in given.values:
                found |= {text(name) for name in scalars.names(q, step, given.shape)}
    return found


def as_data(found: tuple[Composed, ...]) -> Mapping[str, Any]:
    """The formulas, and whether they are linear, for machines."""
    formulas = []
    for one in found:
        linear = one.linearity
        data: dict[str, Any] = {
            "name": text(one.name),
            "formula": text(one.formula),
            "inputs": list(one.inputs),
            "linear": {"linear": True, "not-linear": False}.get(linear.verdict),
        }
        if linear.coefficients is not None and linear.constant is not None:
            data["constant"] = text(linear.constant)
            data["coefficients"] = {x: text(c) for x, c in linear.coefficients.items()}
        formulas.append(data)
    return {"formulas": formulas}


def _tell(found: tuple[Composed, ...], words: Phrases) -> Iterator[Block]:
    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    blocks: list[Block] = []
    for one in found:
        blocks.append(Definitions(((one.name, spelled(one.formula, one.functions)),)))
        blocks += _linearity(one, say)
    yield Section(say("compose-title"), tuple(blocks))


def _linearity(one: Composed, say: Any) -> Iterator[Block]:
    linear = one.linearity
    inputs = joined([(Math(named(x)),) for x in one.inputs])
    slots = {"name": Math(one.name), "inputs": inputs}
    if not one.inputs:
        return
    match linear.verdict:
        case "linear":
            yield Definitions(((one.name, collected(linear)),))
            yield Note("check", say("compose-linear", **slots))
        case "not-linear" if linear.term is not None:
            yield Note("check", say("compose-term", term=Math(linear.term), **slots))
        case "not-linear":
            yield Note("check", say("compose-not-linear", **slots))
            for point, value in linear.points:
                at = joined([(Equals(named(x), Number(str(v))),) for x, v in point.items()])
                put = (Equals(one.name, value),)
                yield Paragraph(say("compose-point", at=at, value=put))
        case "open":
            return
        case "undecided":
            yield Note("warning", say("compose-undecided", **slots))


def collected(linear: Linearity) -> Expr:
    """constant + coefficient·x + …, as people write a regression."""
    assert linear.constant is not None and linear.coefficients is not None
    terms: list[Expr] = []
    if linear.constant != Number("0"):
        terms.append(linear.constant)
    for x, c in linear.coefficients.items():
        terms.append(named(x) if c == Number("1") else Apply("*", (c, named(x))))
    if not terms:
        return Number("0")
    return terms[0] if len(terms) == 1 else Apply("+", tuple(terms))
