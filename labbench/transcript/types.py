"""Transcripts: words in segments, with times in seconds from the start of the sound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word and where it was spoken. `probability` is the model's own, where it gives one.

    `exact` is False where the model gives times for whole lines only and the word's were shared out over its line.
    """

    text: str
    start: float
    end: float
    probability: float | None = None
    settled: bool = True
    exact: bool = True


@dataclass(frozen=True)
class Segment:
    """A stretch of speech as the model divided it. The last three are Whisper's own measures."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    no_speech_probability: float | None = None
    average_log_probability: float | None = None
    compression_ratio: float | None = None


@dataclass(frozen=True)
class Transcript:
    """What one engine makes of a whole clip of `duration` seconds; it took `took` seconds of computing."""

    engine: str
    language: str
    segments: tuple[Segment, ...]
    duration: float
    took: float

    @property
    def text(self) -> str:
        return " ".join(segment.text.strip() for segment in self.segments if segment.text.strip())

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def real_time_factor(self) -> float:
        """Computing time over the sound's duration; under 1 is faster than speech."""
        return self.took / self.duration if self.duration else 0.0


@dataclass(frozen=True)
class LiveText:
    """What is known so far of running sound: settled words first, then provisional ones; `heard` seconds went in."""

    words: tuple[Word, ...]
    heard: float

    @property
    def settled(self) -> str:
        return " ".join(word.text for word in self.words if word.settled)

    @property
    def provisional(self) -> str:
        return " ".join(word.text for word in self.words if not word.settled)


def share_out(text: str, start: float, end: float, *, settled: bool = True) -> tuple[Word, ...]:
    """The words of a line whose times are only known as a whole, spread over it by their length in letters."""
    pieces = text.split()
    total = sum(len(piece) + 1 for piece in pieces)
    words = []
    at = 0
    for piece in pieces:
        length = len(piece) + 1
        span = (end - start) / total
        words.append(Word(piece, start + at * span, start + (at + length) * span, settled=settled, exact=False))
        at += length
    return tuple(words)
