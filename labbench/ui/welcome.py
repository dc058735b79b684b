"""What an empty window offers: three ways to the first sound."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from labbench.ui.widgets import button, label, named


class Welcome(QWidget):
    """Three buttons and a sentence; shown until there is sound."""

    demo = Signal()
    microphone = Signal()
    file = Signal()

    def __init__(self) -> None:
        super().__init__()
        named(self, "welcome", "First steps")
        use_demo = button(
            "Use the demo clip", "useDemo", "A short dialogue, played as if into a microphone", "big-primary"
        )
        use_microphone = button("Use my microphone", "useMicrophone", "Open the microphone and record", "big")
        open_file = button("Open a file", "openFile", "Any sound or video file", "big")
        use_demo.clicked.connect(self.demo)
        use_microphone.clicked.connect(self.microphone)
        open_file.clicked.connect(self.file)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addStretch(1)
        for widget in (use_demo, use_microphone, open_file):
            row.addWidget(widget)
        row.addStretch(1)
        headline = label("Put a speech model on the bench", "headline")
        lead = label(
            "See the sound, read what two models make of it, teach a word and watch it being recognised.", "lead"
        )
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addStretch(1)
        column.addWidget(headline, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(lead, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addLayout(row)
        column.addStretch(1)
