"""Embedder against embedder: the same takes and the same speech in two of them, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress
from labbench.live.contenders import Contender
from labbench.models.embedders import EmbedderSpec
from labbench.ui.theme import Theme
from labbench.ui.views.embedders.column import ContenderColumn
from labbench.ui.views.embedders.desk import EmbedderDesk
from labbench.ui.views.embedders.text import ASK, EMPTY, verdict_text
from labbench.ui.views.tabs import EMBEDDERS
from labbench.ui.views.view import Cell, View
from labbench.ui.widgets import ElidedLabel, button, label, named
from labbench.wakeword.landmarks import Landmark

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

STEPS = 1000
COMPARE, WITH_SOUND = "Compare", "Compare with this sound"
COMPARE_TIP = (
    "Teach all takes anew in both embedders, each in a process of its own, and measure them against ordinary speech "
    "and the shown sound. What listens now stays as it is."
)


class EmbeddersView(View):
    """Shows what is known of two embedders. `chosen` gives both, `compare_asked` and `cancel_asked` come by hand,
    `picked` gives a take to be heard."""

    chosen = Signal(object, object)
    compare_asked = Signal()
    cancel_asked = Signal()
    picked = Signal(object)
    tab = EMBEDDERS

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.columns = (ContenderColumn("left", theme), ContenderColumn("right", theme))
        self.setFocusProxy(self.columns[0].map)
        self.verdict = named(ElidedLabel(""), "embedderVerdict", "Which is better")
        self.compare = button(COMPARE, "embedderCompare", COMPARE_TIP, "primary")
        self.stop = button("Cancel", "embedderCancel", "Stop; what was found before is kept")
        self.progress = named(QProgressBar(), "embedderProgress", "Progress")
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(160)
        across = QHBoxLayout()
        across.setSpacing(24)
        for column in self.columns:
            across.addWidget(column, 1)
            column.chosen.connect(self._choose)
            column.pointed.connect(self._mark)
            column.picked.connect(self.picked)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.verdict, 1)
        for part in (self.progress, self.stop, self.compare):
            below.addWidget(part)
        self.body = QWidget()
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(across, 1)
        rows.addLayout(below)
        self.empty = named(label(EMPTY, "lead", wrap=True), "embeddersEmpty", EMPTY)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.empty, 1)
        self.compare.clicked.connect(self.compare_asked)
        self.stop.clicked.connect(self.cancel_asked)
        self.show_progress(None)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for column in self.columns:
            column.set_theme(theme)

    # What is shown ----------------------------------------------------------------------------------------------------

    def show_desk(self, desk: EmbedderDesk, words: Sequence[str]) -> None:
        """All that is known; `words` in the order of their colours."""
        self.body.setVisible(desk.ready)
        self.empty.setVisible(not desk.ready)
        if not desk.ready:
            self.setAccessibleDescription(EMPTY)
            return
        choices, found = desk.choices, [desk.found(spec) for spec in desk.pair]
        for column, spec, one in zip(self.columns, desk.pair, found, strict=True):
            column.show_choices(choices, spec)
            column.show_working(desk.busy)
            if column.found is not one or column.words != words:
                column.show_found(one, words)
        self._say(found, [column.choice.currentText() for column in self.columns], same=desk.pair[0] == desk.pair[1])
        self.compare.setText(WITH_SOUND if all(found) and desk.missing else COMPARE)
        self.compare.setVisible(bool(desk.missing) and not desk.busy)

    def _say(self, found: Sequence[Contender | None], titles: Sequence[str], *, same: bool) -> None:
        one, other = found
        if one is None or other is None:
            text = ASK
        elif same:
            text = "Choose another embedder on one of the sides."
        else:
            text = verdict_text(one, other, titles)
        self.verdict.setText(text)
        self.setAccessibleDescription(text)

    def show_progress(self, progress: Progress | None) -> None:
        """None: nothing is being worked out."""
        for part in (self.progress, self.stop):
            part.setVisible(progress is not None)
        if progress is None:
            return
        self.compare.hide()
        self.progress.setRange(0, STEPS if progress.total else 0)
        if progress.total:
            self.progress.setValue(round(STEPS * progress.done / progress.total))
        if progress.note:
            self.verdict.setText(progress.note)

    def _choose(self, _: object) -> None:
        pair = [column.choice.currentData() for column in self.columns]
        if all(isinstance(spec, EmbedderSpec) for spec in pair):
            self.chosen.emit(*pair)

    def _mark(self, take: Landmark | None) -> None:
        for column in self.columns:
            column.mark(take)

    # Files ------------------------------------------------------------------------------------------------------------

    def pictured(self) -> list[QWidget]:
        """Names of the embedders stand in their fields."""
        if not self.body.isVisibleTo(self):
            return []
        parts: list[QWidget] = []
        for column in self.columns:
            parts += [column.choice, *column.parts, column.map, column.ridges] if column.found is not None else []
        return [*parts, self.verdict]

    def table(self) -> tuple[Sequence[str], list[Sequence[Cell]]]:
        """A row for each embedder and word, then one for each take and window of speech."""
        rows: list[Sequence[Cell]] = []
        for column in self.columns:
            if column.found is None:
                continue
            name = column.choice.currentText()
            standing, cost = column.found.standing, column.found.cost
            figures: list[tuple[str, float | None]] = [
                ("equal error rate", standing.equal_errors),
                ("mean standard deviations apart", standing.apart),
                ("least standard deviations apart", standing.farthest),
                ("milliseconds a hop", cost.total_ms if cost is not None else None),
            ]
            rows += [(name, None, what, figure) for what, figure in figures]
            for one in standing.materials:
                for what, distances in (
                    ("take", one.takes),
                    ("take with babble", one.noisy),
                    ("other sound", one.others),
                    ("ordinary speech", one.speech),
                ):
                    rows += [(name, one.word, what, float(distance)) for distance in distances]
        if not rows:
            raise LabBenchError("There is no comparison to write down yet.", ASK)
        return ("embedder", "word", "what", "figure or distance"), rows


def connect_embedders_view(window: MainWindow, view: EmbeddersView) -> QObject:
    """Nothing is worked out before somebody asks for it."""
    bench = window.bench
    desk = bench.words.embedders

    def show() -> None:
        if view.isVisible():
            view.show_desk(desk, tuple(name for name, _ in bench.teaching.live_words))

    def play(landmark: object) -> None:
        if not isinstance(landmark, Landmark):
            return
        word = bench.teaching.word(landmark.word)
        takes = () if word is None else word.against if landmark.against else word.takes
        if landmark.number < len(takes):
            bench.words.play_take(takes[landmark.number])

    view.opened.connect(show)
    view.chosen.connect(desk.choose)
    view.compare_asked.connect(desk.compare)
    view.cancel_asked.connect(desk.cancel)
    view.picked.connect(play)
    desk.changed.connect(show)
    desk.progressed.connect(view.show_progress)
    return view
