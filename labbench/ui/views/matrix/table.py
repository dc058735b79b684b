"""Takes in the order in which a matrix shows them, and the colours of their distances. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from labbench.ui.theme import Theme
from labbench.wakeword.clustering import Intruder, intruders, ordered
from labbench.wakeword.landmark_map import LandmarkMap
from labbench.wakeword.landmarks import Landmark

FAR = 1.0
"""As far as ordinary speech: nothing to be seen."""


@dataclass(frozen=True, eq=False)
class Table:
    """The `takes` of a map in an order in which those that are alike are neighbours, with the distances [n, n].

    `words` are in the order of their colours, `odd` the takes that lie nearer to another word, by place.
    """

    takes: tuple[Landmark, ...]
    distances: NDArray[np.float64]
    words: tuple[str, ...]
    odd: tuple[Intruder, ...]

    @cached_property
    def nearest(self) -> float:
        """The strong end of the colours: a round number below the smallest distance between two takes."""
        apart = self.distances[~np.eye(len(self.takes), dtype=bool)]
        return min(0.9, float(np.floor(10 * apart.min()) / 10)) if len(apart) else 0.0

    def place_of(self, number: int) -> int:
        """Which colour the word of a take has."""
        word = self.takes[number].word
        return self.words.index(word) if word in self.words else len(self.words)

    @property
    def runs(self) -> list[tuple[int, int]]:
        """Neighbours of one word: first place and the one after the last."""
        places, found = list(range(len(self.takes))), []
        for _, group in groupby(places, key=lambda place: self.takes[place].word):
            run = list(group)
            found.append((run[0], run[-1] + 1))
        return found


def table_of(chart: LandmarkMap, words: tuple[str, ...]) -> Table:
    """Of all takes that count; counter-examples are no part of it."""
    numbers = [number for number, one in enumerate(chart.landmarks) if not one.against]
    distances = chart.between[np.ix_(numbers, numbers)]
    order = ordered(distances)
    distances = distances[np.ix_(order, order)]
    takes = tuple(chart.landmarks[numbers[place]] for place in order)
    return Table(takes, distances, words, tuple(intruders(distances, [take.word for take in takes])))


def cells_image(table: Table, theme: Theme) -> QImage:
    """One pixel for each pair of takes; those of a take with itself say nothing, and are of no colour."""
    far = (FAR - table.distances) / max(1e-6, FAR - table.nearest)
    pixels = ramp(theme)[np.clip(far * 255, 0, 255).astype(np.uint8)]
    np.fill_diagonal(pixels, QColor(theme.raised).rgb())
    count = len(table.takes)
    return QImage(pixels.tobytes(), count, count, 4 * count, QImage.Format.Format_RGB32).copy()


def ramp(theme: Theme) -> NDArray[np.uint32]:
    """256 colours from far to near."""
    stops = np.array([[QColor(one).red(), QColor(one).green(), QColor(one).blue()] for one in theme.heat], float)
    places = np.linspace(0, len(stops) - 1, 256)
    red, green, blue = (
        np.interp(places, np.arange(len(stops)), stops[:, channel]).round().astype(np.uint32) for channel in range(3)
    )
    found: NDArray[np.uint32] = (np.uint32(255) << 24) | (red << 16) | (green << 8) | blue
    return found
