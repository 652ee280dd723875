"""What an input goes through on its way to the output: weights and functions, in their order.

What can be fixed takes things out of a way and puts nothing in. So a way of the goal that is in no
way of the first cell, some things left out, is in the way of every reduction. A function that is
taken out is out of all ways: two ways of the goal may want it in one and out in the other.

Which function comes out of which is told by what they are made of (`obstacle_functions.py`).
Several that are not σ may make one, beside each other or one behind the other, as |x| and ReLU of
ReLU are made of ReLU. So those one behind the other count as one in the goal, and where there is
more than one in a cell, nothing is said of ways at once. One that is perhaps not felt tells
nothing, nor does a first cell with one that is not made of lines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import TypeAlias

from rnnhand.calculus.choice import Side
from rnnhand.calculus.limits import is_logistic
from rnnhand.calculus.sides import reached
from rnnhand.calculus.simplify import Facts
from rnnhand.calculus.views import block_of
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Ref, Shift, refs, walk
from rnnhand.questions.reduce.obstacle_functions import felt, is_in_pieces, may_come_of

Letter: TypeAlias = tuple[str, str]
"""What is gone through: ("matrix", its name), ("vector", its name), which weighs entry by entry,
("function", its name), or ("logistic", its name): tanh(x) = 2·σ(2x) − 1, so that either of these
functions may come out of the other."""

Way: TypeAlias = tuple[Letter, ...]
"""From the output to the input."""

MATRIX, VECTOR, LOGISTIC, FUNCTION, ANY = "matrix", "vector", "logistic", "function", "any "
LAGS = range(-1, 2)
"""At how many steps before the output the goal's input is looked at."""

FARTHEST = 2

MOST = 4_000
"""Ways of a cell up to which they are compared."""

MOST_FUNCTIONS = 7
"""Functions of a cell up to which every choice of those that are taken out is looked at."""

MOST_AT_ONCE = 3
"""How many ways that are not there at once are told together."""


class TooManyWays(Exception):
    pass


@dataclass
class _Ways:
    """All ways of a side by how many steps they go back. `function` names what an application goes
    through, None where it is the identity; `beside` says which weights a factor may turn into."""

    side: Side
    function: Callable[[str], Letter | None]
    beside: Callable[[Expr], Iterator[Letter]]
    known: dict[tuple[str, int], frozenset[Way]] = field(default_factory=dict)
    open_ones: set[tuple[str, int]] = field(default_factory=set)
    count: int = 0

    def all(self) -> dict[int, frozenset[Way]]:
        return {lag: self.of(self.side.gives, lag) for lag in range(-FARTHEST, FARTHEST + 1)}

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
            case Apply("@" | "*" | "/", args):
                for i, arg in enumerate(args):
                    others = [w for j, a in enumerate(args) if j != i for w in self.beside(a)]
                    weight = min(others, default=None)
                    first = () if weight is None else (weight,)
                    for way in self.through(arg, lag):
                        yield first + way
            case Apply(op, args):
                through = self.function(op) if op in self.side.functions else None
                letter: Way = () if through is None else (through,)
                for arg in args:
                    for way in self.through(arg, lag):
                        yield letter + way
            case _:
                return


def _of_source(side: Side, facts: Facts, removed: frozenset[str], bare: frozenset[str]) -> _Ways:
    """The ways without the functions that are `removed`. Beside a way stand weights in the
    equations of what is mentioned, and in functions of which the argument is `bare`; in a vector
    they weigh entry by entry, whatever they are."""

    def function(key: str) -> Letter | None:
        return None if key in removed else _function(side, key, facts)

    def inside(expr: Expr, seen: frozenset[str]) -> bool:
        name = block_of(expr)
        if name is not None and name.name in side.parameters:
            return True
        if isinstance(expr, Ref) and expr.name in side.bodies.keys() - seen:
            return inside(side.bodies[expr.name], seen | {expr.name})
        if isinstance(expr, Apply) and (expr.op not in side.functions or expr.op in bare):
            return any(inside(arg, seen) for arg in expr.args)
        return False

    def beside(expr: Expr) -> Iterator[Letter]:
        if inside(expr, frozenset()):
            yield _weight(expr, facts)

    return _Ways(side, function, beside)


def _of_goal(side: Side, facts: Facts, removed: frozenset[str]) -> _Ways:
    def function(key: str) -> Letter | None:
        return None if key in removed else _function(side, key, facts)

    def beside(expr: Expr) -> Iterator[Letter]:
        name = block_of(expr)
        if name is not None and name.name in side.parameters:
            yield _weight(expr, facts)

    return _Ways(side, function, beside)


def _function(side: Side, key: str, facts: Facts) -> Letter | None:
    """What an application goes through; nothing, where it is the identity."""
    name = side.functions[key]
    if key in side.open:
        return FUNCTION, f"{ANY}{key}"
    function = facts.functions.get(name)
    if function is not None and is_logistic(function, facts.functions):
        return LOGISTIC, name
    return None if name == "identity" else (FUNCTION, name)


def _is_weight(letter: Letter) -> bool:
    return letter[0] in (MATRIX, VECTOR)


def _weight(expr: Expr, facts: Facts) -> Letter:
    name = block_of(expr)
    return (MATRIX if facts.shape(expr)[1] > 1 else VECTOR), name.name if name is not None else ""


def shortened(way: Way) -> Way:
    """Weights one behind the other as one: a single one may take their place."""
    found: list[Letter] = []
    for letter in way:
        if found and _is_weight(letter) and _is_weight(found[-1]):
            found[-1] = min(found[-1], letter)
        else:
            found.append(letter)
    return tuple(found)


def _as_one(way: Way) -> Way:
    """Functions that are not σ, one behind the other with weights between, as the last of them; and
    without weights entry by entry before it, since v·ReLU(u) = ReLU(v·u) for v > 0."""
    found: list[Letter] = []
    for letter in way:
        if _is_loose(letter) and found and found[-1][0] == VECTOR:
            found.pop()
        beneath = [other for other in found if not _is_weight(other)]
        if _is_loose(letter) and beneath and _is_loose(beneath[-1]):
            while _is_weight(found[-1]):
                found.pop()
            found[-1] = letter
        else:
            found.append(letter)
    return tuple(found)


def _is_loose(letter: Letter) -> bool:
    return letter[0] == FUNCTION and not letter[1].startswith(ANY)


@dataclass(frozen=True)
class Missing:
    """Ways of the goal that the source has not, or not at once, each with how many steps it leads
    back. `unless` names functions of the goal that would have to be the identity; `bare` says that
    a function beside the way would have to be taken out."""

    ways: tuple[tuple[Way, int], ...]
    unless: tuple[str, ...] = ()
    bare: bool = False


def missing(source: Side, target: Side, facts: Facts) -> Missing | None:
    """What the source has not, whatever is taken out of it; else what it has not as it is."""
    in_pieces = all(
        is_in_pieces(source.functions[n.op], facts.functions) for n in _loose(source, facts)
    )
    if not _is_told(source) or not in_pieces or not _are_felt(target, facts):
        return None
    try:
        return _missing(source, target, facts)
    except TooManyWays:
        return None


def _are_felt(side: Side, facts: Facts) -> bool:
    """Whether all functions that are not σ are certainly felt."""
    return _loose(side, facts) <= felt(side)


def _loose(side: Side, facts: Facts) -> frozenset[Apply]:
    """The applications of functions that are not σ but for numbers, nor open, nor the identity."""
    read = reached(side, side.gives)
    nodes = (n for q, body in side.bodies.items() if q in read for n in walk(body))
    return frozenset(
        n
        for n in nodes
        if isinstance(n, Apply) and n.op in side.functions
        if (letter := _function(side, n.op, facts)) is not None and _is_loose(letter)
    )


PLAIN = ("+", "-", "neg", "*", "/", "@", "T", ";", ",", "columns", "rows", "diag", "sum")
"""What makes no letter on a way."""


def _is_told(side: Side) -> bool:
    """Whether everything on the ways is told by their letters, as max(x, 0) is not."""
    nodes = (n for body in side.bodies.values() for n in walk(body))
    return all(n.op in side.functions or n.op in PLAIN for n in nodes if isinstance(n, Apply))


def _missing(source: Side, target: Side, facts: Facts) -> Missing | None:
    goal = _goal(source, target, facts, frozenset())
    everything = frozenset(source.functions)
    never = _first_without(source, facts, everything, goal)
    if never is not None:
        return Missing((never,), tuple(_open_on(never[0])))
    few = all(len(_loose(side, facts)) < 2 for side in (source, target))
    if few and len(everything) <= MOST_FUNCTIONS:
        found = _not_at_once(source, target, facts, goal)
        if found is not None:
            return found
    for bare in (source.open, frozenset[str]()):
        unlike = _first_without(source, facts, bare, goal)
        if unlike is not None:
            return Missing((unlike,), bare=True)
    return None


@dataclass(frozen=True)
class _Goal:
    """The ways of a goal at the lags that are looked at, short ones first; and the lags of the
    source that may correspond to lag 0, less this."""

    ways: tuple[tuple[Way, int], ...]
    shifts: tuple[int, ...]


def _goal(source: Side, target: Side, facts: Facts, removed: frozenset[str]) -> _Goal:
    found = _of_goal(target, facts, removed).all()
    listed = [(way, lag) for lag in LAGS for way in {_as_one(w) for w in found[lag]}]
    first = min(_direct(target), default=0)
    shifts = {lag - first for lag in _direct(source)}
    return _Goal(
        tuple(sorted(listed, key=lambda w: (len(w[0]), w[1], w[0]))), tuple(sorted(shifts))
    )


def _direct(side: Side) -> set[int]:
    """How many steps the ways go back that pass through nothing twice. What is left of a cell, some
    ways cut, first reads its input at one of these."""
    found: set[int] = set()

    def follow(q: str, lag: int, seen: frozenset[str]) -> None:
        for ref in refs(side.bodies[q]):
            if isinstance(ref.index, Shift):
                back = lag - ref.index.offset
                if ref.name == side.reads:
                    found.add(back)
                elif ref.name in side.bodies.keys() - seen:
                    follow(ref.name, back, seen | {ref.name})

    follow(side.gives, 0, frozenset({side.gives}))
    return found


def _first_without(
    source: Side, facts: Facts, bare: frozenset[str], goal: _Goal
) -> tuple[Way, int] | None:
    """The first way of the goal that is no way of the source with some letters left out."""
    ways = _of_source(source, facts, frozenset(), bare).all()
    within = partial(_within, functions=facts.functions)
    lacks = [_lacking(goal, ways, shift, within) for shift in goal.shifts]
    return next((way for way in goal.ways if lacks and all(way in lack for lack in lacks)), None)


def _not_at_once(source: Side, target: Side, facts: Facts, goal: _Goal) -> Missing | None:
    """Ways of the goal of which the source lacks one whichever of its functions are taken out."""
    choices = [
        _of_source(source, facts, removed, removed).all() for removed in _subsets(source.functions)
    ]
    made = partial(_is_made_from, functions=facts.functions)
    lacks = [_lacking(goal, ways, s, made) for ways in choices for s in goal.shifts]
    if not lacks or not all(lacks):
        return None
    for n in range(1, MOST_AT_ONCE + 1):
        for some in combinations(goal.ways, n):
            if all(any(way in lack for way in some) for lack in lacks):
                names = {name for way, _ in some for name in _open_on(way)}
                goals = [_goal(source, target, facts, chosen) for chosen in _subsets(target.open)]
                unless = names if any(_is_undone(choices, g, made) for g in goals[1:]) else ()
                return Missing(some, tuple(sorted(unless)))
    return None


def _is_undone(
    choices: Sequence[Mapping[int, frozenset[Way]]], goal: _Goal, made: Callable[[Way, Way], bool]
) -> bool:
    """Whether the source may have all ways of the goal."""
    return any(not _lacking(goal, ways, s, made) for ways in choices for s in goal.shifts)


def _subsets(names: Collection[str]) -> Iterator[frozenset[str]]:
    for n in range(len(names) + 1):
        yield from map(frozenset, combinations(sorted(names), n))


def _lacking(
    goal: _Goal, ways: Mapping[int, frozenset[Way]], shift: int, is_from: Callable[[Way, Way], bool]
) -> set[tuple[Way, int]]:
    """The ways of the goal that come from none of the ways of as many steps."""
    return {
        (way, lag)
        for way, lag in goal.ways
        if lag + shift in ways and not any(is_from(way, other) for other in ways[lag + shift])
    }


def _within(way: Way, other: Way, functions: Functions) -> bool:
    """Whether a way is another one with some letters left out."""
    rest = iter(other)
    return all(any(_meets(letter, o, functions) for o in rest) for letter in way)


def _is_made_from(way: Way, other: Way, functions: Functions) -> bool:
    """Whether a way is another one with some weights left out, and no function."""
    mine, theirs = (sum(not _is_weight(letter) for letter in w) for w in (way, other))
    return mine == theirs and _within(way, other, functions)


def _meets(letter: Letter, other: Letter, functions: Functions) -> bool:
    """A matrix may be diagonal, and so weigh entry by entry; a function may come of another."""
    if _is_weight(letter):
        return other[0] == MATRIX or letter[0] == other[0]
    if _is_weight(other):
        return False
    free = any(name.startswith(ANY) for _, name in (letter, other))
    return free or may_come_of(letter[1], other[1], functions)


def spelled(way: Way, lag: int, target: Side, functions: Functions) -> Expr:
    """U·tanh(W·x[t]): the input with what it goes through."""
    found: Expr = Ref(target.reads, Shift("t", -lag))
    for kind, name in reversed(way):
        name = name.removeprefix(ANY)
        if not _is_weight((kind, name)):
            notation = functions[name].notation if name in functions else ""
            found = Apply(name, (found,), spelling=notation or "")
        else:
            found = Apply("@" if kind == MATRIX else "*", (Ref(name), found))
    return found


def _open_on(way: Way) -> Iterator[str]:
    """The functions of the goal on a way that may be chosen: as the identity they are no letter."""
    return iter(sorted({name.removeprefix(ANY) for _, name in way if name.startswith(ANY)}))
