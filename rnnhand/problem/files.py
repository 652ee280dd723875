"""Problem files by path, or by the name of one that comes with the package."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from rnnhand.errors import cause, failure
from rnnhand.language import limits
from rnnhand.problem.encodings import decoded_sheet
from rnnhand.problem.model import Problem
from rnnhand.problem.reader import read_problem
from rnnhand.problem.yaml import decoded


@dataclass(frozen=True)
class Source:
    """The text of a file, and what to call it in messages."""

    name: str
    text: str


def bundled_root() -> Traversable:
    """The problem book: inside an installed package, or beside it in a checkout."""
    inside = files("rnnhand").joinpath("problems")
    if inside.is_dir():
        return inside
    return Path(__file__).resolve().parents[2] / "problems"


@cache
def bundled_sheets() -> dict[str, Traversable]:
    """The answer sheets that come with the package, by name."""
    found: dict[str, Traversable] = {}
    root = bundled_root()
    for sheet in sorted(root.iterdir(), key=lambda f: f.name) if root.is_dir() else []:
        answers = sheet.joinpath("answers")
        if answers.is_dir():
            for file in sorted(answers.iterdir(), key=lambda f: f.name):
                found[file.name.rpartition(".")[0]] = file
    return found


@cache
def bundled() -> dict[str, Traversable]:
    """The problems that come with the package, by name, sheet by sheet."""
    found: dict[str, Traversable] = {}
    root = bundled_root()
    for sheet in sorted(root.iterdir(), key=lambda f: f.name) if root.is_dir() else []:
        if sheet.is_dir():
            for file in sorted(sheet.iterdir(), key=lambda f: f.name.removesuffix(".yaml")):
                if file.name.endswith(".yaml"):
                    found[file.name.removesuffix(".yaml")] = file
    return found


def source(name: str) -> Source:
    """The text of a problem. Raises `Failure` where there is none, or it is no text."""
    path = Path(name)
    if _there(path):
        return Source(name, decoded(_bytes(path, name)))
    known = bundled()
    if name in known:
        return Source(f"{name}.yaml", decoded(known[name].read_bytes()))
    close = get_close_matches(name, list(known), 1)
    hint = "hint-did-you-mean" if close else "hint-problems"
    raise failure("no-file", None, hint, name=name[:200], suggestion=close[0] if close else "")


def answers_source(name: str) -> Source:
    """The text of an answer sheet: a file, or one that comes with the package. Raises `Failure`
    where there is none, or it is no text."""
    path = Path(name)
    if _there(path):
        return Source(name, decoded_sheet(_bytes(path, name)))
    known = bundled_sheets()
    if name in known:
        return Source(known[name].name, decoded_sheet(known[name].read_bytes()))
    close = get_close_matches(name, list(known), 1)
    hint = "hint-did-you-mean" if close else None
    raise failure("no-such-file", None, hint, name=name[:200], suggestion=close[0] if close else "")


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _bytes(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise failure("is-a-folder", None, name=name)
    try:
        size = path.stat().st_size
        if size > limits.FILE_BYTES:
            raise failure("file-too-large", None, size=size, limit=limits.FILE_BYTES)
        with path.open("rb") as file:
            raw = file.read(limits.FILE_BYTES + 1)
    except OSError as error:
        raise failure("cannot-read", None, name=name, reason=cause(error)) from None
    return raw


def cell_folders(problem: str | None, folder: str | None) -> tuple[Path, ...]:
    """Where cells are looked for besides the library: beside the problem, and in a folder that is
    named. Raises `Failure` where that is no folder."""
    found: list[Path] = []
    if problem is not None and Path(problem).is_file():
        found.append(Path(problem).parent)
    if folder is not None:
        if not Path(folder).is_dir():
            raise failure("no-folder", None, name=folder)
        found.append(Path(folder))
    return tuple(found)


def load(found: Source, cells: tuple[Path, ...] = ()) -> Problem:
    """The problem in a source; `cells` are folders of cells besides the library's."""
    return read_problem(found.text, found.name, cells)
