"""A judge of derivations that knows the equation language from its description alone.

`Judge` takes what `derive --format json` says, puts random numbers in for all that is given, and
reads every formula with a parser of its own; derivatives that stand in formulas by name are central
differences. Nothing here comes from the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Place: TypeAlias = tuple[str, int | None]
Tree: TypeAlias = Any
BY = 1e-5
PRIME = "'"
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*'*)"
    r"|(?P<sign>\*\*|>=|<=|==|!=|\.T|[-+*/^@()\[\];,<>⊙∘·]))"
)
QUOTIENT = re.compile(r"\b[d∂](?P<mark>⁺?)(?P<of>[^\W\d]\w*'*(?:\[[^\]]*\])?)/[d∂]"
                      r"(?P<by>[^\W\d]\w*'*)(?P<at>\[[^\]]*\])?")  # fmt: skip


class Absent(Exception):
    """There is no such quantity at that step."""


class Parser:
    """Precedence climbing over the tokens of one formula. Quotients of two names with a d are cut
    out first, since no name holds a slash."""

    LEVELS = (("<", ">", "<=", ">=", "==", "!="), ("+", "-"), ("*", "/", "@", "⊙", "∘", "·"))

    def __init__(self, text: str) -> None:
        self.quotients: list[tuple[str, str, str, str]] = []

        def cut(m: re.Match[str]) -> str:
            self.quotients.append((m["mark"], m["of"], m["by"], m["at"] or ""))
            return f" qq{len(self.quotients) - 1} "

        text = QUOTIENT.sub(cut, text).strip()
        self.tokens: list[str] = []
        place = 0
        while place < len(text):
            m = TOKEN.match(text, place)
            assert m, (text, place)
            self.tokens.append(m[0].strip())
            place = m.end()
        self.i = 0

    def next(self) -> str:
        return self.tokens[self.i] if self.i < len(self.tokens) else ""

    def take(self, token: str = "") -> str:
        found = self.next()
        assert not token or found == token, (self.tokens, self.i, token)
        self.i += 1
        return found

    def whole(self) -> Tree:
        found = self.level(0)
        assert not self.next(), (self.tokens, self.i)
        return found

    def level(self, k: int) -> Tree:
        if k == len(self.LEVELS):
            return self.unary()
        left = self.level(k + 1)
        while self.next() in self.LEVELS[k]:
            left = (self.take(), left, self.level(k + 1))
        return left

    def unary(self) -> Tree:
        if self.next() == "-":
            self.take()
            return ("neg", self.unary())
        return self.power()

    def power(self) -> Tree:
        base = self.postfix()
        if self.next() in ("^", "**"):
            self.take()
            return ("^", base, self.unary())
        return base

    def postfix(self) -> Tree:
        found = self.atom()
        while self.next() == ".T":
            self.take()
            found = ("T", found)
        return found

    def listed(self, close: str) -> list[Tree]:
        items = [self.level(0)]
        while self.next() == ",":
            self.take()
            items.append(self.level(0))
        self.take(close)
        return items

    def atom(self) -> Tree:
        token = self.take()
        if token == "(":
            found = self.level(0)
            self.take(")")
            return found
        if token == "[":
            rows = [self.beside()]
            while self.next() == ";":
                self.take()
                rows.append(self.beside())
            self.take("]")
            return rows[0] if len(rows) == 1 else ("above", *rows)
        if token[0].isdigit():
            return ("number", float(token))
        if token.startswith("qq") and token[2:].isdigit():
            mark, of, by, at = self.quotients[int(token[2:])]
            return ("d", mark, Parser(of).whole(), Parser(by + at).whole())
        if self.next() == "[" and token in ("sum", "mean"):
            self.take("[")
            var = self.take()
            self.take("]")
            self.take("(")
            return ("over", token, var, self.listed(")")[0])
        if self.next() == "[":
            self.take("[")
            index = self.level(1)
            self.take("]")
            return ("ref", token, index)
        if self.next() == "(":
            self.take("(")
            return ("call", token, *self.listed(")"))
        return ("ref", token, None)

    def beside(self) -> Tree:
        parts = [self.level(0)]
        while self.next() == ",":
            self.take()
            parts.append(self.level(0))
        return parts[0] if len(parts) == 1 else ("beside", *parts)


NOTHING: Array = np.zeros((0, 0))
"""A sum without summands: 0 in whatever shape is wanted."""


def column(a: Array) -> Array:
    return a.reshape(-1, 1)


def meet(f: Callable[..., Array], *args: Array) -> Array:
    """Element by element; a vector of n spreads over the rows of an N×n batch."""
    if not all(a.size for a in args):
        return next((a if i == 0 or f is np.add else -a for i, a in enumerate(args) if a.size),
                    NOTHING) if f in (np.add, np.subtract) else NOTHING  # fmt: skip
    shape = max((a.shape for a in args), key=lambda s: s[0] * s[1])
    return f(*(a.T if a.shape == (shape[1], 1) and shape[0] > 1 and a.shape != shape and a.size > 1
               else a for a in args))  # fmt: skip


def softmax(a: Array) -> Array:
    e = np.exp(a - a.max())
    return np.asarray(e / e.sum() if a.shape[1] == 1 else e / e.sum(axis=1, keepdims=True))


def sigmoid(a: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-a)))


def one_hot(k: Array, n: int) -> Array:
    """A column; of several classes, a row each."""
    found = np.eye(n)[k.ravel().astype(int) - 1]
    return np.asarray(found if k.size > 1 else found.T)


def sloped(a: Array, scale: float) -> Array:
    return np.where(a > 0, a, scale * a)


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "tanh": np.tanh, "sigmoid": sigmoid, "σ": sigmoid, "exp": np.exp, "log": np.log, "ln": np.log,
    "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "identity": lambda a: a, "softmax": softmax,
    "relu": lambda a: np.maximum(a, 0.0), "step": lambda a: (a > 0) * 1.0,
    "leaky_relu": lambda a, *k: sloped(a, k[0].item() if k else 0.01),
    "softplus": lambda a: np.log1p(np.exp(a)), "softsign": lambda a: a / (1 + np.abs(a)),
    "swish": lambda a: a * sigmoid(a), "mish": lambda a: a * np.tanh(np.log1p(np.exp(a))),
    "elu": lambda a, *k: np.where(a > 0, a, (k[0].item() if k else 1) * (np.exp(a) - 1)),
    "hard_sigmoid": lambda a: np.clip(0.2 * a + 0.5, 0, 1),
    "norm2": lambda a: np.linalg.norm(a).reshape(1, 1), "unit": lambda a: a / np.linalg.norm(a),
    "diag": lambda a: np.diag(a.ravel()), "sum_rows": lambda a: column(a.sum(axis=0)),
    "fill": lambda a, m, n: np.full((int(m.item()), int(n.item())), a.item()),
    "rows": lambda a, i, j: a[int(i.item()) - 1 : int(j.item())],
    "columns": lambda a, i, j: a[:, int(i.item()) - 1 : int(j.item())],
    "one_hot": lambda k, n: one_hot(k, int(n.item())),
    "huber": lambda a, d: np.where(abs(a) <= d, a * a / 2, d * (abs(a) - d / 2)),
    "first_max": lambda a: (np.arange(a.size) == a.argmax()).reshape(a.shape) * 1.0,
    "clip": np.clip, "sum": lambda a: a.sum().reshape(1, 1),
    "mean": lambda a: a.mean().reshape(1, 1),
    "max": lambda a, *b: np.maximum(a, *b) if b else a.max().reshape(1, 1),
    "min": lambda a, *b: np.minimum(a, *b) if b else a.min().reshape(1, 1),
}  # fmt: skip
SIGNS: dict[str, Callable[..., Array]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "⊙": np.multiply, "∘": np.multiply,
    "·": np.multiply, "/": np.divide, "^": np.power,
    ">": lambda a, b: (a > b) * 1.0, "<": lambda a, b: (a < b) * 1.0,
    ">=": lambda a, b: (a >= b) * 1.0, "<=": lambda a, b: (a <= b) * 1.0,
    "==": lambda a, b: (a == b) * 1.0, "!=": lambda a, b: (a != b) * 1.0,
}  # fmt: skip


def special(tree: Tree) -> bool:
    """Whether a derivative by name, Σ or Π stands in it."""
    if not isinstance(tree, tuple):
        return False
    return tree[0] == "d" or tree[:2] in (("call", "Σ"), ("call", "Π")) or any(map(special, tree))


class Judge:
    """Random numbers for what is given, and all that follows from them."""

    def __init__(self, data: dict[str, Any], seed: int = 0, low: float = -1) -> None:
        self.data, self.dice, self.low = data, np.random.default_rng(seed), low
        self.to_kink = np.inf
        self.steps = {v: range(a, b + 1) for v, (a, b) in data["steps"].items()}
        self.shapes = {k: tuple(v) for k, v in data["shapes"].items()}
        self.made: dict[str, list[tuple[range | None, Tree]]] = {}
        self.single: set[Place] = set()  # what an equation of one definite step makes
        for e in data["equations"]:
            steps = None if e["steps"] is None else range(e["steps"][0], e["steps"][1] + 1)
            name, _, index = e["name"].partition("[")
            if index and index[:-1] not in self.steps:
                key = next(k for k in self.shapes if k.startswith(f"{name}["))
                step = self.whole(Parser(index[:-1]).whole(), name, {})
                steps = range(step, step + 1)
                self.single.add((name, step))
            else:
                key = e["name"]
            self.made.setdefault(key, []).append((steps, Parser(e["formula"]).whole()))
        self.functions = dict(FUNCTIONS)
        for name, slope in data["functions"].items():
            self.functions[name] = lambda a: 0.7 * np.sin(a) + 0.3 * a
            self.functions[slope] = lambda a: 0.7 * np.cos(a) + 0.3
        pushed = [m for k in data["given"] if (m := QUOTIENT.fullmatch(k))]
        if pushed:  # L = Σ sum(dL/dZ * Z) for given dL/dZ
            parts = [f"sum({m[0]}*{m['by']})" for m in pushed]
            self.made["L"] = [(None, Parser(" + ".join(parts)).whole())]
        bodies = [b for made in self.made.values() for _, b in made]
        self.classes = {
            t[2][1]: int(t[3][1]) for b in bodies for t in trees(b) if t[:2] == ("call", "one_hot")
            if t[2][0] == "ref"
        }  # fmt: skip
        self.states = {q for bodies in self.made.values() for _, b in bodies for q in lagged(b)}
        self.given: dict[Place, Array] = {}
        self.base: dict[Place, Array] = {}
        self.known, self.moved, self.held = self.base, {}, {}
        self.only: Place | None = None
        self.cache: dict[Any, Array] = {}

    known: dict[Place, Array]
    moved: dict[Place, Array]
    held: dict[Place, Array]

    # What a name with an index means.

    def key(self, name: str, step: int | None) -> str:
        """`h[t]` for h at a step: a quantity and the index over which it runs."""
        if step is None:
            if name not in self.shapes:
                raise Absent(name)
            return name
        return next((k for k in self.shapes if k.startswith(name + "[")), "") or self.missing(name)

    def missing(self, name: str) -> str:
        raise Absent(name)

    def place(self, ref: Tree, at: dict[str, int]) -> Place:
        _, name, index = ref
        return name, None if index is None else self.whole(index, name, at)

    def whole(self, tree: Tree, name: str, at: dict[str, int]) -> int:
        match tree:
            case ("number", n):
                return int(n)
            case ("ref", "T", None):
                key = next((k for k in self.shapes if k.startswith(name + "[")), "")
                var = key[len(name) + 1 : -1] if key else next(iter(self.steps))
                return self.steps[var][-1]
            case ("ref", var, None):
                return at[var]
            case ("neg", a):
                return -self.whole(a, name, at)
            case ("+" | "-" as sign, a, b):
                x, y = self.whole(a, name, at), self.whole(b, name, at)
                return x + y if sign == "+" else x - y
        raise AssertionError(tree)

    def places(self, ref: Tree, at: dict[str, int]) -> list[Place]:
        """One place; of a name for several states together, all of theirs."""
        name, step = self.place(ref, at)
        parts = self.data["check"].get("stacks", {}).get(name)
        if parts is None:
            return [(name, step)]
        return [self.place(Parser(p).whole(), dict.fromkeys(self.steps, step or 0)) for p in parts]

    def one(self, mark: str, of: Place, by: Place, top: list[Place], below: list[Place]) -> Array:
        """A block of a matrix of derivatives; an older state among several only is what it was."""
        if of == by:
            return np.eye(self.value(of).size)
        if of[1] != top[0][1] and len(top) > 1 and (mark or by[1] is not None):
            return np.zeros((self.value(of).size, self.value(by).size))
        return self.derivative(mark, of, by, still=tuple(below))

    def value(self, place: Place) -> Array:
        if place in self.held:
            return self.held[place]
        if place not in self.known:
            self.known[place] = self.worked_out(place)
        return self.known[place]

    def worked_out(self, place: Place) -> Array:
        name, step = place
        key = self.key(name, step)
        for steps, body in self.made.get(key, ()):
            if steps is None or step in steps:
                var = key[len(name) + 1 : -1]
                at = {} if step is None or place in self.single else {var: step}
                found = self.summed(body, at, self.shapes[key])
                return found + self.moved.get(place, 0.0)
        there = self.data["given"].get(key)
        if there is None or (step is not None and not any(a <= step <= b for a, b in there)):
            raise Absent(place)
        if place not in self.given and name in self.classes:
            self.given[place] = (
                self.dice.integers(1, self.classes[name] + 1, self.shapes[key]) * 1.0
            )
        elif place not in self.given:
            self.given[place] = self.dice.uniform(self.low, 1, self.shapes[key])
        return self.given[place] + self.moved.get(place, 0.0)

    # Values of formulas.

    def summed(self, tree: Tree, at: dict[str, int], shape: tuple[int, ...]) -> Array:
        """A summand that mentions what does not exist at a step is absent there."""
        found = self.summands(tree, at)
        if not found.size:
            return np.zeros(shape)
        if found.shape == (shape[1], 1) and shape[0] > 1:
            found = found.T
        return np.broadcast_to(found, shape) if found.shape != shape[::-1] else found

    def summands(self, tree: Tree, at: dict[str, int]) -> Array:
        if tree[0] in ("+", "-") and not self.matrix:
            return meet(SIGNS[tree[0]], *(self.summands(a, at) for a in tree[1:]))
        try:
            return self.eval(tree, at)
        except Absent:
            return NOTHING

    def eval(self, tree: Tree, at: dict[str, int]) -> Array:
        match tree:
            case ("number", n):
                return np.array([[n]])
            case ("ref", name, None) if name in at:
                return np.array([[float(at[name])]])
            case ("ref", "T", None):
                return np.array([[float(self.steps[next(iter(self.steps))][-1])]])
            case ("ref", name, index):
                place = self.place(tree, at)
                if self.held and at and index and self.still(place, running(index, at)):
                    return self.base[place]
                if self.pinning and self.held and at and index and not running(index, at):
                    return self.held.get(place, self.base[place])
                return self.value(place)
            case ("d", "", ("ref", of, _), ("ref", by, _)) if f"d{of}/d{by}" in self.data["given"]:
                return self.value((f"d{of}/d{by}", None))
            case ("d", mark, of, by):
                top, below = self.places(of, at), self.places(by, at)
                if top == [self.target] and not self.matrix:
                    return self.total(below[0])
                self.naming = naming(of, by, at)
                return np.block([[self.one(mark, o, b, top, below) for b in below] for o in top])
            case ("call", "Σ" | "Π" as kind, ("ref", var, None), low, high, body):
                steps = range(self.whole(low, "", at), self.whole(high, "", at) + 1)
                return self.ranging(kind, var, steps, body, at)
            case ("over", kind, var, body):
                terms = list(self.existing(body, var, at)) or [NOTHING]
                return np.asarray(sum(terms) / (len(terms) if kind == "mean" else 1))
            case ("call", name, *args):
                self.look_out(name, [self.eval(a, at) for a in args])
                return meet(self.functions[name], *(self.eval(a, at) for a in args)) if (
                    name in ("max", "min", "clip")
                ) else self.functions[name](*(self.eval(a, at) for a in args))  # fmt: skip
            case ("neg", a):
                return -self.eval(a, at)
            case ("T", a):
                return self.eval(a, at).T
            case ("above", *parts):
                return np.vstack([self.eval(a, at) for a in parts])
            case ("beside", *parts):
                return np.hstack([self.eval(a, at) for a in parts])
            case ("*", a, b):
                return self.times(a, b, at)
            case ("@", a, b):
                return self.product(self.eval(a, at), self.eval(b, at))
            case (sign, a, b):
                return meet(SIGNS[sign], self.eval(a, at), self.eval(b, at))
        raise AssertionError(tree)

    def look_out(self, name: str, args: list[Array]) -> None:
        """How near a kink is: there a central difference is no derivative."""
        kinks = {"clip": args[1:], "hard_sigmoid": [np.array([[2.5]]), np.array([[-2.5]])]}
        if name in ("relu", "leaky_relu", "abs", "max", "min", *kinks):
            ends = kinks.get(name) or (args[1:] if name in ("max", "min") else [np.zeros((1, 1))])
            for end in ends:
                self.to_kink = min(
                    self.to_kink, float(np.abs(meet(np.subtract, args[0], end)).min())
                )

    naming: bool | None = None
    """Of what runs: whether the derivative is named by what runs too, h[t-1], or by h[3]."""

    bent: Place | None = None
    """What is moved."""

    def still(self, place: Place, runs: bool) -> bool:
        """Where h[t-1] is h[3], a derivative by one of these names counts its mentions alone."""
        return self.naming is not None and place == self.bent and runs != self.naming

    pinning = False
    """Whether what equations that run read of a definite step, h[T], is held too."""

    matrix = False
    """Whether derivatives by name are matrices, a row for each entry of what is differentiated."""

    def times(self, a: Tree, b: Tree, at: dict[str, int]) -> Array:
        """An indicator that is 0 spares what it is multiplied by. `*` is element by element also
        between derivatives; a product of matrices is @."""
        for one in (a, b):
            if one[0] in ("<", ">", "<=", ">=", "==", "!="):
                found = self.eval(one, at)
                if not found.any():
                    return np.zeros((1, 1))
        x, y = self.eval(a, at), self.eval(b, at)
        alike = not x.size or not y.size or x.shape == y.shape or 1 in (x.size, y.size)
        assert alike or not self.matrix, (a, b, x.shape, y.shape)
        return meet(np.multiply, x, y)

    def product(self, a: Array, b: Array) -> Array:
        if not a.size or not b.size:
            return NOTHING
        return a * b if a.size == 1 or (b.size == 1 and a.shape[1] != 1) else a @ b

    def existing(self, body: Tree, var: str, at: dict[str, int]) -> Iterator[Array]:
        for step in self.steps[var]:
            try:
                yield self.eval(body, {**at, var: step})
            except Absent:
                continue

    def ranging(self, kind: str, var: str, steps: range, body: Tree, at: dict[str, int]) -> Array:
        """Σ, or Π with the later step on the left where a step reads the one before."""
        back = any(t[0] == "d" and t[3][2] is not None and t[3][2][0] == "-" for t in trees(body))
        order = steps[::-1] if back else steps
        found = [self.eval(body, {**at, var: step}) for step in order]
        if not found:
            return NOTHING if kind == "Σ" else np.ones((1, 1))
        total = found[0]
        for one in found[1:]:
            total = total + one if kind == "Σ" else self.product(total, one)
        return total

    # Derivatives by name.

    target: Place = ("", None)
    """What is differentiated; its derivatives are total ones, by all ways."""

    def total(self, by: Place) -> Array:
        """The derivative of the target, in the shape of what it is by."""
        self.settle()
        key = ("total", by)
        if key not in self.cache:
            found = np.zeros(self.value(by).shape)
            for spot in np.ndindex(found.shape):
                ends = []
                for way in (BY, -BY):
                    bent = np.zeros(found.shape)
                    bent[spot] = way
                    self.known, self.moved = {}, {by: bent}
                    ends.append(self.value(self.target).item())
                    self.known, self.moved = self.base, {}
                found[spot] = (ends[0] - ends[1]) / (2 * BY)
            self.cache[key] = found
        return self.cache[key]

    def derivative(
        self, mark: str, of: Place, by: Place, alone: bool = False, still: tuple[Place, ...] = ()
    ) -> Array:
        """Of all of a quantity by all of another, by central differences. By a parameter it is the
        total one; by a quantity at a step, other steps' states stay what they are; ⁺ is that of
        the quantity's own equation, or, for a state, of its step's equations."""
        key = (mark, of, by, alone, still, self.naming)
        if key not in self.cache:
            start = self.value(of)
            size = self.value(by).size
            inside = (by[1] is not None and of[1] is not None) or bool(mark)
            own = (
                alone
                or (bool(mark) and of[0] not in self.states)
                or (bool(mark) and by[1] is not None)
            )
            columns = []
            for j in range(size):
                ends = [self.after(of, by, j, way, inside, own, still).ravel() for way in (BY, -BY)]
                columns.append((ends[0] - ends[1]) / (2 * BY))
            self.cache[key] = np.array(columns).T.reshape(start.size, size)
        return self.cache[key]

    def after(
        self,
        of: Place,
        by: Place,
        j: int,
        way: float,
        inside: bool,
        own: bool,
        still: tuple[Place, ...],
    ) -> Array:
        change = np.zeros(self.value(by).size)
        change[j] = way
        bent = change.reshape(self.value(by).shape)
        if of == by:
            return self.value(of) + bent
        self.settle()
        if own:
            self.held = {p: v for p, v in self.base.items() if p != of}
        elif inside:
            self.held = {
                p: v for p, v in self.base.items() if p[0] in self.states and p[1] != of[1]
            }
        if not own:
            self.held |= {p: self.base[p] for p in still}
        self.held.pop(by, None)
        self.pinning = inside and not own
        self.known, self.moved, self.bent = {}, {by: bent}, by
        if own or inside:
            self.held[by] = self.base[by] + bent
        found = self.value(of)
        self.known, self.moved, self.held, self.pinning = self.base, {}, {}, False
        return found

    def settle(self) -> None:
        """Everything that exists, once."""
        if getattr(self, "settled", False):
            return
        for key in self.shapes:
            name, _, var = key.partition("[")
            steps: list[int | None] = [None]
            if var:
                low, high = self.steps[var[:-1]][0], self.steps[var[:-1]][-1]
                steps = list(range(low - 9, high + 10))
            for step in steps:
                try:
                    self.value((name, step))
                except Absent:
                    continue
        self.settled = True


def judge_of(data: dict[str, Any]) -> Judge:
    """A judge at a point where everything has a value, and no kink is near."""
    for seed in range(1, 60):
        found = Judge(data, seed, low=-1 if seed % 4 else 0.1)
        try:
            with np.errstate(all="raise"):
                found.settle()
        except FloatingPointError:
            continue
        if found.to_kink > 1e-3:
            return found
    raise AssertionError("no such point")


def trees(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, tuple):
        yield tree
        for part in tree:
            yield from trees(part)


def running(index: Tree, at: dict[str, int]) -> bool:
    """Whether an index is one that runs."""
    return any(t[0] == "ref" and t[1] in at for t in trees(index))


def naming(of: Tree, by: Tree, at: dict[str, int]) -> bool | None:
    """Whether the name of a derivative of what runs is by what runs too, or by a definite step."""
    if by[2] is None or of[2] is None or not running(of[2], at):
        return None
    return running(by[2], at)


def lagged(tree: Tree) -> Iterator[str]:
    """What a formula reads at another step than its own."""
    for t in trees(tree):
        if t[0] == "ref" and t[2] is not None and t[2][0] in ("+", "-"):
            yield t[1]
