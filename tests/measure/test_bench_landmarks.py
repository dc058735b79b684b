"""From a moment's sound to its point: the arithmetic of two clocks, and the real run."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from labbench.measure import bench_landmarks
from labbench.measure.bench_landmarks import points_of


def test_the_sounds_clock_is_the_earliest_sight_of_it() -> None:
    written = [(100.013, 0.0), (100.020, 0.010), (100.0303, 0.020), (101.05, 1.0)]
    (point,) = points_of([(16_000, 101.11)], written)
    assert point.said_s == 1.0 and point.delay == pytest.approx(0.11 - 0.010)


@pytest.mark.slow
def test_all_figures_are_there(qapp: QApplication, moonshine: None) -> None:
    found = bench_landmarks.measure(seconds=2.0, settle=3.0)
    assert 10 < found["sound_to_point_ms_p50"] <= found["sound_to_point_ms_p95"] < 5000
    assert found["sound_to_point_hops"] >= 15
