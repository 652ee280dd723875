"""Letters and closed forms: SymPy's expressions as scalars.

Where the problem gives numbers beside the letters, a run in numbers is made first and every
decision in it (the branch of a ReLU) is noted; the run in letters takes the same branches. Where
there are no numbers, a branch stays as it is written: max(w, 0), [w > 0].

SymPy's `nan` stands for a value whose closed form is too long to be read; it swallows whatever is
computed from it, as it should.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy

from rnnhand.arithmetic.base import Arithmetic, Fault, TooLong, divided_by_zero, outside_domain
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, Expr, Number, Ref

READABLE = 60
"""Operations in a closed form beyond which nobody reads it."""

LONGEST_NUMBER = 100_000
"""Bits of a number beside letters."""

WIDEST = 4_000
"""Bits of a fraction in a formula."""

LONGEST = 2_000
"""Operations in a formula with letters beyond which it is refused."""


class tanh(sympy.Function):  # type: ignore[misc]  # noqa: N801  (it prints its own name)
    """tanh without what SymPy knows of it in the complex plane, which takes minutes to ask for."""

    is_real = True
    is_finite = True

    @classmethod
    def eval(cls, x: Any) -> Any:
        if x is sympy.nan:
            return sympy.nan
        if x == 0:
            return sympy.Integer(0)
        return -cls(-x) if x.could_extract_minus_sign() else None

    def _eval_evalf(self, precision: int) -> Any:
        return sympy.tanh(self.args[0]._eval_evalf(precision))


class sigmoid(sympy.Function):  # type: ignore[misc]  # noqa: N801  (it prints its own name)
    """σ as a function of its own, so that closed forms print as people write them."""

    is_real = True
    is_finite = True

    @classmethod
    def eval(cls, x: Any) -> Any:
        if x == 0:
            return sympy.Rational(1, 2)
        return sympy.nan if x is sympy.nan else None

    def _eval_evalf(self, precision: int) -> Any:
        return (1 / (1 + sympy.exp(-self.args[0])))._eval_evalf(precision)


def letter(name: str) -> Any:
    return sympy.Symbol(name, real=True)


def number(value: Fraction) -> Any:
    return sympy.Rational(value.numerator, value.denominator)


def divide(a: Any, b: Any) -> Any:
    if b == 0:
        raise divided_by_zero()
    return a / b


def log(x: Any) -> Any:
    if x.is_number and (x == 0 or x.is_negative):
        raise outside_domain("log", x)
    return sympy.log(x)


def sqrt(x: Any) -> Any:
    if x.is_number and x.is_negative:
        raise outside_domain("sqrt", x)
    return sympy.sqrt(x)


def power(x: Any, n: Any) -> Any:
    """xⁿ; a number that would be too long to be written is refused before it is made."""
    if isinstance(x, sympy.Rational) and x not in (0, 1, -1) and n.is_number:
        bits = max(abs(int(x.p)), int(x.q)).bit_length()
        if bits * abs(n) > LONGEST_NUMBER:
            raise TooLong("value-too-long", bits=LONGEST_NUMBER)
    if x == 0 and n.is_negative:
        raise divided_by_zero()
    return x**n


def _readable_power(x: Any, n: Any) -> Any:
    """A power, or nan where it is too long to be read."""
    try:
        return power(x, sympy.Integer(n) if isinstance(n, int) else n)
    except TooLong:
        return sympy.nan


def _less(a: Any, b: Any) -> bool:
    difference = a - b
    if difference is not sympy.nan and difference.is_number:
        return bool(difference.is_negative)
    raise Fault("letters-compare", left=a, right=b)


def _equal(a: Any, b: Any) -> bool:
    return bool(a == b)


class Branch(sympy.Function):  # type: ignore[misc]
    """An operation that takes a branch: decided where the difference of its arguments is a
    number, else left as it is written. SymPy's own Max and Piecewise would rewrite it."""

    nargs = 2

    @classmethod
    def eval(cls, a: Any, b: Any) -> Any:
        if sympy.nan in (a, b):
            return sympy.nan
        difference = a - b
        if not difference.is_number:
            return None
        sign = 0 if difference.is_zero else -1 if difference.is_negative else 1
        return cls.decided(a, b, sign)

    @classmethod
    def decided(cls, a: Any, b: Any, sign: int) -> Any:
        raise NotImplementedError


class Larger(Branch):
    @classmethod
    def decided(cls, a: Any, b: Any, sign: int) -> Any:
        return b if sign < 0 else a


class Smaller(Branch):
    @classmethod
    def decided(cls, a: Any, b: Any, sign: int) -> Any:
        return b if sign > 0 else a


def _indicator(holds: Callable[[int], bool]) -> type[Branch]:
    """1 where the sign of a - b is as wanted, else 0."""

    class Indicator(Branch):
        @classmethod
        def decided(cls, a: Any, b: Any, sign: int) -> Any:
            return sympy.Integer(int(holds(sign)))

    return Indicator


INDICATORS = {
    "gt": _indicator(lambda sign: sign > 0),
    "lt": _indicator(lambda sign: sign < 0),
    "ge": _indicator(lambda sign: sign >= 0),
    "le": _indicator(lambda sign: sign <= 0),
    "eq": _indicator(lambda sign: sign == 0),
    "ne": _indicator(lambda sign: sign != 0),
}
BRANCHES = {Larger: "max", Smaller: "min"} | {
    INDICATORS[name]: op
    for name, op in zip(INDICATORS, (">", "<", ">=", "<=", "==", "!="), strict=True)
}
"""How each is written in our own language."""
for _name, _class in INDICATORS.items():
    _class.__name__ = _name  # SymPy orders terms by the names of classes


def _keep(x: Any) -> Any:
    if x is not sympy.nan and (x.count_ops() > LONGEST or _wide(x)):
        raise Fault("formula-too-long", limit=LONGEST)
    return x


LETTERS = Arithmetic(
    name="symbolic",
    number=number,
    less=_less,
    equal=_equal,
    divide=divide,
    power=lambda x, n: power(x, sympy.Integer(n)),
    real_power=power,
    functions={
        "exp": sympy.exp,
        "log": log,
        "sqrt": sqrt,
        "tanh": tanh,
        "sigmoid": sigmoid,
    },
    keep=_keep,
    larger=Larger,
    smaller=Smaller,
    indicator=INDICATORS,
)


def _readable(x: Any) -> Any:
    return sympy.nan if x is not sympy.nan and (x.count_ops() > READABLE or _wide(x)) else x


def _wide(x: Any) -> bool:
    """Whether a number in a formula is longer than anybody reads."""
    bits = (int(n).bit_length() for r in x.atoms(sympy.Rational) for n in (r.p, r.q))
    return any(size > WIDEST for size in bits)


def recording(arithmetic: Arithmetic, decisions: list[bool]) -> Arithmetic:
    """The arithmetic, noting every decision it makes."""

    def noted(decide: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        def decided(a: Any, b: Any) -> bool:
            answer = decide(a, b)
            decisions.append(answer)
            return answer

        return decided

    return replace(arithmetic, less=noted(arithmetic.less), equal=noted(arithmetic.equal))


def following(decisions: list[bool], numbers: Mapping[str, Fraction], closed: bool) -> Arithmetic:
    """Letters, or closed forms that stay readable, that take the branches decided before.

    Once these are used up (what comes then only explains), a branch is taken from the `numbers`
    that the problem gives for the letters.
    """
    left = deque(decisions)
    values = {letter(name): number(value) for name, value in numbers.items()}

    def less(a: Any, b: Any) -> bool:
        return left.popleft() if left else _less(a.subs(values), b.subs(values))

    def equal(a: Any, b: Any) -> bool:
        return left.popleft() if left else _equal(a.subs(values), b.subs(values))

    return replace(
        LETTERS,
        less=less,
        equal=equal,
        larger=None,
        smaller=None,
        indicator={},
        keep=_readable if closed else _keep,
        name="exact" if closed else "symbolic",
        power=_readable_power if closed else LETTERS.power,
        real_power=_readable_power if closed else LETTERS.real_power,
    )


def expression_of(value: Any) -> tuple[Expr | None, Fraction | None]:
    """A SymPy expression in our own language; and its value where it is rational."""
    if value is sympy.nan:
        return None, None
    if isinstance(value, sympy.Rational):
        return None, Fraction(int(value.p), int(value.q))
    return _expr(_cancelled(value)), None


MOST_CANCELLED = 100
"""Operations of a formula up to which common factors of fractions are looked for."""


def _cancelled(e: Any) -> Any:
    """A formula with letters, common factors of its fractions cancelled where that makes it
    shorter; what functions make of letters counts as a letter."""
    inner = {f: f.func(*map(_cancelled, f.args)) for f in e.atoms(sympy.Function)}
    e = e.xreplace({f: g for f, g in inner.items() if f != g})
    fractions = any(p.exp.is_negative and p.base.free_symbols for p in e.atoms(sympy.Pow))
    if not fractions or e.count_ops() > MOST_CANCELLED:
        return e
    names: dict[Any, Any] = {}
    plain = e
    for f in sorted(e.atoms(sympy.Function), key=lambda f: (-f.count_ops(), str(f))):
        names[f] = sympy.Dummy()
        plain = plain.xreplace({f: names[f]})
    try:
        one = sympy.cancel(sympy.together(plain))
        shorter = min((one, sympy.factor(one)), key=lambda x: x.count_ops())
    except (sympy.PolynomialError, NotImplementedError):
        return e
    for f, name in reversed(list(names.items())):
        shorter = shorter.xreplace({name: f})
    return shorter if shorter.count_ops() < e.count_ops() else e


def _expr(e: Any) -> Expr:
    match e:
        case sympy.Rational():
            return _rational(Fraction(int(e.p), int(e.q)))
        case sympy.Symbol():
            return _letter(e.name)
        case sympy.Add():
            return _sum(e)
        case sympy.Mul():
            return _product(e)
        case sympy.Pow():
            return _power(e.base, e.exp)
        case Branch():
            return Apply(BRANCHES[type(e)], tuple(_expr(a) for a in e.args))
        case sympy.Function():
            return Apply(type(e).__name__, tuple(_expr(a) for a in e.args))
        case _ if e == sympy.E:
            return Apply("exp", (Number("1"),))
        case _:
            raise Fault("no-closed-form", found=e)


def _rational(value: Fraction) -> Expr:
    size = Number(str(abs(value.numerator)))
    expr: Expr = size
    if value.denominator != 1:
        expr = Apply("/", (size, Number(str(value.denominator))))
    return Apply("neg", (expr,)) if value < 0 else expr


def _letter(name: str) -> Expr:
    """W(1,2) has no reading in the language; it stands as a name of its own."""
    return Ref(name) if "(" in name else parse_expression(name)


def _sum(e: Any) -> Expr:
    terms = [_expr(t) for t in e.as_ordered_terms()]
    total = terms[0]
    for term in terms[1:]:
        if isinstance(term, Apply) and term.op == "neg":
            total = Apply("-", (total, term.args[0]))
        elif isinstance(total, Apply) and total.op == "+":
            total = Apply("+", (*total.args, term))
        else:
            total = Apply("+", (total, term))
    return total


def _product(e: Any) -> Expr:
    sign, _ = e.as_coeff_Mul()
    if sign.is_negative:
        return Apply("neg", (_expr(-e),))
    above, below = sympy.fraction(e)
    if below != 1:
        return Apply("/", (_expr(above), _expr(below)))
    parts = tuple(_expr(f) for f in e.as_ordered_factors())
    return Apply("*", parts)


def _power(base: Any, exponent: Any) -> Expr:
    if exponent == sympy.Rational(1, 2):
        return Apply("sqrt", (_expr(base),))
    if exponent.is_number and exponent.is_negative:
        return Apply("/", (Number("1"), _expr(base**-exponent)))
    if base == sympy.E:
        return Apply("exp", (_expr(exponent),))
    return Apply("^", (_expr(base), _expr(exponent)))
