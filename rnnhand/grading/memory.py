"""Python's collector of circular garbage, asked to look more rarely while a class is marked."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = (50_000, 20, 100)
"""Objects made between two looks at the youngest, and so on for the older ones."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Marking makes much, keeps little, and hardly any of it in circles: looking for these among
    all that is there would take a third of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def kept_for_good() -> None:
    """What is there now will be needed to the end; it is not looked through again."""
    gc.freeze()
