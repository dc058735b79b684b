"""How the room sounds to the embedder, for scorings that compare windows of it. No widgets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from labbench.live.room_messages import EmbedRoom, RoomEmbedded
from labbench.ui.sounds.sound import Sound
from labbench.ui.words.heard_by import HeardBy
from labbench.wakeword.embedder import Frames
from labbench.wakeword.room import Room
from labbench.wakeword.scoring import needs_windows
from labbench.wakeword.templates import decode_frames
from labbench.wakeword.words import TaughtWord

MOST_KEPT = 4
"""Rooms whose windows are remembered: undo goes back to them at once."""


class RoomWindows(QObject):
    """Asked of the ear once for each room and embedder. Main thread.

    `came` follows what was asked, also where there will be none; `used` once windows that were wanted have come.
    """

    came = Signal()
    used = Signal()

    def __init__(self, sound: Sound, heard_by: HeardBy, parent: QObject) -> None:
        super().__init__(parent)
        self._sound = sound
        self._heard_by = heard_by
        self._room: Room | None = None
        self._known: list[tuple[Room, str, tuple[Frames, ...]]] = []
        self._asked: dict[int, tuple[Room, str]] = {}
        sound.happened.connect(self._happened)
        sound.refused.connect(self._refused)
        sound.lost.connect(self._lost)

    def use(self, room: Room | None, words: Sequence[TaughtWord]) -> None:
        """This is the room from now on; `words` are made with its windows, as soon as they are there if need be."""
        self._room = room
        self._heard_by.room = (self.of(room) or ()) if room is not None and self.there(room, words) else ()

    def of(self, room: Room) -> tuple[Frames, ...] | None:
        """The windows of `room` as the embedder has them that holds now; None where they are not known (yet)."""
        checksum = self._heard_by.identity()[1]
        return next((found for one, made_by, found in self._known if one is room and made_by == checksum), None)

    def there(self, room: Room | None, words: Sequence[TaughtWord]) -> bool:
        """Whether the windows of the room are known as far as `words` need them; else they are asked for."""
        return room is None or not any(needs_windows(word.scoring) for word in words) or self.known(room)

    def known(self, room: Room) -> bool:
        """Whether its windows are known; else they are asked for."""
        if self.of(room) is None:
            self._ask(room, self._heard_by.identity()[1])
            return False
        return True

    def _ask(self, room: Room, checksum: str) -> None:
        if not any(one is room and made_by == checksum for one, made_by in self._asked.values()):
            ticket = self._sound.ticket()
            self._asked[ticket] = (room, checksum)
            self._sound.send(EmbedRoom(ticket, room))

    def remember(self, room: Room, checksum: str, windows: tuple[Frames, ...]) -> None:
        self._known = [*self._known, (room, checksum, windows)][-MOST_KEPT:]

    def _happened(self, event: object) -> None:
        if isinstance(event, RoomEmbedded) and event.ticket in self._asked:
            self.remember(*self._asked.pop(event.ticket), tuple(map(decode_frames, event.codes)))
            self.came.emit()
            windows = self.of(self._room) if self._room is not None else None
            if windows and not self._heard_by.room:
                self._heard_by.room = windows
                self.used.emit()

    def _refused(self, ticket: int | None) -> None:
        if ticket in self._asked:
            del self._asked[ticket]
            self.came.emit()

    def _lost(self) -> None:
        if self._asked:
            self._asked.clear()
            self.came.emit()
