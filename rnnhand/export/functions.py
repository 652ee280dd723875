"""The functions that a program calls and its library lacks, as definitions."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.rules import slope
from rnnhand.errors import failure
from rnnhand.export.names import Names
from rnnhand.export.spelling import Spelling
from rnnhand.language.operations import PRIMITIVES, Function
from rnnhand.language.tree import Expr, Ref


def definitions(spelling: Spelling) -> Iterator[str]:
    """The definitions of all functions in use, those that others call first."""
    done: dict[str, None] = {}
    for name in list(spelling.used):
        yield from _definition(spelling, name, done)


def _definition(spelling: Spelling, name: str, done: dict[str, None]) -> Iterator[str]:
    if name in done:
        return
    done[name] = None
    called = spelling.names.other(name, "function")
    if name in spelling.dialect.helpers:
        yield from _helper(spelling, name, called)
        return
    function = spelling.system.functions[name]
    if function.open or name in PRIMITIVES:
        raise failure("open-function", None, "hint-open-function", name=name)
    inner = Spelling(spelling.system, spelling.dialect, spelling.names, defining=True)
    lines = list(_body(inner, function, called))
    for needed in list(inner.used):
        yield from _definition(spelling, needed, done)
    yield from lines


def _helper(spelling: Spelling, name: str, called: str) -> Iterator[str]:
    """A helper as it stands in the dialect, under the name that it has here."""
    source = spelling.dialect.helpers[name].strip("\n")
    yield source.replace(f"def {name}(", f"def {called}(", 1)
    yield ""
    yield ""


def _body(inner: Spelling, function: Function, called: str) -> Iterator[str]:
    """`def f(x): return value`; with its slopes where the library must be told them."""
    own = Names()
    own.reserve(inner.names.taken)
    for parameter in function.parameters:
        inner.locals[parameter] = own.fresh(parameter)
    value = inner.code(function.value).text
    yield f"def {called}({', '.join(inner.locals.values())}):"
    if not inner.dialect.automatic:
        yield f"    return {value}"
    else:
        result = inner.locals["result"] = own.fresh("result")
        yield f"    {result} = {value}"
        slopes = [f"({inner.locals[p]}, {s})" for p, s in _slopes(inner, function)]
        told = inner.function("with_slopes")
        yield f"    return {told}({', '.join([result, *slopes])})"
    yield ""
    yield ""


def _slopes(inner: Spelling, function: Function) -> Iterator[tuple[str, str]]:
    arguments: tuple[Expr, ...] = tuple(map(Ref, function.parameters))
    for parameter in function.parameters:
        found = slope(function, parameter, arguments, Ref("result"), inner.system.functions)
        if found is not None:
            yield parameter, inner.argument(found)
