"""The map of the takes: in the very distances that detection uses, with the moment of now as a comet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from labbench.core.errors import LabBenchError
from labbench.ui.theme import Theme
from labbench.ui.views.landmark_desk import Moments
from labbench.ui.views.map.canvas import MapCanvas
from labbench.ui.views.map.hand import MapHand
from labbench.ui.views.map.scene import Kind, MapScene, Ring, Spot
from labbench.ui.views.map.side import MapSide
from labbench.ui.views.tabs import MAP
from labbench.ui.views.view import Cell, View
from labbench.ui.widgets import button, label, named

EMPTY = "Teach a word, then its takes are mapped here: what sounds alike lies side by side."
WORKING = "Measuring the takes against one another…"
LASSO_TIP = "Drag a shape around points to select them (L). Shift and drag does so at any time."


class MapView(View):
    """Shows scenes; what is asked for is told: `picked` (a `Spot`), `take_asked`, `against_asked` and `leave_asked`
    for what is selected, `measure_asked` for the shown sound."""

    picked = Signal(object)
    take_asked = Signal()
    against_asked = Signal()
    leave_asked = Signal()
    measure_asked = Signal()
    tab = MAP

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._word = ""
        self.canvas = MapCanvas(theme)
        self.hand = MapHand(self.canvas)
        self.setFocusProxy(self.canvas)
        self.side = MapSide(theme)
        self.side.measure_asked.connect(self.measure_asked)
        self.lasso = button("Lasso", "mapLasso", LASSO_TIP, "quiet")
        self.lasso.setCheckable(True)
        self.lasso.toggled.connect(self.hand.use_lasso)
        self.hand.lasso_changed.connect(self.lasso.setChecked)
        self.all = button("Show all", "mapFit", "Show all of the map (0, or double-click beside the points)", "quiet")
        self.all.clicked.connect(self.canvas.fit)
        self.options = [self.lasso, self.all]
        self.empty = named(label(EMPTY, "lead", wrap=True), "mapEmpty", "Empty map")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body = QWidget()
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.canvas, 1)
        row.addWidget(self.side)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.body)
        self.side.take.clicked.connect(self.take_asked)
        self.side.against.clicked.connect(self.against_asked)
        self.side.leave.clicked.connect(self.leave_asked)
        self.side.clear.clicked.connect(lambda: self.canvas.choose(()))
        self.canvas.picked.connect(self.picked)
        self.canvas.pointed.connect(lambda _: self._show_side())
        self.canvas.chosen_changed.connect(self._show_side)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.canvas.set_theme(theme)
        self.side.set_theme(theme)
        self.side.nearest.rows = []
        self._show_side()

    # What is shown ----------------------------------------------------------------------------------------------------

    def show_scene(self, scene: MapScene | None, *, working: bool = False) -> None:
        """Another map, or another sound in it; None: nothing is taught."""
        self._stack.setCurrentWidget(self.empty if scene is None else self.body)
        self.empty.setText(WORKING if working else EMPTY)
        self.canvas.show_scene(scene)
        if scene is not None:
            self.side.show_scene(scene)
        self._show_side()

    def show_moments(self, moments: Moments, now: int | None, *, live: bool) -> None:
        first = self.canvas.scene is not None and not len(self.canvas.scene.moments.points)
        self.canvas.show_moments(moments, now)
        if first and self.canvas.scene is not None:
            self.side.key.show_scene(self.canvas.scene)
        self._show_side(live=live)

    def show_rings(self, rings: tuple[Ring, ...]) -> None:
        self.canvas.show_rings(rings)
        if self.canvas.scene is not None:
            self.side.key.show_scene(self.canvas.scene)

    def show_now(self, row: int | None) -> None:
        """The comet is at that moment of a sound that lies still."""
        self.canvas.show_now(row)
        self._show_side()

    def name_word(self, word: str) -> None:
        """The word that a selection would be taken for."""
        self._word = word
        self._show_side()

    def _show_side(self, *, live: bool = False) -> None:
        canvas = self.canvas
        if canvas.scene is not None:
            self.side.show_spot(canvas.scene, canvas.shown_spot, live=live and canvas.at is None)
            self.side.show_chosen(canvas.scene, canvas.chosen, self._word)

    # Points, by what they stand for -----------------------------------------------------------------------------------

    @property
    def chosen_rows(self) -> list[int]:
        """Moments that are selected."""
        return sorted(spot.number for spot in self.canvas.chosen if spot.kind is Kind.MOMENT)

    @property
    def chosen_takes(self) -> list[int]:
        """Landmarks that are selected."""
        return sorted(spot.number for spot in self.canvas.chosen if spot.kind is Kind.TAKE)

    def place_of(self, spot: Spot) -> QPointF:
        """Where it is drawn, in the canvas."""
        scene = self.canvas.scene
        point = scene.at(spot) if scene is not None else None
        if point is None:
            raise LookupError(f"{spot} is not on the map")
        return self.canvas.frame.place(point)

    # Files ------------------------------------------------------------------------------------------------------------

    def pictured(self) -> list[QWidget]:
        canvas, side = self.canvas, self.side
        if canvas.scene is None:
            return []
        now = canvas.now is not None and canvas.at is None and not canvas.chosen
        return [side.key, side.fidelity, *((side.title, side.about, side.nearest) if now else ())]

    def paint_picture(self, painter: QPainter) -> None:
        super().paint_picture(painter)
        if self.canvas.scene is not None:
            at = self.canvas.mapTo(self, QPoint(0, 0))
            painter.save()
            painter.translate(at)
            painter.setClipRect(self.canvas.rect())
            self.canvas.paint_file(painter)
            painter.restore()

    def table(self) -> tuple[Sequence[str], list[Sequence[Cell]]]:
        """A row for each point: what it is, where it is drawn, and what truly lies nearest."""
        scene = self.canvas.scene
        if scene is None:
            raise LabBenchError("There is no map to write down yet.", EMPTY)
        counts = (
            (Kind.TAKE, len(scene.chart.landmarks)),
            (Kind.MOMENT, len(scene.moments.points)),
            (Kind.SPEECH, len(scene.chart.background)),
        )
        rows: list[Sequence[Cell]] = []
        for kind, count in counts:
            for number in range(count):
                spot = Spot(kind, number)
                one = scene.chart.landmarks[number] if kind is Kind.TAKE else None
                ring = scene.ring_at(number) if kind is Kind.MOMENT else None
                word = one.word if one is not None else ring.word if ring is not None else None
                what = "counter-example" if one is not None and one.against else kind.value
                if ring is not None:
                    what = "near miss" if ring.near else "detection"
                at = cast("Sequence[float]", scene.at(spot))
                near = scene.nearest(spot, 1)
                name = scene.chart.landmarks[near[0][0]].label if near else None
                seconds = scene.seconds(number) if kind is Kind.MOMENT else None
                label_of, speaker = (one.label, one.speaker) if one is not None else (None, None)
                place = (float(at[0]), float(at[1]))
                rows.append((what, word, label_of, speaker, seconds, *place, name, near[0][1] if near else None))
        return ("what", "word", "label", "speaker", "seconds", "x", "y", "nearest take", "distance"), rows
