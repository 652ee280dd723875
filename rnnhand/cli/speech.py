"""The language and the decimal mark of what a command says: from its options, or what else says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from rnnhand.phrases import SOURCE, Phrases, languages, phrases

MARK = "rnnhand.decimal"
MARKS = {"point": ".", "comma": ","}


def default_language() -> str:
    """The language of the environment, where there are phrases for it; else English.

    As with gettext, LANGUAGE is a list of wishes, and counts where there is a locale at all.
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((value for name in names if (value := os.environ.get(name, ""))), "")
    bare = locale.partition(".")[0].upper() in ("", "C", "POSIX")
    wishes = [] if bare else os.environ.get("LANGUAGE", "").split(":")
    for wish in (*wishes, locale):
        own = wish.lower().partition("_")[0].partition(".")[0]
        if own in languages():
            return own
        if wish in wishes and own == SOURCE:
            break
    return SOURCE


class Told:
    """The language of this call, for what is said before any option has been read."""

    lang = SOURCE


def listen(args: Sequence[str]) -> None:
    """Find the language of a call: the last --lang among its words, else the environment's."""
    Told.lang = default_language()
    for word, after in zip(args, (*args[1:], ""), strict=True):
        name, sign, value = word.partition("=")
        if name == "--lang" and (own := value if sign else after) in languages():
            Told.lang = own


LANG: dict[str, Any] = {"type": click.Choice(languages()), "default": lambda: Told.lang}


def decimal_option(command: Any) -> Any:
    """`--decimal-point`: what stands before the fraction of a number, if not what the language
    writes."""
    return click.option(
        "--decimal-point",
        type=click.Choice(tuple(MARKS)),
        expose_value=False,
        callback=_kept,
    )(command)


def _kept(context: click.Context, _: click.Parameter, value: str | None) -> None:
    context.meta[MARK] = MARKS[value] if value else ""


def speech(lang: str) -> Phrases:
    """The phrases of a language, with the decimal mark that was asked for."""
    context = click.get_current_context(silent=True)
    return phrases(lang, context.meta.get(MARK, "") if context else "")
