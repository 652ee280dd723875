"""What sign and arrows of a quantity say of how it is computed, where it is one node."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rnnhand.calculus.coefficients import constant, factored, is_weight
from rnnhand.calculus.network import BESIDE, Level, Network
from rnnhand.calculus.weights import standing, unboxed, weighed
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, walk
from rnnhand.questions.subjects import Subject, Wish
from rnnhand.system.model import Role, System
from rnnhand.system.windows import WINDOWED

MOST, LONGEST = 6, 80
"""How many equations stand below a picture, and how many characters of each."""


def joint(expr: Expr, system: System) -> str:
    """+ where arrows are the summands and nothing else is done to them. Where a constant is added
    too, its own sign stands in the node."""
    inner, names = _inside(expr, system)
    parts, added = _summands(inner, names)
    if len(parts) > 1 and _are_arrows(parts):
        return "" if added else "+"
    return ""


def untold(subject: Subject, wish: Wish, found: Network) -> list[Expr]:
    """The equations of quantities of which neither sign nor arrows say how they are computed, as
    far as they stand on a line; none where they are too many to be read below a picture."""
    if wish.level is not Level.QUANTITIES or wish.labels == "slopes":
        return []
    system = subject.system
    shown = {v.row for v in found.vertices.values() if v.ref is not None and v.op}
    said: list[Expr] = [
        Apply("=", (e.target, subject.math(e.body)))
        for e in system.equations
        if str(system.quantity(e.target)) in shown and not is_told(e.body, system)
    ]
    lines = [e for e in said if len(text(e)) <= LONGEST and not _is_high(e)]
    return lines if len(lines) <= MOST else []


def _is_high(expr: Expr) -> bool:
    """Whether something in a formula stands above something else."""
    return any(isinstance(node, Apply) and node.op == ";" for node in walk(expr))


def is_told(expr: Expr, system: System) -> bool:
    """Whether they say all: a function of a sum of weighted arrows, a sum over steps or entries of
    what one arrow gives, a stack of arrows."""
    inner, names = _inside(expr, system)
    match inner:
        case Over(_, _, body) | Apply("sum" | "mean", (body,)):
            return _is_simple(body, names)
        case Apply(";" | ",", args):
            return _are_arrows(args)
        case Apply(op, args) if op in WINDOWED:
            return all(isinstance(a, Ref | Number) for a in args)
        case _:
            return _is_simple(inner, names)


def _inside(expr: Expr, system: System) -> tuple[Expr, Collection[str]]:
    """What stands under the function of a node, with a name for each node of its own; and the
    parameters that are its weights."""
    functions = {*BESIDE, *system.functions}
    given = {g.quantity.name for g in system.with_role(Role.PARAMETER)}
    names = standing([expr], given, functions)
    return unboxed(weighed(expr, names, functions).expr, functions), names


def _is_simple(expr: Expr, names: Collection[str]) -> bool:
    return _are_arrows(_summands(expr, names)[0])


def _are_arrows(parts: Collection[Expr]) -> bool:
    return all(isinstance(part, Ref) for part in parts)


def _summands(expr: Expr, names: Collection[str]) -> tuple[list[Expr], bool]:
    """What a sum adds up, without its weights, and whether it adds constants too."""
    terms = list(_terms(expr, names))
    parts = [e for e in terms if constant(e) is None and not is_weight(e, names)]
    return parts, len(parts) < len(terms)


def _terms(expr: Expr, names: Collection[str]) -> Iterator[Expr]:
    match expr:
        case Apply("+" | "-" | "neg", args):
            for arg in args:
                yield from _terms(arg, names)
        case Apply("/", (a, Number())) if constant(expr) is None:
            yield from _terms(a, names)
        case Apply("*" | "@", _):
            found = factored(expr, names)
            alone = len(found.own) <= 1 and len(found.others) == 1
            yield found.others[0] if alone else expr
        case _:
            yield expr
