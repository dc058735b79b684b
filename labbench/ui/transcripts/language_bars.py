"""Which languages a model took the sound for, the likeliest first, each with a bar; one click keeps to the first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from labbench.transcript.languages import language_name
from labbench.ui.theme import Theme
from labbench.ui.widgets import ElidedLabel, button, named

SHOWN = 3
LEAST = 0.01
"""Less likely ones are not worth a bar."""
Languages = Sequence[tuple[str, float]]


class _Bars(QWidget):
    """Names, bars and percentages in a row, as many as there is room for."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.languages: Languages = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self.theme.size(120), self.theme.size(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.theme.font(12))
        metrics = QFontMetricsF(painter.font())
        gap, width, x = self.theme.size(8), self.theme.size(40), 0.0
        middle = Qt.AlignmentFlag.AlignVCenter
        for code, probability in self.languages[:SHOWN]:
            name, percent = language_name(code), f"{probability:.0%}"
            lengths = metrics.horizontalAdvance(name), metrics.horizontalAdvance(percent)
            if x and (x + sum(lengths) + width + 2 * gap > self.width() or probability < LEAST):
                break
            painter.setPen(QColor(self.theme.text))
            painter.drawText(QRectF(x, 0, lengths[0] + 1, self.height()), middle, name)
            x += lengths[0] + gap
            bar = QRectF(x, self.height() / 2 - 3, width, 6)
            painter.fillRect(bar, QColor(self.theme.line))
            bar.setWidth(width * probability)
            painter.fillRect(bar, QColor(self.theme.accent))
            x += width + gap / 2
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(x, 0, lengths[1] + 1, self.height()), middle, percent)
            x += lengths[1] + 2 * gap


class LanguageBars(QWidget):
    """What the model took the language for; while it keeps to one, which, and how to let go of it. Else hidden.

    `kept` gives the code of the language to keep to; `released` asks for none.
    """

    kept = Signal(str)
    released = Signal()

    def __init__(self, slot: str, spoken: str, theme: Theme) -> None:
        super().__init__()
        named(self, f"engine{slot}Languages", f"{spoken}: language")
        self._bars = _Bars(theme)
        self._wanted = True
        self.keep = button(
            "Keep to it", f"engine{slot}KeepLanguage", "Take every sound for this language from now on", "quiet"
        )
        self.keep.clicked.connect(lambda: self.kept.emit(self._bars.languages[0][0]))
        self._kept: str | None = None
        self.keeps = named(
            ElidedLabel("", "muted"), f"engine{slot}KeepsLanguage", f"{spoken}: the language it keeps to"
        )
        self.release = button(
            "Any language", f"engine{slot}AnyLanguage", "Let the model find out the language of each sound", "quiet"
        )
        self.release.clicked.connect(self.released)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part, stretch in ((self._bars, 1), (self.keep, 0), (self.keeps, 1), (self.release, 0)):
            row.addWidget(part, stretch)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        self._bars.theme = theme
        self._bars.update()

    def show_languages(self, languages: Languages) -> None:
        """Pairs of code and probability, the likeliest first; none where the language was given."""
        self._bars.languages = tuple(languages)
        told = ", ".join(f"{language_name(code)} {probability:.0%}" for code, probability in languages)
        self._bars.setToolTip(f"What the model took the language for: {told}")
        self.setAccessibleDescription(told)
        self._refresh()
        self._bars.update()

    def show_kept(self, code: str | None) -> None:
        """The language that every sound is taken for, None where the model finds it out."""
        self._kept = code
        self._refresh()

    def set_wanted(self, wanted: bool) -> None:
        """Whether there is room to tell."""
        self._wanted = wanted
        self._refresh()

    def _refresh(self) -> None:
        kept = self._kept is not None
        self.keeps.setText(f"Kept to {language_name(self._kept)}" if kept else "")
        of_bars: tuple[QWidget, ...] = (self._bars, self.keep)
        of_kept: tuple[QWidget, ...] = (self.keeps, self.release)
        for part in of_bars:
            part.setVisible(not kept)
        for part in of_kept:
            part.setVisible(kept)
        self.setVisible(self._wanted and (kept or bool(self._bars.languages)))
