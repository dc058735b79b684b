"""What the views of distances share: the map of all takes, and where each moment of the shown sound lies in it.

Nothing of it is computed, live or otherwise, while no view is open. No widgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, Task
from labbench.live.messages import Spotted
from labbench.live.view_messages import Watch
from labbench.live.worker import Worker
from labbench.wakeword.landmark_map import LandmarkMap, mapped, turned_as
from labbench.wakeword.landmarks import Landmark
from labbench.wakeword.scoring import needs_windows
from labbench.wakeword.spotter import SpotFrame
from labbench.wakeword.words import TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

MAP_AFTER_MS = 300
"""Takes often come several at once; the map waits until they rest."""
AT_ONCE = 256
"""Moments of a whole sound that are placed between two turns of the window: some milliseconds."""
LONG_SECONDS = 300.0
"""A longer recording is measured against the takes only when somebody asks for it."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Hops of the shown sound: 16 kHz sample `index` [m] at which each window ends, `distances` to the watched
    landmarks [m, n], and `points` in the map's plane [m, 2]."""

    index: NDArray[np.int64]
    distances: NDArray[np.float64]
    points: NDArray[np.float64]


class LandmarkDesk(QObject):
    """Main thread. Views `want` it while they are visible, and `leave`.

    `changed`: another map (None: nothing is taught). `moved`: a moment of running sound was placed, the newest of
    `moments`. `measured`: many were, or none is left. `progressed` while the map is computed (None: that is over).
    """

    changed = Signal(object)
    moved = Signal()
    measured = Signal()
    progressed = Signal(object)

    def __init__(self, bench: Bench, worker: Worker) -> None:
        super().__init__(bench)
        self._bench = bench
        self._worker = worker
        self._wanted: dict[str, bool] = {}
        self._made_of: tuple[TaughtWord, ...] | None = None
        self._job: Job | None = None
        self._number = 0
        self._told: tuple[int, bool, bool] | None = None  # what the ear knows of it
        self.map: LandmarkMap | None = None
        self.frame: SpotFrame | None = None
        """The newest of running sound; with its window's frames where a view wants them."""
        self._taken: list[SpotFrame] | None = None
        self._next = 0
        self._store = _Store(0)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(MAP_AFTER_MS)
        self._soon.timeout.connect(self._make)
        self._filling = QTimer(self)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._fill)
        bench.teaching.words_changed.connect(self._words_changed)
        bench.sound.lost.connect(self._watch_again)
        bench.sound.opened.connect(lambda _: self._begin())
        bench.scores.spotted.connect(self._spotted)
        for signal in (bench.scores.clip_spotted, bench.scores.shown):
            signal.connect(lambda *_: self._begin())

    # Who looks --------------------------------------------------------------------------------------------------------

    def want(self, view: str, *, frames: bool = False) -> None:
        """`view` is visible; with `frames` it needs those of running sound."""
        if self._wanted.get(view) == frames:
            return
        self._wanted[view] = frames
        if self._stale:
            self._make()
        self._watch()

    def leave(self, view: str) -> None:
        """`view` is hidden."""
        if self._wanted.pop(view, None) is not None:
            self._watch()

    @property
    def wanted(self) -> bool:
        return bool(self._wanted)

    @property
    def moments(self) -> Moments:
        """Of the shown sound, in order, as far as they are placed."""
        return self._store.moments

    @property
    def can_measure(self) -> bool:
        """Whether the shown sound has moments that were not measured against the takes, and lies still."""
        frames = self._bench.scores.frames
        ready = self.map is not None and bool(self.map.landmarks) and not self._bench.busy
        return ready and not any(self.belongs(frame) for frame in frames[-1:]) and self._recorded

    def measure(self) -> None:
        """Score the shown sound once more, this time against every take."""
        self._bench.reading.search()

    # The map ----------------------------------------------------------------------------------------------------------

    @property
    def _stale(self) -> bool:
        """Whether the takes are others than those of the map; names and thresholds of words change nothing in it."""
        made, now = self._made_of, self._bench.teaching.words
        if made is None or len(made) != len(now):
            return True
        return any(_seen(one) != _seen(other) for one, other in zip(made, now, strict=True))

    def _words_changed(self) -> None:
        if self.wanted and self._stale:
            self._soon.start()

    def _make(self) -> None:
        if not self.wanted or not self._stale:
            return
        if self._job is not None:
            self._job.cancel()
        self._made_of = self._bench.teaching.words
        words = tuple(word for word in self._bench.teaching.words if word.templates)
        if not words:
            self._have(None)
            return
        self._job = job = self._bench.jobs.prepare("Mapping the takes", self._task(words), background=True)
        job.progressed.connect(self.progressed)
        job.done.connect(lambda found: self._made(job, found))
        job.failed.connect(self._bench.notices.error)
        job.ended.connect(lambda: self._ended(job))
        job.start()

    def _task(self, words: tuple[TaughtWord, ...]) -> Task:
        windows = self._bench.teaching.heard_by.windows if any(needs_windows(word.scoring) for word in words) else ()
        worker = self._worker

        def task(progress: OnProgress, cancel: CancelToken) -> LandmarkMap:
            return worker.call(mapped, words, windows, on_progress=progress, cancel=cancel)

        return task

    def _made(self, job: Job, found: LandmarkMap) -> None:
        if self._job is job:
            self._have(turned_as(found, self.map))

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None
            self.progressed.emit(None)

    def _have(self, found: LandmarkMap | None) -> None:
        self.map = found
        self._number += 1
        self._watch()
        self._begin()
        self.changed.emit(found)

    # Moments ----------------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Tell the ear what views need."""
        landmarks: tuple[Landmark, ...] = ()
        if self.wanted and self.map is not None:
            landmarks = tuple(self.map.landmarks[number] for number in self.map.watched)
        state = (self._number, bool(landmarks), any(self._wanted.values()))
        if self._told == state:
            return
        self._told = state
        self._bench.sound.send(Watch(self._number, landmarks, state[2]))
        if landmarks and self.can_measure and self._short:
            self.measure()

    def _watch_again(self) -> None:
        """The ear's process is another one."""
        self._told = None
        if self.wanted:
            self._watch()

    @property
    def _recorded(self) -> bool:
        return self._bench.shown.recording is not None

    @property
    def _short(self) -> bool:
        recording = self._bench.shown.recording
        return recording is not None and recording.seconds <= LONG_SECONDS

    def belongs(self, frame: SpotFrame) -> bool:
        """Whether its distances are those to the watched landmarks of the present map."""
        return frame.watched is not None and frame.watched.number == self._number and len(frame.watched.distances) > 0

    def _spotted(self, event: Spotted) -> None:
        self.frame = event.frame
        if self.map is None or not self.belongs(event.frame) or self._filling.isActive():
            return
        self._store.add(self.map, [event.frame])
        self._taken, self._next = self._bench.scores.frames, len(self._bench.scores.frames)
        self.moved.emit()

    def _begin(self) -> None:
        """Another sound, or other distances of it: place what was measured, a little at a time."""
        self._store = _Store(len(self.map.watched) if self.map is not None else 0)
        self._taken, self._next = self._bench.scores.frames, 0
        self.frame = None
        self.measured.emit()
        if self.map is not None and self._taken:
            self._filling.start()

    def _fill(self) -> None:
        frames = self._bench.scores.frames
        if self.map is None or frames is not self._taken or self._next >= len(frames):
            self._filling.stop()
            self.measured.emit()
            return
        some = frames[self._next : self._next + AT_ONCE]
        self._next += len(some)
        self._store.add(self.map, [frame for frame in some if self.belongs(frame)])


def _seen(word: TaughtWord) -> tuple[str, int, int, str]:
    """Something that differs where what a map shows would: takes are never changed, only replaced."""
    return word.name, id(word.takes), id(word.against), word.scoring


class _Store:
    """Arrays that grow."""

    def __init__(self, landmarks: int) -> None:
        self._count = 0
        self._index = np.zeros(64, np.int64)
        self._distances = np.zeros((64, landmarks))
        self._points = np.zeros((64, 2))

    @property
    def moments(self) -> Moments:
        return Moments(self._index[: self._count], self._distances[: self._count], self._points[: self._count])

    def add(self, chart: LandmarkMap, frames: list[SpotFrame]) -> None:
        distances = [frame.watched.distances for frame in frames if frame.watched is not None]
        if not distances:
            return
        while self._count + len(distances) > len(self._index):
            self._index, self._distances, self._points = (
                np.concatenate([part, np.zeros_like(part)]) for part in (self._index, self._distances, self._points)
            )
        some = slice(self._count, self._count + len(distances))
        self._index[some] = [frame.index for frame in frames]
        self._distances[some] = distances
        self._points[some] = chart.place(self._distances[some])
        self._count = some.stop
