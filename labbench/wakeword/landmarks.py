"""Single takes as landmarks: how far a moment, or another take, lies from each of them.

The distance to a take is the one that detection would have, had the word been taught with that take alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.wakeword.embedder import Frames
from labbench.wakeword.references import Bank
from labbench.wakeword.scoring import scoring_of
from labbench.wakeword.words import Take, TaughtWord, WordModel, model_of


@dataclass(frozen=True, eq=False)
class Landmark:
    """Take `number` of `word`, or its counter-example of that number; `label` and `speaker` are the take's.

    `frames` are those of its sound as it was recorded, `model` hears that take alone. Immutable; crosses processes.
    """

    word: str
    number: int
    label: str
    speaker: str
    frames: Frames
    model: WordModel
    against: bool = False
    learnt: bool = False


def landmarks_of(words: Sequence[TaughtWord], cohort: Sequence[Frames] = ()) -> tuple[Landmark, ...]:
    """Every used take, word by word, then every counter-example. Some scorings need the `cohort`'s windows."""
    taught = [_landmark(word, n, take, cohort) for word in words for n, take in enumerate(word.takes) if take.used]
    against = [_landmark(word, n, take, cohort) for word in words for n, take in enumerate(word.against) if take.used]
    return (*taught, *(replace(one, against=True) for one in against))


def _landmark(word: TaughtWord, number: int, take: Take, cohort: Sequence[Frames]) -> Landmark:
    alone = replace(word, takes=(replace(take, learnt=False),), against=(), threshold_set=1.0)
    model = model_of(alone, word.scoring, cohort)
    frames = take.templates[0].frames
    return Landmark(word.name, number, take.label, take.speaker, frames, model, learnt=take.learnt)


class LandmarkBank:
    """Landmarks that are measured together. Immutable; thread-safe."""

    def __init__(self, landmarks: Sequence[Landmark]) -> None:
        self.landmarks = tuple(landmarks)
        self._bank = Bank([reference for one in self.landmarks for reference in one.model.references])
        ends = np.cumsum([len(one.model.references) for one in self.landmarks]).tolist()
        starts = [0, *ends][: len(ends)]
        self._parts = [slice(start, end) for start, end in zip(starts, ends, strict=True)]

    def __len__(self) -> int:
        return len(self.landmarks)

    def fits(self, window: Frames) -> bool:
        """Whether its frames are those of the embedder that the takes were made with, as far as their width tells."""
        return not self.landmarks or self.landmarks[0].frames.shape[1] == window.shape[1]

    def distances(self, window: Frames) -> NDArray[np.float32]:
        """Of one window to each landmark: shape [landmarks]."""
        return self.of_raw(self._bank.distances(window)[:, None])[:, 0]

    def table(
        self,
        windows: Sequence[Frames],
        on_progress: OnProgress = ignore_progress,
        cancel: CancelToken | None = None,
    ) -> NDArray[np.float32]:
        """Of every window to each landmark: shape [windows, landmarks]. Raises Cancelled."""
        rows = []
        for number, window in enumerate(windows):
            if cancel is not None:
                cancel.check()
            on_progress(Progress(number, len(windows), "windows"))
            rows.append(self._bank.distances(window))
        raw = np.stack(rows, axis=1) if rows else np.zeros((len(self._bank), 0), np.float32)
        return self.of_raw(raw).T

    def of_raw(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Raw distances of all references [references, windows] as those of landmarks [landmarks, windows]."""
        rows = [one.model.fusion.distances(raw[part]) for one, part in zip(self.landmarks, self._parts, strict=True)]
        return np.stack(rows) if rows else np.zeros((0, raw.shape[1]), np.float32)


def mutual(one_way: NDArray[np.float32]) -> NDArray[np.float64]:
    """Distances between takes, as seen from both sides: [n, n] to the mean of both ways, 0 from each to itself."""
    both: NDArray[np.float64] = (one_way.astype(np.float64) + one_way.T) / 2
    np.fill_diagonal(both, 0.0)
    return both


def to_ordinary(
    words: Sequence[TaughtWord], landmarks: Sequence[Landmark], cohort: Sequence[Frames] = ()
) -> NDArray[np.float64]:
    """Of windows of ordinary speech to each landmark: [windows, landmarks]; those that every scoring leaves unseen."""
    by_name = {word.name: word for word in words}
    rows = []
    for one in landmarks:
        word = by_name[one.word]
        take = (word.against if one.against else word.takes)[one.number]
        way = scoring_of(word.scoring)
        learned = way.learn([take.templates], cohort)
        rows.append(one.model.fusion.distances(learned.cohort).astype(np.float64))
    shortest = min((len(row) for row in rows), default=0)
    return np.stack([row[:shortest] for row in rows], axis=1) if rows else np.zeros((0, 0))
