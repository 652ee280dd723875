"""The order within the rows of a layered drawing, against a count of its own."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations, product

from hypothesis import given
from hypothesis import strategies as st

from rnnhand.render.picture.bundles import bundles, with_exchanged
from rnnhand.render.picture.held import Held
from rnnhand.render.picture.neighbours import neighbours, weight
from rnnhand.render.picture.net import net
from rnnhand.render.picture.order import ordered
from rnnhand.render.picture.reroute import reroute, runs

Chains = list[tuple[str, ...]]


def cost(rows: list[list[str]], chains: Chains) -> int:
    """Crossings between rows, pair by pair of edges."""
    place = {item: (r, k) for r, row in enumerate(rows) for k, item in enumerate(row)}
    edges = [(a, b) for chain in chains for a, b in pairwise(chain)]
    found = 0
    for (a, b), (c, d) in combinations(edges, 2):
        (r, one), (s, other) = place[a], place[c]
        if r == s and (one - other) * (place[b][1] - place[d][1]) < 0:
            found += weight(r)
    return found


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[list[str]], Chains]:
    """Three rows of items and edges between them; long ones have stand-ins."""
    rows = [[f"{r}{letter}" for letter in "abc"[: draw(st.integers(1, 3))]] for r in "xyz"]
    pairs = [(0, 1), (1, 2), (0, 2)]
    edges = [
        (low, high, a, b)
        for low, high in pairs
        for a, b in product(rows[low], rows[high])
        if draw(st.booleans())
    ]
    chains: Chains = []
    for low, high, a, b in edges:
        inner = []
        if high - low == 2:
            inner = [f"1 {a, b, 0}"]
            rows[1].append(inner[0])
        chains.append((a, *inner, b))
    return rows, chains


@given(drawings())
def test_an_order_holds_what_was_there_and_crosses_no_more(
    drawing: tuple[list[list[str]], Chains],
) -> None:
    rows, chains = drawing
    found = ordered([list(row) for row in rows], chains, Held())
    assert [sorted(row) for row in found] == [sorted(row) for row in rows]
    assert cost(found, chains) <= cost(rows, chains)


@given(drawings())
def test_what_is_kept_of_rows_is_what_crosses(drawing: tuple[list[list[str]], Chains]) -> None:
    rows, chains = drawing
    own = net(chains, Held())
    turned = [row[::-1] for row in rows]
    mixed = [rows[0], *turned[1:]]
    for asked in (rows, turned, mixed, rows, mixed):
        assert own.crossings_of(asked) == cost(asked, chains)


@given(drawings())
def test_a_run_is_led_alike_from_the_same_rows(drawing: tuple[list[list[str]], Chains]) -> None:
    rows, chains = drawing
    own = net(chains, Held())
    for run in runs(chains, own):
        first, again, anew = ([list(row) for row in rows] for _ in range(3))
        reroute(first, run, own)
        kept = [list(row) for row in first]
        first[0].reverse()  # what is kept of rows does not change with them
        reroute(again, run, own)
        reroute(anew, run, net(chains, Held()))
        assert again == anew == kept


@given(drawings())
def test_a_long_edge_takes_the_best_way(drawing: tuple[list[list[str]], Chains]) -> None:
    rows, chains = drawing
    own = net(chains, Held())
    for run in runs(chains, own):
        moved = [list(row) for row in rows]
        reroute(moved, run, own)
        of_row = {item: r for r, row in enumerate(rows) for item in row}
        others = [[i for i in row if i not in run.items] for row in rows]
        every = []
        for places in product(*(range(len(others[of_row[i]]) + 1) for i in run.items)):
            tried = [list(row) for row in others]
            for item, k in zip(run.items, places, strict=True):
                tried[of_row[item]].insert(k, item)
            every.append(cost(tried, chains))
        assert cost(moved, chains) == min(every)


@given(drawings())
def test_bundles_change_places_and_lose_nothing(
    drawing: tuple[list[list[str]], Chains],
) -> None:
    rows, chains = drawing
    found = bundles(chains, *neighbours(chains))
    for one, other in permutations(found, 2):
        moved = with_exchanged(rows, found[one], found[other])
        assert [sorted(row) for row in moved] == [sorted(row) for row in rows]


def test_a_bundle_takes_along_what_hangs_on_it() -> None:
    chains: Chains = [("leaf", "1 (leaf)", "a"), ("a", "top"), ("b", "top"), ("x", "b")]
    found = bundles(chains, *neighbours(chains))
    assert found["a"] == {"a", "leaf", "1 (leaf)"}
    assert found["b"] == {"b", "x"}


@given(drawings(), st.data())
def test_nothing_but_lines_passes_what_is_held(
    drawing: tuple[list[list[str]], Chains], data: st.DataObject
) -> None:
    rows, chains = drawing
    free = {item for chain in chains for item in chain[1:-1]}
    sides = {row[0]: data.draw(st.sampled_from([-1, 1])) for row in rows}
    found = ordered([list(row) for row in rows], chains, Held(sides, free=free))
    assert [sorted(row) for row in found] == [sorted(row) for row in rows]
    for row in found:
        items = [item for item in row if item not in free]
        (held,) = [item for item in items if item in sides]
        assert held == items[0 if sides[held] < 0 else -1]


def test_a_line_passes_what_is_held_where_it_crosses_less() -> None:
    """From a to d past b, whose line leaves to the right: on its left are three lines to b."""
    rows = [["e", "f", "g", "a"], ["1 (a, d)", "b"], ["c", "d"]]
    chains: Chains = [("a", "1 (a, d)", "d"), ("e", "b"), ("f", "b"), ("g", "b"), ("b", "c")]
    found = ordered(rows, chains, Held({"a": 1, "b": 1}, free={"1 (a, d)"}))
    assert found[1] == ["b", "1 (a, d)"]


@given(drawings())
def test_places_are_those_where_an_item_stays_allowed(
    drawing: tuple[list[list[str]], Chains],
) -> None:
    rows, _ = drawing
    for row in rows:
        held = Held({row[0]: -1, row[-1]: 1} if len(row) > 1 else {})
        for item in row:
            rest = [i for i in row if i != item]
            for k in range(len(rest) + 1):
                tried = [*rest[:k], item, *rest[k:]]
                assert (k in held.places(item, rest)) == (held.sided(tried) == tried)
