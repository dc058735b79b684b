"""Scrubbing: the sound under the pointer in short stretches, one after the other. No widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

STRETCH_SECONDS = 0.25
FADE_SECONDS = 0.005
"""At either end, so that no stretch begins or ends with a click."""
RUNNING = "Sound runs: stop it first, then it can be played bit by bit."
NOTHING = "There is nothing to play yet: record or open a sound first."


class Scrubber(QObject):
    """Plays through the bench's playback, at most one stretch at a time; what comes meanwhile waits, the last of it."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._next: float | None = None
        self._mine = False
        bench.playback.playing_changed.connect(self._playing_changed)

    @property
    def why_not(self) -> str:
        """Why nothing can be played now; empty where it can."""
        if self._bench.busy:
            return RUNNING
        return "" if self._bench.view.frames else NOTHING

    def at(self, seconds: float) -> None:
        """The pointer is there: play from there on, or soon, while what was played before still sounds."""
        if self.why_not:
            return
        self._bench.axis.place_cursor(seconds)
        if self._mine:
            self._next = seconds
            return
        if self._bench.playback.playing:  # something else: it makes room
            self._bench.playback.leave()
        self._play(seconds, seconds + STRETCH_SECONDS)

    def play(self, start: float, stop: float) -> None:
        """One stretch as it is."""
        if not self.why_not:
            self._next = None
            self._play(start, stop)

    def end(self) -> None:
        """The pointer has let go."""
        self._next = None

    def _play(self, start: float, stop: float) -> None:
        view = self._bench.view
        samples = view.read(max(0, round(start * view.rate)), min(view.frames, round(stop * view.rate)))
        if not len(samples):
            return
        ramp = np.linspace(0.0, 1.0, min(len(samples) // 2, round(FADE_SECONDS * view.rate)), dtype=np.float32)
        shaped = samples.astype(np.float32, copy=True)
        if len(ramp):
            shaped[: len(ramp)] *= ramp
            shaped[-len(ramp) :] *= ramp[::-1]
        self._mine = True
        self._bench.playback.play_samples(shaped, view.rate)

    def _playing_changed(self, playing: bool) -> None:
        if playing or not self._mine:
            return
        self._mine = False
        seconds, self._next = self._next, None
        if seconds is not None and not self.why_not:
            self._play(seconds, seconds + STRETCH_SECONDS)
