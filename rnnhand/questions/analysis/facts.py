"""All that is told of a function, each thing proved, certified, or said to be not decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from rnnhand.arithmetic import closed
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.closed import Limit, Range
from rnnhand.arithmetic.extremes import Extreme, Place, critical, extremes, monotone
from rnnhand.arithmetic.pieces import NoPieces, Piece, resolved_at
from rnnhand.arithmetic.zeros import Unsettled
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite, substitute
from rnnhand.questions.analysis.cases import Case, by_limits, cases, sample, within
from rnnhand.questions.analysis.proof import at_point, vanishes, vanishes_on
from rnnhand.questions.analysis.study import Study, derivative, library, plain, settled
from rnnhand.questions.analysis.symmetry import Symmetry, symmetry
from rnnhand.questions.analysis.through import by_inverse, through

TERMS = 6
"""Powers of the expansion at 0: from 0 to one less."""


@dataclass(frozen=True)
class Branch:
    """A piece, the function and its derivative there as shortly as they are known, f′ in terms of
    f, the sign of f′ (None: it changes, or is not told), where f′ is 0 (None: everywhere, or not
    told), and the inverse there."""

    piece: Piece
    value: Expr
    slope: Expr
    through: Expr | None
    sign: int | None
    turns: tuple[Place, ...] | None
    inverse: Expr | None


@dataclass(frozen=True)
class Kink:
    """A place where pieces meet: the value there, the limits and the slopes from both sides, and
    the slope that the rules of the language give."""

    at: Fraction
    value: Expr | None
    sides: tuple[Expr | None, Expr | None]
    slopes: tuple[Expr | None, Expr | None]
    slope: Expr | None

    @property
    def jumps(self) -> bool:
        return not self.sides[0] == self.sides[1] == self.value


@dataclass(frozen=True)
class Analysis:
    """`kinks` is None where they could not be found; then nothing is told by pieces. With letters
    `branches` and `kinks` are those of the case `where`."""

    study: Study
    same_as: tuple[str, ...]
    derivative: Expr
    by_letter: tuple[tuple[str, Expr], ...]
    symmetry: Symmetry | None
    slope_symmetry: Symmetry | None
    cases: tuple[Case, ...]
    slope_cases: tuple[Case, ...]
    where: tuple[tuple[str, Range], ...]
    branches: tuple[Branch, ...]
    kinks: tuple[Kink, ...] | None
    greatest: Extreme | None
    least: Extreme | None
    steepest: Extreme | None
    flattest: Extreme | None
    at_zero: tuple[Expr | None, Expr | None]
    expansion: tuple[Expr, ...]
    log_derivative: Expr | None
    log_through: Expr | None
    terms: int = field(default=TERMS)

    def exceptions(self, law: Symmetry) -> tuple[Fraction, ...]:
        """Where a law between f(−x) and f(x), or between f′(−x) and f′(x), does not hold, although
        it does everywhere else: at jumps, and for slopes at kinks."""
        kinks = self.kinks or ()
        if law is self.symmetry:
            broken = [k for k in kinks if k.jumps]
        else:
            broken = [k for k in kinks if k.slope is None or k.slopes != (k.slope, k.slope)]
        return tuple(k.at for k in broken if not self._met(law, k))

    def _met(self, law: Symmetry, kink: Kink) -> bool:
        """Whether the values at a kink and at its mirror image obey the law all the same."""
        of_f = law is self.symmetry
        there = {k.at: k.value if of_f else k.slope for k in self.kinks or ()}
        here, other = there.get(kink.at), there.get(-kink.at)
        if here is None or other is None:
            return False
        gap = Apply("-", (other, law.right(here, Number(str(kink.at)))))
        return closed.constant(gap, {}, self.study.letters) == Number("0")

    @property
    def monotone(self) -> str | None:
        """increasing, decreasing, constant, rising (not strictly), falling, or neither; None where
        it is not decided."""
        if self.kinks and any(k.value is None for k in self.kinks):
            return None
        if self.kinks is None or self.study.letters or any(k.jumps for k in self.kinks):
            return self._with_jumps()
        signs = [b.sign for b in self.branches]
        if None in signs:
            return "neither" if self._changes() else None
        return _course([s for s in signs if s is not None])

    def _with_jumps(self) -> str | None:
        if self.kinks is None or self.study.letters:
            return None
        signs = [b.sign for b in self.branches if b.sign is not None]
        if len(signs) < len(self.branches):
            return None
        for kink in self.kinks:
            for a, b in ((kink.sides[0], kink.value), (kink.value, kink.sides[1])):
                gap = None if a is None or b is None else at_point(Apply("-", (b, a)), {})
                if gap is None:
                    return None
                signs.append(1 if gap > 0 else -1 if gap < 0 else 2)
        return _course([s for s in signs if s != 2], jumps=True)

    def _changes(self) -> bool:
        """Whether f′ is known to change its sign on some piece."""
        return any(b.sign is None and b.turns for b in self.branches)


def _course(signs: list[int], jumps: bool = False) -> str:
    kinds = set(signs)
    if kinds == {1} and not jumps:
        return "increasing"
    if kinds == {-1} and not jumps:
        return "decreasing"
    if kinds == {0} or not kinds:
        return "constant"
    if kinds <= {0, 1}:
        return "increasing" if 0 not in kinds else "rising"
    if kinds <= {0, -1}:
        return "decreasing" if 0 not in kinds else "falling"
    return "neither"


@lru_cache(maxsize=16)
def analysis(study: Study) -> Analysis:
    """All of it. What SymPy is asked has a bounded time."""
    body = plain(study.expr)
    var, letters = study.var, study.letters
    slope = derivative(study.expr, var)

    def shorten(piece: Piece) -> Piece:
        expr = _short(settled(piece.expr), piece, var, letters)
        return Piece(piece.low, piece.high, expr)

    found = _joined(cases(study, body, shorten), var)
    slopes = within(_joined(cases(study, plain(slope), shorten), var), found)
    usual = next((c for c in found if _usual(c)), found[0] if found else None)
    branches = tuple(_branch(p, var, letters) for p in usual.pieces) if usual else ()
    kinks = _kinks(study, body, slope, usual) if usual else None
    ends = _extremes(study, body, branches, kinks)
    steep = _slope_extremes(study, slope, slopes, kinks)
    shown = _shown(branches, slope, study)
    here = _at_zero(body, study, usual)
    return Analysis(
        study,
        _same_as(study),
        shown,
        tuple((a, derivative(study.expr, a)) for a in letters),
        symmetry(study.expr, var, letters),
        symmetry(slope, var, letters) if _turnable(usual) else None,
        by_limits(study, found),
        by_limits(study, slopes),
        usual.ranges if usual else (),
        branches,
        kinks,
        *ends,
        *steep,
        (here, None if here is None else _at_zero(plain(slope), study, usual)),
        _expansion(branches, study),
        *_logarithmic(branches, study),
    )


def _turnable(case: Case | None) -> bool:
    """Whether f has values at −x where it has them at x, as far as its ends say."""
    if case is None:
        return True
    low, high = case.pieces[0].low, case.pieces[-1].high
    return low == (None if high is None else -high)


def _usual(case: Case) -> bool:
    """Letters positive and, where it matters, small: 0 < a < 1."""
    return all(r.low == 0 and not r.point for _, r in case.ranges)


def _joined(found: tuple[Case, ...], var: str) -> tuple[Case, ...]:
    """Neighbouring pieces joined where they are one formula: both sides of softplus are."""
    return tuple(Case(c.ranges, _one(c.pieces, var), c.limits) for c in found)


def _one(pieces: tuple[Piece, ...], var: str) -> tuple[Piece, ...]:
    joined = [Piece(p.low, p.high, settled(p.expr)) for p in pieces[:1]]
    for piece in pieces[1:]:
        before, expr = joined[-1], settled(piece.expr)
        both = Piece(before.low, piece.high, Apply("-", (before.expr, expr)))
        points = [x for x in (before.high, piece.inside) if x is not None]
        defined = all(at_point(expr, {**_ones(expr), var: x}) is not None for x in points)
        touch = before.high == piece.low
        if touch and defined and vanishes_on(both, var):
            shorter = min((before.expr, expr), key=lambda e: len(text(e)))
            joined[-1] = Piece(before.low, piece.high, shorter)
        else:
            joined.append(Piece(piece.low, piece.high, expr))
    return tuple(joined)


def _ones(expr: Expr) -> dict[str, Fraction]:
    """A number for every name in an expression."""
    return {r.name: Fraction(3, 10) for r in refs(expr)}


def _branch(piece: Piece, var: str, letters: tuple[str, ...]) -> Branch:
    value = _short(piece.expr, piece, var, letters)
    raw = derivative(piece.expr, var)
    slope = _short(raw, piece, var, letters)
    sign: int | None = None
    turns: tuple[Place, ...] | None = None
    if not letters:
        try:
            turns = critical(slope, piece, var)
            sign = monotone(slope, piece, var)
        except Unsettled:
            sign = None
    inverse = _inverse(value, piece, var, letters) if sign or (letters and sign is None) else None
    return Branch(
        Piece(piece.low, piece.high, value),
        value,
        slope,
        through(value, slope, piece, var, letters)
        or by_inverse(value, slope, inverse, piece, var, letters),
        sign,
        turns,
        inverse,
    )


def _short(expr: Expr, piece: Piece, var: str, letters: tuple[str, ...]) -> Expr:
    """The shorter of an expression and SymPy's form of it, if the two are proved to be the same."""
    other = closed.shorter(expr, (var, *letters))
    if other is None or len(text(other)) > len(text(expr)):
        return expr
    gap = Piece(piece.low, piece.high, plain(Apply("-", (expr, other))))
    return other if vanishes_on(gap, var) else expr


def _inverse(expr: Expr, piece: Piece, var: str, letters: tuple[str, ...]) -> Expr | None:
    """x in terms of y, where y = f(x) has just one solution that goes back to x at points."""
    ranges = {a: closed.Range(None, None) for a in letters}
    fitting = []
    for candidate in closed.inverses(expr, var, ranges, "y"):
        right = True
        for k in (Fraction(0), Fraction(1, 3), Fraction(-2, 5)):
            x = piece.inside + k
            if (piece.low is not None and x <= piece.low) or (
                piece.high is not None and x >= piece.high
            ):
                x = piece.inside
            point = {var: x, **{a: Fraction(3, 10) for a in letters}}
            back = at_point(substitute(candidate, {"y": expr}), point)
            right = right and back is not None and back.overlaps(_number(x))
        if right:
            fitting.append(candidate)
    return fitting[0] if len(fitting) == 1 else None


def _number(x: Fraction) -> object:
    found = at_point(Number(str(x)), {})
    assert found is not None
    return found


def _kinks(study: Study, body: Expr, slope: Expr, case: Case) -> tuple[Kink, ...]:
    found = []
    for left, right in zip(case.pieces, case.pieces[1:], strict=False):
        at = right.low
        assert at is not None
        here = {study.var: Number(str(at))}
        sides = tuple(closed.constant(p.expr, here, study.letters) for p in (left, right))
        slopes = tuple(
            closed.constant(derivative(p.expr, study.var), here, study.letters)
            for p in (left, right)
        )
        found.append(
            Kink(
                at,
                _exactly(body, study, at, case),
                (sides[0], sides[1]),
                (slopes[0], slopes[1]),
                _exactly(plain(slope), study, at, case),
            )
        )
    return tuple(found)


def _exactly(body: Expr, study: Study, at: Fraction, case: Case | None) -> Expr | None:
    """The value at a number, its branches taken exactly there as they are in a case."""
    here = {study.var: Number(str(at))}
    letters = sample(case.ranges) if case else {}
    try:
        resolved = resolved_at(body, {study.var: at, **letters})
    except NoPieces:
        return None
    return closed.constant(resolved, here, study.letters)


def _at_zero(body: Expr, study: Study, case: Case | None) -> Expr | None:
    try:
        return _exactly(body, study, Fraction(0), case)
    except Fault:
        return None


def _extremes(
    study: Study, body: Expr, branches: tuple[Branch, ...], kinks: tuple[Kink, ...] | None
) -> tuple[Extreme | None, Extreme | None]:
    """The supremum and the infimum of f."""
    if study.letters or kinks is None:
        return None, None
    values = [(k.at, k.value) for k in kinks if k.value is not None]
    return extremes([(b.piece, b.slope) for b in branches], values, study.var)


def _slope_extremes(
    study: Study, slope: Expr, cut: tuple[Case, ...], kinks: tuple[Kink, ...] | None
) -> tuple[Extreme | None, Extreme | None]:
    """Those of f′. Where f has no slope, that of the convention does not count."""
    if study.letters or not cut or kinks is None:
        return None, None
    pieces = cut[0].pieces
    found = []
    for piece in pieces:
        bend = _short(derivative(piece.expr, study.var), piece, study.var, ())
        found.append((piece, bend))
    smooth: list[tuple[Fraction, Expr]] = []
    broken = {k.at for k in kinks if k.jumps or k.slopes[0] != k.slopes[1]}
    for piece in pieces:
        if piece.low is not None and piece.low not in broken:
            at = _exactly(plain(slope), study, piece.low, cut[0])
            if at is None:
                continue
            smooth.append((piece.low, at))
    return extremes(found, smooth, study.var)


def _shown(branches: tuple[Branch, ...], slope: Expr, study: Study) -> Expr:
    """The derivative in one formula: SymPy's where there are no branches, else by the rules."""
    if len(branches) == 1:
        piece, other = branches[0].piece, branches[0].slope
        gap = Piece(piece.low, piece.high, plain(Apply("-", (slope, other))))
        if len(text(other)) <= len(text(slope)) or not study.name:
            return other if vanishes_on(gap, study.var) else slope
    return slope


def _same_as(study: Study) -> tuple[str, ...]:
    """The functions of the library that are the same function."""
    if study.letters:
        return ()
    found = []
    for f in library().values():
        if len(f.parameters) == 1 and f.name != study.name:
            other = Apply(f.name, (Ref(study.var),))
            if other != study.expr and vanishes(Apply("-", (study.expr, other)), study.var):
                found.append(f.name)
    return tuple(found)


def _expansion(branches: tuple[Branch, ...], study: Study) -> tuple[Expr, ...]:
    """Coefficients at 0, where 0 lies inside a piece."""
    for b in branches:
        low, high = b.piece.low, b.piece.high
        if (low is None or low < 0) and (high is None or high > 0):
            return tuple(closed.taylor(b.value, study.var, study.letters, TERMS) or ())
    return ()


def _logarithmic(branches: tuple[Branch, ...], study: Study) -> tuple[Expr | None, Expr | None]:
    """(ln f)′ = f′/f, and the same in terms of f."""
    if len(branches) != 1 or branches[0].value == Number("0"):
        return None, None
    (b,) = branches
    quotient = Apply("/", (b.slope, b.value))
    match b.slope, b.value:
        case Apply("neg", (above,)), Apply("neg", (below,)):
            quotient = Apply("/", (above, below))
    short = _short(quotient, b.piece, study.var, study.letters)
    if b.through is None:
        return short, None
    return short, _divided(b.through)


def _divided(expr: Expr) -> Expr:
    """An expression in f over f: f·(1 − f) gives 1 − f."""
    match expr:
        case Apply("*", (Ref("f"), rest)):
            return rest
        case Ref("f"):
            return Number("1")
        case _:
            return Apply("/", (expr, Ref("f")))


def renamed(expr: Expr, to: Expr) -> Expr:
    """An expression in f with another name of the value."""
    return rewrite(expr, lambda e: to if e == Ref("f") else e)


__all__ = ["Analysis", "Branch", "Kink", "Limit", "analysis", "renamed"]
