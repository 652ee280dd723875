"""`least_squares` and `ridge`: β in closed form, and λ by leaving one out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic import forms, penalised
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.arithmetic.numerals import numeral, of_fraction
from rnnhand.arithmetic.penalised import Best, Squares
from rnnhand.arithmetic.zeros import Unsettled
from rnnhand.document.blocks import (
    Block,
    Equals,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
    Shown,
)
from rnnhand.errors import failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, rewrite
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.options import Options, matrix, options

LARGEST = 8
"""Columns up to which fractions in λ are worked out."""


@dataclass(frozen=True)
class Found:
    """β for every λ (`formulas`), at the λ that is asked for, and what leaving one out chooses."""

    problem: Squares
    names: tuple[str, ...]
    letter: str
    singular: bool
    formulas: tuple[Form, ...] | None
    penalty: Fraction | None
    beta: tuple[Fraction | None, ...]
    predictions: tuple[Form, ...]
    error: Form | None
    best: Best | None
    best_beta: tuple[Fraction | None, ...]
    near_beta: tuple[Any, ...]


def ridge(problem: Problem, node: yaml.Node) -> Answer:
    read = options("ridge", node, ("y", "x", "lambda", "intercept", "leave_one_out"))
    return _answer(read, "ridge-title")


def least_squares(problem: Problem, node: yaml.Node) -> Answer:
    read = options("least_squares", node, ("y", "x", "intercept"))
    return _answer(read, "ridge-squares-title")


def _answer(read: Options, title: str) -> Answer:
    found = worked(read)

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        yield Section(sentence(words, title), tuple(told(found, words, digits, read.word)))

    return Answer(tell, lambda digits: data(found, digits))


def worked(read: Options) -> Found:
    """Raises `Failure` where the sizes do not fit or λ is negative."""
    targets = read.rationals("y")
    given = "x" in read
    rows = matrix(read.node("x")) if given else tuple((Fraction(1),) for _ in targets)
    if len(rows) != len(targets):
        raise failure("ridge-sizes", read.node("x").span, rows=len(rows), targets=len(targets))
    names = ("beta",) if len(rows[0]) == 1 else tuple(f"beta_{j + 1}" for j in range(len(rows[0])))
    penalties = tuple(True for _ in names)
    if read.yes("intercept"):
        rows = tuple((Fraction(1), *r) for r in rows)
        names, penalties = ("beta_0", *names), (False, *penalties)
    if len(names) > LARGEST:
        raise failure("ridge-large", read.span, found=len(names), limit=LARGEST)
    problem = Squares(rows, targets, penalties)
    letter, penalty = _penalty(read)
    space = Space()
    formulas = penalised.estimates(problem, space)
    singular = penalised.singular(problem)
    beta: tuple[Fraction | None, ...] = ()
    if penalty is not None and formulas is not None and not (singular and penalty == 0):
        beta = tuple(penalised.at(f, penalty) for f in formulas)
    asked = read.word == "ridge" and read.yes("leave_one_out")
    predictions, error, best = _left_out(problem, space) if asked else ((), None, None)
    exact: tuple[Fraction | None, ...] = ()
    near: tuple[Any, ...] = ()
    if best is not None and formulas is not None and best.where in ("inside", "zero"):
        if best.exact is not None:
            exact = tuple(penalised.at(f, best.exact) for f in formulas)
        else:
            near = tuple(penalised.near(f, best.near) for f in formulas)
    return Found(problem, names, letter, singular, formulas, penalty, beta, predictions, error,
                 best, exact, near)  # fmt: skip


def _penalty(read: Options) -> tuple[str, Fraction | None]:
    """The letter of λ, and its number where it has one."""
    if read.word == "least_squares":
        return "λ", Fraction(0)
    if "lambda" not in read:
        return "λ", None
    node = read.node("lambda")
    if isinstance(node, yaml.Text) and node.text.strip().isidentifier():
        return node.text.strip(), None
    value = read.rational("lambda")
    if value < 0:
        raise failure("not-positive", node.span, name="lambda", found=str(value))
    return "λ", value


def _left_out(problem: Squares, space: Space) -> tuple[tuple[Form, ...], Form | None, Best | None]:
    found = penalised.left_out(problem, space)
    if found is None:
        return (), None, None
    try:
        return (*found, penalised.least(found[1]))
    except Unsettled:
        return (*found, None)


def _named(form: Form, letter: str) -> Expr:
    """A fraction in λ, its letter as it was given."""
    own = Ref(penalised.LETTER)
    return rewrite(forms.factored(form), lambda e: Ref(letter) if e == own else e)


def told(found: Found, words: Phrases, digits: int, word: str) -> Iterator[Block]:
    yield Paragraph(sentence(words, "ridge-objective" if word == "ridge" else "ridge-squares"))
    gram, right = penalised.normal_equations(found.problem)
    shown_gram: Table = tuple(tuple(of_fraction(x, digits) for x in row) for row in gram)
    shown_right: Table = tuple(of_fraction(x, digits) for x in right)
    if len(found.names) == 1:
        shown_gram, shown_right = of_fraction(gram[0][0], digits), of_fraction(right[0], digits)
    x = Ref("X")
    products = (Equals(Apply("@", (Apply("T", (x,)), x)), shown_gram), ", ",
                Equals(Apply("@", (Apply("T", (x,)), Ref("y"))), shown_right))  # fmt: skip
    yield Paragraph(products)
    if found.singular:
        yield Note("warning", sentence(words, "ridge-singular"))
    if word == "ridge":
        if found.formulas is None:
            yield Note("warning", sentence(words, "ridge-none"))
        else:
            for name, form in zip(found.names, found.formulas, strict=True):
                left = Apply(name, (Ref(found.letter),), spelling=name.replace("beta", "β"))
                yield Paragraph((Equals(left, _named(form, found.letter)),))
    if found.beta:
        said = joined(
            [
                (Equals(Ref(n), of_fraction(b, digits)),)
                for n, b in zip(found.names, found.beta, strict=True)
                if b is not None
            ]
        )
        if word == "ridge" and found.penalty is not None:
            at: Inline = Equals(Ref(found.letter), of_fraction(found.penalty, digits))
            said = sentence(words, "ridge-at", at=at, beta=said)
        yield Paragraph(said)
    yield from _chosen(found, words, digits)


def _chosen(found: Found, words: Phrases, digits: int) -> Iterator[Block]:
    """Leave-one-out: predictions, their error, and the λ that makes it least."""
    if found.error is None:
        return
    parts: list[Sentence] = [(Math(_named(p, found.letter)),) for p in found.predictions]
    yield Paragraph(sentence(words, "ridge-left-out", list=joined(parts)))
    left = Apply("CV", (Ref(found.letter),))
    yield Paragraph((Equals(left, _named(found.error, found.letter)),))
    best = found.best
    if best is None:
        yield Paragraph(sentence(words, "ridge-open"))
        return
    letter = Ref(found.letter)
    slots: dict[str, Inline] = {"letter": Math(letter)}
    if best.where in ("inside", "zero"):
        shown = of_fraction(best.exact, digits) if best.exact is not None else None
        slots["at"] = Equals(letter, shown if shown is not None else numeral(best.near, digits))
    if best.value is not None:
        slots["value"] = Shown(of_fraction(best.value, digits))
    else:
        slots["value"] = Shown(numeral(best.value_near, digits))
    yield Paragraph(sentence(words, f"ridge-best-{best.where}", **slots))
    values: list[Table] = [of_fraction(b, digits) for b in found.best_beta if b is not None]
    values += [numeral(b, digits) for b in found.near_beta]
    if values:
        pairs = zip(found.names, values, strict=True)
        yield Paragraph(joined([(Equals(Ref(n), v),) for n, v in pairs]))


def data(found: Found, digits: int) -> Mapping[str, Any]:
    result: dict[str, Any] = {
        "singular": found.singular,
        "beta": {n: None if b is None else str(b)
                 for n, b in zip(found.names, found.beta, strict=False)} or None,
        "formula": None if found.formulas is None else {
            n: text(_named(f, found.letter))
            for n, f in zip(found.names, found.formulas, strict=True)},
        "lambda": None if found.penalty is None else str(found.penalty),
    }  # fmt: skip
    best = found.best
    if found.error is not None:
        result["leave_one_out"] = {
            "predictions": [text(_named(p, found.letter)) for p in found.predictions],
            "error": text(_named(found.error, found.letter)),
            "minimum": None if best is None else {
                "where": best.where,
                "lambda": _number(best.exact, best.near, digits)
                if best.where in ("inside", "zero") else "oo" if best.where == "infinity" else None,
                "error": _number(best.value, best.value_near, digits),
                "beta": {n: str(b) for n, b in zip(found.names, found.best_beta, strict=False)}
                or {n: numeral(b, digits)
                    for n, b in zip(found.names, found.near_beta, strict=False)} or None,
            },
        }  # fmt: skip
    return result


def _number(exact: Fraction | None, near: Any, digits: int) -> Any:
    if exact is not None:
        return str(exact)
    return None if near is None else numeral(near, digits)
