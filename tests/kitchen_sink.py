"""One document with every block, every inline and every operation, and hostile text throughout."""

from __future__ import annotations

from rnnhand.document.blocks import (
    Curve,
    Definitions,
    Document,
    Dots,
    Equals,
    Fields,
    Grid,
    Line,
    Math,
    Note,
    Paragraph,
    Picture,
    Pictures,
    Plane,
    Plot,
    Room,
    Section,
    Sentence,
    Shown,
    Step,
    Steps,
    Strokes,
    Tag,
    Values,
)
from rnnhand.language.numerals import BLANK, Numeral
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Apply, At, Expr, Number, Ref, Shift

HOSTILE = '<script>alert(1)</script> & "quotes" \\input{/etc/passwd} #read("x") $x$ `x` *x* \x1b[1m'
FORMULAS = (
    *("1/2*h[t-1] + w*x[t]", "a - (b - c)", "-(a + b)", "-1/2", "2*(-3)", "a - 2*b", "(a/b)^2"),
    *("W @ h[t-1] + U @ x[t] + b", "W.T @ (A @ B)", "f[t] ⊙ c[t-1]", "sigmoid(a[t])", "log(p)"),
    *("sqrt(x + 1)", "abs(x - y)", "norm2(v)", "max(a, b)", "softmax(z)", "exp(-x)", "x^(y + 1)"),
    *("[x[t]; h[t-1]]", "[1, 2; 3, 4]", "sum[t](L[t])", "mean[t]((y[t] - h[t])^2)", "h[T]"),
    *("[a[t] > 0]", "[a >= b]", "[a == b]", "yhat[2]", "W_xh", "c'", "h2[t]", "sigma_g", "x^2^3"),
    *("clip(0.5*x, -1.25, 1e-3)",),
)
WORDS = {
    "en": ("Every block", "Forward", "step", "through ", "right", "a check", "steps", "size"),
    "ru": ("Все блоки", "Прямой проход", "шаг", "через ", "верно", "проверка", "шаги", "размер"),
}


MARKS = {"en": ".", "ru": ","}


def kitchen_sink(lang: str) -> Document:
    title, forward, step, through, right, check, across, up = WORDS[lang]
    t = Shift("t")
    half, third = Numeral(Number("1/2"), "0.5"), Numeral(Number("1/3"), "0.33333", True)
    rounded = Numeral(None, "-1.2345e-12", True)
    tiny = Numeral(None, "0", True, -30)
    root = Numeral(Apply("sqrt", (Number("2"),)), "1.4142", True)
    names: tuple[Expr, ...] = (
        Ref("dL/dh", At(2)),
        Ref("dL[2]/du"),
        Ref("dh[]/dw", At(3)),
        Ref("d⁺h[]/dw", t),
        Apply("^", (Ref("dL/dw"), Number("2"))),
        Apply("entry", (Ref("W"), Number("1"), Number("2"))),
        Apply("fill", (Number("1"), Number("2"), Number("3"))),
        Apply("Σ", (Ref("k"), Number("1"), Ref("t"), Ref("h", Shift("k")))),
        Apply("Π", (Ref("k"), Number("1"), Ref("t"), Apply("-", (Ref("a"), Ref("b"))))),
        Apply("()", (Number("-3"),)),
        Apply("sum_rows", (Ref("X"),)),
    )
    formulas = tuple(parse_expression(f) for f in FORMULAS) + names
    head: tuple[Sentence, ...] = ((Math(Ref("t")),), ("−1",), ("0",), ("1",))
    work = Step(
        Ref("h", At(1)),
        (parse_expression("w*h[0] + v*y[0]"), parse_expression("1/2*0 + 1/2*1")),
        half,
        (through, Math(Ref("a", At(1)))),
    )
    curve = Curve((Math(Ref("h", t)), " <b>"), ((0, 0.0), (1, -1.0), (2, -2.5)))
    listed: Sentence = (Shown(rounded), ", ", Shown(root), ", ", Shown(third))
    return Document(
        f"{title} {HOSTILE}",
        HOSTILE,
        lang,
        (
            Paragraph((HOSTILE, " ", Math(Ref("w")), " ", Shown(root), " ", Tag("wrong", HOSTILE))),
            Definitions(tuple((Ref(f"q{i}"), f) for i, f in enumerate(formulas))),
            Values(
                ((Equals(Ref("h", At(0)), half),), (Equals(Ref("x"), Ref("y")),), ("…",), listed)
            ),
            Section(
                (forward, " ", Math(Ref("h", t))),
                (
                    Steps(
                        (f"{step} 1",),
                        (work, Step(Ref("L"), (), third), Step(Ref("w"), (), root, (), "←")),
                    ),
                    Step(Ref("dL/dw"), (), rounded),
                    Step(Ref("dL/dv"), (), tiny),
                    Step(Ref("b"), (), ((half, third), (rounded, root))),
                    Step(Ref("z"), (), (half, third)),
                    Grid(
                        head,
                        (
                            ((Math(Ref("h", t)),), (), (Shown(half),), (Shown(half),)),
                            ((HOSTILE,), (Tag("right", right),), ("■■",), (Shown((half, half)),)),
                        ),
                    ),
                    Grid(((), (HOSTILE,)), (((), ()),), turnable=False),
                    Plot((forward,), (across,), (up, HOSTILE), (curve,)),
                    Plot((forward,), (across,), (up,), ()),
                    Pictures(
                        (
                            Picture((Math(Ref("X")),), (Shown(half),), ((0.0, 0.5), (1.0, 0.25))),
                            Picture((HOSTILE,), (forward,), ((1.0,),)),
                        )
                    ),
                    Plane(
                        (forward,),
                        (Math(Ref("x1")),),
                        (up, HOSTILE),
                        (
                            Dots((HOSTILE,), True, ((0.0, 0.0), (1.0, 1.0))),
                            Dots((across,), False, ((1.0, 0.0),)),
                        ),
                        (Line((HOSTILE,), 1.0, 1.0, -1.5), Line((up,), 0.0, 1.0, -0.5)),
                        (Strokes((HOSTILE,), (((0.0, 0.25), (0.5, 0.25)),)),),
                    ),
                    Plane((forward,), (across,), (up,)),
                    *(
                        Note(kind, (check, " ", Math(Ref("x"))))
                        for kind in ("kink", "check", "warning", "hint", "remark")
                    ),
                    Fields((step, HOSTILE)),
                    Step(Ref("dL/du"), (), BLANK),
                    Grid(head, ((("h",), (), (Shown(BLANK),), (Shown((BLANK, half)),)),)),
                    Room(3),
                    Section((HOSTILE,), (Section(("…",), (Paragraph(()),)),)),
                ),
            ),
        ),
        decimal=MARKS[lang],
    )
