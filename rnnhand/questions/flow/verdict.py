"""Whether the gradient fades, explodes or does neither, and which fact says so.

Certain facts come first: a factor of 0, a factor that is the same at every step (of several steps
together, where a step reads further back), factors that all shorten or all lengthen every change.
Where they point in both directions, the product over all given steps decides: a change of less than
ten times is neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rnnhand.arithmetic import spectrum
from rnnhand.arithmetic.base import Scalar

TENFOLD = 10


@dataclass(frozen=True)
class Verdict:
    """`kind` is fades, explodes or neither; `reason` names the phrase that says why, and `number`
    is the one that it quotes (`step`, where it is about one)."""

    kind: str
    reason: str
    number: Scalar | None = None
    step: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of the factors, step by step: the largest and the smallest singular value;
    whether they are all one and the same, and that one's spectral radius; the sizes of the products
    up to the last step; the bound that holds whatever the inputs are, of all that a step reads."""

    extremes: Mapping[int, tuple[Scalar, Scalar]]
    constant: bool
    single: bool
    radius: Scalar | None
    norms: Mapping[int, Scalar]
    bound: Scalar | None
    sums: Mapping[int, Scalar] = field(default_factory=dict)
    """Where a step reads several steps back: the sizes of its factors together."""
    lag: int = 1
    """How many steps back a step reads at most."""
    companion: Scalar | None = None
    """The spectral radius of what every step does to that many steps together, where it is the
    same matrix at each."""


def verdict(facts: Facts) -> Verdict:
    """The first fact, in the order above, that decides."""
    blocked = _blocked(facts)
    if blocked is not None:
        return Verdict("fades", "blocked", step=blocked)
    if facts.lag == 1:
        found = _by_one_factor(facts) or _by_all_factors(facts)
        if found is not None:
            return found
    elif facts.companion is not None:
        found = _by_radius("companion", facts.companion)
        if found is not None:
            return found
    if facts.lag > 1:
        found = _by_all_sums(facts)
        if found is not None:
            return found
    total = _extreme(list(facts.norms.values())[-facts.lag :], largest=True)
    if total * TENFOLD < 1:
        return Verdict("fades", "product", total)
    if total > TENFOLD:
        return Verdict("explodes", "product", total)
    return Verdict("neither", "product", total)


def _blocked(facts: Facts) -> int | None:
    """The latest step from which on, backwards, nothing arrives any more: as many steps in a row as
    are read at once have a product of 0."""
    steps: list[int] = []
    for step, norm in reversed(list(facts.norms.items())):
        if norm != 0:
            break
        steps.append(step)
    return steps[-1] if steps and len(steps) >= facts.lag else None


def _by_one_factor(facts: Facts) -> Verdict | None:
    """The same factor at every step: its absolute value, or its spectral radius."""
    radius = facts.radius
    if not facts.constant or radius is None:
        return None
    reason = "same" if facts.single else "radius"
    if not facts.single and any(top > 1 for top, _ in facts.extremes.values()):
        reason = "radius-later" if radius < 1 else "radius-slow" if radius == 1 else reason
    return _by_radius(reason, radius)


def _by_radius(reason: str, radius: Scalar) -> Verdict | None:
    kinds = {"fades": radius < 1, "explodes": radius > 1, "neither": radius == 1}
    return next((Verdict(kind, reason, radius) for kind, holds in kinds.items() if holds), None)


def _by_all_factors(facts: Facts) -> Verdict | None:
    """Every factor shortens every change, or lengthens every one, or keeps its length."""
    tops = [top for top, _ in facts.extremes.values()]
    bottoms = [bottom for _, bottom in facts.extremes.values()]
    if facts.bound is not None and facts.bound < 1:
        return Verdict("fades", "bound", facts.bound)
    if all(top < 1 for top in tops):
        return Verdict("fades", "shorter", _extreme(tops, largest=True))
    if all(bottom > 1 for bottom in bottoms):
        return Verdict("explodes", "longer", _extreme(bottoms, largest=False))
    if all(x == 1 for x in (*tops, *bottoms)):
        return Verdict("neither", "kept")
    return None


def _by_all_sums(facts: Facts) -> Verdict | None:
    """The factors of all steps that a step reads come to less than 1: the largest of as many
    changes as are read at once gets smaller."""
    if facts.bound is not None and facts.bound < 1:
        return Verdict("fades", "bound-lags", facts.bound)
    sums = list(facts.sums.values())
    if sums and all(x < 1 for x in sums):
        return Verdict("fades", "shorter-lags", _extreme(sums, largest=True))
    return None


def _extreme(values: Sequence[Scalar], largest: bool) -> Scalar:

    return spectrum.largest(values) if largest else spectrum.smallest(values)
