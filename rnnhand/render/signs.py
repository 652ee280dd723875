"""Signs of mathematics and letters of other scripts in TeX: what TeX calls each."""

from __future__ import annotations

import unicodedata

SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-", strict=True))
MATH = {
    **{"−": "-", "·": r"\cdot ", "×": r"\times ", "⊙": r"\odot ", "∘": r"\circ ", "÷": r"\div "},
    **{"∂": r"\partial ", "∇": r"\nabla ", "∞": r"\infty ", "Σ": r"\Sigma ", "Π": r"\Pi "},
    **{"≥": r"\ge ", "≤": r"\le ", "≠": r"\ne ", "≈": r"\approx ", "±": r"\pm ", "∈": r"\in "},
    **{"≡": r"\equiv ", "∝": r"\propto ", "≪": r"\ll ", "≫": r"\gg ", "∼": r"\sim "},
    **{"→": r"\to ", "←": r"\leftarrow ", "↔": r"\leftrightarrow ", "⇒": r"\Rightarrow "},
    **{"↑": r"\uparrow ", "↓": r"\downarrow ", "↦": r"\mapsto ", "⇔": r"\Leftrightarrow "},
    **{"√": r"\surd ", "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ", "‖": r"\Vert "},
    **{"⟨": r"\langle ", "⟩": r"\rangle ", "…": r"\dots ", "⋯": r"\cdots ", "′": "'"},
    **{"ᵀ": r"^{\top}", "𝟏": r"\mathbf{1}", "✓": r"\checkmark ", "✗": r"\times "},
    **{"■": r"\blacksquare ", "█": r"\blacksquare ", "□": r"\square ", "●": r"\bullet "},
    **{"○": r"\circ ", "◆": r"\blacklozenge ", "◇": r"\lozenge ", "ℝ": r"\mathbb{R}"},
    **{"ℓ": r"\ell ", "°": r"^{\circ}", "∀": r"\forall ", "∃": r"\exists ", "∅": r"\emptyset "},
    **{"¬": r"\neg ", "∧": r"\wedge ", "∨": r"\vee ", "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}"},
    **{sign: f"^{{{digit}}}" for sign, digit in SUPER.items()},
    **{sign: f"_{{{digit}}}" for sign, digit in SUB.items()},
}
"""Signs that stand in formulas; in text they stand in formulas of their own."""

SPECIAL = {
    **{"\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#"},
    **{"%": r"\%", "_": r"\_", "^": r"\wedge ", "~": r"\sim ", "|": r"\vert ", "`": "'"},
    **{" ": r"\ ", "\u00a0": r"\ ", '"': "''"},
}
"""ASCII that means something to TeX, as a formula shows it."""

GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
    *("lamda", "mu", "nu", "xi", "omicron", "pi", "rho", "final sigma", "sigma", "tau"),
    *("upsilon", "phi", "chi", "psi", "omega"),
)
LATIN = dict(zip("ABEZHIKMNOPTX", "ΑΒΕΖΗΙΚΜΝΟΡΤΧ", strict=True))
"""Capitals that look like Latin ones: TeX has no signs of their own for them."""


def _greek() -> dict[str, str]:
    found = {"ο": "o", **{greek: latin for latin, greek in LATIN.items()}}
    for name in GREEK:
        own = {"lamda": "lambda", "final sigma": "varsigma", "epsilon": "varepsilon"}
        tex = own.get(name, name)
        for kind, shown in (("SMALL", tex), ("CAPITAL", tex.removeprefix("var").capitalize())):
            try:
                letter = unicodedata.lookup(f"GREEK {kind} LETTER {name.upper()}")
            except KeyError:
                continue
            found.setdefault(letter, f"\\{shown} ")
    return {**found, "ϕ": r"\phi ", "ϵ": r"\epsilon ", "ϑ": r"\vartheta ", "φ": r"\varphi "}


LETTERS = _greek()

ACCENTS = {
    **{"\u0300": r"\grave", "\u0301": r"\acute", "\u0302": r"\hat", "\u0303": r"\tilde"},
    **{"\u0304": r"\bar", "\u0306": r"\breve", "\u0307": r"\dot", "\u0308": r"\ddot"},
    **{"\u030c": r"\check"},
}
"""Marks above a letter in formulas."""


def clean(text: str) -> str:
    """Text on one line, without what could steer a reader's screen."""
    shown = "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)
    return " ".join(shown.split(" ")).strip(" ")
