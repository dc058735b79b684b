"""How much stands out: a slider by false marks an hour, which says in words what is to be expected."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from labbench.session.anomaly_file import Learnt
from labbench.ui.widgets import ElidedLabel, named

MOST_AN_HOUR, LEAST_AN_HOUR = 100.0, 0.001
STEPS = 100
HARDLY_HOURS = 500.0
TIP = (
    "To the right less is marked, to the left more. What is to be expected comes from how much the normal stretch "
    "itself varies: the longer it was, the surer that is."
)


class ThresholdSlider(QWidget):
    """Emits `moved` with a threshold while it is moved, and `released` where a drag begins and ends.

    Its name is that of the slider in it.
    """

    moved = Signal(float)
    released = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._learnt: Learnt | None = None
        self.slider = named(QSlider(Qt.Orientation.Horizontal), name, "How much stands out: fewer marks to the right")
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 10)
        self.slider.setMinimumWidth(120)
        self.slider.setToolTip(TIP)
        self.says = named(ElidedLabel("", "muted"), f"{name}Says", "Expected false marks")
        self.says.explain(TIP)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 2)
        row.addWidget(self.says, 3)
        self.slider.valueChanged.connect(self._moved)
        for end in (self.slider.sliderPressed, self.slider.sliderReleased):
            end.connect(self.released)

    def show_learnt(self, learnt: Learnt | None) -> None:
        """Where the threshold is now."""
        self._learnt = learnt
        self.setEnabled(learnt is not None)
        if learnt is None:
            self.says.setText("")
            return
        rate = learnt.normal.false_marks_per_hour(learnt.threshold)
        with QSignalBlocker(self.slider):
            self.slider.setValue(place_of(rate))
        self.says.setText(expected(rate))
        self.slider.setAccessibleDescription(f"{expected(rate)}. {TIP}")

    def _moved(self, place: int) -> None:
        if self._learnt is not None:
            self.moved.emit(self._learnt.normal.threshold(rate_at(place)))


def rate_at(place: int) -> float:
    """False marks an hour at a place of the slider."""
    return float(MOST_AN_HOUR * (LEAST_AN_HOUR / MOST_AN_HOUR) ** (place / STEPS))


def place_of(rate: float) -> int:
    """The inverse of `rate_at`, to the nearest place."""
    bounded = min(MOST_AN_HOUR, max(LEAST_AN_HOUR, rate))
    return round(STEPS * math.log(bounded / MOST_AN_HOUR) / math.log(LEAST_AN_HOUR / MOST_AN_HOUR))


def expected(rate: float) -> str:
    """A rate of false marks in words."""
    if rate >= 1.5:
        return f"expect {rate:.0f} false marks an hour"
    hours = 1.0 / max(rate, 1e-12)
    if hours > HARDLY_HOURS:
        return "expect hardly any false mark"
    if hours >= 36.0:
        return f"expect a false mark in {hours / 24:.0f} days"
    return "expect a false mark an hour" if hours < 1.5 else f"expect a false mark in {hours:.0f} hours"
