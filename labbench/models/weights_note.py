"""What is known of a file of weights that was made on this computer: a small JSON beside it, `NAME.pt.json`.

A checkpoint that was converted holds OpenAI's numbers in other bytes, so that OpenAI's checksum says nothing of it.
Of a few conversions the checksum is known (`weights.CONVERTED`); of the others, such as those of another program's
file, the note alone tells. It also saves reading the file for its checksum at each start.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

_MOST_BYTES = 1 << 14


@dataclass(frozen=True)
class WeightsNote:
    """Where the numbers came from, the SHA-256 and length in bytes of the file as written, and when (ISO 8601)."""

    source: str
    sha256: str
    size_bytes: int
    time: str


def note_path(weights: Path) -> Path:
    """Where the note of a file of weights lies."""
    return weights.with_name(weights.name + ".json")


def read_note(weights: Path) -> WeightsNote | None:
    """The note beside a file of weights; None where there is none, or none that can be understood."""
    try:
        with note_path(weights).open("rb") as file:
            raw = json.loads(file.read(_MOST_BYTES))
        note = WeightsNote(**raw)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    texts = (note.source, note.sha256, note.time)
    if not all(isinstance(text, str) for text in texts) or type(note.size_bytes) is not int:
        return None
    return note if re.fullmatch(r"[0-9a-f]{64}", note.sha256) else None


def write_note(weights: Path, note: WeightsNote) -> None:
    """Write the note in one step. Raises OSError."""
    path = note_path(weights)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(asdict(note), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
