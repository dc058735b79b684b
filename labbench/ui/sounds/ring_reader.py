"""Running sound for the views: from the ring, as far back as that goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from labbench.audio.ring import OvertakenError, SharedRing
from labbench.ui.sounds.viewed_sound import Read


def ring_reader(present: Callable[[], SharedRing | None], first: int) -> Read:
    """Reads by frames of a sound that begins at the ring's sample `first`; nothing where the ring has no more."""

    def read(start: int, stop: int) -> NDArray[np.float32]:
        ring = present()
        if ring is None:
            return np.zeros(0, np.float32)
        oldest = ring.oldest
        if oldest > 0:  # what is about to be overwritten is left alone
            oldest += ring.rate // 10
        if start + first < oldest:
            return np.zeros(0, np.float32)
        try:
            return ring.read(start + first, min(stop + first, ring.written))
        except OvertakenError:
            return np.zeros(0, np.float32)

    return read
