"""A problem around any cell: random weights and inputs, the squares of its output as loss."""

from __future__ import annotations

import random
from fractions import Fraction

from rnnhand.errors import Span
from rnnhand.problem.cells import in_layer, shape_in
from rnnhand.problem.model import Cell, Problem
from rnnhand.problem.reader import read_problem

STEPS = 3


def sizes_of(cell: Cell) -> dict[str, int]:
    return {s: 2 if s in cell.equal else n for n, s in enumerate(cell.sizes, 2)}


def problem_with(cell: Cell, seed: int = 0) -> Problem:
    """The cell with random weights and inputs, and the squares of its output as loss."""
    dice = random.Random(seed)
    sizes = sizes_of(cell)
    layer = in_layer(cell, Span(1, 1), sizes)

    def numbers(shape: tuple[int, int]) -> str:
        rows = [
            [str(Fraction(dice.randint(-9, 9), 10)) for _ in range(shape[1])]
            for _ in range(shape[0])
        ]
        if shape == (1, 1):
            return rows[0][0]
        if shape[1] == 1:
            return f"[{', '.join(row[0] for row in rows)}]"
        return f"[{', '.join('[' + ', '.join(row) + ']' for row in rows)}]"

    lines = [f"cell: {cell.name}", f"steps: 1..{STEPS}", "equations: |"]
    lines.append(f"  L = sum[t](sum({cell.output}[t]*{cell.output}[t]))")
    if sizes:
        lines.append(f"sizes: {{{', '.join(f'{k}: {v}' for k, v in sizes.items())}}}")
    lines.append("parameters:")
    lines += [f'  "{p}": {numbers(shape_in(layer, s))}' for p, s in layer.parameters.items()]
    if cell.input:
        size = sizes.get(cell.input, 1)
        values = ", ".join(numbers((size, 1)) for _ in range(STEPS + 1))
        lines.append(f'data: {{"{cell.input}[0..{STEPS}]": [{values}]}}')
    return read_problem("\n".join(lines) + "\n", cell.name)
