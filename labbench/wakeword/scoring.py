"""Ways to say how near a window of sound comes to a word, behind one protocol, so that they can be compared.

Adding one is a class with the members of `Scoring` and its name in `_ALL`. What differs is only how takes become
references and how their distances become one: normalising, thresholds and detection are the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from labbench.core.errors import LabBenchError
from labbench.wakeword.averaged import LogisticHead, NearestTake, Prototype
from labbench.wakeword.embedder import Frames
from labbench.wakeword.learned import Scoring
from labbench.wakeword.warped import FUSED, Fused, OpenEndedDtw

DEFAULT = FUSED

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


def usable(name: str, cohort: Sequence[Frames]) -> str:
    """The scoring itself, or the default one where it needs windows and there are none. Raises LabBenchError."""
    return name if cohort or not needs_windows(name) else DEFAULT
