"""What is wrong with an input, in words: place, sentence, the line with a caret, the likely fix."""

from __future__ import annotations

from rnnhand.errors import Diagnostic, Failure
from rnnhand.phrases import Phrases

MOST = 20
LINE = 100
WORD = 200

LISTS = ("known", "names", "steps")
"""Slots for lists of what there is, which may be nothing at all."""


def told(error: Failure, name: str, text: str, words: Phrases) -> str:
    """All that a failure says about the file `name` with this text, up to a bound."""
    messages = [message(d, name, text, words) for d in error.diagnostics[:MOST]]
    rest = len(error.diagnostics) - MOST
    if rest > 0:
        messages.append(words.say("more-mistakes", count=rest))
    return "\n".join(messages)


def message(d: Diagnostic, name: str, text: str, words: Phrases) -> str:
    """`file:line:column: sentence`, the line, and the hint under a caret."""
    slots = {key: short(word) for key, word in slots_of(d, words).items()}
    sentence = words.say(d.code, **slots)
    hint = words.say(d.hint, **slots) if d.hint else ""
    lines = text.split("\n")
    head = short(name)
    if d.span is not None and d.span.line:
        head += f":{d.span.line}:{d.span.column}"
    head += ": " if head else ""
    if d.span is None or not text or not 1 <= d.span.line <= len(lines):
        return f"{head}{sentence}" + (f"\n    {hint}" if hint else "")
    line = lines[d.span.line - 1]
    blank = len(line) - len(line.lstrip(" "))
    start = max(blank, min(d.span.column - 1, len(line)) - LINE // 2)
    start = min(start, d.span.column - 1)
    cut = line[start : start + LINE].replace("\t", " ")
    caret = " " * (d.span.column - 1 - start) + "^" * max(1, min(d.span.width, LINE // 2))
    return f"{head}{sentence}\n    {cut}\n    {caret}" + (f"  {hint}" if hint else "")


def slots_of(d: Diagnostic, words: Phrases) -> dict[str, str]:
    """The words of a diagnostic; what the system gave as a cause, and computed numbers, as the
    language says them."""
    found = dict(d.words)
    if d.code in ("cannot-read", "cannot-write"):
        found["reason"] = words.table.get(f"os-{found['reason']}", found["reason"])
    if d.code in ("outside-domain", "irrational"):
        found["argument"] = words.number(found["argument"])
    if d.code == "sheet-formula-differs":
        found |= {slot: words.number(found[slot]) for slot in ("own", "right")}
    found |= {slot: words.say("none-there") for slot in LISTS if found.get(slot) == ""}
    return found


def short(word: str) -> str:
    """A word, or the beginning and the end of a long one."""
    return word if len(word) <= WORD else f"{word[: WORD - 40]} … {word[-40:]}"
