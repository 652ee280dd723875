"""Exponents and ends of ranges: sums of running names and whole numbers, and what else they may be.

t - k + 1 is t: 1, k: -1, and 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from rnnhand.language.tree import Apply, Expr, Number, Ref

FEW = (-1, 0, 1)


@dataclass(frozen=True)
class Count:
    """`names` with a sign each, in the order in which they are written, and a number."""

    names: tuple[tuple[str, int], ...]
    number: int

    def distance(self, other: Count) -> int:
        """How much is to be changed to make another of it: a name counts more than a number."""
        mine, its = dict(self.names), dict(other.names)
        named = sum(mine.get(n, 0) != its.get(n, 0) for n in {*mine, *its})
        return 2 * named + abs(self.number - other.number)

    def written(self) -> Expr:
        found: Expr | None = None
        positive = sorted(self.names, key=lambda one: -one[1])
        for name, sign in positive:
            ref = Ref(name)
            if found is None:
                found = ref if sign > 0 else Apply("neg", (ref,))
            else:
                found = Apply("+" if sign > 0 else "-", (found, ref))
        number = Number(str(abs(self.number)))
        if found is None:
            return number if self.number >= 0 else Apply("neg", (number,))
        if isinstance(found, Apply) and found.op == "neg" and self.number > 0:
            return Apply("-", (number, *found.args))
        if not self.number:
            return found
        return Apply("+" if self.number > 0 else "-", (found, number))


def count_of(expr: Expr) -> Count | None:
    """None where it is something else."""
    match expr:
        case Number() if expr.value.denominator == 1:
            return Count((), int(expr.value))
        case Ref(name, None):
            return Count(((name, 1),), 0)
        case Apply("neg", (inner,)):
            found = count_of(inner)
            return None if found is None else _times(found, -1)
        case Apply("+" | "-" as op, args):
            parts = [count_of(a) for a in args]
            total = Count((), 0)
            for i, part in enumerate(parts):
                if part is None:
                    return None
                total = _added(total, _times(part, -1 if op == "-" and i else 1))
            return total
        case _:
            return None


def _times(count: Count, sign: int) -> Count:
    return Count(tuple((n, s * sign) for n, s in count.names), count.number * sign)


def _added(a: Count, b: Count) -> Count:
    signs = dict(a.names)
    for name, sign in b.names:
        signs[name] = signs.get(name, 0) + sign
    return Count(tuple((n, s) for n, s in signs.items() if s), a.number + b.number)


def exponents_near(count: Count, names: Sequence[str], numbers: Sequence[int]) -> Iterator[Count]:
    """What else an exponent may be: a little more or less, or the distance of two steps."""
    steps = [*(Count(((n, 1),), 0) for n in names), *(Count((), n) for n in numbers)]
    near = [Count(count.names, count.number + by) for by in (-1, 1, -2, 2)]
    for later, earlier in permutations(steps, 2):
        if later.names or earlier.names:
            apart = _added(later, _times(earlier, -1))
            near += [Count(apart.names, apart.number + by) for by in FEW]
    near += [Count(s.names, s.number + by) for s in steps if s.names for by in FEW]
    yield from _by_distance(count, near)


def ends_near(count: Count, names: Sequence[str], numbers: Sequence[int]) -> Iterator[Count]:
    """What else the end of a range may be: a little more or less, or another step."""
    steps = [*(Count(((n, 1),), 0) for n in names), *(Count((), n) for n in (1, *numbers))]
    near = [Count(count.names, count.number + by) for by in (-1, 1)]
    near += [Count(s.names, s.number + by) for s in steps for by in FEW]
    yield from _by_distance(count, near)


def _by_distance(count: Count, near: Sequence[Count]) -> list[Count]:
    others = (c for c in dict.fromkeys(near) if dict(c.names) != dict(count.names)
              or c.number != count.number)  # fmt: skip
    return sorted(others, key=count.distance)
