"""Which cases of a property the usual run takes: the rest is marked slow."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def few(cases: Iterable[Any], usual: Collection[Any]) -> list[Any]:
    """All cases, those that are not among the usual ones marked slow."""
    return [
        case
        if case in usual
        else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for case in cases
    ]


def every(n: int, cases: Iterable[Any]) -> list[Any]:
    """All cases, all but each n-th marked slow."""
    listed = list(cases)
    return few(listed, listed[::n])


PAGES = few(
    [(width, lang) for width in ("60", "80", "140") for lang in ("en", "ru")],
    [("60", "ru"), ("140", "en")],
)
"""Widths of a terminal and languages in which a page is looked at."""
