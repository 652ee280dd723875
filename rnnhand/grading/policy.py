"""The policy of a class: what a value is worth, and what a mistake costs. A few lines of YAML.

marks: {"h[*]": 1, "dL/d*": 2}     follows: half     mistake: 1     total: 10     round: 0.5
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from rnnhand.errors import Diagnostic, Failure, Span, diagnostic, failure, similar
from rnnhand.grading.names import canonical
from rnnhand.language.results import parse_result, result_text
from rnnhand.marking.formats.entry import RANGE
from rnnhand.marking.names import check_name
from rnnhand.problem import yaml
from rnnhand.problem.values import parse_number
from rnnhand.questions.work import Plan

KEYS = ("marks", "values", "follows", "mistake", "total", "round")
SHARES = {"full": Fraction(1), "half": Fraction(1, 2), "none": Fraction(0)}
LONGEST = 100
MOST = 10_000
LARGEST = Fraction(1_000_000)

Weights: TypeAlias = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class Policy:
    """`marks` gives the worth of a value by the closest pattern that fits its name; `values` are
    those that count (empty: what half of the class's sheets name). `follows` is the share of its
    worth that a value gets for following from an earlier mistake.

    Where `mistake` is given, a wrong value costs that, instead of its worth.
    """

    marks: Weights = (("*", Fraction(1)),)
    values: tuple[str, ...] = ()
    follows: Fraction = Fraction(1)
    mistake: Fraction | None = None
    total: Fraction | None = None
    unit: Fraction = Fraction(1, 100)

    def worth(self, name: str) -> Fraction:
        fitting = ((_closeness(pattern), n) for pattern, n in self.marks if fits(pattern, name))
        return max(fitting, key=lambda found: found[0], default=(_closeness("*"), Fraction(0)))[1]


def _closeness(pattern: str) -> tuple[bool, int]:
    """A name is closer than any pattern, a pattern the closer, the more of the name it has."""
    return "*" not in pattern, len(pattern.replace("*", ""))


def fits(pattern: str, name: str) -> bool:
    """Whether a name matches a pattern, in which * stands for any characters."""
    first, *rest = pattern.split("*")
    if not rest:
        return name == first
    *middle, last = rest
    if not name.startswith(first) or len(name) < len(first) + len(last):
        return False
    here = len(first)
    for part in middle:
        found = name.find(part, here)
        if found < 0:
            return False
        here = found + len(part)
    return name.endswith(last) and len(name) - len(last) >= here


def read_policy(text: str, plan: Plan) -> Policy:
    """The policy in a text. Raises `Failure` with everything that is wrong in it."""
    try:
        root = yaml.read(text)
    except Failure as error:
        raise _star(error, text) from None
    if not isinstance(root, yaml.Map):
        raise failure("policy-not-a-map", root.span, "hint-policy", known=", ".join(KEYS))
    wrong: list[Diagnostic] = []
    policy = Policy()
    for key, node in root.entries:
        try:
            policy = _with(policy, key, node, plan)
        except Failure as error:
            wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)
    return policy


def _star(error: Failure, text: str) -> Failure:
    """What YAML takes for an alias or a list is, in a policy, a name without its quotes."""
    found = error.diagnostics[0]
    lines = text.split("\n")
    if found.span is None or found.span.line > len(lines):
        return error
    line = lines[found.span.line - 1]
    star = line.find("*")
    if star >= 0 and not line[:star].strip(" {[,"):
        return failure("policy-star", Span(found.span.line, star + 1), "hint-policy-star")
    if found.code in ("yaml-open-bracket", "yaml-no-value") and "[" in line:
        return failure("policy-quotes", found.span, "hint-policy-quotes")
    return error


def _with(policy: Policy, key: yaml.Text, node: yaml.Node, plan: Plan) -> Policy:
    match key.text:
        case "marks":
            return replace(policy, marks=_weights(node, plan))
        case "values":
            return replace(policy, values=_values(node, plan))
        case "follows":
            return replace(policy, follows=_share(node))
        case "mistake":
            return replace(policy, mistake=_number(node))
        case "total":
            return replace(policy, total=_number(node, least=Fraction(1, 100)))
        case "round":
            return replace(policy, unit=_number(node, least=Fraction(1, 1000)))
    raise failure(
        "unknown-key",
        key.span,
        "hint-did-you-mean" if similar(key.text, KEYS) else None,
        key=key.text[:40],
        known=", ".join(KEYS),
        suggestion=similar(key.text, KEYS),
    )


def _weights(node: yaml.Node, plan: Plan) -> Weights:
    """`2` for every value, or a worth for each pattern of names."""
    if isinstance(node, yaml.Text):
        return (("*", _number(node)),)
    if not isinstance(node, yaml.Map):
        raise failure("policy-marks", node.span, "hint-policy-marks")
    return tuple(_each(node.entries, plan, lambda value: _number(value)))


def _values(node: yaml.Node, plan: Plan) -> tuple[str, ...]:
    items = node.items if isinstance(node, yaml.List) else (node,)
    names = [(item, item) for item in items if isinstance(item, yaml.Text)]
    if len(names) < len(items) or not items:
        raise failure("policy-values", node.span, "hint-policy-values")
    if star := next((name for name, _ in names if "*" in name.text), None):
        raise failure("policy-values", star.span, "hint-policy-values")
    found = [name for name, _ in _each(names, plan, lambda _: Fraction(1))]
    return tuple(dict.fromkeys(found))


def _each(
    entries: tuple[tuple[yaml.Text, yaml.Node], ...] | list[tuple[yaml.Text, yaml.Text]],
    plan: Plan,
    worth: Callable[[yaml.Node], Fraction],
) -> Iterator[tuple[str, Fraction]]:
    """Names, ranges of them written out, with what is read off their nodes."""
    wrong: list[Diagnostic] = []
    count = 0
    for key, node in entries:
        try:
            marks = worth(node)
            for name in _names(key, plan):
                count += 1
                if count > MOST:
                    raise failure("policy-many", key.span, limit=MOST)
                yield name, marks
        except Failure as error:
            wrong += error.diagnostics
    if wrong:
        raise Failure(wrong)


def _names(key: yaml.Text, plan: Plan) -> Iterator[str]:
    """A pattern as it stands; a name as results spell it, a range of steps step by step."""
    written = key.text.strip()
    if len(written) > LONGEST:
        raise failure("policy-long", key.span, limit=LONGEST)
    if "*" in written:
        yield written
        return
    steps = RANGE.search(written)
    if steps is None:
        yield _name(written, key.span, plan)
        return
    first, last = int(steps[1]), int(steps[2])
    if last - first >= MOST:
        raise failure("policy-many", key.span, limit=MOST)
    if last < first:
        raise failure("empty-range", key.span, first=first, last=last)
    for step in range(first, last + 1):
        written = f"{key.text[: steps.start()]}[{step}]{key.text[steps.end() :]}"
        yield _name(written.strip(), key.span, plan)


def _name(written: str, span: Span, plan: Plan) -> str:
    name = parse_result(written, span)
    check_name(plan, name)
    return result_text(canonical(plan, name))


def _share(node: yaml.Node) -> Fraction:
    if isinstance(node, yaml.Text):
        word = node.text.strip()
        if word in SHARES:
            return SHARES[word]
        if word[:1].isdigit() and (found := _number(node)) <= 1:
            return found
    raise failure("policy-follows", node.span, "hint-policy-follows", found=yaml.shown(node))


def _number(node: yaml.Node, least: Fraction = Fraction(0)) -> Fraction:
    """A number of marks. Raises `Failure` where it is none, or negative, or enormous."""
    found = parse_number(node)
    if not isinstance(found, Fraction) or not least <= found <= LARGEST:
        raise Failure([diagnostic("policy-number", node.span, found=yaml.shown(node))])
    return found
