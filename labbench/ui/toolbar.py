"""The row at the top: record and stop, where sound comes from, how loud it is, and that the microphone is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from labbench.audio.source import DeviceSpec, SourceSpec
from labbench.core.timebase import clock_text
from labbench.ui.sources import SourceChoice
from labbench.ui.theme import Theme
from labbench.ui.widgets import LevelMeter, button, label, named, set_role


class Toolbar(QWidget):
    """Buttons and read-outs; what they do is connected elsewhere."""

    record = Signal()
    stop = Signal()
    open_file = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "toolbar", "Toolbar")
        self._choices: list[SourceChoice] = []
        self.record_button = button("●  Record", "record", "Record from the chosen source (Ctrl+R)", "record")
        self.record_button.setAccessibleName("Record")
        self.stop_button = button("■  Stop", "stop", "Stop recording; the recording is kept (Esc)")
        self.stop_button.setAccessibleName("Stop")
        self.open_button = button("Open…", "open", "Open a sound file (Ctrl+O)")
        self.source = named(QComboBox(), "source", "Where sound comes from")
        self.source.setToolTip("A microphone, or a clip that is played as if it were one")
        self.source.setMinimumContentsLength(12)
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.meter = LevelMeter(theme)
        self.level = named(label("", "muted"), "levelValue", "Input level")
        self.level.setMinimumWidth(theme.size(64))
        self.open_state = named(label("", "muted"), "openState", "Whether the microphone is open")
        self.time = named(label("", "muted"), "elapsed", "Recorded time")
        self.record_button.clicked.connect(self.record)
        self.stop_button.clicked.connect(self.stop)
        self.open_button.clicked.connect(self.open_file)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.record_button)
        row.addWidget(self.stop_button)
        row.addWidget(self.source, 3)
        for widget in (self.meter, self.level, self.open_state):
            row.addWidget(widget)
        row.addWidget(self.time)
        row.addStretch(2)
        row.addWidget(self.open_button)
        self.show_running(None, opening=False)

    def set_theme(self, theme: Theme) -> None:
        self.meter.set_theme(theme)

    def set_sources(self, choices: Sequence[SourceChoice]) -> None:
        """Fill the box; the chosen entry stays chosen."""
        current = self.chosen
        self._choices = list(choices)
        self.source.clear()
        self.source.addItems([choice.title for choice in choices])
        if current in self._choices:
            self.source.setCurrentIndex(self._choices.index(current))

    def choose(self, spec: SourceSpec) -> None:
        for index, choice in enumerate(self._choices):
            if choice.spec == spec:
                self.source.setCurrentIndex(index)

    @property
    def chosen(self) -> SourceChoice | None:
        index = self.source.currentIndex()
        return self._choices[index] if 0 <= index < len(self._choices) else None

    def show_running(self, spec: SourceSpec | None, *, opening: bool) -> None:
        """What is open: a device ("Microphone open"), a clip, or nothing."""
        running = spec is not None
        self.record_button.setEnabled(not running and not opening)
        self.stop_button.setEnabled(running or opening)
        self.source.setEnabled(not running and not opening)
        if opening:
            self.open_state.setText("Opening…")
        elif running:
            self.open_state.setText("Microphone open" if isinstance(spec, DeviceSpec) else "Clip plays as microphone")
        else:
            self.open_state.setText("Microphone closed")
            self.meter.reset()
            self.level.setText("")
        set_role(self.open_state, "bad" if running and isinstance(spec, DeviceSpec) else "muted")

    def show_level(self, amplitude: float, seconds: float) -> None:
        self.meter.show_peak(amplitude)
        self.level.setText(self.meter.text)
        self.time.setText(clock_text(seconds))
