"""The sound of a moment, to be learnt from: from the recording that is shown, or from the ring while sound runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import resample
from labbench.ui.sounds.selection import MARGIN_SECONDS
from labbench.ui.time_axis import Span
from labbench.wakeword.words import TaughtWord

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

Load = Callable[[OnProgress, CancelToken], NDArray[np.float32]]
AROUND_SECONDS = 0.35
"""Heard behind the word, and twice as much before it, so that its edges can be found."""
GONE = "The sound of that moment is not at hand any more."


def span_of(said_s: float, seconds: float) -> Span:
    """What is heard of a word of so many seconds that ended at about `said_s`: with what is around it."""
    return (max(0.0, said_s - seconds - 2 * AROUND_SECONDS), said_s + AROUND_SECONDS)


def likely_cut(samples: NDArray[np.float32], seconds: float) -> tuple[int, int]:
    """About where the word lies (samples) in what `load_moment` gave for `span_of`, should no pauses tell its edges."""
    stop = len(samples) - round((MARGIN_SECONDS + AROUND_SECONDS) * MODEL_RATE)
    return max(0, stop - round(seconds * MODEL_RATE)), stop


def usual_seconds(word: TaughtWord | None) -> float:
    """How long a word takes to say."""
    lengths = [take.seconds for take in word.takes if take.used] if word is not None else []
    return float(np.median(lengths or [1.0]))


def load_moment(bench: Bench, span: Span) -> Load:
    """Reads a stretch (seconds) at 16 kHz, with silence around it, in a job's thread; running sound is put by now.

    Raises LabBenchError, as what it gives does, where the sound is gone.
    """
    margin = round(MARGIN_SECONDS * MODEL_RATE)
    if bench.sound.running is None and bench.shown.recording is not None:
        read = bench.selection.take_16k(span)

        def load(progress: OnProgress, cancel: CancelToken) -> NDArray[np.float32]:
            samples = read(progress, cancel)
            if len(samples) <= 2 * margin:  # another one is shown by now
                raise LabBenchError(GONE, "Open its recording again, and look under Words, What was learnt.")
            return samples

        return load
    samples, rate = at_hand(bench, span), bench.view.rate
    return lambda _progress, _cancel: np.pad(resample(samples, rate, MODEL_RATE), margin)


def at_hand(bench: Bench, span: Span) -> NDArray[np.float32]:
    """A stretch of sound that runs, or ran without being recorded, at its own rate. Raises LabBenchError."""
    view = bench.view
    start, stop = (min(view.frames, round(end * view.rate)) for end in span)
    samples = view.read(start, stop)
    if start < stop <= start + len(samples):
        return samples
    raise LabBenchError(
        GONE,
        "It is in the recording: stop it, and learn from it then."
        if bench.sound.recording_to is not None
        else "What is only listened to is kept for a minute. Record it, to learn from it later.",
    )
