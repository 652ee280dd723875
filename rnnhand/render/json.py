"""JSON of a solved problem: the key, every number a string."""

from __future__ import annotations

import json
from typing import Any

from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text
from rnnhand.questions.key import Key


def solution(problem: str, arithmetic: str, key: Key) -> str:
    """The JSON of `solve`, as the contract describes it."""

    def spelled(results: dict[str, Table]) -> dict[str, Any]:
        return {name: value(table, arithmetic) for name, table in results.items()}

    content: dict[str, Any] = {
        "problem": problem,
        "arithmetic": arithmetic,
        "values": spelled(key.values),
        "gradients": spelled(key.gradients),
    }
    if key.after:
        content["after"] = [spelled(updated) for update in key.after for updated in update]
    if key.results:
        content["results"] = spelled(key.results)
    return json.dumps(content, ensure_ascii=False, indent=2)


def value(table: Table, arithmetic: str) -> Any:
    """A scalar as a string, a vector as a list, a matrix as a list of rows."""
    if not isinstance(table, Numeral):
        return [value(item, arithmetic) for item in table]
    if arithmetic in ("exact", "symbolic") and table.exact is not None:
        return text(table.exact)
    return table.decimal
