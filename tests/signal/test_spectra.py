"""Spectra: levels and frequencies are what they say, and Whisper's input is Whisper's input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.signal.spectra import (
    Analysis,
    decibels,
    hann_leakage,
    hertz_to_mel,
    mel_filterbank,
    mel_to_hertz,
    read_padded,
    short_time,
)
from labbench.signal.whisper_mel import log_mel, log_mel_30s


def sine(hertz: float, seconds: float, rate: int, amplitude: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000, 96000])
def test_a_full_scale_sine_has_no_decibels(rate: int) -> None:
    analysis = Analysis.of(rate, 25.0)
    number = round(1000 / analysis.bin_hz)
    levels = short_time(sine(number * analysis.bin_hz, 0.5, rate), rate, 25.0, rate // 100)
    assert levels.dtype == np.float32 and levels.shape == (50, analysis.n_fft // 2 + 1)
    assert np.allclose(levels[5:45, number], 0.0, atol=0.01)
    assert np.all(levels[5:45].argmax(axis=1) == number)
    quiet = short_time(sine(number * analysis.bin_hz, 0.5, rate, 0.01), rate, 25.0, rate // 100)
    assert np.allclose(quiet[5:45, number], -40.0, atol=0.01)


def test_frames_are_centred_on_multiples_of_the_hop() -> None:
    click = np.zeros(16000, np.float32)
    click[37 * 160] = 1.0
    power = Analysis.of(16000, 25.0).centred(lambda a, b: click[a:b], len(click), 0, 100, 160).sum(axis=1)
    assert power.argmax() == 37
    assert power[36] == pytest.approx(power[38], rel=1e-4)
    assert np.count_nonzero(power) == 3  # a window of 400 samples reaches 200 samples to either side


def test_frames_far_apart_are_those_of_the_whole() -> None:
    noise = np.random.default_rng(1).standard_normal(40_000).astype(np.float32)
    analysis = Analysis.of(16000, 5.0)
    every = analysis.centred(lambda a, b: noise[a:b], len(noise), 0, 40, 1000)
    fine = analysis.centred(lambda a, b: noise[a:b], len(noise), 0, 400, 100)[::10]
    assert np.allclose(every, fine, rtol=1e-4)


def test_around_the_sound_is_silence() -> None:
    sound = np.arange(1, 6, dtype=np.float32)
    asked = []

    def read(start: int, stop: int) -> np.ndarray:
        asked.append((start, stop))
        return sound[start:stop]

    assert read_padded(read, 5, -2, 7).tolist() == [0, 0, 1, 2, 3, 4, 5, 0, 0]
    assert read_padded(read, 5, 8, 10).tolist() == [0, 0] and read_padded(read, 5, -9, -7).tolist() == [0, 0]
    assert asked == [(0, 5)]


def test_silence_is_finite() -> None:
    assert np.all(decibels(np.zeros(3, np.float32)) == np.float32(-200.0))


def test_the_mel_scale_is_slaneys() -> None:
    hertz = np.asarray([0.0, 200.0 / 3, 1000.0, 6400.0])
    assert np.allclose(hertz_to_mel(hertz), [0, 1, 15, 42])
    many = np.linspace(0, 24_000, 999)
    assert np.allclose(mel_to_hertz(hertz_to_mel(many)), many)


def test_filters_have_area_one() -> None:
    filters = mel_filterbank(48000, 65536, 40, 8000.0)
    assert np.allclose(filters.sum(axis=1) * 48000 / 65536, 1.0, atol=0.01)
    assert not filters[:, round(8000 / 48000 * 65536) + 1 :].any()


@pytest.mark.parametrize("highest", [300.0, 1000.0, 4000.0])
def test_no_filter_falls_between_bins(highest: float) -> None:
    assert np.all(mel_filterbank(48000, 2048, 80, highest, narrowest_hz=48000 / 2048).sum(axis=1) > 0)


def test_leakage_is_that_of_the_window() -> None:
    analysis = Analysis.of(16000, 25.0)
    frequency = 2003.0
    power = analysis.power(sine(frequency, 0.025, 16000), 400)[0]
    expected = hann_leakage(analysis.frequencies - frequency, 0.025)
    near = np.abs(analysis.frequencies - frequency) < 70
    assert np.allclose(power[near], expected[near], atol=0.01)


@pytest.mark.parametrize("n_mels", [80, 128])
@pytest.mark.parametrize("name", ["demo.flac", "silence.flac"])
def test_log_mel_is_whispers_own(n_mels: int, name: str) -> None:
    whisper = pytest.importorskip("whisper")
    samples = read_clip(Path(paths.assets() / "clips" / name)).samples
    ours, theirs = log_mel(samples, n_mels), whisper.log_mel_spectrogram(samples, n_mels).numpy()
    assert ours.dtype == np.float32 and ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-3


def test_thirty_seconds_are_what_the_encoder_gets() -> None:
    whisper = pytest.importorskip("whisper")
    samples = read_clip(paths.assets() / "clips" / "speech_short.flac").samples
    for sound in (samples, np.tile(samples, 13)):
        theirs = whisper.log_mel_spectrogram(whisper.pad_or_trim(sound)).numpy()
        ours = log_mel_30s(sound)
        assert ours.shape == (80, 3000) and np.abs(ours - theirs).max() < 1e-3


def test_too_little_sound_gives_no_columns() -> None:
    assert log_mel(np.zeros(200, np.float32)).shape == (80, 0)
    assert log_mel(np.zeros(201, np.float32)).shape == (80, 1)
