"""The ear: source, rings, recorder, resampler, spotter and player in one loop.

    source -> ring (source's rate) -> stream -> recorder
                                             -> ring (16 kHz) -> spotter, take catcher
                                                              -> read by the live transcription
    ring -> read by the window, for the views
    player -> loudspeaker; while it plays, the spotter decides nothing

`Ear` is the part that its process and its synchronous twin share. `step` is called about fifty times a second; the
device's own thread fills the ring in between, so that nothing is lost while a step takes long.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from labbench.audio.interruption import Interruption
from labbench.audio.recorder import Recorder
from labbench.audio.ring import SharedRing
from labbench.audio.source import AudioSource, DeviceSpec, SourceSpec
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live.device_watch import DeviceWatch
from labbench.live.listener import Listener
from labbench.live.messages import Closed, Event, Interrupted, Opened, Refused, Trouble
from labbench.live.playing import Playing
from labbench.live.stream import Stream

RING_SECONDS = 60.0
PRE_ROLL_SECONDS = 1.0
"""A recording that begins while the microphone is already open has so much of what came before."""
STEP_SECONDS = 0.02


class OpenSource(Protocol):
    """Makes a source of its description; `refresh` where devices may be listed afresh. Raises LabBenchError."""

    def __call__(self, spec: SourceSpec, *, refresh: bool) -> AudioSource: ...


class Ear:
    """Holds at most one open source. Commands go in by `handle`, events come out by `emit`."""

    def __init__(
        self,
        open_source: OpenSource,
        listener: Listener,
        playing: Playing,
        watch: DeviceWatch,
        emit: Callable[[Event], None],
        limited: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._limited = limited
        self._open_source = open_source
        self._listener = listener
        self._playing = playing
        self._watch = watch
        self._emit = emit
        self._source: AudioSource | None = None
        self._ring: SharedRing | None = None
        self._stream: Stream | None = None
        self._record_to: Path | None = None
        self._paused = False
        self._stuck = False
        self.handled = 0
        """Commands so far."""

    @property
    def stuck(self) -> bool:
        """A device could not be closed: what can still be done here is done, but the next one needs a new process."""
        return self._stuck or self._playing.stuck

    @property
    def retiring(self) -> bool:
        """Whether nothing is left to be done before that."""
        return self.stuck and self._source is None

    @property
    def busy(self) -> bool:
        """Whether nothing runs in real time and a step has something to do all the same: a clip that is scored."""
        return self._source is None and not self._playing.in_use and self._listener.busy

    @property
    def pause(self) -> float | None:
        """Seconds to wait for a command before the next `step`; None where only a command gives it something to do."""
        if self._source is not None or self._playing.in_use:
            return STEP_SECONDS
        return 0.0 if self.busy else None

    def handle(self, command: messages.Command) -> None:
        """Carry out one command. Expected failures become `Refused` or `Trouble` events."""
        self.handled += 1
        try:
            match command:
                case messages.Open(source, record_to):
                    self._open(source, record_to)
                case messages.Record(record_to):
                    self._record(record_to)
                case messages.Pause(paused):
                    self._pause(paused)
                case messages.Close():
                    if self._source is not None:
                        self._source.finish()
                        self.step()
                case messages.Quit():
                    self.close()
                case messages.Play():
                    with self._limited():
                        self._playing.begin(command)
                    self._listener.speakers(playing=self._playing.active)
                case messages.StopPlaying():
                    self._playing.stop()
                    self._listener.speakers(playing=False)
                case messages.ListDevices(only_changes):
                    in_use = self._source is not None or self._playing.in_use
                    with self._limited():
                        self._watch.look(in_use=in_use, only_changes=only_changes)
                case messages.Advance(seconds):
                    advance = getattr(self._source, "advance", None)
                    if advance is not None:
                        advance(seconds)
                case _:
                    self._ask_listener(command)
        except LabBenchError as error:
            if isinstance(command, messages.Open):
                self._emit(Refused(error.message, error.hint))
            else:
                self._emit(Trouble(error.message, error.hint, getattr(command, "ticket", None)))

    def _ask_listener(self, command: messages.Command) -> None:
        try:
            self._listener.handle(command)
        except LabBenchError:
            raise
        except Exception as error:  # a model may fail in any way; the recording goes on
            raise LabBenchError(
                f"The wake words failed ({error}).", "Try again, or start the program again."
            ) from error

    def step(self) -> None:
        """Move what has arrived: to disk first, then to the models."""
        if self._playing.in_use:
            self._playing.step()
            self._listener.speakers(playing=self._playing.active)
        source = self._source
        if source is None:
            self._listen(self._listener.step)
            return
        reason = hint = ""
        try:
            running = source.poll()
        except LabBenchError as error:
            running, reason, hint = False, error.message, error.hint
        try:
            self._pump()
        except LabBenchError as error:
            running, reason, hint = False, error.message, error.hint
        if not running:
            self.close(reason, hint)

    def close(self, reason: str = "", hint: str = "") -> None:
        """Close the source, drain what it left, finish the recording. Harmless when nothing is open."""
        source, self._source = self._source, None
        stream = self._stream
        if source is None or stream is None:
            return
        source.close()
        self._stuck = self._stuck or source.stuck
        recorder = stream.recorder
        try:
            self._pump()
        except LabBenchError as error:
            reason, hint = reason or error.message, hint or error.hint
        finally:
            if recorder is not None:
                recorder.close()
        frames = recorder.frames if recorder is not None else stream.frames
        if recorder is not None and not frames:  # nothing came: an empty file is of no use to anybody
            recorder.discard()
            self._record_to = None
        stream.flush()
        self._listen(self._listener.end)
        known = tuple(stream.interruptions)
        self._emit(Closed(self._record_to, stream.ring.rate, frames, stream.losses, reason, hint, known))

    def rescue(self) -> None:
        """From another thread, while a device holds this one up for ever: what was heard goes to disk."""
        stream = self._stream
        if stream is not None and stream.recorder is not None:
            try:
                stream.pump()
            finally:
                stream.recorder.close()

    def forget(self) -> None:
        """Remove the rings, whose readers have had their time, and be silent."""
        self._playing.stop()
        if self._stream is not None:
            self._stream.close()
        if self._ring is not None:
            self._ring.close()
        self._ring = self._stream = None

    def _open(self, spec: SourceSpec, record_to: Path | None) -> None:
        self.close()
        if self._stream is not None and self._ring is not None:
            self._stream.close()
            self._ring.close()
            self._ring = self._stream = None
        with self._limited_for(spec):
            source = self._open_source(spec, refresh=not self._playing.in_use)
        ring = SharedRing.create(source.rate, RING_SECONDS)
        recorder: Recorder | None = None
        try:
            recorder = Recorder(record_to, source.rate) if record_to is not None else None
            with self._limited_for(spec):
                source.start(ring)
            self._source, self._ring, self._paused = source, ring, False
            self._begin(0, recorder)
        except LabBenchError:
            source.close()
            self._stuck = self._stuck or source.stuck
            ring.close()
            if recorder is not None:
                recorder.close()
                recorder.discard()
            self._source = self._ring = None
            raise

    def _limited_for(self, spec: SourceSpec) -> AbstractContextManager[None]:
        return self._limited() if isinstance(spec, DeviceSpec) else nullcontext()

    def _record(self, record_to: Path) -> None:
        """What is open is recorded from a little before now on; where it is recorded already, nothing changes."""
        ring, old = self._ring, self._stream
        if self._source is None or ring is None or old is None or old.recorder is not None:
            return
        recorder = Recorder(record_to, ring.rate)
        self._pause(False)
        self._pump()
        first = max(old.first, ring.written - round(PRE_ROLL_SECONDS * ring.rate))
        self._begin(first, recorder, old)
        old.close()
        self._pump()

    def _begin(self, first: int, recorder: Recorder | None, before: Stream | None = None) -> None:
        assert self._ring is not None and self._source is not None
        stream = Stream(self._ring, first, recorder, self._tell_interruption, before)
        self._stream = stream
        self._record_to = recorder.path if recorder is not None else None
        self._listener.begin(stream.model_ring, round(self._playing.silent_for * MODEL_RATE))
        title, rate, names = self._source.title, self._ring.rate, (self._ring.name, stream.model_ring.name)
        self._emit(Opened(title, rate, *names, self._record_to, first))
        for interruption in stream.interruptions:
            self._tell_interruption(interruption)

    def _pause(self, paused: bool) -> None:
        """What comes in a pause isn't kept. It is noted when the stream goes on, for only then is it one."""
        if self._source is None or self._stream is None or paused == self._paused:
            return
        if not paused:
            self._pump()
            self._stream.note("pause", self._stream.frames)
        self._source.pause(paused)
        self._paused = paused

    def _tell_interruption(self, interruption: Interruption) -> None:
        self._emit(Interrupted(interruption))

    def _pump(self) -> None:
        assert self._stream is not None
        self._stream.pump()
        self._listen(self._listener.step)

    def _listen(self, part: Callable[[], None]) -> None:
        """Let the models have their turn. Whatever happens to them, the recording goes on."""
        try:
            part()
        except Exception as error:  # noqa: BLE001 - a model may fail in any way
            self._listener.give_up()
            message = error.message if isinstance(error, LabBenchError) else f"The wake words stopped ({error})."
            hint = (
                error.hint if isinstance(error, LabBenchError) else "The recording goes on. Start again to hear them."
            )
            self._emit(Trouble(message, hint))
