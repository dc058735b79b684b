"""Measurements as CSV, for spreadsheets and for pandas: UTF-8 with a byte order mark, which both read.

A text that a spreadsheet would run as a formula gets an apostrophe in front:
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from labbench.core.timebase import MODEL_RATE
from labbench.session.disk import write_bytes
from labbench.session.scores_file import Scores
from labbench.transcript.types import Transcript
from labbench.wakeword.spotter import Detection

TIME_DIGITS, PROBABILITY_DIGITS, FIGURE_DIGITS = 6, 4, 3
"""Places after the point: a microsecond, a hundredth of a percent, a thousandth of a decibel or hertz."""
Cell = str | float | int | bool | None
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclasses.dataclass(frozen=True)
class SelectionFigures:
    """What was measured in a stretch of sound; None for what cannot be told. The names are the columns."""

    sound: str
    start_s: float
    end_s: float
    rms_dbfs: float | None = None
    peak_dbfs: float | None = None
    dc_offset: float | None = None
    clipped_samples: int | None = None
    zero_crossings_per_s: float | None = None
    centroid_hz: float | None = None
    fundamental_hz: float | None = None


def write_words(path: Path, transcript: Transcript) -> None:
    """One row a word, with its segment's number and its times in seconds. Raises LabBenchError."""
    header = ("segment", "word", "start_s", "end_s", "probability", "settled", "exact", "no_speech_probability")
    rows = (
        (
            number,
            word.text.strip(),
            _rounded(word.start, TIME_DIGITS),
            _rounded(word.end, TIME_DIGITS),
            _rounded(word.probability, PROBABILITY_DIGITS),
            word.settled,
            word.exact,
            _rounded(segment.no_speech_probability, PROBABILITY_DIGITS),
        )
        for number, segment in enumerate(transcript.segments, 1)
        for word in segment.words
    )
    write_table(path, header, rows)


def write_distances(path: Path, scores: Scores) -> None:
    """One row a window: the time of its end in seconds, its 16 kHz sample, and a distance for each word.

    Raises LabBenchError.
    """
    header = ("time_s", "sample_16k", "skipped", "muted", *(f"distance: {word}" for word in scores.words))
    # A float32 in its own shortest digits: 0.1 and not 0.10000000149011612.
    columns = [[float(str(value)) for value in column] for column in scores.distances.T]
    times = (scores.index / MODEL_RATE).round(TIME_DIGITS).tolist()
    write_table(
        path,
        header,
        zip(times, scores.index.tolist(), scores.skipped.tolist(), scores.muted.tolist(), *columns, strict=True),
    )


def write_detections(path: Path, detections: Iterable[Detection]) -> None:
    """One row a word that was found; times in seconds, distances as they were decided by. Raises LabBenchError."""
    header = ("word", "start_s", "end_s", "distance", "threshold", "decided_at_s")
    rows = (
        (
            one.word,
            _rounded(one.start, TIME_DIGITS),
            _rounded(one.end, TIME_DIGITS),
            one.distance,
            one.threshold,
            _rounded(one.at, TIME_DIGITS),
        )
        for one in detections
    )
    write_table(path, header, rows)


def write_figures(path: Path, figures: Iterable[SelectionFigures]) -> None:
    """One row a selection. Raises LabBenchError."""
    header = tuple(field.name for field in dataclasses.fields(SelectionFigures))
    digits = [_digits(name) for name in header]
    rows = (
        [_rounded(cell, places) for cell, places in zip(dataclasses.astuple(one), digits, strict=True)]
        for one in figures
    )
    write_table(path, header, rows)


def _digits(column: str) -> int:
    """Places after the point that a figure is good for."""
    if column == "dc_offset":
        return 8
    return TIME_DIGITS if column in ("start_s", "end_s") else FIGURE_DIGITS


def _rounded(cell: Cell, places: int) -> Cell:
    return round(cell, places) if isinstance(cell, float) and math.isfinite(cell) else cell


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Any table. A cell that is no finite number stays empty. Raises LabBenchError."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)  # its line ends are the standard's: RFC 4180
    writer.writerow([safe_text(name) for name in header])
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    write_bytes(path, text.getvalue().encode("utf-8-sig", "replace"))


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = text.replace("\0", "")
    return f"'{text}" if text.startswith(_RUNS) or text.lstrip().startswith(_RUNS) else text


def _cell(cell: Cell) -> str | int:
    match cell:
        case str():
            return safe_text(cell)
        case bool():
            return "true" if cell else "false"
        case float():
            return repr(float(cell)) if math.isfinite(cell) else ""
        case None:
            return ""
    return cell
