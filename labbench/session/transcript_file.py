"""A transcript in a JSON file, with the model that made it: read again without that model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from labbench.core.errors import FormatError, LabBenchError
from labbench.session import checked
from labbench.session.disk import read_json, update_json
from labbench.session.note import VERSION
from labbench.transcript.types import Doubt, Segment, Skipped, Transcript, Word

FORMAT = "labbench-transcript"
MOST_SEGMENTS, MOST_WORDS = 200_000, 100_000
MOST_LANGUAGES, MOST_FRAMES, MOST_TOKEN = 200, 1 << 40, 1 << 20
_WHAT = "a transcript"
_MOST_BYTES = 64 << 20
_PROBABLE = (-0.001, 1.001)
"""Means of float32 probabilities can leave 0 to 1 by a rounding."""


@dataclass(frozen=True)
class ModelNote:
    """Which model made a result: its name, its version, and the checksum of its weights."""

    name: str
    version: str
    checksum: str


@dataclass(frozen=True)
class StoredTranscript:
    """A transcript, what made it, and the language that was asked for (None: the model's choice)."""

    transcript: Transcript
    model: ModelNote
    language_option: str | None = None


def write_transcript(path: Path, stored: StoredTranscript) -> None:
    """Raises LabBenchError, FormatError where a time in it is not a number; what was there before stays then."""
    transcript = stored.transcript
    raw: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "engine": transcript.engine,
        "model": model_out(stored.model),
        "language_option": stored.language_option,
        "language": transcript.language,
        "duration": float(transcript.duration),
        "took": float(transcript.took),
        "languages": [[code, float(probability)] for code, probability in transcript.languages],
        "heard": checked.finite_or_none(transcript.heard),
        "scrubbed": int(transcript.scrubbed),
        "skipped": [[float(one.start), float(one.end), one.reason] for one in transcript.skipped],
        "segments": [_segment_out(segment) for segment in transcript.segments],
    }
    try:
        _head_in(raw)
        for segment in checked.items(raw["segments"], MOST_SEGMENTS):
            _segment_in(segment)
    except checked.DAMAGE as error:
        raise FormatError(f"This transcript cannot be kept ({error}).", "Transcribe again.") from error
    update_json(path, _WHAT, raw, _MOST_BYTES)


def load_transcript(path: Path, name: str) -> tuple[StoredTranscript | None, list[str]]:
    """A kept transcript as far as it can be read (None: there is none), and what is lost; `name` is for people."""
    if not path.exists():
        return None, []
    try:
        raw = read_json(path, _WHAT, _MOST_BYTES)
        head = _head_in(raw)
        rows = checked.items(raw["segments"], MOST_SEGMENTS)
    except (*checked.DAMAGE, LabBenchError):
        return None, [f"{name} is damaged and lost."]
    segments = checked.each(rows, _segment_in)
    bad = len(rows) - len(segments)
    lost = [f"{bad} of {len(rows)} parts of {name.lower()} are damaged and lost."] if bad else []
    transcript = Transcript(
        head["engine"],
        head["language"],
        tuple(segments),
        head["duration"],
        head["took"],
        *head["more"],
    )
    return StoredTranscript(transcript, head["model"], head["language_option"]), lost


def read_text(path: Path, most: int) -> str:
    """The text alone of a kept transcript, for searching; as much as can be read. Raises nothing."""
    try:
        rows = checked.items(read_json(path, _WHAT, most)["segments"], MOST_SEGMENTS)
    except (*checked.DAMAGE, LabBenchError):
        return ""
    return " ".join(checked.each(rows, lambda row: checked.text(row["text"]).strip()))


def model_out(model: ModelNote) -> dict[str, Any]:
    """As it is kept in JSON."""
    return {"name": model.name, "version": model.version, "checksum": model.checksum}


def model_in(raw: Any) -> ModelNote:
    """Raises one of `checked.DAMAGE`."""
    return ModelNote(*(checked.text(raw[key], 1000) for key in ("name", "version", "checksum")))


def _head_in(raw: dict[str, Any]) -> dict[str, Any]:
    checked.version(raw, VERSION)
    option = raw["language_option"]
    return {
        "engine": checked.text(raw["engine"], 1000),
        "model": model_in(raw["model"]),
        "language_option": None if option is None else checked.text(option, 100),
        "language": checked.text(raw["language"], 100),
        "duration": checked.number(raw["duration"], 0.0, checked.MOST_SECONDS),
        "took": checked.number(raw["took"], 0.0, checked.MOST_SECONDS),
        "more": (
            tuple(_language_in(one) for one in checked.items(raw.get("languages", []), MOST_LANGUAGES)),
            checked.maybe_number(raw.get("heard"), 0.0, checked.MOST_SECONDS),
            checked.whole(raw.get("scrubbed", 0), 0, 1 << 40),
            tuple(_skipped_in(one) for one in checked.items(raw.get("skipped", []), MOST_SEGMENTS)),
        ),
    }


def _segment_out(segment: Segment) -> dict[str, Any]:
    return {
        "start": float(segment.start),
        "end": float(segment.end),
        "text": segment.text,
        "no_speech_probability": checked.finite_or_none(segment.no_speech_probability),
        "average_log_probability": checked.finite_or_none(segment.average_log_probability),
        "compression_ratio": checked.finite_or_none(segment.compression_ratio),
        "temperature": checked.finite_or_none(segment.temperature),
        "seek": segment.seek,
        "tokens": list(segment.tokens),
        "doubt": segment.doubt,
        "words": [_word_out(word) for word in segment.words],
    }


def _word_out(word: Word) -> dict[str, Any]:
    return {
        "start": float(word.start),
        "end": float(word.end),
        "text": word.text,
        "probability": checked.finite_or_none(word.probability),
        "settled": bool(word.settled),
        "exact": bool(word.exact),
        "glued": bool(word.glued),
    }


def _segment_in(raw: Any) -> Segment:
    return Segment(
        text=checked.text(raw["text"]),
        start=checked.seconds(raw["start"]),
        end=checked.seconds(raw["end"]),
        words=tuple(_word_in(word) for word in checked.items(raw["words"], MOST_WORDS)),
        no_speech_probability=checked.maybe_number(raw["no_speech_probability"], *_PROBABLE),
        average_log_probability=checked.maybe_number(raw["average_log_probability"], -1e6, 1e6),
        compression_ratio=checked.maybe_number(raw["compression_ratio"], 0.0, 1e6),
        temperature=checked.maybe_number(raw.get("temperature"), 0.0, 100.0),
        seek=None if raw.get("seek") is None else checked.whole(raw["seek"], 0, MOST_FRAMES),
        tokens=tuple(checked.whole(token, 0, MOST_TOKEN) for token in checked.items(raw.get("tokens", []), MOST_WORDS)),
        doubt=_doubt_in(raw.get("doubt", "")),
    )


def _doubt_in(raw: Any) -> Doubt:
    for known in get_args(Doubt):
        if raw == known:
            found: Doubt = known
            return found
    raise ValueError("no such doubt")


def _language_in(raw: Any) -> tuple[str, float]:
    code, probability = checked.items(raw, 2)
    return checked.text(code, 100), checked.number(probability, *_PROBABLE)


def _skipped_in(raw: Any) -> Skipped:
    start, end, reason = checked.items(raw, 3)
    return Skipped(*checked.span([start, end]), checked.text(reason, 100))


def _word_in(raw: Any) -> Word:
    return Word(
        text=checked.text(raw["text"]),
        start=checked.seconds(raw["start"]),
        end=checked.seconds(raw["end"]),
        probability=checked.maybe_number(raw["probability"], *_PROBABLE),
        settled=checked.flag(raw["settled"]),
        exact=checked.flag(raw["exact"]),
        glued=checked.flag(raw.get("glued", False)),
    )
