"""What students of our own get from the marking: `python -m tests.marking_report --sheets 1000`.

Prints how many honest sheets have a value called wrong, how many slips are found exactly, and how
often a misconception at work is named.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TypeAlias

from rnnhand.errors import Failure
from rnnhand.marking.marked import Item, Marked, Verdict
from rnnhand.marking.marker import marker_for
from rnnhand.marking.sheet import read_sheet
from rnnhand.marking.verdicts import mark
from rnnhand.problem.reader import read_problem
from tests.students.algebra import M
from tests.students.classes import Needs, careful_habits, full_habits, habits, problem, problem_for
from tests.students.misconceptions import MISCONCEPTIONS, NEEDS, with_misconception
from tests.students.networks import Network
from tests.students.slips import again, with_slips
from tests.students.working import Habits, Label, Sheet, Student, Unfit, name


@dataclass
class Case:
    """A sheet of which we know what its marks should be."""

    net: Network
    habits: Habits
    sheet: Sheet
    slips: Mapping[Label, M] = field(default_factory=dict)
    kind: str = "honest"

    @property
    def slipped(self) -> set[str]:
        return set(map(name, self.slips))

    def remade(self, net: Network, how: Habits) -> Case:
        """The same student on another sheet."""
        slips = {label: again(m) for label, m in self.slips.items()}
        return replace(self, net=net, habits=how, sheet=Student(net, how).run(slips))

    def marked(self) -> Marked:
        return mark(
            marker_for(read_problem(self.net.text(), "problem")), read_sheet(self.sheet.text())
        )


Maker: TypeAlias = Callable[[Random, "str | None"], Case]


@dataclass
class Failed:
    case: Case
    seed: str
    why: str
    items: list[Item] = field(default_factory=list)
    follow_through: Callable[[Item], object] = lambda item: item.expected

    def text(self) -> str:
        h = self.case.habits
        lines = [f"{self.seed}: {self.why}", f"  {self.case.net.kind} {self.case.net.traits}"]
        on = "rounded" if h.goes_on_rounded else "unrounded"
        lines += [f"  {h.hand}, on with the {on}{', hidden too' * h.rounds_hidden}, "
                  f"slopes from the {h.slopes}, {h.route}, shares {h.shares}"]  # fmt: skip
        if self.case.slips:
            lines.append(f"  slips: {', '.join(map(name, self.case.slips))}")
        for item in self.items[:8]:
            lines.append(
                f"  {item.label}: {spelled(item.given)} is {item.verdict}; "
                f"expected {spelled(item.expected)}, "
                f"follow-through {spelled(self.follow_through(item))}"
            )
        return "\n".join(lines)


def spelled(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(spelled, value))}]"
    return str(getattr(value, "text", None) or getattr(value, "decimal", value))


HONEST_WRONG = "honest, but called wrong"


def judged(case: Case, seed: str) -> Failed | None:
    """What is wrong about the marks of a sheet, or None."""
    marked = case.marked()
    unread = [i for i in marked.items if i.verdict == Verdict.UNREADABLE]
    if unread:
        return Failed(case, seed, "unreadable", unread, marked.follow_through)
    if case.kind == "honest":
        wrong = any(i.verdict == Verdict.WRONG for i in marked.items)
        bad = [i for i in marked.items if i.verdict != Verdict.RIGHT]
        why = HONEST_WRONG if wrong else "honest, but said to follow from a mistake"
        return Failed(case, seed, why, bad, marked.follow_through) if bad else None
    if case.kind in MISCONCEPTIONS:
        named = {d.id for i in marked.items for d in getattr(i, "diagnoses", ())}
        if case.kind in named:
            return None
        bad = [i for i in marked.items if i.verdict != Verdict.RIGHT]
        why = "another named" if named else "not named"
        why = f"{why}: {', '.join(sorted(named))}"
        return Failed(case, seed, why, bad, marked.follow_through)
    wrong = {i.label: i for i in marked.items if i.verdict == Verdict.WRONG}
    innocent = [i for label, i in wrong.items() if label not in case.slipped]
    if innocent:
        why = "computed correctly, but called wrong"
        return Failed(case, seed, why, innocent, marked.follow_through)
    missed = [i for i in marked.items if i.label in case.slipped and i.label not in wrong]
    return Failed(case, seed, "slip not found", missed, marked.follow_through) if missed else None


def honest_case(rng: Random, kind: str | None = None) -> Case:
    net = problem(rng, kind)
    how = habits(rng, net)
    return Case(net, how, Student(net, how).run())


def slip_case(rng: Random, kind: str | None = None) -> Case:
    net = problem(rng, kind)
    how = careful_habits(rng, net)
    count = rng.choice([1, 1, 2])
    sheet, slips = with_slips(rng, net, how, count)
    return Case(net, how, sheet, slips, f"{count} slip")


def misconception_case(kind: str) -> Maker:
    def make(rng: Random, family: str | None = None) -> Case:
        for _ in range(400):
            net = problem_for(rng, NEEDS.get(kind, Needs()), family)
            how = full_habits(rng, net)
            try:
                return Case(net, how, with_misconception(rng, net, how, kind), kind=kind)
            except (Unfit, ArithmeticError):
                continue
        raise Unfit

    return make


MAKERS: dict[str, Maker] = {
    "honest": honest_case,
    "slips": slip_case,
    **{kind: misconception_case(kind) for kind in MISCONCEPTIONS},
}


def cases(what: str, count: int, seed: int, kind: str | None = None) -> Iterator[tuple[str, Case]]:
    """So many sheets; what cannot be worked as drawn is drawn again."""
    made = tried = 0
    while made < count:
        tried += 1
        label = f"{what} {seed}.{tried}"
        try:
            case = MAKERS[what](Random(label), kind)
        except (Unfit, ArithmeticError):
            if tried > 20 * count + 100:
                return
            continue
        if case.sheet.written:
            made += 1
            yield label, case


def smaller(failed: Failed) -> Failed:
    """A sheet with fewer families of values, and no update if that can be, that fails too."""
    if failed.case.kind in MISCONCEPTIONS:
        return failed
    if failed.case.net.rule:
        net = replace(failed.case.net, rule={}, update="")
        failed = tried(failed, net, failed.case.habits)
    for key in sorted(failed.case.habits.shown):
        if failed.case.habits.shown.get(key):
            shown = {**failed.case.habits.shown, key: False}
            failed = tried(failed, failed.case.net, replace(failed.case.habits, shown=shown))
    return failed


def tried(failed: Failed, net: Network, how: Habits) -> Failed:
    try:
        case = failed.case.remade(net, how)
    except (Unfit, ArithmeticError):
        return failed
    if not all(label in case.sheet.written for label in case.slips):
        return failed
    found = judged(case, failed.seed) if case.sheet.written else None
    return found if found and found.why == failed.why else failed


def keep(folder: Path, failed: Failed) -> None:
    place = folder / failed.seed.replace(" ", "-")
    place.mkdir(parents=True, exist_ok=True)
    (place / "problem.yaml").write_text(failed.case.net.text(), "utf-8")
    (place / "sheet.yaml").write_text(failed.case.sheet.text(), "utf-8")
    (place / "why.md").write_text(failed.text() + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="DIR")
    parser.add_argument("--kind", help="one kind of network only: rnn, 'gru matrix'")
    parser.add_argument("--only", choices=[*MAKERS, "misconceptions"])
    parser.add_argument("--each", type=int, default=100, help="sheets for each misconception")
    options = parser.parse_args()
    chosen = {None: list(MAKERS), "misconceptions": list(MISCONCEPTIONS)}
    for what in chosen.get(options.only, [options.only]):
        report(what, options)


def report(what: str, options: argparse.Namespace) -> None:
    started = perf_counter()
    failures: list[Failed] = []
    values = total = 0
    count = options.each if what in MISCONCEPTIONS else options.sheets
    for label, case in cases(what, count, options.seed, options.kind):
        total += 1
        values += len(case.sheet.written)
        try:
            failed = judged(case, label)
        except Failure as error:  # a problem without a key, such as one with an undecided kink
            print(f"{label}: {', '.join(d.code for d in error.diagnostics)}", flush=True)
            total -= 1
            continue
        if failed:
            failures.append(failed)
            if options.keep:
                keep(options.keep, smaller(failed))
            if len(failures) <= options.show:
                print(smaller(failed).text(), flush=True)
        if sys.stderr.isatty():
            print(f"\r{what} {total}", end="", file=sys.stderr)
    reasons = Counter(f.why for f in failures)
    spent = f"{values} values, {perf_counter() - started:.0f} s"
    print(f"{what}: {total - len(failures)} of {total} as they should be ({spent})", flush=True)
    for why, often in reasons.most_common():
        print(f"    {often} {why}", flush=True)


if __name__ == "__main__":
    main()
