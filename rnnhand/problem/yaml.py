"""YAML with positions: text → nodes that know their line and column. Values stay text.

PyYAML's event stream does the scanning; the events are put together here, so that nesting, size,
aliases and repeated keys are bounded before anything is built. No tag is honoured and no scalar
is interpreted: `no` is the text "no" and 0.10 the text "0.10".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml as pyyaml

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic, failure
from rnnhand.language import limits

LOADER: Any = getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar; `indent` is the column of the first character of each line of a block."""

    text: str
    span: Span
    block: Span | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Map:
    entries: tuple[tuple[Text, Node], ...]
    span: Span

    def get(self, key: str) -> Node | None:
        return next((value for k, value in self.entries if k.text == key), None)


Node: TypeAlias = Text | List | Map


def decoded(raw: bytes) -> str:
    """The text of a file. Raises `Failure` for one that is too long or not text."""
    if len(raw) > limits.FILE_BYTES:
        raise failure("file-too-large", None, size=len(raw), limit=limits.FILE_BYTES)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise failure("not-utf-8", Span(line, column), byte=f"0x{raw[error.start]:02X}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(text: str) -> Node:
    """The tree of one YAML document. Raises `Failure` with the place of the first bad spot, or of
    every repeated key."""
    wrong: list[Diagnostic] = []
    try:
        return _Composer(text, wrong).document()
    except pyyaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = Span(mark.line + 1, mark.column + 1) if mark else None
        raise failure("bad-yaml", span, _yaml_hint(text, span), problem=error.problem) from None
    except pyyaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        span = Span(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise failure("bad-yaml-character", span, found=_hex(error.character)) from None


def _hex(character: object) -> str:
    code = character if isinstance(character, int) else ord(str(character)[:1] or "?")
    return f"U+{code:04X}"


def _yaml_hint(text: str, span: Span | None) -> str | None:
    lines = text.split("\n")
    if span is None or span.line > len(lines):
        return None
    line = lines[span.line - 1]
    if "\t" in line[: span.column]:
        return "hint-tab"
    if line.count('"') % 2:
        return "hint-quote"
    return "hint-indentation"


class _Composer:
    def __init__(self, text: str, wrong: list[Diagnostic]) -> None:
        self.lines = text.split("\n")
        self.events = pyyaml.parse(text, Loader=LOADER)
        self.wrong = wrong
        self.nodes = 0

    def document(self) -> Node:
        """The one document: events become nodes on a stack, so depth costs no recursion."""
        root: Node | None = None
        stack: list[tuple[Span, list[Node], bool]] = []
        documents = 0
        for event in self.events:
            if isinstance(event, pyyaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise failure("two-documents", _span(event))
                continue
            node: Node
            if isinstance(event, pyyaml.AliasEvent):
                raise failure("alias", _span(event), "hint-alias", name=str(event.anchor)[:40])
            if isinstance(event, pyyaml.ScalarEvent):
                node = self.scalar(event)
            elif isinstance(event, pyyaml.SequenceStartEvent | pyyaml.MappingStartEvent):
                if len(stack) >= limits.YAML_DEPTH:
                    raise failure("yaml-too-deep", _span(event), limit=limits.YAML_DEPTH)
                is_map = isinstance(event, pyyaml.MappingStartEvent)
                stack.append((_span(event), [], is_map))
                continue
            elif isinstance(event, pyyaml.SequenceEndEvent):
                span, items, _ = stack.pop()
                node = List(tuple(items), span)
            elif isinstance(event, pyyaml.MappingEndEvent):
                span, items, _ = stack.pop()
                node = self.mapping(span, items)
            else:
                continue
            self.nodes += 1
            if stack:
                stack[-1][1].append(node)
            else:
                root = node
        if self.wrong:
            raise Failure(self.wrong)
        if root is None:
            raise failure("empty-file", Span(1, 1), "hint-empty-file")
        return root

    def scalar(self, event: Any) -> Text:
        span = _span(event)
        block = None
        if event.style in ("|", ">"):
            first = span.line
            while first < len(self.lines) and not self.lines[first].strip():
                first += 1
            body = self.lines[first] if first < len(self.lines) else ""
            leading = event.value[: len(event.value) - len(event.value.lstrip("\n "))]
            spaces = len(leading) - (leading.rfind("\n") + 1)
            block = Span(span.line + 1, len(body) - len(body.lstrip(" ")) - spaces + 1)
        return Text(event.value, span, block, event.style in ("'", '"'))

    def mapping(self, span: Span, items: list[Node]) -> Map:
        entries: list[tuple[Text, Node]] = []
        seen: dict[str, Span] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Text):
                self.wrong.append(diagnostic("key-not-text", key.span, "hint-quote-key"))
                continue
            if key.text in seen:
                self.wrong.append(
                    diagnostic(
                        "duplicate-key", key.span, key=key.text[:60], line=seen[key.text].line
                    )
                )
                continue
            seen[key.text] = key.span
            entries.append((key, value))
        return Map(tuple(entries), span)


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Span(start.line + 1, start.column + 1, max(width, 1))
