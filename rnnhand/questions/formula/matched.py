"""The summands of a formula against the parts of the derivative, each by itself: so any number of
slips is told apart, and where some are not, what is right and what is left.

What fits in floats is proved: a summand is a part, or is one when something in it is put right.
What the others must add up to follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, combinations, islice

from rnnhand.arithmetic.equality import SIMPLE
from rnnhand.calculus.rules import plus
from rnnhand.calculus.variants import Variant
from rnnhand.language.tree import Apply, Expr, Number, walk
from rnnhand.questions.formula.edits import Search, pairs_of
from rnnhand.questions.formula.floats import Exhausted, Floats, are_near
from rnnhand.questions.formula.formula import Formula, Instance
from rnnhand.questions.formula.judged import UNEXPLAINED, Judged, Sorted
from rnnhand.questions.formula.multiplied import multiplied
from rnnhand.questions.formula.parts import Part, Piece, opened, pieces
from rnnhand.questions.formula.placed import instance_at
from rnnhand.questions.formula.proof import proved
from rnnhand.questions.formula.spots import Candidate, Edit, changed
from rnnhand.questions.formula.summands import Summand, reread
from rnnhand.system.model import Role

MOST_PIECES, MOST_TOGETHER, FEW = 60, 3, 12
"""Summands of a formula; those that may only together be one part, or parts one summand, where
there are few."""

MOST_PAIRS = 8_000
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
    known: dict[Piece | Part, Rows | None] = field(default_factory=dict)

    @property
    def formula(self) -> Formula:
        return self.search.formula

    @property
    def floats(self) -> Floats:
        return self.search.floats


def by_parts(search: Search, fixed: Sequence[Role], whole: Sequence[Part]) -> Judged:
    """What can be said of the summands one by one, against the parts of the whole derivative;
    nothing where none can be told."""
    found = Matching(search, fixed, pieces(search.formula.written), list(whole))
    found.parts = [p for p in found.parts if not _is_nothing(found, p)]
    if not found.parts or len(found.pieces) > MOST_PIECES or not search.floats.there:
        return UNEXPLAINED
    by_step = any(p.told.kind == "missing-step" for p in found.parts if isinstance(p.told, Variant))
    if len(found.pieces) == 1 and (by_step or len(found.parts) == 1):
        return UNEXPLAINED
    search.floats.work = 0
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
    if len(rest) == 1 and len(missing) == 1 and not found.edits and not found.scaled:
        (instead,) = missing
        if isinstance(instead, Variant):
            return replace(UNEXPLAINED, summand=Summand(rest[0], instead))
    return replace(
        UNEXPLAINED,
        sorted=Sorted(tuple(found.right), tuple(found.edits), tuple(found.scaled), rest, missing),
    )


def _equal(found: Matching) -> bool:
    """Takes away the summands that are parts, alone or together; parts are opened while there are
    more summands. False where one is not proved."""
    while True:
        few = len(found.pieces) <= FEW and len(found.parts) <= FEW
        for many in range(1, MOST_TOGETHER + 1 if few else 2):
            for mine, its in dict.fromkeys(((1, many), (many, 1))):
                while fitting := _first_equal(found, mine, its):
                    some, belonging = fitting
                    whole = found.formula.written
                    if not _is_proved(found, [p.alone(whole) for p in some], belonging):
                        return False
                    found.right += [p.said for p in some]
                    _take(found, some, belonging)
        if len(found.pieces) <= len(found.parts) or not _open(found):
            return True


def _open(found: Matching) -> bool:
    """Puts adjoints into the parts that are left. False where that gives no other ones."""
    opened_ = [(part, opened(found.formula, part)) for part in found.parts]
    if not any(inner for _, inner in opened_):
        return False
    parts_ = [one for part, inner in opened_ for one in (inner or [part])]
    if len(parts_) > MOST_PIECES:
        return False
    found.parts = parts_
    return True


def _first_equal(
    found: Matching, mine: int, its: int
) -> tuple[tuple[Piece, ...], tuple[Part, ...]] | None:
    for some in combinations(found.pieces, mine):
        left = _added([_piece_rows(found, p) for p in some])
        if left is None:
            continue
        for belonging in combinations(found.parts, its):
            right = _added([_part_rows(found, p) for p in belonging])
            if right is not None and _are_near(found, left, right):
                return some, belonging
    return None


def _is_nothing(found: Matching, part: Part) -> bool:
    """Whether a part is 0, as what a later step gives to an earlier loss: nobody misses it."""
    rows = _part_rows(found, part)
    return rows is not None and not any(map(any, rows)) and _is_proved(found, [ZERO], (part,))


def _take(found: Matching, some: Sequence[Piece], belonging: Sequence[Part]) -> None:
    found.pieces = [p for p in found.pieces if p not in some]
    found.parts = [p for p in found.parts if p not in belonging]


def _edited(found: Matching) -> bool:
    """Takes away the summands that are parts when one thing in them, or two, are put right."""
    for piece in tuple(found.pieces):
        inside = list(found.search.inside(piece.way))
        signed = found.search.with_signs(piece.way)
        together = ((c,) for c in chain(inside, signed))
        if not _first_edited(found, piece, together):
            twos = chain(_of_two_factors(found, piece, signed), pairs_of(inside))
            _first_edited(found, piece, islice(twos, MOST_PAIRS))
    return True


def _of_two_factors(
    found: Matching, piece: Piece, inside: Sequence[Candidate]
) -> Iterator[tuple[Candidate, ...]]:
    """Edits of two factors of a summand that make it one of the parts."""
    whole = found.formula.written
    own = _piece_rows(found, piece)
    for part in found.parts:
        wanted = _part_rows(found, part)
        if own is None or wanted is None or not _alike(own, wanted):
            continue
        pairs = ((k, e) for k, row in enumerate(wanted) for e in range(len(row)))
        k, e = next(((k, e) for k, e in pairs if own[k][e] and wanted[k][e]), (0, 0))
        row = found.floats.rows[k]
        worth = (found.floats.row(piece.alone(changed(whole, c.changes)), row) for c in inside)
        values = [r[e] if r is not None and len(r) > e else None for r in worth]
        for i, j in multiplied(values, own[k][e], wanted[k][e]):
            if inside[i].apart_from(inside[j]):
                yield inside[i], inside[j]


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
            factor = _ratio(_piece_rows(found, piece), _part_rows(found, part))
            if factor and _is_proved(found, [_times(1 / factor, written)], (part,)):
                found.scaled.append(Summand(piece.said, None, str(factor)))
                _take(found, (piece,), (part,))
                break
    return True


def _ratio(own: Rows | None, its: Rows | None) -> Fraction | None:
    if own is None or its is None or not _alike(own, its):
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


def _piece_rows(found: Matching, piece: Piece) -> Rows | None:
    if piece not in found.known:
        found.known[piece] = _rows(found, piece.alone(found.formula.written))
    return found.known[piece]


def _part_rows(found: Matching, part: Part) -> Rows | None:
    if part not in found.known:
        rows = [found.floats.row(part.bodies[row[1]] or ZERO, row) for row in found.floats.rows]
        there = tuple(r for r in rows if r is not None)
        found.known[part] = there if len(there) == len(rows) else None
    return found.known[part]


def _fits(found: Matching, written: Expr, rows: Rows) -> bool:
    for row, right in zip(found.floats.rows, rows, strict=True):
        own = found.floats.row(written, row)
        there = own is not None and len(own) == len(right)
        if own is None or not there or not are_near(own, right, max(map(abs, right))):
            return False
    return True


def _added(some: Sequence[Rows | None]) -> Rows | None:
    there = [rows for rows in some if rows is not None]
    if len(there) < len(some) or not all(_alike(rows, there[0]) for rows in there):
        return None
    return tuple([sum(entries) for entries in zip(*same, strict=True)]
                 for same in zip(*there, strict=True))  # fmt: skip


def _alike(a: Rows, b: Rows) -> bool:
    """Whether both have as many entries: a number beside matrices has one."""
    return all(len(x) == len(y) for x, y in zip(a, b, strict=True))


def _are_near(found: Matching, left: Rows, right: Rows) -> bool:
    something = any(any(row) for row in right) and _alike(left, right)
    return something and all(
        are_near(a, b, max(map(abs, b))) for a, b in zip(left, right, strict=True)
    )


def _is_proved(found: Matching, written: Sequence[Expr], belonging: Sequence[Part]) -> bool:
    """Whether some summands add up to some parts, in every instance."""
    formula = found.formula
    read = _read(formula, plus(*written))
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


def _read(formula: Formula, written: Expr) -> Formula | None:
    """The question with another formula; what has no names that run in ranges of its own, and no
    entries, is put at its steps as it is."""
    if any(isinstance(n, Apply) and n.op in ("entry", "Σ", "Π") for n in walk(written)):
        return reread(formula, written)
    own = [instance_at(formula.system, written, dict(i.steps)) for i in formula.instances]
    instances = (
        replace(i, own=e if e is not None else ZERO)
        for i, e in zip(formula.instances, own, strict=True)
    )
    return replace(formula, instances=tuple(instances), silent=(), apart=())
