"""A slip: one line's result comes out wrong, by more than any honest rounding explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random

from tests.students.algebra import M
from tests.students.networks import Network
from tests.students.paper import number
from tests.students.working import Habits, Label, Line, Sheet, Slip, Student, Unfit, truth

BEYOND = 5
"""How many times further off than rounding explains."""


@dataclass
class Doubts:
    """How far rounding may have carried every number, as far as it has been asked for; `trusts`
    says whether written derivatives were gone on with, or worked out anew from the forward pass."""

    trusts: bool = True
    known: dict[Label, M] = field(default_factory=dict)


def explained(student: Student, line: Line) -> M:
    """How far rounding can move the result of a line, by any honest way to it."""
    kept, widest = student.habits, None
    for slopes in ("result", "argument"):
        for trusts in (True, False):
            student.habits = replace(kept, slopes=slopes)
            found = carried(student, line, Doubts(trusts))
            widest = found if widest is None else widest.zip(found, max)
    student.habits = kept
    assert widest is not None
    return widest


def doubt(student: Student, label: Label, doubts: Doubts) -> M:
    """How far rounding may have carried a number: a unit of its last digit where it is written,
    else that and what the doubts about all that its line reads come to."""
    known = doubts.known
    if label not in known:
        if label in student.written and (doubts.trusts or label[0] == "value"):
            known[label] = student.seen_unit(label)
        elif label in student.done:
            write = student.habits.hand.write
            rounded = student.notes[label].map(lambda x: last_digit(write(x)) if x else x)
            known[label] = rounded + carried(student, student.done[label], doubts)
        else:
            known[label] = student.notes[label].map(lambda _: Fraction(0))
    return known[label]


def carried(student: Student, line: Line, doubts: Doubts) -> M:
    """How far the doubts about what a line reads can move its result."""
    student.reads = set()
    centre = line.compute()
    total = centre.map(lambda _: Fraction(0))
    for label in set(student.reads):
        kept = student.notes[label]
        for i, d in enumerate(doubt(student, label, doubts).items):
            worst = total.map(lambda _: Fraction(0))
            for moved in (d, -d) if d else ():
                student.notes[label] = kept.put(i, kept.items[i] + moved)
                try:
                    worst = worst.zip((line.compute() - centre).map(abs), max)
                except ArithmeticError:
                    raise Unfit from None
                finally:
                    student.notes[label] = kept
            total = total + worst
    return total


def slip(rng: Random, truth: Mapping[Label, M]) -> Slip:
    """A sign, a factor, two digits swapped, or a bit off; in one entry."""

    def slipped(student: Student, line: Line, result: M) -> M:
        hand = student.habits.hand
        allowed = explained(student, line)
        for _ in range(20):
            i = rng.randrange(len(result.items))
            old, known = result.items[i], truth[line.label].items[i]
            unit = max(allowed.items[i], last_digit(hand.write(old)))
            new = number(hand.write(wrong(rng, old, unit)))
            seen = max(unit, last_digit(hand.write(new)))
            if min(abs(new - old), abs(new - known)) > BEYOND * seen:
                return result.put(i, new)
        raise Unfit

    return slipped


def again(value: M) -> Slip:
    """The same slip on another sheet, where rounding does not explain it either."""

    def slipped(student: Student, line: Line, result: M) -> M:
        allowed = explained(student, line)
        for new, old, off in zip(value.items, result.items, allowed.items, strict=True):
            if new != old and abs(new - old) <= BEYOND * off:
                raise Unfit
        return value

    return slipped


def last_digit(text: str) -> Fraction:
    mantissa, _, power = text.replace(",", ".").partition("e")
    if "/" in text:
        return Fraction(0)
    return Fraction(10) ** (int(power or 0) - len(mantissa.partition(".")[2]))


def wrong(rng: Random, x: Fraction, unit: Fraction) -> Fraction:
    match rng.choice(["sign", "factor", "digits", "bit", "bit", "some"]):
        case "sign":
            return -x
        case "factor":
            return x * rng.choice([Fraction(2), Fraction(1, 2), Fraction(10), Fraction(1, 10)])
        case "digits":
            return swapped(rng, x)
        case "bit":
            return x + rng.choice([-1, 1]) * unit * rng.randint(BEYOND + 1, 3 * BEYOND)
        case _:
            return x + Fraction(rng.choice([-1, 1]) * rng.randint(1, 20), 10)


def swapped(rng: Random, x: Fraction) -> Fraction:
    """Two neighbouring digits of a number, exchanged."""
    text = f"{float(x):.4g}"
    pairs = [
        i for i in range(len(text) - 1) if text[i : i + 2].isdigit() and text[i] != text[i + 1]
    ]
    if not pairs or "e" in text:
        return x
    i = rng.choice(pairs)
    return Fraction(text[:i] + text[i + 1] + text[i] + text[i + 2 :])


def with_slips(rng: Random, net: Network, how: Habits, count: int) -> tuple[Sheet, dict[Label, M]]:
    """A sheet with so many independent slips, and what was written there. Raises `Unfit` where no
    line of this sheet can hold one."""
    plain = Student(net, how).run()
    true = truth(net, how)
    if len(plain.written) < count:
        raise Unfit
    for _ in range(6):
        places = rng.sample(list(plain.written), count)
        made = {label: slip(rng, true) for label in places}
        try:
            sheet = Student(net, how).run(made)
            return sheet, {label: sheet.shapes[label] for label in places}
        except (Unfit, ArithmeticError):
            continue
    raise Unfit
