"""Sheets that are maps, in YAML or JSON: `h[1..3]: [0, 0.5, 0]`."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from rnnhand.errors import Failure, Span, diagnostic
from rnnhand.marking.formats.blank import BLANK, Blank, Row, listed, split_after
from rnnhand.marking.formats.entry import AFTER, MOST, Entry, after_entry, at_step
from rnnhand.problem import yaml

STEP = re.compile(r"[+-]?\d{1,7}", re.ASCII)
TOP = re.compile(r"(?m)^(?=[^\s#}\]])")
"""Before a key that is not indented."""

PAIR = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


def read_yaml(text: str) -> Iterator[Entry]:
    """Where the text as a whole is no YAML, its keys are read one by one, and what is broken is
    unreadable. Raises `Failure` where nothing can be read, or where there is no map."""
    try:
        root = yaml.read(text, repeats=True)
    except Failure as error:
        found = list(islice(_key_by_key(text), MOST + 1))
        if all(entry.why for entry in found):
            raise error from None
        yield from found
        return
    if not isinstance(root, yaml.Map):
        raise Failure([diagnostic("sheet-not-a-map", root.span, "hint-sheet")])
    yield from _entries(root)


def _key_by_key(text: str) -> Iterator[Entry]:
    """The entries of each key at the beginning of a line, with the lines below it."""
    above = 0
    for part in TOP.split(text):
        try:
            root = yaml.read(part, repeats=True)
            if not isinstance(root, yaml.Map):
                raise Failure([diagnostic("sheet-not-a-map", root.span, "hint-sheet")])
        except Failure as error:
            if part.strip() and not part.lstrip().startswith("#"):
                name, _, value = part.strip().partition(":")
                span = Span(above + 1, 1, max(len(name), 1))
                why = tuple(d.moved(above, 0) for d in error.diagnostics)
                yield Entry(yaml.Text(name, span), yaml.Text(value.strip(), span), why)
        else:
            for entry in _entries(root):
                name_there = yaml.Text(entry.name.text, entry.name.span.moved(above, 0))
                yield Entry(name_there, _moved(entry.value, above))
        above += part.count("\n")


def _moved(node: yaml.Node, lines: int) -> yaml.Node:
    """A node so many lines further down."""
    span = node.span.moved(lines, 0)
    match node:
        case yaml.Text():
            block = node.block and node.block.moved(lines, 0)
            return replace(node, span=span, block=block)
        case yaml.List(items):
            return yaml.List(tuple(_moved(item, lines) for item in items), span)
        case yaml.Map(entries):
            return yaml.Map(tuple((k, _moved(v, lines)) for k, v in entries), span)


def read_json(text: str) -> Iterator[Entry]:
    """JSON is YAML, but for characters that it writes as two halves."""
    return read_yaml(PAIR.sub(_joined, text))


def _joined(m: re.Match[str]) -> str:
    high, low = int(m[1], 16), int(m[2], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"


def _entries(node: yaml.Map) -> Iterator[Entry]:
    for key, value in node.entries:
        block = AFTER.fullmatch(key.text)
        if block and isinstance(value, yaml.Map):
            for entry in _entries(value):
                yield after_entry(block[1], entry)
        elif isinstance(value, yaml.Map) and all(STEP.fullmatch(k.text) for k, _ in value.entries):
            for step, inner in value.entries:
                yield Entry(replace(at_step(key, int(step.text)), span=step.span), inner)
        else:
            yield Entry(key, value)


def write_json(blank: Blank) -> str:
    """A map; JSON has no place for remarks."""
    content: dict[str, Any] = {}
    for group in blank.groups:
        for row in group.rows:
            for name in row.names.values():
                block, own = split_after(name)
                where = content.setdefault(block, {}) if block else content
                where[own] = listed(row, name, "")
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def write_yaml(blank: Blank) -> str:
    """A map, scalars of one quantity as a list over their steps."""
    lines = [f"# {line}" for line in blank.remarks]
    for group in blank.groups:
        lines += ["", f"# {group.title}"]
        block = ""
        for row in group.rows:
            for name, value in _pairs(row):
                now, own = split_after(name)
                if now and now != block:
                    lines.append(f"{now}:")
                block = now
                lines += _wrapped(f"{'  ' if now else ''}{own}:", value)
    return "\n".join(lines) + "\n"


def _pairs(row: Row) -> Iterator[tuple[str, str]]:
    """Keys and values of a row: h[0..3] for scalars, one key a step for others."""
    runs = row.runs if row.shape == (1, 1) else []
    for first, last in runs:
        values = [_flow(listed(row, row.names[i], BLANK)) for i in range(first, last + 1)]
        if first == last:
            yield row.names[first], values[0].replace(BLANK, "")
        else:
            yield row.label.replace(f"[{row.var}]", f"[{first}..{last}]"), f"[{', '.join(values)}]"
    if not runs:
        for name in row.names.values():
            value = _flow(listed(row, name, BLANK))
            yield name, "" if value == BLANK else value


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return f'"{value}"' if SPECIAL.search(value) else str(value)


def _wrapped(key: str, value: str) -> list[str]:
    """A key and its value; a long list goes on in the next line, a little further in."""
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    return textwrap.wrap(
        f"{key} {value}".rstrip(),
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


WIDTH = 96
SPECIAL = re.compile(r"[,:#\[\]{}&*!|>%@`'\"]|^\?")


def looks_like_json(text: str) -> bool:
    return text.lstrip().startswith("{")


KEY = re.compile(
    r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s#,;|\t"'{}=][^,;|\t={}\n]{0,200}?)\s{0,9}:(?:[ ].*)?$"""
)


def looks_like_yaml(text: str) -> bool:
    """Whether the first line that says anything is a key with a colon."""
    for line in text.split("\n"):
        rest = AFTER.sub("", line, count=1).strip()
        if rest.startswith("{"):
            return True
        if rest and not rest.startswith(("#", "---", "%")):
            return KEY.match(rest) is not None
    return False
