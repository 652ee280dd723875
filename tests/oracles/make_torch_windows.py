"""Figures of PyTorch for convolution and pooling, as data.

    python tests/oracles/make_torch_windows.py > tests/oracles/torch_windows.json

Whole numbers in double precision, fixed seeds: what comes out is exact. Each case holds what goes
in, the result, and the gradient of the sum of the squares of the result.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import torch
from torch.nn import functional

PAIRS = ((1, 1), (2, 2), (1, 2), (3, 1))


def drawn(rng: random.Random, *shape: int) -> torch.Tensor:
    numbers = [rng.randint(-4, 4) for _ in range(shape[0] * shape[1])]
    return torch.tensor(numbers, dtype=torch.float64).reshape(shape).requires_grad_()


def case(made: torch.Tensor, given: dict[str, torch.Tensor], **words: Any) -> dict[str, Any]:
    result = made[0, 0]
    gradients = torch.autograd.grad((result**2).sum(), list(given.values()))
    return {
        **words,
        "given": {name: x.detach().tolist() for name, x in given.items()},
        "result": result.detach().tolist(),
        "gradients": {n: g.tolist() for n, g in zip(given, gradients, strict=True)},
    }


def convolutions(rng: random.Random) -> Any:
    for stride in PAIRS:
        for padding in ((0, 0), (1, 1), (2, 1)):
            x, k = drawn(rng, rng.randint(4, 6), rng.randint(3, 6)), drawn(rng, 3, 2)
            made = functional.conv2d(x[None, None], k[None, None], None, stride, padding)
            yield case(made, {"X": x, "K": k}, function="conv2d", stride=stride, padding=padding)


def pools(rng: random.Random) -> Any:
    for name in ("max_pool2d", "avg_pool2d"):
        for stride in PAIRS:
            for size, padding in (((2, 2), (0, 0)), ((2, 3), (1, 1)), ((3, 2), (1, 0))):
                x = drawn(rng, 5, 6)
                made = getattr(functional, name)(x[None, None], size, stride, padding)
                yield case(made, {"X": x}, function=name, size=size, stride=stride, padding=padding)


def main() -> None:
    rng = random.Random(7)
    source = {"torch": torch.__version__, "cases": [*convolutions(rng), *pools(rng)]}
    json.dump(source, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
