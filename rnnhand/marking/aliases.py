"""Names as people write them: h_2 and h₂ for h[2], ŷ_2 for yhat[2], ∂L/∂u for dL/du.

A name of the problem is always taken as it stands; another spelling counts only where exactly one
name of the problem can be meant.
"""

from __future__ import annotations

from dataclasses import replace

from rnnhand.language.results import AfterName, DerivativeName, ResultName, ValueName
from rnnhand.language.spellings import BRACED, folded, level, stepped
from rnnhand.language.tree import Index, Ref
from rnnhand.marking.formats.entry import PREFIX
from rnnhand.system.model import Quantity, System


def plain_name(written: str) -> str:
    """A name without what a text can only show: lowered digits, braces of TeX, unseen marks."""
    text = level(PREFIX.sub(lambda m: f"after {m[1]}: ", written.strip()))
    return BRACED.sub(lambda m: f"[{m[1]}]" if m[1].lstrip("+-").isdigit() else f"_{m[1]}", text)


def as_known(system: System, name: ResultName) -> ResultName:
    """The name with each quantity under the problem's own name for it, where there is one."""
    match name:
        case ValueName(ref) | AfterName(_, ref):
            return replace(name, ref=_known(system, ref))
        case DerivativeName(of, by):
            return replace(name, of=_known(system, of), by=_known(system, by))


def _known(system: System, ref: Ref) -> Ref:
    if _there(system, ref):
        return replace(ref, index=system.quantity(ref).at(system.step(ref)).index)
    for name, index in _splits(ref):
        meant = [n for n in _names(system) if n == name] or [
            n for n in _names(system) if folded(n) == folded(name)
        ]
        found = [r for n in meant if _there(system, r := replace(ref, name=n, index=index))]
        if len(found) == 1:
            return _known(system, found[0])
    return ref


def _splits(ref: Ref) -> list[tuple[str, Index]]:
    """A name and an index that may have been meant: h2 is h[2]."""
    found: list[tuple[str, Index]] = [(ref.name, ref.index)]
    if ref.index is None and (split := stepped(ref.name)):
        found.append(split)
    return found


def _there(system: System, ref: Ref) -> bool:
    q = system.quantity(ref)
    if q not in system.made_by and q not in system.given:
        return False
    return ref.index is None or system.exists(q, system.step(ref))


def _names(system: System) -> dict[str, None]:
    quantities: list[Quantity] = [*system.made_by, *system.given]
    return dict.fromkeys(q.name for q in quantities)
