"""The key of a problem: every result under its public name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rnnhand.language.numerals import Table

Named: TypeAlias = dict[str, Table]


@dataclass(frozen=True)
class Key:
    """Results by name, in the order in which they are computed.

    `after` has one entry for each iteration of an update; `results` holds what `ask` names;
    `answers` what its topics found, by the word of the topic, and `named` the numbers in it under
    names that stand on answer sheets.
    """

    problem: str
    arithmetic: str
    values: Named
    gradients: Named
    after: list[Named] = field(default_factory=list)
    results: Named = field(default_factory=dict)
    answers: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    named: Named = field(default_factory=dict)
