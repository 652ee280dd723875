"""Arguments by name: `conv2d(X, K, padding=1)`. In the tree every argument has its place.

What an option is by default is not written at the end: `conv2d(X, K, 1, 0)` is `conv2d(X, K)`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rnnhand.errors import failure, similar
from rnnhand.language.operations import PRIMITIVES, Primitive
from rnnhand.language.tree import Apply, Expr, Number, Ref

BY_ALIAS = {alias: p for p in PRIMITIVES.values() for alias in (p.name, *p.aliases)}
NAMED = "="
"""The operation of an argument with its name before it, as it is shown."""

OPTIONS = frozenset(name for p in PRIMITIVES.values() for name, _ in p.options)


def placed(name: str, args: Sequence[Expr], named: Sequence[tuple[Ref, Expr]]) -> tuple[Expr, ...]:
    """All arguments in their places. Raises `Failure` where a name is none of the function's, or
    says again what has been said."""
    primitive = BY_ALIAS.get(name)
    if primitive is None or not primitive.options:
        if named:
            raise failure("no-named-arguments", named[0][0].span, name=name, found=named[0][0].name)
        return tuple(args)
    found: list[Expr | None] = list(args)
    for ref, value in named:
        place = _place(primitive, ref)
        found += [None] * (place + 1 - len(found))
        if found[place] is not None:
            raise failure("argument-twice", ref.span, name=ref.name, function=name)
        found[place] = value
    return shortened(primitive, _filled(primitive, found, name, named))


def _place(primitive: Primitive, ref: Ref) -> int:
    known = [option for option, _ in primitive.options]
    if ref.name not in known:
        close = similar(ref.name, known)
        raise failure(
            "unknown-argument",
            ref.span,
            "hint-did-you-mean" if close else None,
            name=primitive.name,
            found=ref.name,
            known=", ".join(known),
            suggestion=close,
        )
    return primitive.most - len(known) + known.index(ref.name)


def _filled(
    primitive: Primitive, found: list[Expr | None], name: str, named: Sequence[tuple[Ref, Expr]]
) -> list[Expr]:
    """Every place up to the last that is given."""
    args: list[Expr] = []
    for i, value in enumerate(found):
        default = _default(primitive, i, args) if value is None else value
        if default is None:
            raise failure(
                "argument-count",
                named[0][0].span,
                name=name,
                wanted=f"{primitive.least}–{primitive.most}",
                found=sum(v is not None for v in found),
            )
        args.append(default)
    return args


def _default(primitive: Primitive, place: int, args: Sequence[Expr]) -> Expr | None:
    """What stands in a place where nothing is given, after these arguments."""
    first = primitive.most - len(primitive.options)
    if place < first:
        return None
    _, value = primitive.options[place - first]
    names = [option for option, _ in primitive.options]
    if value in names:
        return args[first + names.index(value)]
    return None if value is None else Number(value)


def shortened(primitive: Primitive, args: Sequence[Expr]) -> tuple[Expr, ...]:
    """The arguments without those at the end that are so by default."""
    kept = list(args[: primitive.most])
    while len(kept) > primitive.least and kept[-1] == _default(primitive, len(kept) - 1, kept):
        kept.pop()
    return (*kept, *args[primitive.most :])


def options(expr: Apply) -> dict[str, Expr]:
    """Every option of a call, given or by default."""
    primitive = PRIMITIVES[expr.op]
    args = list(expr.args)
    while len(args) < primitive.most:
        value = _default(primitive, len(args), args)
        assert value is not None, expr
        args.append(value)
    first = primitive.most - len(primitive.options)
    return {name: args[first + i] for i, (name, _) in enumerate(primitive.options)}


def shown_arguments(expr: Apply) -> tuple[Expr, ...]:
    """The arguments as they are shown: those that may be left out with their names, where they
    are not so by default."""
    primitive = BY_ALIAS.get(expr.op)
    if primitive is None or not primitive.options or len(expr.args) > primitive.most:
        return expr.args
    first = primitive.most - len(primitive.options)
    found = list(expr.args[: primitive.least])
    for i in range(primitive.least, len(expr.args)):
        if expr.args[i] != _default(primitive, i, expr.args[:i]):
            found.append(Apply(NAMED, (Ref(primitive.options[i - first][0]), expr.args[i])))
    return tuple(found)


def identity(expr: Expr) -> Ref | None:
    """I_n for the matrix with ones on its diagonal, which formulas in the language have as
    `diag(fill(1, n, 1))`."""
    match expr:
        case Apply("diag", (Apply("fill", (Number() as one, Number() as rows, _)),)):
            return Ref(f"I_{rows.text}") if one.value == 1 else None
        case _:
            return None
