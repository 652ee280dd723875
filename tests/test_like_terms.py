"""Equal summands of a derivative are one, and the derivative stays what it was."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnhand.calculus.like_terms import with_like_terms
from rnnhand.cli import main
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr

DECAY = """
equations: |
  h[t] = tanh(V @ x[t] + U @ h[t-1] + b)
  L = sum[t](sum((h[t] - y[t])^2)) + mu/2*sum(V*V) + mu/2*sum(U^2) + mu/2*(b.T @ b)
steps: 1..2
parameters: {V: {shape: [2,2]}, U: {shape: [2,2]}, b: {shape: [2]}, mu: }
data: {"x[1..2]": {shape: [2]}, "y[1..2]": {shape: [2]}}
initial: {"h[0]": {shape: [2]}}
"""


def scalars(_: Expr) -> tuple[int, int]:
    return (1, 1)


@pytest.mark.parametrize(
    ("sum_of", "one"),
    [
        ("m/2*v + v*(m/2)", "m*v"),
        ("0.1*v + v*0.1", "0.2*v"),
        ("v/3 + v/3", "2/3*v"),
        ("a*b/c + b*a/c + a/c*b", "3*(a*b/c)"),
        ("a*b + a*b*b", "a*b + a*b*b"),
        ("-(a*b) + 3*b*a + c", "2*a*b + c"),
        ("a*b + -(b*a)", "a*b + -(b*a)"),
        ("1 + 1", "2"),
        ("sin(a + a)*b", "sin(2*a)*b"),
        ("a/b + b/a", "a/b + b/a"),
    ],
)
def test_equal_summands_are_one(sum_of: str, one: str) -> None:
    found = with_like_terms(parse_expression(sum_of), scalars)
    assert text(found).replace(" ", "") == text(parse_expression(one)).replace(" ", "")


def worth(expr: Expr, values: dict[str, Fraction]) -> Fraction:
    """The value of a sum of products in fractions, by Python alone."""
    spelled = text(expr)
    for name, value in values.items():
        spelled = spelled.replace(name, f"F({value.numerator},{value.denominator})")
    for digit in "23":
        spelled = spelled.replace(f"{digit}*", f"F({digit},1)*")
    return Fraction(eval(spelled, {"F": Fraction}))


def product(rng: random.Random) -> Expr:
    names = [rng.choice("uvwz") for _ in range(rng.randint(1, 3))]
    spelled = "*".join(names)
    ends = ("{}", "2*{}", "{}/2", "-({})", "3/2*{}", "{}*z/2", "{}/w", "({})*(u/3)")
    return parse_expression(rng.choice(ends).format(spelled))


def test_sums_keep_their_values() -> None:
    rng = random.Random(5)
    values = {name: Fraction(n, 7) for name, n in zip("uvwz", (2, 3, 5, -4), strict=True)}
    shorter = 0
    for _ in range(100):
        whole = Apply("+", tuple(product(rng) for _ in range(4)))
        found = with_like_terms(whole, scalars)
        assert worth(found, values) == worth(whole, values), text(whole)
        shorter += text(found) != text(whole)
    assert shorter > 10


def test_weight_decay_is_one_summand(tmp_path: Path) -> None:
    file = tmp_path / "decay.yaml"
    file.write_text(DECAY, encoding="utf-8")
    shown = CliRunner().invoke(main, ["derive", str(file), "--lang", "en"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0, shown.output
    for line in ("x_tᵀ + μ·V", "h_{t−1}ᵀ + μ·U", "∂L/∂a_t + μ·b", "∂⁺L/∂b = μ·bᵀ"):
        assert line in shown.output
    assert "μ/2·V" not in shown.output
