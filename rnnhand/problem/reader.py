"""A problem file → a checked `Problem`, or all of its mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from rnnhand.errors import Diagnostic, Failure, diagnostic, failure, similar
from rnnhand.language import limits
from rnnhand.language.parser import Statement, parse_equations
from rnnhand.language.tree import NOWHERE
from rnnhand.problem import yaml
from rnnhand.problem.adjoints import with_adjoints
from rnnhand.problem.asks import ask_of, check_groups, check_order, loss_of
from rnnhand.problem.given import given_value, indices_of_names, joined
from rnnhand.problem.layers import KEYS as CELL_KEYS
from rnnhand.problem.layers import chosen_functions, completed, layers_of, placed, without_use
from rnnhand.problem.library import functions
from rnnhand.problem.model import (
    Ask,
    AskForward,
    AskGradients,
    AskResult,
    AskTopic,
    AskUpdate,
    Layer,
    Problem,
    Wording,
)
from rnnhand.problem.results import check_result
from rnnhand.problem.values import parse_key, parse_range
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Given, Quantity, Role, System

SECTIONS = {
    "parameters": Role.PARAMETER,
    "initial": Role.INITIAL,
    "data": Role.DATA,
    "constants": Role.CONSTANT,
}
KEYS = (
    *("title", "source", "text", "equations", *CELL_KEYS, "steps", "indices"),
    *(*SECTIONS, "loss", "adjoint", "ask"),
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
        asks = self.asks()
        before = len(self.wrong)
        indices = self.indices()
        keys = [k.text for name in SECTIONS for k, _ in self.entries(self.root.get(name), name)]
        layers = placed(self.layers(), indices, keys)
        own = self.statements(
            optional=any(self.root.get(key) for key in ("cell", "layers"))
            or any(isinstance(ask, AskTopic) for ask in asks)
        )
        self.unsure |= len(self.wrong) > before
        statements = (*(s for layer in layers for s in layer.statements), *own)
        given = self.given(indices, statements)
        self.wrong += without_use(layers, statements, given)
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
            known = {**functions(), **chosen_functions(self.root)}
            system = build(statements, [*given, *self.unread], indices, known)
        except Failure as error:
            if not self.unread:
                raise
            raise Failure(d for d in error.diagnostics if d.code in OF_NAMES) from None
        if self.unread:
            return system
        before = len(self.wrong)
        with self.collecting():
            adjoints = self.root.get("adjoint")
            if self.entries(adjoints, "adjoint") and isinstance(adjoints, yaml.Map):
                loss = self.root.get("loss")
                system = with_adjoints(adjoints, loss, system, statements, indices)
            else:
                system = replace(system, loss=loss_of(self.root.get("loss"), system))
        loss_at_fault = len(self.wrong) > before
        for ask in asks:
            with self.collecting():
                match ask:
                    case AskResult(name):
                        check_result(system, name)
                    case AskGradients() | AskUpdate() if system.loss is None and not loss_at_fault:
                        node = self.root.get("ask") or self.root
                        raise failure("no-loss", node.span, "hint-loss")
                    case AskUpdate() if system.loss is not None:
                        check_order(ask, system, self.root.get("ask") or self.root)
                        check_groups(ask, system, self.root.get("ask") or self.root)
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
        over = indices_of_names(statements, indices)
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
                    given = given_value(q, key, node, role)
                    if q in found:
                        given = joined(found[q], given)
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

    def asks(self) -> list[Ask]:
        """What is asked for, as far as it can be told without the equations."""
        node = self.root.get("ask")
        if node is None:
            return []
        items = node.items if isinstance(node, yaml.List) else (node,)
        found: list[Ask] = []
        for item in items:
            with self.collecting():
                found.append(ask_of(item))
        return found
