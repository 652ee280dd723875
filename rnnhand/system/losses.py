"""What a loss is made of."""

from __future__ import annotations

from rnnhand.language.tree import Over, Ref, Shift, walk
from rnnhand.system.model import SCALAR, Quantity, System


def step_losses(system: System) -> list[Quantity]:
    """The scalars that the loss sums up over the steps: L[t] in L = sum[t](L[t])."""
    if system.loss is None:
        return []
    found = [
        system.quantity(node.body)
        for equation in system.made_by[system.quantity(system.loss)]
        for node in walk(equation.body)
        if isinstance(node, Over)
        and isinstance(node.body, Ref)
        and isinstance(node.body.index, Shift)
    ]
    return [q for q in dict.fromkeys(found) if system.shapes[q] == SCALAR]
