"""Statements and given values → a checked `System`, or every mistake in them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rnnhand.errors import Diagnostic, Failure, diagnostic
from rnnhand.language import limits
from rnnhand.language.operations import INTERNAL, PRIMITIVES, Functions
from rnnhand.language.parser import Statement
from rnnhand.language.powers import powers_out_of_bounds
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    COMPARISONS,
    NOWHERE,
    Apply,
    At,
    Expr,
    Last,
    Ref,
    Shift,
    rewrite,
    walk,
)
from rnnhand.system import checks
from rnnhand.system.checks import suggestion_for, unknown_index
from rnnhand.system.model import Equation, Given, Quantity, System, Term
from rnnhand.system.schedule import schedule
from rnnhand.system.shapes import inferred, operations

WRITTEN = [p.name for p in PRIMITIVES.values() if p.name not in INTERNAL]
OPERATIONS = {"+", "-", "neg", "*", "/", "^", "@", "T", ",", ";", *COMPARISONS}
CONFUSING = ("unknown-function", "argument-count", "defined-twice", "given-and-computed")
"""Mistakes after which a shape cannot be relied on."""


def build(
    statements: Sequence[Statement],
    given: Iterable[Given],
    indices: Mapping[str, range],
    functions: Functions,
) -> System:
    """The system of some equations. Raises `Failure` with all mistakes found.

    Names, exponents and steps are checked first, then shapes and cycles, then the work it all
    makes: a later check needs what an earlier one found in order.
    """
    wrong: list[Diagnostic] = []
    equations = []
    for statement in statements:
        body = resolved(statement.body, functions, wrong)
        target = statement.target
        wrong += powers_out_of_bounds(body)
        if target.name == "T" or target.name in indices:
            wrong.append(
                diagnostic("reserved-name", target.span, "hint-reserved-name", name=target.name)
            )
        steps = None
        if isinstance(target.index, At | Last) and not indices:
            wrong.append(unknown_index(target, "t", indices))
            continue
        if isinstance(target.index, At):
            steps = range(target.index.step, target.index.step + 1)
        elif isinstance(target.index, Last):
            last = next(iter(indices.values()), range(1))[-1] + target.index.offset
            target = replace(target, index=At(last))
            steps = range(last, last + 1)
        elif isinstance(target.index, Shift):
            if target.index.var not in indices:
                wrong.append(unknown_index(target, target.index.var, indices))
                continue
            steps = indices[target.index.var]
        equations.append(Equation(target, (Term(body, steps),), steps, target.span))
    system = System(tuple(equations), indices, {g.quantity: g for g in given}, functions, shapes={})
    for check in (checks.names, checks.collisions, checks.steps):
        wrong += check(system)
    if not any(d.code in CONFUSING for d in wrong):
        shapes, clashes = inferred(system)
        wrong += clashes
    _raise(wrong)
    _raise(_cycles(system))
    system = replace(system, shapes=shapes)
    _raise(_work(system))
    return system


def _raise(wrong: Iterable[Diagnostic]) -> None:
    """All of some mistakes, in the order of their places."""
    found = sorted(dict.fromkeys(wrong), key=lambda d: d.span or NOWHERE)
    if found:
        raise Failure(found)


def _cycles(system: System) -> Iterator[Diagnostic]:
    try:
        schedule(system, system.equations)
    except Failure as error:
        yield from error.diagnostics


def _work(system: System) -> Iterator[Diagnostic]:
    """Whether every equation can be worked out in bearable time."""
    left = limits.OPERATIONS
    for equation in system.equations:
        left -= operations(equation.body, system) * len(equation.steps or (0,))
        if left < 0:
            yield diagnostic(
                "too-much-work",
                equation.span,
                "hint-smaller",
                target=text(equation.target),
                limit=limits.OPERATIONS,
            )
            return


def function_names(functions: Functions) -> dict[str, str]:
    """Every name by which a function may be called: its one name."""
    names = {alias: p.name for p in PRIMITIVES.values() for alias in (p.name, *p.aliases)}
    return names | {alias: f.name for f in functions.values() for alias in (f.name, *f.aliases)}


def resolved(expr: Expr, functions: Functions, wrong: list[Diagnostic]) -> Expr:
    """Functions under their one name: σ(x) becomes sigmoid(x), still spelled σ."""
    names = function_names(functions)

    def resolve(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op in OPERATIONS:
            return node
        if node.op not in names:
            suggestion, hint = suggestion_for(node.op, frozenset(names))
            wrong.append(
                diagnostic(
                    "unknown-function",
                    node.span,
                    hint or "hint-functions",
                    name=node.op,
                    suggestion=suggestion,
                    known=", ".join(sorted({*functions, *WRITTEN})),
                )
            )
            return node
        name = names[node.op]
        if name in PRIMITIVES:
            least, most = PRIMITIVES[name].least, PRIMITIVES[name].most
        else:
            function = functions[name]
            most = len(function.parameters)
            least = most - len(function.defaults)
        if not least <= len(node.args) <= most:
            count = str(least) if least == most else f"{least}–{most}"
            wrong.append(
                diagnostic(
                    "argument-count",
                    node.span,
                    "hint-one-hot" if name == "one_hot" else None,
                    name=node.op,
                    wanted=count,
                    found=len(node.args),
                )
            )
            return node
        if name in functions and len(node.args) < most:
            missing = functions[name].parameters[len(node.args) :]
            defaults = tuple(functions[name].defaults[p] for p in missing)
            return Apply(name, (*node.args, *defaults), node.span, node.spelling)
        return Apply(name, node.args, node.span, node.spelling if node.op != name else "")

    return rewrite(expr, resolve)


def loss_candidates(system: System) -> list[Ref]:
    """The scalar quantities without an index that no other equation reads, in order."""
    read = {
        system.quantity(ref)
        for equation in system.equations
        for ref in walk(equation.body)
        if isinstance(ref, Ref)
    }
    ends = (e.target for e in system.equations if e.target.index is None)
    return [
        t
        for t in ends
        if Quantity(t.name) not in read and system.shapes[Quantity(t.name)] == (1, 1)
    ]
