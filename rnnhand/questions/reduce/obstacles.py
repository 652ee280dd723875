"""Why a thing cannot be had: a gate by weights alone, a function away, one cell from another.

Everything is read off the equations and the definitions of functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from rnnhand.calculus.choice import Choice, Side
from rnnhand.calculus.limits import is_logistic, never, value_at
from rnnhand.calculus.logistic import logistic
from rnnhand.calculus.making import bias_of
from rnnhand.calculus.reduction import Meeting
from rnnhand.calculus.sides import SOURCE, reached
from rnnhand.calculus.simplify import number
from rnnhand.calculus.views import summands
from rnnhand.language.operations import Function, Functions
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, refs, substitute, walk
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.held import Held
from rnnhand.questions.reduce.meeting import meetings
from rnnhand.questions.reduce.obstacle_functions import felt, is_new, simplified
from rnnhand.questions.reduce.obstacle_numbers import effective_parameters, needed_numbers
from rnnhand.questions.reduce.obstacle_output import carries_more, is_told_by_its_output
from rnnhand.questions.reduce.obstacle_products import product_missing
from rnnhand.questions.reduce.obstacle_rest import gives_alone, rests
from rnnhand.questions.reduce.obstacle_room import (
    carried,
    carried_by_one,
    free_state,
    grows,
    inner_sizes,
)
from rnnhand.questions.reduce.obstacle_sum import remembers, state_beside_input, tells_its_state
from rnnhand.questions.reduce.obstacle_ways import missing, spelled
from rnnhand.questions.reduce.own_names import own
from rnnhand.questions.reduce.reason import WAYS, Reason, is_proof


def of_sequence(meeting: Meeting, choice: Choice, q: str, value: Fraction) -> Iterator[Reason]:
    """Why a sequence has to be fixed and cannot be brought to a number by weights."""
    body = meeting.source.bodies[q]
    functions = meeting.facts.functions
    if not isinstance(body, Apply) or body.op not in meeting.source.functions:
        return
    op = choice.functions.get(body.op) or meeting.source.functions[body.op]
    if op not in functions:
        return
    function, to = functions[op], number(value)
    argument = meeting.facts.argument(op, value)
    if argument is not None:
        yield Reason("reduce-attained", {"f": op, "x": number(argument), "value": to})
        return
    form, alone = logistic(op, meeting.facts), bias_of(meeting.source, q)
    if form is not None and form.holds(value) and alone is not None:
        slots: dict[str, Expr | str] = {"bias": alone, "value": to, "there": form.argument(to)}
        yield Reason("reduce-held-so", {"q": q, "f": op, **slots})
        return
    middle = value_at(function, Fraction(0), functions)
    if middle is not None and middle != value:
        yield Reason(
            "reduce-zero-weights", {"q": q, "f": op, "middle": number(middle), "value": to}
        )
    signs = [s for s in (1, -1) if meeting.facts.limit(op, s) == value]
    biases = [
        (t, c)
        for c, t in summands(body.args[0])
        if isinstance(t, Ref) and t.name in meeting.source.parameters
    ]
    if never(function, value, functions):
        yield Reason("reduce-never", {"f": op, "value": to})
    if signs and biases:
        bias, c = biases[0]
        sign = signs[0] if c > 0 else -signs[0]
        code = "reduce-limit-up" if sign > 0 else "reduce-limit-down"
        yield Reason(code, {"q": q, "bias": bias, "value": to})
    elif signs:
        yield Reason("reduce-no-bias", {"q": q, "value": to})


def of_held(gate: Held) -> Iterator[Reason]:
    """How a bias holds a gate at one value."""
    slots = {"bias": gate.bias, "value": gate.value, "there": gate.there}
    yield Reason("reduce-held-by", {"q": gate.name, "f": gate.function, **slots})
    if gate.spread:
        yield Reason("reduce-held-alike", {"bias": gate.bias})


WITHIN = (Fraction(1, 2), Fraction(-1, 2))
"""Arguments at which a function is looked at whose own argument is bounded."""


def of_function(meeting: Meeting, op: str, argument: Expr, shown: Expr) -> Reason | None:
    """Why a function that is in the way cannot be made the identity by any weights; None where it
    may be that already, between the bounds of its argument, as ReLU of σ is."""
    functions = meeting.facts.functions
    function: Function | None = functions.get(op)
    bounds = _bounds(meeting, argument)
    top = meeting.facts.limit(op, 1)
    if top is not None and bounds is None:
        return Reason("reduce-bounded", {"f": op, "argument": shown, "top": number(top)})
    tried = map(Fraction, (-1, 1)) if bounds is None else (x for x in WITHIN if _lies(x, bounds))
    same = False
    for x in tried:
        at = value_at(function, x, functions) if function is not None else None
        if at is not None and at != x:
            slots = {"f": op, "argument": shown, "x": number(x), "value": number(at)}
            return Reason("reduce-not-identity", slots)
        same |= at == x
    return (
        None
        if same and bounds is not None
        else Reason("reduce-stays", {"f": op, "argument": shown})
    )


def _lies(x: Fraction, bounds: tuple[Fraction, Fraction]) -> bool:
    return bounds[0] < x < bounds[1]


def _bounds(meeting: Meeting, argument: Expr) -> tuple[Fraction, Fraction] | None:
    """The limits of the function that gives an argument its values, such as a gate's, if it has
    two."""
    body = argument
    if isinstance(argument, Ref):
        body = meeting.source.bodies.get(argument.name, argument)
    op = meeting.source.functions.get(body.op, "") if isinstance(body, Apply) else ""
    low, high = (meeting.facts.limit(op, sign) for sign in (-1, 1))
    return None if low is None or high is None else (min(low, high), max(low, high))


def between(
    meeting: Meeting,
    cells: tuple[Cell, Cell],
    lacking: tuple[Expr, Expr] | None,
) -> list[Reason]:
    """What keeps one cell from ever becoming another, as far as it can be told beforehand.
    `lacking` is how many parameters the two have, where the source has too few whatever the sizes.

    A source with a size inside that can be as large as one likes never lacks parameters or room
    for states.
    """
    found: list[Reason] = []
    goal = simplified(meeting.target, meeting.facts)
    if goal is None:
        return found
    written, meeting = meeting.target, replace(meeting, target=goal)
    growing = grows(cells[0], meeting.facts.functions)
    source, target = meeting.source, meeting.target
    mine = set(source.functions.values())
    for op in dict.fromkeys(target.functions[node.op] for node in _used(target)):
        open_ones = source.open or op in target.open
        new = not any(op == other or _are_alike(meeting, op, other) for other in mine)
        new = new and is_new(op, source, meeting.facts.functions)
        if new and not open_ones and op != "identity":
            found.append(Reason("obstacle-function", {"f": op}))
    if source.reads not in reached(source, source.gives) and target.reads in reached(
        target, target.gives
    ):
        return [*found, Reason("obstacle-input", {})]
    early, late = reach(source), reach(target)
    if late[1] == FOREVER > early[1]:
        found.append(Reason("obstacle-later", {}))
    if late[0] < late[1] and early[0] == early[1]:
        found.append(Reason("obstacle-memory", {}))
    functions = meeting.facts.functions
    if lacking is not None and not growing and _has_fewer(cells, functions):
        found.append(Reason("obstacle-parameters", {"mine": lacking[0], "other": lacking[1]}))
    states = [len(fed_back(side)) for side in (source, target)]
    if states[1] > states[0] > 0 and not growing and _carries_fewer(cells, functions):
        names = (str(n) for n in states)
        found.append(Reason("obstacle-states", dict(zip(("mine", "other"), names, strict=True))))
    else:
        found += _room(meeting, cells)
    product = product_missing(source, written, meeting.facts)
    if product is not None:
        found.append(Reason("obstacle-product", {"product": own(product, target)}))
    found += [*_rest(meeting, cells[1]), *_unbounded(meeting)]
    found += [] if found else _sum(meeting, cells[1])
    if found:
        return found
    ways = list(_ways(meeting))
    return ways if is_proof(ways) else list(_output(meeting, cells[1])) or ways


def _has_fewer(cells: tuple[Cell, Cell], functions: Functions) -> bool:
    """Whether the source has fewer parameters, of one unit, than make a difference in the goal."""
    source, goal = cells
    alone = meetings(source, source, functions)[-1]
    shapes = [alone.facts.shape(Ref(p)) for p in alone.target.parameters]
    return sum(rows * columns for rows, columns in shapes) < effective_parameters(goal, functions)


def _carries_fewer(cells: tuple[Cell, Cell], functions: Functions) -> bool:
    """Whether the source carries fewer numbers, of one unit, than the goal has to."""
    source, goal = cells
    alone = meetings(source, source, functions)[-1]
    mine = carried_by_one(alone.target, alone.facts.shape)
    return mine < needed_numbers(goal, functions, mine + 1)


def _room(meeting: Meeting, cells: tuple[Cell, Cell]) -> Iterator[Reason]:
    """A state of the goal for which the source's carried numbers are too few."""
    source, target = cells
    functions = meeting.facts.functions
    state = free_state(target, meeting.target, functions)
    mine = carried(source, meeting.source, SOURCE)
    if state is None or mine is None or mine == Number("0"):
        return
    name, size = state
    if not inner_sizes(source, functions) & {r.name for r in refs(mine)}:
        room = substitute(mine, {name: _size(meeting, n) for name, n in meeting.sizes[0].items()})
        yield Reason("obstacle-room", {"state": Ref(name, Shift("t")), "size": size, "mine": room})


def _size(meeting: Meeting, number: int) -> Expr:
    """A size of the source by the name that it has in the goal."""
    names = (size for size, n in meeting.sizes[1].items() if n == number)
    return Ref(next(names)) if number > 1 else Number("1")


def _are_alike(meeting: Meeting, op: str, other: str) -> bool:
    """Whether one function may come out of the other by factors and summands, as σ of tanh."""
    functions = meeting.facts.functions
    return all(f in functions and is_logistic(functions[f], functions) for f in (op, other))


def _output(meeting: Meeting, goal: Cell) -> Iterator[Reason]:
    """A source that carries nothing but its output, where the goal carries more."""
    source, target = meeting.source, meeting.target
    if is_told_by_its_output(source) and carries_more(goal, meeting.facts.functions):
        now, before = Shift("t"), Shift("t", -1)
        told: dict[str, Expr | str] = {
            "own": Ref(source.gives, before),
            "read": Ref(source.reads, now),
            "before": Ref(target.gives, before),
            "input": Ref(target.reads, now),
        }
        yield Reason("obstacle-output", {"q": source.gives, **told})


def _ways(meeting: Meeting) -> Iterator[Reason]:
    """What the input goes through in the goal, and nowhere in the source."""
    facts = meeting.facts
    found = missing(meeting.source, meeting.target, facts)
    if found is None:
        return
    shown = [spelled(way, lag, meeting.target, facts.functions) for way, lag in found.ways]
    slots: dict[str, Expr | str] = dict(zip(("way", "second", "third"), shown, strict=False))
    code = WAYS[len(shown) - 1]
    if found.bare:
        yield Reason(f"{code}-bare", slots)
    elif found.unless:
        yield Reason(f"{code}-open", {**slots, "functions": ", ".join(found.unless)})
    else:
        yield Reason(code, slots)


def _unbounded(meeting: Meeting) -> Iterator[Reason]:
    """A summand of the source's output that is the input as it is, where the target's output is a
    bounded function: nothing that can be fixed stands before it, and nothing cancels it."""
    goal = meeting.target.bodies[meeting.target.gives]
    op = goal.op if isinstance(goal, Apply) else ""
    name = meeting.target.functions.get(op, "")
    top, bottom = (meeting.facts.limit(name, sign) for sign in (1, -1))
    if op in meeting.target.open or top is None or bottom is None:
        return
    q = meeting.source.gives
    terms = [term for _, term in summands(meeting.source.bodies[q])]
    bare = [t for t in terms if isinstance(t, Ref) and t.name == meeting.source.reads]
    others = [t for t in terms if t not in bare]
    if len(bare) == 1 and all(_is_bounded(meeting, t) for t in others) and len(others) <= 1:
        yield Reason("obstacle-stays", {"q": q, "term": bare[0], "f": name})


def _is_bounded(meeting: Meeting, term: Expr) -> bool:
    """Whether a summand has the values of a bounded function, and without it all is sums: there is
    no other function on the way to it."""
    body = term
    if isinstance(term, Ref) and term.name in meeting.source.bodies:
        body = meeting.source.bodies[term.name]
    side = meeting.source
    if not isinstance(body, Apply) or body.op not in side.functions or body.op in side.open:
        return False
    read = {q for r in refs(body) for q in reached(side, r.name)} & side.bodies.keys()
    nodes = (n for e in (body.args[0], *(side.bodies[q] for q in read)) for n in walk(e))
    others = any(isinstance(n, Apply) and n.op in side.functions and n != body for n in nodes)
    limits = [meeting.facts.limit(side.functions[body.op], sign) for sign in (1, -1)]
    return not others and None not in limits


def _rest(meeting: Meeting, goal: Cell) -> Iterator[Reason]:
    """A source that gives 0 as long as nothing enters, where the goal does not."""
    if rests(meeting.source, meeting.facts) and gives_alone(goal, meeting.facts.functions):
        yield Reason("obstacle-rest", {"q": meeting.source.gives})


def _sum(meeting: Meeting, goal: Cell) -> Iterator[Reason]:
    """A source whose output gives its state only in a sum with the input, where that of the goal
    tells its state."""
    source, target = meeting.source, meeting.target
    state = state_beside_input(source)
    if state is None or not tells_its_state(target):
        return
    if remembers(goal, meeting.facts.functions):
        now, before = Shift("t"), Shift("t", -1)
        slots = {"own": Ref(state, now), "read": Ref(source.reads, now)}
        yield Reason("obstacle-sum", {**slots, "before": Ref(target.gives, before)})


def _used(side: Side) -> Iterator[Apply]:
    """The functions that are felt in a side in normal form, and not open, in their order."""
    nodes = dict.fromkeys(n for body in side.bodies.values() for n in walk(body))
    there = felt(side)
    return (n for n in nodes if n in there and isinstance(n, Apply) and n.op not in side.open)


def fed_back(side: Side) -> set[str]:
    """The sequences that are carried from step to step."""
    return {
        r.name
        for body in side.bodies.values()
        for r in refs(body)
        if isinstance(r.index, Shift) and r.index.offset and r.name in side.bodies
    }


FOREVER = 99


def reach(side: Side) -> tuple[int, int]:
    """From how far back to how far ahead the output reads the input; ±FOREVER through a loop."""
    span: dict[str, tuple[int, int]] = {}
    for _ in range(len(side.bodies) + 2):
        for q, body in side.bodies.items():
            low, high = span.get(q, (FOREVER, -FOREVER))
            for ref in refs(body):
                if not isinstance(ref.index, Shift):
                    continue
                k = ref.index.offset
                if ref.name == side.reads:
                    low, high = min(low, k), max(high, k)
                elif ref.name in span:
                    a, b = span[ref.name]
                    low, high = min(low, a + k), max(high, b + k)
            if low <= high:
                span[q] = (low, high)
    low, high = span.get(side.gives, (0, 0))
    growing = {q: _loops(side, q) for q in fed_back(side)}
    back = any(-1 in signs for q, signs in growing.items() if q in reached(side, side.gives))
    ahead = any(1 in signs for q, signs in growing.items() if q in reached(side, side.gives))
    return (-FOREVER if back else low), (FOREVER if ahead else high)


def _loops(side: Side, q: str) -> set[int]:
    """The directions in which a sequence goes round into itself."""
    return {
        1 if r.index.offset > 0 else -1
        for name, body in side.bodies.items()
        if name in reached(side, q)
        for r in refs(body)
        if isinstance(r.index, Shift) and r.index.offset and q in reached(side, r.name)
    }
