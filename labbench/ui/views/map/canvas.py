"""The map itself: takes and moments in a plane with equal scales, the moment of now above what stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent

from labbench.ui.theme import Theme
from labbench.ui.views.drawing import Drawing
from labbench.ui.views.landmark_desk import Moments
from labbench.ui.views.map.comet import draw_comet, draw_lines, draw_pointer, lines_from, write_distances
from labbench.ui.views.map.frame import Frame, fitted
from labbench.ui.views.map.layers import chosen_pixmap, cloud_pixmap, clouds, draw_dots, draw_signs, empty_pixmap
from labbench.ui.views.map.scene import Kind, MapScene, Ring, Spot
from labbench.ui.views.map.signs import strength

MARGIN = 0.11
"""Around what is fitted, as a part of the height: moments may lie beyond all takes."""
REACH_TAKE, REACH_DOT = 11.0, 6.0
"""Pixels around a point at which the mouse is at it."""
GROWN = 1.5
"""Once there are so many times as many moments as when they were drawn, they are drawn anew, each fainter."""


class MapCanvas(Drawing):
    """What stays is painted once and kept; a frame of running sound paints a few new dots and the comet.

    `pointed` tells which point (`Spot` or None) hand or keyboard is at, `picked` that one was clicked or Return was
    pressed on it, `chosen_changed` that others are selected.
    """

    pointed = Signal(object)
    picked = Signal(object)
    chosen_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("mapCanvas", "Map of the takes", theme, (600, 320))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.scene: MapScene | None = None
        self.frame = Frame(1.0, 1.0)
        self.by_hand = False
        """Whether somebody zoomed or moved it: then it is not fitted any more."""
        self.now: int | None = None
        """The moment that the comet is at."""
        self.at: Spot | None = None
        self.chosen: frozenset[Spot] = frozenset()
        self.lasso: list[QPointF] = []
        self.names: list[tuple[str, QRectF]] = []
        self.distances_written: list[tuple[str, QRectF]] = []
        self._cloud: QPixmap | None = None
        self._signs: QPixmap | None = None
        self._chosen_dots: QPixmap | None = None
        self._dots = 0
        self._dots_from = 1

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._forget()

    # What is shown ----------------------------------------------------------------------------------------------------

    def show_scene(self, scene: MapScene | None) -> None:
        """Another map, or another sound in it."""
        other = scene is None or self.scene is None or scene.chart is not self.scene.chart
        self.scene, self.now = scene, None
        self.point_at(None)
        self.choose(())
        if other and not self.by_hand:
            self.fit()
        self._forget()

    def show_moments(self, moments: Moments, now: int | None) -> None:
        """More of the sound that runs; the newest is `now`."""
        if self.scene is None:
            return
        self.scene = MapScene(self.scene.chart, self.scene.words, moments, self.scene.rings)
        self.now = now
        if len(moments.points) > GROWN * self._dots_from + 64:
            self._cloud = None
        self.update()

    def show_rings(self, rings: tuple[Ring, ...]) -> None:
        if self.scene is not None and rings != self.scene.rings:
            self.scene = MapScene(self.scene.chart, self.scene.words, self.scene.moments, rings)
            self._signs = None
            self.update()

    def show_now(self, row: int | None) -> None:
        if row != self.now:
            self.now = row
            self.update()

    def fit(self) -> None:
        """All of it."""
        self.by_hand = False
        if self.scene is not None:
            margin = max(18.0, MARGIN * self.height())
            frame = fitted(self.scene.chart, self.width(), self.height(), margin, self.frame.upright)
            self.look(frame, by_hand=False)

    def look(self, frame: Frame, *, by_hand: bool = True) -> None:
        """Another part of the plane."""
        self.frame, self.by_hand = frame, by_hand
        self._forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.by_hand:
            self.look(replace(self.frame, width=self.width(), height=self.height()))
        else:
            self.fit()

    def _forget(self) -> None:
        self._cloud = self._signs = self._chosen_dots = None
        self.update()

    # Points -----------------------------------------------------------------------------------------------------------

    def spot_at(self, at: QPointF) -> Spot | None:
        """The point at a pixel: takes before moments at which something was decided, those before all others."""
        if self.scene is None:
            return None
        scene, scale = self.scene, self._theme.scale
        rows = [ring.row for ring in scene.rings]
        groups: list[tuple[Kind, NDArray[np.float64], float, list[int] | None]] = [
            (Kind.TAKE, scene.chart.points, REACH_TAKE, None),
            (Kind.MOMENT, scene.moments.points[rows], REACH_TAKE, rows),
            (Kind.MOMENT, scene.moments.points, REACH_DOT, None),
            (Kind.SPEECH, scene.chart.background, REACH_DOT, None),
        ]
        for kind, points, reach, numbers in groups:
            if not len(points):
                continue
            apart = np.hypot(*(self.frame.places(points) - [at.x(), at.y()]).T)
            nearest = int(apart.argmin())
            if apart[nearest] <= reach * scale:
                return Spot(kind, numbers[nearest] if numbers is not None else nearest)
        return None

    def point_at(self, spot: Spot | None) -> None:
        if spot != self.at:
            self.at = spot
            self.update()
            self.pointed.emit(spot)

    @property
    def shown_spot(self) -> Spot | None:
        """What lines lead from: the point at hand, else the moment of now."""
        return self.at or (Spot(Kind.MOMENT, self.now) if self.now is not None else None)

    def choose(self, spots: Iterable[Spot]) -> None:
        """These are selected."""
        chosen = frozenset(spots)
        if chosen != self.chosen:
            self.chosen = chosen
            self._chosen_dots = None
            self.update()
            self.chosen_changed.emit()

    def inside(self, shape: QPolygonF) -> list[Spot]:
        """Takes and moments within a shape on the screen."""
        if self.scene is None or shape.size() < 3:
            return []
        found = []
        box, fill = shape.boundingRect(), Qt.FillRule.OddEvenFill
        for kind, points in ((Kind.TAKE, self.scene.chart.points), (Kind.MOMENT, self.scene.moments.points)):
            places = self.frame.places(points)
            likely = np.flatnonzero(
                (places[:, 0] >= box.left())
                & (places[:, 0] <= box.right())
                & (places[:, 1] >= box.top())
                & (places[:, 1] <= box.bottom())
            )
            found += [
                Spot(kind, number)
                for number in likely.tolist()
                if shape.containsPoint(QPointF(*places[number].tolist()), fill)
            ]
        return found

    # Painting ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        scene, theme = self.scene, self._theme
        if scene is None:
            painter.fillRect(self.rect(), QColor(theme.surface))
            return
        ratio = self.devicePixelRatioF()
        if self._cloud is None:
            self._cloud = cloud_pixmap(scene, self.frame, theme, ratio)
            self._dots = self._dots_from = len(scene.moments.points)
        elif self._dots < len(scene.moments.points):
            self._add_dots(scene)
        if self._signs is None:
            self._signs = empty_pixmap(self.frame, ratio)
            signs = QPainter(self._signs)
            self.names = draw_signs(signs, scene, self.frame, theme)
            signs.end()
        painter.drawPixmap(0, 0, self._cloud)
        if self.chosen:
            if self._chosen_dots is None:
                self._chosen_dots = chosen_pixmap(scene, self.chosen, self.frame, theme, ratio)
            painter.drawPixmap(0, 0, self._chosen_dots)
        painter.drawPixmap(0, 0, self._signs)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_now(painter, scene)
        self._paint_hand(painter, scene)
        painter.end()

    def paint_file(self, painter: QPainter) -> None:
        """The same in shapes alone, without what hand and keyboard put there."""
        if self.scene is None:
            return
        for points, colour, opacity in clouds(self.scene, self._theme):
            places = self.frame.places(points)
            seen = ((places > 0) & (places < [self.frame.width, self.frame.height])).all(axis=1)
            draw_dots(painter, places[seen], colour, opacity, self._theme)
        draw_signs(painter, self.scene, self.frame, self._theme)
        at, self.at = self.at, None
        self._paint_now(painter, self.scene)
        self.at = at

    def _paint_now(self, painter: QPainter, scene: MapScene) -> None:
        spot, theme = self.shown_spot, self._theme
        lines = lines_from(scene, spot, self.frame) if spot is not None else []
        draw_lines(painter, lines, theme)
        if self.now is not None:
            draw_comet(painter, scene, self.now, self.frame, theme)
        self.distances_written = write_distances(painter, lines, scene, self.frame, theme, self.names)

    def _paint_hand(self, painter: QPainter, scene: MapScene) -> None:
        theme = self._theme
        if self.at is not None:
            draw_pointer(painter, scene, self.at, self.frame, theme)
        if len(self.lasso) > 1:
            shade = QColor(theme.accent)
            painter.setPen(QPen(shade, theme.stroke))
            shade.setAlphaF(0.15)
            painter.setBrush(shade)
            painter.drawPolygon(QPolygonF(self.lasso))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _add_dots(self, scene: MapScene) -> None:
        assert self._cloud is not None
        painter = QPainter(self._cloud)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self.frame.places(scene.moments.points[self._dots :])
        draw_dots(painter, places, self._theme.accent, strength(max(1, self._dots_from)), self._theme)
        painter.end()
        self._dots = len(scene.moments.points)
