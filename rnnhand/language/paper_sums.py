"""Sums and products over steps as they stand on paper: Σ_t, Σ_{t=1..3}, \\prod_{i=k+1}^t,
sum[t=1..T](…), sum(t=1..T, …), "sum over t of …"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rnnhand.errors import Failure, Span, failure
from rnnhand.language.paper import BEFORE, LETTER, Paper, closing, made, together
from rnnhand.language.paper_signs import Known
from rnnhand.language.readings import FIRST, Choice, Reading

SUMS = ("Σ", "∑", "sum")
PRODUCTS = ("Π", "∏", "prod", "product")
MEANS = ("mean",)
SIGN = rf"{BEFORE}(?P<sign>{'|'.join((*SUMS, 'product', *PRODUCTS, *MEANS))})"
INDEX = LETTER
DOTS = r"(?:\.{2,3}|…|,\s*(?:…|\.{2,3})\s*,|:|\bto\b)"
RANGE = re.compile(rf"\s*(?P<var>{INDEX})\s*=\s*(?P<low>.+?)\s*{DOTS}\s*(?P<high>.+?)\s*$")
FROM = re.compile(rf"\s*(?P<var>{INDEX})\s*=\s*(?P<low>.+?)\s*$")
ALONE = re.compile(rf"\s*(?P<var>{INDEX})\s*$")
WORD = re.compile(r"\w+")
TAIL = re.compile(r"(?:['′’]|[_^]\s*(?:\{[^{}]*\}|\([^()]*\)|\w+))*")
"""What goes on with the factor that it stands behind."""
BLANK = re.compile(r"\s*")
SCRIPT = re.compile(r"\s*(?P<sign>[_^])(?:(?P<brace>\{)|(?P<one>(?<=\^)[^\W_]+|\w(?!\w)))")
HEAD = re.compile(rf"{SIGN}\s*(?=[_^\[(])")
SPOKEN = re.compile(
    rf"{BEFORE}(?P<sign>sum|product|mean)\s+over\s+(?:all\s+)?(?P<var>{INDEX})\s+"
    r"(?:from\s+(?P<low>\S+)\s+to\s+(?P<high>\S+)\s+)?of\s+"
)


@dataclass(frozen=True)
class Bounds:
    """t from 1 to 3; t alone."""

    var: Paper
    low: Paper | None = None
    high: Paper | None = None


@dataclass(frozen=True)
class Head:
    """What stands before a summand: the sign, what runs, and between which bounds, if any; where
    the summand is, and where the formula goes on behind it."""

    start: int
    sign: str
    bounds: Bounds
    body: tuple[int, int]
    rest: int


def with_sums(paper: Paper, known: Known, reading: Reading = FIRST) -> Paper:
    """Each of them as sum[t](…) or Σ(t, 1, 3, …), the last one first: it is the innermost. A name
    of the problem, such as mean_h, is none."""
    starts = {m.start() for pattern in (HEAD, SPOKEN) for m in pattern.finditer(paper.text)}
    for start in sorted(starts, reverse=True):
        word = WORD.match(paper.text, start)
        if word and known(word[0]):
            continue
        head = _head_at(paper, start)
        if head is not None and head.sign in PRODUCTS and Choice.SHORT_PRODUCT in reading:
            head = _shorter(paper, head)
        paper = paper if head is None else _called(paper, head)
    return paper


def _head_at(paper: Paper, start: int) -> Head | None:
    if m := SPOKEN.match(paper.text, start):
        return _spoken(paper, m)
    m = HEAD.match(paper.text, start)
    return None if m is None else _head(paper, m)


def _called(paper: Paper, head: Head) -> Paper:
    at = paper.place(head.start)
    before, after = paper.part(0, head.start), paper.part(head.rest, len(paper.text))
    bounds = head.bounds
    if bounds.low is not None and bounds.high is not None:
        comma = made(", ", at)
        sign = "Π" if head.sign in PRODUCTS else "Σ"
        ends = (bounds.var, comma, bounds.low, comma, bounds.high, comma)
        opening = together(made(f"{sign}(", at), *ends)
    elif head.sign in PRODUCTS:
        raise _unread("product-without-bounds", head.start, head.sign)
    else:
        kind = "mean" if head.sign in MEANS else "sum"
        opening = together(made(f"{kind}[", at), bounds.var, made("](", at))
    return together(before, opening, paper.part(*head.body), made(")", at), after)


def _to_its_end(paper: Paper, start: int, sign: str, bounds: Bounds, body: int) -> Head:
    end = _summand_end(paper.text, body)
    return Head(start, sign, bounds, (body, end), end)


def _shorter(paper: Paper, head: Head) -> Head:
    """The product without the last factors, in which nothing runs: Π_i a_i·b as (Π_i a_i)·b. One
    that stands in brackets of its own is as it is."""
    start, end = head.body
    if head.rest != end:
        return head
    body = paper.text[start:end]
    mentions = list(re.finditer(rf"(?<![^\W_]){re.escape(head.bounds.var.text)}(?!\w)", body))
    if not mentions:
        return head
    cut = mentions[-1].end()
    depth = sum((c in "([{") - (c in ")]}") for c in body[:cut])
    while cut < len(body) and depth > 0:
        depth += (body[cut] in "([{") - (body[cut] in ")]}")
        cut += 1
    tail = TAIL.match(body, cut)
    cut = tail.end() if tail else cut
    return head if not body[cut:].strip() else replace(head, body=(start, start + cut),
                                                       rest=start + cut)  # fmt: skip


def _spoken(paper: Paper, m: re.Match[str]) -> Head:
    low, high = (paper.part(*m.span(n)) if m[n] else None for n in ("low", "high"))
    bounds = Bounds(paper.part(*m.span("var")), low, high)
    return _to_its_end(paper, m.start(), m["sign"], bounds, m.end())


def _head(paper: Paper, m: re.Match[str]) -> Head | None:
    text, i = paper.text, m.end()
    if text[i] in "_^":
        return _printed(paper, m)
    end = closing(text, i)
    if end == len(text):
        return None
    if text[i] == "(":
        return _with_bounds_inside(paper, m, i, end)
    bounds = _bounds(paper.part(i + 1, end))
    if bounds is None:
        return None
    gap = BLANK.match(text, end + 1)
    after = gap.end() if gap else end + 1
    if text[after : after + 1] != "(":
        return _to_its_end(paper, m.start(), m["sign"], bounds, after)
    if bounds.low is None and m["sign"] in ("sum", "mean"):
        return None  # the language's own way
    inner = closing(text, after)
    return Head(m.start(), m["sign"], bounds, (after + 1, inner), inner + 1)


def _with_bounds_inside(paper: Paper, m: re.Match[str], i: int, end: int) -> Head | None:
    """sum(t=1..3, …), sum(t, …), sum(…, t=1..3)."""
    commas = _commas(paper.text, i + 1, end)
    for comma in commas:
        first = _bounds(paper.part(i + 1, comma))
        if first is not None and (first.low is not None or len(commas) == 1):
            return Head(m.start(), m["sign"], first, (comma + 1, end), end + 1)
        last = _bounds(paper.part(comma + 1, end))
        if last is not None and last.low is not None:
            return Head(m.start(), m["sign"], last, (i + 1, comma), end + 1)
    return None


def _commas(text: str, start: int, end: int) -> list[int]:
    found, depth = [], 0
    for i in range(start, end):
        depth += text[i] in "([{"
        depth -= text[i] in ")]}"
        if text[i] == "," and depth == 0:
            found.append(i)
    return found


def _printed(paper: Paper, m: re.Match[str]) -> Head | None:
    """Σ_t, Σ_{t=1..3}, Σ_{t=1}^{3}, Σ^3_{t=1}."""
    text, i = paper.text, m.end()
    scripts: dict[str, Paper] = {}
    while one := SCRIPT.match(text, i):
        end = closing(text, one.end() - 1) if one["brace"] else one.end()
        scripts[one["sign"]] = paper.part(one.end() if one["brace"] else one.start("one"), end)
        i = end + 1 if one["brace"] else end
    if "_" not in scripts:
        return None
    bounds = _bounds(scripts["_"])
    if "^" in scripts:
        begun = FROM.match(scripts["_"].text)
        bounds = None
        if begun is not None:
            var, low = (scripts["_"].part(*begun.span(n)) for n in ("var", "low"))
            bounds = Bounds(var, low, scripts["^"])
    if bounds is None:
        raise _unread("sum-unread", m.start(), m["sign"])
    return _to_its_end(paper, m.start(), m["sign"], bounds, i)


def _bounds(inner: Paper) -> Bounds | None:
    """What runs, and from where to where."""
    if m := RANGE.match(inner.text):
        return Bounds(*(inner.part(*m.span(n)) for n in ("var", "low", "high")))
    m = ALONE.match(inner.text)
    return Bounds(inner.part(*m.span("var"))) if m else None


def _unread(code: str, start: int, sign: str) -> Failure:
    return failure(code, Span(1, start + 1, len(sign)), "hint-sum-unread", found=sign)


def _summand_end(text: str, start: int) -> int:
    """Where the summand ends that begins at `start`."""
    depth, operand = 0, False
    for i in range(start, len(text)):
        c = text[i]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth < 0:
                return i
        elif depth == 0 and (c in ",;=<>≤≥≠" or (c in "+-−" and operand)):
            return i
        if not c.isspace():
            operand = c not in "*·×/^@⊙∘⊗+-−"
    return len(text)
