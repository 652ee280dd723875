"""`compare`: extra terms, parameters and counts; which cell is a special case of the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from solving import command

from tests.budget import PAGES

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "compare.schema.json").read_text("utf-8"))


def compared(one: str, other: str) -> dict[str, Any]:
    result = command("compare", one, other, "--format", "json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(found)
    return found


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_a_cell_beside_itself_is_told_once(name: str, lang: str) -> None:
    lines = command("compare", name, name, "--lang", lang).stdout.splitlines()
    said = [line for line in lines if line.strip()]
    assert len(set(said)) == len(said) < 6


def test_a_peephole_adds_three_terms_and_three_matrices() -> None:
    found = compared("lstm", "lstm-peephole")
    assert found["same"] == ["c'[t]", "c[t]", "h[t]"]
    extra = {d["name"]: d["only"] for d in found["different"]}
    assert extra == {f"{g}[t]": [[], [f"U_{g} @ c[t-1]"]] for g in "fio"}
    assert found["parameters"]["only"] == [{}, {f"U_{g}": "h × h" for g in "ifo"}]
    assert found["parameters"]["difference"] == "3*h^2"
    there, back = found["reductions"]
    assert there["verdict"] == "impossible"
    assert back["fixed"] == {"U_i": "0", "U_f": "0", "U_o": "0"}


@pytest.mark.slow
def test_a_diagonal_peephole_adds_three_vectors() -> None:
    assert compared("lstm", "lstm-peephole-diagonal")["parameters"]["difference"] == "3*h"


def test_a_gru_saves_a_quarter_of_the_parameters_of_an_lstm() -> None:
    found = compared("gru-before-new", "lstm")
    assert found["parameters"]["difference"] == "h + h*x + h^2"
    assert found["states"] == [["h"], ["h", "c"]]


def test_a_cell_does_not_differ_from_itself() -> None:
    found = compared("lstm", "lstm")
    assert found["different"] == []
    assert found["only"] == [[], []]
    assert found["parameters"]["difference"] == "0"
    assert all(r["fixed"] == {} for r in found["reductions"])


@pytest.mark.parametrize(("width", "lang"), PAGES)
def test_the_page_fits_the_terminal(lang: str, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    page = command("compare", "rnn", "gru-before-new", "--lang", lang).stdout
    assert all(len(line) <= int(width) for line in page.splitlines())


def test_an_unknown_cell_is_refused() -> None:
    result = command("compare", "lstm", "nothing")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_minimal_gated_unit_is_a_gru_whose_gates_share_their_weights() -> None:
    page = " ".join(command("compare", "gru-before-new", "mgu", "--lang", "en").stdout.split())
    assert "gru-before-new becomes mgu with W_r = W_z, U_r = U_z, b_r = b_z." in page
    assert "Parameters only in" not in page  # U_h stands in both, beside another gate
    reduced = command("reduce", "gru-before-new", "--to", "mgu", "--lang", "en").stdout
    assert "parameters have to be the same: W_r = W_z" in " ".join(reduced.split())


def test_values_that_parameters_take_are_told_and_more_is_never_less() -> None:
    """U·c with U = diag(u) is u ⊙ c; 3h² - 3h is not negative for any h."""
    page = command("compare", "lstm-peephole", "lstm-peephole-diagonal", "--lang", "en").stdout
    page = " ".join(page.split())
    assert "lstm-peephole becomes lstm-peephole-diagonal with U_o = diag(U_o), U_f" in page
    assert "lstm-peephole has 3·h² − 3·h more parameters." in page


def test_what_holds_for_one_unit_only_is_said_so() -> None:
    """U·(r ⊙ h) and r ⊙ (U·h + b) with b = 0 are the same for numbers, and not for vectors."""
    page = command("compare", "gru-after-new", "gru-before-new", "--lang", "en").stdout
    assert "gru-after-new becomes gru-before-new with b_u = 0. But only where h = 1." in " ".join(
        page.split()
    )
    page = command("reduce", "gru-after-new", "--to", "gru-before-new", "--lang", "en").stdout
    assert "It can be done, as below. But only where h = 1." in " ".join(page.split())
    assert page.count("h = 1") == 1


def test_a_peephole_cell_whose_functions_are_open_becomes_the_simple_one() -> None:
    page = command("compare", "lstm-peephole-diagonal", "elman", "--lang", "en").stdout
    page = " ".join(page.split())
    assert "lstm-peephole-diagonal becomes elman with i_t = 1, f_t = 0, o_t = 1, φ_h" in page
    assert "lstm-peephole-diagonal has 6·h + 3·h·x + 3·h² more parameters." in page


def test_the_output_layer_that_a_cell_lacks_is_told_beside_what_it_becomes() -> None:
    page = " ".join(command("compare", "lstm", "book-cell").output.split())
    assert (
        ", and with the output layer ŷ_t = f_y(b_y + u·h_t) on top. But only where f_h = tanh."
        in page
    )
    page = " ".join(command("compare", "elman", "elman-output").output.split())
    assert "elman is elman-output without its output layer y_t = f_y(b_y + U·h_t)" in page


def test_why_one_cell_never_becomes_another_is_said_and_which_weights_a_tied_gate_lacks() -> None:
    page = " ".join(command("compare", "lstm", "lstm-coupled", "--lang", "en").output.split())
    assert "Parameters only in lstm: W_i (h × x), U_i (h × h), b_i (h)." in page
    assert "lstm-coupled is the first cell, and lstm the goal. The goal has more parameters" in page
    data = json.loads(command("compare", "lstm", "lstm-coupled", "--format", "json").stdout)
    assert data["reductions"][1]["obstacles"] == ["obstacle-parameters"]
    assert data["parameters"]["only"] == [{"W_i": "h × x", "U_i": "h × h", "b_i": "h"}, {}]
    scalar = command("compare", "lstm", "book-cell", "--lang", "en").output
    assert "book-cell has 5 parameters." in scalar
