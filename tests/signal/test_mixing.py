"""Mixing, levels and voice activity on sounds whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.core.timebase import MODEL_RATE
from labbench.signal.levels import FLOOR_DB, frame_levels, peak, rms, to_db
from labbench.signal.mixing import active_power, mix, tile
from labbench.signal.voice_activity import find_speech

steady = settings(derandomize=True, deadline=None, database=None, max_examples=40)


def noise(count: int, level: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, level, count).astype(np.float32)


def burst_in(total: int, start: int, stop: int, level: float = 0.2, quiet: float = 1e-3) -> np.ndarray:
    samples = noise(total, quiet)
    samples[start:stop] += noise(stop - start, level, seed=1)
    return samples


@steady
@given(st.floats(-10.0, 40.0), st.floats(0.01, 0.3), st.integers(1, 9))
def test_noise_lies_as_asked_below_active_speech(ratio: float, level: float, tenths: int) -> None:
    speech = np.zeros(MODEL_RATE, np.float32)
    active = tenths * MODEL_RATE // 10
    speech[:active] = noise(active, level)
    mixed = mix(speech, noise(MODEL_RATE, 0.05, seed=2), ratio, MODEL_RATE)
    added = (mixed - speech).astype(np.float64)
    speech_power = float(np.mean(speech[:active].astype(np.float64) ** 2))
    assert 10 * np.log10(speech_power / np.mean(added**2)) == pytest.approx(ratio, abs=0.3)


def test_pauses_do_not_count_as_speech() -> None:
    loud = noise(MODEL_RATE, 0.2)
    with_pause = np.concatenate([loud, noise(9 * MODEL_RATE, 1e-4)])
    assert active_power(with_pause, MODEL_RATE) == pytest.approx(active_power(loud, MODEL_RATE), rel=0.02)


def test_mixing_silence_changes_nothing() -> None:
    speech, silence = noise(1000, 0.1), np.zeros(1000, np.float32)
    assert np.array_equal(mix(speech, silence, 10.0, MODEL_RATE), speech)
    assert np.array_equal(mix(silence, speech, 10.0, MODEL_RATE), silence)
    assert active_power(np.zeros(0, np.float32), MODEL_RATE) == 0.0


@steady
@given(st.integers(1, 50), st.integers(0, 200), st.integers(0, 100))
def test_tile_repeats(length: int, wanted: int, start: int) -> None:
    base = np.arange(length, dtype=np.float32)
    assert np.array_equal(tile(base, wanted, start), np.tile(base, 400)[start : start + wanted])


def test_levels() -> None:
    full = np.sin(2 * np.pi * np.arange(16000) / 100).astype(np.float32)
    assert to_db(peak(full)) == pytest.approx(0.0, abs=0.01)
    assert to_db(rms(full)) == pytest.approx(-3.01, abs=0.01)
    assert to_db(0.0) == FLOOR_DB
    empty = np.zeros(0, np.float32)
    assert (peak(empty), rms(empty), len(frame_levels(empty, 160))) == (0.0, 0.0, 0)
    levels = frame_levels(np.concatenate([full[:2000], np.zeros(2050, np.float32)]), 200)
    assert len(levels) == 20
    assert levels[:10] == pytest.approx(-3.01, abs=0.1)
    assert levels[10:] == pytest.approx(FLOOR_DB)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
@steady
@given(start=st.floats(0.2, 1.2), length=st.floats(0.15, 0.7))
def test_a_burst_is_found_where_it_is(rate: int, start: float, length: float) -> None:
    first, last = round(start * rate), round((start + length) * rate)
    activity = find_speech(burst_in(2 * rate, first, last), rate)
    assert activity is not None
    assert abs(activity.start - first) <= 0.011 * rate
    assert abs(activity.stop - last) <= 0.011 * rate
    assert activity.ratio_db == pytest.approx(46.0, abs=3.0)


def test_short_gaps_belong_to_the_word_and_of_two_words_the_stronger_counts() -> None:
    tenth = MODEL_RATE // 10
    samples = burst_in(30 * tenth, 3 * tenth, 5 * tenth)
    samples[7 * tenth : 9 * tenth] += noise(2 * tenth, 0.2, seed=3)  # 0.2 s later: same word
    samples[20 * tenth : 22 * tenth] += noise(2 * tenth, 0.2, seed=4)  # 1.1 s later: another, with less energy
    activity = find_speech(samples, MODEL_RATE)
    assert activity is not None
    assert abs(activity.start - 3 * tenth) <= 160
    assert abs(activity.stop - 9 * tenth) <= 160


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0, np.float32), np.zeros(MODEL_RATE, np.float32), noise(MODEL_RATE, 0.05), noise(100, 0.5)],
    ids=["nothing", "silence", "even noise", "too short"],
)
def test_nothing_stands_out(samples: np.ndarray) -> None:
    assert find_speech(samples, MODEL_RATE) is None
