"""Products of two quantities that both depend on the input, as a gate has them with what it lets
through.

Where the equations of a cell have only sums of what depends on the input, times parameters, and
functions of one argument, no choice of parameters and of such functions makes a product of two
different ones; what can be fixed takes things out and puts nothing in.
"""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.choice import Side
from rnnhand.calculus.limits import is_logistic
from rnnhand.calculus.sides import reached
from rnnhand.calculus.simplify import Facts, TooLarge, normal
from rnnhand.calculus.views import factors
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, walk
from rnnhand.questions.reduce.obstacle_terms_where import are_apart

LINEAR = ("+", "-", "neg", "T", ";", ",", "columns", "rows", "diag")
"""What makes no product of what it is applied to."""


def product_missing(source: Side, target: Side, facts: Facts) -> Expr | None:
    """The shortest product of the goal, where the source has none and can have none.

    Where functions of the goal have weights in common, its product may be a sum:
    tanh(2)·(1 − tanh(a + 1)·tanh(a − 1)) = tanh(a + 1) − tanh(a − 1)."""
    if not _has_sums_only(source) or not _keeps_to_sums(source, facts):
        return None
    if not are_apart(target):
        return None
    bodies = [target.bodies[q] for q in reached(target, target.gives) if q in target.bodies]
    try:
        found = [p for body in bodies for p in products(normal(body, facts), target)]
    except TooLarge:
        return None
    return min(found, key=lambda p: (len(text(p)), text(p)), default=None)


def _signals(side: Side) -> frozenset[str]:
    """The input, and the sequences that depend on it."""
    return frozenset({side.reads} | {q for q in side.bodies if side.reads in reached(side, q)})


def _has_sums_only(side: Side) -> bool:
    signals = _signals(side)
    for q in reached(side, side.gives) & side.bodies.keys():
        for node in walk(side.bodies[q]):
            if not isinstance(node, Apply) or node.op in LINEAR:
                continue
            moving = [any(r.name in signals for r in refs(a)) for a in node.args]
            product = node.op in ("*", "@") or (node.op == "/" and not moving[1])
            function = node.op in side.functions and len(node.args) == 1
            if any(moving) and not function and not (product and sum(moving) == 1):
                return False
    return True


def _keeps_to_sums(side: Side, facts: Facts) -> bool:
    """Whether no function makes a product of a sum by itself, as (a + b)² does: all are σ or tanh,
    or lines with kinks. An open function stands for one of these."""
    names = {op for key, op in side.functions.items() if key not in side.open}
    return all(_is_plain(op, facts) for op in names)


def _is_plain(op: str, facts: Facts) -> bool:
    function = facts.functions.get(op)
    if function is None:
        return False
    if is_logistic(function, facts.functions):
        return True
    made = {node.op for node in walk(function.value) if isinstance(node, Apply)}
    return made <= {"max", "min", "+", "-", "neg"} or op == "identity"


def products(expr: Expr, side: Side) -> Iterator[Expr]:
    """The products in a normal form of two factors or more that depend on the input. x·f(x) is
    left out: some functions of one argument are such products themselves."""
    signals = _signals(side)
    for node in walk(expr):
        if isinstance(node, Apply) and node.op == "*":
            moving = [p for p in factors(node)[1] if any(r.name in signals for r in refs(p))]
            if len({_argument(p, side) for p in moving}) > 1:
                yield moving[0] if len(moving) == 1 else Apply("*", tuple(_in_order(moving)))


def _argument(factor: Expr, side: Side) -> Expr:
    """What a function is applied to; anything else itself, without a power."""
    match factor:
        case Apply("^", (base, Number())):
            return _argument(base, side)
        case Apply(op, (inner,)) if op in side.functions:
            return inner
        case _:
            return factor


def _in_order(parts: list[Expr]) -> list[Expr]:
    """Functions, such as gates, before what they let through."""
    return sorted(parts, key=lambda p: isinstance(p, Ref))
