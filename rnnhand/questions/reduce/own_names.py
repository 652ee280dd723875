"""What a search speaks of, in the names of the cells: no prefixes, no blocks of a matrix.

The search takes W·[x; h] apart into W₁·x + W₂·h; here W₁·x alone is W·[x; 0] again, and what the
blocks become is one matrix, W = [V, 0].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnhand.calculus.choice import Side
from rnnhand.calculus.sides import SOURCE
from rnnhand.calculus.simplify import is_identity
from rnnhand.calculus.views import block_of
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, rewrite, walk

ZERO = Number("0")
OPEN = Ref("…")
"""What stands for a block of which nothing is said."""


def plain(name: str) -> str:
    return name.removeprefix(SOURCE)


def bare(expr: Expr) -> Expr:
    """An expression whose names have no prefix; all else as it is."""
    return rewrite(expr, lambda n: Ref(plain(n.name), n.index) if isinstance(n, Ref) else n)


def own(expr: Expr, side: Side) -> Expr:
    """An expression of a side in its cell's own names."""

    def put(node: Expr) -> Expr:
        if isinstance(node, Ref):
            return Ref("I") if is_identity(node) else Ref(plain(node.name), node.index)
        if isinstance(node, Apply) and node.op in side.functions:
            op = node.op if node.op in side.open else side.functions[node.op]
            return Apply(plain(op), node.args)
        return node

    return rewrite(restacked(expr, side), put)


def is_fixed(value: Expr) -> bool:
    return isinstance(value, Number) or is_identity(value)


def stacks(side: Side) -> dict[str, list[Apply]]:
    """The matrices that are read block by block, with their blocks in order."""
    found: dict[str, list[Apply]] = {}
    for body in side.bodies.values():
        for node in walk(body):
            name = block_of(node)
            if isinstance(node, Apply) and name is not None:
                blocks = found.setdefault(name.name, [])
                blocks += [node] if node not in blocks else []
    return {name: sorted(blocks, key=first) for name, blocks in found.items()}


def first(block: Expr) -> int:
    """The first column of a block; 0 of a whole matrix."""
    start = block.args[1] if isinstance(block, Apply) and block.op == "columns" else None
    return int(start.value) if isinstance(start, Number) else 0


def restacked(expr: Expr, side: Side) -> Expr:
    """W₁·x + W₂·h, the blocks of one W, as W·[x; h]; W₁·x alone as W·[x; 0]."""
    known = stacks(side)

    def whole(products: list[Apply]) -> Expr:
        name = block_of(products[0].args[0])
        assert name is not None
        parts = {p.args[0]: p.args[1] for p in products}
        stack = tuple(parts.get(block, ZERO) for block in known[name.name])
        return Apply("@", (name, Apply(";", stack)))

    def gather(node: Expr) -> Expr:
        if not isinstance(node, Apply) or node.op != "+":
            return node
        blocks = [a for a in node.args if _is_product_of_block(a, known)]
        names = {block_of(a.args[0]) for a in blocks if isinstance(a, Apply)}
        if len(names) != 1 or len(blocks) < 2:
            return node
        others = tuple(a for a in node.args if a not in blocks)
        sum_ = whole([a for a in blocks if isinstance(a, Apply)])
        return Apply("+", (sum_, *others)) if others else sum_

    def single(node: Expr) -> Expr:
        if isinstance(node, Apply) and _is_product_of_block(node, known):
            return whole([node])
        return node

    return rewrite(rewrite(expr, gather), single) if known else expr


def _is_product_of_block(node: Expr, known: Mapping[str, list[Apply]]) -> bool:
    """W₁·x; of one unit the product is one of numbers."""
    if not isinstance(node, Apply) or node.op not in ("@", "*") or len(node.args) != 2:
        return False
    name = block_of(node.args[0])
    return name is not None and first(node.args[0]) > 0 and name.name in known


def gathered(
    values: Mapping[str, Expr], source: Side, target: Side
) -> Iterator[tuple[Expr, Expr, bool]]:
    """What each parameter of the source becomes, blocks of one matrix side by side, W = [V, 0];
    and whether something of it is fixed."""
    mine, theirs = stacks(source), stacks(target)
    blocks = {text(b): name for name, found in mine.items() for b in found}
    done: set[str] = set()
    for key, value in values.items():
        name = blocks.get(key, key)
        if name in done or name not in source.parameters:
            continue
        done.add(name)
        if name in mine:
            parts = [values.get(text(b), OPEN) for b in mine[name]]
            right = _side_by_side(parts, theirs)
            shown = own(right, target) if not is_fixed(right) else right
            yield Ref(plain(name)), shown, any(is_fixed(p) for p in parts)
            continue
        whole = block_of(value)
        if whole is not None and first(value):
            takers = _takers(values, theirs[whole.name])
            if takers is not None:
                done |= set(takers)
                names = tuple(Ref(plain(n)) for n in takers)
                yield Apply(",", names), whole, False
                continue
        yield Ref(plain(name)), value if is_fixed(value) else own(value, target), is_fixed(value)


def _side_by_side(parts: list[Expr], theirs: Mapping[str, list[Apply]]) -> Expr:
    """What the blocks become as one matrix: all 0 as 0, all blocks of the goal's W as W."""
    if len(set(parts)) == 1 and is_fixed(parts[0]):
        return parts[0]
    for name, blocks in theirs.items():
        if parts == blocks:
            return Ref(name)
    return Apply(",", tuple(Ref("I") if is_identity(p) else p for p in parts))


def _takers(values: Mapping[str, Expr], blocks: list[Apply]) -> list[str] | None:
    """The parameters that become the blocks of one matrix, in order, if each has its one."""
    found = [[n for n, v in values.items() if v == b and "(" not in n] for b in blocks]
    return [names[0] for names in found] if all(len(names) == 1 for names in found) else None
