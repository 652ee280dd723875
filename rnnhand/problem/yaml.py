"""YAML with positions: text → nodes that know their line and column. Values stay text.

PyYAML's event stream does the scanning; the events are put together here, so that nesting, size,
aliases and repeated keys are bounded before anything is built. No tag is honoured and no scalar
is interpreted: `no` is the text "no" and 0.10 the text "0.10".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import yaml as pyyaml

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic, failure
from rnnhand.language import limits

LOADER: Any = getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. `block` is the place of the first character of a block `|`; `folded` says that
    line breaks have become blanks."""

    text: str
    span: Span
    block: Span | None = None
    quoted: bool = False
    folded: bool = False

    @property
    def origin(self) -> Span:
        """The place of the first character of the text."""
        return self.block or replace(self.span, column=self.span.column + self.quoted)


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


def shown(node: Node) -> str:
    """A node as a message may quote it."""
    match node:
        case Text(text):
            return text.strip()[:60] or '""'
        case List():
            return "[…]"
        case Map():
            return "{…}"


BREAKS = re.compile("\r\n?")
ODD_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Line breaks for YAML 1.1, but not for the editors that count lines."""


def decoded(raw: bytes) -> str:
    """The text of a file. Raises `Failure` for one that is too long or not text."""
    if len(raw) > limits.FILE_BYTES:
        raise failure("file-too-large", None, size=len(raw), limit=limits.FILE_BYTES)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig")) + 1
        byte = f"0x{raw[error.start]:02X}"
        raise failure("not-utf-8", Span(line, column), "hint-utf-8", byte=byte) from None
    return ODD_BREAKS.sub(" ", BREAKS.sub("\n", text))


def read(text: str, repeats: bool = False) -> Node:
    """The tree of one YAML document. Raises `Failure` with the place of the first bad spot, or of
    every repeated key, unless maps may have `repeats`."""
    wrong: list[Diagnostic] = []
    try:
        return _Composer(text, wrong, repeats).document()
    except pyyaml.MarkedYAMLError as error:
        if TOO_DEEP in str(error.problem) and error.problem_mark:
            # Newer libyaml gives up by itself, far beyond our own limit: what stands before that
            # place is enough to find where ours was passed.
            _Composer(text[: error.problem_mark.index - 1], wrong).document()
        raise _bad_yaml(error, text) from None
    except pyyaml.reader.ReaderError as error:
        found = next((i for i, c in enumerate(text) if c in FORBIDDEN), 0)
        span = Span(text.count("\n", 0, found) + 1, found - text.rfind("\n", 0, found))
        code = f"U+{ord(text[found]):04X}" if text else str(error.character)
        raise failure("bad-yaml-character", span, "hint-binary", found=code) from None


def _tag(tag: str) -> str:
    """A tag as it was written: !!python/object."""
    return tag.replace("tag:yaml.org,2002:", "!!")[:80]


FORBIDDEN = {chr(i) for i in range(32) if chr(i) not in "\t\n\r"} | {
    *map(chr, range(0x7F, 0xA0)), *map(chr, range(0xD800, 0xE000)), "\ufeff", "\ufffe", "\uffff"
}  # fmt: skip
"""Characters that no YAML text may have."""

TOO_DEEP = "exceeded maximum nesting depth"

PROBLEMS = {
    "mapping values are not allowed": "yaml-colon",
    "could not find expected ':'": "yaml-no-colon",
    "cannot start any token": "yaml-no-start",
    "found unexpected end of stream": "yaml-open-quote",
    "found unexpected document indicator": "yaml-open-quote",
    "did not find expected ',' or": "yaml-open-bracket",
    "did not find expected node content": "yaml-no-value",
    "did not find expected key": "yaml-indentation",
    "did not find expected '-' indicator": "yaml-indentation",
    "did not find expected <document start>": "yaml-indentation",
    "block sequence entries are not allowed": "yaml-indentation",
    "found undefined tag handle": "yaml-no-start",
    "unknown escape character": "yaml-escape",
}
"""What the scanner says → the phrase that says it to people."""


def _bad_yaml(error: Any, text: str) -> Failure:
    problem = str(error.problem)
    code = next((c for start, c in PROBLEMS.items() if start in problem), "bad-yaml")
    mark = error.problem_mark or error.context_mark
    if code in ("yaml-open-quote", "yaml-no-colon") and error.context_mark:
        mark = error.context_mark
    assert mark is not None
    lines = text.split("\n")
    line = min(mark.line, len(lines) - 1)
    opened = error.context_mark.line + 1 if error.context_mark else line + 1
    return failure(
        code,
        Span(line + 1, min(mark.column, len(lines[line])) + 1),
        _yaml_hint(code, lines[line], mark.column),
        line=opened,
    )


def _yaml_hint(code: str, line: str, column: int) -> str:
    """The likely fix of a line that YAML cannot read."""
    if "\t" in line[: column + 1]:
        return "hint-tab"
    if code == "yaml-escape":
        return "hint-yaml-escape"
    if code in ("yaml-open-bracket", "yaml-no-value"):
        return "hint-close-bracket"
    if code == "yaml-open-quote" or line.count('"') % 2:
        return "hint-quote"
    if code in ("yaml-no-start", "yaml-colon"):
        return "hint-quote-text"
    return "hint-indentation"


class _Composer:
    def __init__(self, text: str, wrong: list[Diagnostic], repeats: bool = False) -> None:
        self.lines = text.split("\n")
        self.events = pyyaml.parse(text, Loader=LOADER)
        self.wrong, self.repeats = wrong, repeats
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
                    raise failure("two-documents", _span(event), "hint-two-documents")
                continue
            node: Node
            if isinstance(event, pyyaml.AliasEvent):
                raise failure("alias", _span(event), "hint-alias", name=str(event.anchor)[:40])
            if tag := getattr(event, "tag", None):
                place = replace(_span(event), width=1)
                raise failure("yaml-tag", place, "hint-yaml-tag", found=_tag(str(tag)))
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
            if self.nodes > limits.NODES:
                raise failure("too-many-nodes", _span(event), limit=limits.NODES)
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
        folded = event.style != "|" and event.end_mark.line > event.start_mark.line
        return Text(event.value, span, block, event.style in ("'", '"'), folded)

    def mapping(self, span: Span, items: list[Node]) -> Map:
        entries: list[tuple[Text, Node]] = []
        seen: dict[str, Span] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Text):
                self.wrong.append(diagnostic("key-not-text", key.span, "hint-quote-key"))
                continue
            if key.text in seen and not self.repeats:
                self.wrong.append(
                    diagnostic(
                        "duplicate-key",
                        key.span,
                        "hint-duplicate-key",
                        key=key.text[:60],
                        line=seen[key.text].line,
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
