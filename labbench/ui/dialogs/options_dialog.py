"""How Whisper transcribes: all of its options, each with a word on what it does. Changes apply to the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker
from PySide6.QtWidgets import QComboBox, QLineEdit, QScrollArea, QWidget

from labbench.core.errors import LabBenchError
from labbench.transcript.engine import Options
from labbench.transcript.option_table import SETTINGS, Setting, with_settings
from labbench.ui.dialogs.base import BenchDialog, Form
from labbench.ui.dialogs.block_section import BlockSection
from labbench.ui.widgets import button, label, named, set_role

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

SECTIONS = (
    ("What is written", ("task", "initial_prompt", "carry_initial_prompt", "condition_on_previous_text", "word_times")),
    (
        "How it is searched",
        ("precision", "temperatures", "beam_size", "best_of", "patience", "length_penalty", "most_tokens"),
    ),
    (
        "What is doubted",
        (
            "voice_gate",
            "no_speech_threshold",
            "log_probability_threshold",
            "compression_ratio_threshold",
            "hallucination_silence_seconds",
        ),
    ),
    ("Details", ("clips", "suppress_tokens", "prepend_punctuation", "append_punctuation")),
)
EXPLAIN = "Point at an option to read what it does. Of these, Moonshine has the voice gate alone."


class OptionsDialog(BenchDialog):
    """Shows what holds now; what can't be used is told below and changes nothing."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, "optionsDialog", "Transcription options", (620, 640))
        self.add_heading(
            "Transcription options", "As in openai-whisper's own program. They apply from the next transcription on."
        )
        self._fields: dict[str, QComboBox | QLineEdit] = {}
        self._settings = {setting.name: setting for setting in SETTINGS}
        form = Form()
        form.setContentsMargins(0, 0, 12, 0)
        for title, names in SECTIONS:
            form.add_section(title)
            for name in names:
                form.add_row(self._settings[name].title, self._field(self._settings[name]))
        self.blocking = BlockSection(window.bench.preferences.blocking, form, window.theme, self)
        self.blocking.told.connect(lambda text, wrong: self._tell(text, wrong=wrong))
        inside = QWidget()
        inside.setLayout(form)
        scroll = named(QScrollArea(), "optionsScroll", "All options")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        self.body.addWidget(scroll, 1)
        self.says = named(label(EXPLAIN, "muted", wrap=True), "optionSays", "What the option does")
        self.says.setMinimumHeight(window.theme.size(52))
        self.body.addWidget(self.says)
        for field in (*self._fields.values(), self.blocking.blocked, self.blocking.which):
            field.installEventFilter(self)
        reset = button("Whisper's defaults", "optionsReset", "Everything as in openai-whisper's own program")
        reset.clicked.connect(self._reset)
        self.end_with(reset, None)
        self._show_values()
        self._fields["task"].setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.Enter) and isinstance(watched, QWidget):
            self._tell(watched.toolTip())
        if watched is self.blocking.blocked and event.type() == QEvent.Type.FocusOut:
            self.blocking.use()
        return super().eventFilter(watched, event)

    def done(self, result: int) -> None:
        """A block-list that was just written counts also where Esc closes the dialog."""
        self.blocking.use()
        super().done(result)

    def _field(self, setting: Setting) -> QComboBox | QLineEdit:
        name = f"option-{setting.name}"
        if setting.kind in ("choice", "flag"):
            box = named(QComboBox(), name, setting.title)
            box.addItems(setting.choices or ("yes", "no"))
            box.activated.connect(lambda _: self._use(setting, box.currentText()))
            field: QComboBox | QLineEdit = box
        else:
            line = named(QLineEdit(), name, setting.title)
            line.setPlaceholderText("none" if setting.kind in ("text", "numbers") else "off")
            line.editingFinished.connect(lambda: self._use(setting, line.text()))
            field = line
        field.setToolTip(setting.says)
        self._fields[setting.name] = field
        return field

    # What holds now -----------------------------------------------------------------------------------------------

    @property
    def _options(self) -> Options:
        return self.bench.engines.options

    def _show_values(self) -> None:
        for name, field in self._fields.items():
            text = self._settings[name].text(getattr(self._options, name))
            with QSignalBlocker(field):
                if isinstance(field, QComboBox):
                    field.setCurrentText(text)
                else:
                    field.setText(text)

    # Changes ------------------------------------------------------------------------------------------------------

    def _use(self, setting: Setting, text: str) -> None:
        self._change(lambda: {setting.name: setting.parse(text)})

    def _change(self, values: Any) -> None:
        try:
            options = with_settings(self._options, values())
        except LabBenchError as error:
            self._tell(f"{error.message} {error.hint}", wrong=True)
            return
        if options != self._options:
            self.bench.engines.set_options(options)
            self.bench.keep_settings()
        self._show_values()

    def _reset(self) -> None:
        kept = {"language": self._options.language, "blocked": self._options.blocked}
        self._change(lambda: {setting.name: setting.default for setting in SETTINGS} | kept)
        self._tell(EXPLAIN)

    def _tell(self, text: str, *, wrong: bool = False) -> None:
        self.says.setText(text or EXPLAIN)
        set_role(self.says, "bad" if wrong else "muted")
