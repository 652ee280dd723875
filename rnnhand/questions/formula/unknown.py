"""What a formula mentions and the problem has not, each with the likely fix."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.errors import Diagnostic, diagnostic, similar
from rnnhand.language.derivatives import derivative_of
from rnnhand.language.elementary import NAMES as HYPERBOLIC
from rnnhand.language.printer import text
from rnnhand.language.spellings import folded
from rnnhand.language.tree import At, Expr, Last, Over, Shift, refs, walk
from rnnhand.system.build import function_names
from rnnhand.system.classes import by_a_class, class_numbers
from rnnhand.system.model import System


def unknown(system: System, tree: Expr) -> Iterator[Diagnostic]:
    there = {*system.made_by, *system.given}
    names, classes = system.names, class_numbers(system)
    numbers = {*system.indices, "T"} if system.indices else set[str]()
    for node in walk(tree):
        if isinstance(node, Over) and node.var not in system.indices:
            yield diagnostic("unknown-index", node.span, None, name=f"{node.kind}[{node.var}]",
                             var=node.var, known=", ".join(system.indices))  # fmt: skip
    for ref in refs(tree):
        pair = derivative_of(ref)
        if pair is not None and (q := system.quantity(pair.by)) in classes:
            yield by_a_class(q, text(ref), ref.span)
            continue
        for side in (pair.of, pair.by) if pair else (ref,):
            if side.index is None and side.name in numbers:
                continue
            if isinstance(side.index, Shift) and side.index.var not in system.indices:
                yield diagnostic("unknown-index", ref.span, None, name=text(side),
                                 var=side.index.var, known=", ".join(system.indices))  # fmt: skip
                continue
            q = system.quantity(side)
            if q in there:
                fixed = isinstance(side.index, At | Last)
                if fixed and not system.exists(q, system.step(side)):
                    steps = ", ".join(f"{r[0]}..{r[-1]}" for r in system.steps[q])
                    yield diagnostic("result-step", ref.span, name=text(side), steps=steps)
                continue
            if side.name in names:
                known = ", ".join(str(q) for q in there if q.name == side.name)
                hint = "hint-result-index" if "[" in known else None
                yield diagnostic("result-index", ref.span, hint, name=text(side), known=known)
                continue
            if side.name in function_names(system.functions) or side.name in HYPERBOLIC:
                yield diagnostic("formula-function", ref.span, "hint-formula-function",
                                 name=side.name)  # fmt: skip
                continue
            close = similar(side.name, names)
            hint = "hint-did-you-mean" if close else None
            if folded(side.name).startswith("delta"):
                hint = "hint-formula-error"
            yield diagnostic("formula-unknown", ref.span, hint, name=text(side),
                             known=", ".join(sorted(names)), suggestion=close)  # fmt: skip
