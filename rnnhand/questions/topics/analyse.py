"""`analyse`: what there is to tell of a function of one variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rnnhand.document.blocks import Block, Section
from rnnhand.explain.sentences import sentence
from rnnhand.language.printer import text
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.model import Problem
from rnnhand.questions.analysis.study import read
from rnnhand.questions.topics.answer import Answer
from rnnhand.questions.topics.options import options


def analyse(problem: Problem, node: yaml.Node) -> Answer:
    # These need SymPy, which takes long to import; other questions do without.
    from rnnhand.questions.analysis.data import as_data
    from rnnhand.questions.analysis.facts import analysis
    from rnnhand.questions.analysis.page import blocks

    given = options("analyse", node, ("function", "by"), alone="function")
    written = given.node("function")
    origin = written.origin if isinstance(written, yaml.Text) else written.span
    study = read(given.text("function"), given.text("by", ""), origin)
    found = analysis(study)

    def tell(words: Phrases, digits: int) -> Iterable[Block]:
        name = f"f({study.var}) = {text(study.expr)}"
        title = sentence(words, "analyse-title", f=name)
        yield Section(title, tuple(blocks(found, words, digits)))

    def results(digits: int) -> Mapping[str, Any]:
        return as_data(found, digits)

    return Answer(tell, results)
