"""Connects the microscope with the bench: what is compared, what is heard of it, and where the cursor goes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import resample
from labbench.ui.views.microscope.desk import MicroscopeDesk
from labbench.ui.views.microscope.view import UNTAUGHT, MicroscopeView

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

SOUNDLESS = "Press Record and speak, or open a sound: the nearest take is laid into it here."
WORKING = "Measuring the takes against one another…"
SHORTEST_SECONDS = 0.24
"""Of what a click plays: less is a mere click to the ear."""
PAUSE_SECONDS = 0.3


class MicroscopeLinks(QObject):
    """Connects the microscope with the bench. Main thread."""

    def __init__(self, window: MainWindow, view: MicroscopeView) -> None:
        super().__init__(view)
        self._bench, self._view = window.bench, view
        self.desk = MicroscopeDesk(window.bench)
        view.opened.connect(self.desk.open)
        view.closed.connect(self.desk.close)
        view.chosen.connect(self.desk.choose)
        view.frozen.connect(self.desk.freeze)
        self.desk.changed.connect(self._show)
        window.bench.teaching.words_changed.connect(self._words_changed)
        self.desk.choices_changed.connect(self._show_choices)
        canvas = view.canvas
        canvas.moved.connect(self._move)
        canvas.sound_asked.connect(partial(self._play, False))
        canvas.take_asked.connect(partial(self._play, True))
        canvas.both_asked.connect(self._play_both)

    def _show(self) -> None:
        view, found = self._view, self.desk.comparison
        if not view.isVisible():
            return
        empty = ""
        if found is None:
            taught = bool(self._bench.teaching.live_words)
            working = taught and self._bench.landmarks.map is None
            empty = WORKING if working else SOUNDLESS if taught else UNTAUGHT
        view.show_comparison(found, empty)

    def _words_changed(self) -> None:
        """Nothing to be seen yet, but perhaps something else to be said."""
        if self.desk.comparison is None:
            self._show()

    def _show_choices(self) -> None:
        self._view.show_choices(self.desk.takes, self.desk.chosen, frozen=self.desk.frozen)

    # Hearing ----------------------------------------------------------------------------------------------------------

    def _move(self, column: float) -> None:
        """The window's cursor goes where the hand is; the comparison stays."""
        found = self._view.canvas.found
        if found is not None and found.other.index is not None:
            self.desk.place_cursor(found.other.seconds(column))

    def _play(self, take: bool, first: float, stop: float) -> None:
        """A stretch of frames of one side, made long enough to be heard."""
        found = self._view.canvas.found
        if found is None:
            return
        side = found.take if take else found.other
        start_s, stop_s = side.seconds(first), side.seconds(stop)
        missing = max(0.0, SHORTEST_SECONDS - (stop_s - start_s)) / 2
        samples = side.cut(start_s - missing, stop_s + missing)
        if len(samples):
            self._bench.playback.play_samples(samples, side.rate)

    def _play_both(self) -> None:
        """The take, then what it was laid upon."""
        found = self._view.canvas.found
        if found is None:
            return
        first, stop = found.alignment.columns
        take = found.take.cut(found.take.first_s, found.take.stop_s)
        other = found.other.cut(found.other.seconds(first), found.other.seconds(stop))
        self._bench.playback.play_samples(in_turn(take, resample(other, found.other.rate, MODEL_RATE)), MODEL_RATE)


def in_turn(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both, with a pause between them."""
    return np.concatenate([one, np.zeros(round(PAUSE_SECONDS * MODEL_RATE), np.float32), other])
