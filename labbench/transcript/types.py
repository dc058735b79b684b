"""Transcripts: words in segments, with times in seconds from the start of the sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from labbench.transcript.characters import characters

Doubt = Literal["", "silence", "hallucination", "loop"]
"""Why a segment is doubted: taken for silence or for invented words (both are left out of the text), or it repeats
itself."""
SPACELESS = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km"})
"""Languages written without spaces between sentences."""


@dataclass(frozen=True)
class Word:
    """A word and where it was spoken. `probability` is the model's own, where it gives one.

    `exact` is False where the model gives times for whole lines only and the word's were shared out over its line.
    `glued` is True where no space stands before it.
    """

    text: str
    start: float
    end: float
    probability: float | None = None
    settled: bool = True
    exact: bool = True
    glued: bool = False


@dataclass(frozen=True)
class Segment:
    """A stretch of speech as the model divided it.

    The rest is Whisper's own: the measures by which it judges its text, where it looked (`seek`, in frames of 10 ms),
    at which temperature it decoded, and the tokens.
    """

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    no_speech_probability: float | None = None
    average_log_probability: float | None = None
    compression_ratio: float | None = None
    temperature: float | None = None
    seek: int | None = None
    tokens: tuple[int, ...] = ()
    doubt: Doubt = ""

    @property
    def dropped(self) -> bool:
        """Whether it is shown only, and no part of the text."""
        return self.doubt in ("silence", "hallucination")


@dataclass(frozen=True)
class Skipped:
    """A stretch of the sound, in seconds, that the engine was not given, and why: a short reason for people."""

    start: float
    end: float
    reason: str = "no speech"


@dataclass(frozen=True)
class Transcript:
    """What one engine makes of a clip of `duration` seconds; it took `took` seconds of computing.

    `languages` are the likeliest ones with their probabilities, where the model chose. `heard` is how far a transcript
    reaches that was stopped early, None where it is whole. `scrubbed` counts what a block-list took out. `skipped` are
    stretches that the engine was not given, in order.
    """

    engine: str
    language: str
    segments: tuple[Segment, ...]
    duration: float
    took: float
    languages: tuple[tuple[str, float], ...] = ()
    heard: float | None = None
    scrubbed: int = 0
    skipped: tuple[Skipped, ...] = ()

    @property
    def kept(self) -> tuple[Segment, ...]:
        """The segments that the text is made of."""
        return tuple(segment for segment in self.segments if not segment.dropped)

    @property
    def text(self) -> str:
        between = "" if self.language in SPACELESS else " "
        return between.join(segment.text.strip() for segment in self.kept if segment.text.strip())

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.kept for word in segment.words)

    @property
    def real_time_factor(self) -> float:
        """Computing time over the sound's duration; under 1 is faster than speech."""
        return self.took / self.duration if self.duration else 0.0


@dataclass(frozen=True)
class LiveText:
    """What is known so far of running sound: settled words first, then provisional ones; `heard` seconds went in.

    `notice` is a sentence for people where the text does not come at the pace of speech.
    """

    words: tuple[Word, ...]
    heard: float
    notice: str = ""

    @property
    def settled(self) -> str:
        return join(word for word in self.words if word.settled)

    @property
    def provisional(self) -> str:
        return join(word for word in self.words if not word.settled)

    @property
    def between(self) -> str:
        """What stands between the two: nothing in scripts without spaces, or where one of them is empty."""
        first = next((word for word in self.words if not word.settled), None)
        return " " if first is not None and not first.glued and self.words[0].settled else ""


def join(words: Iterable[Word]) -> str:
    """Words as running text."""
    return "".join(word.text if word.glued else f" {word.text}" for word in words).strip()


def share_out(text: str, start: float, end: float, *, settled: bool = True) -> tuple[Word, ...]:
    """The words of a line whose times are only known as a whole, spread over it by their length in letters.

    Of scripts written without spaces each character is one.
    """
    pieces = [(piece, number > 0) for part in text.split() for number, piece in enumerate(characters(part))]
    total = sum(len(piece) + 1 for piece, _ in pieces)
    words = []
    at = 0
    for piece, glued in pieces:
        length = len(piece) + 1
        span = (end - start) / total
        begin, stop = start + at * span, start + (at + length) * span
        words.append(Word(piece, begin, stop, settled=settled, exact=False, glued=glued))
        at += length
    return tuple(words)


def divided(words: Iterable[Word]) -> tuple[Word, ...]:
    """Words of scripts without spaces as their characters, each with its share of the time; others as they are.

    Two models that divide a line differently are compared so.
    """
    return tuple(piece for word in words for piece in _characters_of(word))


def _characters_of(word: Word) -> tuple[Word, ...]:
    if word.text.isascii() or len(pieces := characters(word.text)) < 2:
        return (word,)
    span = (word.end - word.start) / len(pieces)
    return tuple(
        replace(
            word,
            text=piece,
            start=word.start + number * span,
            end=word.start + (number + 1) * span,
            exact=False,
            glued=word.glued or number > 0,
        )
        for number, piece in enumerate(pieces)
    )
