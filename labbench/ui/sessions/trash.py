"""The system's trash: files and folders go there, and come back when that is undone. No widgets."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from PySide6.QtCore import QFile, QStandardPaths

from labbench.core.errors import LabBenchError


def to_trash(path: Path) -> Path:
    """Move a file or folder to the trash; returns where it is now. Raises LabBenchError; it stays where it was then."""
    with contextlib.suppress(OSError):  # where a new account on Linux has its trash made
        where = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
        Path(where).mkdir(parents=True, exist_ok=True)
    file = QFile(str(path))  # which knows afterwards where it went; the static function does not tell everywhere
    if not file.moveToTrash():
        raise LabBenchError(
            f"{path.name} could not be moved to the trash.", "This disk may have none: delete it in the file manager."
        )
    place = Path(file.fileName()) if file.fileName() else Path()
    return place if place != path else Path()


def from_trash(kept: Path, path: Path) -> None:
    """Put back what `to_trash` moved. Raises LabBenchError where it is gone, or its place is taken."""
    if kept == Path() or not kept.exists():
        raise LabBenchError(f"{path.name} is not in the trash any more.", "Look for it in the file manager.")
    if path.exists():
        raise LabBenchError(f"There is a new {path.name} already.", f"The old one stays in the trash: {kept}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(kept, path)
    except OSError as error:
        raise LabBenchError(f"{path.name} could not be put back: {error.strerror}.", f"It is in {kept}.") from error
    # What desktops on Linux note beside it: https://specifications.freedesktop.org/trash-spec/latest/
    with contextlib.suppress(OSError):
        (kept.parent.parent / "info" / f"{kept.name}.trashinfo").unlink(missing_ok=True)
