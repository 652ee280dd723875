"""Verdicts and a policy → marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from rnnhand.grading.policy import Policy
from rnnhand.grading.record import Record, Value

WORST_FIRST = ("wrong", "unreadable", "missing", "follows", "right")
"""Of two answers under one name the worse counts."""


@dataclass(frozen=True)
class Lost:
    """Marks that a value did not get, or that a mistake cost."""

    name: str
    verdict: str
    marks: Fraction


@dataclass(frozen=True)
class Marks:
    """What a sheet gets; `worth` is that of each value that counts, by its name; `verdicts` has
    one for each name of the sheet.

    But for rounding, and where it would be below 0: marks = Σ worth − Σ lost.
    """

    marks: Fraction
    out_of: Fraction
    worth: Mapping[str, Fraction]
    lost: tuple[Lost, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)


def asked(
    policy: Policy, records: Sequence[Record], is_computed: Callable[[str], bool]
) -> tuple[str, ...]:
    """The values that count: those of the policy, else those that half of the sheets name. What
    is not for students to compute counts only where the policy says so."""
    if policy.values:
        return policy.values
    read = [r for r in records if not r.why]
    named: dict[str, int] = {}
    for record in read:
        for name in dict.fromkeys(v.name for v in record.values):
            named[name] = named.get(name, 0) + 1
    often = (name for name, n in named.items() if 2 * n >= len(read))
    return tuple(name for name in often if is_computed(name))


def worst(values: Iterable[Value]) -> dict[str, str]:
    """The verdict for each name of a sheet. A vector that is given entry by entry has one too."""
    found: dict[str, str] = {}
    for value in values:
        whole = value.name.partition("(")[0] if value.name.endswith(")") else value.name
        for name in (value.name, whole) if whole != value.name else (whole,):
            known = found.setdefault(name, value.verdict)
            if known != value.verdict:
                found[name] = next(v for v in WORST_FIRST if v in (known, value.verdict))
    return found


def marks(
    policy: Policy, names: Sequence[str], record: Record, size: Callable[[str], int] = lambda _: 1
) -> Marks:
    """The marks of a sheet on the values that count; `size` is how many entries a value has.

    marks = Σ worth·share, scaled to the policy's total; less a fixed number for each mistake,
    where the policy has one; not below 0; rounded, a half upwards.
    """
    worth = worths(policy, tuple(names))
    verdicts = worst(record.values)
    entries = _entries(record.values)
    lost: list[Lost] = []
    for name in names:
        verdict = verdicts.get(name, "missing")
        share = _share(policy, verdict)
        if name in entries:
            each = [_share(policy, v) for v in entries[name]]
            share = sum(each, Fraction(0)) / max(size(name), len(each))
            verdict = "missing" if len(each) < size(name) and verdict == "right" else verdict
        if share < 1 and worth[name]:
            lost.append(Lost(name, verdict, worth[name] * (1 - share)))
    if policy.mistake:
        lost += [
            Lost(v.name, v.verdict, policy.mistake)
            for v in record.values
            if v.verdict == "wrong" and policy.worth(v.name)
        ]
    out_of = _altogether(policy, tuple(names))
    left = out_of - sum((part.marks for part in lost), Fraction(0))
    return Marks(rounded(max(left, Fraction(0)), policy.unit), out_of, worth, tuple(lost), verdicts)


@lru_cache(maxsize=10)
def worths(policy: Policy, names: tuple[str, ...]) -> Mapping[str, Fraction]:
    """What each value that counts is worth, scaled to the policy's total."""
    raw = {name: policy.worth(name) for name in names}
    whole = sum(raw.values(), Fraction(0))
    scale = policy.total / whole if policy.total is not None and whole else Fraction(1)
    return {name: marks * scale for name, marks in raw.items()}


@lru_cache(maxsize=10)
def _altogether(policy: Policy, names: tuple[str, ...]) -> Fraction:
    return sum(worths(policy, names).values(), Fraction(0))


def _entries(values: Iterable[Value]) -> dict[str, list[str]]:
    """The verdicts of what a sheet gives entry by entry and not as a whole: h[2](1), h[2](2)."""
    whole = {value.name for value in values}
    found: dict[str, dict[str, str]] = {}
    for value in values:
        name, bracket, _ = value.name.partition("(")
        if bracket and name not in whole:
            one = found.setdefault(name, {})
            both = {one.get(value.name, value.verdict), value.verdict}
            one[value.name] = next(v for v in WORST_FIRST if v in both)
    return {name: list(one.values()) for name, one in found.items()}


def _share(policy: Policy, verdict: str) -> Fraction:
    match verdict:
        case "right":
            return Fraction(1)
        case "follows":
            return policy.follows
        case "wrong" if policy.mistake is not None:
            return Fraction(1)
    return Fraction(0)


def rounded(value: Fraction, unit: Fraction) -> Fraction:
    """To the nearest multiple of the unit, a half upwards."""
    return (value / unit + Fraction(1, 2)).__floor__() * unit


@lru_cache(maxsize=1000)
def decimal(value: Fraction) -> str:
    """Marks as people write them: 7.5; to two places where they do not end."""
    hundredths = rounded(value, Fraction(1, 100)) if (value * 10_000).denominator > 1 else value
    sign = "-" if hundredths < 0 else ""
    whole, part = divmod(abs(hundredths) * 10_000, 10_000)
    return f"{sign}{whole}.{int(part):04d}".rstrip("0").rstrip(".")
