"""The curves of f and f′."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rnnhand.arithmetic.scalar import in_balls
from rnnhand.document.blocks import Curve, Math, Plot
from rnnhand.explain.sentences import sentence
from rnnhand.language.tree import Apply, Expr, Ref
from rnnhand.phrases import Phrases
from rnnhand.questions.analysis.facts import Analysis
from rnnhand.questions.analysis.study import derivative

REACH = 6
POINTS = 96
TALL = 6.0
"""Beyond this height a curve is cut off."""

BESIDE = Fraction(1, 10**6)


def plot(found: Analysis, words: Phrases) -> Plot | None:
    """f and f′ from −6 to 6, or around their kinks where these lie farther out; None where letters
    have no numbers."""
    if found.study.letters or found.kinks is None:
        return None
    kinks = [k.at for k in found.kinks]
    reach = max([Fraction(REACH), *(abs(k) + 2 for k in kinks)])
    reach = Fraction(-(-reach // 1))
    x = Ref(found.study.var)
    curves = []
    for name, slope in (("f", False), ("f'", True)):
        points = tuple(_points(found, slope, reach))
        if len(points) > 1:
            curves.append(
                Curve((Math(Apply(name, (x,), spelling=name.replace("'", "′"))),), points)
            )
    if not curves:
        return None
    return Plot(sentence(words, "analyse-plot"), (Math(x),), (), tuple(curves), linear=True)


def _points(found: Analysis, slope: bool, reach: Fraction) -> Iterator[tuple[float, float]]:
    """Points piece by piece, close to both sides of every kink."""
    var = found.study.var
    for branch in found.branches:
        low = -reach if branch.piece.low is None else branch.piece.low + BESIDE
        high = reach if branch.piece.high is None else branch.piece.high - BESIDE
        expr: Expr = derivative(branch.piece.expr, var) if slope else branch.piece.expr
        count = max(2, int(POINTS * (high - low) / (2 * reach)))
        for i in range(count + 1):
            x = low + (high - low) * Fraction(i, count)
            y = in_balls(expr, {var: x}, 64)
            if y is not None and abs(y) < TALL:
                yield float(x), float(y)
