"""Laws of marking, held on sheets by students of our own, who share no code with the package.

`python -m tests.marking_report` holds the same on thousands of sheets, and prints what fails.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from tests.marking_report import cases, judged
from tests.students.classes import problem
from tests.students.misconceptions import MISCONCEPTIONS
from tests.students.networks import FAMILIES, SPECIAL, Network
from tests.students.paper import Hand, number, unit
from tests.students.working import TOTAL, Habits, Student, slope, truth, valued

FEW = {"honest": 16, "slips": 12}
MANY = {"honest": 1000, "slips": 1000}


def failures(what: str, count: int, seed: int, kind: str | None = None) -> list[str]:
    found = [judged(case, label) for label, case in cases(what, count, seed, kind)]
    return [failed.text() for failed in found if failed]


def test_an_honest_sheet_is_all_right() -> None:
    assert not failures("honest", FEW["honest"], 11)


def test_slips_are_found_and_nothing_else() -> None:
    assert not failures("slips", FEW["slips"], 12, "rnn")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_none_of_a_thousand_honest_sheets_has_a_wrong_value() -> None:
    assert not failures("honest", MANY["honest"], 1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_slips_are_found_exactly_on_990_of_a_thousand_sheets() -> None:
    found = failures("slips", MANY["slips"], 1)
    assert len(found) <= 10, found[:5]
    assert not [text for text in found if "computed correctly" in text]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", list(MISCONCEPTIONS))
def test_a_misconception_is_named_on_80_of_a_hundred_sheets(kind: str) -> None:
    found = failures(kind, 100, 1)
    assert len(found) <= 20, found[:3]


@pytest.mark.parametrize(
    "kind", [*FAMILIES, *(f"{family} matrix" for family in FAMILIES), *SPECIAL]
)
def test_students_without_rounding_agree_with_finite_differences(kind: str) -> None:
    """The simulator itself: every gradient that a student takes is a quotient of differences."""
    rng = Random(f"differences {kind}")
    net = replace(problem(rng, kind), rule={})
    notes = truth(net, Habits(Hand("fractions")))
    step = Fraction(1, 10**12)
    for name, weights in net.parameters.items():
        i = rng.randrange(len(weights.items))
        found = []
        for by in (-step, Fraction(0), step):
            net.parameters[name] = weights.put(i, weights.items[i] + by)
            found.append(loss(net))
        net.parameters[name] = weights
        below, here, above = found
        if abs(above - 2 * here + below) > step / 10**6:
            continue  # a kink of ReLU
        difference = (above - below) / (2 * step)
        assert abs(difference - notes[slope(TOTAL, (name, None))].items[i]) < Fraction(1, 10**9)


def loss(net: Network) -> Fraction:
    """The loss by the forward pass alone."""
    student = Student(net, Habits(Hand("fractions")))
    for line, place in zip(student.lines(), student.order, strict=False):
        student.put(valued(place), line.compute())
    return student.notes[valued(TOTAL)].items[0]


@pytest.mark.parametrize("route", ["once", "steps", "forward"])
@pytest.mark.parametrize("slopes", ["result", "argument"])
def test_all_routes_of_a_student_lead_to_the_same_gradient(route: str, slopes: str) -> None:
    for family in FAMILIES:
        net = problem(Random(f"routes {family}"), family)
        known = truth(net, Habits(Hand("fractions")))
        found = truth(net, Habits(Hand("fractions"), slopes=slopes, route=route))
        for name in net.parameters:
            label = slope(TOTAL, (name, None))
            assert abs(found[label].items[0] - known[label].items[0]) < Fraction(1, 10**20)


def test_what_a_hand_writes_is_as_near_as_its_last_digit() -> None:
    rng = Random(3)
    for _ in range(500):
        hand = Hand(
            rng.choice(["significant", "decimals"]), rng.randint(2, 4),
            rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.5,
            rng.random() < 0.5,
        )  # fmt: skip
        x = Fraction(rng.randint(-(10**6), 10**6), 10 ** rng.randint(1, 9))
        text = hand.write(x)
        rounding = hand.digits if hand.rounds_whole_numbers else None
        assert abs(number(text) - x) <= unit(text, rounding)
