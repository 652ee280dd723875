"""Questions besides those of forward, backward and update: one module a topic, all in the table.

A topic is asked for in a problem file by its word, `ask: [{word: options}]`, or by a command of its
own. It reads its options, works them out, and tells what it found.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnhand.problem.model import AskTopic, Problem
from rnnhand.questions.topics.analyse import analyse
from rnnhand.questions.topics.answer import Answer, Topic
from rnnhand.questions.topics.dropout import dropout
from rnnhand.questions.topics.identity import identity
from rnnhand.questions.topics.initialisation import initialisation
from rnnhand.questions.topics.likelihood import likelihood
from rnnhand.questions.topics.logistic import logistic
from rnnhand.questions.topics.moments import moments_topic
from rnnhand.questions.topics.ridge import least_squares, ridge
from rnnhand.questions.topics.robbins_monro import robbins_monro
from rnnhand.questions.topics.silent import silent
from rnnhand.questions.topics.softmax import softmax

__all__ = ["TOPICS", "Answer", "Topic", "answer"]

TOPICS: Mapping[str, Topic] = {
    "analyse": analyse,
    "softmax": softmax,
    "identity": identity,
    "likelihood": likelihood,
    "logistic": logistic,
    "robbins_monro": robbins_monro,
    "least_squares": least_squares,
    "ridge": ridge,
    "moments": moments_topic,
    "dropout": dropout,
    "initialisation": initialisation,
    "silent": silent,
}


def answer(problem: Problem, ask: AskTopic) -> Answer:
    """What a problem asks besides."""
    return TOPICS[ask.word](problem, ask.options)
