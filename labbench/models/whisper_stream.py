"""Live text from Whisper, which only knows whole stretches of sound: passes over a window that moves on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.models.live_pace import LocalPace, Pace
from labbench.transcript.agreement import LocalAgreement
from labbench.transcript.types import LiveText, Word

MIN_WINDOW_SECONDS = 4.0
"""A window is not cut to less while words may still change: a word without any context is read worse."""
MAX_WINDOW_SECONDS = 20.0
"""Of sound whose words are not settled, so much is read at once: with a piece more, it is less than Whisper's 30 s."""
MAX_PIECE = 8 * MODEL_RATE
CONTEXT_WORDS = 4
"""So many settled words stay in the window where it has to be cut in the middle of a sentence: half a word is taken for
another one."""
_PAUSES = (".", "?", "!", ",", ";", ":", "。", "？", "！", "，", "、", "؟", "،", "।")


class ReadWindow(Protocol):
    """One pass: the words of a window of 16 kHz sound that begins at `start`, with times in seconds of the whole."""

    def __call__(self, samples: NDArray[np.float32], start: float) -> Sequence[Word]: ...


class WhisperStream:
    """Live text by passes over a window that begins after the last settled words; `words_of` is one pass.

    `pace` says when the next pass is due and how long a window may be, by how long the last ones took. Belongs to one
    thread.
    """

    def __init__(
        self, words_of: ReadWindow, pace: Pace | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._words_of = words_of
        self._pace = pace or LocalPace()
        self._clock = clock
        self._agreement = LocalAgreement()
        self._window = np.zeros(0, np.float32)
        self._window_start = 0  # absolute sample index of the window's first sample
        self._fresh = 0
        self._words: tuple[Word, ...] = ()

    def following(self) -> WhisperStream:
        """A stream for what is said after a pause: its language and this computer's pace are known by now."""
        return WhisperStream(self._words_of, self._pace, self._clock)

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        for at in range(0, max(1, len(samples)), MAX_PIECE):  # an engine that lags is given much at once
            self._take(samples[at : at + MAX_PIECE])
        return LiveText(self._words, self._heard, self._pace.notice)

    def finish(self) -> LiveText:
        last = self._pass() if self._fresh and self._pace.keeps_up else self._hypothesis()
        return LiveText(self._agreement.settle(last), self._heard, self._pace.notice)

    def _take(self, samples: NDArray[np.float32]) -> None:
        self._window = np.concatenate([self._window, samples])
        self._fresh += len(samples)
        if self._pace.is_due(self._fresh / MODEL_RATE):
            self._fresh = 0
            self._agreement.update(self._pass())
        self._trim()
        self._words = self._agreement.words

    @property
    def _heard(self) -> float:
        return (self._window_start + len(self._window)) / MODEL_RATE

    def _hypothesis(self) -> Sequence[Word]:
        return [word for word in self._words if not word.settled]

    def _pass(self) -> list[Word]:
        began = self._clock()
        words = self._words_of(self._window, self._window_start / MODEL_RATE)
        self._pace.took(self._clock() - began)
        return [replace(word, settled=False) for word in words]

    def _trim(self) -> None:
        """Drop sound whose words are settled; of a window longer than Whisper can read, settle what it drops."""
        heard, length = self._heard, len(self._window) / MODEL_RATE
        keep_from = 0.0
        if length > MIN_WINDOW_SECONDS:
            words = self._agreement.words
            keep_from = cut_at(self._agreement.settled, words, heard - self._pace.window_seconds)
        if heard - keep_from > MAX_WINDOW_SECONDS and length > MAX_WINDOW_SECONDS:
            keep_from = heard - MAX_WINDOW_SECONDS
            self._agreement.settle_before(keep_from)
        drop = round(keep_from * MODEL_RATE) - self._window_start
        if drop > 0:
            self._window = self._window[drop:]
            self._window_start += drop


def cut_at(settled: Sequence[Word], words: Sequence[Word], oldest: float) -> float:
    """The second before which sound is not needed any more: the last pause between settled words; 0.0 without one.

    `words` are all, the settled ones in front. A window that would begin before `oldest` is cut in the middle of a
    sentence instead.
    """
    pause = 0.0
    for at in range(len(settled) - 1, -1, -1):
        if settled[at].text.endswith(_PAUSES):
            end = settled[at].end
            following = words[at + 1].start if at + 1 < len(words) else end
            pause = (end + max(end, following)) / 2
            break
    if pause < oldest and len(settled) >= CONTEXT_WORDS:
        return settled[-CONTEXT_WORDS].start
    return pause
