"""Its place puts `tests` on the path, where the helpers of the tests are. The usual run leaves the
slow properties out: each has a small budget of its own under another name."""

from __future__ import annotations

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does; speed is measured in benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests run where `-m` or `--slow` asks for them, or where one is named by its id."""
    named = any("::" in arg for arg in config.args)
    if config.getoption("--slow") or config.getoption("-m") or named:
        return
    left_out = [item for item in items if item.get_closest_marker("slow")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=left_out)
