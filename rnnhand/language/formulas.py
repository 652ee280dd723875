"""Formulas in which derivatives stand by name: `2*(yhat[t] - y[t])*u + w*dL/da[t+1]`.

dX/dY is a derivative where X and Y are names that are known; anything else is a division. One entry
may be named: h[2](1), W(1,2), dh[2](1)/dW(1,2); by what runs in a sum, u(i), and by a class,
p[t](k[t]), where the caller says that it may.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from rnnhand.errors import Diagnostic, Failure, Span, failure
from rnnhand.language.derivatives import derivative_ref, entry_at
from rnnhand.language.elementary import NAMES, in_exponentials
from rnnhand.language.juxtaposed import with_signs
from rnnhand.language.known import Bracket, Known
from rnnhand.language.latex import SIGNS
from rnnhand.language.lexer import Token, tokens
from rnnhand.language.paper import BEFORE, failure_located, tree_located
from rnnhand.language.paper_signs import BAR
from rnnhand.language.parser import parse_expression, parse_tokens
from rnnhand.language.picked import with_entries
from rnnhand.language.places import BELOW, PLACE, as_known, places_in
from rnnhand.language.printer import text as text_of
from rnnhand.language.readings import Choice
from rnnhand.language.spellings import LOWERED, SUBSCRIPTS, level
from rnnhand.language.subscripts import as_places
from rnnhand.language.together import PLACEHOLDER, apart, with_brackets
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite
from rnnhand.language.written import in_the_language

NAME = rf"[^\W\d{SUBSCRIPTS}](?:(?!_\{{)[^\W{SUBSCRIPTS}]|[\u0302-\u0304])*['′’]*"
LETTER = re.compile(rf"{PLACEHOLDER}(\d+)")
LOW = rf"{LOWERED.pattern}|_\{{[^{{}}]*\}}"
STEP = rf"(?:\[[^\[\]]*\]|{LOW})"
BRACED_STEP = re.compile(r"_\{(.*)\}$")
DERIVATIVE = re.compile(
    rf"(?:∂|{BEFORE}d)\s?(?P<of>{NAME})(?P<of_step>{STEP})?(?P<of_entry>{PLACE})?\s*/\s*"
    rf"[d∂]\s?(?P<by>{NAME})(?P<by_step>{STEP})?(?P<by_entry>{PLACE})?"
)
ENTRY = re.compile(rf"{BEFORE}(?P<of>{NAME})(?P<of_step>{STEP})?(?P<of_entry>{PLACE})")
LOWERED_STEP = re.compile(rf"{BEFORE}(?P<of>{NAME})(?P<of_step>{LOW})(?P<of_entry>{PLACE})?")

RUNNING = re.compile(
    r"(?:[Σ∑Π∏]|\\?(?<![^\W_])(?:sum|prod|mean))\s*"
    r"(?:[_\[]\s*\{?\s*\\?([^\W\d_]+)|\(\s*([^\W\d_]+)\s*,)"
)

STEP_IN_BRACKETS = re.compile(r"\(\s*([^\W\d_]+)\s*([+−-]\s*\d{1,6})?\s*\)")
OURS = re.compile(f"[{PLACEHOLDER}{BAR}{BELOW}]")
"""Signs that stand for something while a formula is read, and in no formula."""


def parse_formula(text: str, known: Known) -> Expr:
    """The tree of a formula, with names as the problem spells them. Raises `Failure` with the place
    and the likely fix."""
    first, *others = parse_sides(text, known)
    if others:
        raise failure("second-equals", others[0].span, "hint-comparison")
    return first


def parse_sides(text: str, known: Known) -> list[Expr]:
    """The same of all sides of what may be an equation, dL/dv = …; what is empty behind the last
    sign is no side."""
    if m := OURS.search(text):
        raise failure("bad-character", Span(1, m.start() + 1), found=m[0])
    here = replace(known, running=_running(text))
    found = in_the_language(
        text, lambda name: here.name(name) is not None, partial(as_places, here), known.reading
    )
    if len(found) > 1 and not found[-1].text.strip():
        found = found[:-1]
    trees = []
    for paper in found:
        try:
            tree = _parsed(paper.text, replace(known, running=_running(f"{text} {paper.text}")))
        except Failure as error:
            raise failure_located(paper, text, error) from None
        trees.append(tree_located(paper, text, tree))
    return trees


def _running(text: str) -> frozenset[str]:
    """The names that run in sums and products: k in Σ_k, sum[k](…), Σ(k, 1, t, …)."""
    found = (m[1] or m[2] for m in RUNNING.finditer(text))
    return frozenset(SIGNS.get(name, name) for name in found)


def _parsed(text: str, known: Known) -> Expr:
    masked = _Masked(known, text)

    def is_function(name: str) -> bool:
        there = name.startswith(PLACEHOLDER) or known.name(name) is not None
        return name in known.functions or not (there or name == "T")

    try:
        stream = tokens(masked.text.replace("∂", "d"))
        if known.indexed is not None:
            stream = with_entries(stream, is_function, masked.tells)
        _check_square(stream, known)
        stream = apart(with_brackets(stream, lambda name: _is_bare(name, known)), known)
        tree = parse_tokens(with_signs(stream, is_function, Choice.BELOW in known.reading))
    except Failure as error:
        raise Failure(masked.unmasked(d) for d in error.diagnostics) from None
    return rewrite(in_exponentials(tree, known), masked.put_back)


def _check_square(stream: Sequence[Token], known: Known) -> None:
    """Raises `Failure` at W[1,2], which is no product with a row."""
    for name, opened, *inside in zip(*(stream[i:] for i in range(6)), strict=False):
        kinds = [t.kind for t in inside]
        square = opened.kind == "[" and opened.glued and kinds[1::2] == [",", "]"]
        places = square and all(t.kind == "number" or t.text in known.running
                                for t in inside[::2])  # fmt: skip
        if places and name.kind == "name" and known.is_array(name.text):
            one, _, two, _ = (t.text for t in inside)
            raise failure("formula-square-place", opened.span, "hint-formula-square-place",
                          name=name.text, one=one, two=two)  # fmt: skip


def _is_bare(name: str, known: Known) -> bool:
    """Whether a function may stand without brackets: tanh a_t."""
    return (name in known.functions or name in NAMES) and known.name(name) is None


@dataclass
class _Masked:
    """A text with a letter of its own for each derivative, entry and lowered step, which are names
    to the parser. They are as long as what they stand for, so that all places are kept."""

    known: Known
    text: str
    found: list[Expr] = field(default_factory=list)

    def __post_init__(self) -> None:
        for pattern in (DERIVATIVE, ENTRY, LOWERED_STEP):
            start = 0
            while match := pattern.search(self.text, start):
                start = self._mask(match) or match.end("of")

    def _mask(self, match: re.Match[str]) -> int | None:
        """Where the text goes on behind what has got a letter of its own; None where nothing has.
        A bracket that is a factor is looked into."""
        of = _side(match, "of", self.known)
        if of is None:
            return None
        of, above = self._stepped(match, "of", of)
        if "by" not in match.re.groupindex:
            bare = above is None and not match["of_step"]
            if bare and match["of"] not in self.known.functions:
                return None
            return self._named(match, entry_at(of, above or ()), "of" if above is None else "")
        by = _side(match, "by", self.known)
        if by is None or above is None:
            return None
        by, place = self._stepped(match, "by", by)
        made = self._derivative(of, above, by, place or ())
        return None if made is None else self._named(match, made, "by" if place is None else "")

    def _stepped(
        self, match: re.Match[str], side: str, ref: Ref
    ) -> tuple[Ref, tuple[Expr, ...] | None]:
        """h[t-1] for h(t-1), which many write so; and the entry that is named otherwise."""
        name = self.known.name(match[side]) or ""
        steps = {self.known.names.get(name, ""), "T", *self.known.running}
        found = STEP_IN_BRACKETS.fullmatch(match[f"{side}_entry"] or "")
        if ref.index is None and self.known.names.get(name) and found and found[1] in steps:
            moved = parse_expression(f"{name}[{found[1]}{(found[2] or '').replace('−', '-')}]")
            if isinstance(moved, Ref):
                return moved, ()
        return ref, self._place(match, side, ref)

    def _derivative(
        self, of: Ref, above: tuple[Expr, ...], by: Ref, place: tuple[Expr, ...]
    ) -> Expr | None:
        """The name of a derivative, perhaps of an entry and by one; None for what has no name."""
        if not above:
            return entry_at(derivative_ref(of, by), place)
        numbers = [int(text_of(n)) for n in above if isinstance(n, Number)]
        if len(numbers) == len(above):
            component = self.known.component
            one = None if component is None else component(of, tuple(numbers))
            return None if one is None else entry_at(derivative_ref(one, by), place)
        if place and self.known.indexed is not None:
            return entry_at(derivative_ref(of, by), (*above, *place))
        # ∂z(i)/∂w is an entry of ∂z/∂w, which has the shape of z where w is a number
        indexed = self.known.indexed
        alone = not place and indexed is not None and indexed.is_number(by)
        return entry_at(derivative_ref(of, by), above) if alone else None

    def _place(self, match: re.Match[str], side: str, ref: Ref) -> tuple[Expr, ...] | None:
        """The entry that is named; None where the bracket is a factor."""
        written = match[f"{side}_entry"]
        if written is None:
            return ()
        below = written.startswith(BELOW, 1)
        start = match.start(f"{side}_entry") + 1 + below
        places = places_in(written[1 + below : -1], start, self.known)
        if places is None:
            return None
        if all(isinstance(place, Number) and place.text.isdecimal() for place in places):
            return places
        indexed = self.known.indexed
        if indexed is None or match[side] in self.known.functions:
            return None
        found = indexed.bracket(ref, places, self.known.running)
        if found is Bracket.EITHER and not below:
            raise failure("formula-bracket", Span(1, start, len(written)), "hint-formula-bracket",
                          name=match[side], place=written[1:-1])  # fmt: skip
        return None if found is Bracket.FACTOR else places

    def _named(self, match: re.Match[str], made: Expr, factor: str) -> int:
        """Puts a letter in its place, but for the bracket that is a factor; where that ends."""
        start, end = match.start(), match.start(f"{factor}_entry") if factor else match.end()
        letter = f"{PLACEHOLDER}{len(self.found)}".ljust(end - start)
        self.found.append(made)
        self.text = self.text[:start] + letter + self.text[end:]
        return start + len(letter)

    def tells(self, name: str) -> bool:
        """Whether a name tells an entry: it runs, or is a class."""
        if name in self.known.running:
            return True
        if name.startswith(PLACEHOLDER):  # k_{t}
            made = self.found[int(name[1:])]
            name = made.name if isinstance(made, Ref) else ""
        name = (self.known.name(name) or name).partition("[")[0]  # k_t
        return self.known.indexed is not None and self.known.indexed.is_class(name)

    def put_back(self, node: Expr) -> Expr:
        if isinstance(node, Apply) and node.op == BAR:
            return replace(node, op="abs")
        if not isinstance(node, Ref):
            return node
        letter = LETTER.fullmatch(node.name)
        if letter is None:
            ref = as_known(node, self.known)
            return replace(ref, name=self.said(ref.name))
        made = self.found[int(letter[1])]
        if isinstance(made, Ref):
            return Ref(made.name, made.index, node.span)
        assert isinstance(made, Apply) and isinstance(made.args[0], Ref)
        inner = Ref(made.args[0].name, made.args[0].index, node.span)
        return Apply("entry", (inner, *made.args[1:]), node.span)

    def unmasked(self, d: Diagnostic) -> Diagnostic:
        """What is wrong, with derivatives under the names that were written."""
        return replace(d, words=tuple((slot, self.said(word)) for slot, word in d.words))

    def said(self, word: str) -> str:
        return LETTER.sub(lambda m: text_of(self.found[int(m[1])]), word)


def _side(match: re.Match[str], side: str, known: Known) -> Ref | None:
    step = BRACED_STEP.sub(r"[\1]", level(match[f"{side}_step"] or ""))
    name = known.name(match[side])
    if name is None or (step and name.endswith("]")):
        return None
    try:
        ref = parse_expression(name + step)
    except Failure:
        return None
    return ref if isinstance(ref, Ref) else None
