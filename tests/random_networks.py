"""Random networks: every equation is drawn at random, as a text and as a Python function at once.

The text goes to the package, the function to the reference; neither is made from the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import TypeAlias

import random_windows as w
import reference as r
from mpmath import mpf
from reference import Case, Maker, Mat, Net, Place

Shape: TypeAlias = tuple[int, int]
Value: TypeAlias = Callable[[Net, int], Mat]
Drawn: TypeAlias = tuple[str, Value]
"""An expression as text, in brackets where needed, and as a function of a step."""

SMOOTH: dict[str, Callable[[Mat], Mat]] = {
    "tanh": r.tanh, "sigmoid": r.sigmoid, "σ": r.sigmoid, "softsign": r.softsign,
    "hard_sigmoid": r.hard_sigmoid, "softplus": r.softplus, "relu": r.relu, "swish": r.swish,
    "mish": r.mish, "elu": r.elu, "leaky_relu": r.leaky_relu, "abs": r.absolute,
}  # fmt: skip
BOUNDED = ("tanh", "sigmoid", "σ", "softsign", "hard_sigmoid")


@dataclass
class Drawer:
    """What may be mentioned where, and the parameters made on the way."""

    rng: Random
    make: Maker
    steps: range
    running: dict[str, tuple[Shape, tuple[int, ...]]] = field(default_factory=dict)
    """Quantities that run with t: their shape, and the lags at which they may be read."""
    fixed: list[tuple[str, Place, Shape]] = field(default_factory=list)
    """Mentions without a running index: text, place, shape."""
    parameters: int = 0

    def parameter(self, shape: Shape) -> Drawn:
        self.parameters += 1
        name = f"w{self.parameters}"
        if self.rng.random() < 0.15:
            for t in self.steps:
                numbers = self.make.numbers(*shape)
                self.make.case.put("parameters", name, t, *shape, numbers)
            return f"{name}[t]", lambda n, t: n[name, t]
        self.make.parameter(name, *shape)
        self.fixed.append((name, (name, None), shape))
        return name, lambda n, t: n[name]

    def leaf(self, shape: Shape) -> Drawn:
        rng = self.rng
        running = [(q, k) for q, (s, lags) in self.running.items() if s == shape for k in lags]
        fixed = [(text, place) for text, place, s in self.fixed if s == shape]
        kind = rng.random()
        if running and kind < 0.6:
            q, k = rng.choice(running)
            text = f"{q}[t{k:+d}]" if k else f"{q}[t]"
            return text, lambda n, t: n[q, t + k]
        if fixed and kind < 0.8:
            text, place = rng.choice(fixed)
            return text, lambda n, t: n[place]
        if shape == (1, 1) and kind < 0.9:
            number = abs(self.make.number())
            return f"({number})", lambda n, t: r.scalar(number)
        return self.parameter(shape)

    def draw(self, shape: Shape, depth: int) -> Drawn:
        rng, (m, k) = self.rng, shape
        if depth == 0:
            return self.leaf(shape)
        size = m * k
        ways = ["+", "-", "*", "f", "f", "/", "neg", "^", "max", "min", "clip", "spread", "[]"]
        ways += ["@", "@", "@", ".T", "root"]
        ways += ["total", "total", "dot", "over", "t"] if size == 1 else []
        ways += ["softmax", "scaled"] if size > 1 else []
        ways += ["stack"] if m > 1 else []
        ways += ["beside"] if k > 1 else []
        ways += ["bias"] if k > 1 else []
        ways += [*w.WAYS, "flip", "reshape"] if size <= 6 else []
        ways += ["flatten"] if k == 1 else []
        way = rng.choice(ways)
        match way:
            case "conv" | "max_pool" | "avg_pool":
                return self.windows(way, shape, depth)
            case "flip":
                a, f = self.draw(shape, depth - 1)
                return f"flip({a})", lambda n, t: w.turned(f(n, t))
            case "flatten" | "reshape":
                a, f = self.draw(w.other_shape(rng, size), depth - 1)
                said = f"flatten({a})" if way == "flatten" else f"reshape({a}, {m}, {k})"
                return said, lambda n, t: w.laid(f(n, t), shape)
            case "+" | "-" | "*":
                (a, f), (b, g) = self.draw(shape, depth - 1), self.draw(shape, depth - 1)
                sign = rng.choice("*⊙∘·") if way == "*" else way
                if way == "+" and rng.random() < 0.5:
                    c, h = self.draw(shape, depth - 1)
                    return f"({a} + {b} + {c})", lambda n, t: f(n, t) + g(n, t) + h(n, t)
                op: Callable[[Mat, Mat], Mat] = {
                    "+": Mat.__add__, "-": Mat.__sub__, "*": Mat.__mul__
                }[way]  # fmt: skip
                return f"({a} {sign} {b})", lambda n, t: op(f(n, t), g(n, t))
            case "scaled" | "spread":
                (a, f), (b, g) = self.draw((1, 1), depth - 1), self.draw(shape, depth - 1)
                if rng.random() < 0.5:
                    return f"({a}*{b})", lambda n, t: f(n, t) * g(n, t)
                return f"({b} - {a})", lambda n, t: g(n, t) - f(n, t)
            case "bias":
                (a, f), (b, g) = self.draw(shape, depth - 1), self.draw((k, 1), depth - 1)
                sign = rng.choice("+-*")
                op = {"+": Mat.__add__, "-": Mat.__sub__, "*": Mat.__mul__}[sign]
                return f"({a} {sign} {b})", lambda n, t: op(f(n, t), g(n, t))
            case "f":
                a, f = self.draw(shape, depth - 1)
                name = rng.choice(list(SMOOTH))
                return f"{name}({a})", lambda n, t: SMOOTH[name](f(n, t))
            case "/":
                (a, f), (b, g) = self.draw(shape, depth - 1), self.draw(shape, depth - 1)
                return f"({a}/(2 + tanh({b})))", lambda n, t: f(n, t) / (2 + r.tanh(g(n, t)))
            case "neg":
                a, f = self.draw(shape, depth - 1)
                return f"(-{a})", lambda n, t: -f(n, t)
            case "^":
                a, f = self.draw(shape, depth - 1)
                p = rng.choice((2, 2, 3))
                return f"(tanh({a})^{p})", lambda n, t: r.tanh(f(n, t)) ** p
            case "root":
                a, f = self.draw(shape, depth - 1)
                if rng.random() < 0.5:
                    return f"sqrt(1 + {a}^2)", lambda n, t: r.sqrt(1 + f(n, t) ** 2)
                return f"ln(1 + {a}^2)", lambda n, t: r.log(1 + f(n, t) ** 2)
            case "max" | "min":
                (a, f), (b, g) = self.draw(shape, depth - 1), self.draw(shape, depth - 1)
                pick = r.larger if way == "max" else r.smaller
                return f"{way}({a}, {b})", lambda n, t: pick(f(n, t), g(n, t))
            case "clip":
                a, f = self.draw(shape, depth - 1)
                lo, hi = mpf("-0.625"), mpf("0.375")
                return f"clip({a}, -0.625, 3/8)", lambda n, t: r.clip(f(n, t), lo, hi)
            case "[]":
                (a, f), (b, g) = self.draw(shape, depth - 1), self.draw(shape, 0)
                gate = self.draw((1, 1), 0)
                c, h = gate
                return (
                    f"({a}*[{c} > 1/7] - {b})",
                    lambda n, t: f(n, t) * h(n, t).map(lambda v: mpf(v > mpf(1) / 7)) - g(n, t),
                )
            case "@":
                j = rng.randint(1, 3)
                (a, f), (b, g) = self.draw((m, j), depth - 1), self.draw((j, k), depth - 1)
                return f"({a} @ {b})", lambda n, t: f(n, t) @ g(n, t)
            case ".T":
                a, f = self.draw((k, m), depth - 1)
                return f"({a}).T", lambda n, t: f(n, t).T
            case "softmax":
                a, f = self.draw(shape, depth - 1)
                return f"softmax({a})", lambda n, t: r.softmax(f(n, t))
            case "stack":
                cut = rng.randint(1, m - 1)
                (a, f), (b, g) = self.draw((cut, k), depth - 1), self.draw((m - cut, k), depth - 1)
                return f"[{a}; {b}]", lambda n, t: r.above(f(n, t), g(n, t))
            case "beside":
                cut = rng.randint(1, k - 1)
                (a, f), (b, g) = self.draw((m, cut), depth - 1), self.draw((m, k - cut), depth - 1)
                return f"[{a}, {b}]", lambda n, t: r.beside(f(n, t), g(n, t))
            case "total":
                inner = (rng.randint(1, 3), rng.randint(1, 2))
                a, f = self.draw(inner, depth - 1)
                name, gather = rng.choice([
                    ("sum", r.total), ("mean", r.mean), ("norm2", r.norm2), ("max", r.largest),
                    ("min", r.smallest),
                ])  # fmt: skip
                return f"{name}({a})", lambda n, t: gather(f(n, t))
            case "dot":
                inner = (rng.randint(1, 3), 1)
                (a, f), (b, g) = self.draw(inner, depth - 1), self.draw(inner, depth - 1)
                return f"(({a}).T @ {b})", lambda n, t: f(n, t).T @ g(n, t)
            case "over":
                given = {q: s for q, (s, lags) in self.running.items() if q.startswith("x")}
                before = self.running
                self.running = {q: (s, (0,)) for q, s in given.items()}
                a, f = self.draw(shape, 1)
                self.running = before
                kind = rng.choice(("sum", "mean"))
                if "[t" not in a:
                    return a, f
                steps = self.steps
                share = len(steps) if kind == "mean" else 1

                def over(n: Net, t: int) -> Mat:
                    found = [f(n, s) for s in steps]
                    return sum(found[1:], found[0]) / share

                return f"{kind}[t]({a})", over
            case "t":
                a, f = self.draw(shape, depth - 1)
                last = self.steps[-1]
                return (
                    f"({a}*(t - 1/2)/({abs(last) + 1} + T))",
                    lambda n, t: f(n, t) * (t - mpf(1) / 2) / (abs(last) + 1 + last),
                )
            case _:
                raise AssertionError(way)

    def windows(self, way: str, shape: Shape, depth: int) -> Drawn:
        """A convolution or a pooling whose result has a shape."""
        at = w.sliding(self.rng, shape, way != "conv")
        a, f = self.draw(at.picture, depth - 1)
        if way != "conv":
            return w.call(way, a, at), lambda n, t: w.result(way, at, shape, f(n, t), None)
        b, g = self.draw(at.size, 0)
        return (
            w.call(way, f"{a}, {b}", at),
            lambda n, t: w.result(way, at, shape, f(n, t), g(n, t)),
        )


def random_network(rng: Random, depth: int = 3) -> Case:
    """Some states upwards, some downwards, an output and a loss."""
    first = rng.choice((1, 1, 0, -1))
    steps = range(first, first + rng.randint(2, 6))
    last = steps[-1]
    case = Case("random", "", lambda net: None, (first, last))
    make = Maker(rng, case)
    drawer = Drawer(rng, make, steps)
    shapes = [(1, 1), (1, 1), (2, 1), (3, 1), (2, 2), (2, 3), (1, 2)]

    def shape() -> Shape:
        return rng.choice(shapes)

    for i in range(rng.randint(1, 2)):
        s = shape()
        make.data(f"x{i}", first, last, *s)
        drawer.running[f"x{i}"] = (s, (0,))
    blocks: list[tuple[str, Value, int]] = []
    lines = []
    directions = rng.choice(((-1,), (-1,), (-1, 1), (1,), (-1, -1)))
    for group, direction in enumerate(directions):
        names = [f"h{len(blocks) + i}" for i in range(rng.randint(1, 2))]
        for name in names:
            s = shape()
            lags = rng.choice(((1,), (1, 2), (2,)))
            edge = first if direction < 0 else last
            for k in range(1, max(lags) + 1):
                make.initial(name, edge + direction * k, *s)
                if rng.random() < 0.5:
                    at = edge + direction * k
                    drawer.fixed.append((f"{name}[{at}]", (name, at), s))
            drawer.running[name] = (s, tuple(direction * k for k in lags))
        for name in names:
            s = drawer.running[name][0]
            text, f = drawer.draw(s, depth)
            bound = rng.choice(BOUNDED)
            lines.append(f"{name}[t] = {bound}({text})")
            blocks.append((name, lambda n, t, f=f, b=bound: SMOOTH[b](f(n, t)), group))
            drawer.running[name] = (s, (*drawer.running[name][1], 0))
        for name in names:
            s, lags = drawer.running[name]
            drawer.running[name] = (s, (0, *lags))
            drawer.fixed.append((f"{name}[T]", (name, last), s))
    at_ends = [item for item in drawer.fixed if "[T]" in item[0]]
    drawer.fixed = [item for item in drawer.fixed if item not in at_ends]
    text, f = drawer.draw((1, 1), depth)
    lines.append(f"E[t] = {text}")
    drawer.fixed = at_ends + [item for item in drawer.fixed if item[1][1] is None]
    drawer.running = {}
    end, g = drawer.draw((1, 1), 2)
    alone = "[t" not in end and "(t " not in end
    lines.append(f"L = sum[t](E[t]) + {end}" if alone else "L = sum[t](E[t])")

    def model(n: Net) -> None:
        for group, direction in enumerate(directions):
            for t in steps if direction < 0 else reversed(steps):
                for name, value, own in blocks:
                    if own == group:
                        n[name, t] = value(n, t)
        errors = []
        for t in steps:
            n["E", t] = f(n, t)
            errors.append(n["E", t])
        n["L"] = sum(errors[1:], errors[0]) + (g(n, last) if alone else 0)

    rng.shuffle(lines)
    case.equations = "\n".join(lines)
    case.model = model
    case.step_loss = "E"
    if not case.sections.get("parameters"):
        case.put("parameters", "w0", None, 1, 1, [Fraction(1, 2)])
    return case
