"""Live text from the ring: what was said last still becomes text when sound has stopped and the engine lags."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from labbench.audio.ring import SharedRing
from labbench.core.progress import CancelToken
from labbench.core.timebase import MODEL_RATE
from labbench.live.transcriber import LiveUpdate, transcribe_live
from labbench.models.scripted_host import SCRIPTED, ScriptedHost
from labbench.transcript.engine import LiveStream, Options
from labbench.transcript.types import LiveText, Word


class SlowStream:
    """A word for each second that it was given; its first push waits until it may go on."""

    def __init__(self, busy: threading.Event, go_on: threading.Event) -> None:
        self._busy, self._go_on = busy, go_on
        self._given = 0

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        self._busy.set()
        assert self._go_on.wait(10)
        self._given += len(samples)
        return self._text(settled=False)

    def finish(self) -> LiveText:
        return self._text(settled=True)

    def _text(self, *, settled: bool) -> LiveText:
        seconds = self._given // MODEL_RATE
        words = tuple(Word(f"w{at}", at, at + 0.9, settled=settled) for at in range(seconds))
        return LiveText(words, self._given / MODEL_RATE)


class SlowHost(ScriptedHost):
    def __init__(self) -> None:
        super().__init__(SCRIPTED)
        self.busy, self.go_on = threading.Event(), threading.Event()

    @contextmanager
    def stream(self, options: Options, cancel: CancelToken) -> Iterator[LiveStream]:
        yield SlowStream(self.busy, self.go_on)


def test_what_was_said_last_becomes_text_though_the_sound_is_closed() -> None:
    host, stop, updates = SlowHost(), CancelToken(), list[LiveUpdate]()
    ring = SharedRing.create(MODEL_RATE, 30.0)
    second = np.zeros(MODEL_RATE, np.float32)
    found: list[LiveText] = []

    def run() -> None:
        found.append(transcribe_live(host, ring.name, Options(), updates.append, stop, CancelToken()))

    job = threading.Thread(target=run)
    try:
        ring.write(second)
        job.start()
        assert host.busy.wait(10), "it works on the first second"
        for _ in range(4):
            ring.write(second)
        stop.cancel()
    finally:
        ring.close()  # nobody has the microphone open any more
        host.go_on.set()
        job.join(10)
    (text,) = found
    assert [word.text for word in text.words] == ["w0", "w1", "w2", "w3", "w4"]
    assert all(word.settled for word in text.words) and text.heard == 5.0
