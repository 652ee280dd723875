"""`logistic`: the loss of logistic regression for given observations, written out; whether it has a
minimum, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic import logistic_fit
from rnnhand.arithmetic.forms import signed_sum
from rnnhand.arithmetic.logistic_fit import Balance, Direction
from rnnhand.arithmetic.numerals import numeral, of_fraction
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
    Shown,
)
from rnnhand.errors import failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.options import Options, items, matrix, options

LARGEST, MOST = 6, 40


@dataclass(frozen=True)
class Found:
    """Features, the constant 1 among them where there is an intercept; classes; the decision."""

    rows: tuple[tuple[Fraction, ...], ...]
    classes: tuple[Fraction, ...]
    names: tuple[str, ...]
    mean: bool
    decision: Direction | Balance

    def score(self, i: int) -> Expr:
        """w0 + 2·w1."""
        parts = []
        for x, name in zip(self.rows[i], self.names, strict=True):
            if x:
                size = Number(str(abs(x)))
                term: Expr = Ref(name) if abs(x) == 1 else Apply("*", (size, Ref(name)))
                parts.append((1 if x > 0 else -1, term))
        return signed_sum(parts)

    def terms(self) -> list[Expr]:
        """−ln σ(s) for class 1, −ln(1 − σ(s)) for class 0, as ln(1 + exp(∓s))."""
        found: list[Expr] = []
        for i, y in enumerate(self.classes):
            s = self.score(i)
            power = Apply("neg", (s,)) if y else s
            found.append(Apply("log", (Apply("+", (Number("1"), Apply("exp", (power,)))),)))
        return found

    def by_likelihood(self) -> list[Expr]:
        found: list[Expr] = []
        for i, y in enumerate(self.classes):
            p = Apply("sigmoid", (self.score(i),), spelling="σ")
            inner: Expr = p if y else Apply("-", (Number("1"), p))
            found.append(Apply("neg", (Apply("log", (inner,)),)))
        return found

    def loss(self, terms: list[Expr]) -> Expr:
        flat = [
            (-1, t.args[0]) if isinstance(t, Apply) and t.op == "neg" else (1, t) for t in terms
        ]
        total = signed_sum(flat)
        return Apply("/", (total, Number(str(len(terms))))) if self.mean else total


def logistic(problem: Problem, node: yaml.Node) -> Answer:
    read = options("logistic", node, ("x", "y", "intercept", "names", "reduction"))
    found = worked(read)
    minimum = None
    if isinstance(found.decision, Balance) and found.decision.unique:
        minimum = logistic_fit.minimum(_signed(found.rows, found.classes))

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        inner = tuple(told(found, minimum, words, digits))
        yield Section(sentence(words, "logistic-title"), inner)

    return Answer(tell, lambda digits: data(found, minimum, digits))


def worked(read: Options) -> Found:
    """Raises `Failure` where a class is neither 0 nor 1 or the sizes do not fit."""
    rows = matrix(read.node("x"))
    classes = read.rationals("y")
    if len(rows) != len(classes):
        raise failure("ridge-sizes", read.node("x").span, rows=len(rows), targets=len(classes))
    for y, item in zip(classes, items(read.node("y")), strict=True):
        if y not in (0, 1):
            raise failure("not-a-class", item.span, found=str(y))
    intercept = read.yes("intercept", "yes")
    count = len(rows[0]) + intercept
    if count > LARGEST or len(rows) > MOST:
        raise failure("logistic-large", read.span, weights=LARGEST, rows=MOST)
    start = 0 if intercept else 1
    names = tuple(f"w{i}" for i in range(start, start + count))
    if "names" in read:
        given = items(read.node("names"))
        names = tuple(n.text.strip() if isinstance(n, yaml.Text) else "" for n in given)
        if len(names) != count or not all(n.isidentifier() for n in names):
            raise failure("logistic-names", read.node("names").span, wanted=count)
    if intercept:
        rows = tuple((Fraction(1), *r) for r in rows)
    mean = read.choice("reduction", ("sum", "mean"), "sum") == "mean"
    decision = logistic_fit.decide(_signed(rows, classes))
    return Found(rows, classes, names, mean, decision)


def _signed(
    rows: tuple[tuple[Fraction, ...], ...], classes: tuple[Fraction, ...]
) -> list[tuple[Fraction, ...]]:
    return [tuple(x if y else -x for x in r) for r, y in zip(rows, classes, strict=True)]


Minimum = tuple[tuple[Any, ...], Any] | None


def told(found: Found, minimum: Minimum, words: Phrases, digits: int) -> Iterator[Block]:
    head = (sentence(words, "logistic-row"), (Math(Ref("s")),), sentence(words, "logistic-part"))
    rows = []
    for i, (y, term) in enumerate(zip(found.classes, found.terms(), strict=True)):
        label = (str(i + 1), ": ", Math(Ref("y")), f" = {y}")
        rows.append((label, (Math(found.score(i)),), (Math(term),)))
    yield Grid(head, tuple(rows), turnable=False)
    yield Definitions(((Ref("L"), found.loss(found.by_likelihood())),))
    yield Definitions(((Ref("L"), found.loss(found.terms())),))
    decision = found.decision
    if isinstance(decision, Direction):
        weights = joined(
            [
                (Equals(Ref(n), of_fraction(w, digits)),)
                for n, w in zip(found.names, decision.weights, strict=True)
            ]
        )
        code = "logistic-separable" if decision.strict else "logistic-nearly"
        yield Note("warning", sentence(words, code, weights=weights))
        margins: list[Inline] = []
        for i, row in enumerate(found.rows):
            s = sum((a * b for a, b in zip(row, decision.weights, strict=True)), Fraction(0))
            margins += [", "] * (i > 0) + [Shown(of_fraction(s, digits))]
        yield Paragraph(sentence(words, "logistic-scores", list=tuple(margins)))
        return
    shown = joined([(Shown(of_fraction(m, digits)),) for m in decision.multipliers])
    yield Paragraph(sentence(words, "logistic-balance", list=shown))
    if not decision.unique:
        yield Note("warning", sentence(words, "logistic-many"))
    elif minimum is None:
        yield Paragraph(sentence(words, "logistic-open"))
    else:
        weights, loss = minimum
        pairs = zip(found.names, weights, strict=True)
        values = joined([(Equals(Ref(n), numeral(w, digits)),) for n, w in pairs])
        least = _loss(found, loss)
        yield Paragraph(
            sentence(words, "logistic-minimum", weights=values,
                     loss=Equals(Ref("L"), numeral(least, digits)))
        )  # fmt: skip


def _loss(found: Found, loss: Any) -> Any:
    return loss / len(found.rows) if found.mean else loss


def data(found: Found, minimum: Minimum, digits: int) -> Mapping[str, Any]:
    decision = found.decision
    result: dict[str, Any] = {
        "loss": text(found.loss(found.terms())),
        "terms": [text(t) for t in found.terms()],
        "separable": isinstance(decision, Direction) and decision.strict,
        "minimum_exists": isinstance(decision, Balance),
        "direction": None,
        "multipliers": None,
        "unique": None,
        "minimum": None,
    }
    if isinstance(decision, Direction):
        pairs = zip(found.names, decision.weights, strict=True)
        result["direction"] = {n: str(w) for n, w in pairs}
        result["infimum"] = "0" if decision.strict else None
        return result
    result["multipliers"] = [str(m) for m in decision.multipliers]
    result["unique"] = decision.unique
    if minimum is not None:
        weights, loss = minimum
        result["minimum"] = {
            "weights": {n: numeral(w, digits) for n, w in zip(found.names, weights, strict=True)},
            "loss": numeral(_loss(found, loss), digits),
        }
    return result
