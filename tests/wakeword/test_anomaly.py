"""Anomalies: knocks, squeals and dropouts in the hum of several synthetic machines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.wakeword.anomaly import HOP, MOST_ADDED, Normal, Seconds, learn
from labbench.wakeword.anomaly_detector import AnomalyDetector, Mark, Marking, Scored, marks_of

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


def test_what_is_said_to_be_normal_stands_out_no_more() -> None:
    rng = np.random.default_rng(7)
    hum = machine("steady", 70, rng)
    normal = learn(pieces(hum[: 40 * RATE]))
    heard = hum[40 * RATE :]
    for at in (6, 14, 22):  # the same knock three times
        knock = 0.3 * np.random.default_rng(at % 8).standard_normal(1600) * np.exp(-np.arange(1600) / 300)
        heard[at * RATE : at * RATE + 1600] += knock.astype(np.float32)
    first, second, third = marks_in(heard, normal)
    rows, stops = Seconds().feed(heard)
    mine = rows[[first.start + RATE <= stop <= first.stop for stop in stops]]
    taught = normal.also(mine)
    assert taught.added == len(mine) > 0 and taught.threshold() == normal.threshold()
    assert np.all(taught.scores(rows) <= normal.scores(rows))
    left = marks_in(heard, taught)
    assert not any(mark.start < first.stop and first.start < mark.stop for mark in left)
    assert max(mark.score for mark in left) < min(second.score, third.score) / 4, "the others are much like it"
    full = taught
    for _ in range(200):
        full = full.also(mine)
    assert full.added == MOST_ADDED and len(full.bank) == len(normal.bank) + MOST_ADDED
    assert np.array_equal(full.bank[: len(normal.bank)], normal.bank)
    assert normal.also(mine[:0]) is normal


@given(data=st.data())
def test_scores_that_come_and_scores_that_are_known_are_marked_alike(data: st.DataObject) -> None:
    values = data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), max_size=60))
    jumps = data.draw(st.lists(st.integers(1, 6), min_size=len(values), max_size=len(values)))
    stops = RATE + HOP * np.cumsum(jumps, dtype=np.int64)  # with gaps, as where sound was lost
    marking = Marking(1.5)
    came = [marking.feed(Scored(stop, score)) for stop, score in zip(stops.tolist(), values, strict=True)]
    known = marks_of(stops, np.array(values), 1.5)
    assert [mark for mark in (*came, marking.finish()) if mark is not None] == known
    assert all(one.stop < other.stop - RATE // 2 for one, other in itertools.pairwise(known))


def test_too_short_a_stretch_is_refused() -> None:
    with pytest.raises(LabBenchError, match="too short"):
        learn([np.zeros(RATE, np.float32)])
