"""Formulas and numbers of a topic as they stand in a document."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from rnnhand.document.blocks import Math
from rnnhand.language.operations import Functions
from rnnhand.language.tree import Apply, Expr, Number, rewrite


def exact(value: Fraction) -> Math:
    """A rational number in a sentence or a cell."""
    return Math(Number(str(value)))


def spelled(expr: Expr, functions: Functions) -> Expr:
    """Functions of a formula of scalars under the names that textbooks use."""

    def spell(node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op in functions:
            return replace(node, spelling=functions[node.op].notation or node.op)
        return node

    return rewrite(expr, spell)
