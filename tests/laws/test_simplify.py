"""Laws of the normal form, and of what is read off the definitions of functions."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhand.calculus.limits import known_facts, limit, never, scalar_facts, symmetry, value_at
from rnnhand.calculus.simplify import Facts, equal, normal
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.problem.library import functions
from rnnhand.system.model import SCALAR, Shape

FUNCTIONS = functions()
LETTERS = ("a", "b", "c")

leaves = st.one_of(
    st.sampled_from(LETTERS).map(Ref),
    st.integers(-3, 3).map(
        lambda n: Number(str(n)) if n >= 0 else Apply("neg", (Number(str(-n)),))
    ),
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+-*"), inner, inner).map(lambda t: Apply(t[0], (t[1], t[2]))),
        inner.map(lambda e: Apply("neg", (e,))),
        inner.map(lambda e: Apply("^", (e, Number("2")))),
    ),
    max_leaves=8,
)


def as_sympy(expr: Expr) -> sympy.Expr:
    match expr:
        case Number():
            return sympy.Rational(expr.text)
        case Ref(name):
            return sympy.Symbol(name)
        case Apply("neg", (a,)):
            return -as_sympy(a)
        case Apply(op, (a, b)):
            x, y = as_sympy(a), as_sympy(b)
            return {"+": x + y, "-": x - y, "*": x * y, "^": x**y, "/": x / y}[op]
        case Apply(op, args):
            parts = [as_sympy(a) for a in args]
            return sympy.Add(*parts) if op == "+" else sympy.Mul(*parts)
        case _:
            raise AssertionError(expr)


@given(expressions)
@settings(max_examples=60)
def test_the_normal_form_has_the_same_value(expr: Expr) -> None:
    found = normal(expr, scalar_facts(FUNCTIONS))
    assert sympy.expand(as_sympy(expr) - as_sympy(found)) == 0


@given(expressions)
@settings(max_examples=40)
def test_the_normal_form_is_its_own(expr: Expr) -> None:
    facts = scalar_facts(FUNCTIONS)
    assert normal(normal(expr, facts), facts) == normal(expr, facts)


@given(expressions, expressions)
@settings(max_examples=40)
def test_equal_says_what_sympy_says_of_polynomials(one: Expr, other: Expr) -> None:
    same = sympy.expand(as_sympy(one) - as_sympy(other)) == 0
    assert equal(one, other, scalar_facts(FUNCTIONS)) == same


SHAPES: dict[str, Shape] = {
    "W": (2, 3),
    "V": (2, 2),
    "A": (2, 5),
    "x": (3, 1),
    "h": (2, 1),
    "v": (2, 1),
}


def shaped() -> Facts:
    from rnnhand.system.shapes import shape_of

    def shape(expr: Expr) -> Shape:
        found = shape_of(expr, lambda ref: SHAPES.get(ref.name, SCALAR))
        assert found is not None
        return found

    return known_facts(shape, FUNCTIONS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("V @ (h + v)", "V @ v + V @ h"),
        ("V @ (2*h)", "2*(V @ h)"),
        ("(V @ V) @ h", "V @ (V @ h)"),
        ("[W, V] @ [x; h]", "W @ x + V @ h"),
        ("sigmoid(-h)", "1 - sigmoid(h)"),
        ("tanh(v - h)", "-tanh(h - v)"),
        ("sigmoid(0)*h", "h/2"),
        ("identity(V @ h)*1 + 0*v", "V @ h"),
        ("(1 - a)*h + a*v", "h + a*(v - h)"),
        ("h.T.T", "h"),
    ],
)
def test_equations_that_hold_are_seen(one: str, other: str) -> None:
    assert equal(parse_expression(one), parse_expression(other), shaped())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("V @ h", "h*v"),
        ("V @ (h*v)", "(V @ h)*v"),
        ("tanh(tanh(h))", "tanh(h)"),
        ("sigmoid(h)", "1/2"),
        ("V @ V.T", "V.T @ V"),
    ],
)
def test_equations_that_fail_are_not(one: str, other: str) -> None:
    assert not equal(parse_expression(one), parse_expression(other), shaped())


NUMERIC = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "softsign": lambda x: x / (1 + abs(x)),
    "relu": lambda x: max(x, 0),
    "hard_sigmoid": lambda x: min(max(x / 5 + mpmath.mpf(1) / 2, 0), 1),
    "swish": lambda x: x / (1 + mpmath.exp(-x)),
}


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("sign", [1, -1])
def test_limits_are_those_that_large_numbers_show(name: str, sign: int) -> None:
    found = limit(FUNCTIONS[name], FUNCTIONS, sign)
    far = NUMERIC[name](mpmath.mpf(sign * 10**6))
    if found is None:
        assert abs(far) > 1000
    else:
        assert abs(far - mpmath.mpf(found.numerator) / found.denominator) < 1e-5


@pytest.mark.parametrize("name", NUMERIC)
def test_symmetries_hold_in_numbers(name: str) -> None:
    found = symmetry(FUNCTIONS[name], FUNCTIONS)
    if found is not None:
        for x in (0.3, 1.7, 4):
            whole = NUMERIC[name](x) + NUMERIC[name](-x)
            assert abs(whole - float(found.total)) < 1e-12
    else:
        assert name not in ("sigmoid", "tanh")


def test_what_a_function_never_reaches_is_told_from_what_it_reaches() -> None:
    assert never(FUNCTIONS["sigmoid"], Fraction(0), FUNCTIONS)
    assert never(FUNCTIONS["sigmoid"], Fraction(1), FUNCTIONS)
    assert never(FUNCTIONS["tanh"], Fraction(-1), FUNCTIONS)
    assert not never(FUNCTIONS["tanh"], Fraction(0), FUNCTIONS)
    assert not never(FUNCTIONS["hard_sigmoid"], Fraction(0), FUNCTIONS)
    assert value_at(FUNCTIONS["hard_sigmoid"], Fraction(-3), FUNCTIONS) == 0
    assert text(normal(parse_expression("sigmoid(0)"), scalar_facts(FUNCTIONS))) == "1/2"
