"""Every way of scoring on one word's own takes: what each would miss, let through and take to teach.

Each take is left out in turn and heard by the others; ordinary speech is the cohort's windows that the way was not
trained on. A pure function of takes and cohort, but for the time, which the caller's clock tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.wakeword.calibration import Calibration
from labbench.wakeword.embedder import Frames
from labbench.wakeword.scoring import SCORINGS
from labbench.wakeword.words import TaughtWord, calibration_of

LEAST_TAKES = 3
"""With fewer, a way that leaves one out has hardly anything left to learn from."""


@dataclass(frozen=True)
class Way:
    """One scoring at the threshold that calibration gives it.

    `missed` of `tried` takes were not heard by the others; `accepted` of `unseen` windows of ordinary speech were taken
    for the word. `seconds` is what teaching took. `misses` is the share that `calibration` expects of new utterances,
    and `apart` how many standard deviations of ordinary speech lie between its mean and the farthest take.
    """

    scoring: str
    title: str
    calibration: Calibration
    missed: int
    tried: int
    accepted: int
    unseen: int
    apart: float
    seconds: float

    @property
    def misses(self) -> float:
        return self.calibration.misses if self.calibration.misses is not None else self.missed / self.tried

    @property
    def false_accepts_per_hour(self) -> float:
        return self.calibration.false_accepts_per_hour


def compare_ways(
    word: TaughtWord,
    cohort: Sequence[Frames],
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    clock: Callable[[], float] = time.perf_counter,
    room: Sequence[Frames] = (),
) -> tuple[Way, ...]:
    """One for each of `SCORINGS`, in that order; the `room`'s windows have their say in thresholds.

    Raises LabBenchError with fewer than three takes, Cancelled.
    """
    used = [take for take in word.takes if take.used]
    if len(used) < LEAST_TAKES:
        raise LabBenchError(
            f"“{word.name}” has {len(used)} usable take{'' if len(used) == 1 else 's'}: too few to compare ways.",
            f"Teach {LEAST_TAKES} or more, better five by different people.",
        )
    versions = [take.templates for take in used]
    found = []
    for number, way in enumerate(SCORINGS.values()):
        if cancel is not None:
            cancel.check()
        on_progress(Progress(number, len(SCORINGS), "ways", way.title))
        began = clock()
        learned = way.learn(versions, cohort)
        ordinary = way.fuse(learned).distances(learned.cohort)
        seconds = clock() - began
        calibration = calibration_of(word, way.name, cohort, room)
        mean, spread = calibration.background
        takes = np.asarray(calibration.takes)
        found.append(
            Way(
                way.name,
                way.title,
                calibration,
                int(np.count_nonzero(takes >= calibration.threshold)),
                len(takes),
                int(np.count_nonzero(ordinary < calibration.threshold)),
                len(ordinary),
                float((mean - takes.max()) / spread),
                seconds,
            )
        )
    return tuple(found)


def best_way(ways: Sequence[Way]) -> Way:
    """The one that keeps takes and ordinary speech farthest apart: fewest errors together, then the widest gap."""
    return min(ways, key=lambda way: (way.missed / way.tried + way.accepted / way.unseen, -way.apart))
