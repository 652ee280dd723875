"""Text in LaTeX, for pdflatex and xelatex alike: every character shown, none obeyed."""

from __future__ import annotations

import re
import unicodedata

from rnnhand.render.signs import LETTERS, MATH

SPECIAL = {
    **{"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#"},
    **{"%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"},
    **{'"': r"\symbol{34}", "`": r"\textasciigrave{}", "'": "'{}", "\u00a0": "~"},
    **{"-": "-{}", "?": "?{}", "!": "!{}", ",": ",{}"},
}
"""What TeX obeys, and what it joins with a neighbour: --, ?`."""
LIGATURES = re.compile(r"([-?!,'])\{\}(?![-`,'])")
ACCENTS = {
    **{"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u"},
    **{"\u0307": ".", "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v"},
    **{"\u0327": "c", "\u0328": "k"},
}
KEPT = re.compile("[Ѐ-џ«»–—‘’“”„…№ßæøåÆØÅœŒ§©]")
"""What both engines know by itself."""
CYRILLIC = re.compile("[Ѐ-џ]")


def escaped(text: str) -> str:
    """Text as LaTeX shows it. Letters of other scripts are left to \\foreign."""
    shown = "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)
    found = "".join(_character(c) for c in unicodedata.normalize("NFC", shown))
    return LIGATURES.sub(r"\1", found)


def _character(c: str) -> str:
    if c in SPECIAL:
        return SPECIAL[c]
    if c.isascii() or KEPT.match(c):
        return c
    known = MATH.get(c) or LETTERS.get(c)
    if known is not None:
        return f"\\ensuremath{{{known.strip()}}}"
    if "\N{CIRCLED DIGIT ONE}" <= c <= "\N{CIRCLED NUMBER TWENTY}":
        return f"\\textcircled{{\\scriptsize {ord(c) - 0x245F}}}"
    split = unicodedata.normalize("NFD", c)
    if len(split) == 2 and split[0].isascii() and split[1] in ACCENTS:
        base = {"i": r"\i", "j": r"\j"}.get(split[0], split[0])
        return f"{{\\{ACCENTS[split[1]]}{{{base}}}}}"
    return f"\\foreign{{{c}}}{{U+{ord(c):04X}}}"
