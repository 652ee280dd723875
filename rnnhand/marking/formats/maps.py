"""Sheets that are maps, in YAML or JSON: `h[1..3]: [0, 0.5, 0]`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnhand.errors import Failure, diagnostic
from rnnhand.marking.formats.entry import AFTER, Entry, after
from rnnhand.problem import yaml

PAIR = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


def read_yaml(text: str) -> Iterator[Entry]:
    """Raises `Failure` where the text is no YAML, or no map."""
    root = yaml.read(text, repeats=True)
    if not isinstance(root, yaml.Map):
        raise Failure([diagnostic("sheet-not-a-map", root.span, "hint-sheet")])
    yield from _entries(root)


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
            for name, inner in value.entries:
                yield Entry(after(block[1], name), inner)
        else:
            yield Entry(key, value)


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
