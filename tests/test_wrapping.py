"""Lines of a caption: broken between items, never in a number."""

from __future__ import annotations

import re

import pytest

from rnnhand.render.wrapping import balanced

ROWS = (
    "W_x\u00a0=\u00a0((0.5, -0.25), (-0.3, 0.4)),"
    "\u00a0∂L/∂W_x\u00a0=\u00a0((-0.1492, 0.4354), (0.04021, -0.0114))"
)
ITEMS = (
    "w\u00a0=\u00a0-0.125,\u00a0∂L/∂w\u00a0=\u00a055593/512; "
    "long_name\u00a0=\u00a012345.678,\u00a0∂L/∂long_name\u00a0=\u00a00.25"
)


@pytest.mark.parametrize("text", [ROWS, ROWS.replace(", ", ";\u00a0"), ITEMS])
@pytest.mark.parametrize("room", range(10, 90, 4))
def test_a_line_ends_in_no_number_and_no_name(text: str, room: int) -> None:
    lines = balanced(text, room, len)
    assert "".join(re.sub(r"\s", "", line) for line in lines) == re.sub(r"\s", "", text)
    for line in lines[:-1]:
        assert line.endswith((",", ";")) or room < 30
        assert not re.search(r"[-−.\d/_∂]$", line)


@pytest.mark.parametrize("room", range(12, 60))
def test_no_word_stands_alone_below_long_lines(room: int) -> None:
    text = "w, v, u, W_z, W_r, U_z and U_r are weights, each of them the same at every step."
    lines = balanced(text, room, len)
    assert max(map(len, lines)) <= room
    if 1 < len(lines) < 4:
        assert len(lines[-1]) * 3 > len(lines[0])


def test_a_word_without_an_end_is_cut() -> None:
    assert max(map(len, balanced("x" * 500, 60, len))) <= 60


def test_brackets_are_not_broken_for_lines_of_one_length() -> None:
    text = "a(b + c)·d + (long name + other name)·e"
    assert balanced(text, 30, len) == ["a(b + c)·d +", "(long name + other name)·e"]


def test_a_long_sum_is_broken_before_its_signs_and_not_in_brackets() -> None:
    summand = "2·(ŷ_1 − y_1)·u·[a_1 > 0]·y_0"
    text = "∂L/∂v = " + " + ".join([summand] * 5) + " = 5/4"
    for room in range(45, 120, 5):
        lines = balanced(text.replace(" ", "\u00a0"), room, len)
        assert len(lines) > 1
        for line in lines:
            assert line.count("(") == line.count(")") and line.count("[") == line.count("]")
            assert not re.search(r"[-−+=]$", line)
