"""Numbers and names beside curves, as many as there is room for and never cut."""

from __future__ import annotations

from collections.abc import Iterable

import pyqtgraph as pg

from labbench.ui.plots import TimePlot
from labbench.ui.theme import Theme

TICKS = ((0.4, 0.6, 0.8, 1.0), (0.4, 0.7, 1.0), (0.5, 1.0), (1.0,))


def show_ticks(plot: TimePlot, theme: Theme) -> None:
    """As many numbers as there is room for."""
    room = max(1, int(plot.box.height() / (1.4 * theme.size(14))))
    shown = next((values for values in TICKS if len(values) <= room), TICKS[-1])
    plot.left.setTicks([[(value, f"{value:.1f}") for value in shown], []])


def place_names(plot: TimePlot, lines: Iterable[pg.InfiniteLine]) -> None:
    """Above their lines, where near is up, but below those that have no room above."""
    low, high = plot.box.viewRange()[1]
    pixel = (high - low) / max(1.0, plot.box.height())
    for line in lines:
        above = (float(line.value()) - low) / pixel
        anchor = (0, 1) if above >= line.label.boundingRect().height() else (0, 0)
        if line.label.anchors[0] != anchor:
            line.label.anchors = [anchor, anchor]
            line.label.updatePosition()
