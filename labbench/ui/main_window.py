"""The window: lays its parts out and connects what the state says with what is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from labbench.core.errors import LabBenchError
from labbench.ui.bench import Bench
from labbench.ui.distance_strip import DistanceStrip
from labbench.ui.signal_view import SignalView
from labbench.ui.strings import HINT_EMPTY
from labbench.ui.theme import THEMES, Theme, ThemeName, palette, stylesheet
from labbench.ui.toolbar import Toolbar
from labbench.ui.transcript_panel import TranscriptPanel
from labbench.ui.welcome import Welcome
from labbench.ui.widgets import ElidedLabel, NoticeBar, Panel, label, named
from labbench.ui.window_links import connect_sound, connect_transcription, connect_words
from labbench.ui.words_panel import WordsPanel

FIRST_SIZE, SMALLEST_SIZE, FRAME_HEIGHT = (1280, 860), (960, 600), 36
SOUND_FILTER = "Sound and video (*.wav *.flac *.mp3 *.ogg *.opus *.m4a *.aac *.mp4 *.mov *.webm);;All files (*)"


def fitting_size(room: tuple[int, int]) -> tuple[int, int]:
    """The first size on a screen with so much room, the frame included; a screen that is too small is ignored."""
    if room[0] < SMALLEST_SIZE[0] or room[1] < SMALLEST_SIZE[1]:
        return FIRST_SIZE
    return min(FIRST_SIZE[0], room[0]), max(SMALLEST_SIZE[1], min(FIRST_SIZE[1], room[1] - FRAME_HEIGHT))


class MainWindow(QMainWindow):
    """Shows a `Bench`. Owns no state of its own but the theme. `painted` is emitted once, after the first paint."""

    painted = Signal()

    def __init__(self, bench: Bench, theme: ThemeName = "dark") -> None:
        super().__init__()
        named(self, "mainWindow", "Speech Lab Bench")
        self.setWindowTitle("Speech Lab Bench")
        self.setAcceptDrops(True)
        self._was_painted = False
        self.bench = bench
        self.theme: Theme = THEMES[theme]
        self.toolbar = Toolbar(self.theme)
        self.notice = NoticeBar()
        self.signal = SignalView(self.theme)
        self.welcome = Welcome()
        self.transcripts = TranscriptPanel(self.theme)
        self.words = WordsPanel(bench.teaching, self.theme)
        self.strip = DistanceStrip(self.theme)
        self.status = named(ElidedLabel("", "muted"), "status", "Status")
        self._lay_out()
        self._make_menu()
        self.set_theme(theme)
        connect_sound(self)
        connect_transcription(self)
        connect_words(self)
        bench.trouble.connect(self.tell)
        bench.broken.connect(self._show_defect)

    def _lay_out(self) -> None:
        self.sound_stack = QStackedWidget()
        self.sound_stack.addWidget(self.welcome)
        self.sound_stack.addWidget(self.signal)
        sound = Panel("Sound", "sound")
        sound.title.hide()
        sound.body.addWidget(self.sound_stack, 1)
        distances = Panel("Distance to what was taught, live", "distancePanel")
        distances.title.setToolTip(
            "Every 80 ms the newest two seconds are compared with the takes of each word. Near is up: a curve that "
            "rises above its dashed line is a detection."
        )
        self.distance_hint = ElidedLabel(HINT_EMPTY, "muted")
        distances.head.addWidget(self.distance_hint, 1)
        distances.body.addWidget(self.strip, 1)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.transcripts, 5)
        middle.addWidget(self.words, 4)
        bottom = QHBoxLayout()
        bottom.addWidget(self.status, 1)
        bottom.addWidget(label("Everything stays on this computer", "muted"))
        column = QVBoxLayout()
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(8)
        column.addWidget(self.toolbar)
        column.addWidget(self.notice)
        column.addWidget(sound, 5)
        column.addLayout(middle, 5)
        column.addWidget(distances, 4)
        column.addLayout(bottom)
        centre = QWidget()
        centre.setLayout(column)
        self.setCentralWidget(centre)
        self.setMinimumSize(*SMALLEST_SIZE)
        self.resize(*fitting_size(self.screen().availableGeometry().size().toTuple()))

    def _make_menu(self) -> None:
        bar = self.menuBar()
        file = bar.addMenu("&File")
        self._action(file, "&Open a sound file…", "Ctrl+O", self.ask_for_file, "actionOpen")
        self._action(file, "Show &recordings folder", "", self.bench.reveal_session, "actionReveal")
        file.addSeparator()
        self._action(file, "&Quit", QKeySequence.StandardKey.Quit, self.close, "actionQuit")
        view = bar.addMenu("&View")
        group = QActionGroup(self)
        for name in THEMES:
            action = self._action(
                view, f"{name.capitalize()} theme", "", lambda name=name: self.set_theme(name), f"theme-{name}"
            )
            action.setCheckable(True)
            group.addAction(action)
            action.setChecked(name == self.theme.name)
        record = bar.addMenu("&Record")
        self._action(record, "&Record", "Ctrl+R", self.toolbar.record_button.click, "actionRecord")
        self._action(record, "&Stop", "Esc", self.toolbar.stop_button.click, "actionStop")
        record.addSeparator()
        self._action(record, "&Look for microphones again", "F5", self.bench.find_sources, "actionRescan")
        transcribe = bar.addMenu("&Transcribe")
        self._action(transcribe, "Transcribe &again", "Ctrl+T", self.bench.transcribe_again, "actionTranscribe")
        self._action(transcribe, "&Get Whisper tiny (75 MB)", "", self.bench.engines.get_tiny, "actionGetTiny")
        self._action(transcribe, "&Choose a Whisper .pt file…", "", self.ask_for_checkpoint, "actionChoosePt")
        words = bar.addMenu("&Words")
        self._action(words, "&Record a take", "Ctrl+Return", self.words.take.click, "actionTake")
        self._action(words, "Takes from &files…", "", self.words.files.click, "actionTakeFiles")
        self._action(words, "Teach the &demo word", "", self.bench.teach_demo, "actionTeachDemo")
        words.addSeparator()
        self._action(words, "&Open words…", "", self.ask_for_words, "actionOpenWords")
        self._action(words, "&Save words as…", "", self.ask_where_words, "actionSaveWords")
        about = bar.addMenu("&Help")
        self._action(about, "What works on this computer", "", self._show_doctor, "actionDoctor")

    def _action(self, menu: object, text: str, keys: object, slot: object, name: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        if keys:
            action.setShortcut(QKeySequence(keys))  # type: ignore[call-overload]
        action.triggered.connect(lambda _=False: slot())  # type: ignore[operator]
        menu.addAction(action)  # type: ignore[attr-defined]
        return action

    def set_theme(self, name: ThemeName) -> None:
        """Dark, light or projector."""
        self.theme = THEMES[name]
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(palette(self.theme))
        application.setFont(self.theme.font(12))
        self.setStyleSheet(stylesheet(self.theme))
        for part in (self.toolbar, self.signal, self.transcripts, self.words, self.strip):
            part.set_theme(self.theme)
        self.bench.theme_changed.emit(self.theme)

    def tell(self, error: LabBenchError) -> None:
        """Show an expected failure in the notice bar."""
        self.notice.tell(error.message, error.hint)

    def ask_for_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a sound file", "", SOUND_FILTER)
        if path:
            self.bench.open_file(Path(path))

    def ask_for_takes(self, word: str) -> None:
        found, _ = QFileDialog.getOpenFileNames(self, f"Takes of “{word}”", "", SOUND_FILTER)
        if found:
            self.bench.teaching.teach_files(word, [Path(path) for path in found])

    def ask_for_checkpoint(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a Whisper checkpoint", "", "Whisper checkpoints (*.pt)")
        if path:
            self.bench.engines.use_checkpoint(Path(path))

    def ask_for_words(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open wake words", "", "Wake words (*.json)")
        if path:
            self.bench.open_words(Path(path))

    def ask_where_words(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save wake words", "words.json", "Wake words (*.json)")
        if path:
            self.bench.save_words(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.bench.open_file(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()  # what has to end may take a moment; nobody should have to watch it
        self.bench.close()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)  # once the parts inside, which follow now, are painted as well

    def _show_doctor(self) -> None:
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
