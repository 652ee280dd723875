"""LaTeX's commands and groups as the signs that they print: \\frac{a}{b}, \\hat{y}, \\cdot."""

from __future__ import annotations

import re

from rnnhand.errors import Span, failure
from rnnhand.language import limits
from rnnhand.language.paper import Paper, closing, made, together

SIGNS = {
    "partial": "∂", "prime": "′", "cdot": "·", "times": "·", "ast": "*", "odot": "⊙", "circ": "⊙",
    "otimes": "⊗",
    "sum": "Σ", "prod": "Π", "Sigma": "Σ", "Pi": "Π",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
    "ldots": "…", "cdots": "…", "dots": "…", "top": "⊤", "intercal": "⊤", "lbrace": "{",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "ell": "ℓ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "tanh": "tanh", "exp": "exp", "ln": "ln", "log": "log",
    "cosh": "cosh", "sinh": "sinh", "coth": "coth", "langle": "⟨", "rangle": "⟩",
    "max": "max", "min": "min", "sqrt": "sqrt", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
    "lVert": "‖", "rVert": "‖", "Vert": "‖", "|": "‖", "lfloor": "⌊", "rfloor": "⌋",
}  # fmt: skip
"""What a command prints."""

NOTHING = frozenset(
    (
        *("left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "limits"),
        *("nolimits", "displaystyle", "quad", "qquad", ",", ";", ":", "!", "thinspace"),
    )
)
"""Commands that only make room, or make something larger."""

FONTS = frozenset(
    (
        *("mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathbb", "boldsymbol", "bm"),
        *("text", "textrm", "operatorname"),
    )
)
ACCENTS = {"hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar",
           "overline": "bar"}  # fmt: skip
FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac")
COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
SIDE = re.compile(r"\s*(?:∂|d(?=\s*[^\W\d]))")
SPACE = re.compile(r"\s*")


def without_latex(paper: Paper) -> Paper:
    """Raises `Failure` at a command that prints nothing a formula has."""
    return _read(paper, 0) if "\\" in paper.text or "{" in paper.text else paper


def _read(paper: Paper, depth: int) -> Paper:
    found: list[Paper] = []
    text, i = paper.text, 0
    while i < len(text):
        c = text[i]
        if c == "\\":
            part, i = _command(paper, i, depth)
        elif c == "{":
            script = bool(found) and _is_script(found)
            part, i = _group(paper, i, depth)
            signs = "{}" if script else "()"
            part = together(
                made(signs[0], paper.place(i - 1)), part, made(signs[1], paper.place(i - 1))
            )
        else:
            part, i = paper.part(i, i + 1), i + 1
        found.append(part)
    return together(*found)


def _is_script(found: list[Paper]) -> bool:
    before = "".join(p.text for p in found[-4:]).rstrip()
    return before.endswith(("_", "^"))


def _group(paper: Paper, i: int, depth: int) -> tuple[Paper, int]:
    """What stands in the braces that open at i, or the one sign or command there; and what is
    behind."""
    if depth > limits.DEPTH:
        raise failure("too-deep", Span(1, i + 1), limit=limits.DEPTH)
    text = paper.text
    space = SPACE.match(text, i)
    i = space.end() if space else i
    if text[i : i + 1] == "{":
        end = closing(text, i)
        if end == len(text):
            raise failure("not-closed", Span(1, i + 1), bracket="{", wanted="}")
        return _read(paper.part(i + 1, end), depth + 1), end + 1
    if text[i : i + 1] == "\\":
        return _command(paper, i, depth + 1)
    return paper.part(i, i + 1), i + 1


def _command(paper: Paper, i: int, depth: int) -> tuple[Paper, int]:
    if depth > limits.DEPTH:
        raise failure("too-deep", Span(1, i + 1), limit=limits.DEPTH)
    m = COMMAND.match(paper.text, i)
    word = m[1] if m else ""
    end, at = (m.end() if m else i + 1), paper.place(i)
    if word in FRACTIONS:
        above, end = _group(paper, end, depth)
        below, end = _group(paper, end, depth)
        if SIDE.match(above.text) and SIDE.match(below.text):
            return together(made(" ", at), above, made("/", at), below, made(" ", at)), end
        divided = (made("((", at), above, made(")/(", at), below, made("))", at))
        return together(*divided), end
    if word in ACCENTS:
        inner, end = _group(paper, end, depth)
        return together(inner, made(ACCENTS[word], at)), end
    if word in FONTS:
        inner, end = _group(paper, end, depth)
        if word in ("mathbf", "mathbb", "bm") and inner.text.strip() == "1":
            return made("𝟏", at), end
        return together(*([made(" ", at)] if inner.text[:1].isalpha() else []), inner), end
    if word in NOTHING or word.isspace():
        return made(" ", at), end
    if word == "_":
        return made("_", at), end
    if word in ("{", "}"):
        return made("(" if word == "{" else ")", at), end
    if word in SIGNS:
        sign = SIGNS[word]
        lowered = paper.text[:i].rstrip("{ ").endswith("_")  # h_\tau is one name
        gap = " " if sign.isalpha() and not lowered else ""
        return made(f"{gap}{sign}", at), end
    span = Span(1, i + 1, end - i)
    raise failure("latex-unknown", span, "hint-latex", found=f"\\{word}"[:30])
