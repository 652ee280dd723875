"""Special results, derived: tanh′ = 1 − tanh², σ′ = σ(1 − σ), softmax under −log gives p − y."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.equality import Pairs, proved_same
from rnnhand.arithmetic.program import compiled
from rnnhand.calculus.jacobian import jacobian
from rnnhand.calculus.rulenames import rules
from rnnhand.calculus.rules import negative, over, power, times
from rnnhand.calculus.shortcut import Shortcut, shortcuts
from rnnhand.calculus.spelled import difference
from rnnhand.calculus.tidy import tidy
from rnnhand.document.blocks import Block, Section
from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite, substitute, walk
from rnnhand.questions.derive.writing import Writing, placed
from rnnhand.system.model import SCALAR, Equation, Quantity, Shape, System, Term

X = Ref("x")


def sections(w: Writing) -> list[Section]:
    """What is used above and below and is worth deriving once."""
    lines: list[Block] = []
    used = {n.op for e in w.d.system.equations for n in walk(e.body) if isinstance(n, Apply)}
    for name, f in w.d.system.functions.items():
        if name in used and not f.open:
            lines += _slope(w, f)
    for shortcut in shortcuts(w.d.gradient):
        lines += _likelihood(w, shortcut)
    return [Section(w.say("derive-special"), tuple(lines))] if lines else []


def _scalar(expr: Expr) -> Shape:
    return SCALAR


def _slope(w: Writing, f: Function) -> Iterator[Block]:
    """f′ from the definition of f, where the library writes it with the value of f itself; shown
    only where the last step is proved."""
    if len(f.parameters) != 1 or f.parameters[0] not in f.slopes:
        return
    written = f.slopes[f.parameters[0]]
    if not any(r.name == "result" for r in refs(written)):
        return
    value = substitute(f.value, {f.parameters[0]: X})
    derived = by_quotient(value, w.d.system.functions)
    put_in = difference(substitute(written, {"result": value, f.parameters[0]: X}))
    if derived is None or not proved(derived, put_in, w.d.system.functions):
        return
    notation = f.notation or f.name
    own = Apply(f.name, (X,), spelling=notation)
    slope = Apply(f"{f.name}'", (X,), spelling=f"{notation}′")
    result = substitute(written, {"result": own, f.parameters[0]: X})
    named = rules(value, X, lambda _: SCALAR)
    yield w.line(own, value, remark=w.say("derive-definition"))
    yield w.line(slope, derived, remark=w.rules(named))
    yield w.line(slope, put_in, remark=w.say("derive-rearranged"))
    yield w.line(slope, result, remark=w.say("derive-definition-of", f=notation))


def by_quotient(value: Expr, functions: Functions) -> Expr | None:
    """(n/d)′ = (n′·d − n·d′)/d²; any other expression by its own rules."""
    if not (isinstance(value, Apply) and value.op == "/"):
        found = jacobian(value, X, None, _scalar, functions)
        return None if found is None else difference(found)
    above, below = value.args
    up, down = (jacobian(part, X, None, _scalar, functions) for part in (above, below))
    if up is None or down is None:
        return None
    first = None if up == Number("0") else times(difference(up), below)
    second = None if down == Number("0") else times(above, difference(down))
    if first is not None and second is not None:
        top: Expr = Apply("-", (first, second))
    elif second is not None:
        top = negative(second)
    else:
        top = first or Number("0")
    return difference(tidy(over(top, power(below, Number("2"))), _scalar))


def proved(one: Expr, other: Expr, functions: Functions) -> bool:
    """Whether two expressions in x are the same function."""
    q, first, second = Quantity("x"), Quantity("first"), Quantity("second")
    equations = tuple(
        Equation(Ref(made.name), (Term(body, None),), None)
        for made, body in ((first, one), (second, other))
    )
    system = System(equations, {}, {}, functions, dict.fromkeys((q, first, second), SCALAR))

    def pairs(arithmetic: Arithmetic, letter: Callable[[str], Any]) -> Pairs:
        storage = {q: letter("x")}
        compiled(system, arithmetic).run(storage)
        return [(storage[first], storage[second])]

    return proved_same(pairs)


def _likelihood(w: Writing, found: Shortcut) -> Iterator[Block]:
    """∂L/∂z = p ⊙ (δ − ⟨δ, p⟩) with δ = ∂L/∂p put in, which comes to p − y."""
    d = w.d
    made = d.gradient.of_quantity(found.logits)
    full = d.gradient.system
    equation = next(
        (e for e in d.adjoints if full.quantity(e.target) == made and len(e.terms) == 1), None
    )
    if equation is None or not _comes_from(w, equation, found.kind):
        return
    general = d.right_side(equation)
    inner = {
        e.target.name: d.right_side(e)
        for e in d.adjoints
        if e.target.name in {r.name for r in refs(general)}
    }

    def put(node: Expr) -> Expr:
        return inner.get(node.name, node) if isinstance(node, Ref) else node

    put_in = difference(tidy(rewrite(general, put), d.shape))
    (left, general), (_, put_in) = (placed(equation, e) for e in (general, put_in))
    yield w.line(left, w.math(general), remark=w.say(f"derive-rule-{found.kind}"))
    yield w.line(left, w.math(put_in), remark=w.say("derive-put-in"))
    short = replace(equation, terms=(Term(found.formula, found.steps),))
    partly = found.steps is not None and found.steps != equation.steps
    known = d.right_side(short) if partly else found.formula
    yield w.line(left, w.math(placed(equation, known)[1]), remark=w.say(f"derive-{found.kind}"))


def _comes_from(w: Writing, equation: Equation, kind: str) -> bool:
    """Whether what comes back to the logits comes through the probabilities made of them."""
    route, system = equation.terms[0].route, w.d.system
    if route is None:
        return False
    bodies = [e.body for e in system.made_by.get(system.quantity(route), ())]
    return any(isinstance(body, Apply) and body.op == kind for body in bodies)
