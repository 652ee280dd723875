"""Students who misunderstand something, each in a way or several, by the name of what it is.

A misconception is a function from a network to the student who holds it there; None where it
cannot show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from operator import neg
from random import Random
from typing import Any, TypeAlias

from tests.students.algebra import (
    FROM_OUTPUT,
    VALUES,
    E,
    M,
    Place,
    by_argument,
    log,
    num,
    ref,
)
from tests.students.classes import Needs
from tests.students.matrices import filled
from tests.students.networks import Network
from tests.students.slips import explained
from tests.students.windows import turned
from tests.students.working import TOTAL, Habits, Sheet, Student, Unfit, slope

Maker: TypeAlias = Callable[[Random, Network], "type[Student] | None"]
Rewrite: TypeAlias = Callable[[Place, E], E]

SHOWS = 5
"""How many times more than rounding explains a misconception must change some written value."""

ACTIVATIONS = ("tanh", "relu", "sigmoid")


def rewriting(forward: Rewrite | None, backward: Rewrite | None) -> type[Student]:
    """A student with other equations, in the forward pass, in the backward pass, or in both."""

    class Rewriting(Student):
        def body(self, place: Place, body: E) -> E:
            return forward(place, body) if forward else body

        def body_back(self, place: Place, body: E) -> E:
            return backward(place, body) if backward else body

    return Rewriting


def everywhere(change: Callable[[E], E]) -> Rewrite:
    return lambda place, body: body.rewritten(change)


def either(rng: Random, change: Rewrite) -> type[Student]:
    """Wrong forwards; backwards wrong in the same way, or as it should be."""
    return rewriting(change, change if rng.random() < 0.5 else None)


def mentions(net: Network, name: str, lag: int) -> bool:
    return any(e == ref(name, lag) for _, _, body in net.equations for e in body.walk())


def prediction(net: Network) -> str:
    return "yhat" if any(n == "yhat" for n, _, _ in net.equations) else "p"


def prediction_fed_back(rng: Random, net: Network) -> type[Student] | None:
    if net.traits.get("input") != "y":
        return None
    first = net.steps[0]

    def change(place: Place, body: E) -> E:
        if place[1] is None or place[1] <= first:
            return body
        return body.rewritten(lambda e: ref("yhat", -1) if e == ref("y", -1) else e)

    return either(rng, change)


def target_fed_back(rng: Random, net: Network) -> type[Student] | None:
    if not mentions(net, "yhat", -1) or ("y", net.steps[0]) not in net.data:
        return None
    first = net.steps[0]

    def change(place: Place, body: E) -> E:
        if place[1] is None or place[1] <= first:
            return body
        return body.rewritten(lambda e: ref("y", -1) if e == ref("yhat", -1) else e)

    return either(rng, change)


def activated(net: Network) -> list[tuple[str, str]]:
    return [
        (name, e.op) for name, _, body in net.equations for e in body.walk() if e.op in ACTIVATIONS
    ]


def activation_forgotten(rng: Random, net: Network) -> type[Student] | None:
    found = activated(net)
    if not found:
        return None
    name, f = rng.choice(found)

    def change(place: Place, body: E) -> E:
        if place[0] != name:
            return body
        return body.rewritten(lambda e: e.args[0] if e.op == f else e)

    return either(rng, change)


def with_slope(
    wrong: Callable[[Student, Place, str, M, M | None], M], name: str, f: str
) -> type[Student]:
    class Sloping(Student):
        def slope_of(self, reader: Place, g: str, argument: M, result: M | None) -> M:
            if reader[0] == name and g == f:
                return wrong(self, reader, g, argument, result)
            return super().slope_of(reader, g, argument, result)

    return Sloping


def slope_forgotten(rng: Random, net: Network) -> type[Student] | None:
    found = activated(net)
    if not found:
        return None
    return with_slope(lambda s, p, f, a, h: filled(a, 1), *rng.choice(found))


def result_of(f: str, a: M, h: M | None) -> M:
    return h if h is not None else a.map(VALUES[f])


def slope_at_wrong_place(rng: Random, net: Network) -> type[Student] | None:
    found = [(n, f) for n, f in activated(net) if f != "relu"]
    if not found:
        return None
    name, f = rng.choice(found)
    top = any(n == name and body.op == f for n, _, body in net.equations)

    def of_result(s: Student, p: Place, f: str, a: M, h: M | None) -> M:
        return by_argument(f, result_of(f, a, h), None)

    def of_argument(s: Student, p: Place, f: str, a: M, h: M | None) -> M:
        return a.map(FROM_OUTPUT[f])

    def of_step(k: int) -> Callable[[Student, Place, str, M, M | None], M]:
        def of_other(s: Student, p: Place, f: str, a: M, h: M | None) -> M:
            other = (p[0], (p[1] or 0) + k)
            if other in s.bodies:
                return s.look(other).map(FROM_OUTPUT[f])
            if other in s.given:
                return s.given[other].map(FROM_OUTPUT[f])
            return result_of(f, a, h).map(FROM_OUTPUT[f])

        return of_other

    ways = [of_result, of_argument]
    if top:
        ways += [of_step(-1), of_step(1)]
    return with_slope(rng.choice(ways), name, f)


def slope_of_wrong_function(rng: Random, net: Network) -> type[Student] | None:
    found = [(n, f) for n, f in activated(net) if f != "relu"]
    if not found:
        return None
    name, f = rng.choice(found)
    ways: list[Callable[[Fraction], Fraction]] = [lambda h: 1 - h]
    ways.append((lambda h: h * (1 - h)) if f == "tanh" else (lambda h: 1 - h * h))
    way = rng.choice(ways)
    return with_slope(lambda s, p, g, a, h: result_of(g, a, h).map(way), name, f)


def relu_slope_on_dead_side(rng: Random, net: Network) -> type[Student] | None:
    found = [(n, f) for n, f in activated(net) if f == "relu"]
    if not found:
        return None
    return with_slope(lambda s, p, f, a, h: filled(a, 1), *rng.choice(found))


Parts: TypeAlias = list[tuple[Place, M]]


def summing(choose: Callable[[Student, Place, Place, Parts], Parts]) -> type[Student]:
    class Summing(Student):
        def summed(self, of: Place, by: Place, parts: Parts) -> M:
            return super().summed(of, by, choose(self, of, by, parts))

    return Summing


def recurrent(net: Network) -> bool:
    return any(
        e.op == "ref" and isinstance(e.args[1], int) and e.args[1] and any(
            e.args[0] == n for n, _, _ in net.equations
        )
        for _, _, body in net.equations for e in body.walk()
    )  # fmt: skip


def direct(by: Place, parts: Parts) -> Parts:
    """Without what comes back from another step."""
    return [(r, m) for r, m in parts if by[1] is None or r[1] in (None, by[1])]


def recurrent_term_forgotten(rng: Random, net: Network) -> type[Student] | None:
    if not recurrent(net):
        return None
    return summing(lambda s, of, by, parts: direct(by, parts))


def truncated_bptt(rng: Random, net: Network) -> type[Student] | None:
    if not recurrent(net) or len(net.steps) < 3 or net.kind.startswith("bidirectional"):
        return None
    keeps = rng.randint(2, len(net.steps) - 1)
    last = net.steps[-1]

    def choose(s: Student, of: Place, by: Place, parts: Parts) -> Parts:
        start = last if of == TOTAL else of[1]
        if by[1] is not None and start is not None and start - by[1] >= keeps:
            return direct(by, parts)
        return parts

    return summing(choose)


def last_loss_only(rng: Random, net: Network) -> type[Student] | None:
    if net.traits["over"] == "last":
        return None
    n = len(net.steps) if net.traits["over"] == "meant" and rng.random() < 0.3 else 1

    def change(place: Place, body: E) -> E:
        last = E("ref", ("L", ("T",)))
        return body if place != TOTAL else (last if n == 1 else num(Fraction(1, n)) * last)

    return rewriting(change if rng.random() < 0.4 else None, change)


def contribution(rng: Random, net: Network, times: int) -> type[Student] | None:
    step = rng.choice(net.steps)
    name = rng.choice([*net.parameters, None])

    def choose(s: Student, of: Place, by: Place, parts: Parts) -> Parts:
        if of != TOTAL or by[0] not in net.parameters or (name is not None and by[0] != name):
            return parts
        return [part for part in parts for _ in range(times if part[0][1] == step else 1)]

    return summing(choose)


def contribution_dropped(rng: Random, net: Network) -> type[Student] | None:
    return contribution(rng, net, 0)


def contribution_twice(rng: Random, net: Network) -> type[Student] | None:
    return contribution(rng, net, 2)


def one_contribution_only(rng: Random, net: Network) -> type[Student] | None:
    step = rng.choice(net.steps)
    if len(net.steps) < 2 or net.traits["over"] == "last":
        return None

    def choose(s: Student, of: Place, by: Place, parts: Parts) -> Parts:
        if of != TOTAL or by[0] not in net.parameters:
            return parts
        return [part for part in parts if part[0][1] == step]

    return summing(choose)


def way_forgotten(rng: Random, net: Network) -> type[Student] | None:
    """One of several ways back to a quantity is left out, wherever it is."""
    names = [name for name, _, body in net.equations if body.op not in ("sumt", "meant")]
    by_name, through = rng.choice(names), rng.choice(names)

    def choose(s: Student, of: Place, by: Place, parts: Parts) -> Parts:
        if by[0] != by_name or by[1] is None or len({r[0] for r, _ in parts}) < 2:
            return parts
        return [part for part in parts if part[0][0] != through]

    return None if by_name == through else summing(choose)


def factor_forgotten(rng: Random, net: Network) -> type[Student] | None:
    """w in dL/dh[t] = w*dL/da[t+1], or h[t-1] in what a step contributes to dL/dw."""
    factors = [
        (name, one, other)
        for name, _, body in net.equations
        for e in body.walk()
        if e.op == "*"
        for one, other in (e.args, reversed(e.args))
        if one.op == other.op == "ref"
    ]
    if not factors:
        return None
    reader_name, moved, factor = rng.choice(factors)

    def see(s: Student, by: Place, reader: Place, place: Place) -> M | None:
        there = reader[0] == reader_name and by[0] == moved.args[0] and place[0] == factor.args[0]
        return filled(s.look(place), 1) if there and s.look(place).is_scalar else None

    return seeing(see)


def contribution_sign(rng: Random, net: Network) -> type[Student] | None:
    step, names = rng.choice(net.steps), rng.choice([*((n,) for n in net.parameters), None])

    def choose(s: Student, of: Place, by: Place, parts: Parts) -> Parts:
        if of != TOTAL or by[0] not in (names or net.parameters):
            return parts
        return [(place, m.map(neg) if place[1] == step else m) for place, m in parts]

    return summing(choose)


def seeing(see: Callable[[Student, Place, Place, Place], M | None]) -> type[Student]:
    """A student who puts another number where a derivative is taken."""

    class Seeing(Student):
        def __init__(self, net: Network, habits: Habits) -> None:
            super().__init__(net, replace(habits, slopes="result"))

        def seen_back(self, by: Place, reader: Place, place: Place) -> M:
            found = see(self, by, reader, place)
            return super().seen_back(by, reader, place) if found is None else found

    return Seeing


def not_delayed(name: str) -> type[Student]:
    """h_t for h_{t−1}, or x_t for x_{t−1}, in what a step contributes to a weight's gradient."""

    def see(s: Student, by: Place, reader: Place, place: Place) -> M | None:
        other = (name, reader[1])
        late = place[0] == name and place[1] is not None and place[1] == (reader[1] or 0) - 1
        if by[1] is not None or not late or not (other in s.bodies or other in s.given):
            return None
        return s.look(other)

    return seeing(see)


def state_not_delayed(rng: Random, net: Network) -> type[Student] | None:
    if net.kind.split()[0] not in ("rnn", "lstm", "peephole", "jordan"):
        return None
    state = "yhat" if net.kind.startswith("jordan") else "h"
    return not_delayed(state)


def input_not_delayed(rng: Random, net: Network) -> type[Student] | None:
    name = {"y": "y", "x delayed": "x"}.get(str(net.traits.get("input")))
    if name is None or any((name, t) not in net.data for t in net.steps):
        return None
    if rng.random() < 0.4:
        return not_delayed(name)
    change = everywhere(lambda e: ref(name, 0) if e == ref(name, -1) else e)
    return rewriting(change, change)


def handing(change: Callable[[Student, Place, Place, M], M]) -> type[Student]:
    """A student who hands back something else from the loss to the prediction."""

    class Handing(Student):
        def handed_back(self, of: Place, reader: Place, seed: M, by: Place) -> Any:
            for place, part in super().handed_back(of, reader, seed, by):
                yield place, change(self, reader, place, part)

    return Handing


def error_sign(rng: Random, net: Network) -> type[Student] | None:
    out = scored(net)
    return handing(lambda s, r, p, m: m.map(lambda x: -x) if r[0] == "L" and p[0] == out else m)


def sign_lost(rng: Random, net: Network) -> type[Student] | None:
    out = scored(net)
    return handing(lambda s, r, p, m: m.map(abs) if r[0] == "L" and p[0] == out else m)


def scored(net: Network) -> str:
    """The name of what the loss compares with the target."""
    names = [n for n, _, _ in net.equations if n != "L"]
    body = next(b for n, _, b in net.equations if n == "L")
    return next(e.args[0] for e in body.walk() if e.op == "ref" and e.args[0] in names)


def factor_two_forgotten(rng: Random, net: Network) -> type[Student] | None:
    if net.traits["loss"] != "square":
        return None
    out = scored(net)
    return handing(lambda s, r, p, m: m.map(lambda x: x / 2) if r[0] == "L" and p[0] == out else m)


def half_forgotten(rng: Random, net: Network) -> type[Student] | None:
    if net.traits["loss"] != "half":
        return None
    half = num(Fraction(1, 2))
    change = everywhere(lambda e: e.args[1] if e.op == "*" and e.args[0] == half else e)
    return somewhere(rng, change)


def somewhere(rng: Random, change: Rewrite) -> type[Student]:
    """Forwards, backwards, or in both passes."""
    forward, backward = rng.choice([(change, None), (None, change), (change, change)])
    return rewriting(forward, backward)


def mean_forgotten(rng: Random, net: Network) -> type[Student] | None:
    if net.traits["over"] != "meant":
        return None
    return somewhere(rng, everywhere(lambda e: E("sumt", e.args) if e.op == "meant" else e))


def weights_confused(rng: Random, net: Network) -> type[Student] | None:
    names = [n for n in net.parameters if n not in net.traits.get("biases", [])]  # type: ignore[operator]
    pairs = [
        (a, b) for a in names for b in names if a != b
        and (net.parameters[a].rows, net.parameters[a].columns)
        == (net.parameters[b].rows, net.parameters[b].columns)
        and net.parameters[a] != net.parameters[b]
    ]  # fmt: skip
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    one, both = {ref(a): ref(b)}, {ref(a): ref(b), ref(b): ref(a)}
    put = rng.choice([one, both])
    if rng.random() < 0.5:
        return rewriting(everywhere(lambda e: put.get(e, e)), None)

    def see(s: Student, by: Place, reader: Place, place: Place) -> M | None:
        return s.look((b, None)) if place == (a, None) else None

    return seeing(see)


def square_matrices(net: Network) -> list[str]:
    return [n for n, m in net.parameters.items() if m.rows == m.columns > 1]


def matrix_transposed(rng: Random, net: Network) -> type[Student] | None:
    names = square_matrices(net)
    if not names:
        return None
    name = rng.choice(names)
    change = everywhere(lambda e: E("T", (e,)) if e == ref(name) else e)
    if rng.random() < 0.4:
        return rewriting(change, None)
    if rng.random() < 0.3:

        class Turned(Student):
            def summed(self, of: Place, by: Place, parts: Parts) -> M:
                total = super().summed(of, by, parts)
                return total.transposed if by == (name, None) and of == TOTAL else total

        return Turned

    def see(s: Student, by: Place, reader: Place, place: Place) -> M | None:
        return s.look(place).transposed if place == (name, None) else None

    return seeing(see)


def product_elementwise(rng: Random, net: Network) -> type[Student] | None:
    names = square_matrices(net)
    if not names:
        return None
    name = rng.choice(names)
    change = everywhere(lambda e: E("diagonal", (e,)) if e == ref(name) else e)
    if rng.random() < 0.5:
        return rewriting(change, None)

    def see(s: Student, by: Place, reader: Place, place: Place) -> M | None:
        return s.look(place).diagonal if place == (name, None) else None

    return seeing(see)


def step_wrong_sign(rng: Random, net: Network) -> type[Student] | None:
    if not net.rule:
        return None

    class Climbing(Student):
        def moved(self, k: int, by: Place, w: M, step: M) -> M:
            return w + step

    return Climbing


def rate_forgotten(rng: Random, net: Network) -> type[Student] | None:
    if not net.rule:
        return None

    class Rushing(Student):
        def step(self, k: int, by: Place, g: M) -> M:
            return super().step(k, by, g).map(lambda x: x / Fraction(str(net.rule["lr"])))

    return Rushing


def updated_weights_used(rng: Random, net: Network) -> type[Student] | None:
    """The output's weight is updated first, and the way back goes on through the new one."""
    name = next((n for n in ("u", "U") if n in net.parameters), None)
    if name is None or "steps" in net.rule or "norm" in net.rule or not net.rule:
        return None

    class Hasty(Student):
        def __init__(self, net: Network, habits: Habits) -> None:
            super().__init__(net, replace(habits, slopes="result"))
            self.fresh: M | None = None

        def seen_back(self, by: Place, reader: Place, place: Place) -> M:
            if place != (name, None) or by == place or not self.net.rule:
                return super().seen_back(by, reader, place)
            if self.fresh is None:
                before = Student(self.net, self.habits)
                before.run()
                self.fresh = before.notes["after", 1, (name, None)]
            return self.fresh

    return Hasty


def gates_exchanged(rng: Random, net: Network) -> type[Student] | None:
    family = net.kind.split()[0]
    if family == "gru":
        one, z = num(1), ref("z", 0)
        swap = {z: one - z, one - z: z}
        if rng.random() < 0.6:

            def change(place: Place, body: E) -> E:
                if place[0] != "h":
                    return body
                a, b = body.args
                return E("+", tuple(swap[x.args[0]] * x.args[1] for x in (a, b)))

            return either(rng, change)
        pair = ("z", "r")
    elif family in ("lstm", "peephole"):
        pair = rng.choice([("i", "f"), ("i", "o"), ("f", "o")])
        if net.traits["peephole"] == "output" and "o" in pair:
            return None
    else:
        return None
    a, b = (ref(n, 0) for n in pair)
    put = {a: b, b: a}
    return either(rng, everywhere(lambda e: put.get(e, e)))


def reset_wrong_side(rng: Random, net: Network) -> type[Student] | None:
    if not net.kind.startswith("gru"):
        return None
    if "matrix" not in net.kind and "b_u" not in net.parameters:
        return None
    r, u = ref("r", 0), ref("U_h")

    def change(e: E) -> E:
        match e:
            case E("@" | "*" as op, (left, E("*", (gate, old)))) if left == u and gate == r:
                return r * E(op, (u, old))
            case E("*", (gate, E("@" | "*" as op, (left, old)))) if gate == r and left == u:
                return E(op, (u, r * old))
            case E("*", (gate, E("+", (E("@" | "*" as op, (left, old)), bias)))) if gate == r:
                return E(op, (left, r * old)) + bias
        return e

    return either(rng, everywhere(change))


def peephole_wrong_state(rng: Random, net: Network) -> type[Student] | None:
    if not net.kind.startswith("peephole"):
        return None
    now, wrong = (0, -1) if net.traits["peephole"] == "output" else (-1, 0)

    def change(place: Place, body: E) -> E:
        if place[0] != "o":
            return body
        return body.rewritten(lambda e: ref("c", wrong) if e == ref("c", now) else e)

    return either(rng, change)


def bias_forgotten(rng: Random, net: Network) -> type[Student] | None:
    biases: list[str] = net.traits.get("biases", [])  # type: ignore[assignment]
    if not biases:
        return None
    forgotten = set(map(ref, biases if rng.random() < 0.4 else [rng.choice(biases)]))
    return rewriting(
        everywhere(lambda e: e.args[0] if e.op == "+" and e.args[1] in forgotten else e), None
    )


def softmax_unnormalised(rng: Random, net: Network) -> type[Student] | None:
    if net.traits["output"] != "softmax":
        return None
    change = everywhere(lambda e: E("exp", e.args) if e.op == "softmax" else e)
    return rewriting(change, change if rng.random() < 0.3 else None)


def argument_sign(rng: Random, net: Network) -> type[Student] | None:
    names = [n for n in ("softmax", "sigmoid") if n == net.traits["output"]]
    if not names:
        return None
    minus = num(-1)
    change = everywhere(lambda e: E(e.op, (minus * e.args[0],)) if e.op in names else e)
    return rewriting(change, None)


def bias_correction_forgotten(rng: Random, net: Network) -> type[Student] | None:
    if net.rule.get("rule") != "adam":
        return None

    class Uncorrected(Student):
        def corrected(self, moment: M, by: Fraction) -> M:
            return moment

    return Uncorrected


def bias_correction_power(rng: Random, net: Network) -> type[Student] | None:
    if net.rule.get("rule") != "adam" or "steps" not in net.rule:
        return None

    class OfTheFirst(Student):
        def corrected(self, moment: M, by: Fraction) -> M:
            first = min((1 - Fraction(b) for b in ("0.9", "0.999")), key=lambda f: abs(f - by))
            return super().corrected(moment, first)

    return OfTheFirst


def stepping(rule: str, net: Network, steps: int, **wrong: Any) -> type[Student] | None:
    """A student of one rule who keeps something else in mind, if there are so many iterations."""
    if net.rule.get("rule") != rule or int(str(net.rule.get("steps", 1))) < steps:
        return None
    return type("Stepping", (Student,), wrong)


def memory_forgotten(rng: Random, net: Network) -> type[Student] | None:
    return stepping("momentum", net, 2, kept=lambda self, mu, m: m.map(lambda x: Fraction(0)))


def memory_sign(rng: Random, net: Network) -> type[Student] | None:
    return stepping("momentum", net, 2, kept=lambda self, mu, m: m.map(lambda x: -mu * x))


def memory_weights(rng: Random, net: Network) -> type[Student] | None:
    def mean(self: Student, b: Fraction, m: M, g: M) -> M:
        return m.map(lambda x: (1 - b) * x) + g.map(lambda x: b * x)

    return stepping("adam", net, 1, mean=mean)


def root_forgotten(rng: Random, net: Network) -> type[Student] | None:
    return stepping("adam", net, 1, rooted=lambda self, x: x)


def square_forgotten(rng: Random, net: Network) -> type[Student] | None:
    def squared(self: Student, g: M) -> M:
        if any(x < 0 for x in g.items):
            raise Unfit
        return g

    return stepping("adam", net, 1, squared=squared)


def gradient_not_renewed(rng: Random, net: Network) -> type[Student] | None:
    if "steps" not in net.rule:
        return None

    class Stale(Student):
        def gradients(self, k: int) -> dict[Place, M]:
            return super().gradients(1)

    return Stale


def gradient_of_another(rng: Random, net: Network) -> type[Student] | None:
    """The step of a bias goes along the derivative by a state of the same shape."""
    alike = [
        (name, place)
        for name, m in net.parameters.items()
        for place, given in net.initial.items()
        if not m.is_scalar and (len(m.items), m.columns) == (len(given.items), given.columns)
        and place[0] in {n for n, _, _ in net.equations}
    ]  # fmt: skip
    if not alike or not net.rule:
        return None
    name, (state, _) = rng.choice(alike)
    at = (state, rng.choice(net.steps))

    class Elsewhere(Student):
        def gradients(self, k: int) -> dict[Place, M]:
            work = self if k == 1 else self.again(k - 1)
            found = super().gradients(k)
            return {**found, (name, None): work.note(slope(TOTAL, at))}

    return Elsewhere


def log_base(rng: Random, net: Network) -> type[Student] | None:
    if net.traits["loss"] not in ("ce", "bce"):
        return None
    factor = num(1 / log(Fraction(rng.choice([2, 10]))))
    return either(rng, everywhere(lambda e: factor * e if e.op == "log" else e))


def clipped_too_early(rng: Random, net: Network) -> type[Student] | None:
    if "value" not in net.rule:
        return None
    most = Fraction(str(net.rule["value"]))

    def clipped(m: M) -> M:
        return m.map(lambda x: max(-most, min(most, x)))

    class Clipping(Student):
        def summed(self, of: Place, by: Place, parts: Parts) -> M:
            if of == TOTAL and by[0] in net.parameters:
                steps = {r[1] for r, _ in parts}
                by_step = [(s, [p for p in parts if p[0][1] == s]) for s in steps]
                parts = [
                    ((by[0], s), clipped(super(Clipping, self).summed(of, by, p)))
                    for s, p in by_step
                ]
            return super().summed(of, by, parts)

    return Clipping


def kernel_not_turned_back(rng: Random, net: Network) -> type[Student] | None:
    if net.kind != "convolution":
        return None

    def see(s: Student, by: Place, reader: Place, place: Place) -> M | None:
        return turned(s.look(place)) if place == ("G", None) and by[0] != "G" else None

    return seeing(see)


def pooling_confused(rng: Random, net: Network) -> type[Student] | None:
    other = {"max_pool2d": "avg_pool2d", "avg_pool2d": "max_pool2d"}
    if net.kind != "pooling":
        return None
    return either(rng, everywhere(lambda e: E(other[e.op], e.args) if e.op in other else e))


def product_order(rng: Random, net: Network) -> type[Student] | None:
    """The factors stand the wrong way round, in the equation or where it is differentiated."""
    if net.kind != "square":
        return None
    name = rng.choice(["W", "V"])

    def change(e: E) -> E:
        return e.args[1] @ e.args[0] if e.op == "@" and e.args[0] == ref(name) else e

    forward, backward = rng.choice([(True, False), (True, True), (False, True)])
    there = everywhere(change)
    return rewriting(there if forward else None, there if backward else None)


def ratio_turned(rng: Random, net: Network) -> type[Student] | None:
    if net.kind != "quotient":
        return None
    return either(rng, everywhere(lambda e: e.args[0] * e.args[1] if e.op == "/" else e))


def gradient_not_ahead(rng: Random, net: Network) -> type[Student] | None:
    return stepping("nesterov", net, 2, ahead=lambda self, k: self.again(k - 1))


NEEDS: dict[str, Needs] = {
    "kernel-not-turned-back": Needs("convolution"),
    "pooling-confused": Needs("pooling"),
    "product-order": Needs("square"),
    "ratio-turned": Needs("quotient"),
    # Small, since the whole work is done anew for every number that may be off.
    "gradient-not-ahead": Needs("rnn", rule="nesterov", steps=2),
    "memory-forgotten": Needs(rule="momentum", steps=2),
    "memory-sign": Needs(rule="momentum", steps=2),
    **{m: Needs(rule="adam") for m in (
        "memory-weights", "root-forgotten", "square-forgotten", "bias-correction-forgotten",
    )},
    "bias-correction-power": Needs(rule="adam", steps=2),
    "gradient-not-renewed": Needs(rule="sgd", steps=2),
}  # fmt: skip
"""Networks and rules for what would hardly ever show on others."""

MISCONCEPTIONS: dict[str, Maker] = {
    f.__name__.replace("_", "-"): f
    for f in (
        prediction_fed_back, target_fed_back, activation_forgotten, slope_forgotten,
        slope_at_wrong_place, slope_of_wrong_function, relu_slope_on_dead_side,
        recurrent_term_forgotten, truncated_bptt, last_loss_only, contribution_dropped,
        contribution_twice, contribution_sign, state_not_delayed, input_not_delayed, error_sign,
        factor_two_forgotten, half_forgotten, mean_forgotten, weights_confused, matrix_transposed,
        product_elementwise, step_wrong_sign, rate_forgotten, updated_weights_used,
        gates_exchanged, reset_wrong_side, peephole_wrong_state, bias_forgotten,
        softmax_unnormalised, log_base, clipped_too_early, argument_sign, bias_correction_forgotten,
        gradient_not_renewed, gradient_of_another, sign_lost, bias_correction_power,
        memory_forgotten, memory_sign, memory_weights, root_forgotten, square_forgotten,
        one_contribution_only, way_forgotten, factor_forgotten, kernel_not_turned_back,
        pooling_confused, product_order, ratio_turned, gradient_not_ahead,
    )
}  # fmt: skip


def with_misconception(rng: Random, net: Network, how: Habits, kind: str) -> Sheet:
    """The sheet of a student who holds a misconception where it shows. Raises `Unfit` where this
    network gives it no occasion, or rounding explains it."""
    student = MISCONCEPTIONS[kind](rng, net)
    if student is None:
        raise Unfit
    worked = student(net, how)
    sheet = worked.run()
    if not shows(worked):
        raise Unfit
    return sheet


def shows(worked: Student) -> bool:
    """Whether some written value is not what its line gives, correctly done, from the other
    written values, by more than rounding explains."""
    reader = Student(worked.net, worked.habits)
    reader.written, reader.shapes = worked.written, worked.shapes
    for line in reader.lines():
        right = line.compute()
        reader.done[line.label] = line
        reader.notes[line.label] = (
            worked.notes[line.label] if line.label in worked.written else right
        )
        if line.label not in worked.written or right == worked.notes[line.label]:
            continue
        units = reader.seen_unit(line.label).zip(explained(reader, line), max)
        off = (worked.notes[line.label] - right).map(abs)
        if any(o > SHOWS * u for o, u in zip(off.items, units.items, strict=True)):
            return True
    return False
