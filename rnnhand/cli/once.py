"""Calls that say one thing and its contrary: an option that takes one value, given twice."""

from __future__ import annotations

import click

from rnnhand.cli.help import told


class Once(click.Command):
    """A command that refuses what click would settle in silence for the last word: two values of
    an option that takes one, a switch that is turned on and off."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        said = self.make_parser(ctx).parse_args(list(args))[2]
        for option in dict.fromkeys(p for p in said if isinstance(p, click.Option)):
            if option.secondary_opts and len(ways := _spelled(option, args)) > 1:
                words = told("once switch").format(one=ways[0], other=ways[1])
                raise click.UsageError(words, ctx)
            if not (option.multiple or option.is_flag) and said.count(option) > 1:
                name = max(option.opts, key=len)
                raise click.UsageError(told("once value").format(option=name), ctx)
        return super().parse_args(ctx, args)


def _spelled(switch: click.Option, args: list[str]) -> list[str]:
    """The ways in which a switch is set in a call: --folded and --unrolled."""
    return [way for way in (*switch.opts, *switch.secondary_opts) if way in args]
