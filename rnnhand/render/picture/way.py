"""How the lines of a picture run: what is upside down, what stands below what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Way:
    """How lines run: `turned` links between rows, or of a port with one, are drawn downwards, what
    enters by a port in `above` comes from above all its readers, of `stacked` pairs the first
    stands below the second, loops into a port in `mirrored` go around on the other side, and if it
    `has_floors` layers of a network stand one above the other. `in_order` lines meet a node in the
    order of its formula, as far as that takes no crossing."""

    turned: frozenset[tuple[str, str]] = frozenset()
    above: frozenset[str] = frozenset()
    stacked: frozenset[tuple[str, str]] = frozenset()
    mirrored: frozenset[str] = frozenset()
    has_floors: bool = False
    in_order: bool = False


PLAIN = Way()


def joined(ways: Iterable[Way]) -> Way:
    """The ways of several parts of a graph as one."""
    found = PLAIN
    for way in ways:
        found = replace(
            found,
            turned=found.turned | way.turned,
            above=found.above | way.above,
            stacked=found.stacked | way.stacked,
            mirrored=found.mirrored | way.mirrored,
        )
    return found
