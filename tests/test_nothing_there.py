"""An error that lists what there is says so where there is nothing, and never ends in a colon."""

from __future__ import annotations

import re
from itertools import product

import pytest

from rnnhand.errors import diagnostic
from rnnhand.explain.failures import LISTS, message
from rnnhand.marking.report import reason
from rnnhand.phrases import SLOT, phrases, read

CODES = [
    code for code, said in read("errors-", "en").items()
    if {m[1] for m in SLOT.finditer(said)} & {*LISTS}
]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_an_empty_list_is_said_to_be_empty(lang: str) -> None:
    words = phrases(lang)
    assert len(CODES) > 20
    for code, told in product(CODES, (None, reason)):
        slots = {m[1] for m in SLOT.finditer(words.table[code])}
        fault = diagnostic(code, None, **{s: "" if s in LISTS else "x" for s in slots})
        said = told(fault, words) if told else message(fault, "", "", words)
        assert words.say("none-there") in said, code
        assert not re.search(r"(:|есть|are|has|gives)\s*$", said), said
