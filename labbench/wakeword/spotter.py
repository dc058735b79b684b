"""Scores a running stream against the taught words: one embedding a hop, all words at once.

The same object runs live in the ear process, over files on the command line, and in measurements.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.wakeword.detector import SMOOTHING_HOPS, Detector, Firing
from labbench.wakeword.embedder import Embedder, Frames
from labbench.wakeword.landmarks import LandmarkBank
from labbench.wakeword.references import Bank
from labbench.wakeword.templates import WINDOW
from labbench.wakeword.words import WordModel

HOP = 1280
"""Samples from one window to the next: 80 ms."""
FIRST = WINDOW
"""The first window scored ends here: before that it would begin with silence in which the stream then sets in, and
voices that set in resemble a word more than voices that go on."""
LEAST = FIRST + (SMOOTHING_HOPS - 1) * HOP
"""A stream that is shorter is heard as if silence followed: only then can it be decided."""


@dataclass(frozen=True, eq=False)
class Watched:
    """What was asked for beside the words, by the request's `number`: `distances` to landmarks, shape [landmarks].

    `frames` are the window's own, each `frame` samples long; None where nobody wanted them.
    """

    number: int
    distances: NDArray[np.float32]
    frames: Frames | None = None
    frame: int = 0


@dataclass(frozen=True)
class SpotFrame:
    """Distances of the window that ends at 16 kHz sample `index`, one per word.

    `skipped` windows before it were too old. In a `muted` one the speakers are heard: nothing is decided by it.
    `embed_ms` and `score_ms` say what it cost. `watched` belongs to views that somebody looks at.
    """

    index: int
    distances: tuple[float, ...]
    skipped: int = 0
    embed_ms: float = 0.0
    score_ms: float = 0.0
    muted: bool = False
    watched: Watched | None = None

    @property
    def lighter(self) -> SpotFrame:
        """Without the window's frames: those of hours would fill the memory."""
        if self.watched is None or self.watched.frames is None:
            return self
        return replace(self, watched=replace(self.watched, frames=None))


@dataclass(frozen=True)
class Detection:
    """A word was recognised between `start` and `end` (seconds); it was decided when sound up to `at` was heard."""

    word: str
    start: float
    end: float
    distance: float
    threshold: float
    at: float


class Spotter:
    """Holds the words and one detector for each. Belongs to one thread."""

    def __init__(self, embedder: Embedder, words: Sequence[WordModel] = ()) -> None:
        self._embedder = embedder
        self._detectors: dict[str, Detector] = {}
        self._watched: tuple[int, LandmarkBank, bool] | None = None
        self.teach(words)

    def teach(self, words: Sequence[WordModel]) -> None:
        """Replace all words at once; detectors of words whose threshold stays keep their state."""
        kept = self._detectors
        self.words = tuple(words)
        self._bank = Bank([reference for word in self.words for reference in word.references])
        self._bank_parts = _parts([len(word.references) for word in self.words])
        self._against = Bank([reference for word in self.words for reference in word.against])
        self._against_parts = _parts([len(word.against) for word in self.words])
        self._detectors = {}
        for word in self.words:
            old = kept.get(word.name)
            same = old is not None and old.threshold == word.threshold
            self._detectors[word.name] = old if old is not None and same else Detector(word.threshold)

    def watch(self, number: int, landmarks: LandmarkBank, *, frames: bool) -> None:
        """Measure every window against these as well, and tell its frames; without either, no more of that."""
        self._watched = (number, landmarks, frames) if len(landmarks) or frames else None

    def reset(self) -> None:
        """A new stream begins: forget what was heard."""
        self._detectors = {word.name: Detector(word.threshold) for word in self.words}

    def feed(
        self, window: NDArray[np.float32], index: int, skipped: int = 0, *, muted: bool = False
    ) -> tuple[SpotFrame, list[Detection]]:
        """Score the window (`WINDOW` samples at 16 kHz) that ends at sample `index`. A `muted` one detects nothing."""
        began = time.perf_counter()
        frames = self._embedder.embed(window)
        embedded = time.perf_counter()
        raw, against = self._bank.distances(frames), self._against.distances(frames)
        parts = list(zip(self.words, self._bank_parts, self._against_parts, strict=True))
        distances = tuple(word.weighed(word.distance(raw[part]), against[apart]) for word, part, apart in parts)
        watched = self._seen(frames)
        scored = time.perf_counter()
        detections = []
        if muted:
            self.reset()
        for distance, (word, part, _) in zip(distances, parts, strict=True):
            firing = None if muted else self._detectors[word.name].feed(index, distance)
            if firing is not None:
                nearest = part.start + word.fusion.nearest(raw[part])
                detections.append(self._located(word, firing, self._bank.span(nearest, frames)))
        costs = (embedded - began) * 1e3, (scored - embedded) * 1e3
        return SpotFrame(index, distances, skipped, *costs, muted, watched), detections

    def _seen(self, frames: Frames) -> Watched | None:
        if self._watched is None:
            return None
        number, landmarks, wanted = self._watched
        fits = landmarks.fits(frames)  # else the words are heard by another embedder now, and other landmarks follow
        apart = landmarks.distances(frames) if fits else np.zeros(0, np.float32)
        return Watched(number, apart, frames if wanted else None, self._embedder.frame)

    def _located(self, word: WordModel, firing: Firing, span: tuple[int, int]) -> Detection:
        """The detection, with the place in the window at which the nearest reference lies."""
        zero = firing.index - WINDOW
        start = max(0, zero + span[0] * self._embedder.frame)
        end = min(firing.index, zero + (span[1] + 1) * self._embedder.frame)
        return Detection(
            word.name, start / MODEL_RATE, end / MODEL_RATE, firing.distance, word.threshold, firing.index / MODEL_RATE
        )


def _parts(counts: Sequence[int]) -> list[slice]:
    """Where each word's references lie among those of all."""
    ends = np.cumsum(counts).tolist()
    return [slice(end - count, end) for count, end in zip(counts, ends, strict=True)]


def spot_hops(spotter: Spotter, samples: NDArray[np.float32]) -> Iterator[tuple[SpotFrame, list[Detection]]]:
    """A whole clip (16 kHz) hop by hop, exactly as it is scored live; a short one is followed by silence."""
    spotter.reset()
    samples = np.pad(samples, (0, max(0, LEAST - len(samples))))
    for index in range(FIRST, len(samples) + 1, HOP):
        yield spotter.feed(window_before(samples, index), index)


def hops_of(length: int) -> int:
    """How many hops `spot_hops` scores of so many samples."""
    return (max(length, LEAST) - FIRST) // HOP + 1


def spot_clip(spotter: Spotter, samples: NDArray[np.float32]) -> tuple[list[SpotFrame], list[Detection]]:
    """All of `spot_hops` at once."""
    hops = list(spot_hops(spotter, samples))
    return [frame for frame, _ in hops], [detection for _, found in hops for detection in found]


def window_before(samples: NDArray[np.float32], index: int) -> NDArray[np.float32]:
    """The `WINDOW` samples that end at `index`, with silence where the clip had not begun."""
    window = np.zeros(WINDOW, np.float32)
    part = samples[max(0, index - WINDOW) : index]
    window[WINDOW - len(part) :] = part
    return window
