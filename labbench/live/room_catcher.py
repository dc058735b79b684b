"""Catches how a room sounds from a running stream: so many seconds, without what the speakers play meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from labbench.audio.ring import SharedRing
from labbench.core.timebase import MODEL_RATE
from labbench.live.room_messages import HearRoom, RoomHeard
from labbench.wakeword.room import LONGEST_SECONDS

TELL_EVERY = MODEL_RATE // 10


class RoomCatcher:
    """For the ear's loop. `tell` gets progress, and once, at the end, the samples: fewer where the stream ends."""

    def __init__(self, command: HearRoom, tell: Callable[[RoomHeard], None]) -> None:
        self._ticket = command.ticket
        self._wanted = round(min(max(0.0, command.seconds), LONGEST_SECONDS) * MODEL_RATE)
        self._tell = tell
        self._parts: list[NDArray[np.float32]] = []
        self._count = self._told = self._at = 0
        self.ended = False

    def begin(self, ring: SharedRing) -> None:
        """What comes from now on in this stream."""
        self._at = ring.written

    def feed(self, ring: SharedRing, deaf_to: int, *, playing: bool) -> None:
        """Take what has come; up to sample `deaf_to` the speakers may be heard in it."""
        stop = ring.written
        start = max(self._at, ring.oldest, min(stop, deaf_to))
        self._at = stop
        if playing or start >= stop:
            return
        part = ring.read(start, min(stop, start + self._wanted - self._count))
        self._parts.append(part)
        self._count += len(part)
        if self._count >= self._wanted:
            self.finish()
        elif self._count - self._told >= TELL_EVERY:
            self._told = self._count
            self._tell(RoomHeard(self._ticket, self._count / MODEL_RATE))

    def finish(self) -> None:
        """This is all there is."""
        self.ended = True
        samples = np.concatenate([np.zeros(0, np.float32), *self._parts])
        self._tell(RoomHeard(self._ticket, self._count / MODEL_RATE, samples))
