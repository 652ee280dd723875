"""The equations of a system as a graph: what is computed from what, with local derivatives.

At the level of `quantities` a vertex is a named quantity; at that of `gates` it is an activation
over a weighted sum, or one pointwise operation; at that of `operations` it is one operation, and
the slope of an arc is the derivative of that operation by that argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rnnhand.language.tree import Expr, Ref
from rnnhand.system.model import Equation, Role, System

REST = "…"
"""The name of what is not drawn."""

UNREAD = "←"
"""What a vertex does that is computed from others which are not drawn."""


class Level(StrEnum):
    QUANTITIES = "quantities"
    GATES = "gates"
    OPERATIONS = "operations"


BESIDE = ("softmax", "exp", "log", "sqrt")
"""Operations that stand beside the name of what they give, as activations do."""


@dataclass(frozen=True)
class Vertex:
    """`expr` at `step` is what the vertex computes; a leaf (a given quantity) has no `op`.

    `op` is that of the outermost operation; `weighted` says that it is a weighted sum, perhaps
    under the activation `op`. `adjoint` is the derivative of the loss by it, where it has no name.
    """

    key: str
    row: str
    step: int | None
    ref: Ref | None
    expr: Expr
    op: str = ""
    role: Role | None = None
    weighted: bool = False
    added: tuple[Expr, ...] = ()
    adjoint: Expr | None = None


@dataclass(frozen=True)
class Arc:
    """`start` enters `end`; `slope` at `step` is ∂end/∂start, None where it is no product.

    `mention` is how the equation of `end` writes `start`.
    """

    start: str
    end: str
    step: int | None = None
    weight: Expr | None = None
    slope: Expr | None = None
    lag: int = 0
    mention: Ref | None = None


@dataclass(frozen=True)
class Network:
    vertices: Mapping[str, Vertex]
    arcs: tuple[Arc, ...]


def is_step(ref: Ref, system: System) -> bool:
    """Whether a mention is the number of a step, t or T, and no quantity."""
    return ref.index is None and (ref.name == "T" or ref.name in system.indices)


def drawn_at(
    equation: Equation, system: System, window: Mapping[str, range]
) -> Sequence[int | None]:
    """The steps at which an equation is drawn, or once; of an index in `window`, these steps."""
    if equation.steps is None:
        return (None,)
    over = system.quantity(equation.target).over
    if over not in window:
        return equation.steps
    return [s for s in equation.steps if _nearest(s, system.indices[over]) in window[over]]


def _nearest(step: int, steps: range) -> int:
    """A step, or, for one before the first or after the last, that one: s_0 is drawn with s_1."""
    return min(max(step, steps[0]), steps[-1])
