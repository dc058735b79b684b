"""Beside the map: what is pointed at with its true distances, what the signs mean, how much the picture lies."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from labbench.ui.theme import Theme
from labbench.ui.views.map.key import WIDTH, MapKey, NearRows
from labbench.ui.views.map.scene import FIDELITY_TIP, Kind, MapScene, Spot, fidelity_text
from labbench.ui.widgets import ElidedLabel, button, label, named

LOW = 270
"""Less height than this is too little for everything below one another."""
SPARE = 40
"""So much more than that it takes to change back: a notice that comes and goes does not move the map."""
EVERY = "Point at anything to see what it is."
LONGEST = 10
TAKE_TIP = (
    "Each utterance that the selected moments hear becomes a take of the word: of very many those that lie nearest."
)
AGAINST_TIP = "What the selected moments hear is not the word: sound that resembles it is kept apart from now on."
LEAVE_TIP = "The selected takes do not count any more; the list of takes keeps them. Counter-examples are removed."
MEASURE_TIP = (
    "This sound was searched without a view of distances. It is compared with every take now; that takes about a "
    "tenth of its length."
)


class MapSide(QWidget):
    """`measure_asked`: the shown sound is to be compared with every take."""

    measure_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "mapSide", "About the map")
        self.title = named(ElidedLabel("", "title"), "mapTitle", "What is pointed at")
        self.about = named(ElidedLabel("", "muted"), "mapAbout", "What it is")
        self.nearest = NearRows(theme)
        self.key = MapKey(theme)
        self.fidelity = named(label("", "muted", wrap=True), "mapFidelity", "How much the picture lies")
        self.fidelity.setToolTip(FIDELITY_TIP)
        self.fidelity.setAccessibleDescription(FIDELITY_TIP)
        self.measure = button("Measure this sound", "measureSound", MEASURE_TIP)
        self.measure.clicked.connect(self.measure_asked)
        self.measure.hide()
        self.take = button("Use as takes", "mapUseAsTakes", TAKE_TIP)
        self.against = button("Not the word", "mapNotTheWord", AGAINST_TIP)
        self.leave = button("Leave out", "mapLeaveOut", LEAVE_TIP)
        self.clear = button("Clear", "mapClear", "Select nothing (Esc)")
        self.deeds = QWidget()
        lines = QVBoxLayout(self.deeds)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        for some in ((self.take, self.leave), (self.against, self.clear)):
            line = QHBoxLayout()
            line.setSpacing(4)
            for one in some:
                line.addWidget(one)
            line.addStretch()
            lines.addLayout(line)
        self.deeds.hide()
        self._parts = (QWidget(), QWidget())
        self._row = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        contents: tuple[tuple[QWidget, ...], ...] = (
            (self.title, self.about, self.nearest, self.deeds, self.measure),
            (self.key, self.fidelity),
        )
        for part, widgets in zip(self._parts, contents, strict=True):
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            for widget in widgets:
                column.addWidget(widget)
            column.addStretch(1)
            self._row.addWidget(part)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.nearest.set_theme(theme)
        self.key.set_theme(theme)
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """One below the other where there is room, else side by side."""
        width, directions = self._theme.size(WIDTH), QBoxLayout.Direction
        was = self._row.direction() == directions.LeftToRight
        low = self.height() < self._theme.size(LOW + (SPARE if was else 0))
        for part in self._parts:
            part.setFixedWidth(width)
        self._row.setDirection(directions.LeftToRight if low else directions.TopToBottom)
        self._row.setSpacing(16)
        self.setFixedWidth(2 * width + 16 if low else width)

    def show_scene(self, scene: MapScene) -> None:
        self.key.show_scene(scene)
        self.fidelity.setText(fidelity_text(scene.chart.fidelity))

    def show_spot(self, scene: MapScene, spot: Spot | None, *, live: bool = False) -> None:
        """What stands there: the point at hand, or the moment of now."""
        self.nearest.show_rows(scene, spot)
        title = "The moment of now" if live else scene.title(spot) if spot is not None else ""
        about = EVERY
        if spot is not None:
            about = scene.about(spot) + off_text(scene, spot)
        if self.title.text() != title:
            self.title.setText(title)
        if self.about.text() != about:
            self.about.setText(about)

    def show_chosen(self, scene: MapScene, chosen: Collection[Spot], word: str) -> None:
        """What is selected, and what can be done with it, stands there in place of a single point."""
        if self.deeds.isHidden() == bool(chosen):
            self.deeds.setVisible(bool(chosen))
            self.nearest.setVisible(not chosen)
        if not chosen:
            return
        moments = any(spot.kind is Kind.MOMENT for spot in chosen)
        self.title.setText(chosen_text(chosen))
        self.about.setText("Every step can be undone.")
        self.take.setText(f"Takes of “{short(word)}”")
        self.against.setText(f"Not “{short(word)}”")
        for part in (self.take, self.against):
            part.setVisible(moments and bool(word))
        self.leave.setVisible(any(spot.kind is Kind.TAKE for spot in chosen))


def short(word: str) -> str:
    """A name that leaves room for a sentence."""
    return word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"


def off_text(scene: MapScene, spot: Spot) -> str:
    """How far off a moment is drawn."""
    if spot.kind is not Kind.MOMENT or not len(scene.chart.watched):
        return ""
    part = slice(spot.number, spot.number + 1)
    off = scene.chart.misplaced(scene.moments.distances[part], scene.moments.points[part])
    return f", drawn {100 * off:.0f} % off"


def chosen_text(chosen: Collection[Spot]) -> str:
    """How many of what are selected."""
    takes = sum(spot.kind is Kind.TAKE for spot in chosen)
    moments = len(chosen) - takes
    parts = [f"{takes} take{'s' * (takes != 1)}"] if takes else []
    parts += [f"{moments} moment{'s' * (moments != 1)}"] if moments else []
    return " and ".join(parts)
