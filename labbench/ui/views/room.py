"""Connects the views of distances with the window: which one is shown, its room, and how it leaves as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from labbench.core.errors import LabBenchError
from labbench.ui.views.saving import save_view
from labbench.ui.views.view import View

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

ENOUGH = 0.8
"""Part of the height a view asks for with which it can be read."""


class RoomForViews(QObject):
    """Main thread. A large view takes room from what stands above it; the strip gives everything back.

    Where too little can be had, as on a small screen, transcripts and wake words make way, unless somebody has
    brought them back by hand.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._panel, self._down = window, window.distances, window.down
        self._before: list[int] | None = None
        self._made_way = self._declined = False
        self._soon = QTimer(self)  # once what made way is gone, and the sentence has its line
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._make_room)
        self._panel.shown.connect(self._shown)
        self._panel.larger.connect(self._larger)
        self._panel.larger_button.clicked.connect(self._by_hand)
        self._panel.save.connect(self._save)

    def give_back(self) -> None:
        """As the window was before a large view was shown: that is how it is kept."""
        self._panel.larger_button.setChecked(False)
        self._panel.show_view(self._window.strip_view)

    def _shown(self, view: View) -> None:
        if view is self._window.strip_view:
            self._restore()
            return
        if self._before is None:
            self._before = self._down.sizes()
        enough = self._make_room()
        if not enough and not self._declined and not self._panel.larger_button.isChecked():
            self._made_way = True
            self._panel.larger_button.setChecked(True)

    def _make_room(self) -> bool:
        """Room for the view that is shown; gives whether that is enough to read it."""
        view = self._panel.current
        if view is self._window.strip_view:
            return True
        wanted = round(view.tab.min_height * self._window.theme.scale)
        around = self._panel.height() - self._panel.stack.height()
        return self._take(wanted + around) - around >= ENOUGH * wanted

    def _restore(self) -> None:
        if self._made_way:
            self._made_way = False
            self._panel.larger_button.setChecked(False)
        if self._before is not None and self._window.isVisible():
            self._down.setSizes(self._before)
        self._before = None

    def _take(self, wanted: int) -> int:
        """Take room from those that have most of it, down to what they need; gives the panel's height."""
        sizes, place = self._down.sizes(), self._down.indexOf(self._panel)
        missing = wanted - sizes[place]
        if missing <= 0:
            return sizes[place]
        for other in sorted((n for n in range(len(sizes)) if n != place), key=lambda n: -sizes[n]):
            part = self._down.widget(other)
            spare = max(0, sizes[other] - part.minimumSizeHint().height()) if part is not None else 0
            taken = min(spare, missing)
            sizes[other] -= taken
            sizes[place] += taken
            missing -= taken
        self._down.setSizes(sizes)
        return sizes[place]

    def _larger(self, on: bool) -> None:
        self._window.across.setVisible(not on)
        self._soon.start()

    def _by_hand(self, on: bool) -> None:
        self._declined = not on
        self._made_way = False

    def _save(self, view: View) -> None:
        path = self._window.asking.view_file(view)
        if path is None:
            return
        try:
            save_view(view, self._window.theme, path)
        except LabBenchError as error:
            self._window.tell(error)
            return
        self._window.notice.tell(f"Wrote {path}.")
