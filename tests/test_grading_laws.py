"""Laws of grading: fields and file names are harmless, patterns fit, marks stay in their bounds."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnhand.grading import backends
from rnnhand.grading.backends import Where, marked
from rnnhand.grading.marks import WORST_FIRST, decimal, marks, rounded
from rnnhand.grading.policy import Policy, fits
from rnnhand.grading.record import Record, Value, as_data, digest, from_data
from rnnhand.grading.text import clean, field, file_names
from rnnhand.grading.worker import Job

STRANGE = st.text(
    st.one_of(st.sampled_from("=+-@\t\r\n;,\"'/\\.:\0\u202e\u200b＝.0123456789e"), st.characters())
)
CALC = re.compile(r"[\s\"']*[=+\-@＝＋－＠]")
NUMERIC = re.compile(r"\s*[+-]?[\d.,]+([eE][+-]?\d+)?(/\d+)?\s*")


@given(STRANGE)
def test_no_field_is_a_formula_wherever_a_program_cuts_it(text: str) -> None:
    found = field(text)
    assert found.isprintable() or not found
    for part in found.split(";"):
        if CALC.match(part) and not part.lstrip().startswith("'"):
            assert NUMERIC.fullmatch(part)


@pytest.mark.parametrize("number", ["-0.5", "+3", "-1e-9", "-0,25", "-3/4", "12"])
def test_a_number_stays_a_number(number: str) -> None:
    assert field(number) == number


@pytest.mark.parametrize("text", ["=1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "+cmd|' /C calc'!A0"])
def test_a_formula_becomes_text(text: str) -> None:
    assert field(text) == "'" + clean(text)


@given(st.lists(STRANGE, unique=True))
def test_file_names_stay_in_their_folder_and_differ(students: list[str]) -> None:
    found = file_names(students)
    assert len({name.casefold() for name in found.values()}) == len(students)
    for name in found.values():
        assert Path(name).name == name and not name.startswith(".")
        assert len(f".{name}.json.part".encode()) < 255


@given(st.text("ab[*]1", max_size=8), st.text("ab[]1", max_size=8))
def test_a_pattern_fits_what_its_regular_expression_matches(pattern: str, name: str) -> None:
    expression = ".*".join(map(re.escape, pattern.split("*")))
    assert fits(pattern, name) == bool(re.fullmatch(expression, name))


SHARES = st.fractions(0, 1)
POLICIES = st.builds(
    Policy,
    marks=st.lists(
        st.tuples(st.sampled_from(["*", "a*", "b", "*c"]), st.fractions(0, 100)), max_size=3
    ).map(tuple),
    follows=SHARES,
    mistake=st.none() | st.fractions(0, 10),
    total=st.none() | st.fractions(1, 100),
    unit=st.sampled_from([Fraction(1, 100), Fraction(1, 2), Fraction(1)]),
)
RECORDS = st.lists(
    st.builds(
        Value, st.sampled_from("abc"), st.just(""), st.just(""), st.sampled_from(WORST_FIRST)
    ),
    max_size=5,
).map(lambda values: Record(tuple(values)))


@given(POLICIES, RECORDS)
def test_marks_are_between_nothing_and_all(policy: Policy, record: Record) -> None:
    found = marks(policy, "abc", record)
    assert 0 <= found.marks <= found.out_of + policy.unit / 2
    assert all(part.marks >= 0 for part in found.lost)
    right = Record(tuple(Value(name, "", "", "right") for name in "abc"))
    assert marks(policy, "abc", right).marks == rounded(found.out_of, policy.unit)


@given(POLICIES, RECORDS, st.sampled_from("abc"))
def test_nobody_gets_less_for_one_more_right_value(
    policy: Policy, record: Record, name: str
) -> None:
    others = tuple(v for v in record.values if v.name != name)
    better = Record((*others, Value(name, "", "", "right")))
    assert marks(policy, "abc", better).marks >= marks(policy, "abc", record).marks


@given(st.fractions(0, 10**6))
def test_marks_are_written_with_right_digits(value: Fraction) -> None:
    assert abs(Fraction(decimal(value)) - value) <= Fraction(1, 200)
    exact = rounded(value, Fraction(1, 100))
    assert Fraction(decimal(exact)) == exact


@given(RECORDS)
def test_a_record_comes_back_as_it_was_kept(record: Record) -> None:
    assert from_data(as_data(record)) == record


@given(st.lists(STRANGE), st.lists(STRANGE))
def test_digests_tell_lists_of_texts_apart(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def dying(job: Job, batch: Sequence[tuple[str, str]]) -> list[tuple[str, Record]]:
    """A batch of sheets, one of which ends the process that reads it."""
    if any(text == "deadly" for _, text in batch):
        os._exit(1)
    return [(key, Record()) for key, _ in batch]


@pytest.mark.slow
def test_a_sheet_that_kills_its_process_is_found_and_the_rest_is_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backends, "mark_batch", dying)
    sheets = [(str(i), "deadly" if i == 3 else "fine") for i in range(6)]
    found = dict(marked(Job(b"", "en", "none", False), sheets, Where(jobs=2)))
    assert {key for key, record in found.items() if record.why} == {"3"}
    assert len(found) == 6
