"""Spoilt sounds are spoilt as much as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.signal.degradations import DEGRADATIONS, Degradation, Surroundings
from labbench.signal.mixing import active_power

RATE = 16_000


@pytest.fixture(scope="module")
def speech() -> NDArray[np.float32]:
    return read_clip(SPOKEN / "digits_short.flac").for_models()


@pytest.fixture(scope="module")
def around() -> Surroundings:
    return Surroundings(read_clip(paths.assets() / "clips" / "babble.flac").for_models(), seed=3)


def spoilt(name: str, sound: NDArray[np.float32], level: float, around: Surroundings) -> NDArray[np.float32]:
    return DEGRADATIONS[name].apply(sound, RATE, level, around)


@pytest.mark.parametrize("name", ["white", "babble"])
@pytest.mark.parametrize("ratio", [20.0, 0.0, -5.0])
def test_noise_lies_as_far_below_speech_as_asked(name, ratio, speech, around) -> None:
    noise = spoilt(name, speech, ratio, around) - speech
    found = 10 * np.log10(active_power(speech, RATE) / np.mean(noise.astype(np.float64) ** 2))
    assert found == pytest.approx(ratio, abs=0.05)


def test_silence_is_around_it(speech, around) -> None:
    found = spoilt("silence", speech, 3.0, around)
    assert len(found) == len(speech) + 6 * RATE
    assert not found[: 3 * RATE].any() and not found[-3 * RATE :].any()
    assert np.array_equal(found[3 * RATE : -3 * RATE], speech)


def test_a_narrow_band_has_no_high_tones(speech, around) -> None:
    found = spoilt("telephone", speech, 8.0, around)
    bins = np.fft.rfftfreq(len(speech), 1 / RATE)
    power, before = (np.abs(np.fft.rfft(sound)) ** 2 for sound in (found, speech))
    assert power[bins > 4200].sum() < 1e-4 * before[bins > 4200].sum()
    assert power[bins < 3000].sum() == pytest.approx(before[bins < 3000].sum(), rel=0.01)
    assert len(found) == len(speech)


def test_clipping_cuts_peaks(speech, around) -> None:
    found = spoilt("clipping", speech, 12.0, around)
    assert np.abs(found).max() == pytest.approx(np.abs(speech).max() / 10 ** (12 / 20), rel=1e-5)
    low = np.abs(speech) < np.abs(found).max() * 0.99
    assert np.array_equal(found[low], speech[low])


def test_an_echo_dies_away_in_its_time(around) -> None:
    click = np.zeros(2 * RATE, np.float32)
    click[0] = 1.0
    tail = spoilt("echo", click, 1.0, around).astype(np.float64)
    early, late = (np.mean(tail[at : at + 1600] ** 2) for at in (1600, round(0.6 * RATE)))
    assert 10 * np.log10(early / late) == pytest.approx(60 * 0.5, abs=3.0)
    assert np.abs(tail[RATE + 10 :]).max() < 1e-6


@pytest.mark.parametrize("speed", [0.5, 0.85, 2.0])
def test_speed_moves_a_tone(speed, around) -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE).astype(np.float32)
    found = spoilt("speed", tone, speed, around)
    assert len(found) == pytest.approx(RATE / speed, abs=2)
    peak = np.argmax(np.abs(np.fft.rfft(found))) * RATE / len(found)
    assert peak == pytest.approx(500 * speed, abs=2.0)


def test_gain_through_sixteen_bits(speech, around) -> None:
    assert spoilt("gain", speech, -20.0, around) == pytest.approx(speech / 10, abs=2e-5)
    assert len(np.unique(spoilt("gain", speech, -80.0, around))) < 10
    assert np.abs(spoilt("gain", speech, 20.0, around)).max() <= 1.0


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(st.sampled_from(sorted(DEGRADATIONS)), st.integers(0, 400), st.integers(0, 9))
def test_any_clip_stays_a_clip(name: str, length: int, step: int) -> None:
    way = DEGRADATIONS[name]
    level = way.levels[step % len(way.levels)]
    sound = np.random.default_rng(1).normal(0, 0.1, length).astype(np.float32)
    found = way.apply(sound, RATE, level, Surroundings(np.zeros(0, np.float32)))
    assert found.dtype == np.float32 and found.ndim == 1 and np.isfinite(found).all()
    assert np.array_equal(found, way.apply(sound, RATE, level, Surroundings(np.zeros(0, np.float32))))
    assert way.level_text(level)


@pytest.mark.parametrize("way", DEGRADATIONS.values(), ids=lambda way: way.name)
def test_nothing_is_changed_at_the_neutral_level(
    way: Degradation, speech: NDArray[np.float32], around: Surroundings
) -> None:
    if np.isfinite(way.neutral):
        same = way.apply(speech, RATE, way.neutral, around)
        assert len(same) == len(speech) and np.max(np.abs(same - speech)) < 1e-3


@pytest.mark.parametrize("way", DEGRADATIONS.values(), ids=lambda way: way.name)
def test_levels_go_from_mild_to_severe_and_an_axis_has_them_in_order(way: Degradation) -> None:
    assert sorted(way.by_severity) == sorted(way.levels)
    assert set(way.scale) == {*way.levels, way.neutral}
    assert list(way.scale) in (sorted(way.scale), sorted(way.scale, reverse=True))
    both = {"speed": (0.85, 1.2, 0.7, 1.5, 0.5, 2.0), "gain": (10.0, 20.0, -20.0, -40.0, -60.0, -80.0)}
    assert way.by_severity == both.get(way.name, way.levels)


def test_a_level_more_finds_its_place() -> None:
    assert DEGRADATIONS["babble"].with_level(7.0).levels == (30.0, 20.0, 10.0, 7.0, 5.0, 0.0, -5.0)
    assert DEGRADATIONS["echo"].with_level(0.3).scale[:3] == (0.0, 0.2, 0.3)
