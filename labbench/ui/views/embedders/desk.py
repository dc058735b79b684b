"""The same material in two embedders: which ones, what was found in each, and the work that finds it. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job
from labbench.live.contenders import Contender, contend
from labbench.live.embedding_link import EmbeddingHosts
from labbench.live.worker import Worker
from labbench.models.embedders import EMBEDDERS, EmbedderSpec
from labbench.ui.words.heard_by import alike, make
from labbench.ui.words.method_desk import WHISPER, MethodDesk
from labbench.wakeword.embedder import Frames
from labbench.wakeword.room import Room
from labbench.wakeword.words import TaughtWord, WordModel

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

SHORT_SECONDS = 60.0
"""A longer recording is left out of the comparison: it would take minutes."""
LEAST_TAKES = 2
"""Of one word: each is measured against the others."""


class EmbedderDesk(QObject):
    """Main thread. What was found is kept until the takes change.

    `changed`: other embedders, other takes, another sound, or more was found. `progressed` while work goes on (None:
    that is over).
    """

    changed = Signal()
    progressed = Signal(object)

    def __init__(self, bench: Bench, method: MethodDesk, hosts: EmbeddingHosts, worker: Worker) -> None:
        super().__init__(bench)
        self._bench = bench
        self._method = method
        self._hosts = hosts
        self._worker = worker
        self._job: Job | None = None
        self._made_of: tuple[TaughtWord, ...] = ()
        self._found: dict[EmbedderSpec, tuple[Path | None, Contender]] = {}
        self._pair: tuple[EmbedderSpec, EmbedderSpec] | None = None
        bench.teaching.words_changed.connect(self._words_changed)
        method.changed.connect(self.changed)
        bench.shown.shown.connect(lambda _: self.changed.emit())

    # What can be compared ---------------------------------------------------------------------------------------------

    @property
    def choices(self) -> list[tuple[str, EmbedderSpec]]:
        """Those on this computer, by what people call them."""
        found: list[tuple[str, EmbedderSpec]] = []
        for name, kind in EMBEDDERS.items():
            if kind.missing:
                continue
            if name == WHISPER:
                for one in self._method.checkpoints:
                    found.append((f"Whisper {one.title}", EmbedderSpec(name, one.path)))
            else:
                found.append((kind.title, EmbedderSpec(name)))
        return found

    @property
    def pair(self) -> tuple[EmbedderSpec, EmbedderSpec]:
        """The two that are looked at: at first the one that words are heard by, and the quickest other one."""
        if self._pair is not None:
            return self._pair
        now = self._method.method.spec
        others = [spec for _, spec in self.choices if spec != now]
        quick = sorted(others, key=lambda spec: ("google", "mfcc", "moonshine", WHISPER).index(spec.name))
        return now, quick[0] if quick else now

    def choose(self, one: EmbedderSpec, other: EmbedderSpec) -> None:
        self._pair = one, other
        self.changed.emit()

    @property
    def words(self) -> tuple[TaughtWord, ...]:
        """Those that can be heard."""
        return tuple(word for word in self._bench.teaching.words if word.templates)

    @property
    def ready(self) -> bool:
        """Whether there are takes enough to compare with."""
        return any(sum(take.used and not take.learnt for take in word.takes) >= LEAST_TAKES for word in self.words)

    @property
    def busy(self) -> bool:
        return self._job is not None

    def found(self, spec: EmbedderSpec) -> Contender | None:
        """What is known of it with the takes as they are."""
        self._forget_old()
        known = self._found.get(spec)
        return known[1] if known is not None else None

    def has_sound(self, spec: EmbedderSpec) -> bool:
        """Whether the sound that is shown was heard by it as well."""
        known = self._found.get(spec)
        return known is not None and known[1].heard is not None and known[0] == self._shown

    @property
    def missing(self) -> tuple[EmbedderSpec, ...]:
        """What has to be worked out to compare the two."""
        self._forget_old()
        wanted = dict.fromkeys(self.pair)
        return tuple(s for s in wanted if s not in self._found or (self._shown is not None and not self.has_sound(s)))

    # Working it out ---------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """Find what is missing."""
        wanted, bench = self.missing, self._bench
        if self.busy or not wanted or not self.ready:
            return
        words, room, shown = self.words, bench.teaching.room, self._shown
        read = bench.selection.reader_16k((0.0, bench.view.seconds)) if shown is not None else None

        def task(progress: OnProgress, cancel: CancelToken) -> list[Contender]:
            samples = read(progress, cancel) if read is not None else None
            return [self._contend(spec, words, room, samples, progress, cancel) for spec in wanted]

        self._job = job = bench.jobs.prepare("Comparing embedders", task)
        job.progressed.connect(self.progressed)
        job.done.connect(lambda found: self._done(found, words, shown))
        job.failed.connect(bench.notices.error)
        job.ended.connect(lambda: self._ended(job))
        self.progressed.emit(Progress(0.0, None))
        self.changed.emit()
        job.start()

    def cancel(self) -> None:
        """What is being worked out is not wanted any more."""
        if self._job is not None:
            self._job.cancel()

    def _contend(
        self,
        spec: EmbedderSpec,
        words: tuple[TaughtWord, ...],
        room: Room | None,
        samples: NDArray[np.float32] | None,
        progress: OnProgress,
        cancel: CancelToken,
    ) -> Contender:
        def models(made: Sequence[TaughtWord], *windows: tuple[Frames, ...]) -> list[WordModel]:
            return [make(word, "", *windows).model for word in made if word.templates]

        return contend(self._hosts, self._worker, spec, words, room, models, samples, progress, cancel)

    def _done(self, found: Sequence[Contender], words: tuple[TaughtWord, ...], shown: Path | None) -> None:
        self._forget_old()
        if not _same(words, self.words):
            return
        self._made_of = words
        for one in found:
            self._found[one.spec] = shown, one

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None
            self.progressed.emit(None)
            self.changed.emit()

    @property
    def _shown(self) -> Path | None:
        """The recording that is compared as well."""
        recording = self._bench.shown.recording
        short = recording is not None and recording.seconds <= SHORT_SECONDS and not self._bench.busy
        return recording.path if recording is not None and short else None

    def _words_changed(self) -> None:
        self._forget_old()
        self.changed.emit()

    def _forget_old(self) -> None:
        """Of other takes nothing is known any more."""
        if self._found and not _same(self._made_of, self.words):
            self._found.clear()


def _same(some: Sequence[TaughtWord], others: Sequence[TaughtWord]) -> bool:
    """Whether the same would be found: names and thresholds are no part of it, but names are shown."""
    return len(some) == len(others) and all(
        one.name == other.name
        and one.scoring == other.scoring
        and alike(one.takes, other.takes)
        and alike(one.against, other.against)
        for one, other in zip(some, others, strict=True)
    )
