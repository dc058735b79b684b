"""From distances to a threshold: how far ordinary speech and the room stay away, how near the takes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

WANTED_FALSE_ACCEPTS_PER_HOUR = 1.0
WINDOWS_PER_HOUR = 3600.0
"""Windows of background in an hour that count as independent.

Neighbouring 2 s windows share most of their sound, but twelve hops a second look at it. In 14 minutes of speakers
outside the cohort three words of five takes fired three times as often as 1,200 an hour would have, at each of three
thresholds.
"""
NEAR_DEVIATIONS = 2.0
"""As far as this beyond the middle of ordinary speech a window of the room resembles it; farther ones are no risk."""
BORROWED_WINDOWS = 5
"""A room's few windows count beside so many that spread as ordinary speech does: half a minute is not much."""
SURE = 1.96
WINDOWS_THAT_COUNT_ONCE = 2.0
"""Neighbouring windows of the cohort overlap by half."""
MIN_THRESHOLD, MAX_THRESHOLD = 0.2, 1.1
"""Thresholds that make sense, in normalised distance: those that are suggested, and those that a hand can set."""


@dataclass(frozen=True)
class Tail:
    """Distances as a normal has them, of `share` of the windows; the others are too far away to matter."""

    mean: float
    spread: float
    share: float = 1.0

    def per_hour(self, threshold: float) -> float:
        """Independent windows an hour that are expected to come nearer."""
        return self.share * NormalDist(self.mean, self.spread).cdf(threshold) * WINDOWS_PER_HOUR

    def threshold(self, per_hour: float) -> float:
        """Below it come so many; at most the mean, and no bound at all where nothing comes near."""
        if not self.share:
            return float("inf")
        return NormalDist(self.mean, self.spread).inv_cdf(min(per_hour / WINDOWS_PER_HOUR / self.share, 0.5))


class Decided(Enum):
    """What a threshold follows from; the value is for people."""

    SPEECH = "strangers' speech"
    ROOM = "the room"
    TAKES = "the takes"
    HAND = "the user"


@dataclass(frozen=True)
class Calibration:
    """A threshold and what to expect of it. Distances are normalised: 1 is as far as ordinary speech.

    `false_accepts_per_hour` is expected in continuous speech of strangers, or in the room where that is more; `misses`
    is the share of utterances like the takes, None with fewer than two takes. `overlap` is set where no threshold keeps
    both apart. `background` has mean and deviation of the distances to it, `room` the part of its own that comes near;
    it is None where no room was heard. `decided` is the strictest of what the threshold follows from.
    """

    threshold: float
    false_accepts_per_hour: float
    misses: float | None
    overlap: bool
    background: tuple[float, float]
    takes: tuple[float, ...]
    room: Tail | None = None
    decided: Decided = Decided.SPEECH
    windows: int = 0
    """Of the background: how sure its mean and deviation are."""

    @property
    def false_accepts_interval(self) -> tuple[float, float]:
        """Where the expected false accepts an hour lie with 95 %, as far as so few windows of background tell."""
        mean, spread = self.background
        score = (self.threshold - mean) / spread
        error = _error(score, self.windows / WINDOWS_THAT_COUNT_ONCE)
        low, high = (WINDOWS_PER_HOUR * NormalDist().cdf(score + sign * SURE * error) for sign in (-1.0, 1.0))
        return min(low, self.false_accepts_per_hour), max(high, self.false_accepts_per_hour)

    @property
    def misses_interval(self) -> tuple[float, float] | None:
        """Where the expected share of misses lies with 95 %, as far as so few takes tell; None with fewer than two."""
        if self.misses is None:
            return None
        mean, spread = _spread_of(self.takes)
        score = (self.threshold - mean) / spread
        error = _error(score, len(self.takes))
        low, high = (NormalDist().cdf(-score + sign * SURE * error) for sign in (-1.0, 1.0))
        return low, high

    def at(self, threshold: float) -> Calibration:
        """The same material with another threshold."""
        found = _expect(threshold, self.background, self.takes, self.room, Decided.HAND, overlap=self.overlap)
        return replace(found, windows=self.windows)

    def threshold_for(self, false_accepts_per_hour: float) -> float:
        """The threshold at which no more than so many are expected, whatever the takes need."""
        return min(tail.threshold(false_accepts_per_hour) for tail in _tails(self.background, self.room))


def calibrate(
    background: NDArray[np.float64],
    takes: Sequence[float],
    room: NDArray[np.float64] | None = None,
    noisy: Sequence[float] = (),
) -> Calibration:
    """A threshold for `WANTED_FALSE_ACCEPTS_PER_HOUR`, from the word's distances to the background cohort.

    The tail is a normal's, fitted to the cohort (an independent background's own tail was lighter); with distances to
    the `room`, one to the windows of it that come near, and the stricter one counts. It is lowered to halfway between
    the farthest take and the nearer of both where that is stricter still; `noisy` are the takes with babble mixed in,
    which shall be heard as well.
    """
    mean, spread = float(np.mean(background)), max(float(np.std(background)), 1e-3)
    there = None if room is None else tail_of_room(room, (mean, spread))
    wanted, decided = Tail(mean, spread).threshold(WANTED_FALSE_ACCEPTS_PER_HOUR), Decided.SPEECH
    if there is not None and (stricter := there.threshold(WANTED_FALSE_ACCEPTS_PER_HOUR)) < wanted:
        wanted, decided = stricter, Decided.ROOM
    overlap = bool(len(takes)) and max(takes) >= wanted
    if len(takes):
        halfway = (max([*takes, *noisy]) + min(tail.mean for tail in _tails((mean, spread), there))) / 2
        if halfway < wanted:
            wanted, decided = halfway, Decided.TAKES
    threshold = float(np.clip(wanted, MIN_THRESHOLD, MAX_THRESHOLD))
    found = _expect(threshold, (mean, spread), tuple(takes), there, decided, overlap=overlap)
    return replace(found, windows=len(background))


def tail_of_room(room: NDArray[np.float64], background: tuple[float, float]) -> Tail:
    """Of the windows of the room that come as near as ordinary speech does.

    A room is talk and pauses, and pauses lie very far away: taken together they would spread as no normal does. The
    spread of few windows is uncertain; it is that of ordinary speech as far as they do not say otherwise.
    """
    mean, spread = background
    near = room[room < mean + NEAR_DEVIATIONS * spread]
    if not len(near):
        return Tail(float(np.min(room)), spread, 0.0)
    middle = float(np.mean(near))
    squares = BORROWED_WINDOWS * spread**2 + float(np.sum((near - middle) ** 2))
    return Tail(middle, float(np.sqrt(squares / (BORROWED_WINDOWS + len(near)))), len(near) / len(room))


def _spread_of(takes: Sequence[float]) -> tuple[float, float]:
    """Mean and deviation, which is not less than takes of one voice have."""
    return float(np.mean(takes)), max(float(np.std(takes, ddof=1)), 0.02)


def _error(score: float, count: float) -> float:
    """Standard error of (threshold - mean) / deviation where both are estimated from `count` values of a normal.

    The delta method: the variance of a mean is 1 / n, that of a deviation 1 / 2n.
    """
    return float(np.sqrt((1.0 + score**2 / 2.0) / max(count, 1.0)))


def _tails(background: tuple[float, float], room: Tail | None) -> list[Tail]:
    return [Tail(*background)] if room is None else [Tail(*background), room]


def _expect(
    threshold: float,
    background: tuple[float, float],
    takes: tuple[float, ...],
    room: Tail | None,
    decided: Decided,
    *,
    overlap: bool,
) -> Calibration:
    alarms = max(tail.per_hour(threshold) for tail in _tails(background, room))
    misses = None
    if len(takes) >= 2:
        misses = 1.0 - NormalDist(*_spread_of(takes)).cdf(threshold)
    return Calibration(
        threshold=threshold,
        false_accepts_per_hour=alarms,
        misses=misses,
        overlap=overlap,
        background=background,
        takes=takes,
        room=room,
        decided=decided,
    )
