"""Blocks as plain data, to be kept in a file, and blocks again."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

from rnnhand.document import blocks
from rnnhand.document.blocks import Block
from rnnhand.language import tree
from rnnhand.language.numerals import Numeral

KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        *(blocks.Math, blocks.Shown, blocks.Equals, blocks.Tag),
        *(blocks.Paragraph, blocks.Definitions, blocks.Values, blocks.Step, blocks.Steps),
        *(blocks.Grid, blocks.Curve, blocks.Plot, blocks.Note, blocks.Fields, blocks.Room),
        *(blocks.Picture, blocks.Pictures, blocks.Plane, blocks.Dots, blocks.Line, blocks.Strokes),
        *(blocks.Section, Numeral, tree.Number, tree.Ref, tree.Apply, tree.Over),
        *(tree.Shift, tree.At, tree.Last, range),
    )
}


def as_data(content: tuple[Block, ...]) -> Any:
    """Blocks in lists, maps, texts and numbers; where a formula stood in its file is forgotten."""
    return _data(content)


def from_data(data: Any) -> tuple[Block, ...]:
    """What `as_data` has put away. Raises `KeyError` or `TypeError` for anything else."""
    return cast("tuple[Block, ...]", _made(data))


def _data(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [_data(part) for part in value]
    if isinstance(value, range):
        return {"is": "range", "start": value.start, "stop": value.stop, "step": value.step}
    parts = (f.name for f in fields(value) if f.name != "span")
    return {"is": type(value).__name__, **{name: _data(getattr(value, name)) for name in parts}}


def _made(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(_made(part) for part in data)
    if not isinstance(data, dict):
        return data
    kind = KINDS[data["is"]]
    parts = {name: _made(part) for name, part in data.items() if name != "is"}
    return range(*parts.values()) if kind is range else kind(**parts)
