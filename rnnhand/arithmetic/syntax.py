"""The few kinds of Python syntax nodes that compiled equations are made of."""

from __future__ import annotations

import ast
from copy import copy

LOAD, STORE = ast.Load(), ast.Store()


def load(name: str) -> ast.expr:
    return ast.Name(name, LOAD)


def store(name: str) -> ast.Name:
    return ast.Name(name, STORE)


def constant(value: int) -> ast.expr:
    return ast.Constant(value)


def call(function: str, *args: ast.expr) -> ast.expr:
    return ast.Call(load(function), list(args), [])


def item(value: ast.expr, i: int) -> ast.expr:
    return ast.Subscript(value, constant(i), LOAD)


def times(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.BinOp(a, ast.Mult(), b)


def plus(value: ast.expr, offset: int) -> ast.expr:
    if not offset:
        return value
    sign = ast.Add() if offset > 0 else ast.Sub()
    return ast.BinOp(value, sign, constant(abs(offset)))


PATTERN = ast.parse("def f(): pass").body[0]
"""A definition with every field that it has in this version of Python."""


def function(name: str, parameters: list[str], body: list[ast.stmt]) -> ast.stmt:
    """`def name(parameters): body`."""
    definition = copy(PATTERN)
    assert isinstance(definition, ast.FunctionDef)
    definition.name = name
    definition.args = copy(definition.args)
    definition.args.args = [ast.arg(p) for p in parameters]
    definition.body = body
    return definition


def module(body: list[ast.stmt]) -> ast.Module:
    """The statements, each node on the line of its statement: 1 where none was given."""
    left: list[tuple[ast.AST, int]] = [(statement, 1) for statement in body]
    while left:
        node, line = left.pop()
        if "lineno" in node._attributes:
            line = node.lineno = getattr(node, "lineno", line)  # type: ignore[attr-defined]
            node.col_offset = 0  # type: ignore[attr-defined]
        for name in node._fields:
            part = getattr(node, name)
            if isinstance(part, list):
                left += [(one, line) for one in part if isinstance(one, ast.AST)]
            elif isinstance(part, ast.AST):
                left.append((part, line))
    return ast.Module(body, [])
