"""Formulas as boxes of text: lines and a baseline, so that matrices stand inside a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from rich.cells import cell_len

from rnnhand.document.decimal import BETWEEN, between
from rnnhand.language.calls import identity, shown_arguments
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import needs_brackets
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref
from rnnhand.render.notation import Signs, best, number, plain, quantity, superscript

LONGEST = 24
"""Columns up to which a closed form stands in a table where a decimal could."""


@dataclass(frozen=True)
class Box:
    """Lines of equal width; `base` is the one on which neighbours stand."""

    lines: tuple[str, ...]
    base: int = 0

    @property
    def width(self) -> int:
        return cell_len(self.lines[0])

    @property
    def height(self) -> int:
        return len(self.lines)


def word(text: str) -> Box:
    return Box((text,))


def beside(*boxes: Box) -> Box:
    """Boxes in a row, on one baseline."""
    if len(boxes) == 1:
        return boxes[0]
    if all(len(box.lines) == 1 for box in boxes):
        return word("".join(box.lines[0] for box in boxes))
    above = max(b.base for b in boxes)
    below = max(b.height - b.base for b in boxes)
    lines = [""] * (above + below)
    for box in boxes:
        blank = " " * box.width
        top = above - box.base
        for i in range(len(lines)):
            inside = 0 <= i - top < box.height
            lines[i] += box.lines[i - top] if inside else blank
    return Box(tuple(lines), above)


def enclosed(box: Box, marks: tuple[str, ...]) -> Box:
    """A box between brackets of its height."""
    one, top, middle, bottom, one_r, top_r, middle_r, bottom_r = marks
    if box.height == 1:
        return beside(word(one), box, word(one_r))
    left = (top, *[middle] * (box.height - 2), bottom)
    right = (top_r, *[middle_r] * (box.height - 2), bottom_r)
    return beside(Box(left, box.base), box, Box(right, box.base))


def grid_of(rows: Sequence[Sequence[Box]], signs: Signs) -> Box:
    """A matrix: columns aligned to the right, in square brackets."""
    widths = [max(row[j].width for row in rows) for j in range(len(rows[0]))]
    lines: list[str] = []
    for row in rows:
        cells = [
            beside(word(" " * (w - cell.width)), cell) for w, cell in zip(widths, row, strict=True)
        ]
        spaced = [cells[0]]
        for cell in cells[1:]:
            spaced += [word("  "), cell]
        lines += beside(*spaced).lines
    return enclosed(Box(tuple(lines), (len(lines) - 1) // 2), signs.brackets)


def table_box(table: Table, signs: Signs) -> Box:
    """A value: a number, a column, a matrix."""
    if isinstance(table, Numeral):
        text = best(table, signs)
        if text is None and table.decimal is not None:
            closed = formula(table.exact, signs) if table.exact is not None else word("")
            return closed if closed.width <= LONGEST else word(number(table.decimal, signs))
        if text is None:
            assert table.exact is not None
            return formula(table.exact, signs)
        return word(text)
    rows = [row if isinstance(row, tuple) else (row,) for row in table]
    return grid_of([[table_box(x, signs) for x in row] for row in rows], signs)


def formula(expr: Expr, signs: Signs) -> Box:
    """An expression as it is written on paper."""
    match expr:
        case Number(text):
            return word(number(text, signs))
        case Ref("…"):
            return word(signs.dots)
        case Ref():
            return word(quantity(expr, signs))
        case Over(kind, var, body):
            sign = f"{signs.sum}_{var} " if kind == "sum" else f"mean_{var} "
            inner = formula(body, signs)
            if isinstance(body, Apply) and body.op in ("+", "-"):
                inner = enclosed(inner, signs.parentheses)
            return beside(word(sign), inner)
        case Apply():
            return _operation(expr, signs)
        case _:
            assert_never(expr)


def _operation(expr: Apply, signs: Signs) -> Box:
    op = expr.op
    match op:
        case "+" | "-":
            return beside(*(part for box in summands(expr, signs) for part in box))
        case "*":
            sign = signs.hadamard if expr.spelling == "⊙" else signs.times
            return _joined(expr, sign, signs)
        case "@":
            return _joined(expr, signs.times, signs)
        case "/":
            return _joined(expr, "/", signs)
        case "neg":
            (inner,) = expr.args
            if isinstance(inner, Apply) and inner.op in ("*", "@", "/"):
                return beside(word(signs.minus), formula(inner, signs))
            return beside(word(signs.minus), _argument(expr, 0, signs))
        case "^":
            return _power(expr, signs)
        case "T":
            return beside(_argument(expr, 0, signs), word(signs.transposed))
        case "=":
            return beside(formula(expr.args[0], signs), word(" = "), formula(expr.args[1], signs))
        case ">" | "<" | ">=" | "<=" | "==" | "!=":
            shown = {">=": signs.at_least, "<=": signs.at_most, "==": "=", "!=": signs.unequal}
            left, right = (formula(a, signs) for a in expr.args)
            said = beside(left, word(f" {shown.get(op, op)} "), right)
            return enclosed(said, signs.brackets)
        case "," | ";":
            rows = expr.args if op == ";" else (expr,)
            cells = [r.args if isinstance(r, Apply) and r.op == "," else (r,) for r in rows]
            if len({len(row) for row in cells}) == 1:
                return grid_of([[formula(x, signs) for x in row] for row in cells], signs)
            lines = [beside(*(formula(x, signs) for x in row)) for row in cells]
            return beside(word("["), *lines, word("]"))
        case "()":
            return enclosed(formula(expr.args[0], signs), signs.parentheses)
        case "fill":
            return _filled(expr, signs)
        case "diag" if (one := identity(expr)) is not None:
            return formula(one, signs)
        case "sqrt" if not signs.plain and isinstance(expr.args[0], Ref | Number):
            return beside(word(signs.root), _bare_or_enclosed(expr.args[0], signs))
        case "norm2":
            return enclosed(formula(expr.args[0], signs), (signs.norm,) * 8)
        case "abs":
            return enclosed(formula(expr.args[0], signs), ("|",) * 8)
        case "floor" if not signs.plain:
            return beside(word("⌊"), formula(expr.args[0], signs), word("⌋"))
        case "Σ" | "Π":
            return _ranging(expr, signs)
        case "sum_rows":
            return _call(f"{signs.sum}_rows", expr.args, signs)
        case "log":
            return _call("ln", expr.args, signs)
        case "entry":
            places = [formula(a, signs) for a in expr.args[1:]]
            return beside(_argument(expr, 0, signs), _list(places, signs))
        case _:
            name = expr.spelling or op
            return _call(plain(name) if signs.plain else name, shown_arguments(expr), signs)


def summands(expr: Expr, signs: Signs) -> list[tuple[Box, ...]]:
    """A sum as its signed summands: x, + y, − z; anything else as one."""
    if not (isinstance(expr, Apply) and expr.op in ("+", "-")):
        return [(formula(expr, signs),)]
    found: list[tuple[Box, ...]] = []
    for i, arg in enumerate(expr.args):
        if i == 0:
            first = expr.args[0]
            if needs_brackets(expr, 0):
                found.append((_argument(expr, 0, signs),))
            else:
                found += summands(first, signs)
            continue
        sign = "+" if expr.op == "+" else signs.minus
        if expr.op == "+" and isinstance(arg, Apply) and arg.op == "neg":
            (inner,) = arg.args
            product = isinstance(inner, Apply) and inner.op in ("*", "@", "/")
            sign = signs.minus
            box = formula(inner, signs) if product else _argument(arg, 0, signs)
        elif starts_negative(arg):
            box = formula(first_enclosed(arg), signs)
        else:
            box = _argument(expr, i, signs)
        found.append((word(f" {sign} "), box))
    return found


def factors(expr: Expr, signs: Signs) -> list[Box]:
    """A product as its factors, each with the sign before it; anything else as one."""
    if not (isinstance(expr, Apply) and expr.op in ("*", "@")):
        return [formula(expr, signs)]
    sign = signs.hadamard if expr.spelling == "⊙" else signs.times
    found = factors(expr.args[0], signs) if not needs_brackets(expr, 0) else []
    found = found or [_argument(expr, 0, signs)]
    for i in range(1, len(expr.args)):
        found.append(beside(word(sign), _argument(expr, i, signs)))
    return found


def starts_negative(expr: Expr) -> bool:
    """Whether a product begins with a negative number: −4·0."""
    first = expr
    while isinstance(first, Apply) and first.op in ("*", "@", "/"):
        first = first.args[0]
    return first is not expr and isinstance(first, Number) and first.text.startswith("-")


def first_enclosed(expr: Expr) -> Expr:
    """The product with its first factor in brackets: (−4)·0."""
    if isinstance(expr, Apply) and expr.op in ("*", "@", "/"):
        return replace(expr, args=(first_enclosed(expr.args[0]), *expr.args[1:]))
    return Apply("()", (expr,))


def _joined(expr: Apply, sign: str, signs: Signs) -> Box:
    parts: list[Box] = []
    for i in range(len(expr.args)):
        if i:
            parts.append(word(sign))
        parts.append(_argument(expr, i, signs))
    return beside(*parts)


def _argument(expr: Apply, i: int, signs: Signs) -> Box:
    box = formula(expr.args[i], signs)
    arg = expr.args[i]
    ranging = isinstance(arg, Over) or (isinstance(arg, Apply) and arg.op in ("Σ", "Π"))
    last = i + 1 == len(expr.args) and expr.op in ("*", "@") and isinstance(arg, Apply)
    wants = needs_brackets(expr, i) or (ranging and expr.op not in ("+", "-") and not last)
    if expr.op == "*" and isinstance(arg, Number) and not arg.text.startswith("-"):
        wants = False  # 1/2·5/4 can only be read in one way
    if isinstance(arg, Apply) and {expr.op, arg.op} == {"*", "@"}:
        wants = wants or "⊙" in (expr.spelling, arg.spelling)  # A ⊙ B·C would have two readings
    wants = wants or (isinstance(arg, Number) and "e" in arg.text and expr.op in ("^", "/"))
    return enclosed(box, signs.parentheses) if wants else box


def _power(expr: Apply, signs: Signs) -> Box:
    base, exponent = _argument(expr, 0, signs), expr.args[1]
    if isinstance(expr.args[0], Ref) and ("/" in expr.args[0].name or _is_raised(base)):
        base = enclosed(base, signs.parentheses)
    if isinstance(exponent, Number) and exponent.text.lstrip("-").isdigit() and not signs.plain:
        raised = word(superscript(exponent.text))
    elif isinstance(exponent, Number | Ref):
        raised = word(f"^{formula(exponent, signs).lines[0]}")
    else:
        raised = beside(word("^"), enclosed(formula(exponent, signs), signs.parentheses))
    if base.height > 1:
        raised = Box(raised.lines, raised.base + base.base)
        raised = Box((*raised.lines, *[" " * raised.width] * base.base), base.base)
    return beside(base, raised)


def _is_raised(box: Box) -> bool:
    """Whether something stands above already, as in h⁽²⁾_t: its square is (h⁽²⁾_t)²."""
    return any(c in "⁰¹²³⁴⁵⁶⁷⁸⁹" for c in box.lines[0])


def _ranging(expr: Apply, signs: Signs) -> Box:
    """Σ_{k=1..t} body, and Π."""
    var, first, last, body = expr.args
    sign = signs.sum if expr.op == "Σ" else signs.product
    low, high = (formula(end, signs).lines[0].replace(" ", "") for end in (first, last))
    bounds = f"{formula(var, signs).lines[0]}={low}..{high}"
    inner = formula(body, signs)
    if isinstance(body, Apply) and body.op in ("+", "-"):
        inner = enclosed(inner, signs.parentheses)
    return beside(word(f"{sign}_{{{bounds}}} "), inner)


def _filled(expr: Apply, signs: Signs) -> Box:
    value, rows, columns = expr.args
    shape = f"{formula(rows, signs).lines[0]}×{formula(columns, signs).lines[0]}"
    if isinstance(value, Number) and value.text in ("0", "1"):
        mark = signs.ones if value.text == "1" else "0"
        return word(f"{mark}_{{{shape.replace('×', 'x') if signs.plain else shape}}}")
    ones = _filled(Apply("fill", (Number("1"), rows, columns)), signs)
    product = Apply("*", (value, Number("1")))
    return beside(_argument(product, 0, signs), word(signs.times), ones)


def _bare_or_enclosed(expr: Expr, signs: Signs) -> Box:
    box = formula(expr, signs)
    simple = isinstance(expr, Ref) or (isinstance(expr, Number) and expr.text.isdigit())
    return box if simple else enclosed(box, signs.parentheses)


def _call(name: str, args: tuple[Expr, ...], signs: Signs) -> Box:
    return beside(word(name), _list([formula(a, signs) for a in args], signs, between(*args)))


def _list(boxes: list[Box], signs: Signs, apart: str = BETWEEN) -> Box:
    inner = boxes[0]
    for box in boxes[1:]:
        inner = beside(inner, word(apart), box)
    return enclosed(inner, signs.parentheses)
