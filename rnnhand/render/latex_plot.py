"""Plots in LaTeX: curves over the steps in a frame of TikZ, each with a mark of its own."""

from __future__ import annotations

from collections.abc import Callable

from rnnhand.document.blocks import Plot, Sentence
from rnnhand.render.axes import Frame, as_decimal, as_powers, frame, powers, steps, tick_text
from rnnhand.render.tex_names import number

WIDE, TALL = 11.0, 5.0
MARKS = (r"$\bullet$", r"$\circ$", r"$\times$", "$+$", r"$\blacklozenge$", r"$\lozenge$")
COLOURS = ("blue!70!black", "orange!80!black", "violet", "green!45!black", "red!75!black", "gray")


def picture(plot: Plot, spell: Callable[[Sentence], str]) -> str:
    """The plot, its title above, the names of its curves below."""
    bounds = frame(plot)
    if bounds is None:
        return ""
    lines = [
        r"\begin{center}",
        f"\\textbf{{{spell(plot.title)}}}\\par\\nopagebreak",
        r"\begin{tikzpicture}[font=\small]",
        f"\\draw (0,0) rectangle ({WIDE},{TALL});",
        *_ticks(bounds, plot.decimal),
        f"\\node[below] at ({WIDE / 2:g},-0.6) {{{spell(plot.across)}}};",
        f"\\node[above right] at (-0.2,{TALL:g}) {{{spell(plot.up)}}};",
    ]
    for i, curve in enumerate(plot.curves):
        colour, mark = COLOURS[i % len(COLOURS)], MARKS[i % len(MARKS)]
        places = [
            f"({bounds.across(s) * WIDE:.2f},{bounds.up(p) * TALL:.2f})" for s, p in curve.points
        ]
        if len(places) > 1:
            lines.append(f"\\draw[{colour}] {' -- '.join(places)};")
        marked = places[::12] if plot.linear else places
        lines += [f"\\node[{colour},inner sep=0pt] at {place} {{{mark}}};" for place in marked]
    lines.append(r"\end{tikzpicture}\par")
    for i, curve in enumerate(plot.curves):
        mark = f"\\textcolor{{{COLOURS[i % len(COLOURS)]}}}{{{MARKS[i % len(MARKS)]}}}"
        lines.append(rf"{mark} {spell(curve.name)}\par")
    return "\n".join([*lines, r"\end{center}"])


def _ticks(bounds: Frame, decimal: str) -> list[str]:
    ticks = powers(bounds, 7)
    raised = as_powers(ticks)
    found = []
    for power, text in ticks:
        mantissa, _, exponent = text.partition("e")
        if raised:
            head = "10" if mantissa == "1" else f"{mantissa}\\cdot 10"
            shown = f"${head}^{{{exponent}}}$"
        else:
            shown = f"${number(as_decimal(text, decimal), False)}$"
        y = f"{bounds.up(power) * TALL:.2f}"
        found.append(f"\\draw[gray!40] (0,{y}) -- ({WIDE},{y});")
        found.append(f"\\node[left] at (0,{y}) {{{shown}}};")
    for step in steps(bounds, 12):
        x = f"{bounds.across(step) * WIDE:.2f}"
        shown = number(tick_text(step, decimal), False)
        found.append(f"\\draw ({x},0) -- ({x},-0.1) node[below] {{${shown}$}};")
    return found
