"""The takes of one word: which count, who said them, how far they lie from the others; and one of them cut by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QInputDialog, QTreeWidget, QTreeWidgetItem

from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.theme import Theme
from labbench.ui.widgets import ElidedLabel, button, named
from labbench.ui.words.take_cutter import TakeCutter
from labbench.ui.words.take_desk import TakeDesk
from labbench.wakeword.takes import ADVICE, REJECTED, Verdict
from labbench.wakeword.words import Take, TaughtWord

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

COLUMNS = ("Take", "Speaker", "Length", "Distance", "What is thought of it")
TAKE, SPEAKER, LENGTH, DISTANCE, VERDICT = range(len(COLUMNS))
COUNTER_EXAMPLE = "✕  Not this: sound that is more like it than like the word does not count."
DISTANCE_TIP = "How far this take lies from the others of its word: 0 is identical, 1 as far as ordinary speech."


class TakeTable(QTreeWidget):
    """A row a take, with a box: without a mark the take does not count. Names and speakers can be edited."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "takeTable", "Takes")
        self._theme = theme
        self.filling = False
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels(list(COLUMNS))
        self.headerItem().setToolTip(DISTANCE, DISTANCE_TIP)
        for column in (LENGTH, DISTANCE):
            self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        for column in (TAKE, SPEAKER):  # there is to be room to write in
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, theme.size(112))
        triggers = QTreeWidget.EditTrigger.DoubleClicked | QTreeWidget.EditTrigger.EditKeyPressed
        self.setEditTriggers(triggers)

    @property
    def row(self) -> int:
        """The current one, -1 without any."""
        item = self.currentItem()
        return self.indexOfTopLevelItem(item) if item is not None else -1

    def show_takes(self, takes: tuple[Take, ...], against: tuple[Take, ...], distances: list[float]) -> None:
        """Takes first, then counter-examples. The current row stays where it is."""
        self.filling = True
        count = len(takes) + len(against)
        while self.topLevelItemCount() > count:
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < count:
            self.addTopLevelItem(QTreeWidgetItem())
        for number, (take, distance) in enumerate(zip(takes, distances, strict=True)):
            item = self.topLevelItem(number)
            if item is not None:
                self._fill(item, take, distance)
        for number, take in enumerate(against, len(takes)):
            item = self.topLevelItem(number)
            if item is not None:
                self._fill_against(item, take)
        if self.currentItem() is None:
            self.choose(0)
        self.filling = False

    def _fill_against(self, item: QTreeWidgetItem, take: Take) -> None:
        for column, text in enumerate((take.label, "", f"{take.seconds:.2f} s", "", COUNTER_EXAMPLE)):
            item.setText(column, text)
        item.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
        item.setData(TAKE, Qt.ItemDataRole.CheckStateRole, None)
        item.setTextAlignment(LENGTH, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setForeground(VERDICT, QColor(self._theme.muted))
        item.setToolTip(VERDICT, COUNTER_EXAMPLE)

    def choose(self, number: int) -> None:
        """Make a row the current one, where there is such a row."""
        item = self.topLevelItem(number)
        if item is not None:
            self.setCurrentItem(item)

    def _fill(self, item: QTreeWidgetItem, take: Take, distance: float) -> None:
        rejected = take.verdict in REJECTED
        texts = (
            take.label + (" (learnt)" if take.learnt else ""),
            take.speaker,
            f"{take.seconds:.2f} s",
            "" if math.isnan(distance) else f"{distance:.2f}",
            "Left out by hand." if take.excluded else ADVICE[take.verdict],
        )
        for column, text in enumerate(texts):
            item.setText(column, text)
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable
        item.setFlags(flags | Qt.ItemFlag.ItemIsUserCheckable if take.templates else flags)
        checked = Qt.CheckState.Checked if take.used else Qt.CheckState.Unchecked
        item.setData(TAKE, Qt.ItemDataRole.CheckStateRole, checked if take.templates else None)
        for column in (LENGTH, DISTANCE):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme = self._theme
        good = take.used and take.verdict is Verdict.GOOD
        colour = theme.muted if take.excluded else theme.good if good else theme.record if rejected else theme.warning
        item.setForeground(VERDICT, QColor(colour))
        item.setToolTip(VERDICT, texts[VERDICT])


class TakesDialog(BenchDialog):
    """Beside the window: what is changed here is heard there at once, and can be undone there."""

    def __init__(self, window: MainWindow, desk: TakeDesk, word: str) -> None:
        super().__init__(window, "takesDialog", "Takes", (window.theme.size(880), window.theme.size(640)))
        self.desk = desk
        self.word = word
        self.heading = named(ElidedLabel("", "headline"), "takesHeading", "Word")
        self.body.addWidget(self.heading)
        self.summary = named(ElidedLabel("", "muted"), "takesSummary", "What the takes amount to")
        self.body.addWidget(self.summary)
        self.table = TakeTable(window.theme)
        self.body.addWidget(self.table, 1)
        self.cutter = TakeCutter(window.theme)
        self.body.addWidget(self.cutter)
        self._add_take_buttons()
        self._add_word_buttons()
        self.table.currentItemChanged.connect(lambda *_: self._show_take())
        self.table.itemChanged.connect(self._edited)
        self.cutter.cut_changed.connect(lambda *_: self._update())
        teaching = window.bench.teaching
        teaching.words_changed.connect(self._refresh)
        teaching.edits.busy_changed.connect(self._refresh)
        teaching.edits.found_apart.connect(self._refresh)
        teaching.edits.renamed.connect(self._follow)
        desk.again.changed.connect(self._update)
        self.finished.connect(lambda _: desk.again.cancel())
        self._refresh()
        self.table.setFocus()

    def _add_take_buttons(self) -> None:
        self.play = button("Play", "takePlay", "Hear the word between the edges")
        self.play.clicked.connect(self._play)
        self.cut = button("Cut here", "takeCut", "The word is what lies between the edges")
        self.cut.clicked.connect(lambda: self.desk.cut(self.word, self.table.row, *self.cutter.span))
        self.earlier = button("Earlier", "takeEarlier", "Move this take up in the list")
        self.earlier.clicked.connect(lambda: self._move(-1))
        self.later = button("Later", "takeLater", "Move this take down in the list")
        self.later.clicked.connect(lambda: self._move(1))
        self.anew = button("", "takeAnew", "Say the word once; this take stays until the new one is there and good")
        self.anew.clicked.connect(lambda: self.desk.record_again(self.word, self.table.row))
        self.instead = button(
            "Replace by the selection", "takeReplace", "What is selected in the views takes its place"
        )
        self.instead.clicked.connect(lambda: self.desk.replace_by_selection(self.word, self.table.row))
        self.remove = button("Remove", "takeRemove", "Remove this take")
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.play, self.cut, self.anew, self.instead):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.earlier, self.later, self.remove):
            row.addWidget(widget)
        self.body.addLayout(row)

    def _add_word_buttons(self) -> None:
        rename = button("Rename…", "wordRename", "Give the word another name")
        rename.clicked.connect(self._rename)
        duplicate = button("Duplicate", "wordDuplicate", "A copy of the word, to try something out")
        duplicate.clicked.connect(self._duplicate)
        reset = button("Reset", "wordReset", "Back to the takes that were taught on purpose, and their own threshold")
        reset.clicked.connect(lambda: self.desk.reset(self.word))
        self.end_with(rename, duplicate, reset, None)

    @property
    def taught(self) -> TaughtWord | None:
        return self.bench.teaching.word(self.word)

    @property
    def take(self) -> Take | None:
        """The current one."""
        word, row = self.taught, self.table.row
        every = (*word.takes, *word.against) if word is not None else ()
        return every[row] if 0 <= row < len(every) else None

    @property
    def _counter_example(self) -> int | None:
        """The number of the current one, None where a take is current."""
        word, row = self.taught, self.table.row
        return row - len(word.takes) if word is not None and row >= len(word.takes) else None

    def _refresh(self) -> None:
        word, busy = self.taught, self.bench.teaching.edits.busy
        takes = word.takes if word is not None else ()
        missing = f"“{self.word}” comes soon" if busy else f"“{self.word}” is gone"
        self.heading.setText(f"Takes of “{self.word}”" if word is not None else missing)
        used = sum(take.used for take in takes)
        speakers = len({take.speaker for take in takes if take.used and take.speaker})
        told = f"{used} of {len(takes)} takes count" + (f", by {speakers} speakers" if speakers > 1 else "")
        if word is not None and word.against:
            told += f", {len(word.against)} counter-example{'s' if len(word.against) > 1 else ''}"
        rest = "The takes are being judged…" if busy else "Double-click a name or a speaker to write another one."
        self.summary.setText(f"{told}. {rest}")
        against = word.against if word is not None else ()
        self.table.show_takes(takes, against, self.desk.distances(self.word))
        self._show_take()

    def _show_take(self) -> None:
        self.cutter.show_take(self.take)
        self._update()

    def _update(self) -> None:
        take, row = self.take, self.table.row
        for widget in (self.play, self.remove):
            widget.setEnabled(take is not None)
        own = take is not None and self._counter_example is None
        last = len(self.taught.takes) - 1 if self.taught is not None else 0
        self.instead.setEnabled(own)
        again = self.desk.again.waiting
        self.anew.setEnabled(own or again)
        self.anew.setText("Say it now… (cancel)" if again else "Record it anew")
        self.anew.setAccessibleName(self.anew.text())
        self.cut.setEnabled(own and self.cutter.changed)
        self.earlier.setEnabled(own and row > 0)
        self.later.setEnabled(own and row < last)

    def _edited(self, item: QTreeWidgetItem, column: int) -> None:
        row, word = self.table.indexOfTopLevelItem(item), self.taught
        if self.table.filling or word is None or row >= len(word.takes):
            return
        counts = item.checkState(TAKE) is Qt.CheckState.Checked
        if column == TAKE and word.takes[row].templates and counts == word.takes[row].excluded:
            self.desk.exclude(self.word, row, excluded=not counts)
        elif column == TAKE:
            self.desk.label(self.word, row, item.text(TAKE).removesuffix(" (learnt)"))
        elif column == SPEAKER:
            self.desk.speaker(self.word, row, item.text(SPEAKER))
        self._refresh()  # what could not be written is put back

    def _move(self, by: int) -> None:
        self.table.choose(self.desk.move(self.word, self.table.row, by))

    def _remove(self) -> None:
        other = self._counter_example
        if other is None:
            self.bench.teaching.remove_take(self.word, self.table.row)
        else:
            self.desk.forget_counter_example(self.word, other)

    def _play(self) -> None:
        take = self.take
        if take is not None:
            start, stop = self.cutter.span
            self.bench.playback.play_samples(take.samples[start:stop], 16_000)

    def _rename(self) -> None:
        dialog = named(QInputDialog(self), "renameDialog", "Rename")
        dialog.setWindowTitle("Rename")
        dialog.setLabelText("Name of the word:")
        dialog.setTextValue(self.word)
        dialog.textValueSelected.connect(self._renamed)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _follow(self, before: str, after: str) -> None:
        if self.word == before:
            self.word = after
            self._refresh()

    def _renamed(self, name: str) -> None:
        before, self.word = self.word, name.strip() or self.word
        self.desk.rename(before, self.word)
        if self.bench.teaching.word(before) is not None:
            self.word = before
        self._refresh()

    def _duplicate(self) -> None:
        self.word = self.desk.duplicate(self.word)
        self._refresh()
