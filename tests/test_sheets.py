"""What stands on a sheet is read as people write it, or reported with its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from rnnhand.errors import Failure
from rnnhand.marking.numbers import read_number
from tests.solving import command
from tests.test_check import check, verdicts


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0,5", "1/2"), ("0.5", "1/2"), (".5", "1/2"), (",5", "1/2"), ("-3/4", "-3/4"),
        ("−1.25", "-5/4"), ("– 1,25", "-5/4"), ("½", "1/2"), ("1 000,5", "2001/2"),
        ("1.5·10^-3", "3/2000"), ("1,5×10⁻³", "3/2000"), ("2e-1", "1/5"), ("≈0.3", "3/10"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(written: str, value: str) -> None:
    found = read_number(written)
    assert found is not None
    assert found.value == Fraction(value)


@pytest.mark.parametrize("written", ["", "-", "—", "  "])
def test_a_blank_is_no_number(written: str) -> None:
    assert read_number(written) is None


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("3.285", "3.2845", "3.286"), ("-0.50", "-0.51", "-0.495"), ("0.000", "-0.001", "0.001"),
    ],
)  # fmt: skip
def test_a_decimal_stands_for_what_it_was_rounded_or_cut_off_from(
    written: str, low: str, high: str
) -> None:
    found = read_number(written)
    assert found is not None
    assert found.span == (Fraction(low), Fraction(high))


@pytest.mark.parametrize("written", ["12", "3/4", "sqrt(2)"])
def test_whole_numbers_fractions_and_closed_forms_are_exact(written: str) -> None:
    found = read_number(written)
    assert found is not None and found.span is None


@pytest.mark.parametrize(
    "written", ["__import__('os')", "nan", "1e999999", "9^9^9^9", "=1+h", "1" * 20_000, "h[1]"]
)
def test_what_is_no_number_is_a_failure(written: str) -> None:
    with pytest.raises(Failure):
        read_number(written)


def test_one_unreadable_value_does_not_stop_the_rest(tmp_path: Path) -> None:
    sheet = 'h[1..3]: [0, "__import__(1)", 0]\nfoo: 1\nL: 6.5625\n"<b>": 1\n'
    status, found = check("there-and-back", sheet, tmp_path)
    assert status == 1
    assert verdicts(found) == {
        "h[1]": "right", "h[2]": "unreadable", "h[3]": "right", "foo": "unreadable",
        "L": "right", "<b>": "unreadable",
    }  # fmt: skip


@pytest.mark.parametrize("sheet", ["a: [", "[1, 2]", "", "\0", "a: &x [*x]"])
def test_a_sheet_that_cannot_be_read_is_one_clear_message(sheet: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(sheet, "utf-8")
    done = command("check", "there-and-back", str(path))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(str(path))
