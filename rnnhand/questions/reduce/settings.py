"""`--set 'f=0, i=1, b_o → ∞'`: the text of a proposal, setting by setting, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnhand.errors import Span, failure


@dataclass(frozen=True)
class Setting:
    """`left = right` with the place of the whole, and where the right side begins."""

    left: str
    right: str
    span: Span
    value: Span


def settings_in(written: str) -> Iterator[Setting]:
    """`f=0, i=1` one by one. Raises `Failure` for a part without `=`, and where there is none."""
    if not written.strip(" ,;"):
        raise failure("setting-none", Span(1, 1, max(len(written), 1)), "hint-setting")
    column = 1
    for part in _split(written):
        left, sign, right = _sides(part)
        span = Span(1, column + _indent(part), max(len(part.strip()), 1))
        if part.strip():
            if not sign or not left.strip() or not right.strip() or _sides(right)[1]:
                hint = "hint-setting-comma" if _are_several(right) else "hint-setting"
                raise failure("bad-setting", span, hint, found=part.strip()[:60])
            value = Span(1, column + len(left) + len(sign) + _indent(right))
            yield Setting(left.strip(), right.strip(), span, value)
        column += len(part) + 1


SIGNS = ("→", "->", "=")
"""What stands between a name and its value: a limit may be written as one, b_f → −∞."""


def _sides(part: str) -> tuple[str, str, str]:
    """The text before the first sign, the sign, and the text after it."""
    at = {sign: part.find(sign) for sign in SIGNS if sign in part}
    return part.partition(min(at, key=lambda sign: at[sign])) if at else (part, "", "")


def _are_several(right: str) -> bool:
    """Whether a value is followed by another setting, without a comma: 0 i=1."""
    value, sign, _ = _sides(right)
    return bool(sign) and len(value.split()) > 1


def _indent(part: str) -> int:
    return len(part) - len(part.lstrip())


def _split(written: str) -> Iterator[str]:
    """The text at its commas outside of brackets."""
    depth, start = 0, 0
    for i, c in enumerate(written):
        depth += (c in "([{") - (c in ")]}")
        if c in ",;" and depth <= 0:
            yield written[start:i]
            start = i + 1
    yield written[start:]
