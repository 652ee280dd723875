"""Work in aligned lines of formulas: broken at =, then at summands, at factors, inside brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from rich.cells import cell_len

from rnnhand.document.blocks import Equals, Inline, Math, Sentence, Shown, Step, Tag
from rnnhand.document.decimal import between, between_rows
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.tree import Apply, Expr, Number, Over
from rnnhand.render.speller import Speller
from rnnhand.render.terms import factors, negated, summands, summed

TALLEST = 24
"""Rows up to which a matrix stands as one; a longer one is written row by row."""
WORDS = " .,:;!?()-–—'«»"
"""What stands between words."""
NOT_SPLIT = ("T", "sqrt", "norm2", "floor")
LONGEST_NUMBER = 40
MARGIN = 2.0
SIGN = re.compile(r'\{,\}|","|.', re.DOTALL)
"""One character of a number, or its comma."""
RUN = re.compile(r"(?:[^\W\d_]|[.,:;!?()\-–—'«»])+ ?| |[^\s\w.,:;!?()\-–—'«»]+|[\d_]+|.")
"""Letters and what stands between them, with a blank behind; signs; digits."""
BESIDE_SIGNS = re.compile(r"(?<=[=≈≤≥<>+→←∈−·]) | (?=[=≈≤≥<>+→←∈−·])")


@dataclass(frozen=True)
class Part:
    """A spelled formula that no line breaks; its width in columns."""

    text: str
    width: float


@dataclass(frozen=True)
class Lines:
    """Formulas in lines of `room` columns."""

    spell: Speller
    room: float

    def part(self, spelled: str) -> Part:
        return Part(spelled, self.spell.width(spelled))

    def aligned(self, steps: Sequence[Step]) -> list[str]:
        """The lines of several steps, their signs of equality one below the other."""
        margin = max((self.width(s.left) for s in steps), default=0)
        apart = margin > self.room / 4
        lines: list[str] = []
        for step in steps:
            room = self.room - (4 if apart else margin)
            begun = [self.part(self.spell.formula(step.left))] if apart else []
            head = "& " if apart else f"{self.spell.formula(step.left)} & "
            line = _Line(room, f"& {self.spell.again}" if apart else "& ", self.spell.again, [head])
            line.put(begun)
            for group in self.forms(step, room - 3):
                line.put(group)
            if step.remark:
                words = self.words(step.remark)
                line.put([self.part(self.spell.gap + words[0].text), *words[1:]])
            lines += (self.spell.joined(text) for text in line.lines)
        return lines

    def equations(self, equations: Iterable[tuple[Expr, Expr]]) -> list[str]:
        """left = right, each in a line or more."""
        nothing: Table = ()
        return self.aligned([Step(left, (right,), nothing) for left, right in equations])

    def width(self, expr: Expr) -> float:
        return self.spell.width(self.spell.formula(expr))

    def forms(self, step: Step, room: float) -> list[list[Part]]:
        """The sides of an equation, each a list of parts of which the first bears the sign."""
        signs = [step.sign] + ["="] * len(step.forms)
        found = []
        for i, form in enumerate(step.forms):
            parts = self.parts(form, room)
            # A form with matrices too wide for any line is left out: the others say the same.
            if i == 0 or all(p.width <= room for p in parts):
                found.append(self._signed(self.spell.sign(signs[i]), parts))
        if step.result != ():
            found += self.result(step.result, signs[len(step.forms)], room)
        return found

    def parts(self, expr: Expr, room: float) -> list[Part]:
        """An expression in parts that fit the room, as far as it can be taken apart."""
        whole = self.part(self.spell.formula(expr))
        if whole.width <= room:
            return [whole]
        if len(terms := summands(expr)) > 1 or len(terms := factors(expr)) > 1:
            signs = [sign and self.spell.at_start(sign) for sign, _ in terms]
            broken = [self.parts(term, room - 3) for _, term in terms]
            signed = map(self._signed, signs, broken)
            return [part for parts in signed for part in parts]
        opening, closing = map(self.spell.bracket, "()")
        match expr:
            case Apply("()", (inner,)):
                return self._around(opening, self.parts(inner, room - 2), closing)
            case Apply("neg"):
                return self._around("-", self.parts(negated(expr), room - 2), "")
            case Over(kind, var):
                sign = f"{self.spell.over(kind, var)} "
                return self._around(sign, self.parts(summed(expr), room), "")
            case Apply("Σ" | "Π"):
                sign = f"{self.spell.ranging(expr)} "
                return self._around(sign, self.parts(summed(expr), room), "")
            case Apply("/", (above, below)):
                flat = replace(self, spell=self.spell.flat)
                first, second = (flat.parts(_enclosed(e), room - 1) for e in (above, below))
                return [*first, *self._around(self.spell.bracket("/"), second, "")]
            case Apply("^", (base, power)):
                raised = self.spell.raised(self.spell.flat.formula(power))
                return self._around("", self.parts(_enclosed(base), room - 4), raised)
            case Apply("entry", (inner, *_)):
                return [whole]
            case Apply(op, (inner,)) if op.isidentifier() and op not in NOT_SPLIT:
                before, after = self.spell.head(expr) + opening, closing
                if op == "abs":
                    before, after = map(self.spell.bracket, "|¦")
                left = room - self.spell.width(before) - 2
                return self._around(before, self.parts(inner, left), after)
            case Number(text) if len(text) > LONGEST_NUMBER:
                return self._digits(whole.text)
            case _:
                return [whole]

    def result(self, table: Table, sign: str, room: float) -> list[list[Part]]:
        """The value, exactly and in decimals; a matrix too large for the page row by row."""
        if isinstance(table, Numeral):
            found = []
            for i, (own, worth) in enumerate(self.spell.worth(table)):
                shown = own if i or own != "=" else sign
                if isinstance(worth, str):
                    parts = self._digits(worth) if len(worth) > room else [self.part(worth)]
                else:
                    parts = self.parts(worth, room)
                found.append(self._signed(self.spell.sign(shown), parts))
            return found
        about = self.spell.sign("≈" if any_rounded(table) else sign)
        whole = self.part(f"{about} {self.spell.table(table)}")
        if whole.width <= room and len(table) <= TALLEST:
            return [[whole]]
        return [self._signed(about, self.listed(table))]

    def listed(self, table: Table) -> list[Part]:
        """The entries of a matrix one after the other, row after row."""
        assert not isinstance(table, Numeral)
        rows = [row if isinstance(row, tuple) else (row,) for row in table]
        signs = (between(table), between_rows(table), "]")
        apart, below, closing = map(self.spell.bracket, signs)
        found: list[Part] = []
        for i, row in enumerate(rows):
            for k, item in enumerate(row):
                mark = apart if k + 1 < len(row) else below if i + 1 < len(rows) else closing
                found.append(self.part(f"{self.spell.flat.table(item)}{mark}"))
        return self._around(self.spell.bracket("["), found, "")

    def _signed(self, sign: str, parts: list[Part]) -> list[Part]:
        if not sign:
            return parts
        return [self.part(f"{sign} {parts[0].text}"), *parts[1:]]

    def _around(self, before: str, parts: list[Part], behind: str) -> list[Part]:
        """Parts between what stands before the first and behind the last."""
        inner = [self.part(before + parts[0].text), *parts[1:]]
        return [*inner[:-1], self.part(inner[-1].text + behind)]

    def _digits(self, text: str) -> list[Part]:
        """A number too long for a line, in pieces."""
        signs = SIGN.findall(text)
        cuts = range(0, len(signs), LONGEST_NUMBER)
        return [self.part("".join(signs[i : i + LONGEST_NUMBER])) for i in cuts]

    # Sentences inside a formula

    def words(self, sentence: Sentence) -> list[Part]:
        """A remark as parts: words as text, everything else as formulas."""
        return [part for inline in sentence for part in self.inline(inline)]

    def inline(self, inline: Inline) -> list[Part]:
        flat = self.spell.flat
        match inline:
            case str():
                return self._spoken(inline)
            case Tag(_, words):
                return self._spoken(words)
            case Math(expr):
                return [self.part(flat.formula(expr))]
            case Shown(table):
                return [self.part(flat.table(table))]
            case Equals(left, right):
                return [self.equality(left, right)]
            case _:
                assert_never(inline)

    def _spoken(self, text: str) -> list[Part]:
        line = "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)
        found = []
        for piece in RUN.findall(line.replace("\u00a0", " ")):
            if piece[0].isalpha() or piece[0] in WORDS:
                found.append(self.part(self.spell.words(piece)))
            else:
                found.append(self.part(self.spell.signs(piece)))
        return found

    def equality(self, left: Expr, right: Expr | Table) -> Part:
        flat = self.spell.flat
        shown = flat.table(right) if isinstance(right, Numeral | tuple) else flat.formula(right)
        return self.part(f"{flat.formula(left)} = {shown}")

    def said(self, sentence: Sentence) -> str:
        """A sentence of signs and formulas as one formula."""
        found = ""
        for inline in sentence:
            if isinstance(inline, str):
                # TeX sets the room around signs such as = by itself.
                bare = BESIDE_SIGNS.sub("", clean_spaces(inline))
                found += self.spell.signs(bare)
            else:
                found += "".join(part.text for part in self.inline(inline))
        return found.strip()

    def columns(self, sentence: Sentence) -> float:
        """How wide a sentence is on one line."""
        return sum(
            cell_len(inline)
            if isinstance(inline, str)
            else sum(p.width for p in self.inline(inline))
            for inline in sentence
        )


@dataclass
class _Line:
    """Lines that are being filled; `again` begins all but the first, and `inside` those that go on
    inside a formula."""

    room: float
    again: str
    inside: str
    lines: list[str]
    used: float = 0.0

    def put(self, group: Sequence[Part]) -> None:
        """Parts on this line if all fit; else from the next line on, as many on each as fit."""
        if self.used and self.used + sum(p.width for p in group) > self.room:
            self.lines.append(self.again)
            self.used = 0.0
        for part in group:
            if self.used > MARGIN and self.used + part.width > self.room:
                self.lines.append(self.again + self.inside)
                self.used = MARGIN
            self.lines[-1] += part.text + " "
            self.used += part.width


def is_signs(sentence: Sentence) -> bool:
    """Whether a sentence holds no words, only formulas and the signs between them."""
    return all(not isinstance(i, Tag) for i in sentence) and not any(
        isinstance(i, str) and any(c.isalpha() or c in "■█" for c in i) for i in sentence
    )


def any_rounded(table: Table) -> bool:
    if isinstance(table, Numeral):
        return table.rounded and table.exact is None
    return any(any_rounded(item) for item in table)


def clean_spaces(text: str) -> str:
    return "".join(c if c.isprintable() and c != "\u00a0" else " " for c in text)


def _enclosed(expr: Expr) -> Expr:
    simple = not isinstance(expr, Apply) or expr.op == "()"
    return expr if simple else Apply("()", (expr,))
