"""Questions besides those of forward, backward and update: one module a topic, all in the table.

A topic is asked for in a problem file by its word, `ask: [{word: options}]`, or by a command of its
own. It reads its options, works them out, and tells what it found.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnhand.problem.model import AskTopic, Problem
from rnnhand.questions.topics import agree, compose, fit, scalars, symmetry, table
from rnnhand.questions.topics.answer import Answer, Topic
from rnnhand.questions.topics.convolution_matrix import convolution_matrix
from rnnhand.questions.topics.pictures import pictures
from rnnhand.questions.topics.receptive_field import receptive_field
from rnnhand.questions.topics.stack import stack

TOPICS: Mapping[str, Topic] = {
    "stack": stack,
    "receptive_field": receptive_field,
    "convolution_matrix": convolution_matrix,
    "pictures": pictures,
    "table": table.topic,
    "fit": fit.topic,
    "agree": agree.topic,
    "compose": compose.topic,
    "scalars": scalars.topic,
    "symmetry": symmetry.topic,
}

WITHOUT_OPTIONS = ("scalars", "symmetry")
"""Topics of any problem, whether it asks for them or not."""


def answer(problem: Problem, ask: AskTopic) -> Answer:
    """What a problem asks besides."""
    return TOPICS[ask.word](problem, ask.options)


__all__ = ["TOPICS", "WITHOUT_OPTIONS", "Answer", "Topic", "answer"]
