"""What the window asks: which file, where to, whether really. Dialogs are opened here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QMessageBox

from labbench.core import paths
from labbench.ui.strings import SOUND_FILTER
from labbench.ui.widgets import named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

LABEL_FILTER = "Labels (*.txt *.TextGrid)"


class Asking:
    """Opens dialogs over a window and hands their answers to its bench."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._bench = window.bench

    # Files --------------------------------------------------------------------------------------------------------

    def files(self) -> None:
        found, _ = QFileDialog.getOpenFileNames(self._window, "Open sounds or videos", "", SOUND_FILTER)
        self.open_paths([Path(path) for path in found])

    def open_paths(self, found: Sequence[Path]) -> None:
        """Sounds, sessions or labels, in whatever way they came: dialog, drop, recent files."""
        sessions = [path for path in found if path.suffix == ".labsession" or (path / "session.json").exists()]
        labels = [path for path in found if path.suffix.casefold() in (".textgrid", ".txt")]
        sounds = [path for path in found if path not in sessions and path not in labels]
        if sessions:
            self._bench.open_session(sessions[0])
        elif len(sounds) > 1:
            self._bench.queue.add(sounds)
            self.queue()
        elif sounds:
            self._bench.open_file(sounds[0])
        for path in labels:
            self._bench.labels.read(path)

    def takes(self, word: str) -> None:
        found, _ = QFileDialog.getOpenFileNames(self._window, f"Takes of “{word}”", "", SOUND_FILTER)
        if found:
            self._bench.teaching.teach_files(word, [Path(path) for path in found])

    def checkpoint(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Choose a Whisper checkpoint", "", "Whisper checkpoints (*.pt)"
        )
        if path:
            self._bench.engines.use_checkpoint(Path(path))

    def words(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open wake words", "", "Wake words (*.json)")
        if path:
            self._bench.words.open_words(Path(path))

    def where_words(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._window, "Save wake words", "words.json", "Wake words (*.json)")
        if path:
            self._bench.words.save_words(Path(path))

    def import_labels(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Import labels", "", LABEL_FILTER)
        if path:
            self._bench.labels.read(Path(path))

    def pack_session(self) -> None:
        name = f"{self._bench.desk.session.folder.name}.labsession"
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the session", name, "Sessions (*.labsession)")
        if path:
            self._bench.sessions.pack(Path(path))

    def reveal_session(self) -> None:
        self.reveal(self._bench.desk.session.folder)

    def reveal(self, folder: Path) -> None:
        """In the system's own file manager."""
        while not folder.exists():
            folder = folder.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    # Questions ----------------------------------------------------------------------------------------------------

    def label_selection(self) -> None:
        """A text for the selection, or for the cursor."""
        dialog = named(QInputDialog(self._window), "labelDialog", "Label")
        dialog.setWindowTitle("Label")
        dialog.setLabelText("Text of the label:")
        dialog.textValueSelected.connect(self._bench.labels.add)
        self._open(dialog)

    def trash_recording(self) -> None:
        """Moving to the trash can be undone; nothing is asked."""
        self._bench.sessions.trash_shown()

    def ask_before_leaving(self, leave: Callable[[], None]) -> None:
        """A recording runs: end it in good order, or go on."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Still recording", "A recording is running.", parent=self._window)
        box.setInformativeText("Quitting ends it. What was recorded is kept.")
        end = box.addButton("Stop and quit", QMessageBox.ButtonRole.AcceptRole)
        end.setObjectName("stopAndQuit")
        box.setDefaultButton(box.addButton("Go on recording", QMessageBox.ButtonRole.RejectRole))
        box.buttonClicked.connect(lambda button: leave() if button is end else None)
        self._open(named(box, "stillRecording", "Still recording"))

    # Dialogs are imported when they are first opened: the window need not wait for them -----------------------------

    def library(self) -> None:
        from labbench.ui.dialogs.library_dialog import LibraryDialog

        self._open(LibraryDialog(self._window, self.reveal))

    def queue(self) -> None:
        from labbench.ui.dialogs.queue_dialog import QueueDialog

        self._open(QueueDialog(self._window))

    def settings(self) -> None:
        from labbench.ui.dialogs.settings_dialog import SettingsDialog

        self._open(SettingsDialog(self._window))

    def export(self) -> None:
        self._export(selection=False)

    def export_selection(self) -> None:
        self._export(selection=True)

    def _export(self, *, selection: bool) -> None:
        from labbench.ui.dialogs.export_dialog import ExportDialog

        self._open(ExportDialog(self._window, selection=selection))

    def check_microphone(self) -> None:
        from labbench.ui.dialogs.microphone_dialog import MicrophoneDialog

        self._open(MicrophoneDialog(self._window))

    def shortcuts(self) -> None:
        from labbench.ui.dialogs.text_page import shortcuts_page

        self._open(shortcuts_page(self._window))

    def format_page(self) -> None:
        from labbench.ui.dialogs.text_page import TextPage

        page = (paths.assets() / "docs" / "session-format.md").read_text(encoding="utf-8")
        self._open(TextPage(self._window, "formatPage", "Session format", page))

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
