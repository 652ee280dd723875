"""PyTorch's side, in a process of its own: `T times` on standard input, a line of JSON back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter

import torch

torch.set_num_threads(1)


def network(steps: int) -> Callable[[], list[torch.Tensor]]:
    """Forward and backward pass of the scalar tanh network, eagerly, step by step."""

    def number(value: float, learned: bool = False) -> torch.Tensor:
        return torch.tensor(value, dtype=torch.float64, requires_grad=learned)

    w, v, u = number(0.9, True), number(0.4, True), number(0.7, True)
    x = [number((37 * i % 100 - 50) / 100) for i in range(steps)]
    y = [number((53 * i % 100 - 50) / 100) for i in range(steps)]
    zero = number(0.0)

    def call() -> list[torch.Tensor]:
        h, total = zero, zero
        for t in range(steps):
            h = torch.tanh(w * h + v * x[t])
            total = total + (u * h - y[t]) ** 2
        return [total, *torch.autograd.grad(total, (w, v, u))]

    return call


calls = {}
for line in sys.stdin:
    steps, times = map(int, line.split())
    if steps not in calls:
        calls[steps] = network(steps)
        calls[steps]()
    start = perf_counter()
    for _ in range(times):
        values = calls[steps]()
    seconds = (perf_counter() - start) / times
    print(json.dumps({"seconds": seconds, "values": [v.item() for v in values]}), flush=True)
