"""What an input goes through on its way to the output: weights and functions, in their order.

What can be fixed takes things out of a way and puts nothing in. So a way of the goal that is in no
way of the first cell, some things left out, is in the way of every reduction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

from rnnhand.calculus.choice import Side
from rnnhand.calculus.sides import SOURCE
from rnnhand.calculus.views import block_of
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Ref, Shift

Letter: TypeAlias = tuple[str, str]
"""What is gone through: ("weight", its name) or ("function", its name)."""

Way: TypeAlias = tuple[Letter, ...]
"""From the output to the input."""

WEIGHT, FUNCTION, ANY = "weight", "function", "any "
LAGS = range(-1, 2)
"""At how many steps before the output the goal's input is looked at."""

FARTHEST = 2


class Bare(Enum):
    """What of a factor is laid bare: nothing; the equations of what it mentions; what stands in
    functions that may be chosen; what stands in any."""

    NOTHING = auto()
    MENTIONED = auto()
    CHOSEN = auto()
    EVERYTHING = auto()


MOST = 4_000
"""Ways of a cell up to which they are compared."""


class TooManyWays(Exception):
    pass


@dataclass
class _Ways:
    """All ways of a side by how many steps they go back; `bare` says what is laid bare beside
    them, where a function is taken out."""

    side: Side
    bare: Bare
    known: dict[tuple[str, int], frozenset[Way]] = field(default_factory=dict)
    open_ones: set[tuple[str, int]] = field(default_factory=set)
    count: int = 0

    def of(self, q: str, lag: int) -> frozenset[Way]:
        """From q[t] to the input at t - lag, by ways that never go further than `FARTHEST`."""
        key = (q, lag)
        if key in self.known:
            return self.known[key]
        if key in self.open_ones or abs(lag) > FARTHEST:
            return frozenset()
        self.open_ones.add(key)
        found = frozenset(shortened(w) for w in self.through(self.side.bodies[q], lag))
        self.open_ones.discard(key)
        self.count += len(found)
        if self.count > MOST:
            raise TooManyWays
        self.known[key] = found
        return found

    def through(self, expr: Expr, lag: int) -> Iterator[Way]:
        match expr:
            case Ref(name, index):
                back = -index.offset if isinstance(index, Shift) else 0
                if name == self.side.reads:
                    if back == lag:
                        yield ()
                elif name in self.side.bodies:
                    yield from self.of(name, lag - back)
            case Apply("@" | "*" | "/"):
                # r ⊙ (U·h + b) is U·(r ⊙ h) + b·r where all are numbers: the weights in one factor
                # are on the ways through the others.
                parts = list(_factors(expr))
                weights = [list(_weights(self.side, p, self.bare)) for p in parts]
                for i, part in enumerate(parts):
                    others = [w for j, found in enumerate(weights) if j != i for w in found]
                    first: Way = ((WEIGHT, others[0]),) if others else ()
                    for way in self.through(part, lag):
                        yield first + way
            case Apply(op, args):
                letter: Way = ()
                name = self.side.functions.get(op, "identity")
                if op in self.side.open and (op.startswith(SOURCE) or name != "identity"):
                    letter = ((FUNCTION, f"{ANY}{op}"),)
                elif name != "identity":
                    letter = ((FUNCTION, name),)
                for arg in args:
                    for way in self.through(arg, lag):
                        yield letter + way
            case _:
                return


def _factors(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Apply) and expr.op in ("@", "*", "/"):
        for arg in expr.args:
            yield from _factors(arg)
    else:
        yield expr


def _weights(
    side: Side, expr: Expr, bare: Bare, seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """The weights in an expression, and those inside of functions and of the equations of what it
    mentions, as far as these may be laid bare."""
    name, bodies = block_of(expr), side.bodies
    if name is not None and name.name in side.parameters:
        yield name.name
    elif isinstance(expr, Apply) and _is_passed(side, expr.op, bare):
        for arg in expr.args:
            yield from _weights(side, arg, bare, seen)
    elif isinstance(expr, Ref) and bare is not Bare.NOTHING and expr.name in bodies.keys() - seen:
        yield from _weights(side, bodies[expr.name], bare, seen | {expr.name})


def _is_passed(side: Side, op: str, bare: Bare) -> bool:
    """Whether what a function is applied to may come to stand in its place."""
    if op not in side.functions or bare is Bare.EVERYTHING:
        return True
    return bare is Bare.CHOSEN and op in side.open


def shortened(way: Way) -> Way:
    """Weights one behind the other as one: a single one may take their place."""
    return tuple(
        letter
        for i, letter in enumerate(way)
        if letter[0] != WEIGHT or i == 0 or way[i - 1][0] != WEIGHT
    )


def missing(source: Side, target: Side, bare: Bare) -> tuple[Way, int] | None:
    """A way of the goal that the source has not, and how many steps back it leads; the input is
    first read by both at the same time. Beside a way, functions of the source may be taken out."""
    mine, theirs = _Ways(source, bare), _Ways(target, Bare.NOTHING)
    try:
        ways = {lag: mine.of(source.gives, lag) for lag in range(-FARTHEST, FARTHEST + 1)}
        goals = {lag: theirs.of(target.gives, lag) for lag in LAGS}
    except TooManyWays:
        return None
    here, there = (_first(w) for w in (ways, goals))
    if here is None or there is None:
        return None
    for lag, found in goals.items():
        others = ways.get(lag - there + here)
        if others is None:
            continue
        for way in sorted(found, key=lambda w: (len(w), w)):
            if not any(_within(way, other) for other in others):
                return way, lag
    return None


def _first(ways: Mapping[int, frozenset[Way]]) -> int | None:
    return min((lag for lag, found in ways.items() if found), default=None)


def _within(way: Way, other: Way) -> bool:
    """Whether a way is another one with some letters left out."""
    rest = iter(other)
    return all(any(_meets(letter, o) for o in rest) for letter in way)


def _meets(letter: Letter, other: Letter) -> bool:
    if letter[0] != other[0]:
        return False
    free = any(name.startswith(ANY) for _, name in (letter, other))
    return letter[0] == WEIGHT or free or other == letter


def spelled(way: Way, lag: int, target: Side, functions: Functions) -> Expr:
    """U·tanh(W·x[t]): the input with what it goes through."""
    found: Expr = Ref(target.reads, Shift("t", -lag))
    for kind, name in reversed(way):
        name = name.removeprefix(ANY)
        if kind == WEIGHT:
            found = Apply("@", (Ref(name), found))
        else:
            notation = functions[name].notation if name in functions else ""
            found = Apply(name, (found,), spelling=notation or "")
    return found


def leaves_functions_open(way: Way) -> list[str]:
    """The functions of the goal on a way that may be chosen: as the identity they are no letter."""
    return [name.removeprefix(ANY) for _, name in way if name.startswith(ANY)]
