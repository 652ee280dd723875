"""A formula on a sheet: read in the letters of the right one, and judged by whether it is equal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from rnnhand.errors import Diagnostic, Failure, diagnostic, failure
from rnnhand.language.spellings import folded
from rnnhand.language.tree import Apply, Expr, Ref, refs, rewrite, walk
from rnnhand.marking.echo import echoed, safe
from rnnhand.marking.numbers import is_blank
from rnnhand.marking.sheet import Formula
from rnnhand.problem import yaml
from rnnhand.questions.analysis.study import formula
from rnnhand.questions.topics.identity import compared, value_at

LONGEST = 500
"""Characters of a formula."""

MOST_OPERATIONS = 150
"""Operations of a formula that are compared with others."""

SHOWN = 6
"""Digits of the numbers of a counter-example."""


def formula_answer(name: str, right: Expr, node: yaml.Node) -> Formula:
    """What a sheet says under the name of a formula, with its verdict."""
    while isinstance(node, yaml.List) and len(node.items) == 1:
        node = node.items[0]
    given = echoed(node)
    if isinstance(node, yaml.Text) and is_blank(node.text):
        return Formula(name, "", (), "missing", right)
    try:
        own = _read(node, right)
    except Failure as error:
        return Formula(name, given, error.diagnostics, "unreadable", right)
    found = compared(own, right)
    if found.verdict == "same":
        return Formula(name, given, (), "right", right)
    if found.against is None:
        why = diagnostic("sheet-formula-open", node.span)
        return Formula(name, given, (why,), "unreadable", right)
    return Formula(name, given, (_counterexample(own, right, found.against, node),), "wrong", right)


def _read(node: yaml.Node, right: Expr) -> Expr:
    """The formula of a node. Raises `Failure` for what is none in the letters of the right one."""
    if not isinstance(node, yaml.Text):
        raise failure("sheet-no-formula", node.span, found=echoed(node))
    written = node.text.strip()
    if len(written) > LONGEST:
        raise failure("sheet-formula-long", node.span, limit=LONGEST)
    if written.startswith("="):
        raise failure("sheet-formula", node.span, "hint-sheet-formula", found=safe(written))
    own = formula(written, node.origin)
    if sum(isinstance(part, Apply) for part in walk(own)) > MOST_OPERATIONS:
        raise failure("sheet-formula-long", node.span, limit=MOST_OPERATIONS)
    own = _in_letters(own, {ref.name for ref in refs(right)})
    letters = dict.fromkeys(ref.name for ref in refs(right))
    strange = next((r for r in refs(own) if r.name not in letters or r.index), None)
    if strange is not None:
        known = ", ".join(letters)
        raise failure("sheet-formula-letter", strange.span, found=safe(strange.name), known=known)
    return own


def _in_letters(own: Expr, letters: Collection[str]) -> Expr:
    """A formula with each letter as the right one spells it: lambda for λ."""
    alike = {folded(name): name for name in letters}

    def known(part: Expr) -> Expr:
        if not isinstance(part, Ref) or part.name in letters:
            return part
        return replace(part, name=alike.get(folded(part.name), part.name))

    return rewrite(own, known)


def _counterexample(
    own: Expr, right: Expr, against: Mapping[str, Fraction], node: yaml.Node
) -> Diagnostic:
    at = ", ".join(f"{name} = {value}" for name, value in against.items())
    one, other = (value_at(expr, against, SHOWN) for expr in (own, right))
    return diagnostic("sheet-formula-differs", node.span, at=at, own=one, right=other)
