"""Blocks come back from plain data as they were."""

from __future__ import annotations

import json

import pytest

from rnnhand.document import stored
from tests.kitchen_sink import kitchen_sink


def test_every_block_comes_back_as_it_was() -> None:
    content = kitchen_sink("ru").blocks
    assert stored.from_data(json.loads(json.dumps(stored.as_data(content)))) == content


@pytest.mark.parametrize("data", [{"is": "System"}, {"is": "Math"}, {"what": 1}])
def test_nothing_else_is_made_of_data(data: object) -> None:
    with pytest.raises((KeyError, TypeError)):
        stored.from_data(data)
