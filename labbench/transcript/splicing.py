"""A stretch of a transcript replaced by what was read in it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from labbench.transcript.types import Segment, Skipped, Transcript, Word, join


def moved(transcript: Transcript, seconds: float) -> Transcript:
    """The same words, that much later."""
    segments = tuple(
        replace(
            segment,
            start=segment.start + seconds,
            end=segment.end + seconds,
            words=tuple(replace(word, start=word.start + seconds, end=word.end + seconds) for word in segment.words),
        )
        for segment in transcript.segments
    )
    skipped = tuple(replace(one, start=one.start + seconds, end=one.end + seconds) for one in transcript.skipped)
    return replace(transcript, segments=segments, skipped=skipped)


def spliced(whole: Transcript, part: Transcript, start: float, stop: float) -> Transcript:
    """`whole` with everything between `start` and `stop` (seconds) replaced by `part`, in the same time.

    A word belongs to where its middle is; a segment without words to where its own is.
    """
    before: list[Segment] = []
    after: list[Segment] = []
    for segment in whole.segments:
        if not segment.words:
            middle = (segment.start + segment.end) / 2
            if middle < start:
                before.append(segment)
            elif middle >= stop:
                after.append(segment)
            continue
        before += _of(segment, tuple(word for word in segment.words if _middle(word) < start))
        after += _of(segment, tuple(word for word in segment.words if _middle(word) >= stop))
    skipped = (*_outside(whole.skipped, start, stop), *part.skipped)
    return replace(
        whole,
        segments=(*before, *part.segments, *after),
        took=whole.took + part.took,
        skipped=tuple(sorted(skipped, key=lambda one: one.start)),
    )


def reworded(whole: Transcript, words: Sequence[Word], start: float, stop: float) -> Transcript | None:
    """`whole` with other words between `start` and `stop` (seconds), in the segment that these lie in.

    So a sentence stays one. None where they lie in no segment, in more than one, or are all that it has.
    """
    touched = [
        number
        for number, segment in enumerate(whole.segments)
        if any(start <= _middle(word) < stop for word in segment.words)
    ]
    if len(touched) != 1:
        return None
    segment = whole.segments[touched[0]]
    before = [word for word in segment.words if _middle(word) < start]
    after = [word for word in segment.words if _middle(word) >= stop]
    if not before and not after:
        return None
    kept = (*before, *words, *after)
    changed = replace(
        segment, text=f" {join(kept)}", words=kept, start=min(segment.start, kept[0].start), end=segment.end, tokens=()
    )
    return replace(whole, segments=(*whole.segments[: touched[0]], changed, *whole.segments[touched[0] + 1 :]))


def _outside(skipped: Iterable[Skipped], start: float, stop: float) -> Iterator[Skipped]:
    """What was skipped before and after a stretch."""
    for one in skipped:
        if one.start < min(one.end, start):
            yield replace(one, end=min(one.end, start))
        if max(one.start, stop) < one.end:
            yield replace(one, start=max(one.start, stop))


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2


def _of(segment: Segment, words: tuple[Word, ...]) -> list[Segment]:
    """The rest of a segment, nothing where no word is left; itself where all are."""
    if not words:
        return []
    if words == segment.words:
        return [segment]
    return [replace(segment, text=f" {join(words)}", words=words, start=words[0].start, end=words[-1].end, tokens=())]
