"""Labels in the files of other programs: Audacity's label track and, in `textgrid.py`, Praat's TextGrid.

https://manual.audacityteam.org/man/importing_and_exporting_labels.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labbench.core.errors import FormatError
from labbench.session.checked import MOST_SECONDS, MOST_TEXT
from labbench.session.disk import read_bytes, write_bytes
from labbench.session.results import MOST_LABELS, Label
from labbench.session.textgrid import TextGridError, parse_textgrid, textgrid_text

MOST_BYTES = 32 << 20


def read_labels(path: Path) -> tuple[Label, ...]:
    """A TextGrid (by its content) or a label track. Raises FormatError, LabBenchError where it can't be read."""
    text = _read_text(path)
    if "ooTextFile" in text[:200] or path.suffix.lower() == ".textgrid":
        return _textgrid(path, text)
    return _audacity(path, text)


def read_audacity(path: Path) -> tuple[Label, ...]:
    """A label track: start, end and text separated by tabs; lines with a range of frequencies are passed over.

    Raises FormatError, LabBenchError where it can't be read.
    """
    return _audacity(path, _read_text(path))


def read_textgrid(path: Path) -> tuple[Label, ...]:
    """All labels of all tiers that have text, in the order of the file. UTF-8 or UTF-16.

    Raises FormatError, LabBenchError where it can't be read.
    """
    return _textgrid(path, _read_text(path))


def write_audacity(path: Path, labels: Sequence[Label]) -> None:
    """One line a label; a tab or a line break in its text becomes a space, and tiers are not told apart.

    Raises LabBenchError.
    """
    lines = [f"{plain(label.start)}\t{plain(label.end)}\t{' '.join(label.text.split())}\n" for label in labels]
    write_bytes(path, "".join(lines).encode("utf-8", "replace"))


def write_textgrid(path: Path, labels: Sequence[Label], duration: float, *, short: bool = False) -> None:
    """One tier for each of the labels' tiers, and one more where labels overlap or are points. UTF-8.

    An interval without text is the same as none in this format. Raises LabBenchError.
    """
    write_bytes(path, textgrid_text(labels, duration, short=short).encode("utf-8", "replace"))


def plain(value: float) -> str:
    """A number without an exponent that reads back as exactly the same."""
    return np.format_float_positional(float(value), unique=True, trim="0")


def _read_text(path: Path) -> str:
    damaged = FormatError(f"{path.name} is not a file of labels.", "It should be text of at most 32 MB.")
    content = read_bytes(path, damaged, MOST_BYTES)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(f"{path.name} is not text in UTF-8 or UTF-16.", "Save it as UTF-8 and try again.") from error


def _textgrid(path: Path, text: str) -> tuple[Label, ...]:
    try:
        labels = parse_textgrid(text, MOST_LABELS)
    except TextGridError as error:
        raise FormatError(f"{path.name} is damaged or not a TextGrid ({error}).", "Save it again in Praat.") from error
    return tuple(labels)


def _audacity(path: Path, text: str) -> tuple[Label, ...]:
    labels = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if not line.strip() or line.startswith("\\"):
            continue
        parts = line.split("\t", 2)
        try:
            start, end = (float(part.replace(",", ".")) for part in parts[:2])
            if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end <= MOST_SECONDS):
                raise ValueError
        except ValueError:
            raise FormatError(
                f"Line {number} of {path.name} is not a label.",
                "A line has a start and an end in seconds and a text, separated by tabs.",
            ) from None
        labels.append(Label(start, end, parts[2][:MOST_TEXT] if len(parts) > 2 else ""))
        if len(labels) > MOST_LABELS:
            raise FormatError(f"{path.name} has too many labels.", f"At most {MOST_LABELS} can be read.")
    return tuple(labels)
