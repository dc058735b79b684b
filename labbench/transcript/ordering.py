"""Times that can be true: within the sound, forwards, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from labbench.transcript.types import LiveText, Segment, Transcript, Word


def in_order(transcript: Transcript) -> Transcript:
    """The transcript with no time before the sound's start or past its end; of the text, no segment and no word ends
    before it starts or begins before the end of the one before it.

    What is in order already stays as it is. Segments that are no part of the text are only kept within the sound.
    """
    most = transcript.duration
    last = spoken = 0.0
    segments: list[Segment] = []
    for segment in transcript.segments:
        start, end = _span(segment.start, segment.end, 0.0 if segment.dropped else last, most)
        words = _words(segment.words, 0.0 if segment.dropped else spoken, most)
        if not segment.dropped:
            last, spoken = end, words[-1].end if words else spoken
        same = (start, end) == (segment.start, segment.end) and words == segment.words
        segments.append(segment if same else replace(segment, start=start, end=end, words=words))
    return transcript if tuple(segments) == transcript.segments else replace(transcript, segments=tuple(segments))


def live_in_order(live: LiveText) -> LiveText:
    """The same for live text: words within what was heard, none before the one in front of it."""
    words = _words(live.words, 0.0, live.heard)
    return live if words == live.words else replace(live, words=words)


def _words(words: Iterable[Word], least: float, most: float) -> tuple[Word, ...]:
    found = []
    for word in words:
        start, end = _span(word.start, word.end, least, most)
        found.append(word if (start, end) == (word.start, word.end) else replace(word, start=start, end=end))
        least = end
    return tuple(found)


def _span(start: float, end: float, least: float, most: float) -> tuple[float, float]:
    start = min(max(start, least), most)
    return start, min(max(end, start), most)
