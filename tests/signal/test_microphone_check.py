"""The microphone check: each fault by its name, and no fault where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.signal.hum import find_hum
from labbench.signal.microphone_check import MicrophoneVerdict, check
from labbench.signal.resampling import resample

RATE = 48_000
V = MicrophoneVerdict
SPOKEN = [
    *("babble", "demo", "sentences_with", "sentences_without", "speech_short"),
    *(f"takes/computer_{k}" for k in range(1, 7)),
    *(f"takes/jarvis_{k}" for k in range(1, 6)),
]


def clip(name: str, rate: int = RATE) -> np.ndarray:
    found = read_clip(paths.assets() / "clips" / f"{name}.flac")
    return resample(found.samples, found.rate, rate)


def gain(decibels: float) -> np.float32:
    return np.float32(10 ** (decibels / 20))


def room(decibels: float, seconds: float = 3.0, seed: int = 1) -> np.ndarray:
    """Noise as of a room: pink, at this level."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * RATE)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)) * RATE / (2 * len(spectrum)), 20.0))
    noise = np.fft.irfft(spectrum)
    return (noise / np.sqrt(np.mean(noise**2)) * gain(decibels)).astype(np.float32)


def hum(mains: float, decibels: float, seconds: float = 3.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * mains * k * t + k) / k for k in (1, 2, 3, 5))
    return (wave / np.sqrt(np.mean(wave**2)) * gain(decibels)).astype(np.float32)


@pytest.mark.parametrize("name", SPOKEN)
@pytest.mark.parametrize("rate", [16_000, RATE])
def test_bundled_speech_is_fine(name: str, rate: int) -> None:
    report = check(clip(name, rate), rate)
    assert report.verdict is V.FINE and report.hum_hz is None and not report.hint
    assert -30 < report.level_db < -5 and report.peak_db == pytest.approx(-3.0, abs=1.0)


def test_zeros_and_no_samples_are_told_apart() -> None:
    zeros, none = check(clip("silence"), RATE), check(np.zeros(0, np.float32), RATE)
    assert zeros.verdict is none.verdict is V.NOTHING
    assert "zeros" in zeros.message and "privacy" in zeros.hint and "mute" in zeros.hint
    assert "No sound" in none.message and "plugged" in none.hint
    assert check(np.full(RATE, 0.2, np.float32), RATE).verdict is V.NOTHING


@pytest.mark.parametrize("level", [-85.0, -75.0, -65.0, -55.0, -48.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quiet_room_is_not_a_broken_microphone(level: float, seed: int) -> None:
    report = check(room(level, seed=seed), RATE)
    assert report.verdict is V.QUIET and "Speak" in report.hint and report.hum_hz is None
    assert report.level_db == pytest.approx(level, abs=0.5)


def test_steady_noise_is_named() -> None:
    report = check(clip("noise"), RATE)
    assert report.verdict is V.QUIET and "noise" in report.message


def test_a_muted_input_that_only_hisses_is_too_quiet() -> None:
    report = check(room(-97.0), RATE)
    assert report.verdict is V.TOO_QUIET and "mute" in report.hint


@pytest.mark.parametrize(("level", "verdict"), [(-20, V.FINE), (-26, V.FINE), (-42, V.TOO_QUIET), (-60, V.TOO_QUIET)])
def test_quiet_speech_over_a_quiet_room(level: float, verdict: MicrophoneVerdict) -> None:
    speech = clip("sentences_with")[: 5 * RATE] * gain(level)
    report = check(speech + room(-90.0, 5.0), RATE)
    assert report.verdict is verdict
    if verdict is V.TOO_QUIET:
        assert "closer" in report.hint


@pytest.mark.parametrize("limit", [1.0, 0.8, 0.4])
def test_cut_peaks_are_found_wherever_the_limit_is(limit: float) -> None:
    speech = clip("speech_short") * gain(12.0)
    assert check(np.clip(speech, -limit, limit) + 0.0, RATE).verdict is V.CLIPPED
    assert check(np.round(np.clip(speech, -limit, limit) * 32767).astype(np.float32) / 32767, RATE).verdict is V.CLIPPED


@given(st.floats(40.0, 4000.0), st.floats(0.3, 0.98))
def test_a_clean_tone_is_not_cut(hertz: float, amplitude: float) -> None:
    tone = amplitude * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    assert check(np.rint(tone * 32767).astype(np.float32) / 32767, RATE).verdict is not V.CLIPPED


def test_a_tap_on_the_desk_is_not_clipping() -> None:
    speech = clip("speech_short").copy()
    speech[30_000:30_040] = 1.0
    assert check(speech, RATE).verdict is V.FINE


@pytest.mark.parametrize("mains", [50.0, 60.0])
@pytest.mark.parametrize("level", [-20.0, -35.0, -50.0])
def test_hum_without_speech(mains: float, level: float) -> None:
    report = check(hum(mains, level) + room(level - 10), RATE)
    assert report.verdict is V.HUM and report.hum_hz == mains
    assert f"{mains:.0f} Hz" in report.message and "battery" in report.hint


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_hum_under_speech_counts_where_it_is_loud(mains: float) -> None:
    speech = clip("sentences_with")[: 6 * RATE]
    loud, faint = speech + hum(mains, -25.0, 6.0), speech + hum(mains, -60.0, 6.0)
    assert check(loud, RATE).verdict is V.HUM and check(loud, RATE).hum_hz == mains
    assert check(faint, RATE).verdict is V.FINE


@pytest.mark.parametrize("name", [*SPOKEN, "noise"])
def test_no_hum_is_found_in_clips_without(name: str) -> None:
    assert find_hum(clip(name, 16_000), 16_000) is None


@given(st.integers(1, 2000), st.integers(0, 3))
def test_however_short_there_is_a_verdict(length: int, seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, length).astype(np.float32)
    samples[length // 2] = np.nan
    report = check(samples, 8000)
    assert report.message.endswith(".") and np.isfinite(report.level_db) and np.isfinite(report.peak_db)
