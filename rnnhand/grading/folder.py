"""The folder of a class's results: what was marked already, and writing that leaves no halves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rnnhand.errors import cause, failure
from rnnhand.grading.record import Record, as_data, from_data

STATE = ".rnnhand-grade"
OWN = ("results.csv", "values.csv", "changes.csv", "report.json", "feedback")


@dataclass
class Folder:
    """`records` holds every sheet that was ever marked for this class, by the key of its content,
    a line of JSON each; a line is added as soon as a sheet is marked."""

    path: Path
    records: dict[str, Record] = field(default_factory=dict)
    _lines: IO[str] | None = None

    @property
    def state(self) -> Path:
        return self.path / STATE

    def open(self, anew: bool) -> None:
        """Read what there is. Raises `Failure` where the folder is not ours, or not to be used."""
        try:
            strange = [name for name in OWN if (self.path / name).exists()]
            if strange and not self.state.is_dir():
                name = str(self.path / strange[0])
                raise failure("grade-not-ours", None, "hint-grade-into", name=name)
            self.state.mkdir(parents=True, exist_ok=True)
            if not anew:
                self._read()
            self._lines = (self.state / "records.jsonl").open(
                "w" if anew else "a", encoding="utf-8"
            )
            self._lines.write("\n")  # ends a line that an interrupted run has begun
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def _read(self) -> None:
        """Every whole line; what an interrupted run left half-written is passed over."""
        file = self.state / "records.jsonl"
        if not file.exists():
            return
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with suppress(ValueError, KeyError, TypeError, AttributeError):
                    data = json.loads(line)
                    self.records[data["key"]] = from_data(data)

    def keep(self, key: str, record: Record) -> None:
        assert self._lines is not None
        self.records[key] = record
        try:
            self._lines.write(_line(key, record))
            self._lines.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def close(self, keys: Iterable[str] | None = None) -> None:
        """Put away; of the records only those of `keys` are kept, where it is given."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None
        if keys is not None and (kept := set(keys)) != self.records.keys():
            lines = [_line(key, self.records[key]) for key in self.records if key in kept]
            replace(self.state / "records.jsonl", "".join(lines))

    def last(self) -> Mapping[str, Any]:
        """What the last complete run found; nothing where there was none."""
        with suppress(OSError, ValueError):
            found = json.loads((self.state / "last.json").read_text("utf-8"))
            if isinstance(found, dict) and isinstance(found.get("students"), dict):
                return found
        return {}

    def finish(self, last: Mapping[str, Any]) -> None:
        replace(self.state / "last.json", json.dumps(last, ensure_ascii=False))

    def feedback(self, pages: Mapping[str, str | bytes], before: Iterable[str]) -> None:
        """A page for every student; pages of an earlier run that nobody has any more go."""
        folder = self.path / "feedback"
        try:
            folder.mkdir(exist_ok=True)
            for name, page in pages.items():
                file = folder / name
                if not (file.is_file() and file.read_bytes() == _bytes(page)):
                    replace(file, page)
            for name in before:
                if name not in pages and Path(name).name == name:
                    (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from None

    def write(self, name: str, content: str) -> None:
        replace(self.path / name, content)


def _line(key: str, record: Record) -> str:
    return json.dumps({"key": key, **as_data(record)}) + "\n"


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "replace")


def replace(target: Path, content: str | bytes) -> None:
    """A file that has its new content whole, or its old one."""
    beside = target.with_name(f".{os.getpid()}.part")
    try:
        beside.write_bytes(_bytes(content))
        beside.replace(target)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _unwritable(target, error) from None


def _unwritable(path: Path, error: OSError) -> Exception:
    return failure("cannot-write", None, name=path, reason=cause(error))
