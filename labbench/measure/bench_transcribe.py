"""How fast the engines are: whole clips against their length, and live from the first sample to the first words."""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.measure.figures import median, percentile
from labbench.measure.live_delay import live_delays
from labbench.models import weights
from labbench.models.engines import MOONSHINE, EngineSpec, official
from labbench.models.hosting import EngineHost, HostProcess
from labbench.transcript.engine import Options

RUNS = 5
WHOLE_CLIP = "demo.flac"
LIVE_CLIP = "sentences_with.flac"
LIVE_SECONDS = 5.0


def measure(runs: int = RUNS) -> dict[str, Any]:
    """Medians of `runs` for each engine; the first that works here, Moonshine if it can, is also at the top.

    Raises LabBenchError where no engine works.
    """
    whole = read_clip(paths.assets() / "clips" / WHOLE_CLIP).for_models()
    sentences = read_clip(paths.assets() / "clips" / LIVE_CLIP).for_models()
    engines: dict[str, dict[str, Any]] = {}
    trouble = LabBenchError("There is no engine.")
    for spec in (MOONSHINE, *_whisper_base()):
        try:
            engines[spec.name] = _measure(spec, whole, sentences, runs)
        except LabBenchError as error:
            trouble = error
    if not engines:
        raise trouble
    name, first = next(iter(engines.items()))
    return {
        "real_time_factor": first["real_time_factor"],
        "first_text_s": first["first_text_s"],
        "engine": name,
        "engines": engines,
        "runs": runs,
    }


def _whisper_base() -> list[EngineSpec]:
    """Whisper `base`; empty where it is not on this computer."""
    path = weights.find("base", weights.search_folders(os.environ))
    return [] if path is None else [official("base", path)]


def _measure(spec: EngineSpec, whole: NDArray[np.float32], sentences: NDArray[np.float32], runs: int) -> dict[str, Any]:
    live = sentences[: round(LIVE_SECONDS * MODEL_RATE)]
    with closing(HostProcess(spec)) as host:
        host.load(CancelToken())
        _seconds_for(host, whole[: len(live)])
        _seconds_to_text(host, live)
        factors = [_seconds_for(host, whole) * MODEL_RATE / len(whole) for _ in range(runs)]
        first = [_seconds_to_text(host, live) for _ in range(runs)]
        spoken = host.transcribe(sentences, Options(), ignore_progress, CancelToken()).words
        late = live_delays(host, sentences, spoken, Options())
    known = [seconds for seconds in first if seconds is not None]
    return {
        "title": spec.title,
        "real_time_factor": median(factors),
        "first_text_s": median(known) if known else None,
        "live_delay_s": median(late) if late else None,
        "live_delay_p95_s": percentile(late, 0.95) if late else None,
    }


def _seconds_for(host: EngineHost, samples: NDArray[np.float32]) -> float:
    began = time.perf_counter()
    host.transcribe(samples, Options(), ignore_progress, CancelToken())
    return time.perf_counter() - began


def _seconds_to_text(host: EngineHost, samples: NDArray[np.float32]) -> float | None:
    """From opening the stream to the first text that is not empty, be it only at the stream's end; None without any."""
    began = time.perf_counter()
    with host.stream(Options(), CancelToken()) as stream:
        early = stream.push(samples).words
        pushed = time.perf_counter() - began
        late = stream.finish().words
        finished = time.perf_counter() - began
    if early:
        return pushed
    return finished if late else None
