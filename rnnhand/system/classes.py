"""Quantities that tell a class: whole numbers, by which nothing is differentiated."""

from __future__ import annotations

from rnnhand.errors import Failure, diagnostic
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


def check_not_a_class(system: System, q: Quantity, option: str, written: str) -> None:
    """Raises `Failure` where a derivative by a class is asked for: it would be a 0 that says
    nothing."""
    if q in class_numbers(system):
        wrong = diagnostic("by-a-class", None, "hint-by-a-class", name=written[:60], q=str(q))
        raise Failure([wrong], option, written)
