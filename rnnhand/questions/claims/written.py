"""A claim's formulas as text in the equation language, where a product of matrices is `@`.

A page has one dot for every product of derivatives; in the language `*` is element by element.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnnhand.calculus.rules import matrix_product
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Ref, children, rewrite, with_children
from rnnhand.questions.claims.reading import Stacks, is_special
from rnnhand.questions.derive.derive import Derivation
from rnnhand.system.model import SCALAR, Quantity, Shape
from rnnhand.system.shapes import shape_of

OF_MATRICES = ("locals", "chain", "steps", "unrolled", "ways")


@dataclass(frozen=True)
class Written:
    """Writes the formulas of one derivation."""

    d: Derivation
    stacks: Stacks

    def text(self, expr: Expr, part: str) -> str:
        """A line of the way back is a formula in entries; any other is one in matrices."""
        expr = plain(expr)
        return text(self.as_matrices(expr) if part in OF_MATRICES else expr)

    def as_matrices(self, expr: Expr) -> Expr:
        """`@` between derivatives by name where neither is a number."""
        if not is_special(expr) or isinstance(expr, Ref):
            return expr
        expr = with_children(expr, tuple(self.as_matrices(c) for c in children(expr)))
        if not (isinstance(expr, Apply) and expr.op == "*"):
            return expr
        return matrix_product(expr.args, self.shape)

    def shape(self, expr: Expr) -> Shape:
        """Rows for what is differentiated, columns for what it is differentiated by."""
        if not is_special(expr):
            return shape_of(expr, self.own) or SCALAR
        match expr:
            case Ref():
                return self.derivative(expr)
            case Apply("Σ" | "Π", args):
                return self.shape(args[-1])
            case Apply("*" | "@", args):
                shapes = [s for s in map(self.shape, args) if s != SCALAR]
                return (shapes[0][0], shapes[-1][1]) if shapes else SCALAR
            case _:
                shapes = [self.shape(c) for c in children(expr)]
                return max(shapes)

    def derivative(self, ref: Ref) -> Shape:
        name = derivative_of(replace(ref, name=ref.name.replace("d⁺", "d", 1)))
        assert name is not None, text(ref)
        return self.entries(name.of), self.entries(name.by)

    def entries(self, ref: Ref) -> int:
        parts = [q for q, _ in self.stacks[ref.name]] if ref.name in self.stacks else [ref]
        return sum(rows * columns for rows, columns in map(self.own, parts))

    def own(self, named: Ref | Quantity) -> Shape:
        """The shape of a quantity, under whichever letter it runs; a letter alone is a step."""
        runs = (named.index if isinstance(named, Ref) else named.over) not in (None, "")
        shapes = self.d.gradient.system.shapes
        return next((s for q, s in shapes.items() if (q.name, bool(q.over)) == (named.name, runs)),
                    SCALAR)  # fmt: skip


def plain(expr: Expr) -> Expr:
    """A formula under the names of the equation language: f'(x), where a page has f′(x)."""
    return rewrite(expr, lambda n: replace(n, spelling="") if isinstance(n, Apply) else n)
