"""A derivation as plain data; every formula is text in the equation language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rnnhand.calculus.local import Local
from rnnhand.calculus.rules import plus
from rnnhand.calculus.spelled import ZERO, as_told, by_runs, spelled, zero
from rnnhand.calculus.tidy import is_zero
from rnnhand.calculus.unrolled import Contribution
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr
from rnnhand.questions.claims.against import as_data as against_as_data
from rnnhand.questions.claims.claim import Claim
from rnnhand.questions.derive.check import Checked
from rnnhand.questions.derive.derive import Derivation
from rnnhand.system.model import Equation, Quantity, runs
from rnnhand.system.upstream import without_implied


def as_data(derivation: Derivation, checked: Checked | None) -> dict[str, object]:
    """The derivation as plain data; every formula is text in the equation language."""
    d = derivation
    full = d.gradient.system
    false = _False([one.claim for one in checked.refuted] if checked else ())
    gradients = {
        d.gradient.of_quantity(q).name: None if q in false.gradients else _text(d.total(q), d, q)
        for q in d.plain
    }
    spelled_out: dict[str, object] = {}
    for q, parts in d.unrolled.items():
        against = None if checked is None else checked.spelled.get(q)
        spelled_out[d.gradient.of_quantity(q).name] = {
            "formula": None if against else _text(_together(parts), d, q),
            "by_step": []
            if against
            else [{"step": p.step, "formula": _text(p.value, d, q)} for p in parts],
            "against": against_as_data(d.system, against),
        }
    return {
        "title": d.title,
        "of": text(d.of),
        "wrt": [q.name for q in d.wrt],
        "steps": {var: [r[0], r[-1]] for var, r in d.system.indices.items()},
        "shapes": {str(q): list(d.system.shapes[q]) for q in (*d.system.given, *d.system.made_by)},
        "given": {
            str(q): [[r[0], r[-1]] for r in runs(s for s in g.values if s is not None)]
            for q, g in d.system.given.items()
        },
        "functions": {name: f"{name}'" for name in d.open_functions},
        "incoming": text(d.incoming) if d.incoming else None,
        "equations": [
            {"name": text(e.target), "formula": text(e.body), "steps": _steps(e.steps)}
            for e in without_implied(d.system).equations
        ],
        "locals": [
            {
                "of": text(local.of),
                "by": text(local.by),
                "formula": None
                if local.value is None or local in false.locals
                else text(as_told(local.value, d.shape)),
                "rules": list(local.rules),
            }
            for local in d.locals
        ],
        "adjoints": [
            {
                "name": text(e.target),
                "formula": None
                if whole in false.adjoints
                else text(as_told(d.right_side(e), d.shape)),
                "steps": _steps(e.steps),
                "terms": [
                    {
                        "formula": text(as_told(spelled(t.body, full, d.shape), d.shape)),
                        "steps": _steps(t.steps),
                        "through": text(t.route) if t.route else None,
                        "rules": list(d.rules_through(e, t.route)) if t.route else [],
                    }
                    for t in (() if whole in false.adjoints else e.terms)
                ],
            }
            for whole in d.adjoints
            for e in by_runs(whole, full, d.shape)
        ],
        "gradients": gradients,
        "transitions": [
            {
                "of": text(t.of),
                "by": text(t.by),
                "held": [text(r) for r in t.held],
                "formula": None if t.name in false.transitions else text(as_told(t.value, d.shape)),
            }
            for t in d.transitions
        ],
        "unrolled": spelled_out,
        "check": checked.as_data(d) if checked else {},
    }


@dataclass(frozen=True)
class _False:
    """The claims that were found false, whose formulas must not stand; `check` has the reasons."""

    claims: Sequence[Claim]

    @property
    def locals(self) -> list[Local]:
        return [c.local for c in self.claims if c.local is not None]

    @property
    def adjoints(self) -> list[Equation]:
        return [c.adjoint for c in self.claims if c.adjoint is not None]

    @property
    def gradients(self) -> set[Quantity]:
        return {c.by for c in self.claims if c.part == "gradient" and c.by is not None}

    @property
    def transitions(self) -> set[Expr]:
        return {c.left for c in self.claims if c.part == "steps"}


def _together(parts: Sequence[Contribution]) -> Expr:
    """What all steps contribute; a step that gives nothing is left out of the sum."""
    given = [p.value for p in parts if not is_zero(p.value)]
    return plus(*given) if given else ZERO


def _text(formula: Expr, d: Derivation, q: Quantity) -> str:
    """A derivative by q; where it is 0, as many zeros as q has entries."""
    return text(zero(d.system.shapes[q]) if formula == ZERO else as_told(formula, d.shape))


def _steps(steps: range | None) -> list[int] | None:
    return None if steps is None else [steps[0], steps[-1]]
