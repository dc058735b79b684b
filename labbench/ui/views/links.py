"""Connects the views of distances with the window: which one is shown, its room, and how it leaves as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labbench.core.errors import LabBenchError
from labbench.ui.views.saving import save_view
from labbench.ui.views.view import View

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow


def connect_distance_views(window: MainWindow) -> None:
    panel, down = window.distances, window.down
    kept: list[list[int]] = []

    def shown(view: View) -> None:
        """A large view takes the room that it needs; the strip gives it back."""
        least = round(view.least_height * window.theme.scale)
        place = down.indexOf(panel)
        sizes = down.sizes()
        around = panel.height() - panel.stack.height()
        if view is window.strip_view:
            if kept and window.isVisible():
                down.setSizes(kept.pop())
            kept.clear()
        elif sizes[place] < least + around:
            if not kept:
                kept.append(sizes)
            missing = least + around - sizes[place]
            given = list(sizes)
            for other in sorted((n for n in range(len(sizes)) if n != place), key=lambda n: -sizes[n]):
                part = down.widget(other)
                spare = max(0, sizes[other] - part.minimumSizeHint().height()) if part is not None else 0
                taken = min(spare, missing)
                given[other] -= taken
                missing -= taken
            given[place] = sum(sizes) - sum(size for n, size in enumerate(given) if n != place)
            down.setSizes(given)

    def larger(on: bool) -> None:
        window.across.setVisible(not on)

    def save(view: View) -> None:
        path = window.asking.view_file(view)
        if path is None:
            return
        try:
            save_view(view, window.theme, path)
        except LabBenchError as error:
            window.tell(error)
            return
        window.notice.tell(f"Wrote {path}.")

    panel.shown.connect(shown)
    panel.larger.connect(larger)
    panel.save.connect(save)
