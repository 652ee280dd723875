"""An update rule that a problem file writes itself, as its exercise states it:

rule: |
  h[k] = alpha*h[k-1] + eta*g[k]
  w[k] = w[k-1] - h[k]
at: w[k-1] - alpha*h[k-1]
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rnnhand.errors import failure
from rnnhand.language.parser import parse_equations, parse_expression
from rnnhand.language.tree import Expr, Ref, Shift, refs
from rnnhand.problem import yaml
from rnnhand.problem.library import functions
from rnnhand.problem.model import Optimizer
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Given, Quantity, Role

OWN = "own"
PARAMETER, GRADIENT, ITERATION = "w", "g", "k"


def own_rule(node: yaml.Text, at: yaml.Node | None) -> Optimizer:
    """The rule: what it reads from the iteration before starts at 0; every name without an index
    is an option. Raises `Failure` with what is wrong in it."""
    statements = parse_equations(node.text, origin=node.origin)
    made = {s.target.name for s in statements}
    if PARAMETER not in made:
        raise failure("rule-without-w", node.span, "hint-own-rule")
    if GRADIENT in made:
        raise failure("rule-makes-g", node.span, "hint-own-rule")
    for statement in statements:
        if statement.target.index != Shift(ITERATION):
            raise failure("rule-target", statement.target.span, "hint-own-rule")
    point = parse_expression(at.text, origin=at.origin) if isinstance(at, yaml.Text) else None
    if at is not None and point is None:
        raise failure("rule-at", at.span, "hint-rule-at")
    bodies = [s.body for s in statements] + ([point] if point is not None else [])
    before = {r.name for r in _mentioned(bodies) if r.index == Shift(ITERATION, -1)}
    states = [name for name in dict.fromkeys(s.target.name for s in statements) if name in before]
    options = dict.fromkeys(
        r.name for r in _mentioned(bodies) if r.index is None and r.name != ITERATION
    )
    zero = (Fraction(0),)
    known = [
        Given(Quantity(PARAMETER, ITERATION), Role.DATA, SCALAR, {0: zero}),
        Given(Quantity(GRADIENT, ITERATION), Role.DATA, SCALAR, {1: zero}),
        *(
            Given(Quantity(s, ITERATION), Role.DATA, SCALAR, {0: zero})
            for s in states
            if s != PARAMETER
        ),
        *(Given(Quantity(o), Role.CONSTANT, SCALAR, {None: zero}) for o in options),
    ]
    build(statements, known, {ITERATION: range(1, 2)}, functions())
    for ref in _mentioned([point] if point is not None else []):
        if ref.index is not None and (
            ref.index != Shift(ITERATION, -1) or ref.name not in (PARAMETER, *states)
        ):
            raise failure("rule-at", ref.span, "hint-rule-at")
    return Optimizer(
        OWN,
        {},
        dict.fromkeys(options),
        tuple(s for s in states if s != PARAMETER),
        statements,
        at.text if isinstance(at, yaml.Text) else "",
        own=True,
    )


def _mentioned(bodies: list[Expr]) -> Iterator[Ref]:
    for body in bodies:
        yield from refs(body)
