"""The part of the window that shows what stands out; it is there once something was learnt as normal."""

from __future__ import annotations

from labbench.core.progress import Progress
from labbench.session.anomaly_file import Learnt
from labbench.ui.anomaly.strip import TIP, AnomalyStrip
from labbench.ui.anomaly.threshold import ThresholdSlider
from labbench.ui.theme import Theme
from labbench.ui.time_axis import TimeAxis
from labbench.ui.widgets import ElidedLabel, Panel, button, named


class AnomalyPanel(Panel):
    """A row that says what was found, with the threshold and a button for the list, and the strip below it."""

    def __init__(self, theme: Theme, axis: TimeAxis) -> None:
        super().__init__("What stands out", "anomalyPanel")
        self.title.setToolTip(TIP)
        self.strip = AnomalyStrip(theme, axis)
        self.hint = named(ElidedLabel("", "muted"), "anomalyHint", "What stands out")
        self.slider = ThresholdSlider("anomalyThreshold")
        self.list = button("List…", "anomalyList", "List what stands out, play it, or say that it is normal", "quiet")
        self.body.setContentsMargins(16, 4, 16, 4)
        self.body.setSpacing(0)
        self.head.addWidget(self.hint, 3)
        self.head.addWidget(self.slider, 4)
        self.head.addWidget(self.list)
        self.body.addWidget(self.strip, 1)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self.strip.set_theme(theme)

    def set_compact(self, compact: bool) -> None:
        """On a small screen the curve has the room to itself."""
        for widget in (self.title, self.hint, self.slider, self.list):
            widget.setVisible(not compact)

    def show_learnt(self, learnt: Learnt | None) -> None:
        """What is normal; without that there is nothing to be seen."""
        self.slider.show_learnt(learnt)
        if learnt is not None:
            self.strip.show_threshold(learnt.threshold)
        self.setVisible(learnt is not None)

    def tell(self, count: int, progress: Progress | None) -> None:
        """How many marks there are, or how far the search for them is."""
        if progress is not None:
            far = f" {progress.done:.0f} of {progress.total:.0f} s" if progress.unit == "s" and progress.total else ""
            self.hint.setText(f"Listening…{far}")
        else:
            self.hint.setText(found(count))


def found(count: int) -> str:
    """How much stands out, in words."""
    return {0: "Nothing stands out.", 1: "One stretch stands out."}.get(count, f"{count} stretches stand out.")
