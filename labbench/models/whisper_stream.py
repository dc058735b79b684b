"""Live text from Whisper, which only knows whole stretches of sound: passes over a window that moves on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.timebase import MODEL_RATE
from labbench.transcript.agreement import LocalAgreement
from labbench.transcript.types import LiveText, Word

LIVE_WINDOW_SECONDS = 12.0
"""Live passes look at most this far back; older words are settled by then."""
LIVE_STEP_SECONDS = 0.5
CONTEXT_WORDS = 2
"""So many settled words stay in the window when the sound before them is dropped."""


class WhisperStream:
    """Live text by passes over a window that begins after the last settled words; `words_of` is one pass.

    `step` are the seconds of new sound before the next one; asked anew each time.
    """

    def __init__(
        self,
        words_of: Callable[[NDArray[np.float32]], Sequence[Word]],
        step: Callable[[], float] = lambda: LIVE_STEP_SECONDS,
    ) -> None:
        self._words_of = words_of
        self._step = step
        self._agreement = LocalAgreement()
        self._window = np.zeros(0, np.float32)
        self._window_start = 0  # absolute sample index of the window's first sample
        self._fresh = 0
        self._words: tuple[Word, ...] = ()

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        self._window = np.concatenate([self._window, samples])
        self._fresh += len(samples)
        if self._fresh >= self._step() * MODEL_RATE:
            self._fresh = 0
            self._words = self._agreement.update(self._pass())
            self._trim()
        return LiveText(self._words, self._heard)

    def finish(self) -> LiveText:
        return LiveText(self._agreement.settle(self._pass() if self._fresh else self._hypothesis()), self._heard)

    @property
    def _heard(self) -> float:
        return (self._window_start + len(self._window)) / MODEL_RATE

    def _hypothesis(self) -> Sequence[Word]:
        return [word for word in self._words if not word.settled]

    def _pass(self) -> list[Word]:
        offset = self._window_start / MODEL_RATE
        words = self._words_of(self._window)
        return [replace(word, start=word.start + offset, end=word.end + offset, settled=False) for word in words]

    def _trim(self) -> None:
        """Drop sound whose words are settled, or that is older than a window may be."""
        keep_from = self._heard - LIVE_WINDOW_SECONDS
        if len(self._window) > LIVE_WINDOW_SECONDS / 2 * MODEL_RATE:
            # Cut where a word begins, and with some words before the new ones: half a word is taken for another one.
            settled = self._agreement.settled[-CONTEXT_WORDS:]
            keep_from = max(keep_from, settled[0].start if settled else 0.0)
        drop = round(keep_from * MODEL_RATE) - self._window_start
        if drop > 0:
            self._window = self._window[drop:]
            self._window_start += drop
