"""Each step's loss by each parameter: forward in time, or by a way back of its own."""

from __future__ import annotations

import pytest

from rnnhand.arithmetic.policy import settle
from rnnhand.problem.files import load, source
from rnnhand.questions import work
from rnnhand.questions.key import key_of
from rnnhand.questions.work import Plan


@pytest.mark.parametrize(
    "name", ["there-and-back", "slide-rnn-every", "row-batch", "encoder-decoder"]
)
def test_both_ways_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gradients() -> dict[str, object]:
        plan = Plan(load(source(name)))
        return dict(key_of("", settle(plan.task(), "auto", 20), [], 20).gradients)

    forward = gradients()
    monkeypatch.setattr(work, "MOST_TANGENTS", 0)
    assert not Plan(load(source(name))).followed
    assert gradients() == forward
    assert any(name.startswith("dL[") for name in forward)
