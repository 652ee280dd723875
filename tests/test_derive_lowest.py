"""Formulas of `derive` as people write them: signs, quotients and identities."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rnnhand.calculus.lowest import lowest
from rnnhand.calculus.spelled import as_told
from rnnhand.calculus.tidy import tidy
from rnnhand.cli import main
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.system.model import Shape

SCALARS = [
    ("3*x/3", "x"),
    ("2*x/(2*n)", "x/n"),
    ("2*x/(4*n)", "x/(2*n)"),
    ("2*h*(g/T)*q", "2*h*g*q/T"),
    ("3*m^2/3/2", "m^2/2"),
    ("(1/2)*x/3", "x/6"),
    ("0.1*x/2", "0.05*x"),
    ("0.1*x/3", "x/30"),
    ("x[1]*(a[1]/b[1])", "x[1]*(a[1]/b[1])"),
    ("2*x/y[1]", "2*x/y[1]"),
    ("-(y - h)", "h - y"),
    ("-((y - h)*x)", "(h - y)*x"),
    ("-(1 - h^2)", "-(1 - h^2)"),
    ("-((1 - h^2)*x)", "-((1 - h^2)*x)"),
    ("-(y/p + -((1 - y)/(1 - p)))", "(1 - y)/(1 - p) - y/p"),
    ("c + -(y - h)", "c - (y - h)"),
    ("-g*y/p - -g*(1 - y)/(1 - p)", "g*(1 - y)/(1 - p) - g*y/p"),
    ("(-g)*(-y)", "g*y"),
    ("x/(-5)", "-(x/5)"),
    ("(-x)/(-n)", "x/n"),
    ("c + -(2*w*s)*d", "c - 2*w*s*d"),
    ("v*(2*x/q)/n", "2*v*x/(q*n)"),
    ("c + (y - h)", "c + y - h"),
]


def scalar(expr: Expr) -> Shape:
    return (1, 1)


def number(expr: Expr, at: dict[Expr, Fraction]) -> Fraction:
    """The value of a formula of numbers, worked out here."""
    match expr:
        case Number():
            return Fraction(expr.text)
        case Ref():
            return at[expr]
        case Apply(op, args):
            a, *rest = (number(arg, at) for arg in args)
            for b in rest:
                if op == "/" and not b:
                    raise ZeroDivisionError
                a = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}.get(op, a**2)
            return -a if op == "neg" else a
    raise AssertionError(expr)


@pytest.mark.parametrize(("written", "wanted"), SCALARS)
def test_a_formula_is_told_as_people_write_it_and_has_its_value(written: str, wanted: str) -> None:
    expr = parse_expression(written)
    told = as_told(expr, scalar)
    dice = random.Random(written)
    at: dict[Expr, Fraction] = {r: Fraction(dice.randint(2, 40), 7) for r in refs(expr)}
    assert number(told, at) == number(expr, at)
    assert text(told) == wanted


def random_formula(dice: random.Random, depth: int) -> str:
    if not depth or dice.random() < 0.2:
        return dice.choice(["x", "y[1]", "n", "2", "3", "0.5", "6"])
    a, b = (random_formula(dice, depth - 1) for _ in range(2))
    return dice.choice([f"({a})*({b})", f"({a})/({b})", f"({a} - {b})", f"(-({a}))", f"{a} + {b}"])


@pytest.mark.parametrize("seed", range(6))
def test_nothing_changes_a_value(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(60):
        expr = parse_expression(random_formula(dice, 4))
        at: dict[Expr, Fraction] = {r: Fraction(dice.randint(2, 99), 97) for r in refs(expr)}
        found: list[Any] = []
        for way in (lambda e: e, lambda e: lowest(e, scalar), lambda e: as_told(e, scalar)):
            try:
                found.append(number(way(expr), at))
            except ZeroDivisionError:
                found.append(None)
        if found[0] is not None:
            assert found[1] == found[2] == found[0], text(expr)


SHAPES = {"v": (3, 1), "D": (3, 3), "w": (1, 1)}


def shape(expr: Expr) -> Shape:
    match expr:
        case Ref():
            return SHAPES[expr.name]
        case Apply("fill", (_, Number() as rows, Number() as columns)):
            return int(rows.value), int(columns.value)
        case Apply("diag", (a,)):
            return shape(a)[0], shape(a)[0]
        case Apply("@", (a, b)):
            return shape(a)[0], shape(b)[1]
        case Apply(_, args):
            return max(map(shape, args))
        case _:
            return (1, 1)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("diag(-v)", "-diag(v)"),
        ("D @ diag(-fill(1, 3, 1))", "-D"),
        ("diag(v) @ diag(-fill(1, 3, 1)) @ D", "-(diag(v) @ D)"),
        ("diag(v) @ (1.5*fill(1, 3, 1))", "1.5*v"),
        ("diag(w*fill(1, 3, 1)) @ D", "w*D"),
    ],
)
def test_an_identity_vanishes_in_a_product(written: str, wanted: str) -> None:
    assert text(tidy(parse_expression(written), shape)) == wanted


def test_a_chain_with_negative_numbers_takes_away(tmp_path: Path) -> None:
    path = tmp_path / "negative.yaml"
    path.write_text(
        "title: Negative\nequations: |\n  h[t] = tanh(-2*w*h[t-1] - v*x[t]/(-5))\n  L = h[T]^2\n"
        "steps: 1..3\nparameters: {w: 0.5, v: 0.3}\ninitial: {'h[0]': 1}\n"
        "data: {'x[1..3]': [1, 2, 3]}\n",
        encoding="utf-8",
    )
    made = CliRunner().invoke(main, ["derive", str(path), "--format", "json"])
    claims = json.loads(made.stdout)["check"]["claims"]
    assert all(claim["holds"] for claim in claims)
    chain = [form for claim in claims if claim["part"] == "chain" for form in claim["forms"]]
    assert "-(2*(1 - h[t]^2)*h[t-1]) - 2*(1 - h[t]^2)*w*dh[t-1]/dw" in chain
    assert not [form for claim in claims for form in claim["forms"] if "+ -" in form]
