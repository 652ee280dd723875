"""From step to step: every state by every state of the step before, and the error carousel."""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.local import derivative_name
from rnnhand.calculus.rules import plus
from rnnhand.calculus.transitions import Transition
from rnnhand.document.blocks import Block, Math, Paragraph, Section, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.language.tree import Apply, Expr, Number, Ref, Shift
from rnnhand.questions.derive.chain import MOST_CHAINS, link_name
from rnnhand.questions.derive.writing import Writing, product_of


def step_sections(w: Writing) -> list[Section]:
    """From step to step: the derivative of every state by every state of the step before."""
    lines: list[Block] = []
    for t in w.d.transitions:
        remark = _held(w, t)
        alone = len(t.paths) == 1
        paths = [
            product_of(
                [derivative_name(path[0].of, path[0].by, "⁺")]
                if len(path) == 1 and not alone
                else [link_name(w, link) for link in path]
            )
            for path in t.paths
        ]
        few = len(paths) <= MOST_CHAINS and not (len(paths) == 1 and len(t.paths[0]) == 1)
        forms = [plus(*paths)] if few else []
        lines.append(w.line(t.name, *forms, w.math(t.value), remark=remark))
    lines += _carousels(w)
    return [Section(w.say("derive-steps"), tuple(lines))] if lines else []


def _held(w: Writing, t: Transition) -> Sentence:
    rule = w.say("rule-chain")
    if len(t.paths) > 1 and t.direct:
        rule = joined([rule, w.say("rule-product")])
    if len(t.paths) == 1 and len(t.paths[0]) == 1:
        rule = w.rules(t.paths[0][0].rules)
    if not t.held:
        return rule
    held = joined([(Math(r),) for r in t.held])
    return (*rule, "; ", *w.say("derive-held", list=held))


def _carousels(w: Writing) -> Iterator[Block]:
    """A state that is carried by a factor alone: the product over the steps, and where it is 1."""
    for t in w.d.transitions:
        if t.of.name != t.by.name or t.direct is None or t.direct.value is None:
            continue
        value = t.direct.value
        gate = value.args[0] if isinstance(value, Apply) and value.op == "diag" else value
        gate = gate.args[0] if isinstance(gate, Apply) and gate.op == "*" else gate
        if _is_gate(gate):
            constant = _constant(w, gate) if isinstance(gate, Ref) else None
            if constant == Number("1"):
                yield Paragraph(w.say("derive-carousel-is", name=Math(t.name)))
            elif constant is None:
                yield Paragraph(w.say("derive-carousel", name=Math(t.name), gate=Math(gate)))
        elif value == Number("1") or _is_identity(gate):
            yield Paragraph(w.say("derive-carousel-is", name=Math(t.name)))


def _is_gate(expr: Expr) -> bool:
    """z_t, or 1 − z_t."""
    match expr:
        case Apply("-", (Number("1"), other)):
            return _is_gate(other)
        case _:
            return isinstance(expr, Ref) and isinstance(expr.index, Shift)


def _is_identity(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.op == "fill" and expr.args[0] == Number("1")


def _constant(w: Writing, gate: Ref) -> Expr | None:
    """The number that a quantity is at every step, if it is one."""
    bodies = {e.body for e in w.d.system.made_by.get(w.d.system.quantity(gate), ())}
    (body,) = bodies if len(bodies) == 1 else (None,)
    return body if isinstance(body, Number) else None
