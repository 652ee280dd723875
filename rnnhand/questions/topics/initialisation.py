"""`initialisation`: the variance of a layer's output, and the law of the weights that keeps it.

h = Σ w_i·x_i with n independent weights of mean 0, independent of the inputs: by E and Var of
products Var h = n·E[w²]·E[x²]. Behind a linear layer of mean 0, E[x²] = Var x; behind ReLU of a
symmetric z, E[x²] = E[relu(z)²] = Var z/2. Keeping the variance needs n·E[w²]·share = 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic import forms, moments, normal
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.moments import Distribution
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.arithmetic.scalar import value
from rnnhand.document.blocks import Block, Definitions, Equals, Inline, Math, Paragraph, Section
from rnnhand.errors import failure
from rnnhand.explain.sentences import sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.analysis.study import library, plain, settled
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.distributions import Given, given
from rnnhand.questions.topics.options import Options, constant_value, options

SHARES = {"identity": Fraction(1), "relu": Fraction(1, 2)}
"""E[f(z)²]/Var z for a symmetric z: all of it, or the half that ReLU lets through."""

SHORT = 24
"""Characters up to which a power is worked out."""

WAYS = ("forward", "backward", "both")


@dataclass(frozen=True)
class Found:
    """`ratio` is Var of the output over Var before it, where the weights' law is given; `needed`
    the variance of the weights that makes it 1, `bound` the a of a uniform law on (−a, a)."""

    inputs: Expr
    outputs: Expr
    activation: str
    share: Fraction
    law: Given | None
    weight_variance: Expr | None
    ratio: Expr | None
    depth: Expr | None
    way: str
    needed: Expr
    bound: Expr

    @property
    def after(self) -> Expr | None:
        """The ratio over all layers."""
        if self.ratio is None or self.depth is None:
            return None
        if self.ratio == Number("1"):
            return self.ratio
        return settled(Apply("^", (self.ratio, self.depth)))


def initialisation(problem: Problem, node: yaml.Node) -> Answer:
    known = ("inputs", "outputs", "activation", "weights", "layers", "way")
    found = worked(options("initialisation", node, known))

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        inner = tuple(told(found, words))
        yield Section(sentence(words, "initialisation-title"), inner)

    return Answer(tell, lambda digits: data(found))


def worked(read: Options) -> Found:
    """Raises `Failure` where a size is no whole number or weights do not have mean 0."""
    inputs = _size(read, "inputs", Ref("n"))
    outputs = _size(read, "outputs", inputs)
    activation = read.choice("activation", tuple(SHARES), "identity")
    share = SHARES[activation]
    law = given(read.node("weights")) if "weights" in read else None
    way = read.choice("way", WAYS, "forward")
    if way != "forward" and "outputs" not in read:
        raise failure("topic-missing", read.span, name="outputs", word=read.word)
    size: Expr = inputs if way == "forward" else outputs
    if way == "both":
        size = Apply("/", (Apply("+", (inputs, outputs)), Number("2")))
    space = Space()
    needed = normal.inverse(_form(size, space) * space.constant(share))
    third = needed * space.constant(Fraction(3))
    variance = ratio = None
    if law is not None:
        variance, ratio = _through(law, size, share, read)
    depth = read.formula("layers") if "layers" in read else None
    return Found(inputs, outputs, activation, share, law, variance, ratio, depth, way,
                 forms.factored(needed), Apply("sqrt", (forms.factored(third),)))  # fmt: skip


def _size(read: Options, name: str, default: Expr) -> Expr:
    if name not in read:
        return default
    expr = read.formula(name)
    value_ = constant_value(expr)
    if value_ is not None and (value_.denominator != 1 or value_ < 1):
        raise failure("not-a-count", read.node(name).span, found=text(expr), least=1)
    return expr


def _form(expr: Expr, space: Space) -> Form:
    """A form that may have square roots in it."""
    names = {r.name: space.letter(r.name) for r in refs(expr)}
    found: Form = value(plain(expr), names, normal.arithmetic(space), library())
    return found


def _through(law: Given, size: Expr, share: Fraction, read: Options) -> tuple[Expr, Expr]:
    """Var w, and n·Var w·share. Raises `Failure` for a mean that is not 0."""
    space = Space()
    node = read.node("weights")
    try:
        parameters = tuple(_form(e, space) for e in law.parameters)
        own = Distribution(law.kind, parameters)
        mean = moments.raw_moment(own, 1, space)
        square = moments.raw_moment(own, 2, space)
    except Fault as fault:
        raise failure(fault.code, node.span, **fault.words) from None
    if mean.value != 0:
        raise failure("weights-mean", node.span)
    ratio = _form(size, space) * square * space.constant(share)
    return forms.factored(square), forms.factored(ratio)


def told(found: Found, words: Phrases) -> Iterator[Block]:
    h, w, x = Ref("h"), Ref("w"), Ref("x")
    n = found.inputs
    yield Paragraph(sentence(words, "initialisation-setting", n=Math(n)))
    square = Apply("E", (Apply("^", (x, Number("2"))),))
    variance = Apply("Var", (h,))
    product = Apply("*", (n, Apply("Var", (w,)), square))
    yield Definitions(((variance, product),))
    code = f"initialisation-{found.activation}"
    z = Apply("Var", (Ref("z"),))
    half: Expr = z if found.share == 1 else Apply("/", (z, Number("2")))
    yield Paragraph(sentence(words, code, law=Equals(square, half)))
    if found.law is not None and found.weight_variance is not None and found.ratio is not None:
        yield Paragraph((Equals(Apply("Var", (w,)), found.weight_variance),))
        left = Apply("/", (variance, z))
        yield Paragraph(sentence(words, "initialisation-ratio", law=Equals(left, found.ratio)))
        if found.depth is not None:
            power = found.after
            assert power is not None
            value = constant_value(power)
            shown: Inline = Math(power)
            if value is not None and isinstance(power, Apply) and len(str(value)) <= SHORT:
                shown = Equals(power, Number(str(value)))
            said = sentence(words, "initialisation-depth", k=Math(found.depth), power=shown)
            yield Paragraph(said)
        yield Paragraph(sentence(words, f"initialisation-{_verdict(found)}"))
    yield Paragraph(sentence(words, f"initialisation-{found.way}"))
    yield Definitions(((Apply("Var", (w,)), found.needed),))
    a = Ref("a")
    yield Paragraph(sentence(words, "initialisation-uniform", law=Equals(a, found.bound)))
    sigma = Apply("^", (Ref("σ"), Number("2")))
    yield Paragraph(sentence(words, "initialisation-normal", law=Equals(sigma, found.needed)))


def _verdict(found: Found) -> str:
    ratio = None if found.ratio is None else constant_value(found.ratio)
    if ratio is None:
        return "varies"
    return "keeps" if ratio == 1 else "fades" if ratio < 1 else "grows"


def data(found: Found) -> Mapping[str, Any]:
    return {
        "inputs": text(found.inputs),
        "activation": found.activation,
        "second_moment_share": str(found.share),
        "weight_variance": None if found.weight_variance is None else text(found.weight_variance),
        "variance_ratio": None if found.ratio is None else text(found.ratio),
        "after_layers": None if found.after is None else text(found.after),
        "verdict": None if found.ratio is None else _verdict(found),
        "keeps": {
            "way": found.way,
            "variance": text(found.needed),
            "uniform_bound": text(found.bound),
            "normal_variance": text(found.needed),
        },
    }
