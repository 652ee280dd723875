"""Every message has its sentence in every language, and every sentence is said by something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import rnnhand
from rnnhand.phrases import SLOT, languages, phrases, read

PACKAGE = Path(rnnhand.__file__).parent
RAISING = {"failure", "diagnostic", "Fault", "Irrational", "TooLong", "_clash"}
NAMED = re.compile(r"\{(\w+)(?=[?}])")
FAULTS = {"Fault", "Irrational", "TooLong"}
"""Exceptions that learn on their way up where they happened."""


@dataclass(frozen=True)
class Call:
    """One call that makes a message: the codes it may have, its hints, the words it fills in.

    `is_open` says that a variable may hold another hint.
    """

    place: str
    codes: frozenset[str]
    hints: frozenset[str]
    is_open: bool
    words: frozenset[str]


def literals(node: ast.AST | None) -> frozenset[str]:
    """The texts in an expression; those that a condition compares with do not count."""
    match node:
        case None:
            return frozenset()
        case ast.Constant(value):
            return frozenset({value} if isinstance(value, str) else ())
        case ast.IfExp(_, body, orelse):
            return literals(body) | literals(orelse)
        case ast.BoolOp(_, values):
            return frozenset[str]().union(*map(literals, values))
    return frozenset()


def is_told(node: ast.AST | None) -> bool:
    """Whether an expression is made of texts and None only."""
    match node:
        case None | ast.Constant():
            return True
        case ast.IfExp(_, body, orelse):
            return is_told(body) and is_told(orelse)
    return False


@cache
def modules() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def calls() -> tuple[Call, ...]:
    """Every call in the package that makes a message and says its code."""
    return tuple(_calls())


def _calls() -> Iterator[Call]:
    for name, tree in modules().items():
        words_of_clash = _words_of_clash(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            kind = node.func.id
            if kind not in RAISING or not node.args or not literals(node.args[0]):
                continue
            named = {k.arg: k.value for k in node.keywords if k.arg}
            words = frozenset(named) - {"hint", "span"}
            hint = named.get("hint", node.args[2] if len(node.args) > 2 else None)
            if kind == "_clash":
                hint = node.args[4] if len(node.args) > 4 else None
                words = words_of_clash
            if kind in FAULTS:
                words |= {"where"}
            yield Call(
                f"{name}:{node.lineno}",
                literals(node.args[0]),
                literals(hint),
                not is_told(hint),
                words,
            )


def _words_of_clash(tree: ast.Module) -> frozenset[str]:
    """The words that `_clash` of system/shapes hands on, whatever the code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "_clash":
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "failure":
                    return frozenset(k.arg for k in call.keywords if k.arg)
    return frozenset()


@cache
def errors(lang: str) -> dict[str, str]:
    return read("errors-", lang)


def slots(phrase: str) -> set[str]:
    return set(NAMED.findall(phrase))


@cache
def texts() -> frozenset[str]:
    """Every text literal of the package."""
    return frozenset(
        node.value
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.parametrize("lang", languages())
def test_every_code_has_a_phrase(lang: str) -> None:
    used = {code for call in calls() for code in call.codes | call.hints}
    used |= {text for text in texts() if text.startswith("hint-") and " " not in text}
    assert sorted(used - errors(lang).keys()) == []


@pytest.mark.parametrize("lang", languages())
def test_no_phrase_is_unused(lang: str) -> None:
    assert sorted(errors(lang).keys() - texts()) == []


@pytest.mark.parametrize("lang", languages())
def test_a_phrase_uses_only_words_that_its_calls_provide(lang: str) -> None:
    wrong = []
    table = errors(lang)
    for call in calls():
        codes = call.codes | call.hints
        if call.is_open:
            # The hint is chosen elsewhere in the module: it may be any that no call names.
            module = modules()[call.place.split(":")[0]]
            told = {hint for other in calls() for hint in other.hints}
            loose = {
                node.value
                for node in ast.walk(module)
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.startswith("hint-")
                and node.value not in told
            }
            codes |= loose
        for code in codes:
            missing = slots(table.get(code, "")) - call.words
            if missing:
                wrong.append((call.place, code, sorted(missing)))
    assert wrong == []


@pytest.mark.parametrize("part", ["", "errors-"])
def test_a_phrase_has_the_same_slots_in_every_language(part: str) -> None:
    first, *others = (read(part, lang) for lang in languages())
    for other in others:
        assert other.keys() == first.keys()
        for code, phrase in other.items():
            assert slots(phrase) == slots(first[code]), code


@pytest.mark.parametrize(
    ("lang", "n", "said"),
    [
        *(("en", n, "digit") for n in (1,)),
        *(("en", n, "digits") for n in (0, 2, 5, 11, 21, 100)),
        *(("ru", n, "цифра") for n in (1, 21, 101, 1001)),
        *(("ru", n, "цифры") for n in (2, 3, 4, 22, 34, 102)),
        *(("ru", n, "цифр") for n in (0, 5, 9, 10, 11, 12, 13, 14, 15, 20, 111, 112, 114, 1000)),
    ],
)
def test_a_number_has_the_word_that_goes_with_it(lang: str, n: int, said: str) -> None:
    assert phrases(lang).say("numbers-float", digits=str(n)).endswith(f"{n} {said}")


@pytest.mark.parametrize("lang", languages())
def test_words_that_go_with_numbers_have_all_forms(lang: str) -> None:
    count = len(phrases(lang).table["plural-forms"].split(";"))
    for phrase in phrases(lang).table.values():
        for match in SLOT.finditer(phrase):
            assert match[2] is None or len(match[2].split("|")) == count, phrase
