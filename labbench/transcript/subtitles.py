"""A transcript in cues: one a segment, or lines of a width and number as openai-whisper's own program makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from labbench.transcript.ordering import in_order
from labbench.transcript.types import Segment, Transcript, Word, share_out

LONG_PAUSE_SECONDS = 3.0
"""A word that begins so much later than the one before begins a new cue, where lines are counted."""
LEAST_CUE_SECONDS = 0.1
"""A cue without length gets so much where there is room."""
MOST = 1000
"""What no limit stands for, as in openai-whisper."""


@dataclass(frozen=True)
class CueLines:
    """How cues are divided; None is without limit.

    A line has at most `max_line_width` characters. With `max_line_count` as well, a cue has at most so many lines, and
    segments no longer divide it. Without both, `max_words_per_line` makes a cue of so many words. `highlight_words`
    makes a cue for each word, in which it is underlined.
    """

    max_line_width: int | None = None
    max_line_count: int | None = None
    max_words_per_line: int | None = None
    highlight_words: bool = False

    @property
    def usual(self) -> bool:
        """Whether a cue is a segment, as the model divided it."""
        return self == CueLines()


@dataclass(frozen=True)
class Cue:
    """Times in seconds; lines of `text` are divided by newlines."""

    start: float
    end: float
    text: str


def cues_of(transcript: Transcript, lines: CueLines | None = None) -> list[Cue]:
    """Cues in order: each takes some time, and none begins before the end of the one before it, or ends past the end of
    the sound."""
    lines = lines or CueLines()
    if not lines.usual:  # by words: where a segment has none, its text is shared out
        transcript = replace(transcript, segments=tuple(map(_with_words, transcript.segments)))
    segments = [segment for segment in in_order(transcript).kept if segment.text.strip()]
    if lines.usual:
        cues = [Cue(one.start, one.end, _plain(one.text.strip())) for one in segments]
    else:
        cues = [cue for pieces in _divided(segments, lines) for cue in _shown(pieces, highlight=lines.highlight_words)]
    return _lasting(cues, transcript.duration)


def _lasting(cues: Sequence[Cue], duration: float) -> list[Cue]:
    """Cues without length, which no player shows, share the time up to the next one, else that of a neighbour."""
    found: list[Cue] = []
    at = 0
    while at < len(cues):
        last = at  # of those that share
        while last < len(cues) - 1 and _ms(cues[last].start) == _ms(cues[last].end):
            if _ms(cues[last + 1].start) > _ms(cues[last].end):
                break
            last += 1
        following = cues[last + 1].start if last + 1 < len(cues) else duration
        end = cues[last].end
        if _ms(cues[at].start) == _ms(end):
            end = min(max(following, end), end + LEAST_CUE_SECONDS * (last - at + 1))
        group = list(cues[at : last + 1])
        if _ms(group[0].start) == _ms(end):  # the end of the sound: nothing is left but what is before
            before = found[-1].end if found else 0.0
            if _ms(before) < _ms(end):
                group[0] = replace(group[0], start=max(before, end - LEAST_CUE_SECONDS * len(group)))
            elif found:
                group.insert(0, found.pop())
        found += _shared(group, end) if len(group) > 1 or _ms(group[0].start) == _ms(group[0].end) else group
        at = last + 1
    return found


def _shared(cues: Sequence[Cue], end: float) -> Iterator[Cue]:
    start = cues[0].start
    bounds = [*(start + (end - start) * number / len(cues) for number in range(len(cues))), end]
    for number, cue in enumerate(cues):
        yield replace(cue, start=bounds[number], end=bounds[number + 1])


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


@dataclass(frozen=True)
class _Piece:
    """A word as it stands in a cue: with the space or the newline before it."""

    text: str
    word: Word


def _divided(segments: Sequence[Segment], lines: CueLines) -> Iterator[list[_Piece]]:
    by_segment = lines.max_line_count is None or lines.max_line_width is None
    width = lines.max_line_width or MOST
    used, count = 0, 1  # characters of this line, lines of this cue
    cue: list[_Piece] = []
    last: float | None = None
    for first, word in _in_groups(segments, lines.max_words_per_line or MOST):
        text = word.text if word.glued else f" {word.text}"
        late = not by_segment and last is not None and word.start - last > LONG_PAUSE_SECONDS
        new_cue = first and bool(cue) and by_segment
        if used > 0 and used + len(text) <= width and not late and not new_cue:
            used += len(text)
        else:
            text = text.strip()
            over = lines.max_line_count is not None and (late or count >= lines.max_line_count)
            if cue and (over or new_cue):
                yield cue
                cue, count = [], 1
            elif used > 0:
                count += 1
                text = f"\n{text}"
            used = len(text.strip())
        cue.append(_Piece(text, word))
        last = word.start
    if cue:
        yield cue


def _in_groups(segments: Sequence[Segment], size: int) -> Iterator[tuple[bool, Word]]:
    """All words, and of each whether it is the first of its segment, or of so many words of it."""
    for segment in segments:
        for number, word in enumerate(segment.words):
            yield number % size == 0, word


def _with_words(segment: Segment) -> Segment:
    if segment.words:
        return segment
    return replace(segment, words=share_out(segment.text, segment.start, max(segment.start, segment.end)))


def _shown(pieces: Sequence[_Piece], *, highlight: bool) -> Iterator[Cue]:
    text = _plain("".join(piece.text for piece in pieces))
    start, end = pieces[0].word.start, pieces[-1].word.end
    if not highlight:
        yield Cue(start, end, text)
        return
    last = start
    for number, piece in enumerate(pieces):
        if round(1000 * last) != round(1000 * piece.word.start):
            yield Cue(last, piece.word.start, text)
        marked = [_underlined(one.text) if k == number else one.text for k, one in enumerate(pieces)]
        yield Cue(piece.word.start, piece.word.end, _plain("".join(marked)))
        last = piece.word.end


def _underlined(text: str) -> str:
    return re.sub(r"^(\s*)(.*)$", r"\1<u>\2</u>", text)


def _plain(text: str) -> str:
    """An arrow in the text would be taken for one between times."""
    return text.replace("-->", "->")
