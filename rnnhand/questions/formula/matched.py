"""The summands of a formula against the parts of the derivative, each by itself: so any number of
slips is told apart, and where some are not, what is right and what is left.

What fits in floats is proved: a summand is a part, or is one when something in it is put right.
What the others must add up to follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, islice

from rnnhand.arithmetic.equality import SIMPLE
from rnnhand.calculus.rules import plus
from rnnhand.language.tree import Apply, Expr, Number
from rnnhand.questions.formula.edits import Search, pairs_of
from rnnhand.questions.formula.floats import Exhausted, Floats, are_near
from rnnhand.questions.formula.formula import Formula, Instance
from rnnhand.questions.formula.judged import UNEXPLAINED, Judged, Sorted
from rnnhand.questions.formula.parts import Part, Piece, parts, pieces
from rnnhand.questions.formula.proof import proved
from rnnhand.questions.formula.spots import Candidate, Edit, changed
from rnnhand.questions.formula.summands import Summand, reread
from rnnhand.system.model import Role

MOST_PIECES, MOST_TOGETHER = 16, 3
"""Summands of a formula, and those that may only together be one part, or parts one summand."""

MOST_PAIRS = 2_000
"""Pairs of edits that are tried in one summand."""

ZERO = Number("0")

Rows = tuple[Sequence[float], ...]


@dataclass
class Matching:
    """What has been matched so far; `pieces` and `parts` are those that are left."""

    search: Search
    fixed: Sequence[Role]
    pieces: list[Piece]
    parts: list[Part]
    right: list[Expr] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    scaled: list[Summand] = field(default_factory=list)

    @property
    def formula(self) -> Formula:
        return self.search.formula

    @property
    def floats(self) -> Floats:
        return self.search.floats


def by_parts(search: Search, fixed: Sequence[Role]) -> Judged:
    """What can be said of the summands one by one; nothing where none can be told."""
    formula = search.formula
    found = Matching(search, fixed, pieces(formula.written), parts(formula))
    if not found.parts or len(found.pieces) > MOST_PIECES or not search.floats.there:
        return UNEXPLAINED
    if len(found.pieces) == 1 or len(found.parts) == 1:
        return UNEXPLAINED
    try:
        said = all((_equal(found), _edited(found), _scaled(found)))
    except Exhausted:
        return UNEXPLAINED
    if not said or not (found.right or found.edits or found.scaled):
        return UNEXPLAINED
    return _told(found)


def _told(found: Matching) -> Judged:
    rest = tuple(piece.said for piece in found.pieces)
    missing = tuple(part.told for part in found.parts)
    one_each = len(rest) == 1 and len(missing) == 1
    if one_each and not found.edits and not found.scaled:
        return replace(UNEXPLAINED, summand=Summand(rest[0], missing[0]))
    return replace(
        UNEXPLAINED,
        sorted=Sorted(tuple(found.right), tuple(found.edits), tuple(found.scaled), rest, missing),
    )


def _equal(found: Matching) -> bool:
    """Takes away the summands that are parts, alone or together. False where one is not proved."""
    for many in range(1, MOST_TOGETHER + 1):
        for mine, its in ((1, many), (many, 1)) if many > 1 else ((1, 1),):
            while True:
                fitting = _first_equal(found, mine, its)
                if fitting is None:
                    break
                some, belonging = fitting
                if not _is_proved(found, [p.alone(found.formula.written) for p in some], belonging):
                    return False
                found.right += [p.said for p in some]
                _take(found, some, belonging)
    return True


def _first_equal(
    found: Matching, mine: int, its: int
) -> tuple[tuple[Piece, ...], tuple[Part, ...]] | None:
    whole = found.formula.written
    own = {id(p): _rows(found, p.alone(whole)) for p in found.pieces}
    other = {id(p): _part_rows(found, p) for p in found.parts}
    for some in combinations(found.pieces, mine):
        left = _added([own[id(p)] for p in some])
        if left is None:
            continue
        for belonging in combinations(found.parts, its):
            right = _added([other[id(p)] for p in belonging])
            if right is not None and _are_near(found, left, right):
                return some, belonging
    return None


def _take(found: Matching, some: Sequence[Piece], belonging: Sequence[Part]) -> None:
    found.pieces = [p for p in found.pieces if p not in some]
    found.parts = [p for p in found.parts if p not in belonging]


def _edited(found: Matching) -> bool:
    """Takes away the summands that are parts when one thing in them, or two, are put right."""
    for piece in tuple(found.pieces):
        inside = [
            c
            for c in found.search.candidates
            if all(change.way[: len(piece.way)] == piece.way for change in c.changes)
        ]
        together = ((c,) for c in inside)
        twos = islice(pairs_of(inside), MOST_PAIRS)
        _first_edited(found, piece, together) or _first_edited(found, piece, twos)
    return True


def _first_edited(found: Matching, piece: Piece, together: Iterator[tuple[Candidate, ...]]) -> bool:
    whole = found.formula.written
    there = [(part, _part_rows(found, part)) for part in found.parts]
    tried: set[tuple[Expr, int]] = set()
    for some in together:
        written = piece.alone(changed(whole, [c for one in some for c in one.changes]))
        for part, rows in there:
            if rows is None or not _fits(found, written, rows) or (written, id(part)) in tried:
                continue
            tried.add((written, id(part)))
            says = found.floats.says_as_much(written, piece.alone(whole))
            if says and _is_proved(found, [written], (part,)):
                found.edits += [one.edit for one in some]
                _take(found, (piece,), (part,))
                return True
            if len(tried) > MOST_TOGETHER:
                return False
    return False


def _scaled(found: Matching) -> bool:
    """Takes away the summands that are parts but for a number."""
    for piece in tuple(found.pieces):
        written = piece.alone(found.formula.written)
        for part in found.parts:
            factor = _ratio(_rows(found, written), _part_rows(found, part))
            if factor and _is_proved(found, [_times(1 / factor, written)], (part,)):
                found.scaled.append(Summand(piece.said, None, str(factor)))
                _take(found, (piece,), (part,))
                break
    return True


def _ratio(own: Rows | None, its: Rows | None) -> Fraction | None:
    if own is None or its is None:
        return None
    most = max((abs(b) for row in its for b in row), default=0.0)
    pairs = [(a, b) for x, y in zip(own, its, strict=True) for a, b in zip(x, y, strict=True)]
    a, b = next(((a, b) for a, b in pairs if abs(b) == most), (0.0, 0.0))
    if not a or not b:
        return None
    found = Fraction(a / b).limit_denominator(SIMPLE)
    near = found and all(are_near([a], [float(found) * b], abs(b) or 1.0) for a, b in pairs)
    return found if near else None


def _times(factor: Fraction, expr: Expr) -> Expr:
    number: Expr = Apply("/", (Number(str(abs(factor.numerator))), Number(str(factor.denominator))))
    return Apply("*", (number if factor > 0 else Apply("neg", (number,)), expr))


def _rows(found: Matching, written: Expr) -> Rows | None:
    rows = [found.floats.row(written, row) for row in found.floats.rows]
    return None if any(r is None for r in rows) else tuple(r for r in rows if r is not None)


def _part_rows(found: Matching, part: Part) -> Rows | None:
    rows = [found.floats.row(part.bodies[row[1]] or ZERO, row) for row in found.floats.rows]
    return None if any(r is None for r in rows) else tuple(r for r in rows if r is not None)


def _fits(found: Matching, written: Expr, rows: Rows) -> bool:
    for row, right in zip(found.floats.rows, rows, strict=True):
        own = found.floats.row(written, row)
        if own is None or not are_near(own, right, max(map(abs, right))):
            return False
    return True


def _added(some: Sequence[Rows | None]) -> Rows | None:
    there = [rows for rows in some if rows is not None]
    if len(there) < len(some):
        return None
    return tuple([sum(entries) for entries in zip(*same, strict=True)]
                 for same in zip(*there, strict=True))  # fmt: skip


def _are_near(found: Matching, left: Rows, right: Rows) -> bool:
    something = any(any(row) for row in right)
    return something and all(
        are_near(a, b, max(map(abs, b))) for a, b in zip(left, right, strict=True)
    )


def _is_proved(found: Matching, written: Sequence[Expr], belonging: Sequence[Part]) -> bool:
    """Whether some summands add up to some parts, in every instance."""
    formula = found.formula
    read = reread(formula, plus(*written))
    if read is None:
        return False
    instances: list[Instance] = []
    for k, instance in enumerate(read.instances):
        bodies = [b for part in belonging if (b := part.bodies[k]) is not None]
        right = plus(*bodies) if bodies else ZERO
        if bodies or instance.own != ZERO:
            instances.append(replace(instance, right=right))
    asked = replace(read, instances=tuple(instances)).having(formula.gradients)
    return proved(asked, found.fixed)
