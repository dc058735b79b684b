"""The room: listened to, or taken from a sound; then all takes are made anew with it in the ear. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.audio.source import SourceSpec
from labbench.core.errors import LabBenchError
from labbench.jobs.runner import Job
from labbench.live.room_messages import CancelRoom, HearRoom, RoomHeard
from labbench.ui.words.remaking import Remaking, templated
from labbench.ui.words.room_effect import Effect, RoomStage
from labbench.ui.words.room_judging import Judged, Judging
from labbench.wakeword.room import LONGEST_SECONDS, WANTED_SECONDS, Room, room_of
from labbench.wakeword.scoring import needs_windows
from labbench.wakeword.words import TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench


class RoomDesk(QObject):
    """Until all takes are there the old ones stay; then words and room change in one step. Main thread.

    `changed` follows whenever there is something else to show.
    """

    changed = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self.stage = RoomStage.READY
        self.seconds = 0.0
        self.progress = (0, 0)
        self.effects: tuple[Effect, ...] = ()
        self.coming: Room | None = None
        self._ticket: int | None = None
        self._opened = self._sure = self._asked = False
        self._before: tuple[Room | None, str] = (None, "")
        self._job: Job | None = None
        self._remaking: Remaking | None = None
        bench.running_changed.connect(self._running_changed)
        bench.sound.happened.connect(self._heard)
        bench.sound.lost.connect(self._lost)
        bench.desk.leaving.connect(self.cancel)
        bench.teaching.words_changed.connect(self._words_changed)
        bench.teaching.room_windows.came.connect(self._room_came)

    @property
    def room(self) -> Room | None:
        """What the words are taught for now."""
        return self._bench.teaching.room

    @property
    def busy(self) -> bool:
        """Whether something is going on that can be cancelled."""
        return self.stage not in (RoomStage.READY, RoomStage.DONE)

    # Where it comes from --------------------------------------------------------------------------------------------

    def listen(self, source: SourceSpec | None = None) -> None:
        """Hear the next half minute; where nothing runs, `source` is opened for just so long."""
        bench = self._bench
        if self.busy:
            return
        if bench.sound.running is not None:
            self._hear()
        elif not bench.sound.opening:
            self._opened = True
            self._set(RoomStage.OPENING)
            bench.listen_briefly(source or bench.words.source_for_take())

    def use_selection(self) -> None:
        """What is selected is how the room sounds."""
        span = self._bench.axis.selection
        if span is None:
            self._trouble("There is no selection.", "Drag over ten seconds or more with Shift, without the word in it.")
        else:
            self._read(span)

    def use_recording(self) -> None:
        """All of the sound that is shown, or its first minute, is how the room sounds."""
        seconds = self._bench.view.seconds
        if seconds <= 0:
            self._trouble("There is no sound to take the room from.", "Record or open one, or listen to the room.")
        else:
            self._read((0.0, min(seconds, LONGEST_SECONDS)))

    def accept(self) -> None:
        """The room is used although a word came near in it."""
        if self.stage is RoomStage.DOUBT and self._remaking is not None:
            self._sure = True
            self._set(RoomStage.MAKING)
            self._remaking.start()

    def forget(self) -> None:
        """The words are made as before any room was heard."""
        if not self.busy and self.room is not None:
            self._make(None)

    def cancel(self) -> None:
        """Whatever goes on ends; everything stays as it was."""
        stage, ticket = self.stage, self._ticket
        self._ticket = None
        job, self._job = self._job, None
        if stage is RoomStage.HEARING and ticket is not None:
            self._bench.sound.send(CancelRoom())
        if job is not None:
            job.cancel()
        if self._remaking is not None:
            self._end_making()
            self._bench.teaching.use_room(self.room)
        if self.busy:
            self._set(RoomStage.READY)
        self._close()

    # Its way --------------------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        self._ticket, self.seconds = self._bench.sound.ticket(), 0.0
        self._set(RoomStage.HEARING)
        self._bench.sound.send(HearRoom(self._ticket, WANTED_SECONDS))

    def _heard(self, event: object) -> None:
        if not isinstance(event, RoomHeard) or event.ticket != self._ticket:
            return
        self.seconds = event.seconds
        if event.samples is None:
            self.changed.emit()
            return
        self._ticket = None
        self._take(event.samples)
        self._close()

    def _read(self, span: tuple[float, float]) -> None:
        if self.busy:
            return
        job = self._bench.jobs.prepare("Reading the room", self._bench.selection.reader_16k(span))
        self._job = job
        self._set(RoomStage.READING)
        job.done.connect(lambda samples: self._read_all(job, samples))
        job.failed.connect(lambda error: self._failed(job, error))
        job.start()

    def _read_all(self, job: Job, samples: NDArray[np.float32]) -> None:
        if self._job is job:
            self._job = None
            self._take(samples)

    def _failed(self, job: Job, error: LabBenchError) -> None:
        if self._job is job:
            self.cancel()
            self._bench.notices.error.emit(error)

    def _take(self, samples: NDArray[np.float32]) -> None:
        try:
            room = room_of(samples)
        except LabBenchError as error:
            self._set(RoomStage.READY)
            self._bench.notices.error.emit(error)
            return
        self._make(room)

    def _make(self, room: Room | None) -> None:
        teaching = self._bench.teaching
        if self._bench.words.method.busy:
            self._set(RoomStage.READY)
            self._trouble("The words are being taught by another method.", "Hear the room once they are.")
            return
        self.coming, self._before, self._sure, self._asked = room, self._state, False, False
        self.effects, self.progress = (), (0, 0)
        remaking = self._remaking = Remaking(self._bench.sound, lambda: templated(teaching.words), self)
        remaking.progressed.connect(self._progressed)
        remaking.done.connect(self._made)
        remaking.failed.connect(self.cancel)
        self._set(RoomStage.MAKING)
        teaching.use_room(room)
        remaking.start()

    def _progressed(self, done: int, total: int) -> None:
        self.progress = (done, total)
        self.changed.emit()

    def _made(self) -> None:
        """All takes are there: what they amount to is found out beside the window."""
        remaking, teaching = self._remaking, self._bench.teaching
        if remaking is None or self._job is not None:
            return
        self._asked = not self._asked and not teaching.room_windows.there(self.coming, teaching.words)
        if self._asked:  # it goes on once they have come, or will not come
            return
        words = teaching.words
        room = (teaching.room_windows.of(self.coming) if self.coming is not None else None) or ()
        scored = any(needs_windows(word.scoring) for word in words)
        judging = Judging(
            tuple(map(remaking.anew, words)),
            teaching.heard_by.identity()[1],
            teaching.heard_by.windows if scored else (),
            room,
        )
        self._job = job = self._bench.jobs.prepare("Judging the words in the room", judging.task)
        job.done.connect(lambda judged: self._judged(job, words, judged))
        job.failed.connect(lambda error: self._failed(job, error))
        job.start()

    def _room_came(self) -> None:
        if self._asked and self.stage is RoomStage.MAKING:
            self._made()

    def _judged(self, job: Job, before: tuple[TaughtWord, ...], judged: Judged) -> None:
        teaching = self._bench.teaching
        if self._job is not job or self._remaking is None:
            return
        self._job = None
        if teaching.words is not before:  # they have changed in the meantime
            self._remaking.start()
            return
        for made in judged.made:
            teaching.heard_by.remember(made)
        words = judged.words
        self.effects = tuple(
            Effect(word.name, nearest, known)
            for word, nearest in zip(words, judged.nearest, strict=True)
            if (known := teaching.calibration(word.name)) is not None
        )
        if not self._sure and any(effect.came_near for effect in self.effects):
            self._set(RoomStage.DOUBT)
            return
        room = self.coming
        self._end_making()
        teaching.change_room(words, room, "Forget the room" if room is None else "Hear the room")
        self.effects = tuple(replace(one, after=teaching.calibration(one.word)) for one in self.effects)
        self._set(RoomStage.DONE)

    def _end_making(self) -> None:
        remaking, self._remaking = self._remaking, None
        if remaking is not None:
            remaking.cancel()
            remaking.deleteLater()

    def _words_changed(self) -> None:
        """Another room or another embedder came in between: what is made for this one is not wanted any more."""
        if self._remaking is not None and self._state != self._before:
            self.cancel()
        elif self.stage is RoomStage.DONE and self.room is not self.coming:
            self.effects = ()
            self._set(RoomStage.READY)

    def _running_changed(self, source: object, opening: bool) -> None:
        if self.stage is RoomStage.OPENING and source is not None and not opening:
            self._hear()
        elif source is None and not opening:
            self._opened = False
            if self.stage in (RoomStage.OPENING, RoomStage.HEARING):
                self.cancel()  # closed by somebody else, or it could not be opened

    def _lost(self) -> None:
        """The ear's process has ended; the next one is told what room there is by whoever owns the words."""
        if self.stage in (RoomStage.OPENING, RoomStage.HEARING):
            self._ticket = None
            self._opened = False
            self._set(RoomStage.READY)

    @property
    def _state(self) -> tuple[Room | None, str]:
        return self.room, self._bench.teaching.heard_by.identity()[1]

    def _close(self) -> None:
        """The source goes where it was opened for the room only."""
        opened, self._opened = self._opened, False
        if opened and self._bench.busy:
            self._bench.stop()

    def _trouble(self, message: str, hint: str) -> None:
        self._bench.notices.error.emit(LabBenchError(message, hint))

    def _set(self, stage: RoomStage) -> None:
        self.stage = stage
        self.changed.emit()

    # Words that come from elsewhere ---------------------------------------------------------------------------------

    def make_here(self, words: tuple[TaughtWord, ...], then: Callable[[tuple[TaughtWord, ...]], None]) -> None:
        """`then` gets the words as they are made in the session's room; at once where there is none."""
        if self.room is None or self.busy:
            then(words)
            return
        remaking = Remaking(self._bench.sound, lambda: templated(words), self)
        remaking.done.connect(lambda: then(tuple(map(remaking.anew, words))))
        remaking.failed.connect(lambda: then(words))
        remaking.done.connect(remaking.deleteLater)
        remaking.failed.connect(remaking.deleteLater)
        remaking.start()
