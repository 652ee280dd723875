"""`robbins_monro`: do Σ η_t and Σ η_t² of a learning rate converge?

The condition of Robbins and Monro: Σ η_t = ∞, so that every point can be reached, and Σ η_t² < ∞,
so that the noise dies out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic import forms
from rnnhand.arithmetic.growth import Growth, Unknown, base_of, growth, order, sign
from rnnhand.arithmetic.normal import Form, Space
from rnnhand.arithmetic.scalar import in_balls
from rnnhand.document.blocks import Block, Definitions, Inline, Math, Paragraph, Section, Sentence
from rnnhand.errors import failure
from rnnhand.explain.sentences import sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.analysis.study import library, plain
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.options import options

TRIED = 40
"""Terms that must exist and be positive."""


@dataclass(frozen=True)
class Sum:
    """Whether Σ of a rate converges: `verdict` is converges, diverges, depends or undecided, with
    the reason's name; where it depends, it converges for `letter` > (`above`) or < `bound`."""

    verdict: str
    reason: str
    of: Expr | None = None
    letter: str = ""
    bound: Fraction = Fraction(0)
    above: bool = True

    def within(self, other: Sum) -> bool:
        """Whether it converges wherever the other does, both depending on one letter."""
        if self.letter != other.letter or self.above != other.above:
            return False
        return self.bound <= other.bound if self.above else self.bound >= other.bound


@dataclass(frozen=True)
class Found:
    rate: Expr
    var: str
    letters: tuple[str, ...]
    first: int
    plain: Sum
    squares: Sum

    @property
    def holds(self) -> str:
        """yes, no, depends, or undecided."""
        one, two = self.plain.verdict, self.squares.verdict
        if one == "converges" or two == "diverges":
            return "no"
        if "undecided" in (one, two):
            return "undecided"
        if one == two == "depends" and self.plain.within(self.squares):
            return "no"
        return "yes" if (one, two) == ("diverges", "converges") else "depends"

    def condition(self) -> list[Expr]:
        """For which values of the letter both conditions hold."""
        found: list[Expr] = []
        for s, op in ((self.squares, (">", "<")), (self.plain, ("<=", ">="))):
            if s.verdict == "depends":
                chosen = op[0] if s.above else op[1]
                found.append(Apply(chosen, (Ref(s.letter), Number(str(s.bound)))))
        return found


def robbins_monro(problem: Problem, node: yaml.Node) -> Answer:
    read = options("robbins_monro", node, ("rate", "by", "from"), alone="rate")
    rate = read.formula("rate")
    var = read.text("by", _variable(rate))
    first = read.rational("from", Fraction(1))
    if first.denominator != 1:
        raise failure("not-a-count", read.node("from").span, found=str(first), least=0)
    found = worked(rate, var, int(first), read.node("rate"))

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        yield Section(sentence(words, "rate-title"), tuple(told(found, words)))

    return Answer(tell, lambda digits: data(found))


COUNTERS = ("t", "n", "k", "i", "j", "m")
"""Names that count iterations where the file does not say which name does."""


def _variable(rate: Expr) -> str:
    """t, or the one name that counts in a formula: k in 1/k. A letter alone is a constant rate."""
    names = list(dict.fromkeys(r.name for r in refs(rate)))
    counting = [n for n in COUNTERS if n in names]
    return counting[0] if counting and not isinstance(rate, Ref) else "t"


def worked(rate: Expr, var: str, first: int, node: yaml.Node) -> Found:
    """Raises `Failure` where a term has no value or is not positive."""
    body = plain(rate)
    letters = tuple(dict.fromkeys(r.name for r in refs(rate) if r.name != var))
    for k in range(first, first + TRIED):
        point = {var: Fraction(k), **dict.fromkeys(letters, Fraction(3, 4))}
        value = in_balls(body, point, 128)
        if value is None:
            raise failure("rate-undefined", node.span, "hint-rate-from", at=k, var=var, later=k + 1)
        if value < 0 or value == 0:
            raise failure("rate-not-positive", node.span, at=k, var=var)
    space = Space()
    try:
        g = growth(body, var, space, library())
        if g.sign < 0:
            raise failure("rate-not-positive", node.span, at="∞", var=var)
        sums = [converges(g, times, var) for times in (1, 2)]
    except Unknown:
        sums = [Sum("undecided", "unknown")] * 2
    return Found(rate, var, letters, first, sums[0], sums[1])


def converges(g: Growth, times: int, var: str) -> Sum:
    """Whether Σ η^times converges."""
    n = g.k.space.constant(Fraction(times))
    h = Growth(g.k * n, g.p * n, g.q * n, 1, g.steep)
    written = order(h, var)
    if h.steep:
        verdict = "converges" if h.steep < 0 else "diverges"
        return Sum(verdict, f"steep-{verdict}")
    if (base := base_of(h)) is not None:
        return _by_base(h, *base, var)
    by_exponential = sign(h.k)
    if by_exponential:
        verdict = "converges" if by_exponential < 0 else "diverges"
        return Sum(verdict, f"ratio-{verdict}", written)
    power = h.p.value
    if power is not None:
        if power != -1:
            verdict = "converges" if power < -1 else "diverges"
            reason = "limit" if power >= 0 else "power"
            return Sum(verdict, f"{reason}-{verdict}", written)
        logs = h.q.value
        if logs is None:
            return Sum("undecided", "unknown", written)
        verdict = "converges" if logs < -1 else "diverges"
        reason = "log" if logs else "power"
        return Sum(verdict, f"{reason}-{verdict}", written)
    return _depends(h, written)


def _by_base(h: Growth, letter: str, times: Fraction, var: str) -> Sum:
    """a^(m·t)·t^p·log(t)^q with m > 0 converges for a < 1 and diverges for a > 1; for a = 1 the
    power decides, which here must not converge, so that the bound is plain."""
    size = abs(times)
    exponent: Expr = Ref(var) if size == 1 else Apply("*", (Number(str(size)), Ref(var)))
    if times < 0:
        exponent = Apply("neg", (exponent,))
    written = Apply("^", (Ref(letter), exponent))
    if h.p.value is None or h.p.value < 0 or (h.p.value == 0 and h.q.value != 0):
        return Sum("undecided", "unknown", written)
    return Sum("depends", "ratio-depends", written, letter, Fraction(1), times < 0)


def _depends(h: Growth, written: Expr | None) -> Sum:
    """t^(a·p + b) with one letter p: it converges where a·p + b < −1. At equality logarithms would
    decide; without them it diverges."""
    used = [n for n in forms.names(h.p.space) if _mentions(h.p, n)]
    line = forms.univariate(h.p, used[0]) if len(used) == 1 else None
    if line is None or len(line[0]) != 2 or len(line[1]) != 1 or h.q.value != 0:
        return Sum("undecided", "unknown", written)
    b, a = (c / line[1][0] for c in line[0])
    bound = (-1 - b) / a
    return Sum("depends", "power-depends", written, used[0], bound, a < 0)


def _mentions(x: Form, name: str) -> bool:
    i = forms.names(x.space).index(name)
    return any(m[i] for p in (x.above, x.below) for m in p.monoms())


def told(found: Found, words: Phrases) -> Iterator[Block]:
    eta = Apply("η", (Ref(found.var),))
    yield Definitions(((eta, found.rate),))
    if found.letters:
        yield Paragraph(sentence(words, "rate-letters"))
    square = Apply("^", (eta, Number("2")))
    for s, of in ((found.plain, eta), (found.squares, square)):
        slots: dict[str, Inline | Sentence] = {"of": Math(of)}
        if s.of is not None:
            slots["like"] = Math(s.of)
        if s.verdict == "depends":
            op, other = (">", " ≤ ") if s.above else ("<", " ≥ ")
            bound = (Math(Ref(s.letter)), f" {op} ", Math(Number(str(s.bound))))
            slots["bound"] = bound
            slots["other"] = (Math(Ref(s.letter)), other, Math(Number(str(s.bound))))
        yield Paragraph(sentence(words, f"rate-{s.reason}", **slots))
    if found.holds == "depends":
        from rnnhand.questions.analysis.words import conditions

        slots = {"where": conditions(found.condition())}
        yield Paragraph(sentence(words, "rate-holds-depends", **slots))
    else:
        yield Paragraph(sentence(words, f"rate-holds-{found.holds}"))


def data(found: Found) -> Mapping[str, Any]:
    from rnnhand.questions.analysis.words import conditions_text

    def one(s: Sum) -> dict[str, Any]:
        result: dict[str, Any] = {"verdict": s.verdict, "reason": s.reason}
        result["like"] = text(s.of) if s.of is not None else None
        if s.verdict == "depends":
            op = ">" if s.above else "<"
            result["converges_for"] = f"{s.letter} {op} {s.bound}"
        return result

    return {
        "rate": text(found.rate),
        "sum": one(found.plain),
        "sum_of_squares": one(found.squares),
        "holds": found.holds,
        "holds_for": conditions_text(found.condition()) if found.holds == "depends" else None,
    }
