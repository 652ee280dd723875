"""What a graph is drawn of, and what of it: a problem with its values, or a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnhand.arithmetic.policy import settle
from rnnhand.calculus.activations import with_preactivations, without_identities
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.network import Level
from rnnhand.errors import failure
from rnnhand.explain.mathematics import Evaluate, mathematical, with_notation
from rnnhand.language.numerals import Table
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.results import DerivativeName
from rnnhand.language.tree import Expr, Ref
from rnnhand.problem.model import Cell, Problem
from rnnhand.questions.cells import example
from rnnhand.questions.elided import READABLE
from rnnhand.questions.evaluation import evaluator
from rnnhand.questions.key import result
from rnnhand.questions.work import Plan
from rnnhand.system.model import Quantity, System
from rnnhand.system.upstream import without_implied


@dataclass(frozen=True)
class Wish:
    """What to draw. `folded` is None where that is left to us; `steps` is a part of the steps of an
    index, by its name.

    `labels` is what stands on the edges: weights, slopes, or none. Of neurons with more than
    `most_edges` wide layers are drawn with dots.
    """

    level: Level = Level.QUANTITIES
    folded: bool | None = None
    steps: Mapping[str, range] | None = None
    values: bool = False
    adjoints: bool = False
    labels: str = "weights"
    arithmetic: str = "auto"
    digits: int = 4
    most_edges: int = READABLE

    @property
    def named_arguments(self) -> bool:
        """Whether the argument of an activation is a node, so that a slope can name it."""
        return self.level is Level.OPERATIONS or self.labels == "slopes"


@dataclass(frozen=True)
class Subject:
    """What is drawn: a system under a title, with its values where they are asked for."""

    title: str
    system: System
    value: Evaluate | None = None
    full: System | None = None
    is_cell: bool = False
    derivative: Table | None = None
    """The derivative between the ends of paths, by the rules of backpropagation."""

    coined: frozenset[Quantity] = frozenset()
    """The arguments of functions that got names for the picture."""

    def math(self, expr: Expr) -> Expr:
        """An expression as people write it."""
        return mathematical(expr, shapes_in(self.system), self.system.functions)


def of_problem(
    problem: Problem, wish: Wish, lang: str, ends: DerivativeName | None = None
) -> Subject:
    """A problem as a subject, with a derivative if one is asked for. Raises `Failure` where values
    cannot be computed."""
    if not problem.system.equations:
        raise failure("no-equations", None, "hint-graph-equations")
    plan = Plan(problem, derivatives=() if ends is None else (ends,))
    title = problem.wording(problem.title, lang) or problem.name
    given = without_implied(plan.system if wish.named_arguments else problem.system)
    system = without_identities(given)
    coined = _coined(system, problem.system)
    if not (wish.values or wish.adjoints or ends):
        return Subject(title, system, coined=coined)
    if wish.adjoints and system.loss is None:
        raise failure("no-loss", None, "hint-loss")
    settled = settle(plan.task(), wish.arithmetic, wish.digits)
    value = with_notation(
        evaluator(settled, shapes_in(plan.full), wish.digits), problem.system.functions
    )
    slope = None if ends is None else result(settled, ends, wish.digits)
    return Subject(title, system, value, plan.full, derivative=slope, coined=coined)


def of_cell(cell: Cell, functions: Functions, wish: Wish, lang: str) -> Subject:
    """A cell over three steps, its sizes open. Raises `Failure`: it has no values."""
    if wish.values or wish.adjoints:
        raise failure("graph-cell-values", None, "hint-graph-cell-values", name=cell.name)
    title = cell.title.get(lang) or cell.title.get("") or cell.title.get("en") or cell.name
    given = system = without_identities(example(cell, functions, closed=True))
    if wish.named_arguments:
        system = with_preactivations(system)
    return Subject(title, system, is_cell=True, coined=_coined(system, given))


def _coined(system: System, given: System) -> frozenset[Quantity]:
    """What a system computes that the one which was given does not."""
    return frozenset(system.made_by) - frozenset(given.made_by)


def serves_elsewhere(ref: Ref, wish: Wish) -> bool:
    """Whether a parameter may serve at steps, too, that an excerpt leaves out: the derivative by it
    is not that of what is drawn."""
    return bool(wish.steps) and ref.index is None


def derivative_by(subject: Subject, ref: Ref) -> Table | None:
    """The derivative of the loss by a quantity, where there is one."""
    assert subject.value is not None
    by = name_of_derivative(subject, ref)
    return None if by is None else subject.value(by, None)


def name_of_derivative(subject: Subject, ref: Ref) -> Ref | None:
    """dL/dh[2] of h[2]; None where the way back does not reach it."""
    full = subject.full
    assert full is not None
    if full.loss is None:
        return None
    by = Ref(f"d{text(full.loss)}/d{ref.name}", ref.index)
    q = full.quantity(by)
    known = q in full.made_by or q in full.given
    return by if known and full.exists(q, full.step(by)) else None
