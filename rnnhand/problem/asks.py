"""`loss` and `ask` of a problem file: what is differentiated, and what is wanted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from rnnhand.errors import Failure, diagnostic, failure, similar
from rnnhand.language import limits
from rnnhand.language.lexer import normal_name
from rnnhand.language.parser import parse_expression
from rnnhand.language.results import parse_result
from rnnhand.language.tree import Ref, Shift
from rnnhand.problem import yaml
from rnnhand.problem.library import optimizers
from rnnhand.problem.model import (
    Ask,
    AskForward,
    AskGradients,
    AskResult,
    AskTopic,
    AskUpdate,
    Optimizer,
)
from rnnhand.problem.rules import own_rule
from rnnhand.problem.values import rational
from rnnhand.system.build import loss_candidates
from rnnhand.system.checks import listed
from rnnhand.system.losses import step_losses
from rnnhand.system.model import SCALAR, Quantity, Role, System
from rnnhand.system.shapes import shown

OPTIONS = ("steps", "order", "groups", "clip", "weight_decay")
"""Options of an update that every rule has."""

TOPICS: tuple[str, ...] = (
    *("stack", "receptive_field", "convolution_matrix", "pictures"),
    *("table", "fit", "agree", "compose"),
    *("scalars", "symmetry"),
    *("analyse", "softmax", "identity", "likelihood", "logistic", "robbins_monro"),
    *("least_squares", "ridge", "moments", "dropout", "initialisation", "silent"),
)
"""The words of `questions/topics`, which this package does not see."""


def loss_of(node: yaml.Node | None, system: System) -> Ref | None:
    """The quantity that `loss` names; by default the equation L, else the only scalar end."""
    if node is None:
        if Quantity("L") in system.made_by and system.shapes[Quantity("L")] == SCALAR:
            return Ref("L", span=system.made_by[Quantity("L")][0].span)
        ends = loss_candidates(system)
        return ends[0] if len(ends) == 1 else None
    if not isinstance(node, yaml.Text):
        raise failure("bad-loss", node.span, "hint-loss", found=yaml.shown(node))
    ref = parse_expression(node.text, origin=node.origin)
    if not isinstance(ref, Ref):
        raise failure("bad-loss", node.span, "hint-loss", found=yaml.shown(node))
    if isinstance(ref.index, Shift):
        raise failure(
            "loss-with-index",
            node.span,
            "hint-loss-sum",
            name=node.text,
            base=ref.name,
            var=ref.index.var,
        )
    q = system.quantity(ref)
    if q not in system.made_by:
        known = [str(q) for q in system.made_by]
        raise failure(
            "unknown-loss",
            node.span,
            "hint-did-you-mean" if similar(str(q), known) else None,
            name=yaml.shown(node),
            known=", ".join(known),
            suggestion=similar(str(q), known),
        )
    if not system.exists(q, system.step(ref)):
        steps = listed(system.steps[q])
        raise failure("loss-step", node.span, name=yaml.shown(node), steps=steps)
    if system.shapes[q] != SCALAR:
        raise failure(
            "loss-not-scalar",
            node.span,
            "hint-loss-scalar",
            name=node.text,
            found=shown(system.shapes[q]),
        )
    return ref


def ask_of(node: yaml.Node) -> Ask:
    """One question, as far as it can be told without the equations."""
    match node:
        case yaml.Text("forward"):
            return AskForward()
        case yaml.Text("gradients" | "gradient" | "backward"):
            return AskGradients()
        case yaml.Text("update"):
            raise failure("update-without-rule", node.span, "hint-update")
        case yaml.Text(text) if text in TOPICS:
            return AskTopic(text, replace(node, text=""), node.span)
        case yaml.Text(text):
            return AskResult(parse_result(text, node.origin), node.span)
        case yaml.Map(((key, options),)) if key.text == "update":
            return _update(options)
        case yaml.Map(((key, options),)) if key.text in TOPICS:
            return AskTopic(key.text, options, key.span)
        case yaml.Map(((key, _),)):
            known = ("update", *TOPICS)
            close = similar(key.text, known)
            hint = "hint-did-you-mean" if close else "hint-ask"
            found = key.text[:40]
            raise failure("bad-ask", key.span, hint, found=found, suggestion=close)
        case _:
            raise failure("bad-ask", node.span, "hint-ask", found=yaml.shown(node))


def _update(node: yaml.Node) -> AskUpdate:
    """`{rule: sgd, lr: 0.1, steps: 2, clip: {norm: 5}}`."""
    rule = node.get("rule") if isinstance(node, yaml.Map) else None
    if not isinstance(node, yaml.Map) or not isinstance(rule, yaml.Text):
        raise failure("update-without-rule", (rule or node).span, "hint-update")
    optimizer = own_rule(rule, node.get("at")) if "=" in rule.text else _known_rule(rule)
    known = (*optimizer.options, *OPTIONS)
    wrong = [
        diagnostic(
            "unknown-option",
            key.span,
            "hint-did-you-mean" if similar(key.text, known) else None,
            key=key.text[:40],
            rule=optimizer.name,
            known=", ".join(known),
            suggestion=similar(key.text, known),
        )
        for key, _ in node.entries
        if key.text != "rule" and key.text not in known and not (key.text == "at" and optimizer.own)
    ]
    options = {name: value for name, value in optimizer.options.items() if value is not None}
    steps, clip, decay = 1, None, None
    order: tuple[int, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    for name in known:
        value = node.get(name)
        try:
            if value is None and name in optimizer.options and name not in options:
                raise failure(
                    "missing-option", node.span, "hint-option", name=name, rule=optimizer.name
                )
            if value is None:
                continue
            match name:
                case "steps":
                    steps = _count(value)
                case "order":
                    order = _order(value)
                case "groups":
                    groups = _groups(value)
                case "clip":
                    clip = _clip(value)
                case "weight_decay":
                    decay = rational(value)
                case _:
                    options[name] = rational(value)
        except Failure as error:
            wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)
    if order and node.get("steps") is not None and steps != len(order):
        raise failure("order-and-steps", node.span, order=len(order), steps=steps)
    return AskUpdate(optimizer, options, len(order) or steps, clip, decay, order, groups)


def _known_rule(rule: yaml.Text) -> Optimizer:
    """A rule of the library."""
    rules = optimizers()
    if rule.text not in rules:
        raise failure(
            "unknown-rule",
            rule.span,
            "hint-did-you-mean" if similar(rule.text, rules) else "hint-own-rule",
            name=rule.text[:40],
            known=", ".join(rules),
            suggestion=similar(rule.text, rules),
        )
    return rules[rule.text]


def _groups(node: yaml.Node) -> tuple[tuple[str, ...], ...]:
    """`[[W2], [W1]]`: which parameters are updated first, and which then."""
    if not isinstance(node, yaml.List) or not node.items:
        raise failure("bad-groups", node.span, "hint-groups")
    found: list[tuple[str, ...]] = []
    for item in node.items:
        names = item.items if isinstance(item, yaml.List) else (item,)
        for name in names:
            if not isinstance(name, yaml.Text):
                raise failure("bad-groups", name.span, "hint-groups")
        found.append(tuple(normal_name(n.text.strip()) for n in names if isinstance(n, yaml.Text)))
    return tuple(found)


def check_groups(update: AskUpdate, system: System, node: yaml.Node) -> None:
    """Raises `Failure` where groups are not the parameters, each once."""
    if not update.groups:
        return
    named = [name for group in update.groups for name in group]
    trained = [g.quantity.name for g in system.with_role(Role.PARAMETER)]
    odd = [n for n in dict.fromkeys((*named, *trained)) if named.count(n) != 1 or n not in trained]
    if odd:
        known = ", ".join(trained)
        raise failure("groups-not-all", node.span, "hint-groups", name=odd[0][:60], known=known)


def _order(node: yaml.Node) -> tuple[int, ...]:
    """`[1, 2, 1, 2]`: whose loss each iteration follows."""
    if not isinstance(node, yaml.List) or not 1 <= len(node.items) <= limits.ITERATIONS:
        raise failure("bad-order", node.span, "hint-order")
    found = [rational(item) for item in node.items]
    for value, item in zip(found, node.items, strict=True):
        if value.denominator != 1:
            raise failure("bad-order", item.span, "hint-order")
    return tuple(int(value) for value in found)


def check_order(update: AskUpdate, system: System, node: yaml.Node) -> None:
    """Raises `Failure` where an order names observations whose losses the loss does not sum up."""
    if not update.order:
        return
    losses = step_losses(system)
    if not losses:
        raise failure("order-without-sum", node.span, "hint-order-sum")
    for step in update.order:
        if not system.exists(losses[0], step):
            steps = listed(system.steps[losses[0]])
            raise failure("order-outside", node.span, name=step, steps=steps)


def _count(node: yaml.Node) -> int:
    value = rational(node)
    if value.denominator != 1 or not 1 <= value <= limits.ITERATIONS:
        raise failure("bad-count", node.span, found=yaml.shown(node), limit=limits.ITERATIONS)
    return int(value)


def _clip(node: yaml.Node) -> tuple[str, Fraction]:
    if isinstance(node, yaml.Map) and len(node.entries) == 1:
        ((key, value),) = node.entries
        if key.text in ("value", "norm"):
            bound = rational(value)
            if bound > 0:
                return key.text, bound
    raise failure("bad-clip", node.span, "hint-clip")
