"""Anomalies: knocks, squeals and dropouts in the hum of several synthetic machines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.wakeword.anomaly import AnomalyDetector, Mark, Normal, Seconds, learn

RATE = 16_000
LEARNT, HEARD, EVENTS = 120, 600, 20


def machine(kind: str, seconds: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Harmonics of a turning shaft and the noise of air: steady, of drifting pitch, or under a changing load."""
    time = np.arange(seconds * RATE) / RATE
    pitch, load = np.full(len(time), 50.0), np.ones(len(time))
    if kind == "drift":
        pitch = 90.0 + 3.0 * np.sin(2 * np.pi * time / 23.0)
    if kind == "load":
        pitch, load = np.full(len(time), 117.0), 1.0 + 0.3 * np.sin(2 * np.pi * time / 11.0)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tones = sum(np.sin(k * phase + rng.uniform(0, 6)) / k for k in range(1, 12))
    return np.asarray(load * (0.05 * np.asarray(tones) + 0.03 * rng.standard_normal(len(time))), np.float32)


def disturb(hum: NDArray[np.float32], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Put events in place; what is added or taken away has 0 to -10 dB of the hum's power, over the event's length."""
    places = []
    gap = len(hum) // EVENTS
    for number in range(EVENTS):
        start = number * gap + int(rng.uniform(0.2, 0.8) * gap)
        length = int(RATE * (rng.uniform(0.06, 0.2), rng.uniform(0.3, 1.0), rng.uniform(0.3, 1.0))[number % 3])
        time, part = np.arange(length) / RATE, hum[start : start + length]
        ratio = 10 ** (rng.uniform(-10, 0) / 10)
        if number % 3 == 0:
            event = rng.standard_normal(length) * np.exp(-time * 5 * RATE / length)
        elif number % 3 == 1:
            event = np.sin(2 * np.pi * rng.uniform(900, 5000) * time) * np.hanning(length)
        else:
            event = -part.astype(np.float64)
        event *= np.sqrt(ratio * np.mean(part.astype(np.float64) ** 2) / np.mean(event**2))
        part += event.astype(np.float32)
        places.append((start, start + length))
    return places


def pieces(sound: NDArray[np.float32], size: int = 30_011) -> Iterator[NDArray[np.float32]]:
    for at in range(0, len(sound), size):
        yield sound[at : at + size]


def marks_in(sound: NDArray[np.float32], normal: Normal, size: int = 30_011) -> list[Mark]:
    detector = AnomalyDetector(normal)
    return [mark for piece in pieces(sound, size) for mark in detector.feed(piece)[1]] + detector.finish()


def count(kind: str, seed: int) -> tuple[int, int]:
    rng = np.random.default_rng(seed)
    sound = machine(kind, LEARNT + HEARD, rng)
    normal = learn(pieces(sound[: LEARNT * RATE]))
    heard = sound[LEARNT * RATE :]
    places = disturb(heard, rng)
    marks = marks_in(heard, normal)
    found = sum(any(mark.start < stop and start < mark.stop for mark in marks) for start, stop in places)
    false = sum(not any(mark.start < stop and start < mark.stop for start, stop in places) for mark in marks)
    return found, false


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("drift", 1)]
    + [pytest.param(kind, seed, marks=pytest.mark.slow) for kind in ("steady", "drift", "load") for seed in (2, 3)],
)
def test_events_are_found_and_little_else(kind: str, seed: int) -> None:
    found, false = count(kind, seed)
    assert found >= 18
    assert false <= 1


def test_pieces_of_any_size_give_the_same_rows() -> None:
    sound = machine("steady", 4, np.random.default_rng(5))
    whole, ends = Seconds().feed(sound)
    in_pieces = Seconds()
    parts = [in_pieces.feed(piece) for piece in pieces(sound, 777)]
    assert np.array_equal(np.concatenate([rows for rows, _ in parts]), whole)
    assert [end for _, some in parts for end in some] == ends


def test_threshold_and_expected_rate_belong_together() -> None:
    normal = learn(pieces(machine("steady", 40, np.random.default_rng(6))))
    for rate in (0.1, 1.0, 10.0):
        assert normal.false_marks_per_hour(normal.threshold(rate)) == pytest.approx(rate)


def test_too_short_a_stretch_is_refused() -> None:
    with pytest.raises(LabBenchError, match="too short"):
        learn([np.zeros(RATE, np.float32)])
