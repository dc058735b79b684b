"""The room: half a minute of how it sounds here, a ring that counts down, and what it does to each word."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.sounds.level_meter import LevelMeter
from labbench.ui.theme import Theme
from labbench.ui.widgets import button, label, named, set_role
from labbench.ui.words.room_desk import RoomDesk
from labbench.ui.words.room_effect import Effect, RoomStage
from labbench.ui.words.room_ring import RoomRing
from labbench.wakeword.calibration import Calibration

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

EXPLAINED = (
    "Half a minute of how it sounds here without the words: talk, fans, traffic. Thresholds follow from it, and its "
    "noise is mixed into the takes. It is kept with the session's words; an exported word leaves it behind."
)
COLUMNS = ("Word", "Nearest", "Threshold", "False accepts an hour", "Decided by")
WORD, NEAREST, THRESHOLD, ALARMS, DECIDED = range(len(COLUMNS))
TIPS = (
    "",
    "How near the room came to the word: 0 is identical, 1 as far as ordinary speech.",
    "How near a sound must come to count as the word: before, and with the room.",
    "Moments that are expected to be taken for the word, of other people's talk or in this room, whichever are more.",
    "What the threshold follows from: the strictest of strangers' speech, this room and the takes themselves.",
)
ARROW = " → "
SHOWN_ROWS = 4


class EffectTable(QTreeWidget):
    """A row a word: how near the room came to it, and what has changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "roomEffects", "What the room does to the words")
        self._theme = theme
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels(list(COLUMNS))
        for column, tip in enumerate(TIPS):
            self.headerItem().setToolTip(column, tip)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in (NEAREST, ALARMS, DECIDED):  # what is longest
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setFixedHeight(theme.size(34 + SHOWN_ROWS * 24))

    def show_effects(self, effects: tuple[Effect, ...]) -> None:
        self.clear()
        for effect in effects:
            before, after = effect.before, effect.after
            nearest = "" if effect.nearest is None else f"{effect.nearest:.2f}"
            texts = (
                effect.word,
                f"{nearest}  came near" if effect.came_near else nearest,
                _moved(before, after, lambda one: f"{one.threshold:.2f}"),
                _moved(before, after, lambda one: _rate(one.false_accepts_per_hour)),
                "" if after is None else after.decided.value,
            )
            item = QTreeWidgetItem(list(texts))
            if effect.came_near:
                item.setForeground(NEAREST, QColor(self._theme.warning))
            for column, tip in enumerate(TIPS):
                item.setToolTip(column, tip)
            self.addTopLevelItem(item)


class RoomDialog(BenchDialog):
    """Beside the window, so that a stretch of sound can be selected meanwhile. Closing it cancels what goes on."""

    def __init__(self, window: MainWindow, desk: RoomDesk) -> None:
        super().__init__(window, "roomDialog", "The room", (window.theme.size(720), window.theme.size(640)))
        self.desk = desk
        self.add_heading("The room", EXPLAINED)
        self.ring = RoomRing(window.theme, desk)
        self.meter = LevelMeter(window.theme)
        self.meter.setObjectName("roomLevel")
        self.says = named(label("", "title", wrap=True), "roomSays", "What happens")
        self.says.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.hint = named(label("", "muted", wrap=True), "roomHint", "What to do")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.table = EffectTable(window.theme)
        self.body.addWidget(self.ring, 1)
        self.body.addWidget(self.meter, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self.says)
        self.body.addWidget(self.hint)
        self.body.addWidget(self.table)
        self.go = button("", "roomGo", "", "primary")
        self.go.clicked.connect(self._pressed)
        self.selection = button("Use the selection", "roomSelection", "What is selected is how the room sounds")
        self.selection.clicked.connect(desk.use_selection)
        self.whole = button(
            "Use the whole sound", "roomWhole", "All of the sound that is shown is the room; of a long one a minute"
        )
        self.whole.clicked.connect(desk.use_recording)
        self.forget = button("Forget the room", "roomForget", "The words are as they were before a room was heard")
        self.forget.clicked.connect(desk.forget)
        self.cancel = button("Cancel", "roomCancel", "Everything stays as it was")
        self.cancel.clicked.connect(desk.cancel)
        self.end_with(self.go, self.cancel, self.selection, self.whole, self.forget, None)
        self.press_by_return(self.go)
        desk.changed.connect(self._refresh)
        window.bench.teaching.words_changed.connect(self._refresh)
        window.bench.axis.selection_changed.connect(self._refresh)
        window.bench.sound_changed.connect(self._refresh)
        window.bench.sound.advanced.connect(self.ring.show_level)
        window.bench.sound.advanced.connect(self._show_level)
        window.bench.theme_changed.connect(self._dress)
        self.finished.connect(lambda _: desk.cancel())
        self._refresh()
        self.go.setFocus()

    def _dress(self, theme: Theme) -> None:
        for part in (self.ring, self.meter, self.table):
            part.set_theme(theme)
        self._refresh()

    def _pressed(self) -> None:
        if self.desk.stage is RoomStage.DOUBT:
            self.desk.accept()
        else:
            self.desk.listen()

    def _show_level(self, amplitude: float) -> None:
        if self.desk.stage is RoomStage.HEARING:
            self.meter.show_peak(amplitude)

    def _refresh(self, *_: object) -> None:
        desk, stage = self.desk, self.desk.stage
        words, hint = self._sentences()
        set_role(self.says, "title-warning" if stage is RoomStage.DOUBT else "title")
        self.says.setText(words)
        self.says.setAccessibleName(words)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.table.show_effects(desk.effects)
        self.table.setVisible(bool(desk.effects))
        hearing = stage is RoomStage.HEARING
        if not hearing:
            self.meter.reset()
        self.meter.setVisible(hearing)
        doubt = stage is RoomStage.DOUBT
        self.go.setText("Use it all the same" if doubt else "Hear it again" if desk.room else "Hear the room")
        self.go.setAccessibleName(self.go.text())
        self.go.setToolTip("It was not said: it only sounded like it" if doubt else "Half a minute from the microphone")
        self.go.setAccessibleDescription(self.go.toolTip())
        idle = not desk.busy
        had_focus = self.go.hasFocus() or self.cancel.hasFocus()
        self.go.setEnabled(doubt or idle)
        self.go.setVisible(doubt or idle)
        self.cancel.setVisible(not idle)
        if had_focus:
            (self.go if idle else self.cancel).setFocus()
        for widget in (self.selection, self.whole, self.forget):
            widget.setVisible(idle)
        self.selection.setEnabled(self.bench.axis.selection is not None)
        self.whole.setEnabled(self.bench.view.frames > 0)
        self.forget.setEnabled(desk.room is not None)
        self.ring.setAccessibleDescription(" ".join(self.ring.sign))
        self.ring.update()

    def _sentences(self) -> tuple[str, str]:
        desk, room = self.desk, self.desk.room
        match desk.stage:
            case RoomStage.OPENING:
                return "Opening the microphone …", ""
            case RoomStage.HEARING:
                return "Listening: let everything sound as usual.", "Say anything but the words."
            case RoomStage.READING:
                return "Reading the sound …", ""
            case RoomStage.MAKING:
                return "Making the takes anew …", "The old ones stay until all are there."
            case RoomStage.DOUBT:
                near = ", ".join(f"“{effect.word}”" for effect in desk.effects if effect.came_near)
                return (
                    f"Something in it sounds like {near}.",
                    "Was it said? Then cancel, and hear the room again without it. If not, use it: the threshold "
                    "becomes stricter.",
                )
            case _ if room is not None:
                advice = room.advice or "Edit, Undo takes it back."
                return f"The words know this room: {room.seconds:.0f} s of it were heard.", advice
            case RoomStage.DONE:
                return "The room is forgotten: the words are as they were taught.", "Edit, Undo brings it back."
            case _:
                return "The words do not know the room yet.", "Press Hear the room, and let it sound as usual."


def _moved(before: Calibration, after: Calibration | None, text: Callable[[Calibration], str]) -> str:
    old = text(before)
    new = old if after is None else text(after)
    return old if new == old else f"{old}{ARROW}{new}"


def _rate(per_hour: float) -> str:
    return "under 0.1" if per_hour < 0.05 else f"{per_hour:.1f}" if per_hour < 10 else f"{per_hour:.0f}"
