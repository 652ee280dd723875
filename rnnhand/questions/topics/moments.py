"""`moments`: mean and variance of polynomials in independent random variables, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic import forms, moments
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.arithmetic.numerals import of_fraction
from rnnhand.document.blocks import Block, Equals, Paragraph, Section, Sentence
from rnnhand.errors import failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.values import rational
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.distributions import Given, of, variables
from rnnhand.questions.topics.options import Options, formula_of, items, options


@dataclass(frozen=True)
class Asked:
    """A polynomial by name, its mean and variance, and both where the letters are numbers."""

    name: str
    expr: Expr
    mean: Form
    variance: Form
    at: tuple[tuple[Mapping[str, Fraction], Form, Form], ...]


def moments_topic(problem: Problem, node: yaml.Node) -> Answer:
    read = options("moments", node, ("of", "variables", "at", "covariance"))
    given = variables(read.node("variables"))
    found = worked(named(read.node("of")), given, points(read))
    pairs = _covariances(read, found, given)

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        inner = list(told(found, words, digits))
        for (a, b), form in pairs.items():
            left = Apply("Cov", (Ref(a), Ref(b)))
            inner.append(Paragraph((Equals(left, forms.factored(form)),)))
        known = joined([(f"{n} ~ {g.shown}",) for n, g in given.items()], "; ")
        independent = Paragraph(sentence(words, "moments-variables", list=known))
        yield Section(sentence(words, "moments-title"), (independent, *inner))

    def results(digits: int) -> Mapping[str, Any]:
        covariances = {f"{a}, {b}": text(forms.factored(f)) for (a, b), f in pairs.items()}
        return {**data(found), **({"covariance": covariances} if pairs else {})}

    return Answer(tell, results)


def named(node: yaml.Node) -> dict[str, tuple[Expr, yaml.Node]]:
    """One formula, or several by name."""
    if isinstance(node, yaml.Map):
        return {key.text: (formula_of(inner), inner) for key, inner in node.entries}
    return {"X": (formula_of(node), node)}


def points(read: Options) -> list[Mapping[str, Fraction]]:
    """`at: {q: 1/2}`, or a list of such: letters for which numbers are put in."""
    if "at" not in read:
        return []
    found: list[Mapping[str, Fraction]] = []
    for item in items(read.node("at")):
        if not isinstance(item, yaml.Map):
            raise failure("topic-options", item.span, word="at", found=yaml.shown(item),
                          known="q")  # fmt: skip
        found.append({key.text: rational(inner) for key, inner in item.entries})
    return found


def worked(
    asked: Mapping[str, tuple[Expr, yaml.Node]],
    given: Mapping[str, Given],
    at: Iterable[Mapping[str, Fraction]],
) -> list[Asked]:
    """Mean and variance of every formula. Raises `Failure` at one that is no polynomial."""
    found = []
    for name, (expr, node) in asked.items():
        space = Space()
        form = of(expr, space)
        within = {n: g.within(space) for n, g in given.items()}
        try:
            mean = moments.expectation(form, within)
            variance = moments.variance(form, within)
        except Fault as fault:
            raise failure(fault.code, node.span, **{**fault.words, "found": text(expr)}) from None
        there = []
        for point in at:
            for value in point.values():
                _possible(given, point, value, node)
            there.append((point, forms.at(mean, point), forms.at(variance, point)))
        found.append(Asked(name, expr, mean, variance, tuple(there)))
    return found


def _possible(
    given: Mapping[str, Given], point: Mapping[str, Fraction], value: Fraction, node: yaml.Node
) -> None:
    """Whether a number that is put in for a probability is one."""
    for g in given.values():
        if g.kind in ("bernoulli", "binomial"):
            p = g.parameters[-1]
            if isinstance(p, Ref) and p.name in point and not 0 <= point[p.name] <= 1:
                raise failure("not-a-probability", node.span, found=point[p.name])


def _covariances(
    read: Options, found: list[Asked], given: Mapping[str, Given]
) -> dict[tuple[str, str], Form]:
    if "covariance" not in read:
        return {}
    by_name = {a.name: a.expr for a in found}
    node = read.node("covariance")
    names = [i.text if isinstance(i, yaml.Text) else "" for i in items(node)]
    if len(names) != 2 or not set(names) <= set(by_name):
        raise failure("topic-choice", node.span, name="covariance", found=yaml.shown(node),
                      known=", ".join(by_name))  # fmt: skip
    space = Space()
    a, b = (of(by_name[n], space) for n in names)
    within = {n: g.within(space) for n, g in given.items()}
    return {(names[0], names[1]): moments.covariance(a, b, within)}


def told(found: Iterable[Asked], words: Phrases, digits: int) -> Iterator[Block]:
    for asked in found:
        name = Ref(asked.name)
        yield Paragraph((Equals(name, asked.expr),))
        for function, form in (("E", asked.mean), ("Var", asked.variance)):
            yield Paragraph(both_ways(Apply(function, (name,)), form))
        for point, mean, variance in asked.at:
            letters = joined([(Equals(Ref(n), of_fraction(v, digits)),) for n, v in point.items()])
            values: list[Sentence] = []
            for function, form in (("E", mean), ("Var", variance)):
                values.append((Equals(Apply(function, (name,)), shown(form, digits)),))
            yield Paragraph(sentence(words, "moments-at", at=letters, values=joined(values)))


def both_ways(left: Expr, form: Form) -> Sentence:
    """left = in factors = expanded, where the two differ."""
    first, second = forms.factored(form), forms.expanded(form)
    said: Sentence = (Equals(left, first),)
    if text(first) != text(second):
        from rnnhand.document.blocks import Math

        said = (*said, " = ", Math(second))
    return said


def shown(form: Form, digits: int) -> Any:
    """A number with both of its forms, or a formula."""
    number = form.value
    return forms.factored(form) if number is None else of_fraction(number, digits)


def data(found: Iterable[Asked]) -> dict[str, Any]:
    return {
        asked.name: {
            "of": text(asked.expr),
            "mean": text(forms.factored(asked.mean)),
            "mean_expanded": text(forms.expanded(asked.mean)),
            "variance": text(forms.factored(asked.variance)),
            "variance_expanded": text(forms.expanded(asked.variance)),
            "at": [
                {
                    "letters": {n: str(v) for n, v in point.items()},
                    "mean": text(forms.factored(mean)),
                    "variance": text(forms.factored(variance)),
                }
                for point, mean, variance in asked.at
            ],
        }
        for asked in found
    }
