"""Work in aligned lines of TeX: broken at =, then at summands, at factors, inside brackets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from rnnhand.document.blocks import Equals, Math, Sentence, Shown, Step, Tag
from rnnhand.language.numerals import Numeral, Table
from rnnhand.language.tree import Apply, Expr, Number, Over
from rnnhand.render.boxes import formula, table_box
from rnnhand.render.notation import UNICODE
from rnnhand.render.signs import clean
from rnnhand.render.tex import Tex, factors, negated, summands, summed, width

CONTINUED = r"\quad "
TALLEST = 24
"""Rows up to which a matrix stands as one; a longer one is written row by row."""
WORDS = " .,:;!?()-–—'«»"
"""What may stand between the letters of words."""
LONGEST_NUMBER = 40


@dataclass(frozen=True)
class Part:
    """TeX that no line breaks, and its width in columns of a terminal."""

    tex: str
    width: int

    def after(self, sign: str, columns: int) -> Part:
        return Part(f"{sign} {self.tex}", self.width + columns) if sign else self

    def before(self, tex: str, columns: int) -> Part:
        return Part(self.tex + tex, self.width + columns)


@dataclass(frozen=True)
class Lines:
    """Formulas in lines of `room` columns."""

    tex: Tex
    room: int

    def aligned(self, steps: Sequence[Step]) -> list[str]:
        """The lines of several steps, their signs of equality one below the other."""
        margin = max((width(s.left) for s in steps), default=0)
        apart = margin > self.room // 4
        lines: list[str] = []
        for step in steps:
            room = self.room - (4 if apart else margin)
            own = width(step.left) if apart else 0
            groups = self.forms(step, room - 3)
            remark = [Part(r"\quad ", 3), *self.words(step.remark)] if step.remark else []
            lines += self._filled(self.tex.formula(step.left), own, groups, remark, room, apart)
        return lines

    def equations(self, equations: Iterable[tuple[Expr, Expr]]) -> list[str]:
        """left = right, each in a line or more."""
        nothing: Table = ()
        return self.aligned([Step(left, (right,), nothing) for left, right in equations])

    def forms(self, step: Step, room: int) -> list[list[Part]]:
        """The sides of an equation, each a list of parts of which the first bears the sign."""
        first = r"\leftarrow" if step.sign == "←" else "="
        signs = [first] + ["="] * len(step.forms)
        found = []
        for i, form in enumerate(step.forms):
            parts = self.parts(form, room)
            # A form with matrices too wide for any line is left out: the others say the same.
            if i == 0 or all(p.width <= room for p in parts):
                found.append(_signed(signs[i], parts))
        if step.result != ():
            found += self.result(step.result, signs[len(step.forms)], room)
        return found

    def _filled(
        self,
        left: str,
        used: int,
        groups: list[list[Part]],
        remark: list[Part],
        room: int,
        apart: bool,
    ) -> list[str]:
        """As many sides on a line as fit; a side that fits no line goes on in the next."""
        head = f"& {left} " if apart else f"{left} & "
        again = f"& {CONTINUED}" if apart else "& "
        lines, begun = [head], bool(used)
        for group in groups:
            total = sum(p.width for p in group)
            if used + total > room and begun:
                lines.append(again)
                used = 0
            for part in group:
                if used + part.width > room and used > 6:
                    lines.append(again + CONTINUED)
                    used = 3
                lines[-1] += part.tex + " "
                used += part.width
            begun = True
        if remark and used + sum(p.width for p in remark) > room:
            lines.append(again + CONTINUED)
            used = 3
        for part in remark:
            if used + part.width > room and used > 6:
                lines.append(again + CONTINUED * 2)
                used = 6
            lines[-1] += part.tex
            used += part.width
        return [line.rstrip() for line in lines]

    def parts(self, expr: Expr, room: int) -> list[Part]:
        """An expression in parts that fit the room, as far as it can be taken apart."""
        columns = width(expr)
        if columns <= room:
            return [Part(self.tex.formula(expr), columns)]
        flat = Lines(self.tex.flat, self.room) if isinstance(expr, Apply) else self
        if len(terms := summands(expr)) > 1:
            return self._chain(terms, room)
        if len(terms := factors(expr)) > 1:
            return self._chain(terms, room)
        match expr:
            case Apply("()", (inner,)):
                return _around("(", self.parts(inner, room - 2), ")")
            case Apply("neg"):
                return _around("-", self.parts(negated(expr), room - 2), "")
            case Over(kind, var):
                return _around(self.tex.over(kind, var) + " ", self.parts(summed(expr), room), "")
            case Apply("Σ" | "Π"):
                return _around(self.tex.ranging(expr) + " ", self.parts(summed(expr), room), "")
            case Apply("/", (above, below)):
                wrapped = [_enclosed(above), _enclosed(below)]
                first, second = (flat.parts(e, room - 1) for e in wrapped)
                return [*first, *_around("/", second, "")]
            case Apply("^", (base, power)):
                raised = f"^{{{self.tex.flat.formula(power)}}}"
                return _around("", self.parts(_enclosed(base), room - 4), raised)
            case Apply(op, (inner,)) if op.isidentifier() and op not in ("T", "abs", "sqrt"):
                head = self.tex.head(expr)
                return _around(f"{head}(", self.parts(inner, room - len(op) - 2), ")")
            case Number(text) if len(text) > LONGEST_NUMBER:
                return self._digits(self.tex.formula(expr))
            case _:
                return [Part(self.tex.formula(expr), columns)]

    def _digits(self, text: str) -> list[Part]:
        cut = [text[i : i + LONGEST_NUMBER] for i in range(0, len(text), LONGEST_NUMBER)]
        return [Part(piece, len(piece)) for piece in cut]

    def _chain(self, terms: list[tuple[str, Expr]], room: int) -> list[Part]:
        found: list[Part] = []
        for sign, expr in terms:
            found += _signed(sign and f"{{}} {sign}", self.parts(expr, room - 3))
        return found

    def result(self, table: Table, sign: str, room: int) -> list[list[Part]]:
        """The value, exactly and in decimals; a matrix too large for the page row by row."""
        if isinstance(table, Numeral):
            found = []
            for i, (own, worth) in enumerate(self.tex.worth(table)):
                shown = own if i or own != "=" else sign
                if isinstance(worth, str):
                    long = len(worth) > room
                    parts = self._digits(worth) if long else [Part(worth, len(worth))]
                else:
                    parts = self.parts(worth, room)
                found.append(_signed(shown, parts))
            return found
        about = r"\approx" if any_rounded(table) else sign
        columns = table_box(table, UNICODE).width
        if columns + 3 <= room and len(table) <= TALLEST:
            return [[Part(f"{about} {self.tex.table(table)}", columns + 3)]]
        return [_signed(about, self.listed(table))]

    def listed(self, table: Table) -> list[Part]:
        """The entries of a matrix one after the other, rows apart by semicolons."""
        assert not isinstance(table, Numeral)
        rows = [row if isinstance(row, tuple) else (row,) for row in table]
        found: list[Part] = []
        for i, row in enumerate(rows):
            for k, item in enumerate(row):
                mark = "," if k + 1 < len(row) else ";" if i + 1 < len(rows) else "]"
                columns = table_box(item, UNICODE).width
                found.append(Part(f"{self.tex.flat.table(item)}{mark} ", columns + 2))
        return [replace(found[0], tex="[" + found[0].tex), *found[1:]]

    # Sentences inside a formula

    def words(self, sentence: Sentence) -> list[Part]:
        """A remark as parts: words as text, everything else as formulas."""
        flat = self.tex.flat
        found: list[Part] = []
        for inline in sentence:
            match inline:
                case str() | Tag():
                    said = inline if isinstance(inline, str) else inline.words
                    found += self._spoken(said)
                case Math(expr):
                    found.append(Part(flat.formula(expr), width(expr)))
                case Shown(table):
                    found.append(Part(flat.table(table), table_box(table, UNICODE).width))
                case Equals(left, right):
                    found.append(self.equality(left, right))
        return found

    def _spoken(self, text: str) -> list[Part]:
        found = []
        line = "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)
        pieces = line.replace(" ", " \0").split("\0")
        for piece in filter(None, pieces):
            bare = piece.replace("\u00a0", " ")
            if all(c.isalpha() or c in WORDS for c in bare):
                shown = bare if bare.isascii() else self.tex.names.foreign(bare)
                found.append(Part(f"\\text{{{shown}}}", cell_len(bare)))
            else:
                found.append(Part(self.tex.names.signs(bare), cell_len(bare)))
        return found

    def equality(self, left: Expr, right: Expr | Table) -> Part:
        flat = self.tex.flat
        if isinstance(right, Numeral | tuple):
            shown, columns = flat.table(right), table_box(right, UNICODE).width
        else:
            shown, columns = flat.formula(right), formula(right, UNICODE).width
        return Part(f"{flat.formula(left)} = {shown}", width(left) + 3 + columns)

    def said(self, sentence: Sentence) -> str:
        """A sentence of signs and formulas as one formula."""
        return "".join(part.tex for part in self.words(sentence)).strip()


def is_signs(sentence: Sentence) -> bool:
    """Whether a sentence holds no words, only formulas and the signs between them."""
    return all(not isinstance(i, Tag) for i in sentence) and not any(
        isinstance(i, str) and any(c.isalpha() or c in "■█" for c in i) for i in sentence
    )


def any_rounded(table: Table) -> bool:
    if isinstance(table, Numeral):
        return table.rounded and table.exact is None
    return any(any_rounded(item) for item in table)


def plain_width(sentence: Sentence) -> int:
    """How wide a sentence is on one line, in columns of a terminal."""
    total = 0
    for inline in sentence:
        match inline:
            case str():
                total += cell_len(clean(inline)) + inline.startswith(" ") + inline.endswith(" ")
            case Tag(_, words):
                total += cell_len(words)
            case Math(expr):
                total += width(expr)
            case Shown(table):
                total += table_box(table, UNICODE).width
            case Equals(left, right):
                total += width(left) + 3
                if isinstance(right, Numeral | tuple):
                    total += table_box(right, UNICODE).width
                else:
                    total += width(right)
    return total


def _signed(sign: str, parts: list[Part]) -> list[Part]:
    return [parts[0].after(sign, 3), *parts[1:]]


def _around(before: str, parts: list[Part], behind: str) -> list[Part]:
    """Parts between what stands before the first and behind the last."""
    first = replace(parts[0], tex=before + parts[0].tex, width=parts[0].width + 2)
    inner = [first, *parts[1:]]
    return [*inner[:-1], inner[-1].before(behind, len(behind) and 1)]


def _enclosed(expr: Expr) -> Expr:
    simple = not isinstance(expr, Apply) or expr.op == "()"
    return expr if simple else Apply("()", (expr,))
