"""Formulas in which derivatives stand by name: `2*(yhat[t] - y[t])*u + w*dL/da[t+1]`.

dX/dY is a derivative where X and Y are names that are known; anything else is a division. It
becomes one `Ref` whose name holds the numerator and whose index is that of the denominator.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text as text_of
from rnnhand.language.tree import Expr, Ref, rewrite

PLACEHOLDER = "ꭰ"
NAME = r"[^\W\d][\w]*['′’]*"
DERIVATIVE = re.compile(
    rf"(?<![\w'])[d∂](?P<of>{NAME})(?P<of_step>\[[^\[\]]*\])?\s*/\s*"
    rf"[d∂](?P<by>{NAME})(?P<by_step>\[[^\[\]]*\])?"
)
NUMERATOR = re.compile(r"d(?P<of>.+)/d(?P<by>[^/]+)$", re.DOTALL)


@dataclass(frozen=True)
class DerivativeOf:
    """The two quantities of a derivative's name."""

    of: Ref
    by: Ref


def parse_formula(text: str, names: Collection[str]) -> Expr:
    """The tree of a formula. Raises `Failure` with the place and the likely fix."""
    found: list[Ref] = []

    def mask(match: re.Match[str]) -> str:
        of, by = _plain(match["of"]), _plain(match["by"])
        if of not in names or by not in names:
            return match[0]
        above = parse_expression(of + (match["of_step"] or ""))
        below = parse_expression(by + (match["by_step"] or ""))
        if not isinstance(above, Ref) or not isinstance(below, Ref):
            return match[0]
        found.append(derivative_ref(above, below))
        return f"{PLACEHOLDER}{len(found) - 1}".ljust(len(match[0]))

    tree = parse_expression(DERIVATIVE.sub(mask, text).replace("∂", "d"))

    def put_back(node: Expr) -> Expr:
        if isinstance(node, Ref) and node.name.startswith(PLACEHOLDER):
            made = found[int(node.name[1:])]
            return Ref(made.name, made.index, node.span)
        return node

    return rewrite(tree, put_back)


def derivative_ref(of: Ref, by: Ref) -> Ref:
    return Ref(f"d{text_of(of)}/d{by.name}", by.index)


def derivative_of(ref: Ref) -> DerivativeOf | None:
    """What a derivative's name is made of; None for any other name."""
    match = NUMERATOR.match(ref.name)
    if match is None:
        return None
    of = parse_expression(match["of"])
    assert isinstance(of, Ref)
    return DerivativeOf(of, Ref(match["by"], ref.index, ref.span))


def _plain(name: str) -> str:
    return name.replace("′", "'").replace("’", "'")
