"""The page of a derivation: what is differentiated, the rules, the way back, the sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rnnhand.calculus.dependence import made_of
from rnnhand.calculus.local import Local, derivative_name
from rnnhand.calculus.rules import plus
from rnnhand.document.blocks import (
    Block,
    Definitions,
    Document,
    Math,
    Paragraph,
    Section,
    Sentence,
)
from rnnhand.explain.sentences import joined
from rnnhand.language.tree import (
    Apply,
    At,
    Last,
    Over,
    Ref,
    Shift,
    refs,
    walk,
)
from rnnhand.phrases import Phrases
from rnnhand.questions.any_loss import slope
from rnnhand.questions.claims.claim import Claim, Found, lines
from rnnhand.questions.claims.judging import unmarked
from rnnhand.questions.claims.report import checking
from rnnhand.questions.derive import chain, lemmas, one_step, steps, unrolled, ways, whole
from rnnhand.questions.derive.check import Checked
from rnnhand.questions.derive.derive import Derivation
from rnnhand.questions.derive.withheld import withheld
from rnnhand.questions.derive.writing import Writing, back_title, by_another, placed
from rnnhand.system.model import Equation
from rnnhand.system.upstream import without_implied
from rnnhand.system.windows import has_windows


@dataclass(frozen=True)
class Page:
    """What a derivation says: its blocks, and its lines as claims."""

    writing: Writing
    blocks: tuple[Block, ...]
    claims: tuple[Claim, ...]
    unroll: int | None


def page(
    d: Derivation, words: Phrases, unroll: int | None, left_out: tuple[Found, ...] = ()
) -> Page:
    """The derivation, in the language of `words`, without what is `left_out`."""
    w = Writing(d, words, left_out=left_out)
    single = tuple(_locals(w))
    parts: list[tuple[str, list[Section]]] = [
        ("locals", [Section(w.say("derive-locals"), single)] if single else []),
        ("special", lemmas.sections(w)),
        ("chain", whole.chain_section(w)),
        ("back", list(_backward(w))),
        ("gradient", list(_totals(w))),
        ("steps", steps.step_sections(w)),
        ("unrolled", unrolled.sums(w)),
        ("step", [] if unroll is None else one_step.for_step(w, unroll)),
        ("ways", ways.ways_back(w)),
    ]
    claims: list[Claim] = []
    blocks = [*_model(w)]
    for part, sections in parts:
        own = _claims(w, part, sections)
        for one in own:
            claims += [one, *(alike(w, one) if part in ("chain", "unrolled") else ())]
        blocks += withheld(w, part, sections, own)
    claims += _silent_claims(w)
    return Page(w, tuple(blocks), tuple(claims), unroll)


def _claims(w: Writing, part: str, sections: Sequence[Section]) -> list[Claim]:
    """What a part claims: line by line in its order, and for the way back by each parameter."""
    match part:
        case "locals":
            return list(_claims_of_locals(w))
        case "back":
            return [
                Claim(part, e.target, (w.math(w.d.right_side(e)),), adjoint=e)
                for e in w.d.adjoints
                if _is_told(w, e)
            ]
        case "gradient":
            return [
                Claim(part, Ref(w.d.gradient.of_quantity(q).name), (w.math(w.d.total(q)),), by=q)
                for q in w.d.plain
            ]
        case "ways":
            return ways.claims_of_ways(w)
        case _:
            return [_about(w, claim) for claim in lines(part, sections)]


def _silent_claims(w: Writing) -> Iterator[Claim]:
    """What the data says beside the lines: derivatives by given states nobody asked for."""
    for e in w.d.adjoints:
        if not _is_told(w, e):
            shown = w.math(w.d.right_side(e))
            yield Claim("back", e.target, (shown,), adjoint=e, silent=True)


def _about(w: Writing, claim: Claim) -> Claim:
    """The steps at which a line on a state holds, where an equation of its own makes the first."""
    name = unmarked(claim.left) if isinstance(claim.left, Ref) else None
    if name is None or not isinstance(name.of.index, Shift):
        return claim
    made = w.d.system.made_by.get(w.d.system.quantity(name.of), ())
    running = [e.steps for e in made if isinstance(e.target.index, Shift)]
    alone = len(made) > 1 and len(running) == 1
    return replace(claim, within=running[0]) if alone and claim.part == "chain" else claim


def alike(w: Writing, claim: Claim) -> list[Claim]:
    """The claims that hold as well, with other parameters in the place of one: their first form,
    in which every derivative stands by its name."""
    name = claim.left.name.rpartition("/d")[2] if isinstance(claim.left, Ref) else ""
    found = []
    for other in w.alike.get((claim.part, claim.left), ()):
        left, form = (by_another(e, name, other) for e in (claim.left, claim.forms[0]))
        if form != claim.forms[0]:  # else no derivative stands in it by name
            found.append(_about(w, Claim(claim.part, left, (form,))))
    return found


def document(said: Page, checked: Checked) -> Document:
    """The page with what came of checking it, and without what is false."""
    d, words = said.writing.d, said.writing.words
    kept = page(d, words, said.unroll, checked.withheld) if checked.withheld else said
    blocks = (*kept.blocks, *checking(said.writing, checked))
    return Document(d.title, d.source, words.lang, blocks, decimal=words.decimal)


def _model(w: Writing) -> Iterator[Block]:
    d = w.d
    yield Definitions(
        tuple((e.target, w.given(e.body)) for e in without_implied(d.system).equations)
    )
    if d.system.pushed:
        given_ones: list[Sentence] = [
            (Math(given.at(step)),)
            for given in d.system.pushed.values()
            for step in d.system.given[given].values
        ]
        yield Paragraph(w.say("derive-given-adjoint", list=joined(given_ones)))
    if d.open_functions:
        names = joined([(f,) for f in d.open_functions])
        f = d.open_functions[0]
        count = str(len(d.open_functions))
        yield Paragraph(w.say("derive-open", list=names, count=count, slope=f"{f}′", f=f))
    if d.incoming is not None and d.incoming.index is None:
        yield Paragraph(w.say("derive-weights", g=Math(d.incoming)))
    elif d.incoming is not None:
        meant = slope(d.system, d.incoming)
        yield Paragraph(w.say("any-loss", g=Math(d.incoming), slope=Math(meant)))
    if any(n != 1 for n in d.sizes.values()):
        sizes = ", ".join(f"{k} = {n}" for k, n in d.sizes.items())
        ones = ",".join(f"{k}=1" for k in d.sizes)
        yield Paragraph(w.say("derive-sizes", sizes=sizes, ones=ones))


def _locals(w: Writing) -> Iterator[Block]:
    """The derivative of every equation by everything in it."""
    marked = False
    for local in w.d.locals:
        if local.value is not None and not _is_seed(local) and not _is_summed_too(local):
            name = direct_name(w, local)
            marked = marked or name != local.name
            more = chain.inside_the_step(w, local)
            rules = (*local.rules, *(["chain"] if more else []))
            yield w.line(name, plus(w.math(local.value), *more), remark=w.rules(rules))
    if marked:
        yield Paragraph(w.say("derive-alone"))
    for one, other, step in _coinciding(w):
        yield Paragraph(w.say("derive-coincide", at=step, one=Math(one), other=Math(other)))
    without = [local for local in w.d.locals if local.value is None and not _is_seed(local)]
    # Of what goes element by element nothing is an outer product.
    if any(node.op == "@" or has_windows(node) for node in _operations(without)):
        windows = any(has_windows(t.body) for e in w.d.system.equations for t in e.terms)
        yield Paragraph(w.say("derive-by-pictures" if windows else "derive-by-matrices"))


def _coinciding(w: Writing) -> Iterator[tuple[Ref, Ref, str]]:
    """Two mentions in one step that are of the same step somewhere: h_{t−1} and h_0 at t = 1."""
    told: set[tuple[Ref, Ref]] = set()
    read = [(local.of, local.by, local.equation.steps) for local in w.d.locals]
    read += [
        (t.of, by, e.steps)
        for t in w.d.transitions
        for by in (t.by, *t.held)
        for e in w.d.system.made_by[w.d.system.quantity(t.of)]
        if isinstance(e.target.index, Shift)
    ]
    for of, one, there in read:
        index = of.index
        if not isinstance(one.index, Shift) or not isinstance(index, Shift) or not there:
            continue
        for other in (by for o, by, _ in read if o == of and isinstance(by.index, At | Last)):
            if w.d.system.quantity(other) != w.d.system.quantity(one) or (one, other) in told:
                continue
            step = (w.d.system.step(other) or 0) - one.index.offset
            if step in there:
                told.add((one, other))
                yield one, other, f"{index.var} = {step}"


def _claims_of_locals(w: Writing) -> Iterator[Claim]:
    """What the equations say one by one; where a step says more of a state, the whole step."""
    for local in w.d.locals:
        if local.value is None or _is_seed(local) or _is_summed_too(local):
            continue
        name, more = direct_name(w, local), chain.inside_the_step(w, local)
        if more:
            yield Claim("chain", name, (plus(w.math(local.value), *more),), local=local)
        else:
            yield Claim("locals", name, (w.math(local.value),), local=local)


def _operations(without: Iterable[Local]) -> Iterator[Apply]:
    """Everything that is done in the equations of some derivatives."""
    for local in without:
        for term in local.equation.terms:
            yield from (node for node in walk(term.body) if isinstance(node, Apply))


def _is_seed(local: Local) -> bool:
    """A plain sum over the steps: ∂L/∂L_t = 1 is not worth a line."""
    return isinstance(local.equation.body, Over)


def _is_summed_too(local: Local) -> bool:
    """Whether an equation reads a definite step alone and in a sum over all: ∂L/∂h_T of
    L = mean_t h_t² + h_T² is more than the one mention gives."""
    sums = (n for t in local.equation.terms for n in walk(t.body) if isinstance(n, Over))
    read = {r.name for n in sums for r in refs(n.body) if isinstance(r.index, Shift)}
    return isinstance(local.by.index, At | Last) and local.by.name in read


def direct_name(w: Writing, local: Local) -> Ref:
    """∂a_t/∂w; or ∂⁺a_t/∂w where w is in what a_t reads as well, ∂⁺h_t/∂h_{t−1} where h_{t−1} acts
    on something else inside the step that h_t reads."""
    if local.by.index is not None:
        return chain.link_name(w, local)
    by = w.d.system.quantity(local.by)
    reads = {w.d.system.quantity(r) for r in refs(local.equation.body)} - {by}
    if any(made_of(w.d.system, q, by) for q in reads):
        return derivative_name(local.of, local.by, "⁺")
    return local.name


def _backward(w: Writing) -> Iterator[Section]:
    """The recursion back in time."""
    d = w.d
    lines: list[Block] = []
    for equation in d.adjoints:
        if not _is_told(w, equation):
            continue
        left, right = placed(equation, d.right_side(equation))
        lines.append(w.line(left, w.math(right), remark=_routes(w, equation)))
    lags = [_lag(t.route) for e in d.adjoints for t in e.terms]
    ends = [end for end, there in (("last", max(lags, default=0) > 0),
                                   ("first", min(lags, default=0) < 0)) if there]  # fmt: skip
    if ends:
        lines.append(Paragraph(w.say(f"derive-absent-{'-'.join(ends)}")))
    if lines:
        lines.insert(0, Paragraph(w.say("derive-back-rule")))
        yield Section(w.say(back_title(d)), tuple(lines))


def _totals(w: Writing) -> Iterator[Section]:
    """What the way back gives for each parameter."""
    d = w.d
    totals: list[Block] = []
    for q in d.plain:
        total = d.total(q)
        left = Ref(d.gradient.of_quantity(q).name)
        product = isinstance(total, Apply) and total.op == "@"
        single = isinstance(total, Apply) and product and d.shape(total.args[0])[1] == 1
        outer = "derive-outer-one" if single else "derive-outer"
        kind = outer if d.system.shapes[q][1] > 1 else "derive-contributions"
        said = isinstance(total, Over) or (product and kind == outer)
        said = said and not has_windows(total)
        parts = [w.say(kind)] if said else []
        rules = d.rules_direct(q)
        if isinstance(total, Over | Apply) and rules:
            parts.append(w.rules(rules))
        remark = joined(parts, "; ")
        totals.append(w.line(left, w.math(total), remark=remark))
    if totals:
        yield Section(w.say("gradient-title"), tuple(totals))


def _is_told(w: Writing, equation: Equation) -> bool:
    """Whether an equation is worth a line: one of given values only where these are derived by."""
    d = w.d
    if equation.steps is None:
        return True
    made = d.gradient.system.quantity(equation.target)
    q = next(q for q in (*d.system.made_by, *d.wrt) if d.gradient.of_quantity(q) == made)
    computed = {s for e in d.system.made_by.get(q, ()) for s in e.steps or ()}
    return equation.steps[0] in computed or q in d.wrt


def _lag(route: Ref | None) -> int:
    """How many steps later the reader stands from which a summand comes back."""
    index = None if route is None else route.index
    return index.offset if isinstance(index, Shift) else 0


def _routes(w: Writing, equation: Equation) -> Sentence:
    """Through which quantities the summands came, and by which rules; neighbours that came by the
    same rules share them."""
    groups: list[tuple[tuple[str, ...], list[Ref]]] = []
    for route in dict.fromkeys(t.route for t in equation.terms if t.route is not None):
        rules = w.d.rules_through(equation, route)
        if groups and groups[-1][0] == rules:
            groups[-1][1].append(route)
        else:
            groups.append((rules, [route]))
    said = []
    for rules, routes in groups:
        way = joined([w.say("through", quantity=Math(r)) for r in routes])
        said.append(w.say("derive-by-rules", way=way, rules=w.rules(rules)) if rules else way)
    return joined(said)
