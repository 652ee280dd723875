"""Where parameters stand as weights: before what they multiply, or alone in a sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rnnhand.calculus.coefficients import (
    MINUS_ONE,
    before,
    constant,
    factored,
    in_numbers,
    is_weight,
    multiplied,
)
from rnnhand.calculus.scalars import total
from rnnhand.calculus.tidy import ONE
from rnnhand.language.tree import (
    Apply,
    Expr,
    Number,
    Over,
    Ref,
    children,
    refs,
    walk,
    with_children,
)

Weighted = tuple[Expr, Expr | None]
"""What is weighted, and the weight before it."""


def unboxed(expr: Expr, functions: Collection[str]) -> Expr:
    """What stands under the function that is drawn together with it."""
    match expr:
        case Apply(op, (arg,)) if op == "softmax" or op in functions:
            return arg
        case _:
            return expr


def standing(
    bodies: Sequence[Expr], names: Collection[str], functions: Collection[str]
) -> set[str]:
    """The parameters that are weights or biases wherever formulas mention them, each formula drawn
    as one node; all others vary, as data do."""
    found = set(names)
    while other := {n for body in bodies for n in _elsewhere(body, found, functions)}:
        found -= other
    return found


def _elsewhere(expr: Expr, names: Collection[str], functions: Collection[str]) -> Iterator[str]:
    """The parameters that stand in a formula as something else too."""
    found = weighed(expr, names, functions)
    outermost = unboxed(found.expr, functions)
    shown = found.shown + Counter(r.name for r in biases(outermost, names))
    yield from _more(found.expr, names, shown)
    for part in found.parts.values():
        yield from _elsewhere(part, names, functions)


def standing_inside(bodies: Sequence[Expr], names: Collection[str]) -> set[str]:
    """The same where operations have nodes of their own."""
    found = set(names)
    while other := {
        n for body in bodies for n in _more(body, found, Counter(_inside(body, found)))
    }:
        found -= other
    return found


def _more(expr: Expr, names: Collection[str], shown: Counter[str]) -> Iterator[str]:
    """The parameters that a formula mentions more often than they are shown."""
    mentioned = Counter(r.name for r in refs(expr) if r.name in names)
    return (name for name, times in mentioned.items() if times > shown[name])


def _inside(expr: Expr, names: Collection[str]) -> Iterator[str]:
    """The parameters before one operand each that varies, and those that are added to one."""
    for node in walk(expr):
        if not isinstance(node, Apply) or all(r.name in names for r in refs(node)):
            continue
        if node.op in ("*", "@"):
            found = factored(node, names)
            if len(found.own) == 1 and found.others:
                yield from (r.name for r in refs(found.own[0]))
        elif node.op == "+":
            yield from (a.name for a in node.args if isinstance(a, Ref) and a.name in names)


def is_stack(expr: Expr) -> bool:
    """Whether an expression is made of others that stand below or beside one another, [h; x]: a
    weight multiplies all of it."""
    return isinstance(expr, Apply) and expr.op in (";", ",")


def biases(expr: Expr, names: Collection[str]) -> Iterator[Ref]:
    """The parameters that are added, alone, to what varies, in the outermost sum."""
    match expr:
        case Apply("+", args):
            alone = [a for a in args if isinstance(a, Ref) and a.name in names]
            if any(r.name not in names for r in refs(expr)):
                yield from alone
            for arg in args:
                if arg not in alone:
                    yield from biases(arg, names)
        case Apply("-", (a, _)):
            yield from biases(a, names)


def constants(expr: Expr) -> Iterator[Expr]:
    """The numbers that are added in the outermost sum."""
    if any(refs(expr)):
        for number, term in _summands(expr, None):
            value = multiplied(number, constant(term)) if constant(term) else None
            if value is not None:
                yield value


# A formula drawn as one node


@dataclass(frozen=True)
class Weighed:
    """A formula with what stands before each mention: `labels`. In `expr` there is a name for each
    of `parts`, what a weight multiplies as a whole: r*h in U*(r*h). `shown` is how often each
    parameter stands in a label."""

    expr: Expr
    parts: Mapping[Ref, Expr]
    labels: Mapping[Ref, Expr]
    shown: Counter[str]

    @property
    def used(self) -> set[str]:
        """The parameters that stand nowhere else."""
        mentioned = Counter(r.name for r in refs(self.expr))
        return {name for name, times in self.shown.items() if mentioned[name] == times}


def weighed(expr: Expr, names: Collection[str], functions: Collection[str]) -> Weighed:
    """A formula with its weights on what they multiply. Functions inside it that have weights of
    their own are parts: else these would seem to be those of the whole. Where something is
    mentioned under a function and outside of it with different weights, that is a part too."""
    found = _Weighing(names, functions, ())
    whole = found.outermost(expr)
    if found.clashes():
        found = _Weighing(names, functions, functions)
        whole = found.outermost(expr)
    labels = {ref: label for ref in found.before if (label := found.label(ref)) is not None}
    shown = {r.name for label in labels.values() for r in refs(label)}
    counted = Counter({name: found.counted[name] for name in shown})
    return Weighed(whole, found.parts, labels, counted)


@dataclass(frozen=True)
class _Before:
    """What stands before a part of a formula. `linear` says that the formula is a sum in which the
    part is a summand, so that a number before it is all that multiplies it; in a sum over steps
    nothing can be taken out of it (`running`)."""

    number: Number | None = None
    weight: Expr | None = None
    linear: bool = True
    running: bool = False

    def scaled(self, by: Number | None) -> _Before:
        return replace(self, number=multiplied(self.number, by))

    def negated(self) -> _Before:
        """A minus under a function says nothing of the whole."""
        return self.scaled(MINUS_ONE) if self.linear else self

    def bare(self) -> _Before:
        return _Before(None, None, False, self.running)

    @property
    def label(self) -> Expr | None:
        if self.weight is None and not self.linear:
            return None
        return before(self.number, self.weight)


@dataclass
class _Weighing:
    names: Collection[str]
    functions: Collection[str]
    """Functions that are parts where they have weights inside, but outermost."""

    apart: Collection[str]
    """Functions that are parts wherever they stand but outermost."""

    before: dict[Ref, list[_Before]] = field(default_factory=dict)
    parts: dict[Ref, Expr] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)

    def outermost(self, expr: Expr) -> Expr:
        inner = unboxed(expr, self.functions)
        if inner is expr and isinstance(expr, Apply) and expr.op in self.functions:
            return self.all(expr, _Before().bare())  # of several arguments, as clip is
        found = self.visit(inner, _Before())
        return found if inner is expr else with_children(expr, (found,))

    def clashes(self) -> bool:
        return any(
            len({b.label for b in found}) > 1 and not all(b.linear for b in found)
            for found in self.before.values()
        )

    def label(self, ref: Ref) -> Expr | None:
        """What stands before a mention; before several of a sum, all of it together."""
        found = self.before[ref]
        labels = {b.label: None for b in found}
        if len(found) > 1 and all(b.linear for b in found):
            return in_numbers(total([b.label or ONE for b in found]))
        return next(iter(labels)) if len(labels) == 1 else None

    def part(self, expr: Expr, ahead: _Before) -> Expr:
        """A name for a part that is drawn as a node."""
        name = Ref(f"part {len(self.parts) + 1}")
        self.parts[name] = expr
        self.before.setdefault(name, []).append(ahead)
        return name

    def varies(self, expr: Expr) -> bool:
        return any(r.name not in self.names for r in refs(expr))

    def weighs(self, expr: Expr) -> bool:
        return any(r.name in self.names for r in refs(expr))

    def visit(self, e: Expr, ahead: _Before) -> Expr:
        if is_weight(e, self.names):
            return e
        match e:
            case Number():
                return e
            case Ref():
                self.before.setdefault(e, []).append(ahead)
                return e
            case Apply("neg", _):
                return self.all(e, ahead.negated())
            case Apply("+" | ";" | "," | "T", _):
                return self.all(e, ahead)
            case Apply("-", (a, b)):
                return with_children(e, (self.visit(a, ahead), self.visit(b, ahead.negated())))
            case Apply("/", (a, Number() as n)) if n.value:
                by = Number(str(1 / n.value))
                return with_children(e, (self.visit(a, ahead.scaled(by)), n))
            case Apply("*" | "@", _):
                return self.product(e, ahead)
        if not ahead.running and self.varies(e):
            own = self.functions if self.weighs(e) else self.apart
            named = isinstance(e, Apply) and e.op in own
            if ahead.weight is not None or named:
                return self.part(e, ahead)
        inside = replace(ahead.bare(), running=ahead.running or isinstance(e, Over))
        return self.all(e, inside)

    def all(self, e: Expr, ahead: _Before) -> Expr:
        return with_children(e, tuple(self.visit(c, ahead) for c in children(e)))

    def product(self, e: Apply, ahead: _Before) -> Expr:
        found = factored(e, self.names)
        inner = ahead.scaled(found.number)
        if len(found.own) == 1 and found.others and (ahead.weight is None or ahead.running):
            self.counted.update(r.name for r in refs(found.own[0]))
            inner = replace(inner, weight=found.own[0])
            if (len(found.others) > 1 or is_stack(found.others[0])) and not ahead.running:
                return self.together(e, found.others, inner)
            return self.all(e, inner)
        if not found.own and len(found.others) == 1:
            return self.all(e, inner)
        if ahead.weight is not None and not ahead.running and self.varies(e):
            return self.part(e, ahead)
        inside = replace(ahead.bare(), weight=ahead.weight)
        return with_children(e, tuple(self.factor(c, inside) for c in children(e)))

    def factor(self, e: Expr, ahead: _Before) -> Expr:
        """A factor beside others that vary: a sum with weights, as in r*(U*h + b), is a part."""
        is_sum = isinstance(e, Apply) and e.op in ("+", "-")
        if is_sum and self.weighs(e) and self.varies(e) and not ahead.running:
            return self.part(e, ahead)
        return self.visit(e, ahead)

    def together(self, e: Apply, others: tuple[Expr, ...], ahead: _Before) -> Expr:
        """U*r*h as U before one part r*h."""
        name = self.part(others[0] if len(others) == 1 else replace(e, args=others), ahead)
        first = next(i for i, arg in enumerate(e.args) if arg in others)
        rest = [arg for arg in e.args[first:] if arg not in others]
        return replace(e, args=(*e.args[:first], name, *rest))


# A node for each operation


def weighted_sum(
    expr: Expr, names: Collection[str]
) -> tuple[list[Weighted], tuple[Expr, ...]] | None:
    """W @ x - U @ (r*h) + b as what is weighted, with the weights, and the constants; also the sum
    2*x + y; else None."""
    found = scaled_sum(expr, names)
    if found is None:
        return None
    weights = [r for _, weight in found[0] if weight is not None for r in refs(weight)]
    weights += [r for constant_ in found[1] for r in refs(constant_)]
    is_sum = isinstance(expr, Apply) and expr.op in ("+", "-")
    return found if weights or is_sum else None


def scaled_sum(
    expr: Expr, names: Collection[str]
) -> tuple[list[Weighted], tuple[Expr, ...]] | None:
    """The same, for a summand alone with a number before it too."""
    found: list[Weighted] = []
    added: list[Expr] = []
    written = False
    for number, term in _summands(expr, None):
        value = constant(term)
        alone = value or (term if is_weight(term, names) else None)
        if alone is not None:
            shown = before(number, alone) if value is None else multiplied(number, value)
            assert shown is not None
            added.append(shown)
            written = written or value is None
            continue
        inner, weight = term, before(number, None)
        if isinstance(term, Apply) and term.op in ("*", "@"):
            factors = factored(term, names)
            if len(factors.own) <= 1 and factors.others and (factors.own or factors.number):
                written = True
                one = len(factors.others) == 1
                inner = factors.others[0] if one else replace(term, args=factors.others)
                own = factors.own[0] if factors.own else None
                weight = before(multiplied(number, factors.number), own)
        found.append((inner, weight))
    return (found, tuple(added)) if found and written else None


def _summands(expr: Expr, number: Number | None) -> Iterator[tuple[Number | None, Expr]]:
    """The summands of a sum, each with the number before it."""
    match expr:
        case Apply("+", args):
            for arg in args:
                yield from _summands(arg, number)
        case Apply("-", (a, b)):
            yield from _summands(a, number)
            yield from _summands(b, multiplied(number, MINUS_ONE))
        case Apply("neg", (a,)):
            yield from _summands(a, multiplied(number, MINUS_ONE))
        case Apply("/", (a, Number() as n)) if n.value and constant(a) is None:
            yield from _summands(a, multiplied(number, Number(str(1 / n.value))))
        case _:
            yield number, expr
