"""What came of trying an engine on a sound, and that as a row of a table: in a terminal, a file, a window."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labbench.transcript.compare import ErrorRates
from labbench.transcript.types import Transcript

NUMBERS: tuple[tuple[str, str, int], ...] = (
    ("words", "words", 0),
    ("word_error_rate", "WER", 3),
    ("character_error_rate", "CER", 3),
    ("real_time_factor", "RTF", 3),
    ("first_text_s", "first text s", 2),
    ("memory_mb", "MB", 0),
)
"""Columns of numbers of a short table: key of the row, title, digits."""


@dataclass(frozen=True)
class Trial:
    """One transcription. `rates` are against a reference, None without one.

    `first_text_s` are seconds until the first words of the transcript came, None where none did; `memory_mb`
    (10^6 bytes) is the resident memory of the engine's process afterwards, None where it has none of its own.
    """

    engine: str
    transcript: Transcript
    rates: ErrorRates | None
    first_text_s: float | None
    memory_mb: float | None


def trial_row(trial: Trial) -> dict[str, Any]:
    """All figures of a trial by name; what is not known is None."""
    rates, transcript = trial.rates, trial.transcript
    return {
        "engine": trial.engine,
        "language": transcript.language,
        "words": rates.words if rates else len(transcript.text.split()),
        "substitutions": rates.substitutions if rates else None,
        "deletions": rates.deletions if rates else None,
        "insertions": rates.insertions if rates else None,
        "word_error_rate": rates.word_error_rate if rates else None,
        "character_error_rate": rates.character_error_rate if rates else None,
        "real_time_factor": transcript.real_time_factor,
        "first_text_s": trial.first_text_s,
        "memory_mb": trial.memory_mb,
        "text": transcript.text,
    }


def file_row(name: str, trial: Trial) -> dict[str, Any]:
    """A row of a comparison over files."""
    return {"file": name, **trial_row(trial)}


def stress_row(way: str, level: float, unit: str, trial: Trial) -> dict[str, Any]:
    """A row of what an engine stands; `way` is "none" for the sound as it is."""
    return {"way": way, "level": level, "unit": unit, **trial_row(trial)}


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of the same columns as comma-separated values, headed by their names; nothing for no rows."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def mean_over_sound(values: Sequence[tuple[float, float]]) -> float | None:
    """The mean of figures, each with the seconds of sound that it stands for."""
    seconds = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / seconds if seconds else None
