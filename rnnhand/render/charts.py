"""Plots in a terminal: every curve in a mark of its own, so that no colour is needed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from rnnhand.document.blocks import Plot
from rnnhand.render.axes import (
    Frame,
    as_decimal,
    as_powers,
    between,
    frame,
    powers,
    steps,
    tick_text,
)
from rnnhand.render.notation import superscript
from rnnhand.render.spelling import INDENT, Spelling

MARKS = ("●○×+◆◇", "o*x+#@")
STYLES = ("cyan", "yellow", "magenta", "green", "blue", "red")
WIDEST, LEAST, TALL = 72, 12, 13


def chart(page: Spelling, plot: Plot) -> Iterator[Text]:
    """The plot's lines: what is drawn, the curves in their frame, the marks and their names."""
    bounds = frame(plot)
    if bounds is None:
        return
    marks = MARKS[1 if page.signs.plain else 0]
    ticks = dict(_rows(page, bounds, plot.decimal))
    label = max(cell_len(t) for t in ticks.values())
    width = max(LEAST, min(WIDEST, page.width - INDENT - label - 3))
    yield Text(" " * INDENT + page.line(plot.title), style="bold")
    if plot.up:
        yield Text(" " * INDENT + page.line(plot.up), style="dim")
    for row, cells in enumerate(_canvas(plot, bounds, width, marks)):
        bar = ("+" if row in ticks else "|") if page.signs.plain else ("┤" if row in ticks else "│")
        line = Text(" " * INDENT + ticks.get(row, "").rjust(label) + " " + bar)
        for cell in cells:
            line.append(*cell)
        line.rstrip()
        yield line
    yield from _bottom(page, bounds, width, label, plot)
    for i, curve in enumerate(plot.curves):
        mark, style = marks[i % len(marks)], STYLES[i % len(STYLES)]
        name = page.line(curve.name)
        yield Text.assemble(" " * (INDENT + 1), (mark, style), f"  {name}")


def _rows(page: Spelling, bounds: Frame, decimal: str) -> Iterator[tuple[int, str]]:
    """The rows that bear a number."""
    ticks = powers(bounds, TALL // 2 + 1)
    raised = as_powers(ticks)
    for power, text in ticks:
        mantissa, _, exponent = text.partition("e")
        if not raised:
            shown = as_decimal(text, decimal).replace("-", page.signs.minus)
            yield _row(bounds, power), shown
        elif page.signs.plain:
            yield _row(bounds, power), text
        else:
            head = "10" if mantissa == "1" else f"{mantissa}·10"
            yield _row(bounds, power), head + superscript(exponent)


def _row(bounds: Frame, power: float) -> int:
    return round((1 - bounds.up(power)) * (TALL - 1))


def _canvas(plot: Plot, bounds: Frame, width: int, marks: str) -> list[list[tuple[str, str]]]:
    """Rows of (character, style). Where curves lie on one another their marks take turns."""
    taken: list[list[list[int]]] = [[[] for _ in range(width)] for _ in range(TALL)]
    for i, curve in enumerate(plot.curves):
        before: int | None = None
        places = {round(bounds.across(s) * (width - 1)) for s, _ in curve.points}
        for column in range(width):
            step = bounds.first + (bounds.last - bounds.first) * column / max(width - 1, 1)
            height = between(curve.points, step)
            if bounds.last == bounds.first and column in places:
                height = curve.points[0][1]
            if height is None:
                before = None
                continue
            row = _row(bounds, height)
            span = range(row, row + 1)
            if before is not None and abs(row - before) > 1:
                span = range(before + 1, row + 1) if row > before else range(row, before)
            for r in span:
                taken[r][column].append(i)
            before = row
    return [
        [
            (marks[own[c % len(own)] % len(marks)], STYLES[own[c % len(own)] % len(STYLES)])
            if own
            else (" ", "")
            for c, own in enumerate(row)
        ]
        for row in taken
    ]


def _bottom(page: Spelling, bounds: Frame, width: int, label: int, plot: Plot) -> Iterator[Text]:
    """The axis across, its steps, and what they are."""
    corner, dash, tick = ("+", "-", "+") if page.signs.plain else ("└", "─", "┴")
    axis, below = [dash] * width, [" "] * (width + 8)
    ticks = steps(bounds, max(2, width // 8))
    end = -2
    for step in ticks:
        place = round(bounds.across(step) * (width - 1))
        axis[place] = tick
        text = tick_text(step, plot.decimal).replace("-", page.signs.minus)
        start = max(0, place - len(text) // 2)
        if start <= end + 1:
            continue
        below[start : start + len(text)] = list(text)
        end = start + len(text) - 1
    margin = " " * (INDENT + label + 1)
    yield Text(f"{margin}{corner}{''.join(axis)}")
    numbers = Text(f"{margin} {''.join(below)}")
    numbers.rstrip()
    yield numbers
    said = page.line(plot.across)
    yield Text(margin + " " + " " * max(0, (width - cell_len(said)) // 2) + said, style="dim")
