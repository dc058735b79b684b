"""The row at the top: record, stop, play, where sound comes from, how loud it is, and that the microphone is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from labbench.audio.source import DeviceSpec, SourceSpec
from labbench.core.timebase import clock_text
from labbench.ui.sounds.level_meter import LevelMeter
from labbench.ui.sounds.sources import SourceChoice
from labbench.ui.theme import Theme
from labbench.ui.widgets import button, label, named, set_role

WIDEST_LEVEL = "−88 dBFS"
SOURCE_LETTERS = 8
"""So many of a source's name are always seen; as a rule there is room for more."""
RECORDING, PAUSED = "●  Recording", "❚❚  Paused"


class Toolbar(QWidget):
    """Buttons and read-outs; what they do is connected elsewhere."""

    record = Signal()
    listen = Signal()
    pause = Signal()
    stop = Signal()
    play = Signal()
    source_chosen = Signal(object)
    open_file = Signal()
    export = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "toolbar", "Toolbar")
        self._choices: list[SourceChoice] = []
        self._playing = self._running = False
        self._recording = False
        self.record_button = button("●  Record", "record", "Record from the chosen source (Ctrl+R)", "record")
        self.record_button.setAccessibleName("Record")
        self.listen_button = button(
            "Listen",
            "listen",
            "Open the source without recording. If you press Record then, the second before is kept, too (Ctrl+M)",
        )
        self.pause_button = button("Pause", "pause", "Hold the recording; the microphone stays open (Ctrl+Shift+R)")
        self.stop_button = button("■  Stop", "stop", "Stop; what was recorded is kept (Esc)")
        self.stop_button.setAccessibleName("Stop")
        self.play_button = button("▶  Play", "play", "Play the selection, or from the cursor on (Ctrl+P)")
        self.play_button.setAccessibleName("Play")
        self.open_button = button("Open…", "open", "Open sound or video files (Ctrl+O)")
        self.export_button = button("Export…", "export", "Save sound, pictures, figures or labels")
        self.source = named(QComboBox(), "source", "Where sound comes from")
        self.source.setToolTip("A microphone, or a clip that is played as if it were one")
        self.source.setMinimumContentsLength(SOURCE_LETTERS)
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.source.activated.connect(lambda index: self.source_chosen.emit(self._choices[index].spec))
        self.meter = LevelMeter(theme)
        self.level = named(label("", "muted"), "levelValue", "Input level")
        self.recording = named(label(""), "recordingState", "Whether it is being recorded")
        self.recording.hide()
        self.open_state = named(label("", "muted"), "openState", "Whether the microphone is open")
        self.time = named(label("", "muted"), "elapsed", "Recorded time")
        self.room = named(label("", "muted"), "room", "For how long the disk has room")
        for widget, signal in (
            (self.record_button, self.record),
            (self.listen_button, self.listen),
            (self.pause_button, self.pause),
            (self.stop_button, self.stop),
            (self.play_button, self.play),
            (self.open_button, self.open_file),
            (self.export_button, self.export),
        ):
            widget.clicked.connect(signal)
        self._lay_out()
        self.set_theme(theme)
        self.show_running(None, opening=False, recording=False)
        self.show_playing(False, False)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.recording)  # in the place of the button that is of no use meanwhile
        for widget in (self.record_button, self.listen_button, self.pause_button, self.stop_button, self.play_button):
            row.addWidget(widget)
        row.addWidget(self.source, 4)
        for shown in (self.time, self.room, self.meter, self.level, self.open_state):
            row.addWidget(shown)
        row.addStretch(1)
        row.addWidget(self.open_button)
        row.addWidget(self.export_button)

    def set_theme(self, theme: Theme) -> None:
        self.meter.set_theme(theme)
        # As wide as its longest text: what stands beside it must not jump with each figure.
        self.level.setMinimumWidth(QFontMetrics(theme.font(14)).horizontalAdvance(WIDEST_LEVEL))

    def set_sources(self, choices: Sequence[SourceChoice]) -> None:
        """Fill the box; the chosen entry stays chosen."""
        current = self.chosen
        self._choices = list(choices)
        self.source.clear()
        self.source.addItems([choice.title for choice in choices])
        for number, choice in enumerate(choices):
            self.source.setItemData(number, choice.details, Qt.ItemDataRole.ToolTipRole)
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

    def show_running(self, spec: SourceSpec | None, *, opening: bool, recording: bool) -> None:
        """What is open: a device ("Microphone open"), a clip, or nothing; and whether it is recorded."""
        running = self._running = spec is not None
        self.record_button.setEnabled(not recording and not opening)
        self.listen_button.setEnabled(not running and not opening)
        self.listen_button.setVisible(not recording)
        self.pause_button.setVisible(recording)
        self._recording = recording
        self._show_recording(False)
        self.source.setEnabled(not running and not opening)
        self._opening = opening
        self._update_stop()
        if opening:
            self.open_state.setText("Opening…")
        elif running:
            what = "Microphone open" if isinstance(spec, DeviceSpec) else "Clip plays as microphone"
            self.open_state.setText(what if recording else f"{what}, not recording")
        else:
            self.open_state.setText("Microphone closed")
            self.meter.reset()
            self.level.setText("")
        set_role(self.open_state, "bad" if running and isinstance(spec, DeviceSpec) else "muted")

    def show_paused(self, paused: bool) -> None:
        self.pause_button.setText("Resume" if paused else "Pause")
        self.pause_button.setAccessibleName("Resume" if paused else "Pause")
        self._show_recording(paused)

    def _show_recording(self, paused: bool) -> None:
        """In red and in words, beside the time: nobody has to tell colours apart."""
        self.recording.setVisible(self._recording)
        self.record_button.setVisible(not self._recording)
        self.recording.setText(PAUSED if paused else RECORDING)
        self.recording.setAccessibleName("Paused" if paused else "Recording")
        set_role(self.recording, "paused" if paused else "recording")
        set_role(self.time, "title" if self._recording else "muted")

    def show_playing(self, playing: bool, possible: bool) -> None:
        """Whether something is played, or could be."""
        self._playing = playing
        self.play_button.setEnabled(playing or possible)
        self._update_stop()

    def show_level(self, amplitude: float, seconds: float, room: str = "") -> None:
        """The newest peak, the elapsed time, and for how long the disk still has room, where that is worth saying."""
        self.meter.show_peak(amplitude)
        self.level.setText(self.meter.text)
        self.time.setText(clock_text(seconds))
        self.room.setText(room)
        self.room.setVisible(bool(room))

    def _update_stop(self) -> None:
        possible = self._running or self._opening or self._playing
        if not possible and self.stop_button.hasFocus():  # else Qt gives the focus to Record, and Return would record
            self.play_button.setFocus()
        self.stop_button.setEnabled(possible)
