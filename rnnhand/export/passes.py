"""The functions of a program that compute: forward, and the way back."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from rnnhand.calculus.gradient import Gradient
from rnnhand.export.dialects import Dialect
from rnnhand.export.names import Names
from rnnhand.export.spelling import Spelling
from rnnhand.export.statements import INDENT, statements
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref
from rnnhand.phrases import Phrases
from rnnhand.questions.key import implied
from rnnhand.questions.work import Plan
from rnnhand.system.model import Given, Quantity, Role, System

WIDTH = 96
OWN = ("np", "torch", "jax", "jnp", "given", "solve", "forward", "flat", "leaves", "of", "values")
MORE = ("gradients", "made", "after", "loss", "name", "value", "step", "found", "quantities")
LATER = ("train", "trained", "placed", "new", "now", "memory", "point", "order", "norm", "sys")
INPUTS = (Role.PARAMETER, Role.INITIAL)


@dataclass
class Page:
    """What the parts of one program share."""

    plan: Plan
    dialect: Dialect
    words: Phrases
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        self.names.reserve((*OWN, *MORE, *LATER))
        for var in self.plan.system.indices:
            self.names.other(var)
        system = self.plan.full
        quantities = dict.fromkeys((*system.given, *system.made_by))
        for q in sorted(quantities, key=lambda q: bool(q.over)):  # L keeps its name before L[t]
            self.names.quantity(q)
        self.spelling = Spelling(system, self.dialect, self.names)

    @property
    def loss(self) -> Ref:
        assert self.plan.gradient is not None
        return self.plan.gradient.of

    @property
    def inputs(self) -> list[Given]:
        """What is trained, and the initial values: the gradient is taken by these."""
        return self.plan.system.with_role(*INPUTS)

    def comment(self, code: str, indent: str = "", **words: object) -> Iterator[str]:
        yield from comment(self.words.say(code, **words), indent)


def comment(words: str, indent: str = "") -> Iterator[str]:
    """Any text as comments: nothing in it ends a line, and nothing unprintable is left."""
    clean = "".join(c if c.isprintable() else " " for c in words)
    for line in textwrap.wrap(clean, WIDTH - len(indent)):
        yield f"{indent}# {line}"


def passes(page: Page) -> Iterator[str]:
    """The function that computes everything."""
    found = page.plan.gradient
    if found is None:
        yield from _forward(page, "solve")
    elif page.dialect.automatic:
        yield from _forward(page, "forward")
        yield from _automatic(page)
    else:
        yield from written_out(page, "solve", found)


def signature(page: Page) -> str:
    return ", ".join(page.names.quantity(g.quantity) for g in page.inputs)


def _start(page: Page, system: System) -> Iterator[str]:
    """Dictionaries for all that is made step by step, with the values that are given."""
    lists = [q for q in system.made_by if q.over]
    fresh = [page.names.quantity(q) for q in lists if q not in system.given]
    for i in range(0, len(fresh), 6):
        some = fresh[i : i + 6]
        yield f"{INDENT}{', '.join(some)} = {', '.join(['{}'] * len(some))}"
    for q in lists:
        if q in system.given:
            yield f"{INDENT}{page.names.quantity(q)} = dict({page.names.quantity(q)})"


def _forward(page: Page, name: str) -> Iterator[str]:
    system = page.plan.system
    yield f"def {name}({signature(page)}):"
    yield from page.comment("export-forward", INDENT)
    yield from _start(page, system)
    for line in statements(page.spelling, system.equations):
        yield INDENT + line
    made = _named(page, (*system.given, *system.made_by))
    if name == "solve":
        yield f"{INDENT}return flat({made}), {{}}"
    else:
        yield f"{INDENT}return {made}"
    yield from ("", "")


def _named(page: Page, quantities: Iterable[Quantity]) -> str:
    """A dictionary by public names."""
    parts = [
        f"{json.dumps(str(q), ensure_ascii=False)}: {page.names.quantity(q)}"
        for q in dict.fromkeys(quantities)
    ]
    return listed(parts, INDENT)


def listed(parts: Iterable[str], indent: str = "", ends: str = "{}") -> str:
    """Entries between brackets: on one line where they fit, else on lines of their own."""
    entries = list(parts)
    if len(indent) + sum(len(e) + 2 for e in entries) < WIDTH - 30:
        return ends[0] + ", ".join(entries) + ends[1]
    lines = [""]
    for entry in entries:
        if lines[-1] and len(lines[-1]) + len(entry) > WIDTH - 10:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else indent + INDENT}{entry},"
    return "\n".join((ends[0], *lines, indent + ends[1]))


def written_out(page: Page, name: str, found: Gradient) -> Iterator[str]:
    """Forward pass and adjoint equations, as they stand."""
    system = page.plan.system
    spelling = replace(page.spelling, system=found.system)
    yield f"def {name}({signature(page)}):"
    yield from page.comment("export-forward", INDENT)
    yield from _start(page, system)
    for line in statements(spelling, system.equations):
        yield INDENT + line
    yield ""
    yield from page.comment("export-backward", INDENT)
    adjoints = replace(found.system, equations=found.adjoints)
    yield from _start(page, adjoints)
    for line in statements(spelling, found.adjoints):
        yield INDENT + line
    yield ""
    hidden = implied(system)
    values = [q for q in (*system.given, *system.made_by) if q not in hidden]
    by = [found.of_quantity(q) for q in found.wrt if q not in hidden]
    yield f"{INDENT}values = {_named(page, values)}"
    yield f"{INDENT}gradients = {_named(page, by)}"
    yield f"{INDENT}return flat(values), flat(gradients)"
    yield from ("", "")


def _automatic(page: Page) -> Iterator[str]:
    """The gradient by the library's own differentiation."""
    of = json.dumps(text(page.loss), ensure_ascii=False)
    yield f"def solve(of={of}, **given):"
    yield from page.comment("export-automatic", INDENT)
    slopes = {page.names.quantity(g.quantity): str(g.quantity) for g in page.inputs}
    lines = page.dialect.gradient.strip("\n").split("\n")
    for line in lines:
        if line.strip() == "NAMES":
            for variable, name in slopes.items():
                key = json.dumps(f"/d{name}", ensure_ascii=False)
                yield f'{INDENT * 2}f"d{{of}}" + {key}: gradients["{variable}"],'
        else:
            yield line
    yield from ("", "")
