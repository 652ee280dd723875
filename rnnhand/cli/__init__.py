"""The command line: reads arguments, calls, prints, sets the exit status."""

from __future__ import annotations

import click

from rnnhand import __version__


class Commands(click.Group):
    """Commands by name; each is imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from importlib import import_module

        if name not in SUMMARIES:
            return None
        command: click.Command = import_module(f"rnnhand.cli.{name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


SUMMARIES = {
    "solve": "Write out the worked solution of a problem.",
    "check": "Mark an answer sheet: a verdict for every value.",
    "lint": "What an exercise can tell apart; its kinks, numbers, length.",
    "grade": "Mark the sheets of a class: marks, feedback, a report.",
    "sheet": "Write a blank answer sheet to fill in.",
    "handout": "Write a blank sheet, the answers, the full solution.",
    "flow": "Follow the gradient from step to step: does it fade or explode?",
    "derive": "Write the gradient out as formulas.",
    "check-formula": "Compare a formula of yours with the right one.",
    "count": "Count parameters of a problem, a cell or layers.",
    "depends": "Say what a quantity depends on, and what not.",
    "reduce": "Find what must be fixed for one cell to become another.",
    "compare": "List what differs between two cells.",
    "graph": "Draw the computational graph of a problem or a cell.",
    "export": "Write a program that computes the same numbers.",
    "cells": "List the cells of the library.",
    "cell": "Show one cell: equations, symbols, parameters, relatives.",
    "problems": "List the problems that come with the package.",
}


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rnnhand")
def main() -> None:
    """Solve recurrent networks by hand, step by step.

    \b
    rnnhand problems                list the problems that come with the package
    rnnhand solve there-and-back    every number of a forward and a backward pass
    """
