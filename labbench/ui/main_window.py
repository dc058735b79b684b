"""The window: lays its parts out, shows a `Bench`, and asks before anything is lost."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QMessageBox,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from labbench.core.errors import LabBenchError
from labbench.ui.anomaly.links import connect_anomaly
from labbench.ui.anomaly.panel import AnomalyPanel
from labbench.ui.asking import Asking
from labbench.ui.bench import Bench
from labbench.ui.find_bar import FindBar
from labbench.ui.menus import Menus
from labbench.ui.privacy_sign import PrivacySign
from labbench.ui.sounds.selection_bar import SelectionBar
from labbench.ui.sounds.signal_view import SignalView
from labbench.ui.theme import THEMES, Theme, ThemeName, palette, stylesheet
from labbench.ui.toolbar import Toolbar
from labbench.ui.transcripts.transcript_panel import TranscriptPanel
from labbench.ui.transcripts.transcription_links import connect_transcription
from labbench.ui.views.making import make_view
from labbench.ui.views.panel import ViewPanel
from labbench.ui.views.room import RoomForViews
from labbench.ui.views.strip.links import StripLinks
from labbench.ui.views.strip.strip import DistanceStrip
from labbench.ui.views.strip.view import StripView
from labbench.ui.views.tabs import TABS
from labbench.ui.welcome import Welcome
from labbench.ui.widgets import ElidedLabel, NoticeBar, Panel, named
from labbench.ui.window_layout import SMALLEST_SIZE, fitting_size, layout_text, restore_layout
from labbench.ui.window_links import connect_sound, connect_views, connect_words
from labbench.ui.window_state import StatusLine
from labbench.ui.words.words_panel import WordsPanel

STATUS_HEIGHT = 24
COMPACT_BELOW = 660
"""Pixels of height, times the theme's scale."""


class MainWindow(QMainWindow):
    """Shows a `Bench`. Owns no state of its own but the theme. `painted` is emitted once, after the first paint."""

    painted = Signal()

    def __init__(self, bench: Bench, theme: ThemeName = "dark") -> None:
        super().__init__()
        named(self, "mainWindow", "Speech Lab Bench")
        self.setAcceptDrops(True)
        self._was_painted = False
        self._leaving = False
        self.bench = bench
        self.theme: Theme = THEMES[theme]
        self.toolbar = Toolbar(self.theme)
        self.notice = NoticeBar()
        self.signal = SignalView(self.theme, bench.axis, bench.keeping.spectrogram)
        self.selection = SelectionBar()
        self.find_bar = FindBar(bench)
        self.welcome = Welcome()
        self.transcripts = TranscriptPanel(self.theme)
        self.words = WordsPanel(bench.teaching, self.theme)
        self.strip = DistanceStrip(self.theme, bench.axis)
        self.strip_view = StripView(self.strip)
        self.distances = ViewPanel(TABS, lambda tab: make_view(self, tab), self.theme)
        self.anomaly = AnomalyPanel(self.theme, bench.axis)
        self.status = named(ElidedLabel("", "muted"), "status", "Status")
        self.status_line = StatusLine(self.status, bench)
        self.asking = Asking(self)
        self._lay_out()
        self.menus = Menus(self)
        self.set_theme(theme)
        connect_sound(self)
        connect_views(self)
        connect_transcription(self)
        connect_words(self)
        connect_anomaly(self)
        self.view_room = RoomForViews(self)
        self.strip_links = StripLinks(self)
        bench.notices.error.connect(self.tell)
        bench.notices.info.connect(lambda sentence: self.notice.tell(sentence))
        bench.notices.offer.connect(lambda sentence, offer, act: self.notice.tell(sentence, "", offer, act))
        bench.notices.defect.connect(self._show_defect)
        bench.desk.titled.connect(self._name)
        self._name(bench.desk.title)

    def _lay_out(self) -> None:
        self.sound_stack = QStackedWidget()
        self.sound_stack.addWidget(self.welcome)
        views = QWidget()
        column = QVBoxLayout(views)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.signal, 1)
        column.addWidget(self.selection)
        self.sound_stack.addWidget(views)
        self.views = views
        sound = Panel("Sound", "sound")
        sound.title.hide()
        sound.body.addWidget(self.sound_stack, 1)
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.down = QSplitter(Qt.Orientation.Vertical)
        for splitter, name, parts, shares in (
            (self.across, "across", (self.transcripts, self.words), (7, 5)),
            (self.down, "down", (sound, self.across, self.distances, self.anomaly), (7, 9, 5, 3)),
        ):
            splitter.setObjectName(name)
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)
            for number, (part, share) in enumerate(zip(parts, shares, strict=True)):
                splitter.addWidget(part)
                splitter.setStretchFactor(number, share)
        self.down.setSizes([360, 415, 225])
        self.across.setSizes([700, 500])
        self.setCentralWidget(self._centre())
        self.setMinimumSize(*SMALLEST_SIZE)
        self.resize(*fitting_size(self.screen().availableGeometry().size().toTuple()))

    def _centre(self) -> QWidget:
        bottom = QWidget()
        row = self.status_line.lay_out(bottom)
        row.addWidget(PrivacySign(self.bench.engines))
        row.addStrut(self.theme.size(STATUS_HEIGHT))  # else all of the window moved whenever a bar comes and goes
        column = QVBoxLayout()
        column.setContentsMargins(12, 4, 12, 4)
        column.setSpacing(8)
        for widget in (self.toolbar, self.notice, self.find_bar):
            column.addWidget(widget)
        column.addWidget(self.down, 1)
        column.addWidget(bottom)
        centre = QWidget()
        centre.setLayout(column)
        area = named(QScrollArea(), "everything", "The bench")  # only a very small screen ever scrolls
        area.setWidget(centre)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def set_theme(self, name: ThemeName) -> None:
        """Dark, light or projector."""
        self.theme = THEMES[name]
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(palette(self.theme))
        application.setFont(self.theme.font(12))
        self.setStyleSheet(stylesheet(self.theme))
        for part in (self.toolbar, self.signal, self.transcripts, self.words, self.distances, self.anomaly):
            part.set_theme(self.theme)
        self._fit()
        self.bench.theme_changed.emit(self.theme)

    def restore(self, layout: str) -> None:
        """Size, place and divisions of the window as they were left."""
        restore_layout(self, (self.down, self.across), layout)

    def _name(self, session: str) -> None:
        escaped = session.replace("[*]", "[*][*]")  # which Qt would take for the mark of what isn't saved
        self.setWindowTitle(f"{escaped} — Speech Lab Bench")

    def tell(self, error: LabBenchError) -> None:
        """Show an expected failure in the notice bar."""
        self.notice.tell(error.message, error.hint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What is a small screen depends on the size of letters as well."""
        self.set_compact(self.height() < COMPACT_BELOW * self.theme.scale)

    def set_compact(self, compact: bool) -> None:
        """Leave out what can be done without, so that sound and distances keep their room on a small screen."""
        for part in (self.signal, self.transcripts, self.words, self.distances, self.anomaly):
            part.set_compact(compact)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.asking.open_paths([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._leaving and self.bench.sound.recording_to is not None:
            event.ignore()
            self.asking.ask_before_leaving(self.leave)
            return
        self.view_room.give_back()
        self.bench.keep_settings(layout=layout_text(self, (self.down, self.across)))
        for dialog in self.findChildren(QDialog):  # some are open beside the window
            dialog.close()
        self.hide()  # what has to end may take a moment; nobody should have to watch it
        self.bench.close()
        event.accept()

    def leave(self) -> None:
        """Close without asking; a recording that runs is ended in good order."""
        self._leaving = True
        self.close()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)  # once the parts inside, which follow now, are painted as well

    def show_doctor(self) -> None:
        box = QMessageBox(
            QMessageBox.Icon.NoIcon, "What works on this computer", self.bench.doctor_report(), parent=self
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        named(box, "doctor", "What works on this computer").open()

    def _show_defect(self, details: str) -> None:
        """Something that nobody expected: one dialog with details that can be copied."""
        box = QMessageBox(QMessageBox.Icon.Warning, "Something went wrong", "", parent=self)
        box.setText("The program met a defect of its own. What was recorded is kept.")
        box.setInformativeText("Please report it with the details below.")
        box.setDetailedText(details)
        named(box, "defect", "Something went wrong").open()
