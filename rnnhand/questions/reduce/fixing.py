"""`--set 'f=0, i=1, o=1, tanh(c)=c'`: a proposal, read into a choice of the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from rnnhand.calculus.choice import Choice, Side
from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.sides import SOURCE
from rnnhand.calculus.simplify import identity_matrix, is_identity, number
from rnnhand.calculus.views import summands
from rnnhand.errors import Failure, Span, failure
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite, walk
from rnnhand.questions.reduce.own_names import plain
from rnnhand.system.checks import suggestion_for

INFINITE = ("inf", "infinity", "oo", "∞")


@dataclass(frozen=True)
class Setting:
    """`left = right` with the place of the whole, and where the right side begins."""

    left: str
    right: str
    span: Span
    value: Span


def settings_in(written: str) -> Iterator[Setting]:
    """`f=0, i=1` one by one. Raises `Failure` for a part without `=`, and where there is none."""
    if not written.strip(" ,;"):
        raise failure("setting-none", Span(1, 1, max(len(written), 1)), "hint-setting")
    column = 1
    for part in _split(written):
        left, sign, right = part.partition("=")
        span = Span(1, column + _indent(part), max(len(part.strip()), 1))
        if part.strip():
            if not sign or not left.strip() or not right.strip() or "=" in right:
                raise failure("bad-setting", span, "hint-setting", found=part.strip()[:60])
            value = Span(1, column + len(left) + 1 + _indent(right))
            yield Setting(left.strip(), right.strip(), span, value)
        column += len(part) + 1


def _indent(part: str) -> int:
    return len(part) - len(part.lstrip())


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
    """The choice that a proposal makes. Raises `Failure` at the place of what is no part of it, or
    contradicts what stands before."""
    choice = Choice()
    for setting in settings_in(written):
        made = _with(choice, setting, meeting)
        _agrees(choice.values, made.values, setting)
        _agrees(choice.functions, made.functions, setting)
        choice = made
    return choice


def _agrees(before: Mapping[str, Expr | str], now: Mapping[str, Expr | str], by: Setting) -> None:
    for key, old in before.items():
        if now[key] != old:
            first, second = (_written(value) for value in (old, now[key]))
            raise failure(
                "setting-twice",
                by.span,
                "hint-setting-twice",
                name=plain(key),
                first=first,
                second=second,
            )


def _written(value: Expr | str) -> str:
    if isinstance(value, str):
        return value
    return "I" if is_identity(value) else text(value)


def _with(choice: Choice, setting: Setting, meeting: Meeting) -> Choice:
    side, functions = meeting.source, meeting.facts.functions
    left, right, span = setting.left, setting.right, setting.span
    name = parse_expression(left, origin=replace(span, width=1))
    if isinstance(name, Apply) and len(name.args) == 1 and name.op not in ("neg", "T"):
        return _function_removed(choice, name, setting, meeting)
    if not isinstance(name, Ref):
        raise failure("bad-setting", span, "hint-setting", found=left[:60])
    key = SOURCE + _known(name.name, side)
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
        return replace(choice, values={**choice.values, key: _number(setting)})
    if key in side.parameters:
        return _parameter(choice, key, setting, meeting)
    raise _unknown(name.name, side, span)


def _known(name: str, side: Side) -> str:
    """A name of the cell; f_t, as pages show f[t], is f where the cell has no f_t."""
    names = {*side.bodies, *side.parameters, *side.open}
    stem, _, step = name.rpartition("_")
    short = step == "t" and SOURCE + name not in names and SOURCE + stem in side.bodies
    return stem if short else name


def _unknown(name: str, side: Side, span: Span) -> Failure:
    """A name that the cell does not have."""
    known = [plain(n) for n in (*side.bodies, *sorted(side.parameters), *sorted(side.open))]
    meant, hint = suggestion_for(name, frozenset(known))
    shown = ", ".join(known)
    return failure("setting-unknown", span, hint, name=name[:60], known=shown, suggestion=meant)


def _number(setting: Setting) -> Number:
    value = constant_of(parse_expression(setting.right, origin=setting.value))
    if value is None:
        raise failure("setting-value", setting.span, "hint-setting", found=setting.right[:60])
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


def _parameter(choice: Choice, key: str, setting: Setting, meeting: Meeting) -> Choice:
    """A parameter as a number, as the identity matrix, or as a bias far out."""
    right, span = setting.right, setting.span
    if right.lstrip("+-−") in INFINITE:
        sign = -1 if right[0] in "-−" else 1
        return _far_out(choice, key, sign, span, meeting)
    rows, columns = meeting.facts.shape(Ref(key))
    value: Expr
    if right == "I":
        if rows != columns:
            raise failure("setting-identity", span, name=plain(key))
        value = identity_matrix(rows)
    else:
        value = _number(setting)
        if value.value and columns > 1:
            raise failure("setting-matrix", span, name=plain(key), found=right)
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
    raise failure("setting-infinite", span, name=plain(key))


def _function_removed(choice: Choice, left: Apply, setting: Setting, meeting: Meeting) -> Choice:
    """tanh(c) = c: that application of a function is the identity."""
    side, right, span = meeting.source, setting.right, setting.span
    names = {
        alias: f.name for f in meeting.facts.functions.values() for alias in (f.name, *f.aliases)
    }
    op, wanted = names.get(left.op, left.op), _as_known(left.args[0], side)
    if _as_known(parse_expression(right, origin=setting.value), side) != wanted:
        raise failure("setting-removed", span, "hint-setting", found=f"{text(left)} = {right}"[:60])
    for body in side.bodies.values():
        for node in walk(body):
            if isinstance(node, Apply) and node.op in side.functions:
                same = side.functions[node.op] == op or plain(node.op) == left.op
                if same and _bare(node.args[0]) == wanted:
                    return replace(choice, functions={**choice.functions, node.op: "identity"})
    raise failure("setting-unknown", span, name=text(left)[:60], known=", ".join(_sites(side)))


def _as_known(expr: Expr, side: Side) -> Expr:
    """The same of what a user writes, c_t among it."""

    def put(node: Expr) -> Expr:
        return replace(node, name=_known(node.name, side)) if isinstance(node, Ref) else node

    return _bare(rewrite(expr, put))


def _sites(side: Side) -> Iterator[str]:
    for body in side.bodies.values():
        for node in walk(body):
            if isinstance(node, Apply) and node.op in side.functions:
                yield f"{plain(side.functions[node.op])}({text(_bare(node.args[0]))})"


def _bare(expr: Expr) -> Expr:
    """The expression with the source's own names, indices at t left out."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        now = getattr(node.index, "offset", 1) == 0
        return replace(node, name=plain(node.name), index=None if now else node.index)

    return rewrite(expr, put)
