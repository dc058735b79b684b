"""The state of playback in the window. No widgets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.audio.player import PlaySpec
from labbench.core.errors import LabBenchError
from labbench.live.messages import Play, Played, StopPlaying
from labbench.ui.notices import Notices
from labbench.ui.sounds.sound import Sound
from labbench.ui.time_axis import TimeAxis

SPEEDS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class Playback(QObject):
    """One thing is played at a time, by the ear; the cursor follows what lies on the time axis."""

    playing_changed = Signal(bool)

    def __init__(self, sound: Sound, axis: TimeAxis, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self._sound = sound
        self._axis = axis
        self._ticket: int | None = None
        self._rate: int | None = None
        self._from = 0.0
        self.speed = 1.0
        self.device: str | None = None
        sound.played.connect(self._played)
        sound.lost.connect(self._silent)

    @property
    def playing(self) -> bool:
        return self._ticket is not None

    def play(self, path: Path, rate: int, start: float, stop: float) -> None:
        """Seconds `start` to `stop` of a sound file at `rate` that is on the time axis."""
        self._rate, self._from = rate, start
        self._begin(PlaySpec(path, round(start * rate), round(stop * rate), self.speed, self.device))

    def play_samples(self, samples: NDArray[np.float32], rate: int) -> None:
        """Something that is not on the time axis."""
        self._rate = None
        self._begin(PlaySpec(None, speed=self.speed, device=self.device, samples=samples, rate=rate))

    def stop(self) -> None:
        if self.playing:
            self._sound.send(StopPlaying())

    def leave(self) -> None:
        """Stop; what was played leaves the time axis now, and moves the cursor no more."""
        self._rate = None
        self.stop()

    def _begin(self, spec: PlaySpec) -> None:
        was = self.playing
        self._ticket = self._sound.ticket()
        self._sound.send(Play(self._ticket, spec))
        if not was:
            self.playing_changed.emit(True)

    def _played(self, event: Played) -> None:
        if event.ticket != self._ticket:
            return
        if self._rate is not None:
            at = event.position / self._rate
            self._axis.place_cursor(at)
            self._axis.reveal(at)
        if event.ended:
            self._silent()
        if event.reason:
            self._notices.error.emit(LabBenchError(event.reason, event.hint))

    def _silent(self) -> None:
        if self._ticket is not None:
            self._ticket = None
            self.playing_changed.emit(False)
