"""`likelihood`: from a density to a loss, and the loss's derivatives by parameter and by score.

The loss is −ln p(y | θ) without the summands in which θ does not stand. With θ = g(s), the chain
rule gives dL/ds = dL/dθ·g′(s), and g′ is written in θ: θ for exp, θ(1 − θ) for σ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic.forms import signed_sum
from rnnhand.arithmetic.numerals import numeral
from rnnhand.arithmetic.pieces import NoPieces, Piece, pieces, unlogged
from rnnhand.arithmetic.scalar import in_balls
from rnnhand.document.blocks import Block, Definitions, Equals, Math, Paragraph, Section, Sentence
from rnnhand.errors import Span, failure, similar
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.parser import parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite, substitute
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.distributions import Density, densities
from rnnhand.problem.model import Problem
from rnnhand.problem.values import rational
from rnnhand.questions.analysis.proof import vanishes
from rnnhand.questions.analysis.study import derivative, library, plain, scalar, settled
from rnnhand.questions.analysis.through import through
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.options import Options, items, options

LINKS = ("identity", "exp", "sigmoid", "softplus", "tanh", "softmax")
MOST = 12
SCORE = "s"


@dataclass(frozen=True)
class Found:
    """All in letters. `by_parameter` and `by_score` are the derivatives of the loss by each."""

    title: str
    density: Expr
    log: tuple[tuple[int, Expr], ...]
    loss: Expr
    left_out: Expr | None
    parameters: tuple[str, ...]
    by_parameter: tuple[Expr, ...]
    link: str
    scores: tuple[str, ...]
    with_link: Expr | None
    by_score: tuple[Expr, ...]
    one_hot: bool
    at: tuple[tuple[str, Fraction], ...]


def likelihood(problem: Problem, node: yaml.Node) -> Answer:
    known = ("distribution", "density", "parameter", "link", "classes", "labels", "at")
    found = worked(options("likelihood", node, known, alone="distribution"))

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        yield Section(sentence(words, "likelihood-title"), tuple(told(found, words, digits)))

    return Answer(tell, lambda digits: data(found, digits))


def worked(read: Options) -> Found:
    own = _density(read)
    copies = _copies(read, own)
    factor = own.each or own.density
    assert factor is not None
    parameter = read.text("parameter", own.parameter)
    names = {r.name for r in refs(factor)}
    if parameter not in names:
        close = similar(parameter, names)
        node = read.node("parameter")
        hint = "hint-did-you-mean" if close else None
        known = ", ".join(sorted(names))
        raise failure("likelihood-parameter", node.span, hint, found=parameter, known=known,
                      suggestion=close)  # fmt: skip
    link = read.choice("link", LINKS, own.link if parameter == own.parameter else "identity")
    if (link == "softmax") != (own.each is not None):
        raise failure("likelihood-softmax", read.node("link").span)
    parameters: tuple[str, ...] = (parameter,)
    factors = [factor]
    if copies > 1:
        parameters = tuple(f"{parameter}_{k}" for k in range(1, copies + 1))
        factors = [_numbered(factor, (parameter, own.observed), k) for k in range(1, copies + 1)]
    density = factors[0] if copies == 1 else Apply("*", tuple(factors))
    log = tuple(_log(density))
    kept = [(-sign, t) for sign, t in log if any(r.name in parameters for r in refs(t))]
    rest = [(-sign, t) for sign, t in log if not any(r.name in parameters for r in refs(t))]
    loss = settled(signed_sum(sorted(kept, key=lambda term: -term[0])))
    slopes = tuple(_short(derivative(loss, p)) for p in parameters)
    scores = (SCORE,) if copies == 1 else tuple(f"{SCORE}_{k}" for k in range(1, copies + 1))
    base = Found(own.name, density, log, loss, signed_sum(rest) if rest else None, parameters,
                 slopes, link, scores, None, (), own.each is not None, _at(read))  # fmt: skip
    return _linked(base, own)


def _density(read: Options) -> Density:
    if "density" in read:
        written = read.text("density")
        node = read.node("density")
        origin = node.origin if isinstance(node, yaml.Text) else node.span
        expr = parse_expression(written, origin=origin)
        return Density("", {}, read.text("parameter"), "y", expr, None, "identity", ())
    table = {alias: d for d in densities().values() for alias in (d.name, *d.aliases)}
    name = read.text("distribution")
    if name not in table:
        close = similar(name, table)
        span: Span = read.node("distribution").span
        raise failure("unknown-distribution", span, "hint-did-you-mean" if close else None,
                      found=name[:40], known=", ".join(densities()), suggestion=close)  # fmt: skip
    return table[name]


def _copies(read: Options, own: Density) -> int:
    word = "classes" if own.each is not None else "labels"
    count = read.rational(word, Fraction(3 if own.each is not None else 1))
    if count.denominator != 1 or not 1 <= count <= MOST or (own.each is not None and count < 2):
        raise failure("likelihood-count", read.node(word).span, word=word, limit=MOST)
    return int(count)


def _numbered(expr: Expr, names: tuple[str, ...], k: int) -> Expr:
    return substitute(expr, {n: Ref(f"{n}_{k}") for n in names})


def _at(read: Options) -> tuple[tuple[str, Fraction], ...]:
    if "at" not in read:
        return ()
    node = read.node("at")
    if not isinstance(node, yaml.Map):
        raise failure("topic-options", node.span, word="at", found=yaml.shown(node), known="y")
    return tuple((key.text, rational(items(inner)[0])) for key, inner in node.entries)


def _log(expr: Expr, sign: int = 1) -> Iterator[tuple[int, Expr]]:
    """ln of a product as a sum: ln(a·b) = ln a + ln b, ln(a^b) = b·ln a, ln(exp a) = a."""
    match expr:
        case Apply("*", args):
            for a in args:
                yield from _log(a, sign)
        case Apply("/", (a, b)):
            yield from _log(a, sign)
            yield from _log(b, -sign)
        case Apply("exp", (a,)):
            yield from _addends(a, sign)
        case Apply("sqrt", (a,)):
            yield sign, Apply("/", (Apply("log", (a,)), Number("2")))
        case Apply("^", (a, b)):
            yield sign, Apply("*", (b, Apply("log", (a,))))
        case Number() if expr.value == 1:
            return
        case _:
            yield sign, Apply("log", (expr,))


def _addends(expr: Expr, sign: int) -> Iterator[tuple[int, Expr]]:
    match expr:
        case Apply("+", args):
            for a in args:
                yield from _addends(a, sign)
        case Apply("-", (a, b)):
            yield from _addends(a, sign)
            yield from _addends(b, -sign)
        case Apply("neg", (a,)):
            yield from _addends(a, -sign)
        case Apply("/" | "*", (Apply("neg", (a,)), b)):
            yield from _addends(replace(expr, args=(a, b)), -sign)
        case _:
            yield sign, expr


def _short(expr: Expr) -> Expr:
    """The shorter of an expression and SymPy's form, proved to be the same."""
    from rnnhand.arithmetic import closed

    names = tuple(dict.fromkeys(r.name for r in refs(expr)))
    if not names:
        return expr
    other = closed.shorter(plain(expr), names)
    if other is None or len(text(other)) > len(text(expr)):
        return expr
    same = vanishes(Apply("-", (expr, other)), names[0], names[1:4])
    return other if same else expr


def _linked(found: Found, own: Density) -> Found:
    """The loss and its derivative with the parameter as a function of a score."""
    if found.link == "softmax":
        # dL/dz_j = Σ_k (−y_k/p_k)·p_k·([k = j] − p_j) = p_j·Σ y_k − y_j, and Σ y_k = 1.
        slopes = tuple(
            Apply("-", (Ref(p), Ref(f"{own.observed}_{k}")))
            for k, p in enumerate(found.parameters, 1)
        )
        return replace(found, by_score=slopes)
    values = {
        p: Apply(found.link, (Ref(s),)) for p, s in zip(found.parameters, found.scores, strict=True)
    }
    if found.link == "identity":
        return replace(found, by_score=found.by_parameter)
    with_link = settled(rewrite(substitute(found.loss, dict(values)), unlogged))
    slope_in = _link_slope(found.link)
    found_slopes: list[Expr] = []
    for p, by in zip(found.parameters, found.by_parameter, strict=True):
        if slope_in is None:
            found_slopes.append(by)
            continue
        inner = substitute(slope_in, {"f": Ref(p)})
        found_slopes.append(_short(Apply("*", (by, inner))))
    return replace(found, with_link=with_link, by_score=tuple(found_slopes))


def _link_slope(link: str) -> Expr | None:
    """g′ in terms of g, proved."""
    body = plain(Apply(link, (Ref(SCORE),)))
    try:
        (piece, *others) = pieces(body, SCORE, {})
    except NoPieces:
        return None
    whole = Piece(None, None, piece.expr)
    slope = derivative(piece.expr, SCORE)
    if others and not vanishes(Apply("-", (body, piece.expr)), SCORE):
        return None
    return through(piece.expr, slope, whole, SCORE, ())


def _shown(expr: Expr) -> Expr:
    """Factorials as people write them."""

    def put(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.op == "factorial":
            (a,) = e.args
            return Ref(f"{text(a)}!") if isinstance(a, Ref) else Ref(f"({text(a)})!")
        return e

    return mathematical(rewrite(expr, put), scalar, library())


def told(found: Found, words: Phrases, digits: int) -> Iterator[Block]:
    given = Ref("p(y)")
    yield Definitions(((given, _shown(found.density)),))
    log = Apply("log", (given,))
    yield Definitions(((log, _shown(signed_sum(found.log))),))
    yield Definitions(((Ref("L"), _shown(found.loss)),))
    if found.left_out is not None:
        yield Paragraph(sentence(words, "likelihood-left-out", rest=Math(_shown(found.left_out))))
    for p, by in zip(found.parameters, found.by_parameter, strict=True):
        yield Definitions(((Ref(f"dL/d{p}"), _shown(by)),))
    if found.link != "identity":
        yield Paragraph(_link_said(found, words))
        if found.with_link is not None:
            yield Definitions(((Ref("L"), _shown(found.with_link)),))
        for s, by in zip(found.scores, found.by_score, strict=True):
            yield Definitions(((Ref(f"dL/d{s}"), _shown(by)),))
    values = list(_values(found, digits))
    if values:
        at = joined([(Equals(Ref(n), Number(str(v))),) for n, v in found.at])
        said: list[Sentence] = [(Equals(Ref(n), v),) for n, v in values]
        yield Paragraph(sentence(words, "likelihood-at", at=at, values=joined(said)))


def _link_said(found: Found, words: Phrases) -> Sentence:
    laws: list[Sentence] = []
    inner: tuple[Expr, ...] = tuple(Ref(s) for s in found.scores)
    for p, s in zip(found.parameters, found.scores, strict=True):
        args = inner if found.link == "softmax" else (Ref(s),)
        right = _shown(Apply(found.link, args))
        if found.link == "softmax":
            right = Apply("/", (Apply("exp", (Ref(s),)),
                                Apply("+", tuple(Apply("exp", (z,)) for z in inner))))  # fmt: skip
        laws.append((Equals(Ref(p), right),))
    code = "likelihood-one-hot" if found.one_hot else "likelihood-link"
    return sentence(words, code, law=joined(laws))


def _values(found: Found, digits: int) -> Iterator[tuple[str, Any]]:
    """The loss and its derivatives at the numbers that are given."""
    if not found.at:
        return
    point = dict(found.at)
    named = [("L", found.loss)]
    named += [(f"dL/d{p}", e) for p, e in zip(found.parameters, found.by_parameter, strict=True)]
    for name, expr in named:
        if {r.name for r in refs(expr)} <= set(point):
            value = in_balls(plain(expr), point, 200 + 8 * digits)
            if value is not None:
                yield name, numeral(value, digits)


def data(found: Found, digits: int) -> Mapping[str, Any]:
    return {
        "distribution": found.title or None,
        "density": text(found.density),
        "log_likelihood": text(signed_sum(found.log)),
        "loss": text(found.loss),
        "left_out": None if found.left_out is None else text(found.left_out),
        "derivative": {
            p: text(e) for p, e in zip(found.parameters, found.by_parameter, strict=True)
        },
        "link": found.link,
        "loss_with_link": None if found.with_link is None else text(found.with_link),
        "derivative_by_score": {
            s: text(e) for s, e in zip(found.scores, found.by_score, strict=True)
        },
        "values": dict(_values(found, digits)),
    }
