"""A student at work: line after line, each written down as the hand rounds it.

A student is a class whose verbs can be done wrongly by a subclass: see `misconceptions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from tests.students.algebra import (
    E,
    M,
    Place,
    Sight,
    back,
    by_argument,
    by_result,
    kept_short,
    root,
    scalar,
    value,
)
from tests.students.matrices import filled
from tests.students.networks import Network, flow, place_text
from tests.students.paper import Hand, number, unit

Label: TypeAlias = tuple[str, Place | int, Place]
"""("value", place, place), ("slope", of, by) for dof/dby, or ("after", k, place)."""

TOTAL: Place = ("L", None)


def valued(place: Place) -> Label:
    return "value", place, place


def slope(of: Place, by: Place) -> Label:
    return "slope", of, by


def name(label: Label) -> str:
    kind, of, by = label
    if kind == "value":
        return place_text(by)
    if kind == "after":
        return f"after {of}: {place_text(by)}"
    assert isinstance(of, tuple)
    return f"d{place_text(of)}/d{place_text(by)}"


def family(label: Label) -> tuple[str, str, bool, str]:
    """Labels that are written for all steps or for none."""
    kind, of, by = label
    if isinstance(of, int):
        return kind, "", False, "weights" if by != TOTAL else "L"
    return kind, of[0], of[1] is None, by[0]


@dataclass(frozen=True)
class Habits:
    """How a student works: the hand, whether the rounded value is gone on with, the route of
    slopes (from the result, or from the argument) and of gradients, and what is on the sheet.
    `rounds_hidden` says that what is not on the sheet was rounded too, on scrap paper."""

    hand: Hand
    goes_on_rounded: bool = True
    slopes: str = "result"
    route: str = "once"
    shares: bool = True
    shown: Mapping[tuple[str, str, bool, str], bool] = field(default_factory=dict)
    rounds_hidden: bool = False


@dataclass
class Line:
    label: Label
    compute: Callable[[], M]


@dataclass
class Sheet:
    """What was written, in order, as texts; and the notes that were gone on with."""

    written: dict[Label, list[str]]
    shapes: dict[Label, M]
    notes: dict[Label, M]
    rounding: int | None

    def text(self) -> str:
        lines = [] if self.rounding is None else [f"rounding: {self.rounding}"]
        for label, texts in self.written.items():
            lines.append(f'"{name(label)}": {flow(self.shapes[label], map(quoted, texts))}')
        return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text


class Unfit(Exception):
    """This sheet cannot be worked as was drawn: draw another."""


Slip: TypeAlias = Callable[["Student", Line, M], M]


class Student:
    """Works a network through."""

    def __init__(self, net: Network, habits: Habits) -> None:
        self.net = net
        self.habits = habits
        self.notes: dict[Label, M] = {}
        self.written: dict[Label, list[str]] = {}
        self.shapes: dict[Label, M] = {}
        self.reads: set[Label] = set()
        self.done: dict[Label, Line] = {}
        self.elsewhere: dict[tuple[tuple[str, M], ...], Student] = {}
        self.bodies = {place: self.body(place, body) for place, body in net.computed.items()}
        self.order = net.order(self.bodies)
        self.learned = {place: self.body_back(place, body) for place, body in net.computed.items()}
        self.given = self.given_numbers()
        self.readers: dict[Place, list[Place]] = {}
        for place in self.order:
            for read in net.reads(place, self.learned[place]):
                self.readers.setdefault(read, []).append(place)

    # What a misconception may change.

    def given_numbers(self) -> dict[Place, M]:
        return dict(self.net.given)

    def body(self, place: Place, body: E) -> E:
        """The equation as this student computes with it."""
        return body

    def body_back(self, place: Place, body: E) -> E:
        """The equation as this student differentiates it."""
        return body

    def slope_of(self, reader: Place, f: str, argument: M, result: M | None) -> M:
        chosen = by_result if self.habits.slopes == "result" else by_argument
        return chosen(f, argument, result)

    def seen_back(self, by: Place, reader: Place, place: Place) -> M:
        """The number that is put for a mention when the derivative by `by` is taken."""
        return self.look(place)

    def handed_back(
        self, of: Place, reader: Place, seed: M, by: Place
    ) -> Iterable[tuple[Place, M]]:
        """What the adjoint of a quantity hands to all that it was made of, by the way to `by`."""
        body = self.learned[reader]
        result = self.notes.get(valued(reader))
        self.reads.add(valued(reader))

        def slope_here(f: str, argument: M, own: M | None) -> M:
            return self.slope_of(reader, f, argument, own)

        sight = Sight(reader[1], self.net.steps, lambda p: self.seen_back(by, reader, p))
        return back(body, sight, seed, slope_here, result)

    def summed(self, of: Place, by: Place, parts: list[tuple[Place, M]]) -> M:
        """A derivative from what came by each route."""
        total = filled(self.shape(by), 0)
        for _, part in parts:
            total = total + part
        return total

    def gradient(self, k: int, by: Place, g: M) -> M:
        """The gradient as the update uses it, before clipping."""
        return g

    def moved(self, k: int, by: Place, w: M, step: M) -> M:
        return w - step

    # The work.

    def look(self, place: Place) -> M:
        if place in self.given:
            return self.given[place]
        return self.note(valued(place))

    def note(self, label: Label) -> M:
        self.reads.add(label)
        return self.notes[label]

    def sight(self, place: Place) -> Sight:
        return Sight(place[1], self.net.steps, self.look)

    def shape(self, place: Place) -> M:
        return self.given[place] if place in self.given else self.notes[valued(place)]

    def shown(self, label: Label) -> bool:
        return self.habits.shown.get(family(label), False)

    def run(self, slips: Mapping[Label, Slip] | None = None) -> Sheet:
        for line in self.lines():
            self.reads = set()
            result = line.compute()
            if slips and line.label in slips:
                result = slips[line.label](self, line, result)
            self.done[line.label] = line
            self.put(line.label, result)
        return Sheet(self.written, self.shapes, self.notes, self.rounding)

    @property
    def rounding(self) -> int | None:
        hand = self.habits.hand
        return hand.digits if hand.rounds_whole_numbers else None

    def put(self, label: Label, result: M) -> None:
        if not self.habits.hand.is_exact:
            result = result.map(kept_short)
        self.notes[label] = result
        if not self.shown(label):
            if self.habits.rounds_hidden:
                write = self.habits.hand.write
                self.notes[label] = result.map(lambda x: number(write(x)))
            return
        texts = [self.habits.hand.write(x) for x in result.items]
        self.written[label], self.shapes[label] = texts, result
        if self.habits.goes_on_rounded:
            self.notes[label] = M(result.rows, result.columns, tuple(map(number, texts)))

    def seen_unit(self, label: Label) -> M:
        """One unit of the last written digit of each entry."""
        m = self.shapes[label]
        return M(m.rows, m.columns, tuple(unit(t, self.rounding) for t in self.written[label]))

    def lines(self) -> Iterable[Line]:
        for place in self.order:
            yield Line(valued(place), lambda p=place: value(self.bodies[p], self.sight(p)))  # type: ignore[misc]
        if self.habits.route == "forward":
            yield from self.lines_forwards()
        else:
            yield from self.lines_backwards()
        yield from self.lines_of_updates()

    @property
    def step_losses(self) -> list[Place]:
        return [("L", t) for t in self.net.steps if ("L", t) in self.bodies]

    @property
    def targets(self) -> list[Place]:
        """What derivatives are taken by: parameters and initial values."""
        return [(p, None) for p in self.net.parameters]

    def lines_backwards(self) -> Iterable[Line]:
        if self.habits.route == "steps" and self.step_losses:
            yield from self.way_back(TOTAL, self.targets)
            for of in self.step_losses:
                yield from self.way_back(of, [])
            for by in self.targets:
                yield Line(slope(TOTAL, by), lambda by=by: self.sum_of_steps(by))  # type: ignore[misc]
        else:
            yield from self.way_back(TOTAL, [])

    def sum_of_steps(self, by: Place) -> M:
        parts = []
        for of in (of for of in self.step_losses if slope(TOTAL, of) in self.notes):
            weight = self.note(slope(TOTAL, of))
            parts.append((of, weight * self.note(slope(of, by))))
        return self.summed(TOTAL, by, parts)

    def way_back(self, of: Place, without: list[Place]) -> Iterable[Line]:
        """The adjoints of all that a scalar was made of, from the end."""
        upstream = self.upstream(of)
        self.notes[slope(of, of)] = scalar(1)
        backwards = [p for p in reversed(self.order) if p in upstream and p != of]
        initial = [p for p in self.net.initial if p in upstream]
        for by in [*backwards, *initial, *(p for p in self.targets if p not in without)]:
            yield Line(slope(of, by), lambda by=by: self.adjoint(of, by))  # type: ignore[misc]

    def upstream(self, of: Place) -> set[Place]:
        found = {of}
        for place in reversed(self.order):
            if place in found:
                found.update(self.net.reads(place, self.learned[place]))
        return found

    def adjoint(self, of: Place, by: Place) -> M:
        if (
            self.habits.shares
            and of in self.step_losses
            and self.readers.get(by) == [of]
            and self.net.traits.get("over") == "sumt"
            and slope(TOTAL, by) in self.notes
        ):
            return self.note(slope(TOTAL, by))
        parts = [
            (reader, part)
            for reader in self.readers.get(by, ())
            if slope(of, reader) in self.notes
            for place, part in self.handed_back(of, reader, self.note(slope(of, reader)), by)
            if place == by
        ]
        return self.summed(of, by, parts)

    def lines_forwards(self) -> Iterable[Line]:
        """Derivatives that run with t: dh[t]/dw from dh[t−1]/dw."""
        direct = {
            p for of in (*self.step_losses, TOTAL) for p in self.net.reads(of, self.learned[of])
        }
        self.notes[slope(TOTAL, TOTAL)] = scalar(1)
        for by in reversed(self.order):
            alone = all(r == TOTAL or r in self.step_losses for r in self.readers.get(by, ()))
            if alone and (by in self.step_losses or by in direct):
                yield Line(slope(TOTAL, by), lambda by=by: self.directly(by))  # type: ignore[misc]
        behind = {of: self.upstream(of) for of in self.order}
        for by in self.targets:
            for of in (of for of in self.order if by in behind[of]):
                yield Line(slope(of, by), lambda of=of, by=by: self.tangent(of, by))  # type: ignore[misc]

    def directly(self, by: Place) -> M:
        """What the loss gets from a value at its own step alone."""
        readers = [r for r in self.readers[by] if r in (TOTAL, *self.step_losses)]
        parts = [
            (r, part)
            for r in readers
            for place, part in self.handed_back(TOTAL, r, self.note(slope(TOTAL, r)), by)
            if place == by
        ]
        return self.summed(TOTAL, by, parts)

    def tangent(self, of: Place, by: Place) -> M:
        parts = []
        direct = of in self.step_losses and self.net.traits.get("over") == "sumt"
        for place, part in self.handed_back(of, of, scalar(1), by):
            if place == by:
                parts.append((of, part))
            elif slope(place, by) in self.notes:
                if direct and self.habits.shares and slope(TOTAL, place) in self.notes:
                    part = self.note(slope(TOTAL, place))
                parts.append((place, part * self.note(slope(place, by))))
        return self.summed(of, by, merged(parts) if direct and self.habits.shares else parts)

    # Updates.

    def lines_of_updates(self) -> Iterable[Line]:
        rule = self.net.rule
        if not rule:
            return
        self.memory: dict[tuple[str, int, Place], M] = {}
        for k in range(1, int(str(rule.get("steps", 1))) + 1):
            for by in self.targets:
                yield Line(("after", k, by), lambda k=k, by=by: self.updated(k, by))  # type: ignore[misc]
            yield Line(("after", k, TOTAL), lambda k=k: self.again(k).notes[valued(TOTAL)])  # type: ignore[misc]

    def again(self, k: int) -> Student:
        """The whole work with the weights after k updates, on other paper."""
        return self.at({by[0]: self.note(("after", k, by)) for by in self.targets})

    def at(self, weights: dict[str, M]) -> Student:
        """The whole work with other weights, done once."""
        if (key := tuple(weights.items())) not in self.elsewhere:
            other = type(self)(
                replace(self.net, parameters=weights, rule={}), replace(self.habits, shown={})
            )
            other.run()
            self.elsewhere[key] = other
        return self.elsewhere[key]

    def gradients(self, k: int) -> dict[Place, M]:
        work = self if k == 1 else self.ahead(k)
        found = {by: work.note(slope(TOTAL, by)) for by in self.targets}
        return self.clipped({by: self.gradient(k, by, g) for by, g in found.items()})

    def ahead(self, k: int) -> Student:
        """The work from which the gradient of a later iteration is taken: Nesterov's with the
        weights where the momentum alone would bring them."""
        if self.net.rule["rule"] != "nesterov":
            return self.again(k - 1)
        mu = Fraction(str(self.net.rule["momentum"]))
        return self.at({
            by[0]: self.note(("after", k - 1, by))
            - self.memory["m", k - 1, by].map(lambda x: mu * x)
            for by in self.targets
        })  # fmt: skip

    def clipped(self, gradients: dict[Place, M]) -> dict[Place, M]:
        rule = self.net.rule
        if "value" in rule:
            most = Fraction(str(rule["value"]))
            return {by: g.map(lambda x: max(-most, min(most, x))) for by, g in gradients.items()}
        if "norm" in rule:
            most = Fraction(str(rule["norm"]))
            norm = root(sum((x * x for g in gradients.values() for x in g.items), Fraction(0)))
            if norm > most:
                return {by: g.map(lambda x: x * most / norm) for by, g in gradients.items()}
        return gradients

    def updated(self, k: int, by: Place) -> M:
        w = self.given[by] if k == 1 else self.note(("after", k - 1, by))
        return self.moved(k, by, w, self.step(k, by, self.gradients(k)[by]))

    def step(self, k: int, by: Place, g: M) -> M:
        rule = self.net.rule
        rate = Fraction(str(rule["lr"]))
        if rule["rule"] == "sgd":
            return g.map(lambda x: rate * x)
        m = self.memory.get(("m", k - 1, by), filled(g, 0))
        if rule["rule"] in ("momentum", "nesterov"):
            mu = Fraction(str(rule["momentum"]))
            new = self.kept(mu, m) + g.map(lambda x: rate * x)
            self.memory["m", k, by] = new
            return new
        b1, b2, eps = Fraction("0.9"), Fraction("0.999"), Fraction("1e-8")
        s = self.memory.get(("s", k - 1, by), filled(g, 0))
        m, s = self.mean(b1, m, g), self.mean(b2, s, self.squared(g))
        self.memory["m", k, by], self.memory["s", k, by] = m, s
        m, s = self.corrected(m, 1 - b1**k), self.corrected(s, 1 - b2**k)
        return m.zip(s, lambda a, b: rate * a / (self.rooted(b) + eps))

    def kept(self, mu: Fraction, m: M) -> M:
        """What is left of the step before."""
        return m.map(lambda x: mu * x)

    def mean(self, b: Fraction, m: M, g: M) -> M:
        """A running mean, one iteration further."""
        return m.map(lambda x: b * x) + g.map(lambda x: (1 - b) * x)

    def squared(self, g: M) -> M:
        return g * g

    def rooted(self, x: Fraction) -> Fraction:
        return root(x)

    def corrected(self, moment: M, by: Fraction) -> M:
        """A moment of Adam that started at 0, corrected for it."""
        return moment.map(lambda x: x / by)


def merged(parts: list[tuple[Place, M]]) -> list[tuple[Place, M]]:
    """A shared derivative dL/dŷ already holds all mentions of ŷ: counted once."""
    return list(dict(parts).items())


def truth(net: Network, how: Habits) -> dict[Label, M]:
    """All values without rounding, by the same routes."""
    return Student(net, replace(how, shown={}, rounds_hidden=False)).run().notes
