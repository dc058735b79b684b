"""What dragging a threshold costs: an hour of scored background recounted and drawn anew, in the real window."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication

from labbench import app
from labbench.audio.files import read_clip
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.jobs.waiting import wait_until
from labbench.live.equipment import load_word_kit
from labbench.measure.bench_spot import bundled_words
from labbench.measure.bench_startup import display_env
from labbench.measure.figures import median, percentile
from labbench.models.scripted_host import SCRIPTED, ScriptedHost
from labbench.session.store import Session
from labbench.ui.bench import Bench
from labbench.ui.main_window import MainWindow
from labbench.ui.views.threshold.view import ThresholdView
from labbench.ui.words.hops import Hops
from labbench.wakeword.spotter import FIRST, HOP, SpotFrame
from labbench.wakeword.words import TaughtWord, with_take

HOURS = 1.0
MOVES = 240
NEAREST, FARTHEST = 0.5, 1.0
"""The threshold is dragged between them, there and back: from no firing at all to hundreds."""
LIMIT_SECONDS = 120.0


def measure(hours: float = HOURS, moves: int = MOVES) -> dict[str, Any]:
    """Milliseconds from a move of the dragged line until everything that follows from it is counted and painted.

    Three words of five takes, so many `hours` of made-up background with dips in it, the threshold explorer open.
    Makes the process's QApplication if there is none yet, and turns its event loop. Raises LabBenchError.
    """
    os.environ.update(display_env(os.environ))
    application = app.make_application()
    with tempfile.TemporaryDirectory(prefix="labbench-bench-", ignore_cleanup_errors=True) as folder:
        tools = app.make_tools(Session(Path(folder) / "session"))
        bench = Bench(replace(tools, engine_a=SCRIPTED, make_host=ScriptedHost))
        window = MainWindow(bench)
        try:
            return _drag(application, window, hours, moves)
        finally:
            window.leave()
            window.deleteLater()


def _drag(application: QApplication, window: MainWindow, hours: float, moves: int) -> dict[str, Any]:
    bench, view = window.bench, window.distances.of(ThresholdView)
    painted: list[bool] = []
    window.painted.connect(lambda: painted.append(True))
    window.show()
    _wait(lambda: bool(painted), "the window was not painted")
    bench.teaching.put(_words())
    hops = background(hours, len(bench.teaching.live_words))
    rows = zip(hops.index.tolist(), hops.distances.tolist(), strict=True)
    frames = [SpotFrame(index, tuple(distances)) for index, distances in rows]
    bench.scores.show(bench.teaching.live_words, frames, [], hops)
    bench.axis.end(hours * 3600)
    window.distances.show_view(view)
    _wait(lambda: bench.thresholds.material is not None, "the takes were not measured")
    word = bench.thresholds.name
    line = view.ridges.threshold
    costs: list[float] = []
    fired: set[int | None] = set()
    for move in range(moves):
        share = 1.0 - abs(2.0 * move / moves - 1.0)
        began = time.perf_counter()
        line.setValue(NEAREST + share * (FARTHEST - NEAREST))
        line.sigDragged.emit(line)
        application.sendPostedEvents()
        for plot in (view.ridges.viewport(), view.trade.viewport(), window.signal.plot.viewport()):
            plot.update()
        view.repaint()  # Qt paints at once, in one go, everything that wants to be painted
        costs.append((time.perf_counter() - began) * 1e3)
        count = bench.thresholds.count()
        fired.add(count.fires if count is not None else None)
    bench.teaching.ear.let_go()
    if len(fired) < 3 or bench.thresholds.threshold != dict(bench.teaching.live_words)[word]:
        raise LabBenchError("The threshold could not be dragged.", "Please report it.")
    return {"threshold_ms": median(costs), "threshold_ms_p99": percentile(costs, 0.99), "threshold_hours": hours}


def background(hours: float, words: int) -> Hops:
    """Distances to `words` at each hop that wander like those of speech and dip now and then: nothing is detected."""
    random = np.random.default_rng(0)
    count = round(hours * 3600 * MODEL_RATE / HOP)
    index = FIRST + HOP * np.arange(count, dtype=np.int64)
    kernel = np.hanning(12)[1:-1]
    noise = random.normal(size=(count, words))
    wander = np.stack([np.convolve(row, kernel / np.linalg.norm(kernel), "same")[:count] for row in noise.T], axis=1)
    distances: NDArray[np.float64] = 0.97 + 0.08 * wander
    return Hops(index, distances, np.zeros(count, np.bool_))


def _words() -> tuple[TaughtWord, ...]:
    kit = load_word_kit()
    taught: list[TaughtWord] = []
    for name, files in bundled_words().items():
        word = TaughtWord(name)
        for path in files:
            word = with_take(word, kit.take(path.stem, read_clip(path).for_models()), taught)
        taught.append(word)
    return tuple(taught)


def _wait(condition: Any, what: str) -> None:
    if not wait_until(condition, LIMIT_SECONDS):
        raise LabBenchError(f"Within {LIMIT_SECONDS:.0f} s {what}.", "Close other programs.")
