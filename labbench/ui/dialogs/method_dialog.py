"""The method: which embedder and which scoring words are heard by, what that costs, and ways compared on a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLayout,
    QProgressBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from labbench.core.progress import Progress
from labbench.models.embedders import EMBEDDERS, EmbedderSpec
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.widgets import button, label, named, set_role
from labbench.ui.words.method_desk import WHISPER, MethodDesk
from labbench.ui.words.method_parts import ABOUT_SCORING, Choice, WayTable, cost_text, verdict
from labbench.wakeword.scoring import SCORINGS
from labbench.wakeword.ways import Way
from labbench.wakeword.words import TaughtWord

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

STEPS = 1000
TABLE_HEIGHT = 134
"""Of a head and four rows."""


class MethodDialog(BenchDialog):
    """Shows what holds; nothing changes before Apply. Beside the window."""

    def __init__(self, window: MainWindow, desk: MethodDesk, word: str) -> None:
        size = window.theme.size(860), window.theme.size(560)
        super().__init__(window, "methodDialog", "Method", size)
        self.desk = desk
        self.add_heading(
            "How words are heard",
            "An embedder turns sound into frames of numbers; then frames are compared. Another choice teaches all "
            "words anew from their takes, in a process of its own. Undo goes back.",
        )
        columns = QHBoxLayout()
        columns.setSpacing(32)
        columns.addLayout(self._embedders(), 1)
        columns.addLayout(self._scorings(), 1)
        self.tabs = named(QTabWidget(), "methodTabs", "Choose a method, or compare ways")
        self.tabs.addTab(_page(columns), "&Method")
        self.tabs.addTab(_page(self._comparison(window, word)), "&Compare ways")
        self.body.addWidget(self.tabs, 1)
        self.cost = named(label("", "muted", wrap=True), "methodResult", "What it costs")
        self.progress = named(QProgressBar(), "methodProgress", "Progress")
        self.progress.setTextVisible(False)
        kept = self.progress.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # so that nothing jumps
        self.progress.setSizePolicy(kept)
        self.body.addWidget(self.cost)
        self.body.addWidget(self.progress)
        self.use = button("Apply", "methodApply", "Teach all words anew and hear them in this way", "primary")
        self.use.clicked.connect(self._apply)
        self.stop = button("Cancel", "methodCancel", "Stop; everything stays as it was")
        self.stop.clicked.connect(self._cancel)
        self.end_with(self.use, self.stop, None)
        desk.changed.connect(self._refresh)
        desk.progressed.connect(self._progressed)
        desk.ways.progressed.connect(self._progressed)
        desk.ways.compared.connect(self._compared)
        self.bench.teaching.words_changed.connect(self._fill_words)
        self._choose_present()
        self._progressed(None)
        self.embedders.button(self.names.index(self.desk.method.spec.name)).setFocus()

    def _embedders(self) -> QVBoxLayout:
        column = _column("Embedder")
        self.embedders = QButtonGroup(self)
        self.names = list(EMBEDDERS)
        self.checkpoint = named(QComboBox(), "methodCheckpoint", "Whisper model")
        self.checkpoint.setToolTip("Which Whisper's encoder is used. Get others under Transcribe, Models.")
        self.checkpoint.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.checkpoint.setMinimumContentsLength(12)
        for one in self.desk.checkpoints:
            self.checkpoint.addItem(one.title, one.path)
        for number, (name, kind) in enumerate(EMBEDDERS.items()):
            choice = Choice(kind.title, f"embedder-{name}", kind.about, self.desk.missing(name))
            self.embedders.addButton(choice.button, number)
            if name == WHISPER:
                choice.head.addWidget(self.checkpoint, 1)
            else:
                choice.head.addStretch(1)
            column.addWidget(choice)
        self.checkpoint.activated.connect(lambda _: self.embedders.button(self.names.index(WHISPER)).setChecked(True))
        self.checkpoint.activated.connect(lambda _: self._refresh())
        self.embedders.idToggled.connect(lambda *_: self._refresh())
        column.addStretch(1)
        return column

    def _scorings(self) -> QVBoxLayout:
        column = _column("Comparison")
        self.scorings = QButtonGroup(self)
        self.ways = list(SCORINGS)
        for number, (name, scoring) in enumerate(SCORINGS.items()):
            choice = Choice(scoring.title, f"scoring-{name}", ABOUT_SCORING.get(name, ""))
            self.scorings.addButton(choice.button, number)
            choice.head.addStretch(1)
            column.addWidget(choice)
        self.scorings.idToggled.connect(lambda *_: self._refresh())
        column.addStretch(1)
        return column

    def _comparison(self, window: MainWindow, word: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.word = named(QComboBox(), "methodWord", "Word to compare ways with")
        self.compare = button(
            "Compare ways", "methodCompare", "Each take is left out in turn and heard by the others, in every way"
        )
        self.compare.clicked.connect(self._compare)
        head.addWidget(label("The same takes, in every way", "title"))
        head.addStretch(1)
        head.addWidget(self.word)
        head.addWidget(self.compare)
        column.addLayout(head)
        self.table = WayTable(window.theme)
        self.table.setMinimumHeight(window.theme.size(TABLE_HEIGHT))
        column.addWidget(self.table, 1)
        self.says = named(label("", "muted", wrap=True), "methodVerdict", "What the comparison shows")
        column.addWidget(self.says)
        self._fill_words()
        self.word.setCurrentText(word)
        self._explain_table()
        return column

    def _explain_table(self) -> None:
        enough = self.word.count() > 0
        self.says.setText(
            "Compare ways: with a handful of takes, does a trained head beat comparing with the takes themselves?"
            if enough
            else "Teach a word first, with three takes or more; then all ways can be compared on it."
        )

    def _fill_words(self) -> None:
        names = [word.name for word in self.bench.teaching.words if word.templates]
        if names != [self.word.itemText(number) for number in range(self.word.count())]:
            now = self.word.currentText()
            self.word.clear()
            self.word.addItems(names)
            self.word.setCurrentText(now)
            self.table.show_ways(())
            self._explain_table()
        self._refresh()

    @property
    def chosen(self) -> tuple[EmbedderSpec, str]:
        """What Apply would use."""
        name = self.names[max(0, self.embedders.checkedId())]
        path = self.checkpoint.currentData() if name == WHISPER else None
        return EmbedderSpec(name, path), self.ways[max(0, self.scorings.checkedId())]

    def _choose_present(self) -> None:
        method = self.desk.method
        number = self.names.index(method.spec.name)
        self.embedders.button(number).setChecked(True)
        self.scorings.button(self.ways.index(method.scoring)).setChecked(True)
        if method.spec.name == WHISPER:
            self.checkpoint.setCurrentIndex(max(0, self.checkpoint.findData(method.spec.checkpoint)))

    def _apply(self) -> None:
        self.desk.apply(*self.chosen)

    def _cancel(self) -> None:
        self.desk.cancel()
        self.desk.ways.cancel()

    def _compare(self) -> None:
        word = self.bench.teaching.word(self.word.currentText())
        if word is not None:
            self.table.show_ways(())
            self.desk.ways.compare(word)
            self._refresh()

    def _compared(self, word: TaughtWord, ways: tuple[Way, ...]) -> None:
        self.table.show_ways(ways)
        self.says.setText(verdict(word.name, ways))

    def _progressed(self, progress: Progress | None) -> None:
        self.progress.setVisible(progress is not None)
        if progress is not None:
            self.progress.setRange(0, STEPS if progress.total else 0)
            self.progress.setValue(round(STEPS * progress.done / progress.total) if progress.total else 0)
            if progress.note:
                self.progress.setAccessibleDescription(progress.note)
        self._refresh()

    def _refresh(self) -> None:
        if not hasattr(self, "use"):  # still being built
            return
        method, cost = self.desk.method, self.desk.cost
        busy = self.desk.busy or self.desk.ways.busy
        same = self.chosen == (method.spec, method.scoring) and not self.desk.lost
        self.use.setEnabled(not busy and not same)
        self.stop.setEnabled(busy)
        self.compare.setEnabled(not busy and self.word.count() > 0)
        for group in (self.embedders, self.scorings):
            for one in group.buttons():
                missing = group is self.embedders and bool(self.desk.missing(self.names[group.id(one)]))
                one.setEnabled(not busy and not missing)
        self.checkpoint.setEnabled(not busy)
        if self.desk.busy:
            text, role = "The words are being taught anew; until then everything is as it was.", "muted"
        elif self.desk.ways.busy:
            text, role = "Each take is left out in turn and heard by the others…", "muted"
        elif self.desk.lost:
            text, role = f"{method.spec.title} can't be used here: no word is heard. Choose another one.", "warning"
        elif self.desk.loading:
            text, role = f"{method.spec.title} is being loaded.", "muted"
        else:
            slow = cost is not None and not cost.keeps_up
            text, role = f"{method.spec.title}: {cost_text(cost)}", "warning" if slow else "muted"
        self.cost.setText(text)
        set_role(self.cost, role)


def _page(content: QLayout) -> QWidget:
    page = QWidget()
    content.setContentsMargins(0, 16, 0, 0)
    page.setLayout(content)
    return page


def _column(title: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(8)
    column.addWidget(label(title, "title"))
    return column
