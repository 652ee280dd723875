"""Words about layers of a stack, for the topics that speak of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from rnnhand.document.blocks import Inline, Math, Sentence
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import Numeral
from rnnhand.language.tree import Expr, Number
from rnnhand.phrases import Phrases
from rnnhand.system.stacks import Conv, Dense, Layer, Plain, Pool, Slide

ONE, ZERO = Number("1"), Number("0")


def told(layer: Layer, words: Phrases) -> Sentence:
    """`convolution 5 × 5, padding 2`."""
    match layer:
        case Conv(slide, _, bias, separable):
            code = "stack-separable" if separable else "stack-conv"
            first = sentence(words, code, size=across(slide.size))
            rest = () if bias else sentence(words, "stack-no-bias")
            return joined([s for s in (first, *_sliding(slide, words, ONE), rest) if s])
        case Pool(slide, kind):
            first = sentence(words, f"stack-pool-{kind}", size=across(slide.size))
            return joined([first, *_sliding(slide, words, None)])
        case Dense(_, bias):
            first = sentence(words, "stack-dense")
            return first if bias else joined([first, sentence(words, "stack-no-bias")])
        case Plain("flatten"):
            return sentence(words, "stack-flatten")
        case Plain(name):
            return (name,)
        case _:
            assert_never(layer)


def _sliding(slide: Slide, words: Phrases, stride: Expr | None) -> list[Sentence]:
    """The stride where it is not the usual one, and the padding where there is any."""
    usual = slide.size if stride is None else (stride,) * len(slide.size)
    found: list[Sentence] = []
    if slide.stride != usual:
        found.append(sentence(words, "stack-stride", size=across(slide.stride, True)))
    if slide.same:
        found.append(sentence(words, "stack-same"))
    elif any(p != ZERO for p in slide.padding):
        found.append(sentence(words, "stack-padding", size=across(slide.padding, True)))
    return found


def across(sides: Sequence[Expr], once: bool = False) -> Sentence:
    """`5 × 5`; one number where `once` and all are the same."""
    if once and len(set(sides)) == 1:
        sides = sides[:1]
    parts: list[Inline] = []
    for i, side in enumerate(sides):
        parts += [" × "] * (i > 0) + [Math(side)]
    return tuple(parts)


def exact(expr: Expr) -> Numeral:
    """An amount as a result of the work."""
    return Numeral(expr, None)
