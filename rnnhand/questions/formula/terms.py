"""Summands that are missing inside a formula: − h[t-1] in n[t] − h[t-1], v·x[t] in
f'(w·h[t-1] + v·x[t]).

Those of the derivative itself are parts of the way back, and told as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.calculus.spelled import summands
from rnnhand.language.tree import Apply, Expr, Number, Over, Ref, refs, walk
from rnnhand.questions.formula.factors import at_reach
from rnnhand.questions.formula.meant import Known
from rnnhand.questions.formula.spots import Candidate, Change, Edit, Spot, compares, is_all
from rnnhand.system.model import Role

MOST_TERMS = 40


def _terms(about: Known) -> list[Expr]:
    """What is added anywhere in the equations, what they make of data, and what they mention."""
    found: dict[Expr, None] = dict.fromkeys(_of_data(about))
    for e in about.formula.system.equations:
        for node in walk(e.body):
            if isinstance(node, Apply) and node.op in ("+", "-"):
                for part in summands(node):
                    plain = part.args[0] if isinstance(part, Apply) and part.op == "neg" else part
                    if any(refs(plain)):
                        found.setdefault(plain)
    for e in about.formula.system.equations:
        found |= dict.fromkeys(r for r in refs(e.body) if r.index is not None)
    return list(found)[:MOST_TERMS]


def _of_data(about: Known) -> Iterator[Expr]:
    """y[t], or one_hot(c[t], 3): what somebody takes from a prediction."""
    system = about.formula.system
    data = {q for q, g in system.given.items() if g.role is Role.DATA}
    for e in system.equations:
        for node in walk(e.body):
            letters = [system.quantity(r) for r in refs(node)]
            of_data = len(letters) == 1 and letters[0] in data and not isinstance(node, Over)
            if of_data and about.shape(node) is not None:
                yield node


def missing(about: Known, there: Sequence[Spot], steps: Sequence[int]) -> Iterator[Candidate]:
    """The formula with one summand more in a factor, or in what a function is applied to."""
    lacking = [s for s in there if _may_lack(about, s)]
    whole = [s for s in there if s.role == "value" and is_all(s) and not isinstance(s.node, Over)]
    data = set(_of_data(about))
    for term in _terms(about):
        for spot in (*lacking, *(whole if term in data else ())):
            for moved in at_reach(term, spot, steps):
                for op in ("+", "-"):
                    told = moved if op == "+" else Apply("neg", (moved,))
                    edit = Edit("missing-summand", told, told, spot.node if spot.around else None)
                    yield Candidate(edit, (Change(spot.way, Apply(op, (spot.node, moved))),))


def _may_lack(about: Known, spot: Spot) -> bool:
    node, parent = spot.node, spot.parent
    if spot.role != "value" or isinstance(node, Number) or compares(parent):
        return False
    if not isinstance(parent, Apply) or (isinstance(node, Ref) and node.name in spot.names):
        return False
    if parent.op == "^":
        return spot.way[-1] == 0
    return parent.op in ("*", "@", *about.functions)
