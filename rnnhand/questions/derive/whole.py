"""The chain rule as a section: first what the whole loss is made of, then one step's loss.

L = Σ_t L_t:  ∂L/∂w = Σ_t ∂L_t/∂w, and what L reads beside the sums
"""

from __future__ import annotations

from collections.abc import Iterator

from rnnhand.calculus.chains import Chain, chains, summed_on_the_way
from rnnhand.calculus.dependence import made_of
from rnnhand.calculus.rules import plus
from rnnhand.document.blocks import Block, Math, Section, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.language.printer import text
from rnnhand.language.tree import Apply, Expr, Number, Ref, refs
from rnnhand.questions.derive.chain import MOST_CHAINS, along_chains, link_names, others, reads
from rnnhand.questions.derive.derive import summed_losses
from rnnhand.questions.derive.reach import loose, through_time, total_name
from rnnhand.questions.derive.writing import Writing, product_of
from rnnhand.system.model import Quantity


def chain_section(w: Writing) -> list[Section]:
    lines = [*_whole(w), *along_chains(w)]
    return [Section(w.say("derive-chain"), tuple(lines))] if lines else []


def _whole(w: Writing) -> Iterator[Block]:
    """∂L/∂w = Σ_t ∂L_t/∂w, for each parameter or for those that are alike."""
    alike: dict[tuple[str, ...], list[Quantity]] = {}
    sums = {loss: _weighted(w, loss) for loss in summed_losses(w.d)}
    if not sums or any(s is None for s in sums.values()):
        return
    for q in w.d.plain:
        paths = _beside(w, q)
        if paths is None:
            continue
        ways = tuple("·".join(map(text, reads(w, q, c))) for c in paths)
        read = tuple(str(loss) for loss in sums if made_of(w.d.system, loss, q))
        if read:
            alike.setdefault((*read, "beside", *ways), []).append(q)
    for members in alike.values():
        q = members[0]
        paths = _beside(w, q) or []
        terms = [
            _summed(w, loss, q, factor)
            for loss, factor in sums.items()
            if factor is not None and made_of(w.d.system, loss, q)
        ]
        terms += [_along(w, q, c, paths) for c in paths]
        left = total_name(w.d.of, q)
        like = w.like("chain", left, members[1:])
        yield w.line(left, plus(*terms), remark=_rule(w, [q, *like], bool(paths)))


def _rule(w: Writing, members: list[Quantity], chained: bool) -> Sentence:
    """The sum rule, with the chain rule where states are read beside the sums; and for whom."""
    if chained:
        return joined([w.say("rule-sum"), others(w, members)])
    if len(members) == 1:
        return w.say("rule-sum")
    return w.say("derive-sum-same-for", list=joined([(Math(Ref(m.name)),) for m in members[1:]]))


def _beside(w: Writing, q: Quantity) -> list[Chain] | None:
    """The ways by which a parameter acts on the loss beside its sums over the steps; None where
    they have no names."""
    system, d = w.d.system, w.d
    more = [s for s in summed_on_the_way(system, d.locals, d.of) if s not in summed_losses(d)]
    if any(made_of(system, s, q) for s in more):
        return None
    goals = {q, *through_time(w, q), *loose(w, q)}
    paths = chains(system, d.locals, d.of, goals, before=True)
    return None if paths is None or len(paths) > MOST_CHAINS else paths


def _along(w: Writing, q: Quantity, path: Chain, paths: list[Chain]) -> Expr:
    tail = [total_name(path.end, q)] if w.d.system.quantity(path.end) != q else []
    return product_of([*link_names(w, path, paths), *tail])


def _weighted(w: Writing, loss: Quantity) -> tuple[Expr, ...] | None:
    """The factor of a step's loss in the whole one where it is a number; none where that is 1."""
    made = w.d.gradient.of_quantity(loss)
    full = w.d.gradient.system
    found = [e for e in w.d.gradient.adjoints if full.quantity(e.target) == made]
    if len(found) != 1 or len(found[0].terms) != 1 or len(w.d.system.steps[loss]) != 1:
        return None
    (term,) = found[0].terms
    if any(True for _ in refs(term.body)):
        return None
    number = w.math(term.body)
    return () if number == Number("1") else (number,)


def _summed(w: Writing, loss: Quantity, q: Quantity, factor: tuple[Expr, ...]) -> Expr:
    """0.3·Σ_t ∂L_t/∂w."""
    (run,) = w.d.system.steps[loss]
    body = total_name(loss.ref(), q)
    sum_ = Apply("Σ", (Ref(loss.over), Number(str(run[0])), Number(str(run[-1])), body))
    return product_of([*factor, sum_])
