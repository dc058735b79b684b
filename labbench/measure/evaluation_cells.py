"""What an evaluation is asked for, and what it finds: a cell for each word and draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.measure.evaluation_material import WordFolder
from labbench.wakeword.calibration import Calibration
from labbench.wakeword.rates import threshold_for
from labbench.wakeword.scoring import DEFAULT
from labbench.wakeword.words import TaughtWord, WordModel

RATES = (0.0, 0.1, 0.5, 1.0, 4.0)
"""False accepts an hour at which misses are told; 0: none in the whole background."""
WANTED = (1.0, 4.0, 10.0, 40.0)
"""False accepts an hour that calibration is asked for."""


@dataclass(frozen=True)
class Plan:
    """What is to be measured. `ratios` are in dB of active speech over babble, None for quiet."""

    words: tuple[WordFolder, ...]
    background: tuple[Path, ...]
    babble: tuple[Path, ...] = ()
    shots: int = 5
    draws: int = 10
    ratios: tuple[float | None, ...] = (None, 10.0)
    most_tests: int = 40
    seed: int = 0
    scoring: str = DEFAULT
    adapt: str = ""
    """`on`: words learn from near misses; `wrong`: wrong moments are forced on them."""


@dataclass
class Cell:
    """One word taught in one draw, and what became of it. Distances are smoothed.

    `dips` of the background, nearest first; `trials` its nearest distance in each stretch; `accepts` firings at the
    threshold that a user gets, `achieved` at those calibrated for `WANTED`; `tests` by ratio.
    """

    word: str
    draw: int
    taught: TaughtWord
    model: WordModel
    calibration: Calibration
    tested_with: list[int]
    refused: int
    dips: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    trials: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    accepts: int = 0
    achieved: list[int] = field(default_factory=lambda: [0] * len(WANTED))
    tests: dict[float | None, Tests] = field(default_factory=dict)

    def threshold(self, rate: float, hours: float) -> float:
        """The highest one that keeps to so many false accepts an hour in the background."""
        return threshold_for(self.dips, int(rate * hours + 1e-9))


@dataclass
class Tests:
    """Utterances of a cell at one ratio: how near each came, missed at each of `RATES` and at the user's threshold.

    `latencies` in seconds from the word's end; `extra` detections matched no utterance; `others` are the nearest
    distances of other words' utterances.
    """

    nearest: list[float] = field(default_factory=list)
    missed: list[list[bool]] = field(default_factory=list)
    missed_by_default: list[bool] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    extra: int = 0
    others: list[float] = field(default_factory=list)


@dataclass
class Adapted:
    """One cell before and after it went through a stream of utterances, by the threshold that a user has.

    Of `streamed` utterances `retried` were missed and said again; `learnt` moments joined the word, others were
    `refused`, by reason. Of the same utterances in other babble, as their speakers say the word again later, `missed`
    were not heard, of other speakers' `others`; and `accepts` in the background: before, after.
    """

    streamed: int = 0
    retried: int = 0
    learnt: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    missed: list[tuple[bool, bool]] = field(default_factory=list)
    others: list[tuple[bool, bool]] = field(default_factory=list)
    accepts: tuple[int, int] = (0, 0)


class Meter:
    """Counts windows of work, and looks at the cancel token with each."""

    def __init__(self, on_progress: OnProgress, cancel: CancelToken) -> None:
        self._on_progress, self._cancel = on_progress, cancel
        self._done, self.total, self.note = 0.0, 1.0, ""

    def add(self, windows: float) -> None:
        self._cancel.check()
        self._done += windows
        self._on_progress(Progress(min(self._done, self.total), self.total, "windows", self.note))


@dataclass(frozen=True)
class Evaluation:
    """All cells, word by word and draw by draw, hours of background, and medians of what a hop of all words costs."""

    plan: Plan
    cells: tuple[tuple[Cell, ...], ...]
    hours: float
    ms_per_hop: float
    embedding_ms: float
    adapted: tuple[tuple[Adapted, ...], ...] = ()
