"""MFCC against the formulas written out once more, number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.audio.files import read_clip
from labbench.core.paths import assets
from labbench.signal.mfcc import COEFFICIENTS, HOP, deltas, mean_normalised, mfcc

steady = settings(derandomize=True, deadline=None, database=None, max_examples=20)


def slaney(hertz: float) -> float:
    """The Auditory Toolbox's scale."""
    return hertz / (200 / 3) if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def by_hand(samples: np.ndarray, frame: int) -> list[float]:
    """One frame's coefficients in plain sums: no transform of the library's, no filters of the program's."""
    sound = [float(samples[0])] + [float(samples[n]) - 0.97 * float(samples[n - 1]) for n in range(1, len(samples))]
    first = frame * 200 - 100
    piece = np.array([sound[n] if 0 <= n < len(sound) else 0.0 for n in range(first, first + 400)])
    window = np.array([0.54 - 0.46 * math.cos(2 * math.pi * n / 399) for n in range(400)])
    times = np.arange(400)
    power = [
        abs(np.sum(piece * window / window.sum() * np.exp(-2j * np.pi * k * times / 512))) ** 2 for k in range(257)
    ]
    hertz = np.linspace(0, 8000, 160001)
    mel = np.array([slaney(one) for one in (0.0, 8000.0)])
    corners = np.interp(np.linspace(*mel, 28), [slaney(one) for one in hertz[::20]], hertz[::20])
    logs = []
    for low, middle, high in zip(corners, corners[1:], corners[2:], strict=False):
        total = 0.0
        for k in range(257):
            f = k * 16000 / 512
            total += power[k] * max(0.0, min((f - low) / (middle - low), (high - f) / (high - middle)))
        logs.append(math.log(max(total * 2 / (high - low) * 16000 / 512, 1e-10)))
    return [
        (1 + 11 * math.sin(math.pi * n / 22))
        * math.sqrt(2 / 26)
        * sum(value * math.cos(math.pi * n * (band + 0.5) / 26) for band, value in enumerate(logs))
        for n in range(13)
    ]


@pytest.mark.parametrize("frame", [0, 20, 41])
def test_coefficients_are_the_formulas(frame: int) -> None:
    samples = read_clip(assets() / "clips" / "takes" / "computer_1.flac").for_models()[4000 : 4000 + 42 * HOP]
    found = mfcc(samples)
    assert found.shape == (42, COEFFICIENTS)
    assert found[frame] == pytest.approx(by_hand(samples, frame), abs=0.02)


@steady
@given(st.integers(0, 5000))
def test_a_frame_for_every_hop(count: int) -> None:
    assert mfcc(np.zeros(count, np.float32)).shape == (count // HOP, COEFFICIENTS)


def test_a_louder_sound_differs_in_the_first_coefficient_alone() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.05, 4000).astype(np.float32)
    difference = mfcc(noise * np.float32(2.0)) - mfcc(noise)
    assert difference[:, 0] == pytest.approx(np.full(20, math.sqrt(2 / 26) * 26 * math.log(4.0)), abs=0.01)
    assert np.abs(difference[:, 1:]).max() < 0.01
    assert mean_normalised(mfcc(noise * np.float32(2.0))) == pytest.approx(mean_normalised(mfcc(noise)), abs=0.01)


@steady
@given(st.integers(1, 12), st.integers(0, 100))
def test_deltas_are_the_slope_of_the_best_line(count: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)
    padded = [values[min(max(k, 0), count - 1)] for k in range(-2, count + 2)]
    lines = [np.polyfit(range(-2, 3), np.array(padded[k : k + 5], np.float64), 1)[0] for k in range(count)]
    assert deltas(values) == pytest.approx(np.array(lines), abs=1e-5)


def test_nothing_gives_nothing() -> None:
    assert mean_normalised(deltas(mfcc(np.zeros(10, np.float32)))).shape == (0, COEFFICIENTS)
