"""Other conventions: a sheet that is right under one of them is not simply wrong.

A convention is a problem with some equations rewritten (the loss averaged, the reset gate on the
other side), with other slopes at a kink, or a sheet whose gradients are read as transposed. It
explains a sheet if fewer values are wrong under it, and none that was right before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from rnnhand.calculus.patterns import exchanged, filled_in, found
from rnnhand.errors import Failure
from rnnhand.language.operations import Function
from rnnhand.language.results import DerivativeName
from rnnhand.language.tree import Expr, Number
from rnnhand.marking.answers import read_answers
from rnnhand.marking.explaining import diagnose
from rnnhand.marking.landscape import Landscape, landscape
from rnnhand.marking.marked import Item, Marked, Verdict
from rnnhand.marking.marker import Marker, marker_for
from rnnhand.marking.misconceptions import Misconception, Rewrite, misconceptions
from rnnhand.marking.names import After
from rnnhand.marking.sheet import Answer, Decided, LaidOut, Sheet, transposed
from rnnhand.marking.trial import with_equations
from rnnhand.marking.variations import variations
from rnnhand.marking.verdicts import judged
from rnnhand.problem.model import Problem

FAMILY, FEW = 2, 4
"""Wrong values from which other conventions are thought of; and answers up to which one will do."""


@dataclass(frozen=True)
class Convention:
    """A marker by another convention; `transposed` says that sheets are to be turned first."""

    id: str
    marker: Marker
    transposed: bool = False


@dataclass
class Checker:
    """A marker, and those by other conventions, made when the first sheet is not all right."""

    marker: Marker

    @cached_property
    def conventions(self) -> list[Convention]:
        """Every convention of the library that makes a difference to the problem."""
        return list(_conventions(self.marker))

    def check(self, sheet: Sheet) -> Marked:
        """The verdicts of a sheet, with the convention named under which more of it is right."""
        return self.check_answers(read_answers(self.marker.plan, sheet, self.marker.names), sheet)

    def check_answers(self, answers: list[Answer | Decided], sheet: Sheet) -> Marked:
        """The same for answers that have been read from a sheet."""
        marked = judged(self.marker, answers)
        laid_out = any(isinstance(answer, LaidOut) for answer in answers)
        if not (marked.count(Verdict.WRONG) or laid_out):
            return marked
        diagnose(marked)
        if not laid_out and marked.count(Verdict.WRONG) < FAMILY and len(answers) > FEW:
            return marked
        best = _faults(marked)
        chosen: tuple[Convention, Marked] | None = None
        for convention in self.conventions:
            if not ((laid_out and convention.transposed) or _promises(convention, marked)):
                continue
            turned = list(map(_turned, answers)) if convention.transposed else answers
            other = judged(convention.marker, turned)
            faults = _faults(other)
            if faults < best and not _spoilt(marked, other):
                best, chosen = faults, (convention, other)
        return marked if chosen is None else _with(marked, *chosen, sheet.conventions == "accept")


def _faults(marked: Marked) -> tuple[int, int]:
    """How much of a sheet is wrong or unreadable, and how much only follows."""
    wrong = marked.count(Verdict.WRONG) + marked.count(Verdict.UNREADABLE)
    return wrong, marked.count(Verdict.FOLLOWS)


def _promises(convention: Convention, marked: Marked) -> bool:
    """Whether some wrong value is the true one by a convention; matrices that may be laid out
    otherwise are looked at as a whole."""
    marking = marked.marking
    true = convention.marker.field(marking.field.ground.named).true
    for spot, there in marking.answers.items():
        for item, answer in there:
            if item.verdict != Verdict.WRONG or isinstance(spot, After):
                continue
            if convention.transposed:
                if min(answer.shape) > 1:
                    return True
            elif spot in true and answer.meets(true[spot]):
                return True
    return False


def _spoilt(before: Marked, after: Marked) -> bool:
    """Whether something that was right no longer is."""
    return any(
        one.verdict == Verdict.RIGHT and other.verdict == Verdict.WRONG
        for one, other in zip(before.items, after.items, strict=True)
    )


def _with(marked: Marked, convention: Convention, other: Marked, accepted: bool) -> Marked:
    """Values that are right under a convention say so, and count as right where that is wanted."""
    items = []
    for item, alike in zip(marked.items, other.items, strict=True):
        better = alike.verdict == Verdict.RIGHT and item.verdict in (
            Verdict.WRONG,
            Verdict.FOLLOWS,
            Verdict.UNREADABLE,
        )
        items.append(_renamed(item, alike, convention.id, accepted) if better else item)
    return replace(marked, items=tuple(items))


def _renamed(item: Item, alike: Item, id: str, accepted: bool) -> Item:
    """An item with the convention under which it is right; what could be read by it alone is no
    longer unreadable, but wrong."""
    if item.verdict == Verdict.UNREADABLE:
        given, expected = transposed(alike.given), alike.expected
        item = replace(item, given=given, expected=expected, verdict=Verdict.WRONG, why=())
    return replace(item, convention=id, verdict=Verdict.RIGHT if accepted else item.verdict)


def _conventions(marker: Marker) -> Iterator[Convention]:
    """Those of the library."""
    problem = marker.plan.problem
    land = landscape(marker.field(()).ground, {})
    for convention in misconceptions("conventions"):
        if any(rule.move == "transposed" for rule in convention.rewrites):
            yield Convention(convention.id, marker, transposed=True)
        for other in _problems(problem, land, convention):
            try:
                yield Convention(convention.id, marker_for(other))
            except Failure:
                continue


def _problems(problem: Problem, land: Landscape, convention: Misconception) -> Iterator[Problem]:
    """A problem as a convention has it."""
    slopes = [rule for rule in convention.rewrites if "slope" in rule.kinds]
    functions = {name: _with_slopes(f, slopes) for name, f in problem.system.functions.items()}
    if functions != problem.system.functions:
        yield replace(problem, system=replace(problem.system, functions=functions))
    equations = replace(
        convention, rewrites=tuple(r for r in convention.rewrites if "slope" not in r.kinds)
    )
    for variation in variations(land, equations):
        changed = {q: e for q, e in variation.changes.equations.items() if q in land.base.made_by}
        if changed:
            yield replace(problem, system=with_equations(land.base, changed))


def _with_slopes(f: Function, rules: list[Rewrite]) -> Function:
    """A function with its slopes rewritten."""
    if not f.activation:
        return f
    slopes: Mapping[str, Expr] = f.slopes
    for rule in rules:
        slopes = {name: _rewritten(slope, rule) for name, slope in slopes.items()}
    return replace(f, slopes=dict(slopes))


def _rewritten(slope: Expr, rule: Rewrite) -> Expr:
    def holds(name: str, expr: Expr) -> bool:
        return rule.where.get(name) != "number" or isinstance(expr, Number)

    for node, bound in list(found(rule.find[0], slope, {*rule.where, "x", "e"}, holds)):
        put = filled_in(rule.put[0], bound, {})
        if put is not None:
            slope = exchanged(slope, (node,), (put,))
    return slope


def _turned(answer: Answer | Decided) -> Answer | Decided:
    """A derivative's matrix turned."""
    if isinstance(answer, LaidOut):
        return answer.turned
    if isinstance(answer, Answer) and isinstance(answer.name, DerivativeName):
        return replace(answer, value=transposed(answer.value))
    return answer
