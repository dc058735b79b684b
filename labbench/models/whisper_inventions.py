"""Words that Whisper may have invented: unlikely, far too short or far too long ones that stand alone in silence.

The rules are those of openai-whisper's `hallucination_silence_threshold`. Times are in seconds, frames are 10 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Raw = dict[str, Any]
"""A segment, or a word of one, in openai-whisper's own shape."""
FRAMES_PER_SECOND = 100
WINDOW_SECONDS = 30.0
_QUOTES = "\"'“¿([{-\"'.。,，!！?？:：”)]}、"
_LONG_WORD, _SHORT_WORD, _UNLIKELY_WORD = 2.0, 0.133, 0.15
_ANOMALOUS = 3.0
_NEAR = 2.0
"""Seconds from a window's edge at which a doubtful segment counts as standing alone."""


@dataclass(frozen=True)
class Heard:
    """A window as it was heard: from frame `seek` on, `size` frames of a sound of `frames`.

    `said_until` is when the last word before it ended. `complete` is whether nothing was left unfinished at its end;
    else the next window would begin at frame `following`.
    """

    seek: int
    size: int
    frames: int
    said_until: float
    following: int
    complete: bool


def sift(segments: Sequence[Raw], heard: Heard, silence: float) -> tuple[int, int | None]:
    """The frame at which the next window begins, and how many segments are kept.

    None are where the window must be heard again, later: its first words look invented and come after `silence`.
    Others that look invented and stand alone in silence are left out with all that follow.
    """
    offset, window_end = seconds_of(heard.seek), seconds_of(heard.seek) + WINDOW_SECONDS
    following = heard.following
    if not heard.complete and end_of(segments) > offset:
        rest = window_end - end_of(segments)
        following = frame_of(end_of(segments)) if rest > silence else heard.seek + heard.size
    first = _with_words(segments)
    if first is not None and looks_invented(first):
        gap = first["start"] - offset
        if gap > silence:
            return heard.seek + frame_of(gap), None
    said_until = heard.said_until
    for number, segment in enumerate(segments):
        if not segment["words"]:
            continue
        if looks_invented(segment):
            after = _with_words(segments[number + 1 :])
            next_start = after["words"][0]["start"] if after is not None else offset + seconds_of(heard.size)
            start, end = segment["start"], segment["end"]
            silent_before = start - said_until > silence or start < silence or start - offset < _NEAR
            silent_after = next_start - end > silence or looks_invented(after) or window_end - end < _NEAR
            if silent_before and silent_after:
                near_end = seconds_of(heard.frames) - end < silence
                return (heard.frames if near_end else frame_of(max(offset + 1, start))), number
        said_until = segment["end"]
    return following, len(segments)


def looks_invented(segment: Raw | None) -> bool:
    """Whether most of a segment's first words are unlikely, far too short or far too long."""
    if segment is None or not segment["words"]:
        return False
    words = [word for word in segment["words"] if word["word"] not in _QUOTES][:8]
    score = sum(map(_anomaly, words))
    return bool(score >= _ANOMALOUS or score + 0.01 >= len(words))


def _anomaly(word: Raw) -> float:
    length = word["end"] - word["start"]
    score = 1.0 if word.get("probability", 0.0) < _UNLIKELY_WORD else 0.0
    return float(score + max(0.0, _SHORT_WORD - length) * 15 + max(0.0, length - _LONG_WORD))


def seconds_of(frame: int) -> float:
    """The time of a frame."""
    return frame / FRAMES_PER_SECOND


def frame_of(seconds: float) -> int:
    """The frame at a time."""
    return round(float(seconds) * FRAMES_PER_SECOND)


def end_of(segments: Sequence[Raw]) -> float:
    """When the last word ends, or else the last segment."""
    for segment in reversed(segments):
        if segment["words"]:
            return float(segment["words"][-1]["end"])
    return float(segments[-1]["end"]) if segments else 0.0


def _with_words(segments: Sequence[Raw]) -> Raw | None:
    return next((segment for segment in segments if segment["words"]), None)
