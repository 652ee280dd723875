"""What a quantity depends on, on a page: ways as proof, entries, what can go in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from rnnhand.calculus.gradient import shapes_in
from rnnhand.calculus.instances import Instance
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Grid,
    Inline,
    Math,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.results import ValueName, parse_result
from rnnhand.language.tree import Apply, At, Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem.model import Problem
from rnnhand.questions.depends import KINDS, Depends, Pattern
from rnnhand.questions.depends_blocks import told
from rnnhand.questions.depends_chains import told as chains_told
from rnnhand.questions.depends_switched import switched
from rnnhand.questions.depends_switched import told as switched_told
from rnnhand.system.model import SCALAR, Quantity, System, runs

Say: TypeAlias = Callable[..., Sentence]

TO = ",\u00a0…,\u00a0"
"""Between the ends of a range, which stay on one line."""

MOST_ARROWS = 9
MOST_READ, SHORT_ROW = 12, 4
"""Names in a line that says what an entry reads; those up to which the lines make a table."""


def document(result: Depends, problem: Problem, words: Phrases) -> Document:
    system = problem.system

    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    shape = shapes_in(system)
    equations = tuple(
        (e.target, mathematical(e.body, shape, system.functions)) for e in system.equations
    )
    asked = Math(_asked(result))
    parts: list[Block] = [Definitions(equations)]
    for code, listed in (("depends-on", result.found), ("depends-not", result.others)):
        lines = [
            Paragraph(say(f"depends-{kind}", list=_listed(listed[kind])))
            for kind in KINDS
            if listed[kind]
        ]
        empty = say("depends-nothing" if code == "depends-on" else "depends-everything")
        parts.append(Section(say(code, name=asked), tuple(lines) or (Paragraph(empty),)))
    off = switched(result.dependence, system)
    if off:
        sentences = tuple(switched_told(off, system, say, shape))
        parts.append(Section(say("depends-off"), sentences))
    ways = [Paragraph(_arrows(result.dependence.way(i))) for i in _farthest(result)]
    if ways:
        parts.append(Section(say("depends-ways"), tuple(ways)))
    parts += _by_entry(result, system, say)
    parts.append(Section(say("depends-parallel"), tuple(_parallel(result, system, say))))
    title = problem.wording(problem.title, words.lang) or problem.name
    source = problem.wording(problem.source, words.lang)
    return Document(title, source, words.lang, tuple(parts), decimal=words.decimal)


def _asked(result: Depends) -> Expr:
    ref = result.of.ref
    if not result.entry:
        return ref
    return Apply("entry", (ref, *(Number(str(n)) for n in result.entry)))


def _ranges(instances: Sequence[Instance]) -> Iterator[tuple[Quantity, list[range]]]:
    """Instances of each quantity, their steps as runs."""
    steps: dict[Quantity, list[int]] = {}
    for instance in instances:
        steps.setdefault(instance.quantity, [])
        if instance.step is not None:
            steps[instance.quantity].append(instance.step)
    for q, found in steps.items():
        yield q, runs(found)


def _listed(instances: Sequence[Instance]) -> Sentence:
    parts: list[Sentence] = []
    for q, found in _ranges(instances):
        if not q.over:
            parts.append((Math(q.ref()),))
        for run in found:
            ends = [Math(q.at(step)) for step in dict.fromkeys((run[0], run[-1]))]
            if len(run) == 2 or len(ends) == 1:
                parts.append(joined([(e,) for e in ends]))
            else:
                parts.append((ends[0], TO, ends[1]))
    return joined(parts)


def _farthest(result: Depends) -> Iterator[Instance]:
    """One of each quantity that is depended on: the one with the longest way."""
    lengths = result.dependence.lengths
    for kind in KINDS[:4]:
        best: dict[Quantity, Instance] = {}
        for i in result.found[kind]:
            there = best.get(i.quantity)
            if there is None or lengths[i] > lengths[there]:
                best[i.quantity] = i
        yield from best.values()


def _arrows(way: Sequence[Instance]) -> Sentence:
    """x_1 → h_1 → … → h_5."""
    shown: list[Sentence] = [(Math(i.ref),) for i in way]
    if len(shown) > MOST_ARROWS:
        shown = [*shown[:4], ("…",), *shown[-3:]]
    return joined(shown, " → ")


def _by_entry(result: Depends, system: System, say: Say) -> Iterator[Block]:
    if result.patterns is None:
        yield Paragraph(say("depends-too-large"))
    if not result.patterns:
        return
    lines: list[Block] = []
    groups: dict[tuple[str, Quantity | None], list[Pattern]] = {}
    for p in result.patterns:
        groups.setdefault((p.kind, p.on.quantity if p.kind == "some" else None), []).append(p)
    for (kind, _), patterns in groups.items():
        listed = _listed([p.on for p in patterns])
        if kind != "some":
            one = result.entry or system.shapes[result.of.quantity] == SCALAR
            code = f"depends-one-{kind}" if one else f"depends-entry-{kind}"
            lines.append(Paragraph(say(code, list=listed, name=Math(_asked(result)))))
        else:
            lines += _rows(patterns, say)
    zeros = _with_zeros(result, system)
    if zeros:
        names = joined([(Math(q.ref()),) for q in zeros])
        lines.append(Paragraph(say("depends-zeros", names=names)))
    yield Section(say("depends-entries"), tuple(lines))


def _with_zeros(result: Depends, system: System) -> list[Quantity]:
    """Matrices of parameters that count as full though they have zeros by now."""
    return [
        q
        for q in dict.fromkeys(i.quantity for i in result.found["parameter"])
        if system.shapes[q] != SCALAR and any(0 in v for v in system.given[q].values.values())
    ]


def _rows(patterns: Sequence[Pattern], say: Say) -> Iterator[Block]:
    """A line for each entry and what it reads: a table where all lines are short."""
    rows: list[tuple[Sentence, list[Sentence]]] = []
    for name in patterns[0].entries:
        reads = _runs_of_entries([e for p in patterns for e in p.entries[name]])
        if len(reads) > MOST_READ:
            reads = [*reads[: MOST_READ - 4], ("…",), *reads[-3:]]
        rows.append(((_math(parse_result(name)),), reads))
    widest = max(sum(1 if len(part) == 1 else 2 for part in reads) for _, reads in rows)
    if widest <= SHORT_ROW:
        head = (say("depends-entry"), say("depends-reads"))
        yield Grid(head, tuple((name, joined(reads)) for name, reads in rows), turnable=False)
        return
    for entry, reads in rows:
        yield Paragraph(say("depends-row", name=entry, list=joined(reads)))


def _runs_of_entries(names: Sequence[str]) -> list[Sentence]:
    """x[1](2), x[2](2), x[3](2) as x_1(2), …, x_3(2): one entry over steps in a row."""
    steps: dict[tuple[str, tuple[int, ...]], list[ValueName]] = {}
    for name in names:
        parsed = parse_result(name)
        assert isinstance(parsed, ValueName)
        steps.setdefault((parsed.ref.name, tuple(parsed.entry or ())), []).append(parsed)
    found: list[Sentence] = []
    for same in steps.values():
        by_step = {p.ref.index.step: p for p in same if isinstance(p.ref.index, At)}
        if len(by_step) < len(same):
            found += [(_math(p),) for p in same]
            continue
        for run in runs(by_step):
            ends: list[Sentence] = [(_math(by_step[s]),) for s in dict.fromkeys((run[0], run[-1]))]
            found += ends if len(run) < 3 else [joined([ends[0], ("…",), ends[1]])]
    return found


def _math(parsed: object) -> Inline:
    assert isinstance(parsed, ValueName)
    if not parsed.entry:
        return Math(parsed.ref)
    return Math(Apply("entry", (parsed.ref, *(Number(str(n)) for n in parsed.entry))))


def _names(names: Sequence[str]) -> Sentence:
    return joined([(Math(_ref(n)),) for n in names])


def _ref(name: str) -> Ref:
    base, _, over = name.rstrip("]").partition("[")
    return Quantity(base, over).ref()


def _parallel(result: Depends, system: System, say: Say) -> Iterator[Block]:
    for (ring, apart), groups, rows in zip(result.loops, result.blocks, result.chains, strict=True):
        code = {1: "depends-loop-up", -1: "depends-loop-down", 0: "depends-loop"}[ring.direction]
        yield Paragraph(say(code, names=_names(ring.names)))
        if apart:
            yield Paragraph(say("depends-apart", names=_names(ring.names)))
        if groups:
            count = str(len(groups))
            yield Paragraph(say("depends-blocks", list=told(groups, system), count=count))
        if rows:
            count = str(len(rows))
            yield Paragraph(say("depends-chains", list=chains_told(rows), count=count))
    rings = [ring for ring, _ in result.loops]
    if len(rings) > 2 and len(result.separate) == len(rings) * (len(rings) - 1) // 2:
        named = [("{", *_names(ring.names), "}") for ring in rings]
        yield Paragraph(say("depends-all-loops", list=joined(named)))
    else:
        for one, other in result.separate:
            pair = {"one": _names(one.names), "other": _names(other.names)}
            yield Paragraph(say("depends-loops", **pair))
    if result.free:
        yield Paragraph(say("depends-free", names=_names(result.free)))
    if result.after and rings:
        yield Paragraph(say("depends-after", names=_names(result.after)))
    for layer in result.layers:
        if len(layer) > 1:
            yield Paragraph(say("depends-layer", names=_names(layer)))
    if result.waiting > 1:
        slots = {"name": Math(result.of.ref), "count": str(result.waiting)}
        yield Paragraph(say("depends-waiting", **slots))
    elif not rings:
        yield Paragraph(say("depends-no-loop"))
