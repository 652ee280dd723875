"""`derive`: the gradient of a system as formulas, with what leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rnnhand.calculus.activations import with_preactivations
from rnnhand.calculus.gradient import Gradient, gradient, shapes_in
from rnnhand.calculus.like_terms import gradient_with_like_terms
from rnnhand.calculus.local import Local, locals_of
from rnnhand.calculus.one_run import in_one_run
from rnnhand.calculus.rules import ShapeOf
from rnnhand.calculus.spelled import formula, parted, spelled
from rnnhand.calculus.transitions import Transition, carried, states, transitions
from rnnhand.calculus.unrolled import Contribution, unrolled
from rnnhand.errors import Failure, diagnostic, failure, similar
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.formulas import parse_formula
from rnnhand.language.known import Known
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.results import DerivativeName
from rnnhand.language.spellings import split_index
from rnnhand.language.tree import Apply, At, Expr, Last, Over, Ref, Shift, refs
from rnnhand.problem.model import AskResult, Cell, Problem
from rnnhand.questions.any_loss import left_open, with_any_loss
from rnnhand.questions.backward import contributed, ordered
from rnnhand.questions.cells import example
from rnnhand.system.classes import check_not_a_class
from rnnhand.system.losses import step_losses, with_step_losses
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, System, Term
from rnnhand.system.upstream import reached

LARGEST = 250
"""Nodes up to which a derivative is spelled out in JSON."""

READABLE = 250
"""Nodes up to which one is spelled out on a page."""


@dataclass(frozen=True)
class Derivation:
    """What is differentiated, by what, and in which system. `incoming` names what stands for the
    derivative of a loss that nobody has chosen: g[t] = ∂L[t]/∂h[t]."""

    title: str
    source: str
    system: System
    of: Ref
    wrt: tuple[Quantity, ...]
    sizes: Mapping[str, int]
    incoming: Ref | None = None

    @cached_property
    def gradient(self) -> Gradient:
        data = [q for q in self.wrt if q in self.system.given]
        return in_one_run(gradient_with_like_terms(gradient(self.system, self.of, data)))

    @cached_property
    def shape(self) -> ShapeOf:
        return shapes_in(self.gradient.system)

    @cached_property
    def moving(self) -> list[Quantity]:
        """The quantities that are derived and those on the way to them."""
        return [*self.system.made_by, *self.wrt]

    @cached_property
    def locals(self) -> list[Local]:
        found = locals_of(self.system, self.moving)
        if self.system.pushed:  # the loss that given adjoints imply says nothing of its own
            return [local for local in found if local.equation.target != self.system.loss]
        return found

    @cached_property
    def transitions(self) -> list[Transition]:
        return transitions(self.system)

    @cached_property
    def carried(self) -> list[Quantity]:
        """The quantities that some equation reads at another step than its own."""
        return carried(self.system)

    @cached_property
    def looped(self) -> set[Quantity]:
        """Those of them that are read from step to step, and not at a definite step alone."""
        return {q for q, _ in states(self.system)}

    @cached_property
    def adjoints(self) -> list[Equation]:
        """The equations of the way back that matter here, in the order in which they are used."""
        needed = self._needed()
        made = {self.gradient.of_quantity(q) for q in self.system.made_by}
        made |= {self.gradient.of_quantity(q) for q in self.wrt if q.over}
        full = self.gradient.system
        forward = {self.gradient.of_quantity(q): q for q in (*self.system.made_by, *self.wrt)}
        return [
            part
            for e in ordered(self.gradient)
            if full.quantity(e.target) in made & needed
            for part in parted(self._gathered(e), forward[full.quantity(e.target)], self.system)
        ]

    def _gathered(self, equation: Equation) -> Equation:
        """What many steps read, with what each of them gives in place of its name."""
        if equation.steps is not None or not equation.terms:
            return equation
        _, pieces = contributed(self.gradient, equation)
        if not pieces:
            return equation
        terms = []
        for term in equation.terms:
            body = term.body
            made = next(
                (made for q, made in pieces if isinstance(body, Over) and body.body == q.ref()),
                None,
            )
            if made is None or not isinstance(body, Over):
                terms.append(term)
                continue
            for part in (t for e in made for t in e.terms):
                within = body.within if part.steps is None else (part.steps,)
                whole = Over("sum", body.var, part.body, within)
                terms.append(Term(whole, None, part.route))
        return replace(equation, terms=tuple(terms))

    def _needed(self) -> set[Quantity]:
        """The adjoints that the derivatives by `wrt` read, directly or not."""
        full = self.gradient.system
        made: dict[Quantity, list[Equation]] = {}
        for equation in self.gradient.adjoints:
            made.setdefault(full.quantity(equation.target), []).append(equation)
        left = [self.gradient.of_quantity(q) for q in self.wrt]
        left += [Quantity(q.name, var) for q in left for var in self.system.indices]
        found: set[Quantity] = set()
        while left:
            q = left.pop()
            if q in found:
                continue
            found.add(q)
            for equation in made.get(q, ()):
                for term in equation.terms:
                    left += [full.quantity(r) for r in refs(term.body)]
        return found

    def rules_through(self, adjoint: Equation, route: Ref) -> tuple[str, ...]:
        """The rules by which an adjoint gets the summand that comes through `route`."""
        full = self.gradient.system
        made, way = full.quantity(adjoint.target), full.quantity(route)
        there = [
            local
            for local in self.locals
            if self.gradient.of_quantity(self.system.quantity(local.by)) == made
            and self.system.quantity(local.of) == way
        ]
        exact = [local for local in there if _reads(local, route)] or there
        return tuple(dict.fromkeys(rule for local in exact for rule in local.rules))

    def rules_direct(self, q: Quantity) -> tuple[str, ...]:
        """The rules of the derivatives of single equations by a quantity."""
        there = [local for local in self.locals if self.system.quantity(local.by) == q]
        return tuple(dict.fromkeys(rule for local in there for rule in local.rules))

    def total(self, q: Quantity) -> Expr:
        """The derivative by a quantity without steps: Σ_t of what each step contributes."""
        name = self.gradient.of_quantity(q).name
        equation = next(e for e in self.gradient.adjoints if e.target == Ref(name))
        body, _ = contributed(self.gradient, equation)
        return spelled(body, self.gradient.system, self.shape)

    def right_side(self, equation: Equation) -> Expr:
        return formula(equation, self.gradient.system, self.shape)

    @cached_property
    def unrolled(self) -> dict[Quantity, tuple[Contribution, ...]]:
        """The derivatives that can be spelled out in a bearable length."""
        if self.system.pushed:  # what comes before a given adjoint has no formula
            return {}
        return unrolled(self.gradient, self.plain, LARGEST)

    @cached_property
    def plain(self) -> list[Quantity]:
        """Those of `wrt` that have no steps."""
        return [q for q in self.wrt if not q.over]

    @cached_property
    def open_functions(self) -> list[str]:
        """The functions that nobody has chosen, and that have a derivative."""
        used = {n.op for e in self.system.equations for n in _nodes(e.body)}
        return [n for n, f in self.system.functions.items() if f.open and f.slopes and n in used]


def _reads(local: Local, route: Ref) -> bool:
    """Whether the summand through `route` comes from this mention: h[t-1] in c[t] for c[t+1]."""
    of, by, way = local.of.index, local.by.index, route.index
    if isinstance(of, Shift) and isinstance(by, Shift) and isinstance(way, Shift):
        return of.offset - by.offset == way.offset
    return True


def _nodes(expr: Expr) -> Iterable[Apply]:
    if isinstance(expr, Apply):
        yield expr
    for child in getattr(expr, "args", ()) or ((expr.body,) if hasattr(expr, "body") else ()):
        yield from _nodes(child)


def of_problem(problem: Problem, of: str, wrt: Sequence[str], lang: str) -> Derivation:
    """The derivation that a call asks for. Raises `Failure` where it names what there is not."""
    system = with_preactivations(with_step_losses(problem.system))
    incoming = None
    if not of and not _asks(problem) and (output := left_open(problem)) is not None:
        system, incoming = with_any_loss(system, output)
    target = _target(problem, system, of)
    if system.shapes[system.quantity(target)] != SCALAR:
        system, incoming = _with_weights(system, target)
        target = system.loss or target
    chosen = _wanted(system, wrt)
    return Derivation(
        problem.wording(problem.title, lang) or problem.name,
        problem.wording(problem.source, lang),
        system,
        target,
        chosen or _usual(system),
        {},
        incoming,
    )


def _usual(system: System) -> tuple[Quantity, ...]:
    if system.pushed:
        there = reached(system)
        return tuple(q for q in system.given if q in there and q not in system.pushed.values())
    found = system.with_role(Role.PARAMETER) or system.with_role(Role.INITIAL)
    return tuple(g.quantity for g in found)


def of_cell(
    cell: Cell, functions: Functions, sizes: Mapping[str, int], wrt: Sequence[str],
    of: str, lang: str,
) -> Derivation:  # fmt: skip
    """A cell on its own: any loss of its output, L = Σ L[t], by way of g[t] = ∂L[t]/∂h[t]."""
    system = example(cell, functions, sizes)
    output = Quantity(cell.output, "t").ref()
    system, incoming = with_any_loss(system, output)
    system = with_preactivations(system)
    chosen = _wanted(system, wrt)
    target = Ref("L")
    if of:
        target = _named(system, of)
    if system.shapes[system.quantity(target)] != SCALAR:
        system, incoming = _with_weights(replace(system, loss=None), target)
        target = system.loss or target
    title = cell.title.get(lang) or cell.title.get("en") or cell.name
    known = _sizes(cell, system)
    return Derivation(title, "", system, target, chosen or _usual(system), known, incoming)


def _sizes(cell: Cell, system: System) -> dict[str, int]:
    """The sizes at which the formulas stand, read off the shapes of the parameters."""
    found: dict[str, int] = {}
    for name, pattern in cell.parameters.items():
        shape = system.shapes.get(Quantity(name))
        for size, n in zip(pattern, shape or (), strict=False):
            if isinstance(size, Ref):
                found.setdefault(size.name, n)
    return {name: found[name] for name in cell.sizes if name in found}


def _with_weights(system: System, of: Ref) -> tuple[System, Ref]:
    """L = ⟨g, h[3]⟩ for a vector that is derived: any combination of its entries."""
    taken = {q.name for q in (*system.made_by, *system.given)}
    name = next(n for n in ("g", "e", "q", "g_L") if n not in taken)
    loss = Ref(next(n for n in ("L", "E", "L_all") if n not in taken))
    shape = system.shapes[system.quantity(of)]
    g = Given(Quantity(name), Role.DATA, shape, {None: (None,) * (shape[0] * shape[1])})
    body = Apply("sum", (Apply("*", (Ref(name), of)),))
    made = replace(
        system,
        equations=(*system.equations, Equation(loss, (Term(body, None),), None)),
        given={**system.given, g.quantity: g},
        shapes={**system.shapes, g.quantity: shape, Quantity(loss.name): SCALAR},
        loss=loss,
    )
    return made, Ref(name)


def _target(problem: Problem, system: System, of: str) -> Ref:
    """What is differentiated: what the call names, the loss, or what the problem asks for."""
    if of:
        return _named(system, of)
    if system.loss is not None:
        return system.loss
    for of_ask in reversed(_asks(problem)):
        return of_ask.of
    if not system.made_by:
        raise failure("no-loss", None)
    raise failure("no-loss", None, "hint-derive-of", example=_example(system))


def _example(system: System) -> str:
    """The last quantity that the equations make, at its last step."""
    last = next(reversed(system.made_by))
    return text(last.at(system.steps[last][-1][-1]) if last.over else last.ref())


def _asks(problem: Problem) -> list[DerivativeName]:
    """The derivatives that the problem asks for by name."""
    return [
        a.name
        for a in problem.ask
        if isinstance(a, AskResult) and isinstance(a.name, DerivativeName)
    ]


def _named(system: System, of: str) -> Ref:
    """A quantity as the command line names it; one that runs with the steps stands at the last."""
    try:
        return _quantity(system, of)
    except Failure as error:
        raise Failure(error.diagnostics, "--of", of) from None


def _quantity(system: System, of: str) -> Ref:
    ref = parse_formula(of, Known(system.names, component=lambda ref, _: ref))
    if isinstance(ref, Apply) and ref.op == "entry":
        whole = text(ref.args[0])
        raise failure("derive-not-a-quantity", None, "hint-derive-whole", found=of[:60], name=whole)
    if not isinstance(ref, Ref) or derivative_of(ref):
        raise failure("derive-not-a-quantity", None, "hint-derive-of", found=of[:60],
                      example=_example(system))  # fmt: skip
    q = system.quantity(ref)
    if q not in system.made_by:
        known = ", ".join(map(str, system.made_by))
        if q in system.given:
            raise failure("derive-given", None, name=of[:60], known=known)
        close = similar(str(q), map(str, system.made_by))
        hint = "hint-did-you-mean" if close else None
        raise Failure(
            [diagnostic("derive-unknown", None, hint, name=of[:60], known=known, suggestion=close)]
        )
    last = max(run[-1] for run in system.steps[q]) if q.over else None
    if isinstance(ref.index, Shift):
        ref = replace(ref, index=At((last or 0) + ref.index.offset))
    elif isinstance(ref.index, Last):
        ref = replace(ref, index=At(system.step(ref) or 0))
    if not system.exists(q, system.step(ref)):
        steps = f"{system.steps[q][0][0]}..{last}"
        raise Failure([diagnostic("result-step", None, name=of[:60], steps=steps)])
    return ref


def _wanted(system: System, names: Sequence[str]) -> tuple[Quantity, ...]:
    found = []
    there = [*system.given, *system.made_by]
    for name in names:
        parts = split_index(name)
        if parts is None:
            wrong = diagnostic("derive-not-a-quantity", None, "hint-derive-wrt", found=name[:60])
            raise Failure([wrong], "--wrt", name)
        wanted, index = parts
        alike = [q for q in there if q.name == wanted]
        q = next((q for q in alike if bool(q.over) == bool(index)), next(iter(alike), None))
        if q is not None and index and not q.over:
            wrong = diagnostic("result-index", None, name=name[:60], known=str(q))
            raise Failure([wrong], "--wrt", name)
        if q is None:
            known = ", ".join(dict.fromkeys(q.name for q in there))
            close = similar(wanted, [q.name for q in there])
            hint = "hint-did-you-mean" if close else None
            wrong = diagnostic(
                "derive-unknown", None, hint, name=name[:60], known=known, suggestion=close
            )
            raise Failure([wrong], "--wrt", name)
        _check_step(system, q, name, index)
        check_not_a_class(system, q, name, option="--wrt")
        found.append(q)
    return tuple(dict.fromkeys(found))


def _check_step(system: System, q: Quantity, name: str, index: str) -> None:
    """A definite step has to be one at which there is the quantity: h[9] of five steps is not."""
    if not re.fullmatch(r"-?\d{1,9}", index) or system.exists(q, int(index)):
        return
    runs = ", ".join(f"{r[0]}..{r[-1]}" for r in system.steps[q])
    raise Failure([diagnostic("result-step", None, name=name[:60], steps=runs)], "--wrt", name)


def summed_losses(d: Derivation) -> list[Quantity]:
    """The step losses L[t] whose sum is derived."""
    return step_losses(replace(d.system, loss=d.of)) if d.of.index is None else []
