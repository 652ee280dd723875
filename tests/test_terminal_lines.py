"""Lines of drawings in the terminal: they hold together, and each enters its node by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from rnnhand.cli import main
from rnnhand.problem.cells import names
from rnnhand.problem.files import bundled
from tests.budget import every

ARMS = {
    "│": "ud",
    "─": "lr",
    "┌": "dr",
    "┐": "dl",
    "└": "ur",
    "┘": "ul",
    "├": "udr",
    "┤": "udl",
    "┬": "dlr",
    "┴": "ulr",
    "┼": "udlr",
}
STEPS = {"u": (0, -1, "d"), "d": (0, 1, "u"), "l": (-1, 0, "r"), "r": (1, 0, "l")}
NEAR = (0, -1, 1, -2, 2)


def drawing(*args: str) -> list[str]:
    result = CliRunner().invoke(main, ["graph", *args], env={"LANG": "C", "COLUMNS": "100"})
    assert result.exit_code == 0, result.output
    return result.stdout.split("\n")


def loose_ends(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Places where a line ends that neither goes on nor meets a sign."""
    cells = {(x, y): c for y, line in enumerate(lines) for x, c in enumerate(line)}
    for (x, y), sign in cells.items():
        for arm in ARMS.get(sign, ""):
            dx, dy, back = STEPS[arm]
            # Blanks keep labels apart from lines, and names from brackets.
            near = [(far * dx, far * dy) for far in (1, 2)] if dx else [(k, dy) for k in NEAR]
            other = next((c for a, b in near if (c := cells.get((x + a, y + b), " ")) != " "), "")
            if not other or back not in ARMS.get(other, "udlr"):
                yield x, y


@pytest.mark.parametrize("unrolled", [True, False])
@pytest.mark.parametrize("cell", sorted(names()))
def test_no_line_of_a_cell_ends_in_nothing(cell: str, unrolled: bool) -> None:
    found = drawing("--cell", cell, "--unrolled" if unrolled else "--folded")
    assert list(loose_ends(found)) == []


@pytest.mark.parametrize("name", every(4, sorted(bundled())))
def test_no_line_of_a_problem_ends_in_nothing(name: str) -> None:
    result = CliRunner().invoke(main, ["graph", name], env={"LANG": "C", "COLUMNS": "100"})
    assert list(loose_ends(result.stdout.split("\n"))) == []


@pytest.mark.parametrize(
    ("args", "node", "heads"),
    [
        (("--cell", "gru-before-keep"), "(⊙)", 2),
        (("--cell", "lstm"), "[σ i_t + b_i]", 2),
        (("there-and-back-free-running",), "(L_1)", 2),
        (("there-and-back-free-running",), "(Σ L)", 3),
        (("slide-three-cells",), "( c_t )", 4),
    ],
)
def test_every_line_has_an_arrowhead_of_its_own(
    args: tuple[str, ...], node: str, heads: int
) -> None:
    found = drawing(*args)
    y = next(k for k, line in enumerate(found) if node in line)
    x = found[y].index(node)
    assert len(re.findall("▲", found[y + 1][x : x + len(node)])) == heads


def test_a_line_that_crosses_right_beside_a_name_does_not_seem_to_join() -> None:
    (row,) = (line for line in drawing("encoder-decoder") if "tanh s_1" in line and "s_2" in line)
    assert "(tanh s_1)─┼─" in row
