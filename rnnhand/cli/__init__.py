"""The command line: reads arguments, calls, prints, sets the exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from rnnhand import __version__
from rnnhand.cli.help import teach_click, told, worded
from rnnhand.cli.speech import listen
from rnnhand.phrases import languages


class Commands(click.Group):
    """Commands by name; each is imported only when it is called."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        listen(given)
        teach_click()
        return super().main(given, *rest, **extra)

    def make_context(self, *given: Any, **extra: Any) -> click.Context:
        worded(self, click.Context(self, **self.context_settings))
        self.subcommand_metavar = told("COMMANDS")
        return super().make_context(*given, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from importlib import import_module

        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"rnnhand.cli.{name.replace('-', '_')}").command
        return worded(command, ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(told("click commands")):
            formatter.write_dl([(name, told(name)) for name in COMMANDS])


COMMANDS = (
    "solve",
    "check",
    "lint",
    "grade",
    "sheet",
    "handout",
    "flow",
    "derive",
    "check-formula",
    "analyse",
    "count",
    "depends",
    "reduce",
    "compare",
    "graph",
    "export",
    "cells",
    "cell",
    "problems",
)


@click.command("rnnhand", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rnnhand", message="%(prog)s %(version)s")
@click.option("--lang", type=click.Choice(languages()), expose_value=False)
def main() -> None:
    """What `rnnhand` says by itself stands in the phrases, as all help does."""
