"""An analysis as plain data."""

from __future__ import annotations

from typing import Any

from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref
from rnnhand.questions.analysis.cases import Case
from rnnhand.questions.analysis.facts import Analysis, Branch, Kink
from rnnhand.questions.analysis.symmetry import Symmetry
from rnnhand.questions.analysis.words import (
    bounds,
    conditions_text,
    extreme_data,
    limit_text,
    piece_bounds,
)


def as_data(found: Analysis, digits: int) -> dict[str, Any]:
    """Formulas in the equation language, numbers as strings, null for what is not decided."""
    study, var = found.study, found.study.var
    alone = len(found.branches) == 1
    return {
        "function": text(study.expr),
        "variable": var,
        "letters": list(study.letters),
        "same_as": list(found.same_as),
        "derivative": text(found.derivative),
        "derivative_in_f": _text(found.branches[0].through) if alone else None,
        "by_letter": {a: text(e) for a, e in found.by_letter},
        "limits": [_case(c) for c in found.cases],
        "derivative_limits": [_case(c) for c in found.slope_cases],
        "symmetry": _symmetry(found, found.symmetry, "f"),
        "derivative_symmetry": _symmetry(found, found.slope_symmetry, "f'"),
        "monotone": found.monotone,
        "infimum": extreme_data(found.least, var, digits),
        "supremum": extreme_data(found.greatest, var, digits),
        "greatest_slope": extreme_data(found.steepest, var, digits),
        "least_slope": extreme_data(found.flattest, var, digits),
        "at_zero": {"f": _text(found.at_zero[0]), "f'": _text(found.at_zero[1])},
        "pieces_for": conditions_text([c for a, r in found.where for c in bounds(a, r)]),
        "pieces": [_branch(b, var) for b in found.branches],
        "kinks": None if found.kinks is None else [_kink(k) for k in found.kinks],
        "inverse": _text(found.branches[0].inverse) if alone else None,
        "log_derivative": {
            "formula": _text(found.log_derivative),
            "in_f": _text(found.log_through),
        },
        "expansion": {
            "coefficients": [text(e) for e in found.expansion],
            "remainder": f"O({var}^{len(found.expansion)})" if found.expansion else None,
        },
    }


def _text(expr: Expr | None) -> str | None:
    return None if expr is None else text(expr)


def _case(case: Case) -> dict[str, Any]:
    where = [c for name, r in case.ranges for c in bounds(name, r)]
    return {
        "where": conditions_text(where),
        "-oo": limit_text(case.limits[0]),
        "oo": limit_text(case.limits[1]),
    }


def _symmetry(found: Analysis, law: Symmetry | None, name: str) -> dict[str, Any] | None:
    if law is None:
        return None
    var = found.study.var
    right = law.right(Apply(name, (Ref(var),)), Ref(var))
    broken = [str(x) for x in found.exceptions(law)]
    return {"kind": law.kind, "law": f"{name}(-{var}) = {text(right)}", "except": broken}


def _branch(branch: Branch, var: str) -> dict[str, Any]:
    return {
        "where": conditions_text(piece_bounds(var, branch.piece)),
        "f": text(branch.value),
        "derivative": text(branch.slope),
        "derivative_in_f": _text(branch.through),
        "inverse": _text(branch.inverse),
    }


def _kink(kink: Kink) -> dict[str, Any]:
    return {
        "at": str(kink.at),
        "f": _text(kink.value),
        "from_left": _text(kink.sides[0]),
        "from_right": _text(kink.sides[1]),
        "slope_left": _text(kink.slopes[0]),
        "slope_right": _text(kink.slopes[1]),
        "slope": _text(kink.slope),
    }
