"""A small card beside the pointer: what was compared at that moment, and how near each word was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from labbench.core.timebase import clock_text
from labbench.signal.spectrogram import Spectrogram, SpectrogramSettings
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.theme import Theme
from labbench.ui.views.strip.reading import DECIDED, NEAR, WINDOW_SECONDS, Reading
from labbench.ui.widgets import named

WIDTH, PICTURE = 232, 56
PAD, GAP, LINE, DOT = 10, 6, 18, 8
ASIDE, ABOVE = 14, 2
"""From the point that it belongs to."""
MOST_WORDS = 8


class MomentCard(QWidget):
    """Lies over `window` and never takes the mouse, so that it neither flickers nor is in the way of it.

    `sound` gives the sound that is shown. It is a part of no view: no picture of a view has it.
    """

    def __init__(self, window: QWidget, theme: Theme, sound: Callable[[], ViewedSound]) -> None:
        super().__init__(window)
        self._over = window
        named(self, "momentCard", "The sound at this moment")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sound = sound
        self._of: ViewedSound | None = None
        self._spectrogram: Spectrogram | None = None
        self._settings = SpectrogramSettings()
        self._picture: QImage | None = None
        self._place = QRectF()  # of the picture within its frame, in parts of it
        self.reading: Reading | None = None
        self.hide()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._colours = [QColor(*row).rgb() for row in _ramp(theme)]
        self.setFont(theme.font(12))
        self._of = None
        self.update()

    def show_at(self, point: QPoint, reading: Reading) -> None:
        """Above a point of its window, and to the right of it where there is room."""
        if reading != self.reading or self.isHidden():
            self.reading = reading
            self._look(reading.at_s)
            self.resize(self._size())
            self.setAccessibleDescription(reading.text)
            self.update()
        room = self._over.rect()
        right, above = point.x() + ASIDE, point.y() - ABOVE - self.height()
        x = right if right + self.width() <= room.right() else point.x() - ASIDE - self.width()
        y = above if above >= room.top() else min(point.y() + ABOVE, room.bottom() - self.height())
        self.move(max(room.left(), x), max(room.top(), y))
        if self.isHidden():
            self.show()
            self.raise_()

    def _look(self, at_s: float) -> None:
        """The two seconds that were compared; what is before the sound's start stays empty."""
        sound = self._sound()
        if sound is not self._of or self._spectrogram is None:
            self._of, self._spectrogram = sound, sound.spectrogram(self._settings)
        start = at_s - WINDOW_SECONDS
        found = self._spectrogram.image(start, at_s, self._theme.size(WIDTH))
        self._picture = None
        if not found.values.size:
            return
        settings = self._settings
        low, high = (found.coding.code_of(end) for end in (settings.floor_db, settings.ceiling_db))
        shown = np.clip((found.values.astype(np.float32) - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
        rows = np.ascontiguousarray(shown.T[::-1])
        height, width = rows.shape
        picture = QImage(rows.tobytes(), width, height, width, QImage.Format.Format_Indexed8).copy()
        picture.setColorTable(self._colours)
        self._picture = picture
        self._place = QRectF(
            (found.first_s - start) / WINDOW_SECONDS, 0.0, (found.stop_s - found.first_s) / WINDOW_SECONDS, 1.0
        )

    def _size(self) -> QSize:
        size, words = self._theme.size, min(MOST_WORDS, len(self.reading.words) if self.reading else 0)
        return QSize(size(WIDTH) + 2 * PAD, 2 * PAD + size(PICTURE) + GAP + size(LINE) * (1 + words))

    def paintEvent(self, event: QPaintEvent) -> None:
        reading, theme = self.reading, self._theme
        if reading is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        line, width = theme.size(LINE), self.width() - 2 * PAD
        row = QRect(PAD, PAD, width, line)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(12, bold=True))
        painter.setPen(QColor(theme.text))
        painter.drawText(row, left | middle, _clock(reading.at_s))
        painter.setFont(theme.font(12))
        painter.setPen(QColor(theme.muted))
        painter.drawText(row, right | middle, f"and the {WINDOW_SECONDS:.0f} s before it")
        frame = QRectF(PAD, PAD + line, width, theme.size(PICTURE))
        painter.fillRect(frame, QColor(theme.heat[0]))
        if self._picture is not None:
            painter.setClipRect(frame)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(
                QRectF(
                    frame.left() + self._place.left() * width, frame.top(), self._place.width() * width, frame.height()
                ),
                self._picture,
            )
            painter.setClipping(False)
        else:
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "This sound is not at hand any more.")
        top = round(frame.bottom()) + GAP
        states = QFontMetrics(theme.font(12, bold=True))
        figures = states.horizontalAdvance("0.00")
        state_width = max(states.horizontalAdvance(state) for state in (DECIDED, NEAR))
        for number, word in enumerate(reading.words[:MOST_WORDS]):
            row = QRect(PAD, top + number * line, width, line)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.word(number)))
            painter.drawEllipse(QRectF(row.left(), row.center().y() - DOT / 2 + 0.5, DOT, DOT))
            heard = word.state == DECIDED
            painter.setFont(theme.font(12, bold=heard))
            painter.setPen(QColor(theme.text))
            name_width = width - DOT - 2 * GAP - figures - GAP - state_width
            name = QRect(row.left() + DOT + GAP, row.top(), name_width, line)
            elided = QFontMetrics(painter.font()).elidedText(word.name, Qt.TextElideMode.ElideRight, name_width)
            painter.drawText(name, left | middle, elided)
            if word.distance is not None:
                at = QRect(name.right() + GAP, row.top(), figures + 2, line)
                painter.drawText(at, right | middle, f"{word.distance:.2f}")
            painter.setPen(QColor(theme.text if word.state in (DECIDED, NEAR) else theme.muted))
            painter.drawText(row, right | middle, word.state)


def _clock(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 60 else clock_text(seconds)


def _ramp(theme: Theme) -> list[tuple[int, int, int]]:
    """256 colours from quiet to loud."""
    stops = np.array([[QColor(one).red(), QColor(one).green(), QColor(one).blue()] for one in theme.heat], float)
    places = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(places, np.arange(len(stops)), stops[:, channel]).round().astype(int) for channel in range(3)]
    return [tuple(row) for row in np.stack(channels, axis=1).tolist()]
