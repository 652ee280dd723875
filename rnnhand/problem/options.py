"""Options by name, as topics and layers have them: a map with known keys, and what is in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rnnhand.errors import Diagnostic, Failure, diagnostic, failure, similar
from rnnhand.problem import yaml


def entries(
    node: yaml.Node,
    word: str,
    known: Collection[str],
    hint: str | None = None,
    needed: Sequence[str] = (),
) -> dict[str, yaml.Node]:
    """The entries of a map under a word. Raises `Failure` for every key that is not known, or for
    one that is needed and missing; `hint` shows an example."""
    if not isinstance(node, yaml.Map):
        raise failure(
            "topic-options",
            node.span,
            hint,
            word=word,
            found=yaml.shown(node),
            known=", ".join(known),
        )
    wrong = [_unknown(key, word, known, hint) for key, _ in node.entries if key.text not in known]
    if wrong:
        raise Failure(wrong)
    found = {key.text: value for key, value in node.entries}
    for name in needed:
        if name not in found:
            raise failure("topic-missing", node.span, hint, word=word, name=name)
    return found


def _unknown(key: yaml.Text, word: str, known: Collection[str], hint: str | None) -> Diagnostic:
    close = similar(key.text, known)
    return diagnostic(
        "topic-unknown-option",
        key.span,
        "hint-did-you-mean" if close else hint,
        key=key.text[:40],
        word=word,
        known=", ".join(known),
        suggestion=close,
    )
