"""The tour's steps through transcription: what was really said, A beside B, the failure lab, the dialogs of models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from labbench.core import paths
from labbench.measure.tour_views import ViewSteps, Wait

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from labbench.ui.dialogs.failure_dialog import FailureDialog
    from labbench.ui.main_window import MainWindow

WAY = "white"


class TranscriptionSteps:
    """Works on the recording that the window shows, a bundled clip whose text is known; `folder` is for copies."""

    def __init__(self, window: MainWindow, views: ViewSteps, wait: Wait, folder: Path) -> None:
        self._window = window
        self._bench = window.bench
        self._views = views
        self._wait = wait
        self._folder = folder

    def compare(self) -> str:
        """What was said is known: each engine's errors, and both texts word by word below it."""
        self._window.find_bar.hide()
        self._bench.axis.select(None)
        self._bench.reference.write(self._said_in(Path(self._shown_title()).stem))
        self._window.menus.actions["actionCompare"].setChecked(True)
        wrong = self._window.transcripts.b.state
        self._wait(lambda: " wrong (" in wrong.text(), 20, "the errors of engine B")
        return f"A: {self._window.transcripts.a.state.text()} | B: {wrong.text()}"

    def apart(self) -> str:
        """Each engine by itself again, with Whisper's figures on each segment."""
        self._window.menus.actions["actionCompare"].setChecked(False)
        self._window.menus.actions["actionFigures"].trigger()
        return f"{len(self._transcript_a())} segments"

    def failure_lab(self) -> str:
        """One way of spoiling the sound, from mild to severe, for both engines."""
        if self._bench.engines.lack is not None:
            return f"left out: {self._bench.engines.lack}"
        self._window.menus.actions["actionFigures"].trigger()
        self._views.open_dialog("actionFailureLab")
        dialog = self._failure_dialog()
        lab = dialog.lab
        lab.add(WAY)
        self._wait(lambda: not lab.running, 300, "both engines on noise")
        points = [lab.points(WAY, "a"), lab.points(WAY, "b")]
        if min(len(one) for one in points) < 4:
            raise ValueError("points are missing")
        return f"{sum(map(len, points))} points"

    def compare_files(self) -> str:
        """Both engines over several clips."""
        if self._bench.engines.lack is not None:
            return f"left out: {self._bench.engines.lack}"
        self._views.open_dialog("actionCompareFiles")
        from labbench.ui.dialogs.compare_dialog import CompareDialog

        dialog = self._window.findChild(CompareDialog)
        assert dialog is not None
        dialog.comparison.start(self._with_texts("demo", "sentences_with", "sentences_without", "speech_short"))
        self._wait(lambda: not dialog.comparison.running, 180, "both engines over four files")
        return f"{len(dialog.comparison.files)} files"

    def _with_texts(self, *names: str) -> list[Path]:
        """Copies of bundled clips, each with what is said in it in a text file beside it."""
        self._folder.mkdir(exist_ok=True)
        for name in names:
            shutil.copyfile(paths.assets() / "clips" / f"{name}.flac", self._folder / f"{name}.flac")
            (self._folder / f"{name}.txt").write_text(self._said_in(name), encoding="utf-8")
        return [self._folder / f"{name}.flac" for name in names]

    def _said_in(self, name: str) -> str:
        clips = json.loads((paths.assets() / "clips" / "clips.json").read_text(encoding="utf-8"))
        return str(next(clip["text"] for clip in clips if clip["file"] == f"{name}.flac"))

    def _failure_dialog(self) -> FailureDialog:
        from labbench.ui.dialogs.failure_dialog import FailureDialog

        found: QDialog | None = self._window.findChild(FailureDialog)
        assert isinstance(found, FailureDialog)
        return found

    def _shown_title(self) -> str:
        recording = self._bench.shown.recording
        assert recording is not None
        return recording.title or recording.path.name

    def _transcript_a(self) -> tuple[object, ...]:
        transcript = self._bench.engines.a.transcript
        return transcript.segments if transcript is not None else ()
