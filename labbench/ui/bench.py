"""What the window can do: sound, two engines and wake words brought together. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from labbench.audio.source import FileSpec, SourceSpec
from labbench.core.errors import LabBenchError
from labbench.jobs.runner import JobRunner
from labbench.live.messages import Closed, Opened
from labbench.session.recordings import Recording
from labbench.session.settings import Settings
from labbench.ui.anomaly.desk import AnomalyDesk
from labbench.ui.file_queue import FileQueue
from labbench.ui.notices import Notices
from labbench.ui.preferences import Preferences
from labbench.ui.sessions.keeping import Keeping
from labbench.ui.sessions.session_desk import SessionDesk
from labbench.ui.sessions.session_tasks import SessionTasks
from labbench.ui.sounds.label_desk import LabelDesk
from labbench.ui.sounds.playback import Playback
from labbench.ui.sounds.selection import Selection
from labbench.ui.sounds.shown_playback import play_shown
from labbench.ui.sounds.shown_sound import ShownSound
from labbench.ui.sounds.sound import Sound
from labbench.ui.sounds.source_list import SourceList
from labbench.ui.sounds.sources import demo_source
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.time_axis import TimeAxis
from labbench.ui.tools import Tools
from labbench.ui.transcripts.engine_shelf import EngineShelf
from labbench.ui.transcripts.reading import Reading
from labbench.ui.transcripts.reference_desk import ReferenceDesk
from labbench.ui.views.landmark_desk import LandmarkDesk
from labbench.ui.views.threshold.desk import ThresholdDesk
from labbench.ui.wakefulness import Wakefulness
from labbench.ui.words.scoring import Scoring
from labbench.ui.words.teaching import Teaching
from labbench.ui.words.word_desk import WordDesk


class Bench(QObject):
    """Main thread only. What there is to tell goes by way of `notices`."""

    running_changed = Signal(object, bool)
    sound_changed = Signal(object)
    theme_changed = Signal(object)

    def __init__(self, tools: Tools, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self.notices = Notices(self)
        self.jobs = JobRunner(self)
        self.undo = QUndoStack(self)
        self.axis = TimeAxis(self)
        self.desk = SessionDesk(tools.session, self.jobs, self.notices, self)
        self.sound = Sound(tools.listening_ear(), self.desk, self.notices, self)
        self.sources = SourceList(self.sound, lambda: self.sound.running is None, self.notices, self)
        self.playback = Playback(self.sound, self.axis, self.notices, self)
        self.engines = EngineShelf(tools.engine_a, tools.make_host, tools.models, tools.keys, self.jobs, self)
        self.teaching = Teaching(
            self.sound, self.desk, tools.worker, self.jobs, self.undo, self.notices, tools.embedder_identity, self
        )
        self.shown = ShownSound(tools.worker, self.jobs, self)
        self.scores = Scoring(self.sound, self.teaching, self.jobs, self.notices, self)
        self.words = WordDesk(self, tools)
        self.landmarks = LandmarkDesk(self, tools.worker)
        self.thresholds = ThresholdDesk(self, tools.worker)
        self.keeping = Keeping(self, self.teaching.heard_by.identity)
        self.selection = Selection(self)
        self.anomaly = AnomalyDesk(self)
        self.labels, self.reference = LabelDesk(self), ReferenceDesk(self)
        self.reading = Reading(self)
        self.wakefulness = Wakefulness(self.sound, self.jobs, tools.keep_awake, self)
        self.queue = FileQueue(self)
        self.sessions = SessionTasks(self)
        self.preferences = Preferences(self, tools.settings, tools.save_settings)
        self._source: SourceSpec | None = None
        self._left: Recording | None = None
        self._comes_back = False
        self._then: tuple[Callable[[], None], str] | None = None
        self._connect()

    def _connect(self) -> None:
        for part in (self.engines, self.shown):
            part.trouble.connect(self.notices.error)
        for speaker in (self.queue, self.engines):
            speaker.said.connect(self.notices.info)
        self.jobs.broken.connect(self.notices.defect)
        self.sound.opened.connect(self._opened)
        self.sound.closed.connect(self._closed)
        self.sound.not_opened.connect(lambda: self.running_changed.emit(None, False))
        self.sound.open_changed.connect(lambda source: self.running_changed.emit(source, False))
        self.sound.ended.connect(self._ended)
        self.sound.recorded.connect(self._recorded)
        self.shown.shown.connect(self._shown)
        self.shown.status_changed.connect(self.notices.status)

    # Sound ----------------------------------------------------------------------------------------------------------

    @property
    def view(self) -> ViewedSound:
        """What is drawn: running sound, what ran last, or a recording."""
        if self.sound.running is None and self.shown.recording is not None:
            return self.shown.view
        return self.sound.view

    @property
    def busy(self) -> bool:
        """Whether sound runs or is being opened."""
        return self.sound.running is not None or self.sound.opening

    def use_demo(self) -> None:
        self.start(demo_source())

    def use_microphone(self) -> None:
        """The microphone that was chosen last where it is there, else the default one."""
        self.start(self.sources.microphone)

    def listen_briefly(self, source: SourceSpec) -> None:
        """Open a source for a take or the like: what was shown before is shown again once it is closed."""
        if not self.sound.opening:
            self.start(source, record=False)
            self._comes_back = True

    def start(self, source: SourceSpec, *, record: bool = True) -> None:
        """Record from a source, or only listen; a running one is closed first. While one is being opened: nothing."""
        if self.sound.opening:
            return
        if record and self.sound.running is not None and self.sound.recording_to is None and source == self._source:
            self.record_now()
            return
        if record:
            try:
                self.desk.need()
            except LabBenchError as error:
                self.notices.error.emit(error)
                return
        self._left, self._comes_back = self.shown.recording, False
        self.desk.give_up()
        self.leave()
        self._source = source
        self.sources.use(source)
        self.running_changed.emit(None, True)
        self.sound.start(source, record=record)

    def record_now(self) -> None:
        """Record what is only listened to, the last second included."""
        self.sound.record()

    def stop(self) -> None:
        """Close what runs; where nothing does, stop playing or opening."""
        if self.busy:
            self.sound.stop()
        elif self.playback.playing:
            self.playback.stop()
        elif self.shown.opening or self.desk.opening:
            self.shown.cancel()
            self.desk.give_up()
            self.notices.status.emit("Opening was cancelled.")

    def leave(self) -> None:
        """Another sound is wanted: keep what is known of this one, and let go of it."""
        self.desk.leave()
        self.playback.leave()
        self.scores.stop()
        for slot in self.engines.slots:
            slot.cancel()
            slot.transcript = None
        self.shown.leave()

    def when_quiet(self, then: Callable[[], None], wanted: str) -> None:
        """Stop what runs; `then` follows once its tail is on disk, or at once. A later call replaces an earlier one.

        Where another source is opened before, that is told, with the name of what was `wanted`.
        """
        self._then = then, wanted
        if self.busy:
            self.sound.stop()
        else:
            self._ended()

    def open_file(self, path: Path, once_shown: Callable[[], None] | None = None) -> None:
        """Take a file into the session, show it, transcribe it and look for the taught words in it."""
        self.preferences.opened(path)

        def then() -> None:
            try:
                self.shown.open_file(path, self.desk.need(), self.preferences.channel, once_shown)
            except LabBenchError as error:
                self.notices.error.emit(error)

        self.when_quiet(then, path.name)

    def open_recording(self, recording: Recording) -> None:
        """Show a recording of the session as it was left."""
        self.when_quiet(
            lambda: self.shown.show(recording, self.desk.reading(recording)), recording.title or recording.name
        )

    def open_session(self, path: Path, recording_name: str | None = None) -> None:
        """Another session, a folder or one file of it; a recording of it, else the newest, is shown."""
        self.sessions.open(path, recording_name)

    @property
    def home(self) -> Path:
        """Where sessions are kept."""
        return self._tools.home

    @property
    def settings(self) -> Settings:
        return self.preferences.settings

    def keep_settings(self, **changes: object) -> None:
        """Remember these settings, and what parts of the bench know of theirs, from this start to the next."""
        self.preferences.keep(**changes)

    def play(self) -> None:
        """The selection, or from the cursor on, or all; while something is played: silence."""
        play_shown(self)

    def _ended(self) -> None:
        """Nothing runs any more: go on with what was asked for, else with what was left for a moment."""
        asked, self._then = self._then, None
        if asked is None:
            if self._left is not None and not self.busy:
                left, self._left = self._left, None
                self.shown.show(left, self.desk.reading(left))
            return
        then, wanted = asked
        if self.busy:
            hint = "Open it again once that has ended."
            self.notices.error.emit(LabBenchError(f"{wanted} was not opened: other sound began before.", hint))
        else:
            then()

    def _opened(self, event: Opened) -> None:
        if event.record_to is not None or not self._comes_back:
            self._left = None
        self.axis.begin()
        self.sound_changed.emit(self.sound.view)
        self.running_changed.emit(self._source, False)
        self.notices.status.emit(f"Recording to {event.record_to}" if event.record_to else "Listening, not recording")
        self.reading.listen(event.model_ring)

    def _closed(self, event: Closed) -> None:
        self.axis.end(self.sound.seconds)
        self.running_changed.emit(None, self.sound.opening)
        lost = f", sound was lost {event.overruns} times" if event.overruns else ""
        if event.record_to is not None:
            self.notices.status.emit(f"Recorded {event.frames / event.rate:.1f} s{lost}: {event.record_to}")
            return
        self.notices.status.emit("No recording was kept: the microphone was only listened to.")
        for engine in self.engines.slots:
            engine.stop_listening()

    def _recorded(self, recording: Recording) -> None:
        """The whole recording is transcribed as soon as the live text is complete."""
        self.shown.recorded(recording, self.sound.view)
        if self.shown.recording is not None:
            for engine in self.engines.slots:
                engine.stop_listening(then=self.shown.samples)
            self.reading.search_soon()

    def _shown(self, recording: Recording) -> None:
        """A recording is there to be drawn: with what is known of it, or, where nothing is, to be read."""
        known = self.desk.show(recording)
        if self.shown.view.envelope is self.sound.view.envelope:  # just recorded: what is known of it is on its way
            self.keeping.begin(recording)
            return
        self.playback.leave()
        self.axis.begin()
        self.sound_changed.emit(self.shown.view)
        self.axis.end(recording.seconds)
        self.keeping.restore(recording, known)
        self.notices.status.emit(f"{recording.title or recording.path.name}, {recording.seconds:.1f} s")
        self.sources.add_file(FileSpec(recording.path, recording.title or recording.path.name))
        if known.transcript_a is None and known.transcript_b is None:
            self.reading.transcribe_again()
        if known.scores is None:
            self.reading.search_soon()

    def doctor_report(self) -> str:
        return self._tools.doctor_report()

    def close(self) -> None:
        """End everything: the recording first. Nothing follows afterwards, for there may be no window to show it."""
        self.sources.stop()
        self.teaching.save()
        self.anomaly.close()
        self.sound.close()
        self.desk.close()
        for engine in self.engines.slots:
            engine.cancel()  # so that nothing follows when its job has ended
        for part in (self.queue, self.jobs, self._tools.worker):
            part.close()
        self.shown.leave()
        self.desk.discard_copies()
        for engine in self.engines.slots:
            engine.close()
        for timer in self.findChildren(QTimer):
            timer.stop()
