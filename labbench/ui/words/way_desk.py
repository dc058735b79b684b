"""Every way of scoring on a word's own takes, computed beside the window. No widgets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job
from labbench.live.embedding_link import EmbeddingHosts
from labbench.live.teaching_anew import no_models, teach_anew, windows_of
from labbench.live.worker import Worker
from labbench.wakeword.ways import Way, compare_ways
from labbench.wakeword.words import TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench


class WayDesk(QObject):
    """Main thread. `compared` follows a comparison that was carried through, with the word and its ways; `progressed`
    while one goes on (None: that is over)."""

    compared = Signal(object, object)
    progressed = Signal(object)

    def __init__(self, bench: Bench, hosts: EmbeddingHosts, worker: Worker) -> None:
        super().__init__(bench)
        self._bench = bench
        self._hosts = hosts
        self._worker = worker
        self._job: Job | None = None
        self._waiting: TaughtWord | None = None  # for the windows of the room
        bench.teaching.room_windows.came.connect(self._room_came)

    @property
    def busy(self) -> bool:
        return self._job is not None or self._waiting is not None

    def compare(self, word: TaughtWord) -> None:
        """By the frames of the embedder that holds now, in the room that is used now."""
        if self.busy:
            return
        teaching = self._bench.teaching
        if teaching.room is not None and not teaching.room_windows.known(teaching.room):
            self._waiting = word
            self.progressed.emit(Progress(0.0, None))
        else:
            self._compare(word)

    def _room_came(self) -> None:
        word, self._waiting = self._waiting, None
        if word is not None:
            self._compare(word)

    def _compare(self, word: TaughtWord) -> None:
        teaching = self._bench.teaching
        method = teaching.heard_by.method
        room = (teaching.room_windows.of(teaching.room) if teaching.room is not None else None) or ()

        def task(progress: OnProgress, cancel: CancelToken) -> tuple[Way, ...]:
            windows = windows_of(method.spec, method.codes)
            if not windows:
                codes = teach_anew(self._hosts, method.spec, (), None, no_models, progress, cancel).codes
                windows = windows_of(method.spec, codes)
            compare = partial(compare_ways, room=room)
            return self._worker.call(compare, word, windows, on_progress=progress, cancel=cancel)

        self._job = job = self._bench.jobs.prepare(f"Comparing ways to hear {word.name}", task)
        job.progressed.connect(self.progressed)
        job.done.connect(lambda ways: self.compared.emit(word, ways))
        job.failed.connect(self._bench.notices.error)
        job.ended.connect(self._ended)
        job.start()

    def cancel(self) -> None:
        """Nothing comes of it."""
        if self._waiting is not None:
            self._waiting = None
            self.progressed.emit(None)
        elif self._job is not None:
            self._job.cancel()

    def _ended(self) -> None:
        self._job = None
        self.progressed.emit(None)
