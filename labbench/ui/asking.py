"""What the window asks: which file, where to, whether really. Dialogs are opened here and in `asking_words` alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox

from labbench.core.errors import LabBenchError
from labbench.session.results import Label
from labbench.ui.asking_words import AskingWords
from labbench.ui.file_places import file_name
from labbench.ui.strings import SOUND_FILTER, SOUND_SUFFIXES
from labbench.ui.transcripts.model_rows import IMPORT_FILTER
from labbench.ui.views.saving import KINDS
from labbench.ui.views.view import View
from labbench.ui.widgets import named

if TYPE_CHECKING:
    from labbench.transcript.types import Word
    from labbench.ui.transcripts.transcribing import EngineSlot

NORMAL_FILTER = "What is normal (*.npz)"
LABEL_FILTER = "Labels (*.txt *.TextGrid)"
MOST_FILES = 1000
"""Of a folder; whoever has more drops parts of it."""


def sounds_in(folder: Path) -> list[Path]:
    """The sound and video files that lie in a folder, by name."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.casefold() in SOUND_SUFFIXES and path.is_file())
    except OSError:
        return []
    return found[:MOST_FILES]


class Asking(AskingWords):
    """Opens dialogs over a window and hands their answers to its bench."""

    # Files --------------------------------------------------------------------------------------------------------

    def files(self) -> None:
        self.open_paths(self._existing("sounds", "Open sounds or videos", SOUND_FILTER))

    def open_paths(self, found: Sequence[Path]) -> None:
        """Sounds, sessions or labels, in whatever way they came: dialog, drop, recent files."""
        sessions = [path for path in found if path.suffix == ".labsession" or (path / "session.json").exists()]
        labels = [path for path in found if path.suffix.casefold() in (".textgrid", ".txt")]
        taught = [path for path in found if path.suffix.casefold() == ".labword"]
        for path in taught:
            self._bench.words.import_word(path)
        others = [path for path in found if path not in sessions and path not in labels and path not in taught]
        sounds = [sound for path in others for sound in (sounds_in(path) if path.is_dir() else [path])]
        if others and not sounds:
            self._window.tell(LabBenchError(f"There is no sound in {others[0].name}.", "Drop a folder that has some."))
        if sessions:
            self._bench.open_session(sessions[0])
        elif len(sounds) > 1:
            self._bench.queue.add(sounds)
            self.queue()
        elif sounds:
            self._bench.open_file(sounds[0], partial(self._read_labels, labels))
        else:
            self._read_labels(labels)
        if labels and (sessions or len(sounds) > 1):
            one = "Drop them again, together with one sound, or once theirs is shown."
            self._window.tell(LabBenchError("The labels were left out: they belong to one sound.", one))

    def _read_labels(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._bench.labels.read(path)

    def checkpoint(self) -> None:
        if path := self._one("models", "Choose a Whisper model file", IMPORT_FILTER):
            self._bench.engines.use_checkpoint(path)

    def import_whisper(self) -> None:
        """Copy weights into the program's own folder; where engine A has none, it uses them."""
        if path := self._one("models", "Use a Whisper model file", IMPORT_FILTER):
            self._bench.engines.models.import_file(path)

    def import_labels(self) -> None:
        if path := self._one("labels", "Import labels", LABEL_FILTER):
            self._bench.labels.read(path)

    def pack_session(self) -> None:
        name = file_name(self._bench.desk.title, ".labsession")
        if path := self._new("sessions", "Save the session", name, "Sessions (*.labsession)"):
            self._bench.sessions.pack(path)

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
        self._ask_label("Label", "", self._bench.labels.add)

    def edit_label(self, label: Label | None = None) -> None:
        """Another text for a label: that one, or the one that is selected."""
        label = label or self._bench.labels.chosen
        if label is None:
            self._window.tell(LabBenchError("No label is selected.", "Click one, below the sound, and try again."))
            return
        self._ask_label("Edit label", label.text, partial(self._bench.labels.rename, label))

    def _ask_label(self, title: str, text: str, use: Callable[[str], None]) -> None:
        dialog = named(QInputDialog(self._window), "labelDialog", title)
        dialog.setWindowTitle(title)
        dialog.setLabelText("Text of the label:")
        dialog.setTextValue(text)
        dialog.textValueSelected.connect(use)
        self._open(dialog)
        for field in dialog.findChildren(QLineEdit):  # made when it is opened
            named(field, "labelText", "Text of the label")

    def correction(self, engine: EngineSlot, word: Word) -> None:
        """What was really said where an engine heard a word."""
        dialog = named(QInputDialog(self._window), "correctionDialog", "Correct")
        dialog.setWindowTitle("Correct")
        dialog.setLabelText("What was said there (nothing, if nothing was):")
        dialog.setTextValue(word.text)
        dialog.textValueSelected.connect(lambda text: self._bench.reference.correct(engine, word, text))
        self._open(dialog)
        for field in dialog.findChildren(QLineEdit):
            named(field, "correctionText", "What was said there")
            field.selectAll()

    def reference_file(self) -> None:
        """A text file of what was said in the recording."""
        if path := self._one("labels", "What was really said", "Text (*.txt)"):
            self._bench.reference.read(path)

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

    def options(self) -> None:
        from labbench.ui.dialogs.options_dialog import OptionsDialog

        self._open(OptionsDialog(self._window))

    def models(self) -> None:
        from labbench.ui.dialogs.models_dialog import ModelsDialog

        found = self._window.findChild(ModelsDialog)
        self._show(found if found is not None and found.isVisible() else ModelsDialog(self._window, self.reveal))

    def remote(self) -> None:
        from labbench.ui.dialogs.remote_dialog import RemoteDialog

        self._open(RemoteDialog(self._window))

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

    def view_file(self, view: View) -> Path | None:
        """Where a view is to be written, with one of its three endings."""
        return self._new("exports", f"Save {view.tab.title.lower()}", f"{view.tab.title}.png", KINDS)

    def check_microphone(self) -> None:
        from labbench.ui.dialogs.microphone_dialog import MicrophoneDialog

        self._open(MicrophoneDialog(self._window))

    def shortcuts(self) -> None:
        from labbench.ui.dialogs.text_page import shortcuts_page

        self._open(shortcuts_page(self._window))

    def help_page(self, name: str) -> None:
        from labbench.ui.dialogs.text_page import help_page

        self._open(help_page(self._window, name))

    def anomaly(self) -> None:
        from labbench.ui.dialogs.anomaly_dialog import AnomalyDialog

        found = self._window.findChild(AnomalyDialog)
        self._show(found if found is not None and found.isVisible() else AnomalyDialog(self._window))

    def anomaly_file(self) -> None:
        if path := self._one("words", "Open what is normal", NORMAL_FILTER):
            self._bench.anomaly.open(path)

    def where_anomaly(self) -> None:
        name = file_name(f"{self._bench.desk.title} normal", ".npz")
        if path := self._new("words", "Save what is normal", name, NORMAL_FILTER):
            self._bench.anomaly.save_as(path)

    def failure_lab(self) -> None:
        from labbench.ui.dialogs.failure_dialog import FailureDialog
        from labbench.ui.transcripts.failure_lab import FailureLab

        lab = self._bench.findChild(FailureLab) or FailureLab(self._bench)
        found = self._window.findChild(FailureDialog)
        self._show(found if found is not None and found.isVisible() else FailureDialog(self._window, lab))

    def compare_files(self) -> None:
        from labbench.ui.dialogs.compare_dialog import CompareDialog
        from labbench.ui.transcripts.file_comparison import FileComparison

        comparison = self._bench.findChild(FileComparison) or FileComparison(self._bench)
        found = self._window.findChild(CompareDialog)
        self._show(found if found is not None and found.isVisible() else CompareDialog(self._window, comparison))
