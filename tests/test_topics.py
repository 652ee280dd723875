"""Topics: questions of a problem file besides forward, backward and update."""

from __future__ import annotations

from rnnhand.problem import asks
from rnnhand.questions.topics import TOPICS


def test_the_words_that_a_problem_file_may_say_are_those_that_are_answered() -> None:
    assert tuple(TOPICS) == asks.TOPICS
