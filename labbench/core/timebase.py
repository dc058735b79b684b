"""Time is a rate and an index: seconds are only for people."""

from __future__ import annotations

from dataclasses import dataclass

MODEL_RATE = 16_000
"""Samples per second of everything that goes into a model."""


@dataclass(frozen=True, order=True)
class Moment:
    """A sample's position in a stream: `index` samples after its start at `rate` per second."""

    rate: int
    index: int

    @property
    def seconds(self) -> float:
        return self.index / self.rate

    def at(self, rate: int) -> Moment:
        """The nearest sample at another rate."""
        return Moment(rate, round(self.index * rate / self.rate))


def clock_text(seconds: float) -> str:
    """`83.4` as `1:23.4`: minutes, seconds and tenths, for people."""
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes}:{rest // 10:02d}.{rest % 10}"
