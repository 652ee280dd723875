"""One document with every block and every inline, and texts that mean something to a format."""

from __future__ import annotations

from rnnhand.document.blocks import (
    Block,
    Curve,
    Definitions,
    Document,
    Equals,
    Grid,
    Math,
    Note,
    Paragraph,
    Plot,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
    Tag,
    Values,
)
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift

WORDS = {
    "en": ("Kitchen sink", "Every block", "through", "right", "the slope is 0", "step", "size"),
    "ru": ("Кухонная раковина", "Все блоки", "через", "верно", "наклон равен 0", "шаг", "размер"),
}
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


def expr(text: str) -> Expr:
    return parse_expression(text)


def number(exact: str, decimal: str | None = None, rounded: bool = False) -> Numeral:
    return Numeral(Number(exact) if exact else None, decimal, rounded)


def document(lang: str) -> Document:
    title, source, through, right, flat, step, size = WORDS[lang]
    terms = tuple(
        Apply("*", (Ref(f"W_{a}{b}"), Ref("dL/dh", Shift("t", 1)))) for a in "fico" for b in "xhc"
    )
    wide: Expr = Apply("+", terms)
    column: Table = (number("0"), number("-3/8", "-0.375"), number("", "1.5e-12", True))
    matrix: Table = tuple(tuple(number(str(i * k)) for k in range(30)) for i in range(3))
    half = number("1/2", "0.5")
    work = (
        Step(
            expr("a[2]"),
            (expr("w*h[1] + v*y[1]"), expr("1/2*0 + 1/2*(-1)")),
            number("-1/2", "-0.5"),
        ),
        Step(
            Ref("dL/da", Shift("t")),
            (expr("dL*[a[t] > 0]"), expr("(p - q)^2/(1 + exp(-x))")),
            half,
            (through, " ", Math(expr("a[t+1]")), "; ", flat),
        ),
        Step(expr("w"), (Apply("-", (Ref("w"), wide)),), half, sign="←"),
        Step(expr("h2[t]"), (expr("sqrt(norm(c') + abs(x))"),), Numeral(None, "0.1", bound=-30)),
    )
    blocks: tuple[Block, ...] = (
        Paragraph((f"{right}: ", Math(expr("yhat[T]")), ", ", Equals(expr("W.T"), column), ".")),
        Definitions(
            (
                (expr("h[t]"), expr("tanh(W @ h[t-1] + U_xh @ [x[t]; h[t-1]])")),
                (expr("c'[t]"), expr("f[t]⊙c[t-1] + (1 - i[t])^2")),
                (expr("L"), expr("sum[t]((ŷ[t] - y[t])^2)/2")),
                (expr("Ж"), expr("max(σ(вес), alpha*β)")),
            )
        ),
        Values(((Math(expr("w")), " = ", Math(expr("v")), " = ", Shown(half)), (Shown(column),))),
        Steps((f"{step} ", Math(expr("t"))), work),
        Step(Ref("dL/dW"), (), matrix),
        Step(Ref("d⁺h/dw", Shift("t")), (), half),
        Grid(
            ((Math(expr("t")),), ("1",), (step,)),
            (
                ((Math(expr("h[t]")),), (Shown(half),), (Tag("wrong", "a | b"),)),
                ((Math(expr("L")),), (), (Tag("right", right),)),
            ),
        ),
        Grid(
            ((Math(expr("t")),), *((str(k),) for k in range(40))),
            (((Math(expr("y[t]")),), *((Shown(number(f"{k}/7")),) for k in range(40))),),
        ),
        Grid(
            ((step,), (size,)),
            ((("x",), (f"{flat} " * 30,)),),
            turnable=False,
        ),
        Plot(
            (title,),
            (step,),
            (size,),
            (
                Curve((Math(expr("h")),), ((0, 0.0), (1, -2.0), (2, -5.0))),
                Curve(("b",), ((1, -1.0),)),
            ),
        ),
        *(Note(kind, (flat,)) for kind in ("kink", "check", "warning")),
        Section(
            (source, " ", Math(expr("eta"))),
            (
                Paragraph((flat,)),
                Section((step,), tuple(Paragraph((text,)) for text in HOSTILE)),
                Grid((("",), *((t,) for t in HOSTILE)), (((step,), *((t,) for t in HOSTILE)),)),
            ),
        ),
    )
    return Document(title, source, lang, blocks)


def titled(text: str) -> Document:
    """A document whose every text is the given one."""
    said: Sentence = (text,)
    inner = (
        *(Paragraph(said), Values((said,)), Note("kink", said)),
        Steps(said, (Step(Ref("x"), (), number("1"), said),)),
        Grid((said, ("b",)), ((("c",), said), ((Tag("wrong", text),), ("d",)))),
        Plot(said, said, said, (Curve(said, ((0, 0.0), (1, -1.0))),)),
    )
    return Document(text, text, "en", (Section(said, inner),))
