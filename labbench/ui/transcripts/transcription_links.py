"""Connects the transcript panel and the lanes of words with the two engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from labbench.core.progress import Progress
from labbench.live.transcriber import LiveUpdate
from labbench.transcript.compare import ErrorRates
from labbench.transcript.engine import Partial
from labbench.transcript.types import Skipped, Transcript, Word
from labbench.ui.latest import Latest
from labbench.ui.marks import Mark
from labbench.ui.sounds.signal_view import LANE_A, LANE_B
from labbench.ui.transcripts.aligned_links import connect_alignment
from labbench.ui.transcripts.block_links import connect_blocking
from labbench.ui.transcripts.comparing import LITTLE
from labbench.ui.transcripts.no_whisper_links import connect_no_whisper
from labbench.ui.transcripts.transcribing import EngineSlot
from labbench.ui.transcripts.transcript_panel import EngineColumn
from labbench.ui.widgets import named

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow


def connect_transcription(window: MainWindow) -> None:
    bench, panel = window.bench, window.transcripts
    _connect_engine(window, bench.engines.a, panel.a, LANE_A)
    _connect_engine(window, bench.engines.b, panel.b, LANE_B)
    connect_alignment(window, partial(_choose, window), partial(_play, window), partial(_ask, window))
    connect_blocking(window)
    connect_no_whisper(panel.no_whisper, bench.engines, window.asking.import_whisper)
    panel.models_asked.connect(window.asking.models)


def _connect_engine(window: MainWindow, engine: EngineSlot, column: EngineColumn, lane: int) -> None:
    bench, lanes = window.bench, window.signal.lanes

    def name() -> str:
        spec = engine.spec
        return "Server" if spec.is_remote else "Whisper" if spec.is_whisper or spec.is_missing else "Moonshine"

    def show(words: Sequence[Word], skipped: Sequence[Skipped] = ()) -> None:
        lanes.show_marks(lane, marks_of(words, name()))
        lanes.show_skipped(lane, skipped_marks(skipped, name()))

    def live(update: LiveUpdate) -> None:
        column.show_live(update)
        show(update.text.words)

    def transcribed(transcript: Transcript | None) -> None:
        if transcript is None:
            column.clear()
            show(())
            return
        column.show_transcript(transcript)
        show(transcript.words, transcript.skipped)

    def progressed(progress: Progress) -> None:
        column.show_progress(progress)
        if isinstance(progress, Partial) and progress.transcript is not None:
            column.show_text(progress.transcript)
            show(progress.transcript.words, progress.transcript.skipped)

    def offer() -> None:
        specs = bench.engines.specs_for(engine)
        column.set_choices(specs, engine.spec)
        lanes.rename(lane, name())

    def keep_to(code: str | None) -> None:
        bench.engines.set_options(replace(bench.engines.options, language=code))
        bench.keep_settings()

    def show_kept() -> None:
        """Only where there is another language that it could read."""
        spec, info = engine.spec, bench.engines.info(engine)
        many = (spec.is_whisper or spec.is_remote) and (info is None or len(info.languages) != 1)
        column.languages.show_kept(engine.language if many else None)

    def compare() -> None:
        """How far the text is from what was really said, where that is known."""
        transcript, reference = engine.transcript, bench.reference.transcript

        def work() -> ErrorRates | None:
            return bench.reference.rates(transcript, reference) if transcript is not None else None

        def show(rates: ErrorRates | None) -> None:
            column.show_errors(rates, reference.words if reference is not None else ())

        many = reference is not None and len(reference.words) > LITTLE
        latest.ask(work, show, little=not many)

    latest = Latest(bench.jobs, "Counting errors", bench.notices.error.emit)
    column.languages.kept.connect(keep_to)
    column.languages.released.connect(lambda: keep_to(None))
    engine.language_changed.connect(show_kept)
    engine.chosen.connect(lambda _: show_kept())
    bench.engines.loaded.connect(lambda slot, _: show_kept() if slot is engine else None)
    window.find_bar.found.connect(column.text.mark_found)
    column.text.word_chosen.connect(partial(_choose, window))
    column.text.word_played.connect(partial(_play, window))
    column.text.word_menu.connect(partial(_ask, window, engine))
    column.chosen.connect(engine.choose)
    column.cancel_asked.connect(engine.stop)
    column.go_on_asked.connect(lambda: engine.go_on(bench.shown.samples))
    engine.chosen.connect(lambda _: offer())
    bench.engines.changed.connect(offer)
    bench.engines.loaded.connect(lambda slot, info: column.show_info(info) if slot is engine else None)
    engine.live_text.connect(live)
    engine.transcribed.connect(transcribed)
    engine.restored.connect(transcribed)
    engine.progressed.connect(progressed)
    engine.state_changed.connect(column.set_state)
    engine.transcribed.connect(lambda _: compare())
    engine.restored.connect(lambda _: compare())
    bench.keeping.reference_changed.connect(compare)
    offer()
    show_kept()


def _choose(window: MainWindow, word: Word) -> None:
    window.bench.axis.place_cursor(word.start)
    window.bench.axis.select((word.start, word.end))


def _play(window: MainWindow, word: Word) -> None:
    _choose(window, word)
    window.bench.play()


def _ask(window: MainWindow, engine: EngineSlot, word: Word, at: QPoint) -> None:
    """What can be done with a word, as a menu."""
    _choose(window, word)
    menu = named(QMenu(window), "wordMenu", f"“{word.text}”")
    for text, name, act in (
        ("&Play", "wordPlay", window.bench.play),
        ("&Transcribe it again", "wordTranscribe", window.bench.selection.transcribe),
        ("&Use as a take", "wordTake", window.selection.use_as_take.emit),
        ("&Label…", "wordLabel", window.asking.label_selection),
        ("&Correct…", "wordCorrect", lambda: window.asking.correction(engine, word)),
    ):
        menu.addAction(text, act).setObjectName(name)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(at)


def marks_of(words: Sequence[Word], engine: str) -> list[Mark]:
    """Words as marks on the time axis, with what the engine thinks of each where it says so."""
    tell = {exact: partial(_tip, engine, "" if exact else "about ") for exact in (True, False)}
    return [
        Mark(
            word.text,
            word.start,
            word.end,
            faint=not word.settled,
            confidence=word.probability if word.settled else None,
            tell=tell[word.exact],
        )
        for word in words
    ]


def skipped_marks(skipped: Sequence[Skipped], engine: str) -> list[Mark]:
    """What an engine was not given, with the reason."""
    return [
        Mark(one.reason, one.start, one.end, tip=f"{engine} skipped {one.start:.1f} to {one.end:.1f} s: {one.reason}.")
        for one in skipped
    ]


def _tip(engine: str, about: str, mark: Mark) -> str:
    text = f"{engine}: “{mark.text}”, {about}{mark.start:.2f} to {mark.end:.2f} s"
    return text if mark.confidence is None else f"{text}. Its own estimate that this is right: {mark.confidence:.0%}"
