"""Whether the name of a result names something of a system."""

from __future__ import annotations

from difflib import get_close_matches

from rnnhand.errors import failure
from rnnhand.language.printer import text
from rnnhand.language.results import (
    AfterName,
    DerivativeName,
    Entry,
    ResultName,
    ValueName,
    result_text,
)
from rnnhand.language.tree import Ref
from rnnhand.system.checks import listed
from rnnhand.system.classes import check_not_a_class
from rnnhand.system.model import Quantity, Shape, System
from rnnhand.system.shapes import shown

WORDS = {"forward", "gradients", "update"}
"""What may be asked for besides results."""


def check_result(system: System, name: ResultName) -> None:
    """Raises `Failure`, at the name's place, where a quantity, a step or an entry is none of the
    system's."""
    match name:
        case ValueName(ref, entry):
            shape = system.shapes[known(system, ref, name)]
        case DerivativeName(of, by, entry):
            for ref in (of, by):
                known(system, ref, name)
            check_not_a_class(system, system.quantity(by), result_text(name), by.span)
            shape = derivative_shape(system, name)
        case AfterName(_, ref, _):
            raise failure("after-in-ask", ref.span, "hint-update", name=result_text(name))
    check_entry(entry, shape, name)


def derivative_shape(system: System, name: DerivativeName) -> Shape:
    """That of the denominator for a scalar, else a row for each entry of the numerator."""
    above, below = (system.shapes[system.quantity(ref)] for ref in (name.of, name.by))
    size = above[0] * above[1]
    return below if size == 1 else (size, below[0] * below[1])


def known(system: System, ref: Ref, name: ResultName) -> Quantity:
    q = system.quantity(ref)
    there_are = {*system.made_by, *system.given}
    if q not in there_are:
        there = ", ".join(str(k) for k in there_are if k.name == ref.name)
        if there:
            hint = "hint-result-index" if "[" in there else None
            raise failure("result-index", ref.span, hint, name=text(ref), known=there)
        names = ", ".join(sorted(str(k) for k in there_are))
        close = get_close_matches(ref.name, sorted({k.name for k in there_are} | WORDS), 1)
        raise failure(
            "unknown-result",
            ref.span,
            "hint-did-you-mean" if close else None,
            name=text(ref),
            known=names,
            suggestion=close[0] if close else "",
        )
    if not system.exists(q, system.step(ref)):
        steps = listed(system.steps[q])
        raise failure("result-step", ref.span, name=text(ref), steps=steps)
    return q


def check_entry(entry: Entry, shape: Shape, name: ResultName) -> None:
    if not entry:
        return
    sizes = shape if len(entry) == 2 else (shape[0] * shape[1],) if 1 in shape else ()
    if len(sizes) != len(entry) or not all(1 <= i <= n for i, n in zip(entry, sizes, strict=True)):
        ref = name.of if isinstance(name, DerivativeName) else name.ref
        raise failure("result-entry", ref.span, name=result_text(name), shape=shown(shape))
