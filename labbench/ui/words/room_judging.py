"""What words amount to that were made anew in a room: verdicts, models, how near the room comes. No widgets."""

from __future__ import annotations

from dataclasses import dataclass

from labbench.core.progress import CancelToken, OnProgress
from labbench.ui.words.heard_by import Made, make
from labbench.wakeword.embedder import Frames
from labbench.wakeword.in_room import nearest_in
from labbench.wakeword.words import TaughtWord, judge


@dataclass(frozen=True, eq=False)
class Judged:
    """The words with their verdicts, what is made of them, and for each the room's nearest distance where known."""

    words: tuple[TaughtWord, ...]
    made: tuple[Made, ...]
    nearest: tuple[float | None, ...]


@dataclass(frozen=True, eq=False)
class Judging:
    """The words, the checksum of their embedder, and windows of the cohort and the room where scorings need them."""

    words: tuple[TaughtWord, ...]
    checksum: str
    windows: tuple[Frames, ...]
    room: tuple[Frames, ...]

    def task(self, _progress: OnProgress, cancel: CancelToken) -> Judged:
        """For a job's thread. Raises Cancelled."""
        made = []
        for word in self.words:
            cancel.check()
            if word.templates:
                made.append(make(word, self.checksum, self.windows, self.room))
        rivals = [one.model for one in made]
        words = []
        for word in self.words:
            cancel.check()
            words.append(judge(word, rivals, self.windows))
        nearest = tuple(nearest_in(word, self.windows, self.room) for word in self.words)
        return Judged(tuple(words), tuple(made), nearest)
