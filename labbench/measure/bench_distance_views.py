"""What the map and the matrix cost: the window's smoothness with the map live, and a matrix of many takes drawn."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject
from PySide6.QtWidgets import QWidget

from labbench import app
from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.waiting import wait_until
from labbench.measure.bench_startup import display_env
from labbench.measure.bench_ui import Stopwatch, write_sound
from labbench.measure.figures import median, percentile
from labbench.models.scripted_host import ScriptedHost
from labbench.session.store import Session
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.matrix_canvas import MatrixCanvas
from labbench.ui.matrix_table import table_of
from labbench.ui.theme import THEMES
from labbench.wakeword.landmark_map import LandmarkMap
from labbench.wakeword.landmarks import Landmark

SECONDS, IDLE_SECONDS = 6.0, 4.0
"""That are measured: with the map, and without anything."""
SETTLE = 3.0
SPAN = 2.0
"""Of sound in view: from then on it scrolls."""
TAKES, POINTS = 20, 10_000
MATRIX_TAKES, REDRAWS = 200, 40
NOISE = 0.003
LIMIT_SECONDS = 120.0


def measure(seconds: float = SECONDS, idle_seconds: float = IDLE_SECONDS) -> dict[str, Any]:
    """Milliseconds between paints of the waveform (95 %) with the map live and without, of work in the window's thread
    for each frame in which the map is painted (99 %), and to draw a matrix of 200 takes anew (median).

    20 takes and 10,000 made-up windows of ordinary speech are on the map. Makes the process's QApplication if there is
    none yet, and turns its event loop. Raises LabBenchError.
    """
    os.environ.update(display_env(os.environ))
    app.make_application()
    with tempfile.TemporaryDirectory(prefix="labbench-bench-", ignore_cleanup_errors=True) as folder:
        source = FileSpec(Path(folder) / "sound.wav", "Bundled clips")
        write_sound(source.path, SETTLE + max(seconds, idle_seconds) + 5.0)
        # The first window is kept, closed, until the end: taking it apart would be a stall in the second one's run.
        idle, live = _Live(Path(folder) / "idle"), _Live(Path(folder) / "live")
        without = idle.run(source, idle_seconds)
        chart = live.teach(Path(folder))
        found = live.run(source, seconds)
        if not found.work:
            raise LabBenchError("The map was not painted while sound ran.", "Close other programs and try again.")
        return {
            "map_frame_ms_p99": percentile(found.work, 0.99),
            "map_gap_ms_p95": found.gap_p95,
            "idle_gap_ms_p95": without.gap_p95,
            "matrix_ms": matrix_ms(chart),
            "map_frames": len(found.work),
        }


@dataclass(frozen=True)
class _Found:
    """The 95 % gap between paints of the waveform, and what each frame with the map cost; milliseconds."""

    gap_p95: float
    work: list[float]


class TurnWatch(QObject):
    """Notes how long the main thread works between two waits, in those turns in which `watched` is painted."""

    def __init__(self, watched: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        watched.installEventFilter(self)
        self._began: float | None = None
        self._painted = False
        self.work: list[float] | None = None
        """Milliseconds; None while it is not to be noted."""
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._awake)
        dispatcher.aboutToBlock.connect(self._blocks)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self._painted |= event.type() == QEvent.Type.Paint
        return False

    def _awake(self) -> None:
        if self._began is None:  # it is told more than once between two waits
            self._began = time.perf_counter()

    def _blocks(self) -> None:
        if self._painted and self._began is not None and self.work is not None:
            self.work.append((time.perf_counter() - self._began) * 1e3)
        self._began, self._painted = None, False


class _Live:
    """One window, from opening to close."""

    def __init__(self, folder: Path) -> None:
        tools = app.make_tools(Session(folder), engine="whisper:digits")
        self._bench = Bench(replace(tools, make_host=ScriptedHost))
        self._failures: list[Exception] = []
        self._bench.trouble.connect(self._failures.append)
        self._bench.broken.connect(lambda details: self._failures.append(RuntimeError(details)))
        self._window = MainWindow(self._bench)

    def teach(self, folder: Path) -> LandmarkMap:
        """The bundled takes, and again with noise until there are enough; the map with many more points."""
        bench, view = self._bench, self._window.map_view
        self._show()
        for word, files in noisy_takes(folder).items():
            bench.teaching.teach_files(word, files)
        self._wait(
            lambda: sum(len(word.takes) for word in bench.teaching.words) == TAKES and not bench.teaching.waiting
        )
        self._window.distances.show_view(view)
        self._wait(lambda: bench.landmarks.map is not None and not bench.jobs.running)
        chart = bench.landmarks.map
        assert chart is not None
        rows = np.random.default_rng(0).integers(0, len(chart.background), POINTS)
        shifts = np.random.default_rng(1).normal(0.0, 0.05, (POINTS, 2))
        crowded = replace(chart, background=chart.background[rows] + shifts, ordinary=chart.ordinary[rows])
        bench.landmarks.map = crowded
        bench.landmarks.changed.emit(crowded)
        return chart

    def run(self, source: FileSpec, seconds: float) -> _Found:
        """Sound as from a microphone; measured once the view scrolls."""
        bench, window = self._bench, self._window
        self._show()
        paints = Stopwatch(window.signal.plot.viewport(), window)
        turns = TurnWatch(window.map_view.canvas, window)
        bench.start(source, record=False)
        self._wait(lambda: bench.sound.running is not None)
        bench.axis.show(0.0, SPAN)
        wait_until(lambda: False, SETTLE)
        paints.start()
        work: list[float] = []
        turns.work = work
        wait_until(lambda: False, seconds)
        turns.work = None
        paints.stop()
        bench.stop()
        self._wait(lambda: bench.sound.running is None)
        window.leave()
        return _Found(percentile(paints.gaps, 0.95) * 1e3, work)

    def _show(self) -> None:
        if not self._window.isVisible():
            painted: list[bool] = []
            self._window.painted.connect(lambda: painted.append(True))
            self._window.show()
            self._wait(lambda: bool(painted))

    def _wait(self, condition: Callable[[], bool]) -> None:
        wait_until(lambda: condition() or bool(self._failures), LIMIT_SECONDS)
        if self._failures:
            raise self._failures[0]
        if not condition():
            raise LabBenchError(f"The window was not ready after {LIMIT_SECONDS:.0f} s.", "Close other programs.")


def noisy_takes(folder: Path) -> dict[str, list[Path]]:
    """`TAKES` files of two words: those that are bundled, then the same with a little noise."""
    rng, found = np.random.default_rng(0), {}
    for word in ("computer", "jarvis"):
        bundled = sorted((paths.assets() / "clips" / "takes").glob(f"{word}_*.flac"))
        files = list(bundled)
        for number in range(TAKES // 2 - len(bundled)):
            samples = read_clip(bundled[number % len(bundled)]).for_models()
            path = folder / f"{word}_again_{number}.wav"
            soundfile.write(path, samples + rng.normal(0.0, NOISE, len(samples)), MODEL_RATE)
            files.append(path)
        found[word] = files
    return found


def many_takes(chart: LandmarkMap, count: int = MATRIX_TAKES) -> LandmarkMap:
    """The takes over and over, each a little off: as many as a class may teach."""
    rng = np.random.default_rng(3)
    numbers = np.arange(count) % len(chart.landmarks)
    shifts = np.abs(rng.normal(0.0, 0.05, (count, count)))
    between = chart.between[np.ix_(numbers, numbers)] + (shifts + shifts.T) / 2
    np.fill_diagonal(between, 0.0)

    def named(place: int) -> Landmark:
        one = chart.landmarks[int(numbers[place])]
        return replace(one, label=f"{one.label} ({place})", number=place)

    return replace(chart, landmarks=tuple(map(named, range(count))), between=between, points=chart.points[numbers])


def matrix_ms(chart: LandmarkMap, redraws: int = REDRAWS) -> float:
    """Median of colouring, naming and painting all cells and sides anew, in a canvas of the screen's usual size.

    The order of the takes follows from what is taught, and is found once.
    """
    words = tuple(dict.fromkeys(one.word for one in chart.landmarks))
    table = table_of(many_takes(chart), words)
    canvas = MatrixCanvas(THEMES["dark"])
    canvas.resize(canvas.width_for(480), 480)
    canvas.show()
    costs = []
    for _ in range(redraws):
        began = time.perf_counter()
        canvas.show_table(table)
        canvas.repaint()
        costs.append((time.perf_counter() - began) * 1e3)
    canvas.hide()
    canvas.deleteLater()
    return median(costs)
