"""A network of matrices in scalars, side by side: shapes under every factor, both ways back.

The scalar system is differentiated anew, so its gradient is a second opinion on that in matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rnnhand.arithmetic.policy import settle
from rnnhand.calculus.by_entry import Names, entry_names, in_scalars
from rnnhand.calculus.gradient import Gradient, gradient, shapes_in
from rnnhand.calculus.spelled import formula, spelled
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.errors import failure
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, children
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.backward import contributed
from rnnhand.questions.key import implied, instances, shown
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.work import Plan, at
from rnnhand.system.model import Equation, Quantity, System
from rnnhand.system.shapes import shown as size
from rnnhand.system.upstream import without_implied

AGREE = 12
"""Digits in which both ways must agree where numbers are not exact."""

MOST = 400
"""Entries up to which a system is written out in scalars."""


@dataclass(frozen=True)
class Scalars:
    """A system, and the same in scalars; the gradients of both where there is a loss."""

    problem: Problem
    matrices: System
    scalars: System
    names: Names
    ways: tuple[Gradient, Gradient] | None


def topic(problem: Problem, node: yaml.Node) -> Answer:
    """`scalars:` without options."""
    if isinstance(node, yaml.List | yaml.Map) or (isinstance(node, yaml.Text) and node.text):
        raise failure("topic-no-options", node.span, word="scalars")
    system = problem.system
    count = sum(
        rows * columns
        for q, (rows, columns) in system.shapes.items()
        for _ in range(1 if not q.over else sum(map(len, system.steps.get(q, ()))))
    )
    if count > MOST:
        raise failure("scalars-too-many", node.span, found=count, limit=MOST)
    names = entry_names(system)
    scalars = in_scalars(system, names)
    ways = (gradient(system), gradient(scalars)) if system.loss is not None else None
    found = Scalars(problem, system, scalars, names, ways)
    return Answer(lambda words, digits: _tell(found, words), lambda digits: _results(found, digits))


def _tell(found: Scalars, words: Phrases) -> Iterator[Block]:
    sizes = [
        sentence(words, "scalars-size", name=Math(q.ref()), size=size(shape))
        for q, shape in found.matrices.shapes.items()
        if q not in implied(found.matrices)
    ]
    blocks: list[Block] = [Paragraph(sentence(words, "scalars-sizes", list=joined(sizes)))]
    for equation in without_implied(found.matrices).equations:
        blocks += _forward(found, equation, words)
    if found.ways is not None:
        whole, _ = found.ways
        loss = found.matrices.quantity(whole.of)
        made = [q for q in reversed(found.matrices.made_by) if q in whole.wrt and q != loss]
        goals = [*made, *(q for q in whole.wrt if q not in made and q != loss)]
        back = [block for q in goals if _worth(found, q) for block in _backward(found, q, words)]
        blocks.append(Section(sentence(words, "scalars-back"), tuple(back)))
        same = _same(found)
        if same is not None:
            code = "scalars-same" if same else "scalars-differ"
            blocks.append(Note("check" if same else "warning", sentence(words, code)))
    yield Section(sentence(words, "scalars-title"), tuple(blocks))


def _forward(found: Scalars, equation: Equation, words: Phrases) -> Iterator[Block]:
    """H = X·W with its sizes; then H_1 = …, H_2 = …"""
    names = found.names[found.matrices.quantity(equation.target)]
    index = equation.target.index
    parts = [e for e in found.scalars.equations if e.target.index == index]
    entries = [(e.target, _math(found.scalars, e.body)) for e in parts if e.target.name in names]
    yield _line(words, found.matrices, equation.target, equation.body)
    yield Definitions(tuple(entries))


def _backward(found: Scalars, q: Quantity, words: Phrases) -> Iterator[Block]:
    """dL/dW in matrices with its sizes; then dL/dW_11 = …, dL/dW_12 = …"""
    assert found.ways is not None
    whole, parts = found.ways
    for equation in _of(whole, q):
        yield _line(words, whole.system, equation.target, _formula(whole, equation))
    entries = [
        (e.target, _math(parts.system, _formula(parts, e)))
        for name in found.names[q]
        for e in _of(parts, Quantity(name, q.over))
    ]
    yield Definitions(tuple(entries))


def _of(way: Gradient, q: Quantity) -> list[Equation]:
    made = way.of_quantity(q)
    return [e for e in way.adjoints if way.system.quantity(e.target) == made and e.terms]


def _formula(way: Gradient, equation: Equation) -> Expr:
    """The right side; what the steps contribute to the gradient of a parameter is put in."""
    shape = shapes_in(way.system)
    if equation.target.index is not None:
        return formula(equation, way.system, shape)
    body, _ = contributed(way, equation)
    return spelled(body, way.system, shape)


def _line(words: Phrases, system: System, target: Ref, body: Expr) -> Paragraph:
    equation: Sentence = (Math(target), " = ", Math(_math(system, body)))
    sizes = _sizes(system, target, body)
    return Paragraph(sentence(words, "scalars-line", equation=equation, sizes=sizes))


def _math(system: System, expr: Expr) -> Expr:
    return mathematical(expr, shapes_in(system), system.functions)


def _sizes(system: System, target: Ref, body: Expr) -> str:
    """The shape of the result, and those of the factors of the product: 2×3 = 2×2 · 2×3."""
    shape = shapes_in(system)
    own = size(shape(target))
    factors = [size(shape(e)) for e in _factors(body)]
    return f"{own} = {' · '.join(factors)}" if factors else own


def _factors(expr: Expr) -> list[Expr]:
    """The factors of the outermost matrix product in an expression."""
    if isinstance(expr, Apply) and expr.op == "@":
        parts = [(a, isinstance(a, Apply) and a.op == "@") for a in expr.args]
        return [e for arg, inner in parts for e in (_factors(arg) if inner else [arg])]
    return next((found for child in children(expr) if (found := _factors(child))), [])


def _worth(found: Scalars, q: Quantity) -> bool:
    assert found.ways is not None
    return bool(_of(found.ways[0], q))


def _same(found: Scalars) -> bool | None:
    """Whether both ways give the same numbers; None where there are letters."""
    if any(g.has_letters for g in found.matrices.given.values()):
        return None
    one, other = _values(found, AGREE), _numbers(found, AGREE)
    both = one.keys() & other.keys()
    return bool(both) and all(_digits(one[name]) == _digits(other[name]) for name in both)


def _results(found: Scalars, digits: int) -> Mapping[str, Any]:
    """The scalar equations, and the values of all entries."""
    equations = {text(e.target): text(e.body) for e in without_implied(found.scalars).equations}
    results: dict[str, Any] = {"equations": equations}
    if found.ways is not None:
        way = found.ways[1]
        own = {way.of_quantity(q) for q in way.wrt}
        results["gradients"] = {
            text(e.target): text(_formula(way, e))
            for e in way.adjoints
            if e.terms and way.system.quantity(e.target) in own
        }
    if not any(g.has_letters for g in found.matrices.given.values()):
        results["values"] = _values(found, digits)
    return results


def _values(found: Scalars, digits: int) -> dict[str, Table]:
    """Every scalar, and the loss by it, worked out in the scalar system."""
    plan = Plan(replace(found.problem, system=found.scalars))
    settled = settle(plan.task(), "auto", digits)
    hidden = (
        {Quantity(found.scalars.loss.name)} if found.scalars.loss and plan.system.pushed else set()
    )
    own = [q for q in found.scalars.made_by if q not in hidden]
    back = [plan.gradient.of_quantity(q) for q in plan.gradient.wrt] if plan.gradient else []
    return {
        text(q.at(step)): shown(settled, lambda w, q=q, s=step: w.at(q, s), (1, 1), digits)  # type: ignore[misc]
        for q in (*own, *back)
        if q in settled.work.storage
        for step in instances(plan.full, q)
    }


def _numbers(found: Scalars, digits: int) -> dict[str, Table]:
    """The entries of the values and gradients in matrices, by the names that scalars have."""
    plan = Plan(found.problem)
    settled = settle(plan.task(), "auto", digits)
    of = plan.gradient.of if plan.gradient is not None else None
    named: dict[Quantity, tuple[str, ...]] = dict(found.names)
    results: dict[str, Table] = {}
    for q, names in list(named.items()):
        made = [(q, "{}")]
        if of is not None and plan.gradient is not None:
            made.append((plan.gradient.of_quantity(q), f"d{text(of)}/d{{}}"))
        for quantity, pattern in made:
            if quantity not in plan.full.shapes or quantity not in settled.work.storage:
                continue
            for step in instances(plan.full, quantity):
                value = shown(
                    settled,
                    lambda w, q=quantity, s=step: at(plan.full, w.storage, q, s),  # type: ignore[misc]
                    plan.full.shapes[quantity],
                    digits,
                )
                for name, entry in zip(names, _flat(value), strict=True):
                    results[pattern.format(text(Ref(name, q.at(step).index)))] = entry
    return results


def _digits(table: Table) -> object:
    (number,) = _flat(table)
    return number.decimal or number.exact


def _flat(table: Table) -> Iterator[Numeral]:
    if isinstance(table, Numeral):
        yield table
    else:
        for part in table:
            yield from _flat(part)
