"""One entry of `parameters`, `initial`, `data` or `constants` → given values at their steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnnhand.errors import Diagnostic, Failure, failure
from rnnhand.language import limits
from rnnhand.language.parser import Statement
from rnnhand.language.printer import text as text_of
from rnnhand.language.tree import Ref, Shift, walk
from rnnhand.problem import yaml
from rnnhand.problem.values import EMPTY, Key, parse_value
from rnnhand.system.model import Entry, Given, Quantity, Role, Shape
from rnnhand.system.shapes import shown


def indices_of_names(
    statements: tuple[Statement, ...], indices: Mapping[str, range]
) -> dict[str, str]:
    """The index that a name runs over, read off its mentions with a running index."""
    over: dict[str, str] = {}
    for statement in statements:
        for node in (statement.target, *walk(statement.body)):
            index = node.index if isinstance(node, Ref) else None
            if isinstance(node, Ref) and isinstance(index, Shift) and index.var in indices:
                over.setdefault(node.name, index.var)
    return over


def given_value(q: Quantity, key: Key, node: yaml.Node, role: Role) -> Given:
    """The value or the values of one entry. Raises `Failure` with every mistake in them."""
    if key.steps is None:
        shape, entries = parse_value(node)
        return Given(q, role, shape, {None: entries}, key.span)
    if not key.is_range:
        shape, entries = parse_value(node)
        return Given(q, role, shape, {key.steps[0]: entries}, key.span)
    letters = isinstance(node, yaml.Text) and node.text.strip() in EMPTY and not node.quoted
    if letters or isinstance(node, yaml.Map):
        shape, entries = parse_value(node)
        if shape[0] * shape[1] * len(key.steps) > limits.ENTRIES:
            raise failure("too-many-values", key.span, limit=limits.ENTRIES)
        return Given(q, role, shape, dict.fromkeys(key.steps, entries), key.span)
    items = node.items if isinstance(node, yaml.List) else (node,)
    if len(items) != len(key.steps):
        raise failure(
            "step-count",
            node.span,
            "hint-step-list" if isinstance(node, yaml.List) else "hint-step-each",
            name=q.name,
            first=key.steps[0],
            last=key.steps[-1],
            wanted=len(key.steps),
            found=len(items),
        )
    values: dict[int | None, tuple[Entry, ...]] = {}
    common: Shape | None = None
    wrong: list[Diagnostic] = []
    for step, item in zip(key.steps, items, strict=True):
        try:
            shape, values[step] = parse_value(item)
            if common is not None and shape != common:
                raise failure(
                    "shape-of-steps",
                    item.span,
                    name=text_of(q.at(step)),
                    found=shown(shape),
                    wanted=shown(common),
                    first=text_of(q.at(key.steps[0])),
                )
            common = shape
        except Failure as error:
            wrong += error.diagnostics
    if wrong or common is None:
        raise Failure(wrong)
    return Given(q, role, common, values, key.span)


def joined(one: Given, other: Given) -> Given:
    """Values of one quantity at different steps, given in two entries."""
    for step in other.values:
        if step in one.values:
            name = text_of(one.quantity.at(step))
            raise failure(
                "given-twice", other.span, "hint-duplicate-key", name=name, line=one.span.line
            )
    if one.shape != other.shape:
        raise failure(
            "shape-of-steps",
            other.span,
            name=text_of(other.quantity.at(min(s for s in other.values if s is not None))),
            found=shown(other.shape),
            wanted=shown(one.shape),
            first=text_of(one.quantity.at(min(s for s in one.values if s is not None))),
        )
    if one.role != other.role:
        # An initial value and a sequence of data may share a name; each step keeps the role of
        # the entry that is differentiated.
        role = one.role if one.role in (Role.INITIAL, Role.PARAMETER) else other.role
        return replace(one, role=role, values={**one.values, **other.values})
    return replace(one, values={**one.values, **other.values})
