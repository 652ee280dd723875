"""Names of results in one spelling, so that a policy, a column and a sheet mean the same value."""

from __future__ import annotations

from dataclasses import replace

from rnnhand.errors import Failure
from rnnhand.language.results import (
    AfterName,
    DerivativeName,
    ResultName,
    ValueName,
    parse_result,
    result_text,
)
from rnnhand.marking.formats.entry import RANGE
from rnnhand.marking.names import at_its_step, check_name, shape_of
from rnnhand.questions.work import Plan


def canonical(plan: Plan, name: ResultName) -> ResultName:
    """The same result with its steps as numbers: h[T] is h[3]."""
    system = plan.system
    match name:
        case ValueName(ref):
            return replace(name, ref=at_its_step(system, ref))
        case DerivativeName(of, by):
            return replace(name, of=at_its_step(system, of), by=at_its_step(system, by))
        case AfterName(_, ref):
            return replace(name, ref=at_its_step(system, ref))


def one_spelling(plan: Plan, written: str) -> str | None:
    """The canonical name of a result of this problem; None for anything else."""
    try:
        name = parse_result(written)
        check_name(plan, name)
    except Failure:
        return None
    return result_text(canonical(plan, name))


def is_computed(plan: Plan, written: str) -> bool:
    """Whether a canonical name is that of a result which the problem does not give itself."""
    if one_spelling(plan, written) is None:
        return False
    name = parse_result(written)
    if not isinstance(name, ValueName):
        return True
    given = plan.system.given.get(plan.system.quantity(name.ref))
    step = plan.system.step(name.ref)
    return given is None or (step is not None and step not in given.values)


def size(plan: Plan, written: str) -> int:
    """How many entries a result has; 1 for a name that names one of them, or nothing."""
    try:
        name = parse_result(written)
        check_name(plan, name)
    except Failure:
        return 1
    rows, columns = shape_of(plan, name)
    return 1 if name.entry else rows * columns


def is_column(plan: Plan, written: str) -> bool:
    """Whether a column's head names a result, or a result over a range of steps."""
    written = written.strip()
    if steps := RANGE.search(written):
        written = f"{written[: steps.start()]}[{steps[1]}]{written[steps.end() :]}"
    return 0 < len(written) <= 200 and one_spelling(plan, written) is not None
