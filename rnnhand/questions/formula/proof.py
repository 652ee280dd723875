"""Whether a student's formula is the derivative, by normal forms over parts of the equations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice
from typing import Any

from rnnhand.arithmetic.base import Arithmetic
from rnnhand.arithmetic.equality import ByLetters, Pairs, proved_same
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.tidy import tidy
from rnnhand.language.printer import text
from rnnhand.language.tree import Over, walk
from rnnhand.questions.backward import contributed
from rnnhand.questions.derive.check import classes
from rnnhand.questions.formula.alike import Alike
from rnnhand.questions.formula.cuts import cuts, local_cuts
from rnnhand.questions.formula.folded import folded
from rnnhand.questions.formula.formula import Formula
from rnnhand.questions.formula.forward import forward
from rnnhand.questions.formula.local import by_steps
from rnnhand.questions.formula.slopes import FEW_STEPS, with_slopes
from rnnhand.questions.formula.values import filled, values_of
from rnnhand.system.model import Role, System


def proved(formula: Formula, fixed: Sequence[Role] = (), scale: str = "") -> bool:
    """Whether the formula is the derivative (times `scale`), by normal forms: with everything but
    the last equation as letters; with states as letters; from the given letters alone. What is
    given in the roles of `fixed` keeps its numbers."""
    if not scale and _is_ours(formula):
        return True
    parts = [formula.only(i) for i in formula.instances]
    if _is_long(formula) and _all_proved_by_slopes(parts, fixed, scale):
        return True
    if _all_proved(parts, fixed, scale):
        return True
    steps = by_steps(formula)
    if steps is not None and _all_proved_by_steps(steps, fixed, scale):
        return True
    if _proved_forward(formula, fixed, scale):
        return True
    short = folded(formula)
    if short is not None and proved(short, fixed, scale):
        return True
    full = filled(formula, formula.full)
    whole = chain(cuts(formula, full), [full])
    return _proving(whole, formula, fixed, scale) is not None


def _proved_forward(formula: Formula, fixed: Sequence[Role], scale: str) -> bool:
    """The same with tangents in place of derivatives by what is given."""
    moved = forward(formula)
    for part in () if moved is None else (moved.only(i) for i in moved.instances):
        steps = by_steps(part)
        by_step = steps is not None and _all_proved_by_steps(steps, fixed, scale)
        if not by_step and not _all_proved([part], fixed, scale):
            return False
    return moved is not None


def _is_long(formula: Formula) -> bool:
    return any(len(steps) > FEW_STEPS for steps in formula.system.indices.values())


def _all_proved_by_slopes(parts: Sequence[Formula], fixed: Sequence[Role], scale: str) -> bool:
    """The same with slopes as letters."""
    forward = {id(e) for e in parts[0].system.equations} if parts else set()
    sloped = ((p, with_slopes(filled(p, p.full), forward)) for p in parts)
    return all(
        _proving(islice(local_cuts(part, system), 1), part, fixed, scale) is not None
        for part, system in sloped
    )


def _all_proved(parts: Sequence[Formula], fixed: Sequence[Role], scale: str) -> bool:
    return all(_proving_alone(part, fixed, scale) is not None for part in parts)


def _proving_alone(part: Formula, fixed: Sequence[Role], scale: str) -> System | None:
    return _proving(local_cuts(part, filled(part, part.full)), part, fixed, scale)


def _all_proved_by_steps(steps: Formula, fixed: Sequence[Role], scale: str) -> bool:
    """Every step, those that are alike at once."""
    known = Alike(steps.full)
    for instance in steps.instances:
        if not fixed and known.covers(instance):
            continue
        proof = _proving_alone(steps.only(instance), fixed, scale)
        if proof is None:
            return False
        known.learn(instance, proof)
    return True


def _proving(
    systems: Iterable[System], formula: Formula, fixed: Sequence[Role], scale: str
) -> System | None:
    """The first of the systems, with letters for what is given, that proves it."""
    for system in (with_letters(s, fixed) for s in systems):

        def pairs(
            arithmetic: Arithmetic, letter: Callable[[str], Any], s: System = system
        ) -> Pairs:
            found = values_of(formula, s, arithmetic, letter)
            if not scale:
                return found
            c = arithmetic.number(Fraction(scale))
            return [(a, c * b) for a, b in found]

        if are_same(formula, pairs):
            return system
    return None


def are_same(formula: Formula, pairs: ByLetters) -> bool:
    """Whether all pairs have one normal form: first whatever the activations are, which is short
    where a derivative is long; then as what they are."""
    functions = formula.full.functions
    open_ = [n for n, f in functions.items() if f.open]
    used = [n for n, f in functions.items() if f.activation and not f.open]
    return proved_same(pairs, [*open_, *used]) or proved_same(pairs, open_)


def _is_ours(formula: Formula) -> bool:
    """Whether the formula is the very one that the gradient has, sign by sign: a proof that no
    number of steps makes longer."""
    if len(formula.instances) != 1:
        return False
    (instance,) = formula.instances
    if instance.right != instance.name:
        return False
    found = formula.gradients[text(instance.of)]
    total = [e for e in found.adjoints if e.target == instance.name]
    if len(total) != 1 or instance.name.index is not None:
        return False
    body, _ = contributed(found, total[0])
    shape = shapes_in(formula.full)
    both = (tidy(e, shape) for e in (body, instance.own))
    steps = [[n.within for n in walk(e) if isinstance(n, Over)] for e in (body, instance.own)]
    one, other = (text(e) for e in both)
    return one == other and steps[0] == steps[1]


def with_letters(system: System, fixed: Sequence[Role] = ()) -> System:
    """The system with letters for the given numbers, but for those in some roles, and for what
    chooses a class."""
    whole = classes(system)
    given = {
        q: g
        if g.role in fixed or q in whole
        else replace(g, values={s: (None,) * len(v) for s, v in g.values.items()})
        for q, g in system.given.items()
    }
    return replace(system, given=given)
