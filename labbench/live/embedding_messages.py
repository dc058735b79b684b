"""What crosses between the window and a process that embeds: the ear's own messages travel beside these. Frozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import Progress
from labbench.models.embedders import EmbedderSpec

# From the window, for whoever stands between it and the ear -----------------------------------------------------------


@dataclass(frozen=True)
class UseEmbedder:
    """Words are heard by this embedder from now on. What was asked of the last one is refused; `Teach` follows."""

    spec: EmbedderSpec


@dataclass(frozen=True)
class EmbedderLoading:
    """How far an embedder is from hearing; `progress` is None once it hears."""

    spec: EmbedderSpec
    progress: Progress | None


@dataclass(frozen=True)
class EmbedderLost:
    """An embedder can't be used here: it did not load, or died again soon after it was started anew."""

    spec: EmbedderSpec
    message: str
    hint: str


# To the process -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listen:
    """Sound runs: hear the 16 kHz ring of that name. The speakers fell silent `silent_for` samples ago.

    What is told of it carries the number `stream`.
    """

    stream: int
    ring: str
    silent_for: int


@dataclass(frozen=True)
class StreamEnded:
    """Nothing more comes into the ring; what is left of it is still heard."""


@dataclass(frozen=True)
class Speakers:
    """Whether this computer plays something."""

    playing: bool


@dataclass(frozen=True)
class GiveCohort:
    """Answered by `CohortGiven` with the same ticket."""

    ticket: int


# From the process -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ready:
    """Loaded: name and checksum of the embedder."""

    name: str
    checksum: str


@dataclass(frozen=True)
class Unready:
    """It could not be loaded; the process ends."""

    message: str
    hint: str


@dataclass(frozen=True)
class CohortGiven:
    """The background cohort: int8 [windows, frames, dimensions], as `encode_frames` makes it of each window."""

    ticket: int
    codes: NDArray[np.int8]
