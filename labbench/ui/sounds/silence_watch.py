"""Says so when a microphone gives nothing at all: every sample 0 is no quiet room but a switch or a permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from labbench.audio.source import DeviceSpec

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

SECONDS = 3.0
NOTHING = (
    "Nothing at all comes from the microphone: every sample is 0. Look whether it is muted or switched off, and "
    "whether this program may use it (the system's settings, Privacy). Record, Check the microphone says more."
)


class SilenceWatch(QObject):
    """Listens to the peaks of running sound; tells once for each time that a microphone is opened."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._is_device = self._heard = False
        bench.running_changed.connect(lambda source, _: self._begin(source))
        bench.sound.advanced.connect(self._advanced)

    def _begin(self, source: object) -> None:
        self._is_device, self._heard = isinstance(source, DeviceSpec), False

    def _advanced(self, loudest: float) -> None:
        if not self._is_device or self._heard:
            return
        if loudest > 0.0:
            self._heard = True
        elif self._bench.sound.seconds >= SECONDS:
            self._heard = True
            self._bench.notices.info.emit(NOTHING)
