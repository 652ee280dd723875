"""Cells: files of equations with the shapes of their parameters in terms of sizes.

A problem that says `cell: lstm` takes its equations from such a file; `layers` stacks several, each
layer's names marked by its number. No code here knows any cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path

from rnnhand.errors import Failure, Span, diagnostic, failure
from rnnhand.language.parser import Statement, parse_equations, parse_expression
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs, rewrite
from rnnhand.problem import yaml
from rnnhand.problem.ends import input_size
from rnnhand.problem.library import folder
from rnnhand.problem.model import Cell, Framework, Layer, Wording
from rnnhand.problem.yaml import decoded
from rnnhand.system.model import Shape


def names(extra: tuple[Path, ...] = ()) -> dict[str, Traversable]:
    """Every cell's file by its name: those that ship, then those in the folders of the user."""
    found: dict[str, Traversable] = {f.name.removesuffix(".yaml"): f for f in folder("cells")}
    for where in extra:
        if where.is_dir():
            found |= {f.stem: f for f in where.glob("*.yaml")}
    return dict(sorted(found.items()))


def cell_named(name: str, extra: tuple[Path, ...] = (), span: Span | None = None) -> Cell:
    """A cell by name. Raises `Failure` where there is none, or its file is at fault."""
    known = names(extra)
    if name not in known:
        family = [other for other in known if other.startswith(f"{name}-")]
        close = get_close_matches(name, list(known), 1)
        hint = "hint-did-you-mean" if close else "hint-cells"
        raise failure(
            "unknown-cell",
            span,
            "hint-cell-family" if family else hint,
            name=name[:60],
            suggestion=", ".join(family or close),
        )
    content = ""
    try:
        content = decoded(_file(name, extra).read_bytes())
        return read_cell(name, content)
    except Failure as error:
        raise Failure(error.diagnostics, f"{name}.yaml", content) from None


def file_of(name: str, extra: tuple[Path, ...] = ()) -> str:
    """The text of a cell's file, for messages about it."""
    return decoded(_file(name, extra).read_bytes())


def _file(name: str, extra: tuple[Path, ...]) -> Traversable:
    """The file of a cell that there is. Homework about an LSTM may well be called lstm.yaml."""
    file = names(extra)[name]
    shipped = names()
    return shipped[name] if name in shipped and _is_problem(file) else file


def _is_problem(file: Traversable) -> bool:
    """Whether a file beside a problem is no cell but a problem itself."""
    try:
        root = yaml.read(decoded(file.read_bytes()))
    except Failure:
        return False
    return isinstance(root, yaml.Map) and any(root.get(key) for key in OF_PROBLEMS)


OF_PROBLEMS = ("cell", "layers", "steps", "data", "ask")
"""Keys that a problem may have and a cell never has."""

KEYS = (
    *("title", "source", "about", "input", "output", "sizes", "equations", "parameters"),
    *("initial", "biases", "equal", "start", "functions", "symbols", "relatives", "frameworks"),
)


def read_cell(name: str, content: str) -> Cell:
    """A cell from the text of its file. Raises `Failure` with every mistake found."""
    root = yaml.read(content)
    if not isinstance(root, yaml.Map):
        raise failure("not-a-map", root.span, "hint-keys", known=", ".join(KEYS))
    wrong = [
        diagnostic("unknown-key", key.span, key=key.text[:40], known=", ".join(KEYS))
        for key, _ in root.entries
        if key.text not in KEYS
    ]
    equations = root.get("equations")
    if not isinstance(equations, yaml.Text):
        wrong.append(diagnostic("no-equations", root.span, "hint-equations"))
    if wrong or not isinstance(equations, yaml.Text):
        raise Failure(wrong)
    statements = parse_equations(equations.text, origin=equations.block or equations.span)
    sizes = _wordings(root, "sizes")
    output = root.get("output")
    cell = Cell(
        name=name,
        title=_wording(root.get("title")),
        source=_wording(root.get("source")),
        about=_wording(root.get("about")),
        input=_text(root.get("input")),
        output=_text(output),
        sizes=sizes,
        statements=statements,
        parameters=_shapes(root.get("parameters"), sizes),
        initial=_shapes(root.get("initial"), sizes),
        biases=tuple(_texts(root.get("biases"))),
        equal=tuple(_texts(root.get("equal"))),
        start={k: _text(v) for k, v in _entries(root.get("start"))},
        functions={k: _text(v) for k, v in _entries(root.get("functions"))},
        symbols=_wordings(root, "symbols"),
        relatives=_wordings(root, "relatives"),
        frameworks=tuple(_frameworks(root.get("frameworks"))),
    )
    known = ", ".join(sorted(made := {s.target.name for s in statements}))
    if output is None:
        raise failure("cell-no-output", root.span, "hint-cell-output", known=known)
    if cell.output not in made:
        raise failure("cell-output", output.span, name=cell.output, known=known)
    return cell


def in_layer(
    cell: Cell,
    span: Span,
    sizes: Mapping[str, int],
    number: int | None = None,
    reads: str = "",
    functions: Mapping[str, str] | None = None,
    with_biases: bool = True,
) -> Layer:
    """A cell in a problem: as the layer of that `number`, reading the quantity `reads`.

    Places inside the cell's equations become `span`, the place where the problem asks for it.
    """
    dropped = set() if with_biases else set(cell.biases)
    own = {s.target.name for s in cell.statements} | set(cell.parameters)
    own |= {key.split("[")[0] for key in cell.initial}
    new = {name: _numbered(name, number) for name in own}
    new[cell.input] = reads or cell.input
    chosen = {**cell.functions, **(functions or {})}

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref):
            return replace(node, name=new.get(node.name, node.name), span=span)
        if isinstance(node, Apply):
            op = chosen.get(node.op, node.op)
            return replace(node, op=op, span=span, spelling="" if op != node.op else node.spelling)
        return node

    statements = []
    for statement in cell.statements:
        body = rewrite(_without(statement.body, dropped), put)
        target = replace(statement.target, name=new[statement.target.name], span=span)
        statements.append(Statement(target, body))
    return Layer(
        cell,
        number,
        span,
        dict(sizes),
        new[cell.input],
        new[cell.output],
        tuple(statements),
        {new[p]: s for p, s in cell.parameters.items() if p not in dropped},
        {_key(k, new): s for k, s in cell.initial.items()},
        {new[p]: value for p, value in cell.start.items()},
    )


def sized(layer: Layer, given: Mapping[str, Shape]) -> Layer:
    """The layer with every size: told, or read off the shapes of what is given."""
    found = dict(layer.sizes)
    patterns = {**layer.parameters, **layer.initial}
    if reads := input_size(layer.cell):
        patterns[layer.input] = (Ref(reads),)
    for name, pattern in patterns.items():
        for size, n in zip(pattern, given.get(name.split("[")[0], ()), strict=False):
            if isinstance(size, Ref):
                found.setdefault(size.name, n)
    same = {found[size] for size in layer.cell.equal if size in found}
    if len(same) > 1:
        equal = ", ".join(layer.cell.equal)
        raise failure("unequal-sizes", layer.span, cell=layer.cell.name, names=equal)
    for name in layer.cell.equal if same else ():
        found[name] = min(same)
    return replace(layer, sizes=found)


def shape_in(layer: Layer, pattern: tuple[Expr, ...]) -> Shape:
    """A shape with its sizes put in. Raises `Failure` where a size is not known."""
    for size in pattern:
        for ref in refs(size):
            if ref.name not in layer.sizes:
                raise failure(
                    "missing-size", layer.span, "hint-sizes", name=ref.name, cell=layer.cell.name
                )
    found = [size_value(size, layer.sizes) for size in pattern] or [1]
    return found[0], found[1] if len(found) > 1 else 1


def gate_of(cell: Cell, parameter: str) -> str:
    """The quantity in whose equation a parameter stands: its gate."""
    for statement in cell.statements:
        if any(r.name == parameter for r in refs(statement.body)):
            return statement.target.name
    return ""


def size_value(expr: Expr, sizes: Mapping[str, int]) -> int:
    """The value of a product or sum of sizes: 4*(h*x + h*h + h)."""
    match expr:
        case Number():
            return int(expr.value)
        case Ref(name, None) if name in sizes:
            return sizes[name]
        case Apply("+", args):
            return sum(size_value(a, sizes) for a in args)
        case Apply("*", args):
            product = 1
            for arg in args:
                product *= size_value(arg, sizes)
            return product
        case Apply("-", (a, b)):
            return size_value(a, sizes) - size_value(b, sizes)
        case _:
            raise failure("bad-size", expr.span, found=text(expr))


def _numbered(name: str, number: int | None) -> str:
    """The name in a layer: h, c' become h1, c1'."""
    if number is None:
        return name
    stem = name.rstrip("'")
    return f"{stem}{number}{name[len(stem) :]}"


def _key(key: str, new: Mapping[str, str]) -> str:
    name, bracket, step = key.partition("[")
    return new[name] + bracket + step


def _without(expr: Expr, dropped: set[str]) -> Expr:
    """A sum without the summands of those names."""
    if not dropped:
        return expr

    def drop(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op != "+":
            return node
        kept = tuple(a for a in node.args if not (isinstance(a, Ref) and a.name in dropped))
        return kept[0] if len(kept) == 1 else replace(node, args=kept)

    return rewrite(expr, drop)


def _entries(node: yaml.Node | None) -> tuple[tuple[str, yaml.Node], ...]:
    return tuple((k.text, v) for k, v in node.entries) if isinstance(node, yaml.Map) else ()


def _text(node: yaml.Node | None) -> str:
    return node.text.strip() if isinstance(node, yaml.Text) else ""


def _texts(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.List):
        yield from (_text(item) for item in node.items)


def _wording(node: yaml.Node | None) -> Wording:
    if isinstance(node, yaml.Text):
        return {"": node.text.strip()}
    return {k: _text(v) for k, v in _entries(node)}


def _wordings(root: yaml.Map, key: str) -> dict[str, Wording]:
    return {k: _wording(v) for k, v in _entries(root.get(key))}


def _shapes(node: yaml.Node | None, sizes: Mapping[str, Wording]) -> dict[str, tuple[Expr, ...]]:
    """Shapes in terms of sizes; every name in them must be a size."""
    found = {}
    for key, value in _entries(node):
        items = value.items if isinstance(value, yaml.List) else ()
        pattern = tuple(parse_expression(_text(item), origin=item.span) for item in items)
        for size in pattern:
            for ref in refs(size):
                if ref.name not in sizes:
                    known = ", ".join(sizes)
                    raise failure("unknown-size", value.span, name=ref.name, known=known)
        found[key] = pattern
    return found


def _frameworks(node: yaml.Node | None) -> Iterator[Framework]:
    for name, value in _entries(node):
        if isinstance(value, yaml.Map):
            count = parse_expression(_text(value.get("count")), origin=value.span)
            yield Framework(name, _text(value.get("name")), count, _wording(value.get("why")))
