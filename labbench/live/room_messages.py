"""What crosses between the window and the ear about the room. Frozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.room import Room
from labbench.wakeword.words import Take


@dataclass(frozen=True)
class UseRoom:
    """Takes are made in this room from now on, or in none; nothing answers."""

    room: Room | None


@dataclass(frozen=True)
class MakeAnew:
    """The same take in the room that is used now; answered by `TakeMade` with the same ticket."""

    ticket: int
    take: Take


@dataclass(frozen=True)
class EmbedRoom:
    """How the embedder hears a room, whichever is used; answered by `RoomEmbedded` with the same ticket."""

    ticket: int
    room: Room


@dataclass(frozen=True)
class RoomEmbedded:
    """The room's windows: int8 [windows, frames, dimensions], as `encode_frames` makes it of each."""

    ticket: int
    codes: NDArray[np.int8]


@dataclass(frozen=True)
class HearRoom:
    """Listen to the room for so long, without what the speakers play; `RoomHeard` follows until it is heard."""

    ticket: int
    seconds: float


@dataclass(frozen=True)
class CancelRoom:
    """The room need not be heard any more; nothing more is told of it."""


@dataclass(frozen=True)
class RoomHeard:
    """So many seconds of the room have been heard; with `ended` these are its `samples` (16 kHz), and all there are."""

    ticket: int
    seconds: float
    samples: NDArray[np.float32] | None = None

    @property
    def ended(self) -> bool:
        return self.samples is not None
