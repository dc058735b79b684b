"""Transcripts as text: plain, JSON and TSV in openai-whisper's shape, SubRip and WebVTT subtitles."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from labbench.transcript.ordering import in_order
from labbench.transcript.subtitles import Cue, CueLines, cues_of
from labbench.transcript.types import Segment, Transcript, Word


def to_txt(transcript: Transcript) -> str:
    """One line a segment."""
    return "".join(f"{segment.text.strip()}\n" for segment in transcript.kept if segment.text.strip())


def to_json(transcript: Transcript) -> str:
    """openai-whisper's keys (`text`, `segments`, `language`), and what it has no key for beside them."""
    return json.dumps(as_dict(transcript), ensure_ascii=False, indent=2) + "\n"


def as_dict(transcript: Transcript) -> dict[str, Any]:
    transcript = in_order(transcript)
    return {
        "text": transcript.text,
        "segments": [_segment(number, segment) for number, segment in enumerate(transcript.kept)],
        "language": transcript.language,
        "languages": dict(transcript.languages),
        "dropped": [
            _segment(n, one) | {"reason": one.doubt} for n, one in enumerate(transcript.segments) if one.dropped
        ],
        "skipped": [
            {"start": round(one.start, 3), "end": round(one.end, 3), "reason": one.reason} for one in transcript.skipped
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


def to_srt(transcript: Transcript, lines: CueLines | None = None) -> str:
    cues = [(_times(cue, ",", hours=True), cue.text) for cue in cues_of(transcript, lines)]
    return "".join(f"{number}\n{times}\n{text}\n\n" for number, (times, text) in enumerate(cues, 1))


def to_vtt(transcript: Transcript, lines: CueLines | None = None) -> str:
    cues = [(_times(cue, ".", hours=False), cue.text) for cue in cues_of(transcript, lines)]
    return "WEBVTT\n\n" + "".join(f"{times}\n{text}\n\n" for times, text in cues)


def _times(cue: Cue, mark: str, *, hours: bool) -> str:
    return f"{timestamp(cue.start, mark, hours=hours)} --> {timestamp(cue.end, mark, hours=hours)}"


def to_tsv(transcript: Transcript) -> str:
    """Start and end in milliseconds, and the text: as openai-whisper writes it."""
    rows = [
        f"{round(1000 * one.start)}\t{round(1000 * one.end)}\t{one.text.strip().replace(chr(9), ' ')}\n"
        for one in in_order(transcript).kept
    ]
    return "start\tend\ttext\n" + "".join(rows)


def timestamp(seconds: float, mark: str = ".", *, hours: bool = False) -> str:
    """`[HH:]MM:SS.mmm`; the hours always with `hours`, else only where there are any."""
    milliseconds = round(max(0.0, seconds) * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    whole, minutes = divmod(minutes, 60)
    front = f"{whole:02d}:" if hours or whole else ""
    return f"{front}{minutes:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


SUBTITLES: Mapping[str, Callable[[Transcript, CueLines | None], str]] = {"srt": to_srt, "vtt": to_vtt}
WRITERS: Mapping[str, Callable[[Transcript], str]] = {
    "txt": to_txt,
    "json": to_json,
    "srt": to_srt,
    "vtt": to_vtt,
    "tsv": to_tsv,
}
