"""Whether the window stays smooth while everything is live."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from labbench import app
from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.live.messages import Closed
from labbench.live.transcriber import LiveUpdate
from labbench.measure.bench_spot import bundled_words
from labbench.measure.bench_startup import display_env
from labbench.measure.figures import percentile
from labbench.models.scripted_host import SCRIPTED, ScriptedHost
from labbench.session.store import Session
from labbench.signal.resampling import resample
from labbench.transcript.types import LiveText
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.time_axis import LIVE_SECONDS
from labbench.ui.tools import Tools

SECONDS = 60.0
RATE = 48_000
"""Of the virtual microphone, as most real ones have it."""
CLIPS = ("demo.flac", "sentences_with.flac")
TICK_MS = 10
READY_LIMIT_SECONDS = 180.0
"""For engines and words to be loaded, and for the sound to be closed."""
_LOOK_MS = 100
_SPARE_SECONDS = 5.0


@dataclass(frozen=True)
class RunFigures:
    """What one window's run gave: the p95 of the time between paints and the longest stall in ms, and counts."""

    paint_gap_ms_p95: float
    stall_ms_max: float
    overruns: int
    detections: int
    partial_words: int


def measure(seconds: float = SECONDS, settle: float = LIVE_SECONDS) -> dict[str, Any]:
    """An idle and a loaded run of `seconds` each, measured from `settle` seconds after the sound's start.

    Makes the process's QApplication if there is none yet, and turns its event loop. Raises LabBenchError.
    """
    os.environ.update(display_env(os.environ))
    application = app.make_application()
    with tempfile.TemporaryDirectory(prefix="labbench-bench-") as folder:
        source = FileSpec(Path(folder) / "sound.wav", "Bundled clips")
        write_sound(source.path, settle + seconds + _SPARE_SECONDS)
        tools = app.make_tools(Session(Path(folder) / "loaded"))
        deaf = replace(app.make_tools(Session(Path(folder) / "idle")), engine_a=SCRIPTED, make_host=ScriptedHost)
        # The first window is kept, closed, until the end: taking it apart would be a stall in the second one's run.
        runs = [_Run(deaf, source, {}, settle, seconds), _Run(tools, source, bundled_words(), settle, seconds)]
        idle, loaded = (run.carry_out(application) for run in runs)
    return {
        "paint_gap_ms_p95": loaded.paint_gap_ms_p95,
        "paint_gap_ms_p95_idle": idle.paint_gap_ms_p95,
        "stall_ms_max": loaded.stall_ms_max,
        "overruns": loaded.overruns,
        "seconds": seconds,
        "detections": loaded.detections,
        "partial_words": loaded.partial_words,
    }


def write_sound(path: Path, seconds: float) -> None:
    """Bundled clips over and over, `seconds` long at 48 kHz."""
    once = np.concatenate([read_clip(paths.assets() / "clips" / name).for_models() for name in CLIPS])
    sound = resample(np.resize(once, round(seconds * MODEL_RATE)), MODEL_RATE, RATE)
    soundfile.write(path, sound, RATE, subtype="PCM_16")


class Stopwatch(QObject):
    """Notes when `watched` is painted and how long the main thread's timer had to wait for its turn."""

    def __init__(self, watched: QObject, parent: QObject) -> None:
        super().__init__(parent)
        watched.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._running = False
        self._paints: list[float] = []
        self._ticked = 0.0
        self.stall = 0.0

    def start(self) -> None:
        self._ticked = time.perf_counter()
        self._paints, self.stall, self._running = [self._ticked], 0.0, True
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        self._tick()
        self._timer.stop()
        self._paints.append(self._ticked)
        self._running = False

    @property
    def gaps(self) -> list[float]:
        """Seconds from one paint to the next; the ends of the measurement count, so that a frozen view shows."""
        return np.diff(self._paints).tolist()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._running and event.type() == QEvent.Type.Paint:
            self._paints.append(time.perf_counter())
        return False

    def _tick(self) -> None:
        now = time.perf_counter()
        self.stall = max(self.stall, now - self._ticked)
        self._ticked = now


class _Run(QObject):
    """One window from opening to close: words are taught and engines loaded, then sound runs and is measured."""

    def __init__(
        self, tools: Tools, source: FileSpec, words: Mapping[str, Sequence[Path]], settle: float, seconds: float
    ) -> None:
        super().__init__()
        self._bench = Bench(tools)
        self._window = MainWindow(self._bench)
        self._source, self._words, self._settle, self._seconds = source, words, settle, seconds
        self._watch = Stopwatch(self._window.signal.plot.viewport(), self)
        self._texts: dict[str, LiveText] = {}
        self._failure: Exception | None = None
        self._figures: RunFigures | None = None
        self._ready = QTimer(self)
        self._ready.timeout.connect(self._start_if_ready)
        bench = self._bench
        bench.notices.error.connect(self._fail)
        bench.notices.defect.connect(lambda details: self._fail(RuntimeError(details)))
        bench.sound.opened.connect(lambda _: self._after(self._settle, self._watch.start))
        bench.sound.opened.connect(lambda _: self._after(self._settle + self._seconds, self._end))
        bench.sound.closed.connect(self._closed)
        for engine in (bench.engines.a, bench.engines.b):
            engine.live_text.connect(lambda update, name=engine.spec.name: self._note(name, update))
        self._window.painted.connect(self._prepare)

    def carry_out(self, application: QApplication) -> RunFigures:
        """Turns the event loop until the window is closed. Raises what went wrong."""
        self._window.show()
        application.exec()
        if self._failure is not None:
            raise self._failure
        if self._figures is None:
            raise LabBenchError("The window was closed before the measurement had ended.", "Leave it open.")
        return self._figures

    def _prepare(self) -> None:
        for name, files in self._words.items():
            self._bench.teaching.teach_files(name, files)
        self._bench.engines.warm_up()
        self._ready.start(_LOOK_MS)
        limit = READY_LIMIT_SECONDS + self._settle + self._seconds
        self._after(limit, lambda: self._fail(LabBenchError(f"The measurement was not over after {limit:.0f} s.")))

    def _start_if_ready(self) -> None:
        taken = sum(len(word.takes) for word in self._bench.teaching.words)
        if taken == sum(len(files) for files in self._words.values()) and not self._bench.jobs.running:
            self._ready.stop()
            self._bench.start(self._source)

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        timer = QTimer(self)  # Qt's own single shots may be 5 % off
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setSingleShot(True)
        timer.timeout.connect(call)
        timer.start(round(seconds * 1e3))

    def _note(self, name: str, update: LiveUpdate) -> None:
        self._texts[name] = update.text

    def _end(self) -> None:
        self._watch.stop()
        self._figures = RunFigures(
            paint_gap_ms_p95=percentile(self._watch.gaps, 0.95) * 1e3,
            stall_ms_max=self._watch.stall * 1e3,
            overruns=0,
            detections=len(self._bench.scores.detections),
            partial_words=sum(len(text.words) for text in self._texts.values()),
        )
        self._bench.stop()

    def _closed(self, event: Closed) -> None:
        if self._figures is not None:
            self._figures = replace(self._figures, overruns=event.overruns)
        elif self._failure is None:
            self._failure = LabBenchError("The sound ended before the measurement had.", event.reason)
        self._after(0, self._quit)

    def _fail(self, error: Exception) -> None:
        self._failure = self._failure or error
        self._after(0, self._quit)

    def _quit(self) -> None:
        self._ready.stop()
        self._window.leave()
        QApplication.quit()
