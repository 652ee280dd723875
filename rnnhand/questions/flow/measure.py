"""How large vectors and matrices are, and what clipping makes of a gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.arrays import matmul
from rnnhand.arithmetic.base import Arithmetic, Scalar
from rnnhand.system.model import Shape

Matrix: TypeAlias = tuple[Scalar, ...]
"""Row by row; rows are entries of what moves, columns those of what moves it."""

ByStep: TypeAlias = dict[int, Matrix]

ClipRule: TypeAlias = tuple[str, Fraction]
"""("value" or "norm", the bound)."""


@dataclass(frozen=True)
class Clipped:
    """The whole gradient before and after clipping: its length, how many of its entries are cut
    off at the bound, what all are multiplied by, the cosine between before and after, and what
    this lacks of 1."""

    rule: ClipRule
    before: Scalar
    after: Scalar
    cut: int
    entries: int
    factor: Scalar | None
    cosine: Scalar | None = None
    turned: Scalar | None = None


def _largest_modulus(a: Matrix, n: int) -> Scalar:
    found = spectrum.moduli(a, n)
    if found is None:
        raise ValueError
    return spectrum.largest(found)


@dataclass(frozen=True)
class Measure:
    """How large vectors and matrices are; exact numbers get as many digits as are wanted."""

    arithmetic: Arithmetic
    digits: int

    def length(self, x: Sequence[Scalar]) -> Scalar:
        """‖x‖ of a vector."""
        if len(x) == 1:
            return abs(x[0])
        (found,) = self._certain(lambda: spectrum.singular_values(x, len(x), 1))
        return found

    def singular(self, a: Matrix, m: int, n: int) -> tuple[Scalar, ...]:
        return self._certain(lambda: spectrum.singular_values(a, m, n))

    def norm(self, a: Matrix, m: int, n: int) -> Scalar:
        (found,) = self._certain(lambda: (spectrum.norm(a, m, n, self.digits),))
        return found

    def radius(self, a: Matrix, n: int) -> Scalar | None:
        if self.arithmetic.name != "exact":
            found = spectrum.moduli(a, n)
            return None if found is None else spectrum.largest(found)
        try:
            return spectrum.settled(lambda: (_largest_modulus(a, n),), self.digits)[0]
        except ValueError:
            return None

    def weight(self, a: Matrix, shape: Shape) -> tuple[tuple[Scalar, ...], Scalar | None]:
        """Singular values and spectral radius of what multiplies as a matrix."""
        if shape[0] == shape[1]:
            return self.singular(a, *shape), self.radius(a, shape[0])
        return self.singular(a, *shape), None

    def largest(self, a: Matrix) -> Scalar:
        """The largest absolute value of what works entry by entry."""
        return spectrum.largest([abs(x) for x in a])

    def clip(self, rule: ClipRule, gradient: Sequence[Scalar]) -> Clipped:
        """What clipping makes of all entries of the gradient together."""
        kind, limit = rule
        bound = self.arithmetic.number(limit)
        before = self.length(gradient)
        if kind == "norm":
            if self.arithmetic.less(bound, before):
                (factor,) = self._certain(lambda: (bound / self._again(gradient),))
                return Clipped(rule, before, bound, 0, len(gradient), factor)
            return Clipped(rule, before, before, 0, len(gradient), None)
        less = self.arithmetic.less
        new = [bound if less(bound, x) else -bound if less(x, -bound) else x for x in gradient]
        cut = sum(less(bound, abs(x)) for x in gradient)
        after = self.length(new)
        cosine = turned = None
        one = self.arithmetic.number(Fraction(1))
        inner, own, other = (
            matmul(a, b, 1, len(new), 1)[0]
            for a, b in ((gradient, new), (gradient, gradient), (new, new))
        )
        alone = sum(x != 0 for x in gradient) == 1  # one number keeps its sign
        if cut and (alone or inner * inner == own * other):
            cosine, turned = one, one - one
        elif cut:

            def along() -> Scalar:
                return inner / (self._again(gradient) * self._again(new))

            cosine, turned = self._certain(lambda: (along(), one - along()))
        return Clipped(rule, before, after, cut, len(gradient), None, cosine, turned)

    def _again(self, x: Sequence[Scalar]) -> Scalar:
        """‖x‖ at the precision of the moment."""
        (found,) = spectrum.singular_values(x, len(x), 1)
        return found

    def _certain(self, compute: Callable[[], Sequence[Scalar]]) -> tuple[Scalar, ...]:
        if self.arithmetic.name == "exact":
            return spectrum.settled(compute, self.digits)
        return tuple(compute())
