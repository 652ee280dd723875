"""Formulas in which derivatives stand by name: `2*(yhat[t] - y[t])*u + w*dL/da[t+1]`.

dX/dY is a derivative where X and Y are names that are known; anything else is a division. It
becomes one `Ref` whose name holds the numerator and whose index is that of the denominator.

One entry may be named, counted from 1: h[2](1), W(1,2), dh[2](1)/dW(1,2); by what runs in a sum,
u(i), and by a class, p[t](k[t]), where the caller says that it may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol, TypeAlias

from rnnhand.errors import Diagnostic, Failure, failure
from rnnhand.language.juxtaposed import with_signs
from rnnhand.language.latex import SIGNS
from rnnhand.language.lexer import Token, tokens
from rnnhand.language.paper import failure_located, tree_located
from rnnhand.language.parser import parse_expression, parse_tokens
from rnnhand.language.picked import with_entries
from rnnhand.language.printer import text as text_of
from rnnhand.language.spellings import LOWERED, SUBSCRIPTS, level, meant
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite
from rnnhand.language.written import in_the_language

PLACEHOLDER = "ꭰ"
NAME = rf"[^\W\d{SUBSCRIPTS}](?:(?!_\{{)[^\W{SUBSCRIPTS}]|[\u0302-\u0304])*['′’]*"
LOW = rf"{LOWERED.pattern}|_\{{[^{{}}]*\}}"
STEP = rf"(?:\[[^\[\]]*\]|{LOW})"
BRACED_STEP = re.compile(r"_\{(.*)\}$")
NUMBERED = rf"(?:\d{{1,6}}|{NAME}{STEP}?(?:\s*[+−-]\s*\d{{1,4}})?)"
PLACE = rf"\(\s*{NUMBERED}\s*(?:,\s*{NUMBERED}\s*)?\)"
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


class Indexed(Protocol):
    """What tells entries from products where the place is no number."""

    def is_entry(self, ref: Ref, places: tuple[Expr, ...], running: Container[str]) -> bool:
        """Whether u(i) is an entry of u, i being a name that runs or a quantity."""

    def is_class(self, name: str) -> bool:
        """Whether a quantity tells a class, and so an entry."""


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
    indexed: Indexed | None = None,
) -> Expr:
    """The tree of a formula, with names as the problem spells them. `names` are those that are
    known, each with the index it runs with, `functions` those of functions; `component` names the
    quantity that is one entry of another. Raises `Failure` with the place and the likely fix."""
    first, *others = parse_sides(text, names, component, functions, indexed)
    if others:
        raise failure("second-equals", others[0].span, "hint-comparison")
    return first


def parse_sides(
    text: str,
    names: Mapping[str, str],
    component: Callable[[Ref, Entry], Ref] | None = None,
    functions: Container[str] = (),
    indexed: Indexed | None = None,
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
            tree = _parsed(paper.text, names, running, component, functions, indexed)
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
    indexed: Indexed | None,
) -> Expr:
    found: list[Expr] = []

    def place_of(match: re.Match[str], side: str, ref: Ref) -> tuple[Expr, ...] | None:
        """The entry that is named; None where the bracket is a factor."""
        written = match[f"{side}_entry"]
        if written is None:
            return ()
        parts = written.strip()[1:-1].split(",")
        if all(part.strip().isdecimal() for part in parts):
            return tuple(Number(part.strip()) for part in parts)
        if indexed is None or match[side] in functions:
            return None
        places = tuple(_parsed(p, names, running, None, functions, None) for p in parts)
        return places if indexed.is_entry(ref, places, running) else None

    def mask(match: re.Match[str]) -> str:
        of = _side(match, "of", names, running)
        above = place_of(match, "of", of) if of is not None else None
        if of is None:
            return match[0]
        if "by" not in match.re.groupindex:
            return known(match, entry_at(of, above or ()), "of" if above is None else "")
        by = _side(match, "by", names, running)
        if by is None or above is None or (above and component is None):
            return match[0]
        if above and component is not None:
            if not all(isinstance(place, Number) for place in above):
                return match[0]
            of = component(of, tuple(int(text_of(place)) for place in above))
        place = place_of(match, "by", by)
        made = entry_at(derivative_ref(of, by), place or ())
        return known(match, made, "by" if place is None else "")

    def known(match: re.Match[str], made: Expr, factor: str) -> str:
        """What stands for a name in the text; behind it the bracket that is a factor."""
        found.append(made)
        end = match.start(f"{factor}_entry") if factor else match.end()
        length = end - match.start()
        return f"{PLACEHOLDER}{len(found) - 1}".ljust(length) + match[0][length:]

    masked = text
    for pattern in (DERIVATIVE, ENTRY, LOWERED_STEP):
        masked = pattern.sub(mask, masked)

    def is_function(name: str) -> bool:
        known = name.startswith(PLACEHOLDER) or meant(name, names, running) is not None
        return name in functions or not known

    def tells(name: str) -> bool:
        if name.startswith(PLACEHOLDER):  # k_t
            made = found[int(name[1:])]
            return isinstance(made, Ref) and indexed is not None and indexed.is_class(made.name)
        return name in running or (indexed is not None and indexed.is_class(name))

    try:
        stream: Sequence[Token] = tokens(masked.replace("∂", "d"))
        stream = stream if indexed is None else with_entries(stream, is_function, tells)
        tree = parse_tokens(with_signs(stream, is_function))
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
    return entry_at(ref, tuple(Number(str(i)) for i in entry))


def entry_at(array: Expr, places: tuple[Expr, ...]) -> Expr:
    """u(i): an entry whose place may run in a sum."""
    return Apply("entry", (array, *places)) if places else array


def _side(
    match: re.Match[str], side: str, names: Mapping[str, str], running: Container[str]
) -> Ref | None:
    step = BRACED_STEP.sub(r"[\1]", level(match[f"{side}_step"] or ""))
    name = meant(match[side], names, running)
    if name is None or (step and name.endswith("]")):
        return None
    try:
        ref = parse_expression(name + step)
    except Failure:
        return None
    return ref if isinstance(ref, Ref) else None


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
