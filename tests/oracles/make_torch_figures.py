"""Figures of PyTorch's autograd and optimizers, as data.

    python tests/oracles/make_torch_figures.py > tests/oracles/torch_figures.json

Double precision, fixed seeds. Each case holds the numbers that go in (`given`), the values and
gradients that come out, and for training the parameters after each step.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from torch import nn

T, D, H, O, N = 4, 3, 2, 3, 2  # noqa: E741


def numbers(tensor: torch.Tensor) -> Any:
    return tensor.detach().tolist()


def draw(seed: int, *shapes: tuple[int, ...]) -> list[torch.Tensor]:
    """Numbers with two decimals, so that they are short to write."""
    torch.manual_seed(seed)
    return [torch.round(torch.randn(*s, dtype=torch.float64) * 50) / 100 for s in shapes]


def filled(module: nn.Module, seed: int) -> dict[str, torch.Tensor]:
    """The module's parameters, drawn anew."""
    torch.manual_seed(seed)
    for p in module.parameters():
        p.data = torch.round(torch.randn_like(p) * 50) / 100
    return dict(module.named_parameters())


def figures(
    given: dict[str, torch.Tensor], parameters: dict[str, torch.Tensor],
    values: dict[str, torch.Tensor], loss: torch.Tensor,
) -> dict[str, Any]:  # fmt: skip
    loss.backward()
    return {
        "given": {k: numbers(v) for k, v in {**given, **parameters}.items()},
        "values": {k: numbers(v) for k, v in values.items()} | {"L": loss.item()},
        "gradients": {k: numbers(v.grad) for k, v in {**given, **parameters}.items()
                      if v.requires_grad},
    }  # fmt: skip


def lstm() -> dict[str, Any]:
    cell = nn.LSTMCell(D, H, dtype=torch.float64)
    parameters = filled(cell, 1)
    x, h, c, y = draw(2, (T, D), (H,), (H,), (H,))
    h.requires_grad_()
    c.requires_grad_()
    given = {"x": x, "h0": h, "c0": c, "y": y}
    hs, cs = [], []
    for t in range(T):
        h, c = cell(x[t], (h, c))
        hs.append(h)
        cs.append(c)
    loss = ((torch.stack(hs) - y) ** 2).sum()
    return figures(given, parameters, {"h": torch.stack(hs), "c": torch.stack(cs)}, loss)


def gru() -> dict[str, Any]:
    cell = nn.GRUCell(D, H, dtype=torch.float64)
    parameters = filled(cell, 3)
    x, h, y = draw(4, (T, N, D), (N, H), (N, H))
    h.requires_grad_()
    given = {"x": x, "h0": h, "y": y}
    hs = []
    for t in range(T):
        h = cell(x[t], h)
        hs.append(h)
    loss = ((hs[-1] - y) ** 2).mean()
    return figures(given, parameters, {"h": torch.stack(hs)}, loss)


def classifier() -> dict[str, Any]:
    """A ReLU network over a batch of rows, softmax and cross entropy at every step."""
    rnn, out = nn.RNNCell(D, H, nonlinearity="relu", dtype=torch.float64), nn.Linear(H, O)
    out = out.double()
    parameters = filled(nn.ModuleDict({"rnn": rnn, "out": out}), 5)
    parameters = {k.replace(".", "_"): v for k, v in parameters.items()}
    x, h = draw(6, (T, N, D), (N, H))
    h.requires_grad_()
    classes = torch.randint(O, (T, N))
    given = {"x": x, "h0": h, "classes": classes + 1}
    hs, loss = [], torch.zeros((), dtype=torch.float64)
    for t in range(T):
        h = rnn(x[t], h)
        hs.append(h)
        loss = loss + nn.functional.cross_entropy(out(h), classes[t])
    return figures(given, parameters, {"h": torch.stack(hs)}, loss)


def bidirectional() -> dict[str, Any]:
    rnn = nn.RNN(D, H, bidirectional=True, dtype=torch.float64)
    parameters = filled(rnn, 7)
    x, w = draw(8, (T, 1, D), (2 * H,))
    out, _ = rnn(x)
    loss = torch.tanh(out[:, 0] @ w).sum()
    given = {"x": x[:, 0], "w": w}
    return figures(given, parameters, {"out": out[:, 0]}, loss)


def training(seed: int, make: Any, clip: Any = None) -> dict[str, Any]:
    """Three steps of an optimizer on a tanh network."""
    w, u, b, x, y = draw(seed, (H, H), (H, D), (H,), (T, D), (T, H))
    parameters = {"W": w, "U": u, "b": b}
    for p in parameters.values():
        p.requires_grad_()
    given = {k: numbers(v) for k, v in {**parameters, "x": x, "y": y}.items()}
    optimizer = make(list(parameters.values()))

    def run() -> torch.Tensor:
        h, loss = torch.zeros(H, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
        for t in range(T):
            h = torch.tanh(w @ h + u @ x[t] + b)
            loss = loss + ((h - y[t]) ** 2).sum()
        return loss

    after = []
    for _ in range(3):
        optimizer.zero_grad()
        run().backward()
        if clip:
            clip(list(parameters.values()))
        optimizer.step()
        after.append({k: numbers(v) for k, v in parameters.items()} | {"L": run().item()})
    return {"given": given, "after": after}


def everything() -> dict[str, Any]:
    o = torch.optim
    return {
        "lstm": lstm(),
        "gru": gru(),
        "classifier": classifier(),
        "bidirectional": bidirectional(),
        "sgd": training(11, lambda p: o.SGD(p, 0.1)),
        "momentum": training(12, lambda p: o.SGD(p, 0.05, 0.9)),
        "adagrad": training(13, lambda p: o.Adagrad(p, 0.1)),
        "rmsprop": training(14, lambda p: o.RMSprop(p, 0.01, 0.9)),
        "adam": training(15, lambda p: o.Adam(p, 0.1)),
        "decay": training(16, lambda p: o.SGD(p, 0.1, weight_decay=0.25)),
        "clip value": training(
            17, lambda p: o.SGD(p, 0.1), lambda p: nn.utils.clip_grad_value_(p, 0.5)
        ),
    }


if __name__ == "__main__":
    json.dump(everything(), sys.stdout, indent=1)
