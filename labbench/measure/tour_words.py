"""The tour's steps through the dialogs about wake words: what was learnt, how words are heard, the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from labbench.measure.tour_views import ViewSteps, Wait
    from labbench.ui.main_window import MainWindow

    D = TypeVar("D", bound=QDialog)


class WordSteps:
    """Works with the words that are taught and the sound that the window shows; dialogs stay open for their picture."""

    def __init__(self, window: MainWindow, views: ViewSteps, wait: Wait) -> None:
        self._window = window
        self._bench = window.bench
        self._views = views
        self._wait = wait

    def learnt(self) -> str:
        """A near miss of the shown sound is learnt from."""
        from labbench.ui.dialogs.learning_dialog import LearningDialog

        self._choose("computer")
        self._views.open_dialog("actionLearnt")
        dialog = self._dialog(LearningDialog)
        history = self._bench.words.learning.history
        before = len(history.entries)
        items = [dialog.moments.topLevelItem(row) for row in range(dialog.moments.topLevelItemCount())]
        for item in items:
            if item is not None and not dialog.learn.isEnabled():
                dialog.moments.setCurrentItem(item)
        if not dialog.learn.isEnabled():
            raise ValueError("there is no near miss to learn from")
        dialog.learn.click()
        self._wait(lambda: len(history.entries) > before, 30, "what came of a near miss")
        self._wait(lambda: not self._busy, 60, "distances to the word as it is now")
        return f"{dialog.moments.topLevelItemCount()} moments, {history.entries[-1].what.value}"

    def ways(self) -> str:
        """Every way of comparing on the takes of one word."""
        from labbench.ui.dialogs.method_dialog import MethodDialog

        self._choose("computer")
        self._views.open_dialog("actionMethod")
        dialog = self._dialog(MethodDialog)
        dialog.tabs.setCurrentIndex(1)
        dialog.compare.click()
        self._wait(lambda: dialog.table.topLevelItemCount() >= 5, 60, "all ways compared")
        return dialog.says.text()

    def room(self) -> str:
        """The shown sound is how the room sounds."""
        from labbench.ui.dialogs.room_dialog import RoomDialog
        from labbench.ui.words.room_effect import RoomStage

        self._views.open_dialog("actionRoom")
        dialog, desk = self._dialog(RoomDialog), self._bench.words.room
        dialog.whole.click()
        self._wait(lambda: desk.stage in (RoomStage.DONE, RoomStage.DOUBT), 60, "the words made anew in the room")
        self._wait(lambda: not self._busy, 60, "distances to the words as they are now")
        if desk.stage is not RoomStage.DONE:
            raise ValueError(dialog.says.text())
        return dialog.says.text()

    @property
    def _busy(self) -> bool:
        bench = self._bench
        return bool(bench.jobs.running) or bench.scores.running or bench.teaching.waiting

    def _choose(self, word: str) -> None:
        self._window.words.words.setCurrentText(word)

    def _dialog(self, kind: type[D]) -> D:
        found = [dialog for dialog in self._window.findChildren(kind) if dialog.isVisible()]
        return found[-1]
