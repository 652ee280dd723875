"""What paper has and a keyboard has not: lowered and raised signs, names with several of them,
indicators."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from rnnhand.language.paper import (
    BEFORE,
    LETTER,
    NAME,
    Paper,
    closing,
    group,
    made,
    substituted,
    together,
)

Known: TypeAlias = Callable[[str], bool]
"""Whether a name is one of the problem's."""

LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-=aeoxhklmnpstijruv", strict=True))
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿᵏᵗᵐᵃᵇᶜᵈᵉᵖˢ", "0123456789+-()inktmabcdeps", strict=True))


# Lowered and raised characters, names


PRIMES = re.compile(r"\^\s*(?:\{\s*(['′’]+)\s*\}|(['′’]+))")
RUNS = re.compile(f"[{''.join(LOWERED)}]+|[{''.join(RAISED)}]+|ᵀ")


def levelled(paper: Paper) -> Paper:
    """h₂ and x² with the signs that a keyboard has: h_{2}, x^{2}."""

    def make(paper: Paper, m: re.Match[str]) -> Paper:
        at = paper.place(m.start())
        if m[0] == "ᵀ":
            return made(".T ", at)
        table, sign = (LOWERED, "_{") if m[0][0] in LOWERED else (RAISED, "^{")
        inner = Paper("".join(table[c] for c in m[0]), paper.part(*m.span()).places)
        return together(made(sign, at), inner, made("}", at))

    def primes(paper: Paper, m: re.Match[str]) -> Paper:
        return paper.part(*m.span(1 if m[1] else 2))

    return substituted(PRIMES, primes, substituted(RUNS, make, paper))


LAYER = re.compile(rf"{BEFORE}({NAME})\^\{{\((\d+)\)\}}")
ABOVE = re.compile(rf"{BEFORE}({NAME})\^(?:\{{\s*\(?([^\W\d]\w*['′’]*)\)?\s*\}}|([^\W\d_])(?=_))")
LOW = re.compile(rf"{BEFORE}({NAME})_\{{\s*([^{{}}=]*?)\s*\}}")


SIGNS = ("Σ", "Π", "sum", "prod", "product", "mean")


def named(paper: Paper, known: Known) -> Paper:
    """h^{(1)} is the name h1, W_{hh} the name W_hh, a_{f,t} and a^f_t the name a_f at step t."""

    def layer(paper: Paper, m: re.Match[str]) -> Paper | None:
        return together(group(paper, m, 1), group(paper, m, 2))

    def low(paper: Paper, m: re.Match[str]) -> Paper | None:
        base, inner = group(paper, m, 1), group(paper, m, 2)
        first, comma, _ = inner.text.partition(",")
        at = paper.place(m.start())
        if comma:
            before, after = len(first), len(first) + 1
            name = together(base, made("_", at), inner.part(0, before))
            return together(name, made("[", at), inner.part(after, len(inner.text)), made("]", at))
        if known(f"{base.text}_{inner.text}"):
            gap = made(" " if paper.text[m.end() : m.end() + 1].isalpha() else "", at)
            return together(base, made("_", at), inner, gap)
        if known(base.text) or base.text in SIGNS:
            return None
        return together(base, made("[", at), inner, made("]", at))

    def above(paper: Paper, m: re.Match[str]) -> Paper | None:
        base, inner = group(paper, m, 1), group(paper, m, 2 if m[2] else 3)
        if not known(f"{base.text}_{inner.text}") or known(base.text):
            return None
        return together(base, made("_", paper.place(m.start())), inner)

    return substituted(LOW, low, substituted(ABOVE, above, substituted(LAYER, layer, paper)))


RUNNING = re.compile(rf"[ΣΠ]\(\s*({LETTER})\s*,|{BEFORE}(?:sum|prod)\(\s*({LETTER})\s*,")
STEPPED = re.compile(rf"{BEFORE}({LETTER}(?:\w|[\u0302-\u0304])*?)(['′’]*)_(\w+)(?![\w'′’])")


def placed(paper: Paper, known: Known) -> Paper:
    """h_k is h[k] where k runs in a sum; c′_t is c'[t], since a prime ends a name."""
    running = {m[1] or m[2] for m in RUNNING.finditer(paper.text)}

    def make(paper: Paper, m: re.Match[str]) -> Paper | None:
        base, primed = m[1] + m[2], bool(m[2])
        if not known(base) or not (primed or (m[3] in running and not known(m[0]))):
            return None
        at = paper.place(m.start(3))
        name = paper.part(m.start(), m.end(2))
        return together(name, made("[", at), group(paper, m, 3), made("]", at))

    return substituted(STEPPED, make, paper)


# Powers


TRANSPOSED = re.compile(r"\^\s*(?:⊤|\{\s*⊤\s*\})")
RAISED_GROUP = re.compile(r"\^\s*\{\s*([⊙∘]?)\s*")
FUNCTION_POWER = re.compile(rf"{BEFORE}({NAME})\s*\^\s*(\(\s*\d+\s*\)|\d+)\s*\(")


def raised(paper: Paper) -> Paper:
    """x^{t-k} as x^(t-k), and the transpose as what it is."""
    paper = substituted(TRANSPOSED, lambda p, m: made(".T", p.place(m.start())), paper)
    while m := RAISED_GROUP.search(paper.text):
        end = closing(paper.text, paper.text.index("{", m.start()))
        power = "**(" if m[1] else "^("  # of every entry
        opened, closed = made(power, paper.place(m.start())), made(")", paper.place(end))
        rest = paper.part(end + 1, len(paper.text))
        paper = together(paper.part(0, m.start()), opened, paper.part(m.end(), end), closed, rest)
    return paper


def functions_raised(paper: Paper, known: Known) -> Paper:
    """tanh^2(x) is tanh(x)^2, but for names of the problem, which are factors."""
    start = 0
    while m := FUNCTION_POWER.search(paper.text, start):
        start = m.end()
        if known(m[1]):
            continue
        end = closing(paper.text, m.end() - 1) + 1
        at = paper.place(m.start())
        call = together(group(paper, m, 1), paper.part(m.end() - 1, end))
        power = together(made("^", at), group(paper, m, 2))
        paper = together(
            paper.part(0, m.start()), made("(", at), call, power, made(")", at),
            paper.part(end, len(paper.text)),
        )  # fmt: skip
    return paper


# Indicators


COMPARED = re.compile(r"[<>≤≥≠]|[!=]=")
FILLED = re.compile(
    r"(?:(?P<one>𝟏)|(?<![\w.'′’])(?P<number>[01]))_\{\s*(?P<rows>\d+)\s*[×x·]\s*(?P<columns>\d+)\s*\}"
)
ROW_SUMS = re.compile(r"[Σ∑]_(?:rows\b|\{\s*rows\s*\})")
AROUND = re.compile(
    r"(?P<norm>‖)([^‖]+)‖(?:_2|_\{\s*2\s*\})?|(?P<size>\|)([^|]+)\||⌊([^⌊⌋]+)⌋|(?P<dot>⟨)([^⟨⟩]+)⟩"
)
BAR = "ǀ"
"""|x|, which of a vector may be its length."""
ONES = re.compile(r"(?<![^\s(+−-])𝟏(?=\s*[+−-])|(?<=[+−-])\s*𝟏(?=\s*(?:[)+−-]|$))")
"""A vector of ones that something is added to or taken from."""
BARS = re.compile(r"\|\|")
ROOT = re.compile(rf"√\s*(?=[\w.])(?:\d+(?:\.\d+)?|{NAME}(?:_\w+|_\{{[^{{}}]*\}}|\[[^\[\]]*\])?)")
IDENTITY = re.compile(rf"{BEFORE}I_(?:(\d{{1,3}})|\{{\s*(\d{{1,3}})\s*\}})(?![\w'′’])")
IS = re.compile(r"(?<![<>!:=])=(?!=)")
ONE = re.compile(rf"(?:{BEFORE}(?:𝟏|𝟙|I|indicator)|(?<=[)\]}}])1)\s*$")
ONE_BELOW = re.compile(r"(?:𝟏|𝟙|(?<![\w.'′’])1)_\{([^{}]*)\}")


def printed(paper: Paper) -> Paper:
    """𝟏_{3×2}, Σ_rows(x), ‖x‖, |x|, ⌊x⌋, ⟨x, y⟩ and √x under the names that the language has for
    them."""

    def filled(paper: Paper, m: re.Match[str]) -> Paper:
        value = "1" if m["one"] else m["number"]
        return made(f"fill({value}, {m['rows']}, {m['columns']})", paper.place(m.start()))

    def around(paper: Paper, m: re.Match[str]) -> Paper:
        name = "norm2" if m["norm"] else BAR if m["size"] else "dot" if m["dot"] else "floor"
        at, inner = paper.place(m.start()), paper.part(*m.span(m.lastindex or 0))
        return together(made(f"{name}(", at), inner, made(")", at))

    def root(paper: Paper, m: re.Match[str]) -> Paper:
        at, inner = paper.place(m.start()), paper.part(m.start() + 1, m.end())
        return together(made("sqrt(", at), inner, made(")", at))

    paper = substituted(FILLED, filled, paper)
    paper = substituted(ONES, lambda p, m: made("1", p.place(m.start())), paper)
    paper = substituted(BARS, lambda p, m: made("‖", p.place(m.start())), paper)
    paper = substituted(ROW_SUMS, lambda p, m: made("sum_rows", p.place(m.start())), paper)
    return substituted(ROOT, root, substituted(AROUND, around, paper))


def identities(paper: Paper, known: Known) -> Paper:
    """I_3 is the identity of so many rows, where nothing else is called so."""

    def make(paper: Paper, m: re.Match[str]) -> Paper | None:
        if known("I") or known(m[0]):
            return None
        at = paper.place(m.start())
        return made(f"diag(fill(1, {m[1] or m[2]}, 1))", at)

    return substituted(IDENTITY, make, paper)


def indicated(paper: Paper) -> Paper:
    """𝟏(a > 0), 𝟏_{a > 0} and (a > 0) are [a > 0]."""

    def below(paper: Paper, m: re.Match[str]) -> Paper | None:
        at = paper.place(m.start())
        return together(made("[", at), group(paper, m, 1), made("]", at))

    paper = substituted(ONE_BELOW, below, paper)
    for i in range(len(paper.text) - 1, -1, -1):
        if paper.text[i] in "([":
            paper = _compared(paper, i)
    return paper


def _compared(paper: Paper, i: int) -> Paper:
    """The bracket at i as that of an indicator, if it compares: [t = 3] as [t == 3]."""
    end = closing(paper.text, i)
    bare = _without_inside(paper.text[i + 1 : end])
    equal = paper.text[i] == "[" and IS.search(bare) is not None
    if end == len(paper.text) or not (equal or COMPARED.search(bare)):
        return paper
    before, inner = paper.part(0, i), paper.part(i + 1, end)
    if m := ONE.search(before.text):
        before = before.part(0, m.start())
    elif paper.text[i] == "(" and before.text[-1:].isalpha():
        return paper
    if equal:
        inner = substituted(IS, lambda p, m: made("==", p.place(m.start())), inner)
    opened, closed = made("[", paper.place(i)), made("]", paper.place(end))
    return together(before, opened, inner, closed, paper.part(end + 1, len(paper.text)))


def _without_inside(text: str) -> str:
    """What stands in no bracket of a text."""
    found, depth = "", 0
    for c in text:
        depth += c in "([{"
        found += c if depth == 0 else ""
        depth -= c in ")]}"
    return found
