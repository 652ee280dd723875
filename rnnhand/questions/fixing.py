"""`--set 'f=0, i=1, o=1, tanh(c)=c'`: a proposal, read into a choice of the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from rnnhand.calculus.choice import Choice, Side
from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.sides import SOURCE
from rnnhand.calculus.simplify import identity_matrix, number
from rnnhand.calculus.views import summands
from rnnhand.errors import Span, failure
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite, walk

INFINITE = ("inf", "infinity", "oo", "∞")


def parts_of(written: str) -> Iterator[tuple[str, str, Span]]:
    """`f=0, i=1` as pairs of texts with their places. Raises `Failure` for a part without `=`."""
    column = 1
    for part in _split(written):
        left, sign, right = part.partition("=")
        span = Span(1, column + len(part) - len(part.lstrip()), max(len(part.strip()), 1))
        if part.strip():
            if not sign or not left.strip() or not right.strip():
                raise failure("bad-setting", span, "hint-setting", found=part.strip()[:60])
            yield left.strip(), right.strip(), span
        column += len(part) + 1


def _split(written: str) -> Iterator[str]:
    """The text at its commas outside of brackets."""
    depth, start = 0, 0
    for i, c in enumerate(written):
        depth += (c in "([{") - (c in ")]}")
        if c in ",;" and depth <= 0:
            yield written[start:i]
            start = i + 1
    yield written[start:]


def proposed(written: str, meeting: Meeting) -> Choice:
    """The choice that a proposal makes. Raises `Failure` at the place of what is no part of it."""
    choice = Choice()
    for left, right, span in parts_of(written):
        choice = _with(choice, left, right, span, meeting)
    return choice


def _with(choice: Choice, left: str, right: str, span: Span, meeting: Meeting) -> Choice:
    side, functions = meeting.source, meeting.facts.functions
    origin = replace(span, width=1)
    name = parse_expression(left, origin=origin)
    if isinstance(name, Apply) and len(name.args) == 1 and name.op not in ("neg", "T"):
        return _function_removed(choice, name, right, span, meeting)
    if not isinstance(name, Ref):
        raise failure("bad-setting", span, "hint-setting", found=left[:60])
    key = SOURCE + name.name
    if key in side.open:
        names = {alias: f.name for f in functions.values() for alias in (f.name, *f.aliases)}
        if right not in names:
            known = ", ".join(sorted(functions))
            raise failure("setting-function", span, found=right[:60], name=left, known=known)
        return replace(choice, functions={**choice.functions, key: names[right]})
    sites = [site for site, op in side.functions.items() if op == name.name]
    if sites and name.index is None and right in ("identity", "1"):
        removed = dict.fromkeys(sites, "identity")
        return replace(choice, functions={**choice.functions, **removed})
    if key in side.bodies:
        if key == side.gives:
            raise failure("setting-output", span, name=name.name)
        return replace(choice, values={**choice.values, key: _number(right, span)})
    if key in side.parameters:
        return _parameter(choice, key, right, span, meeting)
    known = ", ".join(
        _plain(n) for n in (*side.bodies, *sorted(side.parameters), *sorted(side.open))
    )
    raise failure("setting-unknown", span, name=name.name[:60], known=known)


def _plain(name: str) -> str:
    return name.removeprefix(SOURCE)


def _number(right: str, span: Span) -> Number:
    value = constant_of(parse_expression(right, origin=replace(span, width=1)))
    if value is None:
        raise failure("setting-value", span, "hint-setting", found=right[:60])
    return number(value)


def constant_of(expr: Expr) -> Fraction | None:
    match expr:
        case Number():
            return expr.value
        case Apply("neg", (a,)):
            value = constant_of(a)
            return None if value is None else -value
        case Apply("/", (Number() as a, Number() as b)) if b.value:
            return a.value / b.value
        case _:
            return None


def _parameter(choice: Choice, key: str, right: str, span: Span, meeting: Meeting) -> Choice:
    """A parameter as a number, as the identity matrix, or as a bias far out."""
    if right.lstrip("+-−") in INFINITE:
        sign = -1 if right[0] in "-−" else 1
        return _far_out(choice, key, sign, span, meeting)
    rows, columns = meeting.facts.shape(Ref(key))
    value: Expr
    if right == "I":
        if rows != columns:
            raise failure("setting-identity", span, name=_plain(key))
        value = identity_matrix(rows)
    else:
        value = _number(right, span)
        if value.value and columns > 1:
            raise failure("setting-matrix", span, name=_plain(key), found=right)
    return replace(
        choice, values={**choice.values, **dict.fromkeys(_blocks(key, meeting.source), value)}
    )


def _blocks(key: str, side: Side) -> list[str]:
    """A parameter, or the blocks as which it stands in the equations."""
    cut = {
        text(n)
        for body in side.bodies.values()
        for n in walk(body)
        if isinstance(n, Apply) and n.op == "columns" and n.args[0] == Ref(key)
    }
    return sorted(cut) or [key]


def _far_out(choice: Choice, key: str, sign: int, span: Span, meeting: Meeting) -> Choice:
    """b → ±∞ fixes the sequence whose function has the bias as a summand of its argument."""
    for q, body in meeting.source.bodies.items():
        if not isinstance(body, Apply) or body.op not in meeting.source.functions:
            continue
        for c, term in summands(body.args[0]):
            if term == Ref(key):
                op = choice.functions.get(body.op) or meeting.source.functions[body.op]
                limit = meeting.facts.limit(op, sign if c > 0 else -sign)
                if limit is not None:
                    return replace(choice, values={**choice.values, q: number(limit)})
    raise failure("setting-infinite", span, name=_plain(key))


def _function_removed(
    choice: Choice, left: Apply, right: str, span: Span, meeting: Meeting
) -> Choice:
    """tanh(c) = c: that application of a function is the identity."""
    side = meeting.source
    names = {
        alias: f.name for f in meeting.facts.functions.values() for alias in (f.name, *f.aliases)
    }
    op, wanted = names.get(left.op, left.op), _bare(left.args[0])
    if _bare(parse_expression(right, origin=replace(span, width=1))) != wanted:
        raise failure("setting-removed", span, "hint-setting", found=f"{text(left)} = {right}"[:60])
    for body in side.bodies.values():
        for node in walk(body):
            if isinstance(node, Apply) and node.op in side.functions:
                same = side.functions[node.op] == op or _plain(node.op) == left.op
                if same and _bare(node.args[0]) == wanted:
                    return replace(choice, functions={**choice.functions, node.op: "identity"})
    raise failure("setting-unknown", span, name=text(left)[:60], known=", ".join(_sites(side)))


def _sites(side: Side) -> Iterator[str]:
    for body in side.bodies.values():
        for node in walk(body):
            if isinstance(node, Apply) and node.op in side.functions:
                yield f"{_plain(side.functions[node.op])}({text(_bare(node.args[0]))})"


def _bare(expr: Expr) -> Expr:
    """The expression with the source's own names, indices at t left out."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        now = getattr(node.index, "offset", 1) == 0
        return replace(node, name=_plain(node.name), index=None if now else node.index)

    return rewrite(expr, put)
