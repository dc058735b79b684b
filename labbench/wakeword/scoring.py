"""Ways to say how near a window of sound comes to a word, behind one protocol, so that they can be compared.

Adding one is a class with these members and a line in `SCORINGS`. What differs is only how takes become references
and how their distances become one: normalising, thresholds and detection are the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.fusion import Expert, Fusion, in_deviations, mean_of_all, nearest_of_all
from labbench.wakeword.logistic import trained_head
from labbench.wakeword.references import Bank, Reference, centre_of, point_of
from labbench.wakeword.templates import Template

FUSED, DTW = "fused", "dtw"
DEFAULT = FUSED


@dataclass(frozen=True, eq=False)
class Learned:
    """References, and their raw distances to windows of ordinary speech that they were not made of, and of the room.

    `cohort` has shape [references, windows], and so has `room`, with no windows where they are not known.
    """

    references: tuple[Reference, ...]
    cohort: NDArray[np.float32]
    room: NDArray[np.float32]


class Scoring(Protocol):
    """Without state: everything that is learnt is in the references."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str:
        """What people read."""
        ...

    @property
    def needs_windows(self) -> bool:
        """Whether the cohort's windows have to be at hand; else templates carry all that is needed."""
        ...

    @property
    def unseen(self) -> slice:
        """The cohort's windows that `learn` is not trained on: only they tell how far other speech stays away."""
        ...

    @property
    def stretch(self) -> float | None:
        """What a deviation of warped distances counts as; None where distances are in units of their mean."""
        ...

    def learn(
        self,
        takes: Sequence[Sequence[Template]],
        cohort: Sequence[Frames],
        room: Sequence[Frames] = (),
        alone: Sequence[bool] = (),
    ) -> Learned:
        """From the versions of each take (quiet, then ever more babble) and windows of ordinary speech.

        Takes that are `alone` were not recorded on purpose, and may be heard apart from the others.
        """
        ...

    def fuse(self, learned: Learned) -> Fusion:
        """How the distances of a word's references become one."""
        ...


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
            np.concatenate([warped.room, _stacked([average.room for average in known])]),
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
            for number in sorted({one.alone for one in references} - {0}):
                own = part(_EVERY, averaged=averaged, alone=number)
                experts.append(Expert(own, stretch, ALONE_BEHIND * stretch))
            if experts[0].references:
                juries.append(experts)
        return in_deviations(learned.cohort, juries)


BEHIND = 0.5
"""Standard deviations of ordinary speech by which the experts for quiet stand back."""
ALONE_BEHIND = 0.5
"""By which the expert of a take that speaks for itself does: a single one is nearer to chance."""
_CLEAN, _QUIET, _NOISY, _EVERY = (0,), (0, 1), (1, 2), (0, 1, 2)
"""Numbers of a take's versions: as it was heard, with a little babble, with more."""


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


_ALL: tuple[Scoring, ...] = (Fused(), OpenEndedDtw(), NearestTake(), Prototype(), LogisticHead())
SCORINGS: Mapping[str, Scoring] = MappingProxyType({scoring.name: scoring for scoring in _ALL})
"""By name, the default first."""


def scoring_of(name: str) -> Scoring:
    """Raises LabBenchError for a name that is not in `SCORINGS`."""
    if name not in SCORINGS:
        raise LabBenchError(f"There is no scoring {name!r}.", f"Choose one of: {', '.join(SCORINGS)}.")
    return SCORINGS[name]


def needs_windows(name: str) -> bool:
    """Whether words of that scoring can only be made with the cohort's windows at hand. Raises LabBenchError."""
    return scoring_of(name).needs_windows


def measured(references: Sequence[Reference], cohort: Sequence[Frames], room: Sequence[Frames]) -> Learned:
    """References with their distances to the windows, which are found here."""
    bank = Bank(references)
    rows = [_stacked([bank.distances(window) for window in windows], len(bank)).T for windows in (cohort, room)]
    return Learned(tuple(references), *rows)


def _warped(templates: Sequence[Template]) -> Learned:
    """Templates as references; their distances were found when they were made."""
    references = tuple(Reference(template.frames, len(template.frames)) for template in templates)
    cohort = np.stack([template.cohort for template in templates])
    return Learned(references, cohort, _stacked([template.room for template in templates]))


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


def _stacked(rows: Sequence[NDArray[np.float32]], width: int = 0) -> NDArray[np.float32]:
    """Rows of one length, else as if nothing were known: takes of different rooms can't be compared."""
    if not rows:
        return np.zeros((0, width), np.float32)
    if len({len(row) for row in rows}) > 1:
        return np.zeros((len(rows), 0), np.float32)
    return np.stack(rows)


def _frames(takes: Sequence[Sequence[Template]]) -> list[Frames]:
    return [template.frames for versions in takes for template in versions]


def _require(scoring: Scoring, cohort: Sequence[Frames]) -> None:
    if not cohort[scoring.unseen]:
        raise ValueError(f"the scoring {scoring.name} needs the windows of a background cohort")
