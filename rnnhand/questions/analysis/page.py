"""An analysis as a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from rnnhand.arithmetic.extremes import Extreme
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Equals,
    Grid,
    Inline,
    Math,
    Note,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.questions.analysis.cases import Case
from rnnhand.questions.analysis.facts import Analysis, Kink, renamed
from rnnhand.questions.analysis.picture import plot
from rnnhand.questions.analysis.study import library, scalar
from rnnhand.questions.analysis.symmetry import Symmetry
from rnnhand.questions.analysis.words import (
    bounds,
    conditions,
    extreme_inline,
    infinity,
    limit_expr,
    number,
    piece_bounds,
    place_inline,
)

Say: TypeAlias = Callable[..., Sentence]


def document(found: Analysis, words: Phrases, digits: int) -> Document:
    title = words.say("analyse-title", f=f"f({found.study.var}) = {text(found.study.expr)}")
    return Document(
        title, "", words.lang, tuple(blocks(found, words, digits)), decimal=words.decimal
    )


def blocks(found: Analysis, words: Phrases, digits: int) -> Iterator[Block]:
    """What is known of f, section by section."""

    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    yield Definitions(tuple(_definitions(found)))
    if found.same_as:
        names = ", ".join(library()[n].notation or n for n in found.same_as)
        yield Paragraph(say("analyse-same", name=names))
    if found.kinks is None:
        yield Note("warning", say("analyse-no-pieces"))
    for title, inner in (
        (
            "analyse-values",
            [*_values(found, say), *_limits(found, say), *_course(found, say, digits)],
        ),
        ("analyse-symmetry", list(_symmetries(found, say))),
        ("analyse-slope", list(_slopes(found, say, digits))),
        ("analyse-more", list(_more(found, say, digits))),
    ):
        if inner:
            yield Section(say(title), tuple(inner))
    drawn = plot(found, words)
    if drawn is not None:
        yield drawn


def _f(found: Analysis, name: str = "f", x: Expr | None = None) -> Expr:
    return Apply(name, (x or Ref(found.study.var),), spelling=name.replace("'", "′"))


def _shown(expr: Expr) -> Expr:
    return mathematical(expr, scalar, library())


def _definitions(found: Analysis) -> Iterator[tuple[Expr, Expr]]:
    yield _f(found), _shown(found.study.expr)
    yield _f(found, "f'"), _shown(found.derivative)
    for letter, expr in found.by_letter:
        yield Ref(f"df/d{letter}"), _shown(expr)


def _values(found: Analysis, say: Say) -> Iterator[Block]:
    zero = Number("0")
    known = [
        (Equals(_f(found, name, zero), value),)
        for name, value in zip(("f", "f'"), found.at_zero, strict=True)
        if value is not None
    ]
    if known:
        yield Paragraph(joined([tuple(k) for k in known]))


def _limits(found: Analysis, say: Say) -> Iterator[Block]:
    for name, cases in (("f", found.cases), ("f'", found.slope_cases)):
        for case in cases:
            said = joined(list(_two_limits(found, name, case, say)), "; ")
            where = [c for a, r in case.ranges for c in bounds(a, r)]
            if where:
                said = say("analyse-case", where=conditions(where), said=said)
            yield Paragraph(said)


def _two_limits(found: Analysis, name: str, case: Case, say: Say) -> Iterator[Sentence]:
    ends = (case.pieces[0].low, case.pieces[-1].high)
    for limit, sign, end in zip(case.limits, (-1, 1), ends, strict=True):
        to: dict[str, Inline | Sentence] = {
            "f": Math(_f(found, name)),
            "x": Math(Ref(found.study.var)),
            "to": Math(infinity(sign)),
        }
        if limit is not None:
            yield say("analyse-limit", value=Math(limit_expr(limit)), **to)
        elif end is not None:
            yield say("analyse-nowhere", end=Math(number(end)), **to)
        else:
            yield say("analyse-limit-open", **to)


def _course(found: Analysis, say: Say, digits: int) -> Iterator[Block]:
    if found.study.letters:
        return
    if found.monotone is not None:
        yield Paragraph(say(f"analyse-{found.monotone}"))
    least, greatest = found.least, found.greatest
    if least is None or greatest is None:
        yield Paragraph(say("analyse-range-open"))
        return
    yield Paragraph(_extreme(found, "analyse-infimum", least, say, digits))
    yield Paragraph(_extreme(found, "analyse-supremum", greatest, say, digits))


def _extreme(found: Analysis, code: str, extreme: Extreme, say: Say, digits: int) -> Sentence:
    value = extreme_inline(extreme, digits)
    if extreme.infinite:
        return say(f"{code}-infinite")
    where = joined(list(dict.fromkeys(_places(found, extreme, say, digits))))
    x = Math(Ref(found.study.var))
    if not extreme.attained:
        return say(f"{code}-limit", value=value, x=x, where=where)
    return say(code, value=value, where=where)


def _places(found: Analysis, extreme: Extreme, say: Say, digits: int) -> Iterator[Sentence]:
    x = Ref(found.study.var)
    pieces = [place.piece for place in extreme.places if place.piece is not None]
    points = {place.expr for place in extreme.places if place.kind == "point"}
    ends = {number(end) for piece in pieces for end in (piece.low, piece.high) if end is not None}
    for place in extreme.places:
        if place.kind == "point" and place.expr in ends:
            continue  # told with the piece that it ends
        if place.kind == "piece":
            assert place.piece is not None
            whole = piece_bounds(found.study.var, place.piece, points)
            yield conditions(whole) if whole else say("analyse-everywhere", x=Math(x))
        elif not extreme.attained:
            yield (place_inline(place, digits),)
        else:
            value = place_inline(place, digits)
            if isinstance(value, Math):
                yield (Equals(x, value.expr),)
            else:
                yield (Math(x), " ≈ ", value)


def _symmetries(found: Analysis, say: Say) -> Iterator[Block]:
    laws = (("f", found.symmetry), ("f'", found.slope_symmetry))
    for name, law in laws:
        if law is None:
            if not found.study.letters or name == "f":
                yield Paragraph(say("analyse-no-symmetry", f=Math(_f(found, name))))
            continue
        said = say(f"analyse-{law.kind}", law=_law(found, name, law), f=Math(Ref(name)))
        if broken := found.exceptions(law):
            at = joined([(Math(number(x)),) for x in broken])
            said = (*said, *say("analyse-except", at=at))
        yield Paragraph(said)


def _law(found: Analysis, name: str, law: Symmetry) -> Inline:
    x = Ref(found.study.var)
    return Equals(_f(found, name, Apply("neg", (x,))), law.right(_f(found, name), x))


def _slopes(found: Analysis, say: Say, digits: int) -> Iterator[Block]:
    if len(found.branches) == 1 and not found.branches[0].piece.low:
        (branch,) = found.branches
        equal: list[Inline] = [Equals(_f(found, "f'"), branch.slope)]
        if branch.through is not None and branch.through != branch.slope:
            equal += [" = ", Math(renamed(branch.through, Ref("f")))]
        yield Paragraph(tuple(equal))
        if branch.through is None:
            yield Paragraph(say("analyse-not-through"))
    elif found.branches:
        where = [c for a, r in found.where for c in bounds(a, r)]
        if where:
            yield Paragraph(say("analyse-pieces-for", where=conditions(where)))
        yield _table(found, say)
    for kink in found.kinks or ():
        yield Note("kink", _kink(found, kink, say))
    if found.study.letters or found.kinks is None:
        return
    for code, extreme in (
        ("analyse-steepest", found.steepest),
        ("analyse-flattest", found.flattest),
    ):
        if extreme is None:
            yield Paragraph(say(f"{code}-open"))
        else:
            yield Paragraph(_extreme(found, code, extreme, say, digits))


def _table(found: Analysis, say: Say) -> Grid:
    var = found.study.var
    head = (
        say("analyse-where"),
        (Math(_f(found)),),
        (Math(_f(found, "f'")),),
        say("analyse-through", f=Math(Ref("f"))),
        say("analyse-inverse-head", y=Math(Ref("y"))),
    )
    rows = []
    for b in found.branches:
        cells: list[Sentence] = [conditions(piece_bounds(var, b.piece))]
        for expr in (b.value, b.slope, b.through, b.inverse):
            cells.append(() if expr is None else (Math(_shown(expr)),))
        rows.append(tuple(cells))
    return Grid(head, tuple(rows), turnable=False)


def _kink(found: Analysis, kink: Kink, say: Say) -> Sentence:
    at = number(kink.at)
    where: dict[str, Inline | Sentence] = {"x": Equals(Ref(found.study.var), at)}
    if kink.value is None:
        return say("analyse-pole", **where)
    left, right = kink.sides
    if kink.jumps and left is not None and right is not None:
        value = Equals(_f(found, "f", at), kink.value)
        return say("analyse-jump", left=Math(left), right=Math(right), value=value, **where)
    before, after = kink.slopes
    if before is None or after is None or kink.slope is None:
        return say("analyse-kink-open", **where)
    slope = Equals(_f(found, "f'", at), kink.slope)
    return say("analyse-kink", left=Math(before), right=Math(after), slope=slope, **where)


def _more(found: Analysis, say: Say, digits: int) -> Iterator[Block]:
    x, y = Ref(found.study.var), Ref("y")
    if len(found.branches) == 1:
        (branch,) = found.branches
        if branch.inverse is not None:
            law = Equals(x, _shown(branch.inverse))
            given = conditions(_between(found))
            said = say("analyse-inverse", law=law, y=Equals(y, _f(found)))
            yield Paragraph((*said, ", ", *given, ".") if given else (*said, "."))
        if found.log_derivative is not None:
            left = Apply("/", (Ref("f'"), Ref("f")))
            equal: list[Inline] = [Equals(left, _shown(found.log_derivative))]
            if found.log_through is not None:
                equal += [" = ", Math(found.log_through)]
            yield Paragraph(say("analyse-log", law=tuple(equal)))
    if found.expansion:
        yield Paragraph(say("analyse-expansion", law=Equals(_f(found), _series(found))))
    elif found.kinks is not None and any(k.at == 0 for k in found.kinks):
        yield Paragraph(say("analyse-no-expansion"))


def _between(found: Analysis) -> list[Expr]:
    """For which y there is an x."""
    conditions_on_y: list[Expr] = []
    for extreme, strict, loose in ((found.least, ">", ">="), (found.greatest, "<", "<=")):
        if extreme is not None and not extreme.infinite and extreme.expr is not None:
            op = loose if extreme.attained else strict
            conditions_on_y.append(Apply(op, (Ref("y"), extreme.expr)))
    return conditions_on_y


def _series(found: Analysis) -> Expr:
    """c₀ + c₁·x + … + O(x^n)."""
    x = Ref(found.study.var)
    terms: list[Expr] = []
    for k, c in enumerate(found.expansion):
        if c == Number("0"):
            continue
        power: Expr = x if k == 1 else Apply("^", (x, Number(str(k))))
        terms.append(c if k == 0 else power if c == Number("1") else Apply("*", (c, power)))
    rest = Apply("O", (Apply("^", (x, Number(str(len(found.expansion))))),))
    whole: Expr | None = None
    for term in (*terms, rest):
        sign, size = _signed(term)
        if whole is None:
            whole = term
        elif isinstance(whole, Apply) and whole.op == "+" and sign > 0:
            whole = Apply("+", (*whole.args, size))
        else:
            whole = Apply("+" if sign > 0 else "-", (whole, size))
    assert whole is not None
    return _shown(whole)


def _signed(term: Expr) -> tuple[int, Expr]:
    match term:
        case Apply("*", (Number() as c, power)) if c.value < 0:
            size: Expr = power if c.value == -1 else Apply("*", (Number(str(-c.value)), power))
            return -1, size
        case Number() as c if c.value < 0:
            return -1, Number(str(-c.value))
        case Apply("neg", (a,)):
            return -1, a
        case Apply("*", (Apply("neg", (c,)), power)):
            return -1, Apply("*", (c, power))
        case _:
            return 1, term
