"""The strip of distances as one of the views."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from labbench.core.errors import LabBenchError
from labbench.ui.theme import Theme
from labbench.ui.views.strip.hand import SCRUB_TIP
from labbench.ui.views.strip.strip import DistanceStrip
from labbench.ui.views.tabs import DISTANCES
from labbench.ui.views.view import Cell, View
from labbench.ui.widgets import button


class StripView(View):
    """Wraps `strip`, which the whole window knows."""

    tab = DISTANCES

    def __init__(self, strip: DistanceStrip) -> None:
        super().__init__()
        self.strip = strip
        self.scrub = button("Scrub", "scrubStrip", SCRUB_TIP, "quiet")
        self.scrub.setCheckable(True)
        self.options = [strip.smoothing, self.scrub]
        self.setFocusProxy(strip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(strip)

    def set_theme(self, theme: Theme) -> None:
        self.strip.set_theme(theme)

    def table(self) -> tuple[Sequence[str], list[Sequence[Cell]]]:
        words = list(self.strip.thresholds)
        held = [self.strip.held(word) for word in words]
        if not held or not len(held[0][0]):
            raise LabBenchError("There are no distances yet.", "Teach a word, and record or open a sound.")
        times = held[0][0].tolist()
        columns = [distances.tolist() for _, distances in held]
        return ["seconds", *words], [list(row) for row in zip(times, *columns, strict=True)]
