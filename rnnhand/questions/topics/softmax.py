"""`softmax`: with temperatures, 0+ and oo among them.

p_i = exp(z_i/T)/Σ exp(z_j/T). For T → ∞ all are alike; for T → 0+ all goes to the greatest, in
equal parts where several are. In balls nothing overflows: the greatest is taken away first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from rnnhand.arithmetic import tempered
from rnnhand.arithmetic.numerals import of_fraction
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Grid,
    Math,
    Paragraph,
    Section,
    Sentence,
    Shown,
)
from rnnhand.errors import failure
from rnnhand.explain.sentences import sentence
from rnnhand.language.numerals import Numeral
from rnnhand.language.parser import parse_expression
from rnnhand.language.tree import Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.problem.values import rational
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.options import items, options

INFINITE = ("oo", "∞", "inf")
NOUGHT = ("0+", "+0")


def softmax(problem: Problem, node: yaml.Node) -> Answer:
    read = options("softmax", node, ("logits", "temperature"))
    logits = read.rationals("logits")
    nodes = items(read.node("temperature")) if "temperature" in read else ()
    asked = [_temperature(n) for n in nodes] or [("1", Fraction(1))]

    def rows(digits: int) -> list[tuple[str, Fraction | None, tuple[Numeral, ...]]]:
        found = []
        for written, t in asked:
            if t is None:
                exact = tempered.limit(logits, 1 if written == "oo" else -1)
                shown = tuple(of_fraction(x, digits) for x in exact)
            else:
                shown = tempered.softmax(logits, t, digits)
            found.append((written, t, shown))
        return found

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        law = parse_expression("exp(z[i]/T)/sum[j](exp(z[j]/T))")
        head: list[Sentence] = [(Math(Ref("T")),)]
        head += [(Math(parse_expression(f"p[{i}]")),) for i in range(1, len(logits) + 1)]
        table: list[tuple[Sentence, ...]] = []
        for written, t, shown in rows(digits):
            first = (_written(written, t),)
            table.append((first, *((Shown(x),) for x in shown)))
        inner: list[Block] = [Definitions(((parse_expression("p[i]"), law),))]
        inner.append(Grid(tuple(head), tuple(table)))
        for written, t in asked:
            if t is None:
                code = "softmax-hot" if written == "oo" else "softmax-cold"
                best = sum(z == max(logits) for z in logits)
                code = "softmax-cold-ties" if written != "oo" and best > 1 else code
                count = str(len(logits) if written == "oo" else best)
                inner.append(Paragraph(sentence(words, code, count=count)))
        yield Section(sentence(words, "softmax-title"), tuple(inner))

    def results(digits: int) -> Mapping[str, Any]:
        return {
            "logits": [str(z) for z in logits],
            "probabilities": [
                {"temperature": written, "p": list(shown)} for written, _, shown in rows(digits)
            ],
        }

    return Answer(tell, results)


def _written(written: str, t: Fraction | None) -> Math:
    if t is not None:
        return Math(Number(str(t)))
    return Math(Ref("∞") if written == "oo" else Ref("0+"))


def _temperature(node: yaml.Node) -> tuple[str, Fraction | None]:
    """0+, oo, or a positive number."""
    if isinstance(node, yaml.Text):
        if node.text.strip() in INFINITE:
            return "oo", None
        if node.text.strip() in NOUGHT:
            return "0+", None
    value = rational(node)
    if value <= 0:
        raise failure("not-positive", node.span, "hint-temperature", name="temperature",
                      found=yaml.shown(node))  # fmt: skip
    return str(value), value
