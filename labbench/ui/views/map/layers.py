"""What stays of the map as it is painted: clouds of dots, takes with their names, the scale."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap

from labbench.ui.theme import Theme
from labbench.ui.views.map.frame import Frame, free_place
from labbench.ui.views.map.scene import Kind, MapScene, Spot
from labbench.ui.views.map.signs import (
    DOT,
    RADIUS,
    RING,
    cloud,
    draw_cross,
    draw_ring,
    draw_take,
    shape_of,
    strength,
    tinted,
)

SPEECH_NAME = "ordinary speech"


def clouds(scene: MapScene, theme: Theme) -> list[tuple[NDArray[np.float64], str, float]]:
    """Points that are many, each cloud with its colour and the opacity of a dot."""
    background, hops = scene.chart.background, scene.moments.points
    return [
        (background, theme.muted, strength(len(background))),
        (hops, theme.accent, strength(len(hops))),
    ]


def cloud_pixmap(scene: MapScene, frame: Frame, theme: Theme, ratio: float) -> QPixmap:
    """Ordinary speech and moments of the shown sound on the surface's colour; `ratio` is the screen's."""
    width, height = round(frame.width * ratio), round(frame.height * ratio)
    pixmap = QPixmap(width, height)
    pixmap.fill(QColor(theme.surface))
    painter = QPainter(pixmap)
    for points, colour, opacity in clouds(scene, theme):
        if len(points):
            places = frame.places(points) * ratio
            draw_cloud(painter, places, width, height, DOT * theme.scale * ratio, opacity, colour)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def draw_cloud(
    painter: QPainter,
    places: NDArray[np.float64],
    width: int,
    height: int,
    radius: float,
    opacity: float,
    colour: str,
) -> None:
    """Dots that are many, in as small a picture as holds them."""
    edge = radius + 2.0
    inside = places[((places > -edge) & (places < [width + edge, height + edge])).all(axis=1)]
    if not len(inside):
        return
    low = np.floor(inside.min(axis=0) - edge).astype(int)
    wide, high = (np.ceil(inside.max(axis=0) + edge).astype(int) - low).tolist()
    painter.drawImage(int(low[0]), int(low[1]), tinted(cloud(inside - low, wide, high, radius, opacity), colour))


def draw_dots(painter: QPainter, places: NDArray[np.float64], colour: str, opacity: float, theme: Theme) -> None:
    """The same dot by dot: a few more in a cloud, or all of it in a file."""
    shade = QColor(colour)
    shade.setAlphaF(opacity)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    radius = DOT * theme.scale
    for x, y in places.tolist():
        painter.drawEllipse(QPointF(x, y), radius, radius)


def draw_signs(painter: QPainter, scene: MapScene, frame: Frame, theme: Theme) -> list[tuple[str, QRectF]]:
    """Takes, counter-examples, rings, names and the scale. Returns where names are written."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    speakers = scene.speakers
    places = frame.places(scene.chart.points)
    rings = frame.places(scene.moments.points[[ring.row for ring in scene.rings]])
    reach = 1.4 * RADIUS * theme.scale
    taken = [square(QPointF(x, y), RING * theme.scale) for x, y in rings.tolist()]
    taken += [square(QPointF(x, y), reach) for x, y in places.tolist()]
    taken.append(_draw_bar(painter, frame, theme, taken))
    for ring, (x, y) in zip(scene.rings, rings.tolist(), strict=True):
        draw_ring(painter, QPointF(x, y), theme.word(scene.place_of(ring.word)), theme, near=ring.near)
    around: dict[str, QRectF] = {}
    for one, (x, y) in zip(scene.chart.landmarks, places.tolist(), strict=True):
        at, colour = QPointF(x, y), theme.word(scene.place_of(one.word))
        if one.against:
            draw_cross(painter, at, colour, theme)
        else:
            shape = shape_of(speakers.index(one.speaker))
            draw_take(painter, at, shape, colour, theme, learnt=one.learnt)
            rect = square(at, reach)
            around[one.word] = around[one.word].united(rect) if one.word in around else rect
    return _draw_names(painter, scene, frame, theme, around, taken)


def _draw_names(
    painter: QPainter,
    scene: MapScene,
    frame: Frame,
    theme: Theme,
    around: dict[str, QRectF],
    taken: list[QRectF],
) -> list[tuple[str, QRectF]]:
    """Of words beside their takes, and of ordinary speech, where they hide nothing and one another least."""
    within = QRectF(4, 4, frame.width - 8, frame.height - 8)
    wanted = [(name, rect, theme.word(scene.place_of(name)), True) for name, rect in around.items()]
    if len(scene.chart.background):
        crowd = np.percentile(frame.places(scene.chart.background), [10, 90], axis=0)
        wanted.append((SPEECH_NAME, QRectF(QPointF(*crowd[0]), QPointF(*crowd[1])), theme.muted, False))
    found = []
    for name, rect, colour, bold in wanted:
        if not rect.intersects(within):
            continue
        font = theme.font(12, bold=bold)
        metrics = QFontMetricsF(font)
        place = free_place(rect, metrics.horizontalAdvance(name) + 4, metrics.height(), taken, within)
        taken.append(place)
        found.append((name, place))
        written(painter, place, name, font, colour, theme)
    return found


def square(at: QPointF, reach: float) -> QRectF:
    return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)


def _draw_bar(painter: QPainter, frame: Frame, theme: Theme, taken: list[QRectF]) -> QRectF:
    """The scale: how long a distance is; in the corner where it hides least."""
    bar, font = frame.bar, theme.font(12)
    metrics = QFontMetricsF(font)
    about = "as far as ordinary speech" if bar == 1.0 else "(1.0 is as far as ordinary speech)"
    text = f"{bar:g} {about}" if bar < 1.0 else f"1.0: {about}"
    length, line = bar * frame.scale, metrics.height()
    size = QSizeF(max(length, metrics.horizontalAdvance(text) + 4), line + 11)
    right, low = frame.width - size.width() - 12, frame.height - size.height() - 7
    corners = [QRectF(QPointF(x, y), size) for x, y in ((12, low), (right, low), (12, 6), (right, 6))]
    whole = min(corners, key=lambda corner: sum(corner.intersects(other) for other in taken))
    left, bottom = whole.left(), whole.bottom() - 5
    pen = QPen(QColor(theme.muted), theme.stroke)
    painter.setPen(pen)
    painter.drawLine(QLineF(left, bottom, left + length, bottom))
    for x in (left, left + length):
        painter.drawLine(QLineF(x, bottom - 4, x, bottom + 4))
    written(painter, QRectF(left, whole.top(), whole.width(), line), text, font, theme.muted, theme)
    return whole


def written(painter: QPainter, place: QRectF, text: str, font: object, colour: str, theme: Theme) -> None:
    """Letters on a veil of the surface's colour, so that dots below do not disturb them."""
    veil = QColor(theme.surface)
    veil.setAlphaF(0.72)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    painter.drawRect(place)
    painter.setFont(font)  # type: ignore[arg-type]
    painter.setPen(QColor(colour))
    painter.drawText(place.adjusted(2, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def chosen_pixmap(scene: MapScene, chosen: Iterable[Spot], frame: Frame, theme: Theme, ratio: float) -> QPixmap:
    """What is selected, to be seen at a glance."""
    pixmap = empty_pixmap(frame, ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    chosen = list(chosen)
    rows = [spot.number for spot in chosen if spot.kind is Kind.MOMENT]
    painter.scale(1 / ratio, 1 / ratio)
    places, radius = frame.places(scene.moments.points[rows]) * ratio, 1.7 * DOT * theme.scale * ratio
    draw_cloud(painter, places, pixmap.width(), pixmap.height(), radius, 0.9, theme.text)
    painter.resetTransform()
    painter.setPen(QPen(QColor(theme.accent), 2 * theme.stroke))
    for spot in chosen:
        if spot.kind is Kind.TAKE:
            radius = (RADIUS + 4) * theme.scale
            painter.drawEllipse(frame.place(scene.chart.points[spot.number]), radius, radius)
    painter.end()
    return pixmap


def empty_pixmap(frame: Frame, ratio: float) -> QPixmap:
    """As large as the map, of no colour."""
    pixmap = QPixmap(round(frame.width * ratio), round(frame.height * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
