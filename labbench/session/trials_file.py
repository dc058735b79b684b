"""What engines made of a recording as it is and spoilt by degrees, kept in `results/NNNN/failure-lab.json`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from labbench.core.errors import FormatError, LabBenchError
from labbench.session import checked
from labbench.session.disk import read_json, update_json
from labbench.session.note import VERSION
from labbench.transcript.compare import ErrorRates
from labbench.transcript.trials import Trial
from labbench.transcript.types import SPACELESS, Segment, Transcript, share_out

FILE = "failure-lab.json"
UNSPOILT = "none"
"""In place of the name of a way: the sound as it is."""
MOST_SERIES, MOST_POINTS = 100, 2000
_WHAT = "results of the failure lab"
_MOST_BYTES = 16 << 20
_MOST_COUNT = 10_000_000
_MOST_RATE = 1e6

Slot = Literal["a", "b"]
Source = Literal["corrected", "engine a"]
"""Where a reference comes from: what was really said, or what engine A made of the sound as it is."""


@dataclass(frozen=True)
class SpoiltPoint:
    """What the engine in `slot` made of a sound that was spoilt in one `way` to a `level`."""

    slot: Slot
    way: str
    level: float
    trial: Trial


@dataclass(frozen=True)
class Series:
    """Points that can be compared: of the same stretch (seconds; None: all of it), reference and two engines."""

    span: tuple[float, float] | None
    reference: str
    source: Source
    language: str
    engines: tuple[str, str]
    points: tuple[SpoiltPoint, ...] = ()


def write_series(path: Path, series: tuple[Series, ...]) -> None:
    """All of a recording, in place of what was kept before. Raises LabBenchError."""
    raw: dict[str, Any] = {
        "format": "labbench-failure-lab",
        "version": VERSION,
        "series": [_series_out(one) for one in series[-MOST_SERIES:]],
    }
    try:
        for one in raw["series"]:
            for point in _series_in(one)[1]:
                _point_in(point)
    except checked.DAMAGE as error:
        raise FormatError(f"These results cannot be kept ({error}).", "Run the ways again.") from error
    update_json(path, _WHAT, raw, _MOST_BYTES)


def load_series(path: Path) -> tuple[tuple[Series, ...], list[str]]:
    """What is kept, as far as it can be read, and a sentence where something is lost."""
    if not path.exists():
        return (), []
    try:
        raw = read_json(path, _WHAT, _MOST_BYTES)
        checked.version(raw, VERSION)
        rows = checked.items(raw["series"], MOST_SERIES)
    except (*checked.DAMAGE, LabBenchError):
        return (), ["Its results of the failure lab are damaged and lost."]
    found, lost = [], 0
    for head, points in checked.each(rows, _series_in):
        good = checked.each(points, _point_in)
        lost += len(points) - len(good)
        found.append(Series(**head, points=tuple(good)))
    lost += len(rows) - len(found)
    return tuple(found), [f"{lost} of its results of the failure lab are damaged and lost."] if lost else []


def _series_out(series: Series) -> dict[str, Any]:
    return {
        "span": None if series.span is None else [float(one) for one in series.span],
        "reference": series.reference,
        "source": series.source,
        "language": series.language,
        "engines": list(series.engines),
        "points": [_point_out(point) for point in series.points],
    }


def _series_in(raw: Any) -> tuple[dict[str, Any], list[Any]]:
    a, b = checked.items(raw["engines"], 2)
    source: Source = raw["source"]
    if source not in get_args(Source):
        raise ValueError("an unknown source of a reference")
    head = {
        "span": None if raw["span"] is None else checked.span(raw["span"]),
        "reference": checked.text(raw["reference"]),
        "source": source,
        "language": checked.text(raw["language"], 100),
        "engines": (checked.text(a, 1000), checked.text(b, 1000)),
    }
    return head, checked.items(raw["points"], MOST_POINTS)


def _point_out(point: SpoiltPoint) -> dict[str, Any]:
    trial, rates = point.trial, point.trial.rates
    return {
        "slot": point.slot,
        "way": point.way,
        "level": float(point.level),
        "engine": trial.engine,
        "language": trial.transcript.language,
        "duration": float(trial.transcript.duration),
        "took": float(trial.transcript.took),
        "text": trial.transcript.text,
        "words": None if rates is None else rates.words,
        "substitutions": None if rates is None else rates.substitutions,
        "deletions": None if rates is None else rates.deletions,
        "insertions": None if rates is None else rates.insertions,
        "word_error_rate": None if rates is None else rates.word_error_rate,
        "character_error_rate": None if rates is None else rates.character_error_rate,
        "first_text_s": checked.finite_or_none(trial.first_text_s),
        "memory_mb": checked.finite_or_none(trial.memory_mb),
    }


def _point_in(raw: Any) -> SpoiltPoint:
    slot: Slot = raw["slot"]
    if slot not in get_args(Slot):
        raise ValueError("an unknown engine")
    language, text = checked.text(raw["language"], 100), checked.text(raw["text"])
    duration = checked.number(raw["duration"], 0.0, checked.MOST_SECONDS)
    took = checked.number(raw["took"], 0.0, checked.MOST_SECONDS)
    engine = checked.text(raw["engine"], 1000)
    trial = Trial(
        engine,
        plain_transcript(engine, language, text, duration, took),
        None if raw["words"] is None else _rates_in(raw),
        checked.maybe_number(raw["first_text_s"], 0.0, checked.MOST_SECONDS),
        checked.maybe_number(raw["memory_mb"], 0.0, 1e9),
    )
    return SpoiltPoint(slot, checked.text(raw["way"], 100), checked.number(raw["level"], -1e6, 1e6), trial)


def _rates_in(raw: Any) -> ErrorRates:
    words, substitutions, deletions, insertions = (
        checked.whole(raw[key], 0, _MOST_COUNT) for key in ("words", "substitutions", "deletions", "insertions")
    )
    return ErrorRates(
        words,
        substitutions,
        deletions,
        insertions,
        checked.maybe_number(raw["word_error_rate"], 0.0, _MOST_RATE),
        checked.maybe_number(raw["character_error_rate"], 0.0, _MOST_RATE),
    )


def plain_transcript(engine: str, language: str, text: str, duration: float, took: float) -> Transcript:
    """A text as a transcript in one piece; its words are shared out over the sound."""
    glued = language in SPACELESS
    words = share_out(text, 0.0, duration) if text.strip() and not glued else ()
    segments = (Segment(text, 0.0, duration, words),) if text.strip() else ()
    return Transcript(engine, language, segments, duration, took)
