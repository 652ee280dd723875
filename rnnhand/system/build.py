"""Statements and given values → a checked `System`, or every mistake in them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache

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
    Number,
    Over,
    Ref,
    Shift,
    rewrite,
    walk,
)
from rnnhand.system.model import Equation, Given, Quantity, System, Term, free_refs
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
            wrong.append(_unknown_index(target, "t", indices))
            continue
        if isinstance(target.index, At):
            steps = range(target.index.step, target.index.step + 1)
        elif isinstance(target.index, Last):
            last = next(iter(indices.values()), range(1))[-1] + target.index.offset
            target = replace(target, index=At(last))
            steps = range(last, last + 1)
        elif isinstance(target.index, Shift):
            if target.index.var not in indices:
                wrong.append(_unknown_index(target, target.index.var, indices))
                continue
            steps = indices[target.index.var]
        equations.append(Equation(target, (Term(body, steps),), steps, target.span))
    system = System(tuple(equations), indices, {g.quantity: g for g in given}, functions, shapes={})
    for check in (_names, _collisions, _steps):
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


def resolved(expr: Expr, functions: Functions, wrong: list[Diagnostic]) -> Expr:
    """Functions under their one name: σ(x) becomes sigmoid(x), still spelled σ."""
    names = {alias: p.name for p in PRIMITIVES.values() for alias in (p.name, *p.aliases)}
    names |= {alias: f.name for f in functions.values() for alias in (f.name, *f.aliases)}

    def resolve(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op in OPERATIONS:
            return node
        if node.op not in names:
            suggestion, hint = _suggestion(node.op, frozenset(names))
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


@lru_cache(1000)
def _suggestion(name: str, known: frozenset[str]) -> tuple[str, str | None]:
    """The known name that is most like `name`, and the hint that offers it."""
    close = sorted(k for k in known if k.casefold() == name.casefold())
    close = close or get_close_matches(name, sorted(known), 1, 0.6)
    return (close[0], "hint-did-you-mean") if close else ("", None)


def _unknown_index(ref: Ref, var: str, indices: Mapping[str, range]) -> Diagnostic:
    if not indices:
        return diagnostic("no-steps", ref.span, "hint-steps", name=text(ref), var=var)
    return diagnostic(
        "unknown-index",
        ref.span,
        "hint-index-names",
        name=text(ref),
        var=var,
        known=", ".join(indices),
    )


def _names(system: System) -> list[Diagnostic]:
    """Every mention has a definition, and every index is one that runs there."""
    wrong = []
    known = {*system.made_by, *system.given}
    names = {q.name for q in known}
    for equation in system.equations:
        own = equation.target.index.var if isinstance(equation.target.index, Shift) else None
        for ref, bound in _mentions(equation.body, frozenset({own} if own else ())):
            if ref.index is None and (ref.name in system.indices or ref.name == "T"):
                if ref.name != "T" and ref.name not in bound:
                    wrong.append(_not_running(ref, ref.name, equation))
                elif not system.indices:
                    wrong.append(diagnostic("no-steps", ref.span, "hint-steps", name="T", var="t"))
                continue
            if isinstance(ref.index, Shift):
                if ref.index.var not in system.indices:
                    wrong.append(_unknown_index(ref, ref.index.var, system.indices))
                    continue
                if ref.index.var not in bound:
                    wrong.append(_not_running(ref, ref.index.var, equation))
                    continue
            if isinstance(ref.index, At | Last) and not system.indices:
                wrong.append(
                    diagnostic("no-steps", ref.span, "hint-steps", name=text(ref), var="t")
                )
                continue
            if system.quantity(ref) not in known:
                wrong.append(_unknown_name(ref, equation, system, names))
        for node in walk(equation.body):
            if isinstance(node, Over) and node.var not in system.indices:
                ref = Ref(node.kind, Shift(node.var), node.span)
                wrong.append(_unknown_index(ref, node.var, system.indices))
    for q, given in system.given.items():
        if q.name == "T" or q.name in system.indices:
            wrong.append(diagnostic("reserved-name", given.span, "hint-reserved-name", name=q.name))
    # A name that is unknown is so wherever it stands: the first mention is enough.
    return list({(d.code, d.words): d for d in reversed(wrong)}.values())[::-1]


def _mentions(expr: Expr, bound: frozenset[str]) -> Iterable[tuple[Ref, frozenset[str]]]:
    """Every mention, with the index variables that run where it stands."""
    match expr:
        case Ref():
            yield expr, bound
        case Over(_, var, body):
            yield from _mentions(body, bound | {var})
        case Apply(_, args):
            for arg in args:
                yield from _mentions(arg, bound)
        case Number():
            return


def _not_running(ref: Ref, var: str, equation: Equation) -> Diagnostic:
    return diagnostic(
        "index-not-running",
        ref.span,
        "hint-sum-over",
        name=text(ref),
        var=var,
        target=text(equation.target),
    )


def _unknown_name(ref: Ref, equation: Equation, system: System, names: set[str]) -> Diagnostic:
    if ref.name in names:
        other = sorted(str(q) for q in {*system.made_by, *system.given} if q.name == ref.name)
        code = "index-too-many" if ref.index is not None and other == [ref.name] else "other-index"
        return diagnostic(
            code, ref.span, "hint-did-you-mean", name=text(ref), suggestion=", ".join(other)
        )
    suggestion, hint = _suggestion(ref.name, frozenset(names - {equation.target.name}))
    base, _, step = ref.name.partition("_")
    if base in names and step:
        suggestion, hint = f"{base}[{step}]", "hint-did-you-mean"
    return diagnostic(
        "unknown-name", ref.span, hint or "hint-define", name=ref.name, suggestion=suggestion
    )


def _collisions(system: System) -> list[Diagnostic]:
    """No quantity is made twice at one step, nor both made and given."""
    wrong = []
    for q, made in system.made_by.items():
        for i, equation in enumerate(made):
            given = system.given.get(q)
            for other in made[:i]:
                both = _overlap(equation.steps, other.steps)
                if both is not None:
                    wrong.append(
                        diagnostic(
                            "defined-twice",
                            equation.span,
                            "hint-defined-twice",
                            name=text(q.at(both)) if q.over else q.name,
                            line=other.span.line,
                        )
                    )
            if given is None:
                continue
            for step in given.values:
                if equation.steps is None or (step is not None and step in equation.steps):
                    wrong.append(
                        diagnostic(
                            "given-and-computed",
                            given.span,
                            "hint-given-and-computed",
                            name=text(q.at(step)),
                            target=text(equation.target),
                            line=equation.span.line,
                        )
                    )
                    break
    return wrong


def _overlap(one: range | None, other: range | None) -> int | None:
    """A step that two equations share; for equations without steps, any number."""
    if one is None or other is None:
        return 0
    both = range(max(one.start, other.start), min(one.stop, other.stop))
    return both[0] if both else None


def _steps(system: System) -> list[Diagnostic]:
    """Every mention exists at every step at which it is read."""
    wrong = []
    for equation in system.equations:
        for ref in walk(equation.body):
            if not isinstance(ref, Ref) or ref.index is None or isinstance(ref.index, Shift):
                continue
            q = system.quantity(ref)
            if q.over not in system.indices or q not in system.steps:
                continue  # an unknown name
            step = system.step(ref)
            if not system.exists(q, step):
                wrong.append(_missing(ref, q, step, equation, None, system))
        if isinstance(equation.target.index, Shift) and equation.steps is not None:
            var = equation.target.index.var
            for ref in free_refs(equation.body, var):
                q = system.quantity(ref)
                assert isinstance(ref.index, Shift)
                if q not in system.steps:
                    continue  # an unknown name
                for t in _uncovered(system, q, equation.steps, ref.index.offset):
                    wrong.append(_missing(ref, q, t + ref.index.offset, equation, t, system))
                    break
        for node in walk(equation.body):
            if not isinstance(node, Over) or node.var not in system.indices:
                continue
            read = [system.quantity(ref) for ref in free_refs(node.body, node.var)]
            if all(q in system.steps for q in read) and not system.domain(node):
                wrong.append(
                    diagnostic(
                        "empty-sum",
                        node.span,
                        "hint-empty-sum",
                        kind=node.kind,
                        var=node.var,
                        body=text(node.body),
                    )
                )
    return wrong


def _uncovered(system: System, q: Quantity, steps: range, offset: int) -> Iterable[int]:
    """The steps t at which q[t+offset] does not exist."""
    start = steps.start
    for run in (*system.steps.get(q, ()), range(limits.STEPS * 9, limits.STEPS * 9)):
        yield from range(start, min(run.start - offset, steps.stop))
        start = max(start, run.stop - offset)


def _missing(
    ref: Ref, q: Quantity, step: int | None, equation: Equation, at: int | None, system: System
) -> Diagnostic:
    last = system.indices[q.over][-1]
    return diagnostic(
        "missing-step" if at is None else "missing-step-at",
        ref.span,
        ("hint-beyond-steps" if q in system.made_by else "hint-missing-data")
        if step is not None and step > last
        else "hint-missing-step",
        name=text(q.at(step)),
        written=text(ref),
        var=q.over,
        at=at,
        target=text(equation.target),
        known=listed(system.steps.get(q, ())),
        base=q.name,
        last=last,
    )


def listed(steps: Iterable[range]) -> str:
    """Some steps as a message names them: 0..3, 5."""
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}..{r[-1]}" for r in steps)


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
