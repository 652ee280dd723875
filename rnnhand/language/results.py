"""The names of results, as JSON, answer sheets and `ask` write them.

h[2]   W   L   dL/dw   dL/dh[2]   dL[2]/du   dh[2]/dw   after 1: u   h[2](1)   dL/dW(1,2)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from rnnhand.errors import Failure, Span, failure
from rnnhand.language.lexer import START
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import At, Expr, Last, Ref

Entry: TypeAlias = tuple[int, ...]
"""Which entry of a vector or a matrix, counted from 1; empty for the whole."""

ENTRY = re.compile(r"\s*\(\s*(\d{1,6})\s*(?:,\s*(\d{1,6})\s*)?\)\s*$")
AFTER = re.compile(r"\s*after\s+(\d{1,6})\s*:\s*", re.IGNORECASE)
DERIVATIVE = re.compile(r"\s*[d∂](?P<of>[^/]+)/\s*[d∂](?P<by>.+)$")


@lru_cache(maxsize=10_000)
def _read(part: str) -> Expr | None:
    """A part of a name, wherever it stands: the sheets of a class name the same values again and
    again. None where it cannot be read."""
    try:
        return parse_expression(part)
    except Failure:
        return None


@dataclass(frozen=True)
class ValueName:
    ref: Ref
    entry: Entry = ()


@dataclass(frozen=True)
class DerivativeName:
    of: Ref
    by: Ref
    entry: Entry = ()


@dataclass(frozen=True)
class AfterName:
    """A parameter, or the loss, after so many updates."""

    iteration: int
    ref: Ref
    entry: Entry = ()


ResultName: TypeAlias = ValueName | DerivativeName | AfterName


def parse_result(written: str, origin: Span = START) -> ResultName:
    """The result that a name names. Raises `Failure` where it names none."""
    entry: Entry = ()
    body = written
    if m := ENTRY.search(body):
        entry = tuple(int(g) for g in m.groups() if g)
        body = body[: m.start()]
    if m := AFTER.match(body):
        return AfterName(int(m[1]), _ref(body[m.end() :], written, origin), entry)
    if m := DERIVATIVE.match(body):
        of, by = _ref(m["of"], written, origin), _ref(m["by"], written, origin)
        return DerivativeName(of, by, entry)
    return ValueName(_ref(body, written, origin), entry)


def _ref(part: str, whole: str, origin: Span) -> Ref:
    expr = _read(part)
    if expr is None:
        expr = parse_expression(part, origin=origin)  # fails again, at the place where it stands
    if isinstance(expr, Ref) and (expr.index is None or isinstance(expr.index, At | Last)):
        return Ref(expr.name, expr.index, replace(origin, width=max(len(whole), 1)))
    raise failure(
        "bad-result-name",
        replace(origin, width=max(len(whole), 1)),
        "hint-result-name",
        found=whole.strip()[:80],
    )


def result_text(name: ResultName) -> str:
    """The canonical spelling of a result's name."""
    entry = f"({','.join(map(str, name.entry))})" if name.entry else ""
    match name:
        case ValueName(ref):
            return text(ref) + entry
        case DerivativeName(of, by):
            return f"d{text(of)}/d{text(by)}{entry}"
        case AfterName(iteration, ref):
            return f"after {iteration}: {text(ref)}{entry}"
