"""Several files written together: all of them appear, or none."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rnnhand.errors import failure


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Files by name into a folder, which is made where it is not there. Raises `Failure` where
    that cannot be; then no file has changed."""
    waiting: dict[Path, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            beside = folder / f".{name}.part"
            waiting[beside] = folder / name
            beside.write_bytes(content)
        if taken := next((target for target in waiting.values() if target.is_dir()), None):
            raise failure("is-a-folder", None, name=str(taken))
        for beside, target in waiting.items():
            beside.replace(target)
    except OSError as error:
        raise failure("cannot-write", None, name=str(folder), reason=error.strerror) from None
    finally:
        for beside in waiting:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def is_changed(file: Path, content: bytes) -> bool:
    """Whether a file is there and holds something else, which somebody may have written."""
    try:
        return file.read_bytes() != content
    except FileNotFoundError:
        return False
    except OSError:
        return True
