"""Offers what can be learnt from a sound that was searched: a word that was nearly heard, and then said again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.messages import TakeMade
from labbench.wakeword.learning import learn
from labbench.wakeword.near_misses import NearMiss
from labbench.wakeword.retries import came_near, repeated

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

AROUND_SECONDS = 0.35
"""Heard before the word and behind it, so that its edges can be found."""
STILL_HEARD_SECONDS = 2.0
"""What is nearest to a word may be found elsewhere in the window once the word has learnt from it."""


class Learning(QObject):
    """Looks at every sound that was searched; nothing is learnt unless the user takes the offer. Main thread."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._pending: dict[int, NearMiss] = {}
        self._taken: list[tuple[str, str, float]] = []
        bench.scores.clip_spotted.connect(lambda _: self._look())
        bench.sound.take_made.connect(self._take_made)
        bench.sound.lost.connect(self._pending.clear)

    def learn(self, miss: NearMiss) -> None:
        """Make a take of the moment at which a word was nearly heard; whether it is learnt is decided then."""
        word = self._bench.teaching.word(miss.word)
        if word is None or not word.templates:
            return
        seconds = float(np.median([take.seconds for take in word.takes if take.used]))
        said = self._said_at(miss)
        span = (max(0.0, said - seconds - 2 * AROUND_SECONDS), said + AROUND_SECONDS)
        shown = self._bench.shown.recording
        self._taken.append((word.name, str(shown.path) if shown is not None else "", miss.at_s))
        try:
            load = self._bench.selection.take_16k(span)
        except LabBenchError as error:
            self._bench.trouble.emit(error)
            return
        job = self._bench.jobs.prepare(f"Reading what {miss.word} may learn", load)
        job.done.connect(lambda samples: self._make(miss, samples))
        job.failed.connect(self._bench.trouble)
        job.start()

    def _said_at(self, miss: NearMiss) -> float:
        scores = self._bench.scores
        names = [name for name, _ in scores.words]
        if miss.word not in names or not len(scores.hops.index):
            return miss.at_s
        return came_near(miss, scores.hops.index, scores.hops.distances[:, names.index(miss.word)])

    def _look(self) -> None:
        pairs = repeated(self._bench.scores.near_misses, self._bench.scores.detections)
        for miss, heard in pairs:
            if not self._knows(miss):
                self._bench.offered.emit(
                    f"“{miss.word}” was nearly heard at {miss.at_s:.1f} s and said again at {heard.start:.1f} s. "
                    "The first one was probably meant as well.",
                    "Learn from it",
                    lambda miss=miss: self.learn(miss),
                )
                return

    def _knows(self, miss: NearMiss) -> bool:
        """Whether this moment of the shown recording was offered and taken before."""
        shown = self._bench.shown.recording
        path = str(shown.path) if shown is not None else ""
        return any(
            (word, recording) == (miss.word, path) and abs(at - miss.at_s) < STILL_HEARD_SECONDS
            for word, recording, at in self._taken
        )

    def _make(self, miss: NearMiss, samples: NDArray[np.float32]) -> None:
        ticket = self._bench.sound.ticket()
        self._pending[ticket] = miss
        self._bench.sound.send(messages.MakeTake(ticket, _label(miss), samples))

    def _take_made(self, event: TakeMade) -> None:
        miss = self._pending.pop(event.ticket, None)
        teaching = self._bench.teaching
        word = teaching.word(miss.word) if miss is not None else None
        if miss is None or word is None or not word.templates or event.take is None:
            return
        found = learn(word, event.take, [other for other in teaching.words if other.name != word.name])
        if found.refusal is not None:
            self._bench.said.emit(f"“{word.name}” did not learn from {miss.at_s:.1f} s: {found.refusal.value}.")
            return
        teaching.edit(word.name, found.word, f"“{word.name}” learns from {miss.at_s:.1f} s")
        self._bench.said.emit(
            f"“{word.name}” has learnt from {miss.at_s:.1f} s. Expected false accepts an hour: {found.after:.2g}, "
            f"before {found.before:.2g}. Reset in the window of its takes keeps only what was taught."
        )


def _label(miss: NearMiss) -> str:
    return f"{miss.at_s:.1f} s"
