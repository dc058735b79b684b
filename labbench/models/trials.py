"""An engine tried on a sound, as it is and spoilt by degrees: what it says, what is wrong with it, what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import psutil
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.models.hosting import EngineHost
from labbench.signal.degradations import Degradation, Surroundings
from labbench.transcript.compare import error_rates
from labbench.transcript.engine import Options, Partial
from labbench.transcript.trials import Trial

__all__ = ["StressPoint", "Trial", "stress", "try_engine"]

_MB = 1e6


@dataclass(frozen=True)
class StressPoint:
    """A trial on a sound that was spoilt in one way to a degree."""

    way: Degradation
    level: float
    trial: Trial


def try_engine(
    host: EngineHost,
    samples: NDArray[np.float32],
    reference: str | None,
    options: Options,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    language: str | None = None,
) -> Trial:
    """Transcribe `samples` (16 kHz) once; loading the engine is not counted. Raises Cancelled, LabBenchError.

    Errors are counted as for `language`, that of the reference; None: the one that the engine took it for.
    """
    cancel = cancel or CancelToken()
    host.load(cancel)
    began = time.perf_counter()
    first: list[float] = []

    def report(progress: Progress) -> None:
        if not first and isinstance(progress, Partial) and progress.transcript is not None and progress.transcript.text:
            first.append(time.perf_counter() - began)
        on_progress(progress)

    transcript = host.transcribe(samples, options, report, cancel)
    if not first and transcript.text:
        first.append(time.perf_counter() - began)
    rates = None if reference is None else error_rates(reference, transcript.text, language or transcript.language)
    return Trial(host.spec.title, transcript, rates, first[0] if first else None, _memory(host))


def stress(
    host: EngineHost,
    samples: NDArray[np.float32],
    reference: str,
    ways: Sequence[Degradation],
    around: Surroundings,
    options: Options,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Iterator[StressPoint]:
    """Each way at each of its levels, from mild to severe. Progress is in trials. Raises Cancelled, LabBenchError."""
    todo = [(way, level) for way in ways for level in way.levels]
    for number, (way, level) in enumerate(todo):
        on_progress(Progress(number, len(todo), "trials", f"{way.title}, {way.level_text(level)}"))
        spoilt = way.apply(samples, MODEL_RATE, level, around)
        yield StressPoint(way, level, try_engine(host, spoilt, reference, options, cancel=cancel))
    on_progress(Progress(len(todo), len(todo), "trials"))


def _memory(host: EngineHost) -> float | None:
    pid = getattr(host, "pid", None)
    if pid is not None:
        with suppress(psutil.Error):
            return float(psutil.Process(pid).memory_info().rss) / _MB
    return None
