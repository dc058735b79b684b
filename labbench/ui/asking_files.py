"""Asks for files, begins where the last ones of their kind were, and opens dialogs over a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog

from labbench.ui.file_places import FileKind, FilePlaces

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow


class AskingFiles:
    """What everything that asks has in common."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._bench = window.bench
        self._places = FilePlaces(window.bench)

    def _existing(self, kind: FileKind, title: str, kinds: str) -> list[Path]:
        found, _ = QFileDialog.getOpenFileNames(self._window, title, self._places.begin(kind), kinds)
        if found:
            self._places.used(kind, Path(found[0]))
        return [Path(path) for path in found]

    def _one(self, kind: FileKind, title: str, kinds: str) -> Path | None:
        path, _ = QFileDialog.getOpenFileName(self._window, title, self._places.begin(kind), kinds)
        return self._used(kind, path)

    def _new(self, kind: FileKind, title: str, name: str, kinds: str) -> Path | None:
        path, _ = QFileDialog.getSaveFileName(self._window, title, self._places.begin(kind, name), kinds)
        return self._used(kind, path)

    def _used(self, kind: FileKind, path: str) -> Path | None:
        if not path:
            return None
        self._places.used(kind, Path(path))
        return Path(path)

    def _show(self, dialog: QDialog) -> None:
        """Beside the window, which can be used meanwhile."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.activateWindow()

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
