"""Makes torch_cells.json: the gradient of every cell's problem by PyTorch's autograd.

Only the forward equations are run, on tensors in place of numbers; autograd does the rest. So the
figures share nothing with the adjoint equations that they are compared with.
Run it as `python tests/oracles/make_torch_cells.py` where torch is installed.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from cell_problems import problem_with  # noqa: E402

from rnnhand.arithmetic.base import Arithmetic  # noqa: E402
from rnnhand.arithmetic.program import compiled, initial_storage  # noqa: E402
from rnnhand.problem.cells import cell_named, names  # noqa: E402
from rnnhand.questions.work import Plan  # noqa: E402
from rnnhand.system.model import Role  # noqa: E402


def tensor(value: Fraction) -> Any:
    return torch.tensor(value.numerator / value.denominator, dtype=torch.float64)


TENSORS = Arithmetic(
    name="torch",
    number=tensor,
    less=lambda a, b: bool(a < b),
    equal=lambda a, b: bool(a == b),
    divide=lambda a, b: a / b,
    power=lambda x, n: x**n,
    real_power=lambda x, y: x**y,
    functions={
        "exp": torch.exp,
        "log": torch.log,
        "sqrt": torch.sqrt,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
    },
)


def figures() -> dict[str, dict[str, list[float]]]:
    """dL/dp of every cell, row by row."""
    found = {}
    for name in names():
        system = Plan(problem_with(cell_named(name), seed=2)).system
        storage = initial_storage(system, TENSORS)
        leaves = {}
        for given in system.with_role(Role.PARAMETER):
            value = storage[given.quantity]
            flat = value if isinstance(value, tuple) else (value,)
            leaves[given.quantity.name] = [x.requires_grad_() for x in flat]
        compiled(system, TENSORS).run(storage)
        assert system.loss is not None
        storage[system.quantity(system.loss)].backward()
        found[name] = {
            parameter: [float(x.grad) if x.grad is not None else 0.0 for x in flat]
            for parameter, flat in leaves.items()
        }
    return found


if __name__ == "__main__":
    (HERE / "torch_cells.json").write_text(json.dumps(figures(), indent=1) + "\n", "utf-8")
