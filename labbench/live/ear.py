"""The ear: source, rings, recorder, resampler and spotter in one loop.

    source -> ring (source's rate) -> recorder
                                   -> resampler -> ring (16 kHz) -> spotter, take catcher
                                                                 -> read by the live transcription
    ring -> read by the window, for the waveform

`Ear` is the part that its process and its synchronous twin share. `step` is called about fifty times a second; the
device's own thread fills the ring in between, so that nothing is lost while a step takes long.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from labbench.audio.recorder import Recorder
from labbench.audio.ring import SharedRing
from labbench.audio.source import AudioSource, SourceSpec
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live.listener import Listener
from labbench.live.messages import Closed, Event, Opened, Refused, Trouble
from labbench.signal.resampling import StreamResampler

RING_SECONDS = 60.0
MODEL_RING_SECONDS = 120.0
STEP_SECONDS = 0.02

OpenSource = Callable[[SourceSpec], AudioSource]


class Ear:
    """Holds at most one open source. Commands go in by `handle`, events come out by `emit`."""

    def __init__(self, open_source: OpenSource, listener: Listener, emit: Callable[[Event], None]) -> None:
        self._open_source = open_source
        self._listener = listener
        self._emit = emit
        self._source: AudioSource | None = None
        self._ring: SharedRing | None = None
        self._model_ring: SharedRing | None = None
        self._resampler: StreamResampler | None = None
        self._recorder: Recorder | None = None
        self._record_to: Path | None = None
        self._read = 0

    @property
    def pause(self) -> float | None:
        """Seconds to wait for a command before the next `step`; None where only a command gives it something to do."""
        if self._source is not None:
            return STEP_SECONDS
        return 0.0 if self._listener.busy else None

    def handle(self, command: messages.Command) -> None:
        """Carry out one command. Expected failures become `Refused` or `Trouble` events."""
        try:
            match command:
                case messages.Open(source, record_to):
                    self._open(source, record_to)
                case messages.Close() | messages.Quit():
                    self.close()
                case messages.Advance(seconds):
                    advance = getattr(self._source, "advance", None)
                    if advance is not None:
                        advance(seconds)
                case _:
                    self._listener.handle(command)
        except LabBenchError as error:
            if isinstance(command, messages.Open):
                self._emit(Refused(error.message, error.hint))
            else:
                self._emit(Trouble(error.message, error.hint, getattr(command, "ticket", None)))

    def step(self) -> None:
        """Move what has arrived: to disk first, then to the models."""
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
        if source is None or self._ring is None:
            return
        source.close()
        ring, recorder = self._ring, self._recorder
        try:
            self._pump()
        except LabBenchError as error:
            reason, hint = reason or error.message, hint or error.hint
        finally:
            if recorder is not None:
                recorder.close()
        frames = recorder.frames if recorder is not None else ring.written
        if recorder is not None and not frames:  # nothing came: an empty file is of no use to anybody
            recorder.path.unlink(missing_ok=True)
            self._record_to = None
        self._listen(self._drain_resampler)
        self._emit(Closed(self._record_to, ring.rate, frames, ring.overruns, reason, hint))

    def forget(self) -> None:
        """Remove the rings; their readers have had their time."""
        for ring in (self._ring, self._model_ring):
            if ring is not None:
                ring.close()
        self._ring = self._model_ring = None

    def _open(self, spec: SourceSpec, record_to: Path | None) -> None:
        self.close()
        self.forget()
        source = self._open_source(spec)
        recorder = Recorder(record_to, source.rate) if record_to is not None else None
        ring = SharedRing.create(source.rate, RING_SECONDS)
        model_ring = SharedRing.create(MODEL_RATE, MODEL_RING_SECONDS)
        try:
            source.start(ring)
        except LabBenchError:
            ring.close()
            model_ring.close()
            if recorder is not None:
                recorder.close()
                recorder.path.unlink(missing_ok=True)
            raise
        self._source, self._ring, self._model_ring, self._recorder = source, ring, model_ring, recorder
        self._record_to = record_to
        self._resampler = StreamResampler(source.rate, MODEL_RATE)
        self._read = 0
        self._listener.begin(model_ring)
        self._emit(Opened(source.title, source.rate, ring.name, model_ring.name, record_to))

    def _pump(self) -> None:
        ring, model_ring, resampler = self._ring, self._model_ring, self._resampler
        assert ring is not None and model_ring is not None and resampler is not None
        stop = ring.written
        if self._read < ring.oldest:  # we were held up for longer than the ring is: that is lost, and is said
            ring.count_overrun()
            lost = ring.oldest + ring.rate - self._read
            if self._recorder is not None:
                self._recorder.write(np.zeros(lost, np.float32))
            model_ring.write(np.zeros(min(model_ring.capacity, lost * MODEL_RATE // ring.rate), np.float32))
            self._read += lost
        if stop > self._read:
            block = ring.read(self._read, stop)
            self._read = stop
            for at in range(0, len(block), ring.rate):  # at most a second at a time fits everywhere
                part = block[at : at + ring.rate]
                if self._recorder is not None:
                    self._recorder.write(part)
                model_ring.write(resampler.push(part))
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

    def _drain_resampler(self) -> None:
        if self._resampler is not None and self._model_ring is not None:
            self._model_ring.write(self._resampler.flush())
            self._resampler = None
            self._listener.end()
