"""How long after a word was spoken it is read: a clip at the pace of speech, through the ring and a live engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from labbench.audio.ring import SharedRing
from labbench.audio.virtual import PacedMicrophone
from labbench.core.progress import CancelToken
from labbench.core.timebase import MODEL_RATE
from labbench.live.transcriber import LiveUpdate, transcribe_live
from labbench.models.hosting import EngineHost
from labbench.transcript.agreement import plain
from labbench.transcript.engine import Options
from labbench.transcript.types import Word

TAIL_SECONDS = 1.0
"""Silence behind the last word, as after speech."""
Seen = tuple[float, Sequence[Word]]
"""All of a live text, and when it was there, in seconds since the sound began."""


def live_delays(
    host: EngineHost, samples: NDArray[np.float32], spoken: Sequence[Word], options: Options
) -> list[float]:
    """Seconds from the end of each `spoken` word until it is read, see `delays`.

    Blocks for as long as `samples` (16 kHz) last. Raises LabBenchError where the engine fails.
    """
    sound = with_tail(samples)
    stop, over = CancelToken(), threading.Event()
    seen: list[Seen] = []
    began: list[float] = []

    def update(live: LiveUpdate) -> None:
        seen.append((time.monotonic(), live.text.words))

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
                settled = transcribe_live(host, ring.name, options, update, stop, CancelToken())
                seen.append((time.monotonic(), settled.words))
            finally:
                over.set()
                speaker.join()
    return delays(spoken, [(at - began[0], words) for at, words in seen])


def with_tail(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """16 kHz sound with silence behind it."""
    return np.concatenate([samples, np.zeros(round(TAIL_SECONDS * MODEL_RATE), np.float32)])


def delays(spoken: Sequence[Word], seen: Sequence[Seen]) -> list[float]:
    """For each word in order, when it was first read, less when it ended, in seconds; 0 where it was guessed before.

    Be it provisional. A word that was never read, or only as another one, is left out.
    """
    expected = [plain(word.text) for word in spoken]
    first: dict[int, float] = {}
    for at, words in seen:
        for number in read_so_far(expected, [plain(word.text) for word in words]):
            first.setdefault(number, at)
    return [max(0.0, first[number] - word.end) for number, word in enumerate(spoken) if number in first]


def read_so_far(spoken: Sequence[str], text: Sequence[str]) -> list[int]:
    """Which `spoken` words stand in a text that need not reach their end yet.

    The text is laid beside as many of the first spoken words as it fits best, the fewest where several fit alike: what
    is said twice counts for the first time.
    """
    reach = min(range(len(spoken) + 1), key=lambda count: Levenshtein.distance(spoken[:count], text))
    same = [part for part in Levenshtein.opcodes(spoken[:reach], text) if part.tag == "equal"]
    return [number for part in same for number in range(part.src_start, part.src_end)]
