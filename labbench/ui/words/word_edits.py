"""Changes of words, one after the other: what comes of one is worked out beside the window where it takes a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, JobRunner
from labbench.ui.notices import Notices
from labbench.ui.words.heard_by import HeardBy, Made, alike, make, same_cut
from labbench.wakeword.embedder import Frames
from labbench.wakeword.scoring import needs_windows, usable
from labbench.wakeword.words import Take, TaughtWord, WordModel, judge, leave_one_out

QUICK_TAKES = 8
"""Up to so many, that only have to be warped, are judged before anybody notices."""


Change = Callable[[TaughtWord], TaughtWord | None]
"""What becomes of a word; None where nothing is left to be done."""


def _nothing() -> None: ...


@dataclass(frozen=True, eq=False)
class Edit:
    """What is done to the word of that name, or to a new one.

    `alter` gets the word as it is when its turn comes, None where there is none, and returns what becomes of it, None
    where nothing is left to be done. `then` follows once it is done.
    """

    name: str
    alter: Callable[[TaughtWord | None], TaughtWord | None]
    text: str
    merge: tuple[object, ...] | None = None
    then: Callable[[], None] = _nothing
    judged: bool = False


@dataclass(frozen=True, eq=False)
class _Work:
    """Everything that the result depends on."""

    before: TaughtWord | None
    after: TaughtWord
    judging: bool
    making: bool
    rivals: tuple[WordModel, ...]
    parts: tuple[tuple[Frames, ...], tuple[Frames, ...]]
    checksum: str

    @property
    def takes_a_while(self) -> bool:
        return not _is_quick(self.after) and (self.judging or self.making)

    def result(self) -> tuple[TaughtWord, Made | None]:
        word, apart = self.after, None
        if self.judging:
            windows = self.parts[0]
            apart = tuple(leave_one_out(word, usable(word.scoring, windows), windows))
            word = judge(word, self.rivals, windows, apart)
        if not self.making:
            return word, None
        return word, replace(make(word, self.checksum, *self.parts), apart=apart)


class WordEdits(QObject):
    """Each edit sees what came of the one before, so that none is lost. Main thread.

    `busy_changed` when work in a job begins and when all is done; `renamed` with both names once a word has another.
    """

    busy_changed = Signal(bool)
    renamed = Signal(str, str)
    found_apart = Signal()

    def __init__(
        self,
        words: Callable[[], Sequence[TaughtWord]],
        heard_by: HeardBy,
        jobs: JobRunner,
        put: Callable[[tuple[TaughtWord, ...], str, tuple[object, ...] | None], None],
        notices: Notices,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._notices = notices
        self._words = words
        self._heard_by = heard_by
        self._jobs = jobs
        self._put = put
        self._queue: deque[Edit] = deque()
        self._job: Job | None = None
        self._apart_job: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether something is still being worked out."""
        return bool(self._queue)

    def do(self, edit: Edit) -> None:
        """At once where that is quick and nothing is before it; else soon."""
        work = self._work(edit) if not self._queue else None
        if self._queue or (work is not None and work.takes_a_while):
            self._queue.append(edit)
            if self._job is None:
                self.busy_changed.emit(True)
                self._next()
        elif work is not None:
            self._apply(edit, work, *work.result())

    def alter(self, name: str, change: Change, text: str, then: Callable[[], None] = _nothing) -> None:
        """Another state of a word that is there, perhaps of another name; as `Edit` has it."""
        self.do(Edit(name, lambda word: change(word) if word is not None else None, text, then=then))

    def add(self, word: TaughtWord, text: str) -> None:
        """One word more; its name must be free."""
        self.do(Edit(word.name, lambda old: word if old is None else None, text))

    def remove_take(self, name: str, gone: Take) -> None:
        def change(word: TaughtWord) -> TaughtWord:
            return replace(word, takes=tuple(take for take in word.takes if not same_cut(take, gone)))

        self.alter(name, change, f"Remove {gone.label}")

    def make(self, words: Sequence[TaughtWord], then: Callable[[], None]) -> None:
        """Make what is not made yet, as it is to be heard by now; `then` follows, at once where there is nothing."""
        by = self._heard_by
        wanted = [(word, by.parts(word)) for word in words if word.templates and not by.knows(word)]
        if sum(take.used for word, _ in wanted for take in word.takes) <= QUICK_TAKES:
            then()
            return
        checksum = by.identity()[1]

        def task(_progress: OnProgress, cancel: CancelToken) -> list[Made]:
            found = []
            for word, parts in wanted:
                cancel.check()
                found.append(make(word, checksum, *parts))
            return found

        def done(found: list[Made]) -> None:
            for made in found:
                by.remember(made)
            then()

        job = self._jobs.prepare("Finding thresholds", task)
        job.done.connect(done)
        job.failed.connect(self._notices.error)
        job.start()

    def apart(self, word: TaughtWord) -> tuple[float, ...] | None:
        """How far each used take lies from the others; where that takes a while None, and `found_apart` follows."""
        by = self._heard_by
        known = by.apart(word)
        if known is not None or self._apart_job is not None or self.busy:
            return known
        task = by.take_apart(word)
        if _is_quick(word):
            by.remember(made := task())
            return made.apart
        self._apart_job = job = self._jobs.prepare(f"Comparing takes of {word.name}", lambda *_: task())
        job.done.connect(self._apart_done)
        job.failed.connect(self._notices.error)
        job.ended.connect(self._apart_ended)
        job.start()
        return None

    def _apart_done(self, made: Made) -> None:
        self._heard_by.remember(made)
        self.found_apart.emit()

    def _apart_ended(self) -> None:
        self._apart_job = None

    def finish(self) -> None:
        """Do at once what is left, however long it takes: the session ends."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        while self._queue:
            edit = self._queue.popleft()
            work = self._work(edit)
            if work is not None:
                self._apply(edit, work, *work.result())
        if job is not None:
            self.busy_changed.emit(False)

    def _find(self, name: str) -> TaughtWord | None:
        return next((word for word in self._words() if word.name == name), None)

    def _work(self, edit: Edit) -> _Work | None:
        before, by = self._find(edit.name), self._heard_by
        after = edit.alter(before)
        if after is None:
            return None
        others = [word for word in self._words() if word.name not in (edit.name, after.name) and word.templates]
        same = before is not None and before.scoring == after.scoring and alike(before.takes, after.takes)
        judging = not (edit.judged or same)
        rivals = tuple(by.models(others)) if judging else ()
        making = bool(after.templates) and not by.knows(after)
        return _Work(before, after, judging, making, rivals, by.parts(after), by.identity()[1])

    def _next(self) -> None:
        work = None
        while self._queue and (work := self._work(self._queue[0])) is None:
            self._queue.popleft()
        if work is None:
            self._job = None
            self.busy_changed.emit(False)
            return
        edit, asked = self._queue[0], work
        self._job = job = self._jobs.prepare(f"Judging {edit.name}", lambda _progress, _cancel: asked.result())
        job.done.connect(lambda found: self._done(job, edit, asked, *found))
        job.failed.connect(lambda error: self._failed(job, error))
        job.broken.connect(lambda _: self._failed(job, None))
        job.start()

    def _done(self, job: Job, edit: Edit, work: _Work, word: TaughtWord, made: Made | None) -> None:
        if self._job is not job:
            return
        by = self._heard_by
        if self._find(edit.name) is work.before and by.identity()[1] == work.checksum:
            self._queue.popleft()
            self._apply(edit, work, word, made)
        self._next()  # the same once more where the word has changed in the meantime

    def _failed(self, job: Job, error: LabBenchError | None) -> None:
        if self._job is job:
            self._queue.popleft()
            if error is not None:
                self._notices.error.emit(error)
            self._next()

    def _apply(self, edit: Edit, work: _Work, word: TaughtWord, made: Made | None) -> None:
        if made is not None:
            self._heard_by.remember(made)
        if work.before is None:
            words = (*self._words(), word)
        else:
            words = tuple(word if old is work.before else old for old in self._words())
        self._put(words, edit.text, edit.merge)
        if work.before is not None and word.name != edit.name:
            self._queue = deque(replace(one, name=word.name) if one.name == edit.name else one for one in self._queue)
            self.renamed.emit(edit.name, word.name)
        edit.then()


def _is_quick(word: TaughtWord) -> bool:
    return not needs_windows(word.scoring) and sum(take.used for take in word.takes) <= QUICK_TAKES
