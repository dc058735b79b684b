"""Figures of a selection: right to the hertz and the tenth of a decibel, at any length."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.signal.measure import measure


def sine(hertz: float, seconds: float, rate: int, amplitude: float = 0.5, phase: float = 0.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate + phase)).astype(np.float32)


@given(st.floats(40.0, 3900.0), st.sampled_from([8000, 16_000, 44_100, 48_000]), st.floats(0.0, 6.3))
def test_a_sine_of_half_a_second_to_a_tenth_of_a_hertz(hertz: float, rate: int, phase: float) -> None:
    found = measure(sine(hertz, 0.5, rate, phase=phase), rate)
    assert found.dominant_hz == pytest.approx(hertz, abs=0.1)
    assert found.seconds == 0.5
    assert found.rms_db == pytest.approx(-9.03, abs=0.2) and found.peak_db == pytest.approx(-6.02, abs=0.3)


def test_noise_and_a_constant_do_not_hide_a_tone() -> None:
    noise = 0.02 * np.random.default_rng(1).standard_normal(16_000).astype(np.float32)
    assert measure(sine(523.25, 1.0, 16_000, 0.1) + noise + 0.3, 16_000).dominant_hz == pytest.approx(523.25, abs=1.0)


def test_silence_and_nothing_have_no_frequency() -> None:
    for samples in (np.zeros(16_000, np.float32), np.zeros(0, np.float32), np.full(8000, 0.25, np.float32)):
        assert measure(samples, 16_000).dominant_hz is None
    nothing = measure(np.zeros(0, np.float32), 16_000)
    assert (nothing.seconds, nothing.rms_db, nothing.peak_db) == (0.0, -120.0, -120.0)
    assert measure(read_clip(paths.assets() / "clips" / "silence.flac").samples, 16_000).rms_db == -120.0


@given(st.integers(1, 300), st.integers(0, 9))
def test_any_length_gives_finite_figures(length: int, seed: int) -> None:
    found = measure(np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32), 8000)
    assert found.dominant_hz is None or 0 < found.dominant_hz < 4000
    assert -120 <= found.rms_db <= found.peak_db + 1e-6 <= 1e-6


def test_levels_take_every_sample() -> None:
    samples = np.zeros(500_000, np.float32)
    samples[432_109] = -1.0
    found = measure(samples, 16_000)
    assert found.peak_db == 0.0 and found.rms_db == pytest.approx(-10 * np.log10(500_000), abs=0.01)


def test_a_voice_lies_where_voices_are() -> None:
    clip = read_clip(paths.assets() / "clips" / "speech_short.flac")
    found = measure(clip.samples, clip.rate)
    assert found.dominant_hz is not None and 80 < found.dominant_hz < 700


def test_the_spectrum_of_an_hour_costs_no_more_than_of_a_minute() -> None:
    hour = np.broadcast_to(np.float32(0.1), 3600 * 8000)
    minute = sine(440.0, 60.0, 8000)
    measure(minute, 8000)
    began = time.thread_time()
    assert measure(np.resize(minute, len(hour)), 8000).dominant_hz == pytest.approx(440.0, abs=1.0)
    assert time.thread_time() - began < 5.0


def test_an_hour_is_measured_in_pieces_and_says_the_same():
    """A tone that is louder for one minute in the middle: levels of all of it, the frequency of the loudest part."""
    from labbench.signal.measure import measure_stretch

    rate, minutes = 8000, 5
    seconds = np.arange(minutes * 60 * rate) / rate
    sound = (0.05 * np.sin(2 * np.pi * 300 * seconds)).astype(np.float32)
    sound[2 * 60 * rate : 3 * 60 * rate] = 0.5 * np.sin(2 * np.pi * 440.0 * seconds[: 60 * rate])
    longest = 0

    def read(start, stop):
        nonlocal longest
        longest = max(longest, stop - start)
        return sound[start:stop]

    found = measure_stretch(read, 0, len(sound), rate)
    whole = measure(sound, rate)
    assert found.seconds == whole.seconds and longest <= 60 * rate
    assert abs(found.rms_db - whole.rms_db) < 1e-3 and abs(found.peak_db - whole.peak_db) < 1e-6
    assert abs(found.dominant_hz - 440.0) < 1.0
    assert measure_stretch(lambda a, b: np.zeros(b - a, np.float32), 0, len(sound), rate).dominant_hz is None
