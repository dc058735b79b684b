"""The failure lab: spoil the shown sound with one click, and see what both engines still hear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QPushButton

from labbench.core.errors import LabBenchError
from labbench.core.progress import Progress
from labbench.session.disk import write_bytes
from labbench.session.trials_file import Series, SpoiltPoint, plain_transcript
from labbench.signal.degradations import DEGRADATIONS, Degradation
from labbench.transcript.types import Word
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.file_places import FilePlaces, file_name
from labbench.ui.sounds.selection_bar import stretch_text
from labbench.ui.theme import Theme
from labbench.ui.transcripts.error_plot import AS_IT_IS, ErrorPlot, PlotContent
from labbench.ui.transcripts.failure_lab import FailureLab
from labbench.ui.transcripts.lab_trials import SLOTS
from labbench.ui.transcripts.transcript_text import TranscriptText
from labbench.ui.widgets import ElidedLabel, button, label, named, set_role

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

HINT = (
    "Spoil the sound that is shown, or its selection, from mild to severe. Both engines hear each step again, and the "
    "plot shows how many words each of them gets wrong."
)
NO_POINT = "Click a point, or reach one with the arrow keys, to read and hear it."
CORRECTED = "Compared with what was really said, as it was corrected."
AGREEMENT = (
    "Nobody wrote what was really said: compared with what {engine} makes of the sound as it is. This shows how far "
    "each agrees with that text, not what is right."
)
RATIO = (-20, 40)
"""Decibels."""
_PICTURES = "PNG picture (*.png);;SVG picture (*.svg)"


class FailureDialog(BenchDialog):
    """Shows a `FailureLab`; beside the window, which can be used meanwhile. Closing it stops what runs."""

    def __init__(self, window: MainWindow, lab: FailureLab) -> None:
        super().__init__(window, "failureDialog", "Failure lab", (980, 720))
        self.lab = lab
        self.way: Degradation | None = None
        self.add_heading("Failure lab", HINT)
        self.ways: dict[str, QPushButton] = {}
        self.body.addLayout(self._way_buttons())
        self.about = named(label("", "muted", wrap=True), "labReference", "What the engines are compared with")
        self.series = named(QComboBox(), "labSeries", "Results that are shown")
        self.series.activated.connect(self.lab.choose)
        self.body.addWidget(self.about)
        self.body.addWidget(self.series)
        self.plot = ErrorPlot(window.theme)
        self.plot.chosen.connect(lambda _: self._show_point())
        self.body.addWidget(self.plot, 1)
        self.point = named(ElidedLabel(NO_POINT, "muted"), "labPoint", "The chosen point")
        self.play = button("Play", "labPlay", "Hear the sound as it was spoilt here; loud sound is made quieter")
        self.play.clicked.connect(self._play)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.point, 1)
        row.addWidget(self.play)
        self.body.addLayout(row)
        self.text = named(TranscriptText(window.theme), "labText", "What the engine heard there")
        self.text.setFixedHeight(window.theme.size(72))
        self.body.addWidget(self.text)
        self.progress = named(QProgressBar(), "labProgress", "How much is done")
        self.progress.setTextVisible(False)
        self.state = named(ElidedLabel("", "muted"), "labState", "State")
        self.body.addWidget(self.progress)
        self.body.addWidget(self.state)
        self.cancel = button("Cancel", "labCancel", "Stop; the results so far stay")
        self.cancel.clicked.connect(self._cancel)
        self.csv = button("Export table…", "labCsv", "All results that are shown, as CSV")
        self.csv.clicked.connect(self._ask_csv)
        self.picture = button("Export picture…", "labPicture", "The plot as PNG or SVG")
        self.picture.clicked.connect(self._ask_picture)
        self.end_with(self.csv, self.picture, None, self.cancel)
        lab.changed.connect(self._refresh)
        lab.running_changed.connect(self._running)
        lab.progressed.connect(self._progressed)
        lab.trouble.connect(self._tell)
        self.bench.theme_changed.connect(self._set_theme)
        self.finished.connect(lambda _: lab.stop())
        self._set_theme()
        self._running(lab.running)
        self._show_way(lab.tried[-1] if lab.tried else None)

    def _way_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for way in self.lab.ways:
            one = button(way.title, f"lab-{way.name}", way.says)
            one.setCheckable(True)
            one.clicked.connect(lambda _, name=way.name: self.add(name))
            self.ways[way.name] = one
            row.addWidget(one)
        self.ratio = named(QLineEdit("0"), "labRatio", "Decibels of speech over voices, tried too")
        self.ratio.setValidator(QIntValidator(*RATIO, self.ratio))
        self.ratio.setToolTip(
            f"For Voices: this ratio of speech to other people, {RATIO[0]} to {RATIO[1]}, is tried, too."
        )
        self.ratio.returnPressed.connect(lambda: self.add("babble"))
        caption = label("Voices also at", "muted")
        caption.setBuddy(self.ratio)
        row.addStretch(1)
        row.addWidget(caption)
        row.addWidget(self.ratio)
        row.addWidget(label("dB", "muted"))
        return row

    def add(self, name: str) -> None:
        """One click: both engines on the sound, spoilt in this way."""
        self._show_way(name)
        self.state.setText("")
        chosen = float(self.ratio.text()) if self.ratio.hasAcceptableInput() else None
        self.lab.add(name, chosen if name == "babble" else None)

    # What is shown ----------------------------------------------------------------------------------------------------

    def _show_way(self, name: str | None) -> None:
        self.way = DEGRADATIONS[name] if name is not None else None
        self._refresh()

    def _refresh(self) -> None:
        series, way = self.lab.series, self.way
        if way is None and self.lab.tried:
            way = self.way = DEGRADATIONS[self.lab.tried[-1]]
        for name, one in self.ways.items():
            one.setChecked(way is not None and name == way.name)
        content = PlotContent()
        if way is not None:
            levels = self.lab.scale(way.name)
            texts = tuple(AS_IT_IS if level == way.neutral else level_words(way, level) for level in levels)
            curves = tuple(self.lab.points(way.name, slot) for slot in SLOTS)
            engines = series.engines if series is not None else ()
            content = PlotContent(way.title, f"{way.title}: {way.says}", levels, texts, engines, curves)
        self.plot.show_content(content)
        self._show_reference(series)
        self._show_choices()
        some = series is not None and bool(series.points)
        self.csv.setEnabled(some)
        self.picture.setEnabled(some)
        self._show_point()

    def _show_reference(self, series: Series | None) -> None:
        corrected = series.source == "corrected" if series is not None else self.bench.reference.transcript is not None
        engine = series.engines[0] if series is not None else self.bench.engines.a.spec.title
        self.about.setText(CORRECTED if corrected else AGREEMENT.format(engine=engine))
        set_role(self.about, "muted" if corrected else "warning")

    def _show_choices(self) -> None:
        with QSignalBlocker(self.series):
            self.series.clear()
            self.series.addItems([series_words(one) for one in self.lab.all_series])
            if self.lab.series is not None:
                self.series.setCurrentIndex(self.lab.all_series.index(self.lab.series))
        self.series.setVisible(len(self.lab.all_series) > 1)
        self.series.setEnabled(not self.lab.running)

    def _show_point(self) -> None:
        point = self.plot.point
        self.play.setEnabled(point is not None)
        if point is None:
            self.point.setText(NO_POINT)
            self.text.show_note("")
            return
        self.point.setText(self.plot.about(point).partition("\n")[0])
        series = self.lab.series
        self.text.reference = _reference_words(series) if series is not None else ()
        if point.trial.transcript.text.strip():
            self.text.show_transcript(point.trial.transcript)
        else:
            self.text.show_note("It heard no words.")

    def _set_theme(self, _: object = None) -> None:
        theme: Theme = self.owner.theme
        self.setStyleSheet(
            f"QPushButton:checked {{ background: {theme.line}; border: 2px solid {theme.accent}; padding: 5px 11px; }}"
        )
        self.plot.set_theme(theme)
        self.text.set_theme(theme)
        self.text.setFixedHeight(theme.size(72))
        self.ratio.setFixedWidth(theme.size(56))
        self._show_point()

    # What happens -----------------------------------------------------------------------------------------------------

    def _running(self, running: bool) -> None:
        self.cancel.setEnabled(running)
        self.series.setEnabled(not running)
        self.progress.setRange(0, 1000)
        self.progress.setValue(0)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.setVisible(running)
        if running:
            set_role(self.state, "muted")
            self.state.setText("Getting ready …")
        elif self.state.property("role") == "muted":
            self.state.setText("")

    def _progressed(self, progress: Progress) -> None:
        if progress.total and progress.unit == "trials":
            self.progress.setValue(round(1000 * progress.done / progress.total))
            self.state.setText(f"{progress.done:.0f} of {progress.total:.0f}   {progress.note}")

    def _tell(self, error: LabBenchError) -> None:
        set_role(self.state, "warning")
        self.state.setText(f"{error.message} {error.hint}")

    def _cancel(self) -> None:
        self.lab.stop()
        self.state.setText("Cancelled. The results so far stay.")

    def _play(self) -> None:
        point: SpoiltPoint | None = self.plot.point
        if point is not None:
            self.lab.play(point)

    # Export -----------------------------------------------------------------------------------------------------------

    def _ask_csv(self) -> None:
        self._ask("Export the table", ".csv", "Comma-separated values (*.csv)")

    def _ask_picture(self) -> None:
        self._ask("Export the plot", ".png", _PICTURES)

    def _ask(self, title: str, suffix: str, kinds: str) -> None:
        places = FilePlaces(self.bench)
        name = file_name(f"{self.bench.desk.title} failure lab", suffix)
        chosen, kind = QFileDialog.getSaveFileName(self, title, places.begin("exports", name), kinds)
        if not chosen:
            return
        path = Path(chosen)
        if not path.suffix:
            path = path.with_name(path.name + (".svg" if "svg" in kind else suffix))
        places.used("exports", path)
        self.export(path)

    def export(self, path: Path) -> None:
        """The table or the plot, as the file's name says."""
        try:
            match path.suffix.lower():
                case ".png":
                    write_bytes(path, self.plot.png_bytes())
                case ".svg":
                    write_bytes(path, self.plot.svg_bytes())
                case _:
                    write_bytes(path, self.lab.csv().encode("utf-8", "replace"))
        except LabBenchError as error:
            self._tell(error)
        else:
            set_role(self.state, "muted")
            self.state.setText(f"Saved {path}")


def level_words(way: Degradation, level: float) -> str:
    """A level in plain words: with its unit, a factor as a number of times."""
    return f"{level:g}×" if way.unit == "×" else way.level_text(level)


def series_words(series: Series) -> str:
    """Which results: of what, compared with what, by whom."""
    part = "Whole sound" if series.span is None else f"From {stretch_text(series.span)}"
    what = "what was really said" if series.source == "corrected" else "A's own text"
    return f"{part}, compared with {what}, {' and '.join(series.engines)}: {len(series.points)} results"


def _reference_words(series: Series) -> tuple[Word, ...]:
    return plain_transcript("", series.language, series.reference, 1.0, 0.0).words
