"""Find: words in both transcripts, in what was really said, and labels, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from labbench.transcript.types import Word
from labbench.ui.bench import Bench
from labbench.ui.time_axis import Span
from labbench.ui.widgets import button, label, named


def occurrences(text: str, words: list[tuple[str, float, float]]) -> list[Span]:
    """Where `text` occurs in a row of words (text, start, end), across words too, without regard to case."""
    wanted = text.casefold().split()
    if not wanted:
        return []
    plain = [word.casefold() for word, _, _ in words]
    found = []
    for at in range(len(words) - len(wanted) + 1):
        piece = plain[at : at + len(wanted)]
        if (
            wanted[-1] in piece[-1]
            and wanted[0] in piece[0]
            and all(one in other for one, other in zip(wanted, piece, strict=True))
        ):
            found.append((words[at][1], words[at + len(wanted) - 1][2]))
    return found


def across(text: str, words: Sequence[Word]) -> list[Span]:
    """The same in running text: in scripts without spaces, what is looked for need not begin where a word does."""
    wanted = " ".join(text.casefold().split())
    if not wanted:
        return []
    running, owners = "", []
    for number, word in enumerate(words):
        piece = ("" if word.glued else " ") + word.text.casefold()
        running += piece
        owners += [number] * len(piece)
    found, at = [], running.find(wanted)
    while at >= 0:
        found.append((words[owners[at]].start, words[owners[at + len(wanted) - 1]].end))
        at = running.find(wanted, at + 1)
    return found


class FindBar(QWidget):
    """Hidden until it is asked for; Return and Shift+Return go from one place to the next.

    `found` gives what is looked for ("" in the end) and the place that was gone to, None before the first.
    """

    found = Signal(str, object)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        named(self, "findBar", "Find")
        self._bench = bench
        self.field = named(QLineEdit(), "findText", "Text to find")
        self.field.setPlaceholderText("Find in the transcripts and labels")
        self.count = named(label("", "muted"), "findCount", "What was found")
        self.earlier = button("Previous", "findPrevious", "The place before (Shift+F3)", "quiet")
        self.later = button("Next", "findNext", "The next place (F3)", "quiet")
        self.hide_button = button("Close", "findClose", "Hide this (Esc)", "quiet")
        self.field.textChanged.connect(lambda _: self._search())
        self.earlier.clicked.connect(lambda: self.step(-1))
        self.later.clicked.connect(lambda: self.step(1))
        self.hide_button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        for widget in (self.count, self.earlier, self.later, self.hide_button):
            row.addWidget(widget)
        self.places: list[Span] = []
        self._at = -1
        for slot in bench.engines.slots:
            for signal in (slot.live_text, slot.progressed, slot.transcribed, slot.restored):
                signal.connect(lambda _: self._news())
        bench.keeping.reference_changed.connect(self._news)
        bench.keeping.labels_changed.connect(self._news)
        self.hide()

    def ask(self) -> None:
        """Show it, ready to be typed into."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._search()

    def step(self, by: int) -> None:
        """Select the next place, or the one before."""
        places = self._found()
        if places != self.places:  # another sound, or other words and labels, since it was looked for
            self._search()
        if not self.places:
            return
        self._at = (self._at + by) % len(self.places)
        span = self.places[self._at]
        self._bench.axis.place_cursor(span[0])
        self._bench.axis.select(span)
        self._bench.axis.reveal(*span)
        self.count.setText(f"{self._at + 1} of {len(self.places)}")
        self.found.emit(self.field.text(), span)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.found.emit("", None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)

    def _news(self) -> None:
        """Other words than before, while one looks for some."""
        if self.isVisible() and self.field.text().strip() and self._found() != self.places:
            self._search()

    def _search(self) -> None:
        self.places, self._at = self._found(), -1
        count = len(self.places)
        wanted = bool(self.field.text().strip())
        self.count.setText("" if not wanted else f"{count} found" if count else "nothing found")
        self.count.setToolTip(", ".join(f"{name} {number}" for name, number in self.counts.items() if number))
        self.found.emit(self.field.text(), None)

    @property
    def counts(self) -> dict[str, int]:
        """How often it occurs in A, in B, and in what was really said."""
        return {name: len(self._spans(words)) for name, words in self._texts().items()}

    def _texts(self) -> dict[str, tuple[Word, ...]]:
        reference = self._bench.reference.transcript
        texts = dict(zip(("A", "B"), (slot.words for slot in self._bench.engines.slots), strict=True))
        return texts | ({} if reference is None else {"what was said": reference.words})

    def _spans(self, words: tuple[Word, ...]) -> set[Span]:
        text = self.field.text()
        return {*occurrences(text, [(word.text, word.start, word.end) for word in words]), *across(text, words)}

    def _found(self) -> list[Span]:
        found: set[Span] = set()
        for words in self._texts().values():
            found.update(self._spans(words))
        text = self.field.text().casefold().strip()
        if text:
            labels = self._bench.keeping.labels
            found.update((label.start, label.end) for label in labels if text in label.text.casefold())
        return sorted(found)
