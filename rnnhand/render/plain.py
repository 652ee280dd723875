"""A document as plain text, as the terminal shows it, without colours."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from rnnhand.document.blocks import Document
from rnnhand.render.terminal import print_document


def text(document: Document, width: int) -> str:
    stream = StringIO()
    print_document(
        document, Console(file=stream, width=width, color_system=None, force_jupyter=False)
    )
    return stream.getvalue().rstrip("\n")
