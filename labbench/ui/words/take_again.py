"""A take recorded anew: the next spoken word takes its place, if it is a good one. No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from labbench.audio.source import SourceSpec
from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.messages import TakeMade
from labbench.ui.words.heard_by import same_cut
from labbench.wakeword.takes import ADVICE, Verdict
from labbench.wakeword.words import Take, TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

STAYS = "The old take stays."


class TakeAgain(QObject):
    """Waits for one take at a time; the old one stays until the new one is there and good. Main thread.

    `changed` follows when it begins or ends. A source is opened for just so long where nothing runs.
    """

    changed = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._wanted: tuple[str, Take] | None = None
        self._ticket: int | None = None
        self._opened = False
        bench.running_changed.connect(self._running_changed)
        bench.sound.take_made.connect(self._take_made)
        bench.sound.refused.connect(self._refused)
        bench.sound.lost.connect(self._end)

    @property
    def waiting(self) -> bool:
        return self._wanted is not None

    def begin(self, name: str, take: Take, source: SourceSpec | None = None) -> None:
        """The next word that is spoken is to take the place of `take`."""
        bench = self._bench
        if self.waiting or bench.teaching.waiting or bench.sound.opening:
            bench.notices.error.emit(LabBenchError("Another take is being made.", "Wait until it is there."))
            return
        self._wanted = (name, take)
        if bench.sound.running is not None:
            self._hear()
        else:
            self._opened = True
            bench.listen_briefly(source or bench.words.source_for_take())
        self.changed.emit()

    def cancel(self) -> None:
        """Nothing is waited for any more; the old take stays."""
        if self.waiting:
            self._end()

    def _hear(self) -> None:
        assert self._wanted is not None
        self._ticket = self._bench.sound.ticket()
        self._bench.sound.send(messages.HearTake(self._ticket, self._wanted[1].label))

    def _take_made(self, event: TakeMade) -> None:
        if event.ticket != self._ticket or self._wanted is None:
            return
        name, old = self._wanted
        self._end()
        new = event.take
        if new is None:
            self._bench.notices.error.emit(LabBenchError(f"No word was heard. {STAYS}", "Say it once, not too softly."))
        elif not new.used or (new.verdict is not Verdict.GOOD and old.verdict is Verdict.GOOD):
            self._bench.notices.error.emit(LabBenchError(f"The new take is no better. {STAYS}", ADVICE[new.verdict]))
        else:
            self._put(name, old, new)

    def _put(self, name: str, old: Take, new: Take) -> None:
        """In the place of the old one, which may have got another name or verdict since."""

        def better(take: Take) -> Take:
            return replace(new, label=take.label, speaker=take.speaker, excluded=take.excluded)

        def change(word: TaughtWord) -> TaughtWord | None:
            if not any(same_cut(take, old) for take in word.takes):
                return None
            return replace(word, takes=tuple(better(take) if same_cut(take, old) else take for take in word.takes))

        word = self._bench.teaching.word(name)
        there = next((take for take in word.takes if same_cut(take, old)), old) if word is not None else old
        self._bench.teaching.edits.alter(name, change, f"Record {there.label} anew")

    def _running_changed(self, source: object, opening: bool) -> None:
        if not self.waiting or opening:
            return
        if source is not None and self._ticket is None:
            self._hear()
        elif source is None:
            self._opened = False
            self._end()  # closed by somebody else, or it could not be opened

    def _refused(self, ticket: int | None) -> None:
        if ticket is not None and ticket == self._ticket:
            self._end()

    def _end(self) -> None:
        opened, self._opened = self._opened, False
        self._wanted = self._ticket = None
        if opened and self._bench.busy:
            self._bench.stop()
        self.changed.emit()
