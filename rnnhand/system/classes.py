"""Quantities that tell a class: whole numbers, by which nothing is differentiated."""

from __future__ import annotations

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic
from rnnhand.language.tree import Apply, Ref, walk
from rnnhand.system.model import Quantity, System


def class_numbers(system: System) -> set[Quantity]:
    """c and k[t] where the equations have one_hot(c, 3) and one_hot(k[t], 3)."""
    return {
        system.quantity(node.args[0])
        for e in system.equations
        for term in e.terms
        for node in walk(term.body)
        if isinstance(node, Apply) and node.op == "one_hot" and isinstance(node.args[0], Ref)
    }


def check_not_a_class(
    system: System, q: Quantity, written: str, span: Span | None = None, option: str = ""
) -> None:
    """Raises `Failure` where a derivative by a class is asked for, by an option of the call or at a
    place of the file: it would be a 0 that says nothing."""
    if q in class_numbers(system):
        raise Failure([by_a_class(q, written, span)], option, written if option else "")


def by_a_class(q: Quantity, written: str, span: Span | None) -> Diagnostic:
    return diagnostic("by-a-class", span, "hint-by-a-class", name=written[:60], q=str(q))
