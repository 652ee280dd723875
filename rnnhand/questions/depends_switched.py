"""What an equation mentions and does not read at some steps, since a factor is 0 there:
[t > 2] = 0 at t = 1, 2: h_t does not read h_{t−1}."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rnnhand.calculus.dependence import Dependence
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.switches import Read
from rnnhand.document.blocks import Block, Math, Paragraph, Sentence
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, Number, Ref, Shift, walk
from rnnhand.system.model import System, runs

MOST_TOLD = 8
"""Sentences, beyond which the others are left to JSON."""


@dataclass(frozen=True)
class Switched:
    """A factor is 0 in the equations of `readers`, so that they do not read what it stands beside:
    `mentions` as they are written, or each at its step where they run in a sum."""

    factor: Expr
    name: Ref
    readers: tuple[Instance, ...]
    mentions: tuple[Ref, ...]


def switched(reached: Dependence, system: System) -> list[Switched]:
    """All of them: those of one factor at the same steps of one equation together."""
    readers: dict[tuple[Expr, Ref, Ref], list[Instance]] = {}
    for reader, reads in reached.off.items():
        for read in reads:
            assert read.off is not None
            running = _runs_with(reader, read, system)
            name = reader.quantity.ref() if running else reader.ref
            mention = read.written if running else read.instance.ref
            there = readers.setdefault((read.off, name, mention), [])
            if reader not in there:
                there.append(reader)
    alike: dict[tuple[Expr, Ref, tuple[Instance, ...]], list[Ref]] = {}
    for (factor, name, mention), found in readers.items():
        there_ = tuple(sorted(found, key=lambda i: i.step or 0))
        alike.setdefault((factor, name, there_), []).append(mention)
    return [Switched(f, name, there, tuple(m)) for (f, name, there), m in alike.items()]


def _runs_with(reader: Instance, read: Read, system: System) -> bool:
    """Whether nothing in factor and mention runs but the step of the reader."""
    assert read.off is not None
    nodes = [read.written, *(n for n in walk(read.off) if isinstance(n, Ref))]
    letters = {n.index.var for n in nodes if isinstance(n.index, Shift)}
    letters |= {n.name for n in nodes if n.index is None and n.name in system.indices}
    return letters <= {reader.quantity.over}


def told(found: Sequence[Switched], system: System, say: Callable[..., Sentence],
         shape: Callable[[Expr], tuple[int, int]]) -> Iterator[Block]:  # fmt: skip
    for one in found[:MOST_TOLD]:
        names = joined([(Math(m),) for m in one.mentions])
        factor = Math(mathematical(one.factor, shape, system.functions))
        slots = {"name": Math(one.name), "list": names}
        steps = [i.step for i in one.readers if i.step is not None]
        if isinstance(one.factor, Number):
            yield Paragraph(say("depends-factor-zero", **slots))
        elif isinstance(one.name.index, Shift) and steps:
            at = (Math(Ref(one.name.index.var)), f" = {_ranges(steps)}")
            yield Paragraph(say("depends-switched-at", factor=factor, steps=at, **slots))
        else:
            yield Paragraph(say("depends-switched", factor=factor, **slots))
    if len(found) > MOST_TOLD:
        yield Paragraph(say("depends-switched-more", count=str(len(found) - MOST_TOLD)))


def _ranges(steps: Sequence[int]) -> str:
    """1, 2, 5, …, 9."""
    parts = []
    for run in runs(steps):
        parts += [str(s) for s in run] if len(run) < 4 else [str(run[0]), "…", str(run[-1])]
    return ", ".join(parts)


def as_data(found: Sequence[Switched]) -> list[dict[str, object]]:
    return [
        {
            "factor": text(one.factor),
            "in": [text(i.ref) for i in one.readers],
            "not_read": [text(m) for m in one.mentions],
        }
        for one in found
    ]
