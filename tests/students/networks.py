"""Recurrent problems drawn at random, and their problem files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from tests.students.algebra import E, M, Place, Sight, apply, num, places, ref, scalar


@dataclass
class Network:
    """Equations in the order in which a step is worked; numbers of what is given."""

    kind: str
    steps: tuple[int, ...]
    equations: list[tuple[str, bool, E]] = field(default_factory=list)
    parameters: dict[str, M] = field(default_factory=dict)
    initial: dict[Place, M] = field(default_factory=dict)
    data: dict[Place, M] = field(default_factory=dict)
    update: str = ""
    rule: dict[str, object] = field(default_factory=dict)
    traits: dict[str, object] = field(default_factory=dict)

    def body(self, name: str) -> E:
        return next(body for n, _, body in self.equations if n == name)

    @property
    def given(self) -> dict[Place, M]:
        return {**{(p, None): m for p, m in self.parameters.items()}, **self.initial, **self.data}

    @property
    def computed(self) -> dict[Place, E]:
        return {
            (name, t): body
            for name, running, body in self.equations
            for t in (self.steps if running else (None,))
        }

    def reads(self, place: Place, body: E) -> list[Place]:
        sight = Sight(place[1], self.steps, lambda p: scalar(0))
        return list(dict.fromkeys(places(body, sight)))

    def order(self, bodies: dict[Place, E]) -> list[Place]:
        """What can be computed after what, step by step as far as possible."""
        done: dict[Place, None] = {}
        by_step = sorted(bodies, key=lambda p: (p[1] is None, p[1] or 0))

        def visit(place: Place, above: tuple[Place, ...]) -> None:
            if place in done or place not in bodies:
                return
            assert place not in above, "cycle"
            for read in self.reads(place, bodies[place]):
                visit(read, (*above, place))
            done[place] = None

        for place in by_step:
            visit(place, ())
        return list(done)

    def text(self) -> str:
        lines = ["equations: |"]
        for name, running, body in self.equations:
            lines.append(f"  {name}{'[t]' if running else ''} = {body}")
        lines.append(f"steps: {self.steps[0]}..{self.steps[-1]}")
        lines.append("parameters:")
        lines += [f"  {quoted(p)}: {flow(m)}" for p, m in self.parameters.items()]
        for title, given in (("initial", self.initial), ("data", self.data)):
            if given:
                lines.append(f"{title}:")
                lines += [f"  {quoted(place_text(p))}: {flow(m)}" for p, m in given.items()]
        lines += ["loss: L", "ask:", "  - forward", "  - gradients"]
        if self.update:
            lines.append(f"  - update: {self.update}")
        return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    return f'"{text}"'


def place_text(place: Place) -> str:
    name, step = place
    return name if step is None else f"{name}[{step}]"


def flow(m: M, written: Iterable[str] | None = None) -> str:
    """A matrix as YAML has it: a number, a flat list, or a list of rows."""
    texts = [str(x) for x in m.items] if written is None else list(written)
    if m.is_scalar:
        return texts[0]
    if m.columns == 1:
        return f"[{', '.join(texts)}]"
    rows = [texts[i : i + m.columns] for i in range(0, len(texts), m.columns)]
    return f"[{', '.join('[' + ', '.join(r) + ']' for r in rows)}]"


@dataclass
class Drawing:
    """A network that is being drawn."""

    rng: Random
    net: Network
    sizes: dict[str, int]

    def number(self, most: int = 12) -> Fraction:
        return Fraction(self.rng.choice([-1, 1]) * self.rng.randint(1, most), 10)

    def matrix(self, rows: int, columns: int, most: int = 12) -> M:
        return M(rows, columns, tuple(self.number(most) for _ in range(rows * columns)))

    def weight(self, name: str, rows: str, columns: str) -> E:
        self.net.parameters[name] = self.matrix(self.sizes[rows], self.sizes[columns])
        return ref(name)

    def bias(self, name: str, rows: str) -> E:
        self.net.parameters[name] = self.matrix(self.sizes[rows], 1, 6)
        self.net.traits.setdefault("biases", []).append(name)  # type: ignore[attr-defined]
        return ref(name)

    def product(self, a: E, b: E) -> E:
        return a * b if all(n == 1 for n in self.sizes.values()) else a @ b

    def start(self, name: str, size: str, step: int) -> None:
        n = self.sizes[size]
        zero = self.rng.random() < 0.6
        self.net.initial[name, step] = M(n, 1, (Fraction(0),) * n) if zero else self.matrix(n, 1, 8)

    def inputs(self, name: str, size: str, first: int, last: int) -> None:
        n = self.sizes[size]
        for t in range(first, last + 1):
            self.net.data[name, t] = M(n, 1, tuple(
                Fraction(self.rng.choice([-2, -1, 1, 2, 3, -3, 4, 5]), self.rng.choice([1, 2]))
                for _ in range(n)
            ))  # fmt: skip

    def equation(self, name: str, body: E, running: bool = True) -> E:
        self.net.equations.append((name, running, body))
        return ref(name, 0 if running else None)

    def activated(self, name: str, f: str, body: E, explicit: bool, inner: str = "a") -> E:
        """h[t] = f(a[t]) in two lines, or in one."""
        if explicit:
            body = self.equation(inner, body)
        return self.equation(name, apply(f, body))

    def chance(self, p: float) -> bool:
        return self.rng.random() < p


def draw(rng: Random, kind: str | None = None) -> Network:
    kind = kind or rng.choice(list(KINDS))
    family, *options = kind.split()
    matrix = "matrix" in options
    length = rng.randint(2, 3 if matrix or family in ("lstm", "gru", "peephole") else 5)
    first = 1
    net = Network(kind, tuple(range(first, first + length)))
    n = (lambda: rng.choice([1, 2, 2, 3])) if matrix else (lambda: 1)
    sizes = {"x": n(), "h": rng.choice([2, 2, 3]) if matrix else 1, "y": n(), "1": 1}
    d = Drawing(rng, net, sizes)
    {**FAMILIES, **SPECIAL}[family](d)
    return net


def output(d: Drawing, state: E, wide: bool = True) -> None:
    """The prediction and the loss."""
    rng, net = d.rng, d.net
    matrix = any(n > 1 for n in d.sizes.values())
    kinds = ["linear", "linear", "sigmoid"] + (["softmax"] * 2 if d.sizes["y"] > 1 else [])
    kind = net.traits.setdefault("output", rng.choice(kinds))
    body = d.product(d.weight("U" if matrix else "u", "y", "h"), state)
    if d.chance(0.3):
        body = body + d.bias("b_y", "y")
    last = net.steps[-1]
    if kind == "linear":
        yhat = d.equation("yhat", body)
    else:
        explicit = d.chance(0.6)
        yhat = d.activated("p", str(kind), body, explicit, "q")
    scored(d, yhat, str(kind), last)


def scored(d: Drawing, yhat: E, kind: str, last: int) -> None:
    rng, net = d.rng, d.net
    size = d.sizes["y"]
    target = ref("y", 0)
    if kind == "softmax":
        for t in net.steps:
            k = rng.randrange(size)
            net.data["y", t] = M(size, 1, tuple(Fraction(i == k) for i in range(size)))
        per_step = -E("sum", (target * apply("log", yhat),))
        loss = "ce"
    else:
        loss = rng.choice(["square", "square", "half"] + (["bce"] * 3 if kind == "sigmoid" else []))
        if loss == "bce":
            for t in net.steps:
                net.data["y", t] = M(
                    size, 1, tuple(Fraction(rng.randint(0, 1)) for _ in range(size))
                )
            one = num(1)
            inner = target * apply("log", yhat) + (one - target) * apply("log", one - yhat)
            per_step = -inner if size == 1 else -E("sum", (inner,))
        else:
            if ("y", last) not in net.data:
                d.inputs("y", "y", net.steps[0], last)
            error = target - yhat if d.chance(0.15) else yhat - target
            per_step = E("square", (error,))
            per_step = per_step if size == 1 else E("sum", (per_step,))
            per_step = num(Fraction(1, 2)) * per_step if loss == "half" else per_step
    net.traits["loss"] = loss
    over = rng.choice(["sumt", "sumt", "meant", "last"])
    net.traits["over"] = over
    if over == "last":
        at_end = per_step.rewritten(
            lambda e: E("ref", (e.args[0], ("T",))) if e.op == "ref" and e.args[1] == 0 else e
        )
        d.equation("L", at_end, running=False)
        for t in net.steps[:-1]:
            if net.traits.get("input") != "y":
                net.data.pop(("y", t), None)
    else:
        step_loss = d.equation("L", per_step)
        d.equation("L", E(over, (step_loss,)), running=False)


def rnn(d: Drawing) -> None:
    rng, net = d.rng, d.net
    matrix = any(n > 1 for n in d.sizes.values())
    w, v = ("W", "V") if matrix else ("w", "v")
    f = rng.choice(["tanh", "tanh", "relu", "sigmoid", "identity"])
    source = rng.choice(["x", "x", "x delayed", "y", "yhat"])
    if source in ("y", "yhat"):
        net.traits["output"] = "linear"
        d.sizes["x"] = d.sizes["y"]
    net.traits |= {"input": source, "activation": f}
    first, last = net.steps[0], net.steps[-1]
    if source == "y":
        d.inputs("y", "y", first - 1, last)
        x = ref("y", -1)
    elif source == "yhat":
        net.initial["yhat", first - 1] = d.matrix(d.sizes["y"], 1, 10)
        x = ref("yhat", -1)
    else:
        lag = -1 if source == "x delayed" else 0
        d.inputs("x", "x", first + lag, last)
        x = ref("x", lag)
    body = d.product(d.weight(w, "h", "h"), ref("h", -1)) + d.product(d.weight(v, "h", "x"), x)
    d.start("h", "h", first - 1)
    if d.chance(0.3):
        body = body + d.bias("b", "h")
    h = d.activated("h", f, body, d.chance(0.5))
    output(d, h)


def jordan(d: Drawing) -> None:
    net = d.net
    first, last = net.steps[0], net.steps[-1]
    net.traits["output"] = "linear"
    matrix = any(n > 1 for n in d.sizes.values())
    w, v = ("W", "V") if matrix else ("w", "v")
    d.inputs("x", "x", first, last)
    net.initial["yhat", first - 1] = d.matrix(d.sizes["y"], 1, 10)
    body = d.product(d.weight(w, "h", "y"), ref("yhat", -1)) + d.product(
        d.weight(v, "h", "x"), ref("x", 0)
    )
    f = d.rng.choice(["tanh", "relu", "sigmoid"])
    net.traits |= {"input": "x", "activation": f}
    output(d, d.activated("h", f, body, d.chance(0.5)))


def window(d: Drawing) -> None:
    net = d.net
    first, last = net.steps[0], net.steps[-1]
    d.inputs("x", "x", first - 1, last)
    body = d.product(d.weight("v1", "h", "x"), ref("x", 0)) + d.product(
        d.weight("v2", "h", "x"), ref("x", -1)
    )
    f = d.rng.choice(["tanh", "relu", "sigmoid"])
    net.traits |= {"input": "x", "activation": f}
    if d.chance(0.6):
        body = body + d.bias("b", "h")
    output(d, d.activated("h", f, body, d.chance(0.5)))


def bidirectional(d: Drawing) -> None:
    net, rng = d.net, d.rng
    first, last = net.steps[0], net.steps[-1]
    d.inputs("x", "x", first, last)
    d.start("h", "h", first - 1)
    d.start("s", "h", last + 1)
    f = rng.choice(["tanh", "relu", "sigmoid"])
    net.traits |= {"input": "x", "activation": f}
    matrix = any(n > 1 for n in d.sizes.values())
    names = ("W", "V", "W'", "V'", "U", "U'") if matrix else ("w", "v", "w'", "v'", "u", "u'")
    w, v, w2, v2, u, u2 = names
    x = ref("x", 0)
    forth = d.product(d.weight(w, "h", "h"), ref("h", -1)) + d.product(d.weight(v, "h", "x"), x)
    h = d.equation("h", apply(f, forth))
    off = d.product(d.weight(w2, "h", "h"), ref("s", 1)) + d.product(d.weight(v2, "h", "x"), x)
    s = d.equation("s", apply(f, off))
    yhat = d.equation(
        "yhat", d.product(d.weight(u, "y", "h"), h) + d.product(d.weight(u2, "y", "h"), s)
    )
    net.traits["output"] = "linear"
    scored(d, yhat, "linear", last)


def gate(d: Drawing, name: str, *, peephole: int | None = None, f: str = "sigmoid") -> E:
    body = d.product(d.weight(f"W_{name}", "h", "x"), ref("x", 0))
    body = body + d.product(d.weight(f"V_{name}", "h", "h"), ref("h", -1))
    if peephole is not None:
        body = body + d.product(d.weight(f"U_{name}", "h", "h"), ref("c", peephole))
    if d.net.traits["bias"]:
        body = body + d.bias(f"b_{name}", "h")
    return d.equation(name if name != "c" else "c'", apply(f, body))


def cell(d: Drawing, after: E) -> None:
    """Either the state is compared with the target, or an output made of it."""
    if d.chance(0.5):
        d.sizes["y"] = d.sizes["h"]
        d.net.traits["output"] = "linear"
        scored(d, after, "linear", d.net.steps[-1])
    else:
        output(d, after)


def lstm(d: Drawing, peepholes: bool = False) -> None:
    net = d.net
    first, last = net.steps[0], net.steps[-1]
    net.traits |= {"input": "x", "bias": d.chance(0.4), "activation": "tanh"}
    d.inputs("x", "x", first, last)
    d.start("h", "h", first - 1)
    d.start("c", "h", first - 1)
    look = -1 if peepholes else None
    new = gate(d, "c", f="tanh")
    i, f = gate(d, "i", peephole=look), gate(d, "f", peephole=look)
    at_output = peepholes and d.chance(0.3)
    net.traits["peephole"] = ("output" if at_output else "before") if peepholes else ""
    if at_output:
        c = d.equation("c", f * ref("c", -1) + i * new)
        o = gate(d, "o", peephole=0)
    else:
        o = gate(d, "o", peephole=look)
        c = d.equation("c", f * ref("c", -1) + i * new)
    cell(d, d.equation("h", o * apply("tanh", c)))


def peephole(d: Drawing) -> None:
    lstm(d, peepholes=True)


def gru(d: Drawing) -> None:
    net, rng = d.net, d.rng
    first, last = net.steps[0], net.steps[-1]
    side, keeps = rng.choice(["before", "after"]), rng.choice(["old", "new"])
    net.traits |= {
        "input": "x", "bias": d.chance(0.4), "activation": "tanh", "reset": side, "z": keeps,
    }  # fmt: skip
    d.inputs("x", "x", first, last)
    d.start("h", "h", first - 1)
    z, r = gate(d, "z"), gate(d, "r")
    body = d.product(d.weight("W_h", "h", "x"), ref("x", 0))
    u, old = d.weight("U_h", "h", "h"), ref("h", -1)
    if side == "before":
        body = body + d.product(u, r * old)
    else:
        inner = d.product(u, old)
        body = body + r * (inner + d.bias("b_u", "h") if d.chance(0.5) else inner)
    if net.traits["bias"]:
        body = body + d.bias("b_h", "h")
    new = d.equation("h'", apply("tanh", body))
    one = num(1)
    mixed = z * old + (one - z) * new if keeps == "old" else (one - z) * old + z * new
    cell(d, d.equation("h", mixed))


def pictures(d: Drawing, stacked: bool) -> None:
    """Two convolutions, or one and a pooling, of a picture at each step; a number is made of it."""
    net, rng = d.net, d.rng
    net.steps = net.steps[:2]
    net.traits |= {"input": "x", "activation": "tanh" if stacked else "relu", "output": "linear"}
    side = 3 if stacked else 5
    for t in net.steps:
        net.data["X", t] = M(side, side, tuple(
            Fraction(rng.randint(-3, 3), rng.choice([1, 2])) for _ in range(side * side)
        ))  # fmt: skip
    net.parameters["K"] = d.matrix(2, 2)
    c = d.equation("C", E("conv2d", (ref("X", 0), ref("K"))))
    h = d.equation("H", apply(str(net.traits["activation"]), c))
    if stacked:
        side = rng.choice([1, 2])
        net.parameters["G"] = d.matrix(3 - side, 2)
        top = d.equation("D", E("conv2d", (h, ref("G"))))
    else:
        side = 2
        how = rng.choice(["max_pool2d", "max_pool2d", "avg_pool2d"])
        top = d.equation("P", E(how, (h, num(2))))
    rows, columns = (side, 1) if stacked else (2, 2)
    net.parameters["U"] = d.matrix(rows, columns)
    scored(d, d.equation("yhat", E("sum", (ref("U") * top,))), "linear", net.steps[-1])


def convolution(d: Drawing) -> None:
    pictures(d, stacked=True)


def pooling(d: Drawing) -> None:
    pictures(d, stacked=False)


def quotient(d: Drawing) -> None:
    """A state, and a prediction that is divided by what grows with it."""
    net, rng = d.net, d.rng
    net.traits |= {"input": "x", "activation": "tanh", "output": "linear"}
    d.inputs("x", "x", net.steps[0], net.steps[-1])
    body = d.weight("w", "h", "h") * ref("h", -1) + d.weight("v", "h", "x") * ref("x", 0)
    d.start("h", "h", net.steps[0] - 1)
    h = d.activated("h", rng.choice(["tanh", "sigmoid"]), body, d.chance(0.5))
    q = d.equation("q", num(rng.randint(2, 4)) + E("square", (h,)))
    above = d.weight("u", "y", "h") * h if d.chance(0.5) else d.weight("u", "y", "h")
    scored(d, d.equation("yhat", E("/", (above, q))), "linear", net.steps[-1])


def square(d: Drawing) -> None:
    """Square matrices times square matrices."""
    net, rng = d.net, d.rng
    net.steps = net.steps[:2]
    net.traits |= {"input": "x", "activation": "tanh", "output": "linear"}
    d.sizes = {**d.sizes, "h": 2, "y": 2}
    for t in net.steps:
        net.data["X", t] = d.matrix(2, 2, 20)
    net.initial["H", net.steps[0] - 1] = d.matrix(2, 2, 8)
    body = d.weight("W", "h", "h") @ ref("H", -1) + d.weight("V", "h", "h") @ ref("X", 0)
    h = d.activated("H", rng.choice(["tanh", "sigmoid"]), body, d.chance(0.5), "A")
    net.parameters["u"] = d.matrix(2, 1)
    scored(d, d.equation("yhat", h @ ref("u")), "linear", net.steps[-1])


FAMILIES: dict[str, Callable[[Drawing], None]] = {
    "rnn": rnn, "jordan": jordan, "window": window, "bidirectional": bidirectional,
    "lstm": lstm, "peephole": peephole, "gru": gru,
}  # fmt: skip
SPECIAL: dict[str, Callable[[Drawing], None]] = {
    "convolution": convolution, "pooling": pooling, "quotient": quotient, "square": square,
}  # fmt: skip
"""Networks that are drawn only where they are asked for."""

KINDS = [*FAMILIES, *(f"{family} matrix" for family in FAMILIES), "rnn", "rnn", "rnn", "rnn matrix"]
