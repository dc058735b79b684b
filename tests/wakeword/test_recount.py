"""Firings for any threshold, counted quickly: exactly those of the detector that decides live."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.wakeword.detector import decide
from labbench.wakeword.recount import firings, stream_of
from labbench.wakeword.spotter import FIRST, HOP

steady = settings(derandomize=True, deadline=None, database=None, max_examples=200)


@steady
@given(st.integers(0, 10_000), st.integers(0, 300), st.floats(0.2, 1.4), st.floats(0.02, 0.4))
def test_firings_are_the_detectors(seed: int, count: int, threshold: float, swing: float) -> None:
    random = np.random.default_rng(seed)
    distances = np.abs(0.8 + swing * np.cumsum(random.normal(0.0, 0.5, count)) / 2)
    skipped = np.cumsum(random.random(count) < 0.03) * 4 * HOP
    indices = (FIRST + np.arange(count) * HOP + skipped).astype(np.int64)
    stream = stream_of(indices, distances)
    found = [int(indices[hop]) for hop in firings(stream, threshold)]
    hops = zip(indices.tolist(), distances.tolist(), strict=True)
    assert found == [firing.index for firing in decide(threshold, hops)]


def test_hours_are_those_of_the_sound() -> None:
    indices = np.arange(FIRST, 16_000 * 3600 + 1, HOP)
    stream = stream_of(indices, np.ones(len(indices)))
    assert abs(stream.hours - 1.0) < 1e-4 and firings(stream, 0.9) == []
    assert stream_of(np.zeros(0, np.int64), np.zeros(0)).hours == 0.0
