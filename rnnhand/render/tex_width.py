"""How wide a formula of TeX is, in columns: the width of a digit."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[{}]|.", re.DOTALL)
SMALL = 0.72
"""Of a subscript against the line."""
NOTHING = ("\\displaystyle", "\\dots ", "&", " ")
SPACED = {
    **dict.fromkeys(("\\left", "\\right"), 0.4),
    **dict.fromkeys("=<>", 2.8),
    **dict.fromkeys(("\\le", "\\ge", "\\ne", "\\approx", "\\leftarrow", "\\to"), 3.0),
    **dict.fromkeys(("+", "-", "\\odot", "\\cdot", "\\times"), 2.2),
    **{"\\cdot": 1.6, "\\sum": 3.2, "\\prod": 3.2, "\\quad": 2.0, "\\ ": 0.7, ",": 0.9, "'": 0.6},
    **{"\\underline": 0.0, "\\hspace": 4.0},
    **{"\\partial": 1.1, "\\dots": 2.6, "\\sqrt": 1.8, "(": 0.8, ")": 0.8, "[": 0.6, "]": 0.6},
}
GROUPS = ("\\text", "\\mathrm", "\\mathbf", "\\mathbb", "\\hat", "\\bar", "\\tilde", "\\ensuremath")
WORDS = ("\\tanh", "\\exp", "\\ln", "\\max", "\\min", "\\lim")


@lru_cache(maxsize=4096)
def tex_width(tex: str) -> float:
    """The width of a formula that `Tex` has written."""
    tokens = TOKEN.findall(tex)
    total, _ = _run(tokens, 0)
    return total


def _run(tokens: list[str], i: int) -> tuple[float, int]:
    """The width from a place on to the end of the group, and where that is."""
    total = 0.0
    while i < len(tokens):
        token = tokens[i]
        if token == "}":
            return total, i + 1
        wide, i = _one(tokens, i)
        total += wide
    return total, i


def _one(tokens: list[str], i: int) -> tuple[float, int]:
    """The width of one sign or group."""
    token = tokens[i]
    if token == "{":
        return _run(tokens, i + 1)
    if token in ("_", "^"):
        inner, i = _one(tokens, i + 1)
        return SMALL * inner, i
    if token in ("\\frac", "\\tfrac"):
        above, i = _one(tokens, i + 1)
        below, i = _one(tokens, i)
        return max(above, below) + 0.6, i
    if token == "\\begin":
        return _array(tokens, i)
    if token in ("\\text", "\\mathrm"):
        return _words(tokens, i + 1)
    if token in GROUPS:
        return _one(tokens, i + 1)
    if token in NOTHING:
        return 0.0, i + 1
    if token in SPACED:
        return SPACED[token], i + 1
    if token in WORDS:
        return len(token), i + 1
    return (1.2 if token.startswith("\\") or token.isalpha() else float(cell_len(token))), i + 1


def _words(tokens: list[str], i: int) -> tuple[float, int]:
    """Upright text, in which blanks count."""
    total, depth = 0.0, 0
    while i < len(tokens):
        token = tokens[i]
        depth += (token == "{") - (token == "}")
        if token not in "{}":
            total += 0.7 if token == " " else 1.05 * cell_len(token.removeprefix("\\"))
        i += 1
        if depth == 0:
            break
    return total, i


def _array(tokens: list[str], i: int) -> tuple[float, int]:
    r"""\begin{array}{rr}…\end{array}: the widest cell of each column, and the gaps."""
    i = _after_group(tokens, _after_group(tokens, i + 1))
    rows: list[list[float]] = [[0.0]]
    while i < len(tokens) and tokens[i] != "\\end":
        if tokens[i] == "&":
            rows[-1].append(0.0)
            i += 1
        elif tokens[i] == "\\\\":
            rows.append([0.0])
            i += 1
        else:
            wide, i = _one(tokens, i)
            rows[-1][-1] += wide
    most = max(len(row) for row in rows)
    total = sum(max(row[k] for row in rows if k < len(row)) for k in range(most))
    return total + 1.85 * most + 1.3, _after_group(tokens, i + 1)


def _after_group(tokens: list[str], i: int) -> int:
    depth = 0
    while i < len(tokens):
        depth += (tokens[i] == "{") - (tokens[i] == "}")
        i += 1
        if depth == 0:
            break
    return i
