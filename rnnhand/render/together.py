"""Blocks that are set together: lines of work that follow each other are aligned as one group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnhand.document.blocks import Block, Step, Steps


def together(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, single steps that stand side by side as steps without a label."""
    waiting: list[Step] = []
    for block in blocks:
        if isinstance(block, Step):
            waiting.append(block)
            continue
        if waiting:
            yield Steps((), tuple(waiting))
            waiting = []
        yield block
    if waiting:
        yield Steps((), tuple(waiting))
