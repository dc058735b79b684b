"""What is compared under the microscope: a take, and a moment of a sound or another take. No widgets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.spectrogram import Spectrogram, SpectrogramImage, SpectrogramSettings
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.wakeword.alignment import Alignment
from labbench.wakeword.embedder import Frames
from labbench.wakeword.landmarks import Landmark
from labbench.wakeword.spotter import FIRST
from labbench.wakeword.templates import WINDOW, in_context
from labbench.wakeword.words import Take

SETTINGS = SpectrogramSettings()
COLUMNS = 200
"""Of a spectrogram of two seconds: one each 10 ms."""
NAMES_OF_SOUND = "this sound"


@dataclass(frozen=True, eq=False)
class Side:
    """`frames` of a sound, the first of which begins at `first_s` of it; `picture` is its spectrogram.

    `samples` at `rate` begin at `begin_s`. `index` is the 16 kHz sample at which a moment ends, None for a take.
    """

    title: str
    frames: Frames
    frame: int
    first_s: float
    picture: SpectrogramImage
    samples: NDArray[np.float32]
    rate: int
    begin_s: float
    index: int | None = None

    @property
    def stop_s(self) -> float:
        """Where the last frame ends."""
        return self.first_s + len(self.frames) * self.frame / MODEL_RATE

    def seconds(self, frame: float) -> float:
        """Where a frame begins."""
        return self.first_s + frame * self.frame / MODEL_RATE

    def cut(self, start_s: float, stop_s: float) -> NDArray[np.float32]:
        """What is heard between two of its moments."""
        first, last = (max(0, round((at - self.begin_s) * self.rate)) for at in (start_s, stop_s))
        return self.samples[first:last]


@dataclass(frozen=True, eq=False)
class Comparison:
    """A `take` laid into `other`; `live` while running sound is followed. `alone` is the distance that the word would
    have, had it been taught with that take alone; `spread` how far ordinary speech strays from what is usual."""

    landmark: Landmark
    take: Side
    other: Side
    alignment: Alignment
    alone: float
    spread: float
    live: bool


def take_side(take: Take, frame: int) -> Side:
    """As the take was cut, 0 s where the cut begins; `frame` as its embedder has them."""
    _, first = in_context(take.samples, take.start, take.stop)
    begin = take.start - first % frame  # frames are counted from the window's start
    frames = take.templates[0].frames
    first_s = (begin - take.start) / MODEL_RATE
    samples = take.samples
    spectrogram = Spectrogram(lambda a, b: samples[a:b], lambda: len(samples), MODEL_RATE, SETTINGS)
    begin_s = -take.start / MODEL_RATE
    stop_s = begin / MODEL_RATE + len(frames) * frame / MODEL_RATE
    found = spectrogram.image(begin / MODEL_RATE, stop_s, COLUMNS)
    picture = SpectrogramImage(
        found.first_s + begin_s, found.column_s, found.values, found.centres_hz, found.edges_hz, found.coding
    )
    return Side(take.label, frames, frame, first_s, picture, samples, MODEL_RATE, begin_s)


def moment_side(view: ViewedSound, spectrogram: Spectrogram, frames: Frames, frame: int, index: int) -> Side:
    """The two seconds of a shown sound that end at 16 kHz sample `index`."""
    start_s, stop_s = (index - WINDOW) / MODEL_RATE, index / MODEL_RATE
    picture = spectrogram.image(start_s, stop_s, COLUMNS)
    first, last = max(0, round(start_s * view.rate)), round(stop_s * view.rate)
    samples = view.read(first, min(last, view.frames))
    return Side(NAMES_OF_SOUND, frames, frame, start_s, picture, samples, view.rate, first / view.rate, index)


def index_at(seconds: float, hop: int) -> int:
    """The hop whose window ends at about that moment."""
    return max(FIRST, round(seconds * MODEL_RATE / hop) * hop)
