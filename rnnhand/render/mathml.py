"""Formulas as MathML: fractions are fractions, names have their scripts, matrices their brackets.

Every name at a step carries `data-ref`, its name in the equation language, so that a script may
find what it refers to.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import assert_never
from xml.sax.saxutils import escape, quoteattr

from rnnhand.document.decimal import between
from rnnhand.language.calls import identity, shown_arguments
from rnnhand.language.numerals import BLANK, SHORT, Numeral, Table
from rnnhand.language.printer import needs_brackets, text
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, Shift
from rnnhand.render.notation import (
    UNICODE,
    Fraction,
    Scripted,
    best,
    parts_of,
)

PRODUCTS = ("*", "@")
COMPARED = {">": "&gt;", "<": "&lt;", ">=": "≥", "<=": "≤", "==": "=", "!=": "≠"}
NOTHING = "\u2003" * 4
"""As wide as a number that is written by hand."""
CALLED = "<mo>\u2061</mo>"
"""The invisible sign between a function and its argument."""


def math(inner: str, display: bool = False) -> str:
    """A formula of its own; at full size where it is `display`, though still in its line."""
    style = ' displaystyle="true"' if display else ""
    return f"<math{style}>{inner}</math>"


def clean(said: str) -> str:
    """Text as HTML shows it: markup is text, and what is no character is a blank."""
    kept = (c if c.isprintable() or c == "\u00a0" else " " for c in said)
    return escape("".join(kept))


def attribute(said: str) -> str:
    """Text as a quoted attribute."""
    kept = "".join(c if c.isprintable() else " " for c in said)
    return quoteattr(kept, {'"': "&quot;"})


def formula(expr: Expr) -> str:
    """The markup of an expression, without <math> around it."""
    match expr:
        case Number(literal):
            return figure(literal)
        case Ref("…"):
            return "<mo>…</mo>"
        case Ref():
            return name(expr)
        case Over(kind, var, body):
            inner = formula(body)
            if isinstance(body, Apply) and body.op in ("+", "-"):
                inner = enclosed(inner)
            below = f"<mi>{clean(var)}</mi>"
            if kind == "sum":
                return row(f'<munder><mo movablelimits="false">∑</mo>{below}</munder>', inner)
            return row(f"<msub><mi>mean</mi>{below}</msub>", "<mspace width='.2em'/>", inner)
        case Apply():
            return _operation(expr)
        case _:
            assert_never(expr)


def row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def enclosed(inner: str, left: str = "(", right: str = ")") -> str:
    return row(f'<mo fence="true">{left}</mo>', inner, f'<mo fence="true">{right}</mo>')


def figure(literal: str) -> str:
    """A number: −1/2 with a fraction bar, 1.5·10 to the −12."""
    if literal.startswith("-"):
        return row("<mo>−</mo>", figure(literal[1:]))
    over, bar, under = literal.partition("/")
    if bar:
        return f"<mfrac>{figure(over)}{figure(under)}</mfrac>"
    mantissa, e, power = literal.lower().partition("e")
    if not e:
        return f"<mn>{clean(mantissa)}</mn>"
    ten = f"<msup><mn>10</mn>{figure(power.removeprefix('+'))}</msup>"
    return row(f"<mn>{clean(mantissa)}</mn><mo>·</mo>", ten)


def name(ref: Ref) -> str:
    """A quantity. Where it stands at a step, or at none, a value may be looked up by it."""
    parts = parts_of(ref, UNICODE)
    found = _scripted(parts) if isinstance(parts, Scripted) else _derivative(parts)
    if isinstance(ref.index, Shift):
        return found
    return f"<mrow data-ref={attribute(text(ref))}>{found}</mrow>"


def _derivative(parts: Fraction) -> str:
    d = "<mo>∂</mo>"
    above = f"<msup>{d}<mo>+</mo></msup>" if parts.direct else d
    return f"<mfrac>{row(above, _scripted(parts.of))}{row(d, _scripted(parts.by))}</mfrac>"


def _scripted(parts: Scripted) -> str:
    base = identifier(parts.base)
    raised = [f"<mo>(</mo><mn>{parts.layer}</mn><mo>)</mo>"] if parts.layer else []
    raised += [f"<mo>{parts.primes}</mo>"] if parts.primes else []
    above = raised[0] if raised == [f"<mo>{parts.primes}</mo>"] else row(*raised)
    below = row(*_below(parts))
    if raised and parts.below:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    if raised:
        return f"<msup>{base}{above}</msup>"
    return f"<msub>{base}{below}</msub>" if parts.below else base


def _below(parts: Scripted) -> list[str]:
    found = [identifier(parts.sub)] if parts.sub else []
    if parts.sub and parts.step:
        found.append('<mo separator="true">,</mo>')
    if parts.step:
        found.append(_step(parts.step))
    return found


def _step(step: str) -> str:
    """2, −1, t, t−1, T."""
    for sign in ("−", "+"):
        var, found, offset = step.partition(sign)
        if found:
            first = f"<mi>{clean(var)}</mi>" if var else ""
            return f"{first}<mo>{sign}</mo><mn>{clean(offset)}</mn>"
    return f"<mn>{step}</mn>" if step.isdigit() else f"<mi>{clean(step)}</mi>"


def identifier(said: str) -> str:
    """A name; one letter slants, also under an accent."""
    if said.isdigit():
        return f"<mn>{clean(said)}</mn>"
    split = unicodedata.normalize("NFD", said)
    letters = [c for c in split if not unicodedata.combining(c)]
    slanted = ' class="letter"' if len(letters) == 1 < len(split) else ""
    return f"<mi{slanted}>{clean(said)}</mi>"


def _operation(expr: Apply) -> str:
    args = expr.args
    match expr.op:
        case "+" | "-":
            return _signed(pieces(expr, lambda part: False))
        case "*" | "@":
            return _signed(factors(expr))
        case "/":
            return f"<mfrac>{formula(args[0])}{formula(args[1])}</mfrac>"
        case "neg":
            inner = args[0]
            simple = isinstance(inner, Apply) and inner.op in (*PRODUCTS, "/")
            return row("<mo>−</mo>", formula(inner) if simple else _argument(expr, 0))
        case "^":
            return _power(expr)
        case "T":
            return f"<msup>{_argument(expr, 0)}<mo>⊤</mo></msup>"
        case "=":
            return row(formula(args[0]), "<mo>=</mo>", formula(args[1]))
        case ">" | "<" | ">=" | "<=" | "==" | "!=":
            sign = f"<mo>{COMPARED[expr.op]}</mo>"
            return enclosed(row(formula(args[0]), sign, formula(args[1])), "[", "]")
        case "," | ";":
            rows = args if expr.op == ";" else (expr,)
            return matrix([[formula(x) for x in _cells(r)] for r in rows])
        case "()":
            return enclosed(formula(args[0]))
        case "fill":
            return _filled(expr)
        case "diag" if (one := identity(expr)) is not None:
            return formula(one)
        case "sqrt":
            return f"<msqrt>{formula(args[0])}</msqrt>"
        case "norm2":
            return enclosed(formula(args[0]), "‖", "‖")
        case "abs":
            return enclosed(formula(args[0]), "|", "|")
        case "floor":
            return enclosed(formula(args[0]), "⌊", "⌋")
        case "Σ" | "Π":
            return _ranging(expr)
        case "sum_rows":
            return _call("<msub><mo>∑</mo><mi>rows</mi></msub>", args)
        case "entry":
            return row(_argument(expr, 0), enclosed(_list(args[1:])))
        case "log":
            return _call("<mi>ln</mi>", args)
        case _:
            return _call(identifier(expr.spelling or expr.op), shown_arguments(expr))


def _signed(parts: Sequence[tuple[str, str]]) -> str:
    return row(*(f"<mo>{sign}</mo>{part}" if sign else part for sign, part in parts))


def sign_before(sign: str) -> str:
    """A sign with which a formula goes on after a place where a line may break."""
    space = "0.1em" if sign == "·" else "0.28em"
    return f'<mo form="infix" lspace="0" rspace="{space}">{clean(sign)}</mo>'


def _cells(expr: Expr) -> tuple[Expr, ...]:
    return expr.args if isinstance(expr, Apply) and expr.op == "," else (expr,)


def pieces(expr: Expr, is_long: Callable[[Expr], bool]) -> list[tuple[str, str]]:
    """Where a line may break: a sum as (sign, summand): ("", x), ("+", y), ("−", z), and what is
    long of it as (sign, factor); anything else as one."""
    if not (isinstance(expr, Apply) and expr.op in ("+", "-")):
        return factors(expr) if is_long(expr) else [("", formula(expr))]
    if needs_brackets(expr, 0):
        found = [("", enclosed(formula(expr.args[0])))]
    else:
        found = pieces(expr.args[0], is_long)
    for i, arg in enumerate(expr.args[1:], 1):
        sign = "+" if expr.op == "+" else "−"
        if expr.op == "+" and isinstance(arg, Apply) and arg.op == "neg":
            sign = "−"
            product = isinstance(arg.args[0], Apply) and arg.args[0].op in (*PRODUCTS, "/")
            parts = factors(arg.args[0]) if product else [("", _argument(arg, 0))]
        elif _starts_negative(arg):
            parts = factors(arg, True)
        elif is_long(arg) and not needs_brackets(expr, i):
            parts = factors(arg)
        else:
            parts = [("", _argument(expr, i))]
        if is_long(arg):
            found += [(sign, parts[0][1]), *parts[1:]]
        else:
            found.append((sign, _signed(parts) if len(parts) > 1 else parts[0][1]))
    return found


def factors(expr: Expr, negative_first: bool = False) -> list[tuple[str, str]]:
    """A product as (sign, factor). `negative_first`: a sign before it wants −4·0 as (−4)·0."""
    if not (isinstance(expr, Apply) and expr.op in PRODUCTS):
        inner = formula(expr)
        return [("", enclosed(inner) if negative_first else inner)]
    sign = "⊙" if expr.spelling == "⊙" else "·"
    if needs_brackets(expr, 0):
        found = [("", enclosed(formula(expr.args[0])))]
    elif isinstance(expr.args[0], Apply) and {expr.op, expr.args[0].op} == set(PRODUCTS):
        found = [("", _argument(expr, 0))]
    else:
        found = factors(expr.args[0], negative_first)
    return found + [(sign, _argument(expr, i)) for i in range(1, len(expr.args))]


def _starts_negative(expr: Expr) -> bool:
    """Whether a product begins with a negative number: −4·0."""
    first = expr
    while isinstance(first, Apply) and first.op in PRODUCTS:
        first = first.args[0]
    return first is not expr and isinstance(first, Number) and first.text.startswith("-")


def _argument(expr: Apply, i: int) -> str:
    """An argument, in the brackets that it needs: a fraction bar encloses by itself."""
    arg = expr.args[i]
    ranging = isinstance(arg, Over) or (isinstance(arg, Apply) and arg.op in ("Σ", "Π"))
    last = i + 1 == len(expr.args) and expr.op in PRODUCTS and isinstance(arg, Apply)
    wants = needs_brackets(expr, i) or (ranging and expr.op not in ("+", "-") and not last)
    fraction = isinstance(arg, Apply) and arg.op == "/"
    fraction = fraction or (isinstance(arg, Number) and not arg.text.startswith("-"))
    if fraction and expr.op != "^":
        wants = False
    if isinstance(arg, Apply) and {expr.op, arg.op} == set(PRODUCTS):
        wants = wants or "⊙" in (expr.spelling, arg.spelling)  # A ⊙ B·C would have two readings
    wants = wants or (isinstance(arg, Number) and "e" in arg.text and expr.op == "^")
    wants = wants or (i > 0 and expr.op in PRODUCTS and isinstance(arg, Apply) and arg.op == "neg")
    inner = formula(arg)
    return enclosed(inner) if wants else inner


def _power(expr: Apply) -> str:
    base, exponent = expr.args
    inner = _argument(expr, 0)
    raised = isinstance(base, Ref) and _is_raised(base)
    return f"<msup>{enclosed(inner) if raised else inner}{formula(exponent)}</msup>"


def _is_raised(ref: Ref) -> bool:
    """Whether something stands above already, or beside: (∂h/∂w)², (h⁽²⁾_t)²."""
    parts = parts_of(ref, UNICODE)
    return isinstance(parts, Fraction) or bool(parts.layer or parts.primes)


def _ranging(expr: Apply) -> str:
    var, first, last, body = expr.args
    sign = "∑" if expr.op == "Σ" else "∏"
    inner = formula(body)
    if isinstance(body, Apply) and body.op in ("+", "-"):
        inner = enclosed(inner)
    below = row(formula(var), "<mo>=</mo>", formula(first))
    sign = f'<mo movablelimits="false">{sign}</mo>'
    return row(f"<munderover>{sign}{below}{formula(last)}</munderover>", inner)


def _filled(expr: Apply) -> str:
    value, rows, columns = expr.args
    shape = row(formula(rows), "<mo>×</mo>", formula(columns))
    if isinstance(value, Number) and value.text in ("0", "1"):
        sign = "𝟏" if value.text == "1" else "0"
        return f"<msub><mn>{sign}</mn>{shape}</msub>"
    inner = _argument(Apply("*", (value, Number("1"))), 0)
    return row(inner, "<mo>·</mo>", f"<msub><mn>𝟏</mn>{shape}</msub>")


def _call(function: str, args: tuple[Expr, ...]) -> str:
    return row(function, CALLED, enclosed(_list(args)))


def _list(args: Sequence[Expr]) -> str:
    return row(f'<mo separator="true">{between(*args).strip()}</mo>'.join(formula(a) for a in args))


def matrix(rows: Sequence[Sequence[str]]) -> str:
    """Rows of formulas between brackets, which the style sheet draws in every font."""
    lines = "".join(
        f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>" for cells in rows
    )
    return f'<mrow class="matrix"><mtable>{lines}</mtable></mrow>'


def table(value: Table, longest: int = 24) -> str:
    """A value: a number, a column, a matrix. A closed form of more than `longest` characters
    gives way to its decimal."""
    if not isinstance(value, Numeral):
        rows = [r if isinstance(r, tuple) else (r,) for r in value]
        return matrix([[table(x, longest) for x in r] for r in rows])
    if value == BLANK:
        return (
            f'<mpadded height="0.9em" depth="0.3em"><mtext class="gap">{NOTHING}</mtext></mpadded>'
        )
    if value.bound is not None:
        return f"<mtext>{clean(best(value, UNICODE) or '')}</mtext>"
    exact = value.exact
    if exact is None:
        return figure(value.decimal or "?")
    short = SHORT if isinstance(exact, Number) else longest
    if value.decimal is not None and len(text(exact)) > short:
        return figure(value.decimal)
    return formula(exact)
