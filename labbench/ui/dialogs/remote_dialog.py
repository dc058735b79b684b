"""A strong computer of the class: a server that reads the sound. Off until somebody switches it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QLineEdit, QProgressBar

from labbench.core.errors import LabBenchError
from labbench.session.keys import ENVIRONMENT
from labbench.ui.dialogs.base import BenchDialog, Form
from labbench.ui.widgets import button, label, named, set_role

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

ABOUT = (
    "A server with OpenAI's transcription interface (vLLM and speaches have it) can read the sound instead of this "
    "computer. What an engine reads there leaves this computer, and the window says so as long as it does."
)
OFF = "Off: nothing is sent. “Try it” sends a clip that came with the program."
ON = "On: choose “{title}” in the box of engine A or B. Sound is sent only while it is chosen there."
NOT_YET = "On, but it can't be used yet."
KEEP, NONE, GIVEN = "a key is kept; type to replace it", "none", f"that of {ENVIRONMENT}"


class RemoteDialog(BenchDialog):
    """Changes apply when a field is left; the key goes into the system's safe and is never shown."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, "remoteDialog", "A strong computer of the class", (640, window.theme.size(460)))
        self._desk = self.bench.engines.remote
        self.add_heading("A strong computer of the class", ABOUT)
        self.on = named(QCheckBox("Offer it as an engine"), "remoteOn", "Offer the server as an engine")
        self.on.setToolTip("It can then be chosen as engine A or B. Switched off, both are on this computer again.")
        self.on.setChecked(self._desk.on)
        self.address = self._field("remoteAddress", "Address", "https://lab.example.org or http://192.168.0.10:8000")
        self.address.setText(self._desk.address)
        self.model = self._field("remoteModel", "Model", "the server's choice")
        self.model.setText(self._desk.model)
        self.key = self._field("remoteKey", "Key", NONE)
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setToolTip("It is kept in this computer's own safe for passwords, and sent to this server alone.")
        self.forget = button("Forget", "remoteForget", "Remove the key from this computer")
        form = Form()
        form.setVerticalSpacing(12)
        form.add_row("Address", self.address)
        form.add_row("Model", self.model)
        form.add_row("Key", self.key, self.forget)
        self.body.addWidget(self.on)
        self.body.addLayout(form)
        self.state = named(label("", "muted", wrap=True), "remoteState", "State")
        self.says = named(label("", wrap=True), "remoteSays", "News")
        self.says.setMinimumHeight(window.theme.size(52))
        self.progress = named(QProgressBar(), "remoteProgress", "The server is asked")
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 0)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        for widget in (self.state, self.progress, self.says):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.try_button = button("Try it", "remoteTry", "Send a bundled clip and tell what came back", "primary")
        self.end_with(self.try_button, None)
        self.on.clicked.connect(lambda _: self._apply())
        self.address.editingFinished.connect(self._edited)
        self.model.editingFinished.connect(self._edited)
        self.key.editingFinished.connect(self._edited)
        self.forget.clicked.connect(lambda: self._apply(key=""))
        self.try_button.clicked.connect(self._try)
        self._desk.changed.connect(self._changed)
        self._desk.busy_changed.connect(self._refresh)
        self._desk.said.connect(self._said)
        self._desk.failed.connect(self._failed)
        self._waits = False
        self._sent = ""
        self._desk.look()
        self._refresh()
        (self.try_button if self._desk.address else self.address).setFocus()

    def _field(self, name: str, spoken: str, placeholder: str) -> QLineEdit:
        line = named(QLineEdit(), name, spoken)
        line.setPlaceholderText(placeholder)
        return line

    def done(self, result: int) -> None:
        """What was just typed counts also where Esc closes the dialog."""
        self._edited()
        self._waits = False
        self._desk.stop_trial()
        super().done(result)

    # Changes --------------------------------------------------------------------------------------------------------

    @property
    def _typed(self) -> tuple[str, str]:
        return self.address.text().strip(), self.model.text().strip()

    def _edited(self) -> None:
        if self._typed != (self._desk.address, self._desk.model) or self.key.text():
            self._apply(key=self.key.text() or None)

    def _apply(self, key: str | None = None) -> None:
        address, model = self._typed
        self._sent = key or ""
        self.key.clear()
        self._say("", "")
        self._desk.change(self.on.isChecked() and bool(address), address, model, key)
        if self.on.isChecked() and not address:
            self.on.setChecked(False)
            self._say("Enter the server's address first.", "warning")
            self.address.setFocus()

    def _changed(self) -> None:
        self.on.setChecked(self._desk.on)
        if not self.address.hasFocus() or not self.address.isModified():
            self.address.setText(self._desk.address)
        self._refresh()

    def _try(self) -> None:
        """With what the fields say: a change that is on its way comes first."""
        if self._desk.trying:
            self._desk.stop_trial()
            return
        self._edited()
        if self._desk.changing:
            self._waits = True
        else:
            self._begin_trial()

    def _begin_trial(self) -> None:
        self._waits = False
        self._say("", "")
        self._desk.try_it(self.bench.engines.options)

    # Showing --------------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        desk = self._desk
        if self._waits and not desk.changing:
            self._begin_trial()
        spec = desk.spec
        text = OFF if not desk.on else NOT_YET if spec is None else ON.format(title=spec.title)
        self.state.setText(text)
        self.state.setAccessibleName(text)
        self.progress.setVisible(desk.trying)
        self.try_button.setText("Stop" if desk.trying else "Try it")
        self.try_button.setAccessibleName(self.try_button.text())
        self.key.setEnabled(not desk.key_is_given)
        self.key.setPlaceholderText(GIVEN if desk.key_is_given else KEEP if desk.has_key else NONE)
        self.forget.setEnabled(desk.has_key and not desk.key_is_given)

    def _said(self, sentence: str) -> None:
        if sentence:
            self._say(sentence, "")

    def _failed(self, error: LabBenchError) -> None:
        self._waits = False
        self.on.setChecked(self._desk.on)
        if self._sent and not self.key.text():  # it was not kept
            self.key.setText(self._sent)
        self._sent = ""
        self._say(f"{error.message} {error.hint}".strip(), "warning")

    def _say(self, text: str, role: str) -> None:
        self.says.setText(text)
        self.says.setAccessibleName(text or "News")
        set_role(self.says, role)
