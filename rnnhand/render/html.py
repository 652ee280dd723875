"""Documents as one HTML file: MathML, pictures inside, nothing to fetch, readable without script.

With `Labels` the page has controls, too, and a script that works them; see `page/script`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import count
from typing import assert_never

from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Equals,
    Fields,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Pictures,
    Plane,
    Plot,
    Room,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
    Tag,
    Values,
)
from rnnhand.document.decimal import written
from rnnhand.document.graph import Graph
from rnnhand.document.graph_shown import as_shown
from rnnhand.language.numerals import BLANK, Numeral, Table
from rnnhand.language.printer import text
from rnnhand.language.tree import At, Expr, Number, Ref, Shift
from rnnhand.render.boxes import formula as boxed
from rnnhand.render.boxes import table_box
from rnnhand.render.greys import svg
from rnnhand.render.lines import Lines
from rnnhand.render.live import as_json
from rnnhand.render.mathml import (
    attribute,
    clean,
    figure,
    formula,
    math,
    pieces,
    sign_before,
    table,
)
from rnnhand.render.notation import LONGEST_FRACTION, UNICODE
from rnnhand.render.plane_svg import curves, plane_svg
from rnnhand.render.plot_svg import plot_svg
from rnnhand.render.plot_svg import style as plot_style
from rnnhand.render.svg import inside as graph_svg
from rnnhand.render.svg import style as graph_style
from rnnhand.render.tables import on_page
from rnnhand.render.tex import Tex
from rnnhand.render.tex_names import Names

WIDEST_TABLE = 130
"""Columns of text up to which a table fits on paper; a wider one is turned or split."""
MEASURE = Lines(Tex(names=Names(clean)), WIDEST_TABLE)
WIDE = 40
"""Characters from which a product is set in pieces, between which a line may break."""

SCRIPT = (
    *("page", "matrices", "windows", "numbers", "stepping", "worksheet", "following", "supposing"),
    "controls",
)
"""What a page can do, a part each: a later one may use the earlier ones."""

Labels = Mapping[str, str]
"""What the controls of a page say, by the codes that the script knows."""
LABELS = (
    *("controls", "step", "previous", "next", "place", "worksheet", "score", "answer", "show"),
    *("right", "wrong", "unreadable", "follow", "given", "goes"),
    *("what-if", "reset", "floats"),
)
"""The codes: the phrases page-…"""


def page(document: Document, labels: Labels | None = None, graph: Graph | None = None) -> str:
    """The document as an HTML page; with `labels` for controls, one that can be worked with.

    A `graph` of what it works out stands before its first section.
    """
    document = written(document)
    graph = as_shown(graph) if graph is not None else None
    body = "\n".join(_Body().document(document, graph))
    style = _data("style.css") + plot_style(_most_curves(document.blocks))
    style += graph_style("auto") if graph is not None else ""
    script = _script() if labels is not None else ""
    title = document.title or _heading(document.blocks)
    head = [
        "<!DOCTYPE html>",
        f"<html lang={attribute(document.lang)} data-mark={attribute(document.decimal)}>",
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{clean(title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
    ]
    end = ["</body>", "</html>"]
    if labels is not None:
        said = json.dumps(dict(labels), ensure_ascii=False).replace("<", "\\u003c")
        end = [
            f'<script type="application/json" id="labels">{said}</script>',
            *_live(document),
            f"<script>{script}</script>",
            *end,
        ]
    return "\n".join([*head, body, *end])


def _live(document: Document) -> Iterator[str]:
    if document.live is not None:
        yield f'<script type="application/json" id="live">{as_json(document.live)}</script>'


def _policy(style: str, script: str) -> str:
    """Nothing is fetched, and nothing runs but what stands in the page as it was written."""
    allowed = f"script-src {_hash(script)}; " if script else ""
    return (
        f"default-src 'none'; style-src {_hash(style)}; {allowed}base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _data(name: str) -> str:
    return files("rnnhand").joinpath("render", "page", *name.split("/")).read_text("utf-8")


def _script() -> str:
    """The parts of the script, which share their names with one another and with nothing else."""
    parts = "\n".join(_data(f"script/{part}.js") for part in SCRIPT)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _heading(blocks: tuple[Block, ...]) -> str:
    """The first title of a section, as text."""
    titles = (b.title for b in blocks if isinstance(b, Section))
    return spoken(next(titles, ("rnnhand",)))


def _most_curves(blocks: tuple[Block, ...]) -> int:
    most = 0
    for block in blocks:
        if isinstance(block, Plot):
            most = max(most, len(block.curves))
        elif isinstance(block, Plane):
            most = max(most, curves(block))
        elif isinstance(block, Section):
            most = max(most, _most_curves(block.blocks))
    return most


def spoken(sentence: Sentence) -> str:
    """A sentence as text without markup, for titles and labels."""
    return "".join(_spoken(part) for part in sentence)


def _spoken(part: Inline) -> str:
    match part:
        case str():
            return part
        case Math(expr):
            return boxed(expr, UNICODE).lines[0]
        case Shown(value):
            return table_box(value, UNICODE).lines[0]
        case Equals(left, right):
            number = isinstance(right, Numeral | tuple)
            return f"{_spoken(Math(left))} = {_spoken(Shown(right) if number else Math(right))}"  # type: ignore[arg-type]
        case Tag(_, words):
            return words
        case _:
            assert_never(part)


@dataclass(frozen=True)
class _Body:
    """The blocks of a page; `ids` numbers what others refer to, `made` says what every name was
    first found to be."""

    ids: Iterator[int] = field(default_factory=lambda: count(1))
    made: dict[str, Table] = field(default_factory=dict)

    def document(self, document: Document, graph: Graph | None) -> Iterator[str]:
        if document.title or document.source:
            yield "<header>"
            if document.title:
                yield f"<h1>{clean(document.title)}</h1>"
            if document.source:
                yield f"<p>{clean(document.source)}</p>"
            yield "</header>"
        yield "<main>"
        for block in document.blocks:
            if graph is not None and isinstance(block, Section):
                yield _graph(graph)
                graph = None
            yield from self.block(block, 2 if document.title else 1, document.title)
        yield "</main>"

    def block(self, block: Block, level: int, within: str) -> Iterator[str]:
        match block:
            case Paragraph(content):
                yield f"<p>{sentence(content)}</p>"
            case Definitions(equations):
                lines = (f"<li>{_equation(left, right)}</li>" for left, right in equations)
                yield f'<ul class="definitions">{"".join(lines)}</ul>'
            case Values(items):
                if items:
                    given = "".join(f"<li>{sentence(item)}</li>" for item in items)
                    yield f'<ul class="values">{given}</ul>'
            case Step():
                yield f'<ul class="steps">{_step(block, self.name_of(block))}</ul>'
            case Steps():
                yield self.steps(block)
            case Grid():
                for part in on_page(block, MEASURE, WIDEST_TABLE):
                    yield _grid(part, within)
            case Plot():
                yield f'<figure class="plot">{plot_svg(block, styled=False)}</figure>'
            case Pictures(items):
                inner = "".join(
                    f"<figure>{svg(item, attribute(spoken(item.name)))}"
                    f"<figcaption><div>{sentence(item.name)}</div><div>{sentence(item.scale)}</div></figcaption></figure>"
                    for item in items
                )
                yield f'<div class="pictures">{inner}</div>'
            case Plane():
                yield f'<figure class="plot">{plane_svg(block, styled=False)}</figure>'
            case Note(kind, content):
                yield f'<p class="note" data-kind={attribute(kind)}>{sentence(content)}</p>'
            case Fields(labels):
                line = '<span class="line"></span>'
                fields = "".join(f"<span>{clean(said)}: {line}</span>" for said in labels)
                yield f'<p class="fields">{fields}</p>'
            case Room(lines):
                yield f'<div class="room" aria-hidden="true">{"<div></div>" * lines}</div>'
            case Section(title, blocks):
                yield from self.section(title, blocks, level)
            case _:
                assert_never(block)

    def section(self, title: Sentence, blocks: tuple[Block, ...], level: int) -> Iterator[str]:
        n = next(self.ids)
        depth = min(level, 6)
        yield f'<section aria-labelledby="s{n}">'
        yield f'<h{depth} id="s{n}">{sentence(title)}</h{depth}>'
        for inner in blocks:
            yield from self.block(inner, level + 1, spoken(title))
        yield "</section>"

    def steps(self, block: Steps) -> str:
        lines = "".join(_step(step, self.name_of(step)) for step in block.steps)
        if not block.label:
            return f'<ul class="steps">{lines}</ul>'
        n = next(self.ids)
        return (
            f'<div class="group"><p class="label" id="s{n}">{sentence(block.label)}</p>'
            f'<ul class="steps" aria-labelledby="s{n}">{lines}</ul></div>'
        )

    def name_of(self, step: Step) -> str:
        """The name under which a line is found: none where it makes a new value of an old name,
        as updates do."""
        name = text(step.left)
        same = self.made.setdefault(name, step.result) == step.result
        return name if same and step.sign == "=" else ""


# Lines of work


def _equation(left: Expr, right: Expr) -> str:
    return f"<span>{math(formula(left), True)}</span>{_form('=', right)}"


def _step(step: Step, own: str) -> str:
    """One line of work: what it makes, the forms, the result, and the remark."""
    forms = "".join(_form(step.sign if i == 0 else "=", f) for i, f in enumerate(step.forms))
    sign = "=" if step.forms else step.sign
    remark = f'<span class="remark">{sentence(step.remark)}</span>' if step.remark else ""
    return (
        f'<li class="step" data-name={attribute(own)}>'
        f'<span class="left">{math(formula(step.left), True)}</span>{forms}'
        f'<span class="results">{_results(step.result, sign, own)}</span>{remark}</li>'
    )


def _form(sign: str, expr: Expr) -> str:
    """`= a + b`; a line may break before every summand, and before the factors of a long one."""
    first = sign_before(sign)
    parts = [
        math((first if i == 0 else sign_before(op) if op else "") + x, True)
        for i, (op, x) in enumerate(pieces(expr, _is_long))
    ]
    return f'<span class="form"> {" ".join(parts)}</span>'


def _is_long(expr: Expr) -> bool:
    return boxed(expr, UNICODE).width > WIDE


def _results(value: Table, sign: str, own: str) -> str:
    """The value, exactly and in decimals where both say something."""
    if not isinstance(value, Numeral):
        about = "≈" if _any_rounded(value) else sign
        return _result(about, table(value), own, None)
    if value == BLANK:
        return _result(sign, table(value), own, None)
    exact = value.exact
    readable = exact is not None and (
        not isinstance(exact, Number) or len(exact.text) <= LONGEST_FRACTION
    )
    found = ""
    if exact is not None and readable:
        found += _result(sign, formula(exact), own, value)
    whole = isinstance(exact, Number) and "/" not in exact.text
    if value.bound is not None:
        return found + _result(sign, table(value), own, None)
    if value.decimal is not None and not (readable and whole):
        about = "≈" if value.rounded else "=" if found else sign
        found += _result(about, figure(value.decimal), own, value, bool(found))
    return found


def _result(sign: str, inner: str, own: str, value: Numeral | None, also: bool = False) -> str:
    kind = "value also" if also else "value"
    held = f'<span class="{kind}"{_of(own, value)}>{math(inner, True)}</span>'
    return f' <span class="result">{math(sign_before(sign))}{held}</span>'


def _of(own: str, value: Numeral | None) -> str:
    """What a shown value is a value of, and the number as text, for the script."""
    found = f" data-of={attribute(own)}" if own else ""
    if value is None:
        return found
    if isinstance(value.exact, Number):
        return f"{found} data-exact={attribute(value.exact.text)}"
    if value.exact is None and value.decimal is not None:
        return f"{found} data-decimal={attribute(value.decimal)}"
    return found


def _any_rounded(value: Table) -> bool:
    if isinstance(value, Numeral):
        return value.rounded and value.exact is None
    return any(_any_rounded(item) for item in value)


# Pictures and tables


def _graph(graph: Graph) -> str:
    label = attribute(graph.title or "…")
    return (
        f'<figure class="graph wide" role="group" tabindex="0" aria-label={label}>'
        f"{graph_svg(graph)}</figure>"
    )


def _grid(grid: Grid, within: str) -> str:
    """A table with its heads; where it is too wide it scrolls in a region of its own."""
    wordy = [any(_is_wordy(row[i]) for row in grid.rows) for i in range(len(grid.head))]
    head = "".join(_head(c, "col", w) for c, w in zip(grid.head, wordy, strict=True))
    lines = []
    for cells in grid.rows:
        row = [_head(cells[0], "row")]
        row += [
            _cell(cell, _at(cells[0], head) or _at(head, cells[0]))
            for cell, head in zip(cells[1:], grid.head[1:], strict=True)
        ]
        lines.append(f"<tr>{''.join(row)}</tr>")
    label = attribute(within) if within else '"…"'
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label={label}><table>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{chr(10).join(lines)}</tbody></table></div>"
    )


def _head(cell: Sentence, scope: str, wordy: bool = False) -> str:
    kind = ' class="words"' if wordy else ""
    return f'<th scope="{scope}"{kind}>{sentence(cell, True)}</th>' if cell else "<td></td>"


def _is_wordy(cell: Sentence) -> bool:
    """Whether a cell holds words, which read from the left and may break."""
    return any(isinstance(part, str | Tag) for part in cell)


def _at(own: Sentence, at: Sentence) -> str | None:
    """The name of what stands in a cell: the quantity at its one head at the step at the other."""
    quantity = own[0].expr if len(own) == 1 and isinstance(own[0], Math) else None
    step = at[0].replace("−", "-") if len(at) == 1 and isinstance(at[0], str) else ""
    if not isinstance(quantity, Ref) or not step.removeprefix("-").isdecimal():
        return None
    if not isinstance(quantity.index, Shift):
        return None
    return text(replace(quantity, index=At(int(step) + quantity.index.offset)))


def _cell(cell: Sentence, own: str | None) -> str:
    words = _is_wordy(cell)
    kind = ' class="words"' if words else ""
    if own is None or len(cell) != 1 or not isinstance(cell[0], Shown):
        return f"<td{kind}>{sentence(cell, not words)}</td>"
    value = cell[0].table
    shown = _of(own, value if isinstance(value, Numeral) else None)
    return f'<td><span class="value"{shown}>{math(table(value), True)}</span></td>'


# Sentences


def sentence(content: Sentence, display: bool = False) -> str:
    """Text and formulas in a line; these at full size where they are to `display`."""
    return "".join(_inline(part, display) for part in content)


def _inline(part: Inline, display: bool) -> str:
    match part:
        case str():
            return clean(part)
        case Math(expr):
            return math(formula(expr), display)
        case Shown(value):
            return math(table(value), display)
        case Equals(left, right):
            said = table(right) if isinstance(right, Numeral | tuple) else formula(right)
            return math(f"{formula(left)}<mo>=</mo>{said}", display)
        case Tag(kind, words):
            return f'<span class="tag" data-kind={attribute(kind)}>{clean(words)}</span>'
        case _:
            assert_never(part)
