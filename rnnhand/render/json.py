"""JSON of a solved problem: its key, every number a string."""

from __future__ import annotations

import json
from typing import Any

from rnnhand.document.key import Key, Named
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.printer import text


def solution(key: Key) -> str:
    """The JSON of `solve`; `docs/solve.schema.json` describes it."""

    def spelled(results: Named) -> dict[str, Any]:
        return {name: value(table) for name, table in results.items()}

    content: dict[str, Any] = {
        "problem": key.problem,
        "arithmetic": key.arithmetic,
        "values": spelled(key.values),
        "gradients": spelled(key.gradients),
    }
    if key.after:
        content["after"] = [spelled(updated) for updated in key.after]
    if key.results:
        content["results"] = spelled(key.results)
    return data(content)


def data(content: dict[str, Any]) -> str:
    """Plain data as JSON; numerals in it as `value` spells them."""
    return json.dumps(content, ensure_ascii=False, indent=2, default=value)


def value(table: Table) -> Any:
    """A scalar as a string, a vector as a list, a matrix as a list of rows.

    A number is its exact form, where it is known, else its decimal.
    """
    if not isinstance(table, Numeral):
        return [value(item) for item in table]
    if table.exact is not None:
        return text(table.exact)
    return table.decimal
