"""How many parameters: each with its shape, by gate and layer, and what frameworks count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

from rnnhand.document.blocks import (
    Block,
    Document,
    Grid,
    Inline,
    Math,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.explain.sentences import sentence
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.phrases import Phrases
from rnnhand.problem.cells import gate_of, shape_in, size_value
from rnnhand.problem.ends import input_size, output_size
from rnnhand.problem.model import Ask, AskTopic, Layer, Problem
from rnnhand.questions.topics import Answer, answer
from rnnhand.system.model import Role, Shape

Say: TypeAlias = Callable[..., Sentence]


@dataclass(frozen=True)
class Row:
    """One parameter: the quantity in whose equation it stands, its shape, how many numbers."""

    gate: str
    name: str
    shape: Shape
    times: int = 1
    """At how many steps it has a value of its own; 1 for what is shared over time."""

    @property
    def count(self) -> int:
        return self.shape[0] * self.shape[1] * self.times


@dataclass(frozen=True)
class Part:
    """A layer, or the equations of a problem: its rows, and the formula of their number."""

    layer: Layer | None
    rows: tuple[Row, ...]
    enters: tuple[int | None, int] | None
    """Steps × entries of what the layer reads; None where that is not known."""

    @property
    def over_time(self) -> bool:
        """Whether a layer works at steps at all: a network without time has layers that do not."""
        return self.layer is None or any(s.target.index for s in self.layer.statements)

    @property
    def count(self) -> int:
        return sum(row.count for row in self.rows)


@dataclass(frozen=True)
class Count:
    title: str
    parts: tuple[Part, ...]
    stacks: tuple[Answer, ...] = ()
    """Stacks of layers that the problem asks about besides."""

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts)


def count_problem(problem: Problem, lang: str) -> Count:
    """The parameters of a problem: those of its layers, then those of its own equations."""
    system = problem.system
    steps = len(next(iter(system.indices.values()), range(0))) or None
    parts = [layer_part(layer, steps) for layer in problem.layers]
    counted = {row.name for part in parts for row in part.rows}
    own = tuple(
        Row(_gate(problem, g.quantity.name), g.quantity.name, g.shape, len(g.values))
        for g in system.with_role(Role.PARAMETER)
        if g.quantity.name not in counted
    )
    if own:
        gates = list(dict.fromkeys(row.gate for row in own))
        together = sorted(own, key=lambda row: gates.index(row.gate))
        parts.append(Part(None, tuple(together), None))
    title = problem.wording(problem.title, lang) or problem.name
    stacks = tuple(answer(problem, a) for a in problem.ask if is_stack(a))
    return Count(title, tuple(parts), stacks)


def is_stack(ask: Ask) -> TypeGuard[AskTopic]:
    return isinstance(ask, AskTopic) and ask.word == "stack"


def count_layers(
    title: str, layers: Sequence[Layer], outputs: int | None = None, with_biases: bool = True
) -> Count:
    """The parameters of some layers on their own; with `outputs`, those of an output on top too:
    a matrix of outputs × units, and as many biases."""
    parts = [layer_part(layer, None) for layer in layers]
    if outputs is not None and layers:
        units = layers[-1].sizes.get(output_size(layers[-1].cell), 1)
        rows = [Row("y", "W_y", (outputs, units))]
        rows += [Row("y", "b_y", (outputs, 1))] if with_biases else []
        parts.append(Part(None, tuple(rows), None))
    return Count(title, tuple(parts))


def as_data(count: Count) -> dict[str, object]:
    """The count as plain data."""
    return {
        "title": count.title,
        "parameters": [
            {
                "layer": part.layer.number or 1 if part.layer else None,
                "gate": row.gate,
                "name": row.name,
                "shape": list(row.shape),
                "count": row.count,
            }
            for part in count.parts
            for row in part.rows
        ],
        "layers": [
            {
                "cell": part.layer.cell.name,
                "enters": list(part.enters) if part.enters else None,
                "sizes": dict(part.layer.sizes),
                "formula": text(expr) if (expr := formula(part)) else "0",
                "count": part.count,
                "frameworks": {
                    f.name: size_value(f.count, part.layer.sizes)
                    for f in part.layer.cell.frameworks
                },
            }
            for part in count.parts
            if part.layer is not None
        ],
        **({"stacks": stacks} if (stacks := [s.results(0) for s in count.stacks]) else {}),
        "total": _total(count),
    }


def _total(count: Count) -> int | str:
    """Of what has equations; where there is nothing but one stack, of that."""
    if count.parts or len(count.stacks) != 1:
        return count.total
    total: str = count.stacks[0].results(0)["parameters"]
    return int(total) if total.isdigit() else total


def _gate(problem: Problem, name: str) -> str:
    for equation in problem.system.equations:
        if any(r.name == name for r in refs(equation.body)):
            return equation.target.name
    return ""


def layer_part(layer: Layer, steps: int | None) -> Part:
    """The parameters of one layer. Raises `Failure` where a size is not known."""
    cell = layer.cell
    names = dict(zip(layer.parameters, _original(layer), strict=True))
    rows = tuple(
        Row(gate_of(cell, names[name]), name, shape_in(layer, pattern))
        for name, pattern in layer.parameters.items()
    )
    size = layer.sizes.get(input_size(cell))
    enters = None if size is None else (steps, size)
    return Part(layer, rows, enters)


def _original(layer: Layer) -> Iterator[str]:
    """The cell's own names of the layer's parameters, in the same order."""
    kept = set(layer.parameters)
    for name in layer.cell.parameters:
        stem = name.rstrip("'")
        mark = "" if layer.number is None else str(layer.number)
        if f"{stem}{mark}{name[len(stem) :]}" in kept:
            yield name


def formula(part: Part) -> Expr | None:
    """The number of a layer's parameters in its sizes, equal gates gathered: 4·(h·x + h·h + h)."""
    layer = part.layer
    if layer is None:
        return None
    by_gate: dict[str, list[Expr]] = {}
    patterns = list(layer.parameters.values())
    for row, pattern in zip(part.rows, patterns, strict=True):
        sizes = tuple(pattern) or (Number("1"),)
        by_gate.setdefault(row.gate, []).append(sizes[0] if len(sizes) == 1 else _times(sizes))
    groups: dict[Expr, int] = {}
    for terms in by_gate.values():
        gate: Expr = terms[0] if len(terms) == 1 else Apply("+", tuple(terms))
        groups[gate] = groups.get(gate, 0) + 1
    found = [gate if n == 1 else Apply("*", (Number(str(n)), gate)) for gate, n in groups.items()]
    return found[0] if len(found) == 1 else Apply("+", tuple(found)) if found else None


def in_sizes(part: Part) -> Expr:
    """The same; as a number where there are no sizes, 5 for (1 + 1 + 1) + (1 + 1), 0 for none."""
    found = formula(part) or Number("0")
    return found if any(refs(found)) else Number(str(size_value(found, {})))


def _times(factors: Sequence[Expr]) -> Expr:
    return Apply("*", tuple(factors))


def document(count: Count, words: Phrases) -> Document:
    """The table of parameters, a section a layer, and the total."""

    def say(code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(words, code, **slots)

    blocks: list[Block] = []
    for part in count.parts:
        inner: list[Block] = []
        if part.enters is not None:
            steps, size = part.enters
            shape = f"{'T' if steps is None else steps} × {size}" if part.over_time else str(size)
            inner.append(Paragraph(say("count-enters", shape=shape)))
        inner.append(_grid(part, say))
        inner += _sums(part, words)
        if part.layer is None:
            title = say("count-own") if len(count.parts) > 1 else say("count-parameters")
        else:
            name = part.layer.cell.title.get(words.lang) or part.layer.cell.name
            number = part.layer.number
            title = (name,) if number is None else say("count-layer", n=str(number), cell=name)
        blocks.append(Section(title, tuple(inner)))
    if count.parts or not count.stacks:
        total = say("count-total", total=str(count.total))
        blocks.append(Section(total, ()))
    for stack in count.stacks:
        blocks += stack.tell(words, 0)
    return Document(count.title, "", words.lang, tuple(blocks), decimal=words.decimal)


def _grid(part: Part, say: Say) -> Grid:
    head = (say("count-gate"), say("count-name"), say("count-shape"), say("count-number"))
    rows: list[tuple[Sentence, ...]] = []
    seen = ""
    by_gate = {row.gate for row in part.rows}
    for i, row in enumerate(part.rows):
        gate: Sentence = (Math(Ref(row.gate)),) if row.gate and row.gate != seen else ()
        seen = row.gate
        shape = f"{row.shape[0]}×{row.shape[1]}" + (f" × {row.times}" if row.times > 1 else "")
        rows.append((gate, (Math(Ref(row.name)),), (shape,), (str(row.count),)))
        last = i + 1 == len(part.rows) or part.rows[i + 1].gate != row.gate
        own = [r for r in part.rows if r.gate == row.gate]
        if last and len(own) > 1 and len(by_gate) > 1:
            subtotal = sum(r.count for r in own)
            rows.append(((), say("count-subtotal"), (), (str(subtotal),)))
    rows.append(((), say("count-sum"), (), (str(part.count),)))
    return Grid(head, tuple(rows), turnable=False)


def _sums(part: Part, words: Phrases) -> Iterator[Block]:
    """The formula of a layer's number, and what frameworks count for the same cell."""
    layer, expr = part.layer, formula(part)
    if layer is None or expr is None:
        return
    sizes = ", ".join(f"{k} = {v}" for k, v in layer.sizes.items() if k in layer.cell.sizes)
    slots: dict[str, Inline | Sentence] = {"formula": Math(expr), "count": str(part.count)}
    kind = "count-formula" if sizes else "count-formula-plain"
    yield Paragraph(sentence(words, kind, **({"sizes": sizes} if sizes else {}), **slots))
    for framework in layer.cell.frameworks:
        number = size_value(framework.count, layer.sizes)
        why = framework.why.get(words.lang) or framework.why.get("en") or ""
        code = "count-framework-why" if why and number != part.count else "count-framework"
        said = sentence(
            words,
            code,
            name=f"{framework.name} ({framework.layer})",
            formula=Math(framework.count),
            count=str(number),
            why=why,
        )
        yield Paragraph(said)
