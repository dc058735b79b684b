"""What servers answer to a sound, as segments: they differ in what they send, and nothing of it is trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from labbench.transcript.languages import find_language
from labbench.transcript.types import SPACELESS, Segment, Word, share_out

MOST_ITEMS = 200_000
"""So many words or segments of one answer are looked at."""
UNKNOWN = -1.0
"""What some servers write for a figure that they don't have."""
MOST_FIGURE = 100.0


@dataclass(frozen=True)
class Answer:
    """Segments with times in seconds of the sound that was sent; `language` is a code, "" where none was named."""

    segments: tuple[Segment, ...]
    language: str

    @property
    def text(self) -> str:
        return " ".join(segment.text.strip() for segment in self.segments)


def read_answer(raw: Any, duration: float) -> Answer | None:
    """The text of an answer (the JSON of `transcriptions`) to a sound of `duration` seconds; None where it has none.

    Segments and words come where the server sends them with times that can be true. Words of a segment without any are
    spread over it, text without segments over the whole sound.
    """
    if not isinstance(raw, dict):
        return None
    text = raw.get("text")
    rows = _rows(raw.get("segments"))
    if not isinstance(text, str) and not rows:
        return None
    language = _language(raw.get("language"))
    words = _words(raw.get("words"), language, duration)
    segments = [found for row in rows if (found := _segment(row, language, duration)) is not None]
    plain = _clean(text) if isinstance(text, str) else ""
    if segments and not (plain and _letters(plain) != _letters("".join(segment.text for segment in segments))):
        return Answer(tuple(_filled(_dealt(segments, words))), language)
    if not plain:
        return Answer((), language)
    # The text is what counts: segments that say something else are left out.
    if words:
        return Answer((Segment(plain, words[0].start, max(word.end for word in words), tuple(words)),), language)
    return Answer((Segment(plain, 0.0, duration, share_out(plain, 0.0, duration)),), language)


def _rows(raw: Any) -> list[dict[str, Any]]:
    return [row for row in raw[:MOST_ITEMS] if isinstance(row, dict)] if isinstance(raw, list) else []


def _language(raw: Any) -> str:
    """Some servers send the code, some the English name."""
    return (find_language(raw) or "") if isinstance(raw, str) else ""


def _segment(row: dict[str, Any], language: str, duration: float) -> Segment | None:
    text, span = row.get("text"), _span(row, duration)
    if not isinstance(text, str) or not _clean(text).strip() or span is None:
        return None
    # A mean logarithm of -1 can be true: it is taken for unknown where another figure is -1, too, which none can be.
    unknown = any(_number(row.get(key)) == UNKNOWN for key in ("no_speech_prob", "compression_ratio", "temperature"))
    likely = _number(row.get("avg_logprob"), -MOST_FIGURE, 0.0)
    return Segment(
        _clean(text),
        *span,
        words=tuple(_words(row.get("words"), language, duration)),
        no_speech_probability=_number(row.get("no_speech_prob"), 0.0, 1.0),
        average_log_probability=None if unknown and likely == UNKNOWN else likely,
        compression_ratio=_number(row.get("compression_ratio"), 0.0, MOST_FIGURE),
        temperature=_number(row.get("temperature"), 0.0, MOST_FIGURE),
    )


def _words(raw: Any, language: str, duration: float) -> list[Word]:
    """Words with times. A space in front says where a word begins, if the server puts any there."""
    found = []
    for row in _rows(raw):
        text, span = row.get("word"), _span(row, duration)
        if isinstance(text, str) and _clean(text).strip() and span is not None:
            found.append((_clean(text), span, _number(row.get("probability"), 0.0, 1.0)))
    spaced = any(text.startswith(" ") for text, _, _ in found)
    return [
        Word(text.strip(), *span, probability, glued=not text.startswith(" ") if spaced else language in SPACELESS)
        for text, span, probability in found
    ]


def _dealt(segments: Sequence[Segment], words: Sequence[Word]) -> list[Segment]:
    """Each word of a list for the whole sound to the segment in whose time its middle is, or to the nearest."""
    if not words or any(segment.words for segment in segments):
        return list(segments)
    mine: list[list[Word]] = [[] for _ in segments]
    at = 0
    for word in sorted(words, key=lambda word: word.start):
        middle = (word.start + word.end) / 2
        while at + 1 < len(segments) and middle > (segments[at].end + segments[at + 1].start) / 2:
            at += 1
        mine[at].append(word)
    return [replace(segment, words=tuple(its)) for segment, its in zip(segments, mine, strict=True)]


def _filled(segments: Sequence[Segment]) -> list[Segment]:
    return [
        segment if segment.words else replace(segment, words=share_out(segment.text, segment.start, segment.end))
        for segment in segments
    ]


def _span(row: dict[str, Any], duration: float) -> tuple[float, float] | None:
    """Times within the sound; None where they can't be true."""
    start, end = _number(row.get("start")), _number(row.get("end"))
    if start is None or end is None or start < 0.0 or end < start or start > duration:
        return None
    return start, min(end, duration)


def _number(raw: Any, low: float = -math.inf, high: float = math.inf) -> float | None:
    """A finite number in a range, else None."""
    try:
        found = float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else math.nan
    except OverflowError:
        return None
    return found if math.isfinite(found) and low <= found <= high else None


def _clean(text: str) -> str:
    """Without control characters and halves of characters, which no view can show."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
