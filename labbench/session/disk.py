"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from labbench.audio.recorder import disk_trouble
from labbench.core.errors import FormatError, LabBenchError

LARGEST_JSON_BYTES = 256 * 1024 * 1024


def write_json(path: Path, content: Any) -> None:
    """Write to a neighbouring file, then put it in place. Raises LabBenchError; what was there before stays then."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate (from an undecodable file name) becomes a JSON escape.
        with part.open("w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(content, file, ensure_ascii=False, indent=1, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise disk_trouble(error, path) from error


def read_json(path: Path, what: str) -> dict[str, Any]:
    """A JSON object; `what` names it for people. Raises LabBenchError, FormatError."""
    damaged = FormatError(f"{path.name} is damaged or not {what}.", "Take it from a backup, or make it anew.")
    try:
        if path.stat().st_size > LARGEST_JSON_BYTES:
            raise damaged
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.") from None
    except OSError as error:
        raise disk_trouble(error, path) from error
    except (ValueError, RecursionError) as error:
        raise damaged from error
    if not isinstance(content, dict):
        raise damaged
    return content
