"""How long after a word was spoken it is read: a clip at the pace of speech, through the ring and a live engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from labbench.audio.ring import SharedRing
from labbench.audio.virtual import PacedMicrophone
from labbench.core.progress import CancelToken
from labbench.core.timebase import MODEL_RATE
from labbench.live.transcriber import LiveUpdate, transcribe_live
from labbench.models.hosting import EngineHost
from labbench.transcript.engine import Options
from labbench.transcript.types import Word

_TAIL_SECONDS = 1.0
"""Silence behind the last word, as after speech."""


def live_delays(
    host: EngineHost, samples: NDArray[np.float32], spoken: Sequence[Word], options: Options
) -> list[float]:
    """Seconds from the end of each `spoken` word to the first text that has so many words; no text, no delay.

    Blocks for as long as `samples` (16 kHz) last. Raises LabBenchError where the engine fails.
    """
    sound = np.concatenate([samples, np.zeros(round(_TAIL_SECONDS * MODEL_RATE), np.float32)])
    stop, over = CancelToken(), threading.Event()
    seen: list[tuple[float, int]] = []
    began: list[float] = []

    def update(live: LiveUpdate) -> None:
        seen.append((time.monotonic(), len(live.text.words)))

    with closing(SharedRing.create(MODEL_RATE, len(sound) / MODEL_RATE + 1.0)) as ring:
        microphone = PacedMicrophone(sound, MODEL_RATE, "clip")

        def speak() -> None:
            began.append(time.monotonic())
            microphone.start(ring)
            while microphone.poll() and not over.wait(0.02):
                pass
            stop.cancel()

        speaker = threading.Thread(target=speak, name="speaker")
        with closing(microphone):
            speaker.start()
            try:
                transcribe_live(host, ring.name, options, update, stop, CancelToken())
            finally:
                over.set()
                speaker.join()
    return delays(spoken, [(at - began[0], count) for at, count in seen])


def delays(spoken: Sequence[Word], seen: Sequence[tuple[float, int]]) -> list[float]:
    """For each word in order, when first so many words were seen, less when it ended, in seconds; 0 where it was
    guessed before. `seen` are times and numbers of words."""
    found = []
    for number, word in enumerate(spoken, 1):
        first = next((at for at, count in seen if count >= number), None)
        if first is not None:
            found.append(max(0.0, first - word.end))
    return found
