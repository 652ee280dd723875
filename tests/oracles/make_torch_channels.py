"""Figures of PyTorch for layers of several channels, as data.

    python tests/oracles/make_torch_channels.py > tests/oracles/torch_channels.json

One layer: C channels in, O channels out, with a bias; the loss is the sum of the squares. A net:
two such layers, each with a ReLU and a pooling, then a fully connected layer and cross-entropy.
Everything is in double precision with fixed seeds; of a layer all numbers are whole.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import torch
from torch.nn import functional


def drawn(rng: random.Random, *shape: int, over: int = 1) -> torch.Tensor:
    count = 1
    for n in shape:
        count *= n
    numbers = [rng.randint(-4, 4) / over for _ in range(count)]
    return torch.tensor(numbers, dtype=torch.float64).reshape(shape).requires_grad_()


def figures(given: dict[str, torch.Tensor], loss: torch.Tensor, **results: torch.Tensor) -> Any:
    gradients = torch.autograd.grad(loss, list(given.values()))
    return {
        "given": {name: x.detach().tolist() for name, x in given.items()},
        "results": {name: x.detach().tolist() for name, x in results.items()},
        "loss": loss.item(),
        "gradients": {n: g.tolist() for n, g in zip(given, gradients, strict=True)},
    }


def layers(rng: random.Random) -> Any:
    for channels, kernels, stride, padding in (
        (2, 3, (1, 1), (0, 0)), (3, 2, (2, 2), (1, 1)), (1, 4, (1, 2), (2, 1)),
        (4, 1, (1, 1), (1, 0)), (2, 2, (3, 1), (0, 2)),
    ):  # fmt: skip
        given = {
            "X": drawn(rng, channels, rng.randint(4, 6), rng.randint(4, 6)),
            "K": drawn(rng, kernels, channels, 3, 2),
            "b": drawn(rng, kernels),
        }
        made = functional.conv2d(given["X"][None], given["K"], given["b"], stride, padding)[0]
        yield {
            "kind": "layer", "channels": channels, "kernels": kernels, "stride": stride,
            "padding": padding, **figures(given, (made**2).sum(), Y=made),
        }  # fmt: skip


def nets(rng: random.Random) -> Any:
    for pool in ("max", "avg"):
        pooled = getattr(functional, f"{pool}_pool2d")
        given = {
            "X": drawn(rng, 9, 9, over=2), "K": drawn(rng, 2, 3, 3, over=4),
            "b": drawn(rng, 2, over=8), "M": drawn(rng, 3, 2, 2, 2, over=4),
            "d": drawn(rng, 3, over=8), "W": drawn(rng, 2, 3, over=4), "e": drawn(rng, 2, over=8),
        }  # fmt: skip
        x = given["X"][None, None]
        h = functional.relu(functional.conv2d(x, given["K"][:, None], given["b"]))
        p = pooled(h, 2)
        g = functional.relu(functional.conv2d(p, given["M"], given["d"]))
        q = pooled(g, 2)
        z = functional.linear(torch.flatten(q, 1), given["W"], given["e"])
        loss = functional.cross_entropy(z, torch.tensor([1]))
        yield {"kind": "net", "pool": pool, **figures(given, loss, P=p[0], Q=q[0], z=z[0])}


def main() -> None:
    rng = random.Random(11)
    source = {"torch": torch.__version__, "cases": [*layers(rng), *nets(rng)]}
    json.dump(source, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
