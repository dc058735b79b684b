"""The two engines side by side: a row above each text, and one below it only where there is something to tell."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from labbench.core.progress import Progress
from labbench.live.transcriber import LiveUpdate
from labbench.models.engines import EngineSpec
from labbench.transcript.compare import ErrorRates
from labbench.transcript.engine import EngineInfo
from labbench.transcript.types import Transcript, Word
from labbench.ui.theme import Theme
from labbench.ui.transcripts.aligned_pane import AlignedPane
from labbench.ui.transcripts.comparing import FIGURES_TIP, Comparison, Figures
from labbench.ui.transcripts.knows_line import KnowsLine
from labbench.ui.transcripts.language_bars import LanguageBars
from labbench.ui.transcripts.no_whisper import NoWhisper
from labbench.ui.transcripts.transcribing import EngineState
from labbench.ui.transcripts.transcript_looks import LINE
from labbench.ui.transcripts.transcript_text import TranscriptText
from labbench.ui.widgets import ElidedLabel, Panel, button, named

LAG_SHOWN_SECONDS = 1.5
LEAST_LINES, LEAST_LINES_COMPACT = 5, 2
"""Of a transcript, however little room there is: with fewer it had better make way altogether."""


class EngineColumn(QWidget):
    """One engine. `chosen` gives the specification that was picked in its box."""

    chosen = Signal(object)
    cancel_asked = Signal()
    go_on_asked = Signal()

    def __init__(self, slot: str, spoken: str, theme: Theme) -> None:
        super().__init__()
        named(self, f"engine{slot}", spoken)
        self._theme = theme
        self._specs: list[EngineSpec] = []
        self._words: tuple[str, str] = ("", "")
        self._transcript: Transcript | None = None
        self._result = self._short = ""
        self.choice = named(QComboBox(), f"engine{slot}Choice", f"{spoken}: model")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.activated.connect(self._activated)
        self.state = named(ElidedLabel("", "muted"), f"engine{slot}State", f"{spoken}: state")
        self.cancel = button("Stop", f"engine{slot}Cancel", "Stop this transcription; the text so far stays", "quiet")
        self.cancel.clicked.connect(self.cancel_asked)
        self.cancel.hide()
        self.go_on = button("Go on", f"engine{slot}GoOn", "Transcribe the rest of the sound", "quiet")
        self.go_on.clicked.connect(self.go_on_asked)
        self.go_on.hide()
        self.text = named(TranscriptText(theme), f"engine{slot}Text", f"{spoken}: transcript")
        self.set_compact(False)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.languages = LanguageBars(slot, spoken, theme)
        self.figures = named(ElidedLabel("", "muted"), f"engine{slot}Figures", f"{spoken}: how it did")
        self.figures.explain(FIGURES_TIP)
        self.figures.hide()
        self.progress = named(QProgressBar(), f"engine{slot}Progress", f"{spoken}: progress")
        self.progress.setTextVisible(False)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()
        self.knows = named(KnowsLine(), f"engine{slot}Knows", f"{spoken}: what it knows")
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.choice)
        self.head.addWidget(self.state, 1)
        self.head.addWidget(self.cancel)
        self.head.addWidget(self.go_on)
        foot = QHBoxLayout()
        foot.setSpacing(16)
        for part in (self.figures, self.languages):
            foot.addWidget(part, 1)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self.head)
        column.addWidget(self.progress)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        column.addWidget(self.knows)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.text.set_theme(theme)
        self.languages.set_theme(theme)
        self._render()

    def set_compact(self, compact: bool) -> None:
        """Fewer lines are kept for the text on a small screen."""
        self.text.setMinimumHeight(self._theme.size(LINE) * (LEAST_LINES_COMPACT if compact else LEAST_LINES))

    def set_comparing(self, comparing: bool) -> None:
        """Its text stands beside the other's then, below both; here is how it did."""
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(not comparing)  # the words need the room
        self.progress.setSizePolicy(policy)
        self.text.setVisible(not comparing)
        self.languages.set_wanted(not comparing)
        self.figures.setVisible(comparing)

    def show_comparison(self, figures: Figures) -> None:
        """Error rates, speed, time to the first text and memory, as far as they are known."""
        self.figures.setText(figures.text)

    def show_figures(self, visible: bool) -> None:
        """Whether Whisper's own measures head each segment."""
        self.text.details = visible
        self._render()

    def set_choices(self, specs: Sequence[EngineSpec], current: EngineSpec) -> None:
        """The models that can be chosen, with the one in use."""
        self._specs = list(specs)
        self.choice.clear()
        for spec in specs:
            self.choice.addItem(spec.title)
            self.choice.setItemData(self.choice.count() - 1, spec.knows, Qt.ItemDataRole.ToolTipRole)
        self.choice.setCurrentIndex(self._specs.index(current))
        self.knows.show_spec(current)
        self.choice.setToolTip(self.knows.about)
        self._render()

    def show_info(self, info: EngineInfo | None) -> None:
        """What the engine says of itself once it is loaded: where it runs."""
        self.knows.show_info(info)
        self.choice.setToolTip(self.knows.about)

    def clear(self) -> None:
        """A new sound: nothing has been said yet."""
        self._words, self._result, self._short, self._transcript = ("", ""), "", "", None
        self.state.setText("")
        self.go_on.hide()
        self.languages.show_languages(())
        self._render()

    def show_live(self, update: LiveUpdate) -> None:
        """Text so far: settled as it is, provisional in grey."""
        self._words, self._transcript = (update.text.settled, update.text.between + update.text.provisional), None
        behind = update.lag > LAG_SHOWN_SECONDS
        self.state.setText(f"{update.lag:.0f} s behind" if behind else "listening")
        self.knows.show_pace(update.text.notice)
        self._render()

    def show_transcript(self, transcript: Transcript) -> None:
        factor = transcript.real_time_factor
        speed = f", {1 / factor:.0f}× speed" if 0 < factor < 0.67 else ""
        self._result = f"{transcript.took:.1f} s{speed}" if transcript.text else "no speech found"
        self._short = (f"{transcript.took:.1f} s" if speed else "") if transcript.text else "no speech"
        if transcript.heard is not None:
            self._result, self._short = f"stopped at {transcript.heard:.0f} s", ""
        if transcript.scrubbed:
            self._result += f", {transcript.scrubbed} blocked"
        self.go_on.setVisible(transcript.heard is not None)
        self.knows.show_pace("")
        self.state.setText(self._result, self._short)
        self.state.setAccessibleDescription("Computing time, and how many times as fast as the sound lasts")
        self.show_text(transcript)

    def show_text(self, transcript: Transcript) -> None:
        """What has been found so far."""
        self.languages.show_languages(transcript.languages)
        self._words, self._transcript = (transcript.text, ""), transcript
        self._render()

    def show_errors(self, rates: ErrorRates | None, reference: Sequence[Word]) -> None:
        """How far the text is from what was really said, in figures and word by word; None where that is not known."""
        self.text.reference = tuple(reference)
        if self._transcript is None:
            return
        told, short = self._result, self._short
        if rates is not None and rates.word_error_rate is not None:
            wrong = rates.substitutions + rates.deletions + rates.insertions
            told = f"{wrong} of {rates.words} wrong ({rates.word_error_rate:.0%})"
            short = f"{rates.word_error_rate:.0%} wrong"
            self.state.setToolTip(
                f"{wrong} of {rates.words} words are wrong. Word error rate {rates.word_error_rate:.1%}, "
                f"letters {rates.character_error_rate or 0:.1%}: "
                f"{rates.substitutions} changed, {rates.deletions} missing, {rates.insertions} too many. {self._result}"
            )
        self.state.setText(told, short)
        self._render()

    def show_progress(self, progress: Progress) -> None:
        if progress.total:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * progress.done / progress.total))
        self.state.setText(progress.note or f"{progress.done:.0f} s of {progress.total or 0:.0f} s")

    def set_state(self, state: EngineState) -> None:
        """Idle, listening (no end to be foreseen, so no bar) or transcribing."""
        self.progress.setVisible(state is EngineState.TRANSCRIBING)
        self.cancel.setVisible(state is EngineState.TRANSCRIBING)
        if state is not EngineState.IDLE:
            self.go_on.hide()
        self.progress.setRange(0, 0)
        if state is EngineState.LISTENING:
            self.state.setText("getting ready")
        elif state is EngineState.TRANSCRIBING:
            self.state.setText("reading all of it")
        elif self.state.text() != self._result:
            self.state.setText("")

    def copy_text(self) -> None:
        """All words shown, as plain text."""
        QGuiApplication.clipboard().setText(self.shown_text)

    @property
    def shown_text(self) -> str:
        """All words shown, settled and provisional."""
        return "".join(self._words)

    def _render(self) -> None:
        if self._transcript is not None and any(segment.text.strip() for segment in self._transcript.segments):
            self.text.show_transcript(self._transcript)
        elif any(self._words):
            self.text.show_words(*self._words)
        else:
            index = self.choice.currentIndex()
            self.text.show_note(self._specs[index].details if 0 <= index < len(self._specs) else "")

    def _activated(self, index: int) -> None:
        self.chosen.emit(self._specs[index])


class TranscriptPanel(Panel):
    """Engine A, which is Whisper, and engine B. Under A, where it has no weights: how to get them."""

    models_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("Transcribe", "transcribe")
        self.title.hide()  # each column is headed by the name of its model
        self.setAccessibleDescription(
            "Two speech-to-text models read the same sound side by side. Grey words may still change."
        )
        self.a = EngineColumn("A", "Engine A, Whisper", theme)
        self.b = EngineColumn("B", "Engine B", theme)
        about = "Other Whisper models: larger ones make fewer mistakes and take longer (Ctrl+Shift+M)"
        self.models = button("Get…", "getModels", about, "quiet")
        self.models.setAccessibleName("Get other models")
        self.models.clicked.connect(self.models_asked)
        self.a.head.addWidget(self.models)
        about = "Show both texts under each other, and what differs (Ctrl+B)"
        self.compare = button("Compare", "compareSwitch", about, "quiet")
        self.compare.setCheckable(True)
        self.b.head.addWidget(self.compare)
        self.no_whisper = NoWhisper(theme)
        self.a.column.addWidget(self.no_whisper)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addWidget(self.a, 1)
        row.addWidget(self.b, 1)
        self.aligned = AlignedPane(theme)
        self.aligned.hide()
        self.body.addLayout(row, 1)
        self.body.addWidget(self.aligned, 1)
        self._row, self._compact = row, False

    def set_compact(self, compact: bool) -> None:
        """On a small screen the line that sums up a comparison is left out."""
        self._compact = compact
        for column in (self.a, self.b):
            column.set_compact(compact)
        self.set_comparing(not self.aligned.isHidden())

    def set_comparing(self, comparing: bool) -> None:
        """Both texts under each other, word by word, or each by itself."""
        self.aligned.setVisible(comparing)
        self.aligned.sum.setVisible(not self._compact)
        self.body.setStretchFactor(self._row, 0 if comparing else 1)
        for column in (self.a, self.b):
            column.set_comparing(comparing)

    def show_comparison(self, comparison: Comparison) -> None:
        """What is compared now."""
        self.aligned.show_comparison(comparison)
        for column, figures in zip((self.a, self.b), comparison.figures, strict=True):
            column.show_comparison(figures)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.a, self.b, self.aligned):
            part.set_theme(theme)
