"""The state of the sound in the window: what is open, what is recorded, the waveform so far. No widgets."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from labbench.audio.ring import OvertakenError, SharedRing
from labbench.audio.source import SourceSpec
from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.ear_process import EarLink
from labbench.live.messages import (
    ClipSpotted,
    Closed,
    DevicesListed,
    Interrupted,
    Lost,
    Opened,
    Played,
    SpotProgress,
    Spotted,
    TakeMade,
    Trouble,
)
from labbench.live.view_messages import Examined
from labbench.session.recordings import Recording
from labbench.signal.levels import peak
from labbench.ui.notices import Notices
from labbench.ui.sounds.ring_reader import ring_reader
from labbench.ui.sounds.viewed_sound import ViewedSound
from labbench.ui.words.hearing import Hearing

LIVE_INTERVAL_MS = 33
IDLE_INTERVAL_MS = 80


class Recordings(Protocol):
    """Where recordings go. Its methods raise LabBenchError."""

    def next_recording(self) -> Path:
        """The file for a recording that begins."""

    def keep(self, recording: Recording) -> None:
        """One has ended in good order."""

    def recover(self) -> list[Recording]:
        """Those that were interrupted, whole again."""


class Sound(QObject):
    """Talks to the ear at the display's rate: commands go out when asked for, events and samples come in at `tick`.

    Everything here is the main thread's. `advanced` is emitted once a tick while sound runs, with its newest peak.
    `happened` gives what has no signal of its own. `ended` comes last of all when a source has closed or could not be
    opened. `open_changed` gives a source that is open without being shown, and None when nothing is open any more.
    """

    opened = Signal(object)
    closed = Signal(object)
    advanced = Signal(float)
    paused_changed = Signal(bool)
    happened = Signal(object)
    spotted = Signal(object)
    take_made = Signal(object)
    examined = Signal(object)
    clip_spotted = Signal(object)
    spot_progressed = Signal(object)
    devices_listed = Signal(object)
    interrupted = Signal(object)
    played = Signal(object)
    refused = Signal(object)
    not_opened = Signal()
    lost = Signal()
    ended = Signal()
    recorded = Signal(object)
    open_changed = Signal(object)

    def __init__(self, ear: EarLink, recordings: Recordings, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self._ear = ear
        self._recordings = recordings
        self.view = ViewedSound()
        self.running: Opened | None = None
        self.opening = False
        self.paused = False
        self.hearing = Hearing(ear, self)
        self.hearing.open_changed.connect(self._heard_of)
        self._passed_on = {
            Spotted: self.spotted,
            TakeMade: self.take_made,
            Examined: self.examined,
            ClipSpotted: self.clip_spotted,
            SpotProgress: self.spot_progressed,
            DevicesListed: self.devices_listed,
            Interrupted: self.interrupted,
            Played: self.played,
        }
        self._ring: SharedRing | None = None
        self._read = 0
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self.tick)
        self._clock.start(IDLE_INTERVAL_MS)
        self._ticket = 0

    @property
    def seconds(self) -> float:
        """Length of the sound so far."""
        return self.view.seconds

    @property
    def recording_to(self) -> Path | None:
        """The file that is being written; None where nothing runs or it is only listened to."""
        return self.running.record_to if self.running is not None else None

    def start(self, source: SourceSpec, *, record: bool = True) -> None:
        """Open a source; `opened` or `not_opened` follows. With `record` all of it is written to a file."""
        try:
            path: Path | None = self._recordings.next_recording() if record else None
        except LabBenchError as error:
            self._notices.error.emit(error)
            return
        self.opening = True
        self._ear.send(messages.Open(source, path))
        self._clock.start(LIVE_INTERVAL_MS)

    def record(self) -> None:
        """What is only listened to is recorded from a second ago on; `opened` follows once more."""
        if self.running is None or self.running.record_to is not None:
            return
        try:
            path = self._recordings.next_recording()
        except LabBenchError as error:
            self._notices.error.emit(error)
            return
        self._ear.send(messages.Record(path))

    def hear(self, source: SourceSpec, seconds: float) -> None:
        """Hear a moment of a source, for a check; while something else runs or is being opened: nothing."""
        if self.running is None and not self.opening:
            self.opening = True
            self._clock.start(LIVE_INTERVAL_MS)
            self.hearing.begin(source, seconds)

    def stop(self) -> None:
        """Close the source; `closed` follows once the tail is on disk."""
        self._ear.send(messages.Close())

    def pause(self, paused: bool) -> None:
        """Hold the recording, or go on."""
        if self.running is not None and paused != self.paused:
            self.paused = paused
            self._ear.send(messages.Pause(paused))
            self.paused_changed.emit(paused)

    def forget(self) -> None:
        """What ran last is not looked at any more."""
        if self.running is None:
            self._let_go()
            self.view = ViewedSound()

    def send(self, command: messages.Command) -> None:
        self._ear.send(command)

    def ticket(self) -> int:
        """A number that no other request to the ear has."""
        self._ticket += 1
        return self._ticket

    def tick(self) -> None:
        """Take in what has happened since the last tick."""
        loudest = 0.0
        for event in self._ear.poll():
            if isinstance(event, Closed):  # its tail is still in the ring
                loudest = max(loudest, self._read_ring())
            self._take_in(event)
        self.hearing.tick()
        loudest = max(loudest, self._read_ring())
        if self.running is not None:
            self.advanced.emit(loudest)

    def close(self) -> None:
        """End with the window: the ear finishes what it records."""
        self._clock.stop()
        self.hearing.close()
        self._let_go()
        for event in self._ear.close():
            if isinstance(event, Closed) and event.record_to is not None:
                self._keep(event, event.record_to, self.running.title if self.running is not None else "")

    def _take_in(self, event: messages.Event) -> None:
        if self.hearing.active and self.hearing.take_in(event):
            if not self.hearing.active:
                self.ended.emit()
            return
        self._passed_on.get(type(event), self.happened).emit(event)
        match event:
            case Opened():
                self._begin(event)
            case Closed():
                self._closed(event)
            case messages.Refused(message, hint):
                self._not_opened(LabBenchError(message, hint))
            case Lost(message, hint):
                self._ear_lost()
                self._notices.error.emit(LabBenchError(message, hint))
            case Trouble(message, hint, ticket):
                self.refused.emit(ticket)
                if message:
                    self._notices.error.emit(LabBenchError(message, hint))

    def _begin(self, event: Opened) -> None:
        self._let_go()
        try:
            self._ring = SharedRing.attach(event.ring)
        except LabBenchError as error:
            self._ear.send(messages.Close())
            self._not_opened(error)
            return
        self.opening = False
        self._clock.start(LIVE_INTERVAL_MS)
        self.view = ViewedSound(event.rate, read=ring_reader(lambda: self._ring, event.first))
        self._read = event.first
        self.running = event
        self._set_paused(False)
        self.opened.emit(event)

    def _set_paused(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            self.paused_changed.emit(paused)

    def _heard_of(self, source: SourceSpec | None) -> None:
        if source is None:
            self._not_running()
        self.open_changed.emit(source)

    def _not_running(self) -> None:
        self.opening = False
        self._clock.start(IDLE_INTERVAL_MS)

    def _not_opened(self, error: LabBenchError) -> None:
        self._not_running()
        self._notices.error.emit(error)
        self.not_opened.emit()
        self.ended.emit()

    def _ear_lost(self) -> None:
        """The recording is on disk: its header is mended and it is shown like any other."""
        self._not_running()
        running, self.running = self.running, None
        self.lost.emit()
        self.open_changed.emit(None)
        if running is not None:
            self._set_paused(False)
            self.closed.emit(Closed(running.record_to, running.rate, self.view.frames, 0))
            for recording in self._recover():
                if recording.path == running.record_to:
                    self.recorded.emit(recording)
        self.ended.emit()

    def _recover(self) -> list[Recording]:
        try:
            return self._recordings.recover()
        except LabBenchError as error:
            self._notices.error.emit(error)
            return []

    def _closed(self, event: Closed) -> None:
        source = self.running.title if self.running is not None else ""
        self.running = None
        if not self.opening:
            self._clock.start(IDLE_INTERVAL_MS)
        self._set_paused(False)
        self.closed.emit(event)
        if event.record_to is not None:
            self.recorded.emit(self._keep(event, event.record_to, source))
        if event.reason:
            self._notices.error.emit(LabBenchError(event.reason, event.hint))
        self.ended.emit()

    def _keep(self, event: Closed, path: Path, source: str) -> Recording:
        marks = tuple(mark for mark in event.interruptions if mark.at <= event.frames)
        recording = Recording(path, event.rate, event.frames, event.overruns, marks=marks, source=source)
        try:
            self._recordings.keep(recording)
        except LabBenchError as error:
            if not event.reason:  # else that is told, and says why
                self._notices.error.emit(error)
        return recording

    def _read_ring(self) -> float:
        ring = self._ring
        if ring is None:
            return 0.0
        written = ring.written
        try:
            block = ring.read(self._read, written)
        except OvertakenError:  # the window was held up for a minute: the recording has it all, the picture a gap
            self._read = max(self._read, ring.oldest + ring.rate)
            block = ring.read(min(self._read, written), written)
        self._read = written
        self.view.envelope.append(block)
        return peak(block)

    def _let_go(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None
