"""One thing written in a formula that should be another: h[t] for h[t-1], W for Wᵀ, h² for h³, a
sum that begins too late, a factor that is missing; or two such things.

Everything that could have been meant is put in its place, seen in floats, then at every point, then
proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, combinations, islice, product

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.equality import Pairs, at_point, different
from rnnhand.arithmetic.program import compiled
from rnnhand.calculus.gradient import gradient
from rnnhand.calculus.spelled import summands
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, At, Expr, Number, Ref, Shift, refs, rewrite, walk
from rnnhand.questions.formula import factors as making
from rnnhand.questions.formula import terms
from rnnhand.questions.formula.floats import MOST_WORK, Exhausted, Floats
from rnnhand.questions.formula.formula import OWN, Formula
from rnnhand.questions.formula.meant import (
    KINDS,
    LATE,
    Known,
    at_other_step,
    known,
    meant,
    other_ends,
)
from rnnhand.questions.formula.multiplied import multiplied
from rnnhand.questions.formula.placed import is_sum
from rnnhand.questions.formula.proof import proved
from rnnhand.questions.formula.shorter import shorter
from rnnhand.questions.formula.signs import turned_signs
from rnnhand.questions.formula.slips import Place, places
from rnnhand.questions.formula.spots import (
    Candidate,
    Change,
    Edit,
    Spot,
    changed,
    products_in_sums,
    spots,
)
from rnnhand.questions.formula.summands import reread
from rnnhand.questions.formula.values import Point, filled, pairs
from rnnhand.system.model import Role

MOST = 3_000
"""Edits that are tried."""

LONGEST = 2_500
"""Parts of a formula in which something else may be meant."""

MOST_CLOSELY, MOST_PLACES = 8, 4
"""Edits that floats let pass and that are looked at closely, and points at which they are."""

TOLD = dict.fromkeys(("wrong-argument", *LATE), "wrong-name")
"""Kinds that differ in how likely they are, not in what they are."""

MOST_ALIKE = 1_000
"""Pairs of edits, each of them at several steps."""

MOST_SUMS = 3
"""Sums inside a formula in which an edit may be meant wherever it can be made."""

MOST_SUMMANDS, WORK_OF_TWO = 8, 60_000
"""Summands in which two edits are looked for, and operations that this may take."""

ZERO = Number("0")

MOST_OF_KIND, MOST_OF_TWO, MOST_PAIRS = 60, 25, 8_000
"""Edits of one kind, and of each of two kinds, that are tried two at a time, and such pairs."""


class Search:
    """Looks for what was meant in one formula; what is given in the roles of `fixed` keeps its
    numbers at all points, and in proofs."""

    def __init__(
        self, formula: Formula, points: Sequence[Point], fixed: Sequence[Role] = ()
    ) -> None:
        self.formula = _with_earlier(formula)
        self.points = points
        self.fixed = fixed
        self.places: list[Place] | None = None
        self.looked: set[Expr] = set()
        self.floats = Floats(*(shorter(self.formula, points) or (self.formula, points)))
        short = sum(1 for _ in islice(walk(self.formula.written), LONGEST)) < LONGEST
        there = bool(self.floats.there) and short
        self.candidates = list(islice(_candidates(self.formula), MOST)) if there else []

    def one(self) -> tuple[Edit, ...]:
        """The edit that makes the formula right, or the same one at several steps; none where
        nothing is found."""
        return self._first((*self.alike, *((one,) for one in self.candidates)))

    def two(self) -> tuple[Edit, ...]:
        """The two that only together do; or two, each of them at several steps."""
        alike = (a + b for a, b in combinations(self.alike, 2) if _are_apart(a + b))
        return self._first(
            chain(islice(alike, MOST_ALIKE), islice(pairs_of(self.candidates), MOST_PAIRS))
        )

    def two_in_a_summand(self) -> tuple[Edit, ...]:
        """Two in factors of one summand, of one inside a product too; of a derivative that is one
        number: what is wrong with a matrix may be told by its entries."""
        if not self.candidates or len(self.floats.right(self.floats.rows[0])) > 1:
            return ()
        self.looked, self.floats.work = set(), MOST_WORK - WORK_OF_TWO
        return self._first(self._of_two_factors())

    def _of_two_factors(self) -> Iterator[tuple[Candidate, ...]]:
        whole, floats = self.formula.written, self.floats
        row = floats.rows[0]
        right, all_ = floats.right(row), floats.row(whole, row)
        for spot in products_in_sums(_places(self.formula)[0])[:MOST_SUMMANDS]:
            none = Apply("*", (ZERO, spot.node))
            rest = floats.row(changed(whole, [Change(spot.way, none)]), row)
            if rest is None or all_ is None or not len(rest) == len(all_) == len(right):
                continue
            entries = [k for k in range(len(rest)) if rest[k] not in (all_[k], right[k])]
            if not entries:
                continue
            e = entries[0]
            inside = self.with_signs(spot.way)
            yield from ((one,) for one in inside if one.edit.kind == "wrong-sign")
            worth = (floats.row(changed(whole, c.changes), row) for c in inside)
            values = [r[e] - rest[e] if r is not None and len(r) > e else None for r in worth]
            for i, j in multiplied(values, all_[e] - rest[e], right[e] - rest[e]):
                if inside[i].apart_from(inside[j]):
                    yield inside[i], inside[j]

    @cached_property
    def alike(self) -> list[tuple[Candidate, ...]]:
        """One edit at all definite steps at which it can be made: y[2] for y[3], y[1] for y[2]."""
        found: dict[tuple[str, Expr | None, str, str], list[Candidate]] = {}
        if not self.candidates:
            return []
        there, about = _places(self.formula)
        whole = (c for c in self.candidates if c.edit.within is None)
        others = making.others(about, there, making.factors(self.formula))
        for one in (*whole, *others, *self._in_sums()):
            edit = one.edit
            steps = [r.index.step for r in refs(edit.at) if isinstance(r.index, At)]
            if steps:
                at, instead = (_from_step(e, steps[0]) for e in (edit.at, edit.instead))
                same = found.setdefault((edit.kind, edit.within, at, instead), [])
                if all(edit != known.edit for known in same):
                    same.append(one)
        return [tuple(same) for same in found.values() if len(same) > 1 and _are_apart(same)]

    def inside(self, way: tuple[int, ...]) -> Iterator[Candidate]:
        """The edits of one summand, told with it where what they are about stands elsewhere too."""
        (spot,) = (s for s in _places(self.formula)[0] if s.way == way)
        mine, all_ = Counter(walk(spot.node)), Counter(walk(self.formula.written))
        for one in islice(_candidates(self.formula, way), MOST):
            at = one.edit.at
            elsewhere = one.edit.within is None and all_[at] > mine[at] and spot.way
            yield replace(one, edit=replace(one.edit, within=spot.node)) if elsewhere else one

    def with_signs(self, way: tuple[int, ...]) -> list[Candidate]:
        """The edits of one summand that may come two at a time: signs too, which by themselves are
        a summand that is −1 times what it should be."""
        there = _places(self.formula)[0]
        (spot,) = (s for s in there if s.way == way)
        return [*turned_signs(there, spot), *self.inside(way)]

    def _in_sums(self) -> Iterator[Candidate]:
        """Edits of a whole sum that is a factor."""
        there, about = _places(self.formula)
        sums = [s for s in there if s.around and s.role == "value" and is_sum(s.node)]
        for spot in sums[:MOST_SUMS]:
            yield from _everywhere(about, there, spot, KINDS)

    def _first(self, together: Iterable[tuple[Candidate, ...]]) -> tuple[Edit, ...]:
        whole = self.formula.written
        try:
            for some in together:
                written = changed(whole, [c for one in some for c in one.changes])
                seen = self.floats.fits(written) and self.floats.says_as_much(written, whole)
                if seen and self._holds(written):
                    return tuple(one.edit for one in some)
        except Exhausted:
            pass
        return ()

    def _holds(self, written: Expr) -> bool:
        """Whether the edited formula is proved to be right. Raises `Exhausted` after many."""
        if written in self.looked:
            return False
        self.looked.add(written)
        if len(self.looked) > MOST_CLOSELY:
            raise Exhausted
        formula = self.formula
        found = reread(formula, written)
        if found is None or not _has_gradients(formula, found) or _says_itself(found):
            return False
        if self.places is None:
            self.places = list(places(formula, self.points[:MOST_PLACES]))
        found = found.having(formula.gradients)
        return (
            bool(self.places)
            and all(_agrees(found, place) for place in self.places)
            and proved(found, self.fixed)
        )


def _with_earlier(formula: Formula) -> Formula:
    """The same with the gradients of a step before and after at hand, which may be meant."""
    system, found = formula.system, dict(formula.gradients)
    for instance in formula.instances:
        for name in instance.names:
            pair = derivative_of(name)
            assert pair is not None
            for by in (-1, 1):
                of = at_other_step(pair.of, by)
                if of is None or text(of) in found:
                    continue
                q = system.quantity(of)
                if system.exists(q, system.step(of)) and q in system.made_by:
                    found[text(of)] = gradient(system, of, formula.gradients[text(pair.of)].wrt)
    return formula if len(found) == len(formula.gradients) else formula.having(found)


def _says_itself(found: Formula) -> bool:
    """Whether a derivative is told by itself, which is right and explains nothing."""
    return any(ref in i.names for i in found.instances for ref in refs(i.own))


def _has_gradients(formula: Formula, found: Formula) -> bool:
    """Whether the derivatives that an edited formula mentions are at hand."""
    made = formula.full.made_by
    return all(
        formula.full.quantity(Ref(f"d{text(pair.of)}/d{pair.by.name}", pair.by.index)) in made
        for instance in found.instances
        for ref in refs(instance.own)
        if (pair := derivative_of(ref)) is not None
    )


def _agrees(found: Formula, place: Place) -> bool:
    """Whether the edited formula is the derivative at one point, where all else has its value."""
    system = replace(
        filled(found, found.full), given=place.system.given, functions=place.system.functions
    )
    own = [e for e in system.equations if e.target.name.startswith(OWN)]
    storage = dict(place.storage)

    def compute(arithmetic: Arithmetic) -> Pairs:
        compiled(system, arithmetic, own).run(storage)
        return pairs(found, system, storage, "")

    compared = at_point(compute, place.arithmetic)
    return compared is not None and not different(compared)


def _places(formula: Formula) -> tuple[list[Spot], Known]:
    names = dict.fromkeys(name for i in formula.instances for name, _ in i.steps)
    there = spots(formula.written, tuple(names))
    return there, known(formula, there)


def _candidates(formula: Formula, inside: tuple[int, ...] = ()) -> Iterator[Candidate]:
    """Every edit inside a part of the formula, the likeliest first."""
    whole = formula.written
    everywhere, about = _places(formula)
    there = [s for s in everywhere if s.way[: len(inside)] == inside]
    parts = [] if inside else _parts(whole, there)
    in_summands = (None, *(parts if len(parts) > 1 else ()))
    for within in in_summands:
        yield from _everywhere(about, there, within, KINDS)
    found = making.factors(formula)
    steps = making.mentioned_steps(whole)
    yield from _in_one_place(about, whole, there)
    yield from making.others(about, there, found)
    yield from _ends(about, there)
    yield from making.too_many(there)
    yield from terms.missing(about, there, steps)
    lacking = list(making.missing(about, there, found, steps))
    plain = [one for one in lacking if not _is_by_name(one.edit.at)]
    yield from plain
    for within in in_summands:
        yield from _everywhere(about, there, within, LATE)
    yield from (one for one in lacking if _is_by_name(one.edit.at))


def _is_by_name(factor: Expr) -> bool:
    """Whether it is a derivative that stands by its name, which says all that could be missing."""
    return any(derivative_of(r) is not None for r in refs(factor))


def _parts(whole: Expr, there: Sequence[Spot]) -> list[Spot]:
    """The summands of the formula."""
    parts = [p.args[0] if isinstance(p, Apply) and p.op == "neg" else p for p in summands(whole)]
    return [s for s in there if any(s.node is p for p in parts)]


def _everywhere(
    about: Known, there: Sequence[Spot], within: Spot | None, kinds: Sequence[str]
) -> Iterator[Candidate]:
    """One thing for another wherever it stands in the formula, or in one summand."""
    inside = [s for s in there if within is None or s.way[: len(within.way)] == within.way]
    first: dict[Expr, Spot] = {}
    for spot in inside:
        if spot.role == "value":
            first.setdefault(spot.node, spot)
    could = {node: list(meant(about, spot)) for node, spot in first.items()}
    for kind in kinds:
        for node in first:
            for this, instead in could[node]:
                if this == kind:
                    where = [Change(s.way, instead) for s in inside
                             if s.role == "value" and s.node == node]  # fmt: skip
                    edit = Edit(
                        TOLD.get(kind, kind), node, instead, None if within is None else within.node
                    )
                    yield Candidate(edit, tuple(where))


def _in_one_place(about: Known, whole: Expr, there: Sequence[Spot]) -> Iterator[Candidate]:
    """One of several mentions, told by what stands around it and nowhere else: (1 − h[t]²)·h[t].T
    has h[t].T where h[t-1].T belongs."""
    often = Counter(walk(whole))
    several = [s for s in there if s.role == "value" and often[s.node] > 1]
    could = {spot.way: list(meant(about, spot)) for spot in several}
    for kind in KINDS:
        for spot in several:
            for this, instead in could[spot.way]:
                if this == kind:
                    told = _told(TOLD.get(kind, kind), spot, instead, often)
                    yield Candidate(told, (Change(spot.way, instead),))


def _told(kind: str, spot: Spot, instead: Expr, often: Counter[Expr]) -> Edit:
    """One of several mentions: in what stands around it and nowhere else; turned round with it."""
    for depth in range(len(spot.around) - 1, -1, -1):
        around = spot.around[depth]
        if often[around] == 1:
            factors = around.args if isinstance(around, Apply) and around.op in ("*", "@") else ()
            if depth == len(spot.around) - 1 and factors.count(spot.node) == 1:
                return Edit(kind, spot.node, instead, around, as_factor=True)
            alone = sum(1 for n in walk(around) if n == spot.node) == 1
            if alone and not (isinstance(around, Apply) and around.op == "T"):
                return Edit(kind, spot.node, instead, around)
            new = changed(around, (Change(spot.way[depth:], instead),))
            return Edit(kind, around, new)
    raise AssertionError(spot)


def _ends(about: Known, there: Sequence[Spot]) -> Iterator[Candidate]:
    """A sum or a product over other steps."""
    for spot in there:
        if spot.role == "end" and spot.parent is not None and spot.parent in spot.around:
            kind = "range-begin" if spot.way[-1] == 1 else "range-end"
            for instead in other_ends(about, spot):
                edit = Edit(kind, spot.node, instead, spot.parent)
                yield Candidate(edit, (Change(spot.way, instead),))


def pairs_of(candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Two edits at once: first of one kind, then of two."""
    by_kind: dict[str, list[Candidate]] = {}
    for one in candidates:
        by_kind.setdefault(one.edit.kind, []).append(one)
    for same in by_kind.values():
        yield from _apart(combinations(same[:MOST_OF_KIND], 2))
    for some, others in combinations(by_kind.values(), 2):
        yield from _apart(product(some[:MOST_OF_TWO], others[:MOST_OF_TWO]))


def _are_apart(some: Sequence[Candidate]) -> bool:
    return all(a.apart_from(b) for a, b in combinations(some, 2))


def _from_step(expr: Expr, first: int) -> str:
    """A part of a formula, its steps counted from one of them."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and isinstance(node.index, At):
            return replace(node, index=Shift("t", node.index.step - first))
        return node

    return text(rewrite(expr, put))


def _apart(
    pairs: Iterable[tuple[Candidate, Candidate]],
) -> Iterator[tuple[Candidate, Candidate]]:
    return ((a, b) for a, b in pairs if a.apart_from(b))
