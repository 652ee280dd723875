"""How a formula grows for t → ∞: as c·exp(k·t)·t^p·log(t)^q, where k, p and q may have letters.

From this follows whether Σ of it converges: an exponential with k < 0 does, by the ratio test; a
power does for p < −1, and at p = −1 for q < −1, by comparison with ∫ dt/(t·log(t)^−q).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from flint import arb

from rnnhand.arithmetic import forms, normal
from rnnhand.arithmetic.ball import ball, precision
from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs

LOG = "log of "
"""A letter that stands for the logarithm of a prime or of a letter; no name of a formula has blanks
in it."""


@dataclass(frozen=True, eq=False)
class Growth:
    """c·exp(k·t)·t^p·log(t)^q with c ≠ 0; `steep` says ±1 where it grows or falls faster than
    every power, but as exp(±c·t^a) with some a that is not kept. `sign` is that of c."""

    k: Form
    p: Form
    q: Form
    sign: int
    steep: int = 0


class Unknown(Exception):
    """This way of reasoning does not tell."""


def growth(expr: Expr, var: str, space: Space, functions: Functions) -> Growth:
    """Letters count as positive numbers. Raises `Unknown`."""
    nought = space.constant(Fraction(0))
    if not any(r.name == var for r in refs(expr)):
        return Growth(nought, nought, nought, _sign_of(expr, space, functions))
    match expr:
        case Ref():
            return Growth(nought, space.constant(Fraction(1)), nought, 1)
        case Apply("neg", (a,)):
            return _negated(growth(a, var, space, functions))
        case Apply("+", args):
            return _sum([growth(a, var, space, functions) for a in args])
        case Apply("-", (a, b)):
            return _sum(
                [growth(a, var, space, functions), _negated(growth(b, var, space, functions))]
            )
        case Apply("*", args):
            found = growth(args[0], var, space, functions)
            for a in args[1:]:
                found = _times(found, growth(a, var, space, functions))
            return found
        case Apply("/", (a, b)):
            return _times(
                growth(a, var, space, functions),
                _power(growth(b, var, space, functions), space.constant(Fraction(-1))),
            )
        case Apply("sqrt", (a,)):
            return _power(growth(a, var, space, functions), space.constant(Fraction(1, 2)))
        case Apply("^", (a, b)):
            return _raised(a, b, var, space, functions)
        case Apply("exp", (a,)):
            return _exponential(growth(a, var, space, functions), a, var, space, functions)
        case Apply("log", (a,)):
            return _logarithm(growth(a, var, space, functions))
        case _:
            raise Unknown


def _sign_of(expr: Expr, space: Space, functions: Functions) -> int:
    try:
        return sign(forms.form(expr, space, functions))
    except (Fault, Unknown):
        from rnnhand.arithmetic.scalar import in_balls

        found = in_balls(expr, {r.name: Fraction(1) for r in refs(expr)}, 128)
        if any(refs(expr)) or found is None:
            raise Unknown from None
        return 1 if found > 0 else -1 if found < 0 else 0


def sign(x: Form) -> int:
    """The sign of a form whose letters are positive. Raises `Unknown`."""
    signs = []
    for p in (x.above, x.below):
        parts = {bool(c > 0) for c in p.to_dict().values()}
        if not len(p):
            return 0
        if len(parts) > 1:
            return _by_logarithms(x)
        signs.append(1 if parts.pop() else -1)
    return signs[0] * signs[1]


def _by_logarithms(x: Form) -> int:
    """The sign of a sum of logarithms of primes and numbers; independent, so it is not 0."""
    if not forms.is_polynomial(x):
        raise Unknown
    order = forms.names(x.space)
    with precision(200):
        total = arb(0)
        for m, c in forms.terms(x).items():
            term = ball(c)
            for name, n in zip(order, m, strict=False):
                if n and not name.removeprefix(LOG).isdigit():
                    raise Unknown
                if n:
                    term *= arb(int(name[len(LOG) :])).log() ** n
            total += term
        if total > 0:
            return 1
        if total < 0:
            return -1
    raise Unknown


def _negated(g: Growth) -> Growth:
    return Growth(g.k, g.p, g.q, -g.sign, g.steep)


def _times(a: Growth, b: Growth) -> Growth:
    if a.steep * b.steep < 0:
        raise Unknown
    return Growth(a.k + b.k, a.p + b.p, a.q + b.q, a.sign * b.sign, a.steep or b.steep)


def _power(g: Growth, n: Form) -> Growth:
    own = n.value
    if own is not None and own.denominator == 1:
        s = g.sign if int(own) % 2 else abs(g.sign)
    elif g.sign > 0:
        s = 1
    else:
        raise Unknown
    steep = g.steep * sign(n) if g.steep else 0
    return Growth(g.k * n, g.p * n, g.q * n, s, steep)


def _sum(parts: list[Growth]) -> Growth:
    """The fastest summands; where these have unlike signs they might cancel."""
    best = [parts[0]]
    for g in parts[1:]:
        order = compare(g, best[0])
        best = [g] if order > 0 else [*best, g] if order == 0 else best
    signs = {g.sign for g in best}
    if len(signs) > 1 or 0 in signs:
        raise Unknown
    return best[0]


def compare(a: Growth, b: Growth) -> int:
    """1 where a grows faster than b, 0 where as fast."""
    if a.steep or b.steep:
        if a.steep == b.steep:
            raise Unknown
        return 1 if a.steep > b.steep else -1
    for x, y in ((a.k, b.k), (a.p, b.p), (a.q, b.q)):
        s = sign(x - y)
        if s:
            return s
    return 0


def _raised(a: Expr, b: Expr, var: str, space: Space, functions: Functions) -> Growth:
    if not any(r.name == var for r in refs(b)):
        try:
            exponent = forms.form(b, space, functions)
        except Fault:
            raise Unknown from None
        return _power(growth(a, var, space, functions), exponent)
    if any(r.name == var for r in refs(a)):
        raise Unknown
    # c^u = exp(u·log c)
    rate = _log_of_number(a, space, functions)
    g = growth(b, var, space, functions)
    return _exponential_of(g, b, var, rate, space, functions)


def _log_of_number(a: Expr, space: Space, functions: Functions) -> Form:
    try:
        value = forms.form(a, space, functions).value
    except Fault:
        raise Unknown from None
    if value is None and isinstance(a, Ref):
        return space.letter(f"{LOG}{a.name}")
    if value is None or value <= 0:
        raise Unknown
    total = space.constant(Fraction(0))
    for n, way in ((value.numerator, 1), (value.denominator, -1)):
        for prime, times in _primes(n):
            part = space.letter(f"{LOG}{prime}") * space.constant(Fraction(way * times))
            total = total + part
    return total


def _primes(n: int) -> list[tuple[int, int]]:
    from flint import fmpz

    return [(int(p), int(k)) for p, k in fmpz(n).factor()] if n > 1 else []


def _exponential(g: Growth, a: Expr, var: str, space: Space, functions: Functions) -> Growth:
    return _exponential_of(g, a, var, space.constant(Fraction(1)), space, functions)


def _exponential_of(
    g: Growth, u: Expr, var: str, rate: Form, space: Space, functions: Functions
) -> Growth:
    """exp(rate·u): of a line in t an exponential, of c·log t a power, of what tends to a number a
    number."""
    nought = space.constant(Fraction(0))
    if g.steep or sign(g.k):
        raise Unknown
    by_power, by_log = sign(g.p), sign(g.q)
    if by_power < 0 or (by_power == 0 and by_log <= 0):
        return Growth(nought, nought, nought, 1)
    slope = _coefficient(u, var, space, functions)
    if slope is not None:
        return Growth(slope * rate, nought, nought, 1)
    if by_power > 0:
        return Growth(nought, nought, nought, 1, g.sign * sign(rate))
    factor = _of_log(u, var, space, functions)
    if factor is None:
        raise Unknown
    return Growth(nought, factor * rate, nought, 1)


def _coefficient(u: Expr, var: str, space: Space, functions: Functions) -> Form | None:
    """a of a·t + b."""
    try:
        line = forms.form(u, space, functions)
    except Fault:
        return None
    zero, one, two = (forms.at(line, {var: Fraction(n)}) for n in (0, 1, 2))
    if not normal.same(two - one, one - zero):
        return None
    gap = line - (zero + (one - zero) * space.letter(var))
    return one - zero if gap.value == 0 else None


def _of_log(u: Expr, var: str, space: Space, functions: Functions) -> Form | None:
    """c of c·log(t)."""
    match u:
        case Apply("log", (Ref(name),)) if name == var:
            return space.constant(Fraction(1))
        case Apply("neg", (a,)):
            inner = _of_log(a, var, space, functions)
            return None if inner is None else -inner
        case Apply("*", args):
            found = space.constant(Fraction(1))
            logs = 0
            for a in args:
                inner = _of_log(a, var, space, functions)
                logs += inner is not None
                if inner is None:
                    if any(r.name == var for r in refs(a)):
                        return None
                    inner = forms.form(a, space, functions)
                found = found * inner
            return found if logs == 1 else None
        case _:
            return None


def _logarithm(g: Growth) -> Growth:
    space = g.k.space
    nought, one = space.constant(Fraction(0)), space.constant(Fraction(1))
    if g.sign <= 0 or g.steep:
        raise Unknown
    by_exp, by_power = sign(g.k), sign(g.p)
    if by_exp:
        return Growth(nought, one, nought, by_exp)
    if by_power:
        return Growth(nought, nought, one, by_power)
    raise Unknown


def base_of(g: Growth) -> tuple[str, Fraction] | None:
    """(a, m) where it is a^(m·t)·t^p·log(t)^q with a letter a; None for all others."""
    if g.steep or not forms.is_polynomial(g.k):
        return None
    logs = _logarithms(g.k)
    if logs is None or len(logs) != 1:
        return None
    ((name, times),) = logs.items()
    return None if name.isdigit() else (name, times)


def _logarithms(x: Form) -> dict[str, Fraction] | None:
    """Σ c·log(a) by a, primes and letters; None for everything else."""
    if not forms.is_polynomial(x):
        return None
    order = forms.names(x.space)
    found: dict[str, Fraction] = {}
    for m, c in forms.terms(x).items():
        used = [order[i] for i, n in enumerate(m) if n]
        if sum(m) != 1 or not used[0].startswith(LOG):
            return None
        found[used[0].removeprefix(LOG)] = c
    return found


def _base(x: Form, t: Expr) -> Expr | None:
    """exp(x·t) as a power of a number, where x is a sum of logarithms: (99/100)^t."""
    logs = _logarithms(x)
    if not logs or not all(n.isdigit() and c.denominator == 1 for n, c in logs.items()):
        return None
    times = gcd(*(int(c) for c in logs.values()))
    base = Fraction(1)
    for prime, c in logs.items():
        base *= Fraction(int(prime)) ** int(c / times)
    exponent = t if times == 1 else Apply("*", (Number(str(times)), t))
    return Apply("^", (Number(str(base)), exponent))


def order(g: Growth, var: str) -> Expr | None:
    """exp(k·t)·t^p·log(t)^q as a formula; None where it is steeper than that."""
    if g.steep:
        return None
    t, parts, below = Ref(var), list[Expr](), list[Expr]()
    if g.k.value != 0:
        whole = g.k * g.k.space.letter(var)
        parts.append(_base(g.k, t) or Apply("exp", (_named(whole),)))
    for base, power in ((t, g.p), (Apply("log", (t,)), g.q)):
        number = power.value
        size = -power if number is not None and number < 0 else power
        raised = base if size.value == 1 else Apply("^", (base, _named(size)))
        if number != 0:
            (parts if size is power else below).append(raised)
    top, low = (_product(factors) for factors in (parts, below))
    return Apply("/", (top, low)) if below else top


def _product(factors: list[Expr]) -> Expr:
    if not factors:
        return Number("1")
    return factors[0] if len(factors) == 1 else Apply("*", tuple(factors))


def _named(x: Form) -> Expr:
    from rnnhand.language.tree import rewrite

    def put(e: Expr) -> Expr:
        if isinstance(e, Ref) and e.name.startswith(LOG):
            return Apply("log", (Number(e.name[len(LOG) :]),))
        if isinstance(e, Number) and e.value.denominator != 1 and e.value > 0:
            above, below = e.value.numerator, e.value.denominator
            return Apply("/", (Number(str(above)), Number(str(below))))
        return e

    return rewrite(forms.factored(x), put)
