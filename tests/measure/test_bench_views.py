"""Looking at long sounds: the measurement gives all of its figures, and what is drawn follows the width alone."""

from __future__ import annotations

import math
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication

from labbench.core.errors import LabBenchError
from labbench.jobs.waiting import wait_until
from labbench.measure import bench_views, long_sounds
from labbench.models.scripted_host import ScriptedHost
from labbench.session.store import Session
from labbench.ui import bands
from labbench.ui.sounds import lanes
from labbench.ui.sounds.signal_view import LANE_A, LANE_LABELS

PATIENCE = 60.0


@pytest.mark.parametrize("seconds", [1.0, 10.0, 600.0, 7200.0])
def test_each_step_of_the_script_changes_the_view_within_the_sound(seconds: float) -> None:
    spans = bench_views.spans(seconds)
    assert len(spans) == 2 * bench_views.ZOOMS + bench_views.PANS * bench_views.PAN_WIDTHS + 1
    assert all(-1e-6 <= start < stop <= seconds * (1 + 1e-9) for start, stop in spans)
    assert all(one != other for one, other in pairwise([(0.0, seconds), *spans]))
    assert min(stop - start for start, stop in spans) == pytest.approx(min(0.05, seconds / 10))
    assert spans[-1] == (0.0, seconds)


def test_too_little_room_is_told_in_one_sentence(tmp_path: Path) -> None:
    long_sounds.check_room(tmp_path, 1.0)
    with pytest.raises(LabBenchError, match=r"needs \d+\.\d GB of temporary files; \d+\.\d GB are free"):
        long_sounds.check_room(tmp_path, 1e12)


def test_no_two_minutes_of_a_made_sound_are_equal(tmp_path: Path) -> None:
    with Session(tmp_path / "session") as session:
        recording = long_sounds.make_recording(session, 130.0)
        found = session.recordings()
        assert [(one.path, one.frames) for one in found] == [(recording.path, 130 * long_sounds.RATE)]
    sound, rate = soundfile.read(recording.path)
    minutes = sound[: 2 * 60 * rate].reshape(2, -1)
    assert rate == long_sounds.RATE and np.max(np.abs(sound)) <= 1.0
    assert not np.array_equal(*minutes) and np.all(np.std(minutes, axis=1) > 0.01)


@pytest.mark.parametrize(
    ("lengths", "rounds"), [((0.5, 1.0, 2.0), 1), pytest.param((1.0, 3.0, 45.0), 2, marks=pytest.mark.slow)]
)
def test_all_figures_are_there(qapp: QApplication, lengths: tuple[float, ...], rounds: int) -> None:
    before = dict(os.environ)
    found = bench_views.measure(lengths, rounds=rounds)
    assert dict(os.environ) == before, "tests run offscreen already"
    for name in bench_views.NAMES:
        assert 0 < found[f"frame_ms_{name}"] <= found[f"frame_ms_p95_{name}"] < 10_000
    for name in bench_views.NAMES[1:]:
        assert found[f"frame_ratio_{name}"] == found[f"frame_ms_{name}"] / found["frame_ms_10s"]
    assert 0 < found["open_2h_s"] < PATIENCE and 0 < found["first_open_2h_s"] < PATIENCE
    parts = [found[f"view_mb_2h_{part}"] for part in ("envelope", "overview", "spectrogram", "words", "distances")]
    assert found["view_mb_2h"] == pytest.approx(sum(parts)) and math.isfinite(found["rss_growth_2h_mb"])
    assert all(part > 0 for part in parts) == (lengths[-1] > 40), "only long sounds have an overview"
    assert (found["rounds"], found["frames"]) == (rounds, 3 * rounds * len(bench_views.spans(1.0)))


def test_what_is_drawn_is_bounded_by_the_width(open_bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Points, words and bands of twenty minutes, at every zoom, are no more than the window is wide."""
    page = open_bench(twin=True, make_host=ScriptedHost)
    bench, window = page.bench, page.window
    recording = long_sounds.make_recording(bench.desk.need(), 1200.0)
    bench.open_recording(recording)
    assert wait_until(lambda: bench.shown.recording == recording and bool(bench.scores.frames), PATIENCE)
    strip, signal, frames = window.strip, window.signal, bench.scores.frames
    times, distances = strip.held("jarvis")
    assert np.array_equal(times, [frame.index / 16_000 for frame in frames])
    assert np.array_equal(distances, [frame.distances[1] for frame in frames])
    assert len(signal.lanes.marks(LANE_A)) == 3000
    width = strip.plot.box.width()
    for start, stop in [
        (0.0, 1200.0),
        (100.0, 1100.0),
        (300.0, 500.0),
        (300.0, 340.0),
        (300.0, 305.0),
        (300.0, 300.01),
    ]:
        bench.axis.show(start, stop)
        window.grab()
        drawn = [curve.line.getData() for curve in strip._curves]
        assert all(len(x) == len(y) <= max(200, width) for x, y in drawn)
        inside = (times >= start) & (times <= stop)
        for x, y in drawn[1:2]:
            if np.any(inside):
                assert x[0] <= times[inside][0] and x[-1] >= times[inside][-1], "drawn up to the edges"
                assert np.min(y) <= np.min(distances[inside]) and np.max(y) >= np.max(distances[inside])
        assert len(signal.wave.times) <= signal.plot.box.width() + 2
        assert signal.bands.drawn <= len(long_sounds.WORDS) * (width / bands.PIXELS_APART + 1)
        for lane in range(LANE_LABELS):
            placed, left_out = signal.lanes._placed(lane)
            assert len(placed) + len(left_out) <= width / lanes.PIXELS_APART + 2


def test_the_same_view_is_drawn_once(open_bench, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_bench(twin=True, make_host=ScriptedHost)
    recording = long_sounds.make_recording(page.bench.desk.need(), 5.0)
    page.bench.open_recording(recording)
    assert wait_until(lambda: page.bench.shown.recording == recording, PATIENCE)
    drawn: list[int] = []
    signal = page.window.signal
    monkeypatch.setattr(signal.wave, "setData", lambda times, low, high: drawn.append(len(times)))
    signal.refresh()
    assert drawn == []
    page.bench.axis.show(1.0, 2.0)
    signal.refresh()
    assert len(drawn) == 1
    signal.use(page.bench.view)
    assert len(drawn) == 2, "other sound in the same place is drawn"
