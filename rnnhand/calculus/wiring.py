"""The network of a system: its equations, one after the other, as vertices and arcs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from sys import maxsize

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.joining import joined
from rnnhand.calculus.named_vertices import Named, at_step, folded, step_of
from rnnhand.calculus.network import REST, Arc, Level, Network, Vertex, drawn_at, is_step
from rnnhand.calculus.operands import Operand, Reader, weights_of
from rnnhand.calculus.rules import plus
from rnnhand.calculus.weights import is_stack
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
    with_children,
)
from rnnhand.system.model import Equation, Quantity, System


def network(
    system: System,
    level: Level,
    folded: bool,
    window: Mapping[str, range],
    limit: int,
    on_arcs: bool = True,
) -> Network:
    """The graph of a system: folded, a vertex a quantity; else one for each step, of an
    index in `window` for each of these steps.

    A weight stands on the arc from what it multiplies, or, unless `on_arcs`, is a vertex of its
    own, as it is at the level of operations in any case. Raises `Failure` where there are more
    than `limit` vertices.
    """
    found = _Growing(limit)
    whole = weights_of(system, level, system.equations)
    shape = shapes_in(system)
    for equation in system.equations:
        # A weight of every step may be something else in the loss.
        weights = weights_of(system, level, [equation]) if system.indices else whole
        reader = Reader(system, level, folded, on_arcs, weights, shape)
        drawn = _Drawn(found, reader, equation, {} if folded else window)
        for step in (None,) if folded else drawn_at(equation, system, window):
            drawn.whole(step)
    excerpt = found.network()
    if folded or not window:
        return excerpt
    in_names = on_arcs and level is not Level.OPERATIONS
    named = Reader(
        system,
        Level.QUANTITIES,
        False,
        in_names,
        weights_of(system, Level.QUANTITIES, system.equations),
        shape,
    )
    return joined(excerpt, lambda vertex: _reads(named, vertex))


def _reads(reader: Reader, vertex: Vertex) -> Network:
    """What the equation of a quantity reads at its step."""
    found, system = _Growing(maxsize), reader.system
    made = system.made_by.get(system.quantity(vertex.ref), ()) if vertex.ref else ()
    for equation in made:
        if vertex.step in drawn_at(equation, system, {}):
            _Drawn(found, reader, equation, {}).whole(vertex.step)
    return found.network()


@dataclass(frozen=True)
class _Growing:
    """The vertices and arcs that there are so far, and how what is mentioned stands if nothing
    shows how it is computed."""

    limit: int
    vertices: dict[str, Vertex] = field(default_factory=dict)
    arcs: list[Arc] = field(default_factory=list)
    unread: dict[str, Vertex] = field(default_factory=dict)

    def network(self) -> Network:
        """What stands outside of the window is a leaf where something in it reads it."""
        for arc in self.arcs:
            if arc.start not in self.vertices:
                self.vertices[arc.start] = self.unread[arc.start]
        return Network(self.vertices, tuple(self.arcs))

    def add(self, vertex: Vertex, is_shared: bool) -> None:
        """A vertex of an equation; one that `is_shared` may be there already."""
        if len(self.vertices) >= self.limit and vertex.key not in self.vertices:
            raise failure("graph-too-large", None, "hint-graph-too-large", limit=self.limit)
        known = self.vertices.setdefault(vertex.key, vertex)
        if known is not vertex and is_shared:
            # What several read receives something of each; unless all say what, it is not known.
            one, other = known.adjoint, vertex.adjoint
            received = None if one is None or other is None else plus(one, other)
            self.vertices[vertex.key] = replace(known, adjoint=received)

    def mention(self, named: Named) -> str:
        """The key of what a mention names, which stands there now if it is a leaf."""
        if named.leaf is not None:
            self.vertices.setdefault(named.key, named.leaf)
        return named.key

    def join(self, arc: Arc) -> None:
        if arc not in self.arcs:
            self.arcs.append(arc)


@dataclass(frozen=True)
class _Drawn:
    """Draws an equation: adds the vertex of each expression in it, those of its operands, and the
    arcs between them. `window` has the steps that are drawn of an index, where not all are."""

    found: _Growing
    reader: Reader
    equation: Equation
    window: Mapping[str, range]

    @property
    def folded(self) -> bool:
        return self.reader.folded

    @property
    def system(self) -> System:
        return self.reader.system

    def whole(self, step: int | None) -> None:
        """The equation at a step."""
        system, target = self.system, self.equation.target
        q = system.quantity(target)
        ref = q.ref() if self.folded else q.at(step)
        if self.folded and isinstance(target.index, At | Last):
            ref = q.at(step_of(target, system))  # what one step has for itself is no loop
        key = text(ref) if q.over else str(q)
        if self.folded and any(text(ref) == text(q.at(step_of(r, system))) for r in self.lasts(q)):
            ref = Ref(q.name, Last())  # as it is read: the picture is that of any number of steps
        body = self.equation.body if step is None else _numbered(self.equation.body, step, system)
        row = key if self.folded else str(q)
        self.vertex(body, key, row, step, ref, target, _adjoint(q, system))

    def lasts(self, q: Quantity) -> list[Ref]:
        """The mentions of the last step, h[T]."""
        read = [r for e in self.system.equations for r in refs(e.body) if r.index == Last()]
        return [r for r in read if self.system.quantity(r) == q]

    def vertex(
        self,
        expr: Expr,
        key: str,
        row: str,
        step: int | None,
        ref: Ref | None,
        result: Expr | None,
        g: Expr | None,
    ) -> None:
        """The vertex of an expression, and all that it reads."""
        if isinstance(expr, Over) and step is not None and not self.folded:
            # The summands run with another step than what they are summed for.
            here = dict.fromkeys(self.system.indices, step)
            expr, g = _held(expr, here), None if g is None else _held(g, here)
        operands, weighted, added = self.reader.operands(expr, result, g)
        op = "+" if self.reader.is_difference(expr, operands) else _operation(expr)
        vertex = Vertex(key, row, step, ref, expr, op, None, weighted, added, g)
        self.found.add(vertex, is_shared=ref is None)
        outside = []
        for i, operand in enumerate(operands, 1):
            for at in operand.steps or (step,):
                if operand.steps and at not in self.window.get(operand.over, operand.steps):
                    outside.append((operand, at))
                else:
                    self.operand(operand, f"{key}.{i}", f"{row}.{i}", key, at)
        if outside:
            self.rest(key, step, outside)

    def operand(self, operand: Operand, key: str, row: str, end: str, step: int | None) -> None:
        """What is read at a step, and the arc from it."""
        expr = operand.expr
        mention = expr if isinstance(expr, Ref) else None
        if mention is not None and self.folded:
            read = folded(mention, self.equation, self.system)
            starts = [(self.found.mention(named), named.lag) for named in read]
        elif mention is not None:
            starts = [(self.mentioned(mention, step), 0)]
        else:
            start = f"{key}[{step}]" if operand.steps and not self.folded else key
            if is_stack(expr) and all(isinstance(arg, Ref) for arg in children(expr)):
                start, row = self.shared(expr, step), text(expr)
            starts = [(start, 0)]
            self.vertex(expr, start, row, step, None, None, operand.adjoint)
        for start, lag in starts:
            self.found.join(Arc(start, end, step, operand.weight, operand.slope, lag, mention))

    def mentioned(self, ref: Ref, step: int | None) -> str:
        """The vertex that a mention names at a step."""
        named, unread = at_step(ref, step, self.system)
        self.found.unread[named.key] = unread
        return self.found.mention(named)

    def shared(self, expr: Expr, step: int | None) -> str:
        """The key of what several equations read alike, as the gates of a cell read [h; x]."""
        at = "" if self.folded or step is None else f" at {step}"
        return f"{text(expr)}{at}"

    def rest(
        self, end: str, step: int | None, outside: Sequence[tuple[Operand, int | None]]
    ) -> None:
        """What a sum reads of steps that are not drawn: by its name, or, if it is more than one, as
        dots."""
        (operand, at), *more = outside
        if isinstance(operand.expr, Ref) and not more:
            key = self.mentioned(operand.expr, at)
            self.found.vertices.setdefault(key, self.found.unread[key])
            self.found.arcs.append(Arc(key, end, at, operand.weight, operand.slope))
            return
        key = f"{end} {REST}"
        column = _beside([at for _, at in outside], self.window[operand.over])
        leaf = Vertex(key, key, column, Ref(REST), Ref(REST), REST)
        self.found.vertices.setdefault(key, leaf)
        weight = _alike([o.weight for o, _ in outside])
        slope = _alike([o.slope for o, _ in outside])
        self.found.arcs.append(Arc(key, end, step, weight, slope))


def _alike(labels: Sequence[Expr | None]) -> Expr | None:
    """What stands on each of several arcs; dots where that differs from step to step."""
    first = labels[0]
    if all(label is None for label in labels):
        return None
    differ = any(label != first for label in labels) or first is None
    runs = any(isinstance(r.index, Shift) for r in refs(first)) if first is not None else False
    return Ref(REST) if differ or runs else first


def _beside(steps: Sequence[int | None], window: range) -> int:
    """The step next to those that are drawn, on the side where most of the others are."""
    later = sum(step is not None and step > window[-1] for step in steps)
    return window[-1] + 1 if 2 * later >= len(steps) else window[0] - 1


def _adjoint(q: Quantity, system: System) -> Ref | None:
    """The derivative of the loss by a quantity, by its name."""
    if system.loss is None:
        return None
    name = f"d{text(system.loss)}/d{q.name}"
    return (Quantity(name, q.over).ref() if q.over else None) or Ref(name)


def _numbered(expr: Expr, step: int, system: System) -> Expr:
    """The number of the step, where it stands as a number: exp(-r*t) at t = 2."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and is_step(node, system):
            return Number(str(step)) if node.name != "T" else node
        return node

    return put(expr) if isinstance(expr, Ref) else _but_sums(expr, put)


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
