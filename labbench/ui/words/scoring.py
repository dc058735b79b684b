"""How far every moment of the shown sound lies from each word, and what was recognised in it. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job, JobRunner
from labbench.live import messages
from labbench.live.messages import ClipSpotted, SpotProgress, Spotted
from labbench.ui.notices import Notices
from labbench.ui.sounds.sound import Sound
from labbench.ui.words.heard_by import Heard
from labbench.ui.words.hops import Hops, HopStore
from labbench.ui.words.teaching import Teaching
from labbench.wakeword.near_misses import NearMiss, near_misses
from labbench.wakeword.recount import Stream
from labbench.wakeword.replay import decided_anew
from labbench.wakeword.spotter import Detection, SpotFrame

Samples = NDArray[np.float32]


class Scoring(QObject):
    """Distances come live from the ear, from a whole sound that it scores, or from where they were kept.

    `words` are those that the distances belong to, with the thresholds by which was decided. All in the main thread.
    """

    detected = Signal(object)
    spotted = Signal(object)
    clip_spotted = Signal(object)
    decided_anew = Signal()
    shown = Signal()
    progressed = Signal(object)

    def __init__(
        self, sound: Sound, teaching: Teaching, jobs: JobRunner, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._notices = notices
        self._sound = sound
        self._teaching = teaching
        self._jobs = jobs
        self._ticket = -1
        self._asked: tuple[list[tuple[str, float]], tuple[Heard, ...]] = ([], ())
        self._reading: Job | None = None
        self.templates: tuple[Heard, ...] | None = None
        """Which takes the distances come from, as `Teaching.templates` tells them; None where that is not known."""
        self.words: list[tuple[str, float]] = []
        self.frames: list[SpotFrame] = []
        self.detections: list[Detection] = []
        self._located: list[Detection] = []
        self._store = HopStore(self.frames, 0)
        self._nearly: dict[str, tuple[Hops, float, list[Detection], list[NearMiss]]] = {}
        sound.opened.connect(lambda _: self.begin())
        sound.spotted.connect(self._spotted)
        sound.clip_spotted.connect(self._clip_spotted)
        sound.spot_progressed.connect(self._progressed)
        sound.lost.connect(self.stop)
        teaching.words_changed.connect(self._words_changed)

    @property
    def running(self) -> bool:
        """Whether a whole sound is being scored."""
        return self._reading is not None or self._ticket >= 0

    @property
    def hops(self) -> Hops:
        """The frames that have a distance for each word, as arrays; put together once: hours of them take time."""
        if self._store.frames is not self.frames or self._store.words != len(self.words):
            self._store = HopStore(self.frames, len(self.words))
        return self._store.hops

    def stream(self, name: str) -> Stream | None:
        """What the detector of a word decides by; None for a word that the distances don't belong to."""
        names = [word for word, _ in self.words]
        return self.hops.streams[names.index(name)] if name in names else None

    @property
    def near_misses(self) -> list[NearMiss]:
        """Where a word came close to being recognised."""
        found = [miss for number, (name, _) in enumerate(self.words) for miss in self._near_misses_of(number, name)]
        return sorted(found, key=lambda miss: miss.at_s)

    def _near_misses_of(self, number: int, name: str) -> list[NearMiss]:
        """Found once for each threshold: another word's may be dragged."""
        hops, threshold = self.hops, self.words[number][1]
        mine = [detection for detection in self.detections if detection.word == name]
        known = self._nearly.get(name)
        if known is None or known[0] is not hops or known[1:3] != (threshold, mine):
            kept = ~hops.muted
            found = near_misses(name, hops.index[kept], hops.distances[kept, number], threshold, mine)
            self._nearly[name] = known = (hops, threshold, mine, found)
        return known[3]

    def begin(self) -> None:
        """A new sound: nothing is known of it yet."""
        self.stop()
        self.detections, self.frames, self._located, self._nearly = [], [], [], {}
        self.words, self.templates = self._teaching.live_words, self._teaching.templates

    def search(self, load: Callable[[OnProgress, CancelToken], Samples]) -> None:
        """Score what `load` gives (16 kHz) with the words as they are; an earlier request is given up."""
        self.stop()
        if not self._teaching.live_words:
            self.show([], (), ())
            return
        job = self._jobs.prepare("Reading the sound", load)
        self._reading = job
        job.done.connect(lambda samples: self._read(job, samples))
        job.failed.connect(self._notices.error)
        job.start()

    def stop(self) -> None:
        """Give up scoring a whole sound."""
        job, self._reading = self._reading, None
        if job is not None:
            job.cancel()
        if self._ticket >= 0:
            self._ticket = -1
            self._sound.send(messages.CancelSpot())
        self.progressed.emit(None)

    def show(
        self,
        words: Sequence[tuple[str, float]],
        frames: Sequence[SpotFrame],
        detections: Sequence[Detection],
        hops: Hops | None = None,
    ) -> None:
        """Distances that were kept, in place of those that are shown; what is being scored is given up.

        `hops` are the same frames as arrays, where there are some already.
        """
        self.stop()
        self.words, self.templates = list(words), None
        self.frames, self._located, self.detections = list(frames), list(detections), list(detections)
        self._store = HopStore(self.frames, len(self.words), hops)
        self.shown.emit()

    def _read(self, job: Job, samples: Samples) -> None:
        if self._reading is job:
            self._reading = None
            self._ticket = self._sound.ticket()
            self._asked = self._teaching.live_words, self._teaching.templates
            self._teaching.ear.flush()
            self._sound.send(messages.SpotClip(self._ticket, samples))

    def _progressed(self, event: SpotProgress) -> None:
        if event.ticket == self._ticket:
            self.progressed.emit(Progress(event.done, event.total, "hops"))

    def _words_changed(self) -> None:
        """Other thresholds decide anew by the distances that are known; other words need other distances."""
        words = self._teaching.live_words
        if [name for name, _ in words] != [name for name, _ in self.words]:
            if self._sound.running is not None:
                self.words, self.frames = words, []
        elif words != self.words:
            self._decide_anew(words)
            self.decided_anew.emit()

    def _decide_anew(self, words: list[tuple[str, float]]) -> None:
        """By the present thresholds, where those are others than before."""
        moved = [number for number, word in enumerate(words) if word != self.words[number]]
        names = {words[number][0] for number in moved}
        models, streams = self._teaching.models, self.hops.streams
        found = decided_anew([models[n] for n in moved], [streams[n] for n in moved], self._located)
        kept = [detection for detection in self.detections if detection.word not in names]
        self.words = words
        self.detections = sorted([*kept, *found], key=lambda detection: detection.at)

    def _spotted(self, event: Spotted) -> None:
        self.frames.append(event.frame.lighter)
        self._located += event.detections
        self.detections += event.detections
        self.spotted.emit(event)
        if event.detections:
            self.detected.emit(list(event.detections))

    def _clip_spotted(self, event: ClipSpotted) -> None:
        if event.ticket != self._ticket:  # of an older sound
            return
        self._ticket = -1
        self.words, self.templates = self._asked
        self.frames, self._located = list(event.frames), list(event.detections)
        self.detections = list(event.detections)
        self.progressed.emit(None)
        self.clip_spotted.emit(event)
        self._words_changed()  # a threshold may have been moved in the meantime
