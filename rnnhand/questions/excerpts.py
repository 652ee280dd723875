"""Which steps of a problem are drawn: `--steps 2..3`, `--steps t=2..3,k=1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from rnnhand.document.blocks import Math, Sentence
from rnnhand.errors import failure
from rnnhand.explain.sentences import joined, sentence
from rnnhand.language.tree import Apply, Number, Ref
from rnnhand.phrases import Phrases
from rnnhand.questions.subjects import Wish
from rnnhand.system.model import System

STEPS = ""
"""The index of a range that names none: that of the `steps` of the problem."""

_PART = re.compile(r"\s*(?:([^\W\d]\w*)\s*=)?\s*(-?\d{1,9})\s*(?:\.\.\s*(-?\d{1,9})\s*)?")


def parsed(written: str) -> Mapping[str, range]:
    """2..3 and t=2..3,k=1 as the steps of each index. Raises `Failure` where it is nothing of the
    kind."""
    found: dict[str, range] = {}
    for part in written.split(","):
        match = _PART.fullmatch(part)
        first = int(match[2]) if match else 1
        last = int(match[3] or match[2]) if match else 0
        index = (match[1] or STEPS) if match else STEPS
        if last < first or index in found:
            raise failure("graph-bad-steps", None, "hint-graph-bad-steps", found=written[:60])
        found[index] = range(first, last + 1)
    return found


def placed(wish: Wish, system: System) -> Wish:
    """The wish with the name of its index for every range; a range of all the steps of an index
    leaves nothing out. Raises `Failure` where there is no such index, or no such step."""
    if wish.steps is None:
        return wish
    if not system.indices:
        raise failure("graph-no-steps", None)
    window: dict[str, range] = {}
    for index, steps in wish.steps.items():
        var = index or next(iter(system.indices))
        own = system.indices.get(var)
        said = f"{index}={_spelled(steps)}" if index else _spelled(steps)
        if own is None:
            raise failure("graph-no-index", None, found=said, known=", ".join(system.indices))
        if var in window:
            raise failure("graph-bad-steps", None, "hint-graph-bad-steps", found=said)
        if not set(steps) <= set(own):
            raise failure("graph-steps", None, found=said, steps=f"{own[0]}..{own[-1]}")
        window[var] = steps
    left = {var: steps for var, steps in window.items() if steps != system.indices[var]}
    return replace(wish, steps=left)


def longest(wish: Wish, system: System) -> int:
    """How many steps are drawn of the index of which most are."""
    window = wish.steps or {}
    return max(len(window.get(var, steps)) for var, steps in system.indices.items())


def told(wish: Wish, system: System, words: Phrases) -> Sentence:
    """Which steps are drawn, where others are not."""
    if not wish.steps:
        return ()
    if len(system.indices) > 1:
        parts = [
            sentence(
                words,
                "graph-excerpt-index",
                steps=_named(var, steps),
                of=_whole(system.indices[var]),
            )
            for var, steps in wish.steps.items()
        ]
        return sentence(words, "graph-excerpt-indices", parts=joined(parts))
    ((var, steps),) = wish.steps.items()
    code = "graph-excerpt-one" if len(steps) == 1 else "graph-excerpt-many"
    of = _whole(system.indices[var])
    return sentence(words, code, first=str(steps[0]), last=str(steps[-1]), of=of)


def _named(var: str, steps: range) -> Sentence:
    """t = 2..3"""
    shown = Math(Apply("=", (Ref(var), Number(str(steps[0])))))
    return (shown, f"..{steps[-1]}" if len(steps) > 1 else "")


def _whole(steps: range) -> str:
    return f"{steps[0]}..{steps[-1]}"


def _spelled(steps: range) -> str:
    return str(steps[0]) if len(steps) == 1 else _whole(steps)
