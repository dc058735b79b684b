"""Two tables about learning from time: moments at which a word came near, and what has become of such moments."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget, QTreeWidgetItem

from labbench.core.timebase import clock_text
from labbench.session.learning_file import Entry, Event
from labbench.ui.theme import Theme
from labbench.ui.widgets import named
from labbench.ui.words.moments import Found, rate_text
from labbench.wakeword.near_misses import MARGIN

TIME, WORD, DISTANCE, NEAR, WHAT, CAME = range(6)
WHEN, OF_WORD, EVENT, SOURCE, RATES = range(5)
NEARNESS = Qt.ItemDataRole.UserRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NEAR_TIP = "How far above the threshold it stayed. A full bar is nearly there; an empty one is too far to matter."
RATES_TIP = "False accepts to expect in an hour of other speech, before and after."
EVENTS = {
    Event.LEARNT: "Learnt",
    Event.REFUSED: "Not learnt",
    Event.NOT_THIS: "Not this: kept apart",
    Event.UNDONE: "Taken back",
    Event.REDONE: "Done again",
    Event.RESET: "Reset to what was taught",
}


class PlainTable(QTreeWidget):
    """Rows without branches; where there are none, a sentence says what would be here."""

    def __init__(self, theme: Theme, name: str, spoken: str, columns: Sequence[str]) -> None:
        super().__init__()
        named(self, name, spoken)
        self._theme = theme
        self.empty = ""
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels(list(columns))
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.viewport().update()

    def have(self, count: int) -> list[QTreeWidgetItem]:
        """So many rows; those that are there stay, and so does the current one."""
        while self.topLevelItemCount() > count:
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        self.addTopLevelItems([QTreeWidgetItem() for _ in range(count - self.topLevelItemCount())])
        return [item for item in map(self.topLevelItem, range(count)) if item is not None]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.topLevelItemCount() or not self.empty:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QColor(self._theme.muted))
        painter.setFont(self._theme.font(12))
        area = QRectF(self.viewport().rect()).adjusted(24, 8, -24, -8)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.empty)
        painter.end()


class NearBar(QStyledItemDelegate):
    """A short bar, the fuller the nearer, behind it by how much the threshold was missed."""

    def __init__(self, theme: Theme, parent: QTreeWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        share = index.data(NEARNESS)
        if share is None:
            return
        theme, area = self.theme, QRectF(option.rect)
        height, width = theme.size(4), theme.size(56)
        bar = QRectF(area.left() + 6, area.center().y() - height / 2, width, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.line))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        bar.setWidth(max(height, width * share))
        painter.setBrush(index.data(Qt.ItemDataRole.ForegroundRole) or QColor(theme.accent))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        painter.restore()


class MomentTable(PlainTable):
    """Moments in order of time; the current one stays the current one while others come."""

    def __init__(self, theme: Theme) -> None:
        columns = ("Time", "Word", "Distance", "How near", "What it is", "What came of it")
        super().__init__(theme, "momentTable", "Moments at which a word came near", columns)
        self._bar = NearBar(theme, self)
        self.setItemDelegateForColumn(NEAR, self._bar)
        for column in (TIME, DISTANCE):
            self.headerItem().setTextAlignment(column, RIGHT)
        self.headerItem().setToolTip(DISTANCE, "0 is identical to the takes, 1 is as far as ordinary speech.")
        self.headerItem().setToolTip(NEAR, NEAR_TIP)
        self.header().setSectionResizeMode(NEAR, QHeaderView.ResizeMode.Fixed)
        self.header().resizeSection(NEAR, theme.size(124))
        self._found: tuple[Found, ...] = ()

    def set_theme(self, theme: Theme) -> None:
        self._bar.theme = theme
        self.header().resizeSection(NEAR, theme.size(124))
        super().set_theme(theme)

    @property
    def current(self) -> Found | None:
        item = self.currentItem()
        row = self.indexOfTopLevelItem(item) if item is not None else -1
        return self._found[row] if 0 <= row < len(self._found) else None

    def show_found(self, found: Sequence[Found], words: Sequence[str]) -> None:
        """`words` are those that have a colour, in order."""
        before = self.current
        self._found = tuple(found)
        for item, one in zip(self.have(len(found)), found, strict=True):
            self._fill(item, one, words)
        keys = [(one.word, one.at_s, one.lone) for one in found]
        key = (before.word, before.at_s, before.lone) if before is not None else None
        current = self.topLevelItem(keys.index(key) if key in keys else 0)
        if current is not None:
            self.setCurrentItem(current)

    def _fill(self, item: QTreeWidgetItem, one: Found, words: Sequence[str]) -> None:
        theme = self._theme
        missed = f"+{one.above:.2f}" if one.above >= 0 else f"−{-one.above:.2f}"
        came = _came_of(one.entry)
        texts = (clock_text(one.at_s), one.word, f"{one.distance:.2f}", missed, what_it_is(one), came)
        for column, text in enumerate(texts):
            item.setText(column, text)
        for column in (TIME, DISTANCE, NEAR):
            item.setTextAlignment(column, RIGHT)
        colour = theme.word(words.index(one.word)) if one.word in words else theme.muted
        item.setData(NEAR, NEARNESS, min(1.0, max(0.0, 1.0 - one.above / MARGIN)))
        for column in (WORD, NEAR):
            item.setForeground(column, QColor(colour))
        item.setForeground(WHAT, QColor(theme.text if one.heard_s is not None or one.lone else theme.muted))
        item.setForeground(CAME, QColor(_colour(theme, one.entry)))
        for column in (WHAT, CAME):
            item.setToolTip(column, texts[column])


class HistoryTable(PlainTable):
    """The newest entry first."""

    def __init__(self, theme: Theme) -> None:
        columns = ("When", "Word", "What", "From", "False accepts an hour")
        super().__init__(theme, "historyTable", "What was learnt, when and why", columns)
        self.empty = "Nothing yet. What is learnt, refused, kept apart or taken back is written down here."
        self.headerItem().setToolTip(RATES, RATES_TIP)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """In order of time."""
        for item, entry in zip(self.have(len(entries)), reversed(entries), strict=True):
            what = EVENTS[entry.what] + (f": {entry.reason}" if entry.reason else "")
            when = entry.when.astimezone()
            texts = (f"{when:%Y-%m-%d %H:%M}", entry.word, what, _source(entry), _rates(entry))
            for column, text in enumerate(texts):
                item.setText(column, text)
            item.setToolTip(WHEN, f"{when:%Y-%m-%d %H:%M:%S}")
            item.setToolTip(EVENT, what)
            item.setForeground(EVENT, QColor(_colour(self._theme, entry)))
            for column in (WHEN, SOURCE, RATES):
                item.setForeground(column, QColor(self._theme.muted))


def what_it_is(found: Found) -> str:
    """In plain words."""
    if found.lone:
        return "One hop alone: probably not the word"
    if found.heard_s is not None:
        return f"Said again at {clock_text(found.heard_s)}: probably meant"
    return "Nearly heard"


def _came_of(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return EVENTS[entry.what] + (f": {entry.reason}" if entry.reason else "")


def _colour(theme: Theme, entry: Entry | None) -> str:
    match entry.what if entry is not None else None:
        case Event.LEARNT | Event.REDONE:
            return theme.good
        case Event.REFUSED:
            return theme.warning
        case Event.NOT_THIS:
            return theme.text
        case _:
            return theme.muted


def _source(entry: Entry) -> str:
    if not entry.recording or entry.at_s is None:
        return ""
    name = f"recording {entry.recording}" if entry.recording.isdecimal() else entry.recording
    return f"{name}, {clock_text(entry.at_s)}"


def _rates(entry: Entry) -> str:
    before, after = (None if rate is None else rate_text(rate) for rate in (entry.before, entry.after))
    return f"{before} → {after}" if before is not None and after is not None else (after or "")
