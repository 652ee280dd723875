"""An adjoint equation as one formula whose text says everything, ranges included.

In such a formula a summand that mentions what does not exist is absent; where that does not say at
which steps a summand holds, an indicator does: [t >= 1]*…
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import prod

from rnnhand.calculus.like_terms import as_number
from rnnhand.calculus.lowest import lowest, number_of
from rnnhand.calculus.rules import ShapeOf, plus, times
from rnnhand.calculus.tidy import tidy
from rnnhand.language.tree import (
    Apply,
    At,
    Expr,
    Number,
    Over,
    Ref,
    Shift,
    children,
    with_children,
)
from rnnhand.system.model import SCALAR, Equation, Quantity, Steps, System, Term, free_refs, runs

ZERO = Number("0")


def formula(equation: Equation, system: System, shape: ShapeOf) -> Expr:
    """The right side of an adjoint equation as one sum."""
    index = equation.target.index
    terms = []
    for term in equation.terms:
        body = spelled(term.body, system, shape)
        if isinstance(index, Shift) and term.steps is not None:
            body = within(body, index.var, (term.steps,), system, shape, equation.steps)
        terms.append(body)
    return difference(plus(*terms)) if terms else zero(shape(equation.target))


def parted(equation: Equation, q: Quantity, system: System) -> list[Equation]:
    """An adjoint equation of q at the steps at which q is computed, then at each run of others,
    where q is given: fewer summands hold there, and at what no equation reads none."""
    if equation.steps is None:
        return [equation]
    computed = {s for e in system.made_by.get(q, ()) for s in e.steps or ()}
    inside = runs(s for s in equation.steps if s in computed)
    outside = [s for s in equation.steps if s not in computed]
    read = [s for s in outside if any(t.steps is None or s in t.steps for t in equation.terms)]
    found = []
    for run in (*inside, *runs(read), *runs(set(outside) - set(read))):
        terms = []
        for term in equation.terms:
            steps = term.steps or run
            both = range(max(steps.start, run.start), min(steps.stop, run.stop))
            if both:
                terms.append(replace(term, steps=both))
        found.append(replace(equation, terms=tuple(terms), steps=run))
    return found


def by_runs(equation: Equation, system: System, shape: ShapeOf) -> list[Equation]:
    """An adjoint equation whose sum has indicators, [t = 2]·…, as one for each run of steps at
    which the same summands hold; any other as it is."""
    steps = equation.steps
    bare = [spelled(t.body, system, shape) for t in equation.terms]
    if steps is None or formula(equation, system, shape) == difference(plus(*bare)):
        return [equation]
    found: list[Equation] = []
    for step in steps:
        terms = tuple(
            replace(t, steps=range(step, step + 1))
            for t in equation.terms
            if t.steps is None or step in t.steps
        )
        last = found[-1] if found else None
        if last and [t.body for t in last.terms] == [t.body for t in terms]:
            run = range(last.steps[0], step + 1) if last.steps else steps
            terms = tuple(replace(t, steps=run) for t in terms)
            found[-1] = replace(last, terms=terms, steps=run)
        else:
            found.append(replace(equation, terms=terms, steps=range(step, step + 1)))
    return found


def zero(shape: tuple[int, int]) -> Expr:
    if shape == (1, 1):
        return ZERO
    return Apply("fill", (ZERO, Number(str(shape[0])), Number(str(shape[1]))))


def spelled(expr: Expr, system: System, shape: ShapeOf) -> Expr:
    """Sums over some steps only, with the indicator of these steps inside."""
    expr = with_children(expr, tuple(spelled(c, system, shape) for c in children(expr)))
    if isinstance(expr, Over) and expr.within is not None:
        body = within(expr.body, expr.var, expr.within, system, shape)
        return Over(expr.kind, expr.var, body)
    return expr


def within(
    body: Expr,
    var: str,
    steps: Steps,
    system: System,
    shape: ShapeOf,
    among: range | None = None,
) -> Expr:
    """The body at some steps and 0 at the others (`among` some) at which it exists."""
    made = [r for r in free_refs(body, var) if system.quantity(r) in system.made_by]
    bare = plus(*made) if made else ZERO  # what is given may be known at more steps than here
    natural = system.domain(Over("sum", var, bare, None if among is None else (among,)))
    inside = [i for run in steps for i in run]
    there = {i for run in natural for i in run}
    outside = sorted(there - set(inside))
    if not outside or not inside:
        return body
    first, last = inside[0], inside[-1]
    here = Ref(var)
    if first == last:
        conditions: list[Expr] = [Apply("==", (here, Number(str(first))))]
    else:
        conditions = []
        if outside[0] < first:
            conditions.append(Apply(">=", (here, Number(str(first)))))
        if outside[-1] > last:
            conditions.append(Apply("<=", (here, Number(str(last)))))
        between = [i for i in outside if first < i < last]
        conditions += [Apply("!=", (here, Number(str(i)))) for i in between]
    return tidy(times(*conditions, body), shape)


def as_told(expr: Expr, shape: ShapeOf) -> Expr:
    """A formula as people write it: a − b for a + −b, its numbers as one and at the beginning, its
    quotients in lowest terms."""
    return lowest(gathered(apart(turned(difference(signed(expr))), shape), shape), shape)


def signed(expr: Expr) -> Expr:
    """(−a)·b/c and a·b/(−c) as −(a·b/c), so that a sum can take it away."""
    expr = with_children(expr, tuple(signed(c) for c in children(expr)))
    match expr:
        case Apply("neg", (Apply("neg", (a,)),)):
            return a
        case Apply("/", (Apply("neg", (a,)), b)) | Apply("/", (a, Apply("neg", (b,)))):
            return signed(Apply("neg", (replace(expr, args=(a, b)),)))
        case Apply("*" | "@", args) if any(map(_is_negative, args)):
            bare = with_children(expr, tuple(c for a in args for c in _without_sign(a, expr)))
            return Apply("neg", (bare,)) if sum(map(_is_negative, args)) % 2 else bare
        case _:
            return expr


def _without_sign(expr: Expr, product: Apply) -> Sequence[Expr]:
    """A factor as it is without its sign; one that is such a product too gives its factors."""
    if not _is_negative(expr):
        return (expr,)
    (bare,) = children(expr)
    if isinstance(bare, Apply) and (bare.op, bare.spelling) == ("*", product.spelling):
        return bare.args if product.op == "*" else (bare,)
    return (bare,)


def difference(expr: Expr) -> Expr:
    """a + −b as a − b."""
    expr = with_children(expr, tuple(difference(c) for c in children(expr)))
    match expr:
        case Apply("+", (first, *rest)) if any(map(_is_negative, rest)):
            return reduce(_after, rest, first)
        case Apply("-", (a, Apply("neg", (b,)))):
            return Apply("+", (a, b))
        case _:
            return expr


def turned(expr: Expr) -> Expr:
    """−(a − b) as b − a, also before other factors, and without brackets in a sum; but −(1 − h²)
    stays."""
    expr = with_children(expr, tuple(turned(c) for c in children(expr)))
    match expr:
        case Apply("neg", (Apply("-") as inner,)) if _turns(inner):
            return replace(inner, args=inner.args[::-1])
        case Apply("neg", (Apply("T", (Apply("-") as inner,)) as row,)) if _turns(inner):
            return replace(row, args=(replace(inner, args=inner.args[::-1]),))
        case Apply("neg", (Apply("*", args) as product,)) if any(map(_turns, args)):
            place = next(i for i, arg in enumerate(args) if _turns(arg))
            around = with_children(args[place], children(args[place])[::-1])
            return with_children(product, (*args[:place], around, *args[place + 1 :]))
        case Apply("+", (first, *rest)) if any(map(_turns, rest)):
            return reduce(_after, rest, first)
        case _:
            return expr


def _turns(expr: Expr) -> bool:
    """Whether a difference looks as well the other way round: 1 − h² does not."""
    return isinstance(expr, Apply) and expr.op == "-" and number_of(expr.args[0]) is None


def _after(sum_: Expr, summand: Expr) -> Expr:
    """A sum and what is added to it, or taken away."""
    if isinstance(summand, Apply) and summand.op == "neg":
        return Apply("-", (sum_, *summand.args))
    if isinstance(summand, Apply) and summand.op == "-":
        above, below = summand.args
        return Apply("-", (_after(sum_, above), below))
    return plus(sum_, summand)


def apart(expr: Expr, shape: ShapeOf) -> Expr:
    """Numbers before what arrays make of each other: 2·(a ⊙ b) for 2 ⊙ a ⊙ b, 2·xᵀ for (2·x)ᵀ; and
    b − a for −a + b."""
    expr = with_children(expr, tuple(apart(c, shape) for c in children(expr)))
    match expr:
        case Apply("*", args) if expr.spelling:
            return _scaled(args, shape, lambda arrays: replace(expr, args=arrays))
        case Apply("T", (Apply("*", args) as inner,)) if not inner.spelling:
            turned = _scaled(args, shape, lambda arrays: Apply("T", arrays))
            return turned if sum(shape(a) != SCALAR for a in args) == 1 else expr
        case Apply("+", (Apply("neg", (a,)), b)) if not _is_negative(b):
            return replace(expr, op="-", args=(b, a))
        case _:
            return expr


def _scaled(args: Sequence[Expr], shape: ShapeOf, of: Callable[[tuple[Expr, ...]], Expr]) -> Expr:
    numbers = tuple(a for a in args if shape(a) == SCALAR)
    arrays = tuple(a for a in args if shape(a) != SCALAR)
    return Apply("*", (*numbers, of(arrays))) if numbers else of(arrays)


def _is_negative(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "neg"


def gathered(expr: Expr, shape: ShapeOf) -> Expr:
    """A product as people write it: its numbers as one, at the beginning, then its scalars, and one
    that is there twice as a square: 1/2·2·x as x, w·2·w as 2·w², 2·U·(μ/2) as μ·U."""
    expr = with_children(expr, tuple(gathered(c, shape) for c in children(expr)))
    if not (isinstance(expr, Apply) and expr.op == "*"):
        return expr
    written = list(_factors(expr))
    factors = sorted(written, key=lambda f: shape(f) != SCALAR)
    if sum(number_of(f) is not None or _is_share(f) for f in factors) > 1:
        factors = [part for f in factors for part in _shared(f)]
    known = [(f, value) for f in factors if (value := number_of(f)) is not None]
    rest = _powers([f for f in factors if number_of(f) is None], shape)
    if [*(f for f, _ in known[:1]), *rest] == written and (not known or abs(known[0][1]) != 1):
        return expr
    number = prod((value for _, value in known), start=Fraction(1))
    decimal = any(isinstance(f, Number) and "." in f.text for f, _ in known)
    size = as_number(abs(number), decimal)
    parts = rest if abs(number) == 1 and rest else [size, *rest]
    found = parts[0] if len(parts) == 1 else replace(expr, args=tuple(parts))
    return Apply("neg", (found,)) if number < 0 else found


def _is_share(expr: Expr) -> bool:
    """μ/2: something divided by a number."""
    return isinstance(expr, Apply) and expr.op == "/" and bool(number_of(expr.args[1]))


def _shared(expr: Expr) -> Sequence[Expr]:
    """μ/2 as 1/2 and μ, so that the number meets the others."""
    if isinstance(expr, Apply) and _is_share(expr) and number_of(expr) is None:
        above, below = expr.args
        return Apply("/", (Number("1"), below)), *_factors(above)
    return (expr,)


def _powers(factors: Sequence[Expr], shape: ShapeOf) -> list[Expr]:
    numbers: Iterator[Expr] = (f for f in factors if isinstance(f, Ref) and shape(f) == SCALAR)
    times = Counter(numbers)
    return [
        Apply("^", (f, Number(str(times[f])))) if times[f] > 1 else f
        for f in dict.fromkeys(factors)
        for _ in range(1 if times[f] else factors.count(f))
    ]


def _factors(expr: Expr) -> Iterator[Expr]:
    """Those of products in it too, but for products of arrays entry by entry."""
    if isinstance(expr, Apply) and expr.op == "*" and not expr.spelling:
        for arg in expr.args:
            yield from _factors(arg)
    elif isinstance(expr, Apply) and expr.op == "*":
        yield from expr.args
    else:
        yield expr


def at_steps(terms: Sequence[Term], step: int | None, var: str) -> list[Expr]:
    """The summands that are there at a step, with that step put in."""
    there = [t.body for t in terms if t.steps is None or step in t.steps]
    return there if step is None else [at(body, step, var) for body in there]


def at(expr: Expr, step: int, var: str) -> Expr:
    """The running index, wherever it is free, as a number; a sum keeps its own."""
    match expr:
        case Ref(name, Shift(v, offset)) if v == var:
            return Ref(name, At(step + offset), expr.span)
        case Ref(name, None) if name == var:
            return Number(str(step))
        case Over(_, v, _) if v == var:
            return expr
        case _:
            return with_children(expr, tuple(at(c, step, var) for c in children(expr)))


def summed(expr: Over, terms: Sequence[Expr], steps: int) -> Expr:
    """The terms of a sum or a mean over so many steps, written out; what is 0 may be left out."""
    total = plus(*terms)
    return total if expr.kind == "sum" else Apply("/", (total, Number(str(steps))))


def read_back(target: Ref, expr: Expr, steps: range | None, system: System) -> Equation:
    """An equation whose right side is a formula as people write it: a summand that mentions what
    does not exist at a step is absent there."""
    if steps is None or not isinstance(target.index, Shift):
        return Equation(target, (Term(expr, None),), steps)
    terms = []
    for part in summands(expr):
        var = target.index.var
        bare, among = _conditions(part, var, steps)
        for run in system.domain(Over("sum", var, bare, tuple(runs(among)))):
            terms.append(Term(bare, run))
    return Equation(target, tuple(terms), steps)


def _conditions(part: Expr, var: str, steps: range) -> tuple[Expr, list[int]]:
    """[t >= 1]·x as x at the steps at which the indicator is 1."""
    if isinstance(part, Apply) and part.op == "neg":
        inner, among = _conditions(part.args[0], var, steps)
        return Apply("neg", (inner,)), among
    if not (isinstance(part, Apply) and part.op == "*"):
        return part, list(steps)
    among, kept = list(steps), list[Expr]()
    for factor in part.args:
        match factor:
            case Apply(op, (Ref(name, None), side)) if (
                name == var and op in HOLDS and (bound := _step(side)) is not None
            ):
                among = [s for s in among if HOLDS[op](s, bound)]
            case _:
                kept.append(factor)
    if not kept:
        return part, among
    return (kept[0] if len(kept) == 1 else Apply("*", tuple(kept))), among


def _step(expr: Expr) -> Fraction | None:
    """A number with or without a sign, as it is read from text: -1 is 1 with a minus."""
    match expr:
        case Number():
            return expr.value
        case Apply("neg", (Number() as size,)):
            return -size.value
        case _:
            return None


HOLDS = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def summands(expr: Expr) -> list[Expr]:
    """a + b − c as a, b, −c."""
    match expr:
        case Apply("+", args):
            return [part for arg in args for part in summands(arg)]
        case Apply("-", (a, b)):
            return [*summands(a), *(Apply("neg", (part,)) for part in summands(b))]
        case Apply("neg", (Apply("+" | "-"),)):
            return [Apply("neg", (part,)) for part in summands(expr.args[0])]
        case _:
            return [expr]
