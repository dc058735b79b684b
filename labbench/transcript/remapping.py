"""A transcript of a sound with stretches cut out of it, on the time axis of the whole sound, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

from labbench.signal.cutting import Cutting
from labbench.transcript.types import Segment, Transcript, Word, join

FRAMES_PER_SECOND = 100
"""A segment's `seek` counts so."""


def to_whole(transcript: Transcript, cutting: Cutting) -> Transcript:
    """What was made of the cut sound, in times of the whole one. `skipped` is left as it is.

    A word lies within one piece. A segment whose words lie in several pieces becomes one for each: what is said after
    a pause does not begin before it.
    """
    return replace(
        transcript,
        segments=tuple(part for segment in transcript.segments for part in _parts(segment, cutting)),
        duration=cutting.total / cutting.rate,
        heard=None if transcript.heard is None else cutting.to_whole(transcript.heard),
    )


def to_cut(transcript: Transcript, cutting: Cutting) -> Transcript:
    """A transcript of the whole sound in times of the cut one: for going on where it was stopped."""

    def moved(segment: Segment) -> Segment:
        return _timed(segment, cutting.to_cut, cutting.to_cut)

    return replace(
        transcript,
        segments=tuple(map(moved, transcript.segments)),
        duration=cutting.length / cutting.rate,
        heard=None if transcript.heard is None else cutting.to_cut(transcript.heard),
    )


def _parts(segment: Segment, cutting: Cutting) -> list[Segment]:
    whole = _timed(segment, cutting.to_whole, lambda seconds: cutting.to_whole(seconds, ends=True))
    numbers = [_piece_of(word, cutting) for word in segment.words]
    words = [_within(word, number, cutting) for word, number in zip(segment.words, numbers, strict=True)]
    placed = zip(numbers, words, strict=True)
    pieces = [(number, [word for _, word in mine]) for number, mine in groupby(placed, lambda one: one[0])]
    if len(pieces) != len(set(numbers)) or "".join(join(words).split()) != "".join(segment.text.split()):
        return [replace(whole, words=tuple(words))]  # not to be divided
    if not pieces:
        return [whole]
    first = cutting.piece_at(segment.start)
    last = cutting.piece_at(segment.end, ends=True)
    parts = []
    for number, mine in pieces:
        is_first = number == pieces[0][0]
        parts.append(
            replace(
                whole,
                text=segment.text if len(pieces) == 1 else f" {join(mine)}",
                start=whole.start if number == first else mine[0].start,
                end=whole.end if number == last else mine[-1].end,
                words=tuple(mine),
                tokens=segment.tokens if is_first else (),
            )
        )
    return parts


def _piece_of(word: Word, cutting: Cutting) -> int:
    """The piece in which most of a word lies."""
    first, last = cutting.piece_at(word.start), cutting.piece_at(word.end, ends=True)
    if last <= first:
        return first

    def shared(number: int) -> float:
        begin, stop = cutting.bounds(number)
        return min(word.end, stop) - max(word.start, begin)

    return max(range(first, last + 1), key=shared)


def _within(word: Word, number: int, cutting: Cutting) -> Word:
    begin, stop = cutting.bounds(number)
    start = cutting.to_whole(min(max(word.start, begin), stop), ends=word.start >= stop)
    end = cutting.to_whole(min(max(word.end, begin), stop), ends=True) if word.end > begin else start
    return replace(word, start=start, end=max(start, end))


def _timed(segment: Segment, starts: Callable[[float], float], ends: Callable[[float], float]) -> Segment:
    start, seek = starts(segment.start), segment.seek
    return replace(
        segment,
        start=start,
        end=max(start, ends(segment.end)),
        words=tuple(
            replace(word, start=(at := starts(word.start)), end=max(at, ends(word.end))) for word in segment.words
        ),
        seek=None if seek is None else round(starts(seek / FRAMES_PER_SECOND) * FRAMES_PER_SECOND),
    )
