"""The many spellings of one number on paper, brought to one: signs of minus, decimal commas, groups
of digits, powers of ten, fractions in one character. What may mean two things is left as it is."""

from __future__ import annotations

import re
import unicodedata

BLANK = ("", "-", "--", "---", "_", "__", "___", "null", "none", "~", "n/a", "?", "...")
"""What stands for no value, once it has its one spelling."""

PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
DECIMAL = re.compile(
    r"[+-]?(?P<whole>\d*)(?:\.(?P<part>\d*))?(?:[eE](?P<power>[+-]?\d{1,4}))?", re.ASCII
)
PERIODIC = re.compile(r"([+-]?)(\d*)\.(\d*)\((\d+)\)", re.ASCII)
MINUS = re.compile("[−‐‑‒–—―﹣－]")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Characters of no width that word processors leave behind. Those that turn the direction of
writing around, so that a number looks like another, are not among them."""

POINTS = "٫．"
GROUPS = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f\u2007'’](?=\d{3}(?:\D|$))")
COMMA = re.compile(r"([+-]?)(\d*),(\d+|\d*\(\d+\))((?:[eE][+-]?\d+)?)", re.ASCII)
INNER_COMMA = re.compile(r"(?<=\d),(?=\d+\s*[·⋅×x*]\s*10)")
POWER_OF_TEN = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*[·⋅×x*]\s*10\s*(?:\^|\*\*)?\s*[({]?\s*([+-]?\d{1,5})\s*[)}]?",
    re.ASCII,
)
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
POWERS = re.compile(f"(?<=[\\w)])[{RAISED}]+")
RAISED_DIGITS = str.maketrans(RAISED, "0123456789-+")
VULGAR = re.compile(r"([+-]?)\s*(\d{0,6})\s*([¼-¾⅐-⅞↉])")
BARE_CALL = re.compile(r"(?<![\w.])([^\W\d_]{2,12})\s+(\d+(?:\.\d+)?)(?=\s*(?:$|[-+)]))")
"""`ln 2`: but not `ln 2/3` or `ln 2^3`, which may mean two things."""

ROOT = re.compile(r"√\s*(\d+(?:\.\d+)?)")
PERCENT = re.compile(r"([+-]?\d*)(?:[.,](\d+))?\s*%", re.ASCII)
BRACKETED = re.compile(r"\(\s*([+-]?(?:\d*[.,]?\d+|\d+/\d+))\s*\)", re.ASCII)
EQUALS = re.compile(r"(?<![<>!:=])=(?!=)|≈")
LIST = re.compile(r"[,;]\s*[^\W\d]")


def normal(written: str) -> str:
    """The one spelling of a number; a text that is none comes out as whatever it may."""
    text = written.strip()
    if PLAIN.fullmatch(text):
        return text
    text = UNSEEN.sub("", "".join(map(_digit, text))).strip()
    text = MINUS.sub("-", text)
    text = _last_of_equals(text).lstrip("≈~ ").rstrip(" ;")
    text = _fraction(text)
    text = POWERS.sub(lambda m: f"^({m[0].translate(RAISED_DIGITS)})", text)
    text = GROUPS.sub("", text)
    if text.startswith("- "):
        text = "-" + text[2:].lstrip()
    text = INNER_COMMA.sub(".", text)
    if m := BRACKETED.fullmatch(text):
        text = m[1]
    if m := COMMA.fullmatch(text):
        text = f"{m[1]}{m[2] or '0'}.{m[3]}{m[4]}"
    if m := POWER_OF_TEN.fullmatch(text):
        text = f"{m[1]}e{int(m[2])}"
    if m := PERCENT.fullmatch(text):
        text = f"{m[1]}.{m[2]}e-2" if m[2] else f"{m[1]}e-2"
    if text.endswith(("...", "…")) and DECIMAL.fullmatch(text.rstrip(".…")):
        text = text.rstrip(".…") or "..."
    return ROOT.sub(r"sqrt(\1)", BARE_CALL.sub(r"\1(\2)", text))


def _digit(c: str) -> str:
    """A digit of any script, and its decimal sign, as ours."""
    if c.isascii():
        return c
    if c in POINTS:
        return "."
    value = unicodedata.decimal(c, None)
    return c if value is None else str(value)


def _last_of_equals(text: str) -> str:
    """The result of a calculation, `1/4 + 1/4 = 1/2`. A sign of equality in the first place is
    left: that is a formula of a spreadsheet."""
    *before, last = EQUALS.split(text)
    if not before or not last.strip() or text.lstrip().startswith("="):
        return text
    return text if LIST.search("".join(before)) else last.strip()


def _fraction(text: str) -> str:
    """½ is 1/2, and 1½ is 3/2."""
    m = VULGAR.fullmatch(text)
    if m is None:
        return text
    over, under = unicodedata.normalize("NFKC", m[3]).split("⁄")
    return f"{m[1]}{int(m[2] or 0) * int(under) + int(over)}/{under}"
