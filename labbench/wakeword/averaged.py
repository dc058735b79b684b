"""Scorings by averaged frames, without their order: neighbours, a prototype, and a trained head."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.fusion import Fusion, nearest_of_all
from labbench.wakeword.learned import Learned, Scoring, measured
from labbench.wakeword.logistic import trained_head
from labbench.wakeword.references import Reference, centre_of, point_of
from labbench.wakeword.templates import Template


class NearestTake:
    """Each version of each take as the mean of its frames, without their order; the nearest one counts."""

    name = "nearest"
    title = "Nearest take (frames averaged)"
    needs_windows = True
    stretch = None
    unseen = slice(None)

    def learn(
        self,
        takes: Sequence[Sequence[Template]],
        cohort: Sequence[Frames],
        room: Sequence[Frames] = (),
        alone: Sequence[bool] = (),
    ) -> Learned:
        _require(self, cohort)
        centre = centre_of(cohort)
        frames = _frames(takes)
        references = [Reference(point_of(one, centre)[None], len(one), centre) for one in frames]
        return measured(references, cohort[self.unseen], room)

    def fuse(self, learned: Learned) -> Fusion:
        return nearest_of_all(learned.cohort)


class Prototype:
    """One point for the word: the mean of all its takes' points (J. Snell, K. Swersky, R. Zemel, 2017)."""

    name = "prototype"
    title = "Prototype (mean of all takes)"
    needs_windows = True
    stretch = None
    unseen = slice(None)

    def learn(
        self,
        takes: Sequence[Sequence[Template]],
        cohort: Sequence[Frames],
        room: Sequence[Frames] = (),
        alone: Sequence[bool] = (),
    ) -> Learned:
        _require(self, cohort)
        centre = centre_of(cohort)
        frames = _frames(takes)
        mean = np.stack([point_of(version, centre) for version in frames]).mean(axis=0)
        length = round(float(np.median([len(version) for version in frames])))
        return measured([Reference(unit_rows(mean[None]), length, centre)], cohort[self.unseen], room)

    def fuse(self, learned: Learned) -> Fusion:
        return nearest_of_all(learned.cohort)


class LogisticHead:
    """One direction for the word, trained on its takes (frames averaged) against stretches of ordinary speech.

    Every second window is kept back, `unseen`: speech that it was trained on stays farther away than other speech.
    """

    name = "logistic"
    title = "Trained head (logistic regression)"
    needs_windows = True
    stretch = None
    unseen = slice(1, None, 2)

    def learn(
        self,
        takes: Sequence[Sequence[Template]],
        cohort: Sequence[Frames],
        room: Sequence[Frames] = (),
        alone: Sequence[bool] = (),
    ) -> Learned:
        _require(self, cohort)
        return measured([trained_head(_frames(takes), cohort[::2], centre_of(cohort))], cohort[self.unseen], room)

    def fuse(self, learned: Learned) -> Fusion:
        return nearest_of_all(learned.cohort)


def _frames(takes: Sequence[Sequence[Template]]) -> list[Frames]:
    return [template.frames for versions in takes for template in versions]


def _require(scoring: Scoring, cohort: Sequence[Frames]) -> None:
    if not cohort[scoring.unseen]:
        raise ValueError(f"the scoring {scoring.name} needs the windows of a background cohort")
