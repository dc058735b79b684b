"""Where the room is on its way into the words, and what it does to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from labbench.wakeword.calibration import Calibration


class RoomStage(Enum):
    """What happens. In `DOUBT` a word came near in the room, and the user says whether to use it."""

    READY = "ready"
    OPENING = "opening"
    HEARING = "hearing"
    READING = "reading"
    MAKING = "making"
    DOUBT = "doubt"
    DONE = "done"


@dataclass(frozen=True)
class Effect:
    """What the room does to a word: how near it came to it, and what is expected `before` and `after`."""

    word: str
    nearest: float | None
    before: Calibration
    after: Calibration | None = None

    @property
    def came_near(self) -> bool:
        """Whether something in the room would have been taken for the word."""
        return self.nearest is not None and self.nearest < self.before.threshold
