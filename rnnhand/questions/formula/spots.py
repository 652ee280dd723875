"""The places of a formula at which something else may be written, and the formula with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rnnhand.language.tree import COMPARISONS, Apply, Expr, Over, Ref, children, with_children


@dataclass(frozen=True)
class Spot:
    """A part of a formula. `way` leads there from the whole by places among children, `around` are
    the parts that hold it, the whole first; `names` run there. `role` is value, exponent, end (of a
    range) or none, where nothing else could be meant."""

    way: tuple[int, ...]
    node: Expr
    around: tuple[Expr, ...]
    names: tuple[str, ...]
    role: str

    @property
    def parent(self) -> Apply | Over | None:
        last = self.around[-1] if self.around else None
        return last if isinstance(last, Apply | Over) else None


@dataclass(frozen=True)
class Change:
    """`new` in the place to which `way` leads."""

    way: tuple[int, ...]
    new: Expr


@dataclass(frozen=True)
class Edit:
    """`at` is written where `instead` belongs: everywhere in the formula, or in one part of it
    (`within`). Or `at` is a factor that is missing or too many there."""

    kind: str
    at: Expr
    instead: Expr
    within: Expr | None = None
    as_factor: bool = False
    """It is a factor of `within` that is meant, not what else mentions it there."""


@dataclass(frozen=True)
class Candidate:
    """An edit, and what it changes in the formula."""

    edit: Edit
    changes: tuple[Change, ...]

    def apart_from(self, other: Candidate) -> bool:
        """Whether both can be made at once."""
        ways = [(a.way, b.way) for a in self.changes for b in other.changes]
        return all(a[: len(b)] != b and b[: len(a)] != a for a, b in ways)


def spots(whole: Expr, names: Sequence[str]) -> list[Spot]:
    """Every part of a formula in which some names run, parts before what they are made of."""
    return list(_spots(Spot((), whole, (), tuple(names), "value")))


def _spots(spot: Spot) -> Iterator[Spot]:
    yield spot
    node, around = spot.node, (*spot.around, spot.node)
    for i, child in enumerate(children(node)):
        role, names = spot.role, spot.names
        match node:
            case Over(_, var, _):
                names = _with(names, var)
            case Apply("Σ" | "Π", (Ref(var, None), _, _, _)):
                role = ("none", "end", "end", role)[i]
                names = _with(names, var) if i == 3 else names
            case Apply("^", _) if i == 1:
                role = "exponent"
            case Apply("entry", _):  # a place is a number or runs; a class is of a step
                of_step = isinstance(child, Ref) and child.index is not None
                role = role if i == 0 or of_step else "none"
        yield from _spots(Spot((*spot.way, i), child, around, names, role))


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def changed(whole: Expr, changes: Sequence[Change]) -> Expr:
    """The formula with some parts replaced, none of them inside another."""
    here = [c for c in changes if not c.way]
    if here:
        return here[0].new
    parts = list(children(whole))
    for i in dict.fromkeys(c.way[0] for c in changes):
        inside = [Change(c.way[1:], c.new) for c in changes if c.way[0] == i]
        parts[i] = changed(parts[i], inside)
    return with_children(whole, tuple(parts))


def products_in_sums(there: Sequence[Spot]) -> list[Spot]:
    """The products that are summands anywhere in a formula, the outer ones first."""
    found = [
        s
        for s in there
        if s.role == "value"
        and isinstance(s.node, Apply)
        and s.node.op in ("*", "@", "/")
        and isinstance(s.parent, Apply)
        and s.parent.op in ("+", "-")
    ]
    return sorted(found, key=lambda s: len(s.way))


def is_all(spot: Spot) -> bool:
    """Whether a place is the formula but for sums over steps, signs and numbers below."""
    return all(
        isinstance(node, Over)
        or (isinstance(node, Apply) and node.op in ("Σ", "neg"))
        or (isinstance(node, Apply) and node.op == "/" and spot.way[k] == 0)
        for k, node in enumerate(spot.around)
    )


def compares(expr: Expr | None) -> bool:
    return isinstance(expr, Apply) and expr.op in COMPARISONS
