"""The same forward and backward pass as a person would write it, for these equations only.

Like the package it keeps every value of every step, and every contribution to the gradient.
"""

from __future__ import annotations

from typing import Any


def forward_and_backward(
    w: Any, v: Any, u: Any, h0: Any, x: list[Any], y: list[Any], tanh: Any, zero: Any, one: Any
) -> dict[str, Any]:
    """Values, adjoints and contributions; index 0 of a list is step 0."""
    steps = len(x)
    empty = [None] * (steps + 1)
    a, h, yhat, loss = empty[:], [h0, *empty[1:]], empty[:], empty[:]
    total = zero
    for t in range(1, steps + 1):
        a[t] = w * h[t - 1] + v * x[t - 1]
        h[t] = tanh(a[t])
        yhat[t] = u * h[t]
        d = yhat[t] - y[t - 1]
        loss[t] = d * d
        total = total + loss[t]
    two = one + one
    d_yhat, d_h, d_a, c_w, c_v, c_u = (empty[:] for _ in range(6))
    dw, dv, du, through = zero, zero, zero, None
    for t in range(steps, 0, -1):
        d_yhat[t] = two * (yhat[t] - y[t - 1])
        d_h[t] = u * d_yhat[t] if through is None else u * d_yhat[t] + w * through
        through = d_a[t] = d_h[t] * (one - h[t] * h[t])
        c_w[t] = through * h[t - 1]
        c_v[t] = through * x[t - 1]
        c_u[t] = d_yhat[t] * h[t]
        dw, dv, du = dw + c_w[t], dv + c_v[t], du + c_u[t]
    d_h[0] = w * through
    return {
        "a": a, "h": h, "yhat": yhat, "loss": loss, "L": total, "d_yhat": d_yhat, "d_h": d_h,
        "d_a": d_a, "c_w": c_w, "c_v": c_v, "c_u": c_u, "dw": dw, "dv": dv, "du": du,
    }  # fmt: skip
