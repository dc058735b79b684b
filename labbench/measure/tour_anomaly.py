"""The tour's step through what stands out: the hum of a machine, and knocks in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE, clock_text
from labbench.measure.tour_views import ViewSteps, Wait

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

NORMAL_SECONDS, KNOCKS, SECONDS = 45.0, (52.0, 61.0, 66.5), 72.0


class AnomalySteps:
    """Makes a sound in `folder`, and lets the window learn what is normal from its first part."""

    def __init__(self, window: MainWindow, views: ViewSteps, wait: Wait, folder: Path) -> None:
        self._window = window
        self._bench = window.bench
        self._views = views
        self._wait = wait
        self._folder = folder

    def knocks(self, size: tuple[int, int]) -> str:
        """Normal is learnt from a selection; each knock after it is marked, and one of them is selected.

        In the dark theme, in a window of `size`.
        """
        import soundfile

        self._views.themed("dark", size)
        path = self._folder / "machine.wav"
        self._folder.mkdir(exist_ok=True)
        soundfile.write(path, machine(), MODEL_RATE)
        bench, desk = self._bench, self._bench.anomaly
        bench.open_file(path)
        self._wait(lambda: self._title() == path.stem, 20, "the machine's sound")
        bench.axis.select((0.0, NORMAL_SECONDS))
        desk.learning.from_selection()
        self._wait(lambda: desk.learnt is not None and not desk.scoring.running, 30, "what is normal")
        found = [mark.seconds for mark in desk.scoring.marks]
        hit = [any(start <= at <= stop for start, stop in found) for at in KNOCKS]
        if not all(hit) or len(found) != len(KNOCKS) or not self._window.anomaly.isVisible():
            raise ValueError(f"knocks at {KNOCKS}, marks at {found}")
        self._wait(lambda: not bench.jobs.running and not bench.scores.running, 120, "engines and words on the hum")
        desk.select(desk.scoring.marks[0])
        return ", ".join(f"{clock_text(start)} to {clock_text(stop)}" for start, stop in found)

    def _title(self) -> str:
        recording = self._bench.shown.recording
        return recording.title if recording is not None else ""


def machine() -> NDArray[np.float32]:
    """A shaft's harmonics and the noise of air, float32 [n] at 16 kHz, with knocks at `KNOCKS`."""
    rng = np.random.default_rng(5)
    time = np.arange(round(SECONDS * MODEL_RATE)) / MODEL_RATE
    sound = np.sum([0.1 / k * np.sin(2 * np.pi * 49 * k * time + k * k) for k in range(1, 12)], axis=0)
    sound += 0.02 * rng.standard_normal(len(time))
    length = MODEL_RATE // 8
    for at in KNOCKS:
        first = round(at * MODEL_RATE)
        sound[first : first + length] += (
            0.4 * rng.standard_normal(length) * np.exp(-np.arange(length) / (0.02 * MODEL_RATE))
        )
    return np.asarray(sound, np.float32)
