"""What the window can do: sound, two engines and wake words brought together. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from labbench.audio.devices import InputDevice
from labbench.audio.source import DeviceSpec, FileSpec, SourceSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import JobRunner
from labbench.live.ear_process import EarLink
from labbench.live.messages import Closed, Opened, Spotted, TakeMade
from labbench.models.engines import EngineSpec
from labbench.session.store import Recording, Session, interrupted_sessions
from labbench.session.words_file import WordsFile, load_words, save_words
from labbench.ui.engine_shelf import EngineShelf
from labbench.ui.shown_sound import ShownSound
from labbench.ui.sound import Sound
from labbench.ui.sources import SourceChoice, as_microphone, bundled_choices, demo_source, device_choices
from labbench.ui.teaching import Teaching
from labbench.ui.transcribing import EngineSlot, MakeHost

DEMO_WORD = "computer"
LAG_SHOWN_MS = 400.0
SPOT_AFTER_MS = 250


@dataclass(frozen=True)
class Tools:
    """What the bench is given by whoever wires it: how to reach processes, devices, the network and the disk."""

    ear: EarLink
    make_host: MakeHost
    list_inputs: Callable[[], list[InputDevice]]
    get_tiny: Callable[[OnProgress, CancelToken], Path]
    embedder_identity: Callable[[], tuple[str, str]]
    doctor_report: Callable[[], str]
    session: Session
    engine_a: EngineSpec | None = None


class Bench(QObject):
    """Main thread only. Expected failures go to `trouble`, defects to `broken`."""

    trouble = Signal(object)
    broken = Signal(str)
    sources_changed = Signal(object)
    source_chosen = Signal(object)
    running_changed = Signal(object, bool)
    status_changed = Signal(str)
    theme_changed = Signal(object)

    def __init__(self, tools: Tools, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self.jobs = JobRunner(self)
        self.sound = Sound(tools.ear, tools.session, self)
        self.engines = EngineShelf(tools.engine_a, tools.make_host, tools.get_tiny, self.jobs, self)
        self.teaching = Teaching(self.sound, self.jobs, tools.embedder_identity, self)
        self._sources: list[SourceChoice] = []
        self._source: SourceSpec | None = None
        self.shown = ShownSound(self.sound, self.teaching, self.jobs, self)
        self._open_next: Path | None = None
        self._take_for: str | None = None
        self._take_ticket: int | None = None
        self._spot_soon = QTimer(self)
        self._spot_soon.setSingleShot(True)
        self._spot_soon.setInterval(SPOT_AFTER_MS)
        self._spot_soon.timeout.connect(self._spot)
        for part in (self.sound, self.teaching, self.engines, self.shown):
            part.trouble.connect(self.trouble)
        self.engines.whisper_came.connect(self.transcribe_again)
        for slot in self.engines.slots:
            slot.chosen.connect(lambda _, slot=slot: self._engine_chosen(slot))
        self.shown.status_changed.connect(self.status_changed)
        self.shown.file_shown.connect(self._file_shown)
        self.jobs.broken.connect(self.broken)
        self.sound.opened.connect(self._opened)
        self.sound.closed.connect(self._closed)
        self.sound.not_opened.connect(self._not_opened)
        self.sound.lost.connect(self._not_opened)
        self.sound.ended.connect(self._ended)
        self.sound.recorded.connect(self._recorded)
        self.sound.spotted.connect(self._watch_lag)
        self.sound.take_made.connect(self._take_ended)
        self.teaching.words_changed.connect(self._words_changed)

    # Sound ----------------------------------------------------------------------------------------------------------

    def find_sources(self) -> None:
        """List what sound can come from: clips at once, microphones as soon as the system has named them."""
        kept = [choice for choice in self._sources if isinstance(choice.spec, FileSpec)]
        bundled = bundled_choices()
        self._offer_sources(bundled + [choice for choice in kept if choice not in bundled])
        job = self.jobs.prepare("Looking for microphones", lambda _progress, _cancel: self._tools.list_inputs())
        job.done.connect(lambda devices: self._offer_sources(self._sources + device_choices(devices)))
        job.failed.connect(lambda error: self.status_changed.emit(str(error)))
        job.start()

    def use_demo(self) -> None:
        self.start(demo_source())

    @property
    def has_microphone(self) -> bool:
        """Whether the system has named one."""
        return any(isinstance(choice.spec, DeviceSpec) for choice in self._sources)

    def use_microphone(self) -> None:
        """The default microphone."""
        self.start(DeviceSpec())

    def start(self, source: SourceSpec) -> None:
        """Record from a source; a running one is closed first. While one is being opened, nothing happens."""
        if self.sound.opening:
            return
        self.shown.leave()
        self._source = source
        self.source_chosen.emit(source)
        self.running_changed.emit(None, True)
        self.sound.start(source)

    def stop(self) -> None:
        self.sound.stop()

    def open_file(self, path: Path) -> None:
        """Show a file, transcribe it and look for the taught words in it; a running source is closed first."""
        self._take_for = None
        self._open_next = path
        if self.sound.running is not None or self.sound.opening:
            self.stop()
        else:
            self._ended()

    def _ended(self) -> None:
        """Nothing runs any more: go on with the file that was asked for."""
        path, self._open_next = self._open_next, None
        if path is not None and self.sound.running is None and not self.sound.opening:
            self.shown.open(path)

    def _file_shown(self, path: Path) -> None:
        spec = FileSpec(path, path.name)
        self._offer_sources([*self._sources, as_microphone(spec)])
        self.source_chosen.emit(spec)
        self.transcribe_again()

    def _offer_sources(self, choices: list[SourceChoice]) -> None:
        self._sources = list(dict.fromkeys(choices))
        self.sources_changed.emit(self._sources)

    def _opened(self, event: Opened) -> None:
        self.running_changed.emit(self._source, False)
        self.status_changed.emit(f"Recording to {event.record_to}" if event.record_to else "Listening")
        for engine in self.engines.slots:
            engine.listen(event.model_ring)
        if self._take_for is not None:
            word, self._take_for = self._take_for, None
            self._take_ticket = self.teaching.hear_take(word)

    def _closed(self, event: Closed) -> None:
        self._take_ticket = None
        self.running_changed.emit(None, self.sound.opening)
        lost = f", {event.overruns} overruns" if event.overruns else ""
        where = f": {event.record_to}" if event.record_to is not None else ""
        self.status_changed.emit(f"Recorded {event.frames / event.rate:.1f} s{lost}{where}")
        if event.record_to is None:
            for engine in self.engines.slots:
                engine.stop_listening()

    def _not_opened(self) -> None:
        self._take_for = None
        self.running_changed.emit(None, False)

    def _recorded(self, recording: Recording) -> None:
        """The whole recording is transcribed as soon as the live text is complete."""
        for engine in self.engines.slots:
            engine.stop_listening(then=self.shown.samples)

    def _watch_lag(self, event: Spotted) -> None:
        if event.lag_ms > LAG_SHOWN_MS:
            self.status_changed.emit(f"This computer is busy: distances come {event.lag_ms / 1000:.1f} s late.")

    def transcribe_again(self) -> None:
        """Both engines on the sound that is shown, once it has ended."""
        if self.sound.running is None and not self.sound.opening and self.shown.anything:
            for engine in self.engines.slots:
                engine.transcribe(self.shown.samples)

    def _engine_chosen(self, engine: EngineSlot) -> None:
        """Another engine joins in where sound runs."""
        if self.sound.running is not None:
            engine.listen(self.sound.running.model_ring)

    # Words ----------------------------------------------------------------------------------------------------------

    def teach_demo(self) -> None:
        """The demo word from its bundled takes."""
        takes = sorted((paths.assets() / "clips" / "takes").glob(f"{DEMO_WORD}_*.flac"))
        self.teaching.teach_files(DEMO_WORD, takes)

    def record_take(self, word: str, source: SourceSpec) -> None:
        """The next spoken word becomes a take; where nothing runs, `source` is opened for just so long."""
        if not word:
            return
        if self.sound.running is not None:
            self.teaching.hear_take(word)
            return
        if not self.sound.opening:
            self._take_for = word
            self.start(source)

    def _take_ended(self, event: TakeMade) -> None:
        if event.ticket == self._take_ticket:  # the source was opened for this take only
            self._take_ticket = None
            self.stop()

    def open_words(self, path: Path) -> None:
        try:
            content = load_words(path)
            if content.checksum != self._tools.embedder_identity()[1]:
                raise LabBenchError(
                    f"{path.name} was made with another model.", "Teach the words anew from their takes."
                )
        except LabBenchError as error:
            self.trouble.emit(error)
            return
        self.teaching.load(content)

    def save_words(self, path: Path) -> None:
        try:
            save_words(path, WordsFile(self.teaching.words, *self._tools.embedder_identity()))
        except LabBenchError as error:
            self.trouble.emit(error)
            return
        self.status_changed.emit(f"Saved {path}. Embeddings can reveal words and voice: share it only with consent.")

    def _words_changed(self) -> None:
        """After the sound has ended, show what other words or thresholds make of it, once they rest."""
        self._spot_soon.start()

    def _spot(self) -> None:
        if self.sound.running is None and not self.sound.opening and not self.teaching.waiting:
            self.shown.spot()

    # The rest -------------------------------------------------------------------------------------------------------

    def offer_recovery(self, sessions: Path) -> None:
        """Make recordings whole that a crash or a power cut interrupted, and say where they are."""

        def task(_progress: OnProgress, cancel: CancelToken) -> list[Recording]:
            found = []
            for session in interrupted_sessions(sessions):
                cancel.check()
                if session.folder != self.sound.session.folder:
                    found += session.recover()
            return found

        def tell(found: list[Recording]) -> None:
            if found:
                latest = found[-1]
                what = "A recording was" if len(found) == 1 else f"{len(found)} recordings were"
                self.trouble.emit(
                    LabBenchError(
                        f"{what} interrupted and recovered.", f"The latest has {latest.seconds:.1f} s: {latest.path}"
                    )
                )

        job = self.jobs.prepare("Looking for interrupted recordings", task)
        job.done.connect(tell)
        job.failed.connect(self.trouble)
        job.start()

    def reveal_session(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.sound.session.folder)))

    def doctor_report(self) -> str:
        return self._tools.doctor_report()

    def close(self) -> None:
        """End everything: the recording first."""
        self.teaching.save()
        self.sound.close()
        for engine in self.engines.slots:
            engine.cancel()  # so that nothing follows when its job has ended
        self.jobs.close()
        for engine in self.engines.slots:
            engine.close()
