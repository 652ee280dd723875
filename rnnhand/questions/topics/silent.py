"""`silent`: with what probability a ReLU neuron with random weights gives 0 at a fixed input.

The pre-activation is Σ w_i·x_i + b. If it is symmetric about 0, not constantly 0, and has no atom
at 0, it is at most 0 with probability 1/2; of normal weights it is normal, whatever their mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.numerals import of_fraction
from rnnhand.arithmetic.tail import normal_below
from rnnhand.document.blocks import Block, Equals, Paragraph, Section
from rnnhand.explain.sentences import sentence
from rnnhand.language.numerals import Numeral
from rnnhand.language.tree import Apply, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.analysis.proof import vanishes
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.distributions import Given, given
from rnnhand.questions.topics.options import Options, constant_value, options

CONTINUOUS = ("normal", "uniform")


@dataclass(frozen=True)
class Found:
    """`reason` is always, symmetric, normal, or open; `law` is mean and variance of a normal
    pre-activation."""

    reason: str
    exact: Fraction | None
    law: tuple[Fraction, Fraction] | None

    def probability(self, digits: int) -> Numeral | None:
        if self.exact is not None:
            return of_fraction(self.exact, digits)
        return None if self.law is None else normal_below(*self.law, digits)


def silent(problem: Problem, node: yaml.Node) -> Answer:
    read = options("silent", node, ("x", "inputs", "weights", "bias"))
    found = worked(read)

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        yield Section(sentence(words, "silent-title"), tuple(told(found, words, digits)))

    def results(digits: int) -> Mapping[str, Any]:
        law = None
        if found.law is not None:
            law = {"mean": str(found.law[0]), "variance": str(found.law[1])}
        return {
            "probability": found.probability(digits),
            "reason": found.reason,
            "preactivation": law,
        }

    return Answer(tell, results)


def worked(read: Options) -> Found:
    """Without `x` the input is any that is not 0."""
    weights = given(read.node("weights"))
    x = read.rationals("x") if "x" in read else None
    bias = _bias(read)
    if x is not None and not any(x) and isinstance(bias, Fraction):
        # The pre-activation is the bias itself.
        return Found("always" if bias <= 0 else "never", Fraction(int(bias <= 0)), None)
    if weights.kind not in CONTINUOUS or (isinstance(bias, Given) and bias.kind not in CONTINUOUS):
        return Found("open", None, None)
    law = None
    parts = [constant_value(p) for p in weights.parameters]
    own = _normal(bias)
    if x is not None and weights.kind == "normal" and own is not None and None not in parts:
        mean, variance = (p for p in parts if p is not None)
        total = mean * sum(x, Fraction(0)) + own[0]
        spread = variance * sum((v * v for v in x), Fraction(0)) + own[1]
        if spread == 0:
            return Found("always" if total <= 0 else "never", Fraction(int(total <= 0)), None)
        law = (total, spread)
        if total == 0:
            return Found("symmetric", Fraction(1, 2), law)
        return Found("normal", None, law)
    if _centred(weights) and (_centred(bias) if isinstance(bias, Given) else bias == 0):
        return Found("symmetric", Fraction(1, 2), None)
    return Found("open", None, None)


def _bias(read: Options) -> Fraction | Given:
    if "bias" not in read:
        return Fraction(0)
    node = read.node("bias")
    return given(node) if isinstance(node, yaml.Map) else read.rational("bias")


def _normal(bias: Fraction | Given) -> tuple[Fraction, Fraction] | None:
    """Mean and variance of a bias that is normal or a number."""
    if isinstance(bias, Fraction):
        return bias, Fraction(0)
    parts = [constant_value(p) for p in bias.parameters]
    if bias.kind != "normal" or None in parts:
        return None
    mean, variance = (p for p in parts if p is not None)
    return mean, variance


def _centred(law: Given) -> bool:
    """Whether a law is symmetric about 0 and no single point."""
    if law.kind == "normal":
        mean, variance = (constant_value(p) for p in law.parameters)
        return mean == 0 and variance != 0
    low, high = law.parameters
    a, b = constant_value(low), constant_value(high)
    if a is not None and b is not None:
        return a == -b and a != b
    total = Apply("+", (low, high))
    letters = tuple(dict.fromkeys(r.name for r in refs(total)))
    return bool(letters) and vanishes(total, letters[0], letters[1:])


def told(found: Found, words: Phrases, digits: int) -> Iterator[Block]:
    if found.law is not None:
        mean, variance = found.law
        yield Paragraph(
            sentence(words, "silent-law", mean=Equals(Apply("E", (Ref("a"),)), Number(str(mean))),
                     variance=Equals(Apply("Var", (Ref("a"),)), Number(str(variance))))
        )  # fmt: skip
    yield Paragraph(sentence(words, f"silent-{found.reason}"))
    chance = found.probability(digits)
    if chance is not None:
        yield Paragraph((Equals(Ref("P(ReLU(a) = 0)"), chance),))
