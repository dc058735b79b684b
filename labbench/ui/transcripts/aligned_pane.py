"""What is shown in place of the two texts while A is compared with B: the words in columns, and how to read them."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from labbench.ui.theme import Theme
from labbench.ui.transcripts.aligned_view import AlignedView
from labbench.ui.transcripts.comparing import Comparison
from labbench.ui.widgets import ElidedLabel, named

LEGEND = "underlined: another word   [in brackets]: too many   a line: missing"
EMPTY = "Once A and B have read something, their words stand here under each other."


class AlignedPane(QWidget):
    """The view and a line below it that says what agrees."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        named(self, "alignedPane", "A beside B")
        self.view = named(AlignedView(theme), "alignedView", "A and B, word by word")
        self.view.setMinimumHeight(theme.size(80))
        self.sum = named(ElidedLabel(EMPTY, "muted"), "alignedSum", "How far A and B agree")
        self.sum.explain(LEGEND)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.view, 1)
        column.addWidget(self.sum)

    def set_theme(self, theme: Theme) -> None:
        self.view.set_theme(theme)

    def show_comparison(self, comparison: Comparison) -> None:
        found = comparison.aligned
        self.view.show_aligned(found)
        if not found.columns:
            self.sum.setText(EMPTY)
            return
        against = "what was said" if found.lines == 3 else "each other"
        self.sum.setText(f"{found.agreed} of {len(found.columns)} agree with {against}.   {LEGEND}")
