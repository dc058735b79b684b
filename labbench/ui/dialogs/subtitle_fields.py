"""How the lines of subtitles are made: openai-whisper's options for it, as rows of a form."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRegularExpression
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from labbench.transcript.subtitles import CueLines
from labbench.ui.dialogs.base import Form
from labbench.ui.widgets import named

NO_LIMIT = "no limit"
WIDTH_TIP = "A line breaks before it gets longer than this; 42 is usual. Empty: lines are as long as the subtitle."
COUNT_TIP = (
    "A subtitle has at most so many lines; 2 is usual. It is then filled with what follows, and only a pause of three "
    "seconds ends it sooner."
)
COUNT_OFF = "Lines are counted once there is a limit on the characters of each."
WORDS_TIP = "A new subtitle begins after so many words, and with each line of the transcript."
WORDS_OFF = "Where a subtitle ends is settled already by its lines and their characters."
MARK_TITLE = "Mark each word as it is spoken"
MARK_TIP = "The same subtitle once for each of its words, with this one word underlined."


class SubtitleFields(QObject):
    """Rows at the end of `form`; empty fields are without limit. What would have no effect can't be filled in."""

    def __init__(self, form: Form, lines: CueLines, parent: QObject) -> None:
        super().__init__(parent)
        self.width = _field("exportLineWidth", "Characters a line", 3, lines.max_line_width)
        self.count = _field("exportLineCount", "Lines a subtitle", 2, lines.max_line_count)
        self.words = _field("exportLineWords", "Words a subtitle", 2, lines.max_words_per_line)
        self.mark = named(QCheckBox(MARK_TITLE), "exportMarkWords", MARK_TITLE)
        self.mark.setChecked(lines.highlight_words)
        _explain(self.width, WIDTH_TIP)
        _explain(self.mark, MARK_TIP)
        self._rows: list[QWidget] = []
        self._shown = False
        for field in (self.width, self.count, self.words):
            self._rows += [form.add_row(field.accessibleName(), field), field]
            field.textChanged.connect(lambda _: self._follow())
        form.addWidget(self.mark, form.rowCount(), 1, 1, 2)
        self._rows.append(self.mark)
        captions = [row.minimumSizeHint().width() for row in self._rows[:-1:2]]
        form.setColumnMinimumWidth(0, max(captions))  # the fields above stay where they are
        self._follow()
        self.setVisible(False)

    def setVisible(self, shown: bool) -> None:
        """Show the rows or hide them."""
        self._shown = shown
        for row in self._rows:
            row.setVisible(shown)

    def isVisible(self) -> bool:
        """Whether the rows are shown."""
        return self._shown

    @property
    def value(self) -> CueLines:
        """What is filled in and has an effect."""
        width, count, words = (
            int(field.text()) if field.isEnabled() and field.text() else None
            for field in (self.width, self.count, self.words)
        )
        return CueLines(width, count, words, self.mark.isChecked())

    def _follow(self) -> None:
        """Only what has an effect can be filled in; the tip says why the rest can't be."""
        wide = bool(self.width.text())
        filled = wide and bool(self.count.text())
        self.count.setEnabled(wide)
        _explain(self.count, COUNT_TIP if wide else COUNT_OFF)
        self.words.setEnabled(not filled)
        _explain(self.words, WORDS_OFF if filled else WORDS_TIP)


def _field(name: str, title: str, digits: int, value: int | None) -> QLineEdit:
    """A whole number from 1 on with so many digits, or nothing."""
    field = named(QLineEdit("" if value is None else str(value)), name, title)
    field.setPlaceholderText(NO_LIMIT)
    field.setMaxLength(digits)
    field.setValidator(QRegularExpressionValidator(QRegularExpression("[1-9][0-9]*"), field))
    return field


def _explain(widget: QWidget, tip: str) -> None:
    widget.setToolTip(tip)
    widget.setAccessibleDescription(tip)
