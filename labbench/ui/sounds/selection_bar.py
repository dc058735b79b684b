"""The row under the views: what is selected, its figures, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from labbench.core.timebase import clock_text
from labbench.signal.levels import FLOOR_DB
from labbench.signal.measure import Measurement
from labbench.ui.sounds.playback import SPEEDS
from labbench.ui.time_axis import Span
from labbench.ui.widgets import ElidedLabel, button, label, named

HINT = "Click a word, or drag with Shift, to select. The wheel zooms, dragging moves along."

FIGURES = (
    "RMS is the level on average, peak that of the loudest moment. dBFS are decibels below the loudest sound that can "
    "be recorded: 0 is the loudest, \N{MINUS SIGN}60 is very quiet. “Strongest at” is the frequency with most energy."
)


class SelectionBar(QWidget):
    """Read-outs and buttons; what they do is connected elsewhere. `speed_chosen` gives the factor."""

    transcribe = Signal()
    use_as_take = Signal()
    export = Signal()
    label_it = Signal()
    speed_chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        named(self, "selectionBar", "Selection")
        self.figures = named(ElidedLabel(HINT, "muted"), "selectionFigures", "What is selected")
        self.figures.explain(FIGURES)
        self.transcribe_button = button(
            "Transcribe", "transcribeSelection", "Both models read only the selection again (Ctrl+Shift+T)", "quiet"
        )
        self.take_button = button("Use as take", "selectionAsTake", "Teach the wake word with the selection", "quiet")
        self.label_button = button("Label…", "labelSelection", "Write a label at the selection (Ctrl+L)", "quiet")
        self.export_button = button("Export…", "exportSelection", "Save the selection as a sound file", "quiet")
        self.transcribe_button.clicked.connect(self.transcribe)
        self.take_button.clicked.connect(self.use_as_take)
        self.label_button.clicked.connect(self.label_it)
        self.export_button.clicked.connect(self.export)
        self._buttons = (self.transcribe_button, self.take_button, self.label_button, self.export_button)
        self.speed = named(QComboBox(), "speed", "Playback speed")
        self.speed.setToolTip("Playback speed; the pitch is kept")
        self.speed.setProperty("kind", "quiet")
        self.speed.addItems([f"{speed:g}×" for speed in SPEEDS])
        self.speed.activated.connect(lambda index: self.speed_chosen.emit(SPEEDS[index]))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.figures, 1)
        for widget in self._buttons:
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(label("Speed", "muted"))
        row.addWidget(self.speed)
        self.show_speed(1.0)
        self.show_selection(None)

    def show_speed(self, speed: float) -> None:
        self.speed.setCurrentIndex(SPEEDS.index(min(SPEEDS, key=lambda known: abs(known - speed))))

    def show_selection(self, span: Span | None) -> None:
        """The stretch at once; its figures follow."""
        for widget in self._buttons:
            widget.setVisible(span is not None)
        if span is None:
            self.figures.setText(HINT)
        else:
            self.figures.setText(stretch_text(span))

    def show_figures(self, span: Span | None, measurement: Measurement | None) -> None:
        """What was measured in the stretch."""
        if span is not None and measurement is not None:
            self.figures.setText(f"{stretch_text(span)}   {figures_text(measurement)}")


def stretch_text(span: Span) -> str:
    """From, to, and how long."""
    start, stop = span
    length = stop - start
    precise = f"{length * 1000:.0f} ms" if length < 1 else f"{length:.2f} s"
    return f"{clock_text(start)} – {clock_text(stop)}, {precise}"


def figures_text(measurement: Measurement) -> str:
    """Levels and the strongest frequency, for people."""
    parts = [f"RMS {_db(measurement.rms_db)}", f"peak {_db(measurement.peak_db)}"]
    if measurement.dominant_hz is not None:
        parts.append(f"strongest at {measurement.dominant_hz:.0f} Hz")
    return "   ".join(parts)


def _db(level: float) -> str:
    return "silence" if level <= FLOOR_DB else f"{level:.1f} dBFS".replace("-", "\N{MINUS SIGN}")
