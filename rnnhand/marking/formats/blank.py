"""What every format writes: the names that a sheet asks for, by groups, quantities and steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from rnnhand.marking.formats.entry import PREFIX
from rnnhand.system.model import Shape

BLANK = "_"

Filling: TypeAlias = Callable[[str], Any]
"""A name → its numbers as texts, nested; None for a blank."""


@dataclass(frozen=True)
class Row:
    """A quantity: its name at each step, or its one name under None.

    `label` is the name at the running step, h[t]; `var` the letter of its steps.
    """

    label: str
    names: Mapping[int | None, str]
    shape: Shape
    var: str = ""
    filling: Filling = lambda name: None

    @property
    def steps(self) -> list[int]:
        return [step for step in self.names if step is not None]

    @property
    def runs(self) -> list[tuple[int, int]]:
        """The steps as (first, last) of stretches without a gap."""
        found: list[tuple[int, int]] = []
        for step in sorted(self.steps):
            if found and found[-1][1] == step - 1:
                found[-1] = (found[-1][0], step)
            else:
                found.append((step, step))
        return found


@dataclass(frozen=True)
class Group:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Blank:
    """`remarks` stand at the top; `head` names the columns of names and of values."""

    remarks: tuple[str, ...]
    head: tuple[str, str]
    groups: tuple[Group, ...]
    has_comma: bool = False


def split_after(name: str) -> tuple[str, str]:
    """`after 1: u` as its block and the name in it."""
    m = PREFIX.match(name)
    return (f"after {m[1]}", name[m.end() :]) if m else ("", name)


def listed(row: Row, name: str, blank: str) -> Any:
    """A value as nested lists of texts, blanks of its shape where there is none."""
    found = row.filling(name)
    if found is not None:
        return found
    height, width = row.shape
    if width == 1:
        return blank if height == 1 else [blank] * height
    return [[blank] * width for _ in range(height)]


def in_cell(row: Row, name: str) -> str:
    """A value on one line: 1/2, [1; 2], [1, 2; 3, 4]."""
    value = listed(row, name, BLANK)
    if not isinstance(value, list):
        return "" if value == BLANK else str(value)
    if not isinstance(value[0], list):
        return f"[{'; '.join(value)}]"
    if len(value) == 1:
        return f"[{', '.join(value[0])}]"
    return f"[{'; '.join(', '.join(line) for line in value)}]"


def tables(blank: Blank) -> Iterator[tuple[str, list[list[str]]]]:
    """Each group as tables, header first: a row a quantity and a column a step; a column for each
    update; names and values for the rest."""
    for group in blank.groups:
        for var in dict.fromkeys(row.var for row in group.rows if row.var):
            rows = [row for row in group.rows if row.var == var]
            steps = sorted({step for row in rows for step in row.steps})
            yield group.title, _by_step(rows, steps, var, blank.head[0])
        single = [row for row in group.rows if not row.var]
        updates = dict.fromkeys(split_after(row.label)[0] for row in single)
        if single and all(updates):
            yield group.title, _by_update(single, list(updates), blank.head[0])
        elif single:
            values = [[row.label, in_cell(row, row.label)] for row in single]
            yield group.title, [list(blank.head), *values]


def _by_step(rows: list[Row], steps: list[int], var: str, head: str) -> list[list[str]]:
    found = [[head, *(f"{var}={step}" for step in steps)]]
    for row in rows:
        cells = [in_cell(row, row.names[s]) if s in row.names else "" for s in steps]
        found.append([row.label, *cells])
    return found


def _by_update(rows: list[Row], updates: list[str], head: str) -> list[list[str]]:
    own = {split_after(row.label): row for row in rows}
    names = dict.fromkeys(name for _, name in own)
    found = [[head, *updates]]
    for name in names:
        there = [own.get((update, name)) for update in updates]
        found.append([name, *(in_cell(row, row.label) if row else "" for row in there)])
    return found
