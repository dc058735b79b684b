"""The sound that the views draw, whether it is still running or lies on disk. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from labbench.signal.envelope import BASE, Envelope
from labbench.signal.overview import Overview
from labbench.signal.spectrogram import Spectrogram, SpectrogramSettings

Read = Callable[[int, int], NDArray[np.float32]]


@dataclass
class ViewedSound:
    """Mono sound at `rate`: an envelope for looking from afar, `read(start, stop)` for looking closely.

    `read` gives fewer samples, or none, where they are not at hand any more. `overview` is there for long sounds.
    """

    rate: int = 16_000
    envelope: Envelope = field(default_factory=Envelope)
    read: Read = lambda start, stop: np.zeros(0, np.float32)
    overview: Overview | None = None

    @property
    def frames(self) -> int:
        return self.envelope.samples

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    def spectrogram(self, settings: SpectrogramSettings) -> Spectrogram:
        """A spectrogram that grows with the sound."""
        return Spectrogram(self.read, lambda: self.frames, self.rate, settings, self.overview)

    def columns(
        self, start: float, stop: float, most: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
        """Times (seconds), lowest and highest sample of about `most` columns between two moments."""
        first, last = max(0, int(start * self.rate)), min(self.frames, int(stop * self.rate) + 2)
        if last - first < BASE * most:
            close = self._close(first, last, most)
            if close is not None:
                return close
        columns = self.envelope.columns(first, last, most)
        return columns.times(self.rate), columns.low, columns.high

    def _close(
        self, first: int, last: int, most: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]] | None:
        """From the samples themselves, in groups that are anchored to the sound's start."""
        group = 1
        while (last - first) / group > most:
            group *= 2
        first = first // group * group
        samples = self.read(first, last)
        whole = len(samples) // group * group
        if not whole:
            return None
        groups = samples[:whole].reshape(-1, group)
        times = (first + (np.arange(len(groups)) + 0.5 * (group > 1)) * group) / self.rate
        return times, groups.min(axis=1), groups.max(axis=1)
