"""What words learnt from time: near misses of the shown sound, what came of them, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton

from labbench.session.learning_file import Event
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.preferences import NEAR_MISS_CHOICES, NEAR_MISS_TIP
from labbench.ui.widgets import ElidedLabel, button, label, named
from labbench.ui.words.learning import LIVE_SECONDS, MOST_LISTED
from labbench.ui.words.moment_table import HistoryTable, MomentTable
from labbench.ui.words.moments import Found
from labbench.wakeword.learning import MOST_LEARNT

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

EVERY = "All words"
SOON_MS = 100
"""What comes by the dozen, while a threshold is dragged, is shown once it rests."""
LIVE_MS = 1000
EXPLANATION = (
    "A word that was nearly heard and then said again was probably meant the first time, too: the word can learn from "
    "it. It never learns from what is unlike its takes, nor where false accepts would become more frequent."
)


class LearningDialog(BenchDialog):
    """Beside the window: it follows the sound that is shown there, and what is done here can be undone there."""

    def __init__(self, window: MainWindow, word: str) -> None:
        super().__init__(window, "learningDialog", "What was learnt", (window.theme.size(1000), window.theme.size(680)))
        self.learning = self.bench.words.learning
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._refresh)
        self._live = QTimer(self)
        self._live.setInterval(LIVE_MS)
        self._live.timeout.connect(self._refresh)
        self.add_heading("What was learnt", EXPLANATION)
        self._add_choices(word)
        self.summary = named(ElidedLabel("", "muted"), "learningSummary", "What the word knows")
        self.moments = MomentTable(window.theme)
        self.history = HistoryTable(window.theme)
        self.body.addWidget(named(label("In this sound", "title"), "momentsTitle", "In this sound"))
        self.body.addWidget(self.moments, 3)
        self._add_moment_buttons()
        self.body.addWidget(named(label("History", "title"), "historyTitle", "History"))
        self.body.addWidget(self.history, 2)
        self.body.addWidget(self.summary)
        self.reset = button(
            "Reset to what was taught",
            "learningReset",
            "Keep only the takes that were taught on purpose, all of them, and their own threshold. It can be undone.",
        )
        self.reset.clicked.connect(self._reset)
        self.end_with(self.reset, None)
        self.moments.currentItemChanged.connect(lambda *_: self._update())
        self.moments.itemActivated.connect(lambda *_: self._act(self.play, self.learning.play))
        for keys, act in (
            (QKeySequence.StandardKey.Undo, self.bench.undo.undo),
            (QKeySequence.StandardKey.Redo, self.bench.undo.redo),
        ):
            QShortcut(QKeySequence(keys), self, act)
        bench = self.bench
        for signal in (self.learning.changed, bench.teaching.words_changed, bench.shown.shown):
            signal.connect(self._refresh_soon)
        bench.running_changed.connect(self._refresh_soon)
        bench.theme_changed.connect(self._dress)
        self._refresh()
        self.moments.setFocus()

    def _add_choices(self, word: str) -> None:
        self.word = named(QComboBox(), "learningWord", "Word")
        self.word.addItem(EVERY, None)
        for taught in self.bench.teaching.words:
            self.word.addItem(taught.name, taught.name)
        self.word.setCurrentIndex(max(0, self.word.findData(word)))
        self.word.currentIndexChanged.connect(lambda _: self._refresh())
        self.policy = named(QComboBox(), "learningPolicy", "Near misses")
        self.policy.setToolTip(NEAR_MISS_TIP)
        for title, value in NEAR_MISS_CHOICES:
            self.policy.addItem(title, value)
        self.policy.setCurrentIndex(self.policy.findData(self.bench.settings.near_misses))
        self.policy.activated.connect(lambda _: self.bench.keep_settings(near_misses=self.policy.currentData()))
        row = QHBoxLayout()
        row.setSpacing(8)
        for title, box in (("Word", self.word), ("Near misses", self.policy)):
            caption = label(title, "muted")
            caption.setBuddy(box)
            row.addWidget(caption)
            row.addWidget(box)
            row.addSpacing(16)
        row.addStretch(1)
        self.body.addLayout(row)

    def _add_moment_buttons(self) -> None:
        self.play = button("Play", "momentPlay", "Hear this moment (Return)")
        self.play.clicked.connect(lambda: self._act(self.play, self.learning.play))
        self.show_it = button("Show in the views", "momentShow", "Select this moment in the window's views")
        self.show_it.clicked.connect(lambda: self._act(self.show_it, self.learning.show))
        self.learn = button("Learn from it", "momentLearn", "It was the word: make a take of it", "primary")
        self.learn.clicked.connect(lambda: self._act(self.learn, self.learning.learn))
        self.not_this = button(
            "Not this", "momentNotThis", "It was not the word: sound that is more like this does not count any more"
        )
        self.not_this.clicked.connect(lambda: self._act(self.not_this, self.learning.not_this))
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.play, self.show_it):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.not_this, self.learn):
            row.addWidget(widget)
        self.body.addLayout(row)

    @property
    def chosen(self) -> str | None:
        """The word that this is about, None for all of them."""
        name = self.word.currentData()
        return str(name) if name is not None else None

    def _act(self, pressed: QPushButton, do: Callable[[Found], None]) -> None:
        found = self.moments.current
        if found is not None and pressed.isEnabled():
            do(found)

    def _reset(self) -> None:
        if self.chosen is not None:
            self.bench.words.takes.reset(self.chosen)

    def _dress(self, _: object) -> None:
        for table in (self.moments, self.history):
            table.set_theme(self.owner.theme)
        self._refresh()

    # What holds now -----------------------------------------------------------------------------------------------

    def _refresh_soon(self, *_: object) -> None:
        self._soon.start()

    def _refresh(self) -> None:
        self._fill_words()
        running = self.bench.sound.running is not None
        if running != self._live.isActive():
            (self._live.start if running else self._live.stop)()
        self.policy.setCurrentIndex(self.policy.findData(self.bench.settings.near_misses))
        word = self.chosen
        found = self.learning.found(word)
        self.moments.empty = self._why_none(word)
        self.moments.show_found(found, [name for name, _ in self.bench.scores.words])
        entries = self.learning.history.entries
        self.history.show_entries([one for one in entries if word in (None, one.word)])
        self.summary.setText(self._told(word, len(found), running))
        self._update()

    def _fill_words(self) -> None:
        names = [word.name for word in self.bench.teaching.words]
        if names == [self.word.itemData(row) for row in range(1, self.word.count())]:
            return
        before = self.chosen
        with QSignalBlocker(self.word):
            self.word.clear()
            self.word.addItem(EVERY, None)
            for name in names:
                self.word.addItem(name, name)
            self.word.setCurrentIndex(max(0, self.word.findData(before)))

    def _why_none(self, word: str | None) -> str:
        if not self.bench.teaching.words:
            return "Teach a word first. Moments at which it is nearly heard are listed here then."
        if not self.bench.scores.frames:
            return "Open or record a sound. Moments at which a word is nearly heard are listed here then."
        name = f"“{word}”" if word is not None else "a word"
        return f"Nothing came near {name} in this sound without being heard as it."

    def _told(self, word: str | None, listed: int, running: bool) -> str:
        words = [one for one in self.bench.teaching.words if word in (None, one.name)]
        learnt = sum(take.learnt for one in words for take in one.takes)
        taught = sum(not take.learnt for one in words for take in one.takes)
        apart = sum(len(one.against) for one in words)
        most = f" (of {MOST_LEARNT} at most)" if word is not None else ""
        told = f"Takes taught: {taught}. Learnt: {learnt}{most}. Counter-examples: {apart}."
        if running:
            told += f" While sound runs, the newest {LIVE_SECONDS:.0f} s are listed."
        elif listed == MOST_LISTED:
            told += f" The {MOST_LISTED} nearest moments are listed."
        return told

    def _update(self) -> None:
        found = self.moments.current
        word = self.bench.teaching.word(found.word) if found is not None else None
        known = word is not None and bool(word.templates)
        self.show_it.setEnabled(found is not None)
        self.play.setEnabled(found is not None and not self.bench.busy)
        self.learn.setEnabled(known and found is not None and not found.lone and not _holds(found, Event.LEARNT))
        self.not_this.setEnabled(known and found is not None and not _holds(found, Event.NOT_THIS))
        one = self.bench.teaching.word(self.chosen) if self.chosen is not None else None
        self.reset.setEnabled(one is not None)
        self.reset.setToolTip(self.reset.accessibleDescription() if one is not None else "Choose one word first.")


def _holds(found: Found, what: Event) -> bool:
    """Whether that is what came of the moment."""
    entry = found.entry
    if entry is None:
        return False
    return entry.what is what or (entry.what is Event.REDONE and entry.reason == what.value)
