"""Transcripts as text: plain, JSON and TSV in openai-whisper's shape, SubRip and WebVTT subtitles."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from labbench.transcript.types import Segment, Transcript, Word


def to_txt(transcript: Transcript) -> str:
    """One line a segment."""
    return "".join(f"{segment.text.strip()}\n" for segment in transcript.kept if segment.text.strip())


def to_json(transcript: Transcript) -> str:
    """openai-whisper's keys (`text`, `segments`, `language`), and what it has no key for beside them."""
    return json.dumps(as_dict(transcript), ensure_ascii=False, indent=2) + "\n"


def as_dict(transcript: Transcript) -> dict[str, Any]:
    return {
        "text": transcript.text,
        "segments": [_segment(number, segment) for number, segment in enumerate(transcript.kept)],
        "language": transcript.language,
        "languages": dict(transcript.languages),
        "dropped": [
            _segment(n, one) | {"reason": one.doubt} for n, one in enumerate(transcript.segments) if one.dropped
        ],
        "engine": transcript.engine,
        "duration": round(transcript.duration, 3),
        "took": round(transcript.took, 3),
    }


def _segment(number: int, segment: Segment) -> dict[str, Any]:
    return {
        "id": number,
        "seek": segment.seek,
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "text": segment.text,
        "tokens": list(segment.tokens),
        "temperature": segment.temperature,
        "avg_logprob": segment.average_log_probability,
        "compression_ratio": segment.compression_ratio,
        "no_speech_prob": segment.no_speech_probability,
        "words": [_word(word) for word in segment.words],
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "word": word.text if word.glued else f" {word.text}",
        "start": round(word.start, 3),
        "end": round(word.end, 3),
        "probability": word.probability,
        "exact": word.exact,
    }


def to_srt(transcript: Transcript) -> str:
    cues = _cues(transcript, ",", hours=True)
    return "".join(f"{number}\n{times}\n{text}\n\n" for number, (times, text) in enumerate(cues, 1))


def to_vtt(transcript: Transcript) -> str:
    return "WEBVTT\n\n" + "".join(f"{times}\n{text}\n\n" for times, text in _cues(transcript, ".", hours=False))


def _cues(transcript: Transcript, mark: str, *, hours: bool) -> list[tuple[str, str]]:
    return [
        (
            f"{timestamp(segment.start, mark, hours=hours)} --> {timestamp(segment.end, mark, hours=hours)}",
            segment.text.strip().replace("-->", "->"),
        )
        for segment in transcript.kept
        if segment.text.strip()
    ]


def to_tsv(transcript: Transcript) -> str:
    """Start and end in milliseconds, and the text: as openai-whisper writes it."""
    rows = [
        f"{round(1000 * one.start)}\t{round(1000 * one.end)}\t{one.text.strip().replace(chr(9), ' ')}\n"
        for one in transcript.kept
    ]
    return "start\tend\ttext\n" + "".join(rows)


def timestamp(seconds: float, mark: str = ".", *, hours: bool = False) -> str:
    """`[HH:]MM:SS.mmm`; the hours always with `hours`, else only where there are any."""
    milliseconds = round(max(0.0, seconds) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    whole, minutes = divmod(minutes, 60)
    front = f"{whole:02d}:" if hours or whole else ""
    return f"{front}{minutes:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


WRITERS: Mapping[str, Callable[[Transcript], str]] = {
    "txt": to_txt,
    "json": to_json,
    "srt": to_srt,
    "vtt": to_vtt,
    "tsv": to_tsv,
}
