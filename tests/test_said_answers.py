"""Answers that are words or conditions: any spelling of a word, any form of the right set."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solving import command

from rnnhand.language import conditions
from rnnhand.language.conditions import EVERYWHERE, Condition, Interval, Unclear, condition, has
from rnnhand.language.lexer import START
from rnnhand.marking.asked import plan_of
from rnnhand.marking.said import said_answer, told
from rnnhand.phrases import phrases
from rnnhand.problem.files import bundled, load, source
from rnnhand.problem.words import words
from rnnhand.problem.yaml import Text
from rnnhand.questions.said_facts import KINDS
from tests.budget import few

HALVES = st.integers(-6, 6).map(lambda n: Fraction(n, 2))
BOUNDS = st.one_of(st.none(), HALVES)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    low, high = draw(BOUNDS), draw(BOUNDS)
    with_low, with_high = draw(st.booleans()), draw(st.booleans())
    return Interval(low, high, with_low and low is not None, with_high and high is not None)


SETS = st.lists(intervals(), max_size=3)
PROBES = [Fraction(n, 4) for n in range(-16, 17)]


def holds(text: str, p: Fraction) -> bool:
    """Python's own view of a chain of comparisons."""
    return bool(eval(text, {"p": p, "Fraction": Fraction}))  # the tests' own text


@given(SETS, SETS)
def test_a_set_has_what_its_intervals_have_and_common_parts_what_both_have(
    one: list[Interval], other: list[Interval]
) -> None:
    a, b = conditions.united(one), conditions.united(other)
    both = conditions.common(a, b)
    for x in PROBES:
        assert has(a, x) == any(p.has(x) for p in one)
        assert has(both, x) == (has(a, x) and has(b, x))


@given(SETS, SETS)
def test_sets_are_equal_where_no_number_tells_them_apart(
    one: list[Interval], other: list[Interval]
) -> None:
    a, b = conditions.united(one), conditions.united(other)
    x = conditions.told_apart(a, b)
    assert (x is None) == (a == b)
    assert x is None or has(a, x) != has(b, x)


@given(SETS)
def test_what_is_spelled_is_read_again(pieces: list[Interval]) -> None:
    found = Condition("p", conditions.united(pieces))
    if found.pieces and found.pieces != EVERYWHERE:
        assert condition(conditions.spelled(found), Fraction) == found


@given(HALVES, HALVES, st.sampled_from(["<", "<="]), st.sampled_from(["<", "<=", ">", ">=", "=="]))
def test_comparisons_mean_what_they_say(a: Fraction, b: Fraction, op: str, other: str) -> None:
    chain, two = f"{a} {op} p {other} {b}", f"{a} {op} p and {b} {other} p"
    for text in (chain, two):
        found = condition(text, Fraction)
        python = text.replace(str(a), f"Fraction('{a}')", 1)
        head, _, tail = python.partition("p" if text == chain else "and")
        word = "p" if text == chain else "and"
        python = f"{head}{word}{tail.replace(str(b), f'Fraction({str(b)!r})', 1)}"
        assert all(has(found.pieces, x) == holds(python, x) for x in PROBES)


@pytest.mark.parametrize(
    "written",
    ["1/2 < p <= 1", "0.5<p≤1", "p > 1/2 and p <= 1", "p ∈ (1/2; 1]", "p in (0.5, 1]", "(0,5; 1]",
     "p > 0,5 и p ≤ 1", "1 >= p > 1/2", "p > 1/2, p <= 1", "]0.5; 1]", "p <= 1, 0,5 < p", "(1/2,1]",
     "0.5 < p < 1 or p = 1", "P <= 1 && P > 1/2"],
)  # fmt: skip
def test_one_condition_in_many_spellings(written: str) -> None:
    said = plan_of(load(source("learning-rates"))).said["robbins_monro_6_holds_for"]
    node = Text(written.replace("P", "p"), START)
    assert said_answer("x", said, node).verdict == "right"


@pytest.mark.parametrize(
    ("written", "verdict"),
    [("1/2 <= p <= 1", "wrong"), ("p > 1/2", "wrong"), ("always", "wrong"), ("никогда", "wrong"),
     ("1 < p <= 1/2", "wrong"), ("q > 1", "unreadable"), ("p > q", "unreadable"),
     ("p > sin(1)", "unreadable"), ("yes", "unreadable"), ("=1+1", "unreadable"), ("", "missing"),
     ("(" * 150, "unreadable"), ("p > 1e999999999", "unreadable"), ("p < " * 40, "unreadable"),
     ("p" * 5000, "unreadable")],
)  # fmt: skip
def test_what_is_another_condition_or_none(written: str, verdict: str) -> None:
    said = plan_of(load(source("learning-rates"))).said["robbins_monro_6_holds_for"]
    assert said_answer("x", said, Text(written, START)).verdict == verdict


@pytest.mark.parametrize(
    "text", ["", "p", "p <", "< 1", "p < 1 < q", "(1; 2; 3)", "p < oo < 1 < 2"]
)
def test_what_is_no_condition_says_so(text: str) -> None:
    with pytest.raises((Unclear, ValueError)):
        condition(text, Fraction)


def test_every_word_has_a_kind_a_phrase_and_a_spelling_of_its_own() -> None:
    assert {word for kind in KINDS for word in kind} == set(words())
    for kind in KINDS:
        for lang in ("en", "ru"):
            said = phrases(lang)
            own = [said.say(f"word-{word}") for word in kind]
            for word, text in zip(kind, own, strict=True):
                assert text.casefold().replace("ё", "е") in words()[word]
            assert len(set(own)) == len(own)


def test_opposite_words_are_never_one() -> None:
    for one, other in (("yes", "no"), ("converges", "diverges"), ("same", "different")):
        assert words()[one].isdisjoint(words()[other])


USUAL = ("learning-rates", "xor-net", "logistic-without-minimum", "sigmoid-analysed")


@pytest.mark.parametrize("name", few(sorted(bundled()), USUAL))
def test_the_key_is_right_in_both_languages(name: str) -> None:
    for own, right in plan_of(load(source(name))).said.items():
        for lang in ("en", "ru"):
            answer = said_answer(own, right, Text(told(right, phrases(lang)), START))
            assert answer.verdict == "right", own


def checked(problem: str, sheet: str, tmp_path: Path, *options: str) -> Any:
    path = tmp_path / "sheet.txt"
    path.write_text(sheet, "utf-8")
    return command("check", problem, str(path), *options)


def test_words_are_marked_beside_numbers(tmp_path: Path) -> None:
    sheet = "fit_possible = Нет.\n"
    found = json.loads(checked("xor-net", sheet, tmp_path, "--format", "json").stdout)
    assert [(i["verdict"], i["expected"]) for i in found["items"]] == [("right", "no")]
    sheet = "logistic_separable = no\nlogistic_minimum_exists = no\nlogistic_infimum = 0\n"
    found = json.loads(
        checked("logistic-without-minimum", sheet, tmp_path, "--format", "json").stdout
    )
    assert {i["name"]: i["verdict"] for i in found["items"]} == {
        "logistic_separable": "wrong",
        "logistic_minimum_exists": "right",
        "logistic_infimum": "right",
    }


def test_a_wrong_word_is_wrong_and_no_more_is_said_of_it(tmp_path: Path) -> None:
    page = checked("learning-rates", "robbins_monro_sum = сходится\n", tmp_path).stdout
    assert "✗ wrong" in page and "none of the mistakes" not in page
    page = checked("learning-rates", "robbins_monro_sum = yes\n", tmp_path).stdout
    page = " ".join(page.split())
    assert "yes is none of the words that are an answer here: converges/сходится" in page
    page = checked("learning-rates", "robbins_monro_sum = finite\n", tmp_path, "--hint", "1").stdout
    assert "Look again at robbins_monro_sum" in page and "diverges" not in page


def test_a_wrong_condition_comes_with_a_number_for_which_it_is_wrong(tmp_path: Path) -> None:
    sheet = "robbins_monro_6_sum_converges_for = p >= 1\n"
    page = " ".join(checked("learning-rates", sheet, tmp_path).stdout.split())
    assert "for p = 1 this condition holds, but what is asked for does not" in page


@pytest.mark.parametrize("ending", ["yaml", "csv", "md", "txt", "json"])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_filled_sheet_of_words_is_all_right(ending: str, lang: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"key.{ending}")
    assert command("sheet", "learning-rates", "--filled", "--lang", lang, "-o", path).exit_code == 0
    found = json.loads(command("check", "learning-rates", path, "--format", "json").stdout)
    assert {item["verdict"] for item in found["items"]} == {"right"}
    assert len(found["items"]) == 18


def test_a_problem_without_answers_says_so(tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    path.write_text("ask: [{pictures: {X: [[1, 2], [3, 4]]}}]\n", "utf-8")
    result = command("sheet", str(path))
    assert result.exit_code == 2 and "asks for nothing that stands on a sheet" in result.stderr
    result = checked(str(path), "a = 1\n", tmp_path)
    assert result.exit_code == 2 and "asks for nothing that stands on a sheet" in result.stderr


def test_a_name_of_nothing_is_compared_with_those_of_words(tmp_path: Path) -> None:
    page = " ".join(checked("learning-rates", "robbin_monro_sum = 1\n", tmp_path).stdout.split())
    assert "robbins_monro_sum" in page and "(none)" not in page


def test_an_empty_sheet_is_told_how_sheets_look(tmp_path: Path) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_text("# nothing\n", "utf-8")
    result = command("check", "learning-rates", str(path))
    assert result.exit_code == 2 and "equations" not in result.stderr
    assert "h[1..3]" in result.stderr


def test_the_words_stand_in_a_class_report(tmp_path: Path) -> None:
    for student, word in (("ann", "diverges"), ("bob", "converges")):
        (tmp_path / f"{student}.txt").write_text(f"robbins_monro_sum = {word}\n", "utf-8")
    into = tmp_path / "out"
    sheets = [str(tmp_path / f"{s}.txt") for s in ("ann", "bob")]
    result = command("grade", "learning-rates", *sheets, "--into", str(into))
    assert result.exit_code == 0, result.output
    values = (into / "values.csv").read_text("utf-8")
    assert "ann,robbins_monro_sum,diverges,diverges,right" in values
    assert "bob,robbins_monro_sum,converges,diverges,wrong" in values
