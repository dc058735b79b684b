"""Figures for a stretch of sound: how long, how loud, and at which frequency it is strongest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken
from labbench.signal.levels import FLOOR_DB, rms, to_db
from labbench.signal.spectra import Read, hann

_SEGMENT_SECONDS = 0.5
_MOST_SEGMENTS = 64
_LOWEST_HZ = 20.0
_SILENCE_DB = -100.0
_LEAST_SAMPLES = 64
_BLOCK = 1 << 16
_WHOLE_SECONDS = 60


@dataclass(frozen=True)
class Measurement:
    """A stretch's length, root mean square and peak in dBFS (at least -120), and strongest frequency if it has one."""

    seconds: float
    rms_db: float
    peak_db: float
    dominant_hz: float | None


def measure(samples: NDArray[np.float32], rate: int) -> Measurement:
    """Measure samples of shape [n] in -1 to 1. Any length, none included; pure, for any thread.

    Levels are taken from every sample, where a sine of amplitude 1 has -3 dB; the strongest frequency from at most 64
    segments of half a second, evenly spread. It is None for silence, and below 64 samples.
    """
    power, peak = 0.0, 0.0
    for at in range(0, len(samples), _BLOCK):
        block = samples[at : at + _BLOCK]
        power += float(np.dot(block, block))
        peak = max(peak, float(block.max()), -float(block.min()))
    rms_db = to_db(float(np.sqrt(power / len(samples)))) if len(samples) else FLOOR_DB
    dominant = strongest_frequency(samples, rate) if rms_db > _SILENCE_DB else None
    return Measurement(len(samples) / rate, rms_db, to_db(peak), dominant)


def measure_stretch(read: Read, start: int, stop: int, rate: int, cancel: CancelToken | None = None) -> Measurement:
    """`measure` of samples `start` to `stop` that `read` gives, in bounded memory however long that is.

    Levels are taken from every sample; the strongest frequency of more than a minute is that of the loudest of 64
    pieces, evenly spread.
    """
    if stop - start <= _WHOLE_SECONDS * rate:
        return measure(read(start, stop), rate)
    power, peak, count = 0.0, 0.0, 0
    for at in range(start, stop, _WHOLE_SECONDS * rate):
        if cancel is not None:
            cancel.check()
        block = read(at, min(stop, at + _WHOLE_SECONDS * rate))
        if len(block):
            power, count = power + float(np.dot(block, block)), count + len(block)
            peak = max(peak, float(block.max()), -float(block.min()))
    rms_db = to_db(float(np.sqrt(power / count))) if count else FLOOR_DB
    length = round(_SEGMENT_SECONDS * rate)
    places = np.linspace(start, stop - length, _MOST_SEGMENTS).astype(int).tolist()
    pieces = [read(place, place + length) for place in places] if rms_db > _SILENCE_DB else []
    found = [strongest_frequency(piece, rate) for piece in pieces]
    heard = [(rms(piece), hertz) for piece, hertz in zip(pieces, found, strict=True) if hertz is not None]
    dominant = max(heard)[1] if heard else None
    return Measurement((stop - start) / rate, rms_db, to_db(peak), dominant)


def strongest_frequency(samples: NDArray[np.float32], rate: int) -> float | None:
    """The frequency in Hz at which the averaged spectrum is highest, 20 Hz or more; None where there is nothing.

    Welch's method (P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 1967) with Hann windows; between bins by a
    parabola through the logarithms around the peak (J. O. Smith, "Spectral audio signal processing", 2011). A constant
    part of the signal doesn't count.
    """
    if len(samples) < _LEAST_SAMPLES:
        return None
    length = min(len(samples), max(_LEAST_SAMPLES, round(rate * _SEGMENT_SECONDS)))
    n_fft = 2 << (length - 1).bit_length()  # at least twice the window: a fine grid leaves the parabola little to do
    window = hann(length).astype(np.float32)
    count = min(_MOST_SEGMENTS, max(1, 2 * len(samples) // length - 1))
    power = np.zeros(n_fft // 2 + 1)
    for start in np.linspace(0, len(samples) - length, count).astype(np.int64):
        segment = samples[start : start + length]
        power += np.square(np.abs(np.fft.rfft((segment - segment.mean()) * window, n_fft)))
    lowest = max(1, int(np.ceil(_LOWEST_HZ * n_fft / rate)))
    if lowest >= n_fft // 2 or not power[lowest:-1].max() > 0.0:
        return None
    peak = lowest + int(np.argmax(power[lowest:-1]))
    left, middle, right = np.log(np.maximum(power[peak - 1 : peak + 2], 1e-30))
    bend = left - 2.0 * middle + right
    shift = 0.5 * (left - right) / bend if bend < 0.0 else 0.0
    return float((peak + min(max(shift, -0.5), 0.5)) * rate / n_fft)
