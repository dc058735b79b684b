"""Ways to spoil a clip, each by degrees: what a speech model stands, and at which point it breaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.signal.mixing import mix, tile
from labbench.signal.resampling import resample

Sound = NDArray[np.float32]
_DECAY_DB = 60.0


@dataclass(frozen=True)
class Surroundings:
    """What spoiling may need beside the clip: voices of other people at the clip's rate, and a seed for chance."""

    babble: Sound
    seed: int = 0


@dataclass(frozen=True)
class Degradation:
    """One way. `levels` go from mild to severe, in `unit`; `apply` takes (sound, rate, level, surroundings)."""

    name: str
    title: str
    says: str
    unit: str
    levels: tuple[float, ...]
    apply: Callable[[Sound, int, float, Surroundings], Sound]
    neutral: float
    """The level at which nothing is changed: infinite where there is no such level, only ever milder ones."""

    @property
    def by_severity(self) -> tuple[float, ...]:
        """The levels from mild to severe, also where they lie on both sides of `neutral`."""
        if not math.isfinite(self.neutral) or min(self.levels) >= self.neutral or max(self.levels) <= self.neutral:
            return self.levels
        if self.neutral > 0.0:
            return tuple(sorted(self.levels, key=lambda level: abs(math.log(level / self.neutral))))
        return tuple(sorted(self.levels, key=lambda level: abs(level - self.neutral)))

    def with_level(self, level: float) -> Degradation:
        """The same way with one level more, in its place."""
        found = sorted({*self.levels, level}, reverse=self._falling)
        return replace(self, levels=tuple(found))

    @property
    def scale(self) -> tuple[float, ...]:
        """The levels in the order of an axis, `neutral` in its place among them."""
        return tuple(sorted({*self.levels, self.neutral}, reverse=self._falling))

    @property
    def _falling(self) -> bool:
        return self.levels[0] > self.levels[-1]

    def level_text(self, level: float) -> str:
        return f"{level:g} {self.unit}".replace("-", "−")


def _silence(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    pause = np.zeros(round(level * rate), np.float32)
    return np.concatenate([pause, sound, pause])


def _white(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    noise = np.random.default_rng(around.seed).standard_normal(len(sound)).astype(np.float32)
    return mix(sound, noise, level, rate)


def _babble(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    if not len(around.babble):
        return sound.copy()
    start = int(np.random.default_rng(around.seed).integers(len(around.babble)))
    return mix(sound, tile(around.babble, len(sound), start), level, rate)


def _telephone(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    narrow = round(1000 * level)
    there = resample(sound, rate, narrow)
    back = resample(there, narrow, rate)
    return np.pad(back, (0, max(0, len(sound) - len(back))))[: len(sound)]


def _clipping(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    peak = float(np.max(np.abs(sound), initial=0.0))
    limit = np.float32(peak * 10.0 ** (-level / 20.0))
    return np.clip(sound, -limit, limit)


def _echo(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    """Convolved with noise that falls by 60 dB in `level` seconds, behind the direct sound: a simple room."""
    if level <= 0.0 or not len(sound):
        return sound.copy()
    times = np.arange(max(1, round(level * rate))) / rate
    room = np.random.default_rng(around.seed).standard_normal(len(times)) * 10.0 ** (-_DECAY_DB / 20.0 * times / level)
    room /= np.sqrt(np.sum(room**2))
    room[0] += 1.0
    size = 1 << (len(sound) + len(room) - 1).bit_length()
    spoilt: Sound = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(room, size), size).astype(np.float32)
    return spoilt[: len(sound)]


def _speed(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    """As a tape that runs at another speed: the pitch changes, too."""
    return resample(sound, round(rate * level), rate)


def _gain(sound: Sound, rate: int, level: float, around: Surroundings) -> Sound:
    """Through 16 bits, as a recording would be: what is too quiet for them is lost."""
    factor = np.float32(10.0 ** (level / 20.0))
    coded = np.rint(np.clip(sound * factor, -1.0, 1.0) * 32767.0)
    return np.asarray(coded / 32767.0, np.float32)


DEGRADATIONS: Mapping[str, Degradation] = {
    one.name: one
    for one in (
        Degradation("silence", "Silence", "Silence before and after it.", "s", (1.0, 3.0, 10.0, 25.0), _silence, 0.0),
        Degradation(
            "white",
            "Noise",
            "White noise, as of a waterfall, so many decibels below the speech.",
            "dB",
            (30.0, 20.0, 10.0, 5.0, 0.0, -5.0),
            _white,
            math.inf,
        ),
        Degradation(
            "babble",
            "Voices",
            "Other people who talk, so many decibels below the speech.",
            "dB",
            (30.0, 20.0, 10.0, 5.0, 0.0, -5.0),
            _babble,
            math.inf,
        ),
        Degradation(
            "telephone",
            "Narrow band",
            "Only so many samples a second, as on a telephone: high tones are missing.",
            "kHz",
            (12.0, 8.0, 6.0, 4.0, 2.0),
            _telephone,
            16.0,
        ),
        Degradation(
            "clipping",
            "Clipping",
            "Too loud by so many decibels: peaks are cut off.",
            "dB",
            (6.0, 12.0, 24.0, 36.0),
            _clipping,
            0.0,
        ),
        Degradation(
            "echo",
            "Echo",
            "A room in which sound takes so long to die away.",
            "s",
            (0.2, 0.5, 1.0, 2.0, 4.0),
            _echo,
            0.0,
        ),
        Degradation(
            "speed",
            "Speed",
            "So many times as fast, with the pitch, as a tape.",
            "×",
            (0.5, 0.7, 0.85, 1.2, 1.5, 2.0),
            _speed,
            1.0,
        ),
        Degradation(
            "gain",
            "Loudness",
            "Recorded so many decibels quieter or louder.",
            "dB",
            (20.0, 10.0, -20.0, -40.0, -60.0, -80.0),
            _gain,
            0.0,
        ),
    )
}
"""By name."""
