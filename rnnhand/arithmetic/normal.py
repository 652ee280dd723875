"""Normal forms: scalars that are equal as functions are the same form.

A form is a fraction of polynomials with rational coefficients in atoms: letters, exp of a monomial,
log and sqrt of a form, and the indicators [u > 0] and [u < 0]. The relations between atoms are
applied throughout:

    exp(a + b) = exp(a)·exp(b)      exp(log(u)) = u      x^y = exp(y·log(x))
    sqrt(u)² = u      [u > 0]² = [u > 0]      [u > 0]·[u < 0] = 0      [u > 0]·sqrt(u) = sqrt(u)

so that tanh(x) and 1 − 2/(exp(2x) + 1) come out as one form, and x/‖x‖ as that which is
0 for 0. Two equal forms prove that two formulas are equal wherever both have a value; two different
forms prove nothing, since relations between logarithms, say, are not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from rnnhand.arithmetic.base import Arithmetic, TooLong, Undecided, divided_by_zero

ATOMS = 240
"""Different atoms in one comparison."""

TERMS = 3_000
"""Monomials of a polynomial beyond which a comparison is given up."""

DEGREE = 400


@dataclass(eq=False)
class Space:
    """The atoms of one comparison, in the order in which they were met."""

    context: Any = field(
        default_factory=lambda: fmpq_mpoly_ctx.get([f"a{i}" for i in range(ATOMS)], Ordering.lex)
    )
    known: dict[object, int] = field(default_factory=dict)
    squares: dict[int, Form] = field(default_factory=dict)
    """What the square of an atom is, where it is not a monomial of its own."""
    rooted: dict[int, object] = field(default_factory=dict)
    """The key of [u > 0], by the atom of sqrt(u)."""
    opposite: dict[int, int] = field(default_factory=dict)
    """[u > 0] and [u < 0]: their product is 0."""
    logs: dict[int, Form] = field(default_factory=dict)
    """The argument of an atom that is a logarithm."""

    def atom(self, key: object) -> int:
        if key not in self.known:
            if len(self.known) == ATOMS:
                raise TooLong("formula-too-long", limit=ATOMS)
            self.known[key] = len(self.known)
        return self.known[key]

    def constant(self, value: Fraction) -> Form:
        one = self.context.constant(1)
        return Form(self, self.context.constant(fmpq(value.numerator, value.denominator)), one)

    def generator(self, i: int) -> Form:
        return Form(self, self.context.gen(i), self.context.constant(1))

    def letter(self, name: str) -> Form:
        return self.generator(self.atom(("letter", name)))


@dataclass(frozen=True, eq=False, slots=True)
class Form:
    """numerator/denominator in lowest terms, the denominator with leading coefficient 1."""

    space: Space
    above: fmpq_mpoly
    below: fmpq_mpoly

    def __add__(self, other: Form) -> Form:
        if self.below == other.below:
            return made(self.space, self.above + other.above, self.below)
        above = self.above * other.below + other.above * self.below
        return made(self.space, above, self.below * other.below)

    def __sub__(self, other: Form) -> Form:
        return self + -other

    def __neg__(self) -> Form:
        return Form(self.space, -self.above, self.below)

    def __mul__(self, other: Form) -> Form:
        return made(self.space, self.above * other.above, self.below * other.below)

    @property
    def key(self) -> tuple[str, str]:
        return str(self.above), str(self.below)

    @property
    def value(self) -> Fraction | None:
        """The number that a form is, if it is one."""
        if not len(self.above):
            return Fraction(0)
        if not (self.above.is_constant() and self.below.is_constant()):
            return None
        ratio = self.above.leading_coefficient() / self.below.leading_coefficient()
        return Fraction(int(ratio.p), int(ratio.q))


def made(space: Space, above: fmpq_mpoly, below: fmpq_mpoly) -> Form:
    """The form of a fraction: atoms' relations applied, lowest terms."""
    _bounded(above, below)
    top, low = _related(space, above), _related(space, below)
    while isinstance(top, Form) or isinstance(low, Form):
        # A square root's square is a fraction itself.
        top = top if isinstance(top, Form) else Form(space, top, space.context.constant(1))
        low = low if isinstance(low, Form) else Form(space, low, space.context.constant(1))
        above, below = top.above * low.below, top.below * low.above
        _bounded(above, below)
        top, low = _related(space, above), _related(space, below)
    above, below = _above_roots(space, top, low)
    if not len(below):
        raise divided_by_zero()
    common = above.gcd(below)
    if not common.is_one():
        above, below = above / common, below / common
    lead = below.leading_coefficient()
    if lead != 1:
        above, below = above / lead, below / lead
    return Form(space, above, below)


def _above_roots(
    space: Space, above: fmpq_mpoly, below: fmpq_mpoly
) -> tuple[fmpq_mpoly, fmpq_mpoly]:
    """With [u > 0]·sqrt(u) = sqrt(u); so [u > 0]/sqrt(u) is 1/sqrt(u)."""
    for root, key in space.rooted.items():
        there = space.known.get(key)
        if there is None:
            continue
        under = bool(len(below)) and all(m[root] for m in below.monoms())
        above = _without(space, above, there, None if under else root)
        below = _without(space, below, there, root)
    return above, below


def _without(space: Space, p: fmpq_mpoly, there: int, root: int | None) -> fmpq_mpoly:
    """Without an indicator beside a root; beside anything where no root is named."""
    if not len(p) or not p.degrees()[there]:
        return p
    found: dict[tuple[int, ...], Any] = {}
    for m, c in p.to_dict().items():
        if m[there] and (root is None or m[root]):
            m = (*m[:there], 0, *m[there + 1 :])
        found[m] = found[m] + c if m in found else c
    left: fmpq_mpoly = space.context.from_dict({m: c for m, c in found.items() if c != 0})
    return left


def _bounded(*polynomials: fmpq_mpoly) -> None:
    for p in polynomials:
        if len(p) > TERMS or (len(p) and max(p.degrees()) > DEGREE):
            raise TooLong("formula-too-long", limit=TERMS)


def _related(space: Space, p: fmpq_mpoly) -> fmpq_mpoly | Form:
    """A polynomial with no power of an indicator or of a root beyond the first."""
    if not (space.squares or space.opposite) or not len(p):
        return p
    degrees = p.degrees()
    met = {i for i in space.opposite if degrees[i]}
    if any(degrees[i] > 1 or space.opposite[i] in met for i in met):
        p = _idempotent(space, p, met)
    for i, square in space.squares.items():
        if degrees[i] > 1:
            return _rooted(space, p, i, square)
    return p


def _idempotent(space: Space, p: fmpq_mpoly, met: Collection[int]) -> fmpq_mpoly:
    """With P² = P for the indicators that are met in it, and P·Q = 0 for opposite ones."""
    found: dict[tuple[int, ...], Any] = {}
    for m, c in p.to_dict().items():
        there = [i for i in met if m[i]]
        if any(space.opposite[i] in there for i in there):
            continue
        if any(m[i] > 1 for i in there):
            flat = list(m)
            for i in there:
                flat[i] = 1
            m = tuple(flat)
        found[m] = found[m] + c if m in found else c
    left: fmpq_mpoly = space.context.from_dict({m: c for m, c in found.items() if c != 0})
    return left


def _rooted(space: Space, p: fmpq_mpoly, i: int, square: Form) -> Form:
    total = space.constant(Fraction(0))
    by_power: dict[int, dict[tuple[int, ...], Any]] = {}
    for m, c in p.to_dict().items():
        half, odd = divmod(m[i], 2)
        by_power.setdefault(half, {})[(*m[:i], odd, *m[i + 1 :])] = c
    one = space.context.constant(1)
    for half, terms in by_power.items():
        part = Form(space, space.context.from_dict(terms), one)
        for _ in range(half):
            part = Form(space, part.above * square.above, part.below * square.below)
        total = Form(
            space, total.above * part.below + part.above * total.below, total.below * part.below
        )
        _bounded(total.above, total.below)
    return total


def inverse(x: Form) -> Form:
    if not len(x.above):
        raise divided_by_zero()
    return made(x.space, x.below, x.above)


def power(x: Form, n: int) -> Form:
    if abs(n) > DEGREE:
        raise TooLong("formula-too-long", limit=DEGREE)
    base = x if n >= 0 else inverse(x)
    found = x.space.constant(Fraction(1))
    for _ in range(abs(n)):
        found = found * base
    return found


def exp(x: Form) -> Form:
    """exp of a sum as the product over its terms; exp(p/q·m) as the p-th power of exp(m/q);
    exp(n·log(u)) as uⁿ."""
    space = x.space
    found = space.constant(Fraction(1))
    if not x.below.is_constant():
        sign = -1 if x.above.leading_coefficient() < 0 else 1
        own = x if sign > 0 else -x
        return power(space.generator(space.atom(("exp", own.key))), sign)
    for m, c in x.above.to_dict().items():
        monomial = space.context.from_dict({m: fmpq(1)})
        ratio = Fraction(int(c.p), int(c.q))
        if sum(m) == 1 and m.index(1) in space.logs and ratio.denominator == 1:
            found = found * power(space.logs[m.index(1)], ratio.numerator)
            continue
        atom = space.generator(space.atom(("exp", str(monomial), ratio.denominator)))
        found = found * power(atom, ratio.numerator)
    return found


def log(x: Form) -> Form:
    if x.value == 1:
        return x.space.constant(Fraction(0))
    i = x.space.atom(("log", x.key))
    x.space.logs.setdefault(i, x)
    return x.space.generator(i)


def sqrt(x: Form) -> Form:
    if x.value in (0, 1):
        return x
    i = x.space.atom(("sqrt", x.key))
    x.space.squares.setdefault(i, x)
    x.space.rooted.setdefault(i, _signs(x)[0])
    return x.space.generator(i)


def real_power(x: Form, y: Form) -> Form:
    value = y.value
    if value is not None and value.denominator == 1:
        return power(x, int(value))
    if value is not None and value.denominator == 2:
        return power(sqrt(x), value.numerator)
    return exp(y * log(x))


def positive(x: Form) -> Form:
    """[x > 0]."""
    space, value = x.space, x.value
    if value is not None:
        return space.constant(Fraction(int(value > 0)))
    for i in space.opposite:
        # [P·r > 0] = P·[r > 0] for an indicator P: a ReLU is positive where its argument is.
        if all(m[i] for m in x.above.monoms()):
            rest = Form(space, x.above / space.context.gen(i), x.below)
            return space.generator(i) * positive(rest)
    over, under = map(space.atom, _signs(x))
    space.opposite[over], space.opposite[under] = under, over
    return space.generator(over)


def _signs(x: Form) -> tuple[object, object]:
    """The keys of [x > 0] and [x < 0], which are those of x divided by any number above 0."""
    lead = x.above.leading_coefficient()
    key = Form(x.space, x.above / lead, x.below).key
    over, under = (">0", key), ("<0", key)
    return (over, under) if lead > 0 else (under, over)


def _less(a: Form, b: Form) -> bool:
    value = (a - b).value
    if value is None:
        raise Undecided
    return value < 0


def _equal(a: Form, b: Form) -> bool:
    value = (a - b).value
    if value is None:
        raise Undecided
    return value == 0


def larger(a: Form, b: Form) -> Form:
    """max(a, b) = b + (a − b)·[a > b]."""
    return b + (a - b) * positive(a - b)


def smaller(a: Form, b: Form) -> Form:
    return a - (a - b) * positive(a - b)


def arithmetic(space: Space, open_functions: Iterable[str] = ()) -> Arithmetic:
    """The arithmetic of normal forms over the atoms of one comparison. Of a function that nobody
    has chosen it is known only that it is one: equal arguments give equal values."""
    one = space.constant(Fraction(1))

    def nonzero(a: Form, b: Form) -> Form:
        return positive(a - b) + positive(b - a)

    indicators: dict[str, Callable[[Form, Form], Form]] = {
        "gt": lambda a, b: positive(a - b),
        "lt": lambda a, b: positive(b - a),
        "ge": lambda a, b: one - positive(b - a),
        "le": lambda a, b: one - positive(a - b),
        "eq": lambda a, b: one - nonzero(a, b),
        "ne": nonzero,
    }
    return Arithmetic(
        name="normal",
        number=space.constant,
        less=_less,
        equal=_equal,
        divide=lambda a, b: a * inverse(b),
        power=power,
        real_power=real_power,
        functions={
            "exp": exp,
            "log": log,
            "sqrt": sqrt,
            **{f: _unknown(f) for f in open_functions},
        },
        larger=larger,
        smaller=smaller,
        indicator=indicators,
    )


def _unknown(name: str) -> Callable[[Form], Form]:
    return lambda x: x.space.generator(x.space.atom((name, x.key)))


def same(a: Form, b: Form) -> bool:
    """Whether two forms are proved to be equal."""
    return bool(a.above * b.below == b.above * a.below) or (a - b).value == 0
