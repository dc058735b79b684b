"""Live text behind the voice gate: while nobody speaks, the engine has nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from labbench.signal.speech_stretches import GateSettings, speaking
from labbench.transcript.engine import LiveStream
from labbench.transcript.ordering import live_in_order
from labbench.transcript.types import LiveText, Word

if TYPE_CHECKING:
    from labbench.models.gated import Detector

PRE_ROLL_SECONDS = 0.5
"""So much of the sound before a first syllable is heard with it."""
END_SECONDS = 1.0
"""After so much without speech what was said is settled."""


class OrderedStream:
    """An engine's own stream; its words lie within what was heard, in order."""

    def __init__(self, stream: LiveStream) -> None:
        self._stream = stream

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        return live_in_order(self._stream.push(samples))

    def finish(self) -> LiveText:
        return live_in_order(self._stream.finish())


class GatedStream:
    """Each utterance is a stream of the engine's own, from `open_one`, which is given the one before; between them the
    engine is given nothing.

    `detector` listens in frames of `frame` samples at `rate`. Belongs to one thread.
    """

    def __init__(
        self,
        open_one: Callable[[LiveStream | None], LiveStream],
        detector: Detector,
        frame: int,
        rate: int,
        settings: GateSettings,
    ) -> None:
        self._open_one = open_one
        self._detector = detector
        self._frame, self._rate, self._settings = frame, rate, settings
        self._spare: LiveStream | None = open_one(None)
        self._before: LiveStream | None = None
        self._notice = ""
        self._stream: LiveStream | None = None
        self._offset = 0.0  # seconds at which the stream's own time begins
        self._waiting = np.zeros(0, np.float32)  # what no stream was given, the newest sound last
        self._heard = 0  # samples that were pushed
        self._judged = 0  # samples of whole frames that the detector has heard
        self._on = False
        self._sure = 0  # frames of speech in a row without a pause
        self._quiet = 0  # frames since speech
        self._settled: tuple[Word, ...] = ()
        self._running: tuple[Word, ...] = ()

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        """More sound; the engine is given it only where somebody speaks."""
        self._take(samples, last=False)
        return self._text()

    def finish(self) -> LiveText:
        """No more sound; everything is settled."""
        self._take(np.zeros(0, np.float32), last=True)
        if self._stream is not None:
            self._give(len(self._waiting))
            self._end()
        if self._spare is not None:
            self._spare.finish()  # an engine may hold something for it
            self._spare = None
        return self._text()

    def _take(self, samples: NDArray[np.float32], *, last: bool) -> None:
        self._waiting = np.concatenate([self._waiting, samples])
        self._heard += len(samples)
        found = self._detector.probabilities(samples, last=last)
        states = speaking(found, self._settings, before=self._on)
        for state, probability in zip(states.tolist(), found.tolist(), strict=True):
            self._judged += self._frame
            self._on = state
            self._sure = self._sure + (probability >= self._settings.begin_above) if state else 0
            self._quiet = 0 if state else self._quiet + 1
            if self._stream is None and self._sure >= self._settings.least_frames:
                self._begin()
            elif self._stream is not None and self._quiet * self._frame >= END_SECONDS * self._rate:
                self._give(len(self._waiting) - max(0, self._heard - self._judged))
                self._end()
        if self._stream is not None:
            self._give(len(self._waiting))
        else:
            keep = round(PRE_ROLL_SECONDS * self._rate) + self._settings.least_frames * self._frame
            self._waiting = self._waiting[-keep - max(0, self._heard - self._judged) :]

    def _begin(self) -> None:
        """From a little before the first frame of speech; where there is no sound before it, with silence."""
        self._stream, self._spare = self._spare or self._open_one(self._before), None
        before = round(PRE_ROLL_SECONDS * self._rate)
        first = self._judged - self._sure * self._frame - before
        oldest = self._heard - len(self._waiting)
        lacking = oldest - first if oldest == 0 else 0
        self._waiting = np.concatenate([np.zeros(max(0, lacking), np.float32), self._waiting[max(0, first - oldest) :]])
        self._offset = (self._heard - len(self._waiting)) / self._rate

    def _give(self, count: int) -> None:
        assert self._stream is not None
        if count > 0:
            part, self._waiting = self._waiting[:count], self._waiting[count:]
            live = self._stream.push(part)
            self._running, self._notice = self._moved(live.words), live.notice

    def _end(self) -> None:
        assert self._stream is not None
        words = self._moved(self._stream.finish().words)
        self._settled += tuple(replace(word, settled=True) for word in words)
        self._stream, self._before, self._running = None, self._stream, ()

    def _moved(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(replace(word, start=word.start + self._offset, end=word.end + self._offset) for word in words)

    def _text(self) -> LiveText:
        return live_in_order(LiveText(self._settled + self._running, self._heard / self._rate, self._notice))
