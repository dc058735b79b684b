"""Small drawn parts beside the map: the nearest takes with their distances, and what the signs mean."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from labbench.ui.theme import Theme
from labbench.ui.views.map.layers import SPEECH_NAME
from labbench.ui.views.map.scene import MapScene, Spot
from labbench.ui.views.map.signs import DOT, draw_cross, draw_ring, draw_take, shape_of
from labbench.ui.widgets import named

WIDTH = 268
"""Of what stands beside the map, before the theme's scale."""
LINE = 19
MOST_ROWS = 3
NEAR_TIP = (
    "The takes that lie nearest, by the distances that detection uses: 0 is identical, 1 is as far as ordinary speech. "
    "The bar is full at 0."
)


class NearRows(QWidget):
    """The nearest takes with their true distances."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "mapNearest", "Nearest takes")
        self.setToolTip(NEAR_TIP)
        self._theme = theme
        self.rows: list[tuple[str, float, str, str]] = []
        """Label, distance, colour and shape."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.size(200), MOST_ROWS * self._theme.size(LINE))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()

    def show_rows(self, scene: MapScene, spot: Spot | None) -> None:
        speakers, theme = scene.speakers, self._theme
        rows = []
        for number, distance in scene.nearest(spot, MOST_ROWS) if spot is not None else ():
            one = scene.chart.landmarks[number]
            colour = theme.word(scene.place_of(one.word))
            rows.append((one.label, distance, colour, shape_of(speakers.index(one.speaker))))
        if rows != self.rows:
            self.rows = rows
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        metrics = QFontMetrics(painter.font())
        line, figures, bar = theme.size(LINE), metrics.horizontalAdvance("0.00"), theme.size(64)
        for number, (text, distance, colour, shape) in enumerate(self.rows):
            row = QRect(0, number * line, self.width(), line)
            draw_take(painter, QPointF(8 * theme.scale, row.center().y() + 0.5), shape, colour, theme, more=0.8)
            left = theme.size(20)
            room = row.width() - left - figures - bar - 2 * theme.size(8)
            painter.setPen(QColor(theme.text))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(left, row.top(), room, line), Qt.AlignmentFlag.AlignVCenter, shown)
            at = QRect(row.right() - bar - theme.size(8) - figures, row.top(), figures + 2, line)
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{distance:.2f}")
            track = QRectF(row.right() - bar, row.center().y() - 2, bar, 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.line))
            painter.drawRoundedRect(track, 2, 2)
            track.setWidth(max(2.0, bar * min(1.0, max(0.0, 1.0 - distance))))
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(track, 2, 2)


class MapKey(QWidget):
    """What the signs mean: those that are there, in as few lines as they need."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "mapKey", "What the signs mean")
        self._theme = theme
        self.entries: list[tuple[str, str]] = []
        """Sign and meaning."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()

    def show_scene(self, scene: MapScene) -> None:
        marks, kinds = scene.chart.landmarks, {ring.near for ring in scene.rings}
        speakers = [name for name in scene.speakers if any(one.speaker == name and not one.against for one in marks)]
        entries = []
        if len(speakers) > 1 or any(speakers):
            shapes = [shape_of(scene.speakers.index(name)) for name in speakers]
            entries += [(shape, name or "no name") for shape, name in zip(shapes, speakers, strict=True)]
        else:
            entries += [("circle", "take")] if marks else []
        entries += [("learnt", "learnt")] if any(one.learnt for one in marks) else []
        entries += [("cross", "not the word")] if any(one.against for one in marks) else []
        entries += [("ring", "recognised")] if False in kinds else []
        entries += [("near", "nearly")] if True in kinds else []
        entries += [("speech", SPEECH_NAME)] if len(scene.chart.background) else []
        entries += [("hop", "this sound")] if len(scene.moments.points) else []
        if entries != self.entries:
            self.entries = entries
            self.setAccessibleDescription(", ".join(f"{sign}: {meaning}" for sign, meaning in entries))
            self.updateGeometry()
            self.update()

    def _places(self, width: int) -> list[QRect]:
        """One after the other, in lines."""
        theme = self._theme
        metrics, line = QFontMetrics(theme.font(12)), theme.size(LINE)
        left, top, found = 0, 0, []
        for _, meaning in self.entries:
            wide = theme.size(20) + metrics.horizontalAdvance(meaning) + theme.size(12)
            if left and left + wide - theme.size(12) > width:
                left, top = 0, top + line
            found.append(QRect(left, top, wide, line))
            left += wide
        return found

    def sizeHint(self) -> QSize:
        places = self._places(self._theme.size(WIDTH))
        return QSize(self._theme.size(200), places[-1].bottom() + 1 if places else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        metrics = painter.fontMetrics()
        for (sign, meaning), place in zip(self.entries, self._places(self.width()), strict=True):
            at = QPointF(place.left() + 8 * theme.scale, place.center().y() + 0.5)
            match sign:
                case "cross":
                    draw_cross(painter, at, theme.muted, theme)
                case "ring" | "near":
                    draw_ring(painter, at, theme.muted, theme, near=sign == "near", more=0.7)
                case "speech" | "hop":
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(QColor(theme.muted if sign == "speech" else theme.accent))
                    for x, y in ((-4, 2), (0, -3), (4, 1), (1, 4)):
                        painter.drawEllipse(at + QPointF(x, y) * theme.scale, DOT * theme.scale, DOT * theme.scale)
                case "learnt":
                    draw_take(painter, at, "circle", theme.muted, theme, learnt=True, more=0.8)
                case shape:
                    draw_take(painter, at, shape, theme.muted, theme, more=0.8)
            painter.setPen(QColor(theme.muted))
            left = theme.size(20)
            text = metrics.elidedText(meaning, Qt.TextElideMode.ElideRight, self.width() - place.left() - left)
            painter.drawText(place.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
