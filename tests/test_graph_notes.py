"""The lines of captions."""

from __future__ import annotations

from rnnhand.render.picture.notes import FEW, notes
from rnnhand.render.picture.words import width

ROOM = 300.0


def test_lines_break_after_items() -> None:
    item = "dy/dw = a + b + c + d + e + f"
    found = notes([(f"{item}; {item}; {item}",)], ROOM, 500.0)
    assert found == [f"{item};", f"{item};", item]


def test_signs_stay_with_their_words() -> None:
    said = "w, v are weights, each the same. After =: the value. After ∂: the derivative. ■ delays."
    for room in range(120, 600, 7):
        for line in notes([(said,)], float(room), 0.0):
            assert not line.startswith(("=:", "∂:"))
            assert not line.endswith(("After", "=:", "∂:", "■"))


def test_what_fits_on_a_line_stays_as_it_is() -> None:
    said = "a = 1; b = 2"
    assert notes([(said,)], ROOM, 500.0) == [said]


def test_a_high_caption_is_rather_wide() -> None:
    said = [("W = (1, 2, 3, 4, 5), X = (1, 2, 3, 4, 5)",)] * FEW
    low, high = notes(said, ROOM * 0.7, 1000.0), notes(said, ROOM * 0.7, 100.0)
    assert len(low) == 2 * FEW
    assert len(high) == FEW
    assert max(width(line, 12.5) for line in high) > ROOM * 0.7
