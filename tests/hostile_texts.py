"""Texts that mean something to a format, and a document that is full of one."""

from __future__ import annotations

from rnnhand.document.blocks import (
    Curve,
    Document,
    Dots,
    Fields,
    Grid,
    Line,
    Note,
    Paragraph,
    Picture,
    Pictures,
    Plane,
    Plot,
    Section,
    Sentence,
    Step,
    Steps,
    Strokes,
    Tag,
    Values,
)
from rnnhand.language.numerals import Numeral
from rnnhand.language.tree import Number, Ref

HOSTILE = (
    r"\input{/etc/passwd}",
    "<script>alert(1)</script>",
    "$x$ and $$y$$",
    "| a | b |",
    "# no heading * no list _no emphasis_ `no code` ~~no~~",
    "[no link](https://example.org) www.example.org ![no](picture)",
    '50% & "more" ^ ~ {} -- --- ?` !` << >> ,,',
    "&lt;b&gt; &amp; @someone :smile:",
    "```\nno fence\n```",
    "1. no list",
    "新しい σ ŷ Ŵ ∂L/∂w ≈ 10⁻³ № «ёж»",
    '#read("x")',
)


def number(exact: str, decimal: str | None = None, rounded: bool = False) -> Numeral:
    return Numeral(Number(exact) if exact else None, decimal, rounded)


def titled(text: str) -> Document:
    """A document whose every text is the given one."""
    said: Sentence = (text,)
    inner = (
        *(Paragraph(said), Values((said,)), Note("kink", said), Fields((text,))),
        Steps(said, (Step(Ref("x"), (), number("1"), said),)),
        Grid((said, ("b",)), ((("c",), said), ((Tag("wrong", text),), ("d",)))),
        Plot(said, said, said, (Curve(said, ((0, 0.0), (1, -1.0))),)),
        Pictures((Picture(said, said, ((0.0, 1.0),)),)),
        Plane(
            *(said, said, said),
            (Dots(said, True, ((0.0, 1.0),)),),
            (Line(said, 1.0, 2.0, 3.0),),
            (Strokes(said, (((0.0, 0.0), (1.0, 1.0)),)),),
        ),
    )
    return Document(text, text, "en", (Section(said, inner),))
