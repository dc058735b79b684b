"""When models read: while sound runs, once it has ended, and again when something has changed. No widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.live.messages import Spotted
from labbench.ui.transcripts.transcribing import EngineSlot
from labbench.ui.transcripts.transcript_changes import replacing

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

LAG_SHOWN_MS = 400.0
SEARCH_AFTER_MS = 250
LONG_SECONDS = 600.0
"""A longer sound is searched for words only when somebody asks for it: that takes a fifth of its length."""


class Reading(QObject):
    """Both engines and the spotter on what the bench shows. `hinted` says what one could do; nothing waits for it."""

    hinted = Signal(str)

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SEARCH_AFTER_MS)
        self._soon.timeout.connect(self._search_if_needed)
        bench.engines.whisper_came.connect(self.transcribe_again)
        for slot in bench.engines.slots:
            slot.chosen.connect(lambda _, slot=slot: self._engine_chosen(slot))
        bench.sound.spotted.connect(self._watch_lag)
        bench.teaching.words_changed.connect(self.search_soon)

    def listen(self, ring_name: str) -> None:
        """Both engines on running sound."""
        for engine in self._bench.engines.slots:
            engine.listen(ring_name)

    def transcribe_again(self) -> None:
        """Both engines on the sound that is shown, once it has ended; the text before comes back by undo."""
        if not self._bench.busy and self._bench.shown.recording is not None:
            for engine in self._bench.engines.slots:
                again = replacing(self._bench, engine, "Transcribe again")
                engine.transcribe(self._bench.shown.samples, then=again)

    def search(self) -> None:
        """Look for the taught words in all of the shown sound, as they are now."""
        if not self._bench.busy and self._bench.shown.recording is not None:
            self._bench.scores.search(self._bench.shown.samples)

    def search_soon(self) -> None:
        """The same, once words and thresholds rest, if what is known was made with other words."""
        self._soon.start()

    def _search_if_needed(self) -> None:
        bench = self._bench
        recording = bench.shown.recording
        if bench.busy or recording is None or bench.teaching.waiting or bench.keeping.matches:
            return
        if recording.seconds > LONG_SECONDS:
            if bench.teaching.live_words:
                self.hinted.emit("Words, Search the whole sound: looks for the taught words in this long sound.")
        else:
            self.search()

    def _engine_chosen(self, engine: EngineSlot) -> None:
        """Another engine joins in where sound runs."""
        if self._bench.sound.running is not None:
            engine.listen(self._bench.sound.running.model_ring)

    def _watch_lag(self, event: Spotted) -> None:
        if event.lag_ms > LAG_SHOWN_MS:
            self._bench.notices.status.emit(f"This computer is busy: distances come {event.lag_ms / 1000:.1f} s late.")
