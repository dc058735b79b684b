"""A take: one recording of a word, cut to its speech, with a verdict that says what to do better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.signal.levels import peak, to_db
from labbench.signal.voice_activity import find_speech

MARGIN = round(0.08 * MODEL_RATE)
"""Kept on either side of the speech."""
SHORTEST_SECONDS, LONGEST_SECONDS = 0.25, 1.7
QUIETEST_DB = -45.0
CLIPPED_AT = 0.985
CLIPPED_SAMPLES = 8
LEAST_RATIO_DB = 10.0


class Verdict(Enum):
    """What is the matter with a take. Those in `REJECTED` are not used."""

    GOOD = "good"
    NOTHING = "nothing heard"
    CLIPPED = "clipped"
    QUIET = "too quiet"
    CUT_OFF = "cut off"
    SHORT = "too short"
    LONG = "too long"
    NOISY = "noisy"
    UNLIKE = "unlike the other takes"
    COLLIDES = "sounds like another word"


ADVICE = {
    Verdict.GOOD: "Good.",
    Verdict.NOTHING: "Nothing heard: speak a little louder or nearer.",
    Verdict.CLIPPED: "Clipped: speak more softly or lower the input level.",
    Verdict.QUIET: "Too quiet: come nearer or raise the input level.",
    Verdict.CUT_OFF: "Cut off at the edge: leave a short pause before and after.",
    Verdict.SHORT: "Too short: a wake word of two or three syllables works best.",
    Verdict.LONG: "Too long: keep it under one and a half seconds.",
    Verdict.NOISY: "Noisy: speech stands less than 10 dB above the room.",
    Verdict.UNLIKE: "Unlike the other takes: play it and see whether it is the same word.",
    Verdict.COLLIDES: "Sounds like another word that was taught: the two will be mixed up.",
}
"""A sentence for people for each verdict."""

REJECTED = frozenset({Verdict.NOTHING, Verdict.CLIPPED, Verdict.CUT_OFF, Verdict.SHORT, Verdict.LONG})
"""Verdicts with which a take is not used: it would make the word worse."""


@dataclass(frozen=True)
class Cut:
    """A take's speech in its clip: samples `start` to `stop` with margins, and the verdict on the sound alone."""

    start: int
    stop: int
    verdict: Verdict


def cut_take(samples: NDArray[np.float32]) -> Cut:
    """Find the word in a clip (16 kHz, shape [n]) and judge the sound of it."""
    activity = find_speech(samples, MODEL_RATE)
    if activity is None:
        return Cut(0, len(samples), Verdict.NOTHING)
    start = max(0, activity.start - MARGIN)
    stop = min(len(samples), activity.stop + MARGIN)
    return Cut(start, stop, _judge(samples, activity.start, activity.stop, activity.ratio_db))


def cut_by_hand(samples: NDArray[np.float32], start: int, stop: int) -> Cut:
    """The verdict on samples `start` to `stop`, which somebody chose: at an edge of the clip, too, they may lie."""
    start, stop = max(0, start), min(len(samples), stop)
    activity = find_speech(samples, MODEL_RATE)
    if activity is None or stop <= activity.start or start >= activity.stop:
        return Cut(start, stop, Verdict.NOTHING)
    return Cut(start, stop, _judge(samples, start, stop, activity.ratio_db, edges=False))


def _judge(samples: NDArray[np.float32], start: int, stop: int, ratio_db: float, *, edges: bool = True) -> Verdict:
    speech = samples[start:stop]
    seconds = (stop - start) / MODEL_RATE
    edge = round(0.02 * MODEL_RATE)
    if np.count_nonzero(np.abs(speech) >= CLIPPED_AT) >= CLIPPED_SAMPLES:
        return Verdict.CLIPPED
    if seconds > LONGEST_SECONDS:
        return Verdict.LONG
    if edges and (start < edge or stop > len(samples) - edge):
        return Verdict.CUT_OFF
    if seconds < SHORTEST_SECONDS:
        return Verdict.SHORT
    if to_db(peak(speech)) < QUIETEST_DB:
        return Verdict.QUIET
    if ratio_db < LEAST_RATIO_DB:
        return Verdict.NOISY
    return Verdict.GOOD


def outliers(leave_one_out: Sequence[float]) -> list[bool]:
    """Which takes lie further from the others than median + 3 MAD (scaled to a normal's deviation); needs three."""
    values = np.asarray(leave_one_out, np.float64)
    if values.size < 3:
        return [False] * values.size
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    return [bool(value > middle + 3.0 * max(spread, 0.05 * middle)) for value in values]
