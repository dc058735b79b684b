"""What words learnt from time, when and why: kept with the session, so that it is known again later. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand
from shiboken6 import isValid

from labbench.core.errors import LabBenchError
from labbench.session.learning_file import (
    MOST_ENTRIES,
    MOST_OFFERED,
    NAME,
    Entry,
    Event,
    Learning,
    Occasion,
    load_learning,
    save_learning,
    with_row,
)

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

SAME_SECONDS = 2.0
"""What is nearest to a word may be found elsewhere in the window once the word has learnt from it."""


@dataclass
class _Step:
    """What an entry is about, as it lies on the undo stack."""

    position: int
    command: QUndoCommand
    entry: Entry
    done: bool = True


class LearningHistory(QObject):
    """The session's, read when it is first asked for. `changed` follows where there is something new. Main thread."""

    changed = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._known: Learning | None = None
        self._steps: list[_Step] = []
        self._told = False
        self._index: tuple[tuple[Entry, ...], dict[tuple[str, str], list[Entry]]] | None = None  # of these entries
        bench.desk.leaving.connect(self._leave)
        bench.desk.titled.connect(lambda _: self.changed.emit())
        bench.undo.indexChanged.connect(self._undo_moved)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Oldest first."""
        return self._learning.entries

    def add(
        self,
        what: Event,
        moment: Occasion,
        reason: str = "",
        rates: tuple[float | None, float | None] = (None, None),
        *,
        undoable: bool = False,
    ) -> None:
        """Something has happened. With `undoable` it is what was done last, and is noted when it is undone."""
        at_s = moment.at_s if moment.recording else None
        entry = Entry(_now(), what, moment.word, moment.recording, at_s, reason, *rates)
        undo = self._bench.undo
        command = undo.command(undo.index() - 1)
        if undoable and command is not None:
            self._steps.append(_Step(undo.index() - 1, command, entry))
        self._add(entry)

    def offer(self, moment: Occasion) -> None:
        """This moment is being offered."""
        known = self._learning
        self._put(replace(known, offered=with_row(known.offered, moment, MOST_OFFERED)))

    def was_offered(self, moment: Occasion) -> bool:
        """Whether somebody has been asked about that moment, or something has come of it."""
        return self.about(moment) is not None or any(same(moment, one) for one in self._learning.offered)

    def about(self, moment: Occasion) -> Entry | None:
        """What happened last that has to do with that moment."""
        if self._index is None or self._index[0] is not self.entries:
            about: dict[tuple[str, str], list[Entry]] = {}
            for entry in reversed(self.entries):
                about.setdefault((entry.word, entry.recording), []).append(entry)
            self._index = (self.entries, about)
        return next((one for one in self._index[1].get((moment.word, moment.recording), ()) if same(moment, one)), None)

    @property
    def _learning(self) -> Learning:
        if self._known is None:
            try:
                self._known, news = load_learning(self._bench.desk.session.folder / NAME)
            except LabBenchError as error:
                self._known = Learning()
                self._bench.notices.error.emit(error)
            else:
                if news:
                    self._bench.notices.info.emit(news)
        return self._known

    def _add(self, entry: Entry) -> None:
        known = self._learning
        self._put(replace(known, entries=with_row(known.entries, entry, MOST_ENTRIES)))

    def _put(self, learning: Learning) -> None:
        """Written at once: it happens rarely, and is small."""
        self._known = learning
        try:
            save_learning(self._bench.desk.need().folder / NAME, learning)
        except LabBenchError as error:  # all of it is written again with the next entry
            if not self._told:
                self._told = True
                self._bench.notices.error.emit(error)
        else:
            self._told = False
        self.changed.emit()

    def _leave(self) -> None:
        """Another session comes: its own history is read when it is asked for."""
        self._known = None
        self._steps.clear()

    def _undo_moved(self, index: int) -> None:
        undo = self._bench.undo
        if not isValid(undo):  # the stack tells of its own end
            return
        for step in tuple(self._steps):
            there = step.position < undo.count() and undo.command(step.position) is step.command
            if not there:  # something else was done in its place
                self._steps.remove(step)
            elif step.done != (index > step.position):
                step.done = not step.done
                what = Event.REDONE if step.done else Event.UNDONE
                rates = (step.entry.before, step.entry.after)
                before, after = rates if step.done else reversed(rates)
                self._add(
                    replace(
                        step.entry, when=_now(), what=what, reason=step.entry.what.value, before=before, after=after
                    )
                )


def same(moment: Occasion, other: Occasion | Entry) -> bool:
    """Whether two moments are one: the place at which a word comes nearest moves a little as it learns."""
    return (
        (moment.word, moment.recording) == (other.word, other.recording)
        and other.at_s is not None
        and abs(moment.at_s - other.at_s) < SAME_SECONDS
    )


def _now() -> datetime:
    return datetime.now().astimezone()
