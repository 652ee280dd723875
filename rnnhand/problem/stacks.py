"""Layers as a problem file writes them → `system.stacks`.

{conv: {kernel: 5, out: 6, padding: 2, stride: 1, bias: yes, separable: no}}
{pool: 2}   {pool: {size: 2, kind: mean, stride: 2}}   {dense: 120}   relu   flatten
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnhand.errors import Diagnostic, Failure, failure, similar
from rnnhand.language import limits
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, Expr, Number, Ref, walk
from rnnhand.problem import yaml
from rnnhand.problem.options import entries
from rnnhand.system.amounts import with_values
from rnnhand.system.stacks import Conv, Dense, Kind, Layer, Plain, Pool, Slide, Stack, Volume

ZERO, ONE = Number("0"), Number("1")
OPERATIONS = ("+", "-", "*", "/", "^", "neg")
KINDS = {"max": "max", "mean": "avg", "avg": "avg", "average": "avg"}
PLAIN = ("relu", "sigmoid", "tanh", "softmax", "activation", "dropout", "flatten")
LAYERS = (*Kind, *PLAIN)
CONV = ("kernel", "out", "stride", "padding", "bias", "separable")
POOL = ("size", "kind", "stride", "padding")
YES, NO = ("yes", "true", "True", "on"), ("no", "false", "False", "off")


def stack_of(node: yaml.Node) -> Stack:
    """`{input: [1, 28, 28], layers: […]}`."""
    keys = ("input", "layers")
    root = entries(node, "stack", keys, "hint-stack-layers", needed=keys)
    start = _start(root["input"])
    directions = 2 if start.sides is None else len(start.sides) or 2
    return Stack(start, layers_of(root["layers"], directions))


def _start(node: yaml.Node) -> Volume:
    """`784`, `[28, 28]`, `[1, 28, 28]`, `{channels: 3}`, `{channels: 1, length: 100}`."""
    match node:
        case yaml.Text():
            return Volume(amount(node, 1), ())
        case yaml.List(items) if len(items) in (2, 3):
            channels = amount(items[0], 1) if len(items) == 3 else ONE
            return Volume(channels, tuple(amount(item, 1) for item in items[-2:]))
        case yaml.Map():
            found = entries(node, "input", ("channels", "picture", "length"))
            channels = amount(found["channels"], 1) if "channels" in found else ONE
            if "length" in found:
                return Volume(channels, (amount(found["length"], 1),))
            if "picture" in found:
                return Volume(channels, sides(found["picture"], 2, 1))
            return Volume(channels, None)
        case _:
            raise failure("stack-bad-input", node.span, "hint-stack-input", found=yaml.shown(node))


def layers_of(node: yaml.Node, directions: int) -> tuple[Layer, ...]:
    """The layers from below upwards. Raises `Failure` with the mistakes of all of them."""
    if not isinstance(node, yaml.List) or not node.items:
        raise failure("stack-layers", node.span, "hint-stack-layers")
    if len(node.items) > limits.STACK:
        raise failure("too-many-layers", node.span, limit=limits.STACK)
    found: list[Layer] = []
    wrong: list[Diagnostic] = []
    for item in node.items:
        try:
            found.append(_layer(item, directions))
        except Failure as error:
            wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)
    return tuple(found)


def _layer(node: yaml.Node, directions: int) -> Layer:
    match node:
        case yaml.Text(name) if name.strip() in PLAIN:
            return Plain(name.strip(), node.span)
        case yaml.Map(((key, inner),)) if key.text == Kind.CONV:
            return _conv(key, inner, directions)
        case yaml.Map(((key, inner),)) if key.text == Kind.POOL:
            return _pool(key, inner, directions)
        case yaml.Map(((key, inner),)) if key.text == Kind.DENSE:
            given = (
                {"out": inner}
                if not isinstance(inner, yaml.Map)
                else entries(inner, Kind.DENSE, ("out", "bias"))
            )
            if "out" not in given:
                raise failure(
                    "topic-missing", inner.span, "hint-stack-layers", word=Kind.DENSE, name="out"
                )
            return Dense(amount(given["out"], 1), truth(given.get("bias"), True), key.span)
        case yaml.Map(((key, _),)) if key.text in PLAIN:
            return Plain(key.text, key.span)
        case yaml.Map(((key, _),)) | (yaml.Text() as key):
            close = similar(key.text, LAYERS)
            hint = "hint-did-you-mean" if close else "hint-stack-layers"
            found, known = key.text[:40], ", ".join(LAYERS)
            raise failure(
                "stack-unknown-layer", key.span, hint, found=found, known=known, suggestion=close
            )
        case _:
            raise failure("stack-layers", node.span, "hint-stack-layers")


def _conv(key: yaml.Text, node: yaml.Node, directions: int) -> Conv:
    given = entries(node, Kind.CONV, CONV)
    if "kernel" not in given:
        raise failure(
            "topic-missing", node.span, "hint-stack-layers", word=Kind.CONV, name="kernel"
        )
    kernel = sides(given["kernel"], directions, 1)
    return Conv(
        _slide(given, kernel, (ONE,) * directions, directions),
        amount(given["out"], 1) if "out" in given else ONE,
        truth(given.get("bias"), True),
        truth(given.get("separable"), False),
        key.span,
    )


def _pool(key: yaml.Text, node: yaml.Node, directions: int) -> Pool:
    given = entries(node, Kind.POOL, POOL) if isinstance(node, yaml.Map) else {"size": node}
    if "size" not in given:
        raise failure("topic-missing", node.span, "hint-stack-layers", word=Kind.POOL, name="size")
    size = sides(given["size"], directions, 1)
    kind = given.get("kind")
    word = kind.text.strip() if isinstance(kind, yaml.Text) else "max" if kind is None else ""
    if word not in KINDS:
        assert kind is not None
        raise failure("stack-pool-kind", kind.span, found=yaml.shown(kind))
    return Pool(_slide(given, size, size, directions), KINDS[word], key.span)


def _slide(
    given: Mapping[str, yaml.Node], size: tuple[Expr, ...], stride: tuple[Expr, ...], n: int
) -> Slide:
    if "stride" in given:
        stride = sides(given["stride"], n, 1, "stride-not-whole")
    padding = given.get("padding")
    if isinstance(padding, yaml.Text) and padding.text.strip() in ("same", "valid"):
        same = padding.text.strip() == "same"
        return Slide(size, stride, (ZERO,) * n, same)
    none = (ZERO,) * n
    return Slide(
        size, stride, none if padding is None else sides(padding, n, 0, "padding-not-whole")
    )


def sides(node: yaml.Node, n: int, least: int, code: str = "size-not-whole") -> tuple[Expr, ...]:
    """`5` for every direction, or `[5, 3]` for rows and columns."""
    if isinstance(node, yaml.List):
        if len(node.items) != n:
            raise failure("stack-directions", node.span, found=len(node.items), wanted=n)
        return tuple(amount(item, least, code) for item in node.items)
    return (amount(node, least, code),) * n


def amount(node: yaml.Node, least: int, code: str = "size-not-whole") -> Expr:
    """A whole number from `least` up, or a formula in letters."""
    if not isinstance(node, yaml.Text):
        raise failure(code, node.span, found=yaml.shown(node))
    expr = parse_expression(node.text, origin=node.origin)
    plain = all(
        isinstance(part, Number)
        or (isinstance(part, Ref) and part.index is None)
        or (isinstance(part, Apply) and part.op in OPERATIONS)
        for part in walk(expr)
    )
    try:
        expr = with_values(expr, {}) if plain else expr
    except (ZeroDivisionError, OverflowError):
        plain = False
    whole = not isinstance(expr, Number) or (
        expr.value.denominator == 1 and least <= expr.value <= limits.AMOUNT
    )
    if not plain or not whole:
        raise failure(code, node.span, found=yaml.shown(node))
    return expr


def truth(node: yaml.Node | None, default: bool) -> bool:
    if node is None:
        return default
    if isinstance(node, yaml.Text) and node.text.strip() in (*YES, *NO):
        return node.text.strip() in YES
    raise failure("yes-or-no", node.span, found=yaml.shown(node))
