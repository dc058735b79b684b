"""Is the microphone any good? Two seconds of it, and a verdict in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QProgressBar

from labbench.audio.source import DeviceSpec, SourceSpec
from labbench.signal.levels import FLOOR_DB
from labbench.signal.microphone_check import MicrophoneReport, MicrophoneVerdict, check
from labbench.ui.dialogs.base import BenchDialog
from labbench.ui.widgets import button, label, named, set_role
from labbench.ui.words.hearing import Heard

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

SECONDS = 2.0
SETTLING = 0.3
"""What comes first of a microphone that has just been opened is its own click."""
ROLES = {MicrophoneVerdict.FINE: "good", MicrophoneVerdict.NOTHING: "bad", MicrophoneVerdict.TOO_QUIET: "bad"}
NO_MICROPHONE = "No microphone was found."
PLUG_IN = "Plug one in, and look again. Everything else works with the demo clip and with files."


class MicrophoneDialog(BenchDialog):
    """Opens the chosen microphone, or `source`, beside what is shown: neither that nor the chosen source changes."""

    def __init__(self, window: MainWindow, source: SourceSpec | None = None) -> None:
        super().__init__(window, "microphoneDialog", "Check the microphone", (520, 300))
        self._given = source
        self._checking = False
        self.report: MicrophoneReport | None = None
        self.add_heading("Check the microphone", "Press Start and speak for two seconds. Nothing is recorded.")
        self.device = named(label("", "muted", wrap=True), "microphoneDevice", "Which microphone")
        self.progress = named(QProgressBar(), "microphoneProgress", "How much was heard")
        self.progress.setTextVisible(False)
        self.progress.setRange(0, round(SECONDS * 1000))
        self.verdict = named(label("", "title", wrap=True), "microphoneVerdict", "Verdict")
        self.hint = named(label("", wrap=True), "microphoneHint", "What to do")
        self.figures = named(label("", "muted"), "microphoneFigures", "Levels")
        for widget in (self.device, self.progress, self.verdict, self.hint, self.figures):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.start_button = button("Start", "microphoneStart", "Listen for two seconds", "primary")
        self.start_button.clicked.connect(self._pressed)
        self.end_with(self.start_button, None)
        self.press_by_return(self.start_button)
        self.bench.sound.hearing.advanced.connect(self._advanced)
        self.bench.sound.hearing.heard.connect(self._heard)
        self.bench.sources.changed.connect(self._refresh)
        self.bench.running_changed.connect(self._refresh)
        self.finished.connect(self._leave)
        self._refresh()
        self.start_button.setFocus()

    @property
    def source(self) -> SourceSpec | None:
        """What is checked; None where there is no microphone."""
        if self._given is not None:
            return self._given
        found = self.bench.words.source_for_take()
        return found if isinstance(found, DeviceSpec) and self.bench.sources.has_microphone else None

    def _pressed(self) -> None:
        source = self.source
        if source is None:
            self.bench.sources.look(asked=True)
            return
        self._checking, self.report = True, None
        self._say("Speak now …", "", "title")
        self.figures.setText("")
        self.progress.setValue(0)
        self._refresh()
        self.bench.when_quiet(self._listen, "The microphone")

    def _listen(self) -> None:
        source = self.source
        if self._checking and source is not None:
            self.bench.sound.hear(source, SETTLING + SECONDS)

    def _advanced(self, seconds: float) -> None:
        if self._checking:
            self.progress.setValue(round(1000 * max(0.0, seconds - SETTLING)))

    def _heard(self, heard: Heard) -> None:
        if not self._checking:
            return
        self._checking = False
        if heard.trouble is not None:
            self._say(heard.trouble.message, heard.trouble.hint, "bad")
        elif len(heard.samples) < round((SETTLING + SECONDS) * heard.rate):
            self._say("The microphone was closed before two seconds were heard.", "Check it again.", "warning")
        else:
            self._judge(heard.samples[round(SETTLING * heard.rate) :], heard.rate)
        self._refresh()
        self.start_button.setFocus()

    def _judge(self, samples: NDArray[np.float32], rate: int) -> None:
        report = check(samples, rate)
        self.report = report
        self._say(report.message, report.hint, ROLES.get(report.verdict, "warning"))
        self.figures.setText(f"Level {decibels(report.level_db)}, peak {decibels(report.peak_db)}")

    def _leave(self, _: int) -> None:
        self._checking = False
        self.bench.sound.hearing.cancel()

    def _say(self, message: str, hint: str, role: str) -> None:
        self.verdict.setText(message)
        self.verdict.setAccessibleName(message)
        set_role(self.verdict, f"title-{role}" if role != "title" else role)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _refresh(self, *_: object) -> None:
        recording = self.bench.sound.recording_to is not None and not self._checking
        source = self.source
        self.progress.setVisible(source is not None)
        self.start_button.setEnabled(not (recording or self._checking or self.bench.sound.opening))
        if source is None:
            self.device.setText(f"{NO_MICROPHONE} {PLUG_IN}")
            self.start_button.setText("Look again")
        else:
            self.device.setText(f"From: {source.title if source != DeviceSpec() else 'the default microphone'}")
            self.start_button.setText("Start" if self.report is None else "Check again")
        if recording:
            self._say("A recording is running: the check must wait until it ends.", "", "title")
        elif self.report is None and not self._checking and self.verdict.text().startswith("A recording"):
            self._say("", "", "title")
        self.start_button.setAccessibleName(self.start_button.text())


def decibels(level: float) -> str:
    """For people."""
    return "none" if level <= FLOOR_DB else f"{level:.0f} dBFS".replace("-", "\N{MINUS SIGN}")
