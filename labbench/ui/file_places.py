"""Where file dialogs begin: in the folder that was last used for that kind of file. No widgets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QStandardPaths

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

FileKind = Literal["sounds", "sessions", "words", "labels", "models", "exports"]
MOST_LETTERS = 120
_Place = QStandardPaths.StandardLocation
_FIRST: dict[FileKind, QStandardPaths.StandardLocation] = {
    "sounds": _Place.MusicLocation,
    "models": _Place.DownloadLocation,
}


class FilePlaces:
    """The places of a bench, kept in its settings."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def folder(self, kind: FileKind) -> Path:
        """The folder used last, if it is still there; at first the user's Music, Downloads or Documents."""
        used = dict(self._bench.settings.folders).get(kind)
        if used is not None and Path(used).is_dir():
            return Path(used)
        for place in (_FIRST.get(kind, _Place.DocumentsLocation), _Place.DocumentsLocation, _Place.HomeLocation):
            folder = Path(QStandardPaths.writableLocation(place))
            if folder.is_dir():
                return folder
        return Path.home()

    def begin(self, kind: FileKind, name: str = "") -> str:
        """What a dialog is opened with: the folder, and in it the proposed name."""
        folder = self.folder(kind)
        return str(folder / name) if name else str(folder)

    def used(self, kind: FileKind, path: Path) -> None:
        """A file of that kind was chosen."""
        known = dict(self._bench.settings.folders) | {kind: str(path.absolute().parent)}
        self._bench.keep_settings(folders=tuple(known.items()))


def file_name(title: str, suffix: str = "") -> str:
    """A title as the name of a file on any system."""
    plain = re.sub(r'[\x00-\x1f/\\:*?"<>|]+', " ", title)
    return (" ".join(plain.split()).strip(" .")[:MOST_LETTERS].strip(" .") or "Untitled") + suffix
