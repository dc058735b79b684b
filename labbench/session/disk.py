"""Writing files so that nobody ever sees half of one, and reading JSON that may be damaged."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from labbench.audio.recorder import disk_trouble
from labbench.core.errors import FormatError, LabBenchError

LARGEST_JSON_BYTES = 256 * 1024 * 1024
PART = ".part"
"""What a file is called while it is being written."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A neighbouring file to write to, put in place of `path` at the end. What was there before stays if it fails.

    Raises LabBenchError; whatever the body raises goes on.
    """
    part = path.with_name(path.name + PART)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise disk_trouble(error, path) from error
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a whole file at once. Raises LabBenchError; what was there before stays then."""
    with replacing(path) as file:
        file.write(content)


def write_json(path: Path, content: Any, most: int = LARGEST_JSON_BYTES) -> None:
    """Replace a JSON file at once. Raises LabBenchError, also for more bytes than could be read again."""
    # A lone surrogate (from an undecodable file name) becomes a JSON escape.
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    encoded = text.encode("utf-8", "backslashreplace")
    if len(encoded) > most:
        raise LabBenchError(f"{path.name} would be too large.", "What was kept there before stays.")
    write_bytes(path, encoded)


def update_json(path: Path, what: str, content: dict[str, Any], most: int = LARGEST_JSON_BYTES) -> None:
    """`write_json`, but keys that the file has and `content` has not are kept.

    A file that is damaged or of a newer version is set aside first: it is never overwritten. Raises LabBenchError.
    """
    old: dict[str, Any] = {}
    if os.path.lexists(path):
        try:
            old = read_json(path, what, most)
        except FormatError:
            set_aside(path)
        if is_newer(old, content.get("version")):
            set_aside(path)
            old = {}
    write_json(path, old | content, most)


def is_newer(content: dict[str, Any], known: Any) -> bool:
    """Whether a file says that it is of a later version than the one that is `known`."""
    version = content.get("version")
    return isinstance(version, int) and isinstance(known, int) and version > known


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be read to `NAME.damaged` (or `NAME.damaged 2`, ...). Raises LabBenchError."""
    target, number = path.with_name(path.name + ".damaged"), 2
    while os.path.lexists(target):
        target = path.with_name(f"{path.name}.damaged {number}")
        number += 1
    try:
        return path.replace(target)
    except OSError as error:
        raise disk_trouble(error, path) from error


def read_json(path: Path, what: str, most: int = LARGEST_JSON_BYTES) -> dict[str, Any]:
    """A JSON object of at most so many bytes; `what` names it for people. Raises LabBenchError, FormatError."""
    damaged = FormatError(f"{path.name} is damaged or not {what}.", "Take it from a backup, or make it anew.")
    content = read_bytes(path, damaged, most)
    try:
        parsed = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise damaged from error
    if not isinstance(parsed, dict):
        raise damaged
    return parsed


def read_bytes(path: Path, damaged: FormatError, most: int) -> bytes:
    """A whole file; raises `damaged` where it is too large or no file, LabBenchError where it can't be read."""
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode) or info.st_size > most:  # a pipe would hold us up for ever
            raise damaged
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.") from None
    except OSError as error:
        raise disk_trouble(error, path) from error
    if len(content) > most:
        raise damaged
    return content
