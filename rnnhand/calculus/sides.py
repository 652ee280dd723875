"""Systems got ready for the search: names told apart, functions by the place where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations

from rnnhand.calculus.choice import Choice, Side
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.simplify import Facts, TooLarge, is_identity, normal, number
from rnnhand.calculus.views import block_of, folded, unstacked, without_divisions
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
    shift,
    walk,
    with_children,
)

SOURCE = "source "
"""What the names of the source begin with here; no name of a user has a blank in it."""

DEEPEST = 6


@dataclass(frozen=True)
class Equations:
    """q[t] = body for every q, as written; what is a parameter, what is read, what is given, and
    the functions that are open, with those that stand for them by default."""

    bodies: Mapping[str, Expr]
    parameters: frozenset[str]
    reads: str
    gives: str
    open: Mapping[str, str]


def as_source(system: Equations, functions: Functions, shape: ShapeOf) -> Side:
    """The system that becomes another: every application of a function has a key of its own."""
    keys: dict[str, str] = {}

    def keyed(name: str, body: Expr) -> Expr:
        def put(node: Expr) -> Expr:
            if isinstance(node, Ref) and node.name != "T":
                return replace(node, name=SOURCE + node.name)
            if isinstance(node, Apply) and node.op in system.open:
                keys[SOURCE + node.op] = system.open[node.op]
                return replace(node, op=SOURCE + node.op, spelling="")
            if isinstance(node, Apply) and node.op in functions and len(node.args) == 1:
                return replace(node, op=_fresh(f"{node.op} {name}", node.op, keys), spelling="")
            return node

        return rewrite(body, put)

    bodies = {SOURCE + q: keyed(q, body) for q, body in system.bodies.items()}
    bodies = _opened(bodies, lambda q, body: isinstance(body, Apply) and body.op == ";")
    bodies = {q: without_divisions(unstacked(body, shape)) for q, body in bodies.items()}
    places = Counter(
        text(n) for body in bodies.values() for n in walk(body) if block_of(n) is not None
    )
    return Side(
        bodies,
        frozenset(SOURCE + p for p in system.parameters),
        SOURCE + system.reads,
        SOURCE + system.gives,
        keys,
        frozenset(SOURCE + f for f in system.open),
        frozenset(name for name, n in places.items() if n == 1),
    )


def _fresh(key: str, op: str, keys: dict[str, str]) -> str:
    while key in keys:
        key += "'"
    keys[key] = op
    return key


def as_target(system: Equations, functions: Functions, shape: ShapeOf) -> Side:
    """The system that the other becomes: only what is fed back, and the output, keep names."""
    kept = _kept(system)
    bodies = spelled_out(system, shape)
    used = {n.op for b in bodies.values() for n in _applications(b) if n.op in functions}
    keys = {op: op for op in used} | dict(system.open)
    return Side(
        {q: body for q, body in bodies.items() if q in kept},
        system.parameters,
        system.reads,
        system.gives,
        keys,
        frozenset(system.open),
    )


def spelled_out(system: Equations, shape: ShapeOf) -> dict[str, Expr]:
    """Every equation of a system that the other becomes, in the names that are kept."""
    kept = _kept(system)
    bodies = _opened(dict(system.bodies), lambda q, body: q not in kept)
    return {q: _plain(unstacked(body, shape)) for q, body in bodies.items()}


def _kept(system: Equations) -> set[str]:
    fed_back = {
        r.name
        for body in system.bodies.values()
        for r in refs(body)
        if isinstance(r.index, Shift) and r.index.offset
    }
    kept = (fed_back & system.bodies.keys()) | {system.gives}
    # y[t-1] with y = U·h + b is a product with h[t-1], which needs a name for that.
    kept |= {
        r.name
        for q in fed_back & system.bodies.keys()
        for n in walk(system.bodies[q])
        if isinstance(n, Apply) and n.op in ("@", "*") and len(n.args) == 2
        for w, r in permutations(n.args)
        if isinstance(w, Ref) and w.name in system.parameters and isinstance(r, Ref)
        if r.name in system.bodies and r.index == Shift("t")
    }
    return kept


def _plain(body: Expr) -> Expr:
    """The body with numbers folded, and no spellings that a function was written with."""

    def put(node: Expr) -> Expr:
        return folded(replace(node, spelling="") if isinstance(node, Apply) else node)

    return rewrite(without_divisions(body), put)


def _applications(expr: Expr) -> Iterator[Apply]:
    return (n for n in walk(expr) if isinstance(n, Apply))


def _opened(bodies: dict[str, Expr], which: Callable[[str, Expr], bool]) -> dict[str, Expr]:
    """Sequences of a kind put into the others' equations, wherever they are mentioned."""
    inner = {q: body for q, body in bodies.items() if which(q, body)}
    if not inner:
        return bodies
    return {q: opened(body, inner) for q, body in bodies.items()}


def opened(expr: Expr, inner: Mapping[str, Expr], only_now: bool = False, deep: int = 0) -> Expr:
    """Every mention of a sequence of `inner` (those at the same step, if `only_now`) replaced by
    its body at that step."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and isinstance(node.index, Shift) and node.name in inner:
            if only_now and node.index.offset:
                return node
            if deep > DEEPEST:
                raise TooLarge
            body = shift(inner[node.name], node.index.var, node.index.offset)
            return opened(body, inner, only_now, deep + 1)
        return node

    return rewrite(expr, put)


@dataclass(frozen=True)
class Compared:
    """The normal forms of one pair of states, in the names of the target: equal, if `same`."""

    source: str
    target: str
    mine: Expr
    other: Expr

    @property
    def same(self) -> bool:
        return self.mine == self.other


def compared(source: Side, target: Side, choice: Choice, facts: Facts) -> list[Compared]:
    """Every pair of states with its two equations, simplified; the proof where all are the same.

    It uses nothing of the search but its result: what is fixed is put in, what is not paired is
    put into the equations of what is, and the two sides are brought into normal form.
    """
    found = []
    named = {b for _, b in choice.pairs} - set(choice.moved)
    for a, b in choice.pairs:
        twins = {x: source.bodies[x] for x, y in choice.pairs if y == b and x != a}
        body = opened(source.bodies[a], twins, only_now=True)
        body = opened(body, {x: source.bodies[x] for x in choice.moved if x in source.bodies})
        mine = normal(settled(source, choice, body, target.reads), facts)
        inner = {q: e for q, e in target.bodies.items() if q not in named}
        other = normal(chosen(opened(target.bodies[b], inner), target, choice), facts)
        found.append(Compared(a, b, mine, other))
    return found


def settled(source: Side, choice: Choice, body: Expr, reads: str) -> Expr:
    """A body of the source with everything decided put in, in the names of the target."""
    pairs = dict(choice.pairs)

    def put(node: Expr) -> Expr:
        name = node.name if isinstance(node, Ref) else text(node) if block_of(node) else ""
        if name in choice.values:
            return choice.values[name]
        if isinstance(node, Ref) and node.name in pairs:
            return replace(node, name=pairs[node.name])
        if isinstance(node, Ref) and node.name == source.reads and isinstance(node.index, Shift):
            index = replace(node.index, offset=node.index.offset - (choice.offset or 0))
            return replace(node, name=reads, index=index)
        return node

    def plain(expr: Expr) -> Expr:
        return rewrite(chosen(top_down(expr, put), source, choice), folded)

    # What is 0 goes first: a sequence that nothing reads any more would be opened for ever.
    left = {q: plain(e) for q, e in source.bodies.items() if q not in pairs}
    return rewrite(opened(plain(body), left), folded)


def top_down(expr: Expr, put: Callable[[Expr], Expr]) -> Expr:
    """`put` at every node, parents first; what it has replaced is not looked into."""
    new = put(expr)
    if new is not expr:
        return new
    return with_children(expr, tuple(top_down(c, put) for c in children(expr)))


def chosen(expr: Expr, side: Side, choice: Choice) -> Expr:
    """Functions under the names of those that stand there now."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op in side.functions:
            return replace(node, op=choice.functions.get(node.op) or side.functions[node.op])
        return node

    return rewrite(expr, put)


def reached(side: Side, start: str) -> set[str]:
    """The names that a sequence depends on, over any number of steps."""
    seen, waiting = {start}, [start]
    while waiting:
        for ref in refs(side.bodies.get(waiting.pop(), Number("0"))):
            if ref.name not in seen:
                seen.add(ref.name)
                waiting.append(ref.name)
    return seen


def read_by_output(source: Side, choice: Choice, facts: Facts) -> set[str]:
    """The names on which the output still depends when everything decided is put in."""
    found: set[str] = set()
    waiting = [source.gives]
    while waiting:
        q = waiting.pop()
        if q not in source.bodies or q in choice.values:
            continue
        for ref in refs(plainly(source, choice, source.bodies[q], facts)):
            if ref.name not in found:
                found.add(ref.name)
                waiting.append(ref.name)
    return found


def with_choice(source: Side, choice: Choice, facts: Facts) -> Side:
    """The source with everything put in that is decided, as a system by itself."""
    bodies = {
        q: plainly(source, choice, body, facts)
        for q, body in source.bodies.items()
        if not isinstance(choice.values.get(q), Number)
    }
    left = {n.op for body in bodies.values() for n in _applications(body)}
    return replace(
        source,
        bodies=bodies,
        functions={
            key: choice.functions.get(key, op)
            for key, op in source.functions.items()
            if key in left
        },
        open=source.open - choice.functions.keys(),
    )


def plainly(source: Side, choice: Choice, body: Expr, facts: Facts, inner: bool = False) -> Expr:
    """A body of the source with what is a number, or the identity, put in; its own names stay."""

    def put(node: Expr) -> Expr:
        name = node.name if isinstance(node, Ref) else text(node) if block_of(node) else ""
        value = choice.values.get(name)
        if isinstance(value, Number) or (value is not None and is_identity(value)):
            return value
        if isinstance(node, Apply) and choice.functions.get(node.op) == "identity":
            return top_down(node.args[0], put)
        return node

    constants = {} if inner else _constants(source, choice, facts)

    def simple(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op == "@" and is_identity(node.args[0]):
            return node.args[1]
        if isinstance(node, Apply) and node.op in source.functions and len(node.args) == 1:
            (x,) = node.args
            op = choice.functions.get(node.op) or source.functions[node.op]
            value = facts.value(op, x.value) if isinstance(x, Number) else None
            return node if value is None else number(value)
        if isinstance(node, Ref) and node.name in constants:
            return constants[node.name]
        return folded(node)

    return rewrite(top_down(body, put), simple)


def _constants(source: Side, choice: Choice, facts: Facts) -> dict[str, Number]:
    """The sequences that are numbers by now, because all their weights are."""
    found: dict[str, Number] = {}
    for q, body in source.bodies.items():
        value = plainly(source, choice, body, facts, inner=True)
        if isinstance(value, Number) and q not in choice.values:
            found[q] = value
    return found
