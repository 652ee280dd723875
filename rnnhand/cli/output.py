"""Where output goes: a terminal, a pipe, a file; options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnnhand.cli.failures import reported
from rnnhand.cli.page import html
from rnnhand.cli.speech import LANG as LANG
from rnnhand.cli.speech import decimal_option, speech
from rnnhand.errors import Failure, cause, failure
from rnnhand.render.pages import PAGES, by_ending, is_there, page

if TYPE_CHECKING:
    from rich.console import Console

    from rnnhand.document.blocks import Document
    from rnnhand.document.graph import Graph
    from rnnhand.problem.files import Source


DIGITS: dict[str, Any] = {"type": click.IntRange(1, 1000), "metavar": "N"}
OUTPUT: dict[str, Any] = {"type": click.Path(dir_okay=False), "metavar": "FILE"}


def format_option(*more: str, folder: str = "terminal") -> Callable[[Any], Any]:
    """`--format` of a command that prints a document, with further formats of its own; what is
    not said follows from the name of the file that `--output` names; for a name without an ending
    it is that of `folder`."""
    choices = ("terminal", *PAGES, "json", *more)

    def decorate(command: Any) -> Any:
        @wraps(command)
        def resolved(**given: Any) -> Any:
            usual = folder if given["output"] else "terminal"
            asked = given["format_"]
            given["format_"] = asked or _asked_by(given["output"], more) or usual
            with reported(given["lang"]):
                if usual == given["format_"] == "terminal" and not asked:
                    expect_ending(given["output"], ("json", *more))
                _expect(given["format_"], given["output"])
            return command(**given)

        resolved = decimal_option(resolved)
        return click.option("--format", "format_", type=click.Choice(choices))(resolved)

    return decorate


def expect_ending(output: str | None, more: tuple[str, ...], pages: bool = True) -> None:
    """Raises `Failure` where the name of a file ends as that of a format which is none of these;
    text is what has no ending, or .txt."""
    ending = Path(output or "").suffix.lower()
    forms = [e for form in PAGES.values() for e in form.endings] if pages else []
    known = (".txt", *forms, *(f".{name}" for name in more))
    if ending and ending not in known:
        shown = ", ".join(known)
        raise failure("no-such-ending", None, "hint-no-such-ending", found=ending[:20], known=shown)


def _expect(form: str, output: str | None) -> None:
    """Raises `Failure` where a format cannot be had, before anything is worked out for it."""
    if form in PAGES and not is_there(form):
        raise without_library(form)
    if form in PAGES and PAGES[form].is_binary and output is None and sys.stdout.isatty():
        raise failure("not-for-a-terminal", None, "hint-not-for-a-terminal")


def without_library(form: str) -> Failure:
    """What to do where the library of PDF, or of PNG, is not there."""
    if form == "pdf":
        return failure("no-pdf", None, "hint-no-pdf")
    return failure("no-png", None, "hint-no-png")


def _asked_by(output: str | None, more: tuple[str, ...]) -> str | None:
    """The format that a file's name asks for."""
    name = (output or "").lower()
    own = next((form for form in ("json", *more) if name.endswith(f".{form}")), None)
    return own or by_ending(name)


def cells_option(command: Any) -> Any:
    """`--cells DIR`: where a user's own cells are."""
    return click.option("--cells", type=click.Path(), metavar="DIR")(command)


def standard_input() -> Source:
    """What is piped in, or typed up to the end of input."""
    from rnnhand.language import limits
    from rnnhand.problem.encodings import decoded_sheet
    from rnnhand.problem.files import Source

    with click.open_file("-", "rb") as stream:
        raw: bytes = stream.read(limits.SHEET_BYTES + 1)
    return Source("-", decoded_sheet(raw))


def show(document: Document, form: str, output: str | None, graph: Graph | None = None) -> None:
    """A document in a format, to a terminal, a pipe or a file; some formats draw its graph."""
    if form in PAGES:
        write_bytes(as_bytes(document, form, graph), output)
        return
    from rnnhand.render.terminal import print_document

    with console(output) as screen:
        print_document(document, screen)


def as_bytes(document: Document, form: str, graph: Graph | None = None) -> bytes:
    """A document in a format, as a file has it."""
    if form == "terminal":
        from rnnhand.render.terminal import as_text

        return as_text(document, 100).encode()
    content = html(document, graph) if form == "html" else page(document, form, graph)
    return content if isinstance(content, bytes) else f"{content}\n".encode()


def write(content: str, output: str | None) -> None:
    """Text to standard output, or to a file that appears whole or not at all."""
    if output is None:
        stream = sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        click.echo(content.encode(encoding, "backslashreplace").decode(encoding))
        return
    _to_file((content + "\n").encode("utf-8"), output)


def write_bytes(content: bytes, output: str | None) -> None:
    """Bytes to standard output or to a file."""
    if output is not None:
        _to_file(content, output)
    else:
        click.echo(content, nl=False)


def _to_file(content: bytes, output: str) -> None:
    target = Path(output)
    beside = target.with_name(f".{target.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise failure("cannot-write", None, name=output, reason=cause(error)) from None


@contextmanager
def console(output: str | None) -> Iterator[Console]:
    """A console on standard output; or one whose text goes to a file at the end."""
    from rich.console import Console

    if output is None:
        piped = not sys.stdout.isatty()
        width = int(os.environ.get("COLUMNS") or 0) or (100 if piped else None)
        yield Console(width=width)
        return
    screen = Console(record=True, width=100, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    yield screen
    write(screen.export_text().rstrip("\n"), output)


@contextmanager
def shown_progress(lang: str) -> Iterator[None]:
    """A spinner on standard error while something takes long, if a person is watching."""
    if not sys.stderr.isatty() or not sys.stdout.isatty():
        with nullcontext():
            yield
        return
    from rich.console import Console

    with Console(stderr=True).status(speech(lang).say("working")):
        yield
