"""A second opinion on the numerical core that shares nothing with it.

Every network here is a plain Python function over matrices of mpmath numbers; the same network is
also written as a problem file. A derivative is a central difference at 240 digits: the
quantity (given or computed) is moved by 1e-80 both ways and the network is run again. What the
package prints to thirty digits must be what comes out here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import TypeAlias

import mpmath
from mpmath import mpf

STEP = mpf(10) ** -80
KINK = mpf(10) ** -40
mpmath.mp.dps = 240

Place: TypeAlias = tuple[str, int | None]
"""A quantity at a step: ("h", 2), or ("W", None)."""


class Mat:
    """m×n numbers, row by row; scalars are 1×1 and vectors n×1. Spreads as the language does."""

    __slots__ = ("a", "m", "n")

    def __init__(self, m: int, n: int, a: list[mpf]) -> None:
        assert len(a) == m * n
        self.m, self.n, self.a = m, n, a

    def spread(self, m: int, n: int) -> list[mpf]:
        if (self.m, self.n) == (m, n):
            return self.a
        if self.m * self.n == 1:
            return self.a * (m * n)
        assert n > 1, (self.m, self.n, m, n)
        assert (self.m, self.n) in ((n, 1), (1, n)), (self.m, self.n, m, n)
        return self.a * m

    def by(self, other: Mat | float, f: Callable[[mpf, mpf], mpf]) -> Mat:
        if not isinstance(other, Mat):
            other = scalar(other)
        for big, small in ((self, other), (other, self)):
            m, n = big.m, big.n
            same = (small.m, small.n) == (m, n)
            row = n > 1 and (small.m, small.n) in ((n, 1), (1, n))
            if same or small.m * small.n == 1 or row:
                left, right = self.spread(m, n), other.spread(m, n)
                return Mat(m, n, [f(x, y) for x, y in zip(left, right, strict=True)])
        raise AssertionError((self.m, self.n, other.m, other.n))

    def map(self, f: Callable[[mpf], mpf]) -> Mat:
        return Mat(self.m, self.n, [f(x) for x in self.a])

    def __add__(self, other: Mat | float) -> Mat:
        return self.by(other, lambda x, y: x + y)

    def __sub__(self, other: Mat | float) -> Mat:
        return self.by(other, lambda x, y: x - y)

    def __mul__(self, other: Mat | float) -> Mat:
        return self.by(other, lambda x, y: x * y)

    def __truediv__(self, other: Mat | float) -> Mat:
        return self.by(other, lambda x, y: x / y)

    def __radd__(self, other: float) -> Mat:
        return scalar(other) + self

    def __rsub__(self, other: float) -> Mat:
        return scalar(other) - self

    def __rmul__(self, other: float) -> Mat:
        return scalar(other) * self

    def __rtruediv__(self, other: float) -> Mat:
        return scalar(other) / self

    def __neg__(self) -> Mat:
        return self.map(lambda x: -x)

    def __pow__(self, k: int) -> Mat:
        return self.map(lambda x: x**k)

    def __matmul__(self, other: Mat) -> Mat:
        assert self.n == other.m
        found = []
        for i in range(self.m):
            for j in range(other.n):
                found.append(
                    mpmath.fsum(
                        self.a[i * self.n + k] * other.a[k * other.n + j] for k in range(self.n)
                    )
                )
        return Mat(self.m, other.n, found)

    @property
    def T(self) -> Mat:  # noqa: N802
        return Mat(
            self.n, self.m, [self.a[i * self.n + j] for j in range(self.n) for i in range(self.m)]
        )


def scalar(x: float | Fraction | mpf) -> Mat:
    if isinstance(x, Fraction):
        x = mpf(x.numerator) / x.denominator
    return Mat(1, 1, [mpf(x)])


def tanh(x: Mat) -> Mat:
    return x.map(mpmath.tanh)


def sigmoid(x: Mat) -> Mat:
    return x.map(lambda v: 1 / (1 + mpmath.exp(-v)))


def relu(x: Mat) -> Mat:
    return x.map(lambda v: v if v > 0 else mpf(0))


def leaky_relu(x: Mat) -> Mat:
    return x.map(lambda v: v if v > 0 else v / 100)


def elu(x: Mat) -> Mat:
    return x.map(lambda v: v if v > 0 else mpmath.expm1(v))


def softplus(x: Mat) -> Mat:
    return x.map(lambda v: mpmath.log(1 + mpmath.exp(v)))


def swish(x: Mat) -> Mat:
    return x.map(lambda v: v / (1 + mpmath.exp(-v)))


def mish(x: Mat) -> Mat:
    return x.map(lambda v: v * mpmath.tanh(mpmath.log(1 + mpmath.exp(v))))


def softsign(x: Mat) -> Mat:
    return x.map(lambda v: v / (1 + abs(v)))


def hard_sigmoid(x: Mat) -> Mat:
    return x.map(lambda v: min(max(v / 5 + mpf(1) / 2, mpf(0)), mpf(1)))


def exp(x: Mat) -> Mat:
    return x.map(mpmath.exp)


def log(x: Mat) -> Mat:
    return x.map(mpmath.log)


def sqrt(x: Mat) -> Mat:
    return x.map(mpmath.sqrt)


def absolute(x: Mat) -> Mat:
    return x.map(abs)


def clip(x: Mat, lo: float, hi: float) -> Mat:
    return x.map(lambda v: min(max(v, mpf(lo)), mpf(hi)))


def larger(x: Mat, y: Mat) -> Mat:
    return x.by(y, max)


def smaller(x: Mat, y: Mat) -> Mat:
    return x.by(y, min)


def total(x: Mat) -> Mat:
    return Mat(1, 1, [mpmath.fsum(x.a)])


def mean(x: Mat) -> Mat:
    return Mat(1, 1, [mpmath.fsum(x.a) / len(x.a)])


def norm2(x: Mat) -> Mat:
    return Mat(1, 1, [mpmath.sqrt(mpmath.fsum(v * v for v in x.a))])


def largest(x: Mat) -> Mat:
    return Mat(1, 1, [max(x.a)])


def smallest(x: Mat) -> Mat:
    return Mat(1, 1, [min(x.a)])


def softmax(x: Mat) -> Mat:
    """By rows, but a column is one vector."""
    if x.n == 1:
        return softmax(x.T).T
    found: list[mpf] = []
    for i in range(x.m):
        row = [mpmath.exp(v) for v in x.a[i * x.n : (i + 1) * x.n]]
        found += [v / mpmath.fsum(row) for v in row]
    return Mat(x.m, x.n, found)


def one_hot(k: Mat, n: int) -> Mat:
    found = [mpf(int(v) == i) for v in k.a for i in range(1, n + 1)]
    return Mat(n, 1, found) if len(k.a) == 1 else Mat(len(k.a), n, found)


def above(*parts: Mat) -> Mat:
    return Mat(sum(p.m for p in parts), parts[0].n, [v for p in parts for v in p.a])


def beside(*parts: Mat) -> Mat:
    return above(*(p.T for p in parts)).T


@dataclass
class Net:
    """One run of a network: what is given, what has been computed, and the entry that is moved."""

    given: Mapping[Place, Mat]
    moved: Place | None = None
    entry: int = 0
    by: mpf = field(default_factory=lambda: mpf(0))
    values: dict[Place, Mat] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, value in self.given.items():
            self.put(*place, value)

    def put(self, name: str, step: int | None, value: Mat) -> Mat:
        if (name, step) == self.moved:
            a = list(value.a)
            a[self.entry] += self.by
            value = Mat(value.m, value.n, a)
        self.values[name, step] = value
        return value

    def __setitem__(self, place: Place | str, value: Mat) -> None:
        self.put(*(place if isinstance(place, tuple) else (place, None)), value)

    def __getitem__(self, place: Place | str) -> Mat:
        return self.values[place if isinstance(place, tuple) else (place, None)]

    def __contains__(self, place: Place) -> bool:
        return place in self.values


Model: TypeAlias = Callable[[Net], None]


@dataclass
class Case:
    """A network as a problem file and as a Python function, with the same given numbers.

    `given` holds exact numbers as (rows, columns, fractions) by section and place.
    """

    kind: str
    equations: str
    model: Model
    steps: tuple[int, int] | None = None
    indices: dict[str, tuple[int, int]] = field(default_factory=dict)
    loss: str = "L"
    sections: dict[str, dict[Place, tuple[int, int, list[Fraction]]]] = field(default_factory=dict)
    step_loss: str | None = None
    instead: dict[Place, list[mpf]] = field(default_factory=dict)
    """Numbers to run with instead of those in the file."""
    letters: frozenset[str] = frozenset()
    """Names whose numbers the file leaves out."""
    ask: str = ""

    def put(
        self, section: str, name: str, step: int | None, m: int, n: int, a: list[Fraction]
    ) -> None:
        self.sections.setdefault(section, {})[name, step] = (m, n, a)

    @property
    def yaml(self) -> str:
        lines = [f"title: {self.kind}", "equations: |"]
        lines += ["  " + line.strip() for line in self.equations.strip().splitlines()]
        if self.steps:
            lines.append(f"steps: {self.steps[0]}..{self.steps[1]}")
        if self.indices:
            inner = ", ".join(f"{k}: {a}..{b}" for k, (a, b) in self.indices.items())
            lines.append(f"indices: {{{inner}}}")
        for section, found in self.sections.items():
            lines.append(f"{section}:")
            for (name, step), (m, n, a) in found.items():
                at = "" if step is None else f"[{step}]"
                if name in self.letters:
                    lines.append(
                        f'  "{name}{at}": ' + (f"{{shape: [{m}, {n}]}}" if m * n > 1 else "")
                    )
                    continue
                texts = [str(v) for v in a]
                value: object = texts
                if m * n == 1:
                    value = texts[0]
                elif n > 1:
                    value = [texts[i * n : (i + 1) * n] for i in range(m)]
                lines.append(f'  "{name}{at}": {json.dumps(value)}')
        if self.loss != "L":
            lines.append(f"loss: {self.loss}")
        if self.ask:
            lines.append(f"ask: {self.ask}")
        return "\n".join(lines) + "\n"

    def given(self) -> dict[Place, Mat]:
        return {
            place: Mat(
                m, n, self.instead.get(place) or [mpf(v.numerator) / v.denominator for v in a]
            )
            for found in self.sections.values()
            for place, (m, n, a) in found.items()
        }

    def run(self, moved: Place | None = None, entry: int = 0, by: mpf = mpf(0)) -> Net:  # noqa: B008
        net = Net(self.given(), moved, entry, by)
        self.model(net)
        return net

    def slopes(self, of: list[Place], by: Place, entry: int) -> list[mpf]:
        """Derivatives of some scalars by one entry of a quantity; nan on a kink, where the sides
        differ and a convention decides."""
        up, down, here = self.run(by, entry, STEP), self.run(by, entry, -STEP), self.run()
        found = []
        for place in of:
            above, at, below = (net[place].a[0] for net in (up, here, down))
            bend = (above - 2 * at + below) / STEP
            found.append(mpf("nan") if abs(bend) > KINK else (above - below) / (2 * STEP))
        return found

    def differentiated(self) -> Iterator[Place]:
        """All places by which the package gives dL/d…: parameters, initial and computed ones."""
        net = self.run()
        for section, found in self.sections.items():
            if section in ("parameters", "initial"):
                yield from found
        yield from (p for p in net.values if p not in net.given)


# Numbers and networks at random


class Maker:
    """Random given numbers of a case."""

    def __init__(self, rng: Random, case: Case) -> None:
        self.rng, self.case = rng, case

    def number(self) -> Fraction:
        size = self.rng.choice((10, 100, 1000))
        while True:
            value = Fraction(self.rng.randint(-size, size), size)
            if value:
                return value * self.rng.choice((1, 1, 2))

    def numbers(self, m: int, n: int) -> list[Fraction]:
        return [self.number() for _ in range(m * n)]

    def parameter(self, name: str, m: int = 1, n: int = 1) -> None:
        self.case.put("parameters", name, None, m, n, self.numbers(m, n))

    def initial(self, name: str, step: int, m: int = 1, n: int = 1) -> None:
        self.case.put("initial", name, step, m, n, self.numbers(m, n))

    def data(self, name: str, first: int, last: int, m: int = 1, n: int = 1) -> None:
        for t in range(first, last + 1):
            self.case.put("data", name, t, m, n, self.numbers(m, n))


ACTIVATIONS: dict[str, Callable[[Mat], Mat]] = {
    "tanh": tanh,
    "sigmoid": sigmoid,
    "σ": sigmoid,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "softplus": softplus,
    "swish": swish,
    "mish": mish,
    "hard_sigmoid": hard_sigmoid,
    "softsign": softsign,
}


def steps_for(rng: Random) -> tuple[int, int]:
    first = rng.choice((1, 1, 1, 0, -2, 3))
    return first, first + rng.randint(1, 11)


def scalar_rnn(rng: Random) -> Case:
    """h[t] = f(w h[t-1] + v x[t] + b), squared error at every step."""
    first, last = steps_for(rng)
    name = rng.choice(list(ACTIVATIONS))
    f = ACTIVATIONS[name]

    def model(n: Net) -> None:
        errors = []
        for t in range(first, last + 1):
            n["a", t] = n["w"] * n["h", t - 1] + n["v"] * n["x", t] + n["b"]
            n["h", t] = f(n["a", t])
            n["yhat", t] = n["u"] * n["h", t] + n["c"]
            n["L", t] = (n["yhat", t] - n["y", t]) ** 2
            errors.append(n["L", t])
        n["L"] = sum(errors[1:], errors[0])

    case = Case(
        "scalar RNN",
        f"""a[t] = w*h[t-1] + v*x[t] + b
        h[t] = {name}(a[t])
        yhat[t] = u*h[t] + c
        L[t] = (yhat[t] - y[t])^2
        L = sum[t](L[t])""",
        model, (first, last), step_loss="L",
    )  # fmt: skip
    make = Maker(rng, case)
    for p in "wvbuc":
        make.parameter(p)
    make.initial("h", first - 1)
    make.data("x", first, last)
    make.data("y", first, last)
    return case


def matrix_rnn(rng: Random) -> Case:
    """Column vectors, softmax and cross entropy; the mean over the steps."""
    first, last = steps_for(rng)
    d, h, o = (rng.randint(1, 3) for _ in range(3))
    o += 1
    name = rng.choice(list(ACTIVATIONS))
    f = ACTIVATIONS[name]

    def model(n: Net) -> None:
        errors = []
        for t in range(first, last + 1):
            n["h", t] = f(n["W"] @ n["h", t - 1] + n["U"] @ n["x", t] + n["b"])
            n["z", t] = n["V"] @ n["h", t] + n["c"]
            n["p", t] = softmax(n["z", t])
            n["L", t] = -total(one_hot(n["k", t], o) * log(n["p", t]))
            errors.append(n["L", t])
        n["L"] = sum(errors[1:], errors[0]) / len(errors)

    case = Case(
        "matrix RNN",
        f"""h[t] = {name}(W @ h[t-1] + U @ x[t] + b)
        z[t] = V @ h[t] + c
        p[t] = softmax(z[t])
        L[t] = -sum(one_hot(k[t], {o})*log(p[t]))
        L = mean[t](L[t])""",
        model, (first, last), step_loss="L",
    )  # fmt: skip
    make = Maker(rng, case)
    for p, m, k in (("W", h, h), ("U", h, d), ("b", h, 1), ("V", o, h), ("c", o, 1)):
        make.parameter(p, m, k)
    make.initial("h", first - 1, h)
    make.data("x", first, last, d)
    for t in range(first, last + 1):
        case.put("data", "k", t, 1, 1, [Fraction(rng.randint(1, o))])
    return case


def jordan(rng: Random) -> Case:
    """The output is fed back, beside two lags of the state and a skip."""
    first, last = steps_for(rng)
    skip = rng.randint(2, 3)

    def model(n: Net) -> None:
        errors = []
        for t in range(first, last + 1):
            n["h", t] = tanh(
                n["w"] * n["yhat", t - 1]
                + n["v"] * n["x", t]
                + n["q"] * n["h", t - 2]
                - n["r"] * n["h", t - skip] * n["x", t]
            )
            n["yhat", t] = sigmoid(n["u"] * n["h", t] + n["s"] * n["x", t])
            n["E", t] = absolute(n["yhat", t] - n["y", t])
            errors.append(n["E", t])
        n["L"] = sum(errors[1:], errors[0]) / 2 + n["w"] ** 2 / 10

    case = Case(
        "Jordan with two lags and a skip",
        f"""h[t] = tanh(w*yhat[t-1] + v*x[t] + q*h[t-2] - r*h[t-{skip}]*x[t])
        yhat[t] = sigmoid(u*h[t] + s*x[t])
        E[t] = abs(yhat[t] - y[t])
        L = sum[t](E[t])/2 + w^2/10""",
        model, (first, last), step_loss="E",
    )  # fmt: skip
    make = Maker(rng, case)
    for p in "wvqrus":
        make.parameter(p)
    for t in range(first - skip, first):
        make.initial("h", t)
    make.initial("yhat", first - 1)
    make.data("x", first, last)
    make.data("y", first, last)
    return case


def bidirectional(rng: Random) -> Case:
    """One state runs up, one runs down; a given value after the last step."""
    first, last = steps_for(rng)
    h, d = rng.randint(1, 3), rng.randint(1, 2)

    def model(n: Net) -> None:
        for t in range(first, last + 1):
            n["h", t] = tanh(n["W"] @ n["h", t - 1] + n["U"] @ n["x", t])
        for t in range(last, first - 1, -1):
            n["s", t] = sigmoid(n["V"] @ n["s", t + 1] + n["Q"] @ n["x", t] + n["b"])
        errors = []
        for t in range(first, last + 1):
            n["y", t] = n["A"] @ above(n["h", t], n["s", t])
            n["L", t] = (n["y", t] - n["g", t]) ** 2 / 2
            errors.append(n["L", t])
        n["L"] = sum(errors[1:], errors[0])

    case = Case(
        "bidirectional",
        """s[t] = sigmoid(V @ s[t+1] + Q @ x[t] + b)
        L = sum[t](L[t])
        h[t] = tanh(W @ h[t-1] + U @ x[t])
        y[t] = A @ [h[t]; s[t]]
        L[t] = (y[t] - g[t])^2/2""",
        model, (first, last), step_loss="L",
    )  # fmt: skip
    make = Maker(rng, case)
    for p, m, k in (("W", h, h), ("U", h, d), ("V", h, h), ("Q", h, d), ("b", h, 1)):
        make.parameter(p, m, k)
    make.parameter("A", 1, 2 * h)
    make.initial("h", first - 1, h)
    make.initial("s", last + 1, h)
    make.data("x", first, last, d)
    make.data("g", first, last)
    return case


def lstm(rng: Random) -> Case:
    """Gates with element-wise peepholes; a loss at the last step only."""
    first, last = steps_for(rng)
    h, d = rng.randint(1, 2), rng.randint(1, 2)

    def model(n: Net) -> None:
        for t in range(first, last + 1):
            x, before, cell = n["x", t], n["h", t - 1], n["c", t - 1]

            def gate(g: str, x: Mat = x, before: Mat = before) -> Mat:
                return n[f"W_{g}"] @ x + n[f"U_{g}"] @ before + n[f"b_{g}"]

            n["i", t] = sigmoid(gate("i") + n["p_i"] * cell)
            n["f", t] = sigmoid(gate("f") + n["p_f"] * cell)
            n["g", t] = tanh(gate("g"))
            n["c", t] = n["f", t] * cell + n["i", t] * n["g", t]
            n["o", t] = sigmoid(gate("o") + n["p_o"] * n["c", t])
            n["h", t] = n["o", t] * tanh(n["c", t])
        n["L"] = norm2(n["h", last] - n["y"]) + total(n["c", last] ** 3)

    case = Case(
        "LSTM with peepholes",
        """i[t] = σ(W_i @ x[t] + U_i @ h[t-1] + b_i + p_i ⊙ c[t-1])
        f[t] = σ(W_f @ x[t] + U_f @ h[t-1] + b_f + p_f ∘ c[t-1])
        g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)
        c[t] = f[t] * c[t-1] + i[t] * g[t]
        o[t] = σ(W_o @ x[t] + U_o @ h[t-1] + b_o + p_o * c[t])
        h[t] = o[t] * tanh(c[t])
        L = norm2(h[T] - y) + sum(c[T]^3)""",
        model, (first, last),
    )  # fmt: skip
    make = Maker(rng, case)
    for g in "ifgo":
        make.parameter(f"W_{g}", h, d)
        make.parameter(f"U_{g}", h, h)
        make.parameter(f"b_{g}", h)
        if g != "g":
            make.parameter(f"p_{g}", h)
    make.initial("h", first - 1, h)
    make.initial("c", first - 1, h)
    make.data("x", first, last, d)
    case.put("data", "y", None, h, 1, make.numbers(h, 1))
    return case


def gru(rng: Random) -> Case:
    """One matrix on the stack [x; h]; both places of the reset."""
    first, last = steps_for(rng)
    h, d = rng.randint(1, 2), rng.randint(1, 2)
    before_product = rng.random() < 0.5

    def model(n: Net) -> None:
        for t in range(first, last + 1):
            both = above(n["x", t], n["h", t - 1])
            n["z", t] = sigmoid(n["W_z"] @ both)
            n["r", t] = sigmoid(n["W_r"] @ both)
            if before_product:
                n["k", t] = tanh(n["W_k"] @ above(n["x", t], n["r", t] * n["h", t - 1]))
            else:
                n["k", t] = tanh(n["W_k"] @ both * n["r", t])
            n["h", t] = (1 - n["z", t]) * n["h", t - 1] + n["z", t] * n["k", t]
            n["e", t] = total(n["h", t] * n["y"])
        n["L"] = mean(above(*(n["e", t] for t in range(first, last + 1)))) ** 2

    candidate = "W_k @ [x[t]; r[t] * h[t-1]]" if before_product else "W_k @ [x[t]; h[t-1]] * r[t]"
    case = Case(
        "GRU",
        f"""z[t] = sigmoid(W_z @ [x[t]; h[t-1]])
        r[t] = sigmoid(W_r @ [x[t]; h[t-1]])
        k[t] = tanh({candidate})
        h[t] = (1 - z[t])*h[t-1] + z[t]*k[t]
        e[t] = sum(h[t]*y)
        L = mean[t](e[t])^2""",
        model, (first, last), step_loss="e",
    )  # fmt: skip
    make = Maker(rng, case)
    for g in "zrk":
        make.parameter(f"W_{g}", h, d + h)
    make.parameter("y", h)
    make.initial("h", first - 1, h)
    make.data("x", first, last, d)
    return case


def row_batch(rng: Random) -> Case:
    """Row batches X @ W + b, softmax by rows, cross entropy of classes, weights tied by .T."""
    first, last = steps_for(rng)
    size, d, h, o = rng.randint(2, 3), rng.randint(1, 3), rng.randint(2, 3), rng.randint(2, 3)

    def model(n: Net) -> None:
        errors = []
        for t in range(first, last + 1):
            n["H", t] = tanh(n["X", t] @ n["W"] + n["H", t - 1] @ n["U"].T + n["b"])
            n["P", t] = softmax(n["v"] * n["H", t] @ n["V"] + n["c"])
            n["L", t] = -total(one_hot(n["k", t], o) * log(n["P", t])) / size
            errors.append(n["L", t])
        n["L"] = sum(errors[1:], errors[0])

    case = Case(
        "row batch",
        f"""H[t] = tanh(X[t] @ W + H[t-1] @ U.T + b)
        P[t] = softmax(v*H[t] @ V + c)
        L[t] = -sum(one_hot(k[t], {o}) * log(P[t]))/{size}
        L = sum[t](L[t])""",
        model, (first, last), step_loss="L",
    )  # fmt: skip
    make = Maker(rng, case)
    for p, m, k in (("W", d, h), ("U", h, h), ("b", h, 1), ("v", h, 1), ("V", h, o), ("c", 1, o)):
        make.parameter(p, m, k)
    make.initial("H", first - 1, size, h)
    make.data("X", first, last, size, d)
    for t in range(first, last + 1):
        case.put("data", "k", t, size, 1, [Fraction(rng.randint(1, o)) for _ in range(size)])
    return case


def encoder(rng: Random) -> Case:
    """A start computed from a vector, element-wise recurrences, a state read at the last step."""
    _, last = steps_for(rng)
    last = max(last, 2)
    h = rng.randint(1, 3)

    def model(n: Net) -> None:
        n["h", 0] = tanh(n["V"] @ n["z"])
        for t in range(1, last + 1):
            n["h", t] = tanh(n["v"] * n["h", t - 1] + n["x", t])
        n["m"] = n["h", last] / (1 + n["h", 0] ** 2)
        for t in range(1, last + 1):
            n["y", t] = total(n["m"] * n["h", t - 1]) * t / last
        n["L"] = clip(total(above(*(n["y", t] ** 2 for t in range(1, last + 1)))), -100, 100)

    case = Case(
        "computed start",
        """h[0] = tanh(V @ z)
        h[t] = tanh(v*h[t-1] + x[t])
        m = h[T]/(1 + h[0]^2)
        y[t] = sum(m*h[t-1])*t/T
        L = clip(sum[t](y[t]^2), -100, 100)""",
        model, (1, last),
    )  # fmt: skip
    make = Maker(rng, case)
    make.parameter("V", h, 2)
    make.parameter("v", h)
    make.parameter("z", 2)
    make.data("x", 1, last, h)
    return case


def without_time(rng: Random) -> Case:
    """Observations i, no time: two layers, and the spread of the outputs around their mean."""
    n_obs, h = rng.randint(2, 4), rng.randint(1, 3)
    name = rng.choice(["tanh", "swish", "mish", "softplus", "elu"])
    f = ACTIVATIONS[name]

    def model(n: Net) -> None:
        rng_i = range(1, n_obs + 1)
        for i in rng_i:
            n["h", i] = f(n["W"] @ n["x", i] + n["b"])
            n["o", i] = n["u"].T @ n["h", i]
        middle = mean(above(*(n["o", i] for i in rng_i)))
        for i in rng_i:
            n["d", i] = n["o", i] - middle
        n["S"] = total(above(*(n["d", i] ** 2 for i in rng_i)))
        both = sqrt(1 + n["S"]) * total(above(*(n["o", i] for i in rng_i)))
        n["L"] = (
            both * total(above(*(n["o", i] for i in rng_i)))
            + largest(n["W"])
            - smallest(n["b"] * n["u"])
        )

    case = Case(
        "observations without time",
        f"""h[i] = {name}(W @ x[i] + b)
        o[i] = u.T @ h[i]
        d[i] = o[i] - mean[i](o[i])
        S = sum[i](d[i]^2)
        L = sqrt(1 + S)*sum[i](o[i])*sum[i](o[i]) + max(W) - min(b*u)""",
        model, None, {"i": (1, n_obs)},
    )  # fmt: skip
    make = Maker(rng, case)
    make.parameter("W", h, 2)
    make.parameter("b", h)
    make.parameter("u", h)
    make.data("x", 1, n_obs, 2)
    return case


def attention(rng: Random) -> Case:
    """Two indices, a sum over all steps inside every step, powers of step numbers."""
    last = rng.randint(2, 5)

    def model(n: Net) -> None:
        steps = range(1, last + 1)
        for t in steps:
            n["h", t] = tanh(n["w"] * n["h", t - 1] + n["x", t])
        for t in steps:
            n["e", t] = exp(n["q"] * n["h", t])
        norm = sum((n["e", t] for t in steps[1:]), n["e", 1])
        for t in steps:
            n["al", t] = n["e", t] / norm
        n["c"] = sum((n["al", t] * n["h", t] for t in steps[1:]), n["al", 1] * n["h", 1])
        for i in (1, 2, 3):
            inner = sum((n["h", t] * n["m", i] ** t for t in steps[1:]), n["h", 1] * n["m", i])
            n["r", i] = n["c"] * n["k", i] + inner
        n["L"] = (n["r", 1] * n["r", 2] + n["r", 2] ** 2 + n["r", 3] * n["c"]) * n["g"] ** 2

    case = Case(
        "attention, two indices",
        """h[t] = tanh(w*h[t-1] + x[t])
        e[t] = exp(q*h[t])
        al[t] = e[t]/sum[t](e[t])
        c = sum[t](al[t]*h[t])
        r[i] = c*k[i] + sum[t](h[t]*m[i]^t)
        L = (r[1]*r[2] + r[2]^2 + r[3]*c)*g**2""",
        model, (1, last), {"i": (1, 3)},
    )  # fmt: skip
    make = Maker(rng, case)
    for p in "wqg":
        make.parameter(p)
    for i in (1, 2, 3):
        case.put("parameters", "m", i, 1, 1, make.numbers(1, 1))
    make.initial("h", 0)
    make.data("x", 1, last)
    make.data("k", 1, 3)
    return case


def odd_functions(rng: Random) -> Case:
    """Parameters with steps, max, min, clip, norms, side-by-side stacks, divisions, powers."""
    last = rng.randint(2, 6)

    def model(n: Net) -> None:
        errors = []
        for t in range(1, last + 1):
            both = beside(n["A"], n["h", t - 1])
            n["m", t] = both @ n["B", t]
            n["h", t] = larger(tanh(n["m", t]), n["lo"]) - smaller(n["m", t], n["h", t - 1]) / 3
            n["d", t] = norm2(n["h", t] - n["y"]) / (absolute(n["h", t]) + 1)
            grown = total(n["d", t].map(lambda v: (v + 1) ** mpf("1.5")))
            n["r", t] = grown - mean(2 * exp(n["h", t] * mpmath.log(2)))
            cut = clip(n["h", t], mpf("-0.5"), mpf("0.7"))
            n["E", t] = largest(n["d", t]) + mean(cut) + n["r", t]
            errors.append(n["E", t])
        n["L"] = log(1 + sum(errors[1:], errors[0]) ** 2)

    case = Case(
        "odd functions",
        """m[t] = [A, h[t-1]] @ B[t]
        h[t] = max(tanh(m[t]), lo) - min(m[t], h[t-1])/3
        d[t] = norm2(h[t] - y)/(abs(h[t]) + 1)
        r[t] = sum((d[t] + 1)^1.5) - mean(2*exp(h[t]*ln(2)))
        E[t] = max(d[t]) + mean(clip(h[t], -0.5, 0.7)) + r[t]
        L = ln(1 + sum[t](E[t])^2)""",
        model, (1, last), step_loss="E",
    )  # fmt: skip
    make = Maker(rng, case)
    make.parameter("A", 2, 2)
    make.parameter("lo", 2)
    for t in range(1, last + 1):
        case.put("parameters", "B", t, 3, 1, make.numbers(3, 1))
    make.parameter("y", 2)
    make.initial("h", 0, 2)
    return case


KINDS: tuple[Callable[[Random], Case], ...] = (
    scalar_rnn, matrix_rnn, jordan, bidirectional, lstm, gru, row_batch, encoder, without_time,
    attention, odd_functions,
)  # fmt: skip


# Comparing with what is printed


def printed_right(text: str, value: mpf, digits: int) -> bool:
    """Whether a printed number is right: a decimal of all its digits to a unit of the last one, a
    shorter decimal and a fraction exactly."""
    if text is None:
        return False
    slack = abs(value) * mpf(10) ** -50 + mpf(10) ** -55
    if "/" in text:
        p, q = text.split("/")
        return bool(abs(mpf(p) / mpf(q) - value) <= slack)
    written, _, power = text.lower().partition("e")
    _, _, places = written.partition(".")
    significant = len(written.lstrip("-0.").replace(".", ""))
    unit = mpf(10) ** (int(power or 0) - len(places)) if significant >= digits else 0
    return bool(abs(mpf(text) - value) <= unit + slack)


Printed: TypeAlias = Mapping[str, object]
"""Results by name: a string, a list of strings, or a list of rows."""


def flat(value: object) -> list[str]:
    return [x for item in value for x in flat(item)] if isinstance(value, list) else [str(value)]


def spelled(place: Place) -> str:
    name, step = place
    return name if step is None else f"{name}[{step}]"


def wrong_results(
    case: Case, values: Printed, gradients: Printed, digits: int, rng: Random, most: int = 10**9
) -> list[str]:
    """What is printed wrong: all values, and the derivatives by `most` entries chosen at random."""
    net = case.run()
    found = []

    def compare(name: str, texts: list[str], expected: list[mpf]) -> None:
        if len(texts) != len(expected):
            found.append(f"{name}: {len(texts)} entries for {len(expected)}")
        for i, (text, value) in enumerate(zip(texts, expected, strict=False)):
            if not printed_right(text, value, digits):
                found.append(f"{name}({i}): {text}, not {mpmath.nstr(value, digits + 5)}")

    for place, value in net.values.items():
        if spelled(place) in values:
            compare(spelled(place), flat(values[spelled(place)]), value.a)
        else:
            found.append(f"{spelled(place)} is missing")
    entries = [(p, i) for p in case.differentiated() for i in range(len(net.values[p].a))]
    parameters = set(case.sections.get("parameters", ()))
    losses: list[Place] = [(case.loss, None)]
    if case.step_loss:
        losses += [p for p in net.values if p[0] == case.step_loss and p[1] is not None]
    for place, i in rng.sample(entries, min(most, len(entries))):
        of = losses if place in parameters else losses[:1]
        for loss, slope in zip(of, case.slopes(of, place, i), strict=True):
            name = f"d{spelled(loss)}/d{spelled(place)}"
            if mpmath.isnan(slope):
                continue
            if name in gradients:
                compare(f"{name}({i})", flat(gradients[name])[i : i + 1], [slope])
            else:
                found.append(f"{name} is missing")
    return found
