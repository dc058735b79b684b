"""How long after a moment's sound its point is on the map: the real window, the real ear, sound in real time."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from labbench import app
from labbench.audio.ring import SharedRing
from labbench.audio.source import FileSpec
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Opened
from labbench.measure.bench_distance_views import TAKES, noisy_takes
from labbench.measure.bench_startup import display_env
from labbench.measure.bench_ui import write_sound
from labbench.measure.figures import median, percentile
from labbench.models.scripted_host import SCRIPTED, ScriptedHost
from labbench.session.store import Session
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.views.map.view import MapView

SECONDS = 20.0
SETTLE_SECONDS = 4.0
"""The first window is full after two; until then, and while the models load in the ear, nothing is counted."""
LOOK_MS = 2
LIMIT_SECONDS = 120.0


def measure(seconds: float = SECONDS, settle: float = SETTLE_SECONDS) -> dict[str, Any]:
    """Milliseconds from the end of the sound of a hop until its point has been painted, with 20 takes on the map.

    A clip arrives at 48 kHz in blocks of 10 ms as from a microphone. Makes the process's QApplication if there is none
    yet, and turns its event loop. Raises LabBenchError.
    """
    os.environ.update(display_env(os.environ))
    app.make_application()
    with tempfile.TemporaryDirectory(prefix="labbench-bench-", ignore_cleanup_errors=True) as folder:
        source = FileSpec(Path(folder) / "sound.wav", "Bundled clips")
        write_sound(source.path, settle + seconds + 5.0)
        tools = replace(app.make_tools(Session(Path(folder) / "session")), engine_a=SCRIPTED, make_host=ScriptedHost)
        run = _Run(MainWindow(Bench(tools)))
        try:
            run.teach(Path(folder))
            points = run.listen(source, settle + seconds)
        finally:
            run.close()
    found = [point.delay * 1e3 for point in points if point.said_s >= settle]
    if not found:
        raise LabBenchError("No point came onto the map while sound ran.", "Close other programs and try again.")
    return {
        "sound_to_point_ms_p95": percentile(found, 0.95),
        "sound_to_point_ms_p50": median(found),
        "sound_to_point_hops": len(found),
    }


@dataclass(frozen=True)
class Point:
    """Of the hop whose sound ends at second `said_s`; it was painted `delay` seconds after that had been said."""

    said_s: float
    delay: float


def points_of(painted: list[tuple[int, float]], written: list[tuple[float, float]]) -> list[Point]:
    """`painted`: 16 kHz sample at which a hop ends, and when it was painted. `written`: when so many seconds of sound
    were seen to have been delivered.

    The sound's own clock began when the earliest sight of it says: later ones were seen late, or at a block's end.
    """
    began = min(at - seconds for at, seconds in written)
    return [Point(index / MODEL_RATE, at - began - index / MODEL_RATE) for index, at in painted]


class _Run(QObject):
    """One window with the map open, from teaching to close."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window, self._bench = window, window.bench
        self._canvas = window.distances.of(MapView).canvas
        self._ring: SharedRing | None = None
        self._written: list[tuple[float, float]] = []
        self._placed: list[int] = []  # and not painted yet
        self._painted: list[tuple[int, float]] = []
        self._failures: list[Exception] = []
        self._bench.notices.error.connect(self._failures.append)
        self._bench.notices.defect.connect(lambda details: self._failures.append(RuntimeError(details)))
        self._bench.sound.opened.connect(self._opened)
        self._bench.landmarks.moved.connect(self._moved)
        self._canvas.installEventFilter(self)
        self._look = QTimer(self)
        self._look.setTimerType(Qt.TimerType.PreciseTimer)
        self._look.timeout.connect(self._see)

    def teach(self, folder: Path) -> None:
        """Twenty takes, and their map."""
        painted: list[bool] = []
        self._window.painted.connect(lambda: painted.append(True))
        self._window.show()
        self._wait(lambda: bool(painted))
        teaching = self._bench.teaching
        for word, files in noisy_takes(folder).items():
            teaching.teach_files(word, files)
        self._wait(lambda: sum(len(word.takes) for word in teaching.words) == TAKES and not teaching.waiting)
        self._window.distances.show_tab(MapView.tab)
        self._wait(lambda: self._bench.landmarks.map is not None and not self._bench.jobs.running)

    def listen(self, source: FileSpec, seconds: float) -> list[Point]:
        """Until so much of the sound was heard."""
        self._bench.start(source, record=False)
        self._wait(lambda: self._bench.sound.running is not None and self._bench.sound.seconds >= seconds)
        self._look.stop()
        self._bench.stop()
        self._wait(lambda: self._bench.sound.running is None)
        return points_of(self._painted, self._written)

    def close(self) -> None:
        self._look.stop()
        self._canvas.removeEventFilter(self)
        if self._ring is not None:
            self._ring.close()
        self._window.leave()
        self._window.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A paint of the map shows what was placed before it; it is over when the event loop is back."""
        if event.type() == QEvent.Type.Paint and self._placed:
            shown, self._placed = self._placed, []
            QTimer.singleShot(0, lambda: self._painted.extend((index, time.perf_counter()) for index in shown))
        return False

    def _opened(self, event: Opened) -> None:
        self._ring = SharedRing.attach(event.ring)
        self._look.start(LOOK_MS)

    def _see(self) -> None:
        if self._ring is not None:
            self._written.append((time.perf_counter(), self._ring.written / self._ring.rate))

    def _moved(self) -> None:
        self._placed.append(int(self._bench.landmarks.moments.index[-1]))

    def _wait(self, condition: Callable[[], bool]) -> None:
        wait_until(lambda: condition() or bool(self._failures), LIMIT_SECONDS)
        if self._failures:
            raise self._failures[0]
        if not condition():
            raise LabBenchError(f"The window was not ready after {LIMIT_SECONDS:.0f} s.", "Close other programs.")
