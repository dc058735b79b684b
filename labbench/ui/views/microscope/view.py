"""The microscope: one comparison frame by frame, live for the nearest take, or frozen for a chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from labbench.core.errors import LabBenchError
from labbench.ui.theme import Theme
from labbench.ui.views.map.key import WIDTH
from labbench.ui.views.microscope.canvas import MicroscopeCanvas
from labbench.ui.views.microscope.desk import Key, key_of
from labbench.ui.views.microscope.sides import Comparison
from labbench.ui.views.microscope.text import figures, match_text, step_text, title_text
from labbench.ui.views.tabs import MICROSCOPE
from labbench.ui.views.view import Cell, View
from labbench.ui.widgets import ElidedLabel, button, label, named, set_role
from labbench.wakeword.landmarks import Landmark

UNTAUGHT = "Teach a word, then a take of it can be laid under the microscope here."
FREEZE_TIP = "Hold what is seen, to look at it closely; again to follow sound and cursor (Space in the picture)."
TAKE_TIP = "Which take is laid into the sound: the nearest one, or always the same."
OTHER_TIP = (
    "What the take is laid into: the two seconds before now, or before the cursor of a sound that lies still (without "
    "a cursor, those nearest to a word), or another take."
)
MOST_FIGURES = 4


class MicroscopeView(View):
    """Shows comparisons; `chosen` gives a take and what it is compared with, both None for what follows by itself."""

    chosen = Signal(object, object)
    frozen = Signal(bool)
    tab = MICROSCOPE

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.canvas = MicroscopeCanvas(theme)
        self.setFocusProxy(self.canvas)
        self.take = _combo("microscopeTake", "Take", TAKE_TIP)
        self.other = _combo("microscopeOther", "Compared with", OTHER_TIP)
        self.freeze = button("Freeze", "microscopeFreeze", FREEZE_TIP, "quiet")
        self.freeze.setCheckable(True)
        self.options = [self.take, self.other, self.freeze]
        self.about = named(ElidedLabel("", "title"), "microscopeTitle", "What is compared")
        self.matches = named(label("", wrap=True), "microscopeMatches", "What matches")
        self.matches.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.step = named(label("", "muted", wrap=True), "microscopeStep", "At the cursor")
        self.rows: list[tuple[QLabel, QLabel]] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for number in range(MOST_FIGURES):
            name = label("", "muted")
            figure = named(label(), f"microscopeFigure{number}", "")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(name, number, 0)
            grid.addWidget(figure, number, 1)
            self.rows.append((name, figure))
        self.side = QWidget()
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.about, self.matches):
            column.addWidget(part)
        column.addLayout(grid)
        column.addWidget(self.step)
        column.addStretch(1)
        self.body = QWidget()
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.canvas, 1)
        row.addWidget(self.side)
        self.empty = named(label(UNTAUGHT, "lead", wrap=True), "microscopeEmpty", "Empty microscope")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.body)
        self.canvas.pointed.connect(self._show_step)
        self.canvas.freeze_asked.connect(self.freeze.toggle)
        self.freeze.toggled.connect(self.frozen)
        self.canvas.take_next.connect(partial(self._next, self.take))
        self.canvas.other_next.connect(partial(self._next, self.other))
        for combo in (self.take, self.other):
            combo.activated.connect(self._choose)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.side.setFixedWidth(theme.size(WIDTH))
        self.matches.setMinimumHeight(2 * QFontMetrics(theme.font(12)).height())  # so that live nothing jumps
        self.canvas.set_theme(theme)

    def _choose(self, *_: object) -> None:
        self.chosen.emit(self.take.currentData(), self.other.currentData())

    def _next(self, combo: QComboBox) -> None:
        combo.setCurrentIndex((combo.currentIndex() + 1) % max(1, combo.count()))
        self._choose()

    # What is shown ----------------------------------------------------------------------------------------------------

    def show_choices(self, takes: Sequence[Landmark], chosen: tuple[Key | None, Key | None], *, frozen: bool) -> None:
        """What can be chosen from, and what is."""
        for combo, first, now in ((self.take, "Nearest take", chosen[0]), (self.other, "This sound", chosen[1])):
            names = [(first, None), *((_name(one, takes), key_of(one)) for one in takes)]
            if [(combo.itemText(n), combo.itemData(n)) for n in range(combo.count())] != names:
                combo.clear()
                for name, key in names:
                    combo.addItem(name, key)
            combo.setCurrentIndex(next((n for n, (_, key) in enumerate(names) if key == now), 0))
        self.freeze.setChecked(frozen)

    def show_comparison(self, found: Comparison | None, empty: str = "") -> None:
        """None: nothing can be compared, and `empty` says what to do."""
        self._stack.setCurrentWidget(self.empty if found is None else self.body)
        self.empty.setText(empty)
        self.canvas.show_comparison(found)
        if found is None:
            return
        self.about.setText(title_text(found))
        self.matches.setText(match_text(found))
        set_role(self.matches, "warning" if found.alignment.mismatches else "good")
        shown = figures(found)
        for (name, figure), (about, value, tip) in zip(self.rows, shown, strict=True):
            name.setText(about)
            figure.setText(value)
            figure.setAccessibleName(about)
            for part in (name, figure):
                part.setToolTip(tip)
        self._show_step(self.canvas.step)

    def _show_step(self, step: int | None) -> None:
        found = self.canvas.found
        if found is None:
            return
        text = step_text(found, step) if step is not None else ""
        self.step.setText(f"{text[0].upper()}{text[1:]}." if text else "")
        if step is not None or not found.live:  # a screen reader would never come to an end
            self.canvas.setAccessibleDescription(text or f"{title_text(found)}. {match_text(found)}")

    # Files ------------------------------------------------------------------------------------------------------------

    def pictured(self) -> list[QWidget]:
        return [self.side] if self.canvas.found is not None else []

    def paint_picture(self, painter: QPainter) -> None:
        super().paint_picture(painter)
        if self.canvas.found is not None:
            painter.save()
            painter.translate(self.canvas.mapTo(self, QPoint(0, 0)))
            self.canvas.paint_file(painter)
            painter.restore()

    def table(self) -> tuple[Sequence[str], list[Sequence[Cell]]]:
        """A row for each step of the path."""
        found = self.canvas.found
        if found is None:
            raise LabBenchError("There is no comparison to write down yet.", self.empty.text())
        alignment, rows = found.alignment, list[Sequence[Cell]]()
        for (row, column), cost in zip(alignment.path.tolist(), alignment.along.tolist(), strict=True):
            smoothed, unlike = float(alignment.by_frame[row]), bool(alignment.unlike[row])
            moments = (found.take.seconds(row), found.other.seconds(column))
            rows.append((found.take.title, found.other.title, *moments, cost, smoothed, "no" if unlike else "yes"))
        columns = ("take", "in", "take, seconds", "sound, seconds", "cost", "cost, smoothed", "matches")
        return columns, rows


def _combo(name: str, spoken: str, tip: str) -> QComboBox:
    combo = named(QComboBox(), name, spoken)
    combo.setToolTip(tip)
    combo.setAccessibleDescription(tip)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return combo


def _name(one: Landmark, takes: Sequence[Landmark]) -> str:
    """Labels alone where they tell takes apart."""
    alike = sum(other.label == one.label for other in takes) > 1 or not one.label.startswith(one.word)
    text = f"{one.word}: {one.label}" if alike else one.label
    return f"{text} (not the word)" if one.against else text
