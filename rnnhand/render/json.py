"""JSON of a solved problem: its key, every number a string."""

from __future__ import annotations

import json
from typing import Any

from rnnhand.document.graph import Graph
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
    if key.answers:
        content["answers"] = [{word: found} for word, found in key.answers]
    if key.named:
        content["named"] = spelled(key.named)
    return data(content)


def graph(found: Graph) -> dict[str, Any]:
    """The graph as plain data, formulas in the equation language, numbers as strings."""
    return {
        "title": found.title,
        "columns": list(found.columns),
        "nodes": [
            {
                "key": n.key,
                "kind": str(n.kind),
                "name": text(n.name) if n.name is not None else None,
                "symbol": n.symbol,
                "row": n.row,
                "column": n.column,
                "added": [text(e) for e in n.added],
                "value": value(n.value) if n.value is not None else None,
                "adjoint": value(n.adjoint) if n.adjoint is not None else None,
            }
            for n in found.nodes
        ],
        "edges": [
            {
                "start": e.start,
                "end": e.end,
                "label": text(e.label) if e.label is not None else None,
                "is_weight": e.is_weight and e.label is not None,
                "value": value(e.value) if e.value is not None else None,
                "lag": e.lag,
                "paths": list(e.paths),
            }
            for e in found.edges
        ],
    }


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
