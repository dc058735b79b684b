"""What a scoring is, and what it learns: the protocol that all of them keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.embedder import Frames
from labbench.wakeword.fusion import Fusion
from labbench.wakeword.references import Bank, Reference
from labbench.wakeword.templates import Template


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


def measured(references: Sequence[Reference], cohort: Sequence[Frames], room: Sequence[Frames]) -> Learned:
    """References with their distances to the windows, which are found here."""
    bank = Bank(references)
    rows = [stacked([bank.distances(window) for window in windows], len(bank)).T for windows in (cohort, room)]
    return Learned(tuple(references), *rows)


def stacked(rows: Sequence[NDArray[np.float32]], width: int = 0) -> NDArray[np.float32]:
    """Rows of one length, else as if nothing were known: takes of different rooms can't be compared."""
    if not rows:
        return np.zeros((0, width), np.float32)
    if len({len(row) for row in rows}) > 1:
        return np.zeros((len(rows), 0), np.float32)
    return np.stack(rows)
