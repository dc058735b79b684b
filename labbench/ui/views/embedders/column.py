"""One of two embedders beside the other: its map, its histograms, its figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from labbench.live.contenders import Contender
from labbench.models.embedders import EmbedderSpec
from labbench.ui.theme import Theme
from labbench.ui.views.embedders.plot import MapPlot
from labbench.ui.views.embedders.text import figures
from labbench.ui.views.threshold.ridges import RidgePlot, Row
from labbench.ui.widgets import label, named
from labbench.wakeword.landmarks import Landmark

WORKING = "Your takes are being measured…"
UNKNOWN = "Press Compare to measure your takes in this embedder."
MOST_WORDS = 3
"""With more of them they share a histogram."""
LEAST_HEIGHT, LABELLED_FROM = 84, 150
"""Of the histograms; the axis has a name where there is room for it."""
TICKS = (0.2, 0.6, 1.0, 1.4)
RIDGES_TIP = (
    "Each row shows how many sounds lie how far from the words; its tallest bar fills it. Takes are measured each "
    "against the others of its word alone, the lighter ones with babble mixed in. 0 is identical, 1 is as far as "
    "ordinary speech in the mean. Colours are those of the map."
)


class SmallRidges(RidgePlot):
    """Without a threshold: two embedders have different ones."""

    def __init__(self, name: str, spoken: str, theme: Theme) -> None:
        super().__init__(theme)
        named(self, name, spoken)
        self.setToolTip(RIDGES_TIP)
        self.setAccessibleDescription(RIDGES_TIP)
        self.threshold.hide()
        self.ground.hide()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.setMinimumHeight(theme.size(LEAST_HEIGHT))
        self._dress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "said"):  # it comes while everything is being made, too
            self._dress()

    def _dress(self) -> None:
        theme = self._theme
        self.bottom.showLabel(False)
        self.bottom.dress(theme, "Distance" if self.height() >= theme.size(LABELLED_FROM) else "")
        self.bottom.setTicks([[(value, f"{value:.1f}") for value in TICKS], []])


class ContenderColumn(QWidget):
    """`chosen` gives the embedder that was chosen by hand, `pointed` a take (or None), `picked` one to be heard."""

    chosen = Signal(object)
    pointed = Signal(object)
    picked = Signal(object)

    def __init__(self, side: str, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.found: Contender | None = None
        self.words: Sequence[str] = ()
        self.choice = named(QComboBox(), f"{side}Embedder", "Embedder")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(19)
        self.choice.activated.connect(lambda _: self.chosen.emit(self.choice.currentData()))
        self.parts = [named(label("", "muted"), f"{side}Figure{number}", "") for number in range(3)]
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.choice)
        for part in self.parts:
            head.addWidget(part)
        head.addStretch(1)
        self.map = MapPlot(f"{side}Map", "Map of the takes", theme)
        self.ridges = SmallRidges(f"{side}Histograms", "Histograms of distances", theme)
        self.plots = QWidget()
        across = QHBoxLayout(self.plots)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        across.addWidget(self.map, 1)
        across.addWidget(self.ridges, 1)
        self.unknown = named(label(UNKNOWN, "lead", wrap=True), f"{side}Unknown", UNKNOWN)
        self.unknown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.plots, 1)
        column.addWidget(self.unknown, 1)
        self.map.pointed.connect(lambda number: self.pointed.emit(self._take(number)))
        self.map.picked.connect(lambda number: self.picked.emit(self._take(number)))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.map.set_theme(theme)
        self.ridges.set_theme(theme)
        self.show_found(self.found, self.words)

    def show_choices(self, choices: Sequence[tuple[str, EmbedderSpec]], now: EmbedderSpec) -> None:
        if [(self.choice.itemText(n), self.choice.itemData(n)) for n in range(self.choice.count())] != list(choices):
            self.choice.clear()
            for title, spec in choices:
                self.choice.addItem(title, spec)
        specs = [spec for _, spec in choices]
        self.choice.setCurrentIndex(specs.index(now) if now in specs else -1)

    def show_found(self, found: Contender | None, words: Sequence[str]) -> None:
        """None: it is not known yet. `words` in the order of their colours."""
        self.found, self.words = found, words
        self.plots.setVisible(found is not None)
        self.unknown.setVisible(found is None)
        told = figures(found) if found is not None else []
        for number, part in enumerate(self.parts):
            text, tip = told[number] if number < len(told) else ("", "")
            part.setText(text)
            part.setAccessibleName(text)
            part.setToolTip(tip)
        if found is None:
            self.map.show_map(None, words, np.zeros((0, 2)))
            self.ridges.show_rows([], None)
            return
        heard = found.heard
        self.map.show_map(found.chart, words, heard.points if heard is not None else np.zeros((0, 2)))
        self.ridges.show_rows(self._rows(found), None)

    def _rows(self, found: Contender) -> list[Row]:
        theme, standing = self._theme, found.standing
        measured = [one for one in standing.materials if len(one.takes)]
        if len(measured) <= MOST_WORDS:
            rows = [
                Row(f"{one.word}: {len(one.takes)}", one.takes, theme.word(self._number(one.word)), one.noisy)
                for one in measured
            ]
        else:
            noisy = np.concatenate([one.noisy for one in measured])
            rows = [Row(f"Takes: {len(standing.takes)}", standing.takes, theme.text, noisy)]
        rows.append(Row(f"Speech: {len(standing.speech)}", standing.speech, theme.muted))
        if found.heard is not None:
            near = found.heard.distances
            rows.append(Row(f"This sound: {len(near)}", near, theme.accent))
        return rows

    def _number(self, word: str) -> int:
        return self.words.index(word) if word in self.words else len(self.words)

    def show_working(self, working: bool) -> None:
        """While the takes are measured."""
        self.unknown.setText(WORKING if working else UNKNOWN)

    def mark(self, take: Landmark | None) -> None:
        """The same take in this embedder."""
        chart = self.map.chart
        wanted = None
        if take is not None and chart is not None:
            keys = [(one.word, one.number, one.against) for one in chart.landmarks]
            key = (take.word, take.number, take.against)
            wanted = keys.index(key) if key in keys else None
        self.map.point_at(wanted)

    def _take(self, number: int | None) -> Landmark | None:
        chart = self.map.chart
        return chart.landmarks[number] if chart is not None and number is not None else None
