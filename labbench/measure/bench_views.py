"""What looking at long sounds costs: opening, zooming, panning and memory, in the real window."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtWidgets import QWidget

from labbench import app
from labbench.audio.pyramid import cache_path
from labbench.core.errors import LabBenchError
from labbench.jobs.waiting import wait_until
from labbench.measure.bench_startup import display_env
from labbench.measure.figures import median, percentile
from labbench.measure.long_sounds import check_room, make_recording
from labbench.models.scripted_host import SCRIPTED, ScriptedHost
from labbench.session.recordings import Recording
from labbench.session.store import Session
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.marks import Mark
from labbench.ui.sounds.signal_view import LANE_A, LANE_B, LANE_LABELS, LANE_WORDS
from labbench.ui.time_axis import Span

LENGTHS = (10.0, 600.0, 7200.0)
NAMES = ("10s", "10min", "2h")
LANES = (LANE_A, LANE_B, LANE_WORDS, LANE_LABELS)
ROUNDS = 3
ZOOMS = 30
"""From all of it to the narrowest, and as many back."""
PANS, PAN_WIDTHS = 10, 6
NARROWEST = 0.05
LIMIT_SECONDS = 600.0
"""For a first opening, on a slow computer."""
_MB = 1e6


def measure(lengths: Sequence[float] = LENGTHS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Figures of three sounds of `lengths` seconds, shortest first, by turns in each of `rounds` rounds.

    Makes the process's QApplication if there is none yet, and turns its event loop. Raises LabBenchError.
    """
    os.environ.update(display_env(os.environ))
    app.make_application()
    with tempfile.TemporaryDirectory(prefix="labbench-bench-", ignore_cleanup_errors=True) as folder:
        check_room(Path(folder), sum(lengths))
        session = Session(Path(folder) / "session")
        recordings = [make_recording(session, seconds, seed) for seed, seconds in enumerate(lengths)]
        looking = _Looking(session)
        try:
            return looking.at(recordings, rounds)
        finally:
            looking.close()


def spans(seconds: float) -> list[Span]:
    """What is looked at, in order: zooms around a point from all to 50 ms and back, then pans at several widths.

    In parts of the sound it is the same for any length, except that longer ones have further to zoom. Every span
    differs from the one before, and the last one is all of it.
    """
    narrowest = min(NARROWEST, seconds / 10)
    widths = [seconds * (narrowest / seconds) ** (step / ZOOMS) for step in range(ZOOMS + 1)]
    around = 0.37
    found = [(around * (seconds - width), width) for width in (*widths[1:], *widths[-2::-1])]
    for level in range(PAN_WIDTHS):
        width = seconds / 2 * (narrowest / (seconds / 2)) ** (level / (PAN_WIDTHS - 1))
        begin = seconds * 0.1 * (level + 1) / PAN_WIDTHS
        found += [(begin + step * width / 32, width) for step in range(PANS)]
    return [(start, start + width) for start, width in [*found, (0.0, seconds)]]


class _Looking:
    """One window that opens sounds and looks at them. Everything is painted at once, without waiting for a timer."""

    def __init__(self, session: Session) -> None:
        self._bench = Bench(replace(app.make_tools(session), engine_a=SCRIPTED, make_host=ScriptedHost))
        self._failures: list[Exception] = []
        self._opened: list[Recording] = []
        self._bench.notices.error.connect(self._failures.append)
        self._bench.notices.defect.connect(lambda details: self._failures.append(RuntimeError(details)))
        self._window = MainWindow(self._bench)
        self._bench.shown.shown.connect(self._opened.append)
        painted: list[bool] = []
        self._window.painted.connect(lambda: painted.append(True))
        self._window.show()
        self._wait(lambda: bool(painted))
        signal, strip = self._window.signal, self._window.strip
        self._views: tuple[QWidget, ...] = (
            signal.spectrogram.viewport(),
            signal.plot.viewport(),
            signal.lanes,
            strip.plot.viewport(),
        )

    def at(self, recordings: Sequence[Recording], rounds: int) -> dict[str, Any]:
        """Open each for the first time, then all of them in each round, the longest one last."""
        *others, longest = recordings
        for recording in others:
            self.open(recording)
        before = psutil.Process().memory_info().rss
        figures: dict[str, Any] = {"first_open_2h_s": self.open(longest)}
        opens: list[float] = []
        frames: list[list[float]] = [[] for _ in recordings]
        for _ in range(rounds):
            for number, recording in enumerate(recordings):
                took = self.open(recording)
                opens += [took] if recording is longest else []
                frames[number] += [self.frame(span) * 1e3 for span in spans(recording.seconds)]
        if not all(cache_path(recording.path).exists() for recording in recordings):
            raise LabBenchError("The views of these sounds could not be kept.", "Look whether the disk is full.")
        figures["open_2h_s"] = median(opens)
        for name, found in zip(NAMES, frames, strict=True):
            figures |= {f"frame_ms_{name}": median(found), f"frame_ms_p95_{name}": percentile(found, 0.95)}
        for name in NAMES[1:]:
            figures[f"frame_ratio_{name}"] = figures[f"frame_ms_{name}"] / figures[f"frame_ms_{NAMES[0]}"]
        growth = psutil.Process().memory_info().rss - before
        figures |= {f"view_mb_2h_{part}": size / _MB for part, size in self.memory().items()}
        figures["view_mb_2h"] = sum(self.memory().values()) / _MB
        return figures | {"rss_growth_2h_mb": growth / _MB, "frames": sum(map(len, frames)), "rounds": rounds}

    def open(self, recording: Recording) -> float:
        """Seconds from asking for a sound to the end of the window's first paint with it."""
        self._opened.clear()
        began = time.perf_counter()
        self._bench.open_recording(recording)
        self._wait(lambda: bool(self._opened) and not self._bench.keeping.restoring)
        self._window.repaint()
        return time.perf_counter() - began

    def frame(self, span: Span) -> float:
        """Seconds from a change of the view to the end of painting everything on the time axis."""
        began = time.perf_counter()
        self._bench.axis.show(*span)
        for view in self._views:
            view.update()
        self._views[0].repaint()  # Qt paints at once, in one go, everything that wants to be painted
        return time.perf_counter() - began

    def memory(self) -> dict[str, int]:
        """Bytes that the views hold of the sound that is shown."""
        view, signal = self._bench.view, self._window.signal
        overview = view.overview
        return {
            "envelope": view.envelope.bytes,
            "overview": overview.bytes if overview is not None else 0,
            "spectrogram": signal.spectrogram.bytes,
            "words": _bytes_of(signal.lanes.marks(lane) for lane in LANES),
            "distances": self._window.strip.bytes,
        }

    def close(self) -> None:
        self._window.leave()
        self._window.deleteLater()

    def _wait(self, condition: Any) -> None:
        wait_until(lambda: condition() or bool(self._failures), LIMIT_SECONDS)
        if self._failures:
            raise self._failures[0]
        if not condition():
            raise LabBenchError(f"The window was not ready after {LIMIT_SECONDS:.0f} s.", "Close other programs.")


def _bytes_of(lanes: Iterable[Iterable[Mark]]) -> int:
    """Memory of marks and of what they consist of; what several share counts once."""
    found: dict[int, int] = {}
    for mark in (mark for lane in lanes for mark in lane):
        for part in (mark, *(getattr(mark, field.name) for field in fields(Mark))):
            found.setdefault(id(part), sys.getsizeof(part))
    return sum(found.values())
