"""Is this microphone any good? A verdict on a few seconds of it, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from labbench.signal.hum import Hum, find_hum
from labbench.signal.levels import FLOOR_DB, frame_levels, peak, rms, to_db

FULL_SCALE = 0.99
"""Samples from here on have reached the microphone's limit."""
CLIPPED_FRAMES = 3
"""So many frames of 10 ms with such samples are more than a tap on the desk."""
FLAT_RUN = 4
"""So many equal samples in a row at the very peak are a limit too, wherever the device has it."""
FLAT_PEAK, CORNER = 0.25, 0.01
SPOKEN_SECONDS = 0.15
ABOVE_QUIET_DB = 8.0
RANGE_DB = 30.0
"""Sound is taken for speech within this much of the loudest frame and so much above the quiet."""
QUIET_SPEECH_DB = -50.0
"""Speech below this drowns in what a model takes for silence. Usual are -40 to -15 dBFS."""
DEAD_DB = -90.0
"""The quiet of a good room and a cheap microphone lies at -75 to -50 dBFS; this is a muted one."""
STEADY_DB = -45.0
"""Steady sound from here on is a noise worth a word."""
HUM_DB = -65.0
HUM_BELOW_SPEECH_DB = 20.0
"""Hum this far below speech does no harm."""


class MicrophoneVerdict(Enum):
    """What a check comes to. `QUIET` is no fault: the microphone hears the room, but nobody spoke."""

    NOTHING = "nothing"
    TOO_QUIET = "too quiet"
    CLIPPED = "clipped"
    HUM = "hum"
    QUIET = "quiet"
    FINE = "fine"


@dataclass(frozen=True)
class MicrophoneReport:
    """The verdict; the level of speech (of everything where nobody spoke) and the peak in dBFS; the hum's frequency
    (50 or 60) if it dominates; one sentence on what was heard and one on what to do."""

    verdict: MicrophoneVerdict
    level_db: float
    peak_db: float
    hum_hz: float | None
    message: str
    hint: str


def check(samples: NDArray[np.float32], rate: int) -> MicrophoneReport:
    """Judge samples of shape [n] in -1 to 1, best 2 to 5 s during which somebody speaks. Pure, for any thread."""
    if not len(samples):
        return _report(MicrophoneVerdict.NOTHING, FLOOR_DB, FLOOR_DB, "No sound came from the microphone.", _PLUG)
    samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    peak_db = to_db(peak(samples))
    if not np.any(samples):
        return _report(MicrophoneVerdict.NOTHING, FLOOR_DB, FLOOR_DB, "The microphone sends nothing but zeros.", _ALLOW)
    moving = samples - samples.mean(dtype=np.float64).astype(np.float32)
    if peak(moving) < 1e-6:
        return _report(
            MicrophoneVerdict.NOTHING, FLOOR_DB, peak_db, "The microphone sends one constant value, no sound.", _PLUG
        )
    levels = frame_levels(moving, max(1, rate // 100))
    speech_db = _speech_level(levels)
    level_db = to_db(rms(moving)) if speech_db is None else speech_db
    if _clips(samples, rate):
        return _report(
            MicrophoneVerdict.CLIPPED, level_db, peak_db, "The sound is too loud: its peaks are cut off.", _LOWER
        )
    hum = find_hum(moving, rate)
    if hum is not None and _harmful(hum, speech_db):
        message = f"There is a loud hum of {hum.hertz:.0f} Hz from the mains."
        return MicrophoneReport(MicrophoneVerdict.HUM, level_db, peak_db, hum.hertz, message, _UNPLUG)
    if speech_db is not None:
        if speech_db < QUIET_SPEECH_DB:
            return _report(
                MicrophoneVerdict.TOO_QUIET, level_db, peak_db, "Something was heard, but very quietly.", _CLOSER
            )
        return _report(MicrophoneVerdict.FINE, level_db, peak_db, "The microphone works and is loud enough.", "")
    if level_db < DEAD_DB:
        return _report(MicrophoneVerdict.TOO_QUIET, level_db, peak_db, "Next to nothing was heard.", _MUTED)
    if level_db > STEADY_DB:
        return _report(MicrophoneVerdict.QUIET, level_db, peak_db, "Only a steady noise was heard, no speech.", _NOISE)
    return _report(MicrophoneVerdict.QUIET, level_db, peak_db, "The microphone is on, but heard only quiet.", _SPEAK)


_PLUG = "Check that it is plugged in and chosen as the source, or choose another microphone."
_ALLOW = "Look for a mute switch, and allow this program to use the microphone in the system's privacy settings."
_LOWER = "Move away from the microphone a little, or lower its input level in the system's sound settings."
_UNPLUG = "Move the microphone and its cable away from chargers and power supplies, or run the laptop on its battery."
_CLOSER = "Move closer and speak up, or raise the input level in the system's sound settings."
_MUTED = "Look for a mute switch, raise the input level in the system's sound settings, then speak and check again."
_SPEAK = "Speak a sentence and check again."
_NOISE = "Speak a sentence and check again; if you did, move away from fans and other noise."


def _report(verdict: MicrophoneVerdict, level_db: float, peak_db: float, message: str, hint: str) -> MicrophoneReport:
    return MicrophoneReport(verdict, level_db, peak_db, None, message, hint)


def _speech_level(levels: NDArray[np.float64]) -> float | None:
    """Mean level of the 10 ms frames that stand out of the quiet (the lowest tenth); None where hardly any do."""
    if not levels.size:
        return None
    floor, top = float(np.percentile(levels, 10)), float(levels.max())
    active = levels >= max(floor + ABOVE_QUIET_DB, top - RANGE_DB)
    if np.count_nonzero(active) < round(SPOKEN_SECONDS / 0.01) or top < DEAD_DB + ABOVE_QUIET_DB:
        return None
    return max(FLOOR_DB, 10.0 * float(np.log10(np.mean(10.0 ** (levels[active] / 10.0)))))


def _clips(samples: NDArray[np.float32], rate: int) -> bool:
    """Whether samples reach the limit in several frames: full scale, or flat tops below it."""
    size = np.abs(samples)
    top = float(size.max())
    at_limit = size >= FULL_SCALE
    if top >= FLAT_PEAK:
        at_limit[_flat_tops(samples, size, top)] = True
    frames = np.unique(np.flatnonzero(at_limit) // max(1, rate // 100))
    return len(frames) >= CLIPPED_FRAMES


def _flat_tops(samples: NDArray[np.float32], size: NDArray[np.float32], top: float) -> NDArray[np.int64]:
    """Where runs of equal samples at the peak begin that the signal enters or leaves at an angle.

    The rounded top of a low tone has equal samples too, but its neighbours lie hardly below.
    """
    equal = (np.abs(np.diff(samples)) <= 2.0**-16) & (size[1:] >= 0.98 * top)
    edges = np.diff(np.concatenate([[False], equal, [False]]).astype(np.int8))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long = last - first >= FLAT_RUN - 1
    first, last = first[long], last[long]
    before = np.abs(samples[first] - samples[np.maximum(first - 2, 0)])
    after = np.abs(samples[last] - samples[np.minimum(last + 2, len(samples) - 1)])
    starts: NDArray[np.int64] = first[np.maximum(before, after) >= CORNER * top]
    return starts


def _harmful(hum: Hum, speech_db: float | None) -> bool:
    return hum.level_db > (HUM_DB if speech_db is None else max(HUM_DB, speech_db - HUM_BELOW_SPEECH_DB))
