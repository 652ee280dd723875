"""What came of checking a derivation: how many lines of each part were checked, which were not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnnhand.document.blocks import Block, Grid, Math, Note, Paragraph, Section, Sentence
from rnnhand.explain.sentences import joined
from rnnhand.questions.claims.claim import PARTS, Found
from rnnhand.questions.derive.check import Checked
from rnnhand.questions.derive.writing import Writing, back_title


def checking(w: Writing, checked: Checked) -> list[Block]:
    """The last section of the page."""
    if not checked.claims:
        return []
    told = replace(checked, claims=tuple(c for c in checked.claims if not c.claim.silent))
    blocks = tuple(_blocks(w, told))
    return [Section(w.say("derive-check"), blocks), *_verdict(w, told)]


def _blocks(w: Writing, checked: Checked) -> Iterator[Block]:
    yield Paragraph(w.say("derive-check-how", points=str(checked.points)))
    rows: list[tuple[Sentence, ...]] = []
    for part in PARTS:
        mine = [one for one in checked.claims if one.claim.part == part]
        done = [one for one in mine if not one.reason]
        if mine:
            exactly = all(one.exact for one in done)
            how = w.say("derive-check-exactly" if exactly else "derive-check-digits")
            if not all(one.equal for one in done):
                how = w.say("derive-check-not")
            rows.append(
                (
                    w.say(_title(w, part)),
                    w.say("derive-check-of", done=str(len(done)), all=str(len(mine))),
                    (str(sum(one.numbers for one in done)),),
                    how if done else (),
                )
            )
    head = ("derive-check-part", "derive-check-lines", "derive-check-numbers", "derive-check-as")
    yield Grid(tuple(w.say(code) for code in head), tuple(rows), turnable=False)
    reasons = dict.fromkeys(one.reason for one in checked.claims if one.reason)
    for reason in reasons:
        names = joined([(Math(o.claim.left),) for o in _by(checked, reason)])
        yield Paragraph(w.say(reason, list=names))


def _by(checked: Checked, reason: str) -> list[Found]:
    found = {
        text: one for one in checked.claims if one.reason == reason for text in [one.claim.left]
    }
    return list(found.values())


TITLES = {
    "locals": "derive-locals",
    "special": "derive-special",
    "chain": "derive-chain",
    "gradient": "gradient-title",
    "steps": "derive-steps",
    "unrolled": "derive-unrolled",
    "step": "derive-check-step",
    "ways": "derive-ways-back",
}


def _title(w: Writing, part: str) -> str:
    return back_title(w.d) if part == "back" else TITLES[part]


def _verdict(w: Writing, checked: Checked) -> Iterator[Block]:
    """All in one line; and which lines are not confirmed."""
    wrong = [one for one in checked.claims if not one.equal]
    if wrong:
        names = joined([(Math(one.claim.left),) for one in wrong])
        yield Note("warning", w.say("derive-check-failed", list=names))
        return
    numbers = sum(one.numbers for one in checked.claims if not one.reason)
    if not checked.points or not numbers:
        yield Note("warning", w.say("derive-not-checked"))
        return
    exact = all(one.exact for one in checked.claims if not one.reason)
    code = "derive-checked-exact" if exact else "derive-checked-balls"
    yield Note("check", w.say(code, points=str(checked.points), numbers=str(numbers)))
