"""What crosses between the window and the ear. Frozen; positions are sample indices of the stream."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.audio.devices import DeviceList
from labbench.audio.interruption import Interruption
from labbench.audio.player import PlaySpec
from labbench.audio.source import SourceSpec
from labbench.live.embedding_messages import EmbedderLoading, EmbedderLost, UseEmbedder
from labbench.live.room_messages import CancelRoom, EmbedRoom, HearRoom, MakeAnew, RoomEmbedded, RoomHeard, UseRoom
from labbench.live.view_messages import Examine, Examined, Watch
from labbench.wakeword.spotter import Detection, SpotFrame
from labbench.wakeword.words import Take, WordModel

# To the ear ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Open:
    """Open a source and, with `record_to`, write it to that WAV file from its first sample on."""

    source: SourceSpec
    record_to: Path | None = None


@dataclass(frozen=True)
class Record:
    """Write the open source to that WAV file, from a second before now on: the stream begins anew there."""

    record_to: Path


@dataclass(frozen=True)
class Pause:
    """Hold the stream, or let it go on; the microphone stays open."""

    paused: bool


@dataclass(frozen=True)
class Play:
    """Play a stretch of sound; `Played` events with the same ticket follow. What was being played is stopped."""

    ticket: int
    spec: PlaySpec


@dataclass(frozen=True)
class StopPlaying:
    """Silence."""


@dataclass(frozen=True)
class ListDevices:
    """Answered by `DevicesListed`; with `only_changes` not, where nothing seems to have come or gone since."""

    only_changes: bool = False


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
    """Turn a clip (16 kHz) into a take; answered by `TakeMade` with the same ticket. `span` is a cut made by hand."""

    ticket: int
    label: str
    samples: NDArray[np.float32]
    span: tuple[int, int] | None = None


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
class CancelSpot:
    """The clip that is being scored is not wanted any more; nothing more is told of it."""


@dataclass(frozen=True)
class Quit:
    """Close and end."""


Command = (
    Open
    | Record
    | Pause
    | Close
    | Play
    | StopPlaying
    | ListDevices
    | Advance
    | Teach
    | MakeTake
    | HearTake
    | UseRoom
    | MakeAnew
    | EmbedRoom
    | HearRoom
    | CancelRoom
    | Watch
    | Examine
    | SpotClip
    | CancelSpot
    | UseEmbedder
    | Quit
)


# From the ear -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """Sound runs. The rings hold it at the source's rate, from the ring's sample `first` on, and at 16 kHz from 0 on.

    It comes again when `Record` lets the stream begin anew.
    """

    title: str
    rate: int
    ring: str
    model_ring: str
    record_to: Path | None
    first: int = 0


@dataclass(frozen=True)
class Interrupted:
    """Something is missing in the stream; `interruption.at` counts its frames at the source's rate."""

    interruption: Interruption


@dataclass(frozen=True)
class Closed:
    """The source is closed. `frames` were recorded, if it was; `reason` says why if nobody asked for it.

    Of very many interruptions the first ones are named; `overruns` counts all losses.
    """

    record_to: Path | None
    rate: int
    frames: int
    overruns: int
    reason: str = ""
    hint: str = ""
    interruptions: tuple[Interruption, ...] = ()


@dataclass(frozen=True)
class Played:
    """Frame `position` of the sound is heard now; with `ended` nothing is any more. `reason` if nobody asked for it."""

    ticket: int
    position: int
    ended: bool = False
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True)
class DevicesListed:
    """What is plugged in. With `waiting`, something has come or gone and is listed once the microphone is closed."""

    devices: DeviceList
    waiting: bool = False


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
class SpotProgress:
    """How much of a clip has been scored, in hops."""

    ticket: int
    done: int
    total: int


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
    """A request could not be carried out; what runs goes on. Without a `message` nobody need be told."""

    message: str
    hint: str
    ticket: int | None = None


Event = (
    Opened
    | Interrupted
    | Closed
    | Played
    | DevicesListed
    | Spotted
    | TakeMade
    | RoomHeard
    | RoomEmbedded
    | Examined
    | SpotProgress
    | ClipSpotted
    | EmbedderLoading
    | EmbedderLost
    | Refused
    | Lost
    | Trouble
)
