"""A problem file → a checked `Problem`, or all of its mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from rnnhand.language.tree import NOWHERE, Ref, Shift, walk
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
from rnnhand.problem.values import Key, parse_key, parse_number, parse_range, parse_value
from rnnhand.system.build import build, listed, loss_candidates
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

OF_NAMES = {
    *("unknown-name", "unknown-function", "argument-count", "unknown-index", "no-steps"),
    *("index-not-running", "other-index", "index-too-many", "reserved-name", "power-too-large"),
    *("defined-twice", "cycle", "cycle-of-one"),
}
"""Mistakes in equations that can be told although some values could not be read."""


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
    unread: list[Given] = field(default_factory=list)
    """What stands for values that could not be read, so that names can be checked all the same."""
    unsure: bool = False
    """Whether what is missing may be missing because of another mistake."""

    def problem(self) -> Problem:
        self.unknown_keys(self.root, KEYS)
        wordings = [self.wording(key) for key in ("title", "text", "source")]
        before = len(self.wrong)
        indices = self.indices()
        layers = self.layers()
        own = self.statements(optional=any(self.root.get(key) for key in ("cell", "layers")))
        self.unsure |= len(self.wrong) > before
        statements = (*(s for layer in layers for s in layer.statements), *own)
        given = self.given(indices, statements)
        asks = self.asks()
        if not self.unsure:
            with self.collecting():
                layers, given = completed(layers, given, indices)
                system = self.checked(statements, given, indices, asks)
        if self.wrong:
            raise Failure(self.in_order())
        title, body, source = wordings
        if self.root.get("ask") is None:
            asks = [AskForward(), AskGradients()] if system.loss else [AskForward()]
        return Problem(self.name, title, body, source, system, tuple(asks), tuple(layers))

    def checked(
        self,
        statements: Sequence[Statement],
        given: Iterable[Given],
        indices: Mapping[str, range],
        asks: Iterable[Ask],
    ) -> System:
        """The system, its loss in place, with everything that is asked for."""
        try:
            system = build(statements, [*given, *self.unread], indices, functions())
        except Failure as error:
            if not self.unread:
                raise
            raise Failure(d for d in error.diagnostics if d.code in OF_NAMES) from None
        if self.unread:
            return system
        before = len(self.wrong)
        with self.collecting():
            system = replace(system, loss=self.loss(system))
        loss_at_fault = len(self.wrong) > before
        for ask in asks:
            with self.collecting():
                match ask:
                    case AskResult(name):
                        check_result(system, name)
                    case AskGradients() | AskUpdate() if system.loss is None and not loss_at_fault:
                        node = self.root.get("ask") or self.root
                        raise failure("no-loss", node.span, "hint-loss")
        return system

    def in_order(self) -> list[Diagnostic]:
        """All mistakes so far, in the order of their places."""
        return sorted(dict.fromkeys(self.wrong), key=lambda d: d.span or NOWHERE)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Note a failure and go on."""
        try:
            yield
        except Failure as error:
            self.wrong += error.diagnostics

    def unknown_keys(self, node: yaml.Map, known: tuple[str, ...]) -> None:
        for key, value in node.entries:
            if key.text not in known:
                self.unsure |= not isinstance(value, yaml.Text) or value.block is not None
                close = similar(key.text, known)
                self.wrong.append(
                    diagnostic(
                        "unknown-key",
                        key.span,
                        "hint-did-you-mean" if close else None,
                        key=key.text[:40],
                        known=", ".join(known),
                        suggestion=close,
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
                for _, value in entries:
                    if not isinstance(value, yaml.Text):
                        self.wrong.append(
                            diagnostic("not-a-text", value.span, "hint-text", key=key)
                        )
                return {k.text: v.text.strip() for k, v in entries if isinstance(v, yaml.Text)}
            case _:
                self.wrong.append(diagnostic("not-a-text", node.span, "hint-text", key=key))
                return {}

    def indices(self) -> dict[str, range]:
        found: dict[str, range] = {}
        steps, others = self.root.get("steps"), self.root.get("indices")
        with self.collecting():
            if steps is not None:
                found["t"] = range(1)  # until it is read
                found["t"] = parse_range(steps)
        entries = self.entries(others, "indices")
        for key, node in entries:
            with self.collecting():
                if key.text in found or key.text == "T" or not key.text.isidentifier():
                    raise failure("bad-index-name", key.span, "hint-index-name", name=key.text[:40])
                found[key.text] = parse_range(node)
        return found

    def entries(self, node: yaml.Node | None, key: str) -> tuple[tuple[yaml.Text, yaml.Node], ...]:
        if node is None or (isinstance(node, yaml.Text) and not node.text.strip()):
            return ()
        if isinstance(node, yaml.Map):
            return node.entries
        self.unsure = True
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
            code = "equations-not-text" if node else "no-equations"
            self.wrong.append(diagnostic(code, span, "hint-equations"))
            return ()
        with self.collecting():
            try:
                found = parse_equations(node.text, origin=node.origin)
            except Failure:
                if node.folded and node.text.count("=") > 1:
                    raise failure("folded-equations", node.span, "hint-equations") from None
                raise
            if not found:
                raise failure("no-equations", node.span, "hint-equations")
            return found
        return ()

    def given(self, indices: Mapping[str, range], statements: tuple[Statement, ...]) -> list[Given]:
        over = _indices_of_names(statements, indices)
        found: dict[Quantity, Given] = {}
        left = limits.ENTRIES
        for section, role in SECTIONS.items():
            for key_node, node in self.entries(self.root.get(section), section):
                try:
                    key = parse_key(key_node, indices)
                except Failure as error:
                    self.wrong += error.diagnostics
                    self.unsure = True
                    continue
                index = over.get(key.name, next(iter(indices), "t"))
                q = Quantity(key.name, index if key.steps else "")
                try:
                    given = _value(q, key, node, role)
                    if q in found:
                        given = _joined(found[q], given)
                    left -= len(given.values) * given.shape[0] * given.shape[1]
                    if left < 0:
                        raise failure("too-many-values", key.span, limit=limits.ENTRIES)
                    found[q] = given
                except Failure as error:
                    self.wrong += error.diagnostics
                    if q not in found:
                        there = dict.fromkeys(key.steps or (None,), (Fraction(0),))
                        self.unread.append(Given(q, role, SCALAR, there, key.span))
        return list(found.values())

    def loss(self, system: System) -> Ref | None:
        node = self.root.get("loss")
        if node is None:
            if Quantity("L") in system.made_by and system.shapes[Quantity("L")] == SCALAR:
                return Ref("L", span=system.made_by[Quantity("L")][0].span)
            ends = loss_candidates(system)
            return ends[0] if len(ends) == 1 else None
        if not isinstance(node, yaml.Text):
            raise failure("bad-loss", node.span, "hint-loss", found=yaml.shown(node))
        ref = parse_expression(node.text, origin=node.origin)
        if not isinstance(ref, Ref):
            raise failure("bad-loss", node.span, "hint-loss", found=yaml.shown(node))
        if isinstance(ref.index, Shift):
            raise failure(
                "loss-with-index",
                node.span,
                "hint-loss-sum",
                name=node.text,
                base=ref.name,
                var=ref.index.var,
            )
        q = system.quantity(ref)
        if q not in system.made_by:
            known = [str(q) for q in system.made_by]
            raise failure(
                "unknown-loss",
                node.span,
                "hint-did-you-mean" if similar(str(q), known) else None,
                name=yaml.shown(node),
                known=", ".join(known),
                suggestion=similar(str(q), known),
            )
        if not system.exists(q, system.step(ref)):
            steps = listed(system.steps[q])
            raise failure("loss-step", node.span, name=yaml.shown(node), steps=steps)
        if system.shapes[q] != SCALAR:
            raise failure(
                "loss-not-scalar",
                node.span,
                "hint-loss-scalar",
                name=node.text,
                found=shown(system.shapes[q]),
            )
        return ref

    def asks(self) -> list[Ask]:
        """What is asked for, as far as it can be told without the equations."""
        node = self.root.get("ask")
        if node is None:
            return []
        items = node.items if isinstance(node, yaml.List) else (node,)
        found: list[Ask] = []
        for item in items:
            with self.collecting():
                found.append(self.ask(item))
        return found

    def ask(self, node: yaml.Node) -> Ask:
        match node:
            case yaml.Text("forward"):
                return AskForward()
            case yaml.Text("gradients" | "gradient" | "backward"):
                return AskGradients()
            case yaml.Text("update"):
                raise failure("update-without-rule", node.span, "hint-update")
            case yaml.Text(text):
                return AskResult(parse_result(text, node.origin), node.span)
            case yaml.Map(((key, options),)) if key.text == "update":
                return _update(options)
            case _:
                raise failure("bad-ask", node.span, "hint-ask", found=yaml.shown(node))


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


def _value(q: Quantity, key: Key, node: yaml.Node, role: Role) -> Given:
    """The value or the values of one entry. Raises `Failure` with every mistake in them."""
    if key.steps is None:
        shape, entries = parse_value(node)
        return Given(q, role, shape, {None: entries}, key.span)
    if not key.is_range:
        shape, entries = parse_value(node)
        return Given(q, role, shape, {key.steps[0]: entries}, key.span)
    if isinstance(node, yaml.Map):
        shape, entries = parse_value(node)
        if shape[0] * shape[1] * len(key.steps) > limits.ENTRIES:
            raise failure("too-many-values", key.span, limit=limits.ENTRIES)
        return Given(q, role, shape, dict.fromkeys(key.steps, entries), key.span)
    items = node.items if isinstance(node, yaml.List) else (node,)
    if len(items) != len(key.steps):
        raise failure(
            "step-count",
            node.span,
            "hint-step-list" if isinstance(node, yaml.List) else "hint-step-each",
            name=q.name,
            first=key.steps[0],
            last=key.steps[-1],
            wanted=len(key.steps),
            found=len(items),
        )
    values: dict[int | None, tuple[Entry, ...]] = {}
    common: Shape | None = None
    wrong: list[Diagnostic] = []
    for step, item in zip(key.steps, items, strict=True):
        try:
            shape, values[step] = parse_value(item)
            if common is not None and shape != common:
                raise failure(
                    "shape-of-steps",
                    item.span,
                    name=text_of(q.at(step)),
                    found=shown(shape),
                    wanted=shown(common),
                    first=text_of(q.at(key.steps[0])),
                )
            common = shape
        except Failure as error:
            wrong += error.diagnostics
    if wrong or common is None:
        raise Failure(wrong)
    return Given(q, role, common, values, key.span)


def _joined(one: Given, other: Given) -> Given:
    """Values of one quantity at different steps, given in two entries."""
    for step in other.values:
        if step in one.values:
            name = text_of(one.quantity.at(step))
            raise failure(
                "given-twice", other.span, "hint-duplicate-key", name=name, line=one.span.line
            )
    if one.shape != other.shape:
        raise failure(
            "shape-of-steps",
            other.span,
            name=text_of(other.quantity.at(min(s for s in other.values if s is not None))),
            found=shown(other.shape),
            wanted=shown(one.shape),
            first=text_of(one.quantity.at(min(s for s in one.values if s is not None))),
        )
    if one.role != other.role:
        # An initial value and a sequence of data may share a name; each step keeps the role of
        # the entry that is differentiated.
        role = one.role if one.role in (Role.INITIAL, Role.PARAMETER) else other.role
        return replace(one, role=role, values={**one.values, **other.values})
    return replace(one, values={**one.values, **other.values})


def _update(node: yaml.Node) -> AskUpdate:
    """`{rule: sgd, lr: 0.1, steps: 2, clip: {norm: 5}}`."""
    rule = node.get("rule") if isinstance(node, yaml.Map) else None
    if not isinstance(node, yaml.Map) or not isinstance(rule, yaml.Text):
        raise failure("update-without-rule", (rule or node).span, "hint-update")
    rules = optimizers()
    if rule.text not in rules:
        raise failure(
            "unknown-rule",
            rule.span,
            "hint-did-you-mean" if similar(rule.text, rules) else None,
            name=rule.text[:40],
            known=", ".join(rules),
            suggestion=similar(rule.text, rules),
        )
    optimizer = rules[rule.text]
    known = (*optimizer.options, "steps", "clip", "weight_decay")
    wrong = [
        diagnostic(
            "unknown-option",
            key.span,
            "hint-did-you-mean" if similar(key.text, known) else None,
            key=key.text[:40],
            rule=optimizer.name,
            known=", ".join(known),
            suggestion=similar(key.text, known),
        )
        for key, _ in node.entries
        if key.text != "rule" and key.text not in known
    ]
    options = {name: value for name, value in optimizer.options.items() if value is not None}
    steps, clip, decay = 1, None, None
    for name in known:
        value = node.get(name)
        try:
            if value is None and name in optimizer.options and name not in options:
                raise failure(
                    "missing-option", node.span, "hint-option", name=name, rule=optimizer.name
                )
            if value is None:
                continue
            match name:
                case "steps":
                    steps = _count(value)
                case "clip":
                    clip = _clip(value)
                case "weight_decay":
                    decay = _rational(value)
                case _:
                    options[name] = _rational(value)
        except Failure as error:
            wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)
    return AskUpdate(optimizer, options, steps, clip, decay)


def _rational(node: yaml.Node) -> Fraction:
    value = parse_number(node)
    if isinstance(value, Fraction):
        return value
    raise failure("not-rational", node.span, "hint-rational", found=yaml.shown(node))


def _count(node: yaml.Node) -> int:
    value = _rational(node)
    if value.denominator != 1 or not 1 <= value <= limits.ITERATIONS:
        raise failure("bad-count", node.span, found=yaml.shown(node), limit=limits.ITERATIONS)
    return int(value)


def _clip(node: yaml.Node) -> tuple[str, Fraction]:
    if isinstance(node, yaml.Map) and len(node.entries) == 1:
        ((key, value),) = node.entries
        if key.text in ("value", "norm"):
            bound = _rational(value)
            if bound > 0:
                return key.text, bound
    raise failure("bad-clip", node.span, "hint-clip")


def similar(name: str, known: Iterable[str]) -> str:
    """The known name that is most like `name`; empty where none is."""
    spellings = {k.casefold(): k for k in known}
    close = get_close_matches(name[:60].casefold(), list(spellings), 1)
    return spellings[close[0]] if close else ""
