"""A word or a condition on a sheet: read in any spelling, and compared with the right one."""

from __future__ import annotations

from fractions import Fraction

from rnnhand.errors import Diagnostic, Failure, diagnostic, failure
from rnnhand.language.conditions import (
    EVERYWHERE,
    Condition,
    Unclear,
    condition,
    has,
    told_apart,
)
from rnnhand.language.spellings import folded
from rnnhand.marking.echo import echoed, safe
from rnnhand.marking.numbers import is_blank, read_number
from rnnhand.marking.sheet import Spoken
from rnnhand.phrases import Phrases
from rnnhand.problem import yaml
from rnnhand.problem.words import first_spellings, plain, words
from rnnhand.questions.said import Holding, Said, Word

LONGEST = 200
"""Characters of a word or a condition."""

ALWAYS = frozenset(
    ("always", "any", "all", "for all", "all values", "всегда", "любое", "все", "при всех")
)
NEVER = frozenset(("never", "for no value", "∅", "никогда", "ни при каких", "ни при каком"))


def said_answer(name: str, right: Said, node: yaml.Node) -> Spoken:
    """What a sheet says under the name of a word or a condition, with its verdict."""
    while isinstance(node, yaml.List) and len(node.items) == 1:
        node = node.items[0]
    given, told = echoed(node), str(right)
    try:
        if not isinstance(node, yaml.Text) or len(node.text) > LONGEST:
            raise failure("sheet-no-word", node.span, found=safe(given))
        if is_blank(node.text):
            return Spoken(name, "", (), "missing", told)
        match right:
            case Word():
                verdict = "right" if _word(right, node) else "wrong"
                return Spoken(name, given, (), verdict, told)
            case Holding(holding):
                why = _differs(_condition(holding, node), holding, node)
                return Spoken(name, given, why, "wrong" if why else "right", told)
    except Failure as error:
        return Spoken(name, given, error.diagnostics, "unreadable", told)


def _word(right: Word, node: yaml.Text) -> bool:
    """Whether a word says what is right. Raises `Failure` where it says none of the words that
    may be said."""
    own = plain(node.text)
    meant = [word for word in right.among if own in words()[word]]
    if not meant:
        known = ", ".join("/".join(first_spellings(word)) for word in right.among)
        raise failure("sheet-word", node.span, found=safe(node.text), known=known)
    return right.word in meant


def _condition(right: Condition, node: yaml.Text) -> Condition:
    own = plain(node.text)
    if own in ALWAYS or own in NEVER:
        return Condition(right.letter, EVERYWHERE if own in ALWAYS else ())
    try:
        found = condition(node.text.strip(), lambda text: _number(text, node))
    except (Unclear, RecursionError):
        raise failure(
            "sheet-condition", node.span, "hint-sheet-condition", letter=right.letter,
            found=safe(node.text),
        ) from None  # fmt: skip
    if found.letter and folded(found.letter) != folded(right.letter):
        raise failure(
            "sheet-formula-letter", node.span, found=safe(found.letter), known=right.letter
        )
    return found


def _number(written: str, node: yaml.Text) -> Fraction:
    found = read_number(written, node.span)
    if found is None or not isinstance(found.value, Fraction):
        raise Unclear
    return found.value


def _differs(own: Condition, right: Condition, node: yaml.Text) -> tuple[Diagnostic, ...]:
    """Where a condition is not the right one."""
    x = told_apart(own.pieces, right.pieces)
    if x is None:
        return ()
    code = "sheet-condition-holds" if has(right.pieces, x) else "sheet-condition-fails"
    at = f"{right.letter} = {x}"
    return (diagnostic(code, node.span, at=at),)


def told(right: Said, say: Phrases) -> str:
    """What is right, as people say it."""
    return as_told(str(right), say)


def as_told(right: str, say: Phrases) -> str:
    return say.say(f"word-{right}") if right in words() else right
