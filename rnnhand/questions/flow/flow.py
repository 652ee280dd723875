"""`flow`: the question, its options, its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from shlex import quote

from rnnhand.arithmetic.policy import Settled, settle
from rnnhand.errors import Failure, diagnostic
from rnnhand.language import limits
from rnnhand.language.printer import text
from rnnhand.language.results import ValueName, parse_result
from rnnhand.language.tree import Ref
from rnnhand.problem.model import AskUpdate, Problem
from rnnhand.problem.results import check_result
from rnnhand.problem.values import FRACTION, PLAIN
from rnnhand.questions.flow.loops import Loop
from rnnhand.questions.flow.measure import ClipRule
from rnnhand.questions.flow.verdict import Facts, Verdict, verdict
from rnnhand.questions.flow.work import FlowPlan, FlowWork
from rnnhand.questions.work import Worked
from rnnhand.system.model import SCALAR, Quantity, System
from rnnhand.system.recurrences import recurrences


@dataclass(frozen=True)
class Options:
    """`of` is the number whose gradient is followed (the loss, unless it is named); `clip` such as
    norm:5."""

    digits: int = 5
    of: str = ""
    clip: str = ""
    detail: str = "normal"


@dataclass(frozen=True)
class Flow:
    """A problem's answer: its plan, and the work under the arithmetic that was chosen."""

    problem: Problem
    plan: FlowPlan
    settled: Settled[FlowWork]

    @property
    def worked(self) -> Settled[Worked]:
        """The forward and backward values alone."""
        return Settled(
            self.settled.work.worked,
            self.settled.name,
            self.settled.arithmetic,
            self.settled.bits,
            None,
            self.settled.undecided,
        )


def flow(problem: Problem, options: Options) -> Flow:
    """Work it out. Raises `Failure` where nothing is carried from step to step, or a number is not
    given."""
    followed = _followed(problem, options.of)
    plan = FlowPlan(followed, options.digits, _clips(problem, options.clip))
    plan.check()
    return Flow(followed, plan, settle(plan.task(), "auto", options.digits))


def check_options(problem: Problem, options: Options) -> None:
    """Raises `Failure` where what is to be followed, or the clipping, is nothing."""
    _followed(problem, options.of)
    _clips(problem, options.clip)


def _followed(problem: Problem, of: str) -> Problem:
    """The problem with the number that is followed as its loss."""
    system = problem.system
    if of:
        return replace(problem, system=replace(system, loss=_named(system, of)))
    if system.loss is not None:
        return problem
    last = _last_state(system)
    return problem if last is None else replace(problem, system=replace(system, loss=last))


def _named(system: System, of: str) -> Ref:
    try:
        name = parse_result(of)
        check_result(system, name)
    except Failure as error:
        wrong = (replace(d, span=None) for d in error.diagnostics)
        raise Failure(wrong, "--of", of) from None
    if isinstance(name, ValueName) and not name.entry:
        q = system.quantity(name.ref)
        if q in system.made_by and system.shapes[q] == SCALAR:
            return name.ref
    example = _example(system)
    hint = "hint-flow-of" if example else None
    no_number = diagnostic("flow-of", None, hint, name=of[:60], example=example)
    raise Failure([no_number], "--of", of)


def _example(system: System) -> str:
    """How a number that could be followed is named on the command line: the loss, or what runs
    last; nothing where there is none."""
    if system.loss is not None:
        return f"--of {quote(text(system.loss))}"
    for q in reversed(system.made_by):
        if system.shapes[q] == SCALAR:
            return f"--of {quote(text(q.at(system.steps[q][-1][-1]) if q.over else q.ref()))}"
    return ""


def _last_state(system: System) -> Ref | None:
    """The last of the states where it is a number: h[T]."""
    for loop in recurrences(system)[0]:
        for q in reversed(loop.states):
            if system.shapes[q] == SCALAR:
                run = system.steps[q][-1]
                return q.at(run[-1] if loop.direction > 0 else system.steps[q][0][0])
    return None


def _clips(problem: Problem, clip: str) -> tuple[ClipRule, ...]:
    """What is clipped: as the call says, else as the updates of the problem do, else both kinds
    at 1."""
    if clip:
        kind, _, bound = (part.strip() for part in clip.partition(":"))
        written = len(bound) < limits.NAME and (PLAIN.fullmatch(bound) or FRACTION.fullmatch(bound))
        limit = Fraction(bound) if written and not bound.endswith("/0") else Fraction(0)
        if kind not in ("value", "norm") or limit <= 0:
            wrong = diagnostic("flow-clip", None, None, found=clip[:60])
            raise Failure([wrong], "--clip", clip)
        return ((kind, limit),)
    asked = [a.clip for a in problem.ask if isinstance(a, AskUpdate) and a.clip is not None]
    return tuple(dict.fromkeys(asked)) or (("norm", Fraction(1)), ("value", Fraction(1)))


def verdict_of(work: FlowWork, i: int) -> Verdict:
    """What is said of all states of a recurrence together."""
    loop = work.loops[i]
    factors = list(loop.factors[1].values())
    bound = None
    if len(loop.shapes) == 1:
        (q,) = loop.shapes
        found = [work.bounds.get((i, q, q, lag)) for lag in {w.lag for w in loop.ways}]
        known = [b.value for b in found if b is not None]
        bound = sum(known[1:], known[0]) if found and len(known) == len(found) else None
    first = next(iter(loop.radii.values()), None)
    return verdict(
        Facts(
            extremes={t: (s[0], s[-1]) for t, s in loop.singular.items()},
            constant=len(factors) > 1 and all(f == factors[0] for f in factors),
            single=loop.size == 1,
            radius=first,
            norms=loop.norms,
            bound=bound,
            sums=loop.sums,
            lag=loop.recurrence.longest,
            companion=loop.companion_radius,
        )
    )


def direct_verdict(loop: Loop, q: Quantity) -> Verdict:
    """What is said of the way of one state straight through its own equation."""
    values = loop.direct[q]
    rows, columns = loop.shapes[q]
    factors = list(values.values())
    single = rows * columns == 1
    return verdict(
        Facts(
            extremes={t: (s[0], s[-1]) for t, s in loop.direct_singular[q].items()},
            constant=single and len(factors) > 1 and all(f == factors[0] for f in factors),
            single=single,
            radius=abs(factors[0][0]) if single and factors else None,
            norms=loop.direct_norms[q],
            bound=None,
        )
    )


def has_own_way(loop: Loop, q: Quantity) -> bool:
    """Whether a state comes straight through its own equation, and in other ways besides."""
    return q in loop.direct


def name_of(q: Quantity, step: int, by: Quantity, before: int) -> str:
    """dh[2]/dh[1]."""
    return f"d{text(q.at(step))}/d{text(by.at(before))}"
