"""Values as they stand in files: numbers, vectors, matrices, letters, and their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from rnnhand.errors import Diagnostic, Failure, Span, failure
from rnnhand.language import limits
from rnnhand.language.lexer import normal_name
from rnnhand.language.operations import ELEMENTWISE
from rnnhand.language.parser import parse_expression
from rnnhand.language.powers import powers_out_of_bounds
from rnnhand.language.tree import Apply, Expr, Over, Ref, rewrite, walk
from rnnhand.problem import yaml
from rnnhand.problem.library import functions
from rnnhand.system.build import resolved
from rnnhand.system.model import SCALAR, Entry, Shape

PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
FRACTION = re.compile(r"[+-]?\d+/\d+", re.ASCII)
RANGE = re.compile(r"\s*([+-]?\d{1,40})\s*\.\.\s*([+-]?\d{1,40})\s*", re.ASCII)
KEY = re.compile(
    r"\s*(?P<name>[^\W\d]\w*['′’]*)\s*(?:\[\s*(?P<from>[^.\]]+?)\s*(?:\.\.\s*(?P<to>[^.\]]+?)\s*)?\])?\s*"
)
BOUND = re.compile(r"(?P<T>T)?\s*(?P<n>[+-]?\s*\d{1,9})?", re.ASCII)

SCALAR_OPERATIONS = ("+", "-", "neg", "*", "/", "^", *ELEMENTWISE)

NOTHING: Mapping[str, Expr] = {}
EMPTY = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True)
class Key:
    """`w`, `h[0]`, `y[0..3]`: a name, and the steps at which values are given."""

    name: str
    steps: range | None
    span: Span
    is_range: bool = False


def parse_range(node: yaml.Node) -> range:
    """`1..3`, as a range of steps. Raises `Failure` where it is none, or too long."""
    if not isinstance(node, yaml.Text) or not (m := RANGE.fullmatch(node.text)):
        raise failure("bad-range", node.span, "hint-range", found=yaml.shown(node))
    first, last = int(m[1]), int(m[2])
    if last < first:
        raise failure("empty-range", node.span, "hint-range", first=first, last=last)
    if last - first >= limits.STEPS or abs(first) > limits.STEPS * 10:
        raise failure("too-many-steps", node.span, found=last - first + 1, limit=limits.STEPS)
    return range(first, last + 1)


def parse_key(node: yaml.Text, indices: Mapping[str, range]) -> Key:
    """The key of a given value. `T` in it is the last step."""
    m = KEY.fullmatch(node.text)
    if m is None or len(m["name"]) > limits.NAME:
        raise failure("bad-key", node.span, "hint-key", found=node.text[:60])
    name = normal_name(m["name"])
    if m["from"] is None:
        return Key(name, None, node.span)
    if not indices:
        raise failure("no-steps", node.span, "hint-steps", name=node.text[:60], var="t")
    if m["from"] in indices and m["to"] is None:
        raise failure("key-without-steps", node.span, "hint-key-steps", found=node.text, name=name)
    first = _bound(m["from"], node, indices)
    last = first if m["to"] is None else _bound(m["to"], node, indices)
    if last < first:
        raise failure("empty-range", node.span, "hint-key", first=first, last=last)
    if last - first >= limits.STEPS * 2 or abs(first) > limits.STEPS * 10:
        raise failure("too-many-steps", node.span, found=last - first + 1, limit=limits.STEPS)
    return Key(name, range(first, last + 1), node.span, m["to"] is not None)


def _bound(text: str, node: yaml.Text, indices: Mapping[str, range]) -> int:
    m = BOUND.fullmatch(text)
    if m is None or not text:
        raise failure("bad-key", node.span, "hint-key", found=node.text[:60])
    offset = int(m["n"].replace(" ", "")) if m["n"] else 0
    return offset + (next(iter(indices.values()))[-1] if m["T"] else 0)


def parse_value(node: yaml.Node) -> tuple[Shape, tuple[Entry, ...]]:
    """A number, a flat list (a vector), a list of rows (a matrix), or {shape: …, fill: …}.

    Raises `Failure` with every bad number in it.
    """
    match node:
        case yaml.Text():
            return SCALAR, (parse_number(node),)
        case yaml.Map():
            return _shaped(node)
        case yaml.List(items) if not items:
            raise failure("empty-list", node.span, "hint-empty-value")
        case yaml.List(items):
            nested = [isinstance(item, yaml.List) for item in items]
            if not any(nested):
                return (len(items), 1), _numbers(items)
            if not all(nested):
                odd = items[nested.index(False)]
                raise failure("mixed-rows", odd.span, "hint-rows")
            rows = [item.items for item in items if isinstance(item, yaml.List)]
            for item, row in zip(items, rows, strict=True):
                if len(row) != len(rows[0]):
                    raise failure("ragged-rows", item.span, found=len(row), wanted=len(rows[0]))
            if not rows[0]:
                raise failure("empty-list", items[0].span, "hint-empty-value")
            return (len(rows), len(rows[0])), _numbers([x for row in rows for x in row])


def _numbers(items: list[yaml.Node] | tuple[yaml.Node, ...]) -> tuple[Entry, ...]:
    if len(items) > limits.SIZE:
        raise failure("too-large", items[0].span, found=len(items), limit=limits.SIZE)
    found: list[Entry] = []
    wrong: list[Diagnostic] = []
    for item in items:
        try:
            found.append(parse_number(item))
        except Failure as error:
            wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)
    return tuple(found)


def parse_number(node: yaml.Node, known: Mapping[str, Expr] = NOTHING) -> Entry:
    """An exact number: 0.1 is 1/10. `sqrt(2)` stays an expression; nothing at all is a letter.
    `known` are names that stand for numbers."""
    if not isinstance(node, yaml.Text):
        raise _not_a_number(node)
    written = node.text.strip().replace("−", "-")
    if written in EMPTY:
        if node.quoted:
            raise _not_a_number(node)
        return None
    if len(written) > limits.NUMBER:
        raise failure("number-too-long", node.span, digits=limits.NUMBER, power=limits.EXPONENT)
    if PLAIN.fullmatch(written):
        _, _, power = written.lower().partition("e")
        if power and abs(int(power)) > limits.EXPONENT:
            raise failure("number-too-long", node.span, digits=limits.NUMBER, power=limits.EXPONENT)
        return Fraction(written)
    if FRACTION.fullmatch(written):
        numerator, _, denominator = written.partition("/")
        if not int(denominator):
            raise failure("zero-denominator", node.span, found=written[:60])
        return Fraction(int(numerator), int(denominator))
    if written.lower().lstrip("+-.") in ("inf", "infinity", "nan"):
        raise failure("not-finite", node.span, "hint-number", found=written)
    if written.lower() in ("no", "yes", "true", "false", "on", "off"):
        raise failure("truth-value", node.span, "hint-number", found=written)
    if re.fullmatch(r"[+-]?\d+,\d+", written):
        suggestion = written.replace(",", ".")
        raise failure(
            "decimal-comma", node.span, "hint-did-you-mean", found=written, suggestion=suggestion
        )
    return _constant(node, written, known)


def rational(node: yaml.Node) -> Fraction:
    """A fraction or a decimal. Raises `Failure` for a closed form, and for anything else."""
    found = parse_number(node)
    if isinstance(found, Fraction):
        return found
    raise failure("not-rational", node.span, "hint-rational", found=yaml.shown(node))


def _constant(node: yaml.Text, written: str, known: Mapping[str, Expr]) -> Expr:
    """An expression of numbers and functions, such as sqrt(2)/2."""
    wrong: list[Diagnostic] = []
    try:
        expr = parse_expression(written, origin=node.origin)
    except Failure as error:
        if {d.code for d in error.diagnostics} & {"number-too-long", "too-deep"}:
            raise
        raise _not_a_number(node) from None

    def put(part: Expr) -> Expr:
        return known.get(part.name, part) if isinstance(part, Ref) and not part.index else part

    expr = rewrite(expr, put) if known else expr
    if any(isinstance(n, Ref | Over) for n in walk(expr)):
        raise _not_a_number(node)
    expr = resolved(expr, functions(), wrong)
    wrong += powers_out_of_bounds(expr)
    if wrong:
        raise Failure(dict.fromkeys(wrong))
    if not {n.op for n in walk(expr) if isinstance(n, Apply)} <= {*SCALAR_OPERATIONS, *functions()}:
        raise _not_a_number(node)
    return expr


def _not_a_number(node: yaml.Node) -> Failure:
    return failure("not-a-number", node.span, "hint-number", found=yaml.shown(node))


def _shaped(node: yaml.Map) -> tuple[Shape, tuple[Entry, ...]]:
    """`{shape: [2, 3]}` or `{shape: [2, 3], fill: 0.5}`."""
    for key, _ in node.entries:
        if key.text not in ("shape", "fill"):
            raise failure("not-a-value", key.span, "hint-shape", key=key.text[:40])
    shape = node.get("shape")
    items = shape.items if isinstance(shape, yaml.List) else (shape,) if shape else ()
    sizes = [
        int(i.text)
        for i in items
        if isinstance(i, yaml.Text) and i.text.isdecimal() and len(i.text) < 7
    ]
    if len(sizes) != len(items) or not 1 <= len(sizes) <= 2 or 0 in sizes:
        raise failure("bad-shape", (shape or node).span, "hint-shape")
    rows, columns = sizes[0], sizes[1] if len(sizes) == 2 else 1
    if rows * columns > limits.SIZE:
        raise failure("too-large", node.span, found=f"{rows}×{columns}", limit=limits.SIZE)
    fill = node.get("fill")
    entry = parse_number(fill) if fill is not None else None
    return (rows, columns), (entry,) * (rows * columns)
