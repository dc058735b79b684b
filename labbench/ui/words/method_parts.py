"""Parts of the dialog in which the method is chosen: a choice with its explanation, and the table of ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QRadioButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from labbench.live.teaching_anew import HOP_MS, Cost
from labbench.ui.theme import Theme
from labbench.ui.widgets import label, named
from labbench.wakeword.ways import Way, best_way

INDENT = 22
"""Where a radio button's text begins."""
ABOUT_SCORING: Mapping[str, str] = MappingProxyType(
    {
        "fused": "By the order of sounds and by their average; both must find the word. Best, in noise above all.",
        "dtw": "Frame by frame, and time may stretch. Good with a handful of takes.",
        "nearest": "Each take is one point, the mean of its frames; blind to the order of sounds.",
        "prototype": "One point for the whole word: the mean of all its takes.",
        "logistic": "A head trained in a second on the same takes, against ordinary speech.",
    }
)
"""One line for each scoring."""
COLUMNS = ("Way", "Misses", "False accepts", "Apart", "Taught in")
WAY, MISSES, ACCEPTS, APART, TIME = range(len(COLUMNS))
TIPS = {
    MISSES: "The share of utterances like these takes that are expected to be missed; in brackets, how many of the "
    "takes were missed when each was left out in turn and heard by the others.",
    ACCEPTS: "Moments of other people's speech taken for the word, expected in an hour; in brackets, how many of the "
    "windows of ordinary speech it was not trained on were.",
    APART: "How many standard deviations of ordinary speech lie between its mean and the farthest take: the more, the "
    "safer.",
    TIME: "How long it takes to learn the word from its takes, without embedding them.",
}


class Choice(QWidget):
    """A radio button, a line of explanation below it, and room for a field beside it."""

    def __init__(self, title: str, name: str, about: str, missing: str = "") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.button = named(QRadioButton(title), name, title)
        self.button.setAccessibleDescription(missing or about)
        self.button.setEnabled(not missing)
        self.head = QHBoxLayout()
        self.head.setSpacing(12)
        self.head.addWidget(self.button)
        column.addLayout(self.head)
        text = label(missing or about, "warning" if missing else "muted", wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)  # a command can be copied
        text.setContentsMargins(INDENT, 0, 0, 0)
        column.addWidget(text)


class WayTable(QTreeWidget):
    """A row a scoring, the best one in the accent's colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "wayTable", "Ways compared")
        self._theme = theme
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHeaderLabels(list(COLUMNS))
        head, header = self.headerItem(), self.header()
        for column, tip in TIPS.items():
            head.setToolTip(column, tip)
            head.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(WAY, QHeaderView.ResizeMode.Stretch)

    def show_ways(self, ways: Sequence[Way]) -> None:
        self.clear()
        best = best_way(ways) if ways else None
        for way in ways:
            texts = (
                way.title,
                f"{100 * way.misses:.0f} %  ({way.missed} of {way.tried})",
                f"{way.false_accepts_per_hour:.1f} an hour  ({way.accepted} of {way.unseen})",
                f"{way.apart:.1f} σ",
                f"{1000 * way.seconds:.0f} ms",
            )
            row = QTreeWidgetItem(list(texts))
            for column in TIPS:
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                row.setToolTip(column, TIPS[column])
            if way is best:
                for column in range(len(COLUMNS)):
                    row.setForeground(column, QColor(self._theme.good))
            self.addTopLevelItem(row)


def verdict(word: str, ways: Sequence[Way]) -> str:
    """What a class can take from the table."""
    best = best_way(ways)
    trained = next(way for way in ways if way.scoring == "logistic")
    taught = f"with the {best.tried} takes of “{word}”"
    if best is trained:
        return f"Training beats neighbours {taught}: more takes or noisier ones can turn that round."
    errors = trained.missed / trained.tried - best.missed / best.tried
    why = (
        f"it misses {trained.missed} of {trained.tried} takes, not {best.missed}"
        if errors > 0
        else f"takes and speech lie {trained.apart:.1f} σ apart, not {best.apart:.1f}"
    )
    return f"Training does not beat neighbours {taught}: {why}. Best is: {best.title}."


def cost_text(cost: Cost | None) -> str:
    """What a hop costs, against what it may."""
    if cost is None:
        return "What a hop costs is measured once words are heard."
    parts = f"{cost.embed_ms:.0f} to embed, {cost.score_ms:.1f} to compare"
    text = f"{cost.total_ms:.0f} ms of {HOP_MS:.0f} a hop ({parts})."
    if cost.total_ms >= HOP_MS:
        return f"{text} Too slow for this computer: distances come late and moments are skipped. Choose a smaller one."
    if not cost.keeps_up:
        return f"{text} Just quick enough: beside a transcription, moments may be skipped."
    return text
