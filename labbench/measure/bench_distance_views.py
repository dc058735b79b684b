"""What the map and the matrix cost: the window's smoothness with the map live, and a matrix of many takes drawn."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from labbench import app
from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.waiting import wait_until
from labbench.live.ear_process import EarInProcess
from labbench.live.messages import Advance, Event
from labbench.measure.bench_startup import display_env
from labbench.measure.bench_ui import Stopwatch, write_sound
from labbench.measure.figures import median, percentile
from labbench.models.scripted_host import SCRIPTED, ScriptedHost
from labbench.session.store import Session
from labbench.session.words_file import WordsFile
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.theme import THEMES
from labbench.ui.views.map.view import MapView
from labbench.ui.views.matrix.canvas import MatrixCanvas
from labbench.ui.views.matrix.table import table_of
from labbench.wakeword.landmark_map import LandmarkMap
from labbench.wakeword.landmarks import Landmark

SECONDS, STEPPED_SECONDS = 3.0, 6.0
"""Of sound that are measured: as it runs, and bit by bit."""
FRAMES = 30
"""Of sound that runs, in a second."""
SETTLE = 2.2
SPAN = 2.0
"""Of sound in view: from then on it scrolls."""
TAKES, POINTS = 20, 10_000
MATRIX_TAKES, REDRAWS = 200, 40
NOISE = 0.003
LIMIT_SECONDS = 120.0


def measure(seconds: float = SECONDS, stepped_seconds: float = STEPPED_SECONDS) -> dict[str, Any]:
    """20 takes and 10,000 made-up windows of ordinary speech on the map, with the comet live; milliseconds.

    Between paints of the waveform (95 %), with the map and without anything; of work in the window's thread for a frame
    (99 %), from what has come of the sound until all is painted; to draw a matrix of 200 takes anew (median). Makes the
    process's QApplication if there is none yet, and turns its event loop. Raises LabBenchError.
    """
    os.environ.update(display_env(os.environ))
    app.make_application()
    with tempfile.TemporaryDirectory(prefix="labbench-bench-", ignore_cleanup_errors=True) as folder:
        source = FileSpec(Path(folder) / "sound.wav", "Bundled clips")
        write_sound(source.path, SETTLE + max(seconds, stepped_seconds) + 5.0)
        # Every window is kept, closed, until the end: taking it apart would be a stall in the next one's run.
        idle, live, stepped = (_Live(Path(folder) / name) for name in ("idle", "live", "stepped"))
        stepped.teach(Path(folder))
        chart = stepped.show_map()
        work = stepped.work_ms(replace(source, stepped=True), stepped_seconds)
        without = idle.gap_ms(source, seconds)
        live.use(stepped.words)
        live.show_map()
        with_map = live.gap_ms(source, seconds)
        return {
            "map_frame_ms_p99": percentile(work[:, 0].tolist(), 0.99),
            "map_frame_ms_p50": median(work[:, 0].tolist()),
            "map_frame_cpu_ms_p99": percentile(work[:, 1].tolist(), 0.99),
            "map_gap_ms_p95": with_map,
            "idle_gap_ms_p95": without,
            "matrix_ms": matrix_ms(chart),
        }


class _TimedEar(EarInProcess):
    """It works when it is asked what is new; `spent` says how long: seconds, and seconds of computing."""

    spent = np.zeros(2)

    def poll(self) -> list[Event]:
        began = _now()
        found = super().poll()
        self.spent = self.spent + _now() - began
        return found


def _now() -> NDArray[np.float64]:
    """The clock, and what this thread has computed."""
    return np.array([time.perf_counter(), time.thread_time()])


class _Live:
    """One window, from opening to close. One that is `stepped` hears in its own process, bit by bit."""

    def __init__(self, folder: Path) -> None:
        tools = replace(app.make_tools(Session(folder)), engine_a=SCRIPTED, make_host=ScriptedHost)
        self._ear = _TimedEar()
        self._bench = Bench(replace(tools, ear=self._ear) if folder.name == "stepped" else tools)
        self._failures: list[Exception] = []
        self._bench.notices.error.connect(self._failures.append)
        self._bench.notices.defect.connect(lambda details: self._failures.append(RuntimeError(details)))
        self._window = MainWindow(self._bench)

    @property
    def words(self) -> WordsFile:
        return self._bench.teaching.content()

    def use(self, words: WordsFile) -> None:
        self._bench.teaching.load(words)

    def teach(self, folder: Path) -> None:
        """The bundled takes, and again with noise until there are enough."""
        teaching = self._bench.teaching
        for word, files in noisy_takes(folder).items():
            teaching.teach_files(word, files)
        self._wait(lambda: sum(len(word.takes) for word in teaching.words) == TAKES and not teaching.waiting)

    def show_map(self) -> LandmarkMap:
        """Of the takes, and many more points of ordinary speech. Returns what it was without those."""
        self._show()
        desk = self._bench.landmarks
        self._window.distances.show_tab(MapView.tab)
        self._wait(lambda: desk.map is not None and not self._bench.jobs.running)
        chart = desk.map
        assert chart is not None
        rows = np.random.default_rng(0).integers(0, len(chart.background), POINTS)
        shifts = np.random.default_rng(1).normal(0.0, 0.05, (POINTS, 2))
        desk.map = replace(chart, background=chart.background[rows] + shifts, ordinary=chart.ordinary[rows])
        desk.changed.emit(desk.map)
        return chart

    def gap_ms(self, source: FileSpec, seconds: float) -> float:
        """Between paints of the waveform, 95 %, while sound runs as from a microphone."""
        paints = Stopwatch(self._window.signal.plot.viewport(), self._window)
        self._start(source)
        wait_until(lambda: False, SETTLE)
        paints.start()
        wait_until(lambda: False, seconds)
        paints.stop()
        self._stop()
        return percentile(paints.gaps, 0.95) * 1e3

    def work_ms(self, source: FileSpec, seconds: float) -> NDArray[np.float64]:
        """Of each frame: taking what is new, working it into every view, painting all that has changed. [frames, 2]:
        by the clock, and computed, which leaves out what other programs took meanwhile."""
        self._start(source)
        sound, viewport = self._bench.sound, self._window.signal.plot.viewport()
        moments, found = self._bench.landmarks.moments, []
        for number in range(round((SPAN + seconds) * FRAMES)):
            sound.send(Advance(1 / FRAMES))
            began, before = _now(), self._ear.spent
            sound.tick()
            viewport.repaint()  # Qt paints at once, in one go, everything that wants to be painted
            took = _now() - began - (self._ear.spent - before)  # the ear has a process of its own
            if number >= SPAN * FRAMES:
                found.append(took * 1e3)
        if len(self._bench.landmarks.moments.index) - len(moments.index) < seconds:
            raise LabBenchError("The map did not move while sound ran.", "Try again.")
        self._stop()
        return np.stack(found)

    def _start(self, source: FileSpec) -> None:
        self._show()
        self._bench.start(source, record=False)
        self._wait(lambda: self._bench.sound.running is not None)
        self._bench.axis.show(0.0, SPAN)

    def _stop(self) -> None:
        self._bench.stop()
        self._wait(lambda: self._bench.sound.running is None)
        self._window.leave()

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
    costs = []
    for _ in range(redraws):
        began = time.perf_counter()
        canvas.show_table(table)
        canvas.grab()
        costs.append((time.perf_counter() - began) * 1e3)
    canvas.deleteLater()
    return median(costs)
