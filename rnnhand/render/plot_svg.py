"""Plots as SVG: dashes tell the curves apart, so that print needs no colour; light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from rnnhand.document.blocks import Equals, Inline, Math, Plot, Sentence, Shown, Tag
from rnnhand.render.axes import Frame, as_decimal, as_powers, frame, powers, steps, tick_text
from rnnhand.render.boxes import formula, table_box
from rnnhand.render.notation import UNICODE
from rnnhand.render.svg import FONTS

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, BOTTOM = 72, 24, 56
LINE = 22
SHORT = 28
"""Characters of a name that two columns have room for."""

DASHES = ("", "9 4", "2 4", "12 4 2 4", "5 3", "14 6")
COLOURS = ("#0b6fa4", "#b34700", "#3d7a1f", "#7a3fa0", "#555555", "#9c1f3f")
DARK = ("#6cc4f5", "#ff9d5c", "#8fd16b", "#c79bf0", "#bbbbbb", "#ff8aa5")
SCRIPT = re.compile(r"_\{([^}]*)\}|_(\w[′']*)")
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")


def plot_svg(plot: Plot, styled: bool = True) -> str:
    """One plot as a picture of its own; not `styled` where the page that holds it has `style`."""
    top = 34 + LINE * _legend_rows(plot) + 14
    bounds = frame(plot)
    height = HEIGHT + LINE * _legend_rows(plot)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-family="{FONTS}" font-size="14">',
        f"<title>{escape(_plain(plot.title))}</title>",
        *([f"<style>{style(len(plot.curves))}</style>"] if styled else []),
        f'<rect class="back" width="{WIDTH}" height="{height}"/>',
        f'<text class="ink" x="{WIDTH / 2:g}" y="22" text-anchor="middle" font-weight="bold">'
        f"{_spans(plot.title)}</text>",
    ]
    if bounds is not None:
        area = _Area(bounds, top, height - BOTTOM)
        parts += _legend(plot)
        parts += area.axes(plot)
        parts += area.curves(plot)
    return "\n".join([*parts, "</svg>"])


def style(count: int) -> str:
    """The colours of as many curves, in light and in dark."""
    rules = [".back{fill:#fff}.ink{fill:#111}.axis{stroke:#111;stroke-width:1}"]
    rules.append(".rule{stroke:#ddd;stroke-width:1}.dot{stroke:none}")
    dark = [".back{fill:#161616}.ink{fill:#eee}.axis{stroke:#eee}.rule{stroke:#3a3a3a}"]
    for i in range(count):
        k = i % len(COLOURS)
        rules.append(f".c{i}{{stroke:{COLOURS[k]};stroke-width:2;fill:none}}")
        rules.append(f".d{i}{{fill:{COLOURS[k]}}}")
        dark.append(f".c{i}{{stroke:{DARK[k]}}}.d{i}{{fill:{DARK[k]}}}")
    return "".join(rules) + "@media screen and (prefers-color-scheme:dark){" + "".join(dark) + "}"


def _legend_rows(plot: Plot) -> int:
    """Two columns where there are more than three curves, and their names are short."""
    short = all(len(_plain(curve.name)) <= SHORT for curve in plot.curves)
    return -(-len(plot.curves) // 2) if short and len(plot.curves) > 3 else len(plot.curves)


def _legend(plot: Plot) -> Iterator[str]:
    """A sample of each line and its name; in two columns where there are many."""
    rows = _legend_rows(plot)
    for i, curve in enumerate(plot.curves):
        x, y = LEFT + 290 * (i // rows), 34 + LINE * (i % rows) + LINE / 2
        yield (f'<line class="c{i}" x1="{x}" y1="{y:g}" x2="{x + 46}" y2="{y:g}"{_dashes(i)}/>')
        yield f'<text class="ink" x="{x + 56}" y="{y + 5:g}">{_spans(curve.name)}</text>'


def _dashes(i: int) -> str:
    pattern = DASHES[i % len(DASHES)]
    return f' stroke-dasharray="{pattern}"' if pattern else ""


class _Area:
    """The frame in which curves are drawn."""

    def __init__(self, bounds: Frame, top: float, bottom: float) -> None:
        self.bounds, self.top, self.bottom = bounds, top, bottom

    def x(self, step: float) -> float:
        return LEFT + self.bounds.across(step) * (WIDTH - LEFT - RIGHT)

    def y(self, power: float) -> float:
        return self.bottom - self.bounds.up(power) * (self.bottom - self.top)

    def axes(self, plot: Plot) -> Iterator[str]:
        ticks = powers(self.bounds, 8)
        raised = as_powers(ticks)
        for power, text in ticks:
            y = self.y(power)
            yield (
                f'<line class="rule" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
            )
            yield (
                f'<text class="ink" x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">'
                f"{_size(text, raised, plot.decimal)}</text>"
            )
        for step in steps(self.bounds, 9):
            x = self.x(step)
            yield (
                f'<line class="axis" x1="{x:.1f}" y1="{self.bottom}" x2="{x:.1f}" '
                f'y2="{self.bottom + 5}"/>'
            )
            yield (
                f'<text class="ink" x="{x:.1f}" y="{self.bottom + 21}" text-anchor="middle">'
                f"{tick_text(step, plot.decimal).replace('-', '−')}</text>"
            )
        yield (
            f'<path class="axis" fill="none" '
            f'd="M{LEFT} {self.top:g}V{self.bottom:g}H{WIDTH - RIGHT}"/>'
        )
        middle = (LEFT + WIDTH - RIGHT) / 2
        yield (
            f'<text class="ink" x="{middle:g}" y="{self.bottom + 44}" text-anchor="middle">'
            f"{_spans(plot.across)}</text>"
        )
        centre = (self.top + self.bottom) / 2
        yield (
            f'<text class="ink" text-anchor="middle" '
            f'transform="translate(18 {centre:g}) rotate(-90)">{_spans(plot.up)}</text>'
        )

    def curves(self, plot: Plot) -> Iterator[str]:
        for i, curve in enumerate(plot.curves):
            places = [f"{self.x(s):.1f},{self.y(p):.1f}" for s, p in curve.points]
            if len(places) > 1:
                yield (f'<polyline class="c{i}"{_dashes(i)} points="{" ".join(places)}"/>')
            if len(places) <= 24:
                for place in places:
                    x, _, y = place.partition(",")
                    yield f'<circle class="d{i}" cx="{x}" cy="{y}" r="3"/>'


def _size(text: str, raised: bool, decimal: str) -> str:
    """1e-3 as 10 to the −3 where numbers are `raised`, else as 0.001."""
    mantissa, _, power = text.partition("e")
    if not raised:
        return as_decimal(text, decimal).replace("-", "−")
    head = "10" if mantissa == "1" else f"{mantissa}·10"
    return f'{head}<tspan dy="-5" font-size="10">{power.replace("-", "−")}</tspan>'


def _plain(sentence: Sentence) -> str:
    return "".join(_inline(i) for i in sentence)


def _inline(inline: Inline) -> str:
    match inline:
        case str():
            return "".join(c if c.isprintable() else " " for c in inline)
        case Math(expr):
            return formula(expr, UNICODE).lines[0]
        case Shown(table):
            return table_box(table, UNICODE).lines[0]
        case Equals(left, right):
            shown = right if isinstance(right, str) else _either(right)
            return f"{formula(left, UNICODE).lines[0]} = {shown}"
        case Tag(_, words):
            return words


def _either(right: object) -> str:
    from rnnhand.language.numerals import Numeral

    if isinstance(right, Numeral | tuple):
        return table_box(right, UNICODE).lines[0]
    return formula(right, UNICODE).lines[0]  # type: ignore[arg-type]


def _spans(sentence: Sentence) -> str:
    """Text with what stands below the line set below it."""
    found, end = [], 0
    said = _plain(sentence)
    for m in SCRIPT.finditer(said):
        found.append(escape(said[end : m.start()]))
        inner = escape(m[1] or m[2])
        found.append(f'<tspan dy="4" font-size="10">{inner}</tspan><tspan dy="-4">\u200b</tspan>')
        end = m.end()
    return "".join([*found, escape(said[end:])])


def label(sentence: Sentence) -> str:
    """A sentence as what stands inside a text element."""
    return _spans(sentence)


def spoken(sentence: Sentence) -> str:
    """A sentence as text without marks."""
    return _plain(sentence)
