"""Equations → a Python function for one arithmetic: compiled once, run at any precision.

Where an operation fails, the traceback says which equation it was (its number is the line of the
generated code, see `writer`), and the loop's variable at which step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Any, TypeAlias, assert_never

from rnnhand.arithmetic.arrays import library
from rnnhand.arithmetic.base import Arithmetic, Fault
from rnnhand.arithmetic.expressions import STEP, Expressions, extent
from rnnhand.arithmetic.syntax import module
from rnnhand.arithmetic.writer import Writer
from rnnhand.errors import Span, failure
from rnnhand.language.operations import Function
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Shift, walk
from rnnhand.system.model import SCALAR, Equation, Quantity, System
from rnnhand.system.schedule import Instances, Loop, schedule
from rnnhand.system.windows import ROUTES

Storage: TypeAlias = dict[Quantity, Any]
"""A scalar or flat tuple for a quantity without index, else a list of them from `extent` on."""

Place: TypeAlias = Callable[[int, int, Any], Any]
"""(slot of a quantity, position of the step in its list, value computed) → value to go on with."""

COMPARING = ("max_pool2d", "max_pool1d", *ROUTES)
"""Operations that compare entries with each other, of which some may well be equal."""

FILENAME = "<equations>"


@dataclass(frozen=True, eq=False)
class Program:
    """Compiled equations. `run` fills a storage with what they make.

    `order` lists the quantities in the order of the function's slots; `lists` has the slots of
    those that are made step by step, with their length.
    """

    system: System
    equations: tuple[Equation, ...]
    arithmetic: Arithmetic
    order: tuple[Quantity, ...]
    lists: tuple[tuple[int, int], ...]
    constants: tuple[Fraction, ...]
    scope: Scope
    function: Callable[..., None]

    def run(self, storage: Storage, place: Place | None = None) -> None:
        """Compute every equation; `storage` must hold all that they read and do not make. Lists
        that gain values are copied, so that storages may share what was there before. A program
        compiled as `placed` hands every value to `place` and goes on with what that returns.

        Raises `Failure` naming the quantity and the step where a value does not exist; lets
        `Fault` through with the place noted on it, and `Undecided`.
        """
        stored = [storage.get(q) for q in self.order]
        for slot, length in self.lists:
            before = stored[slot]
            stored[slot] = storage[self.order[slot]] = (
                [None] * length if before is None else list(before)
            )
        self.scope.refresh(self.arithmetic)
        constants = [self.arithmetic.number(value) for value in self.constants]
        try:
            self.function(stored, constants, storage, self.order, place)
        except Fault as fault:
            raise fault.noted(*self._place(fault.__traceback__)) from None
        except (ValueError, ArithmeticError) as error:
            where, span = self._place(error.__traceback__)
            raise failure("no-value", span, where=where, reason=error) from None

    def _place(self, traceback: TracebackType | None) -> tuple[str, Span | None]:
        """Which equation, at which step, the generated frame was computing."""
        where, span = "", None
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_code.co_filename == FILENAME and frame.f_code.co_name == "run":
                equation = self.equations[traceback.tb_lineno - 1]
                quantity = self.system.quantity(equation.target)
                where, span = text(equation.target), equation.span
                if isinstance(equation.target.index, Shift):
                    base, _ = extent(self.system, quantity.over)
                    where = text(quantity.at(frame.f_locals[STEP] + base))
            traceback = traceback.tb_next
        return where, span


@dataclass
class Scope:
    """The functions that generated code calls, and the constants inside their definitions.

    Constants are converted anew for each run: under balls they depend on the precision.
    """

    names: dict[str, Any]
    constants: list[tuple[list[Any], tuple[Fraction, ...]]] = field(default_factory=list)

    def refresh(self, arithmetic: Arithmetic) -> None:
        for values, exact in self.constants:
            values[:] = map(arithmetic.number, exact)

    def remember(self, how: Callable[..., Any], functions: Iterable[str]) -> None:
        """Every function gives one object for the same exact argument."""
        for name in functions:
            self.names[f"f_{name}"] = how(self.names[f"f_{name}"])

    def define(self, function: Function, system: System, arithmetic: Arithmetic) -> None:
        """Compile a function of the library, and those it calls, unless the arithmetic has it."""
        if f"f_{function.name}" in self.names:
            return
        if function.open:
            raise failure("open-function", None, "hint-open-function", name=function.name)
        writer = Expressions(system)
        tree = writer.definition(function)
        for name in writer.functions:
            self.define(system.functions[name], system, arithmetic)
        values: list[Any] = []
        self.constants.append((values, tuple(writer.constants)))
        scope = self.names | {"constants": values}
        # As below: the tree holds only names and constants that `writer` makes.
        exec(compile(module([tree]), FILENAME, "exec"), scope)
        self.names[f"f_{function.name}"] = scope["value"]


def pools(equation: Equation) -> bool:
    """Whether entries are compared with each other."""
    return any(
        isinstance(n, Apply) and n.op in COMPARING for t in equation.terms for n in walk(t.body)
    )


def compiled(
    system: System,
    arithmetic: Arithmetic,
    equations: Sequence[Equation] | None = None,
    placed: bool = False,
) -> Program:
    """The program of some of a system's equations (of all of them, when none are named); `placed`
    ones let another number take a value's place as soon as it is computed."""
    chosen = tuple(system.equations if equations is None else equations)
    writer = Writer(system, equations=chosen, guarded=arithmetic.keep is not None, placed=placed)
    for block in schedule(system, chosen):
        match block:
            case Loop():
                writer.loop(block)
            case Instances():
                writer.instances(block)
            case _:
                assert_never(block)
    scope = Scope({f"f_{name}": value for name, value in library(arithmetic).items()})
    for name in writer.functions:
        scope.define(system.functions[name], system, arithmetic)
    made = dict.fromkeys(system.quantity(e.target) for e in chosen)
    for q in made:
        writer.slot(q)
    # The tree holds only names and constants that `writer` makes: no text from a problem file.
    if arithmetic.remember is not None and any(map(pools, chosen)):
        scope.remember(arithmetic.remember, (*arithmetic.functions, *writer.functions))
    exec(compile(writer.module(), FILENAME, "exec"), scope.names)
    order = tuple(writer.slots)
    lists = tuple((order.index(q), extent(system, q.over)[1]) for q in made if q.over)
    return Program(
        system,
        chosen,
        arithmetic,
        order,
        lists,
        tuple(writer.constants),
        scope,
        scope.names["run"],
    )


def initial_storage(
    system: System,
    arithmetic: Arithmetic,
    letter: Callable[[str], Any] | None = None,
    known: Collection[Quantity] = (),
) -> Storage:
    """The given values under an arithmetic, but for those that are `known` already. Raises
    `Failure` where a letter stands for a number and the arithmetic has no letters."""
    storage: Storage = {}
    for q, given in system.given.items():
        if q in known:
            continue
        base, length = extent(system, q.over) if q.over else (0, 1)
        column: list[Any] = [None] * length
        for step, entries in given.values.items():
            values = []
            for place, entry in enumerate(entries):
                if isinstance(entry, Fraction):
                    values.append(arithmetic.number(entry))
                elif entry is not None:
                    try:
                        values.append(constant(entry, system, arithmetic))
                    except Fault as fault:
                        raise fault.noted(text(q.at(step)), given.span) from None
                elif letter is not None:
                    values.append(letter(letter_name(q, step, place, given.shape)))
                else:
                    raise failure("letters", given.span, "hint-letters", name=text(q.at(step)))
            value = values[0] if given.shape == SCALAR else tuple(values)
            column[0 if step is None else step - base] = value
        storage[q] = column if q.over else column[0]
    return storage


def letter_name(q: Quantity, step: int | None, place: int, shape: tuple[int, int]) -> str:
    """w, h[0], W(1,2): the name under which an unknown number goes."""
    name = text(q.at(step))
    if shape == SCALAR:
        return name
    row, column = divmod(place, shape[1])
    return f"{name}({row + 1})" if shape[1] == 1 else f"{name}({row + 1},{column + 1})"


def constant(expr: Expr, system: System, arithmetic: Arithmetic) -> Any:
    """The value of an expression without quantities, such as sqrt(2)/2."""
    scope = Scope({f"f_{name}": value for name, value in library(arithmetic).items()})
    scope.define(Function("constant ", (), expr), system, arithmetic)
    scope.refresh(arithmetic)
    return scope.names["f_constant "]()
