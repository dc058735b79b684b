"""Scorings that warp takes in time: alone, and together with their averages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labbench.wakeword.embedder import Frames
from labbench.wakeword.fusion import Expert, Fusion, in_deviations, mean_of_all
from labbench.wakeword.learned import Learned, stacked
from labbench.wakeword.references import Reference
from labbench.wakeword.templates import Template

FUSED, DTW = "fused", "dtw"
BEHIND = 0.5
"""Standard deviations of ordinary speech by which the experts for quiet stand back."""
_CLEAN, _QUIET, _NOISY = (0,), (0, 1), (1, 2)
"""Numbers of a take's versions: as it was heard, with a little babble, with more."""


class OpenEndedDtw:
    """Every version of every take, warped in time; the mean of all."""

    name = DTW
    title = "All takes, warped in time (DTW)"
    needs_windows = False
    stretch = None
    unseen = slice(None)

    def learn(
        self,
        takes: Sequence[Sequence[Template]],
        cohort: Sequence[Frames],
        room: Sequence[Frames] = (),
        alone: Sequence[bool] = (),
    ) -> Learned:
        return _warped([template for versions in takes for template in versions])

    def fuse(self, learned: Learned) -> Fusion:
        return mean_of_all(learned.cohort)


class Fused:
    """Takes warped in time, and takes averaged and told from ordinary speech: both must find the word.

    Warping knows the order of sounds, and is fooled by words that begin alike; averages have lost the order, and tell
    what a word has as a whole. Each has an expert for quiet and one for babble, for what a noisy version lets pass in
    quiet is too much: the one for quiet stands back a little. What was learnt has experts of its own, so that what was
    taught stays as it was. Templates without a direction are warped only.
    """

    name = FUSED
    stretch = 2.0  # a word lies fewer deviations below ordinary speech when warped than when averaged
    title = "Warped takes and averages together"
    needs_windows = False
    unseen = slice(None)

    def learn(
        self,
        takes: Sequence[Sequence[Template]],
        cohort: Sequence[Frames],
        room: Sequence[Frames] = (),
        alone: Sequence[bool] = (),
    ) -> Learned:
        warped = _warped([template for versions in takes for template in versions])
        averages = [template.average for versions in takes for template in versions]
        known = [average for average in averages if average is not None]
        marks = _marks(takes, alone)
        if len(known) < len(averages):
            return replace(warped, references=_marked(warped.references, marks))
        return Learned(
            _marked((*warped.references, *(average.reference for average in known)), marks * 2),
            np.concatenate([warped.cohort, np.stack([average.cohort for average in known])]),
            np.concatenate([warped.room, stacked([average.room for average in known])]),
        )

    def fuse(self, learned: Learned) -> Fusion:
        references = learned.references

        def part(versions: Sequence[int], *, averaged: bool, alone: int = 0) -> tuple[int, ...]:
            kind = [n for n, one in enumerate(references) if (one.centre is not None) == averaged]
            alike = [n for n in kind if references[n].alone == alone] or kind
            return tuple(n for n in alike if references[n].version in versions) or tuple(alike)

        juries = []
        for averaged, clean, stretch in ((False, _QUIET, self.stretch), (True, _CLEAN, 1.0)):
            experts = [Expert(part(clean, averaged=averaged), stretch, BEHIND * stretch)]
            experts.append(Expert(part(_NOISY, averaged=averaged), stretch))
            for number in sorted({one.alone for one in references} - {0}):  # missed in noise: none for quiet
                experts.append(Expert(part(_NOISY, averaged=averaged, alone=number), stretch))
            if experts[0].references:
                juries.append(experts)
        return in_deviations(learned.cohort, juries)


def _warped(templates: Sequence[Template]) -> Learned:
    """Templates as references; their distances were found when they were made."""
    references = tuple(Reference(template.frames, len(template.frames)) for template in templates)
    cohort = np.stack([template.cohort for template in templates])
    return Learned(references, cohort, stacked([template.room for template in templates]))


def _marks(takes: Sequence[Sequence[Template]], alone: Sequence[bool]) -> list[tuple[int, int]]:
    """For each template the number of its version, and of its take where that speaks for itself; one has to speak."""
    apart = list(alone) if alone and not all(alone) else [False] * len(takes)
    return [
        (version, number if apart[number - 1] else 0)
        for number, versions in enumerate(takes, 1)
        for version in range(len(versions))
    ]


def _marked(references: Sequence[Reference], marks: Sequence[tuple[int, int]]) -> tuple[Reference, ...]:
    pairs = zip(references, marks, strict=True)
    return tuple(replace(reference, version=version, alone=alone) for reference, (version, alone) in pairs)
