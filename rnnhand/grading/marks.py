"""Verdicts and a policy → marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

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
    """What a sheet gets; `got` by the name of each value that counts."""

    marks: Fraction
    out_of: Fraction
    got: Mapping[str, Fraction]
    lost: tuple[Lost, ...] = ()


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
        for name in {value.name, whole}:
            both = {found.get(name, value.verdict), value.verdict}
            found[name] = next(v for v in WORST_FIRST if v in both)
    return found


def marks(policy: Policy, names: Sequence[str], record: Record) -> Marks:
    """The marks of a sheet on the values that count.

    marks = Σ worth·share, scaled to the policy's total; less a fixed number for each mistake,
    where the policy has one; not below 0; rounded, a half upwards.
    """
    worths = {name: policy.worth(name) for name in names}
    whole = sum(worths.values(), Fraction(0))
    scale = policy.total / whole if policy.total is not None and whole else Fraction(1)
    verdicts = worst(record.values)
    shares = {name: _share(policy, verdicts.get(name, "missing")) for name in names}
    got = {name: worths[name] * shares[name] * scale for name in names}
    lost = [
        Lost(name, verdicts.get(name, "missing"), worths[name] * scale - got[name])
        for name in names
        if got[name] < worths[name] * scale
    ]
    if policy.mistake is not None:
        lost += [
            Lost(v.name, v.verdict, policy.mistake)
            for v in record.values
            if v.verdict == "wrong" and policy.worth(v.name) and policy.mistake
        ]
    out_of = whole * scale
    left = out_of - sum((part.marks for part in lost), Fraction(0))
    return Marks(rounded(max(left, Fraction(0)), policy.unit), out_of, got, tuple(lost))


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


def decimal(value: Fraction) -> str:
    """Marks as people write them: 7.5; to two places where they do not end."""
    hundredths = rounded(value, Fraction(1, 100)) if (value * 10_000).denominator > 1 else value
    sign = "-" if hundredths < 0 else ""
    whole, part = divmod(abs(hundredths) * 10_000, 10_000)
    return f"{sign}{whole}.{int(part):04d}".rstrip("0").rstrip(".")
