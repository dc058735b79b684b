"""Connects the window's parts with the bench's state: one function for sound, one for views, one for words."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from shiboken6 import isValid

from labbench.core.timebase import clock_text
from labbench.live.messages import ClipSpotted, Interrupted, Spotted
from labbench.session.results import Results
from labbench.ui.marks import Mark
from labbench.ui.sounds.signal_view import LANE_LABELS
from labbench.ui.sounds.silence_watch import SilenceWatch
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.strings import HINT_EMPTY, HINT_LIVE
from labbench.ui.views.strip.links import near_misses_now
from labbench.wakeword.near_misses import NearMiss

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

LITTLE_ROOM_HOURS = 3.0


def connect_sound(window: MainWindow) -> None:
    bench, sound, toolbar, signal = window.bench, window.bench.sound, window.toolbar, window.signal
    toolbar.stop.connect(bench.stop)
    toolbar.play.connect(bench.play)
    toolbar.pause.connect(lambda: sound.pause(not sound.paused))
    toolbar.open_file.connect(window.asking.files)
    toolbar.export.connect(window.asking.export)
    toolbar.source_chosen.connect(bench.sources.choose)
    window.welcome.demo.connect(bench.use_demo)
    window.welcome.microphone.connect(bench.use_microphone)
    window.welcome.file.connect(window.asking.files)
    bench.sources.changed.connect(toolbar.set_sources)
    bench.sources.chosen.connect(toolbar.choose)
    sound.paused_changed.connect(toolbar.show_paused)

    def start(*, record: bool) -> None:
        if record and sound.running is not None:  # the box of sources may not even list what runs
            bench.record_now()
        elif toolbar.chosen is not None:
            bench.start(toolbar.chosen.spec, record=record)

    toolbar.record.connect(lambda: start(record=True))
    toolbar.listen.connect(lambda: start(record=False))

    waiting: list[bool] = [False]
    running: list[object] = [None]

    def running_changed(spec: object, opening: bool) -> None:
        recording = sound.recording_to is not None
        # A device may take a second until its first sound: nobody must speak before that.
        waiting[0] = sound.running is not None and sound.view.frames == 0
        running[0] = spec
        if opening:
            window.notice.hide()  # what it told was about other sound
        recording = recording and not waiting[0]
        toolbar.show_running(spec, opening=opening or waiting[0], recording=recording)  # type: ignore[arg-type]
        playing_changed()

    def playing_changed(*_: object) -> None:
        possible = bench.shown.recording is not None and not bench.busy
        toolbar.show_playing(bench.playback.playing, possible)

    def room() -> str:
        """For how long the disk has room, once that is not for ever."""
        to = sound.recording_to
        if to is None:
            return ""
        try:
            hours = shutil.disk_usage(to.parent).free / (2 * sound.view.rate * 3600)
        except OSError:
            return ""
        return f"disk full in {hours * 60:.0f} min" if hours < LITTLE_ROOM_HOURS else f"room for {hours:.0f} h"

    left = [""]

    def advanced(loudest: float) -> None:
        if waiting[0] and sound.view.frames > 0:
            running_changed(running[0], False)
        bench.axis.grow(sound.seconds)
        signal.refresh()
        window.strip.refresh()
        if not left[0] or int(sound.seconds * 60) % 600 == 0:
            left[0] = room()
        toolbar.show_level(loudest, sound.seconds, left[0])

    def opened(_: object) -> None:
        left[0] = room()
        toolbar.stop_button.setFocus()

    def closed(_: object) -> None:
        toolbar.time.setText(clock_text(sound.seconds))
        toolbar.room.setText("")
        toolbar.room.hide()
        signal.refresh()
        window.strip.refresh()
        if window.focusWidget() in (toolbar.stop_button, toolbar.open_button):  # Stop had it, and is disabled now
            toolbar.record_button.setFocus()

    SilenceWatch(bench)
    undone = [0, 0]

    def undo_moved(index: int) -> None:
        if not (isValid(window.notice) and isValid(bench.undo)):  # the stack tells of its own end
            return
        count = bench.undo.count()
        if index < undone[0] and count == undone[1]:  # else it could not be undone, and the notice says why
            window.notice.hide()  # what it told is no longer so
        undone[:] = index, count

    bench.undo.indexChanged.connect(undo_moved)
    bench.running_changed.connect(running_changed)
    bench.playback.playing_changed.connect(playing_changed)
    bench.shown.shown.connect(playing_changed)
    sound.opened.connect(opened)
    sound.advanced.connect(advanced)
    sound.closed.connect(closed)


def connect_views(window: MainWindow) -> None:
    bench, signal, bar = window.bench, window.signal, window.selection

    def begin(view: ViewedSound) -> None:
        something = view.frames > 0 or bench.sound.running is not None
        window.sound_stack.setCurrentWidget(window.views if something else window.welcome)
        signal.begin(view)
        window.strip.clear()
        window.transcripts.a.clear()
        window.transcripts.b.clear()
        window.toolbar.time.setText(clock_text(view.seconds))

    def shown(_: object) -> None:
        if bench.shown.view is not signal.sound:
            signal.use(bench.shown.view)
        recording = bench.shown.recording
        if recording is not None:
            signal.show_interruptions(recording.marks)
        if window.focusWidget() in (None, window.toolbar.record_button) and window.isActiveWindow():
            signal.setFocus()  # so that Space plays and arrows move, and Return does not record

    def interrupted(event: Interrupted) -> None:
        signal.add_interruption(event.interruption)

    def labels_changed() -> None:
        labels = bench.keeping.labels
        signal.show_labels([Mark(label.text or "·", label.start, label.end, tip=label.text) for label in labels])

    def open_mark(lane: int, mark: Mark) -> None:
        """A label is edited; a word is selected by now, and is played."""
        if lane == LANE_LABELS:
            drawn = signal.lanes.marks(lane)
            window.asking.edit_label(bench.keeping.labels[drawn.index(mark)])
        elif bench.axis.selection is not None:
            bench.play()

    def hinted(sentence: str) -> None:
        """Where something is told already, that stays: it may matter more."""
        if window.notice.isVisible():
            bench.notices.status.emit(sentence)
        else:
            window.notice.tell(sentence)

    def restored(known: Results) -> None:
        if known.view is not None:
            window.menus.use_spectrogram(known.view.spectrogram)

    def speed_chosen(speed: float) -> None:
        bench.playback.speed = speed
        bench.keep_settings()

    signal.lanes.opened.connect(open_mark)
    bench.reading.hinted.connect(hinted)
    bench.sound_changed.connect(begin)
    bench.shown.shown.connect(shown)
    bench.shown.view_changed.connect(lambda: signal.use(bench.shown.view))
    bench.sound.interrupted.connect(interrupted)
    bench.keeping.labels_changed.connect(labels_changed)
    bench.keeping.restored.connect(restored)
    bench.axis.selection_changed.connect(bar.show_selection)
    bench.selection.measured.connect(lambda found: bar.show_figures(bench.axis.selection, found))
    signal.play_asked.connect(bench.play)
    bar.speed_chosen.connect(speed_chosen)
    bar.transcribe.connect(bench.selection.transcribe)
    bar.use_as_take.connect(lambda: bench.words.take_selection(window.words.target))
    bar.label_it.connect(window.asking.label_selection)
    bar.export.connect(window.asking.export_selection)
    bar.show_speed(bench.playback.speed)


def connect_words(window: MainWindow) -> None:
    bench, panel, strip = window.bench, window.words, window.strip
    teaching, scores = bench.teaching, bench.scores

    def colour(name: str) -> str:
        names = [word for word, _ in scores.words or teaching.live_words]
        return window.theme.word(names.index(name)) if name in names else window.theme.muted

    def near(miss: NearMiss) -> Mark:
        tip = f"Nearly “{miss.word}”: distance {miss.distance:.2f}, its threshold is {miss.threshold:.2f}"
        return Mark(miss.word, max(0.0, miss.at_s - 0.8), miss.at_s, colour=colour(miss.word), hollow=True, tip=tip)

    def show_detections() -> None:
        found = [
            Mark(
                one.word,
                one.start,
                one.end,
                colour=colour(one.word),
                tip=f"“{one.word}” was recognised: distance {one.distance:.2f}, its threshold is {one.threshold:.2f}",
            )
            for one in scores.detections
        ]
        misses = [near(miss) for miss in near_misses_now(bench)]
        window.signal.show_detections(sorted([*found, *misses], key=lambda mark: mark.start))

    def words_changed() -> None:
        words = teaching.live_words
        if bench.busy or not scores.frames or [name for name, _ in words] == [n for n, _ in scores.words]:
            strip.set_words(words)
        window.strip_view.say(HINT_LIVE if words else HINT_EMPTY)
        window.signal.expect_words(bool(words))

    def spotted(event: Spotted) -> None:
        strip.add(event.frame, event.detections)

    def draw_scores() -> None:
        strip.set_words(scores.words or teaching.live_words)
        strip.show_all(scores.hops.index, scores.hops.distances, scores.detections, scores.hops.muted)
        show_detections()

    def clip_spotted(_: ClipSpotted) -> None:
        draw_scores()

    def decided_anew() -> None:
        strip.set_words(scores.words)
        strip.mark_only(scores.detections)
        show_detections()

    panel.record_take.connect(lambda word: bench.words.record_take(word))
    panel.files_asked.connect(window.asking.takes)
    panel.takes_asked.connect(window.asking.takes_of)
    panel.coach_asked.connect(window.asking.coach)
    panel.method_asked.connect(window.asking.method)
    panel.room_asked.connect(window.asking.room)
    panel.demo_asked.connect(bench.words.teach_demo)
    panel.play_take.connect(bench.words.play_take)
    teaching.words_changed.connect(words_changed)
    teaching.take_added.connect(lambda name, _: panel.show_word(name))
    scores.spotted.connect(spotted)
    scores.detected.connect(lambda _: show_detections())
    scores.clip_spotted.connect(clip_spotted)
    scores.shown.connect(draw_scores)
    scores.decided_anew.connect(decided_anew)
    bench.sound.closed.connect(lambda _: show_detections())
    teaching.ear.released.connect(show_detections)
    strip.threshold_dragged.connect(teaching.drag_threshold)
    strip.threshold_dropped.connect(teaching.ear.let_go)
    strip.smoothing.setChecked(bench.settings.smoothed)
    strip.smoothing.toggled.connect(lambda on: bench.keep_settings(smoothed=on))
    bench.theme_changed.connect(lambda _: show_detections())
    words_changed()
