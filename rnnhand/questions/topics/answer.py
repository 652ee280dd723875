"""What a topic is: it reads its options, works them out, and tells what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from rnnhand.document.blocks import Block
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem


@dataclass(frozen=True)
class Answer:
    """What a topic found. `tell` writes it in a language, with so many digits; `results` are its
    results by name, for machines: texts, truth values, numerals, lists and maps of these."""

    tell: Callable[[Phrases, int], Iterable[Block]]
    results: Callable[[int], Mapping[str, Any]]


Topic: TypeAlias = Callable[[Problem, yaml.Node], Answer]
"""Works a topic out from its options. Raises `Failure`, at their place, where they are at fault."""
