"""`cell`, `sizes`, `layers`, `functions` of a problem file → layers, and the values they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from rnnhand.errors import Diagnostic, Span, diagnostic, failure, similar
from rnnhand.language import limits
from rnnhand.language.operations import Functions, open_function
from rnnhand.language.parser import Statement
from rnnhand.language.tree import Apply, Expr, Ref, Shift, refs, rewrite
from rnnhand.problem import library, yaml
from rnnhand.problem.cells import cell_named, in_layer, shape_in, sized
from rnnhand.problem.ends import input_size, output_size
from rnnhand.problem.model import Cell, Layer
from rnnhand.problem.values import KEY, parse_key, parse_number
from rnnhand.system.model import SCALAR, Entry, Given, Quantity, Role, Shape

KEYS = ("cell", "sizes", "layers", "functions", "biases")


def layers_of(root: yaml.Map, cells: tuple[Path, ...]) -> list[Layer]:
    """The layers that a problem asks for; none, where it has equations only."""
    cell, layers = root.get("cell"), root.get("layers")
    if cell is not None and layers is not None:
        raise failure("cell-and-layers", layers.span)
    sizes = _sizes(root.get("sizes"))
    functions = _texts(root.get("functions"))
    biases = root.get("biases")
    with_biases = not (isinstance(biases, yaml.Text) and biases.text in ("no", "false"))
    if isinstance(cell, yaml.Text):
        found = cell_named(cell.text.strip(), cells, cell.span)
        _known(sizes, found, root.get("sizes"))
        _placeholders(functions, found, root.get("functions"))
        return [in_layer(found, cell.span, sizes, None, "", functions, with_biases)]
    if cell is not None:
        raise failure("not-a-text", cell.span, key="cell")
    if layers is None:
        return []
    if not isinstance(layers, yaml.List) or not layers.items:
        raise failure("bad-layers", layers.span, "hint-layers")
    if len(layers.items) > limits.LAYERS:
        raise failure("too-many-layers", layers.span, limit=limits.LAYERS)
    made: list[Layer] = []
    for number, item in enumerate(layers.items, 1):
        below = made[-1] if made else None
        made.append(_layer(item, number, below, sizes, cells, with_biases, functions))
    return made


def _layer(
    item: yaml.Node,
    number: int,
    below: Layer | None,
    sizes: Mapping[str, int],
    cells: tuple[Path, ...],
    with_biases: bool,
    shared: Mapping[str, str],
) -> Layer:
    """`{cell: rnn, h: 2}`: the cell, its sizes, its functions; what they do not say, the problem
    may say for all layers."""
    name = item.get("cell") if isinstance(item, yaml.Map) else None
    if not isinstance(item, yaml.Map) or not isinstance(name, yaml.Text):
        raise failure("bad-layers", item.span, "hint-layers")
    cell = cell_named(name.text.strip(), cells, name.span)
    own: dict[str, int] = {}
    for key, value in item.entries:
        if key.text in cell.sizes:
            own[key.text] = _size(value)
        elif key.text not in ("cell", "functions", "dropout"):
            known = ", ".join(("cell", "functions", "dropout", *cell.sizes))
            raise failure("unknown-key", key.span, key=key.text[:40], known=known)
    functions = _texts(item.get("functions"))
    _placeholders(functions, cell, item)
    functions = {**{k: v for k, v in shared.items() if k in cell.functions}, **functions}
    layer = stacked(cell, name.span, number, below, {**sizes, **own}, functions, with_biases)
    mask = item.get("dropout")
    return layer if mask is None else _behind_mask(layer, mask)


def _behind_mask(layer: Layer, node: yaml.Node) -> Layer:
    """The layer reading its input through a mask, `dropout: m`: m[t] ⊙ x[t] in place of x[t].

    The mask is data; what it lets through is a quantity of its own, `x_kept`.
    """
    if not isinstance(node, yaml.Text) or not KEY.fullmatch(node.text):
        raise failure("bad-mask", node.span, "hint-mask")
    span, kept = node.span, f"{layer.input}_kept"
    now = Shift("t")
    product = Apply("*", (Ref(node.text, now, span), Ref(layer.input, now, span)), span)

    def put(expr: Expr) -> Expr:
        reads = isinstance(expr, Ref) and expr.name == layer.input
        return replace(expr, name=kept) if reads and isinstance(expr, Ref) else expr

    body = tuple(replace(s, body=rewrite(s.body, put)) for s in layer.statements)
    return replace(layer, statements=(Statement(Ref(kept, now, span), product), *body))


def stacked(
    cell: Cell,
    span: Span,
    number: int,
    below: Layer | None,
    sizes: Mapping[str, int],
    functions: Mapping[str, str],
    with_biases: bool,
) -> Layer:
    """A cell on top of a layer: it reads what that one gives, and its input has that size."""
    own = dict(sizes)
    if below is None:
        return in_layer(cell, span, own, number, "", functions, with_biases)
    reads = input_size(cell)
    own.pop(reads, None)
    output = below.sizes.get(output_size(below.cell))
    if reads and output is not None:
        own[reads] = output
    return in_layer(cell, span, own, number, below.output, functions, with_biases)


def layers_from_words(
    cell: str, layers: str, sizes: str, cells: tuple[Path, ...], with_biases: bool
) -> list[Layer]:
    """Layers as a command line names them: `lstm` with x=3,h=2, or rnn:2,rnn:1 with x=3.

    Raises `Failure` for what is none of the two.
    """
    start = Span(1, 1)
    known = _sizes_from_words(sizes)
    if cell:
        found = cell_named(cell, cells)
        _known(known, found, None)
        return [in_layer(found, start, known, with_biases=with_biases)]
    made: list[Layer] = []
    for number, part in enumerate(layers.replace(" ", "").split(","), 1):
        name, _, value = part.partition(":")
        found = cell_named(name, cells)
        own = {found.output: _size(yaml.Text(value, start))} if found.output in found.sizes else {}
        below = made[-1] if made else None
        made.append(stacked(found, start, number, below, {**known, **own}, {}, with_biases))
    return made


def sizes_from_words(sizes: str, cell: Cell) -> dict[str, int]:
    """The sizes of a cell as a command line names them, x=3,h=2. Raises `Failure`."""
    known = _sizes_from_words(sizes)
    _known(known, cell, None)
    return known


def _sizes_from_words(sizes: str) -> dict[str, int]:
    known: dict[str, int] = {}
    for part in filter(None, sizes.replace(" ", "").split(",")):
        name, _, value = part.partition("=")
        known[name] = _size(yaml.Text(value, Span(1, 1)))
    return known


def placed(
    layers: Sequence[Layer], indices: Mapping[str, range], given: Iterable[str]
) -> list[Layer]:
    """Layers of a problem without steps: over its own index where it has one and what the first
    layer reads is given over it (a key of `given` with a bracket), else without any.

    A layer that reads another step stays as it is, and is an error: it needs steps.
    """
    if "t" in indices or not layers:
        return list(layers)
    reads = layers[0].input
    keys = [key.replace(" ", "") for key in given]
    runs = any(key.startswith(f"{reads}[") for key in keys) or reads not in keys
    var = next(iter(indices), "") if runs else ""

    def put(expr: Expr) -> Expr:
        if isinstance(expr, Ref) and expr.index == Shift("t"):
            return replace(expr, index=Shift(var) if var else None)
        return expr

    found = []
    for layer in layers:
        mentions = [r for s in layer.statements for r in (s.target, *refs(s.body))]
        if all(r.index in (None, Shift("t")) for r in mentions):
            bodies = tuple(
                Statement(
                    replace(s.target, index=Shift(var) if var else None), rewrite(s.body, put)
                )
                for s in layer.statements
            )
            layer = replace(layer, statements=bodies)
        found.append(layer)
    return found


def completed(
    layers: Sequence[Layer], given: Iterable[Given], indices: Mapping[str, range]
) -> tuple[list[Layer], list[Given]]:
    """The layers with their sizes, and what is given and what they need besides: parameters
    without a value are letters, states without one start at 0."""
    known = list(given)
    shapes: dict[str, Shape] = {g.quantity.name: g.shape for g in known if not _is_empty(g)}
    done: list[Layer] = []
    for layer in layers:
        known = [_as_row(g, layer, shapes) for g in known]
        told = {g.quantity.name: g.shape for g in known if not _is_empty(g)}
        known = [_as_letters(g, sized(layer, shapes | told)) for g in known]
        shapes |= {g.quantity.name: g.shape for g in known}
        layer = sized(layer, shapes)
        done.append(layer)
        for name, pattern in layer.parameters.items():
            own = shapes.get(name)
            shape = _checked(layer, name, pattern, own)
            if own is None:
                start = _start(layer.start.get(name, ""), shape, layer.span)
                q = Quantity(name)
                known.append(Given(q, Role.PARAMETER, shape, {None: start}, layer.span))
            shapes[name] = shape
        for key, pattern in layer.initial.items():
            place = parse_key(yaml.Text(key, layer.span), indices)
            over = next(iter(indices), "t")
            q = Quantity(place.name, over)
            there = next((g for g in known if g.quantity == q), None)
            steps = place.steps or range(1)
            if there is not None and steps[0] in there.values:
                continue
            shape = _checked(layer, place.name, pattern, None)
            zeros: dict[int | None, tuple[Entry, ...]]
            zeros = {steps[0]: (Fraction(0),) * (shape[0] * shape[1])}
            if there is not None:
                known[known.index(there)] = replace(there, values={**there.values, **zeros})
            else:
                known.append(Given(q, Role.INITIAL, shape, zeros, layer.span))
        gives = output_size(layer.cell)
        if gives in layer.sizes:
            shapes[layer.output] = (layer.sizes[gives], 1)
    return done, known


def without_use(
    layers: Sequence[Layer], statements: Iterable[Statement], given: Iterable[Given]
) -> Iterator[Diagnostic]:
    """Parameters that neither a layer nor an equation of the problem mentions: misspelt ones, which
    would leave what they were meant for a letter."""
    if not layers:
        return
    used = {r.name for s in statements for r in refs(s.body)}
    named = {g.quantity.name for g in given}
    known = [p for layer in layers for p in layer.parameters]
    free = [p for p in known if p not in named]
    for g in given:
        name = g.quantity.name
        if g.role is Role.PARAMETER and name not in used:
            close = similar(name, free)
            hint = "hint-did-you-mean" if close else "hint-parameters"
            listed = ", ".join(known)
            yield diagnostic(
                "unused-parameter", g.span, hint, name=name[:40], suggestion=close, known=listed
            )


def _as_row(given: Given, layer: Layer, shapes: Mapping[str, Shape]) -> Given:
    """A weight matrix given as a flat list is its only row, where the layer reads that many
    numbers: W2: [1, 1/5] for a layer of one unit on top of two."""
    pattern = layer.parameters.get(given.quantity.name, ())
    size, one = given.shape
    if len(pattern) != 2 or one != 1 or size == 1:
        return given
    known = {**layer.sizes}
    if layer.input in shapes:
        known.setdefault(input_size(layer.cell), shapes[layer.input][0])
    columns = pattern[1]
    reads = known.get(columns.name) if isinstance(columns, Ref) else None
    return replace(given, shape=(1, size)) if reads == size else given


def _is_empty(given: Given) -> bool:
    """Whether it has no value and no shape: a letter, of whatever shape belongs there."""
    return given.shape == SCALAR and all(v == (None,) for v in given.values.values())


def _as_letters(given: Given, layer: Layer) -> Given:
    """What is given without a value, W: or x[1..3]:, in the shape that its layer says; a size
    that nothing tells is 1."""
    layer = replace(layer, sizes={**dict.fromkeys(layer.cell.sizes, 1), **layer.sizes})
    patterns = {name.split("[")[0]: shape for name, shape in layer.initial.items()}
    patterns |= layer.parameters
    if reads := input_size(layer.cell):
        patterns[layer.input] = (Ref(reads),)
    pattern = patterns.get(given.quantity.name)
    if pattern is None or not _is_empty(given):
        return given
    shape = shape_in(layer, pattern)
    size = shape[0] * shape[1]
    if size * len(given.values) > limits.ENTRIES:
        raise failure("too-many-values", given.span or layer.span, limit=limits.ENTRIES)
    return replace(given, shape=shape, values=dict.fromkeys(given.values, (None,) * size))


def _start(written: str, shape: Shape, span: Span) -> tuple[Entry, ...]:
    """What a parameter is that nobody gave: a letter, unless its cell says how it starts."""
    rows, columns = shape
    if written == "identity":
        return tuple(Fraction(int(i == j)) for i in range(rows) for j in range(columns))
    return (parse_number(yaml.Text(written, span)),) * (rows * columns)


def _checked(layer: Layer, name: str, pattern: tuple[Expr, ...], given: Shape | None) -> Shape:
    """The shape that the cell says; a given one must be the same."""
    shape = shape_in(layer, pattern)
    if shape[0] * shape[1] > limits.SIZE:
        found = f"{shape[0]}×{shape[1]}"
        raise failure("too-large", layer.span, found=found, limit=limits.SIZE)
    if given is not None and given != shape:
        raise failure(
            "shape-of-parameter",
            layer.span,
            "hint-sizes",
            name=name,
            cell=layer.cell.name,
            found=f"{given[0]}×{given[1]}",
            wanted=f"{shape[0]}×{shape[1]}",
        )
    return shape


def _sizes(node: yaml.Node | None) -> dict[str, int]:
    if node is None:
        return {}
    if not isinstance(node, yaml.Map):
        raise failure("section-not-a-map", node.span, "hint-sizes", key="sizes", name="h", cell="")
    return {key.text: _size(value) for key, value in node.entries}


def _size(node: yaml.Node) -> int:
    written = node.text.strip() if isinstance(node, yaml.Text) else ""
    if written.isdecimal() and len(written) < 7 and 0 < int(written) <= limits.SIZE:
        return int(written)
    raise failure("not-a-size", node.span, found=written or "[…]", most=str(limits.SIZE))


def _known(sizes: Mapping[str, int], cell: Cell, node: yaml.Node | None) -> None:
    for size in sizes:
        if size not in cell.sizes:
            span = node.span if node else Span(1, 1)
            raise failure("unknown-size", span, name=size[:40], known=", ".join(cell.sizes))


def _texts(node: yaml.Node | None) -> dict[str, str]:
    if node is None:
        return {}
    if not isinstance(node, yaml.Map):
        raise failure("section-not-a-map", node.span, "hint-section", key="functions")
    # A function without a value stays open, under its own name.
    return {k.text: v.text.strip() or k.text for k, v in node.entries if isinstance(v, yaml.Text)}


def chosen_functions(root: yaml.Map) -> Functions:
    """The functions of a problem's own equations: f: tanh is tanh, f: (nothing) is any function."""
    found: Functions = {}
    node = root.get("functions")
    known = library.functions()
    names = {alias: f for f in known.values() for alias in (f.name, *f.aliases)}
    for name, of in _texts(node).items():
        if of == name:
            found |= open_function(name)
        elif root.get("cell") is None:
            if of not in names:
                span = node.span if node else Span(1, 1)
                raise failure(
                    "unknown-function",
                    span,
                    "hint-functions",
                    name=of[:40],
                    suggestion="",
                    known=", ".join(sorted(known)),
                )
            found[name] = replace(names[of], name=name, aliases=())
    return found


def _placeholders(functions: Mapping[str, str], cell: Cell, node: yaml.Node | None) -> None:
    for name in functions:
        if name not in cell.functions:
            span = node.span if node else Span(1, 1)
            known = ", ".join(cell.functions) or "–"
            raise failure("unknown-placeholder", span, name=name[:40], known=known)
