"""Whether the name of a result names something of a system."""

from __future__ import annotations

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
from rnnhand.system.model import Quantity, Shape, System
from rnnhand.system.shapes import shown


def check_result(system: System, name: ResultName) -> None:
    """Raises `Failure`, at the name's place, where a quantity, a step or an entry is none of the
    system's."""
    match name:
        case ValueName(ref, entry):
            shape = system.shapes[_known(system, ref, name)]
        case DerivativeName(of, by, entry):
            above, below = (system.shapes[_known(system, r, name)] for r in (of, by))
            size = above[0] * above[1]
            shape = below if size == 1 else (size, below[0] * below[1])
        case AfterName(_, ref, _):
            raise failure("after-in-ask", ref.span, "hint-update", name=result_text(name))
    _check_entry(entry, shape, name)


def _known(system: System, ref: Ref, name: ResultName) -> Quantity:
    q = system.quantity(ref)
    known = {*system.made_by, *system.given}
    if q not in known:
        listed = ", ".join(str(k) for k in known if k.name == ref.name)
        if listed:
            raise failure("result-index", ref.span, name=text(ref), known=listed)
        names = ", ".join(sorted(str(k) for k in known))
        raise failure("unknown-result", ref.span, name=text(ref), known=names)
    if not system.exists(q, system.step(ref)):
        steps = ", ".join(f"{r[0]}..{r[-1]}" for r in system.steps[q])
        raise failure("result-step", ref.span, name=text(ref), steps=steps)
    return q


def _check_entry(entry: Entry, shape: Shape, name: ResultName) -> None:
    if not entry:
        return
    sizes = shape if len(entry) == 2 else (shape[0] * shape[1],) if 1 in shape else ()
    if len(sizes) != len(entry) or not all(1 <= i <= n for i, n in zip(entry, sizes, strict=True)):
        ref = name.of if isinstance(name, DerivativeName) else name.ref
        raise failure("result-entry", ref.span, name=result_text(name), shape=shown(shape))
