"""Formulas of scalars as neurons: sums of inputs times weights under a function, layer over layer.

A summand is a weight times one source; a source is an input, or another neuron. What is no such sum
(a product of inputs, a quotient) is a node of its own, with its operation for a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from rnnhand.calculus.coefficients import MINUS_ONE, in_numbers
from rnnhand.calculus.scalars import tidied, times, total
from rnnhand.calculus.tidy import ONE
from rnnhand.errors import failure
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import COMPARISONS, Apply, Expr, Number, Ref, children, refs

LINEAR = ""
"""The symbol of a neuron with no function over its sum."""

WHOLE = "whole"
"""What a formula computes that is one node: of all that it reads, it is not drawn how."""

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Link:
    start: str
    weight: Expr | None
    """None where there is nothing to weigh: an argument of an operation."""


@dataclass(frozen=True)
class Neuron:
    """`op` is the function over the weighted sum, the operation, or LINEAR; `threshold` is a
    comparison with 0. An input has no links and nothing else."""

    key: str
    name: Ref | None
    op: str = LINEAR
    links: tuple[Link, ...] = ()
    bias: tuple[Expr, ...] = ()
    is_input: bool = False
    spelled: Expr | None = None
    """What it computes, where it has no name."""


@dataclass
class Wiring:
    """Collects neurons; equal formulas, of the same letters, are one neuron."""

    functions: Functions
    is_input: Callable[[Ref], bool]
    limit: int
    found: dict[str, Neuron] = field(default_factory=dict)

    def equation(self, name: Ref, expr: Expr) -> str:
        """The neuron that a named entry is."""
        return self.neuron(expr, name)

    def whole(self, name: Ref, read: Iterable[Expr]) -> None:
        """A named entry as one node that reads others as they are."""
        links = tuple(Link(self.source(e), None) for e in dict.fromkeys(read) if self.varies(e))
        self.add(Neuron(text(name), name, WHOLE, links))

    def source(self, expr: Expr) -> str:
        """The node that an expression is: an input, a neuron that has a name, or a new one."""
        if isinstance(expr, Ref):
            key = text(expr)
            if key not in self.found:
                self.add(Neuron(key, expr, is_input=True))
            return key
        key = f"({text(expr)})"
        return key if key in self.found else self.neuron(expr, None)

    def neuron(self, expr: Expr, name: Ref | None) -> str:
        key = text(name) if name is not None else f"({text(expr)})"
        op, inner = self.over(expr)
        if inner is None:
            links = tuple(
                Link(self.source(arg), None) for arg in children(expr) if self.varies(arg)
            )
            self.add(Neuron(key, name, op, links, spelled=None if name else expr))
            return key
        links_, bias = self.summed(inner)
        spelled = None if name else expr
        self.add(Neuron(key, name, op, tuple(links_), _uncancelled(bias), spelled=spelled))
        return key

    def add(self, neuron: Neuron) -> None:
        if len(self.found) >= self.limit:
            raise failure("graph-too-large", None, "hint-graph-neurons", limit=self.limit)
        self.found[neuron.key] = neuron

    def over(self, expr: Expr) -> tuple[str, Expr | None]:
        """The function over a sum, and the sum; or an operation, and None."""
        zero = Number("0")
        match expr:
            case Apply("max" as op, (a, b)) if zero in (a, b):
                return "max(0, ·)", b if a == zero else a
            case Apply(op, (a, b)) if op in COMPARISONS:
                sign = {">=": "≥", "<=": "≤", "!=": "≠", "==": "="}.get(op, op)
                return f"[· {sign} 0]", a if b == zero else total([a, times(MINUS_ONE, b)])
            case Apply(op, (a, *rest)) if op in self.functions and not any(
                self.varies(r) for r in rest
            ):
                return self.functions[op].notation or op, a
            case Apply("exp" | "log" | "sqrt" as op, (a,)):
                return {"log": "ln", "sqrt": "√"}.get(op, op), a
            case Apply("^", (a, Number() as n)) if n.text.lstrip("-").isdigit():
                return f"( ){n.text.translate(SUPERSCRIPTS)}", None
            case Apply("^", (a, n)) if self.varies(a):
                return "( )^" if self.varies(n) else f"( )^{text(n)}", None
            case Apply("+" | "-" | "neg", _) | Ref() | Number():
                return LINEAR, expr
            case Apply("*", args) if sum(map(self.varies, args)) == 1:
                return LINEAR, expr
            case Apply("/", (_, b)) if not self.varies(b):
                return LINEAR, expr
            case _ if not self.varies(expr):
                return LINEAR, expr
            case Apply(op, _):
                known = self.functions[op].notation if op in self.functions else None
                return known or {"*": "×", "/": "÷"}.get(op, op), None
            case _:
                raise AssertionError(expr)

    def varies(self, expr: Expr) -> bool:
        """Whether an input, or what is computed from one, stands in an expression."""
        return any(self.is_input(r) for r in refs(expr))

    def summed(self, expr: Expr) -> tuple[list[Link], list[Expr]]:
        """Weighted sources and constants of a sum; two summands of one source are one link."""
        weights: dict[str, list[Expr]] = {}
        constants: list[Expr] = []
        for weight, term in self.terms(expr, Number("1")):
            if term is None:
                constants.append(weight)
            else:
                weights.setdefault(self.source(term), []).append(weight)
        return [Link(k, total(w)) for k, w in weights.items()], constants

    def terms(self, expr: Expr, weight: Expr) -> list[tuple[Expr, Expr | None]]:
        """(weight, source) of every summand; a constant has no source."""
        if not self.varies(expr):
            constant = _scaled(weight, expr)
            return [] if constant == Number("0") else [(in_numbers(constant), None)]
        match expr:
            case Apply("+", args):
                return [t for arg in args for t in self.terms(arg, weight)]
            case Apply("-", (a, b)):
                return [*self.terms(a, weight), *self.terms(b, _negative(weight))]
            case Apply("neg", (a,)):
                return self.terms(a, _negative(weight))
            case Apply("*", args) if sum(map(self.varies, args)) == 1:
                for arg in args:
                    if not self.varies(arg):
                        weight = _scaled(weight, arg)
                (inner,) = (a for a in args if self.varies(a))
                return self.terms(inner, in_numbers(weight))
            case Apply("*", args) if any(not self.varies(a) for a in args):
                for arg in args:
                    if not self.varies(arg):
                        weight = _scaled(weight, arg)
                product = Apply("*", tuple(a for a in args if self.varies(a)))
                return [(in_numbers(weight), product)]
            case Apply("/", (a, b)) if not self.varies(b):
                part = Apply("/", (Number("1"), b))
                return self.terms(a, in_numbers(_scaled(weight, in_numbers(part))))
            case _:
                return [(weight, expr)]


def numbered(
    found: Mapping[str, Neuron], values: Mapping[Expr, Expr], entries: Set[Expr]
) -> dict[str, Neuron]:
    """Neurons with their weights in numbers. Where a matrix has a 0 nothing is read, and where it
    gives one source times 1 it gives that source."""

    def put(expr: Expr) -> Expr:
        if isinstance(expr, Apply):
            return in_numbers(replace(expr, args=tuple(put(a) for a in expr.args)))
        return values.get(expr, expr)

    def links_of(n: Neuron) -> Iterator[tuple[Link, bool]]:
        for read in n.links:
            start = same.get(read.start, read.start)
            if read.weight is None:
                # an operation reads its arguments as they are; a matrix said 1 before this one
                yield Link(start, ONE if read.start in same else None), False
                continue
            weight, of_matrix = tidied(put(read.weight)), not entries.isdisjoint(refs(read.weight))
            if not of_matrix or weight != Number("0"):
                yield Link(start, weight), of_matrix

    same: dict[str, str] = {}
    known: dict[str, Neuron] = {}
    for key, n in found.items():
        links = list(links_of(n))
        bias = tuple(b for b in map(tidied, map(put, n.bias)) if b != Number("0"))
        match links:
            case [(Link(start, Number("1")), True)] if not (n.name or n.op or bias):
                same[key] = start
                continue
        spelled = None if n.spelled is None else tidied(put(n.spelled))
        known[key] = replace(n, links=tuple(k for k, _ in links), bias=bias, spelled=spelled)
    rest = [key for key, n in known.items() if n.name is not None and not n.is_input]
    read = set(rest)
    while rest:
        new = {w.start for w in known[rest.pop()].links} - read
        read |= new
        rest += new
    return {key: n for key, n in known.items() if key in read}


def _scaled(weight: Expr, expr: Expr) -> Expr:
    """Their product, with −1 as a sign."""
    if weight == MINUS_ONE:
        return _negative(expr)
    return _negative(weight) if expr == MINUS_ONE else times(weight, expr)


def _negative(weight: Expr) -> Expr:
    match weight:
        case Number():
            return Number(str(-weight.value))
        case Apply("neg", (positive,)):
            return positive
        case _:
            return Apply("neg", (weight,))


def _uncancelled(terms: Iterable[Expr]) -> tuple[Expr, ...]:
    """Summands, without those that another one takes away."""
    kept: list[Expr] = []
    for term in terms:
        if (opposite := _negative(term)) in kept:
            kept.remove(opposite)
        else:
            kept.append(term)
    return tuple(kept)
