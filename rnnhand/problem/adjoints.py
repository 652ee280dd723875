"""`adjoint: {Z: [[1, 2, 3], [4, 5, 6]]}`: dL/dZ is given, and the way back starts there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rnnhand.errors import Diagnostic, Failure, failure, similar
from rnnhand.language.parser import Statement
from rnnhand.language.printer import text
from rnnhand.language.tree import Ref
from rnnhand.problem import yaml
from rnnhand.problem.given import given_value, joined
from rnnhand.problem.values import Key, parse_key
from rnnhand.system.build import build
from rnnhand.system.checks import listed
from rnnhand.system.model import SCALAR, Given, Quantity, Role, System
from rnnhand.system.shapes import shown
from rnnhand.system.upstream import LOSS, adjoint_name, fed_by, implied_loss


def with_adjoints(
    node: yaml.Map,
    loss: yaml.Node | None,
    system: System,
    statements: Sequence[Statement],
    indices: Mapping[str, range],
) -> System:
    """The system with its given adjoints, and the loss that they imply. Raises `Failure` with
    everything that is wrong with them."""
    if loss is not None or any(q.name == LOSS for q in (*system.made_by, *system.given)):
        span = loss.span if loss is not None else node.span
        raise failure("adjoint-and-loss", span, "hint-adjoint-and-loss", name=LOSS)
    found: dict[Quantity, Given] = {}
    wrong: list[Diagnostic] = []
    for key_node, value in node.entries:
        try:
            q, given = _adjoint(key_node, value, system, indices)
            found[q] = joined(found[q], given) if q in found else given
        except Failure as error:
            wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)
    _independent(system, found)
    body = implied_loss(list(found.values()), list(found))
    implied = Statement(Ref(LOSS, span=node.span), body)
    known = [*system.given.values(), *found.values()]
    whole = build([*statements, implied], known, indices, system.functions)
    return replace(whole, loss=Ref(LOSS))


def _adjoint(
    key_node: yaml.Text, value: yaml.Node, system: System, indices: Mapping[str, range]
) -> tuple[Quantity, Given]:
    """One entry: the quantity, and its adjoint as a given value of the same shape."""
    key = parse_key(key_node, indices)
    q = _quantity(system, key)
    made = Quantity(adjoint_name(q.name), q.over)
    given = given_value(made, key, value, Role.DATA)
    shape = system.shapes[q]
    if given.shape == SCALAR and all(entry == (None,) for entry in given.values.values()):
        letters = (None,) * (shape[0] * shape[1])
        given = replace(given, shape=shape, values=dict.fromkeys(given.values, letters))
    if given.shape != shape:
        raise failure(
            "adjoint-shape",
            value.span,
            "hint-adjoint-shape",
            name=made.name,
            of=str(q),
            found=shown(given.shape),
            wanted=shown(shape),
        )
    return q, given


def _quantity(system: System, key: Key) -> Quantity:
    """The computed quantity that a key names, at steps at which it is computed."""
    there = [q for q in system.made_by if q.name == key.name and bool(q.over) == bool(key.steps)]
    if not there:
        known = {q.name: str(q) for q in system.made_by}
        close = similar(key.name, known)
        code = "adjoint-of-given" if Quantity(key.name) in system.given else "adjoint-unknown"
        raise failure(
            code,
            key.span,
            "hint-did-you-mean" if close and code == "adjoint-unknown" else None,
            name=key.name,
            known=", ".join(known.values()),
            suggestion=known.get(close, ""),
        )
    (q,) = there[:1]
    made = {s for e in system.made_by[q] for s in e.steps or ()}
    for step in key.steps or ():
        if step not in made:
            steps = listed(system.steps[q])
            raise failure("result-step", key.span, name=text(q.at(step)), steps=steps)
    return q


def _independent(system: System, found: Mapping[Quantity, Given]) -> None:
    """Raises `Failure` where a given adjoint would follow from another one."""
    places = {(q, step): given for q, given in found.items() for step in given.values}
    if len(places) < 2:
        return
    for (q, step), given in places.items():
        for earlier in fed_by(system, q, step):
            if earlier in places:
                raise failure(
                    "adjoint-follows",
                    places[earlier].span or given.span,
                    "hint-adjoint-follows",
                    name=text(earlier[0].at(earlier[1])),
                    later=text(q.at(step)),
                )
