"""What hangs together in rows: an item with its edges and all that is tied to the rest through it
alone. Two such bundles change places at once, which no exchange of single items can do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rnnhand.render.picture.held import Held
from rnnhand.render.picture.neighbours import Neighbours

Bundle = frozenset[str]

REACH = 5
"""How far apart items of a row are, stand-ins aside, whose bundles change places."""


def bundles(
    chains: Collection[Sequence[str]], below: Neighbours, above: Neighbours
) -> dict[str, Bundle]:
    """For every item that is no stand-in, its bundle."""
    edges: dict[str, set[str]] = {}
    for start, *inner, end in chains:
        edges.setdefault(start, set()).update(inner)
        edges.setdefault(end, set()).update(inner)
    found = {}
    for item, own in edges.items():
        *less, _ = sorted(_parts_without(item, below, above), key=len)
        found[item] = frozenset({item, *own}.union(*less))
    return found


def _parts_without(item: str, below: Neighbours, above: Neighbours) -> Iterator[set[str]]:
    """What the drawing falls into where an item is taken out."""
    seen = {item}
    for start in _beside(item, below, above):
        if start in seen:
            continue
        part, rest = {start}, [start]
        while rest:
            new = [i for i in _beside(rest.pop(), below, above) if i not in part and i != item]
            part.update(new)
            rest += new
        seen |= part
        yield part


def _beside(item: str, below: Neighbours, above: Neighbours) -> Iterable[str]:
    return (*below.get(item, ()), *above.get(item, ()))


def exchanged(
    rows: Sequence[Sequence[str]], found: Mapping[str, Bundle], held: Held
) -> Iterator[tuple[str, str]]:
    """Pairs of items not far from each other in a row whose bundles may change places."""
    for row in rows:
        items = [item for item in row if item in found]
        for k, one in enumerate(items):
            for other in items[k + 1 : k + 1 + REACH]:
                apart = one not in found[other] and other not in found[one]
                if apart and held.may_pass(one, other):
                    yield one, other


def with_exchanged(rows: Sequence[Sequence[str]], one: Bundle, other: Bundle) -> list[list[str]]:
    """The rows with two bundles where the other one was; what both hold stays with neither."""
    one, other = one - other, other - one
    both = one | other
    found = []
    for row in rows:
        places = [k for k, item in enumerate(row) if item in both]
        found.append(list(row))
        if places:
            first, second = (one, other) if row[places[0]] in one else (other, one)
            moved = [row[k] for k in places if row[k] in second]
            moved += [row[k] for k in places if row[k] in first]
            for k, item in zip(places, moved, strict=True):
                found[-1][k] = item
    return found
