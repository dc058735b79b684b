"""What the map of takes shows, and what is known of each point of it. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.ui.views.landmark_desk import Moments
from labbench.wakeword.landmark_map import LandmarkMap
from labbench.wakeword.mds import Fidelity, Points
from labbench.wakeword.near_misses import NearMiss
from labbench.wakeword.spotter import HOP, Detection

TRAIL_SECONDS = 2.0
"""Of sound that the trail of a moment shows: as much as is compared at once."""
NEAREST = 3
"""Takes to which a line is drawn, with the true distance."""
NO_MOMENTS = Moments(np.zeros(0, np.int64), np.zeros((0, 0)), np.zeros((0, 2)))


class Kind(Enum):
    """What a point stands for."""

    TAKE = "take"
    MOMENT = "moment"
    SPEECH = "ordinary speech"


@dataclass(frozen=True)
class Spot:
    """A point of the map: landmark, moment of the shown sound or window of ordinary speech of that `number`."""

    kind: Kind
    number: int


@dataclass(frozen=True)
class Ring:
    """Moment `row` at which `word` was recognised or, `near`, nearly was; that was decided at second `at_s`.

    `span` is where a recognised word lies (seconds).
    """

    row: int
    word: str
    near: bool
    at_s: float
    span: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class MapScene:
    """All that is drawn but the moment of now. `words` are in the order of their colours."""

    chart: LandmarkMap
    words: tuple[str, ...] = ()
    moments: Moments = NO_MOMENTS
    rings: tuple[Ring, ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        """In the order of their shapes; those whose name nobody gave are the empty one."""
        return tuple(dict.fromkeys(one.speaker for one in self.chart.landmarks))

    def place_of(self, word: str) -> int:
        """Which colour a word has."""
        return self.words.index(word) if word in self.words else len(self.words)

    def at(self, spot: Spot) -> NDArray[np.float64] | None:
        """Where it lies in the plane; None for a point that is not there any more."""
        points: Points
        match spot.kind:
            case Kind.TAKE:
                points = self.chart.points
            case Kind.MOMENT:
                points = self.moments.points
            case Kind.SPEECH:
                points = self.chart.background
        return points[spot.number] if spot.number < len(points) else None

    def nearest(self, spot: Spot, count: int = NEAREST) -> list[tuple[int, float]]:
        """The takes that lie nearest to it in truth: their numbers, and the distances by which is detected."""
        chart = self.chart
        match spot.kind:
            case Kind.TAKE:
                numbers, distances = range(len(chart.landmarks)), chart.between[spot.number]
            case Kind.MOMENT:
                numbers, distances = chart.watched, self.moments.distances[spot.number]  # type: ignore[assignment]
            case Kind.SPEECH:
                numbers, distances = range(len(chart.landmarks)), chart.ordinary[spot.number]
        itself = spot.number if spot.kind is Kind.TAKE else -1
        found = [
            (number, float(distance))
            for number, distance in zip(numbers, distances.tolist(), strict=False)
            if number != itself and not chart.landmarks[number].against
        ]
        return sorted(found, key=lambda one: one[1])[:count]

    @cached_property
    def _by_row(self) -> dict[int, Ring]:
        return {ring.row: ring for ring in reversed(self.rings)}

    def ring_at(self, row: int) -> Ring | None:
        """What was decided at a moment; recognised words before those that nearly were."""
        return self._by_row.get(row)

    def seconds(self, row: int) -> float:
        """At which a moment's window ends."""
        return float(self.moments.index[row]) / MODEL_RATE

    def row_at(self, seconds: float) -> int | None:
        """The moment whose window ends at that second, or the one before; None where none was measured there."""
        index, at = self.moments.index, round(seconds * MODEL_RATE)
        row = int(np.searchsorted(index, at, side="right")) - 1
        return row if row >= 0 and at - int(index[row]) <= 4 * HOP else None

    def trail(self, row: int) -> slice:
        """Moments of the last `TRAIL_SECONDS` up to this one."""
        index = self.moments.index
        oldest = int(index[row]) - round(TRAIL_SECONDS * MODEL_RATE)
        return slice(int(np.searchsorted(index, oldest, side="left")), row + 1)

    def title(self, spot: Spot) -> str:
        """What it is called."""
        match spot.kind:
            case Kind.TAKE:
                return self.chart.landmarks[spot.number].label
            case Kind.MOMENT:
                return f"{self.seconds(spot.number):.2f} s"
            case Kind.SPEECH:
                return "Ordinary speech"

    def about(self, spot: Spot) -> str:
        """What it is."""
        match spot.kind:
            case Kind.TAKE:
                one = self.chart.landmarks[spot.number]
                kind = f"not “{one.word}”" if one.against else f"a take of “{one.word}”"
                said = f", said by {one.speaker}" if one.speaker else ""
                return kind + said + (", learnt" if one.learnt else "")
            case Kind.MOMENT:
                ring = self.ring_at(spot.number)
                if ring is None:
                    return "a moment of this sound"
                return f"nearly “{ring.word}”" if ring.near else f"“{ring.word}” was recognised here"
            case Kind.SPEECH:
                return f"window {spot.number + 1} of {len(self.chart.background)}, by a stranger"

    def told(self, spot: Spot) -> str:
        """All of it in one sentence, for those who listen."""
        near = ", ".join(
            f"{self.chart.landmarks[number].label} {distance:.2f}" for number, distance in self.nearest(spot)
        )
        return f"{self.title(spot)}, {self.about(spot)}. Nearest: {near or 'nothing'}."


def rings_of(moments: Moments, detections: Sequence[Detection], near: Sequence[NearMiss]) -> tuple[Ring, ...]:
    """Those of the moments at which something was decided, in order of time."""
    index = moments.index
    found = []
    told: list[Detection | NearMiss] = [*detections, *near]
    for one in told:
        at = one.at if isinstance(one, Detection) else one.at_s
        sample = round(at * MODEL_RATE)
        row = int(np.searchsorted(index, sample))
        if row < len(index) and abs(int(index[row]) - sample) < HOP:
            span = (one.start, one.end) if isinstance(one, Detection) else None
            found.append(Ring(row, one.word, isinstance(one, NearMiss), at, span))
    return tuple(sorted(found, key=lambda ring: (ring.row, ring.near)))


def fidelity_text(fidelity: Fidelity) -> str:
    """How much the picture lies, in plain words."""
    off = f"This picture is {100 * fidelity.stress:.0f} % off"
    if fidelity.trust is None:
        return f"{off}; too few takes to say more."
    return f"{off}; {100 * fidelity.trust:.0f} % of neighbours are right."


FIDELITY_TIP = (
    "Distances between many takes do not fit into a plane: every flat picture of them lies a little.\n\n"
    "“Off” is Kruskal's stress: how much the drawn distances differ from the true ones, all together. Under 10 % is "
    "good, over 20 % is poor.\n\n"
    "“Neighbours are right” is the trustworthiness: of takes that are drawn side by side, how far those belong there. "
    "100 % is perfect, about 50 % is chance.\n\n"
    "The numbers on the lines are the true distances, by which words are detected."
)
