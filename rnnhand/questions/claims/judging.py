"""A claim at one point: the two sides of a line in numbers.

The left side is what forward mode says of it; the right side is the formula as it is shown, read
as what it says. No rule by which the formula was made takes part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from rnnhand.arithmetic.base import Fault
from rnnhand.arithmetic.program import Storage, compiled
from rnnhand.arithmetic.rational import RATIONAL
from rnnhand.calculus.gradient import Gradient, gradient, shapes_in
from rnnhand.calculus.instances import Instance
from rnnhand.calculus.local import Local
from rnnhand.calculus.rules import ONE
from rnnhand.calculus.spelled import at as placed
from rnnhand.calculus.tangent import push
from rnnhand.calculus.tidy import tidy
from rnnhand.language.derivatives import DerivativeOf, derivative_of
from rnnhand.language.tree import Apply, At, Expr, Number, Ref, Shift, refs, substitute
from rnnhand.questions.claims.claim import Claim, Pair, Place, all_equal
from rnnhand.questions.claims.numbers import Matrix, Point, Unchecked
from rnnhand.questions.claims.reading import Reader, Stacks, evaluated
from rnnhand.questions.derive.derive import Derivation
from rnnhand.questions.work import at, entries
from rnnhand.system.model import SCALAR, Given, Quantity, Role, Shape

WHOLE = "whole "
"""What the name of a derivative by a parameter begins with where it is put together."""

X = Ref("x")
NEAR = 4
"""Steps at either end at which a formula is tried."""

MOST_STEPS = 2
"""Steps at which a formula is compared at one point."""


@dataclass
class Judge:
    """Compares the sides of claims at one point. `back` has the values of all adjoints there."""

    d: Derivation
    point: Point
    back: Storage
    stacks: Stacks
    dice: random.Random
    alone: dict[Ref, tuple[Gradient, Storage]] = field(default_factory=dict)

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.point, self.d.looped, self.stacks)

    def pairs(self, claim: Claim) -> list[Pair]:
        """(by the formula, by forward mode); raises `Unchecked` where there is no saying."""
        match claim.part:
            case "locals":
                return list(self.by_one_equation(claim))
            case "back":
                return list(self.adjoint(claim))
            case "special" if isinstance(claim.left, Apply):
                return list(self.slope(claim))
            case "special" | "step":
                return self.at_some_step(claim, self.backward)
            case "gradient":
                return self.whole(claim)
            case "ways":
                return self.own_steps(claim)
            case _:
                return self.at_some_step(claim, self.forward)

    def at_some_step(self, claim: Claim, compare: Any) -> list[Pair]:
        """At some steps, in random order, at which everything in the claim exists: what is true at
        the first step alone, where all before it is given, is not true."""
        assert isinstance(claim.left, Ref)
        last: Exception = Unchecked("claim-form")
        done: list[list[Pair]] = []
        for where in self.places(claim.left):
            try:
                done.append(list(compare(claim, where)))
            except (Unchecked, Fault) as problem:
                last = problem
            if len(done) == MOST_STEPS:
                break
        if not done:
            raise last
        return [pair for pairs in done for pair in pairs]

    def places(self, left: Ref) -> list[Mapping[str, int]]:
        """Values of the running index: steps at both ends, where formulas are short."""
        name = unmarked(left)
        running = [r for r in (name.of, name.by) if isinstance(r.index, Shift)] if name else []
        if not running or name is None:
            return [{}]
        (ref, *_) = running
        assert isinstance(ref.index, Shift)
        var, q = ref.index.var, Quantity(ref.name, ref.index.var)
        if ref.name in self.stacks:
            q = self.stacks[ref.name][0][0]
        runs = self.d.system.steps.get(q, ())
        made = [e.steps for e in self.d.system.made_by.get(q, ())]
        steps = [s for run in (made or runs) for s in (run or ())]
        near = list(dict.fromkeys([*steps[:NEAR], *steps[-NEAR:]]))
        self.dice.shuffle(near)
        return [{var: s - ref.index.offset} for s in near]

    def by_one_equation(self, claim: Claim) -> Iterator[Pair]:
        """What the equation alone gives; and that its name means no more than that: ∂h_t/∂z_t is
        all that z_t does to h_t inside the step."""
        local = claim.local
        assert local is not None and local.value is not None
        steps = local.equation.steps
        step = None if steps is None else self.dice.choice(self._apart(local, steps))
        var = local.of.index.var if isinstance(local.of.index, Shift) else ""
        where = {} if step is None or not var else {var: step}
        found = self.reader.value(claim.forms[0], where)
        place = Place(where)
        yield from self.sides(found, self.point.edge(local, step), local.by, place)
        assert isinstance(claim.left, Ref)
        yield from self.sides(found, self.reader.value(claim.left, where), claim.left, place)

    def _apart(self, local: Local, steps: range) -> Sequence[int]:
        """The steps at which no other mention in an equation is of the same: h_0 and h_{t−1} are
        one at the first step."""
        of = self.d.system.quantity(local.of)
        others = [r for r in refs(local.equation.body) if r != local.by and r.name == local.by.name]

        def read(ref: Ref, step: int) -> int | None:
            return self.d.system.step(ref, {of.over: step})

        among = [s for s in steps if all(read(r, s) != read(local.by, s) for r in others)]
        return among or steps

    def forward(self, claim: Claim, where: Mapping[str, int]) -> Iterator[Pair]:
        """Every form of a line of derivatives, as matrices."""
        assert isinstance(claim.left, Ref)
        expected = self.reader.value(claim.left, where)
        for i, form in enumerate(claim.forms):
            found = self.reader.value(form, where)
            yield from self.sides(found, expected, claim.left, Place(where, i))

    def sides(self, found: Matrix, expected: Matrix, by: Ref, place: Place) -> Iterator[Pair]:
        """Entry by entry; of a full matrix the columns that were followed."""
        name = unmarked(by)
        q = Quantity(name.by.name if name else by.name)
        chosen = self.point.columns.get(q)
        width = len(expected[0])
        if not found or (found == [[self.point.number(0)]] and len(expected) * width > 1):
            found = [[self.point.number(0)] * width for _ in expected]
        if chosen is not None and len(found[0]) != width:
            found = [[row[i] for i in chosen] for row in found]
        if len(found) != len(expected) or len(found[0]) != width:
            raise Unchecked("claim-shapes")
        columns = range(width) if chosen is None or len(chosen) != width else chosen
        yield from _entry_by_entry(found, expected, place, columns)

    def adjoint(self, claim: Claim) -> Iterator[Pair]:
        """An equation of the way back at a step: what it gives, and how the loss moves."""
        equation = claim.adjoint
        assert equation is not None
        system = self.d.gradient.system
        made = system.quantity(equation.target)
        q = next(q for q in self.forward_quantities if self.d.gradient.of_quantity(q) == made)
        step = None if equation.steps is None else self.dice.choice(equation.steps)
        value = entries(at(system, self.back, made, step), system.shapes[made])
        place = Place({} if step is None else {q.over: step})
        yield from self.moved(self.d.of, Instance(q, step), value, place)

    @property
    def forward_quantities(self) -> list[Quantity]:
        return [*self.d.system.made_by, *self.d.wrt]

    def moved(self, of: Ref, by: Instance, value: Any, place: Place) -> Iterator[Pair]:
        """One entry of a gradient against how `of` moves with it."""
        q_of = self.d.system.quantity(of)
        goal = Instance(q_of, self.d.system.step(of))
        shape = self.d.system.shapes[by.quantity]
        if by.quantity in self.point.columns:
            chosen = self.point.columns[by.quantity]
            (row,) = self.point.total(goal, by)
            for i, x in zip(chosen, row, strict=True):
                yield Pair(value[i], x, in_shape(place, shape, i))
            return
        entry = self.dice.randrange(len(value))
        moves = self.point.along(goal, by, entry)
        yield Pair(value[entry], moves, in_shape(place, shape, entry))

    def backward(self, claim: Claim, where: Mapping[str, int]) -> Iterator[Pair]:
        """A formula in derivatives of one quantity: P ⊙ (∂L/∂P − sum(∂L/∂P ⊙ P))."""
        assert isinstance(claim.left, Ref)
        name = derivative_of(claim.left)
        assert name is not None
        found, storage = self.gradient_of(name.of)
        index = name.by.index
        if isinstance(index, Shift):
            index = At(where[index.var] + index.offset)
        ref = replace(name.by, index=index)
        by = Instance(self.d.system.quantity(ref), self.d.system.step(ref))
        point = replace(self.point, storage=storage)
        for i, form in enumerate(claim.forms):
            for var, step in where.items():
                form = placed(form, step, var)
            flat = [x for row in evaluated(point, found.system, form) for x in row]
            if form == Number("0"):
                flat = flat * self.point.size(by.quantity)
            yield from self.moved(name.of, by, flat, Place(where, i))

    def gradient_of(self, of: Ref) -> tuple[Gradient, Storage]:
        """The derivatives of one quantity, with their values."""
        if of not in self.alone:
            data = [q for q in self.d.wrt if q in self.d.system.given]
            found = self.d.gradient if of == self.d.of else gradient(self.d.system, of, data)
            full = replace(found.system, functions=self.point.system.functions)
            storage = dict(self.point.storage)
            compiled(full, self.point.arithmetic, found.adjoints).run(storage)
            self.alone[of] = found, storage
        return self.alone[of]

    def whole(self, claim: Claim) -> list[Pair]:
        """The derivative by a parameter, as the way back gives it."""
        assert claim.by is not None
        q, system = claim.by, self.d.gradient.system
        value = entries(self.back[Quantity(WHOLE + q.name)], system.shapes[q])
        return list(self.moved(self.d.of, Instance(q, None), value, Place({})))

    def slope(self, claim: Claim) -> Iterator[Pair]:
        """f(x) or f′(x) in other words, at a random x."""
        assert isinstance(claim.left, Apply)
        name, functions = claim.left.op, self.point.system.functions
        f = functions.get(name) or functions[name.removesuffix("'")]
        value = substitute(f.value, {f.parameters[0]: X})
        expected: Expr = Apply(f.name, (X,))
        given = Given(Quantity(X.name), Role.CONSTANT, SCALAR, {None: (None,)})
        system = replace(
            self.point.system,
            given={**self.point.system.given, given.quantity: given},
            shapes={**self.point.system.shapes, given.quantity: SCALAR},
        )
        if name != f.name:
            shape = shapes_in(system)
            change = push(value, lambda ref: ONE if ref == X else None, shape, system)
            expected = Number("0") if change is None else tidy(change, shape)
        x = Fraction(self.dice.randint(1, 11), 8)
        there = {**self.point.storage, given.quantity: self.point.arithmetic.number(x)}
        point = replace(self.point, storage=there)
        ((right,),) = evaluated(point, system, expected)
        for i, form in enumerate(claim.forms):
            ((found,),) = evaluated(point, system, form)
            yield Pair(found, right, Place({X.name: x}, i))

    def own_steps(self, claim: Claim) -> list[Pair]:
        """At all steps, or up to one at which the two differ where they are said to."""
        assert isinstance(claim.left, Ref)
        found: list[Pair] = []
        for where in self.places(claim.left):
            found += self.own_step(claim, where)
            if claim.differs and not all_equal(found, self.point.arithmetic is RATIONAL):
                break
        return found

    def own_step(self, claim: Claim, where: Mapping[str, int]) -> Iterator[Pair]:
        """What a parameter does inside one step, and what it does altogether."""
        assert isinstance(claim.left, Ref) and claim.by is not None
        name = derivative_of(claim.left)
        assert name is not None
        (of,) = self.reader.parts(name.of, where)
        own = self.point.own(of, claim.by, self.reader.carried)
        whole = self.point.total(of, Instance(claim.by, None))
        yield from _entry_by_entry(own, whole, Place(where), self.point.columns[claim.by])


def _entry_by_entry(
    found: Matrix, expected: Matrix, place: Place, columns: Sequence[int]
) -> Iterator[Pair]:
    """Two matrices; `columns` says which those are in the full ones."""
    for i, (row, other) in enumerate(zip(found, expected, strict=True)):
        for j, one, right in zip(columns, row, other, strict=True):
            alone = len(found) == 1 and tuple(columns) == (0,)
            yield Pair(one, right, place._replace(entry=None if alone else (i + 1, j + 1)))


def in_shape(place: Place, shape: Shape, entry: int) -> Place:
    """An entry by its row and column; a scalar has none."""
    row, column = divmod(entry, shape[1])
    return place if shape == SCALAR else place._replace(entry=(row + 1, column + 1))


def unmarked(ref: Ref) -> DerivativeOf | None:
    """What a name, ∂h_t/∂w or ∂⁺h_t/∂w, is the derivative of, and by what."""
    return derivative_of(replace(ref, name=ref.name.replace("d⁺", "d", 1)))
