"""What was found false is left out where it would stand, with the reason: no line of a page is
one that its own check refuted, and none says that two sides differ which are equal at all
points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rnnhand.document.blocks import Block, Math, Note, Section, Step
from rnnhand.language.tree import Ref
from rnnhand.questions.claims.against import said
from rnnhand.questions.claims.claim import Claim, Found
from rnnhand.questions.derive.writing import Writing


def withheld(
    w: Writing, part: str, sections: Sequence[Section], own: Sequence[Claim]
) -> Sequence[Section]:
    """The sections of a part, a note in the place of every line of which the claim is false; at
    the end those of what is said to hold as well. `own` has a claim for each line, in order."""
    false = [one for one in w.left_out if part == _part_of(one) and not one.claim.silent]
    if not false:
        return sections
    claims = iter(own)
    found = [replace(s, blocks=tuple(_kept(w, s.blocks, claims, false))) for s in sections]
    others = [one for one in false if one.claim not in own or part == "ways"]
    notes = tuple(_note(w, one) for one in others)
    return [*found[:-1], replace(found[-1], blocks=(*found[-1].blocks, *notes))]


def _part_of(one: Found) -> str:
    """Where a claim stands: what a whole step does is told among the single equations."""
    return "locals" if one.claim.local is not None else one.claim.part


def _kept(
    w: Writing, blocks: Sequence[Block], claims: Iterator[Claim], false: Sequence[Found]
) -> Iterator[Block]:
    for block in blocks:
        claim = next(claims) if isinstance(block, Step) else None
        known = next((one for one in false if one.claim == claim), None)
        yield block if known is None else _note(w, known)


def _note(w: Writing, one: Found) -> Note:
    claim = one.claim
    if one.against is None:
        return Note("warning", w.say("derive-unseen", name=Math(claim.left)))
    if claim.part == "ways" and claim.by is not None:
        about = Math(Ref(claim.by.name))
        return Note("warning", said(w, "derive-false-free", one.against, p=about))
    return Note("warning", said(w, "derive-false", one.against, name=Math(claim.left)))
