"""Shows, for as long as it is so, that a block-list can't be read: what it names might be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labbench.ui.widgets import label, named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow


def connect_blocking(window: MainWindow) -> None:
    """A line at the top of the transcripts, which nobody can dismiss. Main thread."""
    desk = window.bench.preferences.blocking
    line = named(label("", "bad", wrap=True), "blockTrouble", "Block-list")
    line.hide()
    window.transcripts.body.insertWidget(1, line)

    def show() -> None:
        line.setText(" ".join(desk.troubles))
        line.setAccessibleName(line.text() or "Block-list")
        line.setVisible(bool(desk.troubles))

    desk.changed.connect(show)
    show()
