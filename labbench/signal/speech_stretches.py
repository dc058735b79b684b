"""Where speech is, from how probable it is in each frame: stretches with some sound around them.

A stretch begins where the probability rises to one threshold and ends where it falls below a lower one (hysteresis), so
that a word is not cut at its soft letters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Stretch = tuple[int, int]
"""First sample, and the one behind the last."""


@dataclass(frozen=True)
class GateSettings:
    """What counts as speech. Times in seconds.

    A stretch has at least `least_frames` frames of `begin_above` or more. Pauses up to `least_silence` belong to the
    speech. `around` is how much sound is kept before and after it.
    """

    begin_above: float = 0.3
    end_below: float = 0.15
    least_frames: int = 2
    least_silence: float = 0.3
    around: float = 0.4


def speaking(probabilities: ArrayLike, settings: GateSettings, *, before: bool = False) -> np.ndarray:
    """For each frame whether it is in speech by both thresholds; `before` is the state before the first. Shape [n]."""
    values = np.asarray(probabilities, np.float64)
    decided = (values >= settings.begin_above) | (values < settings.end_below)
    last = np.maximum.accumulate(np.where(decided, np.arange(len(values)), -1)) if len(values) else np.zeros(0, int)
    return np.where(last >= 0, values[last] >= settings.begin_above, before)


def speech_stretches(
    probabilities: ArrayLike, frame: int, total: int, rate: int, settings: GateSettings | None = None
) -> tuple[Stretch, ...]:
    """Stretches in order, apart from each other, within 0 to `total` samples.

    `probabilities` are those of frames of `frame` samples, from the first sample on, shape [n].
    """
    settings = settings or GateSettings()
    values = np.asarray(probabilities, np.float64)
    edges = np.flatnonzero(np.diff(speaking(values, settings).astype(np.int8), prepend=0, append=0))
    sure = np.concatenate([[0], np.cumsum(values >= settings.begin_above)])
    pause, around = settings.least_silence * rate, round(settings.around * rate)
    joined: list[tuple[int, int]] = []  # in frames
    for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if joined and (first - joined[-1][1]) * frame <= pause:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((first, stop))
    found: list[Stretch] = []
    for first, stop in joined:
        if sure[stop] - sure[first] < settings.least_frames:
            continue
        start, end = max(0, first * frame - around), min(total, stop * frame + around)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        elif start < end:
            found.append((start, end))
    return tuple(found)
