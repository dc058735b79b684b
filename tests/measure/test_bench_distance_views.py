"""The measurement of map and matrix gives all of its figures, of as many takes and points as it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication

from labbench.measure import bench_distance_views
from labbench.measure.bench_distance_views import POINTS, TAKES, many_takes, matrix_ms, measure, noisy_takes
from labbench.ui.views.map.canvas import MapCanvas
from labbench.wakeword.landmark_map import LandmarkMap
from labbench.wakeword.landmarks import Landmark


@pytest.mark.slow
def test_all_figures_are_there_and_the_map_is_crowded(qapp: QApplication, moonshine: None, monkeypatch) -> None:
    seen: list[tuple[int, int]] = []
    paint = MapCanvas.paintEvent

    def painted(self: MapCanvas, event: object) -> None:
        if self.scene is not None and self.now is not None:
            seen.append((len(self.scene.chart.landmarks), len(self.scene.chart.background)))
        paint(self, event)  # type: ignore[arg-type]

    monkeypatch.setattr(MapCanvas, "paintEvent", painted)
    monkeypatch.setattr(bench_distance_views, "SETTLE", 0.3)
    found = measure(0.5, 1.0)
    frames = {"map_frame_ms_p99", "map_frame_ms_p50", "map_frame_cpu_ms_p99"}
    assert set(found) == {*frames, "map_gap_ms_p95", "idle_gap_ms_p95", "matrix_ms"}
    assert all(0 < value < 10_000 for value in found.values())
    assert found["map_frame_ms_p50"] <= found["map_frame_ms_p99"]
    assert len(seen) > 10 and set(seen) == {(TAKES, POINTS)}


def test_there_are_twenty_takes_that_differ(tmp_path: Path) -> None:
    files = [path for paths in noisy_takes(tmp_path).values() for path in paths]
    assert len(files) == len(set(files)) == TAKES
    sounds = [soundfile.read(path)[0] for path in files]
    assert not any(np.array_equal(a, b) for n, a in enumerate(sounds) for b in sounds[:n])


def test_two_hundred_takes_are_drawn(qapp: QApplication) -> None:
    marks = tuple(Landmark(f"word {n % 2}", n, f"take {n}", "", None, None) for n in range(10))  # type: ignore[arg-type]
    places = np.random.default_rng(0).normal(size=(10, 2))
    between = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    chart = LandmarkMap(marks, between, np.zeros((0, 10)), places, np.zeros(2), np.zeros((0, 2)), tuple(range(10)))
    many = many_takes(chart)
    assert many.between.shape == (200, 200) and np.array_equal(many.between, many.between.T)
    assert not np.diag(many.between).any() and len({one.label for one in many.landmarks}) == 200
    assert 0 < matrix_ms(chart, 3) < 1_000
