"""What the parts of a derivation's page share: lines, rules by name, products of derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rnnhand.calculus.spelled import as_told, at, difference
from rnnhand.calculus.transitions import Transition
from rnnhand.document.blocks import Inline, Sentence, Step
from rnnhand.explain.mathematics import mathematical
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.numerals import Numeral
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift, rewrite
from rnnhand.phrases import Phrases
from rnnhand.questions.claims.claim import Found
from rnnhand.questions.derive.derive import Derivation
from rnnhand.system.model import SCALAR, Equation, Quantity

LETTERS = "kijlmnpq"


@dataclass(frozen=True)
class Writing:
    """A derivation and the language in which it is told; `stacks` are the names under which
    several states were taken together, each with the steps before t at which it stands; `alike`
    are the parameters of which a line of a part is said to hold as well; `behind` is what each
    step loss depends on by way of other steps; `first` is the one of several step losses that is
    told of; `left_out` are the claims that must not be told, because they are false or nothing
    shows them."""

    d: Derivation
    words: Phrases
    stacks: dict[str, list[tuple[Quantity, int]]] = field(default_factory=dict)
    earlier: dict[Quantity, list[tuple[Ref, Transition | None]]] = field(default_factory=dict)
    reached: dict[Quantity, list[Quantity]] = field(default_factory=dict)
    alike: dict[tuple[str, Expr], list[Quantity]] = field(default_factory=dict)
    behind: dict[Ref, set[Quantity]] = field(default_factory=dict)
    first: Ref | None = None
    left_out: tuple[Found, ...] = ()

    @property
    def outer(self) -> str:
        """The letter under which a sum over steps runs."""
        return self._letters()[0]

    @property
    def inner(self) -> str:
        """The letter under which the product in it runs."""
        return self._letters()[1]

    def _letters(self) -> list[str]:
        """k and i, as in every textbook, unless the problem's own indices are called so."""
        return [letter for letter in LETTERS if letter not in self.d.system.indices]

    def say(self, code: str, /, **slots: Inline | Sentence) -> Sentence:
        return sentence(self.words, code, **slots)

    def given(self, expr: Expr) -> Expr:
        """What the problem says, as its author wrote it."""
        return difference(mathematical(expr, self.d.shape, self.d.system.functions))

    def math(self, expr: Expr) -> Expr:
        """What was derived."""
        return as_told(self.given(expr), self.d.shape)

    def line(self, left: Expr, *forms: Expr, remark: Sentence = ()) -> Step:
        """left = form = … = the last form, each form once, and not left again."""
        kept = list(dict.fromkeys(f for f in forms if f != left)) or list(forms[-1:])
        return Step(left, tuple(kept[:-1]), Numeral(kept[-1], None), remark)

    def like(self, part: str, left: Ref, members: Sequence[Quantity]) -> list[Quantity]:
        """Of the parameters of which a line is said to hold as well, those of which that is not
        known to be false; where the line is, none."""
        false = {one.claim.left for one in self.left_out if one.claim.part == part}
        old = left.name.rpartition("/d")[2]
        kept = (
            [] if left in false else [q for q in members if by_another(left, old, q) not in false]
        )
        self.alike[part, left] = kept
        return kept

    def rules(self, names: Sequence[str]) -> Sentence:
        """The rules of a derivative: power rule, chain rule."""
        said: list[Sentence] = []
        for name in names:
            kind, _, function = name.partition(" ")
            spelled = function
            if function in self.d.system.functions:
                spelled = self.d.system.functions[function].notation or function
            said.append(self.say(f"rule-{kind}", f=spelled))
        return joined(said)


def by_another(expr: Expr, old: str, other: Quantity) -> Expr:
    """The derivatives by one parameter as those by another."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref) and node.index is None and node.name.endswith(f"/d{old}"):
            return Ref(node.name.removesuffix(old) + other.name)
        return node

    return rewrite(expr, put)


def placed(equation: Equation, right: Expr) -> tuple[Expr, Expr]:
    """An equation that holds at one step only, at that step: ∂L/∂y_3 = …"""
    if equation.steps is None or len(equation.steps) != 1:
        return equation.target, right
    step, index = equation.steps[0], equation.target.index
    var = index.var if isinstance(index, Shift) else ""
    return at(equation.target, step, var), at(right, step, var)


def product_of(factors: Sequence[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Apply("*", tuple(factors))


def matrix_product(w: Writing, factors: Sequence[Expr]) -> Expr:
    """The product of derivatives, as matrices where some are."""
    factors = [f for f in factors if f != Number("1")] or [Number("1")]
    if all(w.d.shape(f) == SCALAR for f in factors):
        return product_of(factors)
    found = factors[0]
    for factor in factors[1:]:
        found = Apply("@", (found, factor))
    return found


def back_title(d: Derivation) -> str:
    """The title of the way back: in time, where anything has a step."""
    timed = any(e.target.index is not None for e in d.adjoints)
    return "derive-back" if timed else "derive-back-plain"
