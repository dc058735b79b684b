"""Dragging a threshold: the measurement gives its figures, of a background in which it fires more and more."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from labbench.measure import bench_threshold
from labbench.wakeword.recount import firings


def test_the_background_fires_more_often_the_looser_the_threshold() -> None:
    hops = bench_threshold.background(1.0, 3)
    assert hops.distances.shape == (len(hops.index), 3) and np.ptp(hops.index) == pytest.approx(3600 * 16_000, rel=0.01)
    (stream, *_) = hops.streams
    assert stream.hours == pytest.approx(1.0, abs=0.01)
    strict, loose = (len(firings(stream, at)) for at in (bench_threshold.NEAREST, bench_threshold.FARTHEST))
    assert strict == 0 and loose > 100


@pytest.mark.slow
def test_all_figures_are_there(qapp: QApplication, moonshine: None) -> None:
    before = dict(os.environ)
    found = bench_threshold.measure(hours=0.05, moves=12)
    assert dict(os.environ) == before, "tests run offscreen already"
    assert 0 < found["threshold_ms"] <= found["threshold_ms_p99"] < 10_000 and found["threshold_hours"] == 0.05
