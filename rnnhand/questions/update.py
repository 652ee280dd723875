"""An update rule at work: equations over iterations, for one parameter at a time.

The rule's own names are w (the parameter), g (its gradient) and its states. Clipping and weight
decay are equations before the rule's own; each hands its result on as the next one's g.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

from rnnhand.arithmetic.arrays import library
from rnnhand.arithmetic.base import Arithmetic, Fault
from rnnhand.arithmetic.program import Program, Storage, compiled, initial_storage
from rnnhand.language.operations import Functions
from rnnhand.language.parser import Statement, parse_equations, parse_expression
from rnnhand.language.tree import Expr, Ref, Shift, rewrite
from rnnhand.problem.model import AskUpdate
from rnnhand.system.build import build
from rnnhand.system.model import SCALAR, Equation, Given, Quantity, Role, Shape, System
from rnnhand.system.schedule import Instances, schedule

Slot: TypeAlias = tuple[Quantity, int | None]
"""A parameter, at a step where it has steps."""

Keep: TypeAlias = Callable[[str, Slot, Any], Any]
"""What one goes on with when the rule has computed a value of a name for a parameter."""

STAGES = {
    "value": "gclip[k] = clip(g[k], -bound, bound)",
    "norm": "gclip[k] = g[k]*bound/max(norm, bound)",
    "weight_decay": "gdecay[k] = g[k] + weight_decay*w[k-1]",
}
"""What happens to a gradient before the rule sees it. `norm` is that of all gradients together."""


@dataclass(frozen=True)
class Stepped:
    """One parameter after one iteration: its new value and states, and all that was computed."""

    value: Any
    state: Mapping[str, Any]
    system: System
    storage: Storage


@dataclass(frozen=True, eq=False)
class Rule:
    """An update rule for parameters of one shape; its compiled equations are kept by iteration."""

    ask: AskUpdate
    statements: tuple[Statement, ...]
    shape: Shape
    functions: Functions
    programs: dict[tuple[int, int, bool], tuple[Program, ...]] = field(
        default_factory=dict, repr=False
    )

    def system(self, k: int) -> System:
        """The rule's equations at iteration k."""
        zero = (Fraction(0),) * (self.shape[0] * self.shape[1])

        def given(name: str, *at: int) -> Given:
            return Given(Quantity(name, "k"), Role.DATA, self.shape, dict.fromkeys(at, zero))

        numbers = dict(self.ask.options)
        if self.ask.clip:
            numbers["bound"] = self.ask.clip[1]
        if self.ask.weight_decay is not None:
            numbers["weight_decay"] = self.ask.weight_decay
        known = [
            given("w", k - 1),
            given("g", k),
            *(given(name, k - 1) for name in self.ask.optimizer.state),
            *(
                Given(Quantity(name), Role.CONSTANT, SCALAR, {None: (value,)})
                for name, value in numbers.items()
            ),
            Given(Quantity("norm"), Role.CONSTANT, SCALAR, {None: (Fraction(1),)}),
        ]
        return build(self.statements, known, {"k": range(k, k + 1)}, self.functions)

    def point(self, k: int, arithmetic: Arithmetic, value: Any, state: Mapping[str, Any]) -> Any:
        """Where the gradient of iteration k is taken: the parameter itself, unless the rule looks
        ahead."""
        if not self.ask.optimizer.point or not state:
            return value
        body = parse_expression(self.ask.optimizer.point)
        ahead = Statement(Ref("point", Shift("k")), body)
        rule = replace(self, statements=(ahead,), programs={})
        _, storage = rule.run(k, arithmetic, value, None, state)
        return storage[Quantity("point", "k")][1]

    def run(
        self,
        k: int,
        arithmetic: Arithmetic,
        value: Any,
        gradient: Any,
        state: Mapping[str, Any],
        norm: Any = None,
        keep: Callable[[str, Any], Any] | None = None,
    ) -> tuple[System, Storage]:
        """All that the rule computes at iteration k; without a gradient, what needs none. What
        `keep` makes of each value is what the next equations read."""
        programs = self.compiled(k, arithmetic, keep is not None)
        system = programs[0].system
        storage = initial_storage(system, arithmetic)
        storage[Quantity("w", "k")][0] = value
        if gradient is not None:
            storage[Quantity("g", "k")][1] = gradient
        if norm is not None:
            storage[Quantity("norm")] = norm
        for name, before in state.items():
            storage[Quantity(name, "k")][0] = before
        for program in programs:
            try:
                program.run(storage)
            except Fault as fault:
                if not self.ask.optimizer.own:
                    fault.span = self.ask.span  # the library's lines are not the problem's
                raise
            if keep is not None:
                name = program.equations[0].target.name
                column = storage[Quantity(name, "k")]
                column[1] = keep(name, column[1])
        return system, storage

    def compiled(self, k: int, arithmetic: Arithmetic, singly: bool) -> tuple[Program, ...]:
        """The rule's equations in computing order, as one program or as one each."""
        key = k, id(arithmetic), singly
        if key not in self.programs:
            system = self.system(k)
            groups = [[e] for e in _in_order(system)] if singly else [list(system.equations)]
            self.programs[key] = tuple(compiled(system, arithmetic, group) for group in groups)
        return self.programs[key]


def _in_order(system: System) -> list[Equation]:
    """The equations of a rule in computing order."""
    found: list[Equation] = []
    for block in schedule(system, system.equations):
        found += (
            [e for e, _ in block.order] if isinstance(block, Instances) else list(block.equations)
        )
    return found


def rule_for(ask: AskUpdate, shape: Shape, functions: Functions) -> Rule:
    """The optimizer's equations with clipping and weight decay put before them."""
    stages = [f"{ask.clip[0]}"] if ask.clip else []
    stages += ["weight_decay"] if ask.weight_decay is not None else []
    latest = "g"
    statements: list[Statement] = []
    for stage in stages:
        (statement,) = parse_equations(STAGES[stage])
        statements.append(replace(statement, body=_renamed(statement.body, latest)))
        latest = statement.target.name
    statements += [replace(s, body=_renamed(s.body, latest)) for s in ask.optimizer.statements]
    return Rule(ask, tuple(statements), shape, functions)


def _renamed(expr: Expr, name: str) -> Expr:
    return rewrite(
        expr, lambda e: replace(e, name=name) if isinstance(e, Ref) and e.name == "g" else e
    )


def apply_rule(
    rules: Mapping[Slot, Rule],
    k: int,
    arithmetic: Arithmetic,
    values: Mapping[Slot, Any],
    gradients: Mapping[Slot, Any],
    states: Mapping[Slot, Mapping[str, Any]],
    keep: Keep | None = None,
) -> dict[Slot, Stepped]:
    """Iteration k of every parameter."""
    norm = None
    if any(rule.ask.clip and rule.ask.clip[0] == "norm" for rule in rules.values()):
        norm = norm_of(rules, arithmetic, gradients)
    found = {}
    for slot, rule in rules.items():
        own = None if keep is None else partial(_kept, keep, slot)
        system, storage = rule.run(
            k, arithmetic, values[slot], gradients[slot], states[slot], norm, own
        )
        state = {name: storage[Quantity(name, "k")][1] for name in rule.ask.optimizer.state}
        found[slot] = Stepped(storage[Quantity("w", "k")][1], state, system, storage)
    return found


def _kept(keep: Keep, slot: Slot, name: str, value: Any) -> Any:
    return value if name == "w" else keep(name, slot, value)


def norm_of(
    rules: Mapping[Slot, Rule], arithmetic: Arithmetic, gradients: Mapping[Slot, Any]
) -> Any:
    """‖g‖ of all gradients together."""
    flat: list[Any] = []
    for slot, value in gradients.items():
        flat += [value] if rules[slot].shape == SCALAR else value
    return library(arithmetic)["norm2"](tuple(flat))
