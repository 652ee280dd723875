"""One cell as a page: equations, symbols, parameters, what tells it from its relatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnhand.calculus.gradient import shapes_in
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Grid,
    Math,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.errors import Span
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import sentence
from rnnhand.language.operations import Functions, open_function
from rnnhand.language.printer import equation_text, text
from rnnhand.language.tree import Apply, Expr, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.problem.cells import in_layer
from rnnhand.problem.ends import input_size
from rnnhand.problem.layers import completed
from rnnhand.problem.model import Cell, Wording
from rnnhand.questions.count import Part, formula, layer_part
from rnnhand.system.build import build
from rnnhand.system.model import Given, Quantity, Role, System

STEPS = {"t": range(1, 4)}


def document(cell: Cell, functions: Functions, words: Phrases) -> Document:
    """The page of a cell."""

    def say(code: str, **slots: str) -> Sentence:
        return sentence(words, code, **slots)

    def worded(wording: Wording) -> str:
        return wording.get(words.lang) or wording.get("") or wording.get("en") or ""

    system = example(cell, functions)
    shape = shapes_in(system)
    blocks: list[Block] = [Paragraph((worded(cell.about),))]
    equations = tuple(
        (e.target, mathematical(e.body, shape, system.functions)) for e in system.equations
    )
    blocks.append(Definitions(equations))
    if cell.functions:
        chosen = ", ".join(f"{name} = {of}" for name, of in cell.functions.items())
        blocks.append(Paragraph(say("cell-functions", list=chosen)))
    symbols: list[tuple[Sentence, ...]] = [
        ((Math(_symbol(system, name)),), (_size_of(cell, name),), (worded(said),))
        for name, said in cell.symbols.items()
    ]
    if symbols:
        head: tuple[Sentence, ...] = (say("cell-symbol"), say("cell-size"), say("cell-meaning"))
        grid = Grid(head, tuple(symbols), turnable=False)
        blocks.append(Section(say("cell-symbols"), (grid, *_sizes(cell, words))))
    blocks.append(Section(say("count-parameters"), tuple(_parameters(cell, words))))
    if cell.relatives:
        rows = tuple(((name,), (worded(said),)) for name, said in cell.relatives.items())
        head = (say("cell-relative"), say("cell-difference"))
        blocks.append(Section(say("cell-relatives"), (Grid(head, rows, turnable=False),)))
    return Document(
        worded(cell.title), worded(cell.source), words.lang, tuple(blocks), decimal=words.decimal
    )


def _sizes(cell: Cell, words: Phrases) -> list[Block]:
    """What the sizes count: x inputs, h units."""
    said = [f"{name}: {w.get(words.lang) or w.get('en', '')}" for name, w in cell.sizes.items()]
    return [Paragraph(sentence(words, "cell-sizes", list=", ".join(said)))] if said else []


def _parameters(cell: Cell, words: Phrases) -> list[Block]:
    """Every parameter with its shape in sizes, the formula of their number, and the states."""
    rows = []
    for name, pattern in cell.parameters.items():
        sizes: Expr = Number("1")
        if len(pattern) == 1:
            sizes = pattern[0]
        elif pattern:
            sizes = Apply("*", pattern)
        rows.append(((Math(Ref(name)),), (Math(sizes),)))
    head = (sentence(words, "count-name"), sentence(words, "cell-size"))
    blocks: list[Block] = [Grid(head, tuple(rows))] if rows else []
    layer = in_layer(cell, Span(1, 1), dict.fromkeys(cell.sizes, 1))
    part: Part = layer_part(layer, None)
    expr = formula(part)
    if expr is not None:
        blocks.append(Paragraph(sentence(words, "cell-count", formula=Math(expr))))
    for framework in cell.frameworks:
        blocks.append(
            Paragraph(
                sentence(
                    words,
                    "cell-framework",
                    name=f"{framework.name} ({framework.layer})",
                    formula=Math(framework.count),
                    why=framework.why.get(words.lang) or framework.why.get("en") or "",
                )
            )
        )
    return blocks


def example(
    cell: Cell,
    functions: Functions,
    chosen: Mapping[str, int] | None = None,
    closed: bool = False,
) -> System:
    """The cell as a system over three steps, every size its own number unless chosen, all values
    letters. Its functions stay open, or are those that the library puts in where `closed`."""
    sizes = {size: 2 if size in cell.equal else n for n, size in enumerate(cell.sizes, 3)}
    sizes |= chosen or {}
    open_ones = {} if closed else {name: name for name in cell.functions}
    layer = in_layer(cell, Span(1, 1), sizes, functions=open_ones)
    given: list[Given] = []
    if cell.input:
        size = sizes.get(input_size(cell), 1)
        steps = range(STEPS["t"][0] - 1, STEPS["t"][-1] + 1)
        values: Mapping[int | None, tuple[None, ...]] = dict.fromkeys(steps, (None,) * size)
        given.append(Given(Quantity(cell.input, "t"), Role.DATA, (size, 1), values))
    _, known = completed([layer], given, STEPS)
    # Its own statements know where they stand in the cell's file.
    own = layer.statements if closed else cell.statements
    return build(own, known, STEPS, _with_placeholders(cell, functions))


def _with_placeholders(cell: Cell, functions: Functions) -> Functions:
    """The library's functions, and the cell's placeholders as functions of their own."""
    found = dict(functions)
    for name in cell.functions:
        found |= open_function(name)
    return found


def _symbol(system: System, name: str) -> Expr:
    return Quantity(name, system.overs.get(name, "")).ref()


def _size_of(cell: Cell, name: str) -> str:
    for key, pattern in {**cell.parameters, **cell.initial}.items():
        if key.split("[")[0] == name and all(isinstance(p, Ref) for p in pattern):
            return " × ".join(p.name for p in pattern if isinstance(p, Ref))
    return name if name in cell.sizes else ""


def catalogue(cells: Sequence[Cell], words: Phrases) -> Document:
    """The cells of the library, a row each."""
    head = (sentence(words, "cells-name"), sentence(words, "cells-title"))
    rows = tuple(
        ((cell.name,), (cell.title.get(words.lang) or cell.title.get("en") or "",))
        for cell in cells
    )
    title = words.say("cells-heading")
    return Document(
        title, "", words.lang, (Grid(head, rows, turnable=False),), decimal=words.decimal
    )


def as_data(cell: Cell) -> dict[str, object]:
    """The cell as plain data, equations in the equation language."""
    return {
        "name": cell.name,
        "title": dict(cell.title),
        "source": dict(cell.source),
        "about": dict(cell.about),
        "input": cell.input,
        "output": cell.output,
        "equations": [equation_text(s.target, s.body) for s in cell.statements],
        "sizes": {name: dict(words) for name, words in cell.sizes.items()},
        "parameters": {n: [text(size) for size in shape] for n, shape in cell.parameters.items()},
        "initial": {n: [text(size) for size in shape] for n, shape in cell.initial.items()},
        "functions": dict(cell.functions),
        "symbols": {name: dict(words) for name, words in cell.symbols.items()},
        "relatives": {name: dict(words) for name, words in cell.relatives.items()},
    }
