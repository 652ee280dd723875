"""A problem → the blank sheet that asks for its results, in the order of its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from rnnhand.arithmetic.policy import settle
from rnnhand.document.key import Key
from rnnhand.errors import Failure, failure
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.results import DerivativeName, result_text
from rnnhand.language.tree import Ref, Shift
from rnnhand.marking.formats.blank import Blank, Filling, Group, Row
from rnnhand.marking.names import check_name, shape_of
from rnnhand.marking.said import told
from rnnhand.phrases import Phrases
from rnnhand.problem.model import AskForward, AskGradients, AskResult, AskUpdate, Problem
from rnnhand.questions.facts import named, results_of, with_facts
from rnnhand.questions.formula.facts import named_formulas
from rnnhand.questions.key import instances, key_of
from rnnhand.questions.moments import named as moments_named
from rnnhand.questions.said_facts import named_said
from rnnhand.questions.work import Plan
from rnnhand.system.model import SCALAR, Quantity, Shape, System
from rnnhand.system.upstream import without_implied

LONGEST_EXACT = 40
"""Characters up to which a filled sheet has the exact form of a number."""


@dataclass(frozen=True)
class Part:
    """Rows of one kind: `asks` is the question that wants them, as `--only` names it."""

    asks: str
    title: str
    rows: tuple[Row, ...]


def plan_of(problem: Problem) -> Plan:
    """What sheets of a problem are marked by: its own equations, and what its topics found."""
    results = results_of(problem)
    formulas = named_formulas(problem, results)
    said = named_said(problem, results)
    full = with_facts(problem, named(problem, results), bool(formulas or said))
    updates = tuple(a for a in full.ask if isinstance(a, AskUpdate))
    return Plan(full, (), updates, formulas=formulas, said=said)


def blank_sheet(
    problem: Problem, words: Phrases, only: Iterable[str] = (), key: Key | None = None
) -> Blank:
    """The sheet of what a problem asks for, or of what `only` names: forward, gradients, update, a
    result, or a pattern such as dL/d*. With a key it is filled in. Raises `Failure` where `only`
    names nothing."""
    plan = plan_of(problem)
    facts = {q.name for q in plan.problem.system.made_by if q not in problem.system.made_by}
    parts = list(_parts(plan, facts, words))
    chosen = [_chosen(parts, name) for name in only] or [_asked(problem, parts)]
    names = {name for found in chosen for name in found}
    filling = _filling(key, plan, words) if key else None
    groups = tuple(
        Group(part.title, rows) for part in parts if (rows := _rows(part.rows, names, filling))
    )
    if not groups:
        raise failure("sheet-nothing", None, "hint-sheet-nothing")
    title = problem.wording(problem.title, words.lang) or problem.name
    head = words.say("sheet-quantity"), words.say("sheet-value")
    remarks = [title, words.say("sheet-how")]
    if names & plan.said.keys():
        remarks.append(words.say("sheet-how-said"))
    return Blank(tuple(remarks), head, groups, words.decimal == ",")


def key_for(problem: Problem, digits: int) -> Key:
    """The values of a problem. Raises `Failure` where it has no numbers."""
    plan = plan_of(problem)
    if plan.has_letters:
        given = next(g for g in problem.system.given.values() if g.has_letters)
        raise failure("letters", given.span, "hint-letters", name=str(given.quantity))
    derivatives = tuple(
        a.name
        for a in problem.ask
        if isinstance(a, AskResult) and isinstance(a.name, DerivativeName)
    )
    settled = settle(replace(plan, derivatives=derivatives).task(), "auto", digits)
    asked = [a.name for a in problem.ask if isinstance(a, AskResult)]
    return key_of(problem.name, settled, asked, digits)


def _parts(plan: Plan, facts: set[str], words: Phrases) -> Iterator[Part]:
    system, full, found = plan.system, plan.full, plan.gradient
    made = without_implied(system).made_by
    rows = tuple(_row(plan, q.ref(), q, full.shapes[q]) for q in made if q.name not in facts)
    forward = Part("forward", words.say("sheet-forward"), tuple(_without_given(system, rows)))
    yield forward
    known = set(_names(forward))
    if found is not None:
        of, loss = text(found.of), system.quantity(found.of)
        rows = tuple(_adjoint(plan, of, q) for q in found.wrt if q != loss or q.over)
        told = tuple(row for row in _without_given(system, rows) if row.names)
        adjoints = Part("gradients", words.say("sheet-gradients", name=of), told)
        yield adjoints
        rows = tuple(_step_losses(plan))
        alone = Part("gradients", words.say("sheet-step-losses"), rows)
        yield alone
        yield from _updates(plan, words)
        known |= {*_names(adjoints), *_names(alone)}
    rows = tuple(_row(plan, q.ref(), q, full.shapes[q]) for q in made if q.name in facts)
    others = tuple(Row(name, {None: name}, SCALAR) for name in (*plan.formulas, *plan.said))
    yield Part("results", words.say("sheet-results"), (*_results(plan, known), *rows, *others))


def _results(plan: Plan, known: set[str]) -> Iterator[Row]:
    """The results that a problem asks for by name, besides those that the sheet has anyway."""
    for ask in plan.problem.ask:
        if not isinstance(ask, AskResult) or result_text(ask.name) in known:
            continue
        try:
            check_name(plan, ask.name)
        except Failure:
            continue  # a table of derivatives is shown, not marked
        shape = SCALAR if ask.name.entry else shape_of(plan, ask.name)
        yield Row(result_text(ask.name), {None: result_text(ask.name)}, shape)


def _row(plan: Plan, ref: Ref, q: Quantity, shape: Shape, label: str = "{}") -> Row:
    """The row of a quantity; `label` says how its name is made from that of `ref`."""
    names = {step: label.format(text(_at(ref, q, step))) for step in instances(plan.full, q)}
    return Row(label.format(text(ref)), names, shape, q.over or "")


def _without_given(system: System, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows without values that the problem gives: h[0]."""
    given = {text(q.at(step)) for q, g in system.given.items() for step in g.values}
    for row in rows:
        yield replace(row, names={s: n for s, n in row.names.items() if n not in given})


def _at(ref: Ref, q: Quantity, step: int | None) -> Ref:
    return replace(ref, index=q.at(step).index)


def _adjoint(plan: Plan, of: str, q: Quantity) -> Row:
    assert plan.gradient is not None
    made = plan.gradient.of_quantity(q)
    ref = replace(q.ref(), index=Shift(made.over) if made.over else None)
    return _row(plan, ref, made, plan.full.shapes[made], f"d{of}/d{{}}")


def _step_losses(plan: Plan) -> Iterator[Row]:
    """dL[t]/dw for each step's loss and each parameter."""
    for loss in plan.step_losses:
        for given in plan.parameters:
            for own in given.values:
                by = text(given.quantity.at(own))
                yield _row(plan, loss.ref(), loss, given.shape, f"d{{}}/d{by}")


def _updates(plan: Plan, words: Phrases) -> Iterator[Part]:
    """The parameters, and the loss, after each iteration."""
    count = sum(ask.steps for ask in plan.updates)
    named = [(text(g.quantity.at(own)), g.shape) for g in plan.parameters for own in g.values]
    loss = plan.system.loss
    named += [(text(loss), SCALAR)] if loss is not None and not plan.system.pushed else []
    of_rules = [
        [(own, plan.system.shapes[m.slot[0]]) for own, m in moments_named(plan.system, ask)]
        for ask in plan.updates
        for _ in range(ask.steps)
    ]
    rows = tuple(
        Row(name, {None: name}, shape)
        for k in range(1, count + 1)
        for own, shape in (*of_rules[k - 1], *named)
        for name in (f"after {k}: {own}",)
    )
    yield Part("update", words.say("sheet-updates"), rows)


def _asked(problem: Problem, parts: list[Part]) -> set[str]:
    """What the questions of a problem ask for."""
    asks = {"results"}
    for ask in problem.ask:
        match ask:
            case AskForward():
                asks.add("forward")
            case AskGradients():
                asks.add("gradients")
            case AskUpdate():
                asks.add("update")
            case AskResult():
                pass
    named = {result_text(ask.name) for ask in problem.ask if isinstance(ask, AskResult)}
    return named | {name for part in parts if part.asks in asks for name in _names(part)}


def _names(part: Part) -> Iterator[str]:
    return (name for row in part.rows for name in row.names.values())


def _chosen(parts: list[Part], pattern: str) -> set[str]:
    """The names that a question, a quantity or a pattern means."""
    found = {name for part in parts if part.asks == pattern for name in _names(part)}
    wanted = pattern.replace("[", "[[]").strip()
    for part in parts:
        for row in part.rows:
            whole = row.var and fnmatchcase(row.label.removesuffix(f"[{row.var}]"), wanted)
            whole = whole or fnmatchcase(row.label, wanted)
            found |= {n for n in row.names.values() if whole or fnmatchcase(n, wanted)}
    if not found:
        raise failure("sheet-nothing-asked", None, name=pattern)
    return found


def _rows(rows: Iterable[Row], names: set[str], filling: Filling | None) -> tuple[Row, ...]:
    kept = []
    for row in rows:
        there = {step: name for step, name in row.names.items() if name in names}
        if there:
            new = replace(row, names=there)
            kept.append(replace(new, filling=filling) if filling else new)
    return tuple(kept)


def _filling(key: Key, plan: Plan, words: Phrases) -> Filling:
    """The values of a key, as a sheet spells them."""
    known = {**key.values, **key.gradients, **key.results}
    for k, after in enumerate(key.after, 1):
        known |= {f"after {k}: {name}": table for name, table in after.items()}
    known |= {name: Numeral(expr, None) for name, expr in plan.formulas.items()}
    said = {name: told(said, words) for name, said in plan.said.items()}
    return lambda name: said.get(name) or (_spelled(known[name]) if name in known else None)


def _spelled(table: Table) -> Any:
    if not isinstance(table, Numeral):
        return [_spelled(part) for part in table]
    exact = text(table.exact) if table.exact is not None else ""
    if exact and (len(exact) <= LONGEST_EXACT or table.decimal is None):
        return exact
    if table.decimal is not None and table.rounded and table.decimal.lstrip("-").isdigit():
        return _as_rounded(table.decimal)
    return table.decimal or exact


def _as_rounded(whole: str) -> str:
    """A whole number that has been rounded: -11 for -11.2 as -1.1e1, since whole numbers on sheets
    stand for themselves."""
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{digits[0]}.{digits[1:]}e{len(digits) - 1}" if digits[1:] else f"{whole}e0"
