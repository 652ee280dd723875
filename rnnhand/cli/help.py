"""Help and usage errors in the language that is asked for, from `library/phrases/help-*.yaml`.

A command in code has no texts: they are found by its name and the names of its options, so that
a command's help stands in one place and another language is another file. What click says by
itself is found by click's own English.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

import click

from rnnhand.cli.speech import Told
from rnnhand.phrases import SOURCE, text_of

Some = TypeVar("Some", bound=click.Command)


@cache
def texts(lang: str) -> Mapping[str, str]:
    """The help file of a language: blocks of lines under their codes. It is YAML, but of a form
    that is read without a library, since every call for help waits for this."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text_of("help-", lang).splitlines():
        if line.startswith("  ") or not line:
            lines.append(line[2:])
        elif not line.startswith("#"):
            lines = found.setdefault(line.removesuffix(": |"), [])
        else:
            lines = []
    return {code: "\n".join(block).strip("\n") for code, block in found.items()}


def told(code: str, otherwise: str = "") -> str:
    """A text of the help in the language of this call."""
    return texts(Told.lang).get(code, otherwise)


def worded(command: Some, context: click.Context) -> Some:
    """The command with its help, and the words for what it is given, in the language of this
    call."""
    name = command.name or ""
    command.short_help = told(name, command.short_help or "")
    command.help = _paragraphs(told(f"{name} about") or told(name) or command.help or "")
    command.options_metavar = told("OPTIONS")
    for param in command.get_params(context):
        if isinstance(param, click.Option):
            option = max(param.opts, key=len)
            param.help = _flowing(told(f"{name} {option}") or told(option, param.help or ""))
            if param.metavar:
                param.metavar = told(_coined(param), param.metavar)
        elif isinstance(param, click.Argument):
            param.metavar = _place(told(_coined(param), _coined(param)), param)
    return command


_COINED: dict[click.Parameter, str] = {}


def _coined(param: click.Parameter) -> str:
    """The word for what a parameter is given, as the code has it."""
    return _COINED.setdefault(param, param.metavar or (param.name or "").upper())


def _place(word: str, argument: click.Argument) -> str:
    """An argument in a usage line: [PROBLEM] may be left out, SHEETS... may be several."""
    shown = word if argument.required else f"[{word}]"
    return shown if argument.nargs == 1 else f"{shown}..."


def _paragraphs(text: str) -> str:
    """Text whose examples keep their lines."""
    parts = text.split("\n\n")
    return "\n\n".join(f"\b\n{p}" if p.startswith("rnnhand ") else p for p in parts)


def _flowing(text: str) -> str:
    return text.replace("\n", " ")


# click's own words


def teach_click() -> None:
    """Have click say what it says in the language of the call: each of its modules looks its
    words up by a function `_`, or `ngettext` where they depend on a number."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "click" and hasattr(module, "_"):
            # By name: for the type checker a module of click has no such attribute.
            setattr(module, "_", _said)  # noqa: B010
            if hasattr(module, "ngettext"):
                setattr(module, "ngettext", _counted)  # noqa: B010


def _said(english: str) -> str:
    """What click says in English, in the language of the call; as it is where there is nothing."""
    if Told.lang == SOURCE:
        return english
    return told(_codes().get(english, ""), english)


def _counted(one: str, many: str, count: int) -> str:
    return _said(one if count == 1 else many)


@cache
def _codes() -> Mapping[str, str]:
    return {text: code for code, text in texts(SOURCE).items() if code.startswith("click ")}
