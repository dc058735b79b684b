"""What crosses between the window and the ear. Frozen; positions are sample indices of the stream."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.audio.source import SourceSpec
from labbench.wakeword.spotter import Detection, SpotFrame
from labbench.wakeword.words import Take, WordModel

# To the ear ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Open:
    """Open a source and, with `record_to`, write it to that WAV file from its first sample on."""

    source: SourceSpec
    record_to: Path | None = None


@dataclass(frozen=True)
class Close:
    """Close the source; a recording is finished first, its tail included."""


@dataclass(frozen=True)
class Advance:
    """Let so much of a stepped source be due."""

    seconds: float


@dataclass(frozen=True)
class Teach:
    """Replace the words that are listened for."""

    words: tuple[WordModel, ...]


@dataclass(frozen=True)
class MakeTake:
    """Turn a clip (16 kHz) into a take; answered by `TakeMade` with the same ticket."""

    ticket: int
    label: str
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class HearTake:
    """Wait for the next word that is spoken and make a take of it; answered by `TakeMade` with the same ticket."""

    ticket: int
    label: str


@dataclass(frozen=True)
class SpotClip:
    """Score a whole clip (16 kHz) with the words taught; answered by `ClipSpotted` with the same ticket."""

    ticket: int
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class Quit:
    """Close and end."""


Command = Open | Close | Advance | Teach | MakeTake | HearTake | SpotClip | Quit


# From the ear -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """Sound runs. The rings hold it at the source's rate and at 16 kHz, both from sample 0."""

    title: str
    rate: int
    ring: str
    model_ring: str
    record_to: Path | None


@dataclass(frozen=True)
class Closed:
    """The source is closed. `frames` were recorded, if it was; `reason` says why if nobody asked for it."""

    record_to: Path | None
    rate: int
    frames: int
    overruns: int
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Spotted:
    """One hop's distances, and the detections that it brought. `lag_ms` is how old its newest sample was."""

    frame: SpotFrame
    detections: tuple[Detection, ...]
    lag_ms: float


@dataclass(frozen=True)
class TakeMade:
    """A take, or None where nothing was said in time."""

    ticket: int
    take: Take | None


@dataclass(frozen=True)
class ClipSpotted:
    ticket: int
    frames: tuple[SpotFrame, ...]
    detections: tuple[Detection, ...]


@dataclass(frozen=True)
class Refused:
    """The source could not be opened; nothing runs."""

    message: str
    hint: str


@dataclass(frozen=True)
class Lost:
    """The ear's process has ended by itself, and with it what ran and what was taught. What was recorded is on disk."""

    message: str
    hint: str


@dataclass(frozen=True)
class Trouble:
    """A request could not be carried out; what runs goes on."""

    message: str
    hint: str
    ticket: int | None = None


Event = Opened | Closed | Spotted | TakeMade | ClipSpotted | Refused | Lost | Trouble
