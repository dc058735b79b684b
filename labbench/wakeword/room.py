"""The room: half a minute of how it sounds without the word. It joins the noise in templates and sets thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.signal.levels import rms, to_db
from labbench.wakeword.cohort import cohort_of
from labbench.wakeword.embedder import Embedder, Frames
from labbench.wakeword.takes import CLIPPED_AT, CLIPPED_SAMPLES
from labbench.wakeword.templates import WINDOW

WANTED_SECONDS, SHORTEST_SECONDS, LONGEST_SECONDS = 30.0, 10.0, 60.0
"""What is listened to, what is too little to say anything about a room, and what is used of a longer recording."""
STILL_DB = -65.0
"""Softer than this (dBFS), a room is never within 15 dB of speech: mixing it in would invent a noise it hasn't got."""
_PCM = 32_768.0
STEP = MODEL_RATE
"""Samples between its windows."""


@dataclass(frozen=True, eq=False)
class Room:
    """Its sound: float32, 16 kHz, shape [n], as coarse as 16-bit files keep it. Made by `room_of`."""

    samples: NDArray[np.float32]

    @property
    def seconds(self) -> float:
        return len(self.samples) / MODEL_RATE

    @property
    def level_db(self) -> float:
        """Mean level in dBFS."""
        return to_db(rms(self.samples))

    @property
    def still(self) -> bool:
        """Whether it is so quiet that there is nothing to mix in."""
        return self.level_db < STILL_DB

    @property
    def clipped(self) -> bool:
        return int(np.count_nonzero(np.abs(self.samples) >= CLIPPED_AT)) >= CLIPPED_SAMPLES

    @property
    def noise(self) -> NDArray[np.float32] | None:
        """What is mixed into templates beside the babble, if anything."""
        return None if self.still else self.samples

    @property
    def windows(self) -> int:
        """How many windows of it are compared with words."""
        return max(0, (len(self.samples) - WINDOW) // STEP + 1)

    @property
    def advice(self) -> str:
        """What is odd about it, in a sentence for people; empty where nothing is."""
        if not self.samples.any():
            return "There is no sound at all in it: is the microphone muted?"
        if self.clipped:
            return "It was clipped: lower the input level and hear it again."
        if self.still:
            return "It is very quiet here: there is no noise to teach the words with."
        return ""


@dataclass(frozen=True, eq=False)
class EmbeddedRoom:
    """A room and its 2 s windows, a second apart, as an embedder sees them."""

    room: Room
    windows: tuple[Frames, ...]


def room_of(samples: NDArray[np.float32]) -> Room:
    """A room from a recording of it (16 kHz); of a long one the first minute. Raises LabBenchError."""
    if len(samples) < SHORTEST_SECONDS * MODEL_RATE:
        raise LabBenchError(
            f"{len(samples) / MODEL_RATE:.0f} s are too short to know a room by.",
            f"It takes {SHORTEST_SECONDS:.0f} s or more; half a minute is best.",
        )
    used = samples[: round(LONGEST_SECONDS * MODEL_RATE)]
    if not np.all(np.isfinite(used)):
        raise LabBenchError("The sound of the room is damaged.", "Hear it again.")
    coarse = np.clip(np.rint(used * np.float32(_PCM)), -_PCM, _PCM - 1) / np.float32(_PCM) + 0.0  # and no -0.0
    return Room(coarse.astype(np.float32))


def embed_room(embedder: Embedder, room: Room) -> EmbeddedRoom:
    """Some 8 ms a second of it."""
    return EmbeddedRoom(room, cohort_of(embedder, [room.samples], STEP).windows)
