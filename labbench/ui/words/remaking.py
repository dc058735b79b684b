"""Takes that are made anew by the ear, one after the other. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from labbench.live.messages import TakeMade
from labbench.live.room_messages import MakeAnew
from labbench.ui.sounds.sound import Sound
from labbench.wakeword.words import Take, TaughtWord


def templated(words: Iterable[TaughtWord]) -> list[Take]:
    """All takes and counter-examples that have templates."""
    return [take for word in words for take in (*word.takes, *word.against) if take.templates]


class Remaking(QObject):
    """Makes anew what `wanted` gives, also what is added to that meanwhile; nothing changes until somebody uses it.

    The ear must know the room first. `progressed` gives how many are done and how many there are; it ends with `done`
    or `failed`, and after `cancel` with nothing. Main thread.
    """

    progressed = Signal(int, int)
    done = Signal()
    failed = Signal()

    def __init__(self, sound: Sound, wanted: Callable[[], list[Take]], parent: QObject) -> None:
        super().__init__(parent)
        self._sound = sound
        self._wanted = wanted
        self._made: list[tuple[Take, Take]] = []
        self._asked: tuple[int, Take] | None = None
        sound.take_made.connect(self._take_made)
        sound.refused.connect(self._refused)
        sound.lost.connect(self._lost)

    def start(self) -> None:
        """Begin, or look whether something has come to be made since."""
        left = [take for take in self._wanted() if self._new(take) is None]
        self.progressed.emit(len(self._made), len(self._made) + len(left))
        if left:
            self._asked = (self._sound.ticket(), left[0])
            self._sound.send(MakeAnew(*self._asked))
        else:
            self._asked = None
            self.done.emit()

    def cancel(self) -> None:
        """What the ear still answers is not wanted."""
        self._asked = None

    def anew(self, word: TaughtWord) -> TaughtWord:
        """The word with the templates that were made, and everything else as it is."""
        takes, against = (tuple(map(self._renewed, some)) for some in (word.takes, word.against))
        return replace(word, takes=takes, against=against)

    def _renewed(self, take: Take) -> Take:
        new = self._new(take)
        return take if new is None else replace(take, templates=new.templates)

    def _new(self, take: Take) -> Take | None:
        """Names, speakers and verdicts may have changed since: a take is known by its sound and its cut."""
        for old, new in self._made:
            if old.samples is take.samples and (old.start, old.stop) == (take.start, take.stop):
                return new
        return None

    def _take_made(self, event: TakeMade) -> None:
        if self._asked is None or event.ticket != self._asked[0]:
            return
        if event.take is None:
            self._lost()
            return
        self._made.append((self._asked[1], event.take))
        self.start()

    def _refused(self, ticket: int | None) -> None:
        if self._asked is not None and ticket == self._asked[0]:
            self._lost()

    def _lost(self) -> None:
        if self._asked is not None:
            self._asked = None
            self.failed.emit()
