"""A student's formula for a derivative, read in the system of a problem.

It may mention every quantity and every derivative by name. A summand that mentions what does not
exist, such as dL/da[t+1] at the last step, is absent there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from rnnhand.calculus.activations import with_preactivations
from rnnhand.calculus.gradient import Gradient, gradient, shapes_in
from rnnhand.errors import Failure, diagnostic, failure
from rnnhand.language.derivatives import (
    Entry,
    derivative_of,
    derivative_ref,
    entry_of,
)
from rnnhand.language.formulas import parse_formula, parse_sides
from rnnhand.language.known import Known
from rnnhand.language.operations import Functions
from rnnhand.language.powers import powers_out_of_bounds
from rnnhand.language.printer import text
from rnnhand.language.readings import FIRST, Reading
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Last,
    Number,
    Ref,
    children,
    refs,
    with_children,
)
from rnnhand.problem.model import Problem
from rnnhand.questions.any_loss import left_open, with_any_loss
from rnnhand.questions.formula.brackets import Arrays
from rnnhand.questions.formula.entries import Components, spelled
from rnnhand.questions.formula.extents import shape_if_known, shape_in
from rnnhand.questions.formula.moved import ahead, by_name
from rnnhand.questions.formula.placed import (
    at_steps,
    instance_at,
    is_made,
    placed_at,
    placements,
)
from rnnhand.questions.formula.ranges import (
    has_ranges,
    opened,
    with_ranges,
    written_out,
)
from rnnhand.questions.formula.shaped import by_shape
from rnnhand.questions.formula.unknown import unknown
from rnnhand.system.build import function_names, resolved
from rnnhand.system.classes import check_not_a_class
from rnnhand.system.model import Equation, Quantity, Shape, System, Term

MOST_NUMERATORS = 100
"""Quantities that a formula may differentiate, each of which has a way back of its own."""

OWN = "formula "


RIGHT = "derivative "


@dataclass(frozen=True)
class Instance:
    """One derivative at absolute steps, what it is in derivatives of single numbers, and the
    student's formula there. `entry` is that of the denominator."""

    of: Ref
    by: Ref
    own: Expr
    right: Expr
    entry: Entry = ()
    steps: tuple[tuple[str, int], ...] = ()
    """What runs in the formula, at which step."""

    @property
    def name(self) -> Ref:
        return derivative_ref(self.of, self.by)

    @property
    def names(self) -> list[Ref]:
        """The derivatives that make it up."""
        return [r for r in refs(self.right) if derivative_of(r)]


@dataclass(frozen=True)
class Formula:
    """A derivative's name, the formula for it, and the system in which both are computed."""

    problem: Problem
    target: Expr
    written: Expr
    instances: tuple[Instance, ...]
    system: System = field(repr=False)
    entries: Mapping[str, tuple[str, Entry]]
    """The names of entries that are differentiated: of what, and where."""
    silent: tuple[Instance, ...] = ()
    """Where a formula that runs with the steps says nothing, all that it mentions being absent:
    the beginning of a recursion."""
    apart: tuple[Instance, ...] = ()
    """Where what runs is only given, as h[0] is: a recursion speaks of what the equations make."""
    incoming: Ref | None = None
    """What stands for the slope of a loss that nobody has chosen: g[t] = ∂L[t]/∂h[t]."""

    def shape(self, expr: Expr) -> Shape:
        """The shape of anything that may be written in the formula."""

        return shape_in(self.system, expr)

    def said(self, target: Expr) -> str:
        """A derivative as it is named: dh[2](1)/dW(1,2), though h(1) goes under another name."""
        ref, places = (
            (target.args[0], target.args[1:]) if isinstance(target, Apply) else (target, ())
        )
        pair = derivative_of(ref) if isinstance(ref, Ref) else None
        if pair is None or pair.of.name not in self.entries:
            return text(target)
        of, entry = self.entries[pair.of.name]
        above = text(entry_of(replace(pair.of, name=of), entry))
        below = text(Apply("entry", (pair.by, *places))) if places else text(pair.by)
        return f"d{above}/d{below}"

    @cached_property
    def gradients(self) -> dict[str, Gradient]:
        """The gradient of everything that is differentiated somewhere in it, by its text, but for
        what is worked out forward."""
        found: dict[str, Gradient] = {}
        forward = _forward(self.system, self.instances)
        for instance in self.instances:
            wanted = [*instance.names, *(r for r in refs(instance.own) if derivative_of(r))]
            for ref in wanted:
                if ref in forward:
                    continue
                pair = derivative_of(ref)
                assert pair is not None
                by = [pair.by]
                key = text(pair.of)
                data = {self.system.quantity(r) for r in by} & set(self.system.given)
                if key in found and data <= set(found[key].wrt):
                    continue
                wider = {*data, *(found[key].wrt if key in found else ())}
                found[key] = gradient(self.system, pair.of, wider & set(self.system.given))
        return found

    def only(self, *instances: Instance) -> Formula:
        """Some instances, or parts of them, with the derivatives that are at hand."""
        found = replace(self, instances=instances, silent=(), apart=())
        vars(found).update(gradients=self.gradients, derived=self.derived)
        return found

    def having(self, gradients: dict[str, Gradient]) -> Formula:
        """The same, with gradients that are at hand in place of its own, which take long."""
        found = replace(self)
        vars(found)["gradients"] = gradients
        return found

    @cached_property
    def programs(self) -> dict[tuple[int, int], Any]:
        """What was compiled, by the equations and the arithmetic: the programs keep both alive."""
        return {}

    @cached_property
    def but_for_own(self) -> tuple[Equation, ...]:
        """All equations of it but the student's formula."""
        return tuple(e for e in self.full.equations if not e.target.name.startswith(OWN))

    @cached_property
    def derived(self) -> System:
        """The system with all derivatives that are mentioned."""
        equations = list(self.system.equations)
        shapes = dict(self.system.shapes)
        for found in self.gradients.values():
            equations += found.adjoints
            shapes |= found.system.shapes
        derived = replace(self.system, equations=tuple(equations), shapes=shapes)
        named = {r for i in self.instances for r in refs(i.own) if derivative_of(r)}
        forward = {r for r in named if derived.quantity(r) not in derived.made_by}
        return by_name(self.system, derived, forward) if forward else derived

    def within(self, derived: System) -> Formula:
        """The same, in a system that has other derivatives."""
        found = replace(self)
        vars(found).update(gradients={}, derived=derived)
        return found

    @cached_property
    def full(self) -> System:
        """The same with an equation for the formula at each step."""
        shape = shapes_in(self.derived)
        equations = list(self.derived.equations)
        shapes = dict(self.derived.shapes)
        for i, instance in enumerate(self.instances):
            for kind, expr in ((OWN, instance.own), (RIGHT, instance.right)):
                q = Quantity(f"{kind}{i}")
                shapes[q] = shape(expr)
                equations.append(Equation(Ref(q.name), (Term(expr, None),), None))
        return replace(self.derived, equations=tuple(equations), shapes=shapes)


def _forward(system: System, instances: Sequence[Instance]) -> set[Ref]:
    """The derivatives in a formula that are worked out forward in time."""
    return ahead(system, (n for i in instances for n in i.names), [i.own for i in instances])


def looked_up(problem: Problem, target: str) -> None:
    """Raises `Failure`, with places in the name, where no derivative is called so."""
    components, _ = _components(problem)
    name, _ = _target(components, target)
    pair = derivative_of(name)
    assert pair is not None
    placements(components.system, pair.of, pair.by)


def read(problem: Problem, target: str, written: str, reading: Reading = FIRST) -> Formula:
    """The formula, every name in it known. Raises `Failure` with places in the formula's text."""
    components, incoming = _components(problem)
    system = components.system
    name, entry = _target(components, target)
    tree = with_ranges(components.system, _right_side(components, written, target, reading))
    system = components.system
    tree = by_shape(tree, system, lambda e: shape_if_known(system, opened(system, e)), reading)
    wrong = [*unknown(system, opened(system, tree)), *powers_out_of_bounds(tree)]
    if wrong:
        raise Failure(wrong)
    pair = derivative_of(name)
    assert pair is not None
    right = _right(components, name, entry)
    places = _with_a_value(components.system, right, placements(system, pair.of, pair.by))
    trees = [
        resolved(spelled(components, one), system.functions, wrong)
        for one in _at_each(system, tree, places)
    ]
    if wrong:
        raise Failure(wrong)
    system = components.system
    instances: list[Instance] = []
    silent: list[Instance] = []
    apart: list[Instance] = []
    for k, values in enumerate(places):
        of, by = (placed_at(system, r, values) for r in (pair.of, pair.by))
        own = instance_at(system, trees[k % len(trees)], values)
        there = at_steps(system, right, values)
        assert there is not None
        instance = Instance(of, by, own or Number("0"), there, entry, tuple(values.items()))
        judged = instances if is_made(system, pair.of, pair.by, values) else apart
        (silent if own is None else judged).append(instance)
    shown_tree = _spelled_as(tree, system.functions)
    if not instances:
        instances, apart = apart, []
    _bounded(system, (*instances, *silent), tree)
    return Formula(
        problem,
        entry_of(name, entry),
        shown_tree,
        tuple(instances or silent),
        system,
        components.known,
        tuple(silent if instances else ()),
        tuple(apart),
        incoming,
    )


def _with_a_value(
    system: System, right: Expr, places: Sequence[dict[str, int]]
) -> Sequence[dict[str, int]]:
    """Where the derivative is one of what the equations make: a vector that is given has no
    entries with a derivative. Raises `Failure` where there is none."""
    found = [values for values in places if at_steps(system, right, values) is not None]
    if not found:
        raise failure("formula-nowhere", None, name=text(right), steps="")
    return found


def _components(problem: Problem) -> tuple[Components, Ref | None]:
    """The names that a formula may use; and g[t] where the loss is left open."""
    system = with_preactivations(problem.system)
    output = left_open(problem)
    if output is None:
        return Components(system), None
    system, incoming = with_any_loss(system, output)
    return Components(system), incoming


def _right_side(components: Components, written: str, target: str, reading: Reading) -> Expr:
    """The formula; or what is behind = where the name of the derivative stands before it."""
    known = _known(components)
    found = parse_sides(written, replace(known, reading=reading))
    if len(found) == 2 and found[0] == parse_formula(target, known):
        return found[1]
    if len(found) > 1:
        left = text(found[0] if len(found) == 2 else found[-2])[:60]
        raise failure("formula-sides", found[-2].span, "hint-formula-sides", found=left)
    return found[0]


def _known(components: Components) -> Known:
    system = components.system
    functions = function_names(system.functions)
    names = {n: over for n, over in system.names.items() if n not in components.known}
    return Known(names, functions, components, Arrays(system))


def _bounded(system: System, instances: Sequence[Instance], tree: Expr) -> None:
    """Raises `Failure` where too many quantities are differentiated."""
    sides = {r for i in instances for e in (i.own, i.right) for r in refs(e)}
    sides -= _forward(system, instances)
    above = {text(pair.of) for r in sides if (pair := derivative_of(r)) is not None}
    if len(above) > MOST_NUMERATORS:
        raise failure("formula-numerators", tree.span, "hint-formula-numerators",
                      count=str(len(above)), most=str(MOST_NUMERATORS))  # fmt: skip


def _at_each(system: System, tree: Expr, placements: Sequence[Mapping[str, int]]) -> list[Expr]:
    """One tree for all placements; or, where sums and products of its own stand in it, one each."""
    if not has_ranges(tree):
        return [tree]
    return [
        written_out(
            system,
            tree,
            values,
            lambda e: shape_in(system, e),
            lambda e, here=values: at_steps(system, e, here) is not None,  # type: ignore[misc]
        )
        for values in placements
    ]


def _right(components: Components, name: Ref, entry: Entry) -> Expr:
    """The derivative in derivatives of single numbers; what is wrong has no place there."""
    try:
        return spelled(components, entry_of(name, entry))
    except Failure as error:
        raise Failure([replace(d, span=None) for d in error.diagnostics]) from None


def _spelled_as(tree: Expr, functions: Functions) -> Expr:
    """The formula as it was written, with functions under their one name."""

    def resolve(node: Expr) -> Expr:
        named = isinstance(node, Apply) and node.op not in ("entry", "Σ", "Π")
        return resolved(node, functions, []) if named else node

    match tree:
        case Apply("entry", _):
            return tree
        case _:
            return resolve(with_children(tree, tuple(_spelled_as(c, functions)
                                                     for c in children(tree))))  # fmt: skip


def _target(components: Components, target: str) -> tuple[Ref, Entry]:
    known = _known(components)
    tree = parse_formula(target, known)
    system = components.system
    entry: Entry = ()
    if isinstance(tree, Apply) and tree.op == "entry":
        entry = tuple(int(text(a)) for a in tree.args[1:])
        tree = tree.args[0]
    pair = derivative_of(tree) if isinstance(tree, Ref) else None
    if pair is None or not isinstance(tree, Ref):
        found = target.strip()[:60]
        raise Failure([diagnostic("formula-target", None, "hint-formula-target", found=found,
                                  known=", ".join(sorted(known.names)))])  # fmt: skip
    for side in (pair.of, pair.by):
        q = system.quantity(side)
        if q not in system.made_by and q not in system.given:
            other = ", ".join(str(k) for k in (*system.made_by, *system.given)
                              if k.name == side.name)  # fmt: skip
            hint = "hint-result-index" if "[" in other else None
            raise Failure([diagnostic("result-index", None, hint, name=text(side), known=other)])
        fixed = isinstance(side.index, At | Last)
        if fixed and not system.exists(q, system.step(side)):
            runs = ", ".join(f"{r[0]}..{r[-1]}" for r in system.steps[q])
            raise Failure([diagnostic("result-step", None, name=text(side), steps=runs)])
    check_not_a_class(system, system.quantity(pair.by), text(tree))
    return tree, entry
