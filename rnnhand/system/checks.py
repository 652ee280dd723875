"""What can be wrong between equations: names, steps, and who makes what.

Each check returns its mistakes and needs nothing but the equations and which values are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from rnnhand.errors import Diagnostic, diagnostic
from rnnhand.language import limits
from rnnhand.language.printer import text
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Last,
    Number,
    Over,
    Ref,
    Shift,
    walk,
)
from rnnhand.system.model import Equation, Quantity, System, free_refs


@lru_cache(1000)
def suggestion_for(name: str, known: frozenset[str]) -> tuple[str, str | None]:
    """The known name that is most like `name`, and the hint that offers it."""
    close = sorted(k for k in known if k.casefold() == name.casefold())
    close = close or get_close_matches(name, sorted(known), 1, 0.6)
    return (close[0], "hint-did-you-mean") if close else ("", None)


def unknown_index(ref: Ref, var: str, indices: Mapping[str, range]) -> Diagnostic:
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


def names(system: System) -> list[Diagnostic]:
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
                    wrong.append(unknown_index(ref, ref.index.var, system.indices))
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
                wrong.append(unknown_index(ref, node.var, system.indices))
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
    suggestion, hint = suggestion_for(ref.name, frozenset(names - {equation.target.name}))
    base, _, step = ref.name.partition("_")
    if base in names and step:
        suggestion, hint = f"{base}[{step}]", "hint-did-you-mean"
    return diagnostic(
        "unknown-name", ref.span, hint or "hint-define", name=ref.name, suggestion=suggestion
    )


def collisions(system: System) -> list[Diagnostic]:
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


def steps(system: System) -> list[Diagnostic]:
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
