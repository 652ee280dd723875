"""What an expression reads: its operands, each with the weight before it, its slope, and what it
receives of the derivative of the loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rnnhand.calculus.activations import is_activation
from rnnhand.calculus.coefficients import MINUS_ONE, before, is_weight
from rnnhand.calculus.mentions import Mention, mentions
from rnnhand.calculus.network import BESIDE, Level, is_step
from rnnhand.calculus.rules import ShapeOf, backward, over, plus, times
from rnnhand.calculus.slopes import DELTA, Shaped, factor, handed_on, jacobian, product_of
from rnnhand.calculus.tidy import ONE, ZERO
from rnnhand.calculus.weights import (
    Weighed,
    biases,
    constants,
    scaled_sum,
    standing,
    standing_inside,
    unboxed,
    weighed,
    weighted_sum,
)
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    children,
    refs,
    rewrite,
    walk,
)
from rnnhand.system.model import SCALAR, Equation, Role, Steps, System


@dataclass(frozen=True)
class Operand:
    """What an operation reads: an expression, the weight before it, the slope, and the adjoint."""

    expr: Expr
    weight: Expr | None = None
    slope: Expr | None = None
    adjoint: Expr | None = None
    steps: tuple[int, ...] = ()
    """The steps of a sum over time, one operand each."""

    over: str = ""
    """The index that such a sum runs over."""


@dataclass(frozen=True)
class Reader:
    """Reads expressions at a level; `weights` are the parameters that stand on arcs or beside them,
    and `shape` knows the shapes of expressions."""

    system: System
    level: Level
    folded: bool
    on_arcs: bool
    weights: Collection[str]
    shape: ShapeOf

    @property
    def functions(self) -> set[str]:
        """The functions that a node has beside its name, or alone."""
        return {*BESIDE, *self.system.functions}

    def operands(
        self, expr: Expr, result: Expr | None, g: Expr | None
    ) -> tuple[list[Operand], bool, tuple[Expr, ...]]:
        """The operands of a vertex, whether it is a weighted sum, and the constants it adds."""
        match self.level:
            case Level.QUANTITIES:
                return self.quantities(expr, result, g)
            case Level.GATES:
                return self.gates(expr, result, g)
            case Level.OPERATIONS:
                return list(self.operation(expr, result, g)), False, ()

    def gates(
        self, expr: Expr, result: Expr | None, g: Expr | None
    ) -> tuple[list[Operand], bool, tuple[Expr, ...]]:
        """The same for a weighted sum, perhaps under a function, or for one operation."""
        inner = expr.args[0] if isinstance(expr, Apply) and self.is_box(expr) else expr
        linear = inner is expr  # no function over the sum: the slope is the weight
        gathered = (weighted_sum if linear else scaled_sum)(inner, self.weights)
        if gathered is not None:
            parts = [e for e, _ in gathered[0]]
            given = self.received(expr, result, g, parts)
            slopes = self.linear(expr, parts) if linear else {}
            found = [Operand(e, w, slopes.get(e), given.get(e)) for e, w in gathered[0]]
            return found, True, gathered[1]
        operands = [self.lifted(o) for o in self.operation(expr, result, g)]
        if self.is_difference(expr, operands):
            first, second = operands
            operands = [first, replace(second, weight=before(MINUS_ONE, second.weight))]
        return operands, False, ()

    def received(
        self, expr: Expr, result: Expr | None, g: Expr | None, parts: Sequence[Expr]
    ) -> dict[Expr, Expr]:
        return handed_on(expr, result or expr, g, parts, self.shape, self.system.functions)

    def linear(self, expr: Expr, parts: Sequence[Expr]) -> dict[Expr, Expr | None]:
        """The slopes of a weighted sum by its parts: W of W·x, but Wᵀ of X·W."""
        seed, shape = ONE if self.shape(expr) == SCALAR else DELTA, self.seeded(expr)
        given = handed_on(expr, expr, seed, parts, shape, self.system.functions)
        return {part: factor(adjoint, seed, shape) for part, adjoint in given.items()}

    def is_difference(self, expr: Expr, operands: Sequence[Operand]) -> bool:
        """Whether gates show a difference as a sum: which of two lines is taken away shall not hang
        on which of them stands left."""
        is_minus = isinstance(expr, Apply) and expr.op == "-"
        return self.level is Level.GATES and is_minus and len(operands) == 2

    def is_box(self, expr: Apply) -> bool:
        """Whether a weighted sum in an expression is drawn together with the function over it."""
        return is_activation(expr, self.system.functions) and len(expr.args) == 1

    def operation(self, expr: Expr, result: Expr | None, g: Expr | None) -> Iterator[Operand]:
        """The arguments of one operation, each with its slope; numbers are part of it."""
        match expr:
            case Ref():
                yield Operand(expr, None, ONE, g)
            case Over(kind, var, body):
                steps = tuple(s for run in self.system.domain(expr) for s in run)
                share: Expr = ONE if kind == "sum" else over(ONE, Number(str(len(steps))))
                inner = g if kind == "sum" or g is None else over(g, Number(str(len(steps))))
                yield Operand(body, None, share, inner, () if self.folded else steps, var)
            case Apply(_, args):
                slopes = self.slopes(expr, result)
                adjoints = self.pulled(expr, result, g)
                for arg, slope, adjoint in zip(args, slopes, adjoints, strict=True):
                    if any(not is_step(r, self.system) for r in refs(arg)):
                        yield Operand(arg, None, slope, adjoint)

    def lifted(self, operand: Operand) -> Operand:
        """A weight before an operand goes on its arc: W @ x in f*(W @ x)."""
        if isinstance(operand.expr, Ref):
            return operand
        gathered = weighted_sum(operand.expr, self.weights)
        if gathered is None or len(gathered[0]) != 1 or gathered[1]:
            return operand
        ((inner, weight),) = gathered[0]
        given = self.received(operand.expr, None, operand.adjoint, [inner]).get(inner)
        slope = operand.slope
        if slope is not None and weight is not None:
            scalar = self.shape(operand.expr) == self.shape(inner) == SCALAR
            slope = times(*product_of(slope), weight) if scalar else None
        return Operand(inner, weight, slope, given, operand.steps, operand.over)

    def quantities(
        self, expr: Expr, result: Expr | None, g: Expr | None
    ) -> tuple[list[Operand], bool, tuple[Expr, ...]]:
        plain = Weighed(expr, {}, {}, Counter())
        found = weighed(expr, self.weights, self.functions) if self.on_arcs else plain
        sum_ = unboxed(found.expr, self.functions)
        added: tuple[Expr, ...] = ()
        if self.on_arcs:
            added = (*dict.fromkeys(biases(sum_, self.weights)), *constants(sum_))
        shown = found.used | {r.name for e in added for r in refs(e)}
        seed = ONE if self.shape(expr) == SCALAR else DELTA
        given: dict[Ref, list[Expr]] = {}
        steps: dict[Ref, tuple[int, ...]] = {}
        sums = {n.var for n in walk(expr) if isinstance(n, Over)}
        for mention in self.mentioned(found, seed, result):
            if is_step(mention.ref, self.system):
                continue
            given.setdefault(mention.ref, []).append(_summed(mention, sums, result))
            index = mention.ref.index
            if isinstance(index, Shift) and index.var in sums and not self.folded:
                steps[mention.ref] = tuple(s for run in mention.running[index.var] for s in run)
        pulled: dict[Ref, list[Expr]] = {}
        if g is not None and found.parts:
            for mention in self.mentioned(found, g, result):
                pulled.setdefault(mention.ref, []).append(mention.adjoint)
        operands = [
            Operand(
                found.parts.get(ref, ref),
                found.labels.get(ref),
                factor(plus(*adjoints), seed, self.seeded(expr)) or self.whole(expr, ref, result),
                plus(*pulled[ref]) if ref in found.parts and ref in pulled else None,
                steps.get(ref, ()),
                ref.index.var if isinstance(ref.index, Shift) else "",
            )
            for ref, adjoints in given.items()
            if ref.name not in shown
        ]
        chosen = dict(self.choosing(found.expr, {}))
        for ref in chosen:
            if ref not in given and ref not in found.parts and ref.name not in shown:
                operands.append(self.chooser(ref, chosen[ref]))
        return operands, bool(found.labels or added), added

    def whole(self, expr: Expr, ref: Ref, result: Expr | None) -> Expr | None:
        """The slope of a function by the name that is its argument, where its entries read one
        another."""
        if not isinstance(expr, Apply) or expr.args != (ref,):
            return None
        return jacobian(expr, result or expr, self.shape(expr))

    def choosing(
        self, expr: Expr, running: Mapping[str, tuple[int, ...]]
    ) -> Iterator[tuple[Ref, tuple[int, ...]]]:
        """All that a formula reads, with the steps of the sum around it that it runs with: also
        what only chooses, as the class c in one_hot(c, 3), and has no derivative."""
        if isinstance(expr, Ref):
            if not is_step(expr, self.system) and not is_weight(expr, self.weights):
                var = expr.index.var if isinstance(expr.index, Shift) else ""
                yield expr, running.get(var, ())
            return
        if isinstance(expr, Over) and not self.folded:
            steps = tuple(s for run in self.system.domain(expr) for s in run)
            running = {**running, expr.var: steps}
        for child in children(expr):
            yield from self.choosing(child, running)

    def chooser(self, ref: Ref, steps: tuple[int, ...]) -> Operand:
        """What is read without a derivative; that of what was computed is 0."""
        is_made = self.system.quantity(ref) in self.system.made_by
        slope = ZERO if is_made else None
        if not isinstance(ref.index, Shift):
            return Operand(ref, None, slope)
        return Operand(ref, None, slope, None, steps, ref.index.var)

    def mentioned(self, found: Weighed, g: Expr, result: Expr | None) -> Iterator[Mention]:
        """The mentions in a formula, with what each receives of what the formula receives."""
        free: dict[str, Steps] = {}
        if isinstance(result, Ref) and isinstance(result.index, Shift):
            free = {result.index.var: (self.system.indices[result.index.var],)}

        def whole(expr: Expr) -> Expr:
            return rewrite(expr, lambda e: found.parts.get(e, e) if isinstance(e, Ref) else e)

        shape = self.seeded(whole(found.expr))
        for mention in mentions(
            self.system, found.expr, g, lambda e: shape(whole(e)), free, result
        ):
            yield replace(mention, adjoint=whole(mention.adjoint))

    def seeded(self, expr: Expr) -> Shaped:
        return Shaped(self.shape, self.shape(expr))

    def slopes(self, expr: Apply, result: Expr | None) -> list[Expr | None]:
        """∂op/∂argument, for each argument, as a factor where it is one."""
        seed = ONE if self.shape(expr) == SCALAR else DELTA
        shape = self.seeded(expr)
        adjoints = backward(expr, seed, result or expr, shape, self.system.functions)
        whole = jacobian(expr, result or expr, shape.own)
        return [None if a is None else factor(a, seed, shape) or whole for a in adjoints]

    def pulled(self, expr: Apply, result: Expr | None, g: Expr | None) -> list[Expr | None]:
        if g is None:
            return [None] * len(expr.args)
        return backward(expr, g, result or expr, self.shape, self.system.functions)


def _summed(mention: Mention, sums: Collection[str], result: Expr | None) -> Expr:
    """What a mention receives of all the steps of the sums it stands in: w of sum[t]((x[t] - w)^2)
    receives a sum. One that runs with its sum is drawn at each step."""
    target = result.index if isinstance(result, Ref) else None
    own = target.var if isinstance(target, Shift) else None
    index = mention.ref.index
    found = mention.adjoint
    for var, steps in mention.running.items():
        runs = isinstance(index, Shift) and index.var == var
        if var in sums and not runs and (var != own or mention.within):
            found = Over("sum", var, found, steps)
    return found


def weights_of(system: System, level: Level, equations: Sequence[Equation]) -> set[str]:
    """The parameters that equations have as weights and biases; the others are nodes."""
    names = {g.quantity.name for g in system.with_role(Role.PARAMETER)}
    bodies = [e.body for e in equations]
    if level is Level.QUANTITIES:
        return standing(bodies, names, {*BESIDE, *system.functions})
    return standing_inside(bodies, names)
