"""What is told of a wrong formula: one phrase for each thing that was proved, for the page and as
data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from rnnhand.calculus.variants import Variant
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number
from rnnhand.questions.formula.judged import Judged, Sorted
from rnnhand.questions.formula.right_entries import Entries
from rnnhand.questions.formula.spots import Edit
from rnnhand.questions.formula.summands import Summand

BY_STEP = ("missing-step", "only-step")
"""Slips that are told by a step."""

FEW = 4
"""Right summands up to which they are listed."""

Slot: TypeAlias = str | Expr | tuple[Expr | str, ...]


@dataclass(frozen=True)
class Told:
    """The phrase `code` with formulas, lists of formulas, and words in its slots; `kind` is what
    programs know it by, `at` what it is about."""

    kind: str
    at: Slot
    code: str
    slots: Mapping[str, Slot]


def told(judged: Judged) -> Iterator[Told]:
    """Everything, the surest first."""
    if judged.no_value is not None:
        yield _about("no-real-value", judged.no_value, "formula-no-real-value")
    if judged.special:
        yield Told("special-point", "", "formula-special", {})
    if judged.held:
        yield _about("held", judged.held, "formula-held")
    if judged.right_at:
        yield _about("right-at", tuple(i.name for i in judged.right_at), "formula-right-at")
    if judged.entries is not None:
        yield from _entries(judged.entries)
    yield from (_slip(slip) for slip in judged.reasons)
    yield from _edits(judged.edits)
    if judged.summand is not None:
        yield from _summand(judged.summand)
    if judged.sorted is not None:
        yield from _sorted(judged.sorted)


def _entries(found: Entries) -> Iterator[Told]:
    """The diagonal, or the few that are right or wrong."""
    for kind, some in (("right", found.right), ("wrong", found.wrong)):
        if some == found.diagonal:
            yield Told(f"{kind}-diagonal", "", f"formula-{kind}-diagonal", {})
            return
    kind, some = min(("right", found.right), ("wrong", found.wrong), key=lambda one: len(one[1]))
    if len(some) <= FEW:
        at = tuple(f"({i}, {j})" if found.shape[1] > 1 else f"({i})" for i, j in some)
        yield _about(f"{kind}-entries", at, f"formula-{kind}-entries")


def plain(slot: Slot) -> str:
    """What stands in a slot as mere text."""
    if isinstance(slot, str):
        return slot
    return ", ".join(map(plain, slot)) if isinstance(slot, tuple) else text(slot)


def _about(kind: str, at: Slot, code: str, **more: Slot) -> Told:
    return Told(kind, at, code, {"at": at, **more})


def _slip(slip: Variant, code: str = "formula") -> Told:
    return _about(slip.kind, _where(slip), f"{code}-{slip.kind}")


def _where(slip: Variant) -> str | Expr:
    return slip.at.index.var if slip.kind in BY_STEP else slip.at  # type: ignore[union-attr]


def _edits(edits: Sequence[Edit]) -> Iterator[Told]:
    """What is wrong in one part again is told without the part."""
    for i, edit in enumerate(edits):
        one = _edit(edit)
        again = i > 0 and edit.within == edits[i - 1].within
        there = again and one.code in ("formula-belongs-within", "formula-belongs-factor")
        yield replace(one, code="formula-belongs-there") if there else one


def _edit(edit: Edit) -> Told:
    slots: dict[str, Slot] = {"instead": edit.instead, "summand": edit.within or edit.at}
    if edit.kind.startswith("range-") and isinstance(edit.within, Apply):
        slots["var"] = edit.within.args[0]
    return _about(edit.kind, edit.at, _code(edit), **slots)


def _code(edit: Edit) -> str:
    """The phrase of an edit."""
    inside = edit.within is not None and edit.within != edit.at
    match edit.kind:
        case "range-begin" | "range-end":
            product = isinstance(edit.within, Apply) and edit.within.op == "Π"
            return f"formula-{'product' if product else 'sum'}-{edit.kind.removeprefix('range-')}"
        case _ if edit.as_factor:
            return "formula-belongs-factor"
        case "wrong-sign" | "missing-factor" | "extra-factor" | "missing-summand":
            return f"formula-{edit.kind}-within" if inside else f"formula-{edit.kind}"
        case _:
            return "formula-belongs-within" if inside else "formula-belongs"


def _summand(found: Summand) -> Iterator[Told]:
    if found.factor:
        factor = number(found.factor)
        yield _about("wrong-factor", found.written, "formula-wrong-factor", factor=factor)
    elif found.instead is None:
        yield _about("too-many", found.written, "formula-too-many")
    else:
        yield _about("wrong-summand", found.written, "formula-wrong-summand")
        yield _slip(found.instead, "formula-instead")


def _sorted(found: Sorted) -> Iterator[Told]:
    yield from _edits(found.edits)
    for one in found.scaled:
        factor = number(one.factor)
        yield _about("wrong-factor", one.written, "formula-scaled", factor=factor)
    if not found.missing:
        yield from (_about("too-many", one, "formula-too-many") for one in found.rest)
    elif not found.rest:
        yield from map(_missing, found.missing)
    else:
        yield _instead(found.rest, found.missing)
        if found.right:
            code = "summands" if len(found.right) <= FEW else "many"
            slots: dict[str, Slot] = {"at": found.right, "count": str(len(found.right))}
            yield Told("right-summand", found.right, f"formula-right-{code}", slots)


def _missing(part: Variant | Expr) -> Told:
    if isinstance(part, Variant):
        return _slip(part)
    return _about("missing-summand", part, "formula-missing-summand")


def _instead(rest: Sequence[Expr], missing: Sequence[Variant | Expr]) -> Told:
    places = tuple(_where(part) if isinstance(part, Variant) else part for part in missing)
    named = [part for part in missing if isinstance(part, Variant)]
    by_step = any(part.kind in BY_STEP for part in named)
    code = "summands" if len(named) < len(missing) else "steps" if by_step else "parts"
    slots: dict[str, Slot] = {"at": tuple(rest), "list": places, "count": str(len(places))}
    return Told("wrong-summand", tuple(rest), f"formula-instead-{code}", slots)


def number(written: str) -> Expr:
    """-2/3 as a formula."""
    sign = written.startswith("-")
    above, _, below = written.lstrip("-").partition("/")
    found: Expr = Number(above)
    if below:
        found = Apply("/", (found, Number(below)))
    return Apply("neg", (found,)) if sign else found
