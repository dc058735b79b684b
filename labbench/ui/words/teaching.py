"""The state of wake words in the window: what is taught, what is being taken, what was detected. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import JobRunner
from labbench.live import messages
from labbench.live.messages import TakeMade
from labbench.live.room_messages import UseRoom
from labbench.live.worker import Worker
from labbench.session.words_file import WordsFile
from labbench.ui.notices import Notices
from labbench.ui.sounds.sound import Sound
from labbench.ui.undo import Change
from labbench.ui.words.ear_teaching import EarTeaching
from labbench.ui.words.heard_by import Heard, HeardBy
from labbench.ui.words.room_windows import RoomWindows
from labbench.ui.words.take_files import takes_task
from labbench.ui.words.word_edits import Edit, WordEdits
from labbench.ui.words.words_keeper import SessionOwner, WordsKeeper
from labbench.wakeword.calibration import Calibration
from labbench.wakeword.in_room import fitting
from labbench.wakeword.room import Room
from labbench.wakeword.words import Take, TaughtWord, WordModel

Samples = NDArray[np.float32]


class Teaching(QObject):
    """Owns the taught words; the ear makes takes of clips and spots. All in the main thread."""

    words_changed = Signal()
    take_added = Signal(str, object)
    waiting_changed = Signal(bool)

    def __init__(
        self,
        sound: Sound,
        sessions: SessionOwner,
        worker: Worker,
        jobs: JobRunner,
        undo: QUndoStack,
        notices: Notices,
        identity: Callable[[], tuple[str, str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._notices = notices
        self._sound = sound
        self._worker = worker
        self._jobs = jobs
        self._undo = undo
        self.heard_by = HeardBy(identity)
        self.words: tuple[TaughtWord, ...] = ()
        self.room: Room | None = None
        self._pending: dict[int, str] = {}
        self._batches: dict[int, int] = {}
        self._begun: set[str] = set()  # words that have no take yet, for which one is on its way
        self._hearing: int | None = None
        self.ear = EarTeaching(sound.send, self)
        self.keeper = WordsKeeper(sessions, self.content, notices, self)
        self.edits = WordEdits(lambda: self.words, self.heard_by, jobs, self._change, notices, self)
        self.room_windows = RoomWindows(sound, self.heard_by, self)
        self.edits.busy_changed.connect(lambda _: self.waiting_changed.emit(self.waiting))
        self.room_windows.used.connect(lambda: self.edits.make(self.words, lambda: self.put(self.words)))
        sound.take_made.connect(self._take_made)
        sound.closed.connect(lambda _: self._set_hearing(None))
        sound.refused.connect(self._refused)
        sound.lost.connect(self._ear_lost)

    @property
    def waiting(self) -> bool:
        """Whether takes are being made, judged, or waited for."""
        return bool(self._pending) or self.edits.busy

    @property
    def listening(self) -> bool:
        """Whether the next spoken word becomes a take."""
        return self._hearing is not None

    @property
    def live_words(self) -> list[tuple[str, float]]:
        """Name and threshold of the words that can be detected, in order."""
        return [(model.name, model.threshold) for model in self.models]

    @property
    def templates(self) -> tuple[Heard, ...]:
        """Something that differs where distances would; thresholds are no part of it."""
        return self.heard_by.templates(self.words)

    def word(self, name: str) -> TaughtWord | None:
        return next((word for word in self.words if word.name == name), None)

    def calibration(self, name: str) -> Calibration | None:
        """What to expect of the word at its threshold; None before it has a usable take."""
        word = self.word(name)
        if word is None or not word.templates:
            return None
        calibration = self.heard_by.calibration(word)
        return calibration if word.threshold_set is None else calibration.at(word.threshold_set)

    def teach_files(self, name: str, paths: Sequence[Path]) -> None:
        """Make takes of files; decoding happens in the worker, the rest in the ear."""
        self._require(name)
        job = self._jobs.prepare(f"Reading takes of {name}", takes_task(paths, self._worker))
        job.done.connect(lambda clips: self._teach_clips(name, clips))
        job.failed.connect(self._notices.error)
        job.failed.connect(lambda _: self._give_up(name))
        job.start()

    def _teach_clips(self, name: str, clips: Sequence[tuple[str, NDArray[np.float32]]]) -> None:
        """All of them at once are one thing to undo."""
        batch = self._sound.ticket()
        for label, samples in clips:
            self._batches[self._teach(name, samples, label)] = batch

    def teach_later(self, name: str, label: str, load: Callable[[OnProgress, CancelToken], Samples]) -> None:
        """Make a take of what `load` gives (16 kHz) in a job's thread."""
        self._require(name)
        job = self._jobs.prepare(f"Reading a take of {name}", load)
        job.done.connect(lambda samples: self.teach_clip(name, samples, label))
        job.failed.connect(self._notices.error)
        job.failed.connect(lambda _: self._give_up(name))
        job.start()

    def teach_clip(self, name: str, samples: NDArray[np.float32], label: str) -> None:
        """Make a take of a clip (16 kHz); `take_added` follows."""
        self._teach(name, samples, label)

    def _teach(self, name: str, samples: NDArray[np.float32], label: str) -> int:
        ticket = self._expect(name)
        self._sound.send(messages.MakeTake(ticket, label, samples))
        return ticket

    def hear_take(self, name: str) -> int:
        """Take the next word that is spoken into the open source; the ticket of the take."""
        self._require(name)
        word = self.word(name)
        ticket = self._expect(name)
        self._set_hearing(ticket)
        self._sound.send(messages.HearTake(ticket, f"Take {len(word.takes) + 1 if word else 1}"))
        return ticket

    def remove_take(self, name: str, index: int) -> None:
        word = self.word(name)
        if word is not None and 0 <= index < len(word.takes):
            self.edits.remove_take(name, word.takes[index])

    def edit(self, name: str, word: TaughtWord, text: str, *, judged: bool = False) -> None:
        """Another state of the word of that name, `judged` or to be; perhaps of another name. `text`: what was done."""
        self.edits.do(Edit(name, lambda old: word if old is not None else None, text, judged=judged))

    def remove_word(self, name: str) -> None:
        self._change(tuple(word for word in self.words if word.name != name), f"Forget {name}")

    def forget_all(self) -> None:
        """Another session: its words come instead. What was done before cannot be undone any more."""
        self.save()
        self._undo.clear()
        self._put_room(((), None))
        self.keeper.forget()  # a file of words that can't be used here stays as it is

    def set_threshold(self, name: str, threshold: float | None) -> None:
        """The user's own threshold; None goes back to the calibrated one."""
        word = self.word(name)
        if word is not None and word.threshold_set != threshold:
            merge = ("threshold", name, self.ear.turn)
            self._replace(replace(word, threshold_set=threshold), f"Threshold of {name}", merge)

    def drag_threshold(self, name: str, threshold: float) -> None:
        """The same while a hand holds it, until `self.ear.let_go()`: all of that is one thing to undo."""
        self.ear.hold()
        self.set_threshold(name, threshold)

    def load(self, content: WordsFile) -> None:
        """Words from a file, in place of those of the same names; its room where there are no other words."""
        names = {word.name for word in content.words}
        kept = tuple(word for word in self.words if word.name not in names)
        if kept or content.room is None:
            self._change(kept + content.words, "Open words")
        else:
            self.change_room(content.words, content.room, "Open words")

    def change_room(self, words: tuple[TaughtWord, ...], room: Room | None, text: str) -> None:
        """Another room, and the words made anew in it: one thing to undo."""
        self._undo.push(Change(text, self._put_room, (self.words, self.room), (words, room)))

    @property
    def models(self) -> list[WordModel]:
        """The words that can be detected, as the spotter wants them."""
        return self.heard_by.models(self.words)

    def content(self) -> WordsFile:  # of a file of the words
        return WordsFile(self.words, *self.heard_by.identity(), self.room)

    def _expect(self, name: str) -> int:
        ticket = self._sound.ticket()
        self._pending[ticket] = name
        self.waiting_changed.emit(True)
        return ticket

    def _set_hearing(self, ticket: int | None) -> None:
        self._hearing = ticket
        self.waiting_changed.emit(self.waiting)

    def _require(self, name: str) -> None:
        if self.word(name) is None:
            self._begun.add(name)
            self.words = (*self.words, TaughtWord(name, scoring=self.heard_by.method.scoring))
            self.words_changed.emit()

    def _give_up(self, name: str) -> None:
        """A take didn't come: a word that was begun for it goes again, unless another one is on its way."""
        if name in self._begun and name not in self._pending.values():
            self._begun.discard(name)
            self.words = tuple(word for word in self.words if word.name != name or word.takes)
            self.words_changed.emit()

    def _take_made(self, event: TakeMade) -> None:
        name, batch = self._pending.pop(event.ticket, None), self._batches.pop(event.ticket, None)
        if self._hearing == event.ticket:
            self._hearing = None
        self.waiting_changed.emit(self.waiting)
        if name is None:
            return
        if event.take is None:
            self._give_up(name)
            self._notices.error.emit(
                LabBenchError("No word was heard.", "Press Record a take and say the word once, not too softly.")
            )
            return
        self._require(name)
        take: Take = event.take
        text = f"Take {event.take.label}" if batch is None else f"Takes of {name}"
        merge = None if batch is None else ("takes", batch)

        def more(word: TaughtWord | None) -> TaughtWord:
            word = word or TaughtWord(name, scoring=self.heard_by.method.scoring)
            return replace(word, takes=(*word.takes, take))

        self.edits.do(Edit(name, more, text, merge, lambda: self.take_added.emit(name, take)))

    def _refused(self, ticket: int | None) -> None:
        """A take could not be made; the reason is told elsewhere."""
        if ticket is not None:
            name = self._pending.pop(ticket, None)
            if name is not None:
                self._give_up(name)
            self._set_hearing(None if self._hearing == ticket else self._hearing)

    def _ear_lost(self) -> None:
        """What was asked for will not come; the next ear is taught what this one knew."""
        self._pending.clear()
        self._batches.clear()
        for name in tuple(self._begun):
            self._give_up(name)
        self._set_hearing(None)
        self.use_room(self.room)
        self._sound.send(messages.Teach(tuple(self.models)))

    def use_room(self, room: Room | None) -> None:
        """What takes are made in from now on."""
        self._sound.send(UseRoom(room))

    def _replace(self, word: TaughtWord, text: str, merge: tuple[object, ...] | None = None) -> None:
        self._change(tuple(word if old.name == word.name else old for old in self.words), text, merge)

    def _change(self, words: tuple[TaughtWord, ...], text: str, merge: tuple[object, ...] | None = None) -> None:
        before = tuple(word for word in self.words if word.takes or word.name not in self._begun)
        self._begun -= {word.name for word in words if word.takes}
        self._undo.push(Change(text, self.put, before, words, merge))

    def put(self, words: tuple[TaughtWord, ...]) -> None:
        """These are the words from now on."""
        self.words = tuple(fitting(word, self.room) for word in words)
        self.room_windows.use(self.room, self.words)
        self.ear.teach(tuple(self.models))
        self.words_changed.emit()
        self.keeper.changed()

    def save(self) -> None:
        """Write what has changed at once, with what is still being worked out."""
        self.edits.finish()
        self.keeper.save()

    def _put_room(self, state: tuple[tuple[TaughtWord, ...], Room | None]) -> None:
        """The same with another room."""
        words, self.room = state
        self.use_room(self.room)
        self.put(words)
