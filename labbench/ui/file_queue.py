"""Many files, one after the other: taken into the session, transcribed, searched for words. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.errors import LabBenchError
from labbench.session.recordings import Recording
from labbench.ui.transcripts.transcribing import EngineSlot, EngineState

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

SETTLE_MS = 400
"""A file is done when nothing has moved for so long: what follows from one part's end has begun by then."""


class FileState(Enum):
    """What has become of a file in the queue."""

    WAITING = "waiting"
    RUNNING = "being read"
    DONE = "done"
    FAILED = "could not be read"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class QueuedFile:
    """A file and what has become of it; `note` says why it failed, or what was read in it."""

    path: Path
    state: FileState = FileState.WAITING
    note: str = ""
    recording: Recording | None = None


class FileQueue(QObject):
    """Shows each file in the window while it is its turn. Recording, or opening something else, holds the queue."""

    changed = Signal()
    said = Signal(str)

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self.files: tuple[QueuedFile, ...] = ()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._look)
        for signal in (bench.shown.busy_changed, bench.scores.progressed, bench.running_changed):
            signal.connect(lambda *_: self._moved())
        for slot in bench.engines.slots:
            slot.state_changed.connect(lambda _: self._moved())
        bench.shown.shown.connect(self._shown)
        bench.shown.trouble.connect(self._failed)

    @property
    def current(self) -> QueuedFile | None:
        """The file whose turn it is."""
        return next((file for file in self.files if file.state is FileState.RUNNING), None)

    @property
    def left(self) -> int:
        """How many are still to be read."""
        return sum(file.state in (FileState.WAITING, FileState.RUNNING) for file in self.files)

    def add(self, paths: Sequence[Path]) -> None:
        """More files; they follow those that are waiting."""
        if self.left == 0:
            self.files = ()
        self.files += tuple(QueuedFile(path) for path in paths)
        self.changed.emit()
        self._moved()

    def cancel(self) -> None:
        """Leave out what is waiting, and stop the file whose turn it is. What was read stays."""
        self.files = tuple(file for file in self.files if file.state is not FileState.WAITING)
        current = self.current
        if current is not None:
            self._bench.shown.cancel()
            self._bench.scores.stop()
            words = max([self._stop(slot) for slot in self._bench.engines.slots])
            note = f"unfinished, the first {words} words are kept" if words else "cancelled"
            self._set(current, FileState.CANCELLED, note)
        self.changed.emit()

    def _stop(self, slot: EngineSlot) -> int:
        """Stop an engine; returns how many words of this file it has read, which are kept."""
        kept = slot.stop() if slot.state is EngineState.TRANSCRIBING else None
        slot.cancel()
        return len(kept.words) if kept is not None else 0

    def close(self) -> None:
        """With the window."""
        self._settle.stop()

    def _moved(self) -> None:
        if self.left:
            self._settle.start()

    @property
    def _quiet(self) -> bool:
        bench = self._bench
        engines = all(slot.state is EngineState.IDLE for slot in bench.engines.slots)
        return engines and not (bench.busy or bench.shown.opening or bench.scores.running)

    def _look(self) -> None:
        """Nothing has moved for a while: end the file whose turn it is, and begin the next."""
        if not self._quiet:
            return
        current = self.current
        if current is not None and current.recording is None:
            self._set(current, FileState.FAILED, "was not opened")
        elif current is not None:
            words = sum(len(slot.transcript.words) for slot in self._bench.engines.slots[:1] if slot.transcript)
            self._set(current, FileState.DONE, f"{words} words, {len(self._bench.scores.detections)} detections")
        following = next((file for file in self.files if file.state is FileState.WAITING), None)
        if following is None:
            failed = sum(file.state is FileState.FAILED for file in self.files)
            done = sum(file.state is FileState.DONE for file in self.files)
            self.said.emit(f"{done} files were read" + (f", {failed} could not be." if failed else "."))
            return
        self._set(following, FileState.RUNNING, "")
        self._settle.start()
        self._bench.open_file(following.path)

    def _shown(self, recording: Recording) -> None:
        current = self.current
        if current is not None:
            self.files = tuple(replace(file, recording=recording) if file is current else file for file in self.files)
            self.changed.emit()

    def _failed(self, error: LabBenchError) -> None:
        current = self.current
        if current is not None and current.recording is None:
            self._set(current, FileState.FAILED, error.message)
            self._moved()

    def _set(self, which: QueuedFile, state: FileState, note: str) -> None:
        self.files = tuple(replace(file, state=state, note=note) if file is which else file for file in self.files)
        self.changed.emit()
