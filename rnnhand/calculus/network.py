"""The equations of a system as a graph: what is computed from what, with local derivatives.

At the level of `quantities` a vertex is a named quantity; at that of `gates` it is an activation
over a weighted sum, or one pointwise operation; at that of `operations` it is one operation, and
the slope of an arc is the derivative of that operation by that argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rnnhand.calculus.activations import is_activation
from rnnhand.calculus.coefficients import MINUS_ONE, before, is_weight
from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.mentions import Mention, mentions
from rnnhand.calculus.rules import backward, over, plus, times
from rnnhand.calculus.slopes import DELTA, Shaped, factor, handed_on, jacobian, product_of
from rnnhand.calculus.tidy import ONE, ZERO
from rnnhand.calculus.weights import (
    Weighed,
    biases,
    constants,
    is_stack,
    scaled_sum,
    standing,
    standing_inside,
    unboxed,
    weighed,
    weighted_sum,
)
from rnnhand.errors import failure
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
    children,
    refs,
    rewrite,
    walk,
    with_children,
)
from rnnhand.system.model import SCALAR, Equation, Quantity, Role, Steps, System

REST = "…"
"""The name of what is not drawn."""

UNREAD = "←"
"""What a vertex does that is computed from others which are not drawn."""


class Level(StrEnum):
    QUANTITIES = "quantities"
    GATES = "gates"
    OPERATIONS = "operations"


BESIDE = ("softmax", "exp", "log", "sqrt")
"""Operations that stand beside the name of what they give, as activations do."""


@dataclass(frozen=True)
class Vertex:
    """`expr` at `step` is what the vertex computes; a leaf (a given quantity) has no `op`.

    `op` is that of the outermost operation; `weighted` says that it is a weighted sum, perhaps
    under the activation `op`. `adjoint` is the derivative of the loss by it, where it has no name.
    """

    key: str
    row: str
    step: int | None
    ref: Ref | None
    expr: Expr
    op: str = ""
    role: Role | None = None
    weighted: bool = False
    added: tuple[Expr, ...] = ()
    adjoint: Expr | None = None


@dataclass(frozen=True)
class Arc:
    """`start` enters `end`; `slope` at `step` is ∂end/∂start, None where it is no product.

    `mention` is how the equation of `end` writes `start`.
    """

    start: str
    end: str
    step: int | None = None
    weight: Expr | None = None
    slope: Expr | None = None
    lag: int = 0
    mention: Ref | None = None


@dataclass(frozen=True)
class Network:
    vertices: Mapping[str, Vertex]
    arcs: tuple[Arc, ...]


@dataclass(frozen=True)
class Operand:
    """What an operation reads: an expression, the weight before it, the slope, and the adjoint."""

    expr: Expr
    weight: Expr | None = None
    slope: Expr | None = None
    adjoint: Expr | None = None
    steps: tuple[int, ...] = ()
    """The steps of a sum over time, one operand each."""


def network(
    system: System,
    level: Level,
    folded: bool,
    window: range | None,
    limit: int,
    on_arcs: bool = True,
) -> Network:
    """The graph of a system: folded, a vertex a quantity; else one for each step of `window`.

    A weight stands on the arc from what it multiplies, or, unless `on_arcs`, is a vertex of its
    own, as it is at the level of operations in any case. Raises `Failure` where there are more
    than `limit` vertices.
    """
    builder = _Builder(system, level, folded, window, limit, on_arcs)
    for equation in system.equations:
        if folded or equation.steps is None:
            builder.equation(equation, _single(equation) if not folded else None)
            continue
        for step in equation.steps:
            if window is None or step in window:
                builder.equation(equation, step)
    return builder.network()


def _single(equation: Equation) -> int | None:
    return equation.steps.start if equation.steps is not None else None


@dataclass
class _Builder:
    system: System
    level: Level
    folded: bool
    window: range | None
    limit: int
    on_arcs: bool
    vertices: dict[str, Vertex] = field(default_factory=dict)
    arcs: list[Arc] = field(default_factory=list)
    outside: dict[str, tuple[Quantity, int | None]] = field(default_factory=dict)
    steps: range | None = None
    target: Ref = field(init=False)
    """What the equation gives that is being drawn."""

    def __post_init__(self) -> None:
        self.shape = shapes_in(self.system)
        self.weights = self.standing(self.system.equations)
        self.alone: dict[Quantity, dict[int, Equation]] = {}
        for e in self.system.equations:
            q = self.system.quantity(e.target)
            if isinstance(e.target.index, At | Last):
                self.alone.setdefault(q, {})[self.at(e.target)] = e

    def at(self, ref: Ref) -> int:
        """The step of a mention at a step of its own."""
        step = self.system.step(ref)
        assert step is not None
        return step

    def standing(self, equations: Sequence[Equation]) -> set[str]:
        """The parameters that are written as weights and biases; the others are nodes."""
        names = {g.quantity.name for g in self.system.with_role(Role.PARAMETER)}
        bodies = [e.body for e in equations]
        if self.level is Level.QUANTITIES:
            return standing(bodies, names, self.functions)
        return standing_inside(bodies, names)

    @property
    def functions(self) -> set[str]:
        """The functions that a node has beside its name, or alone."""
        return {*BESIDE, *self.system.functions}

    def network(self) -> Network:
        """What stands outside of the window is a leaf where something in it reads it."""
        for arc in self.arcs:
            if arc.start not in self.vertices:
                self.vertices[arc.start] = _unread(arc.start, *self.outside[arc.start])
        return Network(self.vertices, tuple(self.arcs))

    def equation(self, equation: Equation, step: int | None) -> None:
        q = self.system.quantity(equation.target)
        self.target, self.steps = equation.target, equation.steps
        if self.system.indices:  # a weight of every step may be something else in the loss
            self.weights = self.standing([equation])
        loss = self.system.loss
        g = None
        if loss is not None:
            g = Quantity(f"d{text(loss)}/d{q.name}", q.over).ref() if q.over else None
            g = g or Ref(f"d{text(loss)}/d{q.name}")
        ref = q.ref() if self.folded else q.at(step)
        if self.folded and isinstance(equation.target.index, At | Last):
            ref = q.at(self.at(equation.target))  # what one step has for itself is no loop
        key = text(ref) if q.over else str(q)
        if self.folded and any(text(ref) == text(q.at(self.at(r))) for r in self.lasts(q)):
            ref = Ref(q.name, Last())  # as it is read: the picture is that of any number of steps
        body = equation.body if step is None else self.numbered(equation.body, step)
        self.build(body, key, key if self.folded else str(q), step, ref, equation.target, g)

    def lasts(self, q: Quantity) -> list[Ref]:
        """The mentions of the last step, h[T]."""
        read = [r for e in self.system.equations for r in refs(e.body) if r.index == Last()]
        return [r for r in read if self.system.quantity(r) == q]

    def numbered(self, expr: Expr, step: int) -> Expr:
        """The number of the step, where it stands as a number: exp(-r*t) at t = 2."""

        def put(node: Expr) -> Expr:
            if isinstance(node, Ref) and is_step(node, self.system):
                return Number(str(step)) if node.name != "T" else node
            return node

        return put(expr) if isinstance(expr, Ref) else _but_sums(expr, put)

    def build(
        self,
        expr: Expr,
        key: str,
        row: str,
        step: int | None,
        ref: Ref | None,
        result: Expr | None,
        g: Expr | None,
    ) -> None:
        """The vertex of an expression, those of its operands, and the arcs between them."""
        if isinstance(expr, Over) and step is not None and not self.folded:
            # The summands run with another step than what they are summed for.
            here = dict.fromkeys(self.system.indices, step)
            expr, g = _held(expr, here), None if g is None else _held(g, here)
        operands, weighted, added = self.operands(expr, result, g)
        op = "+" if self.is_difference(expr, operands) else _operation(expr)
        if len(self.vertices) >= self.limit and key not in self.vertices:
            raise failure("graph-too-large", None, "hint-graph-too-large", limit=self.limit)
        vertex = Vertex(key, row, step, ref, expr, op, None, weighted, added, g)
        if (known := self.vertices.get(key)) is None:
            self.vertices[key] = vertex
        elif ref is None:
            # What several read receives something of each; unless all say what, it is not known.
            received = None if g is None or known.adjoint is None else plus(known.adjoint, g)
            self.vertices[key] = replace(known, adjoint=received)
        outside = []
        for i, operand in enumerate(operands, 1):
            for at in operand.steps or (step,):
                if operand.steps and self.is_outside(at):
                    outside.append((operand, at))
                else:
                    self.operand(operand, f"{key}.{i}", f"{row}.{i}", key, at, bool(operand.steps))
        if outside:
            self.rest(key, outside)

    def is_outside(self, step: int | None) -> bool:
        return self.window is not None and not self.folded and step not in self.window

    def rest(self, end: str, outside: list[tuple[Operand, int | None]]) -> None:
        """What a sum reads of steps that are not drawn: by its name, or, if it is more than one, as
        dots."""
        (operand, step), *more = outside
        if isinstance(operand.expr, Ref) and not more:
            key = self.mention(operand.expr, step)
            leaf = _unread(key, *self.outside[key])
        else:
            key, operand = f"{end} {REST}", Operand(Ref(REST))
            leaf = Vertex(key, key, self.beside(outside), Ref(REST), Ref(REST), REST)
        self.vertices.setdefault(key, leaf)
        self.arcs.append(Arc(key, end, step, operand.weight, operand.slope))

    def beside(self, outside: list[tuple[Operand, int | None]]) -> int:
        """The step next to those that are drawn, on the side where most of the others are."""
        assert self.window is not None
        later = sum(step is not None and step > self.window[-1] for _, step in outside)
        return self.window[-1] + 1 if 2 * later >= len(outside) else self.window[0] - 1

    def operand(
        self, operand: Operand, key: str, row: str, end: str, step: int | None, is_sum: bool
    ) -> None:
        expr = operand.expr
        mention = expr if isinstance(expr, Ref) else None
        if mention is not None and self.folded:
            starts = list(self.mentions(mention))
        elif mention is not None:
            starts = [(self.mention(mention, step), 0)]
        else:
            start = f"{key}[{step}]" if is_sum and not self.folded else key
            if is_stack(expr) and all(isinstance(arg, Ref) for arg in children(expr)):
                start, row = self.shared(expr, step), text(expr)
            starts = [(start, 0)]
            self.build(expr, start, row, step, None, None, operand.adjoint)
        for start, lag in starts:
            arc = Arc(start, end, step, operand.weight, operand.slope, lag, mention)
            if arc not in self.arcs:
                self.arcs.append(arc)

    def shared(self, expr: Expr, step: int | None) -> str:
        """The key of what several equations read alike, as the gates of a cell read [h; x]."""
        at = "" if self.folded or step is None else f" at {step}"
        return f"{text(expr)}{at}"

    def mentions(self, ref: Ref) -> Iterator[tuple[str, int]]:
        """The vertices that a mention names in a folded graph, each with its lag: the loop, and
        steps that have equations of their own, s[0] for s[k-1] at the first step."""
        system = self.system
        q = system.quantity(ref)
        alone = self.alone.get(q, {})
        if isinstance(ref.index, At | Last):
            at = self.at(ref)
            if at in alone:
                yield text(q.at(at)), 0
                return
            if self.is_returning(ref, q) or (q in system.given and at in system.given[q].values):
                self.leaf(text(ref), text(ref), None, ref, q)
                yield text(ref), 0
                return
        if isinstance(ref.index, Shift):
            target, var = self.target.index, ref.index.var
            own = isinstance(target, Shift) and target.var == var
            if not own and self.is_returning(ref, q):
                self.leaf(text(ref), text(ref), None, ref, q)
                yield text(ref), 0
                return
            steps = self.steps if own and self.steps is not None else system.indices[var]
            for at in alone:
                if at - ref.index.offset in steps:
                    yield text(q.at(at)), 0
        if len(alone) == len(system.made_by.get(q, ())) > 0:
            return
        lag = ref.index.offset if isinstance(ref.index, Shift) else 0
        key = str(q) if lag == 0 or q in system.made_by else text(ref)
        if q not in system.made_by:
            self.leaf(key, key, None, ref, q)
            lag = 0
        yield key, lag

    def mention(self, ref: Ref, step: int | None) -> str:
        """The vertex that a mention names at a step."""
        system = self.system
        q = system.quantity(ref)
        running = dict.fromkeys(system.indices, step) if step is not None else {}
        at = system.step(ref, running)
        key = text(q.at(at))
        if q in system.given and (at is None or at in system.given[q].values):
            self.leaf(key, str(q), at, q.at(at), q)
        self.outside[key] = (q, at)
        return key

    def is_returning(self, ref: Ref, q: Quantity) -> bool:
        """Whether a mention at a step of its own, h[0] or h[k] in a sum over k, names what depends
        on the equation that mentions it: folded, it would go around without a delay."""
        own = self.target.index
        if q.over is None or (
            isinstance(ref.index, Shift) and isinstance(own, Shift) and ref.index.var == own.var
        ):
            return False
        return self.system.quantity(self.target) in self.behind(q)

    def behind(self, q: Quantity) -> set[Quantity]:
        """A quantity and all that it depends on."""
        seen, rest = {q}, [q]
        while rest:
            for equation in self.system.made_by.get(rest.pop(), ()):
                new = {self.system.quantity(r) for r in refs(equation.body)} - seen
                seen |= new
                rest += new
        return seen

    def leaf(self, key: str, row: str, step: int | None, ref: Ref, q: Quantity) -> None:
        role = self.system.given[q].role if q in self.system.given else Role.CONSTANT
        self.vertices.setdefault(key, Vertex(key, row, step, ref, ref, "", role))

    # What an expression reads

    def operands(
        self, expr: Expr, result: Expr | None, g: Expr | None
    ) -> tuple[list[Operand], bool, tuple[Expr, ...]]:
        """The operands of a vertex, whether it is a weighted sum, and the constants it adds."""
        match self.level:
            case Level.QUANTITIES:
                return self.quantities(expr, result, g)
            case Level.GATES:
                inner = expr
                if isinstance(expr, Apply) and self.is_box(expr):
                    inner = expr.args[0]
                linear = inner is expr  # no function over the sum: the slope is the weight
                gather = weighted_sum if linear else scaled_sum
                gathered = gather(inner, self.weights)
                if gathered is not None:
                    parts = [e for e, _ in gathered[0]]
                    given = self.received(expr, result, g, parts)
                    slopes = self.linear(expr, parts) if linear else {}
                    found = [Operand(e, w, slopes.get(e), given.get(e)) for e, w in gathered[0]]
                    return found, True, gathered[1]
                operands = [self.lifted(o) for o in self.operation(expr, result, g)]
                if self.is_difference(expr, operands):
                    first, second = operands
                    weight = before(MINUS_ONE, second.weight)
                    operands = [first, replace(second, weight=weight)]
                return operands, False, ()
            case Level.OPERATIONS:
                return list(self.operation(expr, result, g)), False, ()

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
            case Over(kind, _, body):
                steps = tuple(s for run in self.system.domain(expr) for s in run)
                share: Expr = ONE if kind == "sum" else over(ONE, Number(str(len(steps))))
                inner = g if kind == "sum" or g is None else over(g, Number(str(len(steps))))
                yield Operand(body, None, share, inner, () if self.folded else steps)
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
        return Operand(inner, weight, slope, given, operand.steps)

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
            given.setdefault(mention.ref, []).append(mention.adjoint)
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
            )
            for ref, adjoints in given.items()
            if ref.name not in shown
        ]
        chosen = dict(self.choosing(found.expr, ()))
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

    def choosing(self, expr: Expr, steps: tuple[int, ...]) -> Iterator[tuple[Ref, tuple[int, ...]]]:
        """All that a formula reads, with the steps of sums around it: also what only chooses, as
        the class c in one_hot(c, 3), and has no derivative."""
        if isinstance(expr, Ref):
            if not is_step(expr, self.system) and not is_weight(expr, self.weights):
                yield expr, steps
            return
        if isinstance(expr, Over) and not self.folded:
            steps = tuple(s for run in self.system.domain(expr) for s in run)
        for child in children(expr):
            yield from self.choosing(child, steps)

    def chooser(self, ref: Ref, steps: tuple[int, ...]) -> Operand:
        """What is read without a derivative; that of what was computed is 0."""
        is_made = self.system.quantity(ref) in self.system.made_by
        at = steps if isinstance(ref.index, Shift) else ()
        return Operand(ref, None, ZERO if is_made else None, None, at)

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

    # Local derivatives

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


def _unread(key: str, q: Quantity, step: int | None) -> Vertex:
    """What is computed at a step that is not drawn, and of which it is not shown how."""
    return Vertex(key, str(q), step, q.at(step), q.at(step), UNREAD)


def is_step(ref: Ref, system: System) -> bool:
    """Whether a mention is the number of a step, t or T, and no quantity."""
    return ref.index is None and (ref.name == "T" or ref.name in system.indices)


def _but_sums(expr: Expr, put: Callable[[Expr], Expr]) -> Expr:
    """Every part replaced, but in sums over the steps, which have steps of their own."""
    if isinstance(expr, Over):
        return expr
    return put(with_children(expr, tuple(_but_sums(c, put) for c in children(expr))))


def _held(expr: Expr, at: Mapping[str, int]) -> Expr:
    """An expression at given steps, but for the sums in it, which run."""
    match expr:
        case Ref(_, Shift(var, offset)) if var in at:
            return replace(expr, index=At(at[var] + offset))
        case Ref(name, None) if name in at:
            return Number(str(at[name]))
        case Over(_, var, body):
            rest = {name: step for name, step in at.items() if name != var}
            return with_children(expr, (_held(body, rest),))
        case _:
            return with_children(expr, tuple(_held(c, at) for c in children(expr)))


def _operation(expr: Expr) -> str:
    match expr:
        case Apply():
            return expr.op
        case Over():
            return expr.kind
        case _:
            return "="
