"""Formulas in which derivatives stand by name: `2*(yhat[t] - y[t])*u + w*dL/da[t+1]`.

dX/dY is a derivative where X and Y are names that are known; anything else is a division. It
becomes one `Ref` whose name holds the numerator and whose index is that of the denominator.

One entry may be named, counted from 1: h[2](1), W(1,2), dh[2](1)/dW(1,2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from rnnhand.errors import Diagnostic, Failure, failure
from rnnhand.language.juxtaposed import with_signs
from rnnhand.language.latex import SIGNS
from rnnhand.language.lexer import tokens
from rnnhand.language.paper import failure_located, tree_located
from rnnhand.language.parser import parse_expression, parse_tokens
from rnnhand.language.printer import text as text_of
from rnnhand.language.spellings import LOWERED, SUBSCRIPTS, level, meant
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite
from rnnhand.language.written import in_the_language

PLACEHOLDER = "ꭰ"
NAME = rf"[^\W\d{SUBSCRIPTS}](?:(?!_\{{)[^\W{SUBSCRIPTS}]|[\u0302-\u0304])*['′’]*"
LOW = rf"{LOWERED.pattern}|_\{{[^{{}}]*\}}"
STEP = rf"(?:\[[^\[\]]*\]|{LOW})"
BRACED_STEP = re.compile(r"_\{(.*)\}$")
PLACE = r"\(\s*\d{1,6}\s*(?:,\s*\d{1,6}\s*)?\)"
DERIVATIVE = re.compile(
    rf"(?<![\w'])[d∂]\s?(?P<of>{NAME})(?P<of_step>{STEP})?(?P<of_entry>{PLACE})?\s*/\s*"
    rf"[d∂]\s?(?P<by>{NAME})(?P<by_step>{STEP})?(?P<by_entry>{PLACE})?"
)
ENTRY = re.compile(rf"(?<![\w'])(?P<of>{NAME})(?P<of_step>{STEP})?(?P<of_entry>{PLACE})")
LOWERED_STEP = re.compile(rf"(?<![\w'])(?P<of>{NAME})(?P<of_step>{LOW})(?P<of_entry>{PLACE})?")

RUNNING = re.compile(
    r"(?:[Σ∑Π∏]|\\?(?<![^\W_])(?:sum|prod|mean))\s*"
    r"(?:[_\[]\s*\{?\s*\\?([^\W\d_]+)|\(\s*([^\W\d_]+)\s*,)"
)

Entry: TypeAlias = tuple[int, ...]
NUMERATOR = re.compile(r"d(?P<of>.+)/d(?P<by>[^/]+)$", re.DOTALL)


@dataclass(frozen=True)
class DerivativeOf:
    """The two quantities of a derivative's name."""

    of: Ref
    by: Ref


def parse_formula(
    text: str,
    names: Mapping[str, str],
    component: Callable[[Ref, Entry], Ref] | None = None,
    functions: Container[str] = (),
) -> Expr:
    """The tree of a formula, with names as the problem spells them. `names` are those that are
    known, each with the index it runs with, `functions` those of functions; `component` names the
    quantity that is one entry of another. Raises `Failure` with the place and the likely fix."""
    first, *others = parse_sides(text, names, component, functions)
    if others:
        raise failure("second-equals", others[0].span, "hint-comparison")
    return first


def parse_sides(
    text: str,
    names: Mapping[str, str],
    component: Callable[[Ref, Entry], Ref] | None = None,
    functions: Container[str] = (),
) -> list[Expr]:
    """The same of all sides of what may be an equation, dL/dv = …; what is empty behind the last
    sign is no side."""
    found = in_the_language(text, lambda name: meant(name, names, _running(text)) is not None)
    if len(found) > 1 and not found[-1].text.strip():
        found = found[:-1]
    trees = []
    for paper in found:
        try:
            running = _running(f"{text} {paper.text}")
            tree = _parsed(paper.text, names, running, component, functions)
        except Failure as error:
            raise failure_located(paper, text, error) from None
        trees.append(tree_located(paper, text, tree))
    return trees


def _running(text: str) -> frozenset[str]:
    """The names that run in sums and products: k in Σ_k, sum[k](…), Σ(k, 1, t, …)."""
    found = (m[1] or m[2] for m in RUNNING.finditer(text))
    return frozenset(SIGNS.get(name, name) for name in found)


def _parsed(
    text: str,
    names: Mapping[str, str],
    running: Container[str],
    component: Callable[[Ref, Entry], Ref] | None,
    functions: Container[str],
) -> Expr:
    found: list[Expr] = []

    def mask(match: re.Match[str]) -> str:
        of = _side(match, "of", names, running)
        by = _side(match, "by", names, running) if "by" in match.re.groupindex else None
        if of is None or (by is None and "by" in match.re.groupindex):
            return match[0]
        above, entry = of
        if by is None:
            found.append(entry_of(above, entry))
        else:
            if entry and component is None:
                return match[0]
            if entry and component is not None:
                above = component(above, entry)
            below, place = by
            found.append(entry_of(derivative_ref(above, below), place))
        return f"{PLACEHOLDER}{len(found) - 1}".ljust(len(match[0]))

    masked = text
    for pattern in (DERIVATIVE, ENTRY, LOWERED_STEP):
        masked = pattern.sub(mask, masked)

    def is_function(name: str) -> bool:
        known = name.startswith(PLACEHOLDER) or meant(name, names, running) is not None
        return name in functions or not known

    try:
        tree = parse_tokens(with_signs(tokens(masked.replace("∂", "d")), is_function))
    except Failure as error:
        raise Failure(_unmasked(d, found) for d in error.diagnostics) from None

    def put_back(node: Expr) -> Expr:
        if not isinstance(node, Ref):
            return node
        if not node.name.startswith(PLACEHOLDER):
            return _as_known(node, names, running)
        made = found[int(node.name[1:])]
        if isinstance(made, Ref):
            return Ref(made.name, made.index, node.span)
        assert isinstance(made, Apply) and isinstance(made.args[0], Ref)
        inner = Ref(made.args[0].name, made.args[0].index, node.span)
        return Apply("entry", (inner, *made.args[1:]), node.span)

    return rewrite(tree, put_back)


def _unmasked(d: Diagnostic, found: Sequence[Expr]) -> Diagnostic:
    """What is wrong, with derivatives under the names that were written."""

    def said(word: str) -> str:
        return re.sub(rf"{PLACEHOLDER}(\d+)", lambda m: text_of(found[int(m[1])]), word)

    return replace(d, words=tuple((slot, said(word)) for slot, word in d.words))


def entry_of(ref: Ref, entry: Entry) -> Expr:
    """h[2](1): one entry of a quantity, or the quantity."""
    return Apply("entry", (ref, *(Number(str(i)) for i in entry))) if entry else ref


def _side(
    match: re.Match[str], side: str, names: Mapping[str, str], running: Container[str]
) -> tuple[Ref, Entry] | None:
    step = BRACED_STEP.sub(r"[\1]", level(match[f"{side}_step"] or ""))
    name = meant(match[side], names, running)
    if name is None or (step and name.endswith("]")):
        return None
    try:
        ref = parse_expression(name + step)
    except Failure:
        return None
    entry = tuple(int(n) for n in re.findall(r"\d+", match[f"{side}_entry"] or ""))
    return (ref, entry) if isinstance(ref, Ref) else None


def _as_known(ref: Ref, names: Mapping[str, str], running: Container[str]) -> Ref:
    """A mention under the name that the problem has for it, where one can be meant."""
    name = meant(ref.name, names, running)
    if name is None or (name.endswith("]") and ref.index is not None):
        return ref
    found = parse_expression(name)
    assert isinstance(found, Ref)
    return Ref(found.name, ref.index or found.index, ref.span)


def derivative_ref(of: Ref, by: Ref) -> Ref:
    return Ref(f"d{text_of(of)}/d{by.name}", by.index)


def derivative_of(ref: Ref) -> DerivativeOf | None:
    """What a derivative's name is made of; None for any other name."""
    sides = _sides(ref.name)
    return DerivativeOf(sides[0], Ref(sides[1], ref.index, ref.span)) if sides else None


@lru_cache(maxsize=10_000)
def _sides(name: str) -> tuple[Ref, str] | None:
    """h[2] and w for dh[2]/dw: the same names are taken apart again and again."""
    match = NUMERATOR.match(name)
    if match is None:
        return None
    of = parse_expression(match["of"])
    assert isinstance(of, Ref)
    return of, match["by"]
