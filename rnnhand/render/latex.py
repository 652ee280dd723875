"""Documents in LaTeX: a whole one, which pdflatex and xelatex compile, or what stands inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
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
from rnnhand.render.greys import tikz
from rnnhand.render.latex_plane import picture as plane_picture
from rnnhand.render.latex_plot import picture
from rnnhand.render.latex_text import CYRILLIC, escaped
from rnnhand.render.lines import Lines
from rnnhand.render.signs import clean
from rnnhand.render.tables import Column, broken_columns, columns, on_page
from rnnhand.render.tex import Tex, first_cell
from rnnhand.render.tex_names import Names
from rnnhand.render.together import together

ROOM = 84
"""Columns of a terminal that are about as wide as a line of the page."""
LONGEST_TABLE = 28
"""Rows up to which a table stands on one page."""
TALL = Tex(True, Names(escaped))
LINES = Lines(TALL, ROOM)
HEADINGS = ("section*", "subsection*", "subsubsection*", "paragraph*")
COLOURS = {
    **{"right": "green!45!black", "follows": "cyan!50!black", "wrong": "red!75!black"},
    **{"missing": "gray", "unreadable": "orange!75!black"},
}
FOREIGN = r"\providecommand{\foreign}[2]{\texttt{[#2]}}"
NEEDED = ("amsmath", "amssymb", "array", "booktabs", "longtable", "xcolor")
FONTS = (
    "CMU Serif",
    "DejaVu Serif",
    "FreeSerif",
    "Liberation Serif",
    "Times New Roman",
    "Noto Serif",
)


class Kind(StrEnum):
    """What a part of the page is to the lines of formulas that follow it."""

    WORDS = "words"
    LINES = "lines"
    OTHER = "other"


@dataclass(frozen=True)
class Part:
    kind: Kind
    tex: str


def page(document: Document) -> str:
    """A whole document."""
    body = [_body(document)]
    head = [r"\begin{center}", f"{{\\LARGE\\bfseries {_text(document.title)}\\par}}"]
    if clean(document.source):
        head.append(f"\\smallskip{{\\large {_text(document.source)}\\par}}")
    head.append(r"\end{center}")
    inner = "\n".join([*head, "", *body])
    return "\n".join(
        [_preamble(inner, document.lang), r"\begin{document}", inner, r"\end{document}"]
    )


def fragment(document: Document) -> str:
    """The document to be put into another one, under a heading."""
    inner = _body(document)
    needed = [*NEEDED, *(["tikz"] if r"\begin{tikzpicture}" in inner else [])]
    first = f"% Needs \\usepackage{{{','.join(needed)}}}"
    origin = [_text(document.source), ""] if clean(document.source) else []
    title = f"\\section*{{{_text(document.title)}}}"
    foreign = [FOREIGN] if r"\foreign" in inner + title + "".join(origin) else []
    start = r"\begingroup\allowdisplaybreaks\setlength{\parindent}{0pt}"
    return "\n".join([first, *foreign, start, title, *origin, inner, r"\endgroup"])


def _preamble(inner: str, lang: str) -> str:
    cyrillic = lang == "ru" or CYRILLIC.search(inner) is not None
    fonts = "{}"
    for name in reversed(FONTS):
        fonts = f"{{\\IfFontExistsTF{{{name}}}{{\\setmainfont{{{name}}}}}{fonts}}}"
    lines = [
        r"\documentclass[11pt,a4paper,fleqn]{article}",
        r"\usepackage{iftex}",
        r"\ifPDFTeX",
        r"  \usepackage[utf8]{inputenc}",
        r"  \usepackage[T1,T2A]{fontenc}" if cyrillic else r"  \usepackage[T1]{fontenc}",
        "" if cyrillic else r"  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}",
        r"  \newcommand{\foreign}[2]{\texttt{[#2]}}",
        r"\else",
        r"  \usepackage{fontspec}",
        f"  {fonts[1:-1]}",
        r"  \newcommand{\foreign}[2]{\iffontchar\font`#1 #1\else\texttt{[#2]}\fi}",
        r"\fi",
        r"\IfFileExists{russian.ldf}{\usepackage[russian]{babel}}{}" if lang == "ru" else "",
        r"\usepackage[margin=20mm]{geometry}",
        f"\\usepackage{{{','.join(NEEDED)}}}",
        r"\usepackage{tikz}" if r"\begin{tikzpicture}" in inner else "",
        r"\setlength{\parindent}{0pt}\setlength{\parskip}{5pt plus 2pt}",
        r"\setlength{\mathindent}{1em}\setlength{\jot}{5pt}",
        r"\AtBeginDocument{\setlength{\abovedisplayskip}{4pt plus 2pt}",
        r"  \setlength{\belowdisplayskip}{5pt plus 2pt}\setlength{\abovedisplayshortskip}{4pt}",
        r"  \setlength{\belowdisplayshortskip}{5pt plus 2pt}}",
        r"\allowdisplaybreaks\raggedbottom\emergencystretch=3em",
    ]
    return "\n".join(filter(None, lines))


def _text(words: str) -> str:
    return escaped(clean(words))


def _body(document: Document) -> str:
    """The blocks. Lines of formulas belong to the paragraph before them: in one of their own they
    would begin with an empty line."""
    found, before = "", Kind.OTHER
    for block in together(document.blocks):
        for part in _block(block, 0):
            if part.kind is Kind.LINES and before is not Kind.WORDS:
                found += "\n\n\\vspace{-\\baselineskip}"
            found += ("\n" if part.kind is Kind.LINES else "\n\n") + part.tex
            before = part.kind
    return found.strip()


def sentence(content: Sentence) -> str:
    return "".join(_inline(i) for i in content)


def _inline(inline: Inline) -> str:
    match inline:
        case str():
            return escaped(inline)
        case Math(expr):
            return f"${TALL.flat.formula(expr)}$"
        case Shown(table):
            return f"${TALL.flat.table(table)}$"
        case Equals(left, right):
            return f"${LINES.equality(left, right).text}$"
        case Tag(kind, words):
            return f"\\textcolor{{{COLOURS.get(kind, 'black')}}}{{{_text(words)}}}"
        case _:
            assert_never(inline)


def _block(block: Block, depth: int) -> Iterator[Part]:
    match block:
        case Paragraph(content):
            yield Part(Kind.WORDS, sentence(content).strip())
        case Definitions(equations):
            yield from _aligned(LINES.equations(equations))
        case Values(items):
            said = "\n".join(map(_item, items))
            yield Part(Kind.OTHER, f"{{\\raggedright\n{said}\\par}}")
        case Step():
            yield from _aligned(LINES.aligned((block,)))
        case Steps(label, steps):
            if label:
                yield Part(Kind.WORDS, f"\\textbf{{{sentence(label).strip()}}}\\nopagebreak")
            yield from _aligned(LINES.aligned(steps))
        case Grid():
            for table in on_page(block, LINES, ROOM):
                yield Part(Kind.OTHER, _table(table))
        case Plot():
            yield Part(Kind.OTHER, picture(block, sentence))
        case Pictures():
            yield Part(Kind.OTHER, tikz(block, sentence))
        case Plane():
            yield Part(Kind.OTHER, plane_picture(block, sentence))
        case Note(_, content):
            said = sentence(content).strip()
            yield Part(Kind.OTHER, f"\\begin{{quote}}\\small {said}\\end{{quote}}")
        case Fields(labels):
            line = r"~\hrulefill"
            yield Part(Kind.OTHER, r"\quad ".join(f"{_text(said)}:{line}" for said in labels))
        case Room(lines):
            yield Part(Kind.OTHER, f"\\vspace{{{lines * 5}mm}}")
        case Section(title, blocks):
            yield Part(Kind.OTHER, f"\\{HEADINGS[min(depth, 3)]}{{{sentence(title).strip()}}}")
            for inner in together(blocks):
                yield from _block(inner, depth + 1)
        case _:
            assert_never(block)


def _aligned(lines: list[str]) -> Iterator[Part]:
    if lines:
        inner = " \\\\\n".join(lines)
        yield Part(Kind.LINES, f"\\begin{{align*}}\n{inner}\n\\end{{align*}}")


def _table(grid: Grid) -> str:
    name = "longtable" if len(grid.rows) > LONGEST_TABLE else "tabular"
    rows = [first_cell(" & ".join(map(_cell, row))) for row in (grid.head, *grid.rows)]
    rule = [r"\toprule", rows[0] + r" \\", r"\midrule"]
    if name == "longtable":
        rule.append(r"\endhead")
    body = [_spaced(row + r" \\") for row in rows[1:]]
    lines = [
        f"\\begin{{{name}}}{{{_columns(grid)}}}",
        *rule,
        *body,
        r"\bottomrule",
        f"\\end{{{name}}}",
    ]
    inner = "\n".join(lines)
    if name == "longtable":
        room = r"\setlength{\LTleft}{1em}\setlength{\LTright}{0pt plus 1fill}"
        return f"{{{room}\n{inner}\n}}"
    return f"\\medskip\\hspace*{{1em}}%\n{inner}\n\\medskip"


def _item(item: Sentence) -> str:
    """A given value; it breaks only where it is longer than a line."""
    said = sentence(item).strip()
    return f"\\mbox{{{said}}}\\quad{{}}" if LINES.columns(item) <= ROOM else f"{said}\\quad{{}}"


def _spaced(row: str) -> str:
    """A row of a table; matrices in it do not touch those above and below, and
    blanks have room for a hand."""
    room = "3pt" if r"\begin{array}" in row else "7pt" if r"\underline" in row else ""
    return f"\\addlinespace[{room}]{row}\\addlinespace[{room}]" if room else row


def _cell(cell: Sentence) -> str:
    return sentence(cell).strip()


def _columns(grid: Grid) -> str:
    """Columns as wide as their cells; where that is too much, words break in the room left."""
    wide = columns(grid, LINES)
    broken = broken_columns(wide, ROOM)
    return "@{}" + "".join(_column(i, c, broken.get(i)) for i, c in enumerate(wide)) + "@{}"


def _column(i: int, column: Column, share: float | None) -> str:
    if share is not None:
        return f">{{\\raggedright\\arraybackslash}}p{{{share / ROOM * 0.95:.3f}\\linewidth}}"
    return "l" if i == 0 or column.wordy else "r"
