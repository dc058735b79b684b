"""Which comparison lies under the microscope, live or still, and what it is made of. No widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from labbench.ui.views.map.deeds import MapDeeds
from labbench.ui.views.microscope.sides import Comparison, Side, index_at, take_side
from labbench.ui.views.moment_frames import MomentFrames
from labbench.wakeword.alignment import aligned
from labbench.wakeword.landmark_map import LandmarkMap
from labbench.wakeword.landmarks import Landmark, LandmarkBank
from labbench.wakeword.spotter import HOP
from labbench.wakeword.words import Take

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

NAME = "microscope"
MOST_SIDES = 64
"""Takes whose pictures are remembered."""
Key = tuple[str, str, bool]
"""How a take is known again on another map: word, label, and whether it is a counter-example."""


class MicroscopeDesk(QObject):
    """Main thread. Nothing is worked out while nobody looks.

    `changed`: another comparison, or none. `choices_changed`: other takes, or another of them was chosen, or what is
    seen is frozen or follows again.
    """

    changed = Signal()
    choices_changed = Signal()

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._bench = bench
        self._desk = bench.landmarks
        self._deeds = MapDeeds(bench)
        self._moments = MomentFrames(bench)
        self._looking = False
        self._take: Key | None = None
        self._other: Key | None = None
        self._bank: tuple[LandmarkMap, tuple[int, ...], LandmarkBank] | None = None
        self._sides: dict[int, tuple[Take, Side]] = {}
        self._moment: Side | None = None
        self._near: NDArray[np.float32] | None = None  # of the moment to the watched takes, where the ear told
        self._placing = False
        self._placed: float | None = None
        self.frozen = False
        self.comparison: Comparison | None = None
        self._soon = QTimer(self)  # of several moments that come at once, the newest; its sound is there by then
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._follow)
        desk = self._desk
        desk.changed.connect(lambda _: self._map_changed())
        desk.moved.connect(self._soon.start)
        desk.measured.connect(self._look_still)
        bench.axis.cursor_changed.connect(lambda _: self._look_still())
        bench.sound_changed.connect(lambda _: self._begin())
        self._moments.came.connect(self._came)
        self._moments.frame_known.connect(self._compare)

    # Who looks, and at what -------------------------------------------------------------------------------------------

    def open(self) -> None:
        self._looking = True
        self._desk.want(NAME, frames=True)
        self._map_changed()

    def close(self) -> None:
        self._looking = False
        self._desk.leave(NAME)

    @property
    def takes(self) -> list[Landmark]:
        """What can be laid under it."""
        return list(self._desk.map.landmarks) if self._desk.map is not None else []

    @property
    def chosen(self) -> tuple[Key | None, Key | None]:
        """The take (None: the nearest one), and what it is compared with (None: the shown sound)."""
        return self._take, self._other

    def choose(self, take: Key | None, other: Key | None) -> None:
        """By hand."""
        if (take, other) == self.chosen:
            return
        self._take, self._other = take, other
        self.choices_changed.emit()
        self._compare()
        self._look_still()

    def freeze(self, frozen: bool) -> None:
        """Hold what is seen, or follow sound and cursor again."""
        if frozen == self.frozen:
            return
        self.frozen = frozen
        self.choices_changed.emit()
        self._compare()
        self._look_still()

    def place_cursor(self, seconds: float) -> None:
        """Point in the sound without looking at another moment of it."""
        self._placing = True
        self._bench.axis.place_cursor(seconds)
        self._placing, self._placed = False, self._bench.axis.cursor

    @property
    def live(self) -> bool:
        """Whether running sound is followed now."""
        return self._bench.sound.running is not None and not self.frozen and self._other is None

    # Moments ----------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Another sound: the moment of the last one stays only where somebody holds it."""
        self._moments.forget()
        if not self.frozen:
            self._moment = self._near = self._placed = None
            self._compare()

    def _follow(self) -> None:
        """Running sound has another moment. While the speakers are heard, the last one stays."""
        frame = self._desk.frame
        if not self._looking or not self.live or frame is None or frame.muted:
            return
        watched = frame.watched
        if watched is not None and watched.frames is not None:
            self._moment = self._moments.side(watched.frames, watched.frame, frame.index)
            self._near = watched.distances if self._desk.belongs(frame) else None
            self._compare()

    def _look_still(self) -> None:
        """A sound that lies still, at the cursor; where there is none, at its moment that is nearest to a word."""
        bench = self._bench
        if not self._looking or self.frozen or self._other is not None or bench.busy:
            return
        if self._placing or (
            self._moment is not None and self._placed is not None and self._placed == bench.axis.cursor
        ):
            return
        if bench.shown.recording is None or self._desk.map is None:
            return
        index = self._wanted_index()
        if self._moment is None or self._moment.index != index:
            self._moments.want(index)

    def _wanted_index(self) -> int:
        cursor, hops = self._bench.axis.cursor, self._bench.scores.hops
        if cursor is not None:
            return index_at(cursor, HOP)
        if len(hops.index) and hops.distances.shape[1]:
            return int(hops.index[int(np.argmin(hops.distances.min(axis=1)))])
        return index_at(0.0, HOP)

    def _came(self, moment: Side) -> None:
        if self._looking and not self.frozen and self._other is None:
            self._moment, self._near = moment, None
            self._compare()

    # The comparison ---------------------------------------------------------------------------------------------------

    def _map_changed(self) -> None:
        """Other takes, or other frames of them."""
        if not self._looking:
            return
        keys = {key_of(one) for one in self.takes}
        self._take = self._take if self._take in keys else None
        self._other = self._other if self._other in keys else None
        self._near = None
        if self._moments.frame is None:  # by another embedder
            self._moment = None
        self.choices_changed.emit()
        self._compare()
        self._look_still()

    def _compare(self) -> None:
        if self._looking:
            self.comparison = self._compared()
            self.changed.emit()

    def _compared(self) -> Comparison | None:
        chart = self._desk.map
        if chart is None or not chart.landmarks:
            return None
        other = self._moment if self._other is None else self._side_of(chart, self._find(chart, self._other))
        if other is None or other.frames.shape[1] != chart.landmarks[0].frames.shape[1]:
            return None
        number = self._number(chart, other)
        landmark = chart.landmarks[number]
        take, side = self._deeds.take_of(landmark), self._side_of(chart, number)
        if take is None or side is None:
            return None
        template = take.templates[0]
        alignment = aligned(side.frames, other.frames, template.ordinary, side.frame)
        alone = float(LandmarkBank([landmark]).distances(other.frames)[0])
        return Comparison(landmark, side, other, alignment, alone, float(template.cohort.std()), self.live)

    def _number(self, chart: LandmarkMap, other: Side) -> int:
        """The chosen take, else the nearest one that is no counter-example and not compared with itself."""
        if self._take is not None:
            return self._find(chart, self._take)
        numbers, bank = self._taught(chart)
        if self._near is not None and other is self._moment:
            distances = self._near[[chart.watched.index(number) for number in numbers]]
        else:
            distances = bank.distances(other.frames)
        if self._other is not None and len(numbers) > 1:
            distances[[key_of(chart.landmarks[number]) == self._other for number in numbers]] = np.inf
        return numbers[int(np.argmin(distances))]

    def _taught(self, chart: LandmarkMap) -> tuple[tuple[int, ...], LandmarkBank]:
        """Takes that a moment is measured against, as it is done live."""
        if self._bank is None or self._bank[0] is not chart:
            numbers = tuple(n for n in chart.watched if not chart.landmarks[n].against) or chart.watched
            self._bank = chart, numbers, LandmarkBank([chart.landmarks[number] for number in numbers])
        return self._bank[1], self._bank[2]

    def _find(self, chart: LandmarkMap, key: Key) -> int:
        return next((number for number, one in enumerate(chart.landmarks) if key_of(one) == key), 0)

    def _side_of(self, chart: LandmarkMap, number: int) -> Side | None:
        """A take as one side; None while it is not known how long its frames are."""
        take, frame = self._deeds.take_of(chart.landmarks[number]), self._moments.frame
        if take is None:
            return None
        if frame is None:
            self._moments.want_frame()
            return None
        known = self._sides.get(id(take))
        if known is None or known[0] is not take or known[1].frame != frame:
            if len(self._sides) >= MOST_SIDES:
                self._sides.clear()
            self._sides[id(take)] = known = take, take_side(take, frame)
        return known[1]


def key_of(landmark: Landmark) -> Key:
    return landmark.word, landmark.label, landmark.against
