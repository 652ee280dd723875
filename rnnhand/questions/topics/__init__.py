"""Questions besides those of forward, backward and update: one module a topic, all in the table.

A topic is asked for in a problem file by its word, `ask: [{word: options}]`, or by a command of its
own. It reads its options, works them out, and tells what it found.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from rnnhand.problem.model import AskTopic, Problem
from rnnhand.questions.topics.answer import Answer, Topic

TOPICS: Mapping[str, str] = {
    "stack": "stack.stack",
    "receptive_field": "receptive_field.receptive_field",
    "convolution_matrix": "convolution_matrix.convolution_matrix",
    "pictures": "pictures.pictures",
    "table": "table.topic",
    "fit": "fit.topic",
    "agree": "agree.topic",
    "compose": "compose.topic",
    "scalars": "scalars.topic",
    "symmetry": "symmetry.topic",
    "analyse": "analyse.analyse",
    "softmax": "softmax.softmax",
    "identity": "identity.identity",
    "likelihood": "likelihood.likelihood",
    "logistic": "logistic.logistic",
    "robbins_monro": "robbins_monro.robbins_monro",
    "least_squares": "ridge.least_squares",
    "ridge": "ridge.ridge",
    "moments": "moments.moments_topic",
    "dropout": "dropout.dropout",
    "initialisation": "initialisation.initialisation",
    "silent": "silent.silent",
}
"""Where each topic is, by its word: its module is imported when it is asked for."""

WITHOUT_OPTIONS = ("scalars", "symmetry")
"""Topics of any problem, whether it asks for them or not."""


def topic(word: str) -> Topic:
    module, verb = TOPICS[word].split(".")
    found: Topic = getattr(import_module(f"rnnhand.questions.topics.{module}"), verb)
    return found


def answer(problem: Problem, ask: AskTopic) -> Answer:
    """What a problem asks besides."""
    return topic(ask.word)(problem, ask.options)


__all__ = ["TOPICS", "WITHOUT_OPTIONS", "Answer", "Topic", "answer", "topic"]
