"""What else has to hold for a reduction: sizes, functions, where states start, what is not 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnhand.calculus.sides import SOURCE
from rnnhand.calculus.simplify import number
from rnnhand.calculus.solving import divisors
from rnnhand.language.operations import Functions
from rnnhand.language.printer import text
from rnnhand.language.tree import Expr, Number, Ref, Shift
from rnnhand.problem.model import Cell
from rnnhand.questions.reduce.own_names import own, plain
from rnnhand.questions.reduce.reason import is_proof
from rnnhand.questions.reduce.reduce import Answer, Reduced


def verdict(result: Reduced) -> str:
    """reducible, complete, incomplete, wrong, impossible or not-found."""
    if result.answers:
        if not result.given:
            return "reducible"
        return "complete" if result.complete else "incomplete"
    if is_proof(result.obstacles):
        return "impossible"
    return "wrong" if result.given else "not-found"


def restrictions(result: Reduced, functions: Functions) -> list[tuple[Expr, Expr]]:
    """What the goal leaves free, and for which alone the first answer holds: sizes, and functions
    that are not those of the goal by default."""
    if not result.answers:
        return []
    found = conditions(result, result.answers[0])
    sizes = found["sizes"] if result.answers[0].reduction.meeting.restricted else []
    usual = result.target.functions
    chosen = [(a, b) for a, b in found["functions"] if usual.get(text(a)) != text(b)]
    return sizes + [(a, notation(text(b), functions)) for a, b in chosen]


def conditions(result: Reduced, answer: Answer) -> dict[str, list[tuple[Expr, Expr]]]:
    """What else has to hold: equal sizes, functions of the target, the input's step, states."""
    meeting, choice = answer.reduction.meeting, answer.reduction.choice
    mine, theirs = meeting.sizes
    cells = ((mine, result.source), (theirs, result.target))
    found: dict[str, list[tuple[Expr, Expr]]] = {"sizes": [], "functions": [], "input": []}
    for sizes, cell in cells[:1] if not meeting.restricted else cells:
        found["sizes"] += [p for p in _equal_sizes(sizes, cell) if p not in found["sizes"]]
    for key, op in choice.functions.items():
        if key in meeting.target.open:
            found["functions"].append((Ref(key), Ref(op)))
    if choice.offset or meeting.source.reads.removeprefix(SOURCE) != meeting.target.reads:
        there = Ref(meeting.target.reads, Shift("t", -(choice.offset or 0)))
        found["input"].append((Ref(plain(meeting.source.reads), Shift("t")), there))
    found["states"] = [
        (Ref(plain(a), Shift("t")), Ref(b, Shift("t"))) for a, b in choice.pairs if plain(a) != b
    ]
    found["start"] = [
        (Ref(plain(q), Shift("t")), own(side.bodies[q], side))
        for side in (meeting.source, meeting.target)
        for q in choice.moved
        if q in side.bodies
    ]
    return found


def nonzero(answer: Answer) -> list[Expr]:
    """The parameters of the target that those of the source are divided by, and that no other
    condition keeps from 0."""
    taken = {plain(gate.bias.name) for gate in answer.held}
    values = [value for p, value in answer.becomes if text(p) not in taken]
    limits = [gate.between for gate in answer.held if gate.between is not None]
    apart = [p for low, p, high in limits if low >= 0 or high <= 0]
    found = dict.fromkeys(d for value in values for d in divisors(value))
    return [d for d in found if d not in apart]


def between(answer: Answer) -> list[tuple[Expr, Expr, Expr]]:
    """Between which numbers parameters have to lie that gates are held at: 0, a and 1."""
    limits = [gate.between for gate in answer.held if gate.between is not None]
    return [(number(low), p, number(high)) for low, p, high in dict.fromkeys(limits)]


def _equal_sizes(sizes: Mapping[str, int], cell: Cell) -> Iterator[tuple[Expr, Expr]]:
    """Which sizes must be equal, or 1, where the cell itself leaves that open."""
    names = list(sizes)
    for i, name in enumerate(names):
        if sizes[name] == 1:
            yield Ref(name), Number("1")
            continue
        for other in names[i + 1 :]:
            if sizes[name] == sizes[other] and not {name, other} <= set(cell.equal):
                yield Ref(name), Ref(other)


def notation(name: str, functions: Functions) -> Ref:
    """The sign of a function: σ, ReLU, tanh."""
    known = functions.get(name)
    return Ref((known.notation if known else "") or name)
