"""Whole sheets: a network, a student's habits, and what is expected of the marks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tests.students.networks import Network, draw
from tests.students.paper import Hand
from tests.students.working import Habits


@dataclass(frozen=True)
class Needs:
    """Without what a misconception has no occasion; anything where nothing is said."""

    family: str | None = None
    rule: str = ""
    steps: int = 1


def hand(rng: Random, exact: bool) -> Hand:
    if exact and rng.random() < 0.6:
        return Hand(rng.choice(["exact", "fractions"]))
    return Hand(
        rng.choice(["significant", "significant", "decimals"]),
        rng.choice([2, 3, 3, 4, 4]),
        trims=rng.random() < 0.15,
        cuts=rng.random() < 0.1,
        comma=rng.random() < 0.1,
        long_zero=rng.random() < 0.7,
        whole=rng.random() < 0.15,
    )


def full_habits(rng: Random, net: Network) -> Habits:
    """A sheet with nearly everything on it, worked backwards."""
    how = habits(rng, net)
    route = "once" if how.route == "forward" else how.route
    return replace(how, route=route, shown=shown(rng, net, route, full=True))


def habits(rng: Random, net: Network) -> Habits:
    exact = (
        net.traits.get("activation") in ("relu", "identity")
        and net.traits.get("output") == "linear"
        and net.rule.get("rule", "sgd") != "adam"
        and "norm" not in net.rule
    )
    scalars = all(m.is_scalar for m in net.given.values())
    route = rng.choice(["once", "once", "steps", "steps", "forward" if scalars else "once"])
    how = Habits(
        hand(rng, exact), rng.random() < 0.7, rng.choice(["result", "argument"]), route,
        rng.random() < 0.7, shown(rng, net, route),
    )  # fmt: skip
    throughout = how.goes_on_rounded and not how.hand.is_exact
    return replace(how, rounds_hidden=throughout and rng.random() < 0.5)


def careful_habits(rng: Random, net: Network) -> Habits:
    """A hand whose numbers say how exact they are: none of 0.2 for 1/5, or 0.3 for 0.300."""
    how = habits(rng, net)
    style = "fractions" if how.hand.style == "exact" else how.hand.style
    return replace(how, hand=replace(how.hand, style=style, trims=False))


def shown(
    rng: Random, net: Network, route: str, full: bool = False
) -> dict[tuple[str, str, bool, str], bool]:
    """Which families of values stand on the sheet."""
    found: dict[tuple[str, str, bool, str], bool] = {}
    names = [n for n, _, _ in net.equations]
    most = 1.0 if full else rng.choice([0.5, 0.8, 1.0])
    backward = rng.choice([0.7, 1.0]) if full else rng.choice([0, 0.4, 0.7, 1.0])
    stepwise = rng.choice([0, 0.5, 1.0])
    for n in names:
        found["value", n, n == "L", n] = rng.random() < most
        found["value", n, False, n] = rng.random() < most
        found["slope", "L", True, n] = n != "L" and rng.random() < backward
        found["slope", "L", False, n] = rng.random() < stepwise / 2
    for p in net.parameters:
        found["slope", "L", True, p] = rng.random() < 0.95
        found["slope", "L", False, p] = rng.random() < stepwise
        if route == "forward":
            for n in names:
                shows = n == "h" or rng.random() < 0.2
                found["slope", n, False, p] = shows if n != "L" else rng.random() < 0.7
    for p, _ in net.initial:
        found["slope", "L", True, p] = rng.random() < backward
    found["after", "", False, "weights"] = full or rng.random() < 0.8
    found["after", "", False, "L"] = rng.random() < 0.4
    return found


def with_update(rng: Random, net: Network) -> Network:
    if rng.random() < 0.4:
        return net
    rule: dict[str, object] = {"rule": rng.choice(["sgd", "sgd", "sgd", "momentum", "adam"])}
    rule["lr"] = rng.choice(["0.1", "0.5", "0.01"])
    if rule["rule"] == "momentum":
        rule["momentum"] = "0.9"
    if rng.random() < 0.3:
        rule["steps"] = 2
    options = ", ".join(f"{k}: {v}" for k, v in rule.items())
    if rng.random() < 0.25:
        kind = rng.choice(["value", "norm"])
        rule[kind] = rng.choice(["1", "0.5"])
        options += f", clip: {{{kind}: {rule[kind]}}}"
    return replace(net, rule=rule, update=f"{{{options}}}")


def problem(rng: Random, kind: str | None = None) -> Network:
    return with_update(rng, draw(rng, kind))


def problem_for(rng: Random, needs: Needs, kind: str | None = None) -> Network:
    """A problem on which something may show that needs a kind of network, or a rule."""
    if not needs.rule:
        return problem(rng, kind or needs.family)
    rule: dict[str, object] = {"rule": needs.rule, "lr": rng.choice(["0.1", "0.5", "0.05"])}
    if needs.rule in ("momentum", "nesterov"):
        rule["momentum"] = rng.choice(["0.9", "0.5"])
    if needs.steps > 1 or rng.random() < 0.3:
        rule["steps"] = max(needs.steps, 2)
    options = ", ".join(f"{k}: {v}" for k, v in rule.items())
    return replace(draw(rng, kind or needs.family), rule=rule, update=f"{{{options}}}")
