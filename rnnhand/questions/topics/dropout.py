"""`dropout`: what is left of a network when every hidden neuron drops out on its own.

A weight or bias lives if the neurons at its ends do; inputs and outputs always live. With A, B, …
living neurons in the hidden layers the living parameters are (m + 1)·A + (A + 1)·B + …, whose mean
and variance follow from the moments of binomial variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from rnnhand.arithmetic import forms, moments
from rnnhand.arithmetic.moments import Distribution
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.arithmetic.numerals import of_fraction
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Equals,
    Inline,
    Math,
    Paragraph,
    Section,
    Sentence,
    Shown,
)
from rnnhand.errors import failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, substitute
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.values import rational
from rnnhand.questions.analysis.study import settled
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.distributions import of
from rnnhand.questions.topics.moments import both_ways, shown
from rnnhand.questions.topics.options import (
    Options,
    constant_value,
    items,
    options,
    probability,
)

NAMES = "ABCDEFGHIJKLM"
KEEP = "q"
"""The letter for the probability of living, where only that of dropping out has one."""

ONE = Number("1")


@dataclass(frozen=True)
class Found:
    """`drop` and `keep` as formulas, the hidden layers, and what is worked out of them."""

    layers: tuple[int, ...]
    bias: bool
    drop: Expr
    keep: Expr
    parameters: int
    living: Expr
    neurons: tuple[Form, Form]
    alive: tuple[Form, Form]
    in_keep: tuple[tuple[Form, Form], tuple[Form, Form]] | None
    at: tuple[Fraction, ...]
    letter: str

    @property
    def hidden(self) -> tuple[int, ...]:
        return self.layers[1:-1]

    def dies(self, n: int) -> Expr:
        """All n neurons of a layer drop out: p^n."""
        return Apply("^", (self.drop, Number(str(n))))

    def any_dies(self) -> Expr:
        """1 − Π (1 − p^n)."""
        factors = tuple(Apply("-", (ONE, self.dies(n))) for n in self.hidden)
        product = factors[0] if len(factors) == 1 else Apply("*", factors)
        return Apply("-", (ONE, product))


def dropout(problem: Problem, node: yaml.Node) -> Answer:
    found = worked(options("dropout", node, ("layers", "drop", "keep", "bias", "at")))

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        yield Section(sentence(words, "dropout-title"), tuple(told(found, words, digits)))

    return Answer(tell, lambda digits: data(found))


def worked(read: Options) -> Found:
    """Raises `Failure` where a size or a probability cannot be."""
    layers = tuple(_size(n) for n in items(read.node("layers")))
    if not 3 <= len(layers) <= len(NAMES) + 2:
        raise failure("dropout-layers", read.node("layers").span, limit=len(NAMES))
    if "drop" in read and "keep" in read:
        raise failure("dropout-both", read.node("keep").span)
    word = "keep" if "keep" in read else "drop"
    given = read.formula(word) if word in read else Ref("p")
    if word in read:
        probability(given, read.node(word))
    other = settled(Apply("-", (ONE, given)))
    value = constant_value(given)
    if value is not None:
        other = Number(str(1 - value))
        given = Number(str(value))
    drop, keep = (other, given) if word == "keep" else (given, other)
    bias = read.yes("bias", "yes")
    living = _living(layers, bias)
    space = Space()
    alive = of(living, space)
    q = of(keep, space)
    variables = {
        NAMES[i]: Distribution("binomial", (space.constant(Fraction(n)), q))
        for i, n in enumerate(layers[1:-1])
    }
    count = of(_sum([Ref(NAMES[i]) for i in range(len(layers) - 2)]), space)
    letters = [r.name for r in refs(given)]
    at = tuple(rational(n) for n in items(read.node("at"))) if "at" in read else ()
    for x in at:
        if not 0 <= x <= 1:
            raise failure("not-a-probability", read.node("at").span, found=str(x))
    return Found(
        layers, bias, drop, keep, _parameters(layers, bias), living,
        (moments.expectation(count, variables), moments.variance(count, variables)),
        (moments.expectation(alive, variables), moments.variance(alive, variables)),
        _in_keep(layers, bias) if word == "drop" and letters and KEEP not in letters else None,
        at, letters[0] if letters else "",
    )  # fmt: skip


def _in_keep(layers: tuple[int, ...], bias: bool) -> tuple[tuple[Form, Form], tuple[Form, Form]]:
    """The same means and variances with a letter for the probability of living."""
    space = Space()
    alive = of(_living(layers, bias), space)
    q = space.letter(KEEP)
    variables = {
        NAMES[i]: Distribution("binomial", (space.constant(Fraction(n)), q))
        for i, n in enumerate(layers[1:-1])
    }
    count = of(_sum([Ref(NAMES[i]) for i in range(len(layers) - 2)]), space)
    first, second = (
        (moments.expectation(f, variables), moments.variance(f, variables)) for f in (count, alive)
    )
    return first, second


def _size(node: yaml.Node) -> int:
    value = rational(node)
    if value.denominator != 1 or not 1 <= value <= 10**6:
        raise failure("not-a-count", node.span, found=yaml.shown(node))
    return int(value)


def _parameters(layers: tuple[int, ...], bias: bool) -> int:
    return sum((a + bias) * b for a, b in pairwise(layers))


def _sum(parts: list[Expr]) -> Expr:
    return parts[0] if len(parts) == 1 else Apply("+", tuple(parts))


def _living(layers: tuple[int, ...], bias: bool) -> Expr:
    """13·A + (A + 1)·B + (B + 1)·C + (C + 1)."""
    ends: list[Expr] = [Number(str(layers[0]))]
    ends += [Ref(NAMES[i]) for i in range(len(layers) - 2)]
    ends.append(Number(str(layers[-1])))
    parts: list[Expr] = []
    for a, b in pairwise(ends):
        if isinstance(a, Number):
            source: Expr = Number(str(int(a.value) + bias))
        else:
            source = Apply("+", (a, ONE)) if bias else a
        parts.append(source if b == ONE else Apply("*", (source, b)))
    return _sum(parts)


def told(found: Found, words: Phrases, digits: int) -> Iterator[Block]:
    sizes = ", ".join(map(str, found.layers))
    sums = []
    for a, b in pairwise(found.layers):
        enters: Expr = Number(str(a))
        if found.bias:
            enters = Apply("+", (enters, ONE))
        sums.append(Apply("*", (enters, Number(str(b)))))
    total = Equals(_sum(list(sums)), Number(str(found.parameters)))
    yield Paragraph(sentence(words, "dropout-parameters", sizes=sizes, total=total))
    yield Paragraph(
        sentence(words, "dropout-chances", drop=Math(found.drop), keep=Math(found.keep))
    )
    for k, n in enumerate(found.hidden, 1):
        slots: dict[str, Inline | Sentence] = {"k": str(k), "n": str(n)}
        slots["chance"] = _chance(found, found.dies(n), digits)
        yield Paragraph(sentence(words, "dropout-dies", **slots))
    chance = _chance(found, found.any_dies(), digits)
    yield Paragraph(sentence(words, "dropout-any", chance=chance))
    yield from _moments(found, words, digits)


def _chance(found: Found, expr: Expr, digits: int) -> Sentence:
    """A probability as a formula, and its values where numbers are put in."""
    value = constant_value(expr)
    if value is not None:
        return (Equals(expr, of_fraction(value, digits)),)
    said: Sentence = (Math(expr),)
    for x in found.at:
        at = _value(expr, found.letter, x)
        where = Equals(Ref(found.letter), of_fraction(x, digits))
        said = (*said, "; ", where, ": ", Shown(of_fraction(at, digits)))
    return said


def _value(expr: Expr, letter: str, x: Fraction) -> Fraction:
    found = constant_value(substitute(expr, {letter: Number(str(x))}))
    assert found is not None
    return found


def _moments(found: Found, words: Phrases, digits: int) -> Iterator[Block]:
    for name, code, pair in (
        ("N", "dropout-neurons", found.neurons),
        ("P", "dropout-living", found.alive),
    ):
        yield Paragraph(sentence(words, code, name=Math(Ref(name))))
        if name == "P":
            yield Definitions(((Ref("P"), found.living),))
        for function, form in zip(("E", "Var"), pair, strict=True):
            left = Apply(function, (Ref(name),))
            if form.value is not None:
                yield Paragraph((Equals(left, shown(form, digits)),))
                continue
            yield Paragraph(both_ways(left, form))
        if found.in_keep is not None:
            other = found.in_keep[name == "P"]
            said = [
                both_ways(Apply(f, (Ref(name),)), g)
                for f, g in zip(("E", "Var"), other, strict=True)
            ]
            where_q = Equals(Ref(KEEP), found.keep)
            yield Paragraph(sentence(words, "dropout-in-keep", keep=where_q, list=joined(said)))
        for x in found.at:
            where = joined([(Equals(Ref(found.letter), of_fraction(x, digits)),)])
            values: list[Sentence] = [
                (Equals(Apply(f, (Ref(name),)), shown(forms.at(g, {found.letter: x}), digits)),)
                for f, g in zip(("E", "Var"), pair, strict=True)
            ]
            yield Paragraph(sentence(words, "moments-at", at=where, values=joined(values)))


def data(found: Found) -> Mapping[str, Any]:
    def chance(expr: Expr) -> dict[str, Any]:
        value = constant_value(expr)
        result: dict[str, Any] = {"formula": text(expr)}
        if value is not None:
            result["value"] = str(value)
        if found.at and value is None:
            result["at"] = {str(x): str(_value(expr, found.letter, x)) for x in found.at}
        return result

    def both(pair: tuple[Form, Form]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, form in zip(("mean", "variance"), pair, strict=True):
            result[name] = text(forms.factored(form))
            result[f"{name}_expanded"] = text(forms.expanded(form))
            if found.at and form.value is None:
                result[f"{name}_at"] = {
                    str(x): str(forms.at(form, {found.letter: x}).value) for x in found.at
                }
        return result

    return {
        "parameters": found.parameters,
        "drop": text(found.drop),
        "keep": text(found.keep),
        "layer_dies": [chance(found.dies(n)) for n in found.hidden],
        "any_layer_dies": chance(found.any_dies()),
        "living_neurons": both(found.neurons),
        "living_parameters": {"formula": text(found.living), **both(found.alive)},
    }
