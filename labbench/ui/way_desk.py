"""Every way of scoring on a word's own takes, computed beside the window. No widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job
from labbench.live.embedding_link import EmbeddingHosts
from labbench.live.teaching_anew import teach_anew, windows_of
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

    @property
    def busy(self) -> bool:
        return self._job is not None

    def compare(self, word: TaughtWord) -> None:
        """By the frames of the embedder that holds now."""
        if self._job is not None:
            return
        method = self._bench.teaching.heard_by.method

        def task(progress: OnProgress, cancel: CancelToken) -> tuple[Way, ...]:
            windows = windows_of(method.spec, method.codes)
            if not windows:
                codes = teach_anew(self._hosts, method.spec, (), None, lambda _, windows: (), progress, cancel).codes
                windows = windows_of(method.spec, codes)
            return self._worker.call(compare_ways, word, windows, on_progress=progress, cancel=cancel)

        self._job = job = self._bench.jobs.prepare(f"Comparing ways to hear {word.name}", task)
        job.progressed.connect(self.progressed)
        job.done.connect(lambda ways: self.compared.emit(word, ways))
        job.failed.connect(self._bench.trouble)
        job.ended.connect(self._ended)
        job.start()

    def cancel(self) -> None:
        """Nothing comes of it."""
        if self._job is not None:
            self._job.cancel()

    def _ended(self) -> None:
        self._job = None
        self.progressed.emit(None)
