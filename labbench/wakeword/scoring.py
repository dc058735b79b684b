"""Ways to say how near a window of sound comes to a word, behind one protocol, so that they can be compared.

Adding one is a class with these six members and a line in `SCORINGS`. What differs is only how takes become
references and how their distances become one: normalising, thresholds and detection are the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.logistic import LogisticHead
from labbench.wakeword.references import Bank, PooledBank, Reference, WarpedBank, centre_of, point_of

DTW = "dtw"


class Scoring(Protocol):
    """Without state: everything that is learnt is in the references."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str:
        """What people read."""
        ...

    @property
    def unseen(self) -> slice:
        """The cohort's windows that `learn` is not trained on: only they tell how far other speech stays away."""
        ...

    def learn(self, takes: Sequence[Sequence[Frames]], cohort: Sequence[Frames]) -> tuple[Reference, ...]:
        """References from the versions of each take (quiet, with babble) and windows of ordinary speech."""
        ...

    def bank(self, references: Sequence[Reference]) -> Bank:
        """References of all words, stacked for scoring together."""
        ...

    def combine(self, normalised: NDArray[np.float32]) -> float:
        """The normalised distances of a word's references as one."""
        ...


class OpenEndedDtw:
    """Every version of every take, warped in time; the mean of all."""

    name = DTW
    title = "All takes, warped in time (DTW)"
    unseen = slice(None)

    def learn(self, takes: Sequence[Sequence[Frames]], cohort: Sequence[Frames]) -> tuple[Reference, ...]:
        return tuple(Reference(frames, len(frames)) for versions in takes for frames in versions)

    def bank(self, references: Sequence[Reference]) -> Bank:
        return WarpedBank(references)

    def combine(self, normalised: NDArray[np.float32]) -> float:
        return float(np.mean(normalised))


class NearestTake:
    """Each version of each take as the mean of its frames, without their order; the nearest one counts."""

    name = "nearest"
    title = "Nearest take (frames averaged)"
    unseen = slice(None)

    def learn(self, takes: Sequence[Sequence[Frames]], cohort: Sequence[Frames]) -> tuple[Reference, ...]:
        centre = centre_of(cohort)
        return tuple(
            Reference(point_of(frames, centre)[None], len(frames), centre) for versions in takes for frames in versions
        )

    def bank(self, references: Sequence[Reference]) -> Bank:
        return PooledBank(references)

    def combine(self, normalised: NDArray[np.float32]) -> float:
        return float(np.min(normalised))


class Prototype:
    """One point for the word: the mean of all its takes' points (J. Snell, K. Swersky, R. Zemel, 2017)."""

    name = "prototype"
    title = "Prototype (mean of all takes)"
    unseen = slice(None)

    def learn(self, takes: Sequence[Sequence[Frames]], cohort: Sequence[Frames]) -> tuple[Reference, ...]:
        centre = centre_of(cohort)
        frames = [version for versions in takes for version in versions]
        mean = np.stack([point_of(version, centre) for version in frames]).mean(axis=0)
        length = round(float(np.median([len(version) for version in frames])))
        return (Reference(unit_rows(mean[None]), length, centre),)

    def bank(self, references: Sequence[Reference]) -> Bank:
        return PooledBank(references)

    def combine(self, normalised: NDArray[np.float32]) -> float:
        return float(np.min(normalised))


_ALL: tuple[Scoring, ...] = (OpenEndedDtw(), NearestTake(), Prototype(), LogisticHead())
SCORINGS: Mapping[str, Scoring] = MappingProxyType({scoring.name: scoring for scoring in _ALL})
"""By name, the default first."""


def scoring_of(name: str) -> Scoring:
    """Raises LabBenchError for a name that is not in `SCORINGS`."""
    if name not in SCORINGS:
        raise LabBenchError(f"There is no scoring {name!r}.", f"Choose one of: {', '.join(SCORINGS)}.")
    return SCORINGS[name]


def normalised(raw: NDArray[np.float32], ordinary: Sequence[float]) -> NDArray[np.float32]:
    """Raw distances ([references]), each in units of what is ordinary for its reference."""
    result: NDArray[np.float32] = np.divide(raw, np.asarray(ordinary, np.float32))
    return result


def normaliser(
    scoring: Scoring, references: Sequence[Reference], cohort: Sequence[Frames]
) -> tuple[tuple[float, ...], NDArray[np.float64]]:
    """What to divide each reference's distance by, and the word's distances to unseen windows with it (mean 1).

    References are first put on one scale, each by its own mean over ordinary speech; then all are scaled together, so
    that 1 is as far as ordinary speech whichever way they are combined.
    """
    bank = scoring.bank(references)
    raw = np.stack([bank.distances(window) for window in cohort[scoring.unseen]])
    each = [max(float(mean), 1e-6) for mean in raw.mean(axis=0, dtype=np.float64).tolist()]
    combined = np.array([scoring.combine(normalised(row, each)) for row in raw], np.float64)
    scale = max(float(combined.mean()), 1e-6)
    return tuple(value * scale for value in each), combined / scale
