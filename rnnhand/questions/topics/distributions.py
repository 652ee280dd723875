"""Distributions as a problem file gives them: `{binomial: [300, q]}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from rnnhand.arithmetic import forms
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.moments import PARAMETERS, Distribution, negative_determinant
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.errors import failure, similar
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, refs
from rnnhand.problem import yaml
from rnnhand.questions.analysis.study import library
from rnnhand.questions.topics.options import constant_value, formula_of, items, probability


@dataclass(frozen=True)
class Given:
    """A variable's distribution with its parameters as they were written."""

    kind: str
    parameters: tuple[Expr, ...]

    def within(self, space: Space) -> Distribution:
        return Distribution(
            self.kind, tuple(forms.form(e, space, library()) for e in self.parameters)
        )

    @property
    def shown(self) -> str:
        return f"{self.kind}({', '.join(text(e) for e in self.parameters)})"


def given(node: yaml.Node) -> Given:
    """Raises `Failure` where there is no such distribution, or a parameter cannot be."""
    if not isinstance(node, yaml.Map) or len(node.entries) != 1:
        raise failure("bad-distribution", node.span, "hint-distribution", found=yaml.shown(node))
    ((key, inner),) = node.entries
    if key.text not in PARAMETERS:
        close = similar(key.text, PARAMETERS)
        hint = "hint-did-you-mean" if close else "hint-distribution"
        raise failure("unknown-distribution", key.span, hint, found=key.text[:40],
                      known=", ".join(PARAMETERS), suggestion=close)  # fmt: skip
    wanted = PARAMETERS[key.text]
    nodes = items(inner)
    if wanted and len(nodes) != len(wanted):
        raise failure("distribution-parameters", inner.span, name=key.text, found=len(nodes),
                      wanted=", ".join(wanted))  # fmt: skip
    parameters = tuple(formula_of(n) for n in nodes)
    _check(key.text, dict(zip(wanted, zip(parameters, nodes, strict=True), strict=False)))
    if key.text == "moments":
        _possible(parameters, inner)
    return Given(key.text, parameters)


def _check(kind: str, parameters: Mapping[str, tuple[Expr, yaml.Node]]) -> None:
    """Whether the numbers among the parameters are possible."""
    for name, (expr, node) in parameters.items():
        found = constant_value(expr)
        if name == "p":
            probability(expr, node)
        if found is None:
            continue
        if name == "n" and (found.denominator != 1 or found < 0):
            raise failure("not-a-count", node.span, found=yaml.shown(node), least=0)
        if (name == "variance" and found < 0) or (name == "rate" and found <= 0):
            raise failure("not-positive", node.span, name=name, found=yaml.shown(node))
    if kind == "uniform":
        low, high = (constant_value(parameters[n][0]) for n in ("low", "high"))
        if low is not None and high is not None and low > high:
            raise failure("empty-interval", parameters["high"][1].span, low=low, high=high)


def _possible(moments: tuple[Expr, ...], node: yaml.Node) -> None:
    """Raises `Failure` where nothing has these moments."""
    known: list[Fraction] = []
    for expr in moments:
        value = constant_value(expr)
        if value is None:
            break
        known.append(value)
    found = negative_determinant(known)
    if found is not None:
        raise failure("impossible-moments", node.span, found=str(found))


def variables(node: yaml.Node) -> dict[str, Given]:
    """`{A: {binomial: [300, q]}, …}`: independent variables."""
    if not isinstance(node, yaml.Map):
        raise failure("bad-distribution", node.span, "hint-distribution", found=yaml.shown(node))
    if not node.entries:
        raise failure("empty-list", node.span, "hint-distribution")
    found = {key.text: given(inner) for key, inner in node.entries}
    for key, inner in node.entries:
        for expr in found[key.text].parameters:
            for r in refs(expr):
                if r.name in found:
                    raise failure("dependent-variables", inner.span, name=key.text, other=r.name)
    return found


def of(expr: Expr, space: Space) -> Form:
    """A polynomial in letters. Raises `Failure` where it is none."""
    try:
        return forms.form(expr, space, library())
    except Fault:
        raise failure("not-a-polynomial", getattr(expr, "span", None), found=text(expr)) from None
