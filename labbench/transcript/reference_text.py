"""What is said in a sound, as somebody wrote it into a text file."""

from __future__ import annotations

from pathlib import Path

from labbench.core.errors import LabBenchError

MOST_TEXT = 4 << 20
"""Letters."""


def text_beside(sound: Path) -> str | None:
    """The text of NAME.txt beside NAME.wav, None where there is none. Raises LabBenchError where it can't be read."""
    path = sound.with_suffix(".txt")
    return read_reference(path) if path.exists() else None


def read_reference(path: Path) -> str:
    """A text in UTF-8, at most `MOST_TEXT` letters of it. Raises LabBenchError."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(MOST_TEXT)
    except (OSError, UnicodeError) as error:
        raise LabBenchError(f"The reference {path} can't be read ({error}).", "Use a text file.") from None
