"""A problem file → a checked `Problem`, or all of its mistakes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

from rnnhand.errors import Diagnostic, Failure, diagnostic, failure
from rnnhand.language import limits
from rnnhand.language.parser import Statement, parse_equations, parse_expression
from rnnhand.language.printer import text as text_of
from rnnhand.language.results import parse_result
from rnnhand.language.tree import Ref, Shift, walk
from rnnhand.problem import yaml
from rnnhand.problem.layers import KEYS as CELL_KEYS
from rnnhand.problem.layers import completed, layers_of
from rnnhand.problem.library import functions, optimizers
from rnnhand.problem.model import (
    Ask,
    AskForward,
    AskGradients,
    AskResult,
    AskUpdate,
    Layer,
    Problem,
    Wording,
)
from rnnhand.problem.results import check_result
from rnnhand.problem.values import parse_key, parse_number, parse_range, parse_value
from rnnhand.system.build import build, loss_candidates
from rnnhand.system.model import SCALAR, Entry, Given, Quantity, Role, Shape, System
from rnnhand.system.shapes import shown

SECTIONS = {
    "parameters": Role.PARAMETER,
    "initial": Role.INITIAL,
    "data": Role.DATA,
    "constants": Role.CONSTANT,
}
KEYS = (
    *("title", "source", "text", "equations", *CELL_KEYS, "steps", "indices"),
    *(*SECTIONS, "loss", "ask"),
)


def read_problem(text: str, name: str, cells: tuple[Path, ...] = ()) -> Problem:
    """The problem in a YAML text; `cells` are folders of cells besides the library's.

    Raises `Failure` with every mistake that can be told apart."""
    root = yaml.read(text)
    if not isinstance(root, yaml.Map):
        raise failure("not-a-map", root.span, "hint-keys", known=", ".join(KEYS))
    return _Reader(root, name, cells).problem()


@dataclass
class _Reader:
    root: yaml.Map
    name: str
    cells: tuple[Path, ...] = ()
    wrong: list[Diagnostic] = field(default_factory=list)

    def problem(self) -> Problem:
        self.unknown_keys(self.root, KEYS)
        indices = self.indices()
        layers = self.layers()
        own = self.statements(optional=bool(layers))
        statements = (*(s for layer in layers for s in layer.statements), *own)
        given = self.given(indices, statements)
        wordings = [self.wording(key) for key in ("title", "text", "source")]
        if self.wrong:
            raise Failure(self.wrong)
        layers, given = completed(layers, given, indices)
        system = build(statements, given, indices, functions())
        with self.collecting():
            system = replace(system, loss=self.loss(system))
        asks = self.asks(system)
        if self.wrong:
            raise Failure(self.wrong)
        title, body, source = wordings
        return Problem(self.name, title, body, source, system, asks, tuple(layers))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Note a failure and go on."""
        try:
            yield
        except Failure as error:
            self.wrong += error.diagnostics

    def unknown_keys(self, node: yaml.Map, known: tuple[str, ...]) -> None:
        for key, _ in node.entries:
            if key.text not in known:
                close = get_close_matches(key.text, known, 1)
                self.wrong.append(
                    diagnostic(
                        "unknown-key",
                        key.span,
                        "hint-did-you-mean" if close else None,
                        key=key.text[:40],
                        known=", ".join(known),
                        suggestion=close[0] if close else "",
                    )
                )

    def wording(self, key: str) -> Wording:
        node = self.root.get(key)
        match node:
            case None:
                return {}
            case yaml.Text(text):
                return {"": text.strip()}
            case yaml.Map(entries):
                return {k.text: v.text.strip() for k, v in entries if isinstance(v, yaml.Text)}
            case _:
                self.wrong.append(diagnostic("not-a-text", node.span, key=key))
                return {}

    def indices(self) -> dict[str, range]:
        found: dict[str, range] = {}
        steps, others = self.root.get("steps"), self.root.get("indices")
        with self.collecting():
            if steps is not None:
                found["t"] = parse_range(steps)
        entries = self.entries(others, "indices")
        for key, node in entries:
            with self.collecting():
                if key.text in found or key.text == "T" or not key.text.isidentifier():
                    raise failure("bad-index-name", key.span, name=key.text[:40])
                found[key.text] = parse_range(node)
        return found

    def entries(self, node: yaml.Node | None, key: str) -> tuple[tuple[yaml.Text, yaml.Node], ...]:
        if node is None or (isinstance(node, yaml.Text) and not node.text.strip()):
            return ()
        if isinstance(node, yaml.Map):
            return node.entries
        self.wrong.append(diagnostic("section-not-a-map", node.span, "hint-section", key=key))
        return ()

    def layers(self) -> list[Layer]:
        with self.collecting():
            return layers_of(self.root, self.cells)
        return []

    def statements(self, optional: bool) -> tuple[Statement, ...]:
        node = self.root.get("equations")
        if node is None and optional:
            return ()
        if not isinstance(node, yaml.Text):
            span = node.span if node else self.root.span
            self.wrong.append(diagnostic("no-equations", span, "hint-equations"))
            return ()
        origin = node.block or replace(node.span, column=node.span.column + node.quoted)
        with self.collecting():
            found = parse_equations(node.text, origin=origin)
            if not found:
                raise failure("no-equations", node.span, "hint-equations")
            return found
        return ()

    def given(self, indices: Mapping[str, range], statements: tuple[Statement, ...]) -> list[Given]:
        over = _indices_of_names(statements, indices)
        found: dict[Quantity, Given] = {}
        sections: dict[Quantity, str] = {}
        for section, role in SECTIONS.items():
            for key, node in self.entries(self.root.get(section), section):
                with self.collecting():
                    given = self.value(key, node, role, indices, over)
                    q = given.quantity
                    if q in found:
                        given = _joined(found[q], given, sections[q], section)
                    found[q], sections[q] = given, section
        return list(found.values())

    def value(
        self,
        key_node: yaml.Text,
        node: yaml.Node,
        role: Role,
        indices: Mapping[str, range],
        over: Mapping[str, str],
    ) -> Given:
        key = parse_key(key_node, indices)
        if key.steps is None:
            shape, entries = parse_value(node)
            return Given(Quantity(key.name), role, shape, {None: entries}, key.span)
        q = Quantity(key.name, over.get(key.name, next(iter(indices), "t")))
        if len(key.steps) == 1 and ".." not in key_node.text:
            shape, entries = parse_value(node)
            return Given(q, role, shape, {key.steps[0]: entries}, key.span)
        if isinstance(node, yaml.Map):
            shape, entries = parse_value(node)
            return Given(q, role, shape, dict.fromkeys(key.steps, entries), key.span)
        items = node.items if isinstance(node, yaml.List) else (node,)
        if not isinstance(node, yaml.List) or len(items) != len(key.steps):
            raise failure(
                "step-count",
                node.span,
                "hint-step-list",
                key=key_node.text,
                wanted=len(key.steps),
                found=len(items) if isinstance(node, yaml.List) else 1,
            )
        values: dict[int | None, tuple[Entry, ...]] = {}
        shapes: list[Shape] = []
        wrong: list[Diagnostic] = []
        for step, item in zip(key.steps, items, strict=True):
            try:
                shape, entries = parse_value(item)
            except Failure as error:
                wrong += error.diagnostics
                continue
            if shapes and shape != shapes[0]:
                wrong.append(
                    diagnostic(
                        "shape-of-steps",
                        item.span,
                        name=text_of(q.at(step)),
                        found=shown(shape),
                        wanted=shown(shapes[0]),
                        first=text_of(q.at(key.steps[0])),
                    )
                )
            shapes.append(shape)
            values[step] = entries
        if wrong:
            raise Failure(wrong)
        return Given(q, role, shapes[0], values, key.span)

    def loss(self, system: System) -> Ref | None:
        node = self.root.get("loss")
        if node is None:
            if Quantity("L") in system.made_by and system.shapes[Quantity("L")] == SCALAR:
                return Ref("L", span=system.made_by[Quantity("L")][0].span)
            ends = loss_candidates(system)
            return ends[0] if len(ends) == 1 else None
        if not isinstance(node, yaml.Text):
            raise failure("bad-loss", node.span, "hint-loss", found="[…]")
        ref = parse_expression(node.text, origin=node.span)
        if not isinstance(ref, Ref) or isinstance(ref.index, Shift):
            raise failure("bad-loss", node.span, "hint-loss", found=node.text[:60])
        q = system.quantity(ref)
        if q not in system.made_by:
            known = ", ".join(str(q) for q in system.made_by)
            raise failure("unknown-loss", node.span, name=node.text[:60], known=known)
        if not system.exists(q, system.step(ref)):
            raise failure("unknown-loss", node.span, name=node.text[:60], known=str(q))
        if system.shapes[q] != SCALAR:
            raise failure(
                "loss-not-scalar", node.span, name=node.text, found=shown(system.shapes[q])
            )
        return ref

    def asks(self, system: System) -> tuple[Ask, ...]:
        node = self.root.get("ask")
        if node is None:
            return (AskForward(), AskGradients()) if system.loss else (AskForward(),)
        items = node.items if isinstance(node, yaml.List) else (node,)
        found: list[Ask] = []
        for item in items:
            with self.collecting():
                found.append(self.ask(item, system))
        return tuple(found)

    def ask(self, node: yaml.Node, system: System) -> Ask:
        match node:
            case yaml.Text("forward"):
                return AskForward()
            case yaml.Text("gradients" | "gradient" | "backward"):
                if system.loss is None:
                    raise failure("no-loss", node.span, "hint-loss")
                return AskGradients()
            case yaml.Text("update"):
                raise failure("update-without-rule", node.span, "hint-update")
            case yaml.Text(text):
                origin = replace(node.span, column=node.span.column + node.quoted)
                name = parse_result(text, origin)
                check_result(system, name)
                return AskResult(name, node.span)
            case yaml.Map(((key, options),)) if key.text == "update":
                if system.loss is None:
                    raise failure("no-loss", node.span, "hint-loss")
                return _update(options)
            case _:
                raise failure("bad-ask", node.span, "hint-ask")


def _indices_of_names(
    statements: tuple[Statement, ...], indices: Mapping[str, range]
) -> dict[str, str]:
    """The index that a name runs over, read off its mentions with a running index."""
    over: dict[str, str] = {}
    for statement in statements:
        for node in (statement.target, *walk(statement.body)):
            index = node.index if isinstance(node, Ref) else None
            if isinstance(node, Ref) and isinstance(index, Shift) and index.var in indices:
                over.setdefault(node.name, index.var)
    return over


def _joined(one: Given, other: Given, first: str, second: str) -> Given:
    """Values of one quantity at different steps, given in two entries."""
    for step in other.values:
        if step in one.values:
            name = text_of(one.quantity.at(step))
            raise failure("given-twice", other.span, name=name, line=one.span.line)
    if one.shape != other.shape:
        raise failure(
            "shape-of-steps",
            other.span,
            name=str(other.quantity),
            found=shown(other.shape),
            wanted=shown(one.shape),
            first=str(one.quantity),
        )
    if one.role != other.role:
        # An initial value and a sequence of data may share a name; each step keeps the role of
        # the entry that is differentiated.
        role = one.role if one.role in (Role.INITIAL, Role.PARAMETER) else other.role
        return replace(one, role=role, values={**one.values, **other.values})
    return replace(one, values={**one.values, **other.values})


def _update(node: yaml.Node) -> AskUpdate:
    """`{rule: sgd, lr: 0.1, steps: 2, clip: {norm: 5}}`."""
    if not isinstance(node, yaml.Map):
        raise failure("update-without-rule", node.span, "hint-update")
    rules = optimizers()
    rule = node.get("rule")
    if not isinstance(rule, yaml.Text):
        raise failure("update-without-rule", node.span, "hint-update")
    if rule.text not in rules:
        raise failure("unknown-rule", rule.span, name=rule.text[:40], known=", ".join(rules))
    optimizer = rules[rule.text]
    known = ("rule", "steps", "clip", "weight_decay", *optimizer.options)
    wrong = []
    for key, _ in node.entries:
        if key.text not in known:
            close = get_close_matches(key.text, known, 1)
            wrong.append(
                diagnostic(
                    "unknown-option",
                    key.span,
                    "hint-did-you-mean" if close else None,
                    key=key.text[:40],
                    rule=optimizer.name,
                    known=", ".join(known[1:]),
                    suggestion=close[0] if close else "",
                )
            )
    if wrong:
        raise Failure(wrong)
    options = {}
    for name, default in optimizer.options.items():
        value = node.get(name)
        if value is not None:
            options[name] = _rational(value)
        elif default is not None:
            options[name] = default
        else:
            raise failure("missing-option", node.span, name=name, rule=optimizer.name)
    decay = node.get("weight_decay")
    return AskUpdate(
        optimizer,
        options,
        _count(node.get("steps")),
        _clip(node.get("clip")),
        _rational(decay) if decay is not None else None,
    )


def _rational(node: yaml.Node) -> Fraction:
    value = parse_number(node)
    if isinstance(value, Fraction):
        return value
    found = node.text if isinstance(node, yaml.Text) else "[…]"
    raise failure("not-a-number", node.span, "hint-number", found=found)


def _count(node: yaml.Node | None) -> int:
    if node is None:
        return 1
    value = _rational(node)
    if value.denominator != 1 or not 1 <= value <= limits.ITERATIONS:
        raise failure("bad-count", node.span, found=value, limit=limits.ITERATIONS)
    return int(value)


def _clip(node: yaml.Node | None) -> tuple[str, Fraction] | None:
    if node is None:
        return None
    if isinstance(node, yaml.Map) and len(node.entries) == 1:
        ((key, value),) = node.entries
        if key.text in ("value", "norm"):
            bound = _rational(value)
            if bound > 0:
                return key.text, bound
    raise failure("bad-clip", node.span, "hint-clip")
