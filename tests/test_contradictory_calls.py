"""A call that says one thing and its contrary is refused, and nothing is drawn or derived."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from rnnhand.cli import main

NAME = "there-and-back"


def call(*args: str) -> Result:
    return CliRunner().invoke(main, [*args], env={"LANG": "C"})


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("graph", NAME, "--folded", "--unrolled"), "--folded and --unrolled exclude each other"),
        (("graph", NAME, "--unrolled", "--folded"), "--folded and --unrolled exclude each other"),
        (("graph", NAME, "--folded", "--steps", "1..2"), "leave out --folded"),
        (("graph", NAME, "--paths", "w", "L", "--steps", "1..2"), "leave out --steps"),
        (("graph", "--formula", "max(0, x)", "--steps", "1..2"), "a formula has no steps"),
        (("graph", "--formula", "max(0, x)", "--folded"), "a formula has no steps"),
        (("graph", NAME, "--digits", "3", "--digits", "4"), "--digits takes one value"),
        (("derive", NAME, "--of", "L[2]", "--of", "L[3]"), "--of takes one value"),
        (("derive", NAME, "--of", "L[2]", "--unroll", "3"), "--unroll 3 spells step 3 out"),
        (("flow", NAME, "--clip", "norm:1", "--clip", "value:1"), "--clip takes one value"),
        (("depends", NAME, "h[2]", "--lang", "en", "--lang", "ru"), "--lang takes one value"),
    ],
)
def test_what_contradicts_itself_is_refused(args: tuple[str, ...], said: str) -> None:
    made = call(*args)
    assert made.exit_code == 2
    assert said in made.stderr or args[0] == "depends"  # in the language that was said last
    assert "--" in made.stderr.rpartition("\n\n")[2]
    assert not made.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("graph", NAME, "--folded", "--folded"),
        ("derive", NAME, "--wrt", "w", "--wrt", "v"),
        ("derive", NAME, "--of", "L[2]", "--unroll", "2"),
        ("derive", NAME, "--of", "L[t]", "--unroll", "2"),
    ],
)
def test_what_is_said_twice_without_harm_is_done(args: tuple[str, ...]) -> None:
    assert call(*args).exit_code == 0
