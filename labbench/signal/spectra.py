"""Short-time power spectra and mel filters.

Frames are centred on absolute sample indices k * hop, so what is drawn never depends on where the view begins. Powers
are relative to a full-scale sine: 1.0, or 0 dBFS, is a sine of amplitude 1 at its bin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Read = Callable[[int, int], NDArray[np.float32]]
"""Samples `start` to `stop` of a sound, float32 of shape [stop - start]; asked only for what is there."""
LEAST_POWER = 1e-20
"""-200 dBFS: what digital silence is taken for before a logarithm."""
_LEAST_WINDOW = 16
_FAR_APART = 4
_HERTZ_PER_MEL = 200.0 / 3.0
_LOG_FROM_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0


@dataclass(frozen=True, eq=False)
class Analysis:
    """A Hann window and a transform; frames reach from `before` samples before their centre to `after` behind it."""

    rate: int
    window: NDArray[np.float32]
    n_fft: int

    @classmethod
    def of(cls, rate: int, window_ms: float, doubles_of: int = 0) -> Analysis:
        """A periodic Hann window; the transform has the next length that is cheap to transform.

        Where that must be a multiple of `doubles_of` points, it is that number doubled as often as the window needs.
        """
        length = max(_LEAST_WINDOW, round(rate * window_ms / 1000.0))
        window = hann(length)
        # |sum of a sine's half times the window| is amplitude * sum / 2 at its bin.
        scaled = (window * (2.0 / window.sum())).astype(np.float32)
        n_fft = _cheap_length(length)
        if doubles_of:
            n_fft = doubles_of
            while n_fft < length:
                n_fft *= 2
        return cls(rate, scaled, n_fft)

    @property
    def before(self) -> int:
        return len(self.window) // 2

    @property
    def after(self) -> int:
        return len(self.window) - self.before

    @property
    def seconds(self) -> float:
        """Length of the window."""
        return len(self.window) / self.rate

    @property
    def bin_hz(self) -> float:
        return self.rate / self.n_fft

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Centre of each bin in Hz: shape [n_fft // 2 + 1]."""
        return np.arange(self.n_fft // 2 + 1, dtype=np.float64) * self.bin_hz

    def power(self, samples: NDArray[np.float32], hop: int) -> NDArray[np.float32]:
        """Powers of the frames that begin at samples 0, hop, 2 * hop, ... and fit: shape [frames, n_fft // 2 + 1]."""
        if len(samples) < len(self.window):
            return np.zeros((0, self.n_fft // 2 + 1), np.float32)
        return self._transformed(sliding_window_view(samples, len(self.window))[::hop])

    def centred(self, read: Read, frames: int, first: int, count: int, hop: int) -> NDArray[np.float32]:
        """Powers of `count` frames centred on samples first, first + hop, ... of a sound that is `frames` samples long.

        Before its start and behind its end the sound is taken to be silent. Frames far apart are read one by one.
        """
        start, length = first - self.before, len(self.window)
        if hop <= _FAR_APART * length:
            return self.power(read_padded(read, frames, start, start + (count - 1) * hop + length), hop)
        pieces = [read_padded(read, frames, start + k * hop, start + k * hop + length) for k in range(count)]
        return self._transformed(np.stack(pieces))

    def _transformed(self, pieces: NDArray[np.float32]) -> NDArray[np.float32]:
        spectrum = np.fft.rfft(pieces * self.window, self.n_fft, axis=1).astype(np.complex64, copy=False)
        parts = np.square(spectrum.view(np.float32))  # real and imaginary parts side by side
        power: NDArray[np.float32] = parts[:, 0::2] + parts[:, 1::2]
        return power


def _cheap_length(least: int) -> int:
    """The next even number without prime factors above 5: pocketfft, which numpy uses, is quick with these."""
    length = least + least % 2
    while not _is_smooth(length):
        length += 2
    return length


def _is_smooth(number: int) -> bool:
    for factor in (2, 3, 5):
        while number % factor == 0:
            number //= factor
    return number == 1


def hann(length: int) -> NDArray[np.float64]:
    """The periodic Hann window, as used for spectra (its symmetric twin is for filters)."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)


def hann_leakage(offset_hz: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """Power that a sine leaves `offset_hz` away from itself, relative to its peak, for a Hann window of `seconds`.

    The window's transform: sinc(x) / (1 - x^2) with x = offset * seconds (F. J. Harris, "On the use of windows for
    harmonic analysis with the discrete Fourier transform", Proc. IEEE 66, 1978).
    """
    x = np.abs(offset_hz * seconds)
    at_one = np.abs(x - 1.0) < 1e-6
    amplitude = np.where(at_one, 0.5, np.sinc(x) / np.where(at_one, 1.0, 1.0 - x * x))
    return np.square(amplitude)


def read_padded(read: Read, frames: int, start: int, stop: int) -> NDArray[np.float32]:
    """Samples `start` to `stop`, with silence where the sound (`frames` samples) has not begun or has ended."""
    a, b = min(max(start, 0), frames), max(min(stop, frames), 0)
    out = np.zeros(stop - start, np.float32)
    if b > a:
        part = read(a, b)[: b - a]
        out[a - start : a - start + len(part)] = part
    return out


def short_time(samples: NDArray[np.float32], rate: int, window_ms: float, hop: int) -> NDArray[np.float32]:
    """A whole sound's spectra in dBFS: shape [frames, bins], frame k centred on sample k * hop, edges zero-padded."""
    analysis = Analysis.of(rate, window_ms)
    count = -(-len(samples) // hop)
    return decibels(analysis.centred(lambda start, stop: samples[start:stop], len(samples), 0, count, hop))


def decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Powers in dBFS, at least -200."""
    out: NDArray[np.float32] = np.log10(np.maximum(power, np.float32(LEAST_POWER)))
    out *= np.float32(10.0)
    return out


def hertz_to_mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's mel scale: linear up to 1 kHz, logarithmic above.

    200/3 Hz a mel below 1000 Hz, then 27 mels for each factor of 6.4 (M. Slaney, "Auditory Toolbox", Interval Research
    technical report 1998-010).
    """
    above = _LOG_FROM_HZ / _HERTZ_PER_MEL + np.log(np.maximum(hertz, _LOG_FROM_HZ) / _LOG_FROM_HZ) / _LOG_STEP
    return np.where(hertz < _LOG_FROM_HZ, hertz / _HERTZ_PER_MEL, above)


def mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `hertz_to_mel`."""
    knee = _LOG_FROM_HZ / _HERTZ_PER_MEL
    return np.where(mel < knee, mel * _HERTZ_PER_MEL, _LOG_FROM_HZ * np.exp(_LOG_STEP * (np.maximum(mel, knee) - knee)))


def mel_points(n_mels: int, highest_hz: float) -> NDArray[np.float64]:
    """Corners of the triangles in Hz, shape [n_mels + 2]: band m rises from point m to m + 1 and falls to m + 2."""
    top = hertz_to_mel(np.asarray(highest_hz, np.float64))
    return mel_to_hertz(np.linspace(0.0, float(top), n_mels + 2))


def mel_filterbank(
    rate: int, n_fft: int, n_mels: int, highest_hz: float | None = None, narrowest_hz: float = 0.0
) -> NDArray[np.float32]:
    """Triangular filters from 0 to `highest_hz` (rate / 2 if None): shape [n_mels, n_fft // 2 + 1].

    Triangles on Slaney's mel scale, each of area 1 over frequency in Hz (height 2 / width), as in the Auditory Toolbox,
    and as Whisper's own are. No slope is narrower than `narrowest_hz`: with a bin's width, none falls between bins.
    """
    points = mel_points(n_mels, highest_hz if highest_hz is not None else rate / 2.0)
    lower, centre, upper = points[:-2, None], points[1:-1, None], points[2:, None]
    lower, upper = np.minimum(lower, centre - narrowest_hz), np.maximum(upper, centre + narrowest_hz)
    bins = np.arange(n_fft // 2 + 1)[None, :] * (rate / n_fft)
    triangles = np.minimum((bins - lower) / (centre - lower), (upper - bins) / (upper - centre))
    filters: NDArray[np.float32] = (np.maximum(triangles, 0.0) * (2.0 / (upper - lower))).astype(np.float32)
    return filters
