"""The parts of the map as they are painted: clouds, signs with their names, the moment of now."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from labbench.ui.map_frame import Frame, free_place
from labbench.ui.map_scene import Kind, MapScene, Spot
from labbench.ui.map_signs import (
    DOT,
    RADIUS,
    cloud,
    draw_cross,
    draw_ring,
    draw_take,
    shape_of,
    strength,
    tinted,
)
from labbench.ui.theme import Theme

SPEECH_NAME = "ordinary speech"
HEAD = 6.5
ALONG = (0.5, 0.36, 0.64, 0.24, 0.76)
"""Places on a line at which its distance may be written, the best first."""


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
            alpha = cloud(frame.places(points) * ratio, width, height, DOT * theme.scale * ratio, opacity)
            painter.drawImage(0, 0, tinted(alpha, colour))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


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
    for ring in scene.rings:
        at = frame.place(scene.moments.points[ring.row])
        draw_ring(painter, at, theme.word(scene.place_of(ring.word)), theme, near=ring.near)
    taken, around = [], {}
    reach = 1.4 * RADIUS * theme.scale
    for one, (x, y) in zip(scene.chart.landmarks, places.tolist(), strict=True):
        at, colour = QPointF(x, y), theme.word(scene.place_of(one.word))
        if one.against:
            draw_cross(painter, at, colour, theme)
        else:
            shape = shape_of(speakers.index(one.speaker))
            draw_take(painter, at, shape, colour, theme, learnt=one.learnt)
        rect = QRectF(x - reach, y - reach, 2 * reach, 2 * reach)
        taken.append(rect)
        if not one.against:
            around[one.word] = around[one.word].united(rect) if one.word in around else rect
    bar = _draw_bar(painter, frame, theme)
    return _draw_names(painter, scene, frame, theme, around, [*taken, bar])


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
    speech = frame.place(scene.chart.speech)
    wanted = [(name, rect, theme.word(scene.place_of(name)), True) for name, rect in around.items()]
    if len(scene.chart.background):
        wanted.append((SPEECH_NAME, QRectF(speech.x() - 4, speech.y() - 4, 8, 8), theme.muted, False))
    found = []
    for name, rect, colour, bold in wanted:
        if not rect.intersects(within):
            continue
        font = theme.font(12, bold=bold)
        metrics = QFontMetricsF(font)
        place = free_place(rect, metrics.horizontalAdvance(name) + 4, metrics.height(), taken, within)
        taken.append(place)
        found.append((name, place))
        _written(painter, place, name, font, colour, theme)
    return found


def _draw_bar(painter: QPainter, frame: Frame, theme: Theme) -> QRectF:
    """The scale: how long a distance is."""
    bar, font = frame.bar, theme.font(12)
    metrics = QFontMetricsF(font)
    about = "as far as ordinary speech" if bar == 1.0 else "(1.0 is as far as ordinary speech)"
    text = f"{bar:g} {about}" if bar < 1.0 else f"1.0 {about}"
    left, bottom = 12.0, frame.height - 12.0
    length = bar * frame.scale
    pen = QPen(QColor(theme.muted), theme.stroke)
    painter.setPen(pen)
    painter.drawLine(QLineF(left, bottom, left + length, bottom))
    for x in (left, left + length):
        painter.drawLine(QLineF(x, bottom - 4, x, bottom + 4))
    place = QRectF(left, bottom - 6 - metrics.height(), metrics.horizontalAdvance(text) + 4, metrics.height())
    _written(painter, place, text, font, theme.muted, theme)
    return place.united(QRectF(left, bottom - 5, length, 10))


def _written(painter: QPainter, place: QRectF, text: str, font: object, colour: str, theme: Theme) -> None:
    """Letters on a veil of the surface's colour, so that dots below do not disturb them."""
    veil = QColor(theme.surface)
    veil.setAlphaF(0.72)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    painter.drawRect(place)
    painter.setFont(font)  # type: ignore[arg-type]
    painter.setPen(QColor(colour))
    painter.drawText(place.adjusted(2, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def draw_lines(painter: QPainter, scene: MapScene, spot: Spot, frame: Frame, theme: Theme) -> list[tuple[str, QRectF]]:
    """From a point to the nearest takes, each with the true distance. Returns where those are written."""
    point = scene.at(spot)
    if point is None:
        return []
    at, font = frame.place(point), theme.font(12)
    metrics = QFontMetricsF(font)
    inside = QRectF(0, 0, frame.width, frame.height)
    taken = [QRectF(at.x() - 9, at.y() - 9, 18, 18)]
    found = []
    lines = [(frame.place(scene.chart.points[number]), distance) for number, distance in scene.nearest(spot)]
    painter.setPen(QPen(QColor(theme.muted), 1.0 * theme.scale))
    for to, _ in lines:
        painter.drawLine(QLineF(at, to))
    for to, distance in lines:
        text = f"{distance:.2f}"
        width, height = metrics.horizontalAdvance(text) + 6, metrics.height()
        for share in ALONG:
            middle = at + (to - at) * share
            place = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
            ends = QRectF(to.x() - 7, to.y() - 7, 14, 14)
            if inside.contains(place) and not any(place.intersects(other) for other in (*taken, ends)):
                _written(painter, place, text, font, theme.text, theme)
                taken.append(place)
                found.append((text, place))
                break
    return found


def draw_comet(painter: QPainter, scene: MapScene, row: int, frame: Frame, theme: Theme) -> None:
    """The moment of now and where it came from: the older, the fainter. One out of view is pointed to."""
    part = scene.trail(row)
    places = frame.places(scene.moments.points[part])
    if not len(places):
        return
    ages = (scene.moments.index[row] - scene.moments.index[part]) / max(1, _span(scene, part))
    for number in range(1, len(places)):
        left = max(0.0, 1.0 - float(ages[number]))
        shade = QColor(theme.text)
        shade.setAlphaF(0.85 * left**1.5)
        pen = QPen(shade, (1.0 + 3.5 * left) * theme.scale)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QLineF(*places[number - 1].tolist(), *places[number].tolist()))
    head = QPointF(*places[-1].tolist())
    inside = QRectF(10, 10, frame.width - 20, frame.height - 20)
    if not inside.contains(head):
        _point_out(painter, head, inside, theme)
        return
    painter.setPen(QPen(QColor(theme.surface), 2.0 * theme.scale))
    painter.setBrush(QColor(theme.text))
    painter.drawEllipse(head, HEAD * theme.scale, HEAD * theme.scale)


def _span(scene: MapScene, part: slice) -> int:
    index = scene.moments.index[part]
    return max(int(index[-1] - index[0]), 16_000)


def _point_out(painter: QPainter, head: QPointF, inside: QRectF, theme: Theme) -> None:
    at = QPointF(
        min(max(head.x(), inside.left()), inside.right()), min(max(head.y(), inside.top()), inside.bottom())
    )
    angle = QLineF(at, head).angle()
    arrow = QPainterPath(QPointF(8, 0))
    for corner in (QPointF(-5, -6), QPointF(-5, 6)):
        arrow.lineTo(corner)
    arrow.closeSubpath()
    painter.save()
    painter.translate(at)
    painter.rotate(-angle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.text))
    painter.drawPath(arrow)
    painter.restore()


def draw_pointer(painter: QPainter, scene: MapScene, spot: Spot, frame: Frame, theme: Theme) -> None:
    """Around the point that hand or keyboard is at."""
    point = scene.at(spot)
    if point is None:
        return
    radius = (RADIUS + 5 if spot.kind is Kind.TAKE else 7) * theme.scale
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.text), theme.stroke))
    painter.drawEllipse(frame.place(point), radius, radius)
