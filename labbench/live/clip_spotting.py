"""A whole clip scored in the gaps of what else the ear does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from labbench.live.messages import ClipSpotted, SpotProgress
from labbench.wakeword.spotter import Detection, SpotFrame


class ClipSpotting:
    """A clip that is scored a few hops at a time, so that the ear's loop goes on; a newer one replaces it."""

    def __init__(self, ticket: int, hops: Iterator[tuple[SpotFrame, list[Detection]]], total: int) -> None:
        self._ticket = ticket
        self._total = total
        self._hops = hops
        self._frames: list[SpotFrame] = []
        self._detections: list[Detection] = []

    def step(self, count: int) -> bool:
        """Score `count` more hops; True once all are."""
        done = 0
        for frame, found in itertools.islice(self._hops, count):
            self._frames.append(frame)
            self._detections += found
            done += 1
        return done < count

    @property
    def progress(self) -> SpotProgress:
        return SpotProgress(self._ticket, len(self._frames), self._total)

    @property
    def result(self) -> ClipSpotted:
        return ClipSpotted(self._ticket, tuple(self._frames), tuple(self._detections))
