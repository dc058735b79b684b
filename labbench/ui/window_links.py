"""Connects the window's parts with the bench's state: one function for sound, one for transcription, one for words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labbench.audio.source import DeviceSpec, FileSpec, SourceSpec
from labbench.core.timebase import clock_text
from labbench.live.messages import ClipSpotted, Spotted
from labbench.live.transcriber import LiveUpdate
from labbench.transcript.types import Transcript, Word
from labbench.ui.lanes import Mark
from labbench.ui.signal_view import LANE_A, LANE_B
from labbench.ui.strings import HINT_EMPTY, HINT_LIVE
from labbench.ui.transcribing import EngineSlot
from labbench.ui.transcript_panel import EngineColumn

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow


def connect_sound(window: MainWindow) -> None:
    bench, sound, toolbar, signal, strip = (
        window.bench,
        window.bench.sound,
        window.toolbar,
        window.signal,
        window.strip,
    )
    toolbar.stop.connect(bench.stop)
    toolbar.open_file.connect(window.ask_for_file)
    window.welcome.demo.connect(bench.use_demo)
    window.welcome.microphone.connect(bench.use_microphone)
    window.welcome.file.connect(window.ask_for_file)
    bench.sources_changed.connect(toolbar.set_sources)
    bench.source_chosen.connect(toolbar.choose)
    bench.running_changed.connect(lambda spec, opening: toolbar.show_running(spec, opening=opening))
    bench.status_changed.connect(window.status.setText)

    def record() -> None:
        if toolbar.chosen is not None:
            bench.start(toolbar.chosen.spec)

    toolbar.record.connect(record)

    def begin() -> None:
        window.sound_stack.setCurrentWidget(signal)
        window.notice.hide()
        signal.begin(sound.envelope, sound.rate)
        strip.clear()
        window.transcripts.a.clear()
        window.transcripts.b.clear()

    def opened(_: object) -> None:
        begin()
        toolbar.stop_button.setFocus()

    def shown(_: object) -> None:
        begin()
        signal.end()
        toolbar.time.setText(clock_text(sound.seconds))

    def advanced(loudest: float) -> None:
        signal.refresh()
        strip.refresh()
        toolbar.show_level(loudest, sound.seconds)

    def closed(_: object) -> None:
        signal.refresh()
        signal.end()
        strip.refresh()
        if window.focusWidget() in (toolbar.stop_button, toolbar.open_button):  # Stop had it, and is disabled now
            toolbar.record_button.setFocus()

    sound.opened.connect(opened)
    sound.clip_shown.connect(shown)
    sound.advanced.connect(advanced)
    sound.closed.connect(closed)
    signal.range_changed.connect(strip.show_range)
    for view in (signal, strip):
        signal.cursor_moved.connect(view.show_cursor)


def connect_transcription(window: MainWindow) -> None:
    bench, panel = window.bench, window.transcripts
    _connect_engine(window, bench.engines.a, panel.a, LANE_A)
    _connect_engine(window, bench.engines.b, panel.b, LANE_B)
    panel.get_tiny.connect(bench.engines.get_tiny)
    panel.choose_file.connect(window.ask_for_checkpoint)
    panel.stop_download.clicked.connect(bench.engines.stop_download)
    bench.engines.download_changed.connect(panel.show_download)


def _connect_engine(window: MainWindow, engine: EngineSlot, column: EngineColumn, lane: int) -> None:
    bench, lanes = window.bench, window.signal.lanes

    def live(update: LiveUpdate) -> None:
        column.show_live(update)
        lanes.show_marks(lane, _marks(update.text.words))

    def transcribed(transcript: Transcript) -> None:
        column.show_transcript(transcript)
        lanes.show_marks(lane, _marks(transcript.words))

    def offer() -> None:
        specs = bench.engines.specs_for(engine)
        column.set_choices(specs, engine.spec)
        lanes.rename(lane, "Whisper" if engine.spec.is_whisper else "Moonshine")

    column.chosen.connect(engine.choose)
    column.cancel_asked.connect(engine.cancel)
    engine.chosen.connect(lambda _: offer())
    bench.engines.changed.connect(offer)
    engine.live_text.connect(live)
    engine.transcribed.connect(transcribed)
    engine.progressed.connect(column.show_progress)
    engine.state_changed.connect(column.set_state)
    offer()


def _marks(words: Sequence[Word]) -> list[Mark]:
    return [Mark(word.text, word.start, word.end, faint=not word.settled) for word in words]


def connect_words(window: MainWindow) -> None:
    bench, teaching, panel, strip, signal = (
        window.bench,
        window.bench.teaching,
        window.words,
        window.strip,
        window.signal,
    )

    def chosen_source() -> SourceSpec:
        """What a take is heard from: the chosen microphone, or any; a clip only where there is none."""
        choice = window.toolbar.chosen
        if choice is None or (isinstance(choice.spec, FileSpec) and bench.has_microphone):
            return DeviceSpec()
        return choice.spec

    def colour(name: str) -> str:
        names = [word for word, _ in teaching.live_words]
        return window.theme.word(names.index(name)) if name in names else window.theme.muted

    def show_detections() -> None:
        signal.show_detections(
            [Mark(found.word, found.start, found.end, colour=colour(found.word)) for found in teaching.detections]
        )

    def words_changed() -> None:
        words = teaching.live_words
        strip.set_words(words)
        window.distance_hint.setText(HINT_LIVE if words else HINT_EMPTY)

    def spotted(event: Spotted) -> None:
        strip.add(event.frame, event.detections)

    def clip_spotted(event: ClipSpotted) -> None:
        strip.clear()
        for frame in event.frames:
            strip.add(frame)
        strip.mark(event.detections)
        strip.refresh()
        show_detections()

    def decided_anew() -> None:
        strip.mark_only(teaching.detections)
        show_detections()

    panel.record_take.connect(lambda word: bench.record_take(word, chosen_source()))
    panel.files_asked.connect(window.ask_for_takes)
    panel.demo_asked.connect(bench.teach_demo)
    teaching.words_changed.connect(words_changed)
    teaching.take_added.connect(lambda name, _: panel.show_word(name))
    teaching.spotted.connect(spotted)
    teaching.detected.connect(lambda _: show_detections())
    teaching.clip_spotted.connect(clip_spotted)
    teaching.decided_anew.connect(decided_anew)
    strip.threshold_dragged.connect(teaching.set_threshold)
    bench.theme_changed.connect(lambda _: show_detections())
