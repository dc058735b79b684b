"""Marks of the strip of distances: an arrow where a word was recognised, a hollow one where it nearly was."""

from __future__ import annotations

from collections.abc import Mapping

from labbench.ui.arrows import ArrowsItem
from labbench.ui.plots import TimePlot
from labbench.wakeword.near_misses import NearMiss
from labbench.wakeword.spotter import Detection


class StripMarks:
    """Draws them in `plot`, each in its word's colour; those of other words are left out."""

    def __init__(self, plot: TimePlot) -> None:
        self.arrows, self.hollow = ArrowsItem(), ArrowsItem(hollow=True)
        for item in (self.hollow, self.arrows):
            item.setZValue(10)
            plot.addItem(item)
        self.detections: list[Detection] = []
        self.near_misses: list[NearMiss] = []

    def clear(self) -> None:
        """A new sound, or other words."""
        self.detections, self.near_misses = [], []

    def draw(self, colours: Mapping[str, str], outline: str) -> None:
        found = sorted((one.at, one.distance, one.word) for one in self.detections)
        near = sorted((one.at_s, one.distance, one.word) for one in self.near_misses)
        for item, marks in ((self.arrows, found), (self.hollow, near)):
            known = [mark for mark in marks if mark[2] in colours]
            item.show_at([mark[:2] for mark in known], [colours[mark[2]] for mark in known], outline)

    def as_shapes(self, on: bool) -> None:
        """For a file: as shapes, not as cached pictures."""
        for item in (self.arrows, self.hollow):
            item.setExportMode(on, {"antialias": True} if on else None)
