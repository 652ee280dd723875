"""The data of a comparison, for `--format json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.calculus.views import summands, total
from rnnhand.language.printer import equation_text, text
from rnnhand.language.tree import Expr
from rnnhand.questions.compare.compare import Comparison, pattern
from rnnhand.questions.reduce.conditions import restrictions, verdict
from rnnhand.questions.reduce.reduce import Reduced


def _further(result: Reduced) -> Iterator[tuple[Expr, Expr]]:
    """What has to hold beside what is fixed."""
    if result.answers:
        yield from result.answers[0].tied
        yield from result.answers[0].made
        yield from restrictions(result, {})


def as_data(result: Comparison) -> dict[str, object]:
    """The comparison as plain data, the first cell first everywhere."""

    def each(pair: tuple[Sequence[Expr], Sequence[Expr]]) -> list[list[str]]:
        return [[text(e) for e in side] for side in pair]

    return {
        "cells": [c.name for c in result.cells],
        "same": [text(e) for e in result.same],
        "different": [
            {
                "name": text(d.name),
                "bodies": [text(b) for b in d.bodies],
                "only": each(d.only),
            }
            for d in result.different
        ],
        "only": [[equation_text(s.target, s.body) for s in side] for side in result.only],
        "parameters": {
            "formulas": [text(f) for f in result.formulas],
            "difference": text(total(summands(result.surplus))),
            "only": [
                {name: pattern(cell, name) for name in extra}
                for cell, extra in zip(result.cells, result.extra, strict=True)
            ],
        },
        "states": [list(s) for s in result.states],
        "reductions": [
            {
                "source": r.source.name,
                "target": r.target.name,
                "verdict": verdict(r),
                "fixed": {text(f.left): text(f.right) for f in r.answers[0].fixed}
                if r.answers
                else None,
                "requires": [f"{text(a)} = {text(b)}" for a, b in _further(r)],
                "obstacles": [reason.code for reason in r.obstacles],
                "output_layer": None
                if r.layer is None
                else equation_text(r.layer.target, r.layer.body),
            }
            for r in result.reductions
        ],
    }
