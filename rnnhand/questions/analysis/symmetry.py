"""What f(−x) is in terms of f(x)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rnnhand.language.tree import Apply, Expr, Number, Ref, substitute
from rnnhand.questions.analysis.proof import at_point, vanishes
from rnnhand.questions.analysis.study import plain

F = Ref("f")


@dataclass(frozen=True)
class Symmetry:
    """f(−x) = sign·f(x) + total + slope·x; `kind` names the usual ones."""

    sign: int
    total: Fraction
    slope: Fraction

    @property
    def kind(self) -> str:
        if self.slope:
            return "sheared"
        if self.total:
            return "point"
        return "even" if self.sign > 0 else "odd"

    def right(self, f: Expr, x: Expr) -> Expr:
        """The right side, f standing for f(x)."""
        first = f if self.sign > 0 else Apply("neg", (f,))
        if self.total and self.sign < 0 and not self.slope:
            return Apply("-", (_number(self.total), f))
        found = first
        for c, by in ((self.total, None), (self.slope, x)):
            if c:
                size = _number(abs(c))
                term = size if by is None else by if abs(c) == 1 else Apply("*", (size, by))
                found = Apply("+" if c > 0 else "-", (found, term))
        return found


def _number(x: Fraction) -> Number:
    return Number(str(x))


def symmetry(expr: Expr, var: str, letters: tuple[str, ...]) -> Symmetry | None:
    """The law between f(−x) and f(x), proved; None where there is none of this kind."""
    turned = substitute(expr, {var: Apply("neg", (Ref(var),))})
    for sign, total, slope in _candidates(expr, var, letters):
        law = Symmetry(sign, total, slope)
        gap = Apply("-", (turned, law.right(expr, Ref(var))))
        if vanishes(gap, var, letters):
            return law
    return None


def _candidates(
    expr: Expr, var: str, letters: tuple[str, ...]
) -> list[tuple[int, Fraction, Fraction]]:
    found = [(1, Fraction(0), Fraction(0)), (-1, Fraction(0), Fraction(0))]
    if letters:
        return found
    body = plain(expr)
    one, other, two, four = (at_point(body, {var: Fraction(x)}) for x in (1, -1, 2, -2))
    if one is None or other is None or two is None or four is None:
        return found
    for sign in (-1, 1):
        a, b = (near(u - sign * v) for u, v in ((other, one), (four, two)))
        if a is None or b is None:
            continue
        # total + slope = a, total + 2·slope = b
        found.append((sign, 2 * a - b, b - a))
    return found


def near(x: object) -> Fraction | None:
    """The simple fraction that a ball seems to hold."""
    try:
        return Fraction(float(x)).limit_denominator(1000)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
