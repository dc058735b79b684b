"""What views of taught words show: distances between all takes, to ordinary speech, and a plane that fits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.wakeword.embedder import Frames
from labbench.wakeword.landmarks import Landmark, LandmarkBank, landmarks_of, mutual, to_ordinary
from labbench.wakeword.mds import Fidelity, Points, drawn_to, fidelity, laid_out, placed, stress, turned_to
from labbench.wakeword.words import TaughtWord

MOST_WATCHED = 48
"""Takes that a moment is measured against, live: with more of them a hop would take too long."""


@dataclass(frozen=True, eq=False)
class LandmarkMap:
    """Takes and counter-examples, `between` them [n, n], and windows of ordinary speech to each, `ordinary` [m, n].

    In the plane: `points` [n, 2], `speech` [2], at 1 from every take as ordinary speech is in the mean, and its
    `background` windows [m, 2]. `watched` are numbers of the landmarks that moments are placed by. Crosses processes.
    """

    landmarks: tuple[Landmark, ...]
    between: NDArray[np.float64]
    ordinary: NDArray[np.float64]
    points: Points
    speech: NDArray[np.float64]
    background: Points
    watched: tuple[int, ...]

    def place(self, distances: NDArray[np.float64]) -> Points:
        """Where moments lie, by their distances to the `watched` landmarks ([k, watched]): shape [k, 2]."""
        return _placed(self.points[list(self.watched)], distances, self.speech)

    @cached_property
    def fidelity(self) -> Fidelity:
        """How much the picture of the takes lies."""
        return fidelity(self.between, self.points)

    def misplaced(self, distances: NDArray[np.float64], points: Points) -> float:
        """Kruskal's stress of moments that were placed: of their distances to the watched landmarks alone."""
        landmarks = self.points[list(self.watched)]
        gaps = np.hypot(points[:, :1] - landmarks[:, 0], points[:, 1:] - landmarks[:, 1])
        return stress(distances, gaps)


def mapped(
    words: Sequence[TaughtWord],
    cohort: Sequence[Frames] = (),
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> LandmarkMap:
    """All that is known of these words' takes. Some scorings need the `cohort`'s windows. Raises Cancelled.

    A few milliseconds for each take, more than that with hundreds of them.
    """
    landmarks = landmarks_of(words, cohort)
    bank = LandmarkBank(landmarks)
    between = mutual(bank.table([one.frames for one in landmarks], on_progress, cancel))
    ordinary = to_ordinary(words, landmarks, cohort)
    if not landmarks:
        return LandmarkMap((), between, ordinary, np.zeros((0, 2)), np.zeros(2), np.zeros((0, 2)), ())
    with_speech = np.pad(between, ((0, 1), (0, 1)), constant_values=1.0)
    with_speech[-1, -1] = 0.0
    plane = laid_out(with_speech)
    points, speech = plane[:-1], plane[-1]
    background = _placed(points, ordinary, speech)
    return LandmarkMap(landmarks, between, ordinary, points, speech, background, _watched(landmarks))


def turned_as(new: LandmarkMap, old: LandmarkMap | None) -> LandmarkMap:
    """The same map, turned so that what was in `old` is where it was, as nearly as can be."""
    if old is None:
        return new
    places = {_key(one): number for number, one in enumerate(old.landmarks)}
    pairs = [(n, places[_key(one)]) for n, one in enumerate(new.landmarks) if _key(one) in places]
    mine = np.concatenate([new.points[[n for n, _ in pairs]], new.speech[None]])
    theirs = np.concatenate([old.points[[n for _, n in pairs]], old.speech[None]])
    rotation, shift = turned_to(mine, theirs)
    return replace(
        new,
        points=new.points @ rotation + shift,
        speech=new.speech @ rotation + shift,
        background=new.background @ rotation + shift,
    )


def _placed(landmarks: Points, distances: NDArray[np.float64], speech: NDArray[np.float64]) -> Points:
    if not len(landmarks):
        return np.zeros((len(distances), 2))
    return placed(landmarks, distances, drawn_to(landmarks, distances, speech))


def _key(landmark: Landmark) -> tuple[str, str, bool]:
    return landmark.word, landmark.label, landmark.against


def _watched(landmarks: Sequence[Landmark]) -> tuple[int, ...]:
    """All of them; of very many as many of each word in turn as there is time for."""
    queues: dict[tuple[str, bool], list[int]] = {}
    for number, one in enumerate(landmarks):
        queues.setdefault((one.word, one.against), []).append(number)
    chosen: list[int] = []
    while len(chosen) < MOST_WATCHED and any(queues.values()):
        for queue in queues.values():
            if queue and len(chosen) < MOST_WATCHED:
                chosen.append(queue.pop(0))
    return tuple(sorted(chosen))
