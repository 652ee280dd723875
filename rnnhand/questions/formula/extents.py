"""The shape of anything that may stand in a formula."""

from __future__ import annotations

from rnnhand.errors import Diagnostic, Failure
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, Ref
from rnnhand.questions.formula.placed import quantity_of
from rnnhand.system.build import resolved
from rnnhand.system.model import SCALAR, Quantity, Shape, System
from rnnhand.system.shapes import shape_of


def shape_in(system: System, expr: Expr) -> Shape:
    """The shape of anything that a formula may have, derivatives by name as well."""

    def of(ref: Ref) -> Shape | None:
        pair = derivative_of(ref)
        if pair is None:
            runs_here = ref.index is None and Quantity(ref.name) not in known
            return SCALAR if runs_here else known.get(quantity_of(system, ref))
        above, below = (known.get(quantity_of(system, r)) for r in (pair.of, pair.by))
        if above is None or below is None or above == SCALAR:
            return below
        return above if below == SCALAR else (above[0], below[0])

    known = system.shapes
    found = shape_of(expr, of)
    assert found is not None, text(expr)
    return found


def shape_if_known(system: System, expr: Expr) -> Shape | None:
    """The same of what may be wrong, which is said elsewhere."""
    wrong: list[Diagnostic] = []
    try:
        tree = resolved(expr, system.functions, wrong)
        return None if wrong else shape_in(system, tree)
    except (Failure, AssertionError, KeyError):
        return None
