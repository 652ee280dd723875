"""`--set 'f=0, i=1, o=1, tanh(c)=c'`: what a proposal says, as a choice of the search."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from rnnhand.calculus.choice import Choice, Side
from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.sides import SOURCE, plainly
from rnnhand.calculus.simplify import identity_matrix, is_identity, number
from rnnhand.calculus.views import block_of, summands
from rnnhand.errors import Failure, Span, failure
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, rewrite, walk
from rnnhand.questions.reduce.own_names import plain
from rnnhand.questions.reduce.settings import Setting, settings_in
from rnnhand.system.checks import suggestion_for

INFINITE = ("inf", "infinity", "oo", "∞")


def proposed(written: str, meeting: Meeting) -> Choice:
    """The choice that a proposal makes. Raises `Failure` at the place of what is no part of it, or
    contradicts what stands before."""
    choice = Choice()
    for setting in settings_in(written):
        made = _with(choice, setting, meeting)
        _agrees(choice.values, made.values, setting)
        _agrees(choice.functions, made.functions, setting)
        _agrees(_by_weights(made, meeting), made.values, setting)
        choice = made
    return choice


def _by_weights(choice: Choice, meeting: Meeting) -> dict[str, Expr]:
    """What the fixed sequences are by their weights alone, where all of these are fixed too."""
    side, found = meeting.source, dict[str, Expr]()
    for q in choice.values.keys() & side.bodies.keys():
        weights = {k: v for k, v in choice.values.items() if k != q}
        others = replace(choice, values=weights, known={})
        body = plainly(side, others, side.bodies[q], meeting.facts)
        if isinstance(body, Number):
            found[q] = body
    return found


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
    side = meeting.source
    left, right, span = setting.left, setting.right, setting.span
    name = parse_expression(left, origin=replace(span, width=1))
    if isinstance(name, Apply) and len(name.args) == 1 and name.op not in ("neg", "T"):
        return _function_removed(choice, name, setting, meeting)
    if not isinstance(name, Ref):
        raise failure("bad-setting", span, "hint-setting", found=left[:60])
    key = SOURCE + _known(name.name, side)
    names = _names(meeting)
    if key == side.gives:
        raise failure("setting-output", span, name=name.name)
    if key == side.reads:
        raise failure("setting-input", span, name=name.name)
    if key in side.bodies or key in side.parameters:
        _is_of_every_step(name, key, side, span)
    if key in side.open:
        if right not in names:
            known = ", ".join(sorted(meeting.facts.functions))
            raise failure("setting-function", span, found=right[:60], name=left, known=known)
        return replace(choice, functions={**choice.functions, key: names[right]})
    if key in side.bodies:
        return replace(choice, values={**choice.values, key: _number(setting, side)})
    if key in side.parameters:
        return _parameter(choice, key, setting, meeting)
    sites = [site for site, op in side.functions.items() if op == names.get(name.name)]
    if not sites or name.index is not None:
        raise _unknown(name.name, side, span)
    if right != "identity":
        place = min((f"{site}={argument}" for site, argument in _sites(side, sites)), key=len)
        raise failure("setting-whole-function", span, name=left, found=right[:60], place=place)
    return replace(choice, functions={**choice.functions, **dict.fromkeys(sites, "identity")})


def _names(meeting: Meeting) -> dict[str, str]:
    """The functions by all their names: sigmoid, σ."""
    functions = meeting.facts.functions.values()
    return {alias: f.name for f in functions for alias in (f.name, *f.aliases)}


def _is_of_every_step(name: Ref, key: str, side: Side, span: Span) -> None:
    """Raises `Failure` for f[1] and f[t-1]: what is fixed is fixed at all steps."""
    if name.index is None or (key not in side.parameters and name.index == Shift("t")):
        return
    raise failure("setting-step", span, name=plain(key), found=text(name))


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


def _number(setting: Setting, side: Side) -> Number:
    right = parse_expression(setting.right, origin=setting.value)
    value = constant_of(right)
    if value is None:
        names = {SOURCE + ref.name for ref in refs(right)}
        ties = names and names <= side.bodies.keys() | side.parameters
        hint = "hint-setting-tied" if ties else "hint-setting"
        raise failure("setting-value", setting.span, hint, found=setting.right[:60])
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
        value = _number(setting, meeting.source)
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
            elif _weighs(key, term):
                beside = text(_bare(term))
                raise failure("setting-infinite-weight", span, name=plain(key), term=beside)
    raise failure("setting-infinite", span, name=plain(key))


def _weighs(key: str, term: Expr) -> bool:
    """Whether a parameter multiplies in a summand."""
    named = map(block_of, term.args) if isinstance(term, Apply) else ()
    return any(ref is not None and ref.name == key for ref in named)


def _function_removed(choice: Choice, left: Apply, setting: Setting, meeting: Meeting) -> Choice:
    """tanh(c) = c: that application of a function is the identity."""
    side, right, span = meeting.source, setting.right, setting.span
    op, wanted = _names(meeting).get(left.op, left.op), _as_known(left.args[0], side)
    if _as_known(parse_expression(right, origin=setting.value), side) != wanted:
        raise failure("setting-removed", span, "hint-setting", found=f"{text(left)} = {right}"[:60])
    for body in side.bodies.values():
        for node in walk(body):
            if isinstance(node, Apply) and node.op in side.functions:
                same = side.functions[node.op] == op or plain(node.op) == left.op
                if same and _bare(node.args[0]) == wanted:
                    return replace(choice, functions={**choice.functions, node.op: "identity"})
    known = ", ".join(site for site, _ in _sites(side, side.functions))
    raise failure("setting-no-application", span, name=text(left)[:60], known=known)


def _as_known(expr: Expr, side: Side) -> Expr:
    """The same of what a user writes, c_t among it."""

    def put(node: Expr) -> Expr:
        return replace(node, name=_known(node.name, side)) if isinstance(node, Ref) else node

    return _bare(rewrite(expr, put))


def _sites(side: Side, of: Collection[str]) -> Iterator[tuple[str, str]]:
    """How some applications of functions are written, and their arguments."""
    for body in side.bodies.values():
        for node in walk(body):
            if isinstance(node, Apply) and node.op in of:
                argument = text(_bare(node.args[0]))
                yield f"{plain(side.functions[node.op])}({argument})", argument


def _bare(expr: Expr) -> Expr:
    """The expression with the source's own names, indices at t left out."""

    def put(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        now = getattr(node.index, "offset", 1) == 0
        return replace(node, name=plain(node.name), index=None if now else node.index)

    return rewrite(expr, put)
